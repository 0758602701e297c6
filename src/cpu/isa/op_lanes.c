/* op_lanes.c - vector operations whose kernel is a line of lanes.h: arithmetic, compares, shifts, shuffles, blends. */
#include "cpu/isa/lanes.h"

#include "cpu/isa/lanes_across.h"
#include "cpu/isa/op_common.h"
#include "cpu/isa/vector.h"

static lanes_fn *const kernels[LANES_COUNT] = {
#define LANE(name, element, expression) lanes_##name,
#define NAME(name) lanes_##name,
	LANES_BY_ELEMENT(LANE) LANES_SHIFTS(LANE) LANES_ACROSS(NAME)
#undef LANE
#undef NAME
};

INLINE lanes_fn *kernel_of(const struct uop *u)
{
	return kernels[insn_rows[u->insn].arg];
}

/* ---- all of the r/m operand, or a part of a register's size in memory ---- */

INLINE bool apply(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory, unsigned from,
		  enum vector_align align)
{
	union vector a, b;
	if (!vector_begin(cpu, unit) || !vector_source(cpu, u, unit, memory, from, align, &b))
		return false;
	vector_get(cpu, unit, u->src, &a);
	kernel_of(u)(&a, &a, &b, unit_bytes(unit), (uint8_t)u->imm);
	vector_end(cpu, u, unit, &a);
	return true;
}

static __attribute__((noinline)) bool lanes(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	return apply(cpu, u, unit, memory, unit_bytes(unit), vector_alignment(unit));
}

static __attribute__((noinline)) bool lanes_part(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	return apply(cpu, u, unit, memory, u->size, ALIGN_ELEMENT);
}

VECTOR_HANDLERS(lanes, lanes(cpu, u, unit, memory))
VECTOR_HANDLERS(lanes_part, lanes_part(cpu, u, unit, memory))

PICK(lanes)
{
	static op_fn *const whole[4][2] = VECTOR_TABLE(lanes);
	static op_fn *const part[4][2] = VECTOR_TABLE(lanes_part);
	const struct operand *rm = &s->op[vector_rm(s)];
	(void)arg;
	vector_settle(s, u);
	if (rm->kind != OPERAND_MEMORY)
		return whole[s->unit - UNIT_MMX][false];
	if (rm->size == u->size)
		return whole[s->unit - UNIT_MMX][true];
	u->size = rm->size;
	return part[s->unit - UNIT_MMX][true];
}

/* ---- shifts by an immediate: the operand is op[1] with VEX, else the destination ---- */

static __attribute__((noinline)) bool shift_by_immediate(struct cpu *cpu, const struct uop *u, enum unit unit)
{
	union vector a;
	const union vector n = { .q = { (uint8_t)u->imm } };
	if (!vector_begin(cpu, unit))
		return false;
	vector_get(cpu, unit, u->src, &a);
	kernel_of(u)(&a, &a, &n, unit_bytes(unit), 0);
	vector_end(cpu, u, unit, &a);
	return true;
}

HANDLER(shift_mmx, shift_by_immediate(cpu, u, UNIT_MMX))
HANDLER(shift_sse, shift_by_immediate(cpu, u, UNIT_SSE))
HANDLER(shift_vex128, shift_by_immediate(cpu, u, UNIT_VEX128))
HANDLER(shift_vex256, shift_by_immediate(cpu, u, UNIT_VEX256))

PICK(lanes_shift)
{
	static op_fn *const handlers[] = { op_shift_mmx, op_shift_sse, op_shift_vex128, op_shift_vex256 };
	if (s->op[s->count - 1].kind != OPERAND_IMMEDIATE)
		return pick_lanes(s, arg, u);
	u->dst = s->op[0].reg;
	u->src = s->op[s->count - 2].reg;
	return handlers[s->unit - UNIT_MMX];
}

/* ---- blends by the signs of a third register: XMM0 without VEX ---- */

static __attribute__((noinline)) bool lanes_select(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	union vector b, v = cpu->st.vec[unit == UNIT_SSE ? 0 : u->imm];
	if (!vector_source(cpu, u, unit, memory, unit_bytes(unit), vector_alignment(unit), &b))
		return false;
	kernel_of(u)(&v, &cpu->st.vec[u->src], &b, unit_bytes(unit), 0);
	vector_put(cpu, unit, u->dst, &v);
	return true;
}

VECTOR_HANDLER(lanes_select, UNIT_SSE, sse, lanes_select(cpu, u, unit, memory))
VECTOR_HANDLER(lanes_select, UNIT_VEX128, vex128, lanes_select(cpu, u, unit, memory))
VECTOR_HANDLER(lanes_select, UNIT_VEX256, vex256, lanes_select(cpu, u, unit, memory))

PICK(lanes_select)
{
	static op_fn *const handlers[3][2] = { { op_lanes_select_sse_r, op_lanes_select_sse_m },
					       { op_lanes_select_vex128_r, op_lanes_select_vex128_m },
					       { op_lanes_select_vex256_r, op_lanes_select_vex256_m } };
	(void)arg;
	vector_settle(s, u);
	return handlers[s->unit - UNIT_SSE][shape_has_memory(s)];
}

/* ---- INSERTPS ---- */

/* The element in memory is the only one: bits 7:6 of the immediate choose among copies of it [SDM vol. 2, INSERTPS]. */
static __attribute__((noinline)) bool insert_ps(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	union vector v, b;
	if (!vector_source(cpu, u, unit, memory, 4, ALIGN_ELEMENT, &b))
		return false;
	if (memory)
		b.d[1] = b.d[2] = b.d[3] = b.d[0];
	kernel_of(u)(&v, &cpu->st.vec[u->src], &b, 16, (uint8_t)u->imm);
	vector_put(cpu, unit, u->dst, &v);
	return true;
}

VECTOR_HANDLER(insert_ps, UNIT_SSE, sse, insert_ps(cpu, u, unit, memory))
VECTOR_HANDLER(insert_ps, UNIT_VEX128, vex128, insert_ps(cpu, u, unit, memory))

PICK(insert_ps)
{
	static op_fn *const handlers[2][2] = { { op_insert_ps_sse_r, op_insert_ps_sse_m },
					       { op_insert_ps_vex128_r, op_insert_ps_vex128_m } };
	(void)arg;
	vector_settle(s, u);
	return handlers[s->unit == UNIT_VEX128][shape_has_memory(s)];
}
