/* fb.c - RDFSBASE, RDGSBASE, WRFSBASE and WRGSBASE: the rules FB-01 to FB-07. */
#include "lab.h"

#define CR4_FSGSBASE 0x10000

CODE64(rdfsbase64, AT "rdfsbase rax\n" NEXT DONE);
CODE64(rdgsbase32, AT "rdgsbase eax\n" NEXT DONE);
CODE64(wrfsbase32, AT "wrfsbase eax\n" NEXT DONE);
CODE64(wrfsbase64, AT "wrfsbase rax\n" NEXT DONE);
CODE64(wrgsbase64, AT "wrgsbase rax\n" NEXT DONE);
CODE32(rdfsbase_compat, AT ".byte 0xf3, 0x0f, 0xae, 0xc0\n" NEXT DONE);
CODE64(wrgsbase_load, "wrgsbase rax\nmov rbx, gs:[0]" DONE);

static int missing(void)
{
	return not_here(HAS_FSGSBASE, "fsgsbase");
}

PROBE(off)
{
	if (missing())
		return;
	run((const struct code *)arg, 3);
	tell("%e", seen);
}

PROBE(compat)
{
	if (missing())
		return;
	write_cr4(CR4_LAB | CR4_FSGSBASE);
	run(&rdfsbase_compat, arg);
	tell("%e", seen);
}

PROBE(read_64)
{
	if (missing())
		return;
	write_cr4(CR4_LAB | CR4_FSGSBASE);
	wrmsr(MSR_FS_BASE, 0xffff87654321abcd);
	run(&rdfsbase64, arg);
	tell("%e rax=%x", seen, seen->rax);
}

PROBE(read_32)
{
	if (missing())
		return;
	write_cr4(CR4_LAB | CR4_FSGSBASE);
	wrmsr(MSR_GS_BASE, 0xffff87654321abcd);
	in.rax = -1;
	run(&rdgsbase32, arg);
	tell("%e rax=%x", seen, seen->rax);
}

PROBE(write_32)
{
	if (missing())
		return;
	write_cr4(CR4_LAB | CR4_FSGSBASE);
	wrmsr(MSR_FS_BASE, 0xffff87654321abcd);
	in.rax = 0xdeadbeef89abcdef;
	run(&wrfsbase32, arg);
	tell("%e fsb=%x", seen, seen->fs_base);
}

PROBE(write_64)
{
	if (missing())
		return;
	write_cr4(CR4_LAB | CR4_FSGSBASE);
	wrmsr(MSR_FS_BASE, 0x1000);
	in.rax = arg;
	run(&wrfsbase64, 3);
	tell("%e fsb=%x", seen, seen->fs_base);
}

PROBE(not_the_other)
{
	if (missing())
		return;
	write_cr4(CR4_LAB | CR4_FSGSBASE);
	wrmsr(MSR_KERNEL_GS_BASE, 0x5000);
	in.rax = 0x7000;
	run(&wrgsbase64, 3);
	tell("%e gsb=%x kgs=%x gs=%x", seen, seen->gs_base, seen->kernel_gs, seen->gs);
}

PROBE(null_selector_with_base)
{
	if (missing())
		return;
	write_cr4(CR4_LAB | CR4_FSGSBASE);
	load_segments(UDATA, UDATA, UDATA, 0);
	*mem64(USER_DATA) = 0x1122334455667788;
	in.rax = USER_DATA;
	run(&wrgsbase_load, 3);
	tell("%e rbx=%x gs=%x", seen, seen->rbx, seen->gs);
}

PROBES{
	{ "FB-01.rdfs", off, (u64)&rdfsbase64 },
	{ "FB-01.rdgs", off, (u64)&rdgsbase32 },
	{ "FB-01.wrfs", off, (u64)&wrfsbase64 },
	{ "FB-01.wrgs", off, (u64)&wrgsbase64 },
	{ "FB-01.compat3", compat, 3 },
	{ "FB-01.compat0", compat, 0 },
	{ "FB-02.ring0", read_64, 0 },
	{ "FB-02.ring1", read_64, 1 },
	{ "FB-02.ring3", read_64, 3 },
	{ "FB-03", read_32, 3 },
	{ "FB-04", write_32, 3 },
	{ "FB-05.low", write_64, 0x0000800000000000 },
	{ "FB-05.high", write_64, 0xffff7fffffffffff },
	{ "FB-05.edge", write_64, 0xffff800000000000 },
	{ "FB-07", not_the_other, 0 },
	{ "FB-07.null", null_selector_with_base, 0 },
};
