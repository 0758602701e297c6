/* sg_legacy.c - SWAPGS outside long mode: the rule SG-02. */
#include "legacy.h"

CODE32(swapgs32, AT ".byte 0x0f, 0x01, 0xf8\n" NEXT DONE);
CODE16(v86_swapgs, ".byte 0x0f, 0x01, 0xf8");

PROBE(protected)
{
	run_legacy(&swapgs32, arg);
	tell("%e", seen);
}

PROBE(v86)
{
	tell_v86((const struct code *)arg);
}

PROBES{
	{ "SG-02.protected3", protected, 3 },
	{ "SG-02.protected0", protected, 0 },
	{ "SG-02.v86", v86, (u64)&v86_swapgs },
};
