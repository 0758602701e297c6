/* task.c - hardware task switches. */
#include "cpu/task.h"

bool task_switch(struct cpu *cpu, uint16_t selector, enum task_switch how, uint64_t next_rip, int32_t code,
                 int32_t ext)
{
	(void)selector, (void)how, (void)next_rip, (void)code, (void)ext;
	return cpu_fault_missing(cpu, "hardware task switches");
}
