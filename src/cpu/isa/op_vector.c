/* op_vector.c - vector moves, and what is done to each element by itself; EMMS, MXCSR; units that are switched off.
 */
#include "cpu/isa/lanes.h"
#include "cpu/isa/op_common.h"
#include "cpu/isa/vector.h"

/* ---- at decode ---- */

unsigned vector_rm(const struct shape *s)
{
	if (shape_is_memory(s, 0))
		return 0;
	if (s->count > 2 && (s->op[2].kind == OPERAND_MEMORY || s->op[2].kind >= OPERAND_VECTOR))
		return s->op[2].kind == OPERAND_OTHER ? 1 : 2;
	return s->count > 1 ? 1 : 0;
}

void vector_settle(const struct shape *s, struct uop *u)
{
	const unsigned rm = vector_rm(s);
	u->dst = s->op[0].reg;
	u->src = rm == 2 ? s->op[1].reg : rm == 0 && s->count > 1 ? s->op[1].reg : s->op[0].reg;
	if (!shape_has_memory(s))
		u->base = s->op[rm].reg;
	if (s->count > 3 && s->op[3].kind == OPERAND_VECTOR)
		u->imm = s->op[3].reg;
	u->size = (uint8_t)unit_bytes(s->unit);
}

/* ---- switched off ---- */

/* EM makes the x87 raise #NM, for software to emulate, and MMX and SSE #UD; VEX looks at XCR0 in its place [SDM vol. 2,
 * 2.4 to 2.8; vol. 3, table 2-2]. */
static bool is_undefined(const struct cpu *cpu, enum unit unit)
{
	const uint64_t avx = XCR0_SSE | XCR0_AVX;
	switch (unit) {
	case UNIT_X87:
		return false;
	case UNIT_MMX:
		return cpu->st.cr0 & CR0_EM;
	case UNIT_SSE:
		return (cpu->st.cr0 & CR0_EM) || !(cpu->st.cr4 & CR4_OSFXSR);
	default:
		return !(cpu->st.cr4 & CR4_OSXSAVE) || (cpu->st.xcr0 & avx) != avx;
	}
}

OP(no_unit)
{
	if (is_undefined(cpu, (enum unit)u->imm))
		FAULT(VEC_UD, NO_CODE, RULE_NONE);
	FAULT(VEC_NM, NO_CODE, RULE_NONE);
}

/* ---- memory ---- */

static bool vector_linear(struct cpu *cpu, const struct uop *u, unsigned bytes, enum vector_align align,
			  enum seg_use use, uint64_t *address)
{
	if (!ea_linear(cpu, u, bytes, use, address))
		return false;
	if (align == ALIGN_VECTOR && (*address & (bytes - 1)))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	return true;
}

bool vector_load(struct cpu *cpu, const struct uop *u, unsigned bytes, enum vector_align align, union vector *v)
{
	uint64_t address;
	if (!vector_linear(cpu, u, bytes, align, SEG_FOR_READ, &address))
		return false;
	memset(v, 0, sizeof *v);
	const uint8_t *host = mmu_hit_read(&cpu->mmu, address, bytes);
	if (unlikely(!host))
		return linear_read_bytes(cpu, address, bytes, bytes, u->flags & UOP_STACK_SEGMENT, v);
	memcpy(v, host, bytes);
	return true;
}

bool vector_store(struct cpu *cpu, const struct uop *u, unsigned bytes, enum vector_align align, const union vector *v)
{
	uint64_t address;
	if (!vector_linear(cpu, u, bytes, align, SEG_FOR_WRITE, &address))
		return false;
	uint8_t *host = mmu_hit_write(&cpu->mmu, address, bytes);
	if (unlikely(!host))
		return linear_write_bytes(cpu, address, bytes, bytes, u->flags & UOP_STACK_SEGMENT, v);
	memcpy(host, v, bytes);
	return true;
}

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

/* ---- each element by itself ---- */

static lanes_fn *const kernels[LANES_COUNT] = {
#define LANE(name, element, expression) lanes_##name,
	LANES_BY_ELEMENT(LANE)
#undef LANE
};

static __attribute__((noinline)) bool lanes(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	union vector a, b;
	const unsigned bytes = unit_bytes(unit);
	if (unit == UNIT_MMX && !x87_check_pending(cpu))
		return false;
	if (!vector_source(cpu, u, unit, memory, bytes, vector_alignment(unit), &b))
		return false;
	if (unit == UNIT_MMX)
		mmx_get(cpu, u->src, &a);
	else
		a = cpu->st.vec[u->src];
	kernels[insn_rows[u->insn].arg](&a, &a, &b, bytes, (uint8_t)u->imm);
	vector_put(cpu, unit, u->dst, &a);
	if (unit == UNIT_MMX)
		mmx_done(cpu);
	return true;
}

VECTOR_HANDLERS(lanes, lanes(cpu, u, unit, memory))

PICK(lanes)
{
	static op_fn *const handlers[4][2] = VECTOR_TABLE(lanes);
	(void)arg;
	vector_settle(s, u);
	return handlers[s->unit - UNIT_MMX][shape_has_memory(s)];
}

/* ---- the state of the units ---- */

bool x87_check_pending(struct cpu *cpu)
{
	if (likely(!(cpu->st.fsw & FSW_ES)))
		return true;
	if (!(cpu->st.cr0 & CR0_NE))
		return cpu_fault_missing(cpu, "x87 exceptions by FERR# and interrupt 13 (CR0.NE = 0)");
	return cpu_fault(cpu, VEC_MF, NO_CODE, RULE_NONE);
}

static bool emms(struct cpu *cpu)
{
	if (!x87_check_pending(cpu))
		return false;
	cpu->st.fsw &= (uint16_t)~FSW_TOP;
	cpu->st.ftw = 0;
	return true;
}

HANDLER(emms, emms(cpu))

PICK_ONE(emms)

static bool ldmxcsr(struct cpu *cpu, const struct uop *u)
{
	uint64_t v;
	if (!mem_read(cpu, u, 4, &v))
		return false;
	if (v >> 16)
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	cpu->st.mxcsr = (uint32_t)v;
	return true;
}

HANDLER(ldmxcsr, ldmxcsr(cpu, u))
HANDLER(stmxcsr, mem_write(cpu, u, 4, cpu->st.mxcsr))

PICK(mxcsr)
{
	(void)s;
	(void)u;
	return arg ? op_stmxcsr : op_ldmxcsr;
}
