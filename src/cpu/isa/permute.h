/* permute.h - vector elements moved about, by element or by lane, and the sums and minima across elements. Pure: no
 * struct cpu. Kernels as in crypto.h.
 */
#ifndef RS_CPU_ISA_PERMUTE_H
#define RS_CPU_ISA_PERMUTE_H

#include "cpu/state.h"

#define PERMUTE(name)                                                                                                  \
	static inline void kernel_##name(union vector *r, const union vector *a, const union vector *b,                \
					 unsigned bytes, unsigned imm)
/* KERNEL_OF(name, element, value of element i): for each element of the result. */
#define KERNEL_OF(name, element, value)                                                                                \
	PERMUTE(name)                                                                                                  \
	{                                                                                                              \
		(void)a;                                                                                               \
		(void)b;                                                                                               \
		(void)imm;                                                                                             \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++)                                            \
			r->element[i] = (__typeof__(r->element[0]))(value);                                            \
	}

/* ---- one element to all ---- */

KERNEL_OF(broadcast_b, b, b->b[0])
KERNEL_OF(broadcast_w, w, b->w[0])
KERNEL_OF(broadcast_d, d, b->d[0])
KERNEL_OF(broadcast_q, q, b->q[0])
KERNEL_OF(broadcast_x, q, b->q[i & 1])

/* ---- within 128 bits [SDM vol. 2, VPERMILPS, VPERMILPD] ---- */

KERNEL_OF(permil_d, d, a->d[(i & 4) + (b->d[i] & 3)])
KERNEL_OF(permil_q, q, a->q[(i & 2) + (b->q[i] >> 1 & 1)])
KERNEL_OF(permil_d_imm, d, b->d[(i & 4) + (imm >> 2 * (i & 3) & 3)])
KERNEL_OF(permil_q_imm, q, b->q[(i & 2) + (imm >> i & 1)])

/* ---- across 256 bits ---- */

KERNEL_OF(perm_d, d, b->d[a->d[i] & 7])
KERNEL_OF(perm_q_imm, q, b->q[imm >> 2 * i & 3])

/* Each half is one of the four halves of the sources, or 0 [SDM vol. 2, VPERM2F128]. */
static inline uint64_t permute_half(const union vector *a, const union vector *b, unsigned select, unsigned i)
{
	const union vector *from = select & 2 ? b : a;
	return select & 8 ? 0 : from->q[(select & 1) * 2 + i];
}

KERNEL_OF(perm_x, q, permute_half(a, b, imm >> (i & 2 ? 4 : 0), i & 1))
KERNEL_OF(insert_x, q, i >> 1 == (imm & 1) ? b->q[i & 1] : a->q[i])
KERNEL_OF(blend_d, d, imm >> i & 1 ? b->d[i] : a->d[i])

/* ---- shifts, each by a count of its own [SDM vol. 2, VPSLLVD and its kin] ---- */

KERNEL_OF(shift_left_d, d, b->d[i] < 32 ? a->d[i] << b->d[i] : 0)
KERNEL_OF(shift_left_q, q, b->q[i] < 64 ? a->q[i] << b->q[i] : 0)
KERNEL_OF(shift_right_d, d, b->d[i] < 32 ? a->d[i] >> b->d[i] : 0)
KERNEL_OF(shift_right_q, q, b->q[i] < 64 ? a->q[i] >> b->q[i] : 0)
KERNEL_OF(shift_arithmetic_d, sd, a->sd[i] >> (b->d[i] < 32 ? b->d[i] : 31))

/* ---- across elements ---- */

static inline unsigned permute_distance(const uint8_t *a, const uint8_t *b)
{
	unsigned sum = 0;
	for (unsigned i = 0; i < 4; i++)
		sum += a[i] > b[i] ? (unsigned)(a[i] - b[i]) : (unsigned)(b[i] - a[i]);
	return sum;
}

/* Eight blocks of `a` with one of `b`; three bits of the immediate for each 128 bits [SDM vol. 2, MPSADBW]. */
static inline unsigned permute_sad(const union vector *a, const union vector *b, unsigned imm, unsigned i)
{
	const unsigned lane = i / 8 * 16, select = imm >> (i / 8 * 3);
	return permute_distance(&a->b[lane + (select >> 2 & 1) * 4 + i % 8], &b->b[lane + (select & 3) * 4]);
}

KERNEL_OF(mpsadbw, w, permute_sad(a, b, imm, i))

/* The lowest word, and the index of the first such one. */
PERMUTE(phminposuw)
{
	unsigned least = 0;
	(void)a;
	(void)bytes;
	(void)imm;
	for (unsigned i = 1; i < 8; i++)
		if (b->w[i] < b->w[least])
			least = i;
	r->w[0] = b->w[least];
	r->w[1] = (uint16_t)least;
}

/* ---- what tests ask: bits of b alone, and of b without a; `mask` is of the bits that count in each 64 ---- */

static inline uint64_t test_and(const union vector *a, const union vector *b, unsigned bytes, uint64_t mask)
{
	uint64_t all = 0;
	for (unsigned i = 0; i < bytes / 8; i++)
		all |= a->q[i] & b->q[i];
	return all & mask;
}

static inline uint64_t test_andn(const union vector *a, const union vector *b, unsigned bytes, uint64_t mask)
{
	uint64_t all = 0;
	for (unsigned i = 0; i < bytes / 8; i++)
		all |= ~a->q[i] & b->q[i];
	return all & mask;
}

/* ---- bit fields [APM vol. 4, EXTRQ, INSERTQ]: a length of 0 is 64 ---- */

static inline uint64_t field_mask(unsigned length)
{
	return length & 63 ? (1ull << (length & 63)) - 1 : ~0ull;
}

static inline uint64_t field_extract(uint64_t v, unsigned length, unsigned index)
{
	return v >> (index & 63) & field_mask(length);
}

static inline uint64_t field_insert(uint64_t v, uint64_t field, unsigned length, unsigned index)
{
	const uint64_t mask = field_mask(length) << (index & 63);
	return (v & ~mask) | (field << (index & 63) & mask);
}

#undef KERNEL_OF
#undef PERMUTE

#endif
