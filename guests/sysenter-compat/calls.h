/* The contract between the kernel and its user program. */
#ifndef GUESTS_SYSENTER_COMPAT_CALLS_H
#define GUESTS_SYSENTER_COMPAT_CALLS_H

/*
 * The number goes into EAX; EBX has the user's CS, EBP its SS. SYSENTER saves
 * nothing, so the user puts where to return to into EDX and its stack pointer
 * into ECX.
 */
#define CALL_32   0 /* return to 32-bit code */
#define CALL_64   1 /* return to 64-bit code */
#define CALL_EXIT 2

#endif
