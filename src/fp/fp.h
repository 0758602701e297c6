/* fp.h - floating-point arithmetic as x86 does it, bit for bit, with its exception flags. Pure: no struct cpu.
 *
 * Values are bit patterns: f16, f32, f64 in uint16_t, uint32_t, uint64_t, f80 in struct fp80. What MXCSR or the x87
 * control word asks for comes in a struct fp_env, and the flags that the operation raises are or'ed into it.
 *
 * An operation of several lanes raises the flags of all of them; fp_traps() says what of that is seen when an exception
 * is not masked, and that nothing may be written. */
#ifndef RS_FP_FP_H
#define RS_FP_FP_H

#include <stdbool.h>
#include <stdint.h>

#include "fp/fp80.h"

/* As in MXCSR bits 5:0 and the x87 status word. The first three are found before anything is computed, and are then
 * the only ones. */
enum {
	FP_IE = 1,
	FP_DE = 2,
	FP_ZE = 4,
	FP_OE = 8,
	FP_UE = 16,
	FP_PE = 32,
	FP_BEFORE = FP_IE | FP_DE | FP_ZE,
	FP_FLAGS = 63,
};

/* RC, and bits 1:0 of the immediates that round. */
enum fp_rounding { FP_NEAREST, FP_DOWN, FP_UP, FP_TO_ZERO };

struct fp_env {
	uint8_t rounding;  /* enum fp_rounding */
	uint8_t masks;     /* flags whose exception is masked */
	uint8_t precision; /* f80: bits of the significand by PC: 24, 53, 64 */
	bool daz, ftz;     /* f32 and f64; never of f80 */
	uint8_t flags;     /* raised */
	bool rounded_up;   /* f80: C1 of the last operation that rounds: the magnitude grew by rounding */
};

/* The environment of one instruction, with no flag raised yet [SDM vol. 1, 10.2.3]. */
static inline struct fp_env fp_env_sse(uint32_t mxcsr)
{
	return (struct fp_env){ .rounding = mxcsr >> 13 & 3,
				.masks = mxcsr >> 7 & FP_FLAGS,
				.precision = 64,
				.daz = mxcsr >> 6 & 1,
				.ftz = mxcsr >> 15 & 1 };
}

/* PC 1 is reserved [SDM vol. 1, 8.1.5.2]; it computes with all 64 bits. */
static inline struct fp_env fp_env_x87(uint16_t fcw)
{
	static const uint8_t precisions[] = { 24, 64, 53, 64 };
	return (
	    struct fp_env){ .rounding = fcw >> 10 & 3, .masks = fcw & FP_FLAGS, .precision = precisions[fcw >> 8 & 3] };
}

/* Whether an exception is to be raised. An unmasked one that is found before the computation hides what the other lanes
 * would raise by computing [SDM vol. 1, 11.5.3]: their flags are taken out. */
static inline bool fp_traps(struct fp_env *env)
{
	if (env->flags & ~env->masks & FP_BEFORE)
		env->flags &= FP_BEFORE;
	return env->flags & ~env->masks & FP_FLAGS;
}

/* ---- f32 and f64 by lanes: SSE ----
 *
 * `n` elements each; the result may lie where an operand lies. Index of the tables is an fp_size. */

enum fp_size { FP_SIZE_32, FP_SIZE_64, FP_SIZES };

/* ADDSUB subtracts in even lanes and adds in odd ones. MIN and MAX give the second operand if either is a NaN or both
 * are zeroes. */
enum fp_binary_op { FP_ADD, FP_SUB, FP_MUL, FP_DIV, FP_MIN, FP_MAX, FP_ADDSUB, FP_BINARY_OPS };

enum fp_relation { FP_LESS, FP_EQUAL, FP_GREATER, FP_UNORDERED };

/* The formats of conversions. To an integer: rounded by env.rounding (CVTT: FP_TO_ZERO), out of range the integer
 * indefinite and IE. F16 to F32 ignores DAZ, F32 to F16 ignores FTZ. */
enum fp_type { FP_F16, FP_F32, FP_F64, FP_I32, FP_I64, FP_TYPES };

typedef void fp_binary_fn(struct fp_env *env, void *r, const void *a, const void *b, unsigned n);
typedef void fp_unary_fn(struct fp_env *env, void *r, const void *a, unsigned n);

/* a * b + c with one rounding. `negate_product` for FNMADD and FNMSUB; bit i of `negate_addend`: c is subtracted in
 * lane i. Of several NaNs a's is propagated before b's before c's, never negated. */
typedef void fp_fused_fn(struct fp_env *env, void *r, const void *a, const void *b, const void *c, unsigned n,
			 bool negate_product, unsigned negate_addend);

/* `predicate` is that of VCMPPS, 0 to 31; the result is all ones or all zeroes in each lane. */
typedef void fp_predicate_fn(struct fp_env *env, void *r, const void *a, const void *b, unsigned n, unsigned predicate);

/* COMIS if `ordered` (IE for any NaN), else UCOMIS (IE for an SNaN). */
typedef enum fp_relation fp_relate_fn(struct fp_env *env, const void *a, const void *b, bool ordered);

struct fp_backend {
	fp_binary_fn *binary[FP_BINARY_OPS][FP_SIZES];
	fp_unary_fn *sqrt[FP_SIZES];
	fp_unary_fn *to_integral[FP_SIZES]; /* ROUNDPS; who does not want PE drops it */
	fp_fused_fn *fused[FP_SIZES];
	fp_predicate_fn *compare[FP_SIZES];
	fp_relate_fn *relate[FP_SIZES];
	fp_unary_fn *convert[FP_TYPES][FP_TYPES]; /* [from][to]; NULL: there is none */
};

/* In integers, on any host: the reference. */
extern const struct fp_backend fp_soft;
#ifdef __x86_64__
/* On the SSE unit of the host; what it cannot do exactly, or with these masks, fp_soft does. */
extern const struct fp_backend fp_host;
#endif
const struct fp_backend *fp_best(void);

/* RCPPS and RSQRTPS: f32, no flags, whatever MXCSR says. */
void fp_reciprocals(void *r, const void *a, unsigned n);
void fp_reciprocal_roots(void *r, const void *a, unsigned n);

/* ---- f80: x87 ----
 *
 * If an unmasked IE, DE or ZE was raised the result means nothing, and the instruction must not write it. With OE or UE
 * unmasked a result of f80 has its exponent brought into range by 24576 [SDM vol. 1, 8.5.4, 8.5.5]; a conversion to f32
 * or f64 gives no result then. Each clears rounded_up unless it rounds up. */

#define FP80_SIGN 0x8000u
#define FP80_EXPONENT 0x7fffu
/* The QNaN real indefinite. */
#define FP80_INDEFINITE ((struct fp80){ 0xc000000000000000, 0xffff })

struct fp80 f80_add(struct fp_env *env, struct fp80 a, struct fp80 b);
struct fp80 f80_sub(struct fp_env *env, struct fp80 a, struct fp80 b);
struct fp80 f80_mul(struct fp_env *env, struct fp80 a, struct fp80 b);
struct fp80 f80_div(struct fp_env *env, struct fp80 a, struct fp80 b);
struct fp80 f80_sqrt(struct fp_env *env, struct fp80 a);
struct fp80 f80_to_integral(struct fp_env *env, struct fp80 a);           /* FRNDINT */
struct fp80 f80_scale(struct fp_env *env, struct fp80 a, struct fp80 by); /* FSCALE: a * 2 ** truncated by */
/* FXTRACT: the result is the significand. */
struct fp80 f80_extract(struct fp_env *env, struct fp80 a, struct fp80 *exponent);

/* FPREM, with `nearest` FPREM1: one step. `quotient` are the low three bits of the quotient, 0 while `partial` (C2). */
struct fp80_remainder {
	struct fp80 value;
	uint8_t quotient;
	bool partial;
};
struct fp80_remainder f80_remainder(struct fp_env *env, struct fp80 a, struct fp80 b, bool nearest);

/* FCOM if `ordered` (IE for any NaN), else FUCOM (IE for an SNaN or an unsupported encoding). */
enum fp_relation f80_relate(struct fp_env *env, struct fp80 a, struct fp80 b, bool ordered);

/* The load and store formats. Loads of f32 and f64 raise DE and IE; of integers and BCD nothing. Stores of integers by
 * env.rounding (FISTTP: FP_TO_ZERO). f80 itself is loaded and stored as it is. */
struct fp80 f80_from_f32(struct fp_env *env, uint32_t a);
struct fp80 f80_from_f64(struct fp_env *env, uint64_t a);
struct fp80 f80_from_int(int64_t a);
struct fp80 f80_from_bcd(const uint8_t a[10]);
uint32_t f80_to_f32(struct fp_env *env, struct fp80 a);
uint64_t f80_to_f64(struct fp_env *env, struct fp80 a);
int64_t f80_to_int(struct fp_env *env, struct fp80 a, unsigned size); /* size: bytes: 2, 4, 8 */
void f80_to_bcd(struct fp_env *env, struct fp80 a, uint8_t r[10]);

/* In the order of FXAM's C3 C2 C0 [SDM vol. 2, FXAM]; "empty" is not of the value. */
enum fp80_class {
	FP80_UNSUPPORTED,
	FP80_NAN,
	FP80_NORMAL,
	FP80_INFINITY,
	FP80_ZERO,
	FP80_EMPTY,
	FP80_DENORMAL,
};
enum fp80_class f80_class(struct fp80 a);

#endif
