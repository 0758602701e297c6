/* transcendental.h - the transcendental instructions by three who can say what they give. */
#ifndef RS_TESTS_FP_TRANSCENDENTAL_H
#define RS_TESTS_FP_TRANSCENDENTAL_H

#include "fp/fp.h"

enum function { SIN, COS, SINCOS, TAN, ATAN, EXP2M1, YLOG2X, YLOG2XP1, FUNCTIONS };

/* st[0] and st[1] before the instruction; a function of one operand takes st[0]. */
struct question {
	enum function function;
	unsigned fcw;
	struct fp80 st[2];
};

/* `value` of FSINCOS: the sine and the cosine. */
struct outcome {
	struct fp80 value[2];
	unsigned flags;
	bool c1, c2;
};

struct outcome ask_ringstep(const struct question *q);
/* The x87 of this host, if it has one that can be compared with. */
bool host_answers(void);
void ask_host(const struct question *q, struct outcome *o);
/* What mathematics and MPFR say, of finite operands for which the instruction is defined: the values only. */
struct outcome ask_mpfr(const struct question *q);

#endif
