/* fp_wide.h - arithmetic on all 128 bits of fp_parts, for the transcendental functions. What is lost lies below the
 * last bit of a result. */
#ifndef RS_FP_FP_WIDE_H
#define RS_FP_FP_WIDE_H

#include "fp/fp_parts.h"

#define FP_WIDE(high, low) ((fp_bits)(high) << 64 | (low))
/* 1 in units of 2^-127: series are sums of about 1 */
#define FP_WIDE_ONE FP_TOP

static inline fp_bits fp_multiply_high(fp_bits a, fp_bits b)
{
	const uint64_t a1 = (uint64_t)(a >> 64), a0 = (uint64_t)a, b1 = (uint64_t)(b >> 64), b0 = (uint64_t)b;
	const fp_bits x = (fp_bits)a1 * b0, y = (fp_bits)a0 * b1, low = (fp_bits)a0 * b0;
	const fp_bits middle = (low >> 64) + (uint64_t)x + (uint64_t)y;
	return (fp_bits)a1 * b1 + (x >> 64) + (y >> 64) + (middle >> 64);
}

/* a * 2^-point; `a` is not 0 */
static inline struct fp_parts fp_wide(bool sign, fp_bits a, int point)
{
	struct fp_parts r = { .class = FP_IS_FINITE, .sign = sign, .exponent = 127 - point, .significand = a };
	fp_normalise(&r);
	return r;
}

/* |a| in units of 2^-point; it fits. */
static inline fp_bits fp_wide_fixed(const struct fp_parts *a, int point)
{
	const int down = 127 - a->exponent - point;
	return down > 127 ? 0 : a->significand >> down;
}

/* Of finite numbers. */
struct fp_parts fp_wide_multiply(const struct fp_parts *a, const struct fp_parts *b);
/* The last bit is set if there is a remainder. */
struct fp_parts fp_wide_divide(const struct fp_parts *a, const struct fp_parts *b);
/* The result of an instruction, rounded by RC to 64 bits. A finite one other than 0 counts as inexact. */
struct fp80 fp_wide_result(struct fp_env *env, const struct fp_parts *a);

#endif
