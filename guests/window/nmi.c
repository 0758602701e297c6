/*
 * An NMI between SYSCALL and SWAPGS. The entry of vectors.S asks CS whether
 * it must swap GS; there CS is the kernel's already and GS still the
 * program's. With FIXED the NMI has a stack of its own and asks GS.
 */
#include "window/window.h"

const char lesson_name[] = "nmi";
const u64 lesson_fmask = FMASK_ALL;
const u64 lesson_gs = USER_STACK;

void lesson_begin(const struct rs_boot *boot)
{
    (void)boot;
}

int lesson_trap(struct trap_frame *frame)
{
    return frame->vector == 2;
}
