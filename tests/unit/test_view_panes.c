/* The panes on canvases of all sizes: nothing outside of its place, no number cut, every value there; and texts of some
 * canvases as they were when somebody looked at them (tests/view). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/control.h"
#include "view/panes_parts.h"
#include "view/theme.h"
#include "view_models.h"

enum { GUARD = 700, MOST = CANVAS_WIDEST * CANVAS_HIGHEST };

struct sheet {
	struct canvas canvas;
	struct cell *all; /* with guards before and behind */
	char *text;       /* of the canvas, UTF-8, a line a row */
};

static const struct cell guard = { 0xdeadbeef, 0xa5 };

static void sheet_open(struct sheet *s)
{
	memset(s, 0, sizeof(*s));
	s->all = malloc((MOST + 2 * GUARD) * sizeof(*s->all));
	s->text = malloc(MOST * 3 + CANVAS_HIGHEST + 1);
	assert_non_null(s->all);
	assert_non_null(s->text);
}

static void sheet_close(struct sheet *s)
{
	free(s->all);
	free(s->text);
}

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

/* The cells of a part of the canvas as lines, without blanks at their ends. */
static const char *sheet_text(struct sheet *s, struct rect r)
{
	char *to = s->text;
	for (int y = r.y; y < r.y + r.height; y++) {
		char *end = to;
		for (int x = r.x; x < r.x + r.width; x++) {
			uint32_t c = s->canvas.cell[y * s->canvas.width + x].character;
			to += put_utf8(to, c);
			if (c != ' ')
				end = to;
		}
		to = end;
		*to++ = '\n';
	}
	*to = 0;
	return s->text;
}

static const char *sheet_all(struct sheet *s)
{
	return sheet_text(s, (struct rect){ 0, 0, s->canvas.width, s->canvas.height });
}

static const char *pane_text(struct sheet *s, enum pane pane)
{
	return sheet_text(s, s->canvas.area[pane]);
}

static void draw(struct sheet *s, const struct view_model *m, const struct view_state *state, int width, int height)
{
	size_t cells = (size_t)width * (size_t)height;
	s->canvas.width = width;
	s->canvas.height = height;
	s->canvas.cell = s->all + GUARD;
	for (size_t i = 0; i < cells + 2 * GUARD; i++)
		s->all[i] = guard;
	panes_draw(&s->canvas, m, state);
}

static bool is_guard(const struct cell *c)
{
	return c->character == guard.character && c->style == guard.style;
}

static void check_guards(const struct sheet *s)
{
	size_t cells = (size_t)s->canvas.width * (size_t)s->canvas.height;
	for (size_t i = 0; i < GUARD; i++)
		assert_true(is_guard(&s->all[i]) && is_guard(&s->all[GUARD + cells + i]));
	for (size_t i = 0; i < cells; i++) {
		assert_false(is_guard(&s->all[GUARD + i]));
		assert_true(s->all[GUARD + i].style < STYLES);
		assert_true(s->all[GUARD + i].character >= ' ');
	}
}

static bool lies_in(const struct rect *in, int x, int y, int width, int height)
{
	return x >= in->x && y >= in->y && x + width <= in->x + in->width && y + height <= in->y + in->height;
}

/* Panes share their borders and nothing else, and fill all between the two bars. */
static void check_layout(const struct sheet *s)
{
	const struct canvas *c = &s->canvas;
	struct rect body = { 0, 1, c->width, c->height - 2 };
	long inside = 0;
	for (int i = 0; i < PANES; i++) {
		const struct rect *a = &c->area[i];
		if (!a->width)
			continue;
		assert_true(lies_in(&body, a->x, a->y, a->width, a->height));
		assert_true(a->width >= 3 && a->height >= 2);
		inside += (long)(a->width - 1) * a->height;
		for (int k = i + 1; k < PANES; k++) {
			const struct rect *b = &c->area[k];
			bool apart = !b->width || a->x + a->width - 1 <= b->x || b->x + b->width - 1 <= a->x ||
				     a->y + a->height <= b->y || b->y + b->height <= a->y;
			assert_true(apart);
		}
	}
	assert_int_equal(inside, (long)(c->width - 1) * (c->height - 2));
}

static bool is_command(const char *text)
{
	unsigned long long n;
	char name[16], rest;
	if (sscanf(text, "!tt %llu%c", &n, &rest) == 1 || sscanf(text, "bp %llx%c", &n, &rest) == 1 ||
	    sscanf(text, "bc %llu%c", &n, &rest) == 1 || sscanf(text, "dq %llx%c", &n, &rest) == 1)
		return true;
	if (sscanf(text, ":pane %llu%c", &n, &rest) == 1)
		return n < PANES;
	if (sscanf(text, ":key %15s%c", name, &rest) != 1) {
		static const char *const words[] = { "g", "p", "t", "t-", "gu", "tring" };
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (!strcmp(words[i], text))
				return true;
		return false;
	}
	for (unsigned i = 0; key_info(i); i++)
		for (const char *at = key_info(i)->key; (at = strstr(at, name)); at++)
			if ((at == key_info(i)->key || at[-1] == ' ') && (!at[strlen(name)] || at[strlen(name)] == ' '))
				return true;
	return false;
}

/* Every click does something, and in one pane or bar only. */
static void check_hits(const struct sheet *s)
{
	const struct canvas *c = &s->canvas;
	for (int i = 0; i < c->hit_count; i++) {
		const struct hit *h = &c->hit[i];
		bool inside = false;
		assert_true(h->width > 0 && h->height > 0);
		assert_true(is_command(h->command));
		for (int k = 0; k < PANES && !inside; k++) {
			const struct rect *a = &c->area[k];
			struct rect in = { a->x + 1, a->y + 1, a->width - 2, a->height - 1 };
			inside = a->width && lies_in(&in, h->x, h->y, h->width, h->height);
		}
		bool bar = h->height == 1 && h->y == c->height - 1 && h->x >= 0 && h->x + h->width <= c->width;
		assert_true(inside || bar);
		assert_non_null(canvas_command_at(c, h->x, h->y));
	}
}

/* The inside of each pane ends at its frame. */
static void check_frames(const struct sheet *s)
{
	const struct canvas *c = &s->canvas;
	for (int i = 0; i < PANES; i++) {
		const struct rect *a = &c->area[i];
		for (int y = a->y + 1; a->width && y < a->y + a->height; y++) {
			uint32_t left = c->cell[y * c->width + a->x].character;
			uint32_t right = c->cell[y * c->width + a->x + a->width - 1].character;
			/* a line, or a joint of it with one that begins there */
			assert_true(left == 0x2502 || left == 0x251c || left == 0x2524 || left == 0x253c);
			assert_true(right == 0x2502 || right == 0x251c || right == 0x2524 || right == 0x253c);
		}
	}
}

/* ---- what is shown ---- */

/* A run of hex digits as long as a register is one of the model's values, never the beginning of one. */
static void check_whole_numbers(struct sheet *s, enum pane pane, const char *value)
{
	const char *text = pane_text(s, pane);
	for (const char *at = text; *at;) {
		size_t run = strspn(at, "0123456789abcdef");
		if (run >= 5 && !strncmp(at, value, run < 16 ? run : 16))
			assert_true(run == strlen(value));
		at += run ? run : 1;
	}
}

static void expect_in(struct sheet *s, enum pane pane, const char *text)
{
	if (!strstr(pane_text(s, pane), text)) {
		print_error("%dx%d: %s has no '%s':\n%s", s->canvas.width, s->canvas.height, pane_title(pane), text,
			    pane_text(s, pane));
		fail();
	}
}

/* Scrolls through a pane; true when the text is somewhere in it. */
static bool found_scrolling(struct sheet *s, const struct view_model *m, struct view_state state, enum pane pane,
			    int width, int height, const char *text)
{
	for (int by = 0; by < 400; by += s->canvas.area[pane].height - 1) {
		state.scroll[pane] = by;
		draw(s, m, &state, width, height);
		assert_true(s->canvas.area[pane].height > 1);
		if (!s->canvas.area[pane].width || strstr(pane_text(s, pane), text))
			return true;
	}
	return false;
}

static void check_everything(struct sheet *s, const struct view_model *m, const struct view_state *state, int width,
			     int height)
{
	draw(s, m, state, width, height);
	check_guards(s);
	check_layout(s);
	if (state->help)
		return;
	check_hits(s);
	check_frames(s);
}

static void all_sizes(const struct view_model *m, const struct view_state *state)
{
	struct sheet s;
	sheet_open(&s);
	for (int width = 60; width <= 420; width += width < 180 ? 1 : 7)
		for (int height = 20; height <= 130; height += height < 60 ? 3 : 11)
			check_everything(&s, m, state, width, height);
	sheet_close(&s);
}

static void test_sizes_usual(void **state)
{
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	all_sizes(m, &view);
	view.focus = PANE_MEMORY;
	view.animation = 3;
	view.help = true;
	all_sizes(m, &view);
	model_done(m);
}

static void test_sizes_extreme(void **state)
{
	struct view_state view = view_usual();
	struct view_model *m = model_of_ones();
	view.vectors = view.x87 = true;
	view.focus = PANE_PROMPT;
	view.cursor = 250;
	memset(view.input, 'x', 250);
	for (int i = 0; i < PANES; i++)
		view.scroll[i] = i % 2 ? 2147483647 : -2147483647 - 1;
	view.timeline_zoom = 1e30;
	all_sizes(m, &view);
	model_done(m);
}

static void test_sizes_empty(void **state)
{
	struct view_state view = view_usual();
	struct view_model *m = model_of_nothing();
	view.timeline_zoom = NAN;
	all_sizes(m, &view);
	model_done(m);
}

/* Each pane can be had at each size: the one with the keyboard is never left out. */
static void test_focus_is_shown(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	for (int i = 0; i < PANES; i++)
		for (int width = 60; width < 180; width += 3)
			for (int height = 20; height < 60; height += 2) {
				view.focus = (enum pane)i;
				check_everything(&s, m, &view, width, height);
				assert_true(s.canvas.area[i].width > 0);
				assert_int_equal(panes_at(&s.canvas, s.canvas.area[i].x + 1, s.canvas.area[i].y + 1),
						 i);
			}
	model_done(m);
	sheet_close(&s);
}

/* What is left out is named, and comes by a click on its name. */
static void test_left_out_is_named(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	draw(&s, m, &view, 80, 24);
	unsigned named = 0, missing = 0;
	for (int i = 0; i < PANES; i++)
		missing += !s.canvas.area[i].width;
	for (int i = 0; i < s.canvas.hit_count; i++)
		if (!strncmp(s.canvas.hit[i].command, ":pane ", 6)) {
			assert_int_equal(s.canvas.area[atoi(s.canvas.hit[i].command + 6)].width, 0);
			named++;
		}
	const char *row = sheet_text(&s, (struct rect){ 0, 23, 80, 1 });
	assert_true(missing > 0);
	assert_true(named == missing || (named > 0 && strstr(row, "\u2026")));
	for (int width = 128; width <= 320; width += 32) {
		draw(&s, m, &view, width, 40);
		for (int i = 0; i < PANES; i++)
			assert_true(s.canvas.area[i].width > 0);
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

static void expect_somewhere(struct sheet *s, const struct view_model *m, enum pane pane, const char *format,
			     uint64_t value)
{
	static const int sizes[][2] = { { 128, 40 }, { 160, 50 }, { 320, 90 }, { 80, 24 }, { 100, 30 } };
	char text[40];
	snprintf(text, sizeof(text), format, value);
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		struct view_state view = view_usual();
		view.focus = pane;
		if (!found_scrolling(s, m, view, pane, sizes[k][0], sizes[k][1], text)) {
			print_error("%s is not in %s at %dx%d\n", text, pane_title(pane), sizes[k][0], sizes[k][1]);
			fail();
		}
	}
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

static void test_every_word_is_shown(void **state)
{
	struct sheet s;
	struct view_model *m = model_of_fault();
	sheet_open(&s);
	for (unsigned i = 0; i < m->stack_count; i++) {
		m->stack[i].value = 0xabcdef0012340000 + i;
		expect_somewhere(&s, m, PANE_STACK, "%016" PRIx64, m->stack[i].value);
	}
	for (unsigned i = 0; i < m->memory_count; i++)
		expect_somewhere(&s, m, PANE_MEMORY, "%016" PRIx64, m->memory[i].address);
	for (unsigned i = 0; i < m->walk.entry_count; i++) {
		expect_somewhere(&s, m, PANE_MEMORY, "%016" PRIx64, m->walk.entry[i].value);
		expect_somewhere(&s, m, PANE_MEMORY, "@%" PRIx64, m->walk.entry[i].address);
	}
	expect_somewhere(&s, m, PANE_MEMORY, "-> %" PRIx64 " user RW-", m->walk.physical);
	expect_somewhere(&s, m, PANE_MEMORY, "*%02" PRIx64 "*", 0x14);
	expect_somewhere(&s, m, PANE_MEMORY, "?? ??", 0);
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
	expect_in(&s, PANE_SELECTORS, "DIFFERS");
	expect_in(&s, PANE_SELECTORS, "!0");
	expect_in(&s, PANE_SELECTORS, "00007ffff7d8a740 user <swapgs> KERNEL_GS");
	expect_in(&s, PANE_SYSCALLS, "SYSCALL loads CS 0010 SS 0018");
	expect_in(&s, PANE_SYSCALLS, "SYSRET  loads CS 0033 SS 002b, 32: 0023");
	expect_in(&s, PANE_SYSCALLS, "kernel!syscall_entry");
	expect_in(&s, PANE_CARD, "ok    SC-07 RCX <- RIP of the next");
	check_whole_numbers(&s, PANE_REGISTERS, "0000000000401014");
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
	view.animation = (int)m->card.step_count;
	draw(&s, m, &view, 128, 40);
	expect_in(&s, PANE_REGISTERS, "*R11 0000000000000000 -> 0000000000000246");
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
	draw(&s, m, &view, 128, 60);
	expect_in(&s, PANE_SYSCALLS, "! SYSRET would be #GP(0)");
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
	static const char *const signs[] = { "CPL 3", "CPL 0", "v", "^", "!", "i", "<>", "here 1204", "frontier 2000" };
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		expect_in(&s, PANE_TIMELINE, signs[i]);
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

/* ---- canvas ---- */

static void test_canvas_text(void **state)
{
	struct sheet s;
	struct rect r = { 1, 1, 5, 1 };
	sheet_open(&s);
	s.canvas.width = 10;
	s.canvas.height = 3;
	s.canvas.cell = s.all + GUARD;
	canvas_clear(&s.canvas);
	assert_int_equal(canvas_text(&s.canvas, &r, 1, 1, STYLE_TEXT, "ab\x01\xff\u4e00zz"), 8);
	canvas_text(&s.canvas, &r, 0, 1, STYLE_TEXT, "Q");
	canvas_text(&s.canvas, &r, 1, 2, STYLE_TEXT, "Q");
	assert_string_equal(sheet_all(&s), "\n ab...\n\n");
	/* overlong, surrogate, cut short: RFC 3629 */
	canvas_text(&s.canvas, &r, 1, 1, STYLE_TEXT, "\xc0\x80\xed\xa0\x80");
	canvas_text(&s.canvas, &r, 4, 1, STYLE_TEXT, "\u00e9\xc3");
	assert_string_equal(sheet_all(&s), "\n ...\u00e9.\n\n");
	sheet_close(&s);
}

static void test_hits_nest(void **state)
{
	static struct cell cells[100];
	struct canvas c = { .width = 10, .height = 10, .cell = cells };
	canvas_clear(&c);
	canvas_hit(&c, &(struct rect){ 0, 0, 5, 5 }, "outer %d", 1);
	canvas_hit(&c, &(struct rect){ 2, 2, 1, 1 }, "inner");
	assert_string_equal(canvas_command_at(&c, 1, 1), "outer 1");
	assert_string_equal(canvas_command_at(&c, 2, 2), "inner");
	assert_null(canvas_command_at(&c, 5, 5));
	for (int i = 0; i < 2 * CANVAS_HITS; i++)
		canvas_hit(&c, &(struct rect){ 0, 0, 5, 5 }, "g");
	assert_int_equal(c.hit_count, CANVAS_HITS);
}

/* ---- themes ---- */

/* WCAG 2.1, relative luminance and contrast ratio. */
static double channel(uint8_t value)
{
	double v = value / 255.0;
	return v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double luminance(struct colour c)
{
	return 0.2126 * channel(c.red) + 0.7152 * channel(c.green) + 0.0722 * channel(c.blue);
}

static double contrast(struct colour a, struct colour b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
	return x > y ? x / y : y / x;
}

static void test_contrast(void **state)
{
	unsigned count = 0;
	for (const struct theme *t; (t = theme_info(count)); count++) {
		double least = strcmp(t->name, "contrast") ? 4.5 : 7;
		assert_ptr_equal(theme_find(t->name), t);
		for (int i = 0; i < STYLES; i++) {
			const struct look *l = &t->look[i];
			if (contrast(l->ink, l->paper) < least)
				fail_msg("%s, style %d: %.2f", t->name, i, contrast(l->ink, l->paper));
		}
	}
	assert_int_equal(count, 3);
	assert_null(theme_find("none"));
}

/* No meaning by red against green: of each colour with a hue, either blue is the most or red is and blue the least. */
static void test_hues(void **state)
{
	for (unsigned k = 0; theme_info(k); k++)
		for (int i = 0; i < 2 * STYLES; i++) {
			const struct look *l = &theme_info(k)->look[i / 2];
			struct colour c = i & 1 ? l->ink : l->paper;
			bool blue = c.blue >= c.red && c.blue >= c.green,
			     orange = c.red >= c.green && c.green >= c.blue;
			assert_true(blue || orange);
			assert_true(!orange || c.red - c.green < 120);
		}
}

/* ---- texts ---- */

static void compare(struct sheet *s, const char *name)
{
	char path[512], *was = calloc(1, MOST * 3 + CANVAS_HIGHEST + 1);
	const char *now = sheet_all(s);
	snprintf(path, sizeof(path), "%s/%s.txt", VIEW_TEXTS, name);
	if (getenv("RINGSTEP_REBASE")) {
		FILE *to = fopen(path, "w");
		assert_non_null(to);
		fputs(now, to);
		fclose(to);
	}
	FILE *from = fopen(path, "r");
	assert_non_null(from);
	assert_non_null(was);
	was[fread(was, 1, MOST * 3, from)] = 0;
	fclose(from);
	if (strcmp(was, now))
		print_error("%s is now:\n%s", name, now);
	assert_string_equal(was, now);
	free(was);
}

static void test_texts(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *usual = model_of_syscall(), *fault = model_of_fault(), *nothing = model_of_nothing();
	sheet_open(&s);
	draw(&s, usual, &view, 128, 40);
	compare(&s, "syscall-128x40");
	draw(&s, usual, &view, 160, 50);
	compare(&s, "syscall-160x50");
	draw(&s, usual, &view, 320, 90);
	compare(&s, "syscall-320x90");
	draw(&s, usual, &view, 80, 24);
	compare(&s, "syscall-80x24");
	draw(&s, fault, &view, 160, 50);
	compare(&s, "fault-160x50");
	draw(&s, nothing, &view, 100, 30);
	compare(&s, "nothing-100x30");
	view.animation = 4;
	draw(&s, usual, &view, 128, 40);
	compare(&s, "animation-128x40");
	view.help = true;
	draw(&s, usual, &view, 160, 50);
	compare(&s, "help-160x50");
	model_done(usual);
	model_done(fault);
	model_done(nothing);
	sheet_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_usual),
		cmocka_unit_test(test_sizes_extreme),
		cmocka_unit_test(test_sizes_empty),
		cmocka_unit_test(test_focus_is_shown),
		cmocka_unit_test(test_left_out_is_named),
		cmocka_unit_test(test_every_register_is_shown),
		cmocka_unit_test(test_every_msr_is_shown),
		cmocka_unit_test(test_every_segment_is_shown),
		cmocka_unit_test(test_every_word_is_shown),
		cmocka_unit_test(test_before_and_after),
		cmocka_unit_test(test_mask_is_aligned),
		cmocka_unit_test(test_animation),
		cmocka_unit_test(test_fault_is_seen),
		cmocka_unit_test(test_timeline_leads_back),
		cmocka_unit_test(test_timeline_has_marks),
		cmocka_unit_test(test_breakpoints_toggle),
		cmocka_unit_test(test_newest_lines_are_seen),
		cmocka_unit_test(test_canvas_text),
		cmocka_unit_test(test_hits_nest),
		cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_hues),
		cmocka_unit_test(test_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
