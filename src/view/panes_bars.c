/* panes_bars.c - the title bar, the line of keys, and the keys themselves. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view/control.h"
#include "view/panes_parts.h"

enum { PARTS = 8, PART = VIEW_TEXT };

struct bar {
	char part[PARTS][PART];
	int importance[PARTS]; /* 0: the most */
	unsigned count;
};

static void add(struct bar *b, int importance, const char *text)
{
	if (!*text)
		return;
	snprintf(b->part[b->count], PART, "%s", text);
	b->importance[b->count++] = importance;
}

static unsigned cpl_before(const struct view_model *m)
{
	for (unsigned i = 0; i < m->field_count; i++)
		if (!strcmp(m->field[i].info->name, "cpl"))
			return (unsigned)m->field[i].before[0];
	return m->cpl;
}

static void collect(struct bar *b, const struct view_model *m)
{
	char text[PART];
	add(b, 5, m->image);
	add(b, 6, m->cpu);
	add(b, 4, m->mode);
	if (m->has_cycles)
		snprintf(text, sizeof(text), "n=%" PRIu64 " cyc=%" PRIu64, m->n, m->cycles);
	else
		snprintf(text, sizeof(text), "n=%" PRIu64, m->n);
	add(b, 0, text);
	if (cpl_before(m) != m->cpl)
		snprintf(text, sizeof(text), "CPL %u>%u", cpl_before(m), m->cpl);
	else
		snprintf(text, sizeof(text), "CPL %u", m->cpl);
	add(b, 1, text);
	add(b, 3, m->last);
	add(b, 2, m->running ? "RUNNING" : m->ended ? "ENDED" : "stopped");
	if (!m->running)
		add(b, 7, m->stop);
}

static int width_of(const struct bar *b, int importance)
{
	int width = 0;
	for (unsigned i = 0; i < b->count; i++)
		if (b->importance[i] <= importance)
			width += (int)text_width(b->part[i]) + 3;
	return width;
}

/* What does not fit is left out, the least important first; the last that is shown may be cut at a word. */
void panes_title_bar(struct canvas *c, const struct view_model *m)
{
	struct bar b = { .count = 0 };
	struct rect row = { 0, 0, c->width, 1 };
	struct pen p = { .c = c, .m = m, .r = row };
	int least = PARTS;
	collect(&b, m);
	canvas_fill(c, &row, ' ', STYLE_KEY);
	while (least > 0 && width_of(&b, least) > c->width)
		least--;
	int x = 1;
	for (unsigned i = 0; i < b.count; i++) {
		bool cut = b.importance[i] == least + 1 && c->width - width_of(&b, least) > 12;
		if (b.importance[i] > least && !cut)
			continue;
		int room = cut ? c->width - width_of(&b, least) - 3 : c->width - x;
		x = pen_words(&p, x, x + room, STYLE_KEY, b.part[i]);
		if (i + 1 < b.count && x + 3 < c->width)
			x = pen_words(&p, x, x + 3, STYLE_KEY, " | ");
	}
}

/* ---- the line of keys ---- */

static const struct shortcut {
	const char *key, *about, *command;
} shortcuts[] = {
	{ "F1", "keys", ":key F1" },      { "F5", "run", "g" },           { "F10", "over", "p" },
	{ "F11", "into", "t" },           { "S-F11", "out", "gu" },       { "F4", "ring", "tring" },
	{ "F9", "break", ":key F9" },     { "C-F11", "back", "t-" },      { "S-F4", "ring back", ":key Shift-F4" },
	{ "F8", "steps", ":key F8" },     { "F2", "vectors", ":key F2" }, { "F3", "theme", ":key F3" },
	{ "F12", "picture", ":key F12" },
};

/* "[F5] run " */
static int draw_shortcut(struct canvas *c, const struct rect *row, int x, const struct shortcut *s)
{
	int end = x + (int)strlen(s->key) + 2 + 1 + (int)strlen(s->about);
	if (end >= row->x + row->width)
		return -1;
	struct rect r = { x, row->y, end - x, 1 };
	canvas_printf(c, row, x, row->y, STYLE_KEY, "[%s]", s->key);
	canvas_text(c, row, end - (int)strlen(s->about), row->y, STYLE_TEXT, s->about);
	canvas_hit(c, &r, "%s", s->command);
	return end + 1;
}

static int left_out_width(const struct canvas *c, int *count)
{
	int width = *count = 0;
	for (int i = 0; i < PANES; i++)
		if (!c->area[i].width) {
			width += (int)strlen(pane_title((enum pane)i)) + 3;
			++*count;
		}
	return width;
}

/* "not shown: [STACK] [MEMORY]" at the right, each of them a click away; where it begins. The first key always stays.
 */
static int draw_left_out(struct canvas *c, const struct rect *row)
{
	static const char head[] = "not shown:";
	int more, width = left_out_width(c, &more), first = 11, end = row->x + row->width;
	if (!width)
		return end;
	bool with_head = width + (int)sizeof(head) + first < row->width;
	int start = end - width - (with_head ? (int)sizeof(head) - 1 : 0);
	int x = start = start < first ? first : start;
	if (with_head)
		x = canvas_text(c, row, x, row->y, STYLE_DIM, head);
	for (int i = 0; i < PANES; i++) {
		const char *title = pane_title((enum pane)i);
		struct rect r = { x + 1, row->y, (int)strlen(title) + 2, 1 };
		if (c->area[i].width)
			continue;
		if (r.x + r.width > end - (more-- > 1 ? 2 : 0)) {
			canvas_text(c, row, x + 1, row->y, STYLE_DIM, SIGN_MORE);
			break;
		}
		x = canvas_printf(c, row, r.x, row->y, STYLE_KEY, "[%s]", title);
		canvas_hit(c, &r, ":pane %d", i);
	}
	return start;
}

void panes_key_line(struct canvas *c, const struct view_model *m)
{
	static const struct shortcut stop = { "Esc", "stop", ":key Esc" };
	struct rect row = { 0, c->height - 1, c->width, 1 };
	canvas_fill(c, &row, ' ', STYLE_TEXT);
	row.width = draw_left_out(c, &row);
	int x = m->running ? draw_shortcut(c, &row, 0, &stop) : 0;
	for (size_t i = 0; x >= 0 && i < sizeof(shortcuts) / sizeof(shortcuts[0]); i++)
		x = draw_shortcut(c, &row, x, &shortcuts[i]);
}

/* ---- F1 ---- */

static void draw_key(struct pen *p, const struct key_row *k)
{
	char keys[80], about[200];
	snprintf(keys, sizeof(keys), "%s%s%s", k->key, k->also && *k->also ? " " : "", k->also ? k->also : "");
	bool told = !k->command || strchr(k->about, '(');
	snprintf(about, sizeof(about), "%s%s%s%s", k->about, told ? "" : " (", told ? "" : k->command, told ? "" : ")");
	pen_words(p, 0, 24, STYLE_LABEL, keys);
	pen_words(p, 25, p->r.width, STYLE_TEXT, about);
	p->line++;
}

enum { KEY_COLUMN = 56, KEY_WIDE = 100 };

/* All keys in as many columns as they need; on a small canvas as many as there is room for. */
void panes_help(struct canvas *c)
{
	int rows = 0, space = c->height - 4;
	while (key_info((unsigned)rows))
		rows++;
	int most = c->width / KEY_COLUMN > 0 ? c->width / KEY_COLUMN : 1;
	int columns = space > 0 ? (rows + space - 1) / space : 1;
	columns = columns > most ? most : columns;
	int each = (rows + columns - 1) / columns;
	bool cut = each > space;
	each = cut ? space : each;
	int width = c->width - 2 < columns * KEY_WIDE ? c->width - 2 : columns * KEY_WIDE;
	struct rect r = { (c->width - width) / 2, (c->height - each - 2) / 2, width, each + 2 };
	if (width < 20 || each < 2)
		return;
	canvas_fill(c, &r, ' ', STYLE_TEXT);
	canvas_frame(c, &r, "KEYS (F1 closes this)", true);
	int wide = r.width / columns, shown = cut ? columns * each - 1 : rows;
	for (int i = 0; i <= shown && i < rows; i++) {
		struct pen p = { .c = c, .line = i % each };
		p.r = (struct rect){ r.x + i / each * wide, r.y, wide - 1, r.height };
		if (i < shown)
			draw_key(&p, key_info((unsigned)i));
		else
			pen_words(&p, 0, p.r.width, STYLE_DIM, SIGN_MORE " the others are in docs/view.md");
	}
	/* Whatever is clicked, it closes. */
	c->hit_count = 0;
	c->cursor_x = c->cursor_y = -1;
	canvas_hit(c, &(struct rect){ 0, 0, c->width, c->height }, ":key F1");
}
