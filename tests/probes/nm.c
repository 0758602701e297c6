/* nm.c - shadows, TF, RF and debug registers: the rules NM-06 to NM-37. */
#include "lab.h"

#define CR4_DE 8
#define CR4_PVI 2

CODE64(mov_ss_nop, "mov ss, eax\n" AT "nop\n" NEXT "nop" DONE);
CODE64(mov_ss_load_nop, "mov ss, [rbx]\n" AT "nop\n" NEXT "nop" DONE);
CODE64(pop_ss_like_nop, "mov ss, [rbx]\n" AT "mov eax, [rbx]\n" NEXT "nop" DONE);
CODE64(mov_ss_int50, "mov ss, [rbx]\n" AT "int 0x50\n" NEXT DONE);
CODE64(mov_ss_int3, "mov ss, [rbx]\n" AT "int3\n" NEXT DONE);
CODE64(mov_ss_int1, "mov ss, [rbx]\n" AT ".byte 0xf1\n" NEXT DONE);
CODE64(lss_nop, AT "lss eax, [rbx]\n" NEXT "nop" DONE);
CODE64(sti_nop, AT "sti\n" NEXT "nop" DONE);
CODE64(popf_nop, AT "popfq\n" NEXT "nop\nnop" DONE);
CODE64(int3_here, AT "int3\n" NEXT DONE);
CODE64(int1_here, AT ".byte 0xf1\n" NEXT DONE);
CODE64(cd01_here, AT ".byte 0xcd, 1\n" NEXT DONE);
CODE64(ud2_here, AT "ud2\n" NEXT DONE);
CODE64(hlt_here, AT "hlt\n" NEXT DONE);
CODE64(nop_here, AT "nop\n" NEXT "nop" DONE);
CODE64(load_here, AT "mov eax, [rbx]\n" NEXT "nop" DONE);
CODE64(store_here, AT "mov [rbx], al\n" NEXT "nop" DONE);
CODE64(rep_movsb, AT "rep movsb\n" NEXT "nop" DONE);

static void tell_debug(void)
{
	tell("%e dr6=%x", seen, seen->dr6);
}

static void with_ss_word(void)
{
	*mem64(USER_DATA) = UDATA;
	in.rbx = USER_DATA, in.rax = UDATA;
}

PROBE(step)
{
	with_ss_word();
	in.rflags = 0x102;
	run((const struct code *)arg, 3);
	tell_debug();
}

PROBE(step_over_sti)
{
	in.rflags = 0x3102;
	run(&sti_nop, 3);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(watched)
{
	with_ss_word();
	watch(USER_DATA);
	run((const struct code *)arg, 3);
	tell_debug();
}

PROBE(watched_step)
{
	with_ss_word();
	in.rflags = 0x102;
	watch(USER_DATA);
	run((const struct code *)arg, 3);
	tell_debug();
}

/* How many events of vector 1 come before the one that ends the run, and where. */
PROBE(watched_events)
{
	with_ss_word();
	watch(USER_DATA);
	run_events((const struct code *)arg, 3, 2);
	tell("%e dr6=%x then %e", seen, seen->dr6, &seen[1]);
}

PROBE(break_behind_mov_ss)
{
	with_ss_word();
	break_at(mov_ss_nop.at);
	run(&mov_ss_nop, 3);
	tell_debug();
}

PROBE(lss)
{
	*(u32 *)USER_DATA = 0;
	*(u16 *)(USER_DATA + 4) = UDATA;
	in.rbx = USER_DATA, in.rflags = 0x102;
	run(&lss_nop, 3);
	tell_debug();
}

CODE64(bad_mov_ss, AT "mov ss, ecx\n" NEXT DONE);

PROBE(mov_ss_fault)
{
	in.rcx = KDATA, in.rflags = 0x102;
	run(&bad_mov_ss, 3);
	tell_debug();
}

/* arg: RFLAGS that POPF pops; TF is as in arg >> 32 before. */
PROBE(popf_tf)
{
	*mem64(USER_DATA + 0x800) = (u32)arg;
	in.rsp = USER_DATA + 0x800, in.rflags = 2 | arg >> 32;
	run(&popf_nop, 3);
	tell("%e", seen);
}

PROBE(popf)
{
	*mem64(USER_DATA + 0x800) = (u32)arg;
	in.rsp = USER_DATA + 0x800, in.rflags = arg >> 32 & 0x3fffffff;
	run(&popf_nop, arg >> 62);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(popf_ring0)
{
	*mem64(USER_DATA + 0x800) = (u32)arg;
	in.rsp = USER_DATA + 0x800, in.rflags = 2;
	run(&popf_nop, 0);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(int_with_tf)
{
	with_ss_word();
	in.rflags = 0x102;
	run((const struct code *)arg, 3);
	tell("%e fl=%x handler=%x dr6=%x", seen, seen->rflags, seen->handler_flags, seen->dr6);
}

PROBE(rep_step)
{
	in.rflags = 0x102, in.rcx = arg;
	in.rsi = USER_DATA, in.rdi = USER_DATA + 0x100;
	run_events(&rep_movsb, 3, arg ? arg : 1);
	const struct seen *last = &seen[arg ? arg - 1 : 0];

	tell("%e rcx=%x last %e rcx=%x", seen, seen->rcx, last, last->rcx);
}

CODE64(sticky, "mov dr6, rax\nmov rcx, dr6" DONE);

PROBE(dr6_written)
{
	in.rax = arg;
	run(&sticky, 0);
	tell("%e dr6=%x", seen, seen->rcx);
}

/* BS from before stays when a breakpoint adds its own bit. */
PROBE(dr6_sticky)
{
	write_dr6(0xffff4ff0);
	break_at(nop_here.at);
	run(&nop_here, 3);
	tell_debug();
}

PROBE(pushed_rf)
{
	in.rflags = 2, in.rbx = 0xffffffff80000000;
	run((const struct code *)arg, 3);
	tell("%e rf=%x", seen, seen->rflags >> 16 & 1);
}

PROBE(pushed_rf_break)
{
	break_at(nop_here.at);
	run(&nop_here, 3);
	tell("%e rf=%x", seen, seen->rflags >> 16 & 1);
}

PROBE(pushed_rf_step)
{
	in.rflags = 0x102;
	run(&nop_here, 3);
	tell("%e rf=%x", seen, seen->rflags >> 16 & 1);
}

PROBE(pushed_rf_rep)
{
	in.rflags = 0x102, in.rcx = 3;
	in.rsi = USER_DATA, in.rdi = USER_DATA + 0x100;
	run(&rep_movsb, 3);
	tell("%e rf=%x", seen, seen->rflags >> 16 & 1);
}

PROBE(break_here)
{
	break_at(nop_here.at);
	run(&nop_here, 3);
	tell_debug();
}

PROBE(break_in_handler)
{
	extern char lab_vectors[];

	break_at((u64)lab_vectors + 6 * 16);
	in.rflags = 0x102;
	run(&ud2_here, 3);
	tell_debug();
}

CODE64(from_dr0, AT "mov rax, dr0\n" NEXT DONE);
CODE64(to_dr6, AT "mov dr6, rax\n" NEXT DONE);
CODE64(to_dr7, AT "mov dr7, rax\n" NEXT DONE);
CODE64(from_dr4, AT ".byte 0x0f, 0x21, 0xe0\n" NEXT DONE);
CODE64(from_dr5, AT ".byte 0x0f, 0x21, 0xe8\n" NEXT DONE);
CODE64(from_dr8, AT ".byte 0x44, 0x0f, 0x21, 0xc0\n" NEXT DONE);

PROBE(general_detect)
{
	write_dr7(0x2400);
	run((const struct code *)arg, 0);
	tell_debug();
}

CODE64(mov_ss_dr, "mov ss, eax\n" AT "mov rcx, dr0\n" NEXT DONE);

PROBE(general_detect_behind_mov_ss)
{
	write_dr7(0x2400);
	in.rax = KDATA;
	run(&mov_ss_dr, 0);
	tell_debug();
}

PROBE(debug_extensions)
{
	write_cr4(CR4_LAB | CR4_DE);
	run((const struct code *)arg, 0);
	tell("%e", seen);
}

PROBE(debug_alias)
{
	run((const struct code *)arg, 0);
	tell("%e rax=%x", seen, seen->rax);
}

PROBE(debug_upper)
{
	in.rax = 0x100000400;
	run((const struct code *)arg, 0);
	tell("%e", seen);
}

PROBE(debug_ring3)
{
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(cd01)
{
	GATE_TYPE(gate(1), arg);
	run(&cd01_here, 3);
	tell_debug();
}

CODE64(rsm_here, AT ".byte 0x0f, 0xaa\n" NEXT DONE);
CODE64(cli_here, AT "cli\n" NEXT DONE);
CODE64(sti_here, AT "sti\n" NEXT DONE);

PROBE(ring3)
{
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(ring0)
{
	run((const struct code *)arg, 0);
	tell("%e", seen);
}

PROBE(iopl3)
{
	in.rflags = 0x3002;
	run((const struct code *)arg, 3);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(pvi)
{
	write_cr4(CR4_LAB | CR4_PVI);
	in.rflags = arg == (u64)&cli_here ? 0x80202 : 0x202;
	run((const struct code *)arg, 3);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(pvi_pending)
{
	write_cr4(CR4_LAB | CR4_PVI);
	in.rflags = 0x100202;
	run(&sti_here, 3);
	tell("%e", seen);
}

#define TF_BEFORE ((u64)0x100 << 32)

PROBES{
	{ "NM-06", step_over_sti, 0 },
	{ "NM-07", step, (u64)&mov_ss_nop },
	{ "NM-07.memory", step, (u64)&mov_ss_load_nop },
	{ "NM-08", watched, (u64)&mov_ss_load_nop },
	{ "NM-08.step", watched_step, (u64)&mov_ss_load_nop },
	{ "NM-08.both", watched, (u64)&pop_ss_like_nop },
	{ "NM-09.int", watched_events, (u64)&mov_ss_int50 },
	{ "NM-09.int3", watched_events, (u64)&mov_ss_int3 },
	{ "NM-09.int1", watched, (u64)&mov_ss_int1 },
	{ "NM-10", break_behind_mov_ss, 0 },
	{ "NM-11", general_detect_behind_mov_ss, 0 },
	{ "NM-12.lss", lss, 0 },
	{ "NM-13", mov_ss_fault, 0 },
	{ "NM-14.set", popf_tf, 0x102 },
	{ "NM-14.cleared", popf_tf, TF_BEFORE | 2 },
	{ "NM-15.int3", int_with_tf, (u64)&int3_here },
	{ "NM-15.int1", int_with_tf, (u64)&int1_here },
	{ "NM-16", int_with_tf, (u64)&ud2_here },
	{ "NM-17.three", rep_step, 3 },
	{ "NM-17.none", rep_step, 0 },
	{ "NM-18.bs", step, (u64)&nop_here },
	{ "NM-18.sticky", dr6_sticky, 0 },
	{ "NM-19", dr6_written, 0 },
	{ "NM-21.ud", pushed_rf, (u64)&ud2_here },
	{ "NM-21.pf", pushed_rf, (u64)&load_here },
	{ "NM-21.gp", pushed_rf, (u64)&hlt_here },
	{ "NM-21.break", pushed_rf_break, 0, INTEL },
	{ "NM-21.step", pushed_rf_step, 0, INTEL },
	{ "NM-21.rep", pushed_rf_rep, 0, INTEL },
	{ "NM-22.break", pushed_rf_break, 0, AMD },
	{ "NM-22.rep", pushed_rf_rep, 0, AMD },
	{ "NM-23.break", break_here, 0 },
	{ "NM-23.load", watched, (u64)&load_here },
	{ "NM-23.store", watched, (u64)&store_here },
	{ "NM-24", break_in_handler, 0 },
	{ "NM-25", watched_step, (u64)&load_here },
	{ "NM-26.read", general_detect, (u64)&from_dr0 },
	{ "NM-26.write", general_detect, (u64)&to_dr7 },
	{ "NM-27.dr4", debug_extensions, (u64)&from_dr4 },
	{ "NM-27.dr5", debug_extensions, (u64)&from_dr5 },
	{ "NM-27.dr4-alias", debug_alias, (u64)&from_dr4 },
	{ "NM-27.dr5-alias", debug_alias, (u64)&from_dr5 },
	{ "NM-27.dr8", debug_extensions, (u64)&from_dr8 },
	{ "NM-28.dr6", debug_upper, (u64)&to_dr6 },
	{ "NM-28.dr7", debug_upper, (u64)&to_dr7 },
	{ "NM-28.ring3", debug_ring3, (u64)&from_dr0 },
	{ "NM-30", watched, (u64)&int1_here },
	{ "NM-31.denied", cd01, 0x8e },
	{ "NM-31.allowed", cd01, 0xee },
	{ "NM-32.ring3", ring3, (u64)&hlt_here },
	{ "NM-34.ring0", ring0, (u64)&rsm_here },
	{ "NM-34.ring3", ring3, (u64)&rsm_here },
	{ "NM-35.cli", ring3, (u64)&cli_here },
	{ "NM-35.sti", ring3, (u64)&sti_here },
	{ "NM-35.cli-iopl3", iopl3, (u64)&cli_here },
	{ "NM-35.sti-iopl3", iopl3, (u64)&sti_here },
	{ "NM-35.pvi-cli", pvi, (u64)&cli_here },
	{ "NM-35.pvi-sti", pvi, (u64)&sti_here },
	{ "NM-35.pvi-pending", pvi_pending, 0 },
	{ "NM-36.ring3", popf, (u64)3 << 62 | (u64)2 << 32 | 0x3f7ed7 },
	{ "NM-36.iopl3", popf, (u64)3 << 62 | (u64)0x3002 << 32 | 0x3c4ed7 },
	{ "NM-36.ring0", popf_ring0, 0x3f7ed7 },
	{ "NM-37", int_with_tf, (u64)&mov_ss_int3 },
};
