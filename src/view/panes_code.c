/* panes_code.c - instructions with labels, source lines, breakpoints and costs; the stack; memory and a page walk. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/panes_parts.h"

/* From this width on each line has its whole address; below it, its distance from the last whole one. */
enum { WHOLE = 70, WITH_BYTES = 104, FAR = 0x1000, MARKS = PANE_CODE_MARKS, COST = 7 };

static bool is_selected(const struct pen *p, const struct view_code *v)
{
	return p->s->selected && p->s->selected == v->address;
}

static void draw_marks(struct pen *p, const struct view_code *v)
{
	if (is_selected(p, v))
		pen_value(p, 0, STYLE_SELECTED, SIGN_CHOSEN);
	if (v->breakpoint)
		pen_value(p, 1, STYLE_BREAK, SIGN_BREAK);
	if (v->current)
		pen_value(p, 2, STYLE_CURRENT, ">");
}

/* The marks of a line set or clear the breakpoint; the rest of it stands for its address. */
static void make_hits(struct pen *p, const struct view_code *v)
{
	pen_hit(p, MARKS, p->r.width - MARKS, "bp %" PRIx64, v->address);
	if (v->breakpoint && v->event >= 0)
		pen_hit(p, 0, MARKS, "bc %d", v->event);
	else
		pen_hit(p, 0, MARKS, "bp %" PRIx64, v->address);
}

static int draw_bytes(struct pen *p, int x, const struct view_code *v, enum style style)
{
	char hex[31] = "";
	for (unsigned i = 0; i < v->length && i < sizeof(v->bytes); i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", v->bytes[i]);
	pen_value(p, x, style, "%s", hex);
	return x + (strlen(hex) > 20 ? (int)strlen(hex) : 20) + 1;
}

static int text_column(const struct pen *p, const struct view_code *v)
{
	int bytes = 2 * v->length > 20 ? 2 * v->length : 20;
	return p->r.width < WHOLE ? MARKS + 5 : MARKS + 17 + (p->r.width >= WITH_BYTES ? bytes + 1 : 0);
}

/* The source line as there is room for it at the right of the instruction: "entry.S:20", ":20", or NULL. */
static const char *source_beside(const struct pen *p, const struct view_code *v)
{
	int room = p->r.width - text_column(p, v) - (int)text_width(v->text) - 2 - (p->m->has_cycles ? COST : 0);
	const char *line = strrchr(v->source, ':');
	if ((int)text_width(v->source) <= room)
		return v->source;
	return line && (int)text_width(line) <= room ? line : NULL;
}

/* Where "call 0x401000  ; user!main" is too long, the name alone tells the target: "call user!main", "call main"; and
 * where even that is, the number does. */
static void draw_text(struct pen *p, int x, enum style style, const struct view_code *v)
{
	char text[VIEW_TEXT];
	const char *name = strstr(v->text, "  ; "), *at = name;
	snprintf(text, sizeof(text), "%s", v->text);
	while (at && at > v->text && isxdigit((unsigned char)at[-1]))
		at--;
	int head = at ? (int)(at - 2 - v->text) : 0;
	if (head > 0 && !text_fits(p, x, text) && !strncmp(at - 2, "0x", 2))
		snprintf(text, sizeof(text), "%.*s%s", head, v->text, name_within(name + 4, p->r.width - x - head));
	if (name && !text_fits(p, x, text))
		snprintf(text, sizeof(text), "%.*s", (int)(name - v->text), v->text);
	pen_words(p, x, p->r.width, style, text);
}

static void draw_instruction(struct pen *p, const struct view_code *v, uint64_t anchor)
{
	char cost[24], address[24];
	enum style style = v->current ? STYLE_CURRENT : is_selected(p, v) ? STYLE_SELECTED : STYLE_TEXT;
	enum style dim = v->current ? STYLE_CURRENT : STYLE_DIM;
	int x = MARKS;
	if (v->current)
		pen_band(p, STYLE_CURRENT);
	draw_marks(p, v);
	if (p->r.width >= WHOLE)
		snprintf(address, sizeof(address), "%016" PRIx64 " ", v->address);
	else
		snprintf(address, sizeof(address), "+%-3" PRIx64 " ", v->address - anchor);
	x = pen_value(p, x, dim, "%s", address);
	if (p->r.width >= WITH_BYTES)
		x = draw_bytes(p, x, v, dim);
	draw_text(p, x, style, v);
	snprintf(cost, sizeof(cost), "%" PRIu64 "c", v->cost);
	int at = p->r.width - (v->cost ? (int)strlen(cost) : 0);
	if (v->cost && x + (int)text_width(v->text) < at)
		pen_value(p, at, dim, "%s", cost);
	const char *source = source_beside(p, v);
	if (source)
		pen_value(p, p->r.width - (p->m->has_cycles ? COST : 0) - (int)text_width(source), dim, "%s", source);
	make_hits(p, v);
	p->line++;
}

/* The whole address and the label, on a line of their own. */
static void draw_label(struct pen *p, const struct view_code *v, bool address)
{
	int x = 0;
	if (address)
		x = pen_value(p, 0, STYLE_DIM, "%016" PRIx64 " ", v->address);
	if (v->label[0]) {
		char label[VIEW_TEXT + 2];
		snprintf(label, sizeof(label), "%s:", name_within(v->label, p->r.width - x - 1));
		pen_words(p, x, p->r.width, STYLE_LABEL, label);
	}
	p->line++;
}

void pane_code(struct pen *p)
{
	uint64_t anchor = 0;
	int head = 0; /* the line behind the last whole address */
	bool whole = p->r.width >= WHOLE, any = false;
	for (unsigned i = 0; i < p->m->code_count; i++) {
		const struct view_code *v = &p->m->code[i];
		bool far = !any || v->address < anchor || v->address - anchor >= FAR;
		/* The current one's whole address is in sight with it. */
		far |= v->current && p->line - head >= 4;
		if (v->label[0] || (!whole && far)) {
			draw_label(p, v, !whole);
			anchor = v->address;
			head = p->line;
			any = true;
		}
		if (v->source[0] && !source_beside(p, v)) {
			pen_words(p, MARKS, p->r.width, STYLE_DIM, v->source);
			p->line++;
		}
		if (p->s->selected ? is_selected(p, v) : v->current)
			p->wanted = p->line;
		draw_instruction(p, v, anchor);
	}
	if (!p->m->code_count)
		pen_value(p, 0, STYLE_DIM, "no code here");
}

/* ---- the stack ---- */

void pane_stack(struct pen *p)
{
	bool whole = p->r.width >= 52;
	for (unsigned i = 0; i < p->m->stack_count; i++) {
		const struct view_word *w = &p->m->stack[i];
		int x = pen_value(p, 0, i ? STYLE_TEXT : STYLE_CURRENT, i ? " " : ">");
		if (whole)
			x = pen_value(p, x, STYLE_DIM, "%016" PRIx64, w->address);
		else
			x = pen_value(p, x, STYLE_DIM, "+%-3" PRIx64, w->address - p->m->stack[0].address);
		x = pen_value(p, x, w->changed ? STYLE_CHANGED : STYLE_TEXT, "%c%0*" PRIx64, w->changed ? '*' : ' ',
			      2 * (int)p->m->stack_width, w->value);
		pen_words(p, x + 1, p->r.width, STYLE_LABEL, name_within(w->symbol, p->r.width - x - 1));
		pen_hit(p, 0, p->r.width, "dq %" PRIx64, w->address);
		p->line++;
	}
	if (!p->m->stack_count)
		pen_value(p, 0, STYLE_DIM, "not mapped");
}

/* ---- memory ---- */

static void draw_byte(struct pen *p, int x, const struct view_memory_row *row, int i)
{
	bool mapped = row->mapped >> i & 1, changed = row->changed >> i & 1;
	if (changed)
		pen_value(p, x, STYLE_CHANGED, "*");
	if (mapped)
		pen_value(p, x + 1, changed ? STYLE_CHANGED : STYLE_TEXT, "%02x", row->bytes[i]);
	else
		pen_value(p, x + 1, STYLE_DIM, "??");
}

static char shown_byte(const struct view_memory_row *row, int i)
{
	if (!(row->mapped >> i & 1))
		return ' ';
	return row->bytes[i] >= 0x20 && row->bytes[i] < 0x7f ? (char)row->bytes[i] : '.';
}

enum { ADDRESS = 16, EACH = 4 }; /* columns of an address, and of a byte as " 7f" and as a character */

/* Bytes [first, first + count) of a row. */
static void draw_memory(struct pen *p, const struct view_memory_row *row, int first, int count, bool whole)
{
	uint64_t address = row->address + (unsigned)first;
	int x = whole ? pen_value(p, 0, STYLE_DIM, "%016" PRIx64, address)
		      : pen_value(p, 0, STYLE_DIM, "+%03" PRIx64, address - p->m->memory[0].address);
	for (int i = 0; i < count; i++)
		draw_byte(p, x + 3 * i, row, first + i);
	for (int i = 0; i < count; i++)
		pen_value(p, x + 3 * count + 2 + i, STYLE_TEXT, "%c", shown_byte(row, first + i));
	p->line++;
}

static void draw_entry(struct pen *p, const struct rs_walk_entry *e)
{
	int x = pen_value(p, 0, STYLE_LABEL, "%-5s ", e->name ? e->name : "");
	x = pen_value(p, x, STYLE_DIM, "@%" PRIx64 " ", e->address);
	pen_value(p, x, STYLE_TEXT, "%016" PRIx64, e->value);
	p->line++;
}

static void draw_walk(struct pen *p)
{
	const struct rs_walk *w = &p->m->walk;
	int x = pen_value(p, 0, STYLE_TITLE, "walk %016" PRIx64, p->m->walk_address);
	if (!w->entry_count)
		pen_value(p, x + 1, STYLE_DIM, w->mapped ? "no paging" : "no entry");
	p->line++;
	for (unsigned i = 0; i < w->entry_count && i < sizeof(w->entry) / sizeof(w->entry[0]); i++)
		draw_entry(p, &w->entry[i]);
	if (w->mapped) {
		x = pen_value(p, 0, STYLE_GOOD, "-> %" PRIx64, w->physical);
		pen_value(p, x + 1, STYLE_TEXT, "%s %s%s", w->user ? "user" : "supervisor", w->writable ? "RW" : "R-",
			  w->executable ? "X" : "-");
		unsigned kind = w->page_bytes >= 1u << 30 ? 2 : w->page_bytes >= 1u << 20;
		pen_value(p, x + 16, STYLE_DIM, "%" PRIu64 "%c page", w->page_bytes >> (10 + 10 * kind), "KMG"[kind]);
	} else {
		pen_value(p, 0, STYLE_BAD, "not mapped");
	}
	p->line++;
}

/* A walk that was asked for stands above the bytes. Without room for whole addresses each line tells how far from the
 * first it is. */
void pane_memory(struct pen *p)
{
	int count = p->r.width < ADDRESS + 16 * EACH + 2 ? 8 : 16;
	bool whole = p->r.width >= ADDRESS + count * EACH + 2;
	if (p->m->walk_asked)
		draw_walk(p);
	if (p->m->memory_count && (!whole || p->m->memory_about[0])) {
		int x = pen_value(p, 0, STYLE_DIM, "%016" PRIx64 ":", p->m->memory[0].address);
		pen_words(p, x + 1, p->r.width, STYLE_LABEL, name_within(p->m->memory_about, p->r.width - x - 1));
		p->line++;
	}
	for (unsigned i = 0; i < p->m->memory_count; i++)
		for (int first = 0; first < 16; first += count)
			draw_memory(p, &p->m->memory[i], first, count, whole);
}
