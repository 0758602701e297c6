/* explain.h - the parts of `explain`. Every word comes from the rows that the engine itself is made from. */
#ifndef RS_UI_EXPLAIN_H
#define RS_UI_EXPLAIN_H

#include "ui/rules.h"

/* "In the manual's order, for intel-skylake, ...:": whom the steps are told for. */
void explain_profiles(struct ui *ui);
/* The steps of a transition; those that not all of them have say who does. */
void explain_steps(struct ui *ui, size_t transition);

/* "  only on intel-*" where not every processor that was asked for has it. */
typedef bool explain_has_fn(const void *arg, const char *cpu);
void explain_whom(struct ui *ui, explain_has_fn *has, const void *arg);

void explain_rule(struct ui *ui, size_t rule);

#endif
