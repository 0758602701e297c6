/* operands.c - operands that find what is wrong: special values, neighbours of powers of two, and random ones.
 */
#include "fp_test.h"

static uint64_t state;

void draw_restart(uint64_t seed)
{
	state = seed;
}

uint64_t draw(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Long runs of equal bits, random bits, few bits: significands on which rounding is tight. */
static uint64_t draw_significand(uint64_t kind)
{
	const uint64_t bits = draw();
	switch (kind & 7) {
	case 0:
		return 0;
	case 1:
		return ~0ull << (bits & 63);
	case 2:
		return ~0ull >> (bits & 63);
	case 3:
		return 1ull << (bits & 63);
	case 4:
		return ~(1ull << (bits & 63));
	case 5:
		return bits & draw() & draw();
	default:
		return bits;
	}
}

/* Biased exponents: the ends of the range, the integers, those near the one before, any. */
static unsigned draw_exponent(uint64_t kind, unsigned mask, unsigned *last)
{
	const uint64_t bits = kind >> 32;
	switch (kind & 7) {
	case 0:
		*last = kind >> 8 & 1 ? 0 : mask;
		break;
	case 1:
		*last = (unsigned)(kind >> 8 & 1 ? bits % 4 : mask - bits % 4);
		break;
	case 2:
		*last = (mask / 2 + bits % 70) & mask;
		break;
	case 3:
	case 4:
	case 5:
		*last = (*last + (unsigned)(bits % 9) - 4) & mask;
		break;
	case 6:
		*last = (*last + (unsigned)(bits % 256) - 128) & mask;
		break;
	default:
		*last = bits & mask;
	}
	return *last;
}

static uint64_t draw_bits(unsigned precision, unsigned mask, unsigned *last)
{
	const uint64_t kind = draw();
	const uint64_t above = draw_exponent(kind, mask, last) | (kind >> 16 & 1 ? mask + 1 : 0);
	return above << (precision - 1) | draw_significand(kind >> 12) >> (65 - precision);
}

uint64_t draw_f16(void)
{
	static unsigned last;
	return draw_bits(11, 0x1f, &last);
}

uint64_t draw_f32(void)
{
	static unsigned last;
	return draw_bits(24, 0xff, &last);
}

uint64_t draw_f64(void)
{
	static unsigned last;
	return draw_bits(53, 0x7ff, &last);
}

/* One in sixteen has the wrong integer bit. */
struct fp80 draw_f80(void)
{
	static unsigned last;
	const uint64_t kind = draw();
	const unsigned biased = draw_exponent(kind, 0x7fff, &last);
	uint64_t significand = draw_significand(kind >> 12) >> 1;
	if ((biased != 0) != !(kind >> 20 & 15))
		significand |= 1ull << 63;
	return (struct fp80){ significand, biased | (kind >> 16 & 1 ? FP80_SIGN : 0) };
}

int64_t draw_int(void)
{
	const uint64_t kind = draw();
	return (int64_t)(draw_significand(kind >> 8) >> (kind & 63)) * (kind & 64 ? 1 : -1);
}

#define TOP 0x8000000000000000
#define BOTH(significand, exponent)                                                                                    \
	{ significand, exponent },                                                                                     \
	{                                                                                                              \
		significand, 0x8000 | (exponent)                                                                       \
	}

unsigned specials_f80(const struct fp80 **all)
{
	static const struct fp80 specials[] = {
		BOTH(0, 0),
		BOTH(1, 0),
		BOTH(TOP - 1, 0),
		BOTH(TOP, 0),
		BOTH(TOP + 5, 0),
		BOTH(~0ull, 0),
		BOTH(TOP, 1),
		BOTH(TOP, 0x3ffe),
		BOTH(TOP, 0x3fff),
		BOTH(TOP + 1, 0x3fff),
		BOTH(~0ull, 0x3fff),
		BOTH(TOP, 0x4000),
		BOTH(0xc000000000000000, 0x4000),
		BOTH(TOP, 0x403d),
		BOTH(TOP, 0x403e),
		BOTH(TOP + 1, 0x403e),
		BOTH(0xfffffffffffffffe, 0x403d),
		BOTH(0xfffe000000000000, 0x400d),
		BOTH(0xffff000000000000, 0x400d),
		BOTH(0xffff800000000000, 0x400e),
		BOTH(0xfffffffe00000000, 0x401d),
		BOTH(0xffffffff00000000, 0x401d),
		BOTH(0xde0b6b3a763ffff0, 0x403a),
		BOTH(0xde0b6b3a76400000, 0x403a),
		BOTH(0xde0b6b3a763ffff8, 0x403a),
		BOTH(0xfffe, 0x4000),
		BOTH(TOP - 1, 0x7ffe),
		BOTH(0, 0x3fff),
		BOTH(0, 0x7fff),
		BOTH(1, 0x7fff),
		BOTH(TOP - 1, 0x7fff),
		BOTH(~0ull, 0x7ffe),
		BOTH(TOP, 0x7ffe),
		BOTH(TOP, 0x7fff),
		BOTH(TOP + 1, 0x7fff),
		BOTH(0xbfffffffffffffff, 0x7fff),
		BOTH(0xc000000000000000, 0x7fff),
		BOTH(0xc000000000000001, 0x7fff),
		BOTH(~0ull, 0x7fff),
		BOTH(0xfffff00000000000, 0x400c),
		BOTH(0xffffff8000000000, 0x407e),
		BOTH(0xffffff0000000000, 0x407e),
		BOTH(TOP, 0x3f81),
		BOTH(TOP, 0x3f80),
		BOTH(TOP, 0x3f6a),
		BOTH(TOP, 0x3f69),
		BOTH(TOP, 0x3c01),
		BOTH(0xfffffffffffffc00, 0x43fe),
		BOTH(0xfffffffffffff800, 0x43fe),
		BOTH(TOP, 0x3bcd),
		BOTH(TOP, 0x3bcc),
		BOTH(0xc000000000000000, 0x400d),
	};
	*all = specials;
	return sizeof(specials) / sizeof(*specials);
}
