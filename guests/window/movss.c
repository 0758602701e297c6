/*
 * CVE-2018-8897. MOV SS holds off the #DB of its own data breakpoint until
 * the next instruction is done [SDM vol. 3A section 6.8.3]. When that is
 * SYSCALL, #DB comes at the first instruction of the kernel, which swaps GS
 * only for a CS of ring 3: the handler takes the program's GS for its own,
 * and counts the trap wherever the program says. With FIXED, #DB asks GS and
 * has a stack of its own.
 */
#include "window/window.h"

const char lesson_name[] = "movss";
const u64 lesson_fmask = FMASK_ALL;
const u64 lesson_gs = USER_STACK;

void lesson_begin(const struct rs_boot *boot)
{
    (void)boot;
}

int lesson_trap(struct trap_frame *frame)
{
    if (frame->vector != VEC_DB)
        return 0;
    tell_at("#DB at ", frame->rip);
    tell_at("  in ring ", frame->cs & 3);
    return 1;
}
