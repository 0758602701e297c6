/* sr.c - SYSRET: the rules SR-01 to SR-26. */
#include "lab.h"

#define SYSRETL ".byte 0x0f, 0x07\n"
#define SYSRETQ ".byte 0x48, 0x0f, 0x07\n"

CODE64(sysretq_here, AT SYSRETQ NEXT DONE);
CODE64(sysretl_here, AT SYSRETL NEXT DONE);
CODE32(sysret_compat, AT SYSRETL NEXT DONE);
CODE64(lock_sysret, AT ".byte 0xf0, 0x48, 0x0f, 0x07\n" NEXT DONE);

/* To a piece of code by SYSRET from ring 0; the operand size is that of the code. */
static void to(const struct code *code)
{
	in.rcx = target(code);
	run(code->bits == 64 ? &sysretq_here : &sysretl_here, 0);
}

PROBE(sce0)
{
	wrmsr(MSR_EFER, EFER_LAB & ~EFER_SCE);
	in.rcx = target(&done64);
	run(&sysretq_here, arg);
	tell("%e", seen);
}

PROBE(compat)
{
	in.rcx = target(&done32), in.r11 = 0;
	in.rflags = 0x43;
	run(&sysret_compat, arg);
	tell("%e", seen);
	if (seen->vector == VEC_DONE)
		tell("cs=%x ss=%x fl=%x", seen->cs, seen->ss, seen->rflags);
}

PROBE(not_ring0)
{
	in.rcx = 1ul << 63;
	run(&sysretq_here, arg);
	tell("%e", seen);
}

PROBE(bad_rcx)
{
	in.rcx = arg, in.r11 = 0x202;
	run(&sysretq_here, 0);
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs & ~3ul, seen->ss & ~3ul, seen->rsp);
}

PROBE(upper_rcx)
{
	in.rcx = target(&done32) | 0xdeadbeef00000000, in.r11 = 2;
	run(&sysretl_here, 0);
	tell("%e cs=%x rcx=%x", seen, seen->cs, seen->rcx >> 32);
}

/* arg: R11 */
PROBE(flags)
{
	in.r11 = arg;
	to(&done64);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(flags_32)
{
	in.r11 = arg;
	to(&done32);
	tell("%e fl=%x", seen, seen->rflags);
}

/* arg: STAR[63:48] */
PROBE(selectors)
{
	wrmsr(MSR_STAR, arg << 48);
	in.r11 = 2;
	to(&done64);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

PROBE(selectors_32)
{
	wrmsr(MSR_STAR, arg << 48);
	in.r11 = 2;
	to(&done32);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

CODE64(int_twice, "int 0x44" DONE);

PROBE(iret_through_ss)
{
	wrmsr(MSR_STAR, 0x0018000000000000);
	in.rcx = target(&int_twice), in.r11 = 2;
	run_events(&sysretq_here, 0, 2);
	tell("ss=%x then vec=%x err=%x", seen->ss, seen[1].vector, seen[1].error);
}

/* 48 FF C0 is INC RAX in 64-bit mode, and DEC EAX, INC EAX elsewhere. */
CODE64(count64, ".byte 0x48, 0xff, 0xc0" DONE);
CODE32(count32, ".byte 0x48, 0xff, 0xc0" DONE);

PROBE(code_cache)
{
	set_gdt(FREE, 0x0000910000000000); /* garbage where STAR points: not looked at */
	set_gdt(FREE + 16, 0x0000910000000000);
	wrmsr(MSR_STAR, (u64)(FREE | 3) << 48);
	in.rax = 0xffffffff, in.r11 = 2;
	to(arg == 64 ? &count64 : &count32);
	tell("%e rax=%x", seen, seen->rax);
}

CODE32(push_here, AT "push 0x1234567\n" NEXT "pop ebx" DONE);
CODE64(null_ss_sysret, "xor eax, eax\nmov ss, eax\n" AT SYSRETL NEXT DONE);

PROBE(null_ss)
{
	in.rcx = target(&push_here), in.r11 = 2;
	run(&null_ss_sysret, 0);
	tell("%e ss=%x", seen, seen->ss);
	if (seen->vector == VEC_DONE)
		tell("rbx=%x", seen->rbx);
}

/* A stack segment with base 1000h: does the user's push go there? */
CODE64(based_ss_sysret, "mov eax, 0x80\nmov ss, eax\n" AT SYSRETL NEXT DONE);

PROBE(based_ss)
{
	set_gdt(FREE, 0x00cf93001000ffff);
	*mem64(USER_STACK - 4 - 0x800) = 0;
	in.rcx = target(&push_here), in.r11 = 2, in.rsp = USER_STACK - 0x2000;
	*(u32 *)(USER_STACK - 0x2000 - 4) = 0, *(u32 *)(USER_STACK - 0x1000 - 4) = 0;
	run(&based_ss_sysret, 0);
	tell("%e flat=%x based=%x", seen, (u64) * (u32 *)(USER_STACK - 0x2004), (u64) * (u32 *)(USER_STACK - 0x1004));
}

PROBE(segments)
{
	load_segments(KDATA, KDATA, KDATA, KDATA);
	wrmsr(MSR_GS_BASE, 0x123456789);
	in.r11 = 2, in.rsp = 0x123456789abcdef0;
	to(&done64);
	tell("%e ds=%x es=%x fs=%x gs=%x gsb=%x", seen, seen->ds, seen->es, seen->fs, seen->gs, seen->gs_base);
	tell("rsp=%x", seen->rsp);
}

CODE64(nop_then_done, "nop\nnop" DONE);
CODE32(nop_then_done32, "nop\nnop" DONE);

PROBE(step_at_target)
{
	in.r11 = 0x102;
	to(arg == 64 ? &nop_then_done : &nop_then_done32);
	tell("%e dr6=%x cs=%x", seen, seen->dr6, seen->cs);
}

CODE64(sysret_without_gdt, "lgdt [short_gdtr]\n" AT SYSRETQ NEXT DONE);

PROBE(short_gdt)
{
	in.rcx = target(&done64), in.r11 = 2;
	run(&sysret_without_gdt, 0);
	tell("%e cs=%x", seen, seen->cs);
}

PROBE(locked)
{
	in.rcx = target(&done64), in.r11 = 2;
	run(&lock_sysret, 0);
	tell("%e", seen);
}

PROBE(break_at_target)
{
	break_at(nop_then_done.start);
	in.r11 = 0x10002;
	to(&nop_then_done);
	tell("%e dr6=%x", seen, seen->dr6);
}

CODE64(sysret_at_lstar, SYSRETQ);
CODE64(null_ds_syscall, "mov eax, 3\nmov ds, eax\nmov eax, 1\nmov gs, eax\nsyscall" DONE);

PROBE(null_selectors)
{
	wrmsr(MSR_LSTAR, sysret_at_lstar.start);
	run(&null_ds_syscall, 3);
	tell("%e ds=%x gs=%x", seen, seen->ds, seen->gs);
}

PROBES{
	{ "SR-01.ring3", sce0, 3 },
	{ "SR-01.ring0", sce0, 0 },
	{ "SR-02.ring3", compat, 3, INTEL },
	{ "SR-02.ring0", compat, 0, INTEL },
	{ "SR-04.compat", compat, 3, AMD },
	{ "SR-04.ring3", not_ring0, 3 },
	{ "SR-04.ring2", not_ring0, 2 },
	{ "SR-04.ring1", not_ring0, 1 },
	{ "SR-05.low", bad_rcx, 0x0000800000000000, INTEL },
	{ "SR-05.high", bad_rcx, 0xffff000000000000, INTEL },
	{ "SR-06.low", bad_rcx, 0x0000800000000000, AMD },
	{ "SR-06.high", bad_rcx, 0xffff000000000000, AMD },
	{ "SR-08", upper_rcx, 0 },
	{ "SR-09.all", flags, 0xfffffffffffffeff },
	{ "SR-09.none", flags, 0 },
	{ "SR-09.rf-vm", flags, 0x30002 },
	{ "SR-09.compat", flags_32, 0xfffffffffffffeff },
	{ "SR-10.64", selectors, U32 },
	{ "SR-10.32", selectors_32, U32 },
	{ "SR-11", selectors, 0x18, INTEL },
	{ "SR-12.64", selectors, 0x18, AMD },
	{ "SR-12.32", selectors_32, 0x18, AMD },
	{ "SR-12.iret", iret_through_ss, 0, AMD },
	{ "SR-13.64", code_cache, 64 },
	{ "SR-13.32", code_cache, 32 },
	{ "SR-14.null", null_ss, 0, INTEL },
	{ "SR-14.based", based_ss, 0, INTEL },
	{ "SR-15.null", null_ss, 0, AMD },
	{ "SR-15.based", based_ss, 0, AMD },
	{ "SR-16", segments, 0 },
	{ "SR-17.64", step_at_target, 64 },
	{ "SR-17.32", step_at_target, 32 },
	{ "SR-20", compat, 0, AMD },
	{ "SR-23", short_gdt, 0 },
	{ "SR-24", locked, 0 },
	{ "SR-25", break_at_target, 0 },
	{ "SR-26", null_selectors, 0 },
};
