/* se_legacy.c - SYSENTER outside long mode: the rules SE-02 to SE-12. */
#include "legacy.h"

CODE32(sysenter32, AT "sysenter\n" NEXT DONE);
CODE32(entry_code, "int 0x43");
CODE16(v86_sysenter, "sysenter");

/* arg: SYSENTER_CS */
PROBE(protected)
{
	wrmsr(0x174, arg);
	wrmsr(0x176, entry_code.start);
	in.rflags = FLAGS_ALL;
	run_legacy(&sysenter32, 3);
	tell("%e", seen);
	if (seen->vector == VEC_SYSENTER)
		tell("cs=%x ss=%x rsp=%x fl=%x", seen->cs, seen->ss, seen->rsp, seen->rflags);
}

PROBE(from_ring0)
{
	wrmsr(0x176, entry_code.start);
	run_legacy(&sysenter32, 0);
	tell("%e cs=%x ss=%x", seen, seen->cs, seen->ss);
}

PROBE(from_v86)
{
	wrmsr(0x176, entry_code.start);
	run_v86(&v86_sysenter);
	tell("%e cs=%x ss=%x vm=%x", seen, seen->cs, seen->ss, seen->rflags >> 17 & 1);
}

PROBE(v86_null)
{
	wrmsr(0x174, arg);
	tell_v86(&v86_sysenter);
}

PROBES{
	{ "SE-02.protected", protected, 3 },
	{ "SE-02.v86", v86_null, 2 },
	{ "SE-03.protected", from_ring0, 0, AMD },
	{ "SE-04.protected0", from_ring0, 0 },
	{ "SE-04.v86", from_v86, 0 },
	{ "SE-06", protected, K64 },
	{ "SE-10.protected", protected, FREE | 3 },
};
