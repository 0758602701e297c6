/* go.h - letting the guest go on, for the commands that do it. */
#ifndef RS_UI_REPL_GO_H
#define RS_UI_REPL_GO_H

#include "ui/repl/repl.h"

/* What a record says, in its own words. */
struct happening happening_of(const struct rs_record *r, const struct cpu_state *before, const struct cpu_state *now);

/* Readies what a move needs. */
void go_ready(struct prompt *p);
/* Whether the guest can go on; readies what a run needs. What is unimplemented or halted can be tried again after the
 * user has changed something. */
bool go_may(struct prompt *p);
/* One record, told if it is worth it. */
enum rs_stop go_step(struct prompt *p);
/* One instruction; a call, INT or SYSCALL until it is back. */
enum rs_stop go_over_one(struct prompt *p);
/* To an event, to Ctrl-C, or until it is enough. */
enum rs_stop go_until(struct prompt *p, enough_fn *enough);
/* Whether a command of several steps must stop here. */
bool go_is_over(const struct prompt *p, enum rs_stop stop);
/* After every stop: why, if it is not that all was done, and where. The command's result. */
bool go_arrived(struct prompt *p, enum rs_stop stop);
/* "[N]" */
bool go_count(struct prompt *p, const char *args, uint64_t *count);

#endif
