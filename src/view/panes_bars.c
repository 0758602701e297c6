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

enum { KEY_COLUMN = 56, KEY_WIDE = 100 };

static void draw_key(struct pen *p, const struct key_row *k)
{
	char keys[80], about[200];
	snprintf(keys, sizeof(keys), "%s%s%s", k->key, k->also && *k->also ? " " : "", k->also ? k->also : "");
	bool told = !k->command || strchr(k->about, '(');
	snprintf(about, sizeof(about), "%s%s%s%s", k->about, told ? "" : " (", told ? "" : k->command, told ? "" : ")");
	int column = p->r.width < KEY_WIDE - 1 ? 24 : 32; /* the most that the names of a row take is 30 */
	pen_words(p, 0, column, STYLE_LABEL, keys);
	pen_words(p, column + 1, p->r.width, STYLE_TEXT, about);
	p->line++;
}

/* The sheet of all keys: as many columns as they need, and as many lines of it as there is room for. */
struct sheet {
	int rows, columns, lines, shown;
};

static struct sheet sheet_of(const struct canvas *c)
{
	struct sheet s = { .rows = 0 };
	int space = c->height - 4 > 0 ? c->height - 4 : 1;
	int most = c->width / KEY_COLUMN > 0 ? c->width / KEY_COLUMN : 1;
	while (key_info((unsigned)s.rows))
		s.rows++;
	s.columns = (s.rows + space - 1) / space;
	s.columns = s.columns > most ? most : s.columns;
	s.lines = (s.rows + s.columns - 1) / s.columns;
	s.shown = s.lines < space ? s.lines : space;
	return s;
}

int panes_help_most(const struct canvas *c)
{
	struct sheet s = sheet_of(c);
	return s.lines - s.shown;
}

static void draw_keys(struct canvas *c, const struct rect *r, const struct sheet *s, int scroll)
{
	int wide = r->width / s->columns;
	for (int i = 0; i < s->rows; i++) {
		int line = i % s->lines - scroll;
		struct pen p = { .c = c, .line = line };
		p.r = (struct rect){ r->x + i / s->lines * wide, r->y, wide - 1, r->height };
		if (line >= 0 && line < s->shown)
			draw_key(&p, key_info((unsigned)i));
	}
}

/* All keys; when they do not fit, lines of them and in the title which. */
void panes_help(struct canvas *c, const struct view_state *state)
{
	char title[96] = "KEYS (F1 closes this)";
	struct sheet s = sheet_of(c);
	int most = s.lines - s.shown, scroll = state->help_scroll < most ? state->help_scroll : most;
	int width = c->width - 2 < s.columns * KEY_WIDE ? c->width - 2 : s.columns * KEY_WIDE;
	struct rect r = { (c->width - width) / 2, (c->height - s.shown - 2) / 2, width, s.shown + 2 };
	if (width < 20 || s.shown < 2)
		return;
	if (most)
		snprintf(title, sizeof(title), "KEYS: lines %d to %d of %d (Up, Down; F1 closes this)", scroll + 1,
			 scroll + s.shown, s.lines);
	canvas_fill(c, &r, ' ', STYLE_TEXT);
	canvas_frame(c, &r, title, true);
	draw_keys(c, &r, &s, scroll);
	/* Whatever is clicked, it closes. */
	c->hit_count = 0;
	c->cursor_x = c->cursor_y = -1;
	canvas_hit(c, &(struct rect){ 0, 0, c->width, c->height }, ":key F1");
}
