/* timeline.h - spans of CPL and what happened, kept from records and from the machine's passages; either may tell again
 * what is known. */
#ifndef RS_VIEW_TIMELINE_H
#define RS_VIEW_TIMELINE_H

#include "ui/repl/repl.h"
#include "view/model.h"

/* Spans of which all is known, and samples of long runs of which more happened than could be kept. */
enum { TIMELINE_SAMPLES = 512, TIMELINE_SPANS = VIEW_SPANS - TIMELINE_SAMPLES };

struct timeline {
	struct view_span span[TIMELINE_SPANS]; /* by n, neighbours that touch being of different CPL */
	unsigned span_count;
	struct view_mark mark[VIEW_MARKS]; /* by n */
	unsigned mark_count;
	struct view_span sample[TIMELINE_SAMPLES];
	unsigned sample_count, sampled; /* calls since the last one */
	unsigned apart;                 /* one of so many calls takes one */
	uint64_t here;                  /* what is far from it goes first */
	/* Behind the last passage that was read the machine was at `n` with this CPL. */
	uint64_t n;
	uint8_t cpl;
	bool is_known;
};

/* Begins where the machine is, and has it keep passages; false: no memory. */
bool timeline_start(struct timeline *t, struct rs_machine *m);
/* The last record of the prompt. */
void timeline_record(struct timeline *t, const struct prompt *p);
/* What has happened since the last time; `runs`: and goes on, so that a sample is enough where much is lost. */
void timeline_follow(struct timeline *t, struct rs_machine *m, bool runs);
/* The same, of which records have told all. */
void timeline_skip(struct timeline *t, struct rs_machine *m);
/* A breakpoint has ended a run. */
void timeline_stopped(struct timeline *t, uint64_t n);
/* What is to be shown, from `start` to `frontier`, behind which nothing has happened. */
void timeline_show(struct timeline *t, uint64_t start, uint64_t here, uint64_t frontier, struct view_timeline *to);

#endif
