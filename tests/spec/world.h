/*
 * world.h - the machine that the rows are compared with. RAM of 4 MiB is mapped again and again through the whole of
 * linear memory, so that no canonical address page-faults; tables and stacks lie in one window of it.
 */
#ifndef SPEC_WORLD_H
#define SPEC_WORLD_H

#include "spec_step.h"

#include "board/machine.h"
#include "cpu/state.h"
#include "ringstep.h"

enum {
	WORLD_RAM = 0x400000,
	WORLD_PML4 = 0x1000,
	WORLD_PML5 = 0x4000,
	WORLD_WINDOW = 0x10000,
	WORLD_WINDOW_SIZE = 0x4000,
	WORLD_GDT = WORLD_WINDOW,
	WORLD_LDT = WORLD_WINDOW + 0x400,
	WORLD_TSS = WORLD_WINDOW + 0x600,
	WORLD_POINTER = WORLD_WINDOW + 0x780,
	WORLD_IDT = WORLD_WINDOW + 0x800, /* 64 gates, at most */
	WORLD_STACKS = WORLD_WINDOW + 0x1000,
	WORLD_STACKS_END = WORLD_WINDOW + WORLD_WINDOW_SIZE,
	WORLD_CODE = 0x20000,
	WORLD_EDGE = WORLD_RAM, /* code ends here too: at the end of the lower half */
};

struct world {
	const char *cpu;
	struct rs_machine *m;
	struct cpu_state base; /* what the rows say nothing about */
	uint8_t window[WORLD_WINDOW_SIZE];
	struct rs_record record;
	bool recorded;
};

bool world_open(struct world *w, const char *cpu);
void world_close(struct world *w);
/* Code bytes at a physical address. */
void world_code(struct world *w, uint64_t address, const uint8_t *bytes, unsigned size);
/* Puts state and window into the machine and makes one step; `st` and w->window are then the machine's. */
enum rs_stop world_step(struct world *w, struct cpu_state *st);
/* One step more. */
enum rs_stop world_step_on(struct world *w, struct cpu_state *st);

/* The state as the machine keeps it: `base` for the rest. */
void world_state(struct cpu_state *to, const struct spec_state *from, const struct cpu_state *base);
/*
 * Puts into `want` what the rows say (`now`, having begun as `old`), and from `got` what they leave open: the hidden
 * part of a segment that has become null, and of a null SS.
 */
void world_expect(struct cpu_state *want, const struct spec_state *now, const struct spec_state *old,
		  const struct cpu_state *got);

#endif
