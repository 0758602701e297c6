/* sg.c - SWAPGS: the rules SG-01 to SG-07. */
#include "lab.h"

CODE64(swapgs64, AT "swapgs\n" NEXT DONE);
CODE32(swapgs32, AT ".byte 0x0f, 0x01, 0xf8\n" NEXT DONE);
CODE64(swapgs_twice, "swapgs\nswapgs" DONE);
CODE64(lock_swapgs, AT ".byte 0xf0\nswapgs\n" NEXT DONE);
CODE64(swapgs_load, "swapgs\nmov rax, gs:[8]" DONE);
CODE64(swapgs_mov_gs, "swapgs\nmov gs, ebx" DONE);

static void bases(u64 active, u64 other)
{
	wrmsr(MSR_GS_BASE, active);
	wrmsr(MSR_KERNEL_GS_BASE, other);
}

static void tell_bases(void)
{
	tell("%e gsb=%x kgs=%x", seen, seen->gs_base, seen->kernel_gs);
}

PROBE(swap)
{
	bases(0x123456789abc, 0xffff8badcafef00d);
	in.rflags = FLAGS_ALL & ~0x200ul;
	run(&swapgs64, 0);
	tell_bases();
	tell("gs=%x fl=%x", seen->gs, seen->rflags);
}

PROBE(used_at_once)
{
	bases(0, USER_DATA);
	*mem64(USER_DATA + 8) = 0x1122334455667788;
	run(&swapgs_load, 0);
	tell("%e rax=%x", seen, seen->rax);
}

PROBE(limit_and_selector_stay)
{
	load_segments(UDATA, UDATA, UDATA, 0);
	bases(0x1000, 0x2000);
	run(&swapgs64, 0);
	tell_bases();
	tell("gs=%x", seen->gs);
}

PROBE(compat)
{
	bases(0x1000, 0x2000);
	run(&swapgs32, arg);
	tell_bases();
}

PROBE(from_ring)
{
	bases(0x1000, 0x2000);
	run(&swapgs64, arg);
	tell_bases();
}

PROBE(twice)
{
	bases(0x1000, 0x2000);
	run(&swapgs_twice, 0);
	tell_bases();
}

PROBE(locked)
{
	run(&lock_swapgs, arg);
	tell("%e", seen);
}

PROBE(selector_after)
{
	set_gdt(FREE, 0x12cf93345678ffff); /* base 12345678h */
	bases(0x1000, 0xffff800000002000);
	in.rbx = FREE;
	run(&swapgs_mov_gs, 0);
	tell_bases();
}

PROBES{
	{ "SG-01", swap, 0 },
	{ "SG-01.used", used_at_once, 0 },
	{ "SG-01.null", limit_and_selector_stay, 0 },
	{ "SG-02.ring3", compat, 3 },
	{ "SG-02.ring0", compat, 0 },
	{ "SG-03.ring3", from_ring, 3 },
	{ "SG-03.ring2", from_ring, 2 },
	{ "SG-03.ring1", from_ring, 1 },
	{ "SG-05", twice, 0 },
	{ "SG-06", locked, 0 },
	{ "SG-06.ring3", locked, 3 },
	{ "SG-07", selector_after, 0 },
};
