/* record.h - the commit record under construction, while somebody observes. */
#ifndef RS_CPU_RECORD_H
#define RS_CPU_RECORD_H

#include "cpu/fault.h"
#include "ringstep.h"

struct recorder {
	rs_observer_fn *fn;
	void *arg;
	struct rs_machine *machine;
	struct rs_record record;
	struct rs_watch watch[RS_WATCHES];
	size_t watch_count;
};

void record_begin(struct recorder *r, enum rs_record_kind kind, uint64_t n, unsigned cpl, uint64_t rip);
/* Notes an effect of a transition; the same rule twice in a row is told once. */
void record_rule(struct recorder *r, enum rule rule);
/* Notes which row of a transition it was. */
void record_step(struct recorder *r, unsigned row);
/* The instruction that began the record has faulted: the record is that of the fault's delivery. */
void record_fault(struct recorder *r);
/* A delivery has failed: what it noted behind so many rules is not told. */
void record_take_back(struct recorder *r, unsigned rules);
/* Notes bytes written to linear memory. */
void record_write(struct recorder *r, uint64_t address, unsigned size, const uint8_t *bytes);
/* Notes which watched ranges an access touches. */
void record_access(struct recorder *r, uint64_t address, unsigned size, bool write);
void record_end(struct recorder *r);

#endif
