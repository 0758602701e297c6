/* fp_wide.c - products and quotients of 128 bits.
 */
#include "fp/fp_wide.h"

struct fp_parts fp_wide_multiply(const struct fp_parts *a, const struct fp_parts *b)
{
	struct fp_parts r = { .class = FP_IS_FINITE,
			      .sign = a->sign != b->sign,
			      .exponent = a->exponent + b->exponent + 1,
			      .significand = fp_multiply_high(a->significand, b->significand) };
	if (r.significand < FP_TOP) {
		const fp_bits low = a->significand * b->significand;
		r.significand = r.significand << 1 | low >> 127;
		r.exponent--;
	}
	return r;
}

/* The leading 128 bits of a / b, digit by digit; a >= b / 2. */
static fp_bits quotient(fp_bits a, bool carry, fp_bits b)
{
	fp_bits q = 0;
	for (unsigned i = 0; i < 128; i++) {
		const bool digit = carry || a >= b;
		a -= digit ? b : 0;
		q = q << 1 | digit;
		carry = a >> 127;
		a <<= 1;
	}
	return q | (a != 0 || carry);
}

struct fp_parts fp_wide_divide(const struct fp_parts *a, const struct fp_parts *b)
{
	const bool less = a->significand < b->significand;
	return (struct fp_parts){ .class = FP_IS_FINITE,
				  .sign = a->sign != b->sign,
				  .exponent = a->exponent - b->exponent - less,
				  .significand = quotient(a->significand << less, less, b->significand) };
}

struct fp80 fp_wide_result(struct fp_env *env, const struct fp_parts *a)
{
	const struct fp80 r = fp_pack_f80(env, a, 64);
	if (a->class == FP_IS_FINITE)
		env->flags |= r.sign_exponent & FP80_EXPONENT ? FP_PE : FP_PE | FP_UE;
	return r;
}
