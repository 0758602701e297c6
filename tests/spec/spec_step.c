/*
 * spec_step.c - instruction, fault, delivery, fault of the delivery.
 */
#include "spec_step.h"

#include "spec_rows.h"

static struct spec_outcome run(struct spec_step *s, const struct spec_instruction *insn)
{
	struct spec_outcome out = spec_run(s->cpu, insn, s->state, s->memory, s->without);
	for (unsigned i = 0; i < SPEC_ROW_WORDS; i++)
		s->rows.bits[i] |= out.rows.bits[i];
	s->open = s->open || out.open;
	return out;
}

static enum spec_transition delivery_in(const struct spec_state *state)
{
	return is_ia32e(state) ? DELIVERY : state->cr0 & CR0_PE ? DELIVERY_32 : DELIVERY_REAL;
}

/* #DF is an abort, not a fault (SDM vol. 3, table 6-1); both return to where the processor stands. */
static struct spec_event event_of(const struct spec_fault *fault, const struct spec_state *state)
{
	return (struct spec_event){ .vector = (uint8_t)fault->vector,
				    .is_exception = true,
				    .is_fault = fault->vector != DF,
				    .external = true,
				    .has_code = fault->has_code,
				    .code = fault->code,
				    .return_rip = state->rip };
}

static struct spec_outcome nested(struct spec_step *s, const struct spec_event *first, const struct spec_fault *second)
{
	struct spec_instruction insn = { .transition = NESTED, .event = *first, .second = *second };
	return run(s, &insn);
}

/* A fault, its fault, #DF and its fault are four; without a row it could be endless. */
static void deliver_after(struct spec_step *s, struct spec_event event, struct spec_outcome out)
{
	for (unsigned i = 0; i < 5 && out.faulted; i++) {
		struct spec_outcome next = nested(s, &event, &out.fault);
		s->end = SPEC_SHUTDOWN;
		if (next.shutdown || next.open)
			return;
		event = event_of(&next.fault, s->state);
		struct spec_instruction insn = { .transition = delivery_in(s->state), .event = event };
		out = run(s, &insn);
	}
	s->end = SPEC_DELIVERED;
	s->event = event;
}

void spec_deliver(struct spec_step *s, const struct spec_event *event)
{
	struct spec_instruction insn = { .transition = delivery_in(s->state), .event = *event };
	deliver_after(s, *event, run(s, &insn));
}

static struct spec_event software_event(const struct spec_instruction *insn)
{
	uint8_t vector = insn->transition == INT3 ? BP : insn->transition == INTO ? OF : insn->vector;
	return (struct spec_event){ .vector = insn->transition == INT1 ? DB : vector,
				    .external = insn->transition == INT1 };
}

void spec_step(struct spec_step *s, const struct spec_instruction *insn)
{
	s->state->open_rsp = 0;
	run(s, &(struct spec_instruction){ .transition = BEGINNING, .begun = insn->transition });
	struct spec_outcome out = run(s, insn);
	bool is_event = insn->transition & (INT_N | INT3 | INT1 | INTO) && !out.done;
	s->end = SPEC_COMPLETED;
	s->step_trap = out.step_trap && !out.faulted;
	if (is_event || out.faulted)
		deliver_after(s, software_event(insn), out);
}

void spec_step_trap(struct spec_step *s)
{
	struct spec_instruction insn = { .transition = DEBUG_TRAP };
	run(s, &insn);
	spec_deliver(s, &(struct spec_event){
			    .vector = DB, .is_exception = true, .external = true, .return_rip = s->state->rip });
}
