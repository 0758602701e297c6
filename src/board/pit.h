/* pit.h - the 8254 interval timer of a PC [8254 data sheet]. */
#ifndef RS_BOARD_PIT_H
#define RS_BOARD_PIT_H

#include "board/ticks.h"

#include <stdbool.h>

enum { PIT_RATE = 1193182, PIT_COUNTERS = 3 }; /* Hz */

/* A counter as it is after tick `at`. */
struct pit_counter {
	uint64_t at;
	uint32_t left;   /* the counting element; in mode 3 the ticks left of this half */
	uint32_t loaded; /* the count that it was loaded with */
	uint16_t count;  /* the count register */
	uint16_t latch;
	uint8_t control; /* bits 5:0 of the control word */
	uint8_t status;  /* latched */
	uint8_t low;     /* first byte of a count of two */
	uint8_t out, gate;
	uint8_t null_count; /* the count register has not been loaded yet */
	uint8_t written;    /* a count was written since the control word */
	uint8_t load;       /* the next tick loads the counting element */
	uint8_t running;    /* it was loaded */
	uint8_t armed;      /* the end of the count will change OUT; in mode 3: one more tick in this half */
	uint8_t write_high, read_high;
	uint8_t latched, status_latched;
	uint8_t reserved[6];
};

struct pit {
	struct pit_counter counter[PIT_COUNTERS];
};

/* As a PC's firmware leaves it: counter 0 at 18.2 Hz and counter 2 in mode 3, counter 1 for the refresh of memory. */
void pit_firmware(struct pit *p);

/* Counts up to that tick. */
void pit_run(struct pit_counter *c, uint64_t tick);
/* The tick at which OUT will change, or NEVER. */
uint64_t pit_next_change(const struct pit_counter *c);
/* Ticks after which all repeats itself, or 0. */
uint32_t pit_period(const struct pit_counter *c);

/* The counters must have counted up to now. `port` is 0..3 for 40h..43h. */
uint8_t pit_read(struct pit *p, unsigned port);
void pit_write(struct pit *p, unsigned port, uint8_t value);
void pit_gate(struct pit_counter *c, bool high);

#endif
