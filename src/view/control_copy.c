/* control_copy.c - what a pane shows, or the mouse has marked of it, as text. */
#include <string.h>

#include "view/control_move.h"

/* A character of the Basic Multilingual Plane or beyond in UTF-8; its length. */
static size_t utf8(uint32_t character, char *bytes)
{
	size_t n = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
	static const unsigned char first[] = { 0, 0xC0, 0xE0, 0xF0 };
	for (size_t i = n; i; i--, character >>= 6)
		bytes[i] = (char)(0x80 | (character & 0x3F));
	bytes[0] = (char)(first[n] | character);
	return n + 1;
}

static bool is_wanted(const struct control *c, int x, int y)
{
	if (c->state.marked.is_any)
		return panes_is_marked(c->canvas, &c->state.marked, x, y);
	const struct rect *r = &c->canvas->area[c->state.focus];
	return x > r->x && y > r->y && x < r->x + r->width - 1 && y < r->y + r->height;
}

/* What a row shows of it, from its first character to its last; blanks before it count. */
static size_t row_text(const struct control *c, int y, char *text)
{
	size_t n = 0, end = 0;
	for (int x = 0; x < c->canvas->width; x++) {
		const struct cell *cell = &c->canvas->cell[y * c->canvas->width + x];
		if (!is_wanted(c, x, y))
			continue;
		bool blank = cell->style == STYLE_FRAME || cell->character <= ' ';
		n += utf8(blank ? ' ' : cell->character, text + n);
		end = blank ? end : n;
	}
	return end;
}

void move_copy(struct control *c)
{
	char text[CANVAS_WIDEST * 4];
	size_t used = 0;
	for (int y = 0; c->canvas && y < c->canvas->height; y++) {
		size_t n = row_text(c, y, text);
		if (!n)
			continue;
		memcpy(c->copied + used, text, n);
		used += n;
		c->copied[used++] = '\n';
	}
	c->copied[used] = 0;
	c->has_copied = used;
}

/* ---- marking ---- */

static int within(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

void control_drag(struct control *c, const struct canvas *canvas, int x, int y, int to_x, int to_y)
{
	int pane = c->state.help ? -1 : panes_at(canvas, x, y);
	if (pane < 0)
		return;
	const struct rect *r = &canvas->area[pane];
	c->state.marked = (struct marked){ true,
					   (enum pane)pane,
					   x,
					   y,
					   within(to_x, r->x, r->x + r->width - 1),
					   within(to_y, r->y, r->y + r->height - 1) };
	c->redraw = true;
}

void control_drop(struct control *c)
{
	if (c->state.marked.is_any)
		move_copy(c);
}

void move_unmark(struct control *c)
{
	c->redraw |= c->state.marked.is_any;
	c->state.marked.is_any = false;
}
