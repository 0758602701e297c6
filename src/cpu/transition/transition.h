/* transition.h - the changes of privilege, each written once as rows in *.def.
 *
 * TRANSITION(NAME, about)                                  opens one
 * LET(declarations)                                        C locals of its rows
 * CHECK(row, rule, who, text, section, bad, vector, code)  `bad` raises the fault, with nothing changed
 * TRY(row, rule, who, when, text, section, expression)     an access that may fault: false with cpu->fault filled
 * DONE_IF(condition)                                       nothing of what follows is to be done
 * DO(row, rule, who, when, text, section, statements)      an effect
 * LEAVE(row, rule, who, when, text, section, expression)   the rest is another transition, which `expression` runs
 * END_TRANSITION
 *
 *   row   unique name; mutation tests invert each            who   which processors have the row: ALL or B(behaviour)
 *   rule  of the ledger                                      when  run-time condition (text tells it in words)
 *
 * The rows expand to straight C (fast), to the same with every effect noted for a record, and to the text of `explain`.
 * They are in the manual's order; all checks come before the first effect, except where a rule says otherwise.
 */
#ifndef RS_CPU_TRANSITION_TRANSITION_H
#define RS_CPU_TRANSITION_TRANSITION_H

#include "cpu/cpu.h"
#include "cpu/engine/uop.h"
#include "cpu/seg.h"
#include "cpu/task.h"

/* An exception, interrupt or INT n to be delivered. */
struct event {
	unsigned vector;
	int32_t code;       /* error code, or NO_CODE */
	bool software;      /* INT n, INT3, INTO: the gate's DPL counts, error codes have EXT = 0 (IN-03, IN-06) */
	uint64_t rip;       /* pushed */
	uint64_t rflags;    /* pushed */
};

/* What a transition is given. */
struct transition {
	unsigned size;      /* operand size in bytes */
	uint64_t next_rip;
	const struct event *event;
	uint16_t selector;  /* far transfers: the target */
	uint64_t offset;
	bool call;
	const struct descriptor *gate; /* call gates, tasks: what the selector names */
	uint64_t release;   /* far RET: bytes of parameters */
	enum task_switch how; /* task switches; event.code is pushed, event.rip and event.rflags are saved */
	int32_t ext;          /* EXT bit of error codes */
	struct task_image *image;
};

/* False: cpu->fault; no architectural register has changed. */
bool transition_deliver(struct cpu *cpu, const struct event *event);

/* task_switch with all that it may be given; and for an event, whose RFLAGS are saved. */
bool transition_task(struct cpu *cpu, const struct transition *t);
bool task_switch_event(struct cpu *cpu, uint16_t selector, const struct event *event, int32_t ext);

/* One row for `explain`. */
struct transition_row {
	const char *name;
	uint16_t rule;
	const char *text, *section;
	const char *outcome; /* of a failed check */
	bool (*who)(const struct rs_profile *p);
	uint16_t number; /* enum transition_row_number */
};

struct transition_text {
	const char *name, *about;
	const struct transition_row *row;
	size_t count;
};

/* Each row's own number. */
enum transition_row_number {
#define TRANSITION(name, about)
#define LET(...)
#define CHECK(row, ...) ROW_##row,
#define TRY(row, ...) ROW_##row,
#define DO(row, ...) ROW_##row,
#define DONE_IF(...)
#define LEAVE(row, ...) ROW_##row,
#define END_TRANSITION
#include "cpu/transition/all.def"
#undef TRANSITION
#undef LET
#undef CHECK
#undef TRY
#undef DO
#undef DONE_IF
#undef LEAVE
#undef END_TRANSITION
	ROW_COUNT
};

/* The place of each in transition_texts. */
enum transition_index {
#define TRANSITION(name, about) TRANSITION_##name,
#define LET(...)
#define CHECK(...)
#define TRY(...)
#define DO(...)
#define DONE_IF(...)
#define LEAVE(...)
#define END_TRANSITION
#include "cpu/transition/all.def"
#undef TRANSITION
#undef LET
#undef CHECK
#undef TRY
#undef DO
#undef DONE_IF
#undef LEAVE
#undef END_TRANSITION
	TRANSITION_COUNT
};

extern const struct transition_text transition_texts[];
extern const size_t transition_text_count;

#endif
