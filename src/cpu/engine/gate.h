/* gate.h - whether an instruction may be executed: by CPUID feature, mode, CPL, LOCK, and the units that CR0, CR4 and
 * XCR0 switch on. */
#ifndef RS_CPU_ENGINE_GATE_H
#define RS_CPU_ENGINE_GATE_H

#include "cpu/isa/insn.h"

/* The profile has the feature, and ringstep implements it. */
bool gate_shows(const struct cpu *cpu, enum feature f);
/* An instruction that cannot be executed as it stands becomes a uop that says so when it is reached: decoding ahead
 * must not fault. */
void gate_become(struct uop *u, op_fn *fn);
/* Picks the handler of a decoded instruction, or the one that says why it is not executed. */
void gate_choose(const struct cpu *cpu, const struct insn_row *row, struct shape *s, struct uop *u);

#endif
