/* vector.h - the words in which handlers of vector instructions are written.
 *
 * A vector register is named by its number. After vector_settle() u->dst is the destination, u->src the first source
 * (the destination without VEX) and the r/m operand memory or, where `base` has nothing else to say, the register
 * u->base; u->size is the width in bytes: 8 (MMX), 16 or 32. A fourth register (VBLENDVPS), and the index vector of a
 * gather, is in u->imm. Words that read or write memory return false with the fault filled in.
 */
#ifndef RS_CPU_ISA_VECTOR_H
#define RS_CPU_ISA_VECTOR_H

#include "cpu/isa/insn.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"

/* ---- at decode ---- */

/* Which operand is r/m: the last one that is not an immediate and not a fourth register; a store's is the first. */
unsigned vector_rm(const struct shape *s);
void vector_settle(const struct shape *s, struct uop *u);

static inline bool shape_has_memory(const struct shape *s)
{
	return shape_is_memory(s, 0) || shape_is_memory(s, 1) || shape_is_memory(s, 2);
}

/* ---- memory ---- */

/* ALIGN_VECTOR: #GP(0) unless the address is a multiple of the size [SDM vol. 2, exceptions types 1, 2 and 4].
 * ALIGN_ELEMENT: as any access, #AC where it is asked for. ALIGN_HALVES: the same, by vendor. ALIGN_OPERAND: the
 * first, and with MXCSR.MM = 1 the second [APM vol. 1, 4.2.3]. */
enum vector_align { ALIGN_ELEMENT, ALIGN_HALVES, ALIGN_VECTOR, ALIGN_OPERAND };

/* `bytes` (1 to 32) of memory at the operand; a load fills the rest of *v with zeroes. */
bool vector_load(struct cpu *cpu, const struct uop *u, unsigned bytes, enum vector_align align, union vector *v);
bool vector_store(struct cpu *cpu, const struct uop *u, unsigned bytes, enum vector_align align, const union vector *v);

/* What a memory operand of this form must be aligned to: only 16-byte operands without VEX [SDM vol. 1, 14.9]. */
static inline enum vector_align vector_alignment(enum unit unit)
{
	return unit == UNIT_SSE ? ALIGN_OPERAND : ALIGN_ELEMENT;
}

/* ---- registers ---- */

/* XMM: the bits from 128 up stay. */
INLINE void vector_put_sse(struct cpu *cpu, unsigned reg, const union vector *v)
{
	memcpy(&cpu->st.vec[reg], v, 16);
}

/* With VEX: they become 0. */
INLINE void vector_put_vex(struct cpu *cpu, unsigned reg, const union vector *v, unsigned bytes)
{
	union vector *to = &cpu->st.vec[reg];
	memcpy(to, v, bytes);
	if (bytes == 16)
		to->q[2] = to->q[3] = 0;
}

/* The x87 has an unmasked exception that waits: #MF is due before this instruction. False: cpu->fault. */
bool x87_check_pending(struct cpu *cpu);

/* Every MMX instruction but EMMS makes all registers valid and TOP 0 when it completes [SDM vol. 1, 9.5.1]. */
INLINE void mmx_done(struct cpu *cpu)
{
	cpu->st.fsw &= (uint16_t)~FSW_TOP;
	cpu->st.ftw = 0xff;
}

INLINE void mmx_get(const struct cpu *cpu, unsigned reg, union vector *v)
{
	v->q[0] = cpu->st.fpr[reg & 7].significand;
}

/* ... and sets sign and exponent of the register that it writes. */
INLINE void mmx_put(struct cpu *cpu, unsigned reg, uint64_t value)
{
	cpu->st.fpr[reg & 7] = (struct fp80){ value, 0xffff };
}

INLINE void vector_get(const struct cpu *cpu, enum unit unit, unsigned reg, union vector *v)
{
	if (unit == UNIT_MMX)
		mmx_get(cpu, reg, v);
	else
		*v = cpu->st.vec[reg];
}

/* Before a store of an MMX register. (Measured on an Intel core: the tags wait until it has completed.) */
INLINE void mmx_store_begins(struct cpu *cpu)
{
	if (behaviour(cpu, mmx_store_transits_first))
		cpu->st.fsw &= (uint16_t)~FSW_TOP;
}

/* Writes a result of u->size bytes to `reg` as the unit does. */
INLINE void vector_put(struct cpu *cpu, enum unit unit, unsigned reg, const union vector *v)
{
	if (unit == UNIT_MMX)
		mmx_put(cpu, reg, v->q[0]);
	else if (unit == UNIT_SSE)
		vector_put_sse(cpu, reg, v);
	else
		vector_put_vex(cpu, reg, v, unit == UNIT_VEX256 ? 32 : 16);
}

static inline unsigned unit_bytes(enum unit unit)
{
	return unit == UNIT_MMX ? 8 : unit == UNIT_VEX256 ? 32 : 16;
}

/* The r/m operand: `bytes` of memory, or all of the register. */
INLINE bool vector_source(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory, unsigned bytes,
			  enum vector_align align, union vector *v)
{
	if (memory)
		return vector_load(cpu, u, bytes, align, v);
	vector_get(cpu, unit, u->base, v);
	return true;
}

/* The frame of an operation that MMX has too: before its first operand, and its result at the end. */
INLINE bool vector_begin(struct cpu *cpu, enum unit unit)
{
	return unit != UNIT_MMX || x87_check_pending(cpu);
}

INLINE void vector_end(struct cpu *cpu, const struct uop *u, enum unit unit, const union vector *v)
{
	vector_put(cpu, unit, u->dst, v);
	if (unit == UNIT_MMX)
		mmx_done(cpu);
}

/* Four handlers of one body, for each unit, with the r/m operand in a register and in memory: name_unit_r and
 * name_unit_m. `body` is false when it has faulted; it knows `unit` and `memory`. */
#define VECTOR_HANDLER(name, the_unit, suffix, body)                                                                   \
	static OP(name##_##suffix##_r)                                                                                 \
	{                                                                                                              \
		const enum unit unit = the_unit;                                                                       \
		const bool memory = false;                                                                             \
		if (unlikely(!(body)))                                                                                 \
			FAULTED();                                                                                     \
		NEXT();                                                                                                \
	}                                                                                                              \
	static OP(name##_##suffix##_m)                                                                                 \
	{                                                                                                              \
		const enum unit unit = the_unit;                                                                       \
		const bool memory = true;                                                                              \
		if (unlikely(!(body)))                                                                                 \
			FAULTED();                                                                                     \
		NEXT();                                                                                                \
	}
#define VECTOR_HANDLERS(name, body)                                                                                    \
	VECTOR_HANDLER(name, UNIT_MMX, mmx, body)                                                                      \
	VECTOR_HANDLER(name, UNIT_SSE, sse, body)                                                                      \
	VECTOR_HANDLER(name, UNIT_VEX128, vex128, body)                                                                \
	VECTOR_HANDLER(name, UNIT_VEX256, vex256, body)
/* The table by unit, from UNIT_MMX on, and memory. */
#define VECTOR_TABLE(name)                                                                                             \
	{                                                                                                              \
		{ op_##name##_mmx_r, op_##name##_mmx_m }, { op_##name##_sse_r, op_##name##_sse_m },                    \
		    { op_##name##_vex128_r, op_##name##_vex128_m }, { op_##name##_vex256_r, op_##name##_vex256_m },    \
	}

#endif
