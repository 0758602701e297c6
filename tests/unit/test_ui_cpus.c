/* test_ui_cpus.c - `cpus`, `cpus NAME`, `cpus --diff A B`, and what else the command line says of processors. */
#include "ui_world.h"

/* One run that prints something, but not this. */
static void expect_no(const char *line, const char *output)
{
	struct world *w = world_new();
	assert_int_equal(run(w, line), 0);
	assert_true(w->output.size > 0);
	assert_null(strstr(w->output.bytes, output));
	free(w);
}

static void wrong_words_are_refused(void **state)
{
	(void)state;
	expect("cpus amd", 125, "", "no profile 'amd'");
	expect("cpus amd-zen4 amd-k8", 125, "", "does not know what to do with 'amd-k8'; --diff compares two profiles");
	expect("cpus --diff", 125, "", "--diff wants two profiles");
	expect("cpus --diff amd-k8", 125, "", "--diff wants two profiles");
	expect("cpus --diff amd-k8 amd-zen9", 125, "", "no profile 'amd-zen9' (did you mean amd-zen1?)");
	expect("cpus --diff p6 amd-k8", 125, "", "no profile 'p6'");
	expect("cpus --diff=x amd-k8 amd-zen4", 125, "", "no value can follow");
	expect("run --cpu intel-p6 k.elf", 126, "", "starts in 64-bit mode, which intel-p6 does not have");
	expect("run --cpu intel-p6 k.elf", 126, "", "use --cpu intel-skylake");
}

static void profiles_are_told(void **state)
{
	(void)state;
	expect("cpus", 0, "amd-zen4", "");
	expect("cpus amd-zen4", 0, "hidden in CPUID", "");
	expect("cpus", 0, "intel-p6              Intel Pentium II (06_05H): 32-bit only\n", "");
}

/* Each difference is a line that begins with its kind, so that grep finds it; nothing in which they agree is there. */
static void profiles_are_compared(void **state)
{
	static const char skylake[] = "cpus --diff intel-skylake amd-zen4", k8[] = "cpus --diff intel-p6 amd-k8";
	static const struct {
		const char *line, *output;
	} told[] = {
		{ skylake, "\nbehaviour  sysret_checks_rcx  [SR-05 SR-06]\n    intel-skylake         SYSRET with a " },
		{ skylake, "\n    amd-zen4              SYSRET to a non-canonical RCX faults at the target, CPL 3\n" },
		{ skylake, "\nfeature    CLWB                 absent                shown                 [-]\n" },
		{ skylake, "\nsize       physical_bits        39                    48 " },
		{ skylake, "\ncr4        UMIP                 reserved              settable              [SL-52]\n" },
		{ skylake, "\nmsr        MISC_ENABLE          1A0h                  absent                [MS-27]\n" },
		{ k8, "\nefer       NXE                  reserved              settable              [MS-08]\n" },
		{ k8, "\nmsr        EXTENDED_ID          absent                C001100Dh             [MS-35]\n" },
		{ "cpus --diff amd-k8 amd-zen1", "\nfeature    PAGE1GB              absent                shown " },
		{ "cpus --diff amd-k8 amd-k8", "[rules]\n\n0 differences\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		expect(told[i].line, 0, told[i].output, "");
	expect_no(skylake, "null_clears_fs_gs_base");
	expect_no(skylake, "linear_bits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(profiles_are_told),
		cmocka_unit_test(profiles_are_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
