/*
 * spec_step.h - an instruction with the fault that it raises, and the trap that follows it, delivered.
 */
#ifndef SPEC_STEP_H
#define SPEC_STEP_H

#include "spec_run.h"

enum spec_end { SPEC_COMPLETED, SPEC_DELIVERED, SPEC_SHUTDOWN };

struct spec_step {
	const struct spec_processor *cpu;
	struct spec_state *state;
	struct spec_memory *memory;
	int without; /* row, or SPEC_NONE */
	enum spec_end end;
	struct spec_event event; /* SPEC_DELIVERED: the last; INT n and the like are events too */
	bool step_trap, open;
	struct spec_rows rows;
};

/* One instruction. Its fault is delivered in the same step, and so is what the delivery runs into. */
void spec_step(struct spec_step *s, const struct spec_instruction *insn);
/* The single-step trap that an instruction left behind. */
void spec_step_trap(struct spec_step *s);
/* An event from elsewhere. */
void spec_deliver(struct spec_step *s, const struct spec_event *event);

#endif
