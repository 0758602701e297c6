/*
 * A 64-bit kernel whose user program runs in compatibility mode (a 32-bit
 * code segment while EFER.LMA = 1) or in 64-bit mode, as its CS says.
 */
#ifndef GUESTS_COMPAT_H
#define GUESTS_COMPAT_H

#include "lib/modes.h"

/*
 * Beside the selectors of x86.h: user data behind 64-bit user code, where
 * SYSEXIT with REX.W wants it, and a slot of 16 bytes of the guest's own.
 */
#define SEL_UDATA64 0x3b
#define SEL_FREE    0x50

/* The user's page and its stack; the kernel's stack for exceptions. */
#define COMPAT_START     0x40000000
#define COMPAT_STACK     0x40001000
#define COMPAT_STACK_TOP 0x40002000

#ifndef __ASSEMBLER__

struct trap_frame;

extern u64 gdt[];
extern char trap_stack_top[]; /* TSS.RSP0 */

/* Maps kernel and user program, loads descriptor tables. */
void start_compat(void);

/* Runs a program in ring 3 with IF = 1 and the stack at its top. */
void enter_user(void (*program)(void), u64 cs) __attribute__((noreturn));

/* For an exception that no lesson wants. */
void unexpected(const struct trap_frame *frame) __attribute__((noreturn));

#endif
#endif
