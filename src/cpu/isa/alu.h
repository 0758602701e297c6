/* alu.h - the integer kernels: value in, value and flags out. Pure: no struct cpu.
 *
 * Operands come zero-extended from `size` bytes (1, 2, 4, 8); results are to be cut to it by who stores them.
 * [SDM vol. 1, appendix A: EFLAGS cross-reference]
 */
#ifndef RS_CPU_ISA_ALU_H
#define RS_CPU_ISA_ALU_H

#include "cpu/flags.h"

#define ALU static inline __attribute__((always_inline))

ALU int64_t alu_sext(uint64_t v, unsigned size)
{
	unsigned unused = 64 - 8 * size;
	return (int64_t)(v << unused) >> unused;
}

/* The carries out of every bit, as the flag word wants them: the top two at bits 63:62, bit 3 in place. */
ALU uint64_t alu_aux(uint64_t carries, unsigned size)
{
	return (carries << (64 - 8 * size) & (AUX_CF | AUX_PO)) | (carries & AUX_AF);
}

ALU uint64_t alu_sum(struct lazy_flags *f, uint64_t a, uint64_t b, uint64_t carry, unsigned size)
{
	uint64_t r = a + b + carry;
	f->res = alu_sext(r, size);
	f->aux = alu_aux((a & b) | ((a | b) & ~r), size);
	return r;
}

ALU uint64_t alu_difference(struct lazy_flags *f, uint64_t a, uint64_t b, uint64_t borrow, unsigned size)
{
	uint64_t r = a - b - borrow;
	f->res = alu_sext(r, size);
	f->aux = alu_aux((~a & b) | ((~a | b) & r), size);
	return r;
}

ALU uint64_t alu_logic(struct lazy_flags *f, uint64_t r, unsigned size)
{
	f->res = alu_sext(r, size);
	f->aux = 0; /* CF = OF = 0; AF is undefined and reads 0 */
	return r;
}

ALU uint64_t alu_add(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	return alu_sum(f, a, b, 0, size);
}

ALU uint64_t alu_adc(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	return alu_sum(f, a, b, flag_cf(f), size);
}

ALU uint64_t alu_sub(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	return alu_difference(f, a, b, 0, size);
}

ALU uint64_t alu_sbb(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	return alu_difference(f, a, b, flag_cf(f), size);
}

ALU uint64_t alu_and(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	return alu_logic(f, a & b, size);
}

ALU uint64_t alu_or(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	return alu_logic(f, a | b, size);
}

ALU uint64_t alu_xor(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	return alu_logic(f, a ^ b, size);
}

/* CF stays as it was. */
ALU uint64_t alu_inc(struct lazy_flags *f, uint64_t a, unsigned size)
{
	bool cf = flag_cf(f);
	uint64_t r = alu_sum(f, a, 1, 0, size);
	flags_set_cf(f, cf);
	return r;
}

ALU uint64_t alu_dec(struct lazy_flags *f, uint64_t a, unsigned size)
{
	bool cf = flag_cf(f);
	uint64_t r = alu_difference(f, a, 1, 0, size);
	flags_set_cf(f, cf);
	return r;
}

ALU uint64_t alu_neg(struct lazy_flags *f, uint64_t a, unsigned size)
{
	return alu_difference(f, 0, a, 0, size);
}

ALU uint64_t alu_not(struct lazy_flags *f, uint64_t a, unsigned size)
{
	(void)f;
	(void)size;
	return ~a;
}

ALU bool alu_bit(uint64_t v, unsigned bit)
{
	return v >> bit & 1;
}

/* Result flags of a shift, with CF and OF given; AF is undefined and reads 0. */
ALU uint64_t alu_shifted(struct lazy_flags *f, uint64_t r, bool cf, bool of, unsigned size)
{
	f->res = alu_sext(r, size);
	f->aux = 0;
	flags_set_cf_of(f, cf, of);
	return r;
}

/* `count` is masked already and not 0; it may exceed the bits of an 8- or 16-bit operand. OF is defined for a count of
 * 1 and follows the same formula for others. [SDM vol. 2, SAL/SAR/SHL/SHR] */
ALU uint64_t alu_shl(struct lazy_flags *f, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size;
	uint64_t r = a << count;
	bool cf = count <= bits && alu_bit(a, bits - count);
	return alu_shifted(f, r, cf, alu_bit(r, bits - 1) ^ cf, size);
}

ALU uint64_t alu_shr(struct lazy_flags *f, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size;
	uint64_t r = a >> count;
	bool cf = alu_bit(a, count - 1);
	return alu_shifted(f, r, cf, alu_bit(r << 1 ^ r, bits - 1) , size);
}

ALU uint64_t alu_sar(struct lazy_flags *f, uint64_t a, unsigned count, unsigned size)
{
	int64_t v = alu_sext(a, size);
	bool cf = alu_bit((uint64_t)(v >> (count - 1)), 0);
	return alu_shifted(f, (uint64_t)(v >> count), cf, false, size);
}

/* Rotates change CF and OF only. [SDM vol. 2, RCL/RCR/ROL/ROR] */
ALU uint64_t alu_rol(struct lazy_flags *f, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size, by = count & (bits - 1);
	uint64_t r = by ? a << by | a >> (bits - by) : a;
	flags_set_cf_of(f, r & 1, alu_bit(r, bits - 1) ^ (r & 1));
	return r;
}

ALU uint64_t alu_ror(struct lazy_flags *f, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size, by = count & (bits - 1);
	uint64_t r = by ? a >> by | a << (bits - by) : a;
	flags_set_cf_of(f, alu_bit(r, bits - 1), alu_bit(r, bits - 1) ^ alu_bit(r, bits - 2));
	return r;
}

ALU uint64_t alu_rcl(struct lazy_flags *f, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size, by = count % (bits + 1);
	uint64_t cf = flag_cf(f), r = a;
	for (unsigned i = 0; i < by; i++) {
		uint64_t out = r >> (bits - 1) & 1;
		r = r << 1 | cf;
		cf = out;
	}
	flags_set_cf_of(f, cf, alu_bit(r, bits - 1) ^ cf);
	return r;
}

ALU uint64_t alu_rcr(struct lazy_flags *f, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size, by = count % (bits + 1);
	uint64_t cf = flag_cf(f), r = a;
	for (unsigned i = 0; i < by; i++) {
		uint64_t out = r & 1;
		r = r >> 1 | cf << (bits - 1);
		cf = out;
	}
	flags_set_cf_of(f, cf, alu_bit(r, bits - 1) ^ alu_bit(r, bits - 2));
	return r;
}

/* Double shifts; `count` below the operand's bits (more is undefined: 16-bit operands shift the 32-bit pair a:b:a as
 * processors of both vendors do). */
ALU uint64_t alu_shld(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned count, unsigned size)
{
	unsigned bits = 8 * size;
	uint64_t r;
	bool cf;
	if (count > bits) { /* size 2, count 17..31 */
		unsigned by = count - bits;
		r = b << by | a >> (bits - by);
		cf = alu_bit(b, bits - by);
	} else {
		r = a << count | (count == bits ? b : b >> (bits - count));
		r = count == bits ? b : r;
		cf = alu_bit(a, bits - count);
	}
	return alu_shifted(f, r, cf, alu_bit(a ^ r, bits - 1), size);
}

ALU uint64_t alu_shrd(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned count, unsigned size)
{
	unsigned bits = 8 * size;
	uint64_t r;
	bool cf;
	if (count > bits) {
		unsigned by = count - bits;
		r = b >> by | a << (bits - by);
		cf = alu_bit(b, by - 1);
	} else {
		r = count == bits ? b : a >> count | b << (bits - count);
		cf = alu_bit(a, count - 1);
	}
	return alu_shifted(f, r, cf, alu_bit(a ^ r, bits - 1), size);
}

/* The sixteen conditions of Jcc, SETcc, CMOVcc, by the low four opcode bits [SDM vol. 1, appendix B]. */
ALU bool alu_condition(const struct lazy_flags *f, unsigned cc)
{
	bool v;
	switch (cc >> 1) {
	case 0:
		v = flag_of(f);
		break;
	case 1:
		v = flag_cf(f);
		break;
	case 2:
		v = flag_zf(f);
		break;
	case 3:
		v = flag_cf(f) || flag_zf(f);
		break;
	case 4:
		v = flag_sf(f);
		break;
	case 5:
		v = flag_pf(f);
		break;
	case 6:
		v = flag_sf(f) != flag_of(f);
		break;
	default:
		v = flag_zf(f) || flag_sf(f) != flag_of(f);
	}
	return v ^ (cc & 1);
}

#endif
