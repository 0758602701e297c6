/* inject.h - signals whose moment was given beforehand (--nmi-at and its like). */
#ifndef RS_BOARD_INJECT_H
#define RS_BOARD_INJECT_H

#include "ringstep.h"

/* How far they have come; part of a snapshot, so that who goes back meets them again. */
struct inject_state {
	uint64_t arrivals[RS_INJECTIONS]; /* at the address of each so far */
	uint64_t done;                    /* a bit for each */
};

_Static_assert(RS_INJECTIONS <= 64, "a bit for each");

struct inject {
	struct rs_injection row[RS_INJECTIONS];
	unsigned count;
	struct inject_state st;
};

/* The instruction number at which the next one is due, or RS_FOREVER. */
uint64_t inject_next(const struct inject *i);
/* Whether one waits for arrivals at an address, so that each boundary must be looked at. */
bool inject_looks_at_addresses(const struct inject *i);
/* Sends what is due at the boundary that the machine has just come to. Once for each boundary. */
void inject_arrive(struct rs_machine *m);

#endif
