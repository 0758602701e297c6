/* task.h - hardware task switches [SDM vol. 3, 7.3]: their one entry, and what the rows of task.def are made of. */
#ifndef RS_CPU_TASK_H
#define RS_CPU_TASK_H

#include "cpu/seg.h"

enum task_switch { TASK_JMP, TASK_CALL, TASK_INT, TASK_IRET };

/* To the TSS that `selector` names, outside IA-32e mode. Its place, type, busy bit, presence and limit are checked
 * here; privilege is the caller's to check. `code`: pushed on the new task's stack unless NO_CODE; `ext`: EXT of error
 * codes; `next_rip`: what the old TSS stores as EIP, with the RFLAGS of now (task_switch_event takes an event's).
 * False: cpu->fault, raised in the old task with nothing changed, or in the new one: then fault.in_new_task is set, the
 * state is the new task's, RIP included, and the fault is to be delivered there. */
bool task_switch(struct cpu *cpu, uint16_t selector, enum task_switch how, uint64_t next_rip, int32_t code,
                 int32_t ext);

/* ---- for the rows ---- */

/* What a TSS holds of a task. */
struct task_image {
	uint32_t cr3, eip, eflags, gpr[8];
	uint16_t seg[6]; /* in the order of their encoding */
	uint16_t ldt;
	bool trap;
	uint8_t width; /* 2: it came from a 16-bit TSS */
};

bool task_type_fits(const struct descriptor *tss, bool busy);
/* Limit that a TSS of this type must have to be switched to. */
uint32_t task_least_limit(unsigned type);
bool task_can_save(const struct seg *tss);
/* Linear address of a TSS descriptor. */
uint64_t task_descriptor(const struct cpu *cpu, uint16_t selector);
/* Whether all that the switch will touch in the old task's memory can be touched (TK-09). */
bool task_probe(struct cpu *cpu, const struct seg *old, const struct seg *new, uint64_t descriptor,
                enum task_switch how);
bool task_mark(struct cpu *cpu, uint64_t descriptor, bool busy);
bool task_save(struct cpu *cpu, const struct seg *tss, uint64_t rip, uint64_t rflags);
bool task_load(struct cpu *cpu, const struct seg *tss, struct task_image *image);
/* Selectors stand in their registers with nothing behind them until they are loaded. */
void task_set_registers(struct cpu *cpu, const struct task_image *image);
void task_clear_breakpoints(struct cpu *cpu);
void task_arm_trap(struct cpu *cpu);
bool task_load_ldtr(struct cpu *cpu, int32_t ext);
void task_load_v86(struct cpu *cpu);
bool task_load_code(struct cpu *cpu, int32_t ext);
bool task_load_stack(struct cpu *cpu, int32_t ext);
bool task_load_data(struct cpu *cpu, int32_t ext);
bool task_push_code(struct cpu *cpu, unsigned width, int32_t code, int32_t ext);

#endif
