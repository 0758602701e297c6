/* fp_host.c - f32 and f64 by lanes, on the SSE2 unit of the host, and FMA where it is.
 *
 * Only while all exceptions are masked; and what it does not have is done by fp_soft. Everything that looks at MXCSR
 * is volatile assembler, which the compiler does not move past each other. */
#include "fp/fp.h"

#ifdef __x86_64__

#include "fp/fp_soft.h"
#include <string.h>

static bool serves(const struct fp_env *env)
{
	return env->masks == FP_FLAGS;
}

/* ---- the host's MXCSR ---- */

static inline uint32_t enter(const struct fp_env *env)
{
	const uint32_t wanted = (uint32_t)env->rounding << 13 | (uint32_t)FP_FLAGS << 7 | (uint32_t)env->daz << 6 |
				(uint32_t)env->ftz << 15;
	uint32_t saved;
	__asm__ volatile("stmxcsr %0\n\tldmxcsr %1" : "=m"(saved) : "m"(wanted));
	return saved;
}

static inline void leave(struct fp_env *env, uint32_t saved)
{
	uint32_t seen;
	__asm__ volatile("stmxcsr %0\n\tldmxcsr %1" : "=m"(seen) : "m"(saved));
	env->flags |= seen & FP_FLAGS;
}

/* Lane `i` of some lanes of one type. */
#define GET(v, lanes, i) memcpy(&(v), (const char *)(lanes) + (i) * sizeof(v), sizeof(v))
#define PUT(v, lanes, i) memcpy((char *)(lanes) + (i) * sizeof(v), &(v), sizeof(v))

#define LANE(lanes, type, i) ((char *)(lanes) + (i) * sizeof(type))
#define CONST_LANE(lanes, type, i) ((const char *)(lanes) + (i) * sizeof(type))

/* ---- + - * / MIN MAX ---- */

#define BINARY(name, index, size, type, even, odd)                                                                     \
	static void name(struct fp_env *env, void *r, const void *a, const void *b, unsigned n)                        \
	{                                                                                                              \
		if (!serves(env)) {                                                                                    \
			fp_soft.binary[index][size](env, r, a, b, n);                                                  \
			return;                                                                                        \
		}                                                                                                      \
		const uint32_t saved = enter(env);                                                                     \
		for (unsigned i = 0; i < n; i++) {                                                                     \
			type x, y;                                                                                     \
			GET(x, a, i);                                                                                  \
			GET(y, b, i);                                                                                  \
			if (i & 1)                                                                                     \
				__asm__ volatile(odd " %1, %0" : "+x"(x) : "x"(y));                                    \
			else                                                                                           \
				__asm__ volatile(even " %1, %0" : "+x"(x) : "x"(y));                                   \
			PUT(x, r, i);                                                                                  \
		}                                                                                                      \
		leave(env, saved);                                                                                     \
	}
#define BINARIES(name, index, even, odd)                                                                               \
	BINARY(name##32, index, FP_SIZE_32, float, even "ss", odd "ss")                                                \
	BINARY(name##64, index, FP_SIZE_64, double, even "sd", odd "sd")

BINARIES(add, FP_ADD, "add", "add")
BINARIES(sub, FP_SUB, "sub", "sub")
BINARIES(mul, FP_MUL, "mul", "mul")
BINARIES(div, FP_DIV, "div", "div")
BINARIES(min, FP_MIN, "min", "min")
BINARIES(max, FP_MAX, "max", "max")
BINARIES(addsub, FP_ADDSUB, "sub", "add")

/* ---- a * b + c ---- */

/* FMA is not in every host. Negations are of sign bits; lanes whose result is a NaN are done again by fp_soft, which
 * knows whose NaN it is: the flags are the same. Whether it is one is asked of the bits, since UCOMIS would set DE. */
#define FUSED(bits, type, word, infinity, suffix)                                                                      \
	static void fused##bits(struct fp_env *env, void *r, const void *a, const void *b, const void *c, unsigned n,  \
				bool negate_product, unsigned negate_addend)                                           \
	{                                                                                                              \
		unsigned nans = 0;                                                                                     \
		if (!serves(env) || !__builtin_cpu_supports("fma")) {                                                  \
			fp_soft_fused##bits(env, r, a, b, c, n, negate_product, negate_addend);                        \
			return;                                                                                        \
		}                                                                                                      \
		const uint32_t saved = enter(env);                                                                     \
		for (unsigned i = 0; i < n; i++) {                                                                     \
			word x, z;                                                                                     \
			type y, product, sum;                                                                          \
			GET(x, a, i);                                                                                  \
			GET(y, b, i);                                                                                  \
			GET(z, c, i);                                                                                  \
			x ^= (word)negate_product << (bits - 1);                                                       \
			z ^= (word)(negate_addend >> i & 1) << (bits - 1);                                             \
			memcpy(&product, &x, sizeof(x));                                                               \
			memcpy(&sum, &z, sizeof(z));                                                                   \
			__asm__ volatile("vfmadd231" suffix " %2, %1, %0" : "+x"(sum) : "x"(product), "x"(y));         \
			memcpy(&z, &sum, sizeof(z));                                                                   \
			PUT(z, r, i);                                                                                  \
			nans |= (unsigned)((z & (word)-1 >> 1) > (infinity)) << i;                                     \
		}                                                                                                      \
		leave(env, saved);                                                                                     \
		for (unsigned i = 0; nans; i++, nans >>= 1)                                                            \
			if (nans & 1)                                                                                  \
				fp_soft_fused##bits(env, LANE(r, type, i), CONST_LANE(a, type, i),                     \
						    CONST_LANE(b, type, i), CONST_LANE(c, type, i), 1, negate_product, \
						    negate_addend >> i & 1);                                           \
	}
FUSED(32, float, uint32_t, 0x7f800000, "ss")
FUSED(64, double, uint64_t, 0x7ff0000000000000, "sd")

/* ---- square roots and conversions ---- */

#define UNARY(name, soft, from, from_register, to, to_register, op)                                                    \
	static void name(struct fp_env *env, void *r, const void *a, unsigned n)                                       \
	{                                                                                                              \
		if (!serves(env)) {                                                                                    \
			fp_soft.soft(env, r, a, n);                                                                    \
			return;                                                                                        \
		}                                                                                                      \
		const uint32_t saved = enter(env);                                                                     \
		for (unsigned k = 0; k < n; k++) {                                                                     \
			const unsigned i = sizeof(to) > sizeof(from) ? n - 1 - k : k;                                  \
			from x;                                                                                        \
			to y = 0;                                                                                      \
			GET(x, a, i);                                                                                  \
			__asm__ volatile(op " %1, %0" : "+" to_register(y) : from_register(x));                        \
			PUT(y, r, i);                                                                                  \
		}                                                                                                      \
		leave(env, saved);                                                                                     \
	}

UNARY(sqrt32, sqrt[FP_SIZE_32], float, "x", float, "x", "sqrtss")
UNARY(sqrt64, sqrt[FP_SIZE_64], double, "x", double, "x", "sqrtsd")
UNARY(f32_to_f64, convert[FP_F32][FP_F64], float, "x", double, "x", "cvtss2sd")
UNARY(f64_to_f32, convert[FP_F64][FP_F32], double, "x", float, "x", "cvtsd2ss")
UNARY(f32_to_i32, convert[FP_F32][FP_I32], float, "x", int32_t, "r", "cvtss2si")
UNARY(f32_to_i64, convert[FP_F32][FP_I64], float, "x", int64_t, "r", "cvtss2si")
UNARY(f64_to_i32, convert[FP_F64][FP_I32], double, "x", int32_t, "r", "cvtsd2si")
UNARY(f64_to_i64, convert[FP_F64][FP_I64], double, "x", int64_t, "r", "cvtsd2si")
UNARY(i32_to_f32, convert[FP_I32][FP_F32], int32_t, "r", float, "x", "cvtsi2ss")
UNARY(i32_to_f64, convert[FP_I32][FP_F64], int32_t, "r", double, "x", "cvtsi2sd")
UNARY(i64_to_f32, convert[FP_I64][FP_F32], int64_t, "r", float, "x", "cvtsi2ssq")
UNARY(i64_to_f64, convert[FP_I64][FP_F64], int64_t, "r", double, "x", "cvtsi2sdq")

/* ---- comparisons ---- */

/* SSE2 has the first eight predicates. */
#define PREDICATE(number, op)                                                                                          \
	case number:                                                                                                   \
		__asm__ volatile(op " $" #number ", %1, %0" : "+x"(x) : "x"(y));                                       \
		break;
#define COMPARE(name, size, type, op)                                                                                  \
	static inline type name##_element(type x, type y, unsigned predicate)                                          \
	{                                                                                                              \
		switch (predicate) {                                                                                   \
			PREDICATE(0, op)                                                                               \
			PREDICATE(1, op)                                                                               \
			PREDICATE(2, op)                                                                               \
			PREDICATE(3, op)                                                                               \
			PREDICATE(4, op)                                                                               \
			PREDICATE(5, op)                                                                               \
			PREDICATE(6, op)                                                                               \
			PREDICATE(7, op)                                                                               \
		}                                                                                                      \
		return x;                                                                                              \
	}                                                                                                              \
	static void name(struct fp_env *env, void *r, const void *a, const void *b, unsigned n, unsigned predicate)    \
	{                                                                                                              \
		if (!serves(env) || predicate > 7) {                                                                   \
			fp_soft.compare[size](env, r, a, b, n, predicate);                                             \
			return;                                                                                        \
		}                                                                                                      \
		const uint32_t saved = enter(env);                                                                     \
		for (unsigned i = 0; i < n; i++) {                                                                     \
			type x, y;                                                                                     \
			GET(x, a, i);                                                                                  \
			GET(y, b, i);                                                                                  \
			x = name##_element(x, y, predicate);                                                           \
			PUT(x, r, i);                                                                                  \
		}                                                                                                      \
		leave(env, saved);                                                                                     \
	}
COMPARE(compare32, FP_SIZE_32, float, "cmpss")
COMPARE(compare64, FP_SIZE_64, double, "cmpsd")

/* CF: less; ZF: equal; PF: a NaN [SDM vol. 2, COMISS]. */
#define RELATE(name, size, type, suffix)                                                                               \
	static enum fp_relation name(struct fp_env *env, const void *a, const void *b, bool ordered)                   \
	{                                                                                                              \
		bool zf, pf, cf;                                                                                       \
		type x, y;                                                                                             \
		if (!serves(env))                                                                                      \
			return fp_soft.relate[size](env, a, b, ordered);                                               \
		GET(x, a, 0);                                                                                          \
		GET(y, b, 0);                                                                                          \
		const uint32_t saved = enter(env);                                                                     \
		if (ordered)                                                                                           \
			__asm__ volatile("comi" suffix " %4, %3"                                                       \
					 : "=@ccz"(zf), "=@ccp"(pf), "=@ccc"(cf)                                       \
					 : "x"(x), "x"(y));                                                            \
		else                                                                                                   \
			__asm__ volatile("ucomi" suffix " %4, %3"                                                      \
					 : "=@ccz"(zf), "=@ccp"(pf), "=@ccc"(cf)                                       \
					 : "x"(x), "x"(y));                                                            \
		leave(env, saved);                                                                                     \
		return pf ? FP_UNORDERED : zf ? FP_EQUAL : cf ? FP_LESS : FP_GREATER;                                  \
	}
RELATE(relate32, FP_SIZE_32, float, "ss")
RELATE(relate64, FP_SIZE_64, double, "sd")

#define SIZES(name)                                                                                                    \
	{                                                                                                              \
		name##32, name##64                                                                                     \
	}

const struct fp_backend fp_host = {
	.binary = {
		[FP_ADD] = SIZES(add),
		[FP_SUB] = SIZES(sub),
		[FP_MUL] = SIZES(mul),
		[FP_DIV] = SIZES(div),
		[FP_MIN] = SIZES(min),
		[FP_MAX] = SIZES(max),
		[FP_ADDSUB] = SIZES(addsub),
	},
	.sqrt = SIZES(sqrt),
	.to_integral = SIZES(fp_soft_integral),
	.fused = SIZES(fused),
	.compare = SIZES(compare),
	.relate = SIZES(relate),
	.convert = {
		[FP_F16] = { [FP_F32] = fp_f16_to_f32 },
		[FP_F32] = { [FP_F16] = fp_f32_to_f16, [FP_F64] = f32_to_f64, [FP_I32] = f32_to_i32,
			     [FP_I64] = f32_to_i64 },
		[FP_F64] = { [FP_F32] = f64_to_f32, [FP_I32] = f64_to_i32, [FP_I64] = f64_to_i64 },
		[FP_I32] = { [FP_F32] = i32_to_f32, [FP_F64] = i32_to_f64 },
		[FP_I64] = { [FP_F32] = i64_to_f32, [FP_F64] = i64_to_f64 },
	},
};

#endif
