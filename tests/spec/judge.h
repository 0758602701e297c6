/*
 * judge.h - one scene by the rows and by the machine.
 */
#ifndef SPEC_JUDGE_H
#define SPEC_JUDGE_H

#include "draw.h"

enum verdict { VERDICT_SAME, VERDICT_DIFFERENT, VERDICT_STRAYED, VERDICT_OPEN };

struct judgement {
	enum verdict verdict;
	enum spec_end end;
	bool trapped;          /* the single-step trap was delivered and compared too */
	struct spec_rows rows; /* those that decided */
	char text[2000];       /* VERDICT_DIFFERENT: in what */
};

/* `without`: a row that is passed over, or SPEC_NONE. */
void judge(struct world *w, const struct scene *s, int without, struct judgement *j);

#endif
