/* op_shift.c - shifts and rotates, double shifts, bit tests and bit scans.
 */
#include "cpu/isa/alu.h"
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

/* Shift counts are taken modulo 32, of 64-bit operands modulo 64 [SDM vol. 2, SAL/SAR/SHL/SHR]. */
INLINE unsigned masked(unsigned count, unsigned size)
{
	return count & (size == 8 ? 63 : 31);
}

/* `by_cl`: the count is in CL, else the immediate. */
INLINE unsigned shift_count(const struct cpu *cpu, const struct uop *u, bool by_cl, unsigned size)
{
	return masked(by_cl ? (unsigned)cpu->st.gpr[RCX] : (unsigned)u->imm, size);
}

/* ---- SHL SHR SAR ROL ROR RCL RCR ---- */

typedef uint64_t shift_fn(struct lazy_flags *f, uint64_t a, unsigned count, unsigned size);

/* A count of 0 changes no flag, but the destination is written: a 32-bit register loses its upper half. */
INLINE bool shift_r(struct cpu *cpu, const struct uop *u, shift_fn *fn, bool by_cl, unsigned size)
{
	unsigned count = shift_count(cpu, u, by_cl, size);
	uint64_t a = reg_get(cpu, u->dst, size);
	reg_set(cpu, u->dst, size, count ? fn(&cpu->lf, a, count, size) : a);
	return true;
}

INLINE bool shift_m(struct cpu *cpu, const struct uop *u, shift_fn *fn, bool by_cl, unsigned size)
{
	unsigned count = shift_count(cpu, u, by_cl, size);
	uint64_t a, address;
	return mem_read_modify(cpu, u, size, &address, &a) &&
	       mem_write_back(cpu, u, address, size, count ? fn(&cpu->lf, a, count, size) : a);
}

/* X(operation), in the order of enum SHIFT_* */
#define SHIFTS(X) X(rol) X(ror) X(rcl) X(rcr) X(shl) X(shr) X(sar)

#define SHIFT_SIZE(name, size) \
	HANDLER(name##_ri##size, shift_r(cpu, u, alu_##name, false, size)) \
	HANDLER(name##_rc##size, shift_r(cpu, u, alu_##name, true, size)) \
	HANDLER(name##_mi##size, shift_m(cpu, u, alu_##name, false, size)) \
	HANDLER(name##_mc##size, shift_m(cpu, u, alu_##name, true, size))
#define SHIFT_HANDLERS(name) SHIFT_SIZE(name, 1) SHIFT_SIZE(name, 2) SHIFT_SIZE(name, 4) SHIFT_SIZE(name, 8)
SHIFTS(SHIFT_HANDLERS)

PICK(shift)
{
#define SHIFT_CELL(name) \
	{ { SIZES_1248(op_##name##_ri), SIZES_1248(op_##name##_rc) }, \
	  { SIZES_1248(op_##name##_mi), SIZES_1248(op_##name##_mc) } },
	static op_fn *const handlers[SHIFT_OPS][2][2][4] = { SHIFTS(SHIFT_CELL) };
#undef SHIFT_CELL
	bool by_cl = s->op[1].kind == OPERAND_REGISTER;
	return handlers[arg][shape_is_memory(s, 0)][by_cl][size_index(u->size)];
}

/* ---- SHLD SHRD ---- */

typedef uint64_t double_shift_fn(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned count, unsigned size);

INLINE bool double_shift(struct cpu *cpu, const struct uop *u, double_shift_fn *fn, bool by_cl, unsigned size)
{
	unsigned count = shift_count(cpu, u, by_cl, size);
	uint64_t a, b = reg_get(cpu, u->src, size), address = 0;
	return rm_read_modify(cpu, u, size, &address, &a) &&
	       rm_write_back(cpu, u, size, address, count ? fn(&cpu->lf, a, b, count, size) : a);
}

#define DOUBLE_SIZE(name, size) \
	HANDLER(name##_i##size, double_shift(cpu, u, alu_##name, false, size)) \
	HANDLER(name##_c##size, double_shift(cpu, u, alu_##name, true, size))
#define DOUBLE_HANDLERS(name) DOUBLE_SIZE(name, 2) DOUBLE_SIZE(name, 4) DOUBLE_SIZE(name, 8)
DOUBLE_HANDLERS(shld)
DOUBLE_HANDLERS(shrd)

PICK(double_shift)
{
	static op_fn *const handlers[2][2][4] = {
		{ SIZES_248(op_shld_i), SIZES_248(op_shld_c) },
		{ SIZES_248(op_shrd_i), SIZES_248(op_shrd_c) },
	};
	bool by_cl = s->op[2].kind == OPERAND_REGISTER;
	return handlers[arg][by_cl][size_index(u->size)];
}

/* ---- BT BTS BTR BTC [SDM vol. 2, BT] ---- */

typedef uint64_t bit_fn(uint64_t v, uint64_t mask);

ALU uint64_t bit_bt(uint64_t v, uint64_t mask)
{
	(void)mask;
	return v;
}

ALU uint64_t bit_bts(uint64_t v, uint64_t mask)
{
	return v | mask;
}

ALU uint64_t bit_btr(uint64_t v, uint64_t mask)
{
	return v & ~mask;
}

ALU uint64_t bit_btc(uint64_t v, uint64_t mask)
{
	return v ^ mask;
}

/* `n` is taken modulo the bits of the operand. Only CF changes. */
INLINE uint64_t bit_apply(struct cpu *cpu, bit_fn *fn, uint64_t v, uint64_t n, unsigned size)
{
	unsigned bit = (unsigned)n & (8 * size - 1);
	flags_set_cf(&cpu->lf, alu_bit(v, bit));
	return fn(v, 1ull << bit);
}

INLINE bool bit_r(struct cpu *cpu, const struct uop *u, bit_fn *fn, uint64_t n, unsigned size)
{
	uint64_t v = bit_apply(cpu, fn, reg_get(cpu, u->dst, size), n, size);
	if (fn != bit_bt)
		reg_set(cpu, u->dst, size, v);
	return true;
}

INLINE bool bit_m(struct cpu *cpu, const struct uop *u, bit_fn *fn, uint64_t n, unsigned size)
{
	uint64_t v, address;
	if (fn == bit_bt) {
		if (!mem_read(cpu, u, size, &v))
			return false;
		bit_apply(cpu, fn, v, n, size);
		return true;
	}
	return mem_read_modify(cpu, u, size, &address, &v) &&
	       mem_write_back(cpu, u, address, size, bit_apply(cpu, fn, v, n, size));
}

/* A bit number in a register is signed and reaches beyond the operand: whole operands of it move the address. */
INLINE bool bit_string(struct cpu *cpu, const struct uop *u, bit_fn *fn, unsigned size)
{
	uint64_t n = reg_get(cpu, u->src, size);
	struct uop at = *u;
	at.disp += (sign_extend(n, size) >> (3 + size_index(size))) * (int64_t)size;
	return bit_m(cpu, &at, fn, n, size);
}

#define BITS(X) X(bt) X(bts) X(btr) X(btc)

#define BIT_SIZE(name, size) \
	HANDLER(name##_rr##size, bit_r(cpu, u, bit_##name, reg_get(cpu, u->src, size), size)) \
	HANDLER(name##_ri##size, bit_r(cpu, u, bit_##name, (uint64_t)u->imm, size)) \
	HANDLER(name##_mr##size, bit_string(cpu, u, bit_##name, size)) \
	HANDLER(name##_mi##size, bit_m(cpu, u, bit_##name, (uint64_t)u->imm, size))
#define BIT_HANDLERS(name) BIT_SIZE(name, 2) BIT_SIZE(name, 4) BIT_SIZE(name, 8)
BITS(BIT_HANDLERS)

PICK(bit)
{
#define BIT_CELL(name) \
	{ [FORM_RR] = SIZES_248(op_##name##_rr), [FORM_RI] = SIZES_248(op_##name##_ri), \
	  [FORM_MR] = SIZES_248(op_##name##_mr), [FORM_MI] = SIZES_248(op_##name##_mi) },
	static op_fn *const handlers[][FORMS][4] = { BITS(BIT_CELL) };
#undef BIT_CELL
	return handlers[arg][shape_form(s)][size_index(u->size)];
}

/* ---- BSF BSR ---- */

ALU unsigned scan_forward(uint64_t v)
{
	return (unsigned)__builtin_ctzll(v);
}

ALU unsigned scan_reverse(uint64_t v)
{
	return 63 - (unsigned)__builtin_clzll(v);
}

/* A source of 0 leaves the destination as it is, all 64 bits of it; the manual leaves it and the flags but ZF
 * undefined, measured processors of both vendors do this. The other flags stay. */
INLINE bool scan(struct cpu *cpu, const struct uop *u, unsigned (*fn)(uint64_t), bool memory, unsigned size)
{
	uint64_t v;
	if (!memory)
		v = reg_get(cpu, u->src, size);
	else if (!mem_read(cpu, u, size, &v))
		return false;
	flags_put(&cpu->lf, FLAG_ZF, v ? 0 : FLAG_ZF);
	if (v)
		reg_set(cpu, u->dst, size, fn(v));
	return true;
}

#define SCAN_SIZE(name, size) \
	HANDLER(scan_##name##_r##size, scan(cpu, u, scan_##name, false, size)) \
	HANDLER(scan_##name##_m##size, scan(cpu, u, scan_##name, true, size))
#define SCAN_HANDLERS(name) SCAN_SIZE(name, 2) SCAN_SIZE(name, 4) SCAN_SIZE(name, 8)
SCAN_HANDLERS(forward)
SCAN_HANDLERS(reverse)

PICK(scan)
{
	static op_fn *const handlers[2][2][4] = {
		{ SIZES_248(op_scan_forward_r), SIZES_248(op_scan_forward_m) },
		{ SIZES_248(op_scan_reverse_r), SIZES_248(op_scan_reverse_m) },
	};
	return handlers[arg][shape_is_memory(s, 1)][size_index(u->size)];
}
