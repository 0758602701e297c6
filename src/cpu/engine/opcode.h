/* opcode.h - what the bytes of an instruction tell without the decoder. */
#ifndef RS_CPU_ENGINE_OPCODE_H
#define RS_CPU_ENGINE_OPCODE_H

#include "cpu/engine/decode.h"
#include "cpu/isa/insn.h"

/* Where the opcode is, behind the prefixes; w->size when there is none. */
unsigned opcode_at(const struct cpu *cpu, const struct window *w);
/* By which rule bytes that are no instruction raise #UD. */
enum rule opcode_undefined_rule(const struct cpu *cpu, const struct window *w);
/* 0F 78 with a register where SSE4A is not, so that it is not EXTRQ or INSERTQ with their two immediates: whatever its
 * prefixes, it is whole behind ModRM (measured on an Intel core). */
bool opcode_is_vmread(const struct cpu *cpu, const struct window *w);

#endif
