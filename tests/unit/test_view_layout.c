/* The panes on canvases of all sizes: nothing outside of its place, no click without a meaning; canvas and themes; and
 * texts of some canvases as they were when somebody looked at them (tests/view). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ctype.h>
#include <math.h>

#include "view/control.h"
#include "view/theme.h"
#include "view_sheet.h"

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

static const char *first_name(unsigned row)
{
	static char name[40];
	sscanf(key_info(row)->key, "%39s", name);
	return name;
}

static void test_sizes_keys(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	sheet_open(&s);
	view.help = true;
	for (int width = 60; width <= 420; width += 4)
		for (int height = 20; height <= 130; height += 6)
			check_everything(&s, m, &view, width, height);
	draw(&s, m, &view, 160, 50);
	for (unsigned i = 0; key_info(i); i++)
		assert_non_null(strstr(sheet_all(&s), first_name(i)));
	model_done(m);
	sheet_close(&s);
}

/* Line by line, a small canvas shows all keys too; the title tells where one is. */
static void test_keys_scroll(void **state)
{
	struct sheet s;
	struct view_state view = view_usual();
	struct view_model *m = model_of_syscall();
	bool seen[100] = { false };
	unsigned keys = 0, found = 0;
	sheet_open(&s);
	view.help = true;
	draw(&s, m, &view, 80, 24);
	int most = panes_help_most(&s.canvas);
	assert_true(most > 0);
	for (; view.help_scroll <= most + 1; view.help_scroll++) {
		check_everything(&s, m, &view, 80, 24);
		for (keys = 0; key_info(keys); keys++)
			seen[keys] |= strstr(sheet_all(&s), first_name(keys)) != NULL;
		assert_true(strstr(sheet_all(&s), "KEYS: lines 1 to 20 of ") == NULL || !view.help_scroll);
	}
	for (unsigned i = 0; i < keys; i++)
		found += seen[i];
	assert_int_equal(found, keys);
	assert_non_null(strstr(sheet_all(&s), key_info(keys - 1)->about));
	draw(&s, m, &view, 160, 50);
	assert_int_equal(panes_help_most(&s.canvas), 0);
	model_done(m);
	sheet_close(&s);
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
		cmocka_unit_test(test_sizes_keys),
		cmocka_unit_test(test_keys_scroll),
		cmocka_unit_test(test_focus_is_shown),
		cmocka_unit_test(test_left_out_is_named),
		cmocka_unit_test(test_canvas_text),
		cmocka_unit_test(test_hits_nest),
		cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_hues),
		cmocka_unit_test(test_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
