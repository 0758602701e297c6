/* fp_atan.c - FPATAN.
 */
#include "fp/fp_transcendental.h"
#include "fp/fp_wide.h"

/* pi in units of 2^-126 */
#define PI FP_WIDE(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1)

/* The arc tangent of i/16 in units of 2^-128. */
static const fp_bits table[] = {
	0,
	FP_WIDE(0x0ffaaddb967ef4e3, 0x6cb2792dc0e2e0d5),
	FP_WIDE(0x1fd5ba9aac2f6dc6, 0x5912f313e7d111df),
	FP_WIDE(0x2f72f6979cb6044d, 0x1ec2d3e207271d22),
	FP_WIDE(0x3eb6ebf25901bac5, 0x5b71e7bd7de885f9),
	FP_WIDE(0x4d89dcdc1faf2f34, 0xe2d5da4c693d7994),
	FP_WIDE(0x5bd86507937bc239, 0xc55190916e7f2242),
	FP_WIDE(0x6993bb0f308ff2db, 0x213e4af4800f389b),
	FP_WIDE(0x76b19c1586ed3da2, 0xb7f222f65e1d4682),
	FP_WIDE(0x832bf4a6d9867e2a, 0x4b6a09cb61a515c1),
	FP_WIDE(0x8f005d5ef7f59f9b, 0x5c835e1665c43748),
	FP_WIDE(0x9a2f80e671bdda20, 0x4226f8e2204ff3bd),
	FP_WIDE(0xa4bc7d1934f70924, 0x19a87f2a457dac9f),
	FP_WIDE(0xaeac4c38b4d8c080, 0x14725e2f3e52070a),
	FP_WIDE(0xb8053e2bc2319e73, 0xcb2da55210a4443d),
	FP_WIDE(0xc0ce85b8ac526640, 0x89dd62c46e92fa25),
	FP_WIDE(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1),
};

/* u - u^3/3 + u^5/5 ..., |u| <= 1/32 */
static struct fp_parts series(const struct fp_parts *u)
{
	const struct fp_parts z = fp_wide_multiply(u, u);
	const fp_bits fixed = fp_wide_fixed(&z, 128);
	fp_bits sum = 0;
	for (int k = 25; k > 0; k -= 2)
		sum = FP_WIDE_ONE / (unsigned)k - fp_multiply_high(fixed, sum);
	const struct fp_parts factor = fp_wide(false, sum, 127);
	return fp_wide_multiply(u, &factor);
}

/* atan(n/d) = atan(i/16) + atan((16n - id) / (16d + in)) */
static struct fp_parts by_table(fp_bits n, fp_bits d, unsigned i)
{
	const bool below = 16 * n < i * d;
	const fp_bits difference = below ? i * d - 16 * n : 16 * n - i * d;
	if (!difference)
		return fp_wide(false, table[i], 128);
	const struct fp_parts over = fp_wide(below, difference, 0), under = fp_wide(false, 16 * d + i * n, 0);
	const struct fp_parts u = fp_wide_divide(&over, &under), rest = series(&u);
	const fp_bits fixed = fp_wide_fixed(&rest, 128);
	return fp_wide(false, below ? table[i] - fixed : table[i] + fixed, 128);
}

/* Below 2 to this power the processor takes the quotient for its arc tangent (measured on an Intel core). */
enum { TINY = -40 };

/* Of positive finite numbers, n <= d. */
static struct fp_parts small_angle(const struct fp_parts *n, const struct fp_parts *d)
{
	const int apart = d->exponent - n->exponent;
	if (apart <= 5) {
		const fp_bits over = n->significand >> 64, under = d->significand >> 64 << apart;
		const unsigned i = (unsigned)((16 * over + under / 2) / under);
		if (i)
			return by_table(over, under, i);
	}
	const struct fp_parts u = fp_wide_divide(n, d);
	return u.exponent < TINY ? u : series(&u);
}

/* quarters * pi/4 + rest, or - rest */
static struct fp_parts angle(unsigned quarters, const struct fp_parts *rest, bool less)
{
	const fp_bits whole = quarters == 4 ? PI : PI / 4 * quarters;
	const fp_bits fixed = rest ? fp_wide_fixed(rest, 126) : 0;
	return fp_wide(false, less ? whole - fixed : whole + fixed, 126);
}

/* Of a point in the upper half plane. */
static struct fp_parts finite_angle(const struct fp_parts *y, const struct fp_parts *x)
{
	struct fp_parts ay = *y, ax = *x;
	ay.sign = ax.sign = false;
	const bool steep = fp_order(&ay, &ax) == FP_GREATER;
	const struct fp_parts a = steep ? small_angle(&ax, &ay) : small_angle(&ay, &ax);
	if (steep)
		return angle(2, &a, !x->sign);
	return x->sign ? angle(4, &a, true) : a;
}

/* [SDM vol. 2, FPATAN, table 3-30] */
static struct fp_parts full_angle(const struct fp_parts *y, const struct fp_parts *x)
{
	if (y->class == FP_IS_INFINITE && x->class == FP_IS_INFINITE)
		return angle(x->sign ? 3 : 1, 0, false);
	if (y->class == FP_IS_ZERO || x->class == FP_IS_INFINITE)
		return x->sign ? angle(4, 0, false) : (struct fp_parts){ .class = FP_IS_ZERO };
	if (x->class == FP_IS_ZERO || y->class == FP_IS_INFINITE)
		return angle(2, 0, false);
	return finite_angle(y, x);
}

struct fp80 f80_atan(struct fp_env *env, struct fp80 y, struct fp80 x)
{
	const struct fp_parts py = fp_unpack_f80(y), px = fp_unpack_f80(x);
	if (py.class >= FP_IS_NAN || px.class >= FP_IS_NAN)
		return f80_add(env, y, x);
	if (!fp_raise(env, 0, py.denormal || px.denormal))
		return FP80_INDEFINITE;
	struct fp_parts r = full_angle(&py, &px);
	r.sign = py.sign;
	return fp_wide_result(env, &r);
}
