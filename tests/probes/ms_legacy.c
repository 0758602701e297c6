/* ms_legacy.c - MSRs outside long mode: the rules MS-01 and MS-36. */
#include "legacy.h"

CODE32(rdmsr32, AT "rdmsr\n" NEXT DONE);
CODE16(v86_rdmsr, "rdmsr");

PROBE(long_mode_msr)
{
	in.rcx = arg;
	run_legacy(&rdmsr32, 0);
	tell("%e", seen);
}

PROBE(ring3)
{
	in.rcx = 0x174;
	run_legacy(&rdmsr32, 3);
	tell("%e", seen);
}

PROBE(v86)
{
	tell_v86((const struct code *)arg);
}

PROBES{
	{ "MS-01.protected", ring3, 0 },
	{ "MS-01.v86", v86, (u64)&v86_rdmsr },
	{ "MS-36.lstar", long_mode_msr, MSR_LSTAR },
	{ "MS-36.gs", long_mode_msr, MSR_GS_BASE },
	{ "MS-36.kernel-gs", long_mode_msr, MSR_KERNEL_GS_BASE },
};
