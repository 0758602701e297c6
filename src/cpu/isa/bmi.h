/* bmi.h - the kernels of the integer extensions: bit counts, BMI1, BMI2, ADX, random numbers. Pure: no struct cpu.
 *
 * Operands are those of alu.h. Flags that the manuals leave undefined become 0, as measured on an Intel core.
 */
#ifndef RS_CPU_ISA_BMI_H
#define RS_CPU_ISA_BMI_H

#include "cpu/isa/alu.h"

/* ZF and SF by the result, CF as given; OF, AF and PF are 0, whatever the parity of the result. */
ALU uint64_t bmi_result(struct lazy_flags *f, uint64_t r, bool cf, unsigned size)
{
	const uint64_t odd = ((uint64_t)alu_sext(r, size) ^ 1) & 0xff;
	f->res = alu_sext(r, size);
	f->aux = (cf ? AUX_CF | AUX_PO : 0) | odd << 8;
	return r;
}

/* ---- counts: of ones, of zeroes above the highest one, of zeroes below the lowest one ---- */

typedef uint64_t count_fn(struct lazy_flags *f, uint64_t v, unsigned size);

/* Every flag is defined [SDM vol. 2, POPCNT]; ZF tells a source of 0, which is a count of 0. */
ALU uint64_t bmi_popcnt(struct lazy_flags *f, uint64_t v, unsigned size)
{
	return bmi_result(f, (uint64_t)__builtin_popcountll(v), false, size);
}

/* A source of 0 has as many zeroes as bits, and CF tells it; ZF is that of the count [SDM vol. 2, LZCNT, TZCNT]. */
ALU uint64_t bmi_lzcnt(struct lazy_flags *f, uint64_t v, unsigned size)
{
	const unsigned bits = 8 * size, zeroes = v ? (unsigned)__builtin_clzll(v) - (64 - bits) : bits;
	return bmi_result(f, zeroes, v == 0, size);
}

ALU uint64_t bmi_tzcnt(struct lazy_flags *f, uint64_t v, unsigned size)
{
	return bmi_result(f, v ? (unsigned)__builtin_ctzll(v) : 8 * size, v == 0, size);
}

/* ---- with VEX: `v` is the r/m operand, `other` the other source, register or immediate ---- */

typedef uint64_t bmi_fn(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size);

ALU uint64_t bmi_andn(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	return bmi_result(f, ~other & v, false, size);
}

ALU uint64_t bmi_low_ones(unsigned count)
{
	return count < 64 ? (1ull << count) - 1 : ~0ull;
}

/* Bits 7:0 of the control are the first bit, bits 15:8 their number. SF is undefined; measured 0, even with the top bit
 * extracted [SDM vol. 2, BEXTR]. */
ALU uint64_t bmi_bextr(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	const unsigned start = other & 0xff, count = other >> 8 & 0xff;
	const uint64_t r = start < 64 ? v >> start & bmi_low_ones(count) : 0;
	bmi_result(f, r != 0, false, size);
	return r;
}

ALU uint64_t bmi_blsi(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	(void)other;
	return bmi_result(f, v & -v, v != 0, size);
}

ALU uint64_t bmi_blsmsk(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	(void)other;
	return bmi_result(f, v ^ (v - 1), v == 0, size);
}

ALU uint64_t bmi_blsr(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	(void)other;
	return bmi_result(f, v & (v - 1), v == 0, size);
}

/* Bits 7:0 of the index count; one beyond the operand leaves it whole and sets CF [SDM vol. 2, BZHI]. */
ALU uint64_t bmi_bzhi(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	const unsigned index = other & 0xff;
	return bmi_result(f, v & bmi_low_ones(index), index >= 8 * size, size);
}

/* The rest changes no flag. Counts are taken modulo the bits of the operand. */
ALU unsigned bmi_count(uint64_t other, unsigned size)
{
	return (unsigned)other & (8 * size - 1);
}

ALU uint64_t bmi_sarx(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	(void)f;
	return (uint64_t)(alu_sext(v, size) >> bmi_count(other, size));
}

ALU uint64_t bmi_shlx(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	(void)f;
	return v << bmi_count(other, size);
}

ALU uint64_t bmi_shrx(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	(void)f;
	return v >> bmi_count(other, size);
}

ALU uint64_t bmi_rorx(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	const unsigned by = bmi_count(other, size);
	(void)f;
	return by ? v >> by | v << (8 * size - by) : v;
}

/* The low bits of `other`, one after the other, go where the mask has ones. */
ALU uint64_t bmi_pdep(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	uint64_t r = 0;
	(void)f;
	(void)size;
	for (uint64_t mask = v; mask; mask &= mask - 1, other >>= 1)
		r |= other & 1 ? mask & -mask : 0;
	return r;
}

/* The bits of `other` where the mask has ones gather at the low end. */
ALU uint64_t bmi_pext(struct lazy_flags *f, uint64_t v, uint64_t other, unsigned size)
{
	uint64_t r = 0, to = 1;
	(void)f;
	(void)size;
	for (uint64_t mask = v; mask; mask &= mask - 1, to <<= 1)
		r |= other & mask & -mask ? to : 0;
	return r;
}

/* ---- additions with a carry in a flag of their own ---- */

typedef uint64_t adx_fn(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size);

/* CF is carry in and carry out, the other five stay [SDM vol. 2, ADCX]. */
ALU uint64_t bmi_adcx(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	struct lazy_flags sum;
	const uint64_t r = alu_sum(&sum, a, b, flag_cf(f), size);
	flags_set_cf(f, flag_cf(&sum));
	return r;
}

/* The same with OF [SDM vol. 2, ADOX]. */
ALU uint64_t bmi_adox(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size)
{
	struct lazy_flags sum;
	const uint64_t r = alu_sum(&sum, a, b, flag_of(f), size);
	flags_set_cf_of(f, flag_cf(f), flag_cf(&sum));
	return r;
}

/* ---- RDRAND, RDSEED ---- */

/* The next number of splitmix64 (S. Vigna, public domain): by its state alone, so that each run has the same ones. */
ALU uint64_t random_next(uint64_t *state)
{
	uint64_t v = *state += 0x9e3779b97f4a7c15;
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
	v = (v ^ v >> 27) * 0x94d049bb133111eb;
	return v ^ v >> 31;
}

#endif
