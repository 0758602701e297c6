/* canvas.c - cells: text, fills, frames that join each other, and what a click means. */
#include "view/canvas.h"

#include <stdio.h>
#include <string.h>

void canvas_clear(struct canvas *c)
{
	for (int i = 0; i < c->width * c->height; i++)
		c->cell[i] = (struct cell){ ' ', STYLE_TEXT };
	memset(c->area, 0, sizeof(c->area));
	c->hit_count = 0;
	c->cursor_x = c->cursor_y = -1;
}

static bool is_within(const struct canvas *c, const struct rect *r, int x, int y)
{
	return x >= 0 && y >= 0 && x < c->width && y < c->height && x >= r->x && y >= r->y && x < r->x + r->width &&
	       y < r->y + r->height;
}

static void put(struct canvas *c, const struct rect *r, int x, int y, enum style style, uint32_t character)
{
	if (is_within(c, r, x, y))
		c->cell[y * c->width + x] = (struct cell){ character, (uint8_t)style };
}

/* Characters that take one cell in every font and on every terminal: no marks that combine, no wide ones, no formats.
 */
static bool is_narrow(uint32_t character)
{
	return (character >= 0x20 && character < 0x7f) ||
	       (character >= 0xa0 && character < 0x300 && character != 0xad) ||
	       (character >= 0x370 && character < 0x483) || (character >= 0x48a && character < 0x530) ||
	       (character >= 0x2010 && character < 0x2028) || (character >= 0x2030 && character < 0x205f) ||
	       (character >= 0x20a0 && character < 0x20c0) || (character >= 0x2190 && character < 0x231a) ||
	       (character >= 0x2500 && character < 0x25fd);
}

/* How many bytes follow the first, by its value (RFC 3629); -1: none begins so. */
static int more_bytes(uint8_t first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first < 0xe0)
		return 1;
	if (first >= 0xe0 && first < 0xf0)
		return 2;
	return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

/* The next character, '.' for what cannot be shown. */
static uint32_t next_character(const char **text)
{
	static const uint8_t payload[] = { 0x7f, 0x1f, 0x0f, 0x07 };
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t first = (uint8_t) * (*text)++;
	int more = more_bytes(first);
	if (more < 0)
		return '.';
	uint32_t character = first & payload[more];
	for (int i = 0; i < more; i++) {
		if (((uint8_t)(*text)[i] & 0xc0) != 0x80)
			return '.';
		character = character << 6 | ((uint8_t)(*text)[i] & 0x3f);
	}
	*text += more;
	return character >= least[more] && is_narrow(character) ? character : '.';
}

int canvas_text(struct canvas *c, const struct rect *r, int x, int y, enum style style, const char *text)
{
	while (*text)
		put(c, r, x++, y, style, next_character(&text));
	return x;
}

int canvas_printf(struct canvas *c, const struct rect *r, int x, int y, enum style style, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return canvas_text(c, r, x, y, style, text);
}

void canvas_fill(struct canvas *c, const struct rect *r, uint32_t character, enum style style)
{
	for (int y = r->y; y < r->y + r->height; y++)
		for (int x = r->x; x < r->x + r->width; x++)
			put(c, r, x, y, style, character);
}

/* ---- frames ---- */

enum { UP = 1, RIGHT = 2, DOWN = 4, LEFT = 8 };

/* By the directions in which a line leaves the cell. */
static const uint16_t line[16] = { ' ',    0x2575, 0x2576, 0x2514, 0x2577, 0x2502, 0x250c, 0x251c,
				   0x2574, 0x2518, 0x2500, 0x2534, 0x2510, 0x2524, 0x252c, 0x253c };

static unsigned directions(uint32_t character)
{
	for (unsigned i = 1; i < 16; i++)
		if (line[i] == character)
			return i;
	return 0;
}

/* A piece of a line; one that is there already is joined. */
static void join(struct canvas *c, const struct rect *r, int x, int y, unsigned more, enum style style)
{
	if (!is_within(c, r, x, y))
		return;
	struct cell *cell = &c->cell[y * c->width + x];
	if (cell->style != STYLE_SELECTED)
		cell->style = (uint8_t)style;
	cell->character = line[directions(cell->character) | more];
}

void canvas_lines(struct canvas *c, const struct rect *r, bool lower, bool selected)
{
	enum style style = selected ? STYLE_SELECTED : STYLE_FRAME;
	int right = r->x + r->width - 1, bottom = r->y + r->height - 1;
	for (int x = r->x; x <= right; x++) {
		unsigned sides = (x > r->x ? LEFT : 0) | (x < right ? RIGHT : 0);
		join(c, r, x, r->y, sides, style);
		if (lower)
			join(c, r, x, bottom, sides, style);
	}
	struct rect all = { r->x, r->y, r->width, r->height + !lower };
	bottom += !lower;
	for (int y = r->y; y <= bottom; y++) {
		unsigned sides = (y > r->y ? UP : 0) | (y < bottom ? DOWN : 0);
		join(c, &all, r->x, y, sides, style);
		join(c, &all, right, y, sides, style);
	}
}

void canvas_frame(struct canvas *c, struct rect *r, const char *title, bool selected)
{
	if (r->width < 2 || r->height < 2)
		return;
	canvas_lines(c, r, true, selected);
	struct rect edge = { r->x + 1, r->y, r->width - 2, 1 };
	if (*title && edge.width > 4)
		canvas_printf(c, &edge, r->x + 2, r->y, selected ? STYLE_SELECTED : STYLE_TITLE,
			      selected ? "[%s]" : " %s ", title);
	*r = (struct rect){ r->x + 1, r->y + 1, r->width - 2, r->height - 2 };
}

/* ---- clicks ---- */

void canvas_hit(struct canvas *c, const struct rect *r, const char *format, ...)
{
	if (c->hit_count == CANVAS_HITS || r->width <= 0 || r->height <= 0)
		return;
	struct hit *h = &c->hit[c->hit_count++];
	*h = (struct hit){ (int16_t)r->x, (int16_t)r->y, (int16_t)r->width, (int16_t)r->height, "" };
	va_list args;
	va_start(args, format);
	vsnprintf(h->command, sizeof(h->command), format, args);
	va_end(args);
}

const char *canvas_command_at(const struct canvas *c, int x, int y)
{
	for (int i = c->hit_count; i-- > 0;) {
		const struct hit *h = &c->hit[i];
		if (x >= h->x && y >= h->y && x < h->x + h->width && y < h->y + h->height)
			return h->command;
	}
	return NULL;
}
