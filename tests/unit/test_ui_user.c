/* test_ui_user.c - `user`: what becomes of the program's name, arguments, input, output and exit code. The kernel is a
 * small one that takes the place of elf64user.elf; what that one makes of them is for the suite `programs`. */
#include "ui_world.h"

#define NAME_OF_PROGRAM "b/ringstep"
#define KERNEL "b/guests/elf64user.elf"

/* Input to standard output, a byte at a time; "e\n" to standard error; exit code 200. */
static const uint8_t copies[] = {
	0x66, 0xba, 0xfd, 0x03,       /*  0        mov dx,3fdh */
	0xec, 0xa8, 0x01, 0x74, 0x09, /*  4 next:  in al,dx; test al,1; jz done */
	0xb2, 0xf8, 0xec, 0xe6, 0xe9, /*  9        mov dl,0f8h; in al,dx; out e9,al */
	0xb2, 0xfd, 0xeb, 0xf2,       /*  e        mov dl,0fdh; jmp next */
	0xb2, 0xf8, 0xb0, 'e',  0xee, /* 12 done:  mov dl,0f8h; mov al,'e'; out dx,al */
	0xb0, 0x0a, 0xee,             /* 17        mov al,10; out dx,al */
	0xb0, 200,  0xe6, 0xf4,       /* 1a        mov al,200; out f4,al */
};

/* A file that passes for a program: the kernel is ELF64 for x86-64 and has no interpreter. */
static struct world *world_with_kernel(const void *code, size_t size)
{
	struct world *w = world_new();
	struct maker kernel;
	make_kernel(&kernel);
	if (code)
		memcpy(kernel.bytes + TEXT_AT, code, size);
	add(w, KERNEL, kernel.bytes, kernel.size);
	make_kernel(&kernel);
	kernel.bytes[16] = 3; /* ET_DYN */
	add(w, "pie", kernel.bytes, kernel.size);
	kernel.bytes[64] = 3; /* PT_INTERP */
	add(w, "dynamic", kernel.bytes, kernel.size);
	kernel.bytes[16] = 1; /* ET_REL */
	add(w, "object", kernel.bytes, kernel.size);
	kernel.bytes[18] = 183; /* EM_AARCH64 */
	add(w, "aarch64", kernel.bytes, kernel.size);
	return w;
}

static void expect_user(const char *line, int code, const char *output, const char *error)
{
	struct world *w = world_with_kernel(NULL, 0);
	int got = run_as(w, NAME_OF_PROGRAM, line);
	if (got != code)
		fail_msg("%s: exit code %d\n%s", line, got, w->error.bytes);
	if (!strstr(w->output.bytes, output) || strstr(w->error.bytes, error) == NULL)
		fail_msg("%s: printed\n%s\nand\n%s", line, w->output.bytes, w->error.bytes);
	if (!*error)
		assert_string_equal(w->error.bytes, "");
	free(w);
}

static void programs_run_silently(void **state)
{
	(void)state;
	expect_user("user k.elf", 0, "h\n", "");
	expect_user("user pie", 0, "h\n", "");
	expect_user("user k.elf --help -m --", 0, "h\n", "");
	expect_user("user -v k.elf -v", 0, "h\n", "");
	expect_user("user --cpu amd-zen4 --timing unit --env A=1 --step-driver -- k.elf a_b", 0, "h\n", "");
	expect_user("user --status-json - k.elf", 0, "\"exit_code\":0,\"instructions\":10,", "");
	expect_user("user --status-json - --input k.elf k.elf", 0, "\"image\":\"k.elf\"", "");
}

static void what_is_no_program_is_refused(void **state)
{
	(void)state;
	expect_user("user none", 127, "", "none: cannot open: no such file");
	expect_user("user --status-json - none", 127, "\"stop\":\"not-run\",\"exit_code\":127", "none: cannot open");
	expect_user("user bad.elf", 126, "", "bad.elf: not an ELF file");
	expect_user("user aarch64", 126, "", "not a program for x86-64");
	expect_user("user object", 126, "", "not a program that is linked");
	expect_user("user dynamic", 126, "", "dynamically linked; build it with -static");
	expect_user("user --status-json - dynamic", 126, "\"stop\":\"not-run\",\"exit_code\":126", "dynamic");
	expect_user("user -m 1M k.elf", 126, "", "give the machine -m 2M");
	expect_user("user", 125, "", "say: ringstep user PROGRAM [ARGUMENT...]");
	expect_user("user --", 125, "", "something is missing");
	expect_user("user --env A k.elf", 125, "", "'A' is not NAME=VALUE");
	expect_user("user --env =A k.elf", 125, "", "'=A' is not NAME=VALUE");
	expect_user("user --user k.elf", 125, "", "does not take the option '--user'");
	expect_user("user --input none k.elf", 125, "", "none: cannot open");
	expect_user("run --env A=1 k.elf", 125, "", "does not take the option '--env'");
}

/* All but the program's own end is 125. */
static void failures_of_the_run_are_told_apart(void **state)
{
	struct world *w = world_with_kernel("\x0f\x0b", 2);
	(void)state;
	assert_int_equal(run_as(w, NAME_OF_PROGRAM, "user --status-json - k.elf"), 125);
	assert_non_null(strstr(w->error.bytes, "triple fault at ffffffff80100000: #UD"));
	assert_non_null(strstr(w->output.bytes, "{\"stop\":\"triple-fault\",\"exit_code\":125,"));
	free(w);
	expect_user("user --max-insns 3 k.elf", 125, "", "--max-insns reached at ffffffff80100006");
	expect_user("user --timeout 1000 k.elf", 0, "h\n", "");
}

static void the_kernel_must_be_there(void **state)
{
	struct world *w = world_new();
	(void)state;
	assert_int_equal(run(w, "user k.elf"), 125);
	assert_non_null(strstr(w->error.bytes, "the kernel elf64user.elf is not installed (looked in "));
	free(w);
}

static void too_many_variables_are_refused(void **state)
{
	char *word[2 * UI_VARIABLES + 6] = { (char[]){ NAME_OF_PROGRAM }, (char[]){ "user" } };
	char option[] = "--env", variable[] = "A=1", program_name[] = "k.elf";
	int count = 2;
	struct world *w = world_with_kernel(NULL, 0);
	(void)state;
	for (int i = 0; i <= UI_VARIABLES; i++) {
		word[count++] = option;
		word[count++] = variable;
	}
	word[count++] = program_name;
	assert_int_equal(ui_main(&w->host, count, word), 125);
	assert_non_null(strstr(w->error.bytes, "too many variables: no room for 'A=1'"));
	free(w);
}

static void streams_are_the_programs(void **state)
{
	static const char *const lines[] = { "user k.elf", "user --input - k.elf", "user --step-driver k.elf" };
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct world *w = world_with_kernel(copies, sizeof(copies));
		type(w, "typed\x01\xff");
		assert_int_equal(run_as(w, NAME_OF_PROGRAM, lines[i]), 200);
		assert_string_equal(w->output.bytes, "typed\x01\xff");
		assert_string_equal(w->error.bytes, "e\n");
		free(w);
	}
}

/* A program that does not read leaves standard input to others. */
static void input_is_read_when_it_is_wanted(void **state)
{
	struct world *w = world_with_kernel(NULL, 0);
	(void)state;
	type(w, "typed");
	assert_int_equal(run_as(w, NAME_OF_PROGRAM, "user k.elf"), 0);
	assert_int_equal(w->input_at, 0);
	free(w);
}

static bool fail_once(const char *line, unsigned n, int good)
{
	struct world *w = world_with_kernel(copies, sizeof(copies));
	type(w, "t");
	w->fail_at = n;
	int code = run_as(w, NAME_OF_PROGRAM, line);
	bool failed = w->failed;
	bool may_be_ignored = !failed || !strcmp(w->failed, "close"); /* of a file that was only read */
	if (!(failed && code == 125) && !(may_be_ignored && code == good))
		fail_msg("%s: with call %u (%s) failing, the exit code is %d", line, n, w->failed, code);
	free(w);
	return failed;
}

static void every_call_can_fail(void **state)
{
	(void)state;
	for (unsigned n = 1; fail_once("user --env A=1 k.elf it's", n, 200); n++)
		;
	for (unsigned n = 1; fail_once("user --status-json s.json dynamic", n, 126); n++)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_run_silently),
		cmocka_unit_test(what_is_no_program_is_refused),
		cmocka_unit_test(failures_of_the_run_are_told_apart),
		cmocka_unit_test(the_kernel_must_be_there),
		cmocka_unit_test(too_many_variables_are_refused),
		cmocka_unit_test(streams_are_the_programs),
		cmocka_unit_test(input_is_read_when_it_is_wanted),
		cmocka_unit_test(every_call_can_fail),
	};
	return cmocka_run_group_tests_name("ui user", tests, NULL, NULL);
}
