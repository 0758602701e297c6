/* The contract between the kernel and its user program. */
#ifndef GUESTS_SYSENTER32_CALLS_H
#define GUESTS_SYSENTER32_CALLS_H

/*
 * The number goes into EAX, an argument into EBX. SYSENTER saves nothing, so
 * the user puts where to return to into EDX and its stack pointer into ECX:
 * there SYSEXIT wants them. The result comes back in EAX.
 */
#define CALL_WRITE  0 /* text */
#define CALL_TICKS  1 /* calls so far */
#define CALL_REPORT 2 /* CS << 16 | SS as the user sees them */
#define CALL_EXIT   3

#define SYSENTER_STACK_TOP SPARE_STACK_TOP

#endif
