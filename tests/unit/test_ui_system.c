/* test_ui_system.c - !idt !gdt !ldt !tss !pte !syscallcfg dg ~ at the prompt: broken tables, addresses that are not
 * mapped, selectors that cannot be. */
#include "ui_world.h"

static void says(const char *commands, const char *wanted)
{
	char line[600];
	snprintf(line, sizeof(line), "step k.elf -c %s", commands);
	expect(line, 0, wanted, "");
}

static void refuses(const char *commands, const char *complaint)
{
	char line[600];
	snprintf(line, sizeof(line), "step k.elf -c %s", commands);
	expect(line, 125, "", complaint);
}

/* LIDT of start+400 with base start+800; `limit` as four digits. */
#define IDT(limit) "eb_start_0f_01_1d_f9_03_00_00;ew_start+400_" limit ";eq_start+402_ffffffff80100800;t;"

static void vectors(void **state)
{
	(void)state;
	says(IDT("0fff") "eq_start+800_80108e0000080018_ffffffff;!idt_0", "00: ffffffff`80100018 ");
	says(IDT("0fff") "eq_start+800_80108e0000080018_ffffffff;!idt_0", " IntGate    0008 DPL 0\n");
	says(IDT("0fff") "eq_start+810_8010ef0300080018_ffffffff;!idt_1",
	     " TrapGate   0008 DPL 3  IST 3 stack 00000000`");
	says(IDT("0fff") "eq_start+800_80100e0000080018_ffffffff;!idt_0", "DPL 0  ! not present\n");
	says(IDT("0fff") "eq_start+800_80108e0000100018_ffffffff;!idt_0", "  ! its selector is not one of code\n");
	says(IDT("0fff") "eq_start+800_80108e0000180018_ffffffff;!idt_0", "  ! its selector has no descriptor\n");
	says(IDT("0fff") "eq_start+800_40008e0000080018_0;!idt_0", "  ! not mapped\n");
	says(IDT("0fff") "eq_start+800_40008e0000080018_8000;!idt_0", "  ! its address is not canonical\n");
	says(IDT("001f") "!idt", "00..01: empty\n02..ff: beyond the limit of the IDT\n");
	says("eb_start_0f_01_1d_f9_03_00_00;ew_start+400_fff;eq_start+402_40000000;t;!idt_20_L2",
	     "20..21: the IDT is not mapped there\n");
	refuses("!idt_100", "!idt: vectors are 0 to ff");
	refuses("!idt_10_100", "!idt: vectors are 0 to ff");
	refuses("!idt_0_Lffffffffffffffff", "!idt: vectors are 0 to ff");
	refuses("!idt_5_4", "the range ends (4) before it begins (5)");
}

static void descriptors(void **state)
{
	(void)state;
	says("eq_@gdtr+8_00ef9b000000ffff;!gdt", "  ! L and D are both 1\n");
	says("eq_@gdtr+8_0000850000280000;dg_8", "type 5h is none of IA-32e mode");
	says("eq_@gdtr+10_0000890010000067;!gdt", "0010       its second half is beyond the limit of its table\n");
	says("eq_@gdtr+8_8010ec0000100018_ffffffff;dg_8", "ffffffff`80100018 to 0010  CallGate ");
	says("dg_18", "0018 beyond the limit of its table\n");
	says("dg_c", "000c there is no LDT: LDTR is null\n");
	says("dg_fff8", "fff8 beyond the limit of its table\n");
	says("!ldt", "there is no LDT: LDTR is null\n");
	refuses("dg_10000", "dg: 10000 is not a selector: they have 16 bits");
	refuses("dg_10_8", "dg: the range ends (8) before it begins (10)");
	refuses("!gdt_10000", "!gdt: 10000 is not a selector");
	refuses("!ldt_0", "cannot read on at '0'");
}

/* LLDT of a table of three entries at start+800. */
#define LDT                                                                                                            \
	"eq_@gdtr+8_800082100800002f_ffffffff;eb_start_0f_00_d0;r_rax=8;t;"                                            \
	"eq_start+800_00cf93000000ffff_00cf13000000ffff_800089100800002f_ffffffff_00cff3000000ffff;"

static void local_descriptors(void **state)
{
	(void)state;
	says(LDT "!ldt", "LDT: ffffffff`80100800 limit 002f, selector 0008\n");
	says(LDT "!ldt", "0004 LDT   00000000`00000000 ffffffff Data RW    Ac 0 Bg Pg P  Nl c093\n000c LDT ");
	says(LDT "!ldt", "NP Nl c013  ! not present\n");
	says(LDT "!ldt", "\n0024 LDT   00000000`00000000 ffffffff Data RW    Ac 3 ");
	says(LDT "dg_4_24", "\n0014 LDT   ffffffff`80100800 0000002f TSS ");
	says(LDT "eq_start+828_0;dg_2c",
	     "002c LDT   00000000`00000000 00000000 Reserved   -  0 Nb By NP Nl 0000  ! empty\n");
	says(LDT "dg_34", "0034 beyond the limit of its table\n");
	says(LDT "dg_8", "0008 ldtr  ffffffff`80100800 0000002f LDT        -  0 Nb By P  Nl 0082  same\n");
	says(LDT "eq_@gdtr+8_c00082100800002f_ffffffff;dg_8", "0082  differs: base\n");
	says(LDT "ed_start+800_0;eb_start+3_8e_d8;r_rax=4;t;eb_start+806_4f;dg_4", "  differs: limit G\n");
}

static void task_segments(void **state)
{
	(void)state;
	says("!tss", "TSS64 at 00000000`00000000 limit ffff, selector 0000, busy\n");
	says("eq_@gdtr+8_8000091008000067_ffffffff;!tss_8", "  ! not present\n");
	says("eq_@gdtr+8_8000891008000010_ffffffff;!tss_8", "  ! shorter than 68 bytes\n");
	says("eq_@gdtr+8_8000891008000010_ffffffff;!tss_8", "  RSP2 beyond the limit\n");
	says("eq_@gdtr+8_4000890008000067_0;!tss_8", "  RSP0 not mapped\n");
	says("eq_@gdtr+8_8000891008000067_ffffffff;eq_start+804_900000000000;!tss_8",
	     "RSP0 00009000`00000000  ! its pushes would be not canonical\n");
	says("eq_@gdtr+8_8000891008002000_ffffffff;ew_start+866_68;eq_start+868_fffffffffffffffe;!tss_8",
	     "  I/O map at 0068, ports beyond IOPL: 0 40-");
	refuses("!tss_10", "!tss 10: Data RW is not a TSS of this mode");
	refuses("!tss_18", "!tss 18: beyond the limit of its table");
	refuses("eq_@gdtr+8_0000810010000067_0;!tss_8", "!tss 8: TSS16 is not a TSS of this mode");
}

static void translations(void **state)
{
	(void)state;
	says("!pte_start", "PXE at ");
	says("!pte_start", "page of 4 KiB: kernel, writable, executable\n");
	says("!pte_40000000", "not mapped: the last entry is not present\n");
	says("!pte_800000000000", "not canonical in 48 bits\n");
	refuses("!pte_zork", "zork");
	refuses("!vtop_40000000", "memory at 40000000 is not mapped");
	refuses("!vtop", "an expression ends too early");
}

static void fast_calls(void **state)
{
	(void)state;
	says("!syscallcfg", "  ! EFER.SCE is 0: SYSCALL and SYSRET are #UD\n");
	says("wrmsr_c0000080_501;!syscallcfg", "  ! LSTAR is 0\n");
	says("wrmsr_c0000080_501;wrmsr_c0000082_40000000;!syscallcfg", "  ! LSTAR is not mapped\n");
	says("wrmsr_c0000080_501;r_lstar=800000000000;!syscallcfg", "  ! LSTAR is not canonical\n");
	says("wrmsr_c0000080_501;wrmsr_c0000084_200;!syscallcfg", "  FMASK          00000000`00000200  clears IF\n");
	says("wrmsr_c0000080_501;!syscallcfg", "  ! FMASK leaves IF: ");
	says("wrmsr_c0000080_501;wrmsr_c0000081_13000900000000;!syscallcfg", "  ! STAR[47:32] has an RPL");
}

static void processors(void **state)
{
	(void)state;
	says("~", ".  0  ffffffff`");
	says("~0s", "rip=ffffffff");
	says("~*k", " # Child-SP ");
	says("~*e_r_rsp", "rsp=");
	refuses("~1", "there is no processor 1; the only one is 0");
	refuses("~99999999999999999999s", "the only one is 0");
	refuses("~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*"
		"~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*~*",
		"within");
	refuses("~x", "~: which processor?");
	refuses("~0zork", "no command 'zork'");
}

static void floats(void **state)
{
	(void)state;
	says("r_st0", "st0=0000`0000000000000000  0");
	says("r_ymm15", "ymm15=0000");
	says("rX", "mxcsr=00001f80: rn puozdi ------\n");
	says("rF", "fopcode=0000");
	says("rM_4", "fpr7");
	refuses("r_st8", "no register 'st8'");
	refuses("rF_1", "cannot read on at '1'");
}

static void formats_of_gdb(void **state)
{
	(void)state;
	says(".formats_3ff8000000000000", "  Float:   low 0 high 1.9375\n  Double:  1.5\n");
	says("eq_start_fffffffe00000041;x/2dw_start", "ffffffff`80100000  65 -2\n");
	says("eq_start_fffffffe00000041;x/1ug_start", "ffffffff`80100000  18446744065119617089\n");
	says("eq_start_41;x/1oh_start", "ffffffff`80100000  0101\n");
	says("eq_start_41;x/1tb_start", "ffffffff`80100000  01000001\n");
	says("eq_start_ff41;x/2c_start", "ffffffff`80100000  65 'A' -1 '.'\n");
	says("eq_start_c004000000000000;x/f_start", "ffffffff`80100000  -2.5\n");
	says("eq_start_3f800000c0200000;x/2fw_start", "ffffffff`80100000  -2.5 1\n");
	says("eq_start_1;eq_start+8_2;eq_start+10_3;x/3dg_start", "ffffffff`80100010  3\n");
	refuses("x/2d_40000000", "memory at 40000000 is not mapped");
	refuses("x/fb_start", "floating-point values have 4 or 8 bytes");
	refuses("x/99999999999d_start", "more than 65536 at once");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),           cmocka_unit_test(descriptors),  cmocka_unit_test(task_segments),
		cmocka_unit_test(local_descriptors), cmocka_unit_test(translations), cmocka_unit_test(fast_calls),
		cmocka_unit_test(processors),        cmocka_unit_test(floats),       cmocka_unit_test(formats_of_gdb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
