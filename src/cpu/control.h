/* control.h - writes of control registers, for MOV, LMSW, CLTS and whoever else must change one by the rules. */
#ifndef RS_CPU_CONTROL_H
#define RS_CPU_CONTROL_H

#include "cpu/cpu.h"
#include "cpu/isa/op_common.h"

/* CR0, CR2, CR3, CR4 or CR8 with all checks and what follows from the new value: mode, LMA, TLB. CPL is the caller's
 * to check. False: faulted, nothing changed. */
bool cpu_write_cr(struct cpu *cpu, unsigned number, uint64_t value);
uint64_t cpu_read_cr(const struct cpu *cpu, unsigned number);

/* For pick_mov: either operand is OPERAND_CONTROL or OPERAND_DEBUG. */
PICK(mov_control);

#endif
