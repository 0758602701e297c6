/* op_vector_fp.h - what the handlers of floating-point vectors share. */
#ifndef RS_CPU_ISA_OP_VECTOR_FP_H
#define RS_CPU_ISA_OP_VECTOR_FP_H

#include "cpu/isa/vector.h"
#include "fp/fp.h"

/* Puts the flags of an instruction into MXCSR. False: one is not masked, #XM, or #UD unless CR4.OSXMMEXCPT [SDM vol. 3,
 * 2.5]. Nothing may be written before, or then. */
bool fp_settle(struct cpu *cpu, struct fp_env *env);

/* The r/m operand; memory must be aligned if it is 16 bytes without VEX. */
INLINE bool fp_source(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory, unsigned bytes,
		      union vector *v)
{
	return vector_source(cpu, u, unit, memory, bytes, bytes == 16 ? vector_alignment(unit) : ALIGN_ELEMENT, v);
}

/* Handlers for all units but MMX, and their table by unit, from UNIT_SSE on, and memory. */
#define FP_HANDLERS(name, body)                                                                                        \
	VECTOR_HANDLER(name, UNIT_SSE, sse, body)                                                                      \
	VECTOR_HANDLER(name, UNIT_VEX128, vex128, body)                                                                \
	VECTOR_HANDLER(name, UNIT_VEX256, vex256, body)
#define FP_TABLE(name)                                                                                                 \
	{                                                                                                              \
		{ op_##name##_sse_r, op_##name##_sse_m }, { op_##name##_vex128_r, op_##name##_vex128_m },              \
		    { op_##name##_vex256_r, op_##name##_vex256_m },                                                    \
	}

#endif
