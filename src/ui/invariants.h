/* invariants.h - what a kernel must not do, whenever an event comes: judged record by record, by use. */
#ifndef RS_UI_INVARIANTS_H
#define RS_UI_INVARIANTS_H

#include "cpu/state.h"
#include "ringstep.h"

enum invariant {
	INVARIANT_GS,      /* a GS-relative access at CPL 0 while GS.base is the interrupted program's */
	INVARIANT_STACK,   /* a push at CPL 0 to a page with U=1 */
	INVARIANT_PAIR,    /* a return to the program with another pair of GS bases than at its entry */
	INVARIANT_CONTEXT, /* the event's handler returns to other registers than it interrupted */
	INVARIANT_LOST,    /* the event was never delivered */
	INVARIANT_FINAL,   /* the guest ends in another way: stop, exit code or console */
	INVARIANTS,
};

/* "gs", "stack" ...; and what it means. */
const char *invariant_name(enum invariant i);
const char *invariant_about(enum invariant i);

struct breach {
	bool broken;
	uint64_t n, rip; /* of the record that broke it */
	uint8_t cpl;
};

struct gs_pair {
	uint64_t active, other;
};

/* The event that was put in. */
struct awaited {
	bool wanted, delivered, returned;
	uint8_t vector;
	struct cpu_state at; /* what it interrupted */
};

struct watcher {
	struct cpu_state before; /* the state before the next record */
	struct gs_pair entry;    /* when the program last entered */
	uint64_t user_gs;        /* GS.base when CPL was last 3 */
	bool has_entry, has_user;
	struct awaited event;
	struct breach breach[INVARIANTS];
};

/* From this state on; what is known of the program stays. */
void watcher_start(struct watcher *w, const struct cpu_state *now);
/* An event of that vector is expected. */
void watcher_expect(struct watcher *w, uint8_t vector);
/* rs_observer_fn; `arg` is the watcher. */
void watcher_observe(void *arg, struct rs_machine *m, const struct rs_record *record);
void watcher_break(struct watcher *w, enum invariant i, uint64_t n, uint64_t rip, uint8_t cpl);

#endif
