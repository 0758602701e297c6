/* engine.h - the two drivers: the chain driver runs linked blocks, the step driver exactly one record. Both use the
 * same handlers and find instructions by the same walk over the same block cache, so that what one does the other does.
 */
#ifndef RS_CPU_ENGINE_ENGINE_H
#define RS_CPU_ENGINE_ENGINE_H

#include "cpu/cpu.h"
#include "cpu/deliver.h"

enum engine_stop {
	ENGINE_GOES_ON,
	ENGINE_LIMIT,    /* the wanted instruction number is reached */
	ENGINE_STOPPED,  /* ARMED_STOP: a device asked for it */
	ENGINE_SHUTDOWN, /* cpu->shutdown */
	ENGINE_MISSING,  /* cpu->fault: FAULT_UNIMPLEMENTED at state.rip */
	ENGINE_NO_MEMORY,
	ENGINE_HALTED,   /* for ever */
	ENGINE_BREAK,    /* before an instruction of cpu->stops */
};

/* Runs until `limit` instructions have completed. With `step` only by the step driver. */
enum engine_stop engine_run(struct cpu *cpu, uint64_t limit, bool step);
/* One record: an instruction, an iteration of a REP string under TF, or an event. */
enum engine_stop engine_step(struct cpu *cpu);
/* Whether the next instruction has a code stop. */
bool engine_at_code_stop(const struct cpu *cpu);
/* ... and it is not where a run has begun. */
bool engine_is_broken(const struct cpu *cpu, struct rs_position began);
/* The block cache no longer knows where the next instruction is: state was changed from outside. */
void engine_forget(struct cpu *cpu);

/* What a delivery means to the driver. */
enum engine_stop engine_after(struct cpu *cpu, enum delivery d);
/* Finds the uop at state.rip; false: cpu->fault (shared by the drivers). */
bool engine_locate(struct cpu *cpu);

#endif
