/* timeline.h - spans of CPL and what happened, kept from records, each of which may come again. */
#ifndef RS_VIEW_TIMELINE_H
#define RS_VIEW_TIMELINE_H

#include "ui/repl/repl.h"
#include "view/model.h"

/* Begins at the guest's entry. */
void timeline_start(struct view_timeline *t, uint64_t n, unsigned cpl);
/* The last record of the prompt. */
void timeline_record(struct view_timeline *t, const struct prompt *p);
/* A CPL that was seen without a record. */
void timeline_seen(struct view_timeline *t, uint64_t n, unsigned cpl);
/* A breakpoint has ended a run. */
void timeline_stopped(struct view_timeline *t, uint64_t n);

#endif
