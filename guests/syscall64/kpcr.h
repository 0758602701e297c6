/*
 * Per-processor data, which the kernel reaches by GS after SWAPGS. The two
 * stack pointers have the offsets that a well-known kernel gives them.
 */
#ifndef GUESTS_SYSCALL64_KPCR_H
#define GUESTS_SYSCALL64_KPCR_H

#define KPCR_USER_RSP 0x010
#define KPCR_SELF     0x018
#define KPCR_RSP_BASE 0x1a8 /* top of the kernel stack */
#define KPCR_CALLS    0x1b0 /* system calls so far */
#define KPCR_SIZE     0x1c0

#endif
