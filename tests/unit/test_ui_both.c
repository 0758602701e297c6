/* test_ui_both.c - `run --both A,B`: two processors in step. */
#include "ui_world.h"

/* SYSRET with RPL 0 in STAR[63:48]: Intel forces RPL 3 into SS, AMD does not. */
static void two_processors_run_in_step(void **state)
{
	struct world *w = world_new();
	(void)state;
	assert_int_equal(run(w, "run --both intel-skylake,amd-zen4 k.elf"), 0);
	assert_string_equal(w->output.bytes, "h\n");
	assert_string_equal(w->error.bytes,
			    "ringstep: exit code 0 after 10 instructions (intel-skylake and amd-zen4 alike)\n");
	free(w);
	w = world_new();
	memcpy(find(w, "k.elf")->bytes + TEXT_AT, "\xeb\x18", 2); /* to `ring` */
	find(w, "k.elf")->bytes[TEXT_AT + STAR_AT] = 0x10;
	assert_int_equal(run(w, "run --both intel-skylake,amd-zen4 k.elf"), 1);
	assert_string_equal(w->output.bytes, "");
	assert_non_null(strstr(w->error.bytes, "ringstep: intel-skylake and amd-zen4 differ at n=10, CPL 0, "
					       "ffffffff8010003e: sysret\n"));
	assert_non_null(strstr(w->error.bytes, "\n  ss           1b[0 ffffffff c0f3]"));
	assert_non_null(strstr(w->error.bytes, " 18["));
	assert_non_null(strstr(w->error.bytes, "\n  SR-11        (intel-skylake) Intel SS selector"));
	assert_non_null(strstr(w->error.bytes, "\n  SR-12        (amd-zen4) AMD SS selector"));
	free(w);
}

static void two_processors_can_identify_alike(void **state)
{
	struct world *w = world_new();
	(void)state;
	memcpy(find(w, "k.elf")->bytes + TEXT_AT, "\x31\xc0\x0f\xa2\xeb\x0e", 6); /* xor eax,eax; cpuid; to `after` */
	assert_int_equal(run(w, "run --both amd-zen4,intel-skylake k.elf"), 1);
	assert_non_null(strstr(w->error.bytes, "ffffffff80100002: cpuid\n"));
	assert_non_null(strstr(w->error.bytes, "\n  rbx          68747541                           756e6547 "));
	assert_non_null(
	    strstr(w->error.bytes, "no rule in either record; --same-cpuid makes both answer as the first"));
	assert_int_equal(run(w, "run --both amd-zen4,intel-skylake --same-cpuid k.elf"), 0);
	free(w);
}

static void limits_end_both(void **state)
{
	(void)state;
	expect("run --both intel-skylake,amd-zen4 --max-insns 3 k.elf", 0, "",
	       "--max-insns reached at ffffffff80100006 after 3 instructions (intel-skylake and amd-zen4 alike)");
	expect("run --both intel-skylake,amd-zen4 --until inner k.elf", 0, "h\n",
	       "--until reached at ffffffff80100018");
	expect("run --both intel-skylake,amd-zen4 --timing unit --max-cycles 3 k.elf", 0, "", "--max-cycles reached");
	expect("run --both intel-skylake,amd-zen4 none.elf", 127, "", "none.elf");
	expect("run --both intel-p6,intel-skylake k.elf", 126, "", "64-bit mode, which intel-p6 does not have");
	expect("run --both intel-skylake k.elf", 125, "", "'intel-skylake' is not two profiles with a comma");
	expect("run --both intel-skylake, k.elf", 125, "", "is not two profiles with a comma");
	expect("run --both ,amd-zen4 k.elf", 125, "", "is not two profiles with a comma");
	expect("run --both a,b,c k.elf", 125, "", "is not two profiles with a comma");
	expect("run --both intel-skylake,amd-zem4 k.elf", 125, "", "no profile 'amd-zem4' (did you mean amd-zen4?)");
	expect("run --both amd-zen4,amd-zen4 k.elf", 125, "", "it names one of them twice");
	expect("run --both amd-zen4,amd-zen1 --cpu amd-zen4 k.elf", 125, "", "does not go with '--cpu'");
	expect("run --both amd-zen4,amd-zen1 --timeout 1 k.elf", 125, "", "does not go with '--timeout'");
	expect("run --both amd-zen4,amd-zen1 --status-json - k.elf", 125, "", "does not go with '--status-json'");
	expect("run --both amd-zen4,amd-zen1 --input - k.elf", 125, "", "standard input can be read once");
	expect("run --same-cpuid k.elf", 125, "", "without --both there is no meaning in '--same-cpuid'");
	expect("trace --both amd-zen4,amd-zen1 k.elf", 125, "", "does not take the option '--both'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_processors_run_in_step),
		cmocka_unit_test(two_processors_can_identify_alike),
		cmocka_unit_test(limits_end_both),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
