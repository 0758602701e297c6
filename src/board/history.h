/* history.h - a machine's past: snapshots, and executing again from them. history.c keeps it and goes forwards,
 * history_seek.c goes back. */
#ifndef RS_BOARD_HISTORY_H
#define RS_BOARD_HISTORY_H

#include "board/machine.h"

enum { HISTORY_POINTS = 512 };

/* A position that can be gone back to at once. */
struct point {
	struct rs_position at;
	struct rs_snapshot *snapshot;
	bool changed; /* something was changed from outside there: executing leads to another state */
};

struct rs_history {
	struct rs_machine *m;
	uint64_t budget, interval;
	struct point point[HISTORY_POINTS]; /* by position */
	size_t count;
	struct rs_position frontier;
	struct {
		uint64_t n, iterations, copied;
	} last;         /* what was counted when a snapshot was last due */
	uint64_t slice; /* instructions after which it is looked again whether one is due */
	bool changed;   /* something was changed from outside here, and there is no snapshot of it yet */
};

static inline struct rs_position history_here(const struct rs_history *h)
{
	return cpu_position(&h->m->cpu[0]);
}

static inline bool history_earlier(struct rs_position a, struct rs_position b)
{
	return rs_position_compare(a, b) < 0;
}

static inline bool history_same(struct rs_position a, struct rs_position b)
{
	return rs_position_compare(a, b) == 0;
}

/* How many points lie in front of that position or at it. */
size_t history_points_until(const struct rs_history *h, struct rs_position at);
/* A point here; false: no memory. */
bool history_keep(struct rs_history *h, bool changed);
/* Until the budget is kept. If nothing can go from the middle the start moves on. */
void history_thin(struct rs_history *h);
/* Before anything else: notes where the machine has come to. A change from outside ends the history here; without
 * memory for a snapshot nothing leads behind it. */
void history_settle(struct rs_history *h);
/* Executing has led here: if something was changed here, it is again. */
void history_change_again(struct rs_history *h);
/* The next position at which something else than executing is to be done, the frontier at the latest. */
struct rs_position history_next_turn(const struct rs_history *h);
/* True: it has come there; *stop tells why it stopped. */
bool history_run_to(struct rs_machine *m, struct rs_position to, enum rs_stop *stop);

/* What was told is not told again. */
struct muted {
	void (*console)(void *arg, enum rs_port port, uint8_t byte);
};

struct muted history_mute(struct rs_machine *m);
void history_unmute(struct rs_machine *m, struct muted was);

#endif
