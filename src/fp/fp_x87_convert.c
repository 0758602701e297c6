/* fp_x87_convert.c - what the x87 loads and stores: f32, f64, integers, packed BCD.
 */
#include "fp/fp_parts.h"
#include <string.h>

/* ---- f32 f64 ---- */

static struct fp80 widen(struct fp_env *env, struct fp_parts p)
{
	env->rounded_up = false;
	if (!fp_raise(env, p.signalling ? FP_IE : 0, p.denormal))
		return FP80_INDEFINITE;
	return fp_pack_f80(env, &p, 64);
}

struct fp80 f80_from_f32(struct fp_env *env, uint32_t a)
{
	return widen(env, fp_unpack_bits(&fp_f32, a));
}

struct fp80 f80_from_f64(struct fp_env *env, uint64_t a)
{
	return widen(env, fp_unpack_bits(&fp_f64, a));
}

/* No DE: the source lies in a register [SDM vol. 2, FST]. When OE or UE is unmasked nothing is stored, so nothing is
 * inexact [SDM vol. 1, 8.5.4, 8.5.5]. */
static uint64_t narrow(struct fp_env *env, struct fp80 a, const struct fp_format *to)
{
	struct fp_parts p = fp_unpack_f80(a);
	env->rounded_up = false;
	if (p.class == FP_IS_UNSUPPORTED)
		p = fp_invalid();
	if (!fp_raise(env, p.signalling ? FP_IE : p.raised, false))
		return 0;
	struct fp_env packing = *env;
	packing.flags = 0;
	const uint64_t r = fp_pack_bits(&packing, to, &p);
	if (packing.flags & ~env->masks & (FP_OE | FP_UE)) {
		packing.flags &= ~FP_PE;
		packing.rounded_up = false;
	}
	env->flags |= packing.flags;
	env->rounded_up = packing.rounded_up;
	return r;
}

uint32_t f80_to_f32(struct fp_env *env, struct fp80 a)
{
	return (uint32_t)narrow(env, a, &fp_f32);
}

uint64_t f80_to_f64(struct fp_env *env, struct fp80 a)
{
	return narrow(env, a, &fp_f64);
}

/* ---- integers ---- */

struct fp80 f80_from_int(int64_t a)
{
	const struct fp_parts p = fp_from_int(a);
	struct fp_env exact = { .precision = 64 };
	return fp_pack_f80(&exact, &p, 64);
}

int64_t f80_to_int(struct fp_env *env, struct fp80 a, unsigned size)
{
	const struct fp_parts p = fp_unpack_f80(a);
	return fp_to_int(env, &p, 8 * size);
}

/* ---- packed BCD: 18 digits, the lowest first, and the sign in the last byte ---- */

enum { BCD_DIGIT_BYTES = 9 };
#define BCD_LIMIT 1000000000000000000

/* A digit above 9 counts as what it is. */
struct fp80 f80_from_bcd(const uint8_t a[10])
{
	int64_t value = 0;
	for (unsigned i = BCD_DIGIT_BYTES; i-- > 0;)
		value = value * 100 + (a[i] >> 4) * 10 + (a[i] & 15);
	struct fp80 r = f80_from_int(value);
	r.sign_exponent |= a[BCD_DIGIT_BYTES] & 0x80 ? FP80_SIGN : 0;
	return r;
}

static void put_digits(uint64_t value, uint8_t r[10])
{
	for (unsigned i = 0; i < BCD_DIGIT_BYTES; i++) {
		const unsigned two = (unsigned)(value % 100);
		r[i] = (uint8_t)(two / 10 << 4 | two % 10);
		value /= 100;
	}
}

void f80_to_bcd(struct fp_env *env, struct fp80 a, uint8_t r[10])
{
	static const uint8_t indefinite[10] = { 0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff };
	struct fp_parts p = fp_unpack_f80(a);
	struct fp_env rounding = *env;
	rounding.flags = 0;
	const int64_t value = fp_to_int(&rounding, &p, 64);
	if (rounding.flags & FP_IE || value >= BCD_LIMIT || value <= -BCD_LIMIT) {
		memcpy(r, indefinite, sizeof(indefinite));
		env->flags |= FP_IE;
		env->rounded_up = false;
		return;
	}
	put_digits((uint64_t)(value < 0 ? -value : value), r);
	r[BCD_DIGIT_BYTES] = p.sign ? 0x80 : 0;
	env->flags |= rounding.flags;
	env->rounded_up = rounding.rounded_up;
}
