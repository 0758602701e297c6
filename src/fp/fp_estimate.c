/* fp_estimate.c - RCPPS and RSQRTPS.
 *
 * What the manuals leave open but for the error [SDM vol. 2, RCPPS, RSQRTPS], as found on Intel processors: the operand
 * is known by the upper bits of its fraction alone, and the result is that of the middle of the operands so known,
 * rounded to nearest with 12 bits of fraction. */
#include "fp/fp_soft.h"

#define SIGN 0x80000000u
#define INFINITE 0x7f800000u
#define DEFAULT_NAN 0xffc00000u
enum { HIDDEN = 4096, RESULT_SHIFT = 11 };

/* What is not a normal number: a denormal is a zero, whatever DAZ says. True: *r is the result. */
static bool is_special(uint32_t a, uint32_t *r)
{
	const uint32_t magnitude = a & ~SIGN;
	if (magnitude < 0x800000)
		*r = (a & SIGN) | INFINITE;
	else if (magnitude > INFINITE)
		*r = a | 0x400000;
	else if (magnitude == INFINITE)
		*r = a & SIGN;
	else
		return false;
	return true;
}

/* 11 bits of the operand's fraction; a result too small for a normal number is 0, whatever FTZ says. */
static uint32_t reciprocal(uint32_t a)
{
	uint32_t r;
	if (is_special(a, &r))
		return r;
	const uint32_t twice_middle = 2 * (a >> 12 & 0x7ff) + 1 + 4096; /* of 4096 */
	const uint32_t rounded = ((1u << 26) + twice_middle) / (2 * twice_middle);
	const int exponent = 253 - (int)(a >> 23 & 0xff);
	if (exponent <= 0)
		return a & SIGN;
	return (a & SIGN) | (uint32_t)exponent << 23 | (rounded - HIDDEN) << RESULT_SHIFT;
}

/* The greatest r with (2r - 1) squared * d <= limit: that is sqrt(limit / 4d), rounded to nearest. */
static uint32_t rounded_root(uint64_t limit, uint64_t d)
{
	uint32_t r = 0;
	for (uint32_t bit = 2 * HIDDEN; bit; bit >>= 1) {
		const uint64_t odd = 2 * (uint64_t)(r + bit) - 1;
		if (odd * odd * d <= limit)
			r += bit;
	}
	return r;
}

/* 10 bits of the fraction, and whether the exponent is even. */
static uint32_t reciprocal_root(uint32_t a)
{
	uint32_t r;
	if (a > SIGN + 0x7fffff && a <= (SIGN | INFINITE))
		return DEFAULT_NAN;
	if (is_special(a, &r))
		return r;
	const uint64_t twice_middle = 2 * (a >> 13 & 0x3ff) + 1 + 2048; /* of 2048 */
	const unsigned biased = a >> 23 & 0xff;
	const uint32_t rounded = rounded_root(1ull << (biased & 1 ? 39 : 38), twice_middle);
	return (380 - biased) / 2 << 23 | (rounded - HIDDEN) << RESULT_SHIFT;
}

void fp_reciprocals(void *r, const void *a, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		lane_put(r, i, reciprocal((uint32_t)lane_get(a, i, FP_SIZE_32)), FP_SIZE_32);
}

void fp_reciprocal_roots(void *r, const void *a, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		lane_put(r, i, reciprocal_root((uint32_t)lane_get(a, i, FP_SIZE_32)), FP_SIZE_32);
}
