/* fp_x87.c - f80, as the x87 computes it.
 */
#include "fp/fp_parts.h"

/* ---- NaNs ---- */

/* Of two NaNs the quiet one; of two quiet or two signalling ones that with the larger significand; of equals the
 * positive one [SDM vol. 1, 4.8.3.5, table 4-7]. */
static const struct fp_parts *chosen(const struct fp_parts *a, const struct fp_parts *b)
{
	if (!fp_is_nan(a) || !fp_is_nan(b))
		return fp_is_nan(a) ? a : b;
	if (a->signalling != b->signalling)
		return a->signalling ? b : a;
	if (a->significand != b->significand)
		return a->significand > b->significand ? a : b;
	return a->sign ? b : a;
}

/* Whether no arithmetic is to be done: an unsupported encoding, or a NaN. */
static bool settled(const struct fp_parts *a, const struct fp_parts *b, struct fp_parts *r)
{
	if (a->class == FP_IS_UNSUPPORTED || b->class == FP_IS_UNSUPPORTED) {
		*r = fp_invalid();
		return true;
	}
	if (!fp_is_nan(a) && !fp_is_nan(b))
		return false;
	*r = *chosen(a, b);
	r->raised = a->signalling || b->signalling ? FP_IE : 0;
	return true;
}

static struct fp80 give(struct fp_env *env, const struct fp_parts *r, bool denormal, unsigned precision)
{
	env->rounded_up = false;
	if (!fp_raise(env, r->raised, denormal && !fp_is_nan(r)))
		return FP80_INDEFINITE;
	return fp_pack_f80(env, r, precision);
}

/* A finite operand that comes back as it was: tiny or not, nothing was computed, so there is no UE. */
static struct fp80 give_back(struct fp_env *env, const struct fp_parts *a)
{
	struct fp_env masked = *env;
	masked.masks |= FP_UE;
	const struct fp80 r = fp_pack_f80(&masked, a, 64);
	env->rounded_up = false;
	fp_raise(env, 0, a->denormal);
	return r;
}

/* ---- + - * / and the square root: rounded to PC ---- */

static struct fp80 arithmetic(struct fp_env *env, struct fp80 a, struct fp80 b, fp_operation *op)
{
	const struct fp_parts x = fp_unpack_f80(a), y = fp_unpack_f80(b);
	struct fp_parts r;
	if (!settled(&x, &y, &r))
		r = op(&x, &y, env->rounding);
	return give(env, &r, x.denormal || y.denormal, env->precision);
}

struct fp80 f80_add(struct fp_env *env, struct fp80 a, struct fp80 b)
{
	return arithmetic(env, a, b, fp_add);
}

struct fp80 f80_sub(struct fp_env *env, struct fp80 a, struct fp80 b)
{
	return arithmetic(env, a, b, fp_subtract);
}

struct fp80 f80_mul(struct fp_env *env, struct fp80 a, struct fp80 b)
{
	return arithmetic(env, a, b, fp_multiply);
}

struct fp80 f80_div(struct fp_env *env, struct fp80 a, struct fp80 b)
{
	return arithmetic(env, a, b, fp_divide);
}

struct fp80 f80_sqrt(struct fp_env *env, struct fp80 a)
{
	const struct fp_parts x = fp_unpack_f80(a);
	struct fp_parts r;
	if (!settled(&x, &x, &r))
		r = fp_square_root(&x, env->precision);
	return give(env, &r, x.denormal, env->precision);
}

/* ---- FRNDINT ---- */

struct fp80 f80_to_integral(struct fp_env *env, struct fp80 a)
{
	const struct fp_parts x = fp_unpack_f80(a);
	struct fp_parts r;
	bool up = false;
	if (!settled(&x, &x, &r)) {
		if (!fp_raise(env, 0, x.denormal))
			return FP80_INDEFINITE;
		r = fp_integral(env, &x);
		up = env->rounded_up;
	}
	const struct fp80 result = give(env, &r, false, 64);
	env->rounded_up = up;
	return result;
}

/* ---- FSCALE ---- */

enum { FAR_AWAY = 1 << 17 }; /* no exponent comes back from there */

static struct fp_parts scaled(const struct fp_parts *a, const struct fp_parts *by)
{
	struct fp_parts r = *a;
	if (by->class == FP_IS_INFINITE) {
		if (a->class == (by->sign ? FP_IS_INFINITE : FP_IS_ZERO))
			return fp_invalid();
		r.class = by->sign ? FP_IS_ZERO : FP_IS_INFINITE;
	} else if (by->class == FP_IS_FINITE && a->class == FP_IS_FINITE && by->exponent >= 0) {
		const uint64_t n = by->exponent < 17 ? (uint64_t)(by->significand >> (127 - by->exponent)) : FAR_AWAY;
		r.exponent += by->sign ? -(int)n : (int)n;
	}
	return r;
}

/* Whether the exponent of an unmasked OE or UE stays out of range even when it is brought back by 24576. */
static bool is_massive(const struct fp_env *env, const struct fp_parts *r)
{
	enum { WRAP = 24576, LEAST = -16382, GREATEST = 16383 };
	if (r->class != FP_IS_FINITE)
		return false;
	return r->exponent > 0 ? r->exponent > GREATEST + WRAP && !(env->masks & FP_OE)
			       : r->exponent < LEAST - WRAP && !(env->masks & FP_UE);
}

/* It becomes an infinity or a zero, whatever RC says [SDM vol. 1, 8.5.4, 8.5.5]. */
static struct fp80 give_massive(struct fp_env *env, const struct fp_parts *r, bool denormal)
{
	const bool big = r->exponent > 0;
	struct fp_parts end = { .class = big ? FP_IS_INFINITE : FP_IS_ZERO, .sign = r->sign };
	const struct fp80 result = give(env, &end, denormal, 64);
	if (!(env->flags & ~env->masks & FP_BEFORE)) {
		env->flags |= (big ? FP_OE : FP_UE) | FP_PE;
		env->rounded_up = big;
	}
	return result;
}

struct fp80 f80_scale(struct fp_env *env, struct fp80 a, struct fp80 by)
{
	const struct fp_parts x = fp_unpack_f80(a), y = fp_unpack_f80(by);
	struct fp_parts r;
	if (y.class == FP_IS_ZERO && x.class == FP_IS_FINITE)
		return give_back(env, &x);
	if (!settled(&x, &y, &r))
		r = scaled(&x, &y);
	if (is_massive(env, &r))
		return give_massive(env, &r, x.denormal || y.denormal);
	return give(env, &r, x.denormal || y.denormal, 64);
}

/* ---- FXTRACT ---- */

static struct fp_parts infinity_by(bool negative, uint8_t raised)
{
	return (struct fp_parts){ .class = FP_IS_INFINITE, .sign = negative, .raised = raised };
}

struct fp80 f80_extract(struct fp_env *env, struct fp80 a, struct fp80 *exponent)
{
	const struct fp_parts x = fp_unpack_f80(a);
	struct fp_parts significand, e;
	if (settled(&x, &x, &significand)) {
		e = significand;
	} else {
		significand = x;
		significand.exponent = 0;
		e = x.class == FP_IS_FINITE ? fp_from_int(x.exponent)
		    : x.class == FP_IS_ZERO ? infinity_by(true, FP_ZE)
					    : infinity_by(false, 0);
	}
	*exponent = give(env, &e, x.denormal, 64);
	return give(env, &significand, false, 64);
}

/* ---- FPREM FPREM1 ---- */

/* How many bits of the quotient one step finds of a difference of exponents of 64 or more: between 32 and 63 [SDM vol.
 * 2, FPREM], so that what is left is a multiple of 32. */
static int step_of(int difference)
{
	return difference < 64 ? difference : 32 + (difference & 31);
}

/* a - b * q, with q the integer quotient of the significands after a's has been moved left. */
static uint64_t divide_step(struct fp_parts *a, const struct fp_parts *b, int left)
{
	const uint64_t divisor = (uint64_t)(b->significand >> 64);
	const fp_bits dividend = a->significand >> 64 << left;
	a->significand = dividend % divisor << 64;
	a->exponent -= left;
	return (uint64_t)(dividend / divisor);
}

/* Whether the remainder is nearer to b from the other side: more than half of b, or half and the quotient odd. Both
 * have the exponent of b. */
static bool is_nearer(const struct fp_parts *r, const struct fp_parts *b, uint64_t quotient)
{
	const fp_bits rest = b->significand - r->significand;
	return r->significand > rest || (r->significand == rest && (quotient & 1));
}

static void settle_remainder(struct fp_parts *r)
{
	if (r->significand)
		fp_normalise(r);
	else
		r->class = FP_IS_ZERO;
}

/* Of finite numbers. */
static struct fp_parts remainder_of(const struct fp_parts *a, const struct fp_parts *b, bool nearest,
				    struct fp80_remainder *to)
{
	struct fp_parts r = *a;
	const int difference = a->exponent - b->exponent;
	uint64_t quotient = 0;
	if (difference < -1 || (difference < 0 && !nearest))
		return r;
	if (difference < 0) {
		r.significand >>= 1;
		r.exponent++;
	} else {
		quotient = divide_step(&r, b, step_of(difference));
	}
	to->partial = difference >= 64;
	if (nearest && !to->partial && is_nearer(&r, b, quotient)) {
		r.significand = b->significand - r.significand;
		r.sign = !r.sign;
		quotient++;
	}
	to->quotient = to->partial ? 0 : quotient & 7;
	settle_remainder(&r);
	return r;
}

struct fp80_remainder f80_remainder(struct fp_env *env, struct fp80 a, struct fp80 b, bool nearest)
{
	const struct fp_parts x = fp_unpack_f80(a), y = fp_unpack_f80(b);
	struct fp80_remainder result = { .quotient = 0 };
	struct fp_parts r;
	if (y.class == FP_IS_INFINITE && x.class == FP_IS_FINITE) {
		result.value = give_back(env, &x);
		return result;
	}
	if (!settled(&x, &y, &r)) {
		if (x.class == FP_IS_INFINITE || y.class == FP_IS_ZERO)
			r = fp_invalid();
		else if (x.class == FP_IS_ZERO || y.class == FP_IS_INFINITE)
			r = x;
		else
			r = remainder_of(&x, &y, nearest, &result);
	}
	result.value = give(env, &r, x.denormal || y.denormal, 64);
	return result;
}

/* ---- FCOM FXAM ---- */

enum fp_relation f80_relate(struct fp_env *env, struct fp80 a, struct fp80 b, bool ordered)
{
	const struct fp_parts x = fp_unpack_f80(a), y = fp_unpack_f80(b);
	struct fp_parts r;
	env->rounded_up = false;
	if (settled(&x, &y, &r)) {
		env->flags |= ordered ? FP_IE : r.raised;
		return FP_UNORDERED;
	}
	fp_raise(env, 0, x.denormal || y.denormal);
	return fp_order(&x, &y);
}

enum fp80_class f80_class(struct fp80 a)
{
	const struct fp_parts x = fp_unpack_f80(a);
	switch (x.class) {
	case FP_IS_ZERO:
		return FP80_ZERO;
	case FP_IS_INFINITE:
		return FP80_INFINITY;
	case FP_IS_NAN:
		return FP80_NAN;
	case FP_IS_UNSUPPORTED:
		return FP80_UNSUPPORTED;
	default:
		return x.denormal ? FP80_DENORMAL : FP80_NORMAL;
	}
}
