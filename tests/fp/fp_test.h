/* fp_test.h - src/fp against the processor of this host. */
#ifndef RS_TEST_FP_H
#define RS_TEST_FP_H

#include "fp/fp.h"
#include <stdio.h>

/* ---- operands: drawn, or special values ---- */

uint64_t draw(void); /* 64 bits; the same sequence in each run */
void draw_restart(uint64_t seed);
/* One in the format; half of them lie near the one before, so that sums cancel and quotients are close to 1. */
uint64_t draw_f16(void);
uint64_t draw_f32(void);
uint64_t draw_f64(void);
struct fp80 draw_f80(void);
int64_t draw_int(void);
unsigned specials_f80(const struct fp80 **all);

/* ---- results ---- */

struct tally {
	unsigned passed, failed, skipped;
};

/* Each runs its rows `count` times, prints the first differences, and counts a row as one test. */
void test_sse(struct tally *t, unsigned long count);
void test_x87(struct tally *t, unsigned long count);

#endif
