/* model_memory.c - the stack, and memory at a place. */
#include "view/model_parts.h"

#include <stdio.h>

/* Smaller numbers are no addresses of code. */
enum { LABELLED = 0x10000 };

/* By the last record. */
static bool was_written(const struct prompt *p, uint64_t address)
{
	for (unsigned i = 0; p->has_last && i < p->written_count; i++)
		if (address - p->written[i].address < p->written[i].size)
			return true;
	return false;
}

static bool any_was_written(const struct prompt *p, uint64_t address, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		if (was_written(p, address + i))
			return true;
	return false;
}

/* ---- the stack ---- */

/* SS has a base outside 64-bit mode, and its B flag says how wide the pointer is [SDM vol. 1, stack]. */
static uint64_t stack_top(const struct cpu_state *s)
{
	const struct seg *ss = &s->seg[SEG_SS];
	const uint64_t rsp = s->gpr[RSP];
	if (state_mode(s) == 64)
		return rsp;
	return (uint32_t)(ss->base + (ss->attr & SEG_DB ? (uint32_t)rsp : (uint16_t)rsp));
}

/* In words as wide as a push. */
void model_take_stack(struct view_model *m, struct prompt *p, const struct view_states *s)
{
	const unsigned width = state_mode(s->now) / 8;
	uint64_t at = stack_top(s->now);
	m->stack_width = width;
	for (m->stack_count = 0; m->stack_count < VIEW_STACK; at += width) {
		struct view_word *w = &m->stack[m->stack_count];
		char symbol[200] = "";
		*w = (struct view_word){ .address = at };
		if (rs_read_linear(p->machine, at, &w->value, width) != width)
			return;
		if (w->value >= LABELLED)
			symbols_return_text(&p->symbols, w->value, symbol, sizeof(symbol));
		snprintf(w->symbol, sizeof(w->symbol), "%.150s", symbol);
		w->changed = any_was_written(p, at, width);
		m->stack_count++;
	}
}

/* ---- memory ---- */

/* Bytes of one row lie in one page: what is not mapped is at its end. */
static void take_row(struct view_memory_row *r, struct prompt *p)
{
	const size_t there = rs_read_linear(p->machine, r->address, r->bytes, sizeof(r->bytes));
	r->mapped = (uint16_t)((1u << there) - 1);
	for (unsigned i = 0; i < there && p->has_last && p->written_count; i++)
		r->changed |= (uint16_t)(was_written(p, r->address + i) << i);
}

/* Real mode takes its vectors from where IDTR points; descriptors come later [SDM vol. 3, interrupt and exception
 * handling in real-address mode]. */
static uint64_t begin_memory(struct view_model *m, struct prompt *p, const struct view_place *place)
{
	const struct cpu_state *s = rs_state(p->machine);
	char symbol[200];
	if (place->has_memory || place->memory) {
		snprintf(m->memory_about, sizeof(m->memory_about), "%.150s",
			 symbols_text(&p->symbols, place->memory, symbol, sizeof(symbol)));
		return place->memory;
	}
	const bool real = !(s->cr0 & CR0_PE);
	snprintf(m->memory_about, sizeof(m->memory_about), "%s", real ? "IVT" : "GDTR");
	return real ? s->idtr.base : s->gdtr.base;
}

void model_take_memory(struct view_model *m, struct prompt *p, const struct view_place *place)
{
	const uint64_t first = begin_memory(m, p, place) & ~15ull;
	m->memory_count = VIEW_MEMORY;
	for (unsigned i = 0; i < VIEW_MEMORY; i++) {
		m->memory[i] = (struct view_memory_row){ .address = first + 16 * i };
		take_row(&m->memory[i], p);
	}
}

void model_take_walk(struct view_model *m, struct prompt *p, const struct view_place *place)
{
	m->walk_asked = place->has_walk || place->walk;
	m->walk_address = m->walk_asked ? place->walk : stack_top(rs_state(p->machine));
	rs_walk(p->machine, m->walk_address, &m->walk);
}
