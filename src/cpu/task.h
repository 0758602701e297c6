/* task.h - hardware task switches [SDM vol. 3, 7.3]. */
#ifndef RS_CPU_TASK_H
#define RS_CPU_TASK_H

#include "cpu/seg.h"

enum task_switch { TASK_JMP, TASK_CALL, TASK_INT, TASK_IRET };

/* To the TSS that `selector` names, outside IA-32e mode. Its place, type, busy bit, presence and limit are checked
 * here; privilege is the caller's to check. `code`: pushed on the new task's stack unless NO_CODE; `ext`: EXT
 * of error codes; `next_rip`: what the old TSS stores as EIP.
 * False: cpu->fault, raised in the old task with nothing changed, or in the new one: then the state is the new task's,
 * RIP included, and the fault is to be delivered there. */
bool task_switch(struct cpu *cpu, uint16_t selector, enum task_switch how, uint64_t next_rip, int32_t code,
                 int32_t ext);

#endif
