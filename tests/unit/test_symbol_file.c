/* test_symbol_file.c - texts of symbols: lines that are read, lines that refuse the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "board/image.h"
#include "ui/symbols.h"

struct told {
	char *text;
	size_t used, room;
};

static void tell(void *arg, const struct symbol *symbol)
{
	struct told *t = arg;
	t->used += (size_t)snprintf(t->text + t->used, t->room - t->used, "%s=%llx/%llx ", symbol->name,
				    (unsigned long long)symbol->address, (unsigned long long)symbol->size);
}

/* "NAME=ADDRESS/SIZE " of each symbol, or the reason. */
static const char *read_text(const char *text, size_t size, char *told, size_t room)
{
	struct rs_error why;
	struct symbol_module m = { .path = "x.syms", .size = size };
	struct told t = { told, 0, room };
	/* Just as many bytes as there are, so that a sanitizer sees a step beyond them. */
	m.bytes = malloc(size ? size : 1);
	m.names = malloc(size + 1);
	memcpy(m.bytes, text, size);
	told[0] = 0;
	if (!symbol_file_read(&m, tell, &t, &why))
		snprintf(told, room, "%s", why.text);
	free(m.bytes);
	free(m.names);
	return told;
}

static void expect(const char *text, const char *wanted)
{
	char told[400];
	assert_string_equal(read_text(text, strlen(text), told, sizeof(told)), wanted);
}

static void lines_are_read(void **state)
{
	(void)state;
	expect("", "");
	expect("1000 a", "a=1000/0 ");
	expect("0x1000 a 20\r\n\r\n# c\n; c\n  ffffffff`80001000\tb::c 0x8  \n", "a=1000/20 b::c=ffffffff80001000/8 ");
	expect("1 a\n2 b\n", "a=1/0 b=2/0 ");
}

static void other_lines_refuse_the_file(void **state)
{
	static const char reason[] = ": no line ADDRESS NAME [SIZE]";
	static const char *const lines[] = { "1000",
					     "xyz a",
					     "1000 a g",
					     "1000 a 1 2",
					     "1000 a\033b",
					     "-1 a",
					     "12345678901234567 a",
					     "\177EL",
					     "1000 a 0x",
					     "` a" };
	char text[100], wanted[100];
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), "1 good\n%s\n", lines[i]);
		snprintf(wanted, sizeof(wanted), "x.syms:2%s", reason);
		expect(text, wanted);
	}
}

static void a_zero_is_no_character_of_a_name(void **state)
{
	char told[400];
	(void)state;
	assert_string_equal(read_text("1 a\0b\n", 6, told, sizeof(told)), "x.syms:1: no line ADDRESS NAME [SIZE]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(other_lines_refuse_the_file),
		cmocka_unit_test(a_zero_is_no_character_of_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
