/* model_code.c - instructions around a place. What was told of an address is kept, and is true as long as its bytes,
 * the mode and the symbols are the same: while a guest runs, copies show the same loops again and again. */
#include "view/model_parts.h"

#include <stdio.h>
#include <string.h>

#include "ui/disasm.h"

enum { LINES_BEFORE = 16, LOOK_BACK = 64, FAR = 4096, LONGEST = 15, AHEAD = VIEW_CODE * LONGEST };

/* ---- bytes ---- */

struct code_bytes {
	struct prompt *p;
	struct view_kept *kept;
	unsigned mode;
	uint64_t from;
	size_t there;
	uint8_t byte[FAR + AHEAD];
};

/* From there on; if that does not lead to `to`, from its page on. */
static void read_code(struct code_bytes *b, uint64_t from, uint64_t to)
{
	b->from = from;
	b->there = rs_read_linear(b->p->machine, from, b->byte, to - from + AHEAD);
	if (b->there > to - from || from >= (to & ~4095ull))
		return;
	b->from = to & ~4095ull;
	b->there = rs_read_linear(b->p->machine, b->from, b->byte, to - b->from + AHEAD);
}

/* How many are there, at most as many as an instruction has. */
static size_t bytes_at(const struct code_bytes *b, uint64_t address, const uint8_t **byte)
{
	const uint64_t at = address - b->from;
	if (address < b->from || at >= b->there)
		return 0;
	*byte = b->byte + at;
	return b->there - at < LONGEST ? b->there - at : LONGEST;
}

/* ---- what is kept of an address ---- */

static bool is_kept(const struct kept_line *k, const struct code_bytes *b, uint64_t address, const uint8_t *byte,
		    size_t there)
{
	return k->code.length && k->code.address == address && k->mode == b->mode &&
	       k->version == b->p->symbols.version && k->code.length <= there &&
	       !memcmp(k->code.bytes, byte, k->code.length);
}

/* The line of an instruction, of which at least the length is known; NULL: it is none. */
static struct kept_line *line_at(const struct code_bytes *b, uint64_t address)
{
	const uint8_t *byte = NULL;
	const size_t there = bytes_at(b, address, &byte);
	struct kept_line *k = &b->kept->line[address % KEPT_LINES];
	if (is_kept(k, b, address, byte, there))
		return k;
	const size_t length = ui_instruction_length(byte, there, b->mode);
	if (!length)
		return NULL;
	k->code.address = address;
	k->code.length = (uint8_t)length;
	memcpy(k->code.bytes, byte, length);
	k->mode = b->mode;
	k->version = b->p->symbols.version;
	k->is_told = false;
	return k;
}

static void tell(struct kept_line *k, const struct code_bytes *b)
{
	struct view_code *c = &k->code;
	char text[120], symbol[200];
	ui_disassemble_brief(c->bytes, c->length, c->address, b->mode, text, sizeof(text));
	const char *target = code_target(b->p, text, symbol, sizeof(symbol));
	snprintf(c->text, sizeof(c->text), "%.110s%s%.40s", text, *target ? "  ; " : "", target);
	k->has_place = symbols_place(&b->p->symbols, c->address, &k->place);
	k->is_told = true;
}

/* ---- where the lines begin ---- */

/* Executes nothing: instructions from `from` on, the last addresses before `to`. The count, or -1 when they do not lead
 * there. */
static int walk_to(const struct code_bytes *b, uint64_t from, uint64_t to, uint64_t *address)
{
	unsigned count = 0;
	while (from < to) {
		const struct kept_line *k = line_at(b, from);
		if (!k)
			return -1;
		address[count++ % LINES_BEFORE] = from;
		from += k->code.length;
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
static uint64_t first_line(struct code_bytes *b, uint64_t to)
{
	uint64_t address[LINES_BEFORE] = { 0 };
	const struct symbol_row *row = symbols_at(&b->p->symbols, to);
	const uint64_t back = to < LOOK_BACK ? to : LOOK_BACK;
	int count = -1;
	bool near = row && to - row->address <= FAR;
	read_code(b, near ? row->address : row ? to : to - back, to);
	if (near)
		count = walk_to(b, row->address, to, address);
	for (uint64_t k = row ? 0 : back; count < 0 && k; k--)
		count = walk_to(b, to - k, to, address);
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
static void take_source(struct view_code *c, const struct kept_line *k, struct debug_place *last)
{
	if (!k->has_place)
		return;
	const char *slash = strrchr(k->place.file, '/');
	if (k->place.file != last->file || k->place.line != last->line)
		snprintf(c->source, sizeof(c->source), "%.140s:%u", slash ? slash + 1 : k->place.file, k->place.line);
	*last = k->place;
}

static void take_instruction(struct view_code *c, const struct code_bytes *b, struct debug_place *last)
{
	const uint8_t *byte = c->bytes;
	struct kept_line *k = line_at(b, c->address);
	if (!k) {
		c->length = bytes_at(b, c->address, &byte) > 0;
		c->bytes[0] = *byte;
		snprintf(c->text, sizeof(c->text), c->length ? "???" : "not mapped");
		return;
	}
	if (!k->is_told)
		tell(k, b);
	c->length = k->code.length;
	memcpy(c->bytes, k->code.bytes, sizeof(c->bytes));
	memcpy(c->text, k->code.text, sizeof(c->text));
	take_source(c, k, last);
}

static void take_line(struct view_code *c, const struct code_bytes *b, uint64_t address, struct debug_place *last)
{
	struct prompt *p = b->p;
	const struct symbol_row *row = symbols_at(&p->symbols, address);
	char symbol[200] = "";
	c->address = address;
	c->current = address == prompt_pc(p);
	c->event = breakpoint_at(p, address);
	c->breakpoint = c->event >= 0;
	if (row && row->address == address)
		symbols_text(&p->symbols, address, symbol, sizeof(symbol));
	snprintf(c->label, sizeof(c->label), "%.150s", symbol);
	c->source[0] = 0;
	take_instruction(c, b, last);
}

void model_take_code(struct view_model *m, struct prompt *p, const struct view_place *place, struct view_kept *kept)
{
	struct debug_place last = { .file = NULL };
	struct code_bytes b;
	const bool follows = place->follow || !place->code;
	b.p = p;
	b.kept = kept;
	b.mode = prompt_mode(p);
	uint64_t address = first_line(&b, follows ? prompt_pc(p) : place->code);
	for (m->code_count = 0; m->code_count < VIEW_CODE;) {
		struct view_code *c = &m->code[m->code_count++];
		take_line(c, &b, address, &last);
		if (!c->length)
			return;
		address += c->length;
	}
}
