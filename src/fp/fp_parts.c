/* fp_parts.c - taking numbers apart, rounding them, and putting them together again.
 */
#include "fp/fp_parts.h"

const struct fp_format fp_f16 = { 11, 0x1f, 15 };
const struct fp_format fp_f32 = { 24, 0xff, 127 };
const struct fp_format fp_f64 = { 53, 0x7ff, 1023 };
const struct fp_format fp_f80 = { 64, 0x7fff, 16383 };

#define INTEGER_BIT ((uint64_t)1 << 63)
#define QUIET_BIT ((uint64_t)1 << 62)

/* ---- apart ---- */

static unsigned leading_zeroes(fp_bits a)
{
	const uint64_t high = (uint64_t)(a >> 64);
	return (unsigned)(high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)a));
}

void fp_normalise(struct fp_parts *a)
{
	const unsigned zeroes = leading_zeroes(a->significand);
	a->significand <<= zeroes;
	a->exponent -= (int)zeroes;
}

/* What is shifted out leaves its trace in the lowest bit. */
fp_bits fp_shift_right(fp_bits a, unsigned count)
{
	if (count == 0)
		return a;
	if (count > 127)
		return a != 0;
	return a >> count | (a << (128 - count) != 0);
}

struct fp_parts fp_unpack(const struct fp_format *f, bool sign, unsigned biased, uint64_t significand)
{
	struct fp_parts p = { .sign = sign,
			      .exponent = (int)biased - f->bias,
			      .significand = (fp_bits)significand << 64 };
	if (biased == f->exponent_mask) {
		p.class = significand << 1 ? FP_IS_NAN : FP_IS_INFINITE;
		p.signalling = p.class == FP_IS_NAN && !(significand & QUIET_BIT);
	} else if (significand) {
		p.class = FP_IS_FINITE;
		p.denormal = biased == 0;
		p.exponent += p.denormal;
		fp_normalise(&p);
	}
	return p;
}

struct fp_parts fp_unpack_bits(const struct fp_format *f, uint64_t bits)
{
	const uint64_t above = bits >> (f->precision - 1);
	const unsigned biased = above & f->exponent_mask;
	const uint64_t fraction = bits << (65 - f->precision) >> 1;
	return fp_unpack(f, above > f->exponent_mask, biased, fraction | (biased ? INTEGER_BIT : 0));
}

/* Without the integer bit there are only zeroes and denormals [SDM vol. 1, 8.2.2]. */
struct fp_parts fp_unpack_f80(struct fp80 a)
{
	const unsigned biased = a.sign_exponent & FP80_EXPONENT;
	struct fp_parts p = fp_unpack(&fp_f80, a.sign_exponent & FP80_SIGN, biased, a.significand);
	if (biased && !(a.significand & INTEGER_BIT))
		p.class = FP_IS_UNSUPPORTED;
	return p;
}

struct fp_parts fp_from_int(int64_t a)
{
	const uint64_t magnitude = a < 0 ? -(uint64_t)a : (uint64_t)a;
	struct fp_parts p = { .sign = a < 0, .exponent = 63, .significand = (fp_bits)magnitude << 64 };
	if (a) {
		p.class = FP_IS_FINITE;
		fp_normalise(&p);
	}
	return p;
}

void fp_flush(struct fp_parts *a)
{
	if (a->denormal)
		*a = (struct fp_parts){ .class = FP_IS_ZERO, .sign = a->sign };
}

/* ---- rounding ---- */

static bool rounds_away(unsigned rounding, bool sign, bool odd, fp_bits rest)
{
	switch (rounding) {
	case FP_NEAREST:
		return rest > FP_TOP || (rest == FP_TOP && odd);
	case FP_DOWN:
		return sign && rest;
	case FP_UP:
		return !sign && rest;
	default:
		return false;
	}
}

struct fp_cut fp_cut(const struct fp_parts *a, int keep, unsigned rounding)
{
	const fp_bits all = keep < 0 ? fp_shift_right(a->significand, (unsigned)-keep) : a->significand;
	const uint64_t kept = keep > 0 ? (uint64_t)(all >> (128 - keep)) : 0;
	const fp_bits rest = keep > 0 ? all << keep : all;
	const bool up = rounds_away(rounding, a->sign, kept & 1, rest);
	return (struct fp_cut){ .kept = kept + up, .inexact = rest != 0, .up = up };
}

/* ---- together ---- */

struct packed {
	bool sign;
	unsigned biased;
	uint64_t significand; /* with the integer bit */
};

/* By how much the exponent of a result is off when the exception is not masked [SDM vol. 1, 8.5.4, 8.5.5]. */
#define WRAP 24576

/* A finite result that would need more than the format's greatest exponent. */
static struct packed overflow(struct fp_env *env, const struct fp_format *f, unsigned precision, struct packed p,
			      bool inexact)
{
	const bool to_infinity = env->rounding == FP_NEAREST || env->rounding == (p.sign ? FP_DOWN : FP_UP);
	env->flags |= FP_OE;
	if (!(env->masks & FP_OE)) {
		env->flags |= inexact ? FP_PE : 0;
		p.biased -= WRAP;
		return p;
	}
	env->flags |= FP_PE;
	env->rounded_up = to_infinity;
	p.biased = to_infinity ? f->exponent_mask : f->exponent_mask - 1u;
	p.significand = to_infinity ? INTEGER_BIT : ~0ull << (64 - precision);
	return p;
}

/* Tiny, and UE masked: a denormal, rounded once, from the exact value. */
static struct packed denormal(struct fp_env *env, const struct fp_format *f, unsigned precision,
			      const struct fp_parts *a)
{
	if (env->ftz) {
		env->flags |= FP_UE | FP_PE;
		return (struct packed){ .sign = a->sign };
	}
	const int right = 1 - f->bias - a->exponent;
	const struct fp_cut cut = fp_cut(a, (int)precision - right, env->rounding);
	const uint64_t significand = cut.kept << (64 - precision);
	env->flags |= cut.inexact ? FP_UE | FP_PE : 0;
	env->rounded_up = cut.up;
	return (struct packed){ .sign = a->sign, .biased = significand >> 63, .significand = significand };
}

/* Tininess is found after rounding [SDM vol. 1, 4.9.1.5]. */
static struct packed pack_finite(struct fp_env *env, const struct fp_format *f, unsigned precision,
				 const struct fp_parts *a)
{
	const struct fp_cut cut = fp_cut(a, (int)precision, env->rounding);
	const uint64_t significand = cut.kept << (64 - precision);
	const int biased = a->exponent + f->bias + !significand;
	struct packed p = { a->sign, (unsigned)biased, significand | (significand ? 0 : INTEGER_BIT) };
	env->rounded_up = cut.up;
	if (biased >= f->exponent_mask)
		return overflow(env, f, precision, p, cut.inexact);
	if (biased <= 0 && (env->masks & FP_UE))
		return denormal(env, f, precision, a);
	if (biased <= 0) {
		env->flags |= FP_UE;
		p.biased += WRAP;
	}
	env->flags |= cut.inexact ? FP_PE : 0;
	return p;
}

static struct packed pack(struct fp_env *env, const struct fp_format *f, unsigned precision, const struct fp_parts *a)
{
	env->rounded_up = false;
	switch (a->class) {
	case FP_IS_ZERO:
		return (struct packed){ .sign = a->sign };
	case FP_IS_FINITE:
		return pack_finite(env, f, precision, a);
	case FP_IS_INFINITE:
		return (struct packed){ a->sign, f->exponent_mask, INTEGER_BIT };
	default:
		return (struct packed){ a->sign, f->exponent_mask,
					(uint64_t)(a->significand >> 64) | INTEGER_BIT | QUIET_BIT };
	}
}

uint64_t fp_pack_bits(struct fp_env *env, const struct fp_format *f, const struct fp_parts *a)
{
	const struct packed p = pack(env, f, f->precision, a);
	const uint64_t above = (p.biased & f->exponent_mask) | (p.sign ? f->exponent_mask + 1u : 0);
	return above << (f->precision - 1) | p.significand << 1 >> (65 - f->precision);
}

struct fp80 fp_pack_f80(struct fp_env *env, const struct fp_parts *a, unsigned precision)
{
	const struct packed p = pack(env, &fp_f80, precision, a);
	return (struct fp80){ p.significand, (p.biased & FP80_EXPONENT) | (p.sign ? FP80_SIGN : 0) };
}

/* ---- integers ---- */

int64_t fp_to_int(struct fp_env *env, const struct fp_parts *a, unsigned bits)
{
	const uint64_t least = (uint64_t)1 << (bits - 1);
	env->rounded_up = false;
	if (a->class == FP_IS_ZERO)
		return 0;
	if (a->class == FP_IS_FINITE && a->exponent < 64) {
		const struct fp_cut cut = fp_cut(a, a->exponent + 1, env->rounding);
		if (cut.kept < least + a->sign && (cut.kept || a->exponent < 63)) {
			env->flags |= cut.inexact ? FP_PE : 0;
			env->rounded_up = cut.up;
			return (int64_t)(a->sign ? -cut.kept : cut.kept);
		}
	}
	env->flags |= FP_IE;
	return (int64_t)-least;
}
