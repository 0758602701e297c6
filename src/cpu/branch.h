/* branch.h - branches as the debug facilities see them: recorded while DEBUGCTL.LBR = 1, the only thing that TF traps
 * while DEBUGCTL.BTF = 1 [SDM vol. 3, 17.4; APM vol. 2, 13.1]. */
#ifndef RS_CPU_BRANCH_H
#define RS_CPU_BRANCH_H

#include "cpu/engine/uop.h"

/* The linear address of `rip` in the code segment as it is. */
uint64_t branch_linear(const struct cpu *cpu, uint64_t rip);
/* Whether the instruction `u`, which has just completed in front of `next`, branched. */
bool branch_was_taken(const struct cpu *cpu, const struct uop *u, uint64_t next);
/* A branch from there to state.rip. */
void branch_record(struct cpu *cpu, uint64_t from);
/* An exception or interrupt has led from there to state.rip. #DB is not recorded, and ends recording and branch
 * stepping (MS-33). */
void branch_record_event(struct cpu *cpu, unsigned vector, uint64_t from);

#endif
