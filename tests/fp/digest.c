/* digest.c - fp-digest [COUNT]: a line for each operation of fp_soft and of the x87, with a hash of what it makes of
 * COUNT drawn operands. Two hosts must print the same; that of x86-64 is compared with its processor by fp-native.
 */
#include "fp_test.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 4, BYTES = 32 };

/* An element of the format to each 8 bytes' place, or as SSE has them next to each other. */
struct trial {
	uint8_t a[BYTES], b[BYTES], c[BYTES], r[BYTES];
	struct fp80 x, y;
	struct fp_env env;
	unsigned lanes;
	uint64_t bits;
};

static unsigned long count = 20000;

/* ---- hashed: FNV-1a, 64 bits ---- */

static uint64_t hash;

static void mix(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
}

static void mix_number(uint64_t n)
{
	uint8_t bytes[8];
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(n >> 8 * i);
	mix(bytes, 8);
}

static void mix_f80(struct fp80 v)
{
	mix_number(v.significand);
	mix_number(v.sign_exponent);
}

/* ---- drawn ---- */

static const uint8_t size_of[] = { [FP_F16] = 2, [FP_F32] = 4, [FP_F64] = 8, [FP_I32] = 4, [FP_I64] = 8 };

static uint64_t draw_of(unsigned type)
{
	switch (type) {
	case FP_F16:
		return draw_f16();
	case FP_F32:
		return draw_f32();
	case FP_F64:
		return draw_f64();
	default:
		return (uint64_t)draw_int();
	}
}

static void draw_lanes(uint8_t *to, unsigned type)
{
	for (unsigned i = 0; i < LANES; i++) {
		const uint64_t v = draw_of(type);
		memcpy(to + i * size_of[type], &v, size_of[type]);
	}
}

/* Of all exceptions masked, and of some. */
static struct fp_env draw_env(void)
{
	static const uint8_t precisions[] = { 24, 53, 64, 64 };
	const uint64_t bits = draw();
	return (struct fp_env){ .rounding = bits & 3,
				.masks = bits & 4 ? FP_FLAGS : bits >> 8 & FP_FLAGS,
				.precision = precisions[bits >> 3 & 3],
				.daz = bits >> 5 & 1,
				.ftz = bits >> 6 & 1 };
}

static void draw_trial(struct trial *t, unsigned type)
{
	memset(t, 0, sizeof(*t));
	t->env = draw_env();
	t->bits = draw();
	t->lanes = 1 + (t->bits & 3);
	draw_lanes(t->a, type);
	draw_lanes(t->b, type);
	draw_lanes(t->c, type);
	t->x = draw_f80();
	t->y = draw_f80();
}

/* ---- lanes ---- */

typedef void run_fn(struct trial *t, unsigned op, unsigned size);

static void binary(struct trial *t, unsigned op, unsigned size)
{
	fp_soft.binary[op][size](&t->env, t->r, t->a, t->b, t->lanes);
}

static void root(struct trial *t, unsigned op, unsigned size)
{
	(void)op;
	fp_soft.sqrt[size](&t->env, t->r, t->a, t->lanes);
}

static void integral(struct trial *t, unsigned op, unsigned size)
{
	(void)op;
	fp_soft.to_integral[size](&t->env, t->r, t->a, t->lanes);
}

static void fused(struct trial *t, unsigned op, unsigned size)
{
	fp_soft.fused[size](&t->env, t->r, t->a, t->b, t->c, t->lanes, op & 1, t->bits >> 8 & 15);
}

static void compare(struct trial *t, unsigned op, unsigned size)
{
	fp_soft.compare[size](&t->env, t->r, t->a, t->b, t->lanes, op);
}

static void relate(struct trial *t, unsigned op, unsigned size)
{
	t->r[0] = (uint8_t)fp_soft.relate[size](&t->env, t->a, t->b, op);
}

static void convert(struct trial *t, unsigned from, unsigned to)
{
	fp_soft.convert[from][to](&t->env, t->r, t->a, t->lanes);
}

static void estimate(struct trial *t, unsigned op, unsigned size)
{
	(void)size;
	(op ? fp_reciprocal_roots : fp_reciprocals)(t->r, t->a, t->lanes);
}

/* A trapped instruction writes no result. */
static void digest(const char *name, run_fn *run, unsigned op, unsigned size, unsigned type)
{
	draw_restart(1);
	hash = 0xcbf29ce484222325;
	for (unsigned long i = 0; i < count; i++) {
		struct trial t;
		draw_trial(&t, type);
		run(&t, op, size);
		if (!fp_traps(&t.env))
			mix(t.r, sizeof(t.r));
		mix_number(t.env.flags);
	}
	printf("%s %u %u: %016" PRIx64 "\n", name, op, size, hash);
}

static void digest_lanes(void)
{
	static const struct {
		const char *name;
		run_fn *run;
		unsigned ops;
	} rows[] = {
		{ "binary", binary, FP_BINARY_OPS }, { "sqrt", root, 1 },
		{ "to_integral", integral, 1 },      { "fused", fused, 2 },
		{ "compare", compare, 32 },          { "relate", relate, 2 },
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned op = 0; op < rows[i].ops; op++) {
			digest(rows[i].name, rows[i].run, op, FP_SIZE_32, FP_F32);
			digest(rows[i].name, rows[i].run, op, FP_SIZE_64, FP_F64);
		}
	}
	for (unsigned from = 0; from < FP_TYPES; from++) {
		for (unsigned to = 0; to < FP_TYPES; to++) {
			if (fp_soft.convert[from][to])
				digest("convert", convert, from, to, from);
		}
	}
	digest("estimate", estimate, 0, 0, FP_F32);
	digest("estimate", estimate, 1, 0, FP_F32);
}

/* ---- the x87 ---- */

typedef void x87_fn(struct trial *t);

#define ARITHMETIC(name, call)                                                                                         \
	static void x87_##name(struct trial *t)                                                                        \
	{                                                                                                              \
		const struct fp80 r = call;                                                                            \
		if (!(t->env.flags & ~t->env.masks & FP_BEFORE))                                                       \
			mix_f80(r);                                                                                    \
	}
#define STORE(name, call)                                                                                              \
	static void x87_##name(struct trial *t)                                                                        \
	{                                                                                                              \
		const uint64_t r = (uint64_t)call;                                                                     \
		if (!(t->env.flags & ~t->env.masks & (FP_BEFORE | FP_OE | FP_UE)))                                     \
			mix_number(r);                                                                                 \
	}

ARITHMETIC(add, f80_add(&t->env, t->x, t->y))
ARITHMETIC(sub, f80_sub(&t->env, t->x, t->y))
ARITHMETIC(mul, f80_mul(&t->env, t->x, t->y))
ARITHMETIC(div, f80_div(&t->env, t->x, t->y))
ARITHMETIC(sqrt, f80_sqrt(&t->env, t->x))
ARITHMETIC(to_integral, f80_to_integral(&t->env, t->x))
ARITHMETIC(scale, f80_scale(&t->env, t->x, t->y))
ARITHMETIC(from_f32, f80_from_f32(&t->env, (uint32_t)t->bits))
ARITHMETIC(from_f64, f80_from_f64(&t->env, t->bits))
ARITHMETIC(from_int, f80_from_int((int64_t)t->bits))
ARITHMETIC(from_bcd, f80_from_bcd(t->a))
STORE(to_f32, f80_to_f32(&t->env, t->x))
STORE(to_f64, f80_to_f64(&t->env, t->x))
STORE(to_i16, f80_to_int(&t->env, t->x, 2))
STORE(to_i32, f80_to_int(&t->env, t->x, 4))
STORE(to_i64, f80_to_int(&t->env, t->x, 8))
STORE(fcom, f80_relate(&t->env, t->x, t->y, true))
STORE(fucom, f80_relate(&t->env, t->x, t->y, false))
STORE(class, f80_class(t->x))

static void x87_extract(struct trial *t)
{
	struct fp80 exponent = { 0, 0 };
	const struct fp80 r = f80_extract(&t->env, t->x, &exponent);
	if (t->env.flags & ~t->env.masks & FP_BEFORE)
		return;
	mix_f80(r);
	mix_f80(exponent);
}

static void mix_remainder(struct trial *t, bool nearest)
{
	const struct fp80_remainder r = f80_remainder(&t->env, t->x, t->y, nearest);
	if (t->env.flags & ~t->env.masks & FP_BEFORE)
		return;
	mix_f80(r.value);
	mix_number(r.quotient | r.partial << 3);
}

static void x87_prem(struct trial *t)
{
	mix_remainder(t, false);
}

static void x87_prem1(struct trial *t)
{
	mix_remainder(t, true);
}

static void x87_to_bcd(struct trial *t)
{
	uint8_t r[10] = { 0 };
	f80_to_bcd(&t->env, t->x, r);
	if (!(t->env.flags & ~t->env.masks & FP_BEFORE))
		mix(r, sizeof(r));
}

static void digest_x87(const char *name, x87_fn *run)
{
	draw_restart(1);
	hash = 0xcbf29ce484222325;
	for (unsigned long i = 0; i < count; i++) {
		struct trial t;
		draw_trial(&t, FP_F64);
		run(&t);
		mix_number(t.env.flags | (uint64_t)t.env.rounded_up << 8);
	}
	printf("x87 %s: %016" PRIx64 "\n", name, hash);
}

#define DIGEST_X87(name) digest_x87(#name, x87_##name)

int main(int argc, char **argv)
{
	if (argc == 2)
		count = strtoul(argv[1], NULL, 10);
	digest_lanes();
	DIGEST_X87(add);
	DIGEST_X87(sub);
	DIGEST_X87(mul);
	DIGEST_X87(div);
	DIGEST_X87(sqrt);
	DIGEST_X87(to_integral);
	DIGEST_X87(scale);
	DIGEST_X87(extract);
	DIGEST_X87(prem);
	DIGEST_X87(prem1);
	DIGEST_X87(fcom);
	DIGEST_X87(fucom);
	DIGEST_X87(class);
	DIGEST_X87(from_f32);
	DIGEST_X87(from_f64);
	DIGEST_X87(from_int);
	DIGEST_X87(from_bcd);
	DIGEST_X87(to_f32);
	DIGEST_X87(to_f64);
	DIGEST_X87(to_i16);
	DIGEST_X87(to_i32);
	DIGEST_X87(to_i64);
	DIGEST_X87(to_bcd);
	return 0;
}
