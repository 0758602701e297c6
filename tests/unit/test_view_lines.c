/* test_view_lines.c - what the guest and the prompt write, kept as lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "view/lines.h"

enum { ROOM = 3 };

static struct line_keeper keeper(void)
{
	struct line_keeper k;
	assert_true(lines_open(&k, rs_host_libc(), ROOM));
	return k;
}

static void put(struct line_keeper *k, const char *text)
{
	lines_put(k, text, strlen(text));
}

/* The lines with '|' behind each. */
static void assert_lines(struct line_keeper *k, const char *wanted)
{
	static char line[ROOM][VIEW_TEXT], text[ROOM * (VIEW_TEXT + 1) + 1];
	struct view_lines copy = { .line = line };
	lines_copy(k, &copy);
	text[0] = 0;
	for (unsigned i = 0; i < copy.count; i++) {
		strcat(text, copy.line[i]);
		strcat(text, "|");
	}
	assert_string_equal(text, wanted);
}

static void test_pieces(void **state)
{
	struct line_keeper k = keeper();
	(void)state;
	put(&k, "a\n\nb");
	assert_lines(&k, "a||b|");
	put(&k, "c\r\n");
	assert_lines(&k, "a||bc|");
	put(&k, "d\te\nf");
	assert_lines(&k, "bc|d       e|f|");
	lines_put(&k, "g\0h", 3);
	assert_lines(&k, "bc|d       e|fgh|");
	lines_close(&k, rs_host_libc());
}

/* Whichever byte of it would be the first that has no room. */
static void test_characters_stay_whole(void **state)
{
	static const char *const characters[] = { "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x99\x82" };
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		for (unsigned n = VIEW_TEXT - 5; n < VIEW_TEXT; n++) {
			struct line_keeper k = keeper();
			char text[VIEW_TEXT + 8] = "", wanted[VIEW_TEXT + 32];
			bool fits = n + strlen(characters[i]) < VIEW_TEXT;
			memset(text, 'x', n);
			snprintf(wanted, sizeof(wanted), "%s%s%s%s|", text, fits ? "" : "|", characters[i],
				 fits && n + strlen(characters[i]) == VIEW_TEXT - 1 ? "|y" : "y");
			strcat(text, characters[i]);
			strcat(text, "y");
			put(&k, text);
			assert_lines(&k, wanted);
			lines_close(&k, rs_host_libc());
		}
}

/* Bytes that are no UTF-8 are kept, as many as they are. */
static void test_no_characters(void **state)
{
	struct line_keeper k = keeper();
	char text[VIEW_TEXT + 11];
	static char line[ROOM][VIEW_TEXT];
	struct view_lines copy = { .line = line };
	(void)state;
	memset(text, 0x80, sizeof(text));
	lines_put(&k, text, sizeof(text));
	lines_copy(&k, &copy);
	assert_int_equal(copy.count, 2);
	assert_int_equal(strlen(line[0]) + strlen(line[1]), sizeof(text));
	lines_close(&k, rs_host_libc());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_characters_stay_whole),
		cmocka_unit_test(test_no_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
