/* The tasks and a mark that travels in a register. */
#ifndef GUESTS_TASKSWITCH_TASKS_H
#define GUESTS_TASKSWITCH_TASKS_H

#include "lib/protected.h"

#define SEL_MAIN   SEL32_TSS
#define SEL_SECOND 0x30
#define SEL_DOUBLE 0x38 /* handles #DF */

#define MARK 0x600df00d

#define SECOND_STACK_TOP SPARE_STACK_TOP
#define DOUBLE_STACK_TOP 0x328000
#define SMALL_STACK_TOP  (GUARD_PAGE + 0x1000 + 16 * 4) /* for 16 calls */

#endif
