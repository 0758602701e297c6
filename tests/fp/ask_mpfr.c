/* ask_mpfr.c - the functions as mathematics defines them, with the x87's pi of 66 bits where it reduces an angle. */
#include <stdint.h>

#define MPFR_USE_INTMAX_T
#include <mpfr.h>

#include "transcendental.h"

enum { PRECISION = 400 };

static void set(mpfr_t r, struct fp80 a)
{
	const int biased = a.sign_exponent & FP80_EXPONENT;
	mpfr_set_uj_2exp(r, a.significand, (biased ? biased : 1) - 16383 - 63, MPFR_RNDN);
	if (a.sign_exponent & FP80_SIGN)
		mpfr_neg(r, r, MPFR_RNDN);
}

/* The same rounding for all of `a`, once: to 64 bits, or to what a denormal has room for. */
static struct fp80 rounded(mpfr_t a, unsigned fcw)
{
	static const mpfr_rnd_t modes[] = { MPFR_RNDN, MPFR_RNDD, MPFR_RNDU, MPFR_RNDZ };
	const mpfr_rnd_t mode = modes[fcw >> 10 & 3];
	const uint64_t sign = mpfr_signbit(a) ? FP80_SIGN : 0;
	mpfr_t units;
	mpfr_init2(units, PRECISION);
	long exponent = mpfr_get_exp(a) - 1;
	exponent = exponent < -16382 ? -16382 : exponent;
	mpfr_mul_2si(units, a, 63 - exponent, MPFR_RNDN);
	mpfr_rint(units, units, mode);
	mpfr_abs(units, units, MPFR_RNDN);
	if (mpfr_get_exp(units) > 64) {
		mpfr_div_2ui(units, units, 1, MPFR_RNDN);
		exponent++;
	}
	const uint64_t significand = mpfr_get_uj(units, MPFR_RNDN);
	mpfr_clear(units);
	return (struct fp80){ significand, sign | (significand >> 63 ? (uint64_t)(exponent + 16383) : 0) };
}

/* x becomes what is left of it, at most pi/4; the result is the quadrant. */
static unsigned reduce(mpfr_t x)
{
	mpfr_t half_pi, turns;
	mpfr_inits2(PRECISION, half_pi, turns, (mpfr_ptr)0);
	mpfr_set_str(half_pi, "c90fdaa22168c234c", 16, MPFR_RNDN);
	mpfr_div_2ui(half_pi, half_pi, 67, MPFR_RNDN);
	mpfr_div(turns, x, half_pi, MPFR_RNDN);
	mpfr_rint(turns, turns, MPFR_RNDN);
	mpfr_mul(half_pi, half_pi, turns, MPFR_RNDN);
	mpfr_sub(x, x, half_pi, MPFR_RNDN);
	mpfr_fmod_ui(turns, turns, 4, MPFR_RNDN);
	const long quadrant = mpfr_get_si(turns, MPFR_RNDN);
	mpfr_clears(half_pi, turns, (mpfr_ptr)0);
	return (unsigned)(quadrant + 4) & 3;
}

static void sine(mpfr_t r, mpfr_t rest, unsigned quadrant)
{
	if (quadrant & 1)
		mpfr_cos(r, rest, MPFR_RNDN);
	else
		mpfr_sin(r, rest, MPFR_RNDN);
	if (quadrant & 2)
		mpfr_neg(r, r, MPFR_RNDN);
}

static void circular(enum function f, mpfr_t r, mpfr_t second, mpfr_t x)
{
	const unsigned quadrant = reduce(x);
	sine(r, x, f == COS ? quadrant + 1 : quadrant);
	sine(second, x, quadrant + 1);
	if (f == TAN)
		mpfr_div(r, r, second, MPFR_RNDN);
}

static void compute(enum function f, mpfr_t r, mpfr_t second, mpfr_t x, mpfr_t y)
{
	switch (f) {
	case ATAN:
		mpfr_atan2(r, y, x, MPFR_RNDN);
		break;
	case EXP2M1:
		mpfr_const_log2(second, MPFR_RNDN);
		mpfr_mul(r, x, second, MPFR_RNDN);
		mpfr_expm1(r, r, MPFR_RNDN);
		break;
	case YLOG2X:
		mpfr_log2(r, x, MPFR_RNDN);
		mpfr_mul(r, r, y, MPFR_RNDN);
		break;
	case YLOG2XP1:
		mpfr_log1p(r, x, MPFR_RNDN);
		mpfr_const_log2(second, MPFR_RNDN);
		mpfr_div(r, r, second, MPFR_RNDN);
		mpfr_mul(r, r, y, MPFR_RNDN);
		break;
	default:
		circular(f, r, second, x);
	}
}

struct outcome ask_mpfr(const struct question *q)
{
	mpfr_t x, y, r, second;
	mpfr_inits2(PRECISION, x, y, r, second, (mpfr_ptr)0);
	set(x, q->st[0]);
	set(y, q->st[1]);
	compute(q->function, r, second, x, y);
	struct outcome o = { .value = { rounded(r, q->fcw) } };
	if (q->function == SINCOS)
		o.value[1] = rounded(second, q->fcw);
	mpfr_clears(x, y, r, second, (mpfr_ptr)0);
	return o;
}
