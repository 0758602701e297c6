/* why.h - what !why tells of a fault besides its rule: kept when it happens, since the guest goes on. */
#ifndef RS_UI_REPL_WHY_H
#define RS_UI_REPL_WHY_H

#include "cpu/state.h"
#include "ringstep.h"

enum { SCENE_CODE = 15, SCENE_STACK = 40, SCENE_DESCRIPTOR = 16 };

/* Where and how a fault found the machine. */
struct scene {
	struct cpu_state state; /* before it */
	uint8_t code[SCENE_CODE + 1], stack[SCENE_STACK];
	uint8_t descriptor[SCENE_DESCRIPTOR]; /* that the error code names */
	size_t code_size, stack_size, descriptor_size;
	uint64_t cr2; /* as a page fault left it */
};

struct prompt;
struct happening;

/* Fills all but the state, which is there already. */
void scene_keep(struct scene *s, struct rs_machine *m, const struct rs_record *r);
/* Instruction, operands, failed check, error code, and the descriptor that it names. */
void scene_show(struct prompt *p, const struct happening *h);

#endif
