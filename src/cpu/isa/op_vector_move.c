/* op_vector_move.c - moves of vectors, of their elements, and between them and general-purpose registers. */
#include "cpu/isa/op_common.h"
#include "cpu/isa/vector.h"

/* ---- moves of whole vectors ---- */

static __attribute__((noinline)) bool move_load(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory,
						enum vector_align align)
{
	union vector v;
	if (!vector_source(cpu, u, unit, memory, unit_bytes(unit), align, &v))
		return false;
	vector_put(cpu, unit, u->dst, &v);
	return true;
}

static bool move_store(struct cpu *cpu, const struct uop *u, enum vector_align align)
{
	return vector_store(cpu, u, u->size, align, &cpu->st.vec[u->src]);
}

VECTOR_HANDLERS(move_aligned, move_load(cpu, u, unit, memory, ALIGN_VECTOR))
VECTOR_HANDLERS(move_unaligned, move_load(cpu, u, unit, memory, ALIGN_ELEMENT))
HANDLER(store_aligned, move_store(cpu, u, ALIGN_VECTOR))
HANDLER(store_unaligned, move_store(cpu, u, ALIGN_ELEMENT))

PICK(vector_move)
{
	static op_fn *const loads[2][4][2] = { VECTOR_TABLE(move_aligned), VECTOR_TABLE(move_unaligned) };
	static op_fn *const stores[2] = { op_store_aligned, op_store_unaligned };
	vector_settle(s, u);
	if (shape_is_memory(s, 0))
		return stores[arg];
	return loads[arg][s->unit - UNIT_MMX][shape_is_memory(s, 1)];
}

/* ---- moves of the lowest element ---- */

/* From memory the rest becomes 0; between registers it is the first source's [SDM vol. 2, MOVSS, MOVSD]. */
static __attribute__((noinline)) bool scalar_load(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory,
						  unsigned bytes)
{
	union vector v = { 0 };
	if (memory) {
		if (!vector_load(cpu, u, bytes, ALIGN_ELEMENT, &v))
			return false;
	} else {
		v = cpu->st.vec[u->src];
		memcpy(&v, &cpu->st.vec[u->base], bytes);
	}
	vector_put(cpu, unit, u->dst, &v);
	return true;
}

/* The element's size is the row's argument. */
static bool scalar_store(struct cpu *cpu, const struct uop *u)
{
	return vector_store(cpu, u, insn_rows[u->insn].arg, ALIGN_ELEMENT, &cpu->st.vec[u->src]);
}

VECTOR_HANDLER(scalar_load, UNIT_SSE, sse, scalar_load(cpu, u, unit, memory, insn_rows[u->insn].arg))
VECTOR_HANDLER(scalar_load, UNIT_VEX128, vex128, scalar_load(cpu, u, unit, memory, insn_rows[u->insn].arg))
HANDLER(scalar_store, scalar_store(cpu, u))

PICK(scalar_move)
{
	static op_fn *const loads[2][2] = { { op_scalar_load_sse_r, op_scalar_load_sse_m },
					    { op_scalar_load_vex128_r, op_scalar_load_vex128_m } };
	(void)arg;
	vector_settle(s, u);
	if (shape_is_memory(s, 0))
		return op_scalar_store;
	return loads[s->unit == UNIT_VEX128][shape_is_memory(s, 1)];
}

/* ---- moves of the lower quadword, zero-extended: MOVD, MOVQ ---- */

/* A register of the r/m operand is u->base; of a destination u->dst. VEX: an XMM register of which the rest becomes 0.
 */
enum low_place { PLACE_GPR, PLACE_MEMORY, PLACE_MMX, PLACE_XMM, PLACE_VEX, PLACES };

INLINE bool low_get(struct cpu *cpu, const struct uop *u, enum low_place from, unsigned reg, uint64_t *value)
{
	const unsigned bytes = insn_rows[u->insn].arg;
	switch (from) {
	case PLACE_GPR:
		*value = cpu->st.gpr[reg / 8];
		break;
	case PLACE_MEMORY:
		return mem_read(cpu, u, bytes, value);
	case PLACE_MMX:
		*value = cpu->st.fpr[reg & 7].significand;
		break;
	default:
		*value = cpu->st.vec[reg].q[0];
	}
	*value &= size_mask(bytes);
	return true;
}

INLINE bool low_put(struct cpu *cpu, const struct uop *u, enum low_place to, uint64_t value)
{
	const union vector v = { .q = { value } };
	switch (to) {
	case PLACE_GPR:
		reg_set(cpu, u->dst, 8, value);
		break;
	case PLACE_MEMORY:
		return mem_write(cpu, u, insn_rows[u->insn].arg, value);
	case PLACE_MMX:
		mmx_put(cpu, u->dst, value);
		break;
	default:
		vector_put(cpu, to == PLACE_VEX ? UNIT_VEX128 : UNIT_SSE, u->dst, &v);
	}
	return true;
}

INLINE bool low_move(struct cpu *cpu, const struct uop *u, enum low_place from, enum low_place to)
{
	uint64_t value;
	const bool mmx = from == PLACE_MMX || to == PLACE_MMX;
	if (mmx && !x87_check_pending(cpu))
		return false;
	if (mmx && to == PLACE_MEMORY)
		mmx_store_begins(cpu);
	if (!low_get(cpu, u, from, to == PLACE_MEMORY ? u->src : u->base, &value) || !low_put(cpu, u, to, value))
		return false;
	if (mmx)
		mmx_done(cpu);
	return true;
}

#define LOW_MOVES(MOVE)                                                                                                \
	MOVE(GPR, MMX)                                                                                                 \
	MOVE(GPR, XMM)                                                                                                 \
	MOVE(GPR, VEX)                                                                                                 \
	MOVE(MEMORY, MMX)                                                                                              \
	MOVE(MEMORY, XMM)                                                                                              \
	MOVE(MEMORY, VEX)                                                                                              \
	MOVE(MMX, GPR)                                                                                                 \
	MOVE(MMX, MEMORY)                                                                                              \
	MOVE(MMX, MMX)                                                                                                 \
	MOVE(MMX, XMM)                                                                                                 \
	MOVE(XMM, GPR)                                                                                                 \
	MOVE(XMM, MEMORY)                                                                                              \
	MOVE(XMM, MMX)                                                                                                 \
	MOVE(XMM, XMM)                                                                                                 \
	MOVE(XMM, VEX)

#define MOVE(from, to) HANDLER(low_##from##_##to, low_move(cpu, u, PLACE_##from, PLACE_##to))
LOW_MOVES(MOVE)
#undef MOVE

static enum low_place place_of(const struct operand *o)
{
	switch (o->kind) {
	case OPERAND_MEMORY:
		return PLACE_MEMORY;
	case OPERAND_MMX:
		return PLACE_MMX;
	case OPERAND_VECTOR:
		return PLACE_XMM;
	default:
		return PLACE_GPR;
	}
}

PICK(low_move)
{
	static op_fn *const handlers[PLACES][PLACES] = {
#define MOVE(from, to) [PLACE_##from][PLACE_##to] = op_low_##from##_##to,
		LOW_MOVES(MOVE)
#undef MOVE
	};
	const enum low_place to = place_of(&s->op[0]);
	(void)arg;
	vector_settle(s, u);
	return handlers[place_of(&s->op[1])][to == PLACE_XMM && s->vex ? PLACE_VEX : to];
}

/* ---- moves of one half between memory and XMM: MOVLPS, MOVHPS ---- */

static bool half_load(struct cpu *cpu, const struct uop *u, enum unit unit)
{
	union vector v = cpu->st.vec[u->src];
	if (!mem_read(cpu, u, 8, &v.q[insn_rows[u->insn].arg]))
		return false;
	vector_put(cpu, unit, u->dst, &v);
	return true;
}

HANDLER(half_load_sse, half_load(cpu, u, UNIT_SSE))
HANDLER(half_load_vex, half_load(cpu, u, UNIT_VEX128))
HANDLER(half_store, mem_write(cpu, u, 8, cpu->st.vec[u->src].q[insn_rows[u->insn].arg]))

PICK(half_move)
{
	(void)arg;
	vector_settle(s, u);
	if (shape_is_memory(s, 0))
		return op_half_store;
	return s->vex ? op_half_load_vex : op_half_load_sse;
}

/* ---- one element, whose number is the immediate: PINSR, PEXTR ---- */

/* Where it lies in the vector. */
INLINE unsigned element_at(const struct uop *u, enum unit unit, unsigned bytes)
{
	return (unsigned)u->imm * bytes & (unit_bytes(unit) - 1);
}

static __attribute__((noinline)) bool element_insert(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	const unsigned bytes = insn_rows[u->insn].arg;
	uint64_t value = memory ? 0 : cpu->st.gpr[u->base / 8];
	union vector v;
	if (!vector_begin(cpu, unit) || (memory && !mem_read(cpu, u, bytes, &value)))
		return false;
	vector_get(cpu, unit, u->src, &v);
	memcpy(v.b + element_at(u, unit, bytes), &value, bytes);
	vector_end(cpu, u, unit, &v);
	return true;
}

static __attribute__((noinline)) bool element_extract(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	const unsigned bytes = insn_rows[u->insn].arg;
	uint64_t value = 0;
	union vector v;
	if (!vector_begin(cpu, unit))
		return false;
	vector_get(cpu, unit, memory ? u->src : u->base, &v);
	memcpy(&value, v.b + element_at(u, unit, bytes), bytes);
	if (memory)
		return mem_write(cpu, u, bytes, value);
	reg_set(cpu, u->dst, 8, value);
	if (unit == UNIT_MMX)
		mmx_done(cpu);
	return true;
}

VECTOR_HANDLER(element_insert, UNIT_MMX, mmx, element_insert(cpu, u, unit, memory))
VECTOR_HANDLER(element_insert, UNIT_SSE, sse, element_insert(cpu, u, unit, memory))
VECTOR_HANDLER(element_insert, UNIT_VEX128, vex128, element_insert(cpu, u, unit, memory))
HANDLER(element_extract_mmx, element_extract(cpu, u, UNIT_MMX, false))
HANDLER(element_extract_r, element_extract(cpu, u, UNIT_SSE, false))
HANDLER(element_extract_m, element_extract(cpu, u, UNIT_SSE, true))

PICK(element_insert)
{
	static op_fn *const handlers[3][2] = { { op_element_insert_mmx_r, op_element_insert_mmx_m },
					       { op_element_insert_sse_r, op_element_insert_sse_m },
					       { op_element_insert_vex128_r, op_element_insert_vex128_m } };
	(void)arg;
	vector_settle(s, u);
	return handlers[s->unit - UNIT_MMX][shape_has_memory(s)];
}

/* PEXTRW has an opcode of SSE2, and one of SSE4.1 that it shares with nothing but its name. */
PICK(element_extract)
{
	(void)arg;
	vector_settle(s, u);
	if (s->map == MAP_0F3A && !s->vex && !profile_has(s->profile, FEATURE_SSE4_1))
		return op_undefined;
	if (s->unit == UNIT_MMX)
		return op_element_extract_mmx;
	return shape_is_memory(s, 0) ? op_element_extract_m : op_element_extract_r;
}

/* ---- the signs of all elements: PMOVMSKB, MOVMSKPS, MOVMSKPD ---- */

static __attribute__((noinline)) bool sign_mask(struct cpu *cpu, const struct uop *u, enum unit unit)
{
	const unsigned bytes = insn_rows[u->insn].arg;
	uint64_t mask = 0;
	union vector v;
	if (!vector_begin(cpu, unit))
		return false;
	vector_get(cpu, unit, u->base, &v);
	for (unsigned i = 0; i < unit_bytes(unit) / bytes; i++)
		mask |= (uint64_t)(v.b[i * bytes + bytes - 1] >> 7) << i;
	reg_set(cpu, u->dst, 8, mask);
	if (unit == UNIT_MMX)
		mmx_done(cpu);
	return true;
}

HANDLER(sign_mask_mmx, sign_mask(cpu, u, UNIT_MMX))
HANDLER(sign_mask_128, sign_mask(cpu, u, UNIT_SSE))
HANDLER(sign_mask_256, sign_mask(cpu, u, UNIT_VEX256))

PICK(sign_mask)
{
	static op_fn *const handlers[] = { op_sign_mask_mmx, op_sign_mask_128, op_sign_mask_128, op_sign_mask_256 };
	(void)arg;
	vector_settle(s, u);
	return handlers[s->unit - UNIT_MMX];
}
