/* fault.h - a fault on its way to delivery, and the rule that raised it. */
#ifndef RS_CPU_FAULT_H
#define RS_CPU_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/* Every rule of the ledger: RULE_area_number. */
enum rule {
	RULE_NONE,
#define RULE(area, number, state, applies, fault, source, text) RULE_##area##_##number,
#include "cpu/rules.def"
#undef RULE
	RULE_COUNT
};

/* "Vectors" that no processor has: the emulator itself must stop. */
enum {
	FAULT_UNIMPLEMENTED = 0x100,
	FAULT_NO_MEMORY = 0x101,
	FAULT_DEVICE = 0x102, /* nothing is wrong: the instruction speaks to a device and is to be run alone */
};

enum { NO_CODE = -1 };

/* Three faults make a triple fault, and benign ones may have led to the first of them (IN-32). */
enum { SHUTDOWN_FAULTS = 6 };

struct fault {
	uint16_t vector;
	uint16_t rule;   /* or fault_of_instruction() where the ledger has none */
	int32_t code;    /* error code, or NO_CODE */
	uint64_t cr2;    /* #PF */
	uint16_t dr6;    /* #DB: bits to be set */
	const char *missing; /* FAULT_UNIMPLEMENTED: what, in words */
	uint8_t length;      /* FAULT_UNIMPLEMENTED: bytes of the instruction, 0: unknown */
	bool in_new_task;    /* raised behind a task switch: state.rip is already where the new task faults */
};

struct cpu;

/* Fill cpu->fault and return false, so that an accessor can `return cpu_fault(...)`. */
bool cpu_fault(struct cpu *cpu, unsigned vector, int32_t code, enum rule rule);
bool cpu_fault_missing(struct cpu *cpu, const char *what);
/* Turns mmu.fault into a fault: #PF, #AC, or for a non-canonical address #SS(0) on the stack and #GP(0) elsewhere. */
bool cpu_fault_from_mmu(struct cpu *cpu, bool stack);

/* In place of a rule: the row of insn.def that raised it. */
static inline unsigned fault_of_instruction(unsigned insn)
{
	return RULE_COUNT + insn;
}

/* "SC-01"; "insn:DIV" of fault_of_instruction(). */
const char *rule_id(enum rule rule);
/* "#GP"; NULL where no exception has the vector. */
const char *vector_name(unsigned vector);

#endif
