/* test_ui_explain.c - `explain`: names, exceptions, instructions and rules, for all processors and for one. */
#include "ui_world.h"

/* What one command prints. */
static void explained(const char *line, const char *const *wanted, size_t count)
{
	struct world *w = world_new();
	assert_int_equal(run(w, line), 0);
	for (size_t i = 0; i < count; i++)
		if (!strstr(w->output.bytes, wanted[i]))
			fail_msg("%s: '%s' was expected in\n%s", line, wanted[i], w->output.bytes);
	free(w);
}

#define EXPLAINED(line, ...)                                                                                           \
	explained(line, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *))

static void instructions_name_all_their_modes(void **state)
{
	(void)state;
	EXPLAINED("explain IRET", "(IRET: ", "(IRET_TO_V86: ", "(IRET_REAL: ", "(TASK_SWITCH: ", "(TASK_ENTER: ");
	EXPLAINED("explain INT", "(INTERRUPT: ", "(INTERRUPT_PROTECTED: ", "(INTERRUPT_8086: ", "(INTERRUPT_REAL: ");
	EXPLAINED("explain call", "(FAR_JUMP: ", "(CALL_GATE: ", "(CALL_GATE_LEGACY: ", "(TASK: ", "(FAR_JUMP_REAL: ");
	EXPLAINED("explain far JMP", "JMP: far JMP", "GT-24");
	EXPLAINED("explain lret", "(FAR_RETURN: ", "(FAR_RETURN_REAL: ");
	EXPLAINED("explain task switch", "TK-14");
	EXPLAINED("explain syscall", "SC-07", "On intel-p6 it is #UD: CPUID does not show SYSCALL.\n");
	EXPLAINED("explain sysretq --cpu amd-zen4", "for amd-zen4:", "SR-12");
	EXPLAINED("explain sysret", "only on intel-*\n");
}

static void exceptions_are_told(void **state)
{
	(void)state;
	EXPLAINED("explain #TS", "#TS: invalid TSS\n", "vector   10\n", " TK-17 ", "(INTERRUPT_REAL: ");
	EXPLAINED("explain gp", "#GP: general protection\n", " SR-04 ");
	EXPLAINED("explain nmi", "vector   2\n");
}

static void other_instructions_are_told(void **state)
{
	(void)state;
	EXPLAINED("explain div", "DIV: SDM vol. 2, DIV;");
	EXPLAINED("explain insn:HLT", "HLT: SDM vol. 2, HLT;", "NM-32");
	EXPLAINED("explain CMPXCHG16B --cpu intel-p6", "needs    CX16\n", "On intel-p6 it is #UD");
}

static void rules_are_told(void **state)
{
	(void)state;
	EXPLAINED("explain sc-07",
		  "used by  step SYSCALL: ", " cases, SC-07.*, in tests/insn: ", "guests   compat-syscall\n");
	EXPLAINED("explain SR-06", "[APM3:SYSRET]  only on amd-*\n",
		  "sysret_checks_rcx on intel-skylake: SYSRET with a non-canonical RCX faults at CPL 0\n");
	EXPLAINED("explain SR-06 --cpu intel-skylake", "[APM3:SYSRET]  not on intel-skylake\n");
	EXPLAINED("explain MS-12", "msr LSTAR: RDMSR, WRMSR [IA32_LSTAR]  only on intel-skylake");
	EXPLAINED("explain NM-32", "insn HLT [HLT]\n");
	EXPLAINED("explain MS-35", "msr_password on amd-k8: MSR C001100Dh exists");
	EXPLAINED("explain SC-22", "state    later: ", "why      ringstep does not have: CET and FRED\n");
	EXPLAINED("explain SC-05", "state    open: ");
	EXPLAINED("explain PT-09", "code     cpu/fault.c");
}

/* Whatever the lists name can be asked for, on every processor. */
static void everything_listed_is_known(void **state)
{
	struct rs_instruction row;
	char line[80];
	(void)state;
	for (size_t i = 1; i < rs_rule_count(); i++) {
		snprintf(line, sizeof(line), "explain %s", rs_rule_info(i)->id);
		EXPLAINED(line, rs_rule_info(i)->applies);
	}
	for (size_t i = 0; rs_name_info(i); i++)
		for (size_t c = 0; c < rs_cpu_count(); c++) {
			snprintf(line, sizeof(line), "explain --cpu %s %s", rs_cpu_name(c), rs_name_info(i)->name);
			EXPLAINED(line, rs_name_info(i)->about, "  1. ");
		}
	for (size_t i = 0; rs_exception_info(i); i++) {
		snprintf(line, sizeof(line), "explain %s", rs_exception_info(i)->name);
		EXPLAINED(line, rs_exception_info(i)->about);
	}
	for (size_t i = 0; rs_instruction_info(i, &row); i++) {
		snprintf(line, sizeof(line), "explain %s", row.name);
		EXPLAINED(line, ": ");
	}
}

static void words_reach_their_name(void **state)
{
	char line[80];
	(void)state;
	for (size_t i = 0; rs_name_info(i); i++)
		for (const char *word = rs_name_info(i)->words; *word; word += strcspn(word, "|")) {
			word++;
			snprintf(line, sizeof(line), "explain %.*s", (int)strcspn(word, "|"), word);
			EXPLAINED(line, rs_name_info(i)->about);
		}
}

static void lists_and_mistakes(void **state)
{
	(void)state;
	EXPLAINED("explain", "  task switch ", "  #GP ", "  IRET_TO_V86 ", " SR-06 ");
	expect("explain SC-99", 125, "", "did you mean SC-");
	expect("explain #XY", 125, "", "no instruction, exception or rule '#XY'");
	expect("explain sysrett", 125, "", "did you mean SYSRET?");
	expect("explain far call now please", 125, "", "does not know what to do with 'please'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_name_all_their_modes),
		cmocka_unit_test(exceptions_are_told),
		cmocka_unit_test(other_instructions_are_told),
		cmocka_unit_test(rules_are_told),
		cmocka_unit_test(everything_listed_is_known),
		cmocka_unit_test(words_reach_their_name),
		cmocka_unit_test(lists_and_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
