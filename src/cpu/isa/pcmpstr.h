/* pcmpstr.h - the comparison of PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM [SDM vol. 1, 12.10.1; vol. 2, 4.1]. Pure:
 * no struct cpu.
 *
 * The strings are `a`, the first operand, and `b`, the r/m operand, of bytes or words; elements at and behind a
 * string's length are invalid.
 */
#ifndef RS_CPU_ISA_PCMPSTR_H
#define RS_CPU_ISA_PCMPSTR_H

#include "cpu/state.h"

/* The immediate. */
#define STRINGS_WORDS 0x01u
#define STRINGS_SIGNED 0x02u
#define STRINGS_AGGREGATION_SHIFT 2
#define STRINGS_NEGATIVE 0x10u
#define STRINGS_MASKED 0x20u  /* the negation leaves out what is invalid in b */
#define STRINGS_HIGHEST 0x40u /* index: of the last element that is set */
#define STRINGS_WIDE 0x40u    /* mask: of elements, not of bits */

enum { STRINGS_ANY, STRINGS_RANGES, STRINGS_EACH, STRINGS_ORDERED };

struct strings {
	const union vector *a, *b;
	unsigned a_length, b_length, imm;
};

static inline unsigned strings_elements(unsigned imm)
{
	return imm & STRINGS_WORDS ? 8 : 16;
}

static inline int strings_at(const union vector *v, unsigned imm, unsigned i)
{
	if (imm & STRINGS_WORDS)
		return imm & STRINGS_SIGNED ? v->sw[i] : v->w[i];
	return imm & STRINGS_SIGNED ? v->sb[i] : v->b[i];
}

/* Up to the first element that is 0. */
static inline unsigned strings_length(const union vector *v, unsigned imm)
{
	unsigned i = 0;
	while (i < strings_elements(imm) && strings_at(v, imm, i))
		i++;
	return i;
}

/* The absolute value of a register of 4 or 8 bytes, saturated. */
static inline unsigned strings_saturated(uint64_t v, unsigned size, unsigned imm)
{
	const unsigned most = strings_elements(imm);
	const uint64_t wide = size == 8 ? v : (uint64_t)(int64_t)(int32_t)v;
	const uint64_t length = wide >> 63 ? -wide : wide;
	return length < most ? (unsigned)length : most;
}

static inline bool strings_equal(const struct strings *s, unsigned i, unsigned j)
{
	return strings_at(s->a, s->imm, i) == strings_at(s->b, s->imm, j);
}

/* Element j of b is one of a's. */
static inline bool strings_any(const struct strings *s, unsigned j)
{
	for (unsigned i = 0; i < s->a_length && j < s->b_length; i++)
		if (strings_equal(s, i, j))
			return true;
	return false;
}

/* ... lies in one of the ranges whose ends are a's pairs. */
static inline bool strings_ranges(const struct strings *s, unsigned j)
{
	const int v = strings_at(s->b, s->imm, j);
	for (unsigned i = 0; i + 1 < s->a_length && j < s->b_length; i += 2)
		if (strings_at(s->a, s->imm, i) <= v && v <= strings_at(s->a, s->imm, i + 1))
			return true;
	return false;
}

/* ... is as the same element of a; both may be invalid. */
static inline bool strings_each(const struct strings *s, unsigned j)
{
	if (j < s->a_length && j < s->b_length)
		return strings_equal(s, j, j);
	return j >= s->a_length && j >= s->b_length;
}

/* ... begins a, or as much of it as b has room for. */
static inline bool strings_ordered(const struct strings *s, unsigned j)
{
	const unsigned elements = strings_elements(s->imm);
	for (unsigned i = 0; i < s->a_length && i + j < elements; i++)
		if (i + j >= s->b_length || !strings_equal(s, i, i + j))
			return false;
	return true;
}

static inline bool strings_compare(const struct strings *s, unsigned j)
{
	switch (s->imm >> STRINGS_AGGREGATION_SHIFT & 3) {
	case STRINGS_ANY:
		return strings_any(s, j);
	case STRINGS_RANGES:
		return strings_ranges(s, j);
	case STRINGS_EACH:
		return strings_each(s, j);
	default:
		return strings_ordered(s, j);
	}
}

/* IntRes2: a bit for each element of b. */
static inline unsigned strings_result(const struct strings *s)
{
	unsigned result = 0;
	for (unsigned j = 0; j < strings_elements(s->imm); j++) {
		const bool negated = (s->imm & STRINGS_NEGATIVE) && !((s->imm & STRINGS_MASKED) && j >= s->b_length);
		result |= (unsigned)(strings_compare(s, j) ^ negated) << j;
	}
	return result;
}

/* ECX: of the lowest or highest bit; how many elements there are, where none is set. */
static inline unsigned strings_index(unsigned result, unsigned imm)
{
	if (!result)
		return strings_elements(imm);
	return imm & STRINGS_HIGHEST ? 31u - (unsigned)__builtin_clz(result) : (unsigned)__builtin_ctz(result);
}

/* XMM0. */
static inline void strings_mask(union vector *r, unsigned result, unsigned imm)
{
	*r = (union vector){ .d = { result } };
	for (unsigned i = 0; i < strings_elements(imm) && (imm & STRINGS_WIDE); i++)
		if (imm & STRINGS_WORDS)
			r->w[i] = result >> i & 1 ? 0xffff : 0;
		else
			r->b[i] = result >> i & 1 ? 0xff : 0;
}

#endif
