/* model_code.c - instructions around a place, the stack, and memory. */
#include "view/model_parts.h"

#include <stdio.h>
#include <string.h>

enum { LINES_BEFORE = 16, LOOK_BACK = 64, FAR = 4096, LABELLED = 0x10000 };

/* ---- where the lines begin ---- */

/* Executes nothing: instructions from `from` on, the last addresses before `to`. The count, or -1 when they do not lead
 * there. */
static int walk_to(struct prompt *p, uint64_t from, uint64_t to, uint64_t *address)
{
	uint8_t bytes[16];
	char text[120];
	unsigned count = 0;
	while (from < to) {
		size_t length = code_at(p, from, bytes, text, sizeof(text));
		if (!length)
			return -1;
		address[count++ % LINES_BEFORE] = from;
		from += length;
	}
	return from == to ? (int)count : -1;
}

static uint64_t oldest(const uint64_t *address, int count, uint64_t to)
{
	if (!count)
		return to;
	return address[count <= LINES_BEFORE ? 0 : count % LINES_BEFORE];
}

/* From the symbol that covers it, where instructions begin for certain; else from where they come out right. */
static uint64_t first_line(struct prompt *p, uint64_t to)
{
	uint64_t address[LINES_BEFORE] = { 0 };
	const struct symbol_row *row = symbols_at(&p->symbols, to);
	int count = -1;
	if (row && to - row->address <= FAR)
		count = walk_to(p, row->address, to, address);
	for (uint64_t back = row ? 0 : LOOK_BACK; count < 0 && back; back--)
		if (back <= to)
			count = walk_to(p, to - back, to, address);
	return count < 0 ? to : oldest(address, count, to);
}

/* ---- one line ---- */

static int breakpoint_at(const struct prompt *p, uint64_t address)
{
	for (int i = 0; i < PROMPT_EVENTS; i++) {
		const struct event *e = &p->events[i];
		if (e->used && e->enabled && !e->unresolved && e->kind == EVENT_CODE && e->address == address)
			return i;
	}
	return -1;
}

/* The line before has the same source when nothing is shown. */
static void take_source(struct view_code *c, struct prompt *p, struct debug_place *last)
{
	struct debug_place place;
	c->source[0] = 0;
	if (!symbols_place(&p->symbols, c->address, &place))
		return;
	const char *slash = strrchr(place.file, '/');
	if (place.file != last->file || place.line != last->line)
		snprintf(c->source, sizeof(c->source), "%.140s:%u", slash ? slash + 1 : place.file, place.line);
	*last = place;
}

static void take_text(struct view_code *c, struct prompt *p)
{
	uint8_t bytes[16] = { 0 };
	char text[120], symbol[200];
	size_t length = code_at(p, c->address, bytes, text, sizeof(text));
	c->length = (uint8_t)(length ? length : rs_read_linear(p->machine, c->address, bytes, 1));
	memcpy(c->bytes, bytes, c->length);
	if (!length) {
		snprintf(c->text, sizeof(c->text), c->length ? "???" : "not mapped");
		return;
	}
	const char *target = code_target(p, text, symbol, sizeof(symbol));
	snprintf(c->text, sizeof(c->text), "%.110s%s%.40s", text, *target ? "  ; " : "", target);
}

static void take_line(struct view_code *c, struct prompt *p, uint64_t address, struct debug_place *last)
{
	const struct symbol_row *row = symbols_at(&p->symbols, address);
	char symbol[200] = "";
	*c = (struct view_code){ .address = address, .current = address == prompt_pc(p) };
	c->event = breakpoint_at(p, address);
	c->breakpoint = c->event >= 0;
	if (row && row->address == address)
		symbols_text(&p->symbols, address, symbol, sizeof(symbol));
	snprintf(c->label, sizeof(c->label), "%.150s", symbol);
	take_source(c, p, last);
	take_text(c, p);
}

void model_take_code(struct view_model *m, struct prompt *p, const struct view_place *place)
{
	struct debug_place last = { .file = NULL };
	bool follows = place->follow || !place->code;
	uint64_t address = first_line(p, follows ? prompt_pc(p) : place->code);
	for (m->code_count = 0; m->code_count < VIEW_CODE;) {
		struct view_code *c = &m->code[m->code_count++];
		take_line(c, p, address, &last);
		if (!c->length)
			return;
		address += c->length;
	}
}

/* ---- stack and memory ---- */

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

static void take_row(struct view_memory_row *r, struct prompt *p)
{
	for (unsigned i = 0; i < sizeof(r->bytes); i++) {
		if (rs_read_linear(p->machine, r->address + i, &r->bytes[i], 1) != 1)
			continue;
		r->mapped |= (uint16_t)(1u << i);
		r->changed |= (uint16_t)(was_written(p, r->address + i) << i);
	}
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
