/*
 * An FMASK that leaves IF set lets an interrupt in at the first instruction
 * of a system call: it is pushed onto the program's stack, wherever the
 * program has put that.
 */
#include "window/window.h"

const char lesson_name[] = "irq";
#ifdef FIXED
const u64 lesson_fmask = FMASK_ALL;
#else
const u64 lesson_fmask = FMASK_ALL & ~(u64)RFLAGS_IF;
#endif
const u64 lesson_gs = USER_STACK;

void lesson_begin(const struct rs_boot *boot)
{
    (void)boot;
}

int lesson_trap(struct trap_frame *frame)
{
    return frame->vector == 32;
}
