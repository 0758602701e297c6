/* lanes_across.h - kernels that mix the elements of a vector; lanes.h lists them. */
#ifndef RS_CPU_ISA_LANES_ACROSS_H
#define RS_CPU_ISA_LANES_ACROSS_H

#include "cpu/isa/lanes.h"

#define KERNEL(name) \
	static inline void lanes_##name(union vector *r, const union vector *a, const union vector *b, unsigned bytes, \
					unsigned imm)

/* The part of a vector in which elements are mixed: all of an MMX or XMM register, each half of a YMM register. */
static inline unsigned lane_bytes(unsigned bytes)
{
	return bytes < 16 ? bytes : 16;
}

/* ---- neighbours: PHADD and PHSUB ---- */

#define PAIRS(name, element, expression) \
	KERNEL(name) \
	{ \
		const union vector x = *a, y = *b; \
		const unsigned count = lane_bytes(bytes) / sizeof r->element[0], half = count / 2; \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++) { \
			const unsigned in = i % count, from = i - in + in % half * 2; \
			const union vector *of = in < half ? &x : &y; \
			const __typeof__(r->element[0]) p = of->element[from], q = of->element[from + 1]; \
			r->element[i] = (__typeof__(r->element[0]))(expression); \
		} \
	}
PAIRS(add_pairs_w, w, p + q)
PAIRS(add_pairs_d, d, p + q)
PAIRS(add_pairs_sat_w, sw, saturate(p + q, INT16_MIN, INT16_MAX))
PAIRS(sub_pairs_w, w, p - q)
PAIRS(sub_pairs_d, d, p - q)
PAIRS(sub_pairs_sat_w, sw, saturate(p - q, INT16_MIN, INT16_MAX))
#undef PAIRS

/* ---- interleaving: PUNPCK, UNPCK ---- */

#define UNPACK(name, element, high) \
	KERNEL(name) \
	{ \
		const union vector x = *a, y = *b; \
		const unsigned count = lane_bytes(bytes) / sizeof r->element[0]; \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++) { \
			const unsigned in = i % count, from = i - in + (in + (high) * count) / 2; \
			r->element[i] = in & 1 ? y.element[from] : x.element[from]; \
		} \
	}
UNPACK(unpack_low_b, b, 0)
UNPACK(unpack_low_w, w, 0)
UNPACK(unpack_low_d, d, 0)
UNPACK(unpack_low_q, q, 0)
UNPACK(unpack_high_b, b, 1)
UNPACK(unpack_high_w, w, 1)
UNPACK(unpack_high_d, d, 1)
UNPACK(unpack_high_q, q, 1)
#undef UNPACK

/* ---- narrower and wider elements: PACK, PMOVSX, PMOVZX ---- */

#define PACK(name, wide, narrow, low, high) \
	KERNEL(name) \
	{ \
		const union vector x = *a, y = *b; \
		const unsigned count = lane_bytes(bytes) / sizeof r->narrow[0], half = count / 2; \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->narrow[0]; i++) { \
			const unsigned in = i % count, from = i / count * half + in % half; \
			const int32_t v = in < half ? x.wide[from] : y.wide[from]; \
			r->narrow[i] = (__typeof__(r->narrow[0]))saturate(v, low, high); \
		} \
	}
PACK(pack_b, sw, b, INT8_MIN, INT8_MAX)
PACK(pack_w, sd, w, INT16_MIN, INT16_MAX)
PACK(pack_ub, sw, b, 0, UINT8_MAX)
PACK(pack_uw, sd, w, 0, UINT16_MAX)
#undef PACK

#define WIDEN(name, narrow, wide) \
	KERNEL(name) \
	{ \
		const union vector v = *b; \
		(void)a; \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->wide[0]; i++) \
			r->wide[i] = (__typeof__(r->wide[0]))v.narrow[i]; \
	}
WIDEN(widen_bw, sb, w)
WIDEN(widen_bd, sb, d)
WIDEN(widen_bq, sb, q)
WIDEN(widen_wd, sw, d)
WIDEN(widen_wq, sw, q)
WIDEN(widen_dq, sd, q)
WIDEN(widen_ubw, b, w)
WIDEN(widen_ubd, b, d)
WIDEN(widen_ubq, b, q)
WIDEN(widen_uwd, w, d)
WIDEN(widen_uwq, w, q)
WIDEN(widen_udq, d, q)
#undef WIDEN

/* ---- shuffles ---- */

KERNEL(shuffle_b)
{
	const union vector x = *a, y = *b;
	const unsigned count = lane_bytes(bytes);
	(void)imm;
	for (unsigned i = 0; i < bytes; i++)
		r->b[i] = y.b[i] & 0x80 ? 0 : x.b[i - i % count + y.b[i] % count];
}

KERNEL(shuffle_d)
{
	const union vector v = *b;
	(void)a;
	for (unsigned i = 0; i < bytes / 4; i++)
		r->d[i] = v.d[(i & ~3u) + (imm >> (i & 3) * 2 & 3)];
}

/* Of each quadword whose number in its lane is `which` the words are shuffled. */
static inline void shuffle_words(union vector *r, const union vector *b, unsigned bytes, unsigned imm, unsigned which)
{
	const union vector v = *b;
	for (unsigned i = 0; i < bytes / 2; i++)
		r->w[i] = v.w[(i >> 2 & 1) == which ? (i & ~3u) + (imm >> (i & 3) * 2 & 3) : i];
}

KERNEL(shuffle_low_w)
{
	(void)a;
	shuffle_words(r, b, bytes, imm, 0);
}

KERNEL(shuffle_high_w)
{
	(void)a;
	shuffle_words(r, b, bytes, imm, 1);
}

/* The lower half of each lane comes from a, the upper one from b. */
KERNEL(shuffle_ps)
{
	const union vector x = *a, y = *b;
	for (unsigned i = 0; i < bytes / 4; i++)
		r->d[i] = (i & 2 ? &y : &x)->d[(i & ~3u) + (imm >> (i & 3) * 2 & 3)];
}

KERNEL(shuffle_pd)
{
	const union vector x = *a, y = *b;
	for (unsigned i = 0; i < bytes / 8; i++)
		r->q[i] = (i & 1 ? &y : &x)->q[(i & ~1u) + (imm >> i & 1)];
}

/* ---- bytes of a lane as one number ---- */

/* Byte `at` of b and, above it, a. */
static inline uint8_t byte_of_pair(const uint8_t *a, const uint8_t *b, unsigned count, unsigned at)
{
	return at < count ? b[at] : at < 2 * count ? a[at - count] : 0;
}

KERNEL(align)
{
	const union vector x = *a, y = *b;
	const unsigned count = lane_bytes(bytes);
	for (unsigned i = 0; i < bytes; i++) {
		const unsigned lane = i - i % count;
		r->b[i] = byte_of_pair(x.b + lane, y.b + lane, count, i % count + imm);
	}
}

/* PSLLDQ, PSRLDQ: the count is in b, as in other shifts. */
KERNEL(shl_bytes)
{
	const union vector x = *a;
	const unsigned n = b->b[0];
	(void)imm;
	for (unsigned i = 0; i < bytes; i++)
		r->b[i] = i % 16 < n ? 0 : x.b[i - n];
}

KERNEL(shr_bytes)
{
	const union vector x = *a;
	const unsigned n = b->b[0];
	(void)imm;
	for (unsigned i = 0; i < bytes; i++)
		r->b[i] = i % 16 + n > 15 ? 0 : x.b[i + n];
}

/* ---- blends ---- */

#define BLEND(name, element, bits) \
	KERNEL(name) \
	{ \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++) \
			r->element[i] = imm >> i % (bits) & 1 ? b->element[i] : a->element[i]; \
	}
BLEND(blend_w, w, 8)
BLEND(blend_d, d, 8)
BLEND(blend_q, q, 4)
#undef BLEND

/* By the sign of each element of what is in *r before. */
#define SELECT(name, element, signed_element) \
	KERNEL(name) \
	{ \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++) \
			r->element[i] = r->signed_element[i] < 0 ? b->element[i] : a->element[i]; \
	}
SELECT(select_b, b, sb)
SELECT(select_d, d, sd)
SELECT(select_q, q, sq)
#undef SELECT

/* ---- moves between places ---- */

#define SPREAD(name, element, from) \
	KERNEL(name) \
	{ \
		const union vector v = *b; \
		(void)a; \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++) \
			r->element[i] = v.element[from]; \
	}
SPREAD(even_d, d, i & ~1u)
SPREAD(odd_d, d, i | 1)
SPREAD(even_q, q, i & ~1u)
#undef SPREAD

/* MOVHLPS, MOVLHPS: XMM only. */
KERNEL(high_to_low)
{
	const uint64_t low = b->q[1], high = a->q[1];
	(void)bytes;
	(void)imm;
	r->q[0] = low;
	r->q[1] = high;
}

KERNEL(low_to_high)
{
	const uint64_t low = a->q[0], high = b->q[0];
	(void)bytes;
	(void)imm;
	r->q[0] = low;
	r->q[1] = high;
}

KERNEL(insert_ps)
{
	const uint32_t element = b->d[imm >> 6 & 3];
	union vector v = *a;
	v.d[imm >> 4 & 3] = element;
	for (unsigned i = 0; i < bytes / 4; i++)
		r->d[i] = imm >> i & 1 ? 0 : v.d[i];
}

#undef KERNEL

#endif
