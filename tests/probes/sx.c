/* sx.c - SYSEXIT: the rules SX-01 to SX-11. */
#include "lab.h"

#define SYSEXIT ".byte 0x0f, 0x35\n"

CODE64(sysexitl, AT SYSEXIT NEXT DONE);
CODE64(sysexitq, AT ".byte 0x48\n" SYSEXIT NEXT DONE);
CODE32(sysexit_compat, AT SYSEXIT NEXT DONE);

static void to(const struct code *code)
{
	in.rdx = target(code);
	in.rcx = SYSENTER_STACK;
	run(code->bits == 64 ? &sysexitq : &sysexitl, 0);
}

PROBE(not_ring0)
{
	in.rdx = target(&done64);
	run(&sysexitq, arg);
	tell("%e", seen);
}

PROBE(not_ring0_compat)
{
	in.rdx = target(&done32);
	run(&sysexit_compat, arg);
	tell("%e", seen);
}

/* arg: SYSENTER_CS */
PROBE(null_cs)
{
	wrmsr(0x174, arg);
	to(&done64);
	tell("%e", seen);
}

PROBE(null_cs_32)
{
	wrmsr(0x174, arg);
	to(&done32);
	tell("%e", seen);
}

PROBE(bad_rdx)
{
	in.rdx = arg, in.rcx = USER_STACK;
	run(&sysexitq, 0);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(bad_rcx)
{
	in.rdx = target(&done64), in.rcx = arg;
	run(&sysexitq, 0);
	tell("%e rsp=%x", seen, seen->rsp);
}

PROBE(upper_halves)
{
	in.rdx = target(&done32) | 0xdeadbeef00000000;
	in.rcx = 0xdeadbeef003e0000;
	run(&sysexitl, 0);
	tell("%e cs=%x rsp=%x", seen, seen->cs, seen->rsp);
}

PROBE(selectors)
{
	to(arg == 64 ? &done64 : &done32);
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

PROBE(selectors_low_bits)
{
	wrmsr(0x174, 0x0a);
	to(arg == 64 ? &done64 : &done32);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

CODE64(count64, ".byte 0x48, 0xff, 0xc0" DONE);
CODE32(count32, ".byte 0x48, 0xff, 0xc0" DONE);

PROBE(code_cache)
{
	wrmsr(0x174, FREE); /* no descriptors there */
	in.rax = 0xffffffff;
	to(arg == 64 ? &count64 : &count32);
	tell("%e rax=%x", seen, seen->rax);
}

CODE32(push_here, "push 0x1234567\npop ebx" DONE);
CODE64(null_ss_sysexit, "xor eax, eax\nmov ss, eax\n" AT SYSEXIT NEXT DONE);

PROBE(stack_cache)
{
	in.rdx = target(&push_here), in.rcx = SYSENTER_STACK;
	run(&null_ss_sysexit, 0);
	tell("%e rbx=%x", seen, seen->rbx);
}

PROBE(flags)
{
	in.rflags = arg;
	to(&done64);
	tell("%e fl=%x", seen, seen->rflags);
}

PROBE(segments)
{
	load_segments(KDATA, 3, KDATA, 1);
	wrmsr(MSR_GS_BASE, 0x123456789);
	to(&done64);
	tell("%e ds=%x es=%x fs=%x gs=%x gsb=%x", seen, seen->ds, seen->es, seen->fs, seen->gs, seen->gs_base);
}

PROBE(from_compat)
{
	in.rdx = target(&done32), in.rcx = USER_STACK - 8;
	run(&sysexit_compat, 0);
	tell("%e cs=%x ss=%x rsp=%x", seen, seen->cs, seen->ss, seen->rsp);
}

CODE64(nop_then_done, "nop\nnop" DONE);

PROBE(single_step)
{
	in.rflags = 0x102;
	to(&nop_then_done);
	tell("%e dr6=%x", seen, seen->dr6);
}

PROBES{
	{ "SX-01.ring3", not_ring0, 3, INTEL },
	{ "SX-01.ring1", not_ring0, 1, INTEL },
	{ "SX-01.compat3", not_ring0_compat, 3, INTEL },
	{ "SX-01.null", null_cs, 0, INTEL },
	{ "SX-01.null-32", null_cs_32, 0, INTEL },
	{ "SX-02", null_cs, 3, INTEL },
	{ "SX-02.32", null_cs_32, 3, INTEL },
	{ "SX-03.64", selectors, 64, AMD },
	{ "SX-03.32", selectors, 32, AMD },
	{ "SX-03.ring3", not_ring0, 3, AMD },
	{ "SX-03.compat", not_ring0_compat, 3, AMD },
	{ "SX-06.64", selectors, 64, INTEL },
	{ "SX-04.rip", bad_rdx, 0x0000800000000000, INTEL },
	{ "SX-04.rsp", bad_rcx, 0x0000800000000000, INTEL },
	{ "SX-05", upper_halves, 0, INTEL },
	{ "SX-06.32", selectors, 32, INTEL },
	{ "SX-06.low-bits", selectors_low_bits, 64, INTEL },
	{ "SX-06.low-bits-32", selectors_low_bits, 32, INTEL },
	{ "SX-07.64", code_cache, 64, INTEL },
	{ "SX-07.32", code_cache, 32, INTEL },
	{ "SX-07.stack", stack_cache, 0, INTEL },
	{ "SX-08.all", flags, FLAGS_ALL, INTEL },
	{ "SX-08.none", flags, 2, INTEL },
	{ "SX-09", segments, 0, INTEL },
	{ "SX-10", from_compat, 0, INTEL },
	{ "SX-11.tf", single_step, 0, INTEL },
};
