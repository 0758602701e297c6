/* legacy.h - probes in protected mode without long mode (and without paging), and in virtual-8086 mode. */
#ifndef PROBES_LEGACY_H
#define PROBES_LEGACY_H

#include "lab.h"

/* Runs 32-bit code with LMA = 0 in ring cpl until the first event, which seen[0] then holds. */
void run_legacy(const struct code *code, int cpl);

/* The same for 16-bit code in virtual-8086 mode, which lies at 800h:0 then. */
void run_v86(const struct code *code);

/* The stack segment of ring 0 for the next run. */
void set_ss0(u16 selector);

/* The event of a run in virtual-8086 mode; RIP is an offset there. */
static inline void tell_v86(const struct code *code)
{
	run_v86(code);
	tell("vec=%x", seen->vector);
	if (seen->has_error)
		tell("err=%x", seen->error);
	if (seen->rflags >> 17 & 1)
		tell("cs=%x ip=%x vm=1", seen->cs, seen->rip);
	else
		tell("vm=0");
}

/* Stacks of ring 0 that the TSS of these modes has. */
#define LEGACY_ESP0 RSP_TOP(0)

#endif
