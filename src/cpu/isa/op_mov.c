/* op_mov.c - moves, exchanges and conversions: MOV MOVZX MOVSX LEA XCHG XADD CMPXCHG BSWAP CBW XLAT SETcc CMOVcc.
 */
#include "cpu/isa/alu.h"
#include "cpu/control.h"
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

#define SIZES(X, ...) X(1, __VA_ARGS__) X(2, __VA_ARGS__) X(4, __VA_ARGS__) X(8, __VA_ARGS__)

/* ---- MOV [SDM vol. 2, MOV] ---- */

INLINE bool mov_rr(struct cpu *cpu, const struct uop *u, unsigned size)
{
	reg_set(cpu, u->dst, size, reg_get(cpu, u->src, size));
	return true;
}

INLINE bool mov_rm(struct cpu *cpu, const struct uop *u, unsigned size, enum reach reach)
{
	uint64_t v;
	if (!mem_read_by(cpu, u, size, reach, &v))
		return false;
	reg_set(cpu, u->dst, size, v);
	return true;
}

INLINE bool mov_mr(struct cpu *cpu, const struct uop *u, unsigned size, enum reach reach)
{
	return mem_write_by(cpu, u, size, reach, reg_get(cpu, u->src, size));
}

/* `disp` has all 64 bits of the immediate. */
INLINE bool mov_ri(struct cpu *cpu, const struct uop *u, unsigned size)
{
	reg_set(cpu, u->dst, size, (uint64_t)u->disp);
	return true;
}

INLINE bool mov_mi(struct cpu *cpu, const struct uop *u, unsigned size, enum reach reach)
{
	return mem_write_by(cpu, u, size, reach, (uint64_t)(int64_t)u->imm);
}

#define MOV_REGISTER(size, form) HANDLER(mov_##form##size, mov_##form(cpu, u, size))
#define MOV_MEMORY(size, form) MEMORY_HANDLER(mov_##form##size, mov_##form(cpu, u, size, reach))
SIZES(MOV_REGISTER, rr)
SIZES(MOV_MEMORY, rm)
SIZES(MOV_MEMORY, mr)
SIZES(MOV_REGISTER, ri)
SIZES(MOV_MEMORY, mi)

/* In memory a selector has 16 bits whatever the operand size; a register gets it zero-extended. */
HANDLER(mov_from_segment, rm_write(cpu, u, u->size, cpu->st.seg[u->src].sel))

static op_fn *pick_to_segment(struct shape *s)
{
	unsigned seg = s->op[0].reg;
	if (seg == SEG_CS || seg > SEG_GS)
		return op_undefined;
	s->ends |= seg == SEG_SS || !s->mode_64;
	return op_mov_to_segment;
}

static bool is_system(const struct operand *o)
{
	return o->kind == OPERAND_CONTROL || o->kind == OPERAND_DEBUG;
}

PICK(mov)
{
	static op_fn *const handlers[FORMS][4] = {
		[FORM_RR] = SIZES_1248(op_mov_rr), [FORM_RM] = SIZES_1248(op_mov_rm), [FORM_MR] = SIZES_1248(op_mov_mr),
		[FORM_RI] = SIZES_1248(op_mov_ri), [FORM_MI] = SIZES_1248(op_mov_mi),
	};
	static op_fn *const base_handlers[FORMS][4] = {
		[FORM_RM] = SIZES_1248_BASE(op_mov_rm), [FORM_MR] = SIZES_1248_BASE(op_mov_mr),
		[FORM_MI] = SIZES_1248_BASE(op_mov_mi),
	};
	const bool base = (u->flags & UOP_MEMORY) && u->ea == EA_BASE;
	(void)arg;
	if (is_system(&s->op[0]) || is_system(&s->op[1])) {
		s->ends = true;
		return pick_mov_control(s, arg, u);
	}
	if (s->op[0].kind == OPERAND_SEGMENT)
		return pick_to_segment(s);
	if (s->op[1].kind == OPERAND_SEGMENT)
		return op_mov_from_segment;
	return (base ? base_handlers : handlers)[shape_form(s)][size_index(u->size)];
}

/* ---- MOVZX, MOVSX, MOVSXD ---- */

INLINE uint64_t zero_extended(uint64_t v, unsigned size)
{
	(void)size;
	return v;
}

INLINE uint64_t sign_extended(uint64_t v, unsigned size)
{
	return (uint64_t)sign_extend(v, size);
}

typedef uint64_t extend_fn(uint64_t v, unsigned size);

INLINE bool movx_r(struct cpu *cpu, const struct uop *u, extend_fn *extend, unsigned to, unsigned from)
{
	reg_set(cpu, u->dst, to, extend(reg_get(cpu, u->src, from), from));
	return true;
}

INLINE bool movx_m(struct cpu *cpu, const struct uop *u, extend_fn *extend, unsigned to, unsigned from,
                   enum reach reach)
{
	uint64_t v;
	if (!mem_read_by(cpu, u, from, reach, &v))
		return false;
	reg_set(cpu, u->dst, to, extend(v, from));
	return true;
}

/* X(extension, destination, source); without REX.W MOVSXD moves 32 or 16 bits as they are. */
#define MOVX_PAIRS(X, extension) \
	X(extension, 2, 1) X(extension, 4, 1) X(extension, 8, 1) X(extension, 2, 2) X(extension, 4, 2) \
	X(extension, 8, 2) X(extension, 4, 4) X(extension, 8, 4)
#define MOVX_HANDLER(extension, to, from) \
	HANDLER(extension##_##to##_##from##_r, movx_r(cpu, u, extension##_extended, to, from)) \
	MEMORY_HANDLER(extension##_##to##_##from##_m, movx_m(cpu, u, extension##_extended, to, from, reach))
MOVX_PAIRS(MOVX_HANDLER, zero)
MOVX_PAIRS(MOVX_HANDLER, sign)

PICK(movx)
{
#define MOVX_CELL(extension, to, from) \
	[(to) / 4][(from) / 2] = { op_##extension##_##to##_##from##_r, op_##extension##_##to##_##from##_m, \
	                           op_##extension##_##to##_##from##_m_base },
	static op_fn *const handlers[2][3][3][3] = { { MOVX_PAIRS(MOVX_CELL, zero) }, { MOVX_PAIRS(MOVX_CELL, sign) } };
#undef MOVX_CELL
	const unsigned form = !shape_is_memory(s, 1) ? 0 : u->ea == EA_BASE ? 2 : 1;
	/* MOVSXD with 66h reads 16 bits too, whatever the decoder says [SDM vol. 2, MOVSXD r16, r/m16; measured] */
	const unsigned from = u->size == 2 && s->op[1].size == 4 ? 2 : s->op[1].size;
	return handlers[arg][u->size / 4][from / 2][form];
}

/* ---- LEA ---- */

#define LEA_HANDLER(size, name) \
	static OP(name##size) \
	{ \
		reg_set(cpu, u->dst, size, ea_effective(cpu, u)); \
		NEXT(); \
	}
LEA_HANDLER(2, lea)
LEA_HANDLER(4, lea)
LEA_HANDLER(8, lea)

PICK(lea)
{
	static op_fn *const handlers[] = SIZES_248(op_lea);
	(void)s;
	(void)arg;
	return handlers[size_index(u->size)];
}

/* ---- XCHG, XADD ---- */

INLINE bool xchg_r(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t a = reg_get(cpu, u->dst, size), b = reg_get(cpu, u->src, size);
	reg_set(cpu, u->dst, size, b);
	reg_set(cpu, u->src, size, a);
	return true;
}

INLINE bool xchg_m(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t address, v;
	if (!mem_read_modify(cpu, u, size, &address, &v) ||
	    !mem_write_back(cpu, u, address, size, reg_get(cpu, u->src, size)))
		return false;
	reg_set(cpu, u->src, size, v);
	return true;
}

/* The source is written first: if both are one register, it ends with the sum. */
INLINE bool xadd_r(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t a = reg_get(cpu, u->dst, size), b = reg_get(cpu, u->src, size);
	reg_set(cpu, u->src, size, a);
	reg_set(cpu, u->dst, size, alu_add(&cpu->lf, a, b, size));
	return true;
}

INLINE bool xadd_m(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t address, v;
	if (!mem_read_modify(cpu, u, size, &address, &v) ||
	    !mem_write_back(cpu, u, address, size, alu_add(&cpu->lf, v, reg_get(cpu, u->src, size), size)))
		return false;
	reg_set(cpu, u->src, size, v);
	return true;
}

/* ---- CMPXCHG ---- */

/* Not equal: only the accumulator is written; not even the upper half of a 32-bit destination changes. */
INLINE bool cmpxchg_r(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t a = reg_get(cpu, RAX * 8, size), b = reg_get(cpu, u->dst, size);
	alu_sub(&cpu->lf, a, b, size);
	if (a == b)
		reg_set(cpu, u->dst, size, reg_get(cpu, u->src, size));
	else
		reg_set(cpu, RAX * 8, size, b);
	return true;
}

/* Memory is written either way [SDM vol. 2, CMPXCHG]. */
INLINE bool cmpxchg_m(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t address, a = reg_get(cpu, RAX * 8, size), b;
	if (!mem_read_modify(cpu, u, size, &address, &b) ||
	    !mem_write_back(cpu, u, address, size, a == b ? reg_get(cpu, u->src, size) : b))
		return false;
	alu_sub(&cpu->lf, a, b, size);
	if (a != b)
		reg_set(cpu, RAX * 8, size, b);
	return true;
}

#define EXCHANGE_HANDLER(size, name) \
	HANDLER(name##_r##size, name##_r(cpu, u, size)) \
	HANDLER(name##_m##size, name##_m(cpu, u, size))
#define EXCHANGE(name) \
	SIZES(EXCHANGE_HANDLER, name) \
	PICK(name) \
	{ \
		static op_fn *const handlers[2][4] = { SIZES_1248(op_##name##_r), SIZES_1248(op_##name##_m) }; \
		(void)arg; \
		return handlers[shape_is_memory(s, 0)][size_index(u->size)]; \
	}
EXCHANGE(xchg)
EXCHANGE(xadd)
EXCHANGE(cmpxchg)

/* ---- CMPXCHG8B, CMPXCHG16B ---- */

/* Compares high:low at `address` with DX:AX, half by half; `half` is 4 or 8. */
static bool exchange_pair(struct cpu *cpu, uint64_t address, unsigned half, bool stack)
{
	uint64_t low, high, *gpr = cpu->st.gpr;
	if (!linear_probe(cpu, address, 2 * half, MMU_RMW, stack) || !linear_read(cpu, address, half, stack, &low) ||
	    !linear_read(cpu, address + half, half, stack, &high))
		return false;
	bool equal = low == reg_get(cpu, RAX * 8, half) && high == reg_get(cpu, RDX * 8, half);
	if (!linear_write(cpu, address, half, stack, equal ? gpr[RBX] : low) ||
	    !linear_write(cpu, address + half, half, stack, equal ? gpr[RCX] : high))
		return false;
	if (!equal) {
		reg_set(cpu, RAX * 8, half, low);
		reg_set(cpu, RDX * 8, half, high);
	}
	flags_put(&cpu->lf, FLAG_ZF, equal ? FLAG_ZF : 0);
	return true;
}

static bool cmpxchg_pair(struct cpu *cpu, const struct uop *u, unsigned half)
{
	uint64_t address;
	if (!ea_linear(cpu, u, 2 * half, SEG_FOR_WRITE, &address))
		return false;
	if (half == 8 && address & 15)
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	return exchange_pair(cpu, address, half, u->flags & UOP_STACK_SEGMENT);
}

HANDLER(cmpxchg8b, cmpxchg_pair(cpu, u, 4))
HANDLER(cmpxchg16b, cmpxchg_pair(cpu, u, 8))

PICK(cmpxchg_pair)
{
	(void)s;
	(void)u;
	return arg == 8 ? op_cmpxchg16b : op_cmpxchg8b;
}

/* ---- BSWAP, conversions, XLAT, SALC ---- */

static OP(bswap4)
{
	reg_set(cpu, u->dst, 4, __builtin_bswap32((uint32_t)reg_get(cpu, u->dst, 4)));
	NEXT();
}

static OP(bswap8)
{
	reg_set(cpu, u->dst, 8, __builtin_bswap64(reg_get(cpu, u->dst, 8)));
	NEXT();
}

/* Undefined [SDM vol. 2, BSWAP]; measured processors of both vendors give 0. */
static OP(bswap2)
{
	reg_set(cpu, u->dst, 2, 0);
	NEXT();
}

PICK(bswap)
{
	static op_fn *const handlers[] = SIZES_248(op_bswap);
	(void)s;
	(void)arg;
	return handlers[size_index(u->size)];
}

/* CBW CWDE CDQE: the lower half of the accumulator sign-extended; CWD CDQ CQO: its sign in each bit of RDX. */
#define CONVERT_HANDLERS(size) \
	static OP(convert_a##size) \
	{ \
		reg_set(cpu, RAX * 8, size, (uint64_t)sign_extend(reg_get(cpu, RAX * 8, (size) / 2), (size) / 2)); \
		NEXT(); \
	} \
	static OP(convert_d##size) \
	{ \
		reg_set(cpu, RDX * 8, size, (uint64_t)(sign_extend(reg_get(cpu, RAX * 8, size), size) >> 63)); \
		NEXT(); \
	}
CONVERT_HANDLERS(2)
CONVERT_HANDLERS(4)
CONVERT_HANDLERS(8)

PICK(convert)
{
	static op_fn *const handlers[2][4] = {
		[CONVERT_A] = SIZES_248(op_convert_a), [CONVERT_D] = SIZES_248(op_convert_d),
	};
	(void)s;
	return handlers[arg][size_index(u->size)];
}

/* AL as the displacement of the table's address, so that address size and segment are those of any operand. */
static bool xlat(struct cpu *cpu, const struct uop *u)
{
	struct uop entry = *u;
	uint64_t v;
	entry.disp = (int64_t)reg_get(cpu, RAX * 8, 1);
	if (!mem_read(cpu, &entry, 1, &v))
		return false;
	reg_set(cpu, RAX * 8, 1, v);
	return true;
}

HANDLER(xlat, xlat(cpu, u))

/* The table's address is a hidden operand: rBX, and AL on top. */
PICK(xlat)
{
	(void)arg;
	u->base = RBX;
	u->ea = s->mode_64 && s->address_size == 8 ? EA_64 : EA_SLOW;
	return op_xlat;
}

static OP(salc)
{
	reg_set(cpu, RAX * 8, 1, flag_cf(&cpu->lf) ? 0xff : 0);
	NEXT();
}
PICK_ONE(salc)

/* ---- SETcc, CMOVcc ---- */

#define SETCC_HANDLER(cc) HANDLER(setcc_##cc, rm_write(cpu, u, 1, alu_condition(&cpu->lf, cc)))
CONDITIONS(SETCC_HANDLER)

PICK(setcc)
{
#define SETCC_CELL(cc) op_setcc_##cc,
	static op_fn *const handlers[16] = { CONDITIONS(SETCC_CELL) };
#undef SETCC_CELL
	(void)s;
	(void)u;
	return handlers[arg];
}

/* The destination is written in any case, which clears its upper half if it has 32 bits [SDM vol. 2, CMOVcc]. */
INLINE bool cmov_r(struct cpu *cpu, const struct uop *u, unsigned cc, unsigned size)
{
	uint64_t a = reg_get(cpu, u->dst, size), b = reg_get(cpu, u->src, size);
	reg_set(cpu, u->dst, size, alu_condition(&cpu->lf, cc) ? b : a);
	return true;
}

/* Memory is read in any case, and may fault. */
INLINE bool cmov_m(struct cpu *cpu, const struct uop *u, unsigned cc, unsigned size)
{
	uint64_t a = reg_get(cpu, u->dst, size), b;
	if (!mem_read(cpu, u, size, &b))
		return false;
	reg_set(cpu, u->dst, size, alu_condition(&cpu->lf, cc) ? b : a);
	return true;
}

#define CMOV_SIZE(cc, size) \
	HANDLER(cmov_##cc##_r##size, cmov_r(cpu, u, cc, size)) \
	HANDLER(cmov_##cc##_m##size, cmov_m(cpu, u, cc, size))
#define CMOV_HANDLERS(cc) CMOV_SIZE(cc, 2) CMOV_SIZE(cc, 4) CMOV_SIZE(cc, 8)
CONDITIONS(CMOV_HANDLERS)

PICK(cmov)
{
#define CMOV_CELL(cc) { SIZES_248(op_cmov_##cc##_r), SIZES_248(op_cmov_##cc##_m) },
	static op_fn *const handlers[16][2][4] = { CONDITIONS(CMOV_CELL) };
#undef CMOV_CELL
	return handlers[arg][shape_is_memory(s, 1)][size_index(u->size)];
}
