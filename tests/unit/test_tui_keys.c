/* test_tui_keys.c - what terminals send for keys and the mouse: each sequence by itself, cut anywhere, and noise. The
 * sequences are those of the terminals' own descriptions (terminfo's xterm, linux, rxvt, tmux) and of xterm's "Control
 * Sequences". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "view/tui_keys.h"

#define NEITHER KEYBOARD_XTERM

struct sent {
	const char *bytes, *key;
	enum tui_keyboard keyboard;
};

static const struct sent table[] = {
	/* xterm, VTE, tmux and screen */
	{ "\033OP", "F1", 0 },
	{ "\033OQ", "F2", 0 },
	{ "\033OR", "F3", 0 },
	{ "\033OS", "F4", 0 },
	{ "\033[15~", "F5", 0 },
	{ "\033[17~", "F6", 0 },
	{ "\033[18~", "F7", 0 },
	{ "\033[19~", "F8", 0 },
	{ "\033[20~", "F9", 0 },
	{ "\033[21~", "F10", 0 },
	{ "\033[23~", "F11", 0 },
	{ "\033[24~", "F12", 0 },
	{ "\033[1;2P", "Shift-F1", 0 },
	{ "\033[1;2S", "Shift-F4", 0 },
	{ "\033O2S", "Shift-F4", 0 },
	{ "\033[15;2~", "Shift-F5", 0 },
	{ "\033[21;2~", "Shift-F10", 0 },
	{ "\033[23;2~", "Shift-F11", 0 },
	{ "\033[23;3~", "Alt-F11", 0 },
	{ "\033[23;4~", "Alt-Shift-F11", 0 },
	{ "\033[23;5~", "Ctrl-F11", 0 },
	{ "\033[23;6~", "Ctrl-Shift-F11", 0 },
	{ "\033[23;9~", "Alt-F11", 0 },
	{ "\033[A", "Up", 0 },
	{ "\033OB", "Down", 0 },
	{ "\033[C", "Right", 0 },
	{ "\033OD", "Left", 0 },
	{ "\033[1;5A", "Ctrl-Up", 0 },
	{ "\033[H", "Home", 0 },
	{ "\033OF", "End", 0 },
	{ "\033[1~", "Home", 0 },
	{ "\033[4~", "End", 0 },
	{ "\033[3~", "Delete", 0 },
	{ "\033[5~", "PageUp", 0 },
	{ "\033[6~", "PageDown", 0 },
	{ "\033[Z", "Shift-Tab", 0 },
	{ "\033w", "Alt-W", 0 },
	{ "\033\r", "Alt-Enter", 0 },
	/* the Linux console */
	{ "\033[[A", "F1", 0 },
	{ "\033[[E", "F5", 0 },
	{ "\033[25~", "Shift-F1", 0 },
	{ "\033[26~", "Shift-F2", 0 },
	{ "\033[28~", "Shift-F3", 0 },
	{ "\033[29~", "Shift-F4", 0 },
	{ "\033[31~", "Shift-F5", 0 },
	{ "\033[34~", "Shift-F8", 0 },
	/* rxvt */
	{ "\033[11~", "F1", KEYBOARD_RXVT },
	{ "\033[14~", "F4", KEYBOARD_RXVT },
	{ "\033[25~", "Shift-F3", KEYBOARD_RXVT },
	{ "\033[26~", "Shift-F4", KEYBOARD_RXVT },
	{ "\033[28~", "Shift-F5", KEYBOARD_RXVT },
	{ "\033[34~", "Shift-F10", KEYBOARD_RXVT },
	{ "\033[23$", "Shift-F11", KEYBOARD_RXVT },
	{ "\033[23^", "Ctrl-F11", KEYBOARD_RXVT },
	{ "\033[23@", "Ctrl-Shift-F11", KEYBOARD_RXVT },
	{ "\033\033[23~", "Alt-F11", KEYBOARD_RXVT },
	{ "\033\033OA", "Alt-Up", KEYBOARD_RXVT },
	{ "\033[a", "Shift-Up", KEYBOARD_RXVT },
	{ "\033Od", "Ctrl-Left", KEYBOARD_RXVT },
	{ "\033[7~", "Home", KEYBOARD_RXVT },
	{ "\033[8~", "End", KEYBOARD_RXVT },
	/* anywhere */
	{ "\r", "Enter", 0 },
	{ "\n", "Enter", 0 },
	{ "\t", "Tab", 0 },
	{ "\177", "Backspace", 0 },
	{ "\b", "Ctrl-H", 0 },
	{ "\001", "Ctrl-A", 0 },
	{ "\003", "Ctrl-C", 0 },
	{ "\032", "Ctrl-Z", 0 },
};

enum { ROWS = sizeof(table) / sizeof(table[0]) };

static void test_each_sequence(void **state)
{
	struct tui_event e;
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		size_t n = strlen(table[i].bytes);
		assert_int_equal(tui_event_read(table[i].bytes, n, false, table[i].keyboard, &e), n);
		assert_int_equal(e.kind, TUI_KEY);
		assert_string_equal(e.text, table[i].key);
	}
}

/* A sequence that has not come whole waits for its end; what follows it is not its own. */
static void test_each_sequence_in_parts(void **state)
{
	struct tui_event e;
	char bytes[32];
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		size_t n = strlen(table[i].bytes);
		for (size_t part = 0; part < n; part++)
			assert_int_equal(tui_event_read(table[i].bytes, part, false, table[i].keyboard, &e), 0);
		snprintf(bytes, sizeof(bytes), "%sx", table[i].bytes);
		assert_int_equal(tui_event_read(bytes, n + 1, false, table[i].keyboard, &e), n);
		assert_string_equal(e.text, table[i].key);
	}
}

static void test_escape_by_itself(void **state)
{
	struct tui_event e;
	(void)state;
	assert_int_equal(tui_event_read("\033", 1, true, NEITHER, &e), 1);
	assert_string_equal(e.text, "Esc");
	assert_int_equal(tui_event_read("\033[", 2, true, NEITHER, &e), 2);
	assert_string_equal(e.text, "Alt-[");
	assert_int_equal(tui_event_read("\033\033", 2, true, NEITHER, &e), 1);
	assert_string_equal(e.text, "Esc");
	assert_int_equal(tui_event_read("\033[15", 4, true, NEITHER, &e), 4);
	assert_int_equal(e.kind, TUI_NOTHING);
}

static void test_text(void **state)
{
	struct tui_event e;
	(void)state;
	assert_int_equal(tui_event_read("ab", 2, false, NEITHER, &e), 1);
	assert_int_equal(e.kind, TUI_TEXT);
	assert_string_equal(e.text, "a");
	assert_int_equal(tui_event_read("\xE2\x82\xACx", 4, false, NEITHER, &e), 3);
	assert_string_equal(e.text, "\xE2\x82\xAC");
	assert_int_equal(tui_event_read("\xE2\x82", 2, false, NEITHER, &e), 0);
	assert_int_equal(tui_event_read("\xE2\x82", 2, true, NEITHER, &e), 2);
	assert_int_equal(e.kind, TUI_NOTHING);
	assert_int_equal(tui_event_read("\xE2q", 2, false, NEITHER, &e), 1);
	assert_int_equal(e.kind, TUI_NOTHING);
	assert_int_equal(tui_event_read("\x80", 1, false, NEITHER, &e), 1);
	assert_int_equal(e.kind, TUI_NOTHING);
}

static struct tui_event one(const char *bytes)
{
	struct tui_event e;
	assert_int_equal(tui_event_read(bytes, strlen(bytes), false, NEITHER, &e), strlen(bytes));
	return e;
}

static void test_mouse(void **state)
{
	struct tui_event e = one("\033[<0;11;22M");
	(void)state;
	assert_int_equal(e.kind, TUI_PRESS);
	assert_int_equal(e.button, 1);
	assert_int_equal(e.x, 10);
	assert_int_equal(e.y, 21);
	assert_int_equal(one("\033[<2;1;1M").button, 3);
	assert_int_equal(one("\033[<16;300;90M").x, 299); /* with Ctrl */
	assert_int_equal(one("\033[<0;11;22m").kind, TUI_NOTHING);
	assert_int_equal(one("\033[<32;11;22M").kind, TUI_NOTHING);
	assert_int_equal(one("\033[<0;0;1M").kind, TUI_NOTHING);
	assert_int_equal(one("\033[<0;5M").kind, TUI_NOTHING);
	assert_int_equal(one("\033[<64;5;6M").kind, TUI_WHEEL);
	assert_true(one("\033[<64;5;6M").lines > 0);
	assert_true(one("\033[<65;5;6M").lines < 0);
	assert_int_equal(one("\033[<66;5;6M").kind, TUI_NOTHING);
}

/* Keys that nobody knows and answers of the terminal take what is theirs and mean nothing. */
static void test_unknown(void **state)
{
	static const char *const bytes[] = { "\033[99~", "\033[16~", "\033[22~",   "\033[27~",
					     "\033[30~", "\033[35~", "\033[?1;2c", "\033[I",
					     "\033[E",   "\033[[Z",  "\033Oj",     "\033[99999999999~" };
	(void)state;
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		assert_int_equal(one(bytes[i]).kind, TUI_NOTHING);
}

/* ---- noise ---- */

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* Mostly what sequences are made of. */
static char noise(uint64_t *seed)
{
	static const char likely[] = "\033\033[[O<;;~$^@MmAZ0123456789\r\t\177";
	return next(seed) & 1 ? likely[next(seed) % (sizeof(likely) - 1)] : (char)next(seed);
}

static void check_event(const struct tui_event *e)
{
	assert_true(strlen(e->text) < sizeof(e->text));
	if (e->kind == TUI_TEXT || e->kind == TUI_KEY)
		assert_true((unsigned char)e->text[0] >= ' ' && e->text[0] != 0x7F);
	if (e->kind == TUI_PRESS)
		assert_true(e->x >= 0 && e->y >= 0 && e->button >= 1 && e->button <= 3);
}

/* Always goes on, never past the end; what is said at once is said of parts, too. */
static void check_stream(const char *bytes, size_t size)
{
	struct tui_event e, late;
	size_t at = 0;
	while (at < size) {
		size_t n = tui_event_read(bytes + at, size - at, false, NEITHER, &e);
		size_t all = tui_event_read(bytes + at, size - at, true, NEITHER, &late);
		assert_true(n <= size - at && all <= size - at && all > 0);
		check_event(&late);
		if (!n)
			n = all;
		else
			assert_true(n == all && e.kind == late.kind && !strcmp(e.text, late.text));
		at += n;
	}
}

static void test_noise(void **state)
{
	uint64_t seed = 1;
	(void)state;
	for (int i = 0; i < 100000; i++) {
		char bytes[100];
		size_t size = next(&seed) % sizeof(bytes);
		for (size_t k = 0; k < size; k++)
			bytes[k] = noise(&seed);
		check_stream(bytes, size);
	}
}

/* The brackets around what is pasted (xterm's mode 2004). */
static void test_paste(void **state)
{
	struct tui_event e;
	(void)state;
	assert_int_equal(tui_event_read("\033[200~a", 7, false, NEITHER, &e), 6);
	assert_int_equal(e.kind, TUI_PASTE);
	assert_int_equal(tui_event_read("\033[201~", 6, false, NEITHER, &e), 6);
	assert_int_equal(e.kind, TUI_PASTE_END);
	assert_int_equal(tui_event_read("\033[202~", 6, false, NEITHER, &e), 6);
	assert_int_equal(e.kind, TUI_NOTHING);
}

/* Parameters without end hold nothing up. */
static void test_endless(void **state)
{
	struct tui_event e;
	char bytes[200];
	(void)state;
	memset(bytes, '1', sizeof(bytes));
	memcpy(bytes, "\033[", 2);
	size_t n = tui_event_read(bytes, sizeof(bytes), false, NEITHER, &e);
	assert_true(n > 0 && n < sizeof(bytes));
	assert_int_equal(e.kind, TUI_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_sequence),
		cmocka_unit_test(test_each_sequence_in_parts),
		cmocka_unit_test(test_escape_by_itself),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_paste),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
