/* sc_legacy.c - SYSCALL outside long mode: the rules SC-01, SC-02 and SC-04. */
#include "legacy.h"

CODE32(syscall32, AT "syscall\n" NEXT "nop" DONE);
CODE32(star_code, "int 0x41");
CODE16(v86_syscall, "syscall");

static void star(void)
{
	wrmsr(MSR_STAR, (u64)U32 << 48 | (u64)K64 << 32 | star_code.start);
	wrmsr(MSR_FMASK, 0xff);
	in.rflags = 0x2c7;
}

PROBE(protected)
{
	star();
	run_legacy(&syscall32, arg);
	tell("%e", seen);
	if (seen->vector == VEC_LSTAR)
		tell("cs=%x ss=%x rcx=%a fl=%x rsp=%x", seen->cs, seen->ss, seen->rcx, seen->rflags, seen->rsp);
}

PROBE(no_sce)
{
	star();
	wrmsr(MSR_EFER, EFER_LAB & ~EFER_SCE);
	run_legacy(&syscall32, arg);
	tell("%e", seen);
}

/* STAR + 8 has no descriptor: nothing is read. */
PROBE(no_descriptors)
{
	star();
	wrmsr(MSR_STAR, (u64)(FREE + 0x10) << 32 | star_code.start);
	run_legacy(&syscall32, 3);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

PROBE(v86)
{
	star();
	in.rflags = 2;
	tell_v86((const struct code *)arg);
}

PROBES{
	{ "SC-01.protected", no_sce, 3 },
	{ "SC-02.protected3", protected, 3, INTEL },
	{ "SC-02.protected0", protected, 0, INTEL },
	{ "SC-02.v86", v86, (u64)&v86_syscall, INTEL },
	{ "SC-04.ring3", protected, 3, AMD },
	{ "SC-04.ring0", protected, 0, AMD },
	{ "SC-04.no-descriptors", no_descriptors, 0, AMD },
};
