/* panes.c - the model on a canvas: layout, frames and pens; what is in a pane is told by panes_*.c. */
#include "view/panes.h"

#include <stdio.h>
#include <string.h>

#include "view/panes_parts.h"

static void (*const drawers[PANES])(struct pen *p) = {
	[PANE_CODE] = pane_code,           [PANE_REGISTERS] = pane_registers, [PANE_BITS] = pane_bits,
	[PANE_SELECTORS] = pane_selectors, [PANE_SYSCALLS] = pane_syscalls,   [PANE_CARD] = pane_card,
	[PANE_TIMELINE] = pane_timeline,   [PANE_STACK] = pane_stack,         [PANE_MEMORY] = pane_memory,
	[PANE_CONSOLE] = pane_console,     [PANE_PROMPT] = pane_prompt,
};

static int clamp(int value, int low, int high)
{
	return value > high ? (high < low ? low : high) : value < low ? low : value;
}

/* Draws nothing, and counts the lines. */
static int count_lines(struct pen *p)
{
	struct rect r = p->r;
	int hits = p->c->hit_count;
	p->r.height = p->line = p->scroll = 0;
	p->wanted = -1;
	drawers[p->pane](p);
	p->r = r;
	p->c->hit_count = hits;
	return p->line;
}

static bool counts_up(enum pane pane)
{
	return pane == PANE_CONSOLE || pane == PANE_PROMPT;
}

/* The newest line is the last, or the wanted one is seen. */
static int scroll_of(const struct pen *p, int lines)
{
	int most = lines - p->r.height, by = clamp(p->s->scroll[p->pane], -CANVAS_HIGHEST * 8, CANVAS_HIGHEST * 8);
	if (counts_up(p->pane))
		return clamp(most - by, 0, most);
	int base = p->wanted >= p->r.height ? p->wanted - p->r.height / 2 : 0;
	return clamp(clamp(base, 0, most) + by, 0, most);
}

/* What the signs of the timeline mean. */
static void tell_signs(struct pen *p, const struct rect *edge)
{
	char text[VIEW_TEXT];
	timeline_signs(&p->m->timeline, edge->width - 11, text, sizeof(text));
	canvas_text(p->c, edge, edge->x + edge->width - (int)text_width(text), edge->y, STYLE_DIM, text);
}

/* At the right of the title: which of the lines are seen. */
static void tell_position(struct pen *p, const struct rect *edge, int lines)
{
	char text[40];
	if (p->pane == PANE_TIMELINE)
		tell_signs(p, edge);
	if (lines <= p->r.height || p->pane == PANE_TIMELINE || p->r.height < 1)
		return;
	snprintf(text, sizeof(text), " %d-%d/%d ", p->scroll + 1, p->scroll + p->r.height, lines);
	int x = edge->x + edge->width - (int)strlen(text);
	if (x > edge->x + (int)strlen(pane_title(p->pane)) + 4)
		canvas_text(p->c, edge, x, edge->y, STYLE_FRAME, text);
}

static void draw_pane(struct canvas *c, const struct view_model *m, const struct view_state *s, enum pane pane)
{
	struct rect r = c->area[pane];
	bool selected = s->focus == pane;
	if (!r.width)
		return;
	struct rect edge = { r.x + 1, r.y, r.width - 2, 1 };
	struct pen p = { .c = c, .m = m, .s = s, .pane = pane };
	p.r = (struct rect){ r.x + 1, r.y + 1, r.width - 2, r.height - 1 };
	p.height = p.r.height;
	int lines = count_lines(&p);
	p.scroll = scroll_of(&p, lines);
	p.line = 0;
	drawers[pane](&p);
	canvas_printf(c, &edge, edge.x + 1, edge.y, selected ? STYLE_SELECTED : STYLE_TITLE, selected ? "[%s]" : " %s ",
		      pane_title(pane));
	tell_position(&p, &edge, lines);
}

static void show_marked(struct canvas *c, const struct marked *m)
{
	for (int y = 0; m->is_any && y < c->height; y++)
		for (int x = 0; x < c->width; x++)
			if (panes_is_marked(c, m, x, y))
				c->cell[y * c->width + x].style = STYLE_MARKED;
}

void panes_draw(struct canvas *c, const struct view_model *m, const struct view_state *s)
{
	canvas_clear(c);
	layout_make(c->area, c->width, c->height, s->focus);
	for (int i = 0; i < PANES; i++)
		if (c->area[i].width)
			canvas_lines(c, &c->area[i], false, i == (int)s->focus);
	/* The hits of the timeline are many: last of all. */
	for (int i = 0; i < PANES; i++)
		if (i != PANE_TIMELINE)
			draw_pane(c, m, s, (enum pane)i);
	panes_title_bar(c, m);
	panes_key_line(c, m);
	draw_pane(c, m, s, PANE_TIMELINE);
	show_marked(c, &s->marked);
	if (s->help)
		panes_help(c, s);
}

int panes_at(const struct canvas *c, int x, int y)
{
	for (int i = 0; i < PANES; i++) {
		const struct rect *r = &c->area[i];
		if (x >= r->x && y >= r->y && x < r->x + r->width && y < r->y + r->height)
			return i;
	}
	return -1;
}

bool panes_is_marked(const struct canvas *c, const struct marked *m, int x, int y)
{
	const struct rect *r = &c->area[m->pane];
	bool down = m->y < m->to_y || (m->y == m->to_y && m->x <= m->to_x);
	int first_x = down ? m->x : m->to_x, first_y = down ? m->y : m->to_y;
	int last_x = down ? m->to_x : m->x, last_y = down ? m->to_y : m->y;
	bool inside = x > r->x && y > r->y && x < r->x + r->width - 1 && y < r->y + r->height;
	return m->is_any && inside && (y > first_y || (y == first_y && x >= first_x)) &&
	       (y < last_y || (y == last_y && x <= last_x));
}

/* ---- pens ---- */

unsigned text_width(const char *text)
{
	unsigned width = 0;
	for (; *text; text++)
		width += ((uint8_t)*text & 0xc0) != 0x80;
	return width;
}

bool text_fits(const struct pen *p, int x, const char *text)
{
	return x + (int)text_width(text) <= p->r.width;
}

int pen_value(struct pen *p, int x, enum style style, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!text_fits(p, x, text)) {
		if (x < p->r.width)
			canvas_text(p->c, &p->r, p->r.x + x, pen_y(p), STYLE_DIM, SIGN_MORE);
		return p->r.width + 1;
	}
	return canvas_text(p->c, &p->r, p->r.x + x, pen_y(p), style, text) - p->r.x;
}

const char *name_within(const char *symbol, int room)
{
	const char *name = strchr(symbol, '!');
	return name && (int)text_width(symbol) > room ? name + 1 : symbol;
}

/* How many bytes of the text are at most `room` cells, ending behind a word unless the first is longer than that. */
static size_t words_within(const char *text, int room)
{
	size_t at = 0, word = 0;
	int cells = 0;
	for (; text[at]; at++) {
		cells += ((uint8_t)text[at] & 0xc0) != 0x80;
		if (cells > room)
			break;
		if (text[at] == ' ')
			word = at;
	}
	return !text[at] || text[at] == ' ' ? at : word;
}

size_t text_within(const char *text, int room)
{
	size_t at = 0;
	for (int cells = 0; text[at]; at++) {
		cells += ((uint8_t)text[at] & 0xc0) != 0x80;
		if (cells > room)
			break;
	}
	return at;
}

/* The same for a long word, which may be cut, but not among the digits of a number. */
static size_t part_within(const char *text, int room)
{
	size_t at = text_within(text, room);
	while (at && text[at] && strchr("0123456789abcdefABCDEFx", text[at - 1]) &&
	       strchr("0123456789abcdefABCDEF", text[at]))
		at--;
	return at;
}

int pen_words(struct pen *p, int x, int end, enum style style, const char *text)
{
	char part[512];
	int room = (end < p->r.width ? end : p->r.width) - x;
	if (room <= 0)
		return x;
	if ((int)text_width(text) <= room)
		return canvas_text(p->c, &p->r, p->r.x + x, pen_y(p), style, text) - p->r.x;
	size_t bytes = words_within(text, room - 1);
	if (!bytes)
		bytes = part_within(text, room - 1);
	snprintf(part, sizeof(part), "%.*s" SIGN_MORE, (int)bytes, text);
	return canvas_text(p->c, &p->r, p->r.x + x, pen_y(p), style, part) - p->r.x;
}

void pen_paragraph(struct pen *p, int x, enum style style, const char *text)
{
	char part[512];
	int room = p->r.width - x > 0 ? p->r.width - x : 1;
	do {
		size_t bytes = words_within(text, room);
		if (!bytes && *text)
			bytes = text_within(text, room);
		snprintf(part, sizeof(part), "%.*s", (int)bytes, text);
		canvas_text(p->c, &p->r, p->r.x + x, pen_y(p), style, part);
		text += bytes;
		text += *text == ' ';
		p->line++;
	} while (*text);
}

void pen_band(struct pen *p, enum style style)
{
	struct rect row = { p->r.x, pen_y(p), p->r.width, 1 };
	if (row.y >= p->r.y && row.y < p->r.y + p->r.height)
		canvas_fill(p->c, &row, ' ', style);
}

void pen_hit(struct pen *p, int x, int width, const char *format, ...)
{
	char text[80];
	struct rect r = { p->r.x + x, pen_y(p), width, 1 };
	if (r.x + r.width > p->r.x + p->r.width)
		r.width = p->r.x + p->r.width - r.x;
	if (r.y < p->r.y || r.y >= p->r.y + p->r.height)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	canvas_hit(p->c, &r, "%s", text);
}
