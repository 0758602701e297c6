/* panes_text.c - the guest's console and the prompt. */
#include <string.h>

#include "view/panes_parts.h"

/* Lines longer than the pane go on in the next one, as on a terminal. */
static int draw_line(struct pen *p, enum style style, const char *text)
{
	char part[VIEW_TEXT];
	int x = 0;
	do {
		size_t bytes = text_within(text, p->r.width > 0 ? p->r.width : 1);
		memcpy(part, text, bytes);
		part[bytes] = 0;
		x = canvas_text(p->c, &p->r, p->r.x, pen_y(p), style, part) - p->r.x;
		text += bytes;
		p->line++;
	} while (*text);
	return x;
}

void pane_console(struct pen *p)
{
	int x = 0;
	for (unsigned i = 0; i < p->m->console.count; i++)
		x = draw_line(p, STYLE_TEXT, p->m->console.line[i]);
	int y = pen_y(p) - 1;
	if (p->s->focus != PANE_CONSOLE || !p->r.height)
		return;
	if (y < p->r.y)
		y = p->r.y;
	if (y < p->r.y + p->r.height) {
		p->c->cursor_x = p->r.x + (x < p->r.width ? x : p->r.width - 1);
		p->c->cursor_y = y;
	}
}

/* A line of input moves to the left as far as the cursor needs. */
static void draw_input(struct pen *p)
{
	char shown[sizeof(p->s->input)];
	unsigned cursor = p->s->cursor < sizeof(shown) ? p->s->cursor : (unsigned)sizeof(shown) - 1;
	memcpy(shown, p->s->input, sizeof(shown));
	shown[sizeof(shown) - 1] = 0;
	if (cursor > strlen(shown))
		cursor = (unsigned)strlen(shown);
	int room = p->r.width - 3, column = 0;
	for (unsigned i = 0; i < cursor; i++)
		column += ((uint8_t)shown[i] & 0xc0) != 0x80;
	int skip = column > room ? column - room : 0;
	const char *from = shown + text_within(shown, skip);
	int y = p->r.y + p->r.height - 1;
	struct rect row = { p->r.x, y, p->r.width, 1 };
	if (p->r.height < 1 || room < 1)
		return;
	canvas_fill(p->c, &row, ' ', STYLE_INPUT);
	canvas_text(p->c, &row, row.x, y, STYLE_LABEL, skip ? "<" : ">");
	canvas_text(p->c, &row, row.x + 2, y, STYLE_INPUT, from);
	if (p->s->focus == PANE_PROMPT) {
		p->c->cursor_x = row.x + 2 + column - skip;
		p->c->cursor_y = y;
	}
}

/* The line of input is always the lowest; the log scrolls above it. */
void pane_prompt(struct pen *p)
{
	struct pen log = *p;
	if (log.r.height)
		log.r.height--;
	for (unsigned i = 0; i < p->m->log.count; i++)
		draw_line(&log, STYLE_TEXT, p->m->log.line[i]);
	p->line = log.line + 1;
	draw_input(p);
}
