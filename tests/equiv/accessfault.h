/* accessfault.h - what the two parts of accessfault share: a record that is made again and again, and what a fault may
 * leave of it. */
#ifndef RS_TESTS_ACCESSFAULT_H
#define RS_TESTS_ACCESSFAULT_H

#include "case.h"

typedef unsigned long long ull;

#define ENTRY_A 0x20u
#define ENTRY_D 0x40u
enum { USED = 96 };

struct used {
	uint64_t at; /* physical address of the entry */
	bool written;
};

/* The pages of the tables in use, up to a 0, and the bytes of an entry. */
struct tables {
	uint8_t page[15], entry;
};

struct probe {
	struct run *r;
	const struct tables *tables;
	struct rs_snapshot *before;
	struct cpu_state start;
	struct used used[USED];
	size_t used_count;
	enum rs_stop stop;
	struct rs_record plain; /* undisturbed */
	bool plain_event, unblocks;
	bool delivers;    /* undisturbed, it pushes a frame: an event, or INT n */
	bool debug_event; /* undisturbed, the record is a #DB, which leaves this in DR6 and takes the pending traps: */
	struct cpu_state after; /* undisturbed */
	uint64_t debug_dr6;     /* that stays even if its delivery faults (IN-36) */
};

/* Takes the machine's RAM as what should be there. */
void accept_ram(struct run *r);
/* Walks that came before the fault may have set Accessed and Dirty. */
void accept_accessed(struct probe *p);
/* The accessed bits that delivery sets: of the code that every gate leads to, of the stack that a legacy TSS names. */
void accept_handler(struct run *r);
/* The same of a delivery that failed: it may have set the one of the stack. */
void accept_inner_stack(struct run *r);
/* An event that could not be delivered may have pushed a part of its frame: bytes that it pushes undisturbed. */
void allow_partial_frame(struct probe *p);
/* The state before the record, with what the way to the handler may have left in it. */
struct cpu_state expected(struct probe *p);

#endif
