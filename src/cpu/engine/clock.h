/* clock.h - cycles by the table of a cycle model: of instructions when they are translated, summed up for each place in
 * their block, and of what else takes time when it happens. Nothing here is called without a model.
 */
#ifndef RS_CPU_ENGINE_CLOCK_H
#define RS_CPU_ENGINE_CLOCK_H

#include "cpu/costs.h"
#include "cpu/isa/insn.h"

/* What the instruction takes, all that is known when it is translated. */
uint16_t clock_cost(const struct costs *c, const struct uop *u, const struct shape *s);

/* Time passes beside the instructions. */
void clock_charge(struct cpu *cpu, uint64_t cycles);
/* An mmu_walk_fn. */
void clock_walked(void *cpu, unsigned levels);

#endif
