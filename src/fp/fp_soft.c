/* fp_soft.c - f32 and f64 by lanes, as SSE computes them, in integers.
 *
 * One element at a time: apart, with DAZ; a NaN, or the operation on numbers; together, with FTZ. */
#include "fp/fp_soft.h"
#include "fp/fp_parts.h"
#include <string.h>

/* ---- elements ---- */

static const struct fp_format *const formats[FP_SIZES] = { &fp_f32, &fp_f64 };

SOFT uint64_t all_ones(enum fp_size size)
{
	return size == FP_SIZE_32 ? UINT32_MAX : UINT64_MAX;
}

SOFT struct fp_parts take(const struct fp_env *env, uint64_t bits, enum fp_size size)
{
	struct fp_parts p = fp_unpack_bits(formats[size], bits);
	if (env->daz)
		fp_flush(&p);
	return p;
}

/* The first operand that is a NaN [SDM vol. 1, 4.8.3.5, table 4-7]. */
static struct fp_parts propagate(const struct fp_parts *p, unsigned count)
{
	struct fp_parts r = { .raised = 0 };
	for (unsigned i = count; i-- > 0;) {
		if (fp_is_nan(&p[i])) {
			const uint8_t raised = r.raised;
			r = p[i];
			r.raised = raised;
		}
		if (p[i].signalling)
			r.raised = FP_IE;
	}
	return r;
}

/* What an operation gives as an element, unless it is trapped. A quiet NaN among the operands hides denormals. */
SOFT uint64_t give(struct fp_env *env, const struct fp_parts *r, bool denormal, enum fp_size size)
{
	if (!fp_raise(env, r->raised, denormal && !fp_is_nan(r)))
		return 0;
	return fp_pack_bits(env, formats[size], r);
}

/* ---- + - * / ---- */

SOFT uint64_t arithmetic(struct fp_env *env, uint64_t a, uint64_t b, fp_operation *op, enum fp_size size)
{
	const struct fp_parts p[2] = { take(env, a, size), take(env, b, size) };
	const bool nan = fp_is_nan(&p[0]) || fp_is_nan(&p[1]);
	const struct fp_parts r = nan ? propagate(p, 2) : op(&p[0], &p[1], env->rounding);
	return give(env, &r, p[0].denormal || p[1].denormal, size);
}

#define ARITHMETIC(name, op, bits)                                                                                     \
	static void name##bits(struct fp_env *env, void *r, const void *a, const void *b, unsigned n)                  \
	{                                                                                                              \
		for (unsigned i = 0; i < n; i++)                                                                       \
			lane_put(r, i,                                                                                 \
				 arithmetic(env, lane_get(a, i, FP_SIZE_##bits), lane_get(b, i, FP_SIZE_##bits), op,   \
					    FP_SIZE_##bits),                                                           \
				 FP_SIZE_##bits);                                                                      \
	}
#define ARITHMETICS(name, op)                                                                                          \
	ARITHMETIC(name, op, 32)                                                                                       \
	ARITHMETIC(name, op, 64)

ARITHMETICS(add, fp_add)
ARITHMETICS(subtract, fp_subtract)
ARITHMETICS(multiply, fp_multiply)
ARITHMETICS(divide, fp_divide)
ARITHMETICS(add_subtract, i & 1 ? fp_add : fp_subtract)

/* ---- MIN MAX ---- */

/* The second operand comes through as it is, but for DAZ [SDM vol. 2, MINPS, MAXPS]. */
SOFT uint64_t extreme(struct fp_env *env, uint64_t a, uint64_t b, enum fp_relation wanted, enum fp_size size)
{
	const struct fp_parts x = take(env, a, size), y = take(env, b, size);
	const bool nan = fp_is_nan(&x) || fp_is_nan(&y);
	fp_raise(env, nan ? FP_IE : 0, x.denormal || y.denormal);
	const bool first = !nan && fp_order(&x, &y) == wanted;
	const struct fp_parts *const r = first ? &x : &y;
	if (r->class == FP_IS_ZERO)
		return r->sign ? all_ones(size) ^ all_ones(size) >> 1 : 0;
	return first ? a : b;
}

#define EXTREME(name, wanted, bits)                                                                                    \
	static void name##bits(struct fp_env *env, void *r, const void *a, const void *b, unsigned n)                  \
	{                                                                                                              \
		for (unsigned i = 0; i < n; i++)                                                                       \
			lane_put(r, i,                                                                                 \
				 extreme(env, lane_get(a, i, FP_SIZE_##bits), lane_get(b, i, FP_SIZE_##bits), wanted,  \
					 FP_SIZE_##bits),                                                              \
				 FP_SIZE_##bits);                                                                      \
	}
EXTREME(least, FP_LESS, 32)
EXTREME(least, FP_LESS, 64)
EXTREME(greatest, FP_GREATER, 32)
EXTREME(greatest, FP_GREATER, 64)

/* ---- of one operand ---- */

SOFT uint64_t root(struct fp_env *env, uint64_t a, enum fp_size size)
{
	const struct fp_parts p = take(env, a, size);
	const struct fp_parts r = fp_is_nan(&p) ? propagate(&p, 1) : fp_square_root(&p, formats[size]->precision);
	return give(env, &r, p.denormal, size);
}

/* A denormal is no exception here [SDM vol. 2, ROUNDPS]. */
SOFT uint64_t integral(struct fp_env *env, uint64_t a, enum fp_size size)
{
	const struct fp_parts p = take(env, a, size);
	const struct fp_parts r = fp_is_nan(&p) ? propagate(&p, 1) : fp_integral(env, &p);
	return give(env, &r, false, size);
}

#define UNARY(name, bits)                                                                                              \
	void fp_soft_##name##bits(struct fp_env *env, void *r, const void *a, unsigned n)                              \
	{                                                                                                              \
		for (unsigned i = 0; i < n; i++)                                                                       \
			lane_put(r, i, name(env, lane_get(a, i, FP_SIZE_##bits), FP_SIZE_##bits), FP_SIZE_##bits);     \
	}
UNARY(root, 32)
UNARY(root, 64)
UNARY(integral, 32)
UNARY(integral, 64)

/* ---- a * b + c ---- */

static struct fp_parts multiply_add(const struct fp_parts p[3], bool negate_product, bool negate_addend,
				    unsigned rounding)
{
	struct fp_parts product = fp_multiply(&p[0], &p[1], rounding), addend = p[2];
	if (product.raised)
		return product;
	product.sign ^= negate_product;
	addend.sign ^= negate_addend;
	return fp_add(&product, &addend, rounding);
}

SOFT uint64_t fused(struct fp_env *env, const uint64_t v[3], bool negate_product, bool negate_addend, enum fp_size size)
{
	const struct fp_parts p[3] = { take(env, v[0], size), take(env, v[1], size), take(env, v[2], size) };
	const bool nan = fp_is_nan(&p[0]) || fp_is_nan(&p[1]) || fp_is_nan(&p[2]);
	const struct fp_parts r = nan ? propagate(p, 3) : multiply_add(p, negate_product, negate_addend, env->rounding);
	return give(env, &r, p[0].denormal || p[1].denormal || p[2].denormal, size);
}

#define FUSED(bits)                                                                                                    \
	void fp_soft_fused##bits(struct fp_env *env, void *r, const void *a, const void *b, const void *c, unsigned n, \
				 bool negate_product, unsigned negate_addend)                                          \
	{                                                                                                              \
		for (unsigned i = 0; i < n; i++) {                                                                     \
			const uint64_t v[3] = { lane_get(a, i, FP_SIZE_##bits), lane_get(b, i, FP_SIZE_##bits),        \
						lane_get(c, i, FP_SIZE_##bits) };                                      \
			lane_put(r, i, fused(env, v, negate_product, negate_addend >> i & 1, FP_SIZE_##bits),          \
				 FP_SIZE_##bits);                                                                      \
		}                                                                                                      \
	}
FUSED(32)
FUSED(64)

/* ---- comparisons ---- */

SOFT enum fp_relation relation(struct fp_env *env, uint64_t a, uint64_t b, bool ordered, enum fp_size size)
{
	const struct fp_parts x = take(env, a, size), y = take(env, b, size);
	const bool nan = fp_is_nan(&x) || fp_is_nan(&y);
	const bool invalid = nan && (ordered || x.signalling || y.signalling);
	fp_raise(env, invalid ? FP_IE : 0, !nan && (x.denormal || y.denormal));
	return nan ? FP_UNORDERED : fp_order(&x, &y);
}

/* Bits 2:0: for which relations predicates 0 to 7 are true; 8 to 15 are those with the answer for NaNs turned round;
 * 16 to 31 the same with quiet and signalling exchanged [SDM vol. 2, CMPPD, table 3-1]. */
SOFT bool holds(enum fp_relation relation, unsigned predicate)
{
	enum { LT = 1 << FP_LESS, EQ = 1 << FP_EQUAL, GT = 1 << FP_GREATER, UN = 1 << FP_UNORDERED };
	static const uint8_t truths[16] = {
		EQ,      LT,      LT | EQ,      UN, LT | GT | UN, EQ | GT | UN, GT | UN, LT | EQ | GT,
		EQ | UN, LT | UN, LT | EQ | UN, 0,  LT | GT,      EQ | GT,      GT,      LT | EQ | GT | UN,
	};
	return truths[predicate & 15] >> relation & 1;
}

SOFT bool is_ordered(unsigned predicate)
{
	const bool signalling = (predicate & 3) == 1 || (predicate & 3) == 2;
	return signalling != predicate >> 4;
}

#define COMPARE(bits)                                                                                                  \
	static void compare##bits(struct fp_env *env, void *r, const void *a, const void *b, unsigned n,               \
				  unsigned predicate)                                                                  \
	{                                                                                                              \
		const bool ordered = is_ordered(predicate);                                                            \
		for (unsigned i = 0; i < n; i++) {                                                                     \
			const uint64_t x = lane_get(a, i, FP_SIZE_##bits), y = lane_get(b, i, FP_SIZE_##bits);         \
			const bool truth = holds(relation(env, x, y, ordered, FP_SIZE_##bits), predicate);             \
			lane_put(r, i, truth ? all_ones(FP_SIZE_##bits) : 0, FP_SIZE_##bits);                          \
		}                                                                                                      \
	}                                                                                                              \
	static enum fp_relation relate##bits(struct fp_env *env, const void *a, const void *b, bool ordered)           \
	{                                                                                                              \
		return relation(env, lane_get(a, 0, FP_SIZE_##bits), lane_get(b, 0, FP_SIZE_##bits), ordered,          \
				FP_SIZE_##bits);                                                                       \
	}
COMPARE(32)
COMPARE(64)

/* ---- all of it ---- */

#define SIZES(name)                                                                                                    \
	{                                                                                                              \
		name##32, name##64                                                                                     \
	}

const struct fp_backend fp_soft = {
	.binary = {
		[FP_ADD] = SIZES(add),
		[FP_SUB] = SIZES(subtract),
		[FP_MUL] = SIZES(multiply),
		[FP_DIV] = SIZES(divide),
		[FP_MIN] = SIZES(least),
		[FP_MAX] = SIZES(greatest),
		[FP_ADDSUB] = SIZES(add_subtract),
	},
	.sqrt = SIZES(fp_soft_root),
	.to_integral = SIZES(fp_soft_integral),
	.fused = SIZES(fp_soft_fused),
	.compare = SIZES(compare),
	.relate = SIZES(relate),
	.convert = FP_SOFT_CONVERSIONS,
};

const struct fp_backend *fp_best(void)
{
#ifdef __x86_64__
	return &fp_host;
#else
	return &fp_soft;
#endif
}
