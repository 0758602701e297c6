/* costs.h - what a cycle model charges. src/timing has the models; the drivers add up and know none by name. Without a
 * model an instruction is a cycle, and the clock is the number of completed instructions. */
#ifndef RS_CPU_COSTS_H
#define RS_CPU_COSTS_H

#include <stdint.h>

/* Of a row of insn.def, when it completes: at least 1. */
struct insn_cost {
	uint8_t plain, memory; /* memory: its r/m operand is in memory */
};

struct costs {
	unsigned version; /* another one whenever a number changes: traces name it */
	const struct insn_cost *insn;
	/* What its operands and prefixes add to an instruction: known when it is translated. */
	uint8_t locked, far, control, segment;
	/* What is known only when it happens; charged then, whether or not the instruction completes. */
	uint8_t level;     /* each level of tables of a page walk */
	uint8_t iteration; /* of a REP string */
	uint8_t event;     /* delivery of an exception or interrupt */
};

#endif
