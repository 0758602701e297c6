/* sr_legacy.c - SYSRET outside long mode: the rules SR-02, SR-03, SR-04 and SR-21. */
#include "legacy.h"

CODE32(sysret32, AT ".byte 0x0f, 0x07\n" NEXT DONE);
CODE16(v86_sysret, ".byte 0x0f, 0x07");

PROBE(protected)
{
	in.rcx = target(&done32), in.r11 = 0;
	in.rflags = 0x47;
	run_legacy(&sysret32, arg);
	tell("%e", seen);
	if (seen->vector == VEC_DONE)
		tell("cs=%x ss=%x fl=%x", seen->cs, seen->ss, seen->rflags);
}

PROBE(v86)
{
	tell_v86((const struct code *)arg);
}

PROBES{
	{ "SR-02.protected", protected, 0, INTEL },
	{ "SR-02.protected3", protected, 3, INTEL },
	{ "SR-03", v86, (u64)&v86_sysret, AMD },
	{ "SR-04.protected", protected, 3, AMD },
	{ "SR-21", protected, 0, AMD },
};
