/* test_ui_why.c - `!why` at the prompt: what failed, by which operands, and where the manual says so. */
#include "ui_world.h"

/* The kernel's first instructions become LIDT and, at start+7, what the test enters. The IDT at start+800 has a gate
 * for vector 13 and one for 0; its handler is `inner`. */
#define GATES                                                                                                          \
	"eb_start_0f_01_1d_f9_03_00_00;"                                                                               \
	"ew_start+400_fff;eq_start+402_ffffffff80100800;"                                                              \
	"eq_start+8d0_80108e0000080018_ffffffff;eq_start+800_80108e0000080018_ffffffff;"                               \
	"eq_start+8e0_80108e0000080018_ffffffff;r_rsp=start+ff0;"

static void why(const char *enter, const char *wanted)
{
	static const char begin[] = "step k.elf -c " GATES, end[] = "t;t;!why";
	char line[600];
	snprintf(line, sizeof(line), "%s%s%s", begin, enter, end);
	expect(line, 0, wanted, "");
}

static void operands_are_told(void **state)
{
	(void)state;
	why("eb_start+7_48_0f_07;wrmsr_c0000080_501;r_rcx=800000000000;",
	    "   sysret: RCX=0000800000000000 is not canonical in 48 bits\n"
	    "   SYSRET: with REX.W: RCX canonical, else #GP(0) [SDM2:SYSRET]\n"
	    "   error code 0: no selector\n");
	why("eb_start+7_f7_f1;r_rcx=0;r_rax=12;",
	    "   div ecx: RDX:RAX=0000000000000000:0000000000000012: the divisor is 0, or ");
	why("eb_start+7_f7_f1;r_rcx=0;r_rax=12;", "   insn:DIV  as the manual says of the instruction [SDM2:DIV]\n");
	why("eb_start+7_f7_f1;r_rcx=0;r_rax=12;", "\n   rcx=0000000000000000\n");
	why("eb_start+7_0f_32;r_rcx=12345;", "   rdmsr: MSR 00012345, EDX:EAX=");
	why("eb_start+7_8a_03;r_rbx=8000000000000000;",
	    "   mov al, [rbx]: an address that is not canonical in 48 "
	    "bits\n   rbx=8000000000000000\n");
}

static void error_codes_are_decoded(void **state)
{
	(void)state;
	why("eb_start+7_cd_40;",
	    "   error code 202: IDT vector 40, EXT=0\n   gate: Reserved, DPL 0, not present, to 0000:0, IST 0; "
	    "CPL 0\n");
	why("eb_start+7_cd_40;", "   INTERRUPT: gate of type Eh or Fh, else #GP(vector * 8 + 2 + EXT) [SDM2:INT n]\n");
	why("eb_start+7_8e_d8;r_rax=9;",
	    "   error code 8: GDT selector 8, EXT=0\n   descriptor: Code RE, DPL 0, present, base 0, "
	    "limit ffffffff, L; CPL 0\n");
	why("eb_start+7_8a_03;r_rbx=40000000;",
	    "   read by supervisor at 40000000: no page is present\n   error code 0: P=0 W=0 U=0 RSVD=0 I=0 PK=0\n");
	why("eb_start+7_88_03;r_rbx=40000000;", "   write by supervisor at 40000000: ");
}

/* The guest goes on; what is told is the state in which the fault found it. */
static void the_moment_is_kept(void **state)
{
	(void)state;
	expect("step k.elf -c " GATES "eb_start+7_8a_03;r_rbx=8000000000000000;t;t;r_rbx=1;eb_start+7_90_90;!why", 0,
	       "   rbx=8000000000000000\n", "");
}

static void shutdowns_are_told(void **state)
{
	(void)state;
	expect("step k.elf -c eb_start_f4_0f_0b;r_rip=start+1;t;!why", 121,
	       "   ud2: CPL 0, IOPL 0, CR0=0000000080010031 CR4=0000000000000020\n"
	       "   insn:UD2  as the manual says of the instruction [SDM2:UD]\n"
	       "   IN-01  The IDT entry is 16 bytes",
	       "");
	expect("step k.elf -c !why", 0, "no exception, interrupt or privilege transition so far\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands_are_told),
		cmocka_unit_test(error_codes_are_decoded),
		cmocka_unit_test(the_moment_is_kept),
		cmocka_unit_test(shutdowns_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
