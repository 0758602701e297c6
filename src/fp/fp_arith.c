/* fp_arith.c - the operations on numbers that are taken apart.
 */
#include "fp/fp_parts.h"

/* The QNaN real indefinite. */
struct fp_parts fp_invalid(void)
{
	return (struct fp_parts){ .class = FP_IS_NAN, .sign = true, .raised = FP_IE, .significand = (fp_bits)3 << 126 };
}

static struct fp_parts zero(bool sign)
{
	return (struct fp_parts){ .class = FP_IS_ZERO, .sign = sign };
}

static struct fp_parts infinite(bool sign)
{
	return (struct fp_parts){ .class = FP_IS_INFINITE, .sign = sign };
}

/* ---- sums ---- */

static bool below(const struct fp_parts *a, const struct fp_parts *b)
{
	if (a->exponent != b->exponent)
		return a->exponent < b->exponent;
	return a->significand < b->significand;
}

/* Of finite numbers, |a| >= |b|. Both are moved right by one bit, for the carry: the lowest is 0, or stands for others.
 */
static struct fp_parts sum_of_ordered(const struct fp_parts *a, const struct fp_parts *b, unsigned rounding)
{
	struct fp_parts r = { .class = FP_IS_FINITE, .sign = a->sign, .exponent = a->exponent + 1 };
	const unsigned right = (unsigned)(a->exponent - b->exponent) + 1;
	const fp_bits big = fp_shift_right(a->significand, 1), small = fp_shift_right(b->significand, right);
	r.significand = a->sign == b->sign ? big + small : big - small;
	if (!r.significand)
		return zero(rounding == FP_DOWN);
	fp_normalise(&r);
	return r;
}

/* The sum of zeroes of different signs is -0 only when rounding down. */
struct fp_parts fp_add(const struct fp_parts *a, const struct fp_parts *b, unsigned rounding)
{
	if (a->class == FP_IS_INFINITE && b->class == FP_IS_INFINITE && a->sign != b->sign)
		return fp_invalid();
	if (a->class == FP_IS_ZERO && b->class == FP_IS_ZERO)
		return zero(a->sign == b->sign ? a->sign : rounding == FP_DOWN);
	if (a->class == FP_IS_INFINITE || b->class == FP_IS_ZERO)
		return *a;
	if (b->class == FP_IS_INFINITE || a->class == FP_IS_ZERO)
		return *b;
	return below(a, b) ? sum_of_ordered(b, a, rounding) : sum_of_ordered(a, b, rounding);
}

struct fp_parts fp_subtract(const struct fp_parts *a, const struct fp_parts *b, unsigned rounding)
{
	struct fp_parts negated = *b;
	negated.sign = !b->sign;
	return fp_add(a, &negated, rounding);
}

/* ---- products ---- */

struct fp_parts fp_multiply(const struct fp_parts *a, const struct fp_parts *b, unsigned rounding)
{
	const bool sign = a->sign != b->sign;
	const bool any_zero = a->class == FP_IS_ZERO || b->class == FP_IS_ZERO;
	(void)rounding;
	if (a->class == FP_IS_INFINITE || b->class == FP_IS_INFINITE)
		return any_zero ? fp_invalid() : infinite(sign);
	if (any_zero)
		return zero(sign);
	struct fp_parts r = { .class = FP_IS_FINITE, .sign = sign, .exponent = a->exponent + b->exponent + 1 };
	r.significand = (fp_bits)(uint64_t)(a->significand >> 64) * (uint64_t)(b->significand >> 64);
	fp_normalise(&r);
	return r;
}

/* 128 bits of the quotient, by two divisions of 128 by 64 bits. */
static struct fp_parts quotient(const struct fp_parts *a, const struct fp_parts *b)
{
	const bool less = a->significand < b->significand;
	const uint64_t divisor = (uint64_t)(b->significand >> 64);
	const fp_bits dividend = less ? a->significand : a->significand >> 1;
	const fp_bits rest = dividend % divisor << 64;
	struct fp_parts r = { .class = FP_IS_FINITE, .sign = a->sign != b->sign };
	r.exponent = a->exponent - b->exponent - less;
	r.significand = dividend / divisor << 64 | rest / divisor | (rest % divisor != 0);
	return r;
}

struct fp_parts fp_divide(const struct fp_parts *a, const struct fp_parts *b, unsigned rounding)
{
	const bool sign = a->sign != b->sign;
	(void)rounding;
	if (a->class == b->class && a->class != FP_IS_FINITE)
		return fp_invalid();
	if (a->class == FP_IS_ZERO || b->class == FP_IS_INFINITE)
		return zero(sign);
	if (a->class == FP_IS_INFINITE || b->class == FP_IS_ZERO) {
		struct fp_parts r = infinite(sign);
		r.raised = a->class == FP_IS_INFINITE ? 0 : FP_ZE;
		return r;
	}
	return quotient(a, b);
}

/* ---- roots ---- */

/* Two bits more than are asked for, the last of which stands for all below, digit by digit. */
static fp_bits root_of(fp_bits square, unsigned bits)
{
	fp_bits root = 0, rest = 0;
	for (unsigned i = 0; i < bits; i++) {
		const fp_bits trial = root << 2 | 1;
		rest = rest << 2 | square >> 126;
		square <<= 2;
		root <<= 1;
		if (rest >= trial) {
			rest -= trial;
			root |= 1;
		}
	}
	return root << (128 - bits) | (rest || square);
}

struct fp_parts fp_square_root(const struct fp_parts *a, unsigned precision)
{
	if (a->class == FP_IS_ZERO)
		return *a;
	if (a->sign)
		return fp_invalid();
	struct fp_parts r = *a;
	if (a->class == FP_IS_FINITE) {
		const bool odd = a->exponent & 1;
		r.exponent = (a->exponent - odd) / 2;
		r.significand = root_of(odd ? a->significand : a->significand >> 1, precision + 2);
	}
	return r;
}

/* ---- to integral values ---- */

struct fp_parts fp_integral(struct fp_env *env, const struct fp_parts *a)
{
	env->rounded_up = false;
	if (a->class != FP_IS_FINITE || a->exponent >= 63)
		return *a;
	const struct fp_cut cut = fp_cut(a, a->exponent + 1, env->rounding);
	struct fp_parts r = fp_from_int((int64_t)cut.kept);
	r.sign = a->sign;
	env->flags |= cut.inexact ? FP_PE : 0;
	env->rounded_up = cut.up;
	return r;
}

/* ---- order ---- */

static enum fp_relation order_of_magnitudes(const struct fp_parts *a, const struct fp_parts *b)
{
	if (a->class != b->class)
		return a->class < b->class ? FP_LESS : FP_GREATER;
	if (a->class != FP_IS_FINITE)
		return FP_EQUAL;
	return below(a, b) ? FP_LESS : below(b, a) ? FP_GREATER : FP_EQUAL;
}

enum fp_relation fp_order(const struct fp_parts *a, const struct fp_parts *b)
{
	if (a->class == FP_IS_ZERO && b->class == FP_IS_ZERO)
		return FP_EQUAL;
	if (a->sign != b->sign)
		return a->sign ? FP_LESS : FP_GREATER;
	return a->sign ? order_of_magnitudes(b, a) : order_of_magnitudes(a, b);
}
