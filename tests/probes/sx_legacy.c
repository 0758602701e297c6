/* sx_legacy.c - SYSEXIT outside long mode: the rules SX-01 and SX-06. */
#include "legacy.h"

CODE32(sysexit32, AT ".byte 0x0f, 0x35\n" NEXT DONE);
CODE16(v86_sysexit, ".byte 0x0f, 0x35");

/* arg: SYSENTER_CS */
PROBE(protected)
{
	wrmsr(0x174, arg);
	in.rdx = target(&done32), in.rcx = USER_STACK - 64;
	in.rflags = 0x247;
	run_legacy(&sysexit32, 0);
	tell("%e", seen);
	if (seen->vector == VEC_DONE)
		tell("cs=%x ss=%x rsp=%x fl=%x", seen->cs, seen->ss, seen->rsp, seen->rflags);
}

PROBE(ring3)
{
	run_legacy(&sysexit32, 3);
	tell("%e", seen);
}

PROBE(v86)
{
	tell_v86((const struct code *)arg);
}

PROBES{
	{ "SX-01.protected3", ring3, 0 },
	{ "SX-01.protected-null", protected, 3 },
	{ "SX-01.v86", v86, (u64)&v86_sysexit },
	{ "SX-06.protected", protected, K64 },
};
