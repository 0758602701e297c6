/* op_muldiv.c - MUL IMUL DIV IDIV.
 *
 * Flags that the manual leaves undefined: multiplications set SF, ZF and PF by the lower half of the product and clear
 * AF, divisions leave all six as they were. [SDM vol. 2: MUL, IMUL, DIV, IDIV]
 */
#include "cpu/isa/alu.h"
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

__extension__ typedef unsigned __int128 uint128_t;
__extension__ typedef __int128 int128_t;

/* The r/m operand of the forms that take a whole source from it. */
INLINE bool read_source(struct cpu *cpu, const struct uop *u, bool memory, unsigned reg, unsigned size, uint64_t *v)
{
	if (memory)
		return mem_read(cpu, u, size, v);
	*v = reg_get(cpu, reg, size);
	return true;
}

/* ---- products ---- */

struct product {
	uint64_t low, high;
	bool wide; /* the upper half is not just the extension of the lower one */
};

INLINE struct product multiply_unsigned(uint64_t a, uint64_t b, unsigned size)
{
	uint128_t r = (uint128_t)a * b;
	uint64_t high = (uint64_t)(r >> (8 * size));
	return (struct product){ (uint64_t)r, high, high != 0 };
}

INLINE struct product multiply_signed(uint64_t a, uint64_t b, unsigned size)
{
	int128_t r = (int128_t)sign_extend(a, size) * sign_extend(b, size);
	return (struct product){ (uint64_t)r, (uint64_t)(r >> (8 * size)), r != sign_extend((uint64_t)r, size) };
}

typedef struct product multiply_fn(uint64_t a, uint64_t b, unsigned size);

/* One operand: the accumulator times r/m into AX or DX:AX. */
INLINE bool multiply_wide(struct cpu *cpu, const struct uop *u, multiply_fn *fn, unsigned size)
{
	uint64_t b;
	if (!rm_read(cpu, u, size, &b))
		return false;
	struct product p = fn(reg_get(cpu, RAX * 8, size), b, size);
	if (size == 1) {
		reg_set(cpu, RAX * 8, 2, p.low);
	} else {
		reg_set(cpu, RAX * 8, size, p.low);
		reg_set(cpu, RDX * 8, size, p.high);
	}
	alu_shifted(&cpu->lf, p.low, p.wide, p.wide, size);
	return true;
}

#define WIDE_HANDLERS(size) \
	HANDLER(mul##size, multiply_wide(cpu, u, multiply_unsigned, size)) \
	HANDLER(imul_wide##size, multiply_wide(cpu, u, multiply_signed, size))
WIDE_HANDLERS(1)
WIDE_HANDLERS(2)
WIDE_HANDLERS(4)
WIDE_HANDLERS(8)

PICK(mul)
{
	static op_fn *const handlers[] = SIZES_1248(op_mul);
	(void)s;
	(void)arg;
	return handlers[size_index(u->size)];
}

/* Two operands: dst *= r/m; three: dst = r/m * immediate. */
INLINE bool multiply_narrow(struct cpu *cpu, const struct uop *u, bool memory, bool by_immediate, unsigned size)
{
	uint64_t a, b = by_immediate ? (uint64_t)(int64_t)u->imm : reg_get(cpu, u->dst, size);
	if (!read_source(cpu, u, memory, u->src, size, &a))
		return false;
	struct product p = multiply_signed(a, b, size);
	reg_set(cpu, u->dst, size, p.low);
	alu_shifted(&cpu->lf, p.low, p.wide, p.wide, size);
	return true;
}

#define NARROW_HANDLERS(size) \
	HANDLER(imul_rr##size, multiply_narrow(cpu, u, false, false, size)) \
	HANDLER(imul_rm##size, multiply_narrow(cpu, u, true, false, size)) \
	HANDLER(imul_rri##size, multiply_narrow(cpu, u, false, true, size)) \
	HANDLER(imul_rmi##size, multiply_narrow(cpu, u, true, true, size))
NARROW_HANDLERS(2)
NARROW_HANDLERS(4)
NARROW_HANDLERS(8)

PICK(imul)
{
	static op_fn *const wide[] = SIZES_1248(op_imul_wide);
	static op_fn *const narrow[2][2][4] = {
		{ SIZES_248(op_imul_rr), SIZES_248(op_imul_rm) },
		{ SIZES_248(op_imul_rri), SIZES_248(op_imul_rmi) },
	};
	(void)arg;
	if (s->count == 1)
		return wide[size_index(u->size)];
	return narrow[s->count == 3][shape_is_memory(s, 1)][size_index(u->size)];
}

/* ---- quotients ---- */

/* DX:AX, or AX for a byte division. */
INLINE uint128_t dividend(const struct cpu *cpu, unsigned size)
{
	if (size == 1)
		return reg_get(cpu, RAX * 8, 2);
	return (uint128_t)reg_get(cpu, RDX * 8, size) << (8 * size) | reg_get(cpu, RAX * 8, size);
}

INLINE void set_quotient(struct cpu *cpu, uint64_t quotient, uint64_t remainder, unsigned size)
{
	reg_set(cpu, RAX * 8, size, quotient);
	reg_set(cpu, size == 1 ? RAX * 8 + 1 : RDX * 8, size, remainder);
}

/* The quotient fits 64 bits; the host divides 128 bits slowly, and guests seldom need it to. */
INLINE uint64_t quotient_of(uint128_t n, uint64_t d, uint64_t *remainder)
{
	if (likely(!(n >> 64))) {
		*remainder = (uint64_t)n % d;
		return (uint64_t)n / d;
	}
	*remainder = (uint64_t)(n % d);
	return (uint64_t)(n / d);
}

/* False: #DE. The quotient fits exactly if the upper half of the dividend is below the divisor; a divisor of 0 never
 * is. */
INLINE bool divide_unsigned(struct cpu *cpu, uint64_t d, unsigned size)
{
	uint128_t n = dividend(cpu, size);
	uint64_t remainder;
	if ((uint64_t)(n >> (8 * size)) >= d)
		return false;
	uint64_t quotient = quotient_of(n, d, &remainder);
	set_quotient(cpu, quotient, remainder, size);
	return true;
}

INLINE uint128_t dividend_extended(const struct cpu *cpu, unsigned size)
{
	if (size == 8)
		return dividend(cpu, size);
	return (uint128_t)(int128_t)sign_extend((uint64_t)dividend(cpu, size), 2 * size);
}

/* Magnitudes are divided; the remainder has the sign of the dividend. A negative quotient may be one larger. */
INLINE bool divide_signed(struct cpu *cpu, uint64_t divisor, unsigned size)
{
	uint128_t n = dividend_extended(cpu, size);
	uint64_t d = (uint64_t)sign_extend(divisor, size), remainder;
	bool n_negative = n >> 127, d_negative = d >> 63, negative = n_negative != d_negative;
	n = n_negative ? -n : n;
	d = d_negative ? -d : d;
	if ((uint64_t)(n >> (8 * size)) >= d)
		return false;
	uint64_t quotient = quotient_of(n, d, &remainder);
	if (quotient > (1ull << (8 * size - 1)) - !negative)
		return false;
	set_quotient(cpu, negative ? -quotient : quotient, n_negative ? -remainder : remainder, size);
	return true;
}

typedef bool divide_fn(struct cpu *cpu, uint64_t d, unsigned size);

INLINE bool divide(struct cpu *cpu, const struct uop *u, divide_fn *fn, unsigned size)
{
	uint64_t d;
	if (!rm_read(cpu, u, size, &d))
		return false;
	return fn(cpu, d, size) || cpu_fault(cpu, VEC_DE, NO_CODE, RULE_NONE);
}

#define DIVIDE_HANDLERS(size) \
	HANDLER(div##size, divide(cpu, u, divide_unsigned, size)) \
	HANDLER(idiv##size, divide(cpu, u, divide_signed, size))
DIVIDE_HANDLERS(1)
DIVIDE_HANDLERS(2)
DIVIDE_HANDLERS(4)
DIVIDE_HANDLERS(8)

PICK(div)
{
	static op_fn *const handlers[2][4] = { SIZES_1248(op_div), SIZES_1248(op_idiv) };
	(void)s;
	return handlers[arg][size_index(u->size)];
}
