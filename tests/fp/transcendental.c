/* transcendental.c - FSIN FCOS FSINCOS FPTAN FPATAN F2XM1 FYL2X FYL2XP1 of random operands against MPFR, and against
 * the x87 of the host.
 *
 *     transcendental [OPERANDS [SEED]]
 *
 * MPFR must agree in every bit, but for the operands below which the processor does not compute. The host's x87 may be
 * one unit in the last place away, and must raise the same flags. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "transcendental.h"

static const char *const names[] = { "FSIN", "FCOS", "FSINCOS", "FPTAN", "FPATAN", "F2XM1", "FYL2X", "FYL2XP1" };

/* ---- operands ---- */

static uint64_t drawn(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int between(uint64_t *seed, int low, int high)
{
	return low + (int)(drawn(seed) % (uint64_t)(high - low + 1));
}

/* Many have few bits, and many are near a power of 2. */
static uint64_t draw_significand(uint64_t *seed)
{
	const uint64_t top = 1ull << 63, bits = drawn(seed);
	switch (drawn(seed) % 8) {
	case 0:
		return top | bits << between(seed, 1, 63);
	case 1:
		return top | bits >> between(seed, 1, 63);
	case 2:
		return ~(bits >> between(seed, 1, 63)) | top;
	default:
		return top | bits;
	}
}

/* Of that magnitude, and denormal where it must be. */
static struct fp80 draw_number(uint64_t *seed, int exponent)
{
	const uint64_t sign = drawn(seed) & FP80_SIGN, significand = draw_significand(seed);
	if (exponent >= -16382)
		return (struct fp80){ significand, sign | (uint64_t)(exponent + 16383) };
	return (struct fp80){ significand >> (-16382 - exponent), sign };
}

enum { LEAST = -16445, GREATEST = 16383 };

static int any_exponent(uint64_t *seed)
{
	return between(seed, LEAST, GREATEST);
}

static int exponent_of(struct fp80 a)
{
	return (int)(a.sign_exponent & FP80_EXPONENT) - 16383;
}

static void draw_angle(uint64_t *seed, struct question *q)
{
	q->st[0] = draw_number(seed, drawn(seed) % 8 ? between(seed, -72, 62) : between(seed, LEAST, 62));
	q->st[1] = draw_number(seed, 0);
}

static void draw_point(uint64_t *seed, struct question *q)
{
	const int spread = (int)(drawn(seed) % 3), near = spread == 1 ? 3 : 70;
	q->st[0] = draw_number(seed, any_exponent(seed));
	int exponent = exponent_of(q->st[0]) + between(seed, -near, near);
	exponent = exponent < LEAST ? LEAST : exponent > GREATEST ? GREATEST : exponent;
	q->st[1] = draw_number(seed, spread ? exponent : any_exponent(seed));
}

static void draw_small(uint64_t *seed, struct question *q)
{
	q->st[0] = draw_number(seed, drawn(seed) % 8 ? between(seed, -70, -1) : between(seed, LEAST, -1));
	q->st[1] = draw_number(seed, drawn(seed) % 2 ? any_exponent(seed) : between(seed, -100, 100));
}

/* A quarter of them near 1. */
static void draw_positive(uint64_t *seed, struct question *q)
{
	draw_small(seed, q);
	q->st[0] = draw_number(seed, drawn(seed) % 4 ? any_exponent(seed) : between(seed, -1, 0));
	q->st[0].sign_exponent &= FP80_EXPONENT;
}

/* Up to the bounds within which the manual defines FYL2XP1: 1 - sqrt(1/2). */
static void draw_less(uint64_t *seed, struct question *q)
{
	do
		draw_small(seed, q);
	while (exponent_of(q->st[0]) > -3 &&
	       !(exponent_of(q->st[0]) == -2 && q->st[0].significand < 0x95f619980c4336f7));
}

static struct question draw(uint64_t *seed, enum function f)
{
	static void (*const by[])(uint64_t *, struct question *) = {
		draw_angle, draw_angle, draw_angle, draw_angle, draw_point, draw_small, draw_positive, draw_less,
	};
	struct question q = { .function = f, .fcw = 0x37fu | (drawn(seed) % 2 ? 0 : drawn(seed) % 4 << 10) };
	by[f](seed, &q);
	return q;
}

/* ---- comparing ---- */

/* Neighbours are one apart. */
static int64_t place(struct fp80 a)
{
	return (int64_t)(a.significand & ~(1ull << 63));
}

/* Units in the last place between two results, 1000 for many. */
static unsigned distance(struct fp80 a, struct fp80 b)
{
	const int64_t exponents = (int64_t)a.sign_exponent - (int64_t)b.sign_exponent;
	if (exponents < -1 || exponents > 1)
		return 1000;
	const uint64_t apart = (uint64_t)(place(a) - place(b)) + ((uint64_t)exponents << 63);
	const uint64_t least = apart >> 63 ? -apart : apart;
	return least > 1000 ? 1000 : (unsigned)least;
}

static unsigned farthest(const struct outcome *a, const struct outcome *b)
{
	const unsigned first = distance(a->value[0], b->value[0]), second = distance(a->value[1], b->value[1]);
	return first > second ? first : second;
}

struct tally {
	unsigned long count, different, flags, c1;
	unsigned distance;
	unsigned long failed;
};

static void show(const struct question *q, const struct outcome *ours, const struct outcome *theirs, const char *whose)
{
	printf("%s %04" PRIx64 ":%016" PRIx64 " %04" PRIx64 ":%016" PRIx64 " fcw %03x\n", names[q->function],
	       q->st[0].sign_exponent, q->st[0].significand, q->st[1].sign_exponent, q->st[1].significand, q->fcw);
	printf("  ringstep %04" PRIx64 ":%016" PRIx64 " flags %02x, %s %04" PRIx64 ":%016" PRIx64 " flags %02x\n",
	       ours->value[0].sign_exponent, ours->value[0].significand, ours->flags, whose,
	       theirs->value[0].sign_exponent, theirs->value[0].significand, theirs->flags);
}

static bool has_host;

enum { SHOWN = 5, HOST_MAY_DIFFER_BY = 1 };

static void compare_host(struct tally *t, const struct question *q, const struct outcome *ours)
{
	struct outcome host;
	if (!has_host)
		return;
	ask_host(q, &host);
	const unsigned apart = farthest(ours, &host);
	const bool same_flags = ours->flags == host.flags && ours->c2 == host.c2;
	const bool failed = apart > HOST_MAY_DIFFER_BY || (apart == 0 && !same_flags);
	t->count++;
	t->different += apart != 0;
	t->flags += apart == 0 && !same_flags;
	t->c1 += apart == 0 && ours->c1 != host.c1;
	t->distance = apart > t->distance ? apart : t->distance;
	t->failed += failed;
	if (failed && t->failed <= SHOWN)
		show(q, ours, &host, "host");
}

/* The processor gives up on tiny operands, and differs from the rounded function by RC. */
static bool is_computed(const struct question *q)
{
	const int x = exponent_of(q->st[0]), y = exponent_of(q->st[1]);
	if (q->function == ATAN)
		return y - x > -39;
	return q->function > ATAN || x >= -68;
}

static bool is_in_range(const struct outcome *o)
{
	return !(o->flags & (FP_IE | FP_OE)) && o->value[0].significand;
}

static void compare_mpfr(struct tally *t, const struct question *q, const struct outcome *ours)
{
	if (!is_computed(q) || !is_in_range(ours))
		return;
	const struct outcome exact = ask_mpfr(q);
	const unsigned apart = farthest(ours, &exact);
	t->count++;
	t->different += apart != 0;
	t->distance = apart > t->distance ? apart : t->distance;
	t->failed += apart != 0;
	if (apart && t->failed <= SHOWN)
		show(q, ours, &exact, "mpfr");
}

/* ---- operands that are not computed with ---- */

static const struct fp80 special[] = {
	{ 0, 0 },
	{ 0, 0x8000 },
	{ 0x8000000000000000, 0x3fff },
	{ 0x8000000000000000, 0xbfff },
	{ 0x8000000000000000, 0x7fff },
	{ 0x8000000000000000, 0xffff },
	{ 0xc000000000000123, 0x7fff }, /* QNaN */
	{ 0xc000000000000456, 0xffff },
	{ 0x8000000000000456, 0xffff }, /* SNaN */
	{ 0x8000000000000789, 0x7fff },
	{ 1, 0 }, /* denormals */
	{ 0x4000000000000001, 0x8000 },
	{ 0x8000000000000000, 0 },
	{ 1, 0x3fff }, /* unsupported */
	{ 0, 0x7fff },
	{ 0x8000000000000000, 0x403e }, /* 2^63 */
	{ 0xffffffffffffffff, 0xc03d },
	{ 0x8000000000000000, 1 },
	{ 0xffffffffffffffff, 0x7ffe },
	{ 0x8000000000000000, 0x4000 },
	{ 0xc000000000000000, 0xbfff },
	{ 0x8000000000000000, 0x3ffe },
	{ 0x8000000000000000, 0xbffe },
	{ 0x8000000000000000, 0x3fb5 },
	{ 0x8000000000000001, 0xbffc },
};

enum { SPECIAL = sizeof special / sizeof *special };

static void test_special(struct tally *t, enum function f)
{
	for (unsigned i = 0; i < SPECIAL * SPECIAL * 4; i++) {
		const struct question q = { .function = f,
					    .fcw = 0x37f | i % 4 << 10,
					    .st = { special[i / 4 % SPECIAL], special[i / 4 / SPECIAL] } };
		const struct outcome ours = ask_ringstep(&q);
		compare_host(t, &q, &ours);
	}
}

/* Of 64 operands MPFR is asked about one: it takes a hundred times as long. */
static unsigned long test(enum function f, unsigned long operands, uint64_t seed)
{
	struct tally host = { 0 }, exact = { 0 };
	test_special(&host, f);
	for (unsigned long i = 0; i < operands; i++) {
		const struct question q = draw(&seed, f);
		const struct outcome ours = ask_ringstep(&q);
		compare_host(&host, &q, &ours);
		if (i % 64 == 0)
			compare_mpfr(&exact, &q, &ours);
	}
	printf("%-8s mpfr: %lu operands, %lu differ", names[f], exact.count, exact.different);
	if (host.count)
		printf("; host: %lu operands, %lu differ by %u ulp at most, %lu in flags, %lu in C1", host.count,
		       host.different, host.distance, host.flags, host.c1);
	puts("");
	return host.failed + exact.failed;
}

int main(int argc, char **argv)
{
	const unsigned long operands = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
	const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	unsigned passed = 0;
	has_host = host_answers();
	for (enum function f = 0; f < FUNCTIONS; f++)
		passed += test(f, operands, seed) == 0;
	if (!has_host)
		puts("the x87 of an Intel processor is not here: compared with MPFR alone");
	printf("%u passed, %u failed, %u skipped\n", passed, FUNCTIONS - passed, has_host ? 0 : FUNCTIONS);
	return passed < FUNCTIONS;
}
