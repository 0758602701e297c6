/* fp_parts.h - a number taken apart, in which every format is computed. */
#ifndef RS_FP_PARTS_H
#define RS_FP_PARTS_H

#include "fp/fp.h"

__extension__ typedef unsigned __int128 fp_bits;

#define FP_TOP ((fp_bits)1 << 127)

struct fp_format {
	uint8_t precision;      /* bits of the significand, with the integer bit */
	uint16_t exponent_mask; /* the biased exponent of infinities and NaNs */
	int32_t bias;
};

extern const struct fp_format fp_f16, fp_f32, fp_f64, fp_f80;

enum fp_class { FP_IS_ZERO, FP_IS_FINITE, FP_IS_INFINITE, FP_IS_NAN, FP_IS_UNSUPPORTED };

/* What an operation of two or three of them gives is exact, except that the lowest bit of the significand stands for
 * all that lies below it. */
struct fp_parts {
	uint8_t class;
	bool sign, denormal, signalling;
	uint8_t raised;   /* by what gave it: IE or ZE */
	int32_t exponent; /* of the leading bit of a finite one */
	fp_bits
	    significand; /* the leading bit is the topmost, unless it waits for fp_normalise; a NaN: as in f80, above */
};

struct fp_parts fp_unpack(const struct fp_format *f, bool sign, unsigned biased, uint64_t significand);
struct fp_parts fp_unpack_bits(const struct fp_format *f, uint64_t bits);
struct fp_parts fp_unpack_f80(struct fp80 a);
struct fp_parts fp_from_int(int64_t a);
/* A denormal becomes a zero. */
void fp_flush(struct fp_parts *a);
void fp_normalise(struct fp_parts *a);
fp_bits fp_shift_right(fp_bits a, unsigned count);

/* The upper `keep` bits of the significand, rounded; `keep` is 64 at most, and below 0 for what lies far right. */
struct fp_cut {
	uint64_t kept; /* 0 if 64 bits were rounded up to 2 ** 64 */
	bool inexact, up;
};
struct fp_cut fp_cut(const struct fp_parts *a, int keep, unsigned rounding);

/* Rounds to the format, and to `precision` bits, raising OE, UE and PE. */
uint64_t fp_pack_bits(struct fp_env *env, const struct fp_format *f, const struct fp_parts *a);
struct fp80 fp_pack_f80(struct fp_env *env, const struct fp_parts *a, unsigned precision);

/* To an integer of `bits` bits, or the integer indefinite. */
int64_t fp_to_int(struct fp_env *env, const struct fp_parts *a, unsigned bits);

/* ---- operations: no operand is a NaN or unsupported ---- */

typedef struct fp_parts fp_operation(const struct fp_parts *a, const struct fp_parts *b, unsigned rounding);

struct fp_parts fp_invalid(void);
fp_operation fp_add, fp_subtract, fp_multiply, fp_divide;
struct fp_parts fp_square_root(const struct fp_parts *a, unsigned precision);
struct fp_parts fp_integral(struct fp_env *env, const struct fp_parts *a);
enum fp_relation fp_order(const struct fp_parts *a, const struct fp_parts *b);

static inline bool fp_is_nan(const struct fp_parts *a)
{
	return a->class == FP_IS_NAN;
}

/* Takes over what the operation raised, or else DE for an operand. False: an unmasked exception, there is no result. */
static inline bool fp_raise(struct fp_env *env, unsigned raised, bool denormal)
{
	const unsigned flags = raised ? raised : denormal ? FP_DE : 0;
	env->flags |= flags;
	return !(flags & ~env->masks);
}

#endif
