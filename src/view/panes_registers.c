/* panes_registers.c - registers before and after, and registers whose bits have names. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/panes_parts.h"

enum { VALUE = 33, NAME = 3, COLUMN = 41 };

static bool is_group(const struct view_field *f, const char *group)
{
	return !strcmp(f->info->group, group);
}

static void upper(const char *name, char to[16])
{
	size_t i = 0;
	for (; name[i] && i < 15; i++)
		to[i] = (char)toupper((unsigned char)name[i]);
	to[i] = 0;
}

void field_name(const struct rs_field *field, char to[16])
{
	upper(!strcmp(field->name, "kgs") ? "kernel_gs_base" : field->name, to);
}

static void value_text(const struct view_field *f, const uint64_t value[2], char to[VALUE])
{
	if (f->info->kind == RS_FIELD_WIDE)
		snprintf(to, VALUE, f->info->bits == 80 ? "%04" PRIx64 "%016" PRIx64 : "%016" PRIx64 "%016" PRIx64,
			 f->info->bits == 80 ? value[1] & 0xffff : value[1], value[0]);
	else if (!strcmp(f->info->name, "rflags"))
		snprintf(to, VALUE, "%08" PRIx64, value[0]);
	else if (is_group(f, "general") || is_group(f, "control") || is_group(f, "debug") || is_group(f, "msr") ||
		 f->info->kind == RS_FIELD_TABLE)
		snprintf(to, VALUE, "%016" PRIx64, value[0]);
	else
		snprintf(to, VALUE, "%" PRIx64, value[0]);
}

/* "*RCX 00000000deadbeef -> 0000000000401014"; where that does not fit the new value has a line of its own. */
static void draw_field(struct pen *p, int x, int end, const struct view_field *f, int part)
{
	char name[16], before[VALUE], now[VALUE];
	bool pending = card_is_pending(p->m, p->s, f), changed = f->changed && !pending;
	field_name(f->info, name);
	value_text(f, f->before, before);
	value_text(f, pending ? f->before : f->now, now);
	struct pen column = *p;
	/* Values stand under each other; a changed one takes the room for two. */
	int pad = is_group(f, "vector") || is_group(f, "x87") ? 6 : changed || is_group(f, "general") ? NAME : 14;
	column.r.width = end < p->r.width ? end : p->r.width;
	if (part == 2) {
		x = pen_value(&column, x + NAME - 1, STYLE_DIM, "-> ");
		pen_value(&column, x, STYLE_CHANGED, "%s", now);
		return;
	}
	x = pen_value(&column, x, STYLE_CHANGED, changed ? "*" : " ");
	x = pen_value(&column, x, changed ? STYLE_CHANGED : STYLE_LABEL, "%-*s ", pad, name);
	if (!changed) {
		pen_value(&column, x, STYLE_TEXT, "%s", now);
		return;
	}
	x = pen_value(&column, x, STYLE_BEFORE, "%s", before);
	if (part == 1)
		return;
	x = pen_value(&column, x, STYLE_DIM, " -> ");
	pen_value(&column, x, STYLE_CHANGED, "%s", now);
}

/* A changed field that needs two lines in a column. */
static bool is_tall(const struct pen *p, const struct view_field *f)
{
	char name[16], now[VALUE];
	int width = p->r.width < COLUMN ? p->r.width : COLUMN;
	if (!f->changed || card_is_pending(p->m, p->s, f))
		return false;
	field_name(f->info, name);
	value_text(f, f->now, now);
	int named = 2 + (int)(strlen(name) > NAME ? strlen(name) : NAME);
	return named + 2 * (int)strlen(now) + 4 > width;
}

struct row {
	const struct view_field *field;
	int part; /* 0: all of it; 1: name and what was before; 2: what is now */
};

struct rows {
	struct row row[2 * VIEW_FIELDS];
	int count;
};

static void add(const struct pen *p, struct rows *to, const struct view_field *f)
{
	bool tall = is_tall(p, f);
	to->row[to->count++] = (struct row){ f, tall };
	if (tall)
		to->row[to->count++] = (struct row){ f, 2 };
}

static bool is_chosen(const struct pen *p, const struct view_field *f)
{
	return (p->s->vectors && is_group(f, "vector")) || (p->s->x87 && is_group(f, "x87"));
}

/* RFLAGS and the registers of the bits pane come behind the others; selectors are in a pane of their own. */
static int order_of(const struct pen *p, const struct view_field *f)
{
	bool other = is_group(f, "vector") || is_group(f, "x87") || is_group(f, "hidden");
	if (f->absent || f->info->kind == RS_FIELD_SEGMENT || !strcmp(f->info->name, "cpl"))
		return -1;
	if (is_chosen(p, f))
		return 0;
	if (other)
		return -1;
	if (is_group(f, "general") && strcmp(f->info->name, "rflags"))
		return strcmp(f->info->name, "rip") ? 2 : 1;
	return f->changed ? 3 : !strcmp(f->info->name, "rflags") ? 4 : 5;
}

static void collect(const struct pen *p, struct rows *to)
{
	to->count = 0;
	for (int order = 0; order <= 5; order++)
		for (unsigned i = 0; i < p->m->field_count; i++)
			if (order_of(p, &p->m->field[i]) == order)
				add(p, to, &p->m->field[i]);
}

/* As many columns as fit, filled one behind the other. */
void pane_registers(struct pen *p)
{
	struct rows rows;
	int top = p->line, columns = (p->r.width + 1) / (COLUMN + 1);
	collect(p, &rows);
	columns = columns < 1 ? 1 : columns;
	int each = (rows.count + columns - 1) / columns;
	/* A column holds what the pane is high, so that the first registers are seen together. */
	int high = p->height > 0 && p->height < each ? p->height : each;
	int page = high * columns;
	for (int i = 0; i < rows.count; i++) {
		int column = i % page / high;
		p->line = top + i / page * high + i % high;
		draw_field(p, column * (COLUMN + 1), column * (COLUMN + 1) + COLUMN, rows.row[i].field,
			   rows.row[i].part);
	}
	int last = rows.count % page, pages = rows.count / page;
	p->line = top + pages * high + (last > high ? high : last);
}

/* ---- bits ---- */

/* False: the model does not have it. */
static bool bits_of(const struct pen *p, const char *name, struct view_bits *to)
{
	for (size_t i = 0; i < sizeof(p->m->bits) / sizeof(p->m->bits[0]); i++) {
		if (!p->m->bits[i].name || !p->m->bits[i].has || strcmp(p->m->bits[i].name, name))
			continue;
		*to = p->m->bits[i];
		if (card_is_pending_name(p->m, p->s, name))
			to->now = to->before;
		return true;
	}
	return false;
}

static uint64_t part_of(uint64_t value, const struct view_bit_name *b)
{
	return value >> b->shift & ((b->width < 64 ? 1ull << b->width : 0) - 1);
}

/* "PG" when 1, "pg" when 0, "IOPL3", "LEN1:3", "*IF" when it has changed. */
static void bit_text(const struct view_bits *r, const struct view_bit_name *b, char to[24])
{
	uint64_t now = part_of(r->now, b);
	char name[16];
	upper(b->name, name);
	if (!now)
		for (char *c = name; *c; c++)
			*c = (char)tolower((unsigned char)*c);
	const char *mark = part_of(r->before, b) != now ? "*" : " ";
	if (b->width > 1)
		snprintf(to, 24, "%s%s%s%" PRIu64, mark, name,
			 isdigit((unsigned char)name[strlen(name) - 1]) ? ":" : "", now);
	else
		snprintf(to, 24, "%s%s", mark, name);
}

static void draw_bit(struct pen *p, int x, const struct view_bits *r, const struct view_bit_name *b)
{
	char text[24];
	bit_text(r, b, text);
	x = pen_value(p, x, STYLE_CHANGED, "%c", text[0]);
	pen_value(p, x, part_of(r->now, b) ? STYLE_SET : STYLE_CLEAR, "%s", text + 1);
}

static unsigned digits(uint64_t value)
{
	char text[20];
	return (unsigned)snprintf(text, sizeof(text), "%" PRIx64, value);
}

enum { BIT_NAME = 8, BIT_VALUE = 8 }; /* columns: mark and name; hexadecimal digits of most values */

static void draw_head(struct pen *p, const struct view_bits *r)
{
	bool changed = r->before != r->now;
	int x = pen_value(p, 0, STYLE_CHANGED, changed ? "*" : " ");
	x = pen_value(p, x, changed ? STYLE_CHANGED : STYLE_LABEL, "%-6s ", r->name);
	pen_value(p, x, STYLE_TEXT, "%" PRIx64, r->now);
}

/* Where the boxes begin: the flags leave no room to be wasted. */
static int first_box(const struct view_bits *r, const struct view_bits *twin)
{
	unsigned value = digits(r->now);
	if (twin)
		return BIT_NAME + (int)(digits(twin->now) > value ? digits(twin->now) : value);
	return BIT_NAME + (value > BIT_VALUE ? (int)value : BIT_VALUE);
}

static bool is_worth_showing(const struct view_bits *r, const struct view_bit_name *b, bool all)
{
	return part_of(r->has, b) && (all || part_of(r->now, b) || part_of(r->before, b));
}

/* On further lines they are told again whose bits these are. */
static void draw_names(struct pen *p, const struct view_bits *r, struct pen *under, const struct view_bits *twin)
{
	if (!twin)
		return;
	pen_value(p, 1, STYLE_DIM, "%s", r->name);
	pen_value(under, 1, STYLE_DIM, "%s", twin->name);
}

/* Names over as many lines as they need. With `twin`, a second line under each shows the bits of another register in
 * the same columns. `all`: also those that are 0 in both states. */
static void draw_bits(struct pen *p, const struct view_bits *r, const struct view_bits *twin, bool all)
{
	char text[24];
	unsigned lines = twin ? 2 : 1;
	int x = first_box(r, twin);
	struct pen under = *p;
	under.line++;
	draw_head(p, r);
	if (twin)
		draw_head(&under, twin);
	for (unsigned i = 0; model_bit_name(r->name, i); i++) {
		const struct view_bit_name *b = model_bit_name(r->name, i);
		if (!is_worth_showing(r, b, all))
			continue;
		bit_text(r, b, text);
		if (!text_fits(p, x, text)) {
			p->line += (int)lines;
			under.line = p->line + 1;
			x = p->r.width < 60 ? BIT_NAME : first_box(r, twin);
			draw_names(p, r, &under, twin);
		}
		draw_bit(p, x, r, b);
		if (twin)
			draw_bit(&under, x, twin, b);
		x += (int)strlen(text);
	}
	p->line += (int)lines;
}

static const char *const others[] = { "CR0", "CR4", "EFER", "DR6", "DR7" };

static void draw_all_bits(struct pen *p, bool all)
{
	struct view_bits r, mask;
	if (bits_of(p, "RFLAGS", &r))
		draw_bits(p, &r, bits_of(p, "FMASK", &mask) ? &mask : NULL, true);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (bits_of(p, others[i], &r))
			draw_bits(p, &r, NULL, all);
}

/* All names where there is room for them, else only those that are 1 or have changed; of the flags always all. */
void pane_bits(struct pen *p)
{
	struct pen dry = *p;
	dry.r.height = dry.line = 0;
	draw_all_bits(&dry, true);
	draw_all_bits(p, dry.line <= p->height);
}
