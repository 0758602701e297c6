/* test_tui_screen.c - cells to a terminal: what is sent, read by a small terminal of the test's own, shows the cells
 * again; only what differs is sent; nothing that a guest wrote steers the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "view/tui_screen.h"

enum { WIDTH = 40, HEIGHT = 8 };

/* ---- a terminal: CUP, ED 2, SGR as a text, cursor on and off; anything else fails the test ---- */

struct terminal {
	uint32_t character[HEIGHT][WIDTH];
	char look[HEIGHT][WIDTH][64]; /* the SGR that was in force */
	char sgr[64];
	int x, y;
	bool cursor;
	size_t bytes;
};

static struct terminal terminal;

static void terminal_sequence(struct terminal *t, const char *parameters, char final)
{
	if (final == 'H') {
		assert_int_equal(sscanf(parameters, "%d;%d", &t->y, &t->x), 2);
		assert_true(--t->x >= 0 && --t->y >= 0 && t->x < WIDTH && t->y < HEIGHT);
	} else if (final == 'J') {
		assert_string_equal(parameters, "2");
		memset(t->character, 0, sizeof(t->character));
	} else if (final == 'm') {
		snprintf(t->sgr, sizeof(t->sgr), "%s", parameters);
	} else {
		assert_true(!strcmp(parameters, "?25") && (final == 'h' || final == 'l'));
		t->cursor = final == 'h';
	}
}

static uint32_t character_at(const unsigned char *bytes, size_t *length)
{
	uint32_t c = bytes[0];
	*length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	c = *length == 1 ? c : c & (0x7Fu >> *length);
	for (size_t i = 1; i < *length; i++)
		c = c << 6 | (bytes[i] & 0x3F);
	return c;
}

static void terminal_character(struct terminal *t, uint32_t c)
{
	assert_true(c >= ' ' && (c < 0x7F || c >= 0xA0));
	assert_true(t->x < WIDTH); /* behind the last column nothing may be relied on */
	t->character[t->y][t->x] = c;
	memcpy(t->look[t->y][t->x++], t->sgr, sizeof(t->sgr));
}

static void terminal_feed(struct terminal *t, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0, n; i < size; i += n) {
		char parameters[64];
		if (bytes[i] != 0x1B) {
			terminal_character(t, character_at(bytes + i, &n));
			continue;
		}
		assert_int_equal(bytes[i + 1], '[');
		for (n = 2; bytes[i + n] < 0x40; n++)
			parameters[n - 2] = (char)bytes[i + n];
		parameters[n - 2] = 0;
		terminal_sequence(t, parameters, (char)bytes[i + n++]);
	}
	t->bytes += size;
}

/* ---- a host whose standard output is that terminal ---- */

static long write_terminal(void *arg, int fd, const void *bytes, size_t size)
{
	(void)arg, (void)fd;
	terminal_feed(&terminal, bytes, size);
	return (long)size;
}

struct world {
	struct rs_host host;
	struct screen screen;
	struct canvas canvas;
	struct theme theme[2];
	struct cell cell[WIDTH * HEIGHT], shown[WIDTH * HEIGHT];
};

static struct world world;

static struct canvas *begin(enum tui_colours colours, bool utf8)
{
	struct world *w = &world;
	struct rs_error why;
	memset(&terminal, 0, sizeof(terminal));
	memset(w, 0, sizeof(*w));
	w->host = *rs_host_libc();
	w->host.write = write_terminal;
	for (int i = 0; i < STYLES; i++)
		w->theme[0].look[i] = w->theme[1].look[i] =
		    (struct look){ .ink = { 255, (uint8_t)(10 * i), 0 }, .paper = { 0, 0, 95 }, .bold = i & 1 };
	w->screen = (struct screen){
		.out = out_fd(&w->host, 1, "terminal", &why),
		.colours = colours,
		.utf8 = utf8,
		.theme = &w->theme[0],
		.shown = w->shown,
	};
	w->canvas =
	    (struct canvas){ .width = WIDTH, .height = HEIGHT, .cell = w->cell, .cursor_x = -1, .cursor_y = -1 };
	for (int i = 0; i < WIDTH * HEIGHT; i++)
		w->cell[i] = (struct cell){ ' ', STYLE_TEXT };
	screen_forget(&w->screen);
	return &w->canvas;
}

static void end(void)
{
	struct rs_error why;
	assert_true(out_close(world.screen.out, &why));
}

/* Bytes that the picture took. */
static size_t draw(void)
{
	size_t before = terminal.bytes;
	screen_draw(&world.screen, &world.canvas);
	return terminal.bytes - before;
}

static void put(int x, int y, uint32_t character, enum style style)
{
	world.cell[y * WIDTH + x] = (struct cell){ character, style };
}

static void assert_shown(void)
{
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			assert_int_equal(terminal.character[y][x], world.cell[y * WIDTH + x].character);
}

/* ---- the tests ---- */

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* Any cells, one picture after the other: the terminal shows the last one, each cell in the look of its style. */
static void test_random_pictures(void **state)
{
	uint64_t seed = 1;
	(void)state;
	begin(COLOURS_256, true);
	char look[STYLES][64] = { "" };
	for (int i = 0; i < 300; i++) {
		for (unsigned k = (unsigned)next(&seed) % 60; k; k--)
			put((int)(next(&seed) % WIDTH), (int)(next(&seed) % HEIGHT),
			    next(&seed) & 1 ? 'a' + (uint32_t)(next(&seed) % 26)
					    : 0x2500 + (uint32_t)(next(&seed) % 128),
			    (enum style)(next(&seed) % STYLES));
		draw();
		assert_shown();
	}
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			char *of = look[world.cell[y * WIDTH + x].style];
			if (!*of)
				memcpy(of, terminal.look[y][x], sizeof(terminal.sgr));
			assert_string_equal(of, terminal.look[y][x]);
		}
	end();
}

static void test_only_differences(void **state)
{
	(void)state;
	begin(COLOURS_16, true);
	size_t whole = draw(), nothing = draw();
	put(5, 5, 'x', STYLE_TEXT);
	size_t one = draw();
	assert_true(nothing < 20 && one < 30 && one > nothing && whole > WIDTH * HEIGHT);
	put(5, 5, 'x', STYLE_BAD); /* a style alone is a difference, too */
	assert_true(draw() > nothing);
	world.screen.theme = &world.theme[1];
	assert_true(draw() >= WIDTH * HEIGHT);
	screen_forget(&world.screen);
	assert_true(draw() >= WIDTH * HEIGHT);
	assert_shown();
	end();
}

static void test_resize(void **state)
{
	(void)state;
	begin(COLOURS_16, true);
	draw();
	world.canvas.width = WIDTH / 2;
	assert_true(draw() >= WIDTH / 2 * HEIGHT);
	end();
}

/* A guest's console and names of files reach the terminal as text only. */
static void test_nothing_steers(void **state)
{
	static const uint32_t bad[] = { 0, 7, 27, 0x7F, 0x9B, 0x110000, 0xFFFFFFFF };
	(void)state;
	begin(COLOURS_16, true);
	for (int i = 0; i < 7; i++)
		put(i, 0, bad[i], STYLE_TEXT);
	put(8, 0, 'x', (enum style)200);
	draw();
	assert_int_equal(terminal.character[0][0], ' ');
	for (int i = 1; i < 7; i++)
		assert_int_equal(terminal.character[0][i], '.');
	end();
}

static void test_ascii(void **state)
{
	static const uint32_t sign[] = { 0x2500, 0x2502, 0x250C, 0x2192, 0x25B6, 0x2022, 0x25CF, 0x2026, 0x20AC };
	static const char shown[] = "-|+>>**.?";
	(void)state;
	begin(COLOURS_16, false);
	for (int i = 0; i < 9; i++)
		put(i, 0, sign[i], STYLE_TEXT);
	draw();
	for (int i = 0; i < 9; i++)
		assert_int_equal(terminal.character[0][i], shown[i]);
	end();
}

static void test_cursor(void **state)
{
	(void)state;
	begin(COLOURS_16, true);
	draw();
	assert_false(terminal.cursor);
	world.canvas.cursor_x = 7;
	world.canvas.cursor_y = 3;
	put(1, 1, 'x', STYLE_TEXT);
	draw();
	assert_true(terminal.cursor && terminal.x == 7 && terminal.y == 3);
	world.canvas.cursor_x = WIDTH;
	draw();
	assert_false(terminal.cursor);
	end();
}

static void look_of(enum tui_colours colours, enum style style, const char *sgr)
{
	begin(colours, true);
	put(3, 3, 'x', style);
	draw();
	assert_string_equal(terminal.look[3][3], sgr);
	end();
}

static void test_colours(void **state)
{
	(void)state;
	look_of(COLOURS_ALL, STYLE_TEXT, "0;38;2;255;0;0;48;2;0;0;95");
	look_of(COLOURS_ALL, STYLE_DIM, "0;1;38;2;255;10;0;48;2;0;0;95");
	look_of(COLOURS_256, STYLE_TEXT, "0;38;5;196;48;5;17"); /* 16 + 5*36, 16 + 1 */
	look_of(COLOURS_16, STYLE_TEXT, "0;33;44");             /* red becomes brown; 95 is nearer to 170 than to 0 */
	look_of(COLOURS_NONE, STYLE_TEXT, "0");
	look_of(COLOURS_NONE, STYLE_CHANGED, "0;1");
	look_of(COLOURS_NONE, STYLE_SELECTED, "0;7");
}

/* With 16 colours blues and oranges keep their hue, and black is not made grey by being bold. */
static void test_hues_of_16(void **state)
{
	(void)state;
	begin(COLOURS_16, true);
	world.theme[0].look[STYLE_TEXT] = (struct look){ .ink = { 120, 180, 240 }, .paper = { 20, 22, 28 } };
	world.theme[0].look[STYLE_DIM] =
	    (struct look){ .ink = { 20, 22, 28 }, .paper = { 255, 160, 70 }, .bold = true };
	put(0, 0, 'x', STYLE_TEXT);
	put(1, 0, 'x', STYLE_DIM);
	draw();
	assert_string_equal(terminal.look[0][0], "0;96;40");
	assert_string_equal(terminal.look[0][1], "0;30;103");
	end();
}

/* With 16 colours ink and paper may come out alike: then the ink gives way. */
static void test_ink_is_seen(void **state)
{
	(void)state;
	begin(COLOURS_16, true);
	world.theme[0].look[STYLE_TEXT] = (struct look){ .ink = { 10, 10, 10 }, .paper = { 0, 0, 0 } };
	world.theme[0].look[STYLE_DIM] = (struct look){ .ink = { 250, 250, 250 }, .paper = { 255, 255, 255 } };
	put(1, 0, 'x', STYLE_DIM);
	draw();
	assert_string_equal(terminal.look[0][0], "0;97;40");
	assert_string_equal(terminal.look[0][1], "0;30;107");
	end();
}

static void test_what_terminals_can(void **state)
{
	(void)state;
	assert_int_equal(screen_colours("xterm", NULL, NULL), COLOURS_16);
	assert_int_equal(screen_colours("linux", NULL, NULL), COLOURS_16);
	assert_int_equal(screen_colours("tmux-256color", NULL, NULL), COLOURS_256);
	assert_int_equal(screen_colours("xterm-256color", "truecolor", ""), COLOURS_ALL);
	assert_int_equal(screen_colours("xterm-256color", "truecolor", "1"), COLOURS_NONE);
	assert_int_equal(screen_colours("dumb", "truecolor", NULL), COLOURS_NONE);
	assert_int_equal(screen_colours("vt220", NULL, NULL), COLOURS_NONE);
	assert_int_equal(screen_colours(NULL, NULL, NULL), COLOURS_NONE);
	assert_true(screen_is_utf8(NULL, NULL, "de_DE.UTF-8"));
	assert_true(screen_is_utf8("", "C.utf8", "C"));
	assert_false(screen_is_utf8("C", NULL, "de_DE.UTF-8"));
	assert_false(screen_is_utf8(NULL, NULL, NULL));
	assert_false(screen_is_utf8(NULL, "", "de_DE.ISO-8859-1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_pictures), cmocka_unit_test(test_only_differences),
		cmocka_unit_test(test_resize),          cmocka_unit_test(test_nothing_steers),
		cmocka_unit_test(test_ascii),           cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_colours),         cmocka_unit_test(test_hues_of_16),
		cmocka_unit_test(test_ink_is_seen),     cmocka_unit_test(test_what_terminals_can),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
