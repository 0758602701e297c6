/* test_ui_timing.c - cycle models on the command line, at the prompt and in traces. */
#include "ui_world.h"

static void wrong_words_are_refused(void **state)
{
	(void)state;
	expect("run --max-cycles 1e6 k.elf", 125, "", "'1e6' is not a number");
	expect("run --timing k.elf", 125, "", "no cycle model 'k.elf'");
	expect("trace --timing unti k.elf", 125, "", "did you mean unit?");
	expect("step --timing= k.elf", 125, "", "no cycle model ''; --help lists them");
	expect("check --timing unit k.elf", 2, "", "does not take the option '--timing'");
}

/* Three times MOV and OUT, LEA, CALL, NOP and RET: 129 cycles, and a walk of four levels to the page of code and stack.
 */
static void cycles_are_counted(void **state)
{
	(void)state;
	expect("run --timing unit k.elf", 0, "", "exit code 0 after 10 instructions and 149 cycles (intel-skylake)\n");
	expect("run --timing unit --step-driver k.elf", 0, "", "after 10 instructions and 149 cycles (");
	expect("run --timing none k.elf", 0, "", "exit code 0 after 10 instructions (intel-skylake)\n");
	expect("run --timing unit --status-json - k.elf", 0, "\"cycles\":149,", "");
	expect("run --timing unit --status-json - k.elf", 0, "\"timing\":\"unit\"", "");
	expect("run --timing unit --max-cycles 21 k.elf", 124, "", "--max-cycles reached at ffffffff80100002");
	expect("run --timing unit --max-cycles 22 k.elf", 124, "", "after 2 instructions and 61 cycles");
	expect("run --timing unit --max-cycles 22 --step-driver k.elf", 124, "", "after 2 instructions and 61 cycles");
	expect("run --timing unit --max-cycles 22 --timeout 1000 k.elf", 124, "", "after 2 instructions and 61 cycles");
	expect("run --timing unit --max-insns 1 --max-cycles 99 k.elf", 124, "", "--max-insns reached");
	expect("run --max-cycles 3 k.elf", 124, "", "--max-cycles reached at ffffffff80100006 after 3 instructions (");
	expect("step --timing unit k.elf -c t", 0, " n=1 cyc=21", "");
	expect("step --timing unit --max-cycles 22 k.elf -c g", 0, "-- --max-cycles reached", "");
	expect("step --timing unit --max-cycles 22 k.elf -c t;t;t", 0, "-- --max-cycles reached", "");
}

static void traces_tell_cycles(void **state)
{
	struct world *w = world_new();
	(void)state;
	assert_int_equal(run(w, "trace k.elf --timing unit --max-cycles 60 -o t"), 124);
	assert_non_null(strstr(w->error.bytes, "--max-cycles reached"));
	assert_non_null(strstr(find(w, "t")->bytes, " timing=unit:1 mem=16777216 limit=none cycles=60 until=none "));
	assert_non_null(strstr(find(w, "t")->bytes, "\ni 0 0 ffffffff80100000 b068 rax=68 c=21\n"));
	assert_int_equal(run(w, "check t"), 0);
	char *c = strstr(find(w, "t")->bytes, "c=21");
	c[3] = '2';
	assert_int_equal(run(w, "check t"), 1);
	assert_non_null(strstr(w->output.bytes, "cycles"));
	assert_int_equal(run(w, "check --ignore cycles t"), 0);
	assert_int_equal(run(w, "trace k.elf --timing unit --max-cycles 60 -o u"), 124);
	assert_int_equal(run(w, "diff t u"), 1);
	assert_non_null(strstr(w->output.bytes, ", 2 differences\n"));
	assert_int_equal(run(w, "diff --ignore cycles t u"), 0);
	assert_int_equal(run(w, "trace k.elf --max-insns 2 -o v"), 124);
	assert_int_equal(run(w, "diff v u"), 0); /* one of them has no clock */
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(cycles_are_counted),
		cmocka_unit_test(traces_tell_cycles),
	};
	return cmocka_run_group_tests_name("ui_timing", tests, NULL, NULL);
}
