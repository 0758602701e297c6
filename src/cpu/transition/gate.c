/* gate.c - what the rows of gate.def call. */
#include "cpu/transition/gate.h"

#include "cpu/operand.h"

enum far_system far_system_kind(const struct cpu *cpu, const struct descriptor *d)
{
	static const uint8_t legacy[16] = {
		[TYPE_CALL_GATE16] = FAR_CALL_GATE_LEGACY, [TYPE_CALL_GATE] = FAR_CALL_GATE_LEGACY,
		[TYPE_TSS16_FREE] = FAR_TASK, [TYPE_TSS16_BUSY] = FAR_TASK, [TYPE_TSS_FREE] = FAR_TASK,
		[TYPE_TSS_BUSY] = FAR_TASK, [TYPE_TASK_GATE] = FAR_TASK,
	};
	if (desc_is_segment(d))
		return FAR_NEITHER;
	if (cpu_is_long(cpu))
		return desc_type(d) == TYPE_CALL_GATE ? FAR_CALL_GATE : FAR_NEITHER;
	return (enum far_system)legacy[desc_type(d)];
}

/* ---- IA-32e mode ---- */

bool flat_has_room(struct cpu *cpu, uint64_t rsp, unsigned count, unsigned kind)
{
	for (unsigned i = 1; i <= count; i++)
		if (!linear_probe(cpu, rsp - 8 * i, 8, MMU_WRITE | kind, true))
			return false;
	return true;
}

bool flat_push(struct cpu *cpu, uint64_t *rsp, unsigned kind, uint64_t first, uint64_t second)
{
	*rsp -= 16;
	return linear_write_slow(cpu, *rsp + 8, 8, MMU_WRITE | kind, true, first) &&
	       linear_write_slow(cpu, *rsp, 8, MMU_WRITE | kind, true, second);
}

/* ---- legacy ---- */

/* The last parameter lies highest and is pushed first, so the new stack has them in the same order. */
bool gate_frame_parameters(struct cpu *cpu, struct gate_frame *g, unsigned count, unsigned size)
{
	while (count-- > 0)
		if (!stack_peek(cpu, (uint64_t)count * size, size, &g->word[g->count++]))
			return false;
	return true;
}

void gate_frame_add(struct gate_frame *g, uint64_t first, uint64_t second)
{
	g->word[g->count++] = first;
	g->word[g->count++] = second;
}
