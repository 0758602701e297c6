/*
 * CVE-2012-0217. A SYSCALL that is the last instruction of the lower half
 * leaves a non-canonical RCX. Intel's SYSRET raises #GP for it still in ring
 * 0, when the kernel has loaded the program's RSP: the frame is pushed where
 * the program wants it (SR-05). AMD's returns, and the fetch raises #GP in
 * ring 3, on the kernel's stack (SR-06). With FIXED the kernel looks before it returns.
 */
#include "window/window.h"

const char lesson_name[] = "sysret";
const u64 lesson_fmask = FMASK_ALL;
const u64 lesson_gs = (u64)kpcr; /* what SWAPGS leaves cannot hurt the handler */

void lesson_begin(const struct rs_boot *boot)
{
    (void)boot;
}

int lesson_trap(struct trap_frame *frame)
{
    if (frame->vector != VEC_GP)
        return 0;
    tell_at("#GP in ring ", frame->cs & 3);
    tell_at("  the program's RSP was ", frame->rsp);
    tell_at("  is_root is ", is_root);
    machine_exit(is_root != 0);
}
