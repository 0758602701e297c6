/* clock.c - see clock.h. */
#include "cpu/engine/clock.h"

#include "cpu/engine/block.h"

static bool has_kind(const struct shape *s, enum operand_kind a, enum operand_kind b)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->op[i].kind == a || s->op[i].kind == b)
			return true;
	return false;
}

uint16_t clock_cost(const struct costs *c, const struct uop *u, const struct shape *s)
{
	const struct insn_cost *row = &c->insn[u->insn];
	unsigned cost = u->flags & UOP_MEMORY ? row->memory : row->plain;
	cost += u->flags & UOP_LOCK ? c->locked : 0;
	cost += s->far ? c->far : 0;
	cost += has_kind(s, OPERAND_CONTROL, OPERAND_DEBUG) ? c->control : 0;
	cost += has_kind(s, OPERAND_SEGMENT, OPERAND_SEGMENT) ? c->segment : 0;
	return (uint16_t)cost;
}

/* A chain looks at the limit before each block, as if nothing came on top. If too much does, it ends early, and the
 * driver goes on by steps. */
void clock_charge(struct cpu *cpu, uint64_t cycles)
{
	cpu->cycles += cycles;
	if (cpu->block && cpu->cycles > cpu->cycle_stop)
		block_leave(cpu, cpu->block);
}

void clock_walked(void *arg, unsigned levels)
{
	struct cpu *cpu = arg;
	clock_charge(cpu, (uint64_t)levels * cpu->costs->level);
}

uint64_t clock_now(HOT_PARAMS)
{
	return cpu->cycles - (cpu->block ? block_rest(cpu->block, u->index_n) : 0);
}

/* Whole iterations until the board's next event. (A limit of cycles is one of whole instructions.) */
uint64_t clock_iterations_left(HOT_PARAMS)
{
	const uint64_t now = clock_now(HOT_ARGS), each = cpu->costs->iteration;
	if (cpu->event_at == UINT64_MAX || !each)
		return UINT64_MAX;
	return cpu->event_at > now ? (cpu->event_at - now - 1) / each + 1 : 1;
}

void clock_iterated(struct cpu *cpu, uint64_t count)
{
	clock_charge(cpu, count * cpu->costs->iteration);
}
