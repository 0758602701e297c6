/* What the card of the last transition shows, and what an animation of it moves at which step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "view_sheet.h"

static void test_card_tells_all(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	view.focus = PANE_CARD;
	assert_true(found_scrolling(&s, m, view, PANE_CARD, 80, 24, "FS, GS, GS.base as they"));
	assert_true(s.canvas.area[PANE_CARD].width > 0);
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_CARD, "SC-07 RCX <- RIP of the next ");
	expect_in(&s, PANE_CARD, "            instruction");
	model_done(m);
	sheet_close(&s);
}

static void test_animation(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	view.animation = 2;
	draw(&s, m, &view, 128, 40);
	assert_null(strstr(pane_text(&s, PANE_REGISTERS), "0000000000401014"));
	assert_null(strstr(pane_text(&s, PANE_CARD), "SC-07"));
	expect_in(&s, PANE_REGISTERS, " RCX 00000000deadbeef");
	view.animation = 3;
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_REGISTERS, "*RCX 00000000deadbeef -> 0000000000401014");
	expect_in(&s, PANE_REGISTERS, " R11 0000000000000000");
	expect_in(&s, PANE_CARD, "==> RCX");
	expect_in(&s, PANE_CARD, "00000000deadbeef");
	expect_in(&s, PANE_CARD, "==> 0000000000401014");
	view.animation = (int)model_card_moments(&m->card);
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_REGISTERS, "*R11 0000000000000000 -> 0000000000000246");
	model_done(m);
	sheet_close(&s);
}

/* Every step done or failed is a moment, those of other modes are none; each is seen with all that it moves. */
static void test_animation_is_in_view(void **state)
{
	static const char *const rules[] = { "SC-01", "SC-02", "SC-07", "SC-11", "SC-09",
					     "SC-10", "SC-12", "SC-14", "SC-13", "SC-17" };
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	assert_int_equal(model_card_moments(&m->card), 10);
	for (int height = 24; height < 90; height += 5)
		for (view.animation = 1; view.animation <= 10; view.animation++) {
			char place[24];
			snprintf(place, sizeof(place), "step %d of 10", view.animation);
			draw(&s, m, &view, 128, height);
			if (!s.canvas.area[PANE_CARD].width)
				continue;
			expect_in(&s, PANE_CARD, place);
			expect_in(&s, PANE_CARD, rules[view.animation - 1]);
			assert_false(!!strstr(pane_text(&s, PANE_CARD), "==> RIP") != (view.animation == 4));
			if (view.animation == 4)
				expect_in(&s, PANE_CARD, "==> ffff800000001000");
		}
	model_done(m);
	sheet_close(&s);
}

static void move_segment(struct view_model *m, const char *name, struct rs_segment before, struct rs_segment now)
{
	struct view_field *f = model_field_of(m, name);
	f->before[0] = before.selector;
	f->now[0] = now.selector;
	f->changed = true;
	m->card.hidden[m->card.moved_count] = (struct view_hidden){ before, now };
	m->card.moved[m->card.moved_count++] = *f;
}

/* SYSCALL loads selector and cache one after the other [SDM vol. 2, SYSCALL]. */
static void test_cache_moves_after_its_selector(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	move_segment(m, "cs", (struct rs_segment){ 0x33, 0xc0fb, 0xffffffff, 0 },
		     (struct rs_segment){ 0x10, 0xa09b, 0xffffffff, 0 });
	view.animation = 6;
	assert_true(card_is_pending_name(m, &view, "CS") && card_is_pending_cache(m, &view, "CS"));
	view.animation = 7;
	assert_true(!card_is_pending_name(m, &view, "CS") && card_is_pending_cache(m, &view, "CS"));
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_CARD, "==> CS ");
	expect_in(&s, PANE_CARD, "0033              ==> 0010");
	assert_null(strstr(pane_text(&s, PANE_CARD), "DPL 3 ==> 0"));
	view.animation = 8;
	assert_true(!card_is_pending_name(m, &view, "CS") && !card_is_pending_cache(m, &view, "CS"));
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_CARD, "==> CS cache");
	expect_in(&s, PANE_CARD, "DPL 3 ==> 0, L 0 ==> 1, D 1 ==> 0");
	assert_null(strstr(pane_text(&s, PANE_CARD), "==> 0010"));
	model_done(m);
	sheet_close(&s);
}

static void test_swapgs_moves_bases(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	m->card.step_count = m->card.moved_count = 0;
	model_step(m, "SG-03", "CPL = 0", "#GP(0)", VIEW_DONE);
	model_step(m, "SG-01", "GS.base <- KERNEL_GS_BASE, all 64 bits", "", VIEW_DONE);
	model_step(m, "SG-01", "KERNEL_GS_BASE <- old GS.base", "", VIEW_DONE);
	move_segment(m, "gs", (struct rs_segment){ 0x2b, 0xc0f3, 0xffffffff, 0x7ffff7d8a740 },
		     (struct rs_segment){ 0x2b, 0xc0f3, 0xffffffff, 0xffff888000010000 });
	model_set(m, "kgs", 0xffff888000010000, 0x7ffff7d8a740);
	view.animation = 1;
	assert_true(card_is_pending_name(m, &view, "GS.base") && card_is_pending_cache(m, &view, "GS"));
	assert_true(card_is_pending_name(m, &view, "KERNEL_GS_BASE"));
	view.animation = 2;
	assert_false(card_is_pending_name(m, &view, "GS.base") || card_is_pending_cache(m, &view, "GS"));
	assert_false(card_is_pending_name(m, &view, "FS.base"));
	assert_true(card_is_pending_name(m, &view, "KERNEL_GS_BASE"));
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_CARD, "KERNEL_GS_BASE    ==> GS.base");
	expect_in(&s, PANE_CARD, "00007ffff7d8a740  ==> ffff888000010000");
	view.animation = 3;
	assert_false(card_is_pending_name(m, &view, "KERNEL_GS_BASE"));
	model_done(m);
	sheet_close(&s);
}

static void test_fault_is_told(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	view.focus = PANE_CARD;
	model_step(m, "SE-02", "SYSENTER_CS not 0", "#GP(0)", VIEW_FAILED);
	model_step(m, "SE-01", "protected mode", "#GP(0)", VIEW_NOT_REACHED);
	model_step(m, "IN-20", "push SS", "", VIEW_FAILED);
	model_step(m, "IN-32", "a fault of a fault", "#DF", VIEW_DONE);
	m->card.step[m->card.step_count - 1].is_check = false;
	draw(&s, m, &view, 160, 90);
	expect_in(&s, PANE_CARD, "FAULT SE-02 SYSENTER_CS not 0: not so -> #GP(0)");
	expect_in(&s, PANE_CARD, "SE-01 protected mode, else #GP(0)");
	expect_in(&s, PANE_CARD, "FAULT IN-20 push SS: failed");
	expect_in(&s, PANE_CARD, "IN-32 a fault of a fault -> #DF");
	model_done(m);
	sheet_close(&s);
}

static void test_transitions_have_words(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_fault();
	sheet_open(&s);
	view.focus = PANE_CARD;
	draw(&s, m, &view, 160, 90);
	expect_in(&s, PANE_CARD, "then delivery of #GP");
	assert_null(strstr(pane_text(&s, PANE_CARD), "INTERRUPT"));
	model_done(m);
	sheet_close(&s);
}

/* Texts are whole at every size, title included; sections go where they cost lines that are not there. */
static void test_card_is_not_cut(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	const struct view_state usual = view;
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	for (int width = 80; width < 200; width += 7) {
		view.focus = width % 2 ? PANE_CODE : PANE_CARD;
		assert_false(found_scrolling(&s, m, view, PANE_CARD, width, 40, SIGN_MORE));
		assert_true(found_scrolling(&s, m, view, PANE_CARD, width, 40, "SC-17"));
	}
	draw(&s, m, &usual, 160, 60);
	expect_in(&s, PANE_CARD, "[SDM2:SYSCALL]");
	draw(&s, m, &usual, 160, 40);
	assert_null(strstr(pane_text(&s, PANE_CARD), "[SDM2:SYSCALL]"));
	expect_in(&s, PANE_CARD, "SC-01 EFER.SCE = 1, else #UD ");
	model_done(m);
	sheet_close(&s);
}

static void test_fault_is_seen(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_fault();
	sheet_open(&s);
	for (int height = 24; height < 90; height += 3) {
		draw(&s, m, &view, 128, height);
		if (s.canvas.area[PANE_CARD].width) {
			expect_in(&s, PANE_CARD, "FAULT");
			expect_in(&s, PANE_CARD, "SR-07");
		}
	}
	view.scroll[PANE_CARD] = 100;
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_CARD, "SYSRET: #GP(0) at CPL 0, n=1203");
	assert_null(strstr(pane_text(&s, PANE_CARD), "SR-01"));
	draw(&s, m, &view, 128, 60);
	expect_in(&s, PANE_SYSCALLS, "! SYSRET would be #GP(0)");
	model_done(m);
	sheet_close(&s);
}

/* While a run goes on nothing is said of its changes of ring, least of all that there are none. */
static void test_card_in_a_run(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	m->running = true;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_CARD, "SYSCALL: CPL 3 -> 0 at n=1203");
	expect_in(&s, PANE_CARD, "before this run");
	m->card.title[0] = 0;
	draw(&s, m, &view, 160, 50);
	expect_in(&s, PANE_CARD, "running: where it stops");
	assert_null(strstr(pane_text(&s, PANE_CARD), "no change"));
	model_done(m);
	sheet_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_card_tells_all),         cmocka_unit_test(test_animation),
		cmocka_unit_test(test_animation_is_in_view),   cmocka_unit_test(test_cache_moves_after_its_selector),
		cmocka_unit_test(test_swapgs_moves_bases),     cmocka_unit_test(test_fault_is_told),
		cmocka_unit_test(test_transitions_have_words), cmocka_unit_test(test_card_is_not_cut),
		cmocka_unit_test(test_fault_is_seen),          cmocka_unit_test(test_card_in_a_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
