/* fp80.h - the x87's double extended-precision format as plain data. */
#ifndef RS_FP_FP80_H
#define RS_FP_FP80_H

#include <stdint.h>

/* Explicit integer bit on top of the significand; sign and biased exponent in the low 16 bits of sign_exponent [SDM
 * vol. 1, x87 FPU data types]. 64 bits wide, so that state of it has no padding. */
struct fp80 {
	uint64_t significand, sign_exponent;
};

#endif
