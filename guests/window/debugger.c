/*
 * A debugger inside the guest, with INT3 as its breakpoint at syscall_entry
 * plus the offset on the command line ("0" or "15", hexadecimal). At 0 the
 * handler runs with the program's GS, which is 0: its first access by GS is
 * a page fault, whose handler has the same GS, until the program's stack is
 * full: double fault. At 15h GS and stack are the kernel's, and it works.
 */
#include "window/window.h"

#define INT3 0xcc

const char lesson_name[] = "debugger";
const u64 lesson_fmask = FMASK_ALL;
const u64 lesson_gs = 0;

static u8 *place, original;

static u64 offset_of(const char *text)
{
    u64 value = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 16 + *text - '0';
    return value;
}

/* Code is read-only, even for the kernel, unless CR0.WP is 0. */
static void poke(u8 *at, u8 byte)
{
    u64 cr0;

    __asm__ volatile("mov %0, cr0" : "=r"(cr0));
    __asm__ volatile("mov cr0, %0" : : "r"(cr0 & ~(u64)CR0_WP));
    *at = byte;
    __asm__ volatile("mov cr0, %0" : : "r"(cr0));
}

void lesson_begin(const struct rs_boot *boot)
{
    place = (u8 *)syscall_entry + offset_of((const char *)boot->cmdline);
    original = *place;
    poke(place, INT3);
    tell_at("INT3 at syscall_entry+", place - (u8 *)syscall_entry);
}

int lesson_trap(struct trap_frame *frame)
{
    if (frame->vector != VEC_BP || frame->rip != (u64)place + 1)
        return 0;
    tell_at("breakpoint, RSP ", frame->rsp);
    poke(place, original);
    frame->rip--;
    return 1;
}
