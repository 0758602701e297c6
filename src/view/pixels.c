/* pixels.c - cells as pixels. */
#include "view/pixels.h"

#include <string.h>

#include "host/host.h"

enum { CURSOR = 0x80 }; /* in the style of a shown cell: the cursor is on it */

static size_t cells_of(const struct canvas *c)
{
	return (size_t)c->width * (size_t)c->height;
}

static int within(int value, int most)
{
	return value < 1 ? 1 : value > most ? most : value;
}

/* What is left over on one side; a picture smaller than one cell shows a part of it. */
static int margin(int size, int used)
{
	return size > used ? (size - used) / 2 : 0;
}

static void put(uint8_t *pixel, struct colour c)
{
	pixel[0] = c.red;
	pixel[1] = c.green;
	pixel[2] = c.blue;
	pixel[3] = UINT8_MAX;
}

void pixels_free(struct pixels *p)
{
	host_release(p->host, p->rgba);
	host_release(p->host, p->canvas.cell);
	host_release(p->host, p->shown);
	p->rgba = NULL;
	p->canvas.cell = p->shown = NULL;
}

/* The margins and all cells are paper until they are drawn. */
static void blank(struct pixels *p)
{
	size_t count = (size_t)p->width * (size_t)p->height;
	for (size_t i = 0; i < count; i++)
		put(p->rgba + 4 * i, p->theme->look[STYLE_TEXT].paper);
	for (size_t i = 0; i < cells_of(&p->canvas); i++)
		p->shown[i] = (struct cell){ 0, STYLES };
}

bool pixels_shape(struct pixels *p, int width, int height, const struct font *font, const struct theme *theme)
{
	struct pixels next = { .host = p->host, .font = *font, .theme = theme, .width = width, .height = height };
	next.canvas.width = within(width / font->width, CANVAS_WIDEST);
	next.canvas.height = within(height / font->height, CANVAS_HIGHEST);
	next.canvas.cursor_x = next.canvas.cursor_y = -1;
	next.left = margin(width, next.canvas.width * font->width);
	next.top = margin(height, next.canvas.height * font->height);
	size_t cells = cells_of(&next.canvas);
	next.rgba = host_alloc(p->host, (size_t)width * (size_t)height * 4);
	next.canvas.cell = host_alloc(p->host, cells * sizeof(struct cell));
	next.shown = host_alloc(p->host, cells * sizeof(struct cell));
	if (!next.rgba || !next.canvas.cell || !next.shown) {
		pixels_free(&next);
		return false;
	}
	pixels_free(p);
	*p = next;
	blank(p);
	return true;
}

static struct colour mixed(struct colour paper, struct colour ink, unsigned part)
{
	unsigned rest = UINT8_MAX - part;
	return (struct colour){ (uint8_t)((ink.red * part + paper.red * rest + 127) / 255),
				(uint8_t)((ink.green * part + paper.green * rest + 127) / 255),
				(uint8_t)((ink.blue * part + paper.blue * rest + 127) / 255) };
}

static void put_cell(struct pixels *p, int column, int row, const uint8_t *coverage, struct colour ink,
		     struct colour paper)
{
	const struct font *f = &p->font;
	int left = p->left + column * f->width, top = p->top + row * f->height;
	for (int y = 0; y < f->height && top + y < p->height; y++) {
		uint8_t *pixel = p->rgba + 4 * ((size_t)(top + y) * (size_t)p->width + (size_t)left);
		for (int x = 0; x < f->width && left + x < p->width; x++, pixel += 4) {
			uint8_t part = coverage[y * f->width + x];
			put(pixel, !part ? paper : part == UINT8_MAX ? ink : mixed(paper, ink, part));
		}
	}
}

static void draw_cell(struct pixels *p, int column, int row, struct cell cell)
{
	uint8_t coverage[FONT_WIDEST * FONT_HIGHEST];
	const struct look *look = &p->theme->look[cell.style & ~CURSOR];
	bool cursor = cell.style & CURSOR;
	if (cell.character == ' ' || !cell.character)
		memset(coverage, 0, (size_t)(p->font.width * p->font.height));
	else
		font_cell(&p->font, cell.character, look->bold, coverage);
	if (look->underlined) {
		int thick = p->font.height / 16;
		memset(coverage + (p->font.height - thick) * p->font.width, UINT8_MAX, (size_t)(thick * p->font.width));
	}
	put_cell(p, column, row, coverage, cursor ? look->paper : look->ink, cursor ? look->ink : look->paper);
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* The rectangle around both. */
static void include_cell(const struct pixels *p, struct rect *r, int column, int row)
{
	int x = p->left + column * p->font.width, y = p->top + row * p->font.height;
	int x_end = least(x + p->font.width, p->width), y_end = least(y + p->font.height, p->height);
	if (!r->width) {
		*r = (struct rect){ x, y, x_end - x, y_end - y };
		return;
	}
	int right = r->x + r->width, bottom = r->y + r->height;
	right = x_end > right ? x_end : right;
	bottom = y_end > bottom ? y_end : bottom;
	r->x = x < r->x ? x : r->x;
	r->y = y < r->y ? y : r->y;
	r->width = right - r->x;
	r->height = bottom - r->y;
}

static struct rect paint_row(struct pixels *p, int row, struct rect *all)
{
	const struct canvas *c = &p->canvas;
	struct rect changed = { 0, 0, 0, 0 };
	for (int column = 0; column < c->width; column++) {
		size_t i = (size_t)row * (size_t)c->width + (size_t)column;
		struct cell cell = c->cell[i];
		if (column == c->cursor_x && row == c->cursor_y)
			cell.style |= CURSOR;
		if (cell.character == p->shown[i].character && cell.style == p->shown[i].style)
			continue;
		draw_cell(p, column, row, cell);
		p->shown[i] = cell;
		include_cell(p, &changed, column, row);
		include_cell(p, all, column, row);
	}
	return changed;
}

struct rect pixels_paint(struct pixels *p)
{
	struct rect all = { 0, 0, 0, 0 };
	p->changed_count = 0;
	for (int row = 0; row < p->canvas.height; row++) {
		struct rect changed = paint_row(p, row, &all);
		if (changed.width)
			p->changed[p->changed_count++] = changed;
	}
	return all;
}

bool pixels_cell_at(const struct pixels *p, int x, int y, int *column, int *row)
{
	if (x < p->left || y < p->top)
		return false;
	*column = (x - p->left) / p->font.width;
	*row = (y - p->top) / p->font.height;
	return *column < p->canvas.width && *row < p->canvas.height;
}

bool pixels_cell_at_point(const struct pixels *p, int x, int y, int width, int height, int *column, int *row)
{
	if (x < 0 || y < 0 || width < 1 || height < 1)
		return false;
	return pixels_cell_at(p, (int)((int64_t)x * p->width / width), (int)((int64_t)y * p->height / height), column,
			      row);
}
