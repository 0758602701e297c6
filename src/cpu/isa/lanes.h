/* lanes.h - what an operation does to the elements of vectors. Pure: no struct cpu.
 *
 * One kernel serves MMX, SSE, VEX.128 and VEX.256: `bytes` is 8, 16 or 32. The result may lie where an operand lies.
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
	LANE(add_q, q, a + b)

#define LANE(name, element, expression) \
	static inline void lanes_##name(union vector *r, const union vector *x, const union vector *y, unsigned bytes, \
					unsigned imm) \
	{ \
		(void)imm; \
		for (unsigned i = 0; i < bytes / sizeof r->element[0]; i++) { \
			const __typeof__(r->element[0]) a = x->element[i], b = y->element[i]; \
			r->element[i] = (__typeof__(r->element[0]))(expression); \
		} \
	}
LANES_BY_ELEMENT(LANE)
#undef LANE

/* The argument of a row of family `lanes`. */
enum lanes {
#define LANE(name, element, expression) LANES_##name,
	LANES_BY_ELEMENT(LANE)
#undef LANE
	LANES_COUNT
};

#endif
