/* panes_selectors.c - each selector beside its hidden cache and the descriptor now in the table; the two bases of GS.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/panes_parts.h"

/* Of the attributes, descriptor bits 55:40 (SDM3 3.4.5, figure 3-8). */
enum { TYPE = 0xf, S = 1 << 4, DPL_AT = 5, P = 1 << 7, L = 1 << 13, D = 1 << 14 };

/* Columns: mark and name, selector, index, TI, RPL; then cache; then, where there is room, the table. */
enum { SELECTOR = 6, INDEX = 17, TI = 22, RPL = 26, CACHE = 27, PARTS = 41, VERDICT = CACHE + PARTS, BESIDE = 130 };
enum { ENTRY = 7, COMPARISON = 8 }; /* "GDT[5] ", "DIFFERS " */

static const struct part {
	unsigned bit;
	const char *name;
} parts[] = {
	{ VIEW_BASE, "base" }, { VIEW_LIMIT, "limit" }, { VIEW_TYPE, "type" }, { VIEW_S, "S" }, { VIEW_DPL, "DPL" },
	{ VIEW_P, "P" },       { VIEW_AVL, "AVL" },     { VIEW_L, "L" },       { VIEW_D, "D" }, { VIEW_G, "G" },
};

/* "XR-A": execute, read, conforming, accessed; "RW-A": read, write, expand down, accessed (SDM3 3.4.5.1). */
static void type_text(unsigned attributes, char to[8])
{
	static const char *const system[16] = { "sys0", "TS16", "LDT",  "T16B", "CG16", "TASK", "IG16", "TG16",
						"sys8", "TSS",  "sysA", "TSSB", "CALL", "sysD", "INTR", "TRAP" };
	unsigned type = attributes & TYPE;
	if (!(attributes & S))
		snprintf(to, 8, "%s", system[type]);
	else if (type & 8)
		snprintf(to, 8, "X%c%c%c", type & 2 ? 'R' : '-', type & 4 ? 'C' : '-', type & 1 ? 'A' : '-');
	else
		snprintf(to, 8, "R%c%c%c", type & 2 ? 'W' : '-', type & 4 ? 'E' : '-', type & 1 ? 'A' : '-');
}

/* How values are marked: '!' where the table is not as the cache, '*' where the cache is not as it was. */
struct marking {
	unsigned parts; /* enum view_difference */
	char mark;
	enum style style, plain;
};

/* A value in its column. */
static void draw_part(struct pen *p, int x, int width, const struct marking *m, unsigned part, const char *text)
{
	bool is = m->parts & part;
	x += width - (int)strlen(text) - 1;
	pen_value(p, x, is ? m->style : m->plain, "%c%s", is ? m->mark : ' ', text);
}

/* In IA-32e mode the table's bases of FS and GS are not used once an MSR has given another: no alarm, but "~". */
static void draw_unused_base(struct pen *p, int x, int width, const char *text)
{
	pen_value(p, x + width - (int)strlen(text) - 1, STYLE_DIM, "~%s", text);
}

static void draw_parts(struct pen *p, int x, const struct rs_segment *s, const struct marking *m)
{
	char text[24];
	unsigned a = s->attributes;
	snprintf(text, sizeof(text), "%" PRIx64, s->base);
	if (m->parts & VIEW_BASE_MSR)
		draw_unused_base(p, x, 17, text);
	else
		draw_part(p, x, 17, m, VIEW_BASE, text);
	snprintf(text, sizeof(text), "%" PRIx32, s->limit);
	draw_part(p, x + 17, 9, m, VIEW_LIMIT, text);
	type_text(a, text);
	draw_part(p, x + 26, 6, m, VIEW_TYPE | VIEW_S, text);
	snprintf(text, sizeof(text), "%u", a >> DPL_AT & 3);
	draw_part(p, x + 32, 3, m, VIEW_DPL, text);
	snprintf(text, sizeof(text), "%c%c%c", a & L ? 'L' : '-', a & D ? 'D' : '-', a & P ? 'P' : '-');
	draw_part(p, x + 35, 5, m, VIEW_L | VIEW_D | VIEW_P, text);
}

/* In what the cache has changed. */
static unsigned changes(const struct view_selector *v)
{
	unsigned a = v->before.attributes ^ v->cache.attributes;
	return (v->before.base != v->cache.base ? VIEW_BASE : 0u) |
	       (v->before.limit != v->cache.limit ? VIEW_LIMIT : 0u) | (a & (TYPE | S) ? VIEW_TYPE : 0u) |
	       (a & 3 << DPL_AT ? VIEW_DPL : 0u) | (a & (L | D | P) ? VIEW_L : 0u);
}

static void draw_cache(struct pen *p, const struct view_selector *v)
{
	const struct marking m = { changes(v), '*', STYLE_CHANGED, STYLE_TEXT };
	draw_parts(p, CACHE, &v->cache, &m);
}

static void draw_table(struct pen *p, int x, const struct view_selector *v)
{
	const struct marking m = { v->differs, '!', STYLE_BAD, STYLE_TEXT };
	draw_parts(p, x, &v->table, &m);
}

/* What the cache was, on a line of its own. */
static void draw_before(struct pen *p, const struct view_selector *v)
{
	const struct marking m = { 0, ' ', STYLE_BEFORE, STYLE_BEFORE };
	pen_value(p, 1, STYLE_DIM, "was");
	draw_parts(p, CACHE, &v->before, &m);
	p->line++;
}

static void draw_selector(struct pen *p, const struct view_selector *v)
{
	char text[16];
	unsigned now = v->cache.selector;
	bool moved = v->before.selector != now;
	int x = pen_value(p, 0, STYLE_CHANGED, v->changed ? "*" : " ");
	pen_value(p, x, v->changed ? STYLE_CHANGED : STYLE_LABEL, "%-4s", v->name);
	if (moved) {
		x = pen_value(p, SELECTOR, STYLE_BEFORE, "%04x", v->before.selector);
		x = pen_value(p, x, STYLE_DIM, "->");
		pen_value(p, x, STYLE_CHANGED, "%04x", now);
	} else {
		pen_value(p, SELECTOR, STYLE_TEXT, "%10.4x", now);
	}
	if (v->table_state == VIEW_NO_TABLE)
		return;
	snprintf(text, sizeof(text), "%u", now >> 3);
	pen_value(p, INDEX, STYLE_TEXT, "%4s", text);
	pen_value(p, TI, STYLE_TEXT, "%u", now >> 2 & 1);
	pen_value(p, RPL, STYLE_TEXT, "%u", now & 3);
}

static void difference_text(unsigned differs, char *to, size_t size, int room)
{
	size_t used = 0;
	unsigned count = 0;
	to[0] = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (differs & parts[i].bit) {
			used += (size_t)snprintf(to + used, size - used, "%s%s", count ? " " : "", parts[i].name);
			count++;
		}
	if ((int)used > room)
		snprintf(to, size, "%u fields", count);
}

static const char *unread_text(const struct view_selector *v)
{
	static const char *const texts[] = { [VIEW_NULL] = "null",
					     [VIEW_BEYOND] = "beyond",
					     [VIEW_UNMAPPED] = "unmapped",
					     [VIEW_NO_TABLE] = "no table" };
	return texts[v->table_state];
}

static bool is_different(const struct view_selector *v)
{
	return v->table_state == VIEW_READ && v->differs & ~(unsigned)(VIEW_ACCESSED | VIEW_BASE_MSR);
}

static void draw_comparison(struct pen *p, int x, const struct view_selector *v)
{
	bool bad = v->table_state == VIEW_BEYOND || v->table_state == VIEW_UNMAPPED;
	if (v->table_state != VIEW_READ)
		pen_value(p, x, bad ? STYLE_WARNING : STYLE_DIM, "%s%s", bad ? "!" : "", unread_text(v));
	else if (is_different(v))
		pen_value(p, x, STYLE_BAD, "DIFFERS");
	else if (v->differs)
		pen_value(p, x, STYLE_DIM, "%s%s", v->differs & VIEW_BASE_MSR ? "~base" : "same ",
			  v->differs & VIEW_ACCESSED ? "~A" : "");
	else
		pen_value(p, x, STYLE_GOOD, "same");
}

/* What is shown besides. */
struct detail {
	bool beside; /* the table, right of the cache */
	bool before; /* what a cache was */
};

/* "GDT[5] same"; without room for all of it only "same". The column behind. */
static int draw_verdict(struct pen *p, int x, const struct view_selector *v)
{
	unsigned selector = v->cache.selector;
	if (p->r.width - x >= ENTRY + COMPARISON) {
		if (v->table_state != VIEW_NULL && v->table_state != VIEW_NO_TABLE)
			pen_value(p, x, STYLE_DIM, "%s[%u]", selector & 4 ? "LDT" : "GDT", selector >> 3);
		x += ENTRY;
	}
	draw_comparison(p, x, v);
	return x + COMPARISON;
}

/* The descriptor in the table on a line of its own, only where it is another than the cache. */
static void draw_table_below(struct pen *p, const struct view_selector *v)
{
	char names[64];
	difference_text(v->differs, names, sizeof(names), CACHE - 8);
	pen_value(p, 1, STYLE_DIM, "table");
	pen_value(p, 7, STYLE_BAD, "%s", names);
	draw_table(p, CACHE, v);
}

static void draw_head(struct pen *p, bool beside)
{
	static const char parts_head[] = "             base    limit  type DPL LDP";
	pen_value(p, 1, STYLE_DIM, "       selector  idx TI RPL");
	pen_value(p, CACHE + 2, STYLE_DIM, "cache");
	pen_value(p, CACHE + 13, STYLE_DIM, "%s", parts_head + 13);
	if (beside) {
		pen_value(p, VERDICT + 2, STYLE_DIM, "table");
		pen_value(p, VERDICT + 13, STYLE_DIM, "%s", parts_head + 13);
	}
	p->line++;
}

/* In what they differ, behind the verdict; without the table beside it that stands on its line. */
static void draw_about(struct pen *p, int x, const struct view_selector *v, bool beside)
{
	static const char msr[] = "by an MSR", limit[] = "its limit";
	char names[64];
	if (is_different(v) && beside) {
		difference_text(v->differs, names, sizeof(names), p->r.width - x);
		pen_value(p, x, STYLE_BAD, "%s", names);
	} else if (!is_different(v) && v->differs & VIEW_BASE_MSR && text_fits(p, x, msr)) {
		pen_value(p, x, STYLE_DIM, "%s", msr);
	} else if (v->table_state == VIEW_BEYOND && text_fits(p, x, limit)) {
		pen_value(p, x, STYLE_DIM, "%s", limit);
	}
}

static void draw_row(struct pen *p, const struct view_selector *v, struct detail detail)
{
	draw_selector(p, v);
	draw_cache(p, v);
	if (detail.beside && v->table_state == VIEW_READ)
		draw_table(p, VERDICT, v);
	int verdict = detail.beside ? VERDICT + PARTS + 1 : VERDICT + 1;
	draw_about(p, draw_verdict(p, verdict, v), v, detail.beside);
	p->line++;
	if (is_different(v) && !detail.beside) {
		draw_table_below(p, v);
		p->line++;
	}
	if (detail.before && changes(v))
		draw_before(p, v);
}

/* While an animation has not come to it, as it was; the verdict would be about what is to come. */
static void draw_at_moment(struct pen *p, const struct view_selector *v, struct detail detail)
{
	struct view_selector was = *v;
	bool selector = card_is_pending_name(p->m, p->s, v->name);
	if (!card_is_pending_cache(p->m, p->s, v->name)) {
		draw_row(p, v, detail);
		return;
	}
	was.cache = was.before;
	was.cache.selector = selector ? v->before.selector : v->cache.selector;
	was.changed = !selector;
	draw_selector(p, &was);
	draw_cache(p, &was);
	p->line++;
}

static const char *owner_text(enum view_owner owner, bool active)
{
	static const char *const texts[] = { [VIEW_NOBODY] = "-", [VIEW_USER] = "user", [VIEW_KERNEL] = "kernel" };
	if (owner != VIEW_NOBODY && !active)
		owner = owner == VIEW_USER ? VIEW_KERNEL : VIEW_USER;
	return texts[owner];
}

static const struct view_field *field_named(const struct view_model *m, const char *name)
{
	for (unsigned i = 0; i < m->field_count; i++)
		if (!strcmp(m->field[i].info->name, name))
			return &m->field[i];
	return NULL;
}

static const struct rs_segment *gs_before(const struct view_model *m)
{
	for (int i = 0; i < VIEW_SELECTORS; i++)
		if (m->selector[i].name && !strcmp(m->selector[i].name, "GS"))
			return &m->selector[i].before;
	return NULL;
}

/* As they are, or were while an animation has not come to them; true when the active one has changed. */
static bool gs_at_moment(const struct pen *p, struct view_gs *gs)
{
	const struct view_field *other = field_named(p->m, "kgs");
	const struct rs_segment *before = gs_before(p->m);
	if (before && card_is_pending_name(p->m, p->s, "GS.base")) {
		gs->active = before->base;
		gs->owner = gs->owner == VIEW_NOBODY ? VIEW_NOBODY : gs->owner == VIEW_USER ? VIEW_KERNEL : VIEW_USER;
	}
	if (other && card_is_pending_name(p->m, p->s, "KERNEL_GS_BASE"))
		gs->other = other->before[0];
	return before && before->base != gs->active;
}

/* "GS.base 00007ffff7d8a740 user <swapgs> KERNEL_GS_BASE ffff888000010000 kernel": the left one is active. */
void pane_gs(struct pen *p)
{
	struct view_gs gs = p->m->gs;
	bool wide = p->r.width >= 96, narrow = p->r.width < 82, changed = gs_at_moment(p, &gs);
	if (!gs.gs_pair) {
		pen_value(p, 1, STYLE_DIM, "one GS.base: SWAPGS is of 64-bit mode");
		p->line++;
		return;
	}
	int x = pen_value(p, 0, STYLE_CHANGED, changed ? "*" : " ");
	x = pen_value(p, x, STYLE_LABEL, wide ? "GS.base (active) " : "GS.base ");
	x = pen_value(p, x, STYLE_TEXT, "%016" PRIx64, gs.active);
	x = pen_value(p, x + 1, gs.owner == VIEW_NOBODY ? STYLE_DIM : STYLE_SET, "%s", owner_text(gs.owner, true));
	x = pen_value(p, x + (narrow ? 1 : 2), STYLE_KEY, "<swapgs>") + (narrow ? 1 : 2);
	x = pen_value(p, x, STYLE_LABEL, p->r.width < 79 ? "KERNEL_GS " : "KERNEL_GS_BASE ");
	x = pen_value(p, x, STYLE_TEXT, "%016" PRIx64, gs.other);
	pen_value(p, x + 1, STYLE_CLEAR, "%s", owner_text(gs.owner, false));
	p->line++;
}

static int rows_needed(const struct pen *p, struct detail detail)
{
	int rows = VIEW_SELECTORS;
	for (int i = 0; i < VIEW_SELECTORS; i++) {
		rows += !detail.beside && is_different(&p->m->selector[i]);
		rows += detail.before && changes(&p->m->selector[i]);
	}
	return rows;
}

/* The head is always the highest line, the bases of GS are the lowest; the selectors scroll between. What caches were
 * is told where there is room for it. */
void pane_selectors(struct pen *p)
{
	struct pen head = *p, list = *p;
	struct detail detail = { p->r.width >= BESIDE, true };
	detail.before = rows_needed(p, detail) + 2 <= p->height;
	head.scroll = 0;
	draw_head(&head, detail.beside);
	if (list.r.height > 1) {
		list.r.y++;
		list.r.height -= 2;
	}
	for (int i = 0; i < VIEW_SELECTORS; i++)
		if (p->m->selector[i].name)
			draw_at_moment(&list, &p->m->selector[i], detail);
	int lines = list.line + 2;
	p->line = p->scroll + p->r.height < lines ? p->scroll + p->r.height - 1 : lines - 1;
	pane_gs(p);
	p->line = lines;
}
