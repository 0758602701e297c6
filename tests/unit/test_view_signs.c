/* test_view_signs.c - what the panes of the MSRs and of the rings mark, name and leave out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "view_sheet.h"

/* Rows of instructions that the processor does not have. */
static void test_what_the_processor_lacks(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	m->syscalls.has_syscall = false;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_SYSCALLS, "no SYSCALL on this processor");
	expect_in(&s, PANE_SYSCALLS, "SYSENTER CS  0000000000000000");
	assert_null(strstr(pane_text(&s, PANE_SYSCALLS), "STAR"));
	m->syscalls.has_sysenter = false;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_SYSCALLS, "no SYSENTER on this processor");
	assert_null(strstr(pane_text(&s, PANE_SYSCALLS), "EIP"));
	model_done(m);
	sheet_close(&s);
}

/* What SYSENTER and SYSEXIT load stands below the MSRs, in a narrow pane on two lines. */
static void test_selectors_of_sysenter(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	m->syscalls.sysenter = (struct view_pair){ 0x0108, 0x0110 };
	m->syscalls.sysexit = (struct view_pair){ 0x011b, 0x0123 };
	m->syscalls.sysenter_eip = m->syscalls.cstar = 0xffff800000001000;
	strcpy(m->syscalls.sysenter_symbol, "enter!it");
	strcpy(m->syscalls.cstar_symbol, "compat!it");
	view.focus = PANE_SYSCALLS;
	draw(&s, m, &view, 128, 50);
	expect_in(&s, PANE_SYSCALLS, "loads CS SS 0108 0110  SYSEXIT 011b 0123");
	expect_in(&s, PANE_SYSCALLS, "EIP ffff800000001000 enter!it");
	expect_in(&s, PANE_SYSCALLS, "CSTAR  ffff800000001000 compat!it");
	assert_null(strstr(pane_text(&s, PANE_SYSCALLS), "64:"));
	m->syscalls.sysexit64 = (struct view_pair){ 0x012b, 0x0133 };
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_SYSCALLS, "011b 0123  64: 012b 0133");
	draw(&s, m, &view, 128, 50);
	expect_in(&s, PANE_SYSCALLS, "SYSEXIT to 64-bit mode 012b 0133");
	model_done(m);
	sheet_close(&s);
}

/* Each MSR that the last record has changed: '*', in the style of what changed, and the value before. */
static void test_changed_msrs_are_marked(void **state)
{
	static const char *const names[][2] = { { "star", "*STAR   " },
						{ "lstar", "*LSTAR  " },
						{ "cstar", "*CSTAR  " },
						{ "fmask", "*FMASK  " },
						{ "sysenter_cs", "*SYSENTER CS  " },
						{ "sysenter_eip", "*         EIP " },
						{ "sysenter_esp", "*         ESP " } };
	struct sheet s;
	struct view_state view = view_usual();
	sheet_open(&s);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct view_model *m = model_of_syscall();
		char text[80];
		model_set(m, names[i][0], 0x1234, 0x5678);
		draw(&s, m, &view, 160, 50);
		snprintf(text, sizeof(text), "%s%016x -> ", names[i][1], 0x1234);
		expect_in(&s, PANE_SYSCALLS, text);
		const char *all = pane_text(&s, PANE_SYSCALLS), *mark = strchr(all, '*');
		assert_null(strchr(mark + 1, '*'));
		draw(&s, m, &view, 128, 50);
		expect_in(&s, PANE_SYSCALLS, names[i][1]);
		const struct rect *area = &s.canvas.area[PANE_SYSCALLS];
		unsigned changed = 0;
		for (int k = 0; k < area->width * area->height; k++)
			changed += s.canvas.cell[(area->y + k / area->width) * 128 + area->x + k % area->width].style ==
				   STYLE_CHANGED;
		assert_true(changed >= 17);
		model_done(m);
	}
	sheet_close(&s);
}

/* The legend has the signs that are used, and fits; each sign stands in its column. */
static void test_signs_of_the_timeline(void **state)
{
	static const char *const signs[] = {
		[VIEW_SYSCALL] = " v SYSCALL ",   [VIEW_RETURN] = " ^ return ",   [VIEW_SOFTWARE] = " n INT n ",
		[VIEW_EXCEPTION] = " ! exc",      [VIEW_INTERRUPT] = " i interr", [VIEW_TASK] = " t task switch ",
		[VIEW_SHUTDOWN] = " X shutdown ", [VIEW_SWAPGS] = " x SWAPGS ",   [VIEW_BREAK] = " " SIGN_BREAK " stop "
	};
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	for (unsigned kind = 0; kind < VIEW_MARK_KINDS; kind++) {
		m->timeline.mark[0] = (struct view_mark){ .n = 700, .what = kind };
		m->timeline.mark_count = 1;
		draw(&s, m, &view, 128, 40);
		char glyph[8], all[6000];
		snprintf(glyph, sizeof(glyph), "%.*s", (int)strcspn(signs[kind] + 1, " "), signs[kind] + 1);
		snprintf(all, sizeof(all), "%s", pane_text(&s, PANE_TIMELINE));
		for (unsigned k = 0; k < VIEW_MARK_KINDS; k++)
			assert_int_equal(strstr(all, signs[k]) != NULL, k == kind);
		assert_non_null(strstr(strchr(all, '\n'), glyph));
	}
	for (unsigned kind = 0; kind < VIEW_MARK_KINDS; kind++)
		m->timeline.mark[kind] = (struct view_mark){ .n = 700, .what = kind };
	m->timeline.mark_count = VIEW_MARK_KINDS;
	draw(&s, m, &view, 160, 40);
	for (unsigned kind = 0; kind < VIEW_MARK_KINDS; kind++)
		expect_in(&s, PANE_TIMELINE, signs[kind]);
	draw(&s, m, &view, 80, 24);
	expect_in(&s, PANE_TIMELINE, " RINGS ");
	expect_in(&s, PANE_TIMELINE, " v SYSCALL ");
	model_done(m);
	sheet_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_processor_lacks),
		cmocka_unit_test(test_selectors_of_sysenter),
		cmocka_unit_test(test_changed_msrs_are_marked),
		cmocka_unit_test(test_signs_of_the_timeline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
