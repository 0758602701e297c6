/* fp_trig.c - FSIN FCOS FSINCOS FPTAN.
 */
#include "fp/fp_transcendental.h"
#include "fp/fp_wide.h"

/* ---- sine and cosine of an angle up to pi/4 ---- */

/* Taylor: 1 - z/(n*(n+1)) * (1 - z/((n+2)*(n+3)) * ...), in units of 2^-127; `z` in units of 2^-128 */
static fp_bits alternating(fp_bits z, int n)
{
	fp_bits sum = FP_WIDE_ONE;
	for (int k = n + 32; k >= n; k -= 2)
		sum = FP_WIDE_ONE - fp_multiply_high(z, sum) / (unsigned)(k * (k + 1));
	return sum;
}

static fp_bits squared(const struct fp_parts *r)
{
	const struct fp_parts z = fp_wide_multiply(r, r);
	return fp_wide_fixed(&z, 128);
}

/* `less` is 1 for a sine that is less than r, however small r is. */
static struct fp_parts sine(const struct fp_parts *r, unsigned less)
{
	const struct fp_parts sum = fp_wide(false, alternating(squared(r), 2) - less, 127);
	return fp_wide_multiply(r, &sum);
}

static struct fp_parts cosine(const struct fp_parts *r)
{
	return fp_wide(false, alternating(squared(r), 1) - 1, 127);
}

/* ---- reduction ---- */

/* pi/2 of the processor in units of 2^-65: all 66 bits that it has. */
#define HALF_PI FP_WIDE(0x3, 0x243f6a8885a308d3)

/* |x| = quadrant * pi/2 + rest, |rest| <= pi/4. An odd number of 66 bits divides no number of 64, so the rest is never
 * 0; it is exact. */
struct angle {
	unsigned quadrant;
	struct fp_parts rest;
};

static struct angle reduced(const struct fp_parts *x)
{
	const int up = x->exponent - 63 + 65;
	if (up < 0)
		return (struct angle){ 0, fp_wide(false, x->significand, 127 - x->exponent) };
	const fp_bits units = x->significand >> 64 << up, turns = units / HALF_PI, rest = units % HALF_PI;
	if (rest > HALF_PI / 2)
		return (struct angle){ (unsigned)turns + 1, fp_wide(true, HALF_PI - rest, 65) };
	return (struct angle){ (unsigned)turns, fp_wide(false, rest, 65) };
}

static struct fp_parts sine_of(const struct angle *a)
{
	struct fp_parts r = a->quadrant & 1 ? cosine(&a->rest) : sine(&a->rest, 1);
	r.sign ^= a->quadrant >> 1 & 1;
	return r;
}

static struct fp_parts cosine_of(const struct angle *a)
{
	const struct angle ahead = { a->quadrant + 1, a->rest };
	return sine_of(&ahead);
}

/* The cosine's sum is always less than the sine's, so a small tangent is more than r. */
static struct fp_parts tangent_of(const struct angle *a)
{
	const struct fp_parts s = sine(&a->rest, 0), c = cosine(&a->rest);
	struct fp_parts r = a->quadrant & 1 ? fp_wide_divide(&c, &s) : fp_wide_divide(&s, &c);
	r.sign ^= a->quadrant & 1;
	return r;
}

/* ---- instructions ---- */

/* Exponents: from 2^63 on there is C2; below 2^-68 the processor takes x for its sine, whatever RC (measured on an
 * Intel core). */
enum { TOO_LARGE = 63, TINY = -68 };

static struct fp80 zero_of(bool sign)
{
	return (struct fp80){ 0, sign ? FP80_SIGN : 0 };
}

static const struct fp80 one = { 0x8000000000000000, 0x3fff };

/* Operands that need no computing: true, and *r. */
static bool settled(struct fp_env *env, struct fp80 x, const struct fp_parts *p, struct fp80 at_zero, struct fp80 *r)
{
	env->rounded_up = false;
	*r = FP80_INDEFINITE;
	switch (p->class) {
	case FP_IS_FINITE:
		return !fp_raise(env, 0, p->denormal);
	case FP_IS_ZERO:
		*r = at_zero;
		break;
	case FP_IS_INFINITE:
		env->flags |= FP_IE;
		break;
	default:
		*r = f80_add(env, x, x);
	}
	return true;
}

static bool is_too_large(const struct fp_parts *p)
{
	return p->class == FP_IS_FINITE && p->exponent >= TOO_LARGE;
}

/* The functions that are about x for a small x. */
static bool odd_function(struct fp_env *env, struct fp80 x, struct fp80 *r, struct fp_parts (*of)(const struct angle *))
{
	const struct fp_parts p = fp_unpack_f80(x);
	if (is_too_large(&p))
		return false;
	if (settled(env, x, &p, zero_of(p.sign), r))
		return true;
	if (p.exponent < TINY) {
		*r = fp_wide_result(env, &p);
		return true;
	}
	const struct angle a = reduced(&p);
	struct fp_parts result = of(&a);
	result.sign ^= p.sign;
	*r = fp_wide_result(env, &result);
	return true;
}

bool f80_sin(struct fp_env *env, struct fp80 x, struct fp80 *r)
{
	return odd_function(env, x, r, sine_of);
}

bool f80_tan(struct fp_env *env, struct fp80 x, struct fp80 *r)
{
	return odd_function(env, x, r, tangent_of);
}

bool f80_cos(struct fp_env *env, struct fp80 x, struct fp80 *r)
{
	const struct fp_parts p = fp_unpack_f80(x);
	if (is_too_large(&p))
		return false;
	if (settled(env, x, &p, one, r))
		return true;
	const struct angle a = reduced(&p);
	const struct fp_parts result = p.exponent < TINY ? fp_wide(false, FP_WIDE_ONE, 127) : cosine_of(&a);
	*r = fp_wide_result(env, &result);
	return true;
}

bool f80_sincos(struct fp_env *env, struct fp80 x, struct fp80 *sine_r, struct fp80 *cosine_r)
{
	return f80_sin(env, x, sine_r) && f80_cos(env, x, cosine_r);
}
