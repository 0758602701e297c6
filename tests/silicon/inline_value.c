/* inline_value.c - random values: the ordinary, and more often than chance would have it the corners. */
#include "inline.h"

uint64_t value_integer(struct random *r)
{
	uint64_t value = random_next(r);
	unsigned bit = random_below(r, 64);
	switch (random_below(r, 16)) {
	case 0:
		return 0;
	case 1:
		return ~0ull;
	case 2:
		return 1ull << bit;
	case 3:
		return (1ull << bit) - 1;
	case 4:
		return ~(1ull << bit);
	case 5:
		return value & 0x80808080ffffffffu;
	case 6:
		return value & 0xff;
	case 7:
		return (uint64_t)(int64_t)(int8_t)value;
	case 8:
		return (uint32_t)value;
	case 9:
		return value & 0x00ff00ff00ff00ffu;
	case 10:
		return value % 20;
	case 11:
		return 0x7fffffff7fffffffu + random_below(r, 3);
	default:
		return value;
	}
}

/* ---- lanes ---- */

struct format {
	unsigned bits, fraction; /* fraction bits; the exponent is between it and the sign */
};

static const struct format formats[] = { { 16, 10 }, { 32, 23 }, { 64, 52 } };

/* Near 1, near the limits of the integers, near each other: where results are not simply infinite or exact. */
static uint64_t exponent(struct random *r, const struct format *f)
{
	const unsigned width = f->bits - 1 - f->fraction;
	const uint64_t bias = (1ull << (width - 1)) - 1, all = (1ull << width) - 1;
	switch (random_below(r, 8)) {
	case 0:
		return bias + random_below(r, 4);
	case 1:
		return bias - random_below(r, 4);
	case 2:
		return (bias + random_below(r, 66)) & all;
	case 3:
		return random_below(r, 3);
	case 4:
		return all - random_below(r, 3);
	case 5:
		return (bias / 2 + random_below(r, 3)) & all; /* products at the edge of denormals */
	case 6:
		return (bias + bias / 2 + random_below(r, 3)) & all;
	default:
		return random_next(r) & all;
	}
}

static uint64_t fraction(struct random *r, const struct format *f)
{
	const uint64_t mask = (1ull << f->fraction) - 1, value = random_next(r) & mask;
	switch (random_below(r, 8)) {
	case 0:
		return 0;
	case 1:
		return mask;
	case 2:
		return 1ull << random_below(r, f->fraction);
	case 3:
		return mask ^ (mask >> random_below(r, f->fraction)); /* few significant bits */
	case 4:
		return value & ~(mask >> 8 >> random_below(r, f->fraction / 2));
	default:
		return value;
	}
}

static uint64_t special(struct random *r, const struct format *f)
{
	const unsigned width = f->bits - 1 - f->fraction;
	const uint64_t infinity = ((1ull << width) - 1) << f->fraction, quiet = 1ull << (f->fraction - 1);
	switch (random_below(r, 7)) {
	case 0:
		return 0;
	case 1:
		return infinity;
	case 2:
		return infinity | quiet | (random_next(r) & (quiet - 1));
	case 3:
		return infinity |
		       ((random_next(r) & (quiet - 1)) + 1 == quiet ? 1 : (random_next(r) & (quiet - 2)) + 1);
	case 4:
		return fraction(r, f); /* denormal */
	case 5:
		return infinity - 1; /* the greatest number */
	default:
		return 1ull << f->fraction; /* the least normal one */
	}
}

static uint64_t floating(struct random *r, const struct format *f)
{
	uint64_t sign = (random_next(r) & 1) << (f->bits - 1);
	if (random_one_in(r, 4))
		return sign | special(r, f);
	return sign | exponent(r, f) << f->fraction | fraction(r, f);
}

enum lane { LANE_INTEGER8, LANE_INTEGER16, LANE_INTEGER32, LANE_INTEGER64, LANE_F16, LANE_F32, LANE_F64, LANES };

static const uint8_t lane_bits[LANES] = { 8, 16, 32, 64, 16, 32, 64 };

static uint64_t lane_value(struct random *r, enum lane lane)
{
	if (lane >= LANE_F16)
		return floating(r, &formats[lane - LANE_F16]);
	uint64_t value = value_integer(r);
	return lane == LANE_INTEGER64 || random_one_in(r, 2) ? value : value >> (64 - lane_bits[lane]);
}

static uint64_t value_lanes(struct random *r, enum lane lane)
{
	uint64_t value = 0;
	for (unsigned at = 0; at < 64; at += lane_bits[lane]) {
		uint64_t one = lane_value(r, lane) & (lane_bits[lane] == 64 ? ~0ull : (1ull << lane_bits[lane]) - 1);
		value |= one << at;
	}
	return value;
}

/* What the instruction takes its operands for. */
static enum lane lane_of(const ZydisDecodedOperand *o)
{
	switch (o->element_type) {
	case ZYDIS_ELEMENT_TYPE_FLOAT16:
		return LANE_F16;
	case ZYDIS_ELEMENT_TYPE_FLOAT32:
		return LANE_F32;
	case ZYDIS_ELEMENT_TYPE_FLOAT64:
		return LANE_F64;
	default:
		return o->element_size == 8    ? LANE_INTEGER8
		       : o->element_size == 16 ? LANE_INTEGER16
		       : o->element_size == 32 ? LANE_INTEGER32
					       : LANE_INTEGER64;
	}
}

static enum lane choose_lane(struct random *r, const struct group *g)
{
	const ZydisDecodedOperand *o = &g->z.o[0];
	if (g->z.i.operand_count_visible > 1 && random_one_in(r, 2))
		o = &g->z.o[1];
	return g->z.i.operand_count_visible && !random_one_in(r, 6) ? lane_of(o) : (enum lane)random_below(r, LANES);
}

uint64_t value_for(struct random *r, const struct group *g)
{
	if (!g->form->vectors)
		return value_integer(r);
	return value_lanes(r, choose_lane(r, g));
}

/* ---- vector state ---- */

/* A few tests have equal registers: comparisons, subtractions, blends see more. */
static void fill_registers(struct random *r, const struct group *g, struct xsave *x)
{
	enum lane lane = choose_lane(r, g);
	for (unsigned i = 0; i < 16; i++) {
		if (random_one_in(r, 8))
			lane = choose_lane(r, g);
		for (unsigned q = 0; q < 2; q++) {
			x->xmm[i][q] = value_lanes(r, lane);
			x->ymm[i][q] = value_lanes(r, lane);
		}
		if (i && random_one_in(r, 8)) {
			memcpy(x->xmm[i], x->xmm[i - 1], 16);
			memcpy(x->ymm[i], x->ymm[i - 1], 16);
		}
	}
}

static uint32_t random_mxcsr(struct random *r, bool faults)
{
	uint32_t value = (uint32_t)random_next(r) & 0xe07f; /* RC, FTZ, DAZ, flags */
	if (random_one_in(r, 2))
		value &= 0x603f; /* neither DAZ nor FTZ */
	return value | (faults || random_one_in(r, 16) ? (uint32_t)random_next(r) & 0x1f80 : 0x1f80);
}

/* Numbers, the pseudo-forms that a load of 80 bits can bring in, and MMX contents. */
static void random_f80(struct random *r, uint64_t *significand, uint16_t *sign_exponent)
{
	static const struct format wide = { 64, 48 }; /* an exponent of 15 bits */
	uint64_t value = random_next(r), top = 1ull << 63;
	*sign_exponent = (uint16_t)((value & 1) << 15 | exponent(r, &wide));
	*significand = top | fraction(r, &formats[2]) << 11 | (random_one_in(r, 2) ? value >> 53 : 0);
	switch (random_below(r, 16)) {
	case 0:
		*significand = 0;
		*sign_exponent &= 0x8000;
		break;
	case 1:
		*significand = top;
		*sign_exponent |= 0x7fff;
		break;
	case 2:
		*sign_exponent |= 0x7fff; /* NaN of some kind */
		*significand = top | random_next(r) >> random_below(r, 3);
		break;
	case 3:
		*sign_exponent &= 0x8000; /* denormal or pseudo-denormal */
		*significand = random_next(r) >> random_below(r, 64);
		break;
	case 4:
		*significand = random_next(r) >> random_below(r, 4); /* unnormal, pseudo-NaN */
		break;
	case 5:
		*sign_exponent = (uint16_t)((value & 0x8000) | (0x3fff + random_below(r, 70))); /* an integer */
		*significand = top | (value & ~(~0ull >> 1 >> random_below(r, 63)));
		break;
	default:
		break;
	}
}

/* ES and B follow from the flags and masks. */
static void random_x87(struct random *r, bool faults, struct xsave *x)
{
	bool pending = faults ? random_one_in(r, 4) : random_one_in(r, 64);
	x->fcw = (uint16_t)((random_next(r) & 0x0f00) | 0x37f);
	if (random_one_in(r, 2))
		x->fcw = (uint16_t)((x->fcw & ~0x300u) | (x->fcw & 0x300)) | 0x300;
	if (faults || random_one_in(r, 16))
		x->fcw &= (uint16_t)(random_next(r) | 0xffc0);
	x->fsw = (uint16_t)(random_next(r) & 0x7f7f);
	if (!pending)
		x->fsw &= (uint16_t)(0xff40 | (x->fcw & 0x3f));
	if (x->fsw & ~x->fcw & 0x3f)
		x->fsw |= 0x8080;
	x->ftw = random_one_in(r, 4) ? (uint8_t)random_next(r) : random_one_in(r, 4) ? 0 : 0xff;
	x->fop = (uint16_t)(random_next(r) & 0x7ff);
	x->fip = random_next(r) >> 17;
	x->fdp = random_next(r) >> 17;
	for (unsigned i = 0; i < 8; i++)
		random_f80(r, &x->st[i].significand, &x->st[i].sign_exponent);
}

void value_vectors(struct random *r, const struct group *g, bool faults, struct xsave *x)
{
	memset(x, 0, sizeof *x);
	x->mxcsr = random_mxcsr(r, faults);
	random_x87(r, faults, x);
	fill_registers(r, g, x);
	x->xstate_bv = 7;
	xstate_initial(r, g->form, x);
}
