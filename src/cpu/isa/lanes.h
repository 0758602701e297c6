/* lanes.h - what an operation does to the elements of vectors. Pure: no struct cpu.
 *
 * One kernel serves MMX, SSE, VEX.128 and VEX.256: `bytes` is 8, 16 or 32. Of 32 bytes, what mixes elements does so in
 * each half by itself. The result may lie where an operand lies. Kernels of one operand look at b only.
 */
#ifndef RS_CPU_ISA_LANES_H
#define RS_CPU_ISA_LANES_H

#include "cpu/state.h"

typedef void lanes_fn(union vector *r, const union vector *a, const union vector *b, unsigned bytes, unsigned imm);

/* LANE(kernel, element, expression of elements a and b): each element by itself. Elements are members of union vector.
 */
#define LANES_BY_ELEMENT(LANE) \
	LANE(and, q, a & b) \
	LANE(andn, q, ~a & b) \
	LANE(or, q, a | b) \
	LANE(xor, q, a ^ b) \
	LANE(add_b, b, a + b) \
	LANE(add_w, w, a + b) \
	LANE(add_d, d, a + b) \
	LANE(add_q, q, a + b) \
	LANE(sub_b, b, a - b) \
	LANE(sub_w, w, a - b) \
	LANE(sub_d, d, a - b) \
	LANE(sub_q, q, a - b) \
	LANE(add_sat_b, sb, saturate(a + b, INT8_MIN, INT8_MAX)) \
	LANE(add_sat_w, sw, saturate(a + b, INT16_MIN, INT16_MAX)) \
	LANE(add_sat_ub, b, saturate(a + b, 0, UINT8_MAX)) \
	LANE(add_sat_uw, w, saturate(a + b, 0, UINT16_MAX)) \
	LANE(sub_sat_b, sb, saturate(a - b, INT8_MIN, INT8_MAX)) \
	LANE(sub_sat_w, sw, saturate(a - b, INT16_MIN, INT16_MAX)) \
	LANE(sub_sat_ub, b, saturate(a - b, 0, UINT8_MAX)) \
	LANE(sub_sat_uw, w, saturate(a - b, 0, UINT16_MAX)) \
	LANE(equal_b, b, -(a == b)) \
	LANE(equal_w, w, -(a == b)) \
	LANE(equal_d, d, -(a == b)) \
	LANE(equal_q, q, -(a == b)) \
	LANE(greater_b, sb, -(a > b)) \
	LANE(greater_w, sw, -(a > b)) \
	LANE(greater_d, sd, -(a > b)) \
	LANE(greater_q, sq, -(a > b)) \
	LANE(average_b, b, (a + b + 1) >> 1) \
	LANE(average_w, w, (a + b + 1) >> 1) \
	LANE(min_b, sb, a < b ? a : b) \
	LANE(min_w, sw, a < b ? a : b) \
	LANE(min_d, sd, a < b ? a : b) \
	LANE(min_ub, b, a < b ? a : b) \
	LANE(min_uw, w, a < b ? a : b) \
	LANE(min_ud, d, a < b ? a : b) \
	LANE(max_b, sb, a > b ? a : b) \
	LANE(max_w, sw, a > b ? a : b) \
	LANE(max_d, sd, a > b ? a : b) \
	LANE(max_ub, b, a > b ? a : b) \
	LANE(max_uw, w, a > b ? a : b) \
	LANE(max_ud, d, a > b ? a : b) \
	LANE(abs_b, sb, signed_as(b, b)) \
	LANE(abs_w, sw, signed_as(b, b)) \
	LANE(abs_d, sd, signed_as(b, b)) \
	LANE(sign_b, sb, b ? signed_as(a, b) : 0) \
	LANE(sign_w, sw, b ? signed_as(a, b) : 0) \
	LANE(sign_d, sd, b ? signed_as(a, b) : 0) \
	LANE(mul_low_w, w, (uint32_t)a * b) \
	LANE(mul_low_d, d, a * b) \
	LANE(mul_high_w, sw, a * b >> 16) \
	LANE(mul_high_uw, w, (uint32_t)a * b >> 16) \
	LANE(mul_round_w, sw, ((a * b >> 14) + 1) >> 1) \
	LANE(mul_even_d, sq, (int64_t)(int32_t)a * (int32_t)b) \
	LANE(mul_even_ud, q, (uint64_t)(uint32_t)a * (uint32_t)b) \
	LANE(mul_add_w, d, (uint32_t)((int16_t)a * (int16_t)b) + (uint32_t)(((int32_t)a >> 16) * ((int32_t)b >> 16))) \
	LANE(mul_add_ub, w, saturate((uint8_t)a * (int8_t)b + (a >> 8) * (int8_t)(b >> 8), INT16_MIN, INT16_MAX)) \
	LANE(distance_ub, q, sum_of_differences(a, b))

/* SHIFT(kernel, element, expression of element a and of n, the count): the count is the lower half of b, all of it. */
#define LANES_SHIFTS(SHIFT) \
	SHIFT(shl_w, w, n > 15 ? 0 : a << n) \
	SHIFT(shl_d, d, n > 31 ? 0 : a << n) \
	SHIFT(shl_q, q, n > 63 ? 0 : a << n) \
	SHIFT(shr_w, w, n > 15 ? 0 : a >> n) \
	SHIFT(shr_d, d, n > 31 ? 0 : a >> n) \
	SHIFT(shr_q, q, n > 63 ? 0 : a >> n) \
	SHIFT(sar_w, sw, a >> (n > 15 ? 15 : n)) \
	SHIFT(sar_d, sd, a >> (n > 31 ? 31 : n))

/* Kernels of functions of their own, in lanes_across.h. */
#define LANES_ACROSS(NAME) \
	NAME(add_pairs_w) NAME(add_pairs_d) NAME(add_pairs_sat_w) \
	NAME(sub_pairs_w) NAME(sub_pairs_d) NAME(sub_pairs_sat_w) \
	NAME(unpack_low_b) NAME(unpack_low_w) NAME(unpack_low_d) NAME(unpack_low_q) \
	NAME(unpack_high_b) NAME(unpack_high_w) NAME(unpack_high_d) NAME(unpack_high_q) \
	NAME(pack_b) NAME(pack_w) NAME(pack_ub) NAME(pack_uw) \
	NAME(widen_bw) NAME(widen_bd) NAME(widen_bq) NAME(widen_wd) NAME(widen_wq) NAME(widen_dq) \
	NAME(widen_ubw) NAME(widen_ubd) NAME(widen_ubq) NAME(widen_uwd) NAME(widen_uwq) NAME(widen_udq) \
	NAME(shuffle_b) NAME(shuffle_d) NAME(shuffle_low_w) NAME(shuffle_high_w) NAME(shuffle_ps) NAME(shuffle_pd) \
	NAME(align) NAME(shl_bytes) NAME(shr_bytes) \
	NAME(blend_w) NAME(blend_d) NAME(blend_q) NAME(select_b) NAME(select_d) NAME(select_q) \
	NAME(even_d) NAME(odd_d) NAME(even_q) NAME(high_to_low) NAME(low_to_high) NAME(insert_ps)

/* ---- words of the expressions ---- */

static inline int32_t saturate(int32_t v, int32_t low, int32_t high)
{
	return v < low ? low : v > high ? high : v;
}

/* `a`, negated if `sign` is negative; the least number stays what it is. */
static inline int32_t signed_as(int32_t a, int32_t sign)
{
	return sign < 0 ? (int32_t)(0u - (uint32_t)a) : a;
}

static inline uint64_t sum_of_differences(uint64_t a, uint64_t b)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < 64; i += 8) {
		const int difference = (int)(a >> i & 0xff) - (int)(b >> i & 0xff);
		sum += (uint64_t)(difference < 0 ? -difference : difference);
	}
	return sum;
}

/* ---- the kernels ---- */

#define LANE(name, element, expression) \
	static inline void lanes_##name(union vector *r, const union vector *x, const union vector *y, unsigned bytes, \
					unsigned imm) \
	{ \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++) { \
			const __typeof__(r->element[0]) a = x->element[i], b = y->element[i]; \
			(void)a; \
			r->element[i] = (__typeof__(r->element[0]))(expression); \
		} \
	}
LANES_BY_ELEMENT(LANE)
#undef LANE

#define SHIFT(name, element, expression) \
	static inline void lanes_##name(union vector *r, const union vector *x, const union vector *y, unsigned bytes, \
					unsigned imm) \
	{ \
		const uint64_t n = y->q[0]; \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++) { \
			const __typeof__(r->element[0]) a = x->element[i]; \
			r->element[i] = (__typeof__(r->element[0]))(expression); \
		} \
	}
LANES_SHIFTS(SHIFT)
#undef SHIFT

/* The argument of a row of family `lanes`. */
enum lanes {
#define LANE(name, element, expression) LANES_##name,
#define NAME(name) LANES_##name,
	LANES_BY_ELEMENT(LANE) LANES_SHIFTS(LANE) LANES_ACROSS(NAME)
#undef LANE
#undef NAME
	LANES_COUNT
};

#endif
