/*
 * spec.c - the table of all rows, the vendors' facts, and the interpreter.
 */
#include "spec.h"
#include "spec_tables.h"

/* Sets of transitions that rows have in common. */
enum {
	FAST = SYSCALL | SYSRET | SYSENTER | SYSEXIT | SWAPGS,
	INTS = INT_N | INT3 | INT1 | INTO,
	EVENTS = INTS | DELIVERY,
	DELIVERIES = DELIVERY | DELIVERY_32 | DELIVERY_REAL,
	RETURNS = IRET | RET_FAR,
	FAR_BRANCHES = CALL_FAR | JMP_FAR,
};

const struct spec_processor spec_intel = {
#define FACT(name, intel, amd, ledger, manual, words) .name = intel,
#include "spec_facts.def"
#undef FACT
};

const struct spec_processor spec_amd = {
#define FACT(name, intel, amd, ledger, manual, words) .name = amd,
#include "spec_facts.def"
#undef FACT
};

/* Names that the conditions and effects use; not every row uses each. */
#define SEEN_BY_ROW                                                                                                    \
	const struct spec_state *old = c->old;                                                                         \
	struct spec_state *now = c->now;                                                                               \
	const struct spec_instruction *insn = c->insn;                                                                 \
	const struct spec_processor *cpu = c->cpu;                                                                     \
	struct spec_outcome *out = c->out;                                                                             \
	(void)old, (void)now, (void)insn, (void)cpu, (void)out

static void raise_fault(struct spec_context *c, struct spec_fault fault)
{
	c->out->faulted = true;
	c->out->fault = fault;
}

/* The condition and the effect of each row become functions. */
#define WHEN(name, condition)                                                                                          \
	static bool when_##name(const struct spec_context *c)                                                          \
	{                                                                                                              \
		SEEN_BY_ROW;                                                                                           \
		const struct spec_work *w = &c->work;                                                                  \
		(void)w;                                                                                               \
		return condition;                                                                                      \
	}
#define CHECK(name, on, condition, fault, ledger, manual, words)                                                       \
	WHEN(name, condition)                                                                                          \
	static void then_##name(struct spec_context *c)                                                                \
	{                                                                                                              \
		SEEN_BY_ROW;                                                                                           \
		struct spec_work *w = &c->work;                                                                        \
		(void)w;                                                                                               \
		raise_fault(c, fault);                                                                                 \
	}
#define SET(name, on, condition, ledger, manual, words, ...)                                                           \
	WHEN(name, condition)                                                                                          \
	static void then_##name(struct spec_context *c)                                                                \
	{                                                                                                              \
		SEEN_BY_ROW;                                                                                           \
		struct spec_work *w = &c->work;                                                                        \
		(void)w;                                                                                               \
		__VA_ARGS__;                                                                                           \
	}
#define OPEN(name, on, condition, ledger, manual, words)                                                               \
	SET(name, on, condition, ledger, manual, words, out->open = out->done = true)
#include "spec_all.def"
#undef CHECK
#undef SET
#undef OPEN

const struct spec_row spec_table[] = {
#define CHECK(name, on, condition, fault, ledger, manual, words)                                                       \
	{ #name, ledger, manual, words, on, SPEC_CHECK, when_##name, then_##name },
#define SET(name, on, condition, ledger, manual, words, ...)                                                           \
	{ #name, ledger, manual, words, on, SPEC_SET, when_##name, then_##name },
#define OPEN(name, on, condition, ledger, manual, words)                                                               \
	{ #name, ledger, manual, words, on, SPEC_OPEN, when_##name, then_##name },
#include "spec_all.def"
#undef CHECK
#undef SET
#undef OPEN
};

const unsigned spec_row_count = sizeof(spec_table) / sizeof(spec_table[0]);
_Static_assert(sizeof(spec_table) / sizeof(spec_table[0]) <= SPEC_ROW_WORDS * 64, "a bit for each row");

static void evaluate(struct spec_context *c, int without)
{
	for (unsigned i = 0; i < spec_row_count && !c->out->faulted && !c->out->done; i++) {
		const struct spec_row *row = &spec_table[i];
		if (!(row->on & c->insn->transition) || without == (int)i || !row->when(c))
			continue;
		row->then(c);
		c->out->rows.bits[i / 64] |= UINT64_C(1) << i % 64;
	}
}

struct spec_outcome spec_run(const struct spec_processor *cpu, const struct spec_instruction *insn,
			     struct spec_state *state, struct spec_memory *memory, int without)
{
	struct spec_state old = *state;
	struct spec_outcome out = { 0 };
	struct spec_context c = { .cpu = cpu, .insn = insn, .old = &old, .now = state, .memory = memory, .out = &out };
	evaluate(&c, without);
	if (out.faulted)
		*state = old;
	return out;
}
