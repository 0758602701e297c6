/* fp_log.c - F2XM1 FYL2X FYL2XP1.
 */
#include "fp/fp_transcendental.h"
#include "fp/fp_wide.h"

/* ---- 2^x - 1 ---- */

/* units of 2^-128 */
#define LN_2 FP_WIDE(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af)

/* 2^(i/16) in units of 2^-126 */
static const fp_bits powers[] = {
	FP_WIDE(0x4000000000000000, 0x0000000000000000), FP_WIDE(0x42d561b3e6243d8a, 0x62e4adc610aa60d9),
	FP_WIDE(0x45cae0f1f545eb73, 0x7df23143ac529e48), FP_WIDE(0x48e1e9b9d588e19b, 0x07eb6c70572d64ec),
	FP_WIDE(0x4c1bf828c6dc54b7, 0xa356918c17217b7b), FP_WIDE(0x4f7a993048d088d6, 0xd0488f84f5dcfee9),
	FP_WIDE(0x52ff6b54d8a89c75, 0x0e5ebfb10b88380e), FP_WIDE(0x56ac1f752150a563, 0x24c054647acd1762),
	FP_WIDE(0x5a827999fcef3242, 0x2cbec4d9baa55f50), FP_WIDE(0x5e8451cfac061b5f, 0x54408fdb3687d7bd),
	FP_WIDE(0x62b39508aa836d6e, 0x9f156864b26ecf9c), FP_WIDE(0x6712460a8fc24071, 0xf11ac1c7caf96377),
	FP_WIDE(0x6ba27e656b4eb57a, 0x1cd345dcc8169fef), FP_WIDE(0x70666f76154a7088, 0x832c4a8246e999e5),
	FP_WIDE(0x75606373ee921c97, 0x6816bad9b8372a7d), FP_WIDE(0x7a92be8a92436616, 0x3dce863d76cc07e2),
	FP_WIDE(0x8000000000000000, 0x0000000000000000),
};

/* e^w - 1 = w + w^2/2! + w^3/3! ..., |w| <= ln 2 / 32 */
static struct fp_parts exponential_less_1(const struct fp_parts *w)
{
	const fp_bits fixed = fp_wide_fixed(w, 128);
	fp_bits sum = FP_WIDE_ONE;
	for (unsigned n = 18; n >= 2; n--) {
		const fp_bits term = fp_multiply_high(fixed, sum) / n;
		sum = w->sign ? FP_WIDE_ONE - term : FP_WIDE_ONE + term;
	}
	const struct fp_parts factor = fp_wide(false, sum, 127);
	return fp_wide_multiply(w, &factor);
}

/* 2^f - 1 for a small f */
static struct fp_parts small_power_less_1(const struct fp_parts *f)
{
	const struct fp_parts ln_2 = fp_wide(false, LN_2, 128), w = fp_wide_multiply(f, &ln_2);
	return exponential_less_1(&w);
}

/* 2^(i/16 + f) - 1 = 2^(i/16) * (1 + (2^f - 1)) - 1 */
static struct fp_parts power_less_1(const struct fp_parts *x)
{
	const fp_bits magnitude = fp_wide_fixed(x, 128);
	const unsigned i = (unsigned)(((magnitude >> 123) + 1) / 2);
	if (!i)
		return small_power_less_1(x);
	const fp_bits whole = x->sign ? powers[16 - i] / 2 : powers[i];
	const fp_bits difference = magnitude - ((fp_bits)i << 124); /* i may be 16: modulo 1 */
	const bool less = difference >> 127;
	if (!difference)
		return fp_wide(x->sign, x->sign ? powers[16] / 2 - whole : whole - powers[16] / 2, 126);
	const struct fp_parts f = fp_wide(x->sign != less, less ? -difference : difference, 128);
	const struct fp_parts p = small_power_less_1(&f);
	const fp_bits part = fp_multiply_high(whole, fp_wide_fixed(&p, 128));
	const fp_bits power = p.sign ? whole - part : whole + part;
	return fp_wide(x->sign, x->sign ? powers[16] / 2 - power : power - powers[16] / 2, 126);
}

static bool is_power_of_2(const struct fp_parts *a)
{
	return a->significand == FP_TOP;
}

/* Beyond -1 and 1 the manual leaves the result open; an Intel core gives x. */
static struct fp80 finite_power(struct fp_env *env, const struct fp_parts *x)
{
	if (!fp_raise(env, 0, x->denormal))
		return FP80_INDEFINITE;
	struct fp_parts r = *x;
	if (x->exponent < 0)
		r = power_less_1(x);
	else if (x->exponent == 0 && x->sign && is_power_of_2(x))
		r.exponent = -1;
	return fp_wide_result(env, &r);
}

struct fp80 f80_exp2m1(struct fp_env *env, struct fp80 x)
{
	const struct fp_parts p = fp_unpack_f80(x);
	env->rounded_up = false;
	switch (p.class) {
	case FP_IS_FINITE:
		return finite_power(env, &p);
	case FP_IS_ZERO:
		return x;
	case FP_IS_INFINITE:
		return p.sign ? (struct fp80){ 0x8000000000000000, 0xbfff } : x;
	default:
		return f80_add(env, x, x);
	}
}

/* ---- logarithm ---- */

/* 2 / ln 2 in units of 2^-126 */
#define TWO_LOG2_E FP_WIDE(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89)
/* The square root of 2 in units of 2^-127: any number near it would do. */
#define SQRT_2 FP_WIDE(0xb504f333f9de6484, 0)

enum { TABLE_FIRST = 11, ONE = 16 };

/* |log2 (i/16)| in units of 2^-128, from i = 11 on */
static const fp_bits logarithms[] = {
	FP_WIDE(0x8a62b07f3457c407, 0x050799beaaab2941), FP_WIDE(0x6a3fe5c604297860, 0x5ff4edf5f974522f),
	FP_WIDE(0x4caffb8dc3b9a196, 0x8925e378d67caee2), FP_WIDE(0x315130157f7a64cc, 0xd536fc5bec1a57b9),
	FP_WIDE(0x17d60496cfbb4c67, 0x3b4511f8c2b4e4fb), 0,
	FP_WIDE(0x1663f6fac913167c, 0xcc53826144575ac4), FP_WIDE(0x2b803473f7ad0f3f, 0x401624140d175ba2),
	FP_WIDE(0x3f782d7204d01447, 0x51b3314f09de6be5), FP_WIDE(0x5269e12f346e2bf9, 0x24afdbfd36bf6d33),
	FP_WIDE(0x646eea247c5c22d2, 0xcad415ae1a715618), FP_WIDE(0x759d4f80cba83bf8, 0xfaf866415554d6bf),
	FP_WIDE(0x86082806b1d532c4, 0x12ba94db12ef0aa8),
};

/* log2 ((1 + u) / (1 - u)) = 2 / ln 2 * (u + u^3/3 + u^5/5 ...), |u| <= 1/44 */
static struct fp_parts series(const struct fp_parts *u)
{
	const struct fp_parts z = fp_wide_multiply(u, u), constant = fp_wide(false, TWO_LOG2_E, 126);
	const fp_bits fixed = fp_wide_fixed(&z, 128);
	fp_bits sum = 0;
	for (int k = 25; k > 0; k -= 2)
		sum = FP_WIDE_ONE / (unsigned)k + fp_multiply_high(fixed, sum);
	const struct fp_parts factor = fp_wide(false, sum, 127), s = fp_wide_multiply(u, &factor);
	return fp_wide_multiply(&s, &constant);
}

/* log2 (n / 2^126) - log2 (i/16) = log2 ((n + c) / (n - c)), c = i/16 */
static struct fp_parts beyond_table(fp_bits n, unsigned i)
{
	const fp_bits c = (fp_bits)i << 122;
	if (n == c)
		return (struct fp_parts){ .class = FP_IS_ZERO };
	const struct fp_parts over = fp_wide(n < c, n < c ? c - n : n - c, 126), under = fp_wide(false, n + c, 126);
	const struct fp_parts u = fp_wide_divide(&over, &under);
	return series(&u);
}

/* The sum modulo 2^128: its sign is the topmost bit. */
static void add_fixed(fp_bits *sum, bool sign, fp_bits a)
{
	*sum += sign ? -a : a;
}

/* x = 2^exponent * i/16 * what is beyond the table */
static struct fp_parts finite_logarithm(const struct fp_parts *x)
{
	const bool above = x->significand >= SQRT_2;
	const fp_bits n = x->significand >> (above ? 2 : 1);
	const int exponent = x->exponent + above;
	const unsigned i = (unsigned)(((n >> 121) + 1) / 2);
	const struct fp_parts rest = beyond_table(n, i);
	if (exponent == 0 && i == ONE)
		return rest;
	fp_bits sum = (fp_bits)exponent << 112;
	add_fixed(&sum, i < ONE, logarithms[i - TABLE_FIRST] >> 16);
	if (rest.class == FP_IS_FINITE)
		add_fixed(&sum, rest.sign, fp_wide_fixed(&rest, 112));
	const bool sign = sum >> 127;
	return fp_wide(sign, sign ? -sum : sum, 112);
}

static struct fp_parts logarithm(const struct fp_parts *x)
{
	if (x->class == FP_IS_ZERO)
		return (struct fp_parts){ .class = FP_IS_INFINITE, .sign = true };
	if (x->sign)
		return fp_invalid();
	return x->class == FP_IS_INFINITE ? *x : finite_logarithm(x);
}

/* log2 (x + 1), x > -1 */
static struct fp_parts finite_logarithm_of_more(const struct fp_parts *x)
{
	const struct fp_parts more = fp_wide(false, 1, x->exponent < -5 ? -1 : 0);
	const struct fp_parts sum = fp_add(x, &more, FP_NEAREST);
	if (x->exponent >= -5)
		return finite_logarithm(&sum);
	const struct fp_parts u = fp_wide_divide(x, &sum);
	return series(&u);
}

static struct fp_parts product(const struct fp_parts *y, const struct fp_parts *l)
{
	if (y->class == FP_IS_FINITE && l->class == FP_IS_FINITE)
		return fp_wide_multiply(y, l);
	return l->class == FP_IS_NAN ? *l : fp_multiply(y, l, FP_NEAREST);
}

static struct fp80 rounded(struct fp_env *env, const struct fp_parts *r, bool denormal)
{
	if (!fp_raise(env, r->raised, denormal))
		return FP80_INDEFINITE;
	return fp_wide_result(env, r);
}

/* [SDM vol. 2, FYL2X, table 3-46] */
struct fp80 f80_ylog2x(struct fp_env *env, struct fp80 y, struct fp80 x)
{
	const struct fp_parts py = fp_unpack_f80(y), px = fp_unpack_f80(x);
	if (py.class >= FP_IS_NAN || px.class >= FP_IS_NAN)
		return f80_add(env, y, x);
	const struct fp_parts l = logarithm(&px);
	struct fp_parts r = product(&py, &l);
	if (px.class == FP_IS_ZERO && py.class == FP_IS_FINITE)
		r.raised = FP_ZE;
	return rounded(env, &r, py.denormal || px.denormal);
}

/* For x <= -1 the manual leaves the result open; an Intel core gives x, or y * x where that is a zero or an infinity.
 */
static struct fp_parts product_of_more(const struct fp_parts *y, const struct fp_parts *x)
{
	if (x->class != FP_IS_FINITE)
		return x->class == FP_IS_INFINITE && x->sign ? fp_invalid() : fp_multiply(y, x, FP_NEAREST);
	if (x->sign && x->exponent >= 0)
		return y->class == FP_IS_FINITE ? *x : fp_multiply(y, x, FP_NEAREST);
	const struct fp_parts l = finite_logarithm_of_more(x);
	return product(y, &l);
}

/* [SDM vol. 2, FYL2XP1, table 3-47] */
struct fp80 f80_ylog2xp1(struct fp_env *env, struct fp80 y, struct fp80 x)
{
	const struct fp_parts py = fp_unpack_f80(y), px = fp_unpack_f80(x);
	if (py.class >= FP_IS_NAN || px.class >= FP_IS_NAN)
		return f80_add(env, y, x);
	const struct fp_parts r = product_of_more(&py, &px);
	return rounded(env, &r, py.denormal || px.denormal);
}
