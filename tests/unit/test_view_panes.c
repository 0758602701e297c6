/* What the panes show: every value of the model, whole, at every size; what has changed, and what a click means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ctype.h>
#include <inttypes.h>

#include "view_sheet.h"

/* ---- what is shown ---- */

/* Numbers that begin so are 16 digits long: none is cut. How many there are. */
static unsigned whole_numbers(struct sheet *s, enum pane pane, const char *beginning)
{
	unsigned count = 0;
	for (const char *at = pane_text(s, pane); *at;) {
		size_t run = strspn(at, "0123456789abcdef");
		if (run >= strlen(beginning) && !strncmp(at, beginning, strlen(beginning))) {
			assert_int_equal(run, 16);
			count++;
		}
		at += run ? run : 1;
	}
	return count;
}

static void test_no_number_is_cut(void **state)
{
	static const enum pane panes[] = { PANE_REGISTERS, PANE_STACK, PANE_SYSCALLS, PANE_SELECTORS, PANE_CODE };
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_distinct();
	sheet_open(&s);
	for (unsigned i = 0; i < m->stack_count; i++)
		m->stack[i].value = 0xa0b0c0d0e0f00000 + i;
	m->syscalls.star = m->syscalls.sysenter_eip = m->gs.active = m->gs.other = 0xa0b0c0d0e0f00000;
	for (unsigned i = 0; i < m->code_count; i++) {
		m->code[i].address = 0xa0b0c0d0e0f00000 + 5 * i;
		strcpy(m->code[i].text, "mov rax, 0xa0b0c0d0e0f00000");
	}
	for (size_t k = 0; k < sizeof(panes) / sizeof(panes[0]); k++)
		for (int width = 60; width < 200; width++)
			for (int height = 20; height < 60; height += 13) {
				view.focus = panes[k];
				draw(&s, m, &view, width, height);
				assert_true(whole_numbers(&s, panes[k], "a0") > 0);
				whole_numbers(&s, panes[k], "b1b2");
			}
	model_done(m);
	sheet_close(&s);
}

static void test_every_register_is_shown(void **state)
{
	static const int sizes[][2] = { { 128, 40 }, { 160, 50 }, { 320, 90 }, { 80, 24 }, { 60, 20 } };
	struct sheet s;
	struct view_model *m = model_of_distinct();
	sheet_open(&s);
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
		for (unsigned i = 0; i < m->field_count; i++) {
			struct view_state view = view_usual();
			const struct view_field *f = &m->field[i];
			char value[40];
			view.focus = PANE_REGISTERS;
			view.vectors = !strcmp(f->info->group, "vector");
			view.x87 = !strcmp(f->info->group, "x87");
			if (f->info->kind == RS_FIELD_SEGMENT || !strcmp(f->info->group, "hidden") ||
			    !strcmp(f->info->name, "cpl"))
				continue;
			snprintf(value, sizeof(value), "%" PRIx64, f->now[0]);
			if (!found_scrolling(&s, m, view, PANE_REGISTERS, sizes[k][0], sizes[k][1], value)) {
				print_error("%s = %s at %dx%d\n", f->info->name, value, sizes[k][0], sizes[k][1]);
				fail();
			}
			if (f->changed) {
				snprintf(value, sizeof(value), "%" PRIx64, f->before[0]);
				assert_true(
				    found_scrolling(&s, m, view, PANE_REGISTERS, sizes[k][0], sizes[k][1], value));
			}
		}
	model_done(m);
	sheet_close(&s);
}

static void expect_at(struct sheet *s, const struct view_model *m, enum pane pane, int width, int height,
		      const char *format, uint64_t value)
{
	char text[40];
	struct view_state view = view_usual();
	snprintf(text, sizeof(text), format, value);
	view.focus = pane;
	if (!found_scrolling(s, m, view, pane, width, height, text)) {
		print_error("%s is not in %s at %dx%d\n", text, pane_title(pane), width, height);
		fail();
	}
}

static void expect_somewhere(struct sheet *s, const struct view_model *m, enum pane pane, const char *format,
			     uint64_t value)
{
	static const int sizes[][2] = { { 128, 40 }, { 320, 90 }, { 80, 24 } };
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
		expect_at(s, m, pane, sizes[k][0], sizes[k][1], format, value);
}

static void test_every_msr_is_shown(void **state)
{
	struct sheet s;
	struct view_model *m = model_of_syscall();
	struct view_syscalls *v = &m->syscalls;
	uint64_t *const all[] = { &v->star,        &v->lstar,        &v->cstar,       &v->fmask,
				  &v->sysenter_cs, &v->sysenter_eip, &v->sysenter_esp };
	uint16_t *const selectors[] = { &v->enter_cs, &v->enter_ss, &v->leave_cs, &v->leave_cs32, &v->leave_ss };
	sheet_open(&s);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		*all[i] = 0xfedcba9876543210 - i;
		expect_somewhere(&s, m, PANE_SYSCALLS, "%016" PRIx64, *all[i]);
	}
	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		*selectors[i] = (uint16_t)(0xbe10 + i);
		expect_somewhere(&s, m, PANE_SYSCALLS, " %04" PRIx64, *selectors[i]);
	}
	m->gs.active = 0x1111222233334444;
	m->gs.other = 0x5555666677778888;
	expect_somewhere(&s, m, PANE_SELECTORS, "%016" PRIx64, m->gs.active);
	expect_somewhere(&s, m, PANE_SELECTORS, "%016" PRIx64, m->gs.other);
	model_done(m);
	sheet_close(&s);
}

static void test_every_segment_is_shown(void **state)
{
	struct sheet s;
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	for (unsigned i = 0; i < VIEW_SELECTORS; i++) {
		struct view_selector *v = &m->selector[i];
		v->cache =
		    (struct rs_segment){ (uint16_t)(0x1233 + 8 * i), 0xa0fb, 0xabc00 + i, 0xfeedc0de00000000 + i };
		v->table = (struct rs_segment){ v->cache.selector, 0xc092, 0xdef00 + i, 0xba5e000000000000 + i };
		v->differs = VIEW_BASE | VIEW_LIMIT | VIEW_TYPE;
		v->table_state = VIEW_READ;
		v->before = v->cache;
		expect_somewhere(&s, m, PANE_SELECTORS, "%04" PRIx64, v->cache.selector);
		expect_somewhere(&s, m, PANE_SELECTORS, " %" PRIu64 " ", v->cache.selector >> 3);
		expect_somewhere(&s, m, PANE_SELECTORS, " %" PRIx64, v->cache.base);
		expect_somewhere(&s, m, PANE_SELECTORS, " %" PRIx64, v->cache.limit);
		expect_somewhere(&s, m, PANE_SELECTORS, "!%" PRIx64, v->table.base);
		expect_somewhere(&s, m, PANE_SELECTORS, "!%" PRIx64, v->table.limit);
		expect_somewhere(&s, m, PANE_SELECTORS, "base limit type", 0);
	}
	model_done(m);
	sheet_close(&s);
}

/* A base that an MSR gave is told, and no alarm. */
static void test_base_of_an_msr(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	m->selector[1].differs = 0;
	m->selector[5].differs = VIEW_BASE_MSR;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_SELECTORS, "GDT[5] ~base   by an MSR");
	assert_null(strstr(pane_text(&s, PANE_SELECTORS), "DIFFERS"));
	m->selector[5].differs = VIEW_BASE_MSR | VIEW_ACCESSED;
	draw(&s, m, &view, 320, 90);
	expect_in(&s, PANE_SELECTORS, "~0 ffffffff");
	expect_in(&s, PANE_SELECTORS, "GDT[5] ~base~A by an MSR");
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_SELECTORS, " ~base~A");
	model_done(m);
	sheet_close(&s);
}

static void test_every_word_is_shown(void **state)
{
	struct sheet s;
	struct view_model *m = model_of_fault();
	sheet_open(&s);
	for (unsigned i = 0; i < m->stack_count; i++) {
		m->stack[i].value = 0xabcdef0012340000 + i;
		m->stack[i].changed = i & 1;
		expect_somewhere(&s, m, PANE_STACK, i & 1 ? "*%016" PRIx64 : " %016" PRIx64, m->stack[i].value);
	}
	expect_somewhere(&s, m, PANE_MEMORY, "%016" PRIx64, m->memory[0].address);
	for (unsigned i = 0; i < m->memory_count; i++) {
		expect_at(&s, m, PANE_MEMORY, 320, 90, "%016" PRIx64, m->memory[i].address);
		expect_at(&s, m, PANE_MEMORY, 128, 40, "+%03" PRIx64 " ", m->memory[i].address - m->memory[0].address);
	}
	for (unsigned i = 0; i < m->walk.entry_count; i++) {
		expect_somewhere(&s, m, PANE_MEMORY, "%016" PRIx64, m->walk.entry[i].value);
		expect_somewhere(&s, m, PANE_MEMORY, "@%" PRIx64, m->walk.entry[i].address);
	}
	expect_somewhere(&s, m, PANE_MEMORY, "-> %" PRIx64 " user RW-", m->walk.physical);
	expect_somewhere(&s, m, PANE_MEMORY, "*%02" PRIx64 "*", 0x14);
	expect_somewhere(&s, m, PANE_MEMORY, "?? ??", 0);
	strcpy(m->memory_about, "kernel!gdt");
	expect_somewhere(&s, m, PANE_MEMORY, ": kernel!gdt", 0);
	m->walk_asked = false;
	draw(&s, m, &(struct view_state){ .animation = -1, .timeline_zoom = 1 }, 160, 50);
	assert_null(strstr(pane_text(&s, PANE_MEMORY), "PML4E"));
	model_done(m);
	sheet_close(&s);
}

/* Changed: '*', and what was before left of the arrow. */
static void test_before_and_after(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_REGISTERS, "*RCX 00000000deadbeef -> 0000000000401014");
	expect_in(&s, PANE_REGISTERS, "*R11 0000000000000000 -> 0000000000000246");
	expect_in(&s, PANE_REGISTERS, " RSP 00007ffffffde000");
	expect_in(&s, PANE_SELECTORS, "*CS   0033->0010");
	expect_in(&s, PANE_SELECTORS, "XR-A *0  L-P");
	expect_in(&s, PANE_SELECTORS, "DIFFERS");
	expect_in(&s, PANE_SELECTORS, "!0");
	expect_in(&s, PANE_SELECTORS, "00007ffff7d8a740 user <swapgs> KERNEL_GS");
	expect_in(&s, PANE_SYSCALLS, "SYSCALL loads CS 0010 SS 0018");
	expect_in(&s, PANE_SYSCALLS, "SYSRET  loads CS 0033 SS 002b, 32: 0023");
	expect_in(&s, PANE_SYSCALLS, "kernel!syscall_entry");
	expect_in(&s, PANE_CARD, "ok    SC-07 RCX <- RIP of the next");
	model_done(m);
	sheet_close(&s);
}

/* Where there is room, what a hidden cache was: SYSCALL's lesson is in its DPL. */
static void test_caches_before(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	draw(&s, m, &view, 128, 40);
	assert_null(strstr(pane_text(&s, PANE_SELECTORS), "was"));
	m->selector[1].before = m->selector[1].cache;
	m->selector[0].cache.base = 0xfeed000;
	draw(&s, m, &view, 320, 90);
	expect_in(&s, PANE_SELECTORS, "*feed000 ffffffff  XR-A *0  L-P");
	expect_in(&s, PANE_SELECTORS, " was ");
	expect_in(&s, PANE_SELECTORS, "       0 ffffffff  XR-A  3  L-P");
	model_done(m);
	sheet_close(&s);
}

/* A bit of RFLAGS stands above the same bit of FMASK. */
static void test_mask_is_aligned(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	for (int width = 80; width < 330; width += 5) {
		view.focus = PANE_BITS;
		draw(&s, m, &view, width, 50);
		const struct rect *a = &s.canvas.area[PANE_BITS];
		int pairs = 0;
		for (int y = a->y + 1; y + 1 < a->y + a->height && pairs < 17 * 2; y++)
			for (int x = a->x + 1; x + 1 < a->x + a->width - 1; x++) {
				const struct cell *up = &s.canvas.cell[y * width + x], *down = up + width;
				if (isalpha((int)up->character) && up->character < 128 &&
				    tolower((int)up->character) == tolower((int)down->character) &&
				    (up->style == STYLE_SET || up->style == STYLE_CLEAR))
					pairs++;
			}
		/* ID VIP VIF AC VM RF NT IOPL OF DF IF TF SF ZF AF PF CF: 40 letters */
		assert_true(pairs >= 34);
	}
	model_done(m);
	sheet_close(&s);
}

/* From 160 columns on no flag is on another line, and the lines of the other registers are all seen with them. */
static void test_flags_are_together(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	for (int width = 160; width < 330; width += 10)
		for (int height = 50; height < 90; height += 5) {
			draw(&s, m, &view, width, height);
			expect_in(&s, PANE_BITS, "46    id vip vif ac vm rf nt iopl0 of df*if tf sf ZF af PF cf");
			expect_in(&s, PANE_BITS, "47700 id vip vif AC vm rf NT IOPL3 of DF IF TF sf zf af pf cf");
			expect_in(&s, PANE_BITS, "DR7");
		}
	draw(&s, m, &view, 320, 90);
	expect_in(&s, PANE_BITS, "len3:0 rw3:0");
	model_done(m);
	sheet_close(&s);
}

/* Of "module!name" the name is kept, of a target that has a name the number is not. */
static void test_names_before_numbers(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	strcpy(m->code[2].text, "call 0xffff800000002000  ; kernel!inner_called");
	strcpy(m->code[3].text, "mov [0x105000], ecx  ; kernel!a_variable_somewhere");
	strcpy(m->code[4].text, "jmp 0xffff800000001012  ; a_module_of_length!entry+0x12");
	strcpy(m->syscalls.lstar_symbol, "a_module!entry_with_a_long_name");
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_CODE, "call kernel!inner_called ");
	expect_in(&s, PANE_CODE, "jmp entry+0x12 ");
	expect_in(&s, PANE_CODE, "mov [0x105000], ecx ");
	assert_null(strstr(pane_text(&s, PANE_CODE), ";"));
	expect_in(&s, PANE_SYSCALLS, "ffff800000001000 entry_with_a_long");
	draw(&s, m, &view, 320, 90);
	expect_in(&s, PANE_CODE, "call 0xffff800000002000  ; kernel!inner_called ");
	expect_in(&s, PANE_SYSCALLS, "ffff800000001000 a_module!entry_with_a_long_name ");
	model_done(m);
	sheet_close(&s);
}

static void test_source_lines(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_CODE, "swapgs       entry.S:18 ");
	expect_in(&s, PANE_CODE, "rsp  :19 ");
	draw(&s, m, &view, 80, 24);
	expect_in(&s, PANE_CODE, "   entry.S:19 ");
	model_done(m);
	sheet_close(&s);
}

/* ---- the timeline ---- */

static void test_timeline_leads_back(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	for (double zoom = 1; zoom < 1000; zoom *= 3)
		for (int width = 80; width < 330; width += 27) {
			view.timeline_zoom = zoom;
			draw(&s, m, &view, width, 50);
			const struct rect *a = &s.canvas.area[PANE_TIMELINE];
			uint64_t last = 0;
			for (int x = a->x + 1; x < a->x + a->width - 1; x++) {
				uint64_t n, said;
				const char *command = canvas_command_at(&s.canvas, x, a->y + 1);
				bool is = panes_timeline_n(&s.canvas, m, &view, x, a->y + 1, &n);
				assert_int_equal(is, command != NULL);
				if (!is)
					continue;
				assert_int_equal(sscanf(command, "!tt %" SCNu64, &said), 1);
				assert_true(said == n && n >= last && n <= m->timeline.frontier);
				last = n;
			}
		}
	assert_false(panes_timeline_n(&s.canvas, m, &view, 0, 0, &(uint64_t){ 0 }));
	model_done(m);
	sheet_close(&s);
}

static void test_timeline_has_marks(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	draw(&s, m, &view, 160, 50);
	static const char *const signs[] = { "CPL 3", "CPL 0", "v", "^", "!", "i", "x", "here 1204", "frontier 2000" };
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		expect_in(&s, PANE_TIMELINE, signs[i]);
	assert_null(strstr(pane_text(&s, PANE_TIMELINE), "samples"));
	m->timeline.known = 700;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_TIMELINE, "0, samples before 700");
	model_done(m);
	sheet_close(&s);
}

/* ---- code, console, prompt ---- */

static void test_breakpoints_toggle(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	int set = 0, clear = 0;
	sheet_open(&s);
	draw(&s, m, &view, 160, 50);
	for (int i = 0; i < s.canvas.hit_count; i++) {
		set += !strcmp(s.canvas.hit[i].command, "bp ffff800000001000");
		clear += !strcmp(s.canvas.hit[i].command, "bc 5");
	}
	assert_true(set == 2 && clear == 1);
	expect_in(&s, PANE_CODE, "\u2022");
	expect_in(&s, PANE_CODE, ">");
	model_done(m);
	sheet_close(&s);
}

/* Downwards as upwards, and never beyond the frame. */
static void test_marked(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	draw(&s, m, &view, 160, 50);
	const struct rect r = s.canvas.area[PANE_STACK];
	const struct marked down = { true, PANE_STACK, r.x + 5, r.y + 1, r.x + 9, r.y + 3 };
	const struct marked up = { true, PANE_STACK, r.x + 9, r.y + 3, r.x + 5, r.y + 1 };
	unsigned count = 0;
	view.marked = down;
	draw(&s, m, &view, 160, 50);
	for (int y = 0; y < 50; y++)
		for (int x = 0; x < 160; x++) {
			bool is = panes_is_marked(&s.canvas, &down, x, y);
			assert_int_equal(is, panes_is_marked(&s.canvas, &up, x, y));
			assert_int_equal(is, s.canvas.cell[y * 160 + x].style == STYLE_MARKED);
			assert_true(!is || (x > r.x && x < r.x + r.width - 1 && y > r.y && y < r.y + r.height));
			count += is;
		}
	/* from the sixth column to the right edge, a whole row, and to the tenth column */
	assert_int_equal(count, (r.width - 1 - 5) + (r.width - 2) + 9);
	model_done(m);
	sheet_close(&s);
}

static void test_newest_lines_are_seen(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_ones();
	sheet_open(&s);
	view.focus = PANE_PROMPT;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_PROMPT, "line 399");
	assert_true(s.canvas.cursor_y == s.canvas.area[PANE_PROMPT].y + s.canvas.area[PANE_PROMPT].height - 1);
	view.focus = PANE_CONSOLE;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_CONSOLE, "line 199");
	view.scroll[PANE_CONSOLE] = 100000;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_CONSOLE, "line 0 ");
	model_done(m);
	sheet_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_register_is_shown),
		cmocka_unit_test(test_no_number_is_cut),
		cmocka_unit_test(test_every_msr_is_shown),
		cmocka_unit_test(test_every_segment_is_shown),
		cmocka_unit_test(test_base_of_an_msr),
		cmocka_unit_test(test_every_word_is_shown),
		cmocka_unit_test(test_before_and_after),
		cmocka_unit_test(test_caches_before),
		cmocka_unit_test(test_mask_is_aligned),
		cmocka_unit_test(test_flags_are_together),
		cmocka_unit_test(test_names_before_numbers),
		cmocka_unit_test(test_source_lines),
		cmocka_unit_test(test_timeline_leads_back),
		cmocka_unit_test(test_timeline_has_marks),
		cmocka_unit_test(test_breakpoints_toggle),
		cmocka_unit_test(test_marked),
		cmocka_unit_test(test_newest_lines_are_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
