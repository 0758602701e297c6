/* test_view_script.c - the commands of -x and -c, one at a time: taken apart as the prompt does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/repl/repl.h"
#include "view/window.h"
#include "view_rig.h"

struct heard {
	char text[4096];
	const char *last; /* the command behind which there are no others */
};

static bool hear(void *arg, const char *command)
{
	struct heard *h = arg;
	size_t used = strlen(h->text);
	snprintf(h->text + used, sizeof(h->text) - used, "%s|", command);
	return !h->last || strcmp(h->last, command) != 0;
}

/* What -x of a file with `lines` (NULL: none) and -c `list` come to. */
static bool hear_all(struct heard *h, const char *lines, const char *list)
{
	char path[] = "/tmp/ringstep-script-XXXXXX";
	struct commands c = { lines ? path : NULL, list };
	struct rig rig;
	h->text[0] = 0;
	rig_open(&rig, "nothing.elf");
	if (lines) {
		int fd = mkstemp(path);
		assert_int_equal(write(fd, lines, strlen(lines)), strlen(lines));
		close(fd);
	}
	bool good = script_each(&rig.ui, &c, hear, h);
	if (lines)
		unlink(path);
	rig_close(&rig);
	return good;
}

static void assert_heard(const char *lines, const char *list, const char *wanted)
{
	struct heard h = { "", NULL };
	assert_true(hear_all(&h, lines, list));
	assert_string_equal(h.text, wanted);
}

static void commands_are_the_prompts(void **state)
{
	(void)state;
	assert_heard(NULL, " t;; p ;", "t|p|");
	assert_heard(NULL, "bp a \"r; k\"; t", "bp a \"r; k\"|t|");
	assert_heard(NULL, ".echo \"a\\\"; b\"; t", ".echo \"a\\\"; b\"|t|");
	assert_heard(NULL, ".if (1) { t; p }; k", ".if (1) { t; p }|k|");
	assert_heard(NULL, "j @rax 't; p'; 'k'", "j @rax 't; p'; 'k'|");
	assert_heard(NULL, "t; * all else is for people; p", "t|");
}

static void lines_are_taken_apart_too(void **state)
{
	(void)state;
	assert_heard("t\r\n\n  # said; not done\np; k\n\ndq rsp", "gu", "t|p|k|dq rsp|gu|");
	assert_heard("", "gu", "gu|");
}

static void it_ends_where_it_is_told_to(void **state)
{
	struct heard h = { "", "p" };
	(void)state;
	assert_false(hear_all(&h, "t\np\nk", "gu"));
	assert_string_equal(h.text, "t|p|");
}

static void half_a_command_is_none(void **state)
{
	char line[PROMPT_LINE + 8];
	struct heard h = { "", NULL };
	(void)state;
	memset(line, '1', sizeof(line));
	memcpy(line, "? ", 2);
	line[PROMPT_LINE - 1] = 0;
	assert_true(hear_all(&h, NULL, line));
	assert_int_equal(strlen(h.text), PROMPT_LINE);
	line[PROMPT_LINE - 1] = '1';
	line[PROMPT_LINE] = 0;
	assert_false(hear_all(&h, NULL, line));
	assert_string_equal(h.text, "");
	assert_false(hear_all(&h, line, NULL));
	assert_string_equal(h.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_the_prompts),
		cmocka_unit_test(lines_are_taken_apart_too),
		cmocka_unit_test(it_ends_where_it_is_told_to),
		cmocka_unit_test(half_a_command_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
