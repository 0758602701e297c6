/* The contract between the kernel and the user program. */
#ifndef GUESTS_SYSCALL64_LAYOUT_H
#define GUESTS_SYSCALL64_LAYOUT_H

/*
 * Call numbers go into EAX, arguments into RDI and RSI, the result comes back
 * in RAX; RCX and R11 are lost to the instruction, all else is preserved.
 */
#define CALL_WRITE   0 /* (buffer, length) to the debug console */
#define CALL_EXIT    1 /* (code) */
#define CALL_GETINFO 2 /* number of calls so far, this one included */
#define CALL_YIELD   3 /* nothing */
#define CALL_SERIAL  4 /* (buffer, length) to COM1 */
#define CALL_FLAGS   5 /* RFLAGS as saved by SYSCALL */
#define CALL_COUNT   6
#define CALL_ERROR   0xffffffffffffffff

/* All of the user program lies in [USER_BASE, USER_END). */
#define USER_BASE  0x400000
#define USER_END   0x600000
#define USER_STACK 0x5ff000 /* the page of the stack */

/*
 * The user's GS base is the start of the stack page, with its own address at
 * 30h (as in a thread environment block); the command line follows at 100h.
 */
#define THREAD_SELF    0x30
#define THREAD_CMDLINE 0x100
#define CMDLINE_MAX    256

#endif
