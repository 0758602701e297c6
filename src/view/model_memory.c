/* model_memory.c - the stack, and memory at a place. */
#include "view/model_parts.h"

#include <stdio.h>

/* Smaller numbers are no addresses of code. */
enum { LABELLED = 0x10000 };

/* The width of a push, and its place: SS has a base outside 64-bit mode [SDM vol. 1, stack]. */
void model_take_stack(struct view_model *m, struct prompt *p, const struct view_states *s)
{
	const struct seg *ss = &s->now->seg[SEG_SS];
	const unsigned mode = state_mode(s->now), width = mode / 8;
	const uint64_t rsp = s->now->gpr[RSP];
	uint64_t at = mode == 64 ? rsp : (uint32_t)(ss->base + (ss->attr & SEG_DB ? (uint32_t)rsp : (uint16_t)rsp));
	for (m->stack_count = 0; m->stack_count < VIEW_STACK; at += width) {
		struct view_word *w = &m->stack[m->stack_count];
		char symbol[200] = "";
		*w = (struct view_word){ .address = at };
		if (rs_read_linear(p->machine, at, &w->value, width) != width)
			return;
		if (w->value >= LABELLED)
			symbols_return_text(&p->symbols, w->value, symbol, sizeof(symbol));
		snprintf(w->symbol, sizeof(w->symbol), "%.150s", symbol);
		m->stack_count++;
	}
}

static bool was_written(const struct prompt *p, uint64_t address)
{
	for (unsigned i = 0; p->has_last && i < p->written_count; i++)
		if (address - p->written[i].address < p->written[i].size)
			return true;
	return false;
}

/* Bytes of one row lie in one page: what is not mapped is at its end. */
static void take_row(struct view_memory_row *r, struct prompt *p)
{
	const size_t there = rs_read_linear(p->machine, r->address, r->bytes, sizeof(r->bytes));
	r->mapped = (uint16_t)((1u << there) - 1);
	for (unsigned i = 0; i < there && p->has_last && p->written_count; i++)
		r->changed |= (uint16_t)(was_written(p, r->address + i) << i);
}

void model_take_memory(struct view_model *m, struct prompt *p, const struct view_place *place)
{
	const uint64_t first = place->memory & ~15ull;
	m->memory_count = VIEW_MEMORY;
	for (unsigned i = 0; i < VIEW_MEMORY; i++) {
		m->memory[i] = (struct view_memory_row){ .address = first + 16 * i };
		take_row(&m->memory[i], p);
	}
}
