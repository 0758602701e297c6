/* The contract between the kernel and its user program. */
#ifndef GUESTS_COMPAT_SYSCALL_CALLS_H
#define GUESTS_COMPAT_SYSCALL_CALLS_H

/* The number goes into EAX, an argument into EBX; ECX is lost. */
#define CALL_WRITE  0 /* text */
#define CALL_REPORT 1 /* CS << 16 | SS as the user sees them */
#define CALL_EXIT   2

#endif
