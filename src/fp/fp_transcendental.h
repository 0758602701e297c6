/* fp_transcendental.h - the x87's functions that are not algebraic. Pure, in integers: every host has the same bits.
 *
 * Each computes to 110 bits or more and rounds once, by RC and to 64 bits whatever PC says; the processor is within one
 * unit in the last place of that [SDM vol. 1, 8.3.10]. PE is raised for any result that is not a zero, an infinity or a
 * NaN, exact or not (measured on an Intel core: log2 2, or 2^1 - 1).
 */
#ifndef RS_FP_FP_TRANSCENDENTAL_H
#define RS_FP_FP_TRANSCENDENTAL_H

#include "fp/fp.h"

/* FSIN FCOS FPTAN FSINCOS, of an angle in radians and with the processor's pi of 66 bits [SDM vol. 1, 8.3.8]. False:
 * |x| is 2^63 or more (C2), and nothing is computed. */
bool f80_sin(struct fp_env *env, struct fp80 x, struct fp80 *r);
bool f80_cos(struct fp_env *env, struct fp80 x, struct fp80 *r);
bool f80_tan(struct fp_env *env, struct fp80 x, struct fp80 *r);
/* rounded_up is the cosine's (measured on an Intel core). */
bool f80_sincos(struct fp_env *env, struct fp80 x, struct fp80 *sine, struct fp80 *cosine);

struct fp80 f80_atan(struct fp_env *env, struct fp80 y, struct fp80 x);     /* FPATAN: the angle of (x, y) */
struct fp80 f80_exp2m1(struct fp_env *env, struct fp80 x);                  /* F2XM1: 2^x - 1; x itself for |x| > 1 */
struct fp80 f80_ylog2x(struct fp_env *env, struct fp80 y, struct fp80 x);   /* FYL2X: y * log2 x */
struct fp80 f80_ylog2xp1(struct fp_env *env, struct fp80 y, struct fp80 x); /* FYL2XP1: y * log2 (x + 1) */

#endif
