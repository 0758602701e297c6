/* test_view_control.c - keys and clicks: what they make of an engine that only notes what it is told. */
#include "view_noted.h"

/* ---- the table ---- */

/* What each key of a row does where the machine stands at 1008, n=160; NULL: nothing to the engine. */
struct row_of_test {
	const char *key, *said;
};

static const struct row_of_test rows[] = {
	{ "F4", "tring|" },    { "Shift-F4", "!tt 150|" }, { "F5", "g|" },
	{ "Shift-F5", "g-|" }, { "F6", "g 1008|" },        { "Shift-F6", "g- 1008|" },
	{ "F7", "tsys|" },     { "Shift-F7", "psys|" },    { "F9", "bp 1008|" },
	{ "F10", "p|" },       { "Shift-F10", "p-|" },     { "F11", "t|" },
	{ "Ctrl-F11", "t-|" }, { "Shift-F11", "gu|" },     { "Ctrl-Shift-F11", "gu-|" },
};

static const char *said_of(const struct key_row *row)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strncmp(row->key, rows[i].key, strlen(rows[i].key)) && strchr(" ", row->key[strlen(rows[i].key)]))
			return rows[i].said;
	return "";
}

static void each_word(const char *words, const char *said, void (*press)(const char *word))
{
	char list[80];
	snprintf(list, sizeof(list), "%s", words);
	for (char *word = strtok(list, " "); word; word = strtok(NULL, " ")) {
		begin();
		press(word);
		assert_said(said);
	}
}

static void press_letter(const char *word)
{
	control_text(&world.control, word);
}

/* All names and letters of a row tell the engine the same: what the row's command says, and what this test expects. */
static void test_rows(void **state)
{
	unsigned found = 0;
	(void)state;
	for (unsigned i = 0; key_info(i); i++) {
		const struct key_row *row = key_info(i);
		const char *said = said_of(row);
		if (row->command)
			assert_memory_equal(said, row->command, strlen(row->command));
		each_word(row->key, said, key);
		each_word(row->also, said, press_letter);
		found += *said != 0;
	}
	assert_int_equal(found, sizeof(rows) / sizeof(rows[0]));
}

/* No key has two rows, no letter either, and each row says what it does. */
static void test_rows_are_unlike(void **state)
{
	(void)state;
	for (unsigned i = 0; key_info(i); i++) {
		assert_true(key_info(i)->about[0]);
		for (unsigned k = 0; k < i; k++) {
			char a[80], b[90];
			snprintf(a, sizeof(a), "%s %s", key_info(i)->key, key_info(i)->also);
			snprintf(b, sizeof(b), " %s %s ", key_info(k)->key, key_info(k)->also);
			for (char *word = strtok(a, " "); word; word = strtok(NULL, " ")) {
				char blanks[40];
				snprintf(blanks, sizeof(blanks), " %s ", word);
				assert_null(strstr(b, blanks));
			}
		}
	}
}

static void test_letters_are_text_in_lines(void **state)
{
	struct control *c = begin();
	(void)state;
	to_prompt("sncbq");
	assert_said("");
	assert_false(c->quit);
	assert_string_equal(c->state.input, "sncbq");
	c->state.focus = PANE_CONSOLE;
	control_text(c, "s\xC3\xA9");
	assert_said("<s><\xC3\xA9>");
	c->state.focus = PANE_CODE;
	control_text(c, "s");
	assert_said("t|");
	control_text(c, "q");
	assert_true(c->quit);
}

/* The character that leads to the prompt is not typed into it, those behind it are. */
static void test_colon(void **state)
{
	struct control *c = begin();
	(void)state;
	control_text(c, ":r rax");
	assert_int_equal(c->state.focus, PANE_PROMPT);
	assert_string_equal(c->state.input, "r rax");
	assert_false(control_key(c, "Ctrl-F12"));
	assert_false(control_key(c, "F"));
	assert_false(control_key(c, ""));
}

static void test_console_keys(void **state)
{
	struct control *c = begin();
	(void)state;
	c->state.focus = PANE_CONSOLE;
	key("Enter");
	key("Backspace");
	key("Ctrl-D");
	assert_true(control_key(c, "Ctrl-G"));
	assert_said("<\n><\x7F><\x04><\a>");
	c->state.focus = PANE_CODE;
	assert_false(control_key(c, "Ctrl-G"));
	assert_said("");
}

/* ---- panes ---- */

static void test_focus(void **state)
{
	struct control *c = begin();
	(void)state;
	for (int i = 0; i < PANES; i++) {
		assert_int_equal(c->state.focus, i);
		key("Tab");
	}
	assert_int_equal(c->state.focus, PANE_CODE);
	key("Shift-Tab");
	assert_int_equal(c->state.focus, PANE_PROMPT);
	key("Shift-Tab");
	assert_int_equal(c->state.focus, PANE_CONSOLE);
	c->state.focus = PANE_STACK;
	key("Enter");
	assert_int_equal(c->state.focus, PANE_PROMPT);
}

static void test_code_is_selected(void **state)
{
	struct control *c = begin();
	(void)state;
	key("Down");
	assert_int_equal(c->state.selected, 0x100C);
	assert_int_equal(world.engine.looks, 0);
	key("F9");
	assert_said("bp 100c|");
	world.engine.model.code[3].breakpoint = true;
	world.engine.model.code[3].event = 7;
	key("F9");
	assert_said("bc 7|");
	key("F6");
	assert_said("g 100c|");
	key("Down"); /* the last one: more is asked for */
	assert_int_equal(world.engine.looks, 1);
	assert_int_equal(world.engine.place.code, 0x1010);
	assert_false(world.engine.place.follow);
	key("F11"); /* back to the machine */
	assert_int_equal(c->state.selected, 0);
	assert_true(world.engine.place.follow);
	assert_int_equal(world.engine.place.code, 0);
	key("Up");
	key("Up");
	assert_int_equal(world.engine.place.code, 0x1000);
	key("Home");
	assert_true(world.engine.place.follow);
}

/* A line of the prompt moves the machine, and the code pane with it. */
static void test_code_follows(void **state)
{
	struct control *c = begin();
	(void)state;
	key("End");
	assert_false(world.engine.place.follow);
	world.engine.fresh = true;
	control_draw(c, &world.canvas, false);
	assert_false(world.engine.place.follow);
	world.engine.fresh = true;
	world.engine.model.n++;
	control_draw(c, &world.canvas, false);
	assert_true(world.engine.place.follow);
	assert_int_equal(c->state.selected, 0);
}

static void test_scrolling(void **state)
{
	struct control *c = begin();
	(void)state;
	c->state.focus = PANE_STACK;
	key("Up");
	assert_int_equal(c->state.scroll[PANE_STACK], 0);
	key("Down");
	assert_int_equal(c->state.scroll[PANE_STACK], 1);
	key("PageDown");
	assert_int_equal(c->state.scroll[PANE_STACK], 3);
	key("End");
	assert_int_equal(c->state.scroll[PANE_STACK], 9);
	key("Home");
	assert_int_equal(c->state.scroll[PANE_STACK], 0);
	c->state.focus = PANE_PROMPT;
	key("PageUp"); /* what was shown before: up */
	assert_int_equal(c->state.scroll[PANE_PROMPT], 2);
	for (int i = 0; i < 100; i++)
		key("PageUp");
	assert_int_equal(c->state.scroll[PANE_PROMPT], 49);
	key("PageDown");
	assert_int_equal(c->state.scroll[PANE_PROMPT], 47);
	enter("t");
	assert_int_equal(c->state.scroll[PANE_PROMPT], 0);
	c->state.focus = PANE_MEMORY;
	key("Down");
	assert_int_equal(world.engine.place.memory, 0x8010);
	key("PageUp");
	assert_int_equal(world.engine.place.memory, 0x8000 - 2 * 16);
	control_wheel(c, &world.canvas, 0, 4 * PANE_CONSOLE, 3);
	assert_int_equal(c->state.scroll[PANE_CONSOLE], 3);
	control_wheel(c, &world.canvas, 0, -1, 3);
	assert_int_equal(c->state.focus, PANE_MEMORY);
}

static void test_timeline_keys(void **state)
{
	struct control *c = begin();
	(void)state;
	c->state.focus = PANE_TIMELINE;
	key("Left");
	key("Right");
	key("Home");
	key("End");
	assert_said("!tt 149|!tt 180|!tt 0|!tt 200|");
	world.engine.model.timeline.here = 99;
	key("Left");
	assert_said("");
	key("Shift-F4");
	assert_said("");
	key("Up");
	assert_true(c->state.timeline_zoom == 2);
	key("Down");
	key("Down");
	assert_true(c->state.timeline_zoom == 1);
}

static void test_walk(void **state)
{
	struct control *c = begin();
	(void)state;
	control_text(c, "w");
	assert_int_equal(world.engine.place.walk, 0x1008);
	c->state.focus = PANE_MEMORY;
	key("Alt-W");
	assert_int_equal(world.engine.place.walk, 0x8000);
}

static void add_hit(int y, int x, int width, const char *command)
{
	struct hit *h = &world.canvas.hit[world.canvas.hit_count++];
	*h = (struct hit){ .x = (int16_t)x, .y = (int16_t)y, .width = (int16_t)width, .height = 1 };
	snprintf(h->command, sizeof(h->command), "%s", command);
}

/* ---- the view's own ---- */

static void test_view_keys(void **state)
{
	struct control *c = begin();
	(void)state;
	key("F1");
	assert_true(c->state.help);
	key("Esc");
	assert_false(c->state.help);
	key("F2");
	assert_true(c->state.x87 && !c->state.vectors);
	key("F2");
	assert_true(!c->state.x87 && c->state.vectors);
	key("F2");
	assert_true(!c->state.x87 && !c->state.vectors);
	for (unsigned theme = 1; theme <= 4; theme++) {
		key("F3");
		assert_int_equal(c->theme, theme % 3);
	}
	key("Ctrl-+");
	key("Ctrl-=");
	key("Ctrl--");
	assert_int_equal(c->zoom, 1);
	key("Ctrl-0");
	assert_int_equal(c->zoom, 0);
	key("PrintScreen");
	assert_true(c->shot);
	key("Ctrl-Q");
	assert_true(c->quit);
	assert_said("");
}

/* While the keys are shown, what scrolls scrolls them, and whatever is clicked closes them. */
static void test_keys_scroll(void **state)
{
	static const struct {
		const char *key;
		int line;
	} steps[] = { { "Down", 1 }, { "Down", 2 },   { "Up", 1 }, { "PageDown", 5 }, { "Down", 5 },
		      { "Up", 4 },   { "PageUp", 0 }, { "Up", 0 }, { "End", 5 },      { "Home", 0 } };
	struct control *c = begin();
	(void)state;
	c->state.focus = PANE_STACK;
	key("F1");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		key(steps[i].key);
		assert_int_equal(c->state.help_scroll, steps[i].line);
	}
	control_wheel(c, &world.canvas, 0, 4 * PANE_PROMPT, -3);
	assert_int_equal(c->state.help_scroll, 3);
	control_wheel(c, &world.canvas, 0, -1, 1);
	assert_int_equal(c->state.help_scroll, 2);
	assert_int_equal(c->state.scroll[PANE_STACK], 0);
	assert_int_equal(c->state.scroll[PANE_PROMPT], 0);
	add_hit(4 * PANE_CODE, 0, WIDTH, ":key F1");
	control_click(c, &world.canvas, 5, 4 * PANE_CODE, 1, false);
	assert_false(c->state.help);
	assert_int_equal(c->state.focus, PANE_STACK);
	key("F1");
	assert_int_equal(c->state.help_scroll, 0);
	assert_said("");
}

static void test_animation(void **state)
{
	struct control *c = begin();
	(void)state;
	world.engine.model.card.step_count = 4;
	world.engine.model.card.step[1].state = VIEW_SKIPPED; /* no moment of it */
	c->state.scroll[PANE_CARD] = 3;
	key("F8");
	assert_int_equal(c->state.animation, 0);
	assert_int_equal(c->state.scroll[PANE_CARD], 0);
	control_tick(c);
	control_tick(c);
	control_tick(c);
	assert_int_equal(c->state.animation, 3);
	control_tick(c);
	assert_int_equal(c->state.animation, -1);
	control_tick(c);
	assert_int_equal(c->state.animation, -1);
	key("F8");
	key("F11"); /* skips it, and steps */
	assert_int_equal(c->state.animation, -1);
	assert_said("t|");
	world.engine.model.card.step_count = 0;
	key("F8");
	assert_int_equal(c->state.animation, -1);
}

static void test_running(void **state)
{
	struct control *c = begin();
	(void)state;
	world.engine.model.running = true;
	key("Ctrl-C");
	key("Esc");
	assert_said("!!");
	assert_false(c->has_copied);
	assert_int_equal(c->state.focus, PANE_CODE);
}

/* One picture for each model and each change of the view, and none else. */
static void test_drawing(void **state)
{
	struct control *c = begin();
	(void)state;
	control_init(c, &world.engine);
	assert_false(control_draw(c, &world.canvas, true)); /* before the first model */
	world.engine.fresh = true;
	assert_true(control_draw(c, &world.canvas, false));
	assert_false(control_draw(c, &world.canvas, false));
	assert_true(control_draw(c, &world.canvas, true));
	world.engine.fresh = true;
	assert_true(control_draw(c, &world.canvas, false));
	assert_false(control_draw(c, &world.canvas, false));
	key("F1");
	assert_true(control_draw(c, &world.canvas, false));
	assert_false(control_draw(c, &world.canvas, false));
	to_prompt("x");
	assert_true(control_draw(c, &world.canvas, false));
}

/* ---- copying ---- */

static void write_cells(int y, const char *text)
{
	for (int x = 0; text[x]; x++)
		world.cell[y * WIDTH + x] = (struct cell){ (unsigned char)text[x], STYLE_TEXT };
}

static void test_copy(void **state)
{
	struct control *c = begin();
	(void)state;
	write_cells(0, "not of the stack");
	write_cells(4 * PANE_STACK, "-- STACK --");
	for (int x = 0; x < WIDTH; x++)
		world.cell[4 * PANE_STACK * WIDTH + x].style = STYLE_FRAME;
	write_cells(4 * PANE_STACK + 1, "|  one 1   ");
	write_cells(4 * PANE_STACK + 2, "|two");
	world.cell[(4 * PANE_STACK + 2) * WIDTH + 4].character = 0x20AC;
	c->state.focus = PANE_STACK;
	key("Ctrl-C");
	assert_true(c->has_copied);
	assert_string_equal(c->copied, "  one 1\ntwo\xE2\x82\xAC\n");
}

/* As wide as a canvas can be, of characters as long as they can be. */
static void test_copy_all(void **state)
{
	struct control *c = begin();
	static struct cell wide[CANVAS_WIDEST * HEIGHT];
	(void)state;
	world.canvas.width = CANVAS_WIDEST;
	world.canvas.cell = wide;
	world.canvas.area[PANE_CODE].width = CANVAS_WIDEST;
	for (int i = 0; i < CANVAS_WIDEST * HEIGHT; i++)
		wide[i].character = 0x10FFFF;
	key("Ctrl-C");
	assert_int_equal(strlen(c->copied), 3 * (4 * (CANVAS_WIDEST - 2) + 1));
}

/* What is marked is copied when the button is let go, and by Ctrl-C as long as nothing else is done. */
static void test_copy_marked(void **state)
{
	struct control *c = begin();
	(void)state;
	write_cells(4 * PANE_STACK + 1, "one two three");
	control_drag(c, &world.canvas, 4, 4 * PANE_STACK + 1, 6, 4 * PANE_STACK + 1);
	assert_false(c->has_copied);
	control_drop(c);
	assert_true(c->has_copied);
	assert_string_equal(c->copied, "two\n");
	c->has_copied = false;
	key("Ctrl-C");
	assert_true(c->has_copied);
	assert_string_equal(c->copied, "two\n");
	control_drag(c, &world.canvas, 4, 4 * PANE_STACK + 1, 900, 900);
	assert_true(c->state.marked.to_x < WIDTH && c->state.marked.to_y < 4 * (PANE_STACK + 1));
	key("F11");
	assert_false(c->state.marked.is_any);
	control_drag(c, &world.canvas, 4, 4 * PANE_STACK + 1, 6, 4 * PANE_STACK + 1);
	control_click(c, &world.canvas, 4, 4 * PANE_STACK + 1, 1, false);
	assert_false(c->state.marked.is_any);
	c->state.help = true;
	control_drag(c, &world.canvas, 4, 4 * PANE_STACK + 1, 6, 4 * PANE_STACK + 1);
	assert_false(c->state.marked.is_any);
}

/* ---- the mouse ---- */

/* A click among the marks of a line sets or clears at once; the second of two is none. */
static void test_clicks_on_marks(void **state)
{
	struct control *c = begin();
	struct canvas *canvas = &world.canvas;
	(void)state;
	add_hit(4 * PANE_CODE + 1, 4, 20, "bp 100c");
	add_hit(4 * PANE_CODE + 1, 1, 3, "bc 7");
	add_hit(4 * PANE_CODE + 2, 1, 3, "bp 1010");
	add_hit(4 * PANE_CODE + 2, 4, 20, "bp 1010");
	c->state.focus = PANE_STACK;
	control_click(c, canvas, 1, 4 * PANE_CODE + 1, 1, false);
	assert_int_equal(c->state.focus, PANE_CODE);
	control_click(c, canvas, 1, 4 * PANE_CODE + 1, 1, true);
	assert_said("bc 7|");
	assert_int_equal(c->state.selected, 0);
	control_click(c, canvas, PANE_CODE_MARKS, 4 * PANE_CODE + 2, 1, false);
	assert_said("bp 1010|");
	control_click(c, canvas, PANE_CODE_MARKS + 1, 4 * PANE_CODE + 2, 1, false);
	assert_said("");
	assert_int_equal(c->state.selected, 0x1010);
	control_click(c, canvas, 1, 4 * PANE_CODE + 1, 3, false);
	assert_said("");
}

static void test_clicks(void **state)
{
	struct control *c = begin();
	struct canvas *canvas = &world.canvas;
	(void)state;
	add_hit(4 * PANE_CODE + 1, 0, 20, "u 100c");
	add_hit(4 * PANE_REGISTERS, 3, 5, "r rax");
	add_hit(4 * PANE_REGISTERS, 10, 5, ":key F11");
	add_hit(4 * PANE_REGISTERS, 20, 5, ":pane 9");
	add_hit(4 * PANE_REGISTERS, 30, 5, ":pane 99");
	control_click(c, canvas, 5, 4 * PANE_CODE + 1, 1, false);
	assert_int_equal(c->state.selected, 0x100C);
	assert_said("");
	control_click(c, canvas, 5, 4 * PANE_CODE + 1, 1, true);
	assert_said("bp 100c|");
	control_click(c, canvas, 3, 4 * PANE_REGISTERS, 1, false);
	assert_int_equal(c->state.focus, PANE_REGISTERS);
	assert_said("r rax|");
	control_click(c, canvas, 3, 4 * PANE_REGISTERS, 1, true); /* the second of two is no second command */
	assert_said("");
	control_click(c, canvas, 3, 4 * PANE_REGISTERS, 2, false);
	assert_said("");
	control_click(c, canvas, 10, 4 * PANE_REGISTERS, 1, false);
	control_click(c, canvas, 10, 4 * PANE_REGISTERS, 1, true); /* but a key pressed twice is */
	assert_said("t|t|");
	control_click(c, canvas, 20, 4 * PANE_REGISTERS, 1, false);
	assert_int_equal(c->state.focus, PANE_CONSOLE);
	control_click(c, canvas, 30, 4 * PANE_REGISTERS, 1, false);
	assert_int_equal(c->state.focus, PANE_REGISTERS);
	control_click(c, canvas, 12, 4 * PANE_TIMELINE, 1, false);
	assert_said("!tt 120|");
	control_click(c, canvas, -5, -5, 1, false);
	assert_said("");
	assert_int_equal(c->state.focus, PANE_TIMELINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rows_are_unlike),
		cmocka_unit_test(test_letters_are_text_in_lines),
		cmocka_unit_test(test_colon),
		cmocka_unit_test(test_console_keys),
		cmocka_unit_test(test_focus),
		cmocka_unit_test(test_code_is_selected),
		cmocka_unit_test(test_code_follows),
		cmocka_unit_test(test_scrolling),
		cmocka_unit_test(test_timeline_keys),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_view_keys),
		cmocka_unit_test(test_keys_scroll),
		cmocka_unit_test(test_animation),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_drawing),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_all),
		cmocka_unit_test(test_copy_marked),
		cmocka_unit_test(test_clicks),
		cmocka_unit_test(test_clicks_on_marks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
