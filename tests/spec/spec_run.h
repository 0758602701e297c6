/*
 * spec_run.h - the interpreter of the rows.
 */
#ifndef SPEC_RUN_H
#define SPEC_RUN_H

#include "spec.h"

/* A 64-bit interrupt, trap or call gate (SDM vol. 3, figures 5-9 and 6-8). */
struct spec_gate {
	uint64_t offset;
	uint16_t selector;
	uint8_t ist, type, s, dpl, p, upper_type;
};

/* What a row has found out and later rows need. */
struct spec_work {
	struct spec_event event;
	struct spec_gate gate;
	struct spec_segment code, stack;
	uint16_t code_selector, stack_selector;
	unsigned new_cpl;
	bool by_gate;
	uint64_t new_rsp, new_rip, image;
};

/* What the rows of one evaluation see. A row reads `old` for the state before the instruction and writes `now`. */
struct spec_context {
	const struct spec_processor *cpu;
	const struct spec_instruction *insn;
	const struct spec_state *old;
	struct spec_state *now;
	struct spec_memory *memory;
	struct spec_outcome *out;
	struct spec_work work;
};

/*
 * Evaluates the rows of the instruction in order. A check whose condition holds ends it: `now` is then the state
 * before. The row numbered `without` is passed over (SPEC_NONE: none is), for the proof that each row matters.
 */
enum { SPEC_NONE = -1 };
struct spec_outcome spec_run(const struct spec_processor *cpu, const struct spec_instruction *insn,
			     struct spec_state *state, struct spec_memory *memory, int without);

uint64_t spec_read(struct spec_memory *memory, uint64_t address, unsigned size);
void spec_write(struct spec_memory *memory, uint64_t address, unsigned size, uint64_t value);

static inline bool spec_row_decided(const struct spec_rows *rows, unsigned row)
{
	return rows->bits[row / 64] >> row % 64 & 1;
}

#endif
