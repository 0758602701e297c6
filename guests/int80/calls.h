/* The contract between either kernel and the user program. */
#ifndef GUESTS_INT80_CALLS_H
#define GUESTS_INT80_CALLS_H

/* The number goes into EAX; all registers are preserved. */
#define CALL_WRITE  0 /* EBX = text */
#define CALL_LOOK   1 /* the kernel tells what INT has done */
#define CALL_REPORT 2 /* after IRET: EBX = 0 if ESP is right, ECX = DS */
#define CALL_EXIT   3

/* A vector whose gate has DPL 0: no user may pretend a page fault. */
#define FORBIDDEN_VECTOR 14

#endif
