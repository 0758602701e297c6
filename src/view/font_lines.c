/* font_lines.c - box drawing and blocks (Unicode 2500 to 259F) as rectangles of the cell: they reach its edges, so that
 * neighbours join whatever the size. */
#include "view/font.h"

#include <string.h>

enum { NONE, LIGHT, HEAVY, DOUBLE };

/* What leads from the middle of the cell to its edges, of 2500 on: the weights of up, right, down and left in two bits
 * each, the lowest first. 0: dashed and diagonal ones, which are the font's. */
static const uint8_t arms_table[128] = {
	0x44, 0x88, 0x11, 0x22, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14, 0x18, 0x24, 0x28,
	0x50, 0x90, 0x60, 0xa0, 0x05, 0x09, 0x06, 0x0a, 0x41, 0x81, 0x42, 0x82, 0x15, 0x19, 0x16, 0x25,
	0x26, 0x1a, 0x29, 0x2a, 0x51, 0x91, 0x52, 0x61, 0x62, 0x92, 0xa1, 0xa2, 0x54, 0x94, 0x58, 0x98,
	0x64, 0xa4, 0x68, 0xa8, 0x45, 0x85, 0x49, 0x89, 0x46, 0x86, 0x4a, 0x8a, 0x55, 0x95, 0x59, 0x99,
	0x56, 0x65, 0x66, 0x96, 0x5a, 0xa5, 0x69, 0x9a, 0xa9, 0xa6, 0x6a, 0xaa, 0x00, 0x00, 0x00, 0x00,
	0xcc, 0x33, 0x1c, 0x34, 0x3c, 0xd0, 0x70, 0xf0, 0x0d, 0x07, 0x0f, 0xc1, 0x43, 0xc3, 0x1d, 0x37,
	0x3f, 0xd1, 0x73, 0xf3, 0xdc, 0x74, 0xfc, 0xcd, 0x47, 0xcf, 0xdd, 0x77, 0xff, 0x14, 0x50, 0x41,
	0x05, 0x00, 0x00, 0x00, 0x40, 0x01, 0x04, 0x10, 0x80, 0x02, 0x08, 0x20, 0x48, 0x21, 0x84, 0x12,
};

struct sheet {
	const struct font *font;
	uint8_t *coverage;
};

static void ink(const struct sheet *s, int left, int top, int right, int bottom)
{
	for (int y = top < 0 ? 0 : top; y < bottom && y < s->font->height; y++)
		for (int x = left < 0 ? 0 : left; x < right && x < s->font->width; x++)
			s->coverage[y * s->font->width + x] = UINT8_MAX;
}

/* The lines of an arm lie at these places across it: one of the weight's thickness, or two thin ones with a gap. */
struct strokes {
	int count, at[2], thick;
};

static struct strokes strokes_of(unsigned weight, int middle, int thin)
{
	if (weight == DOUBLE)
		return (struct strokes){ 2, { middle - thin, middle + thin }, thin };
	int thick = weight == HEAVY ? 3 * thin : thin;
	return (struct strokes){ weight != NONE, { middle - (thick - thin) / 2, 0 }, thick };
}

/* How far from the middle the lines across reach: an arm goes that far beyond it, so that corners are closed. */
static int reach(unsigned one, unsigned other, int thin)
{
	unsigned weight = one > other ? one : other;
	return weight == DOUBLE || weight == HEAVY ? thin : 0;
}

/* Arms up and down at x, left and right at y; the middle is the upper left pixel of a thin line. */
static void draw_arms(const struct sheet *s, unsigned arms)
{
	int thin = s->font->width / 8 ? s->font->width / 8 : 1;
	int x = (s->font->width - thin) / 2, y = (s->font->height - thin) / 2;
	unsigned up = arms & 3, right = arms >> 2 & 3, down = arms >> 4 & 3, left = arms >> 6;
	int across = reach(left, right, thin), along = reach(up, down, thin);
	struct strokes u = strokes_of(up, x, thin), d = strokes_of(down, x, thin);
	struct strokes l = strokes_of(left, y, thin), r = strokes_of(right, y, thin);
	for (int i = 0; i < u.count; i++)
		ink(s, u.at[i], 0, u.at[i] + u.thick, y + thin + across);
	for (int i = 0; i < d.count; i++)
		ink(s, d.at[i], y - across, d.at[i] + d.thick, s->font->height);
	for (int i = 0; i < l.count; i++)
		ink(s, 0, l.at[i], x + thin + along, l.at[i] + l.thick);
	for (int i = 0; i < r.count; i++)
		ink(s, x - along, r.at[i], s->font->width, r.at[i] + r.thick);
}

/* Quarters of 2596 to 259F: upper left 1, upper right 2, lower left 4, lower right 8. */
static void draw_quarters(const struct sheet *s, unsigned quarters)
{
	int w = s->font->width, h = s->font->height;
	if (quarters & 1)
		ink(s, 0, 0, w / 2, h / 2);
	if (quarters & 2)
		ink(s, w / 2, 0, w, h / 2);
	if (quarters & 4)
		ink(s, 0, h / 2, w / 2, h);
	if (quarters & 8)
		ink(s, w / 2, h / 2, w, h);
}

/* A pattern of one pixel in four, two or three, counted in font pixels so that it looks alike at every size. */
static void draw_shade(const struct sheet *s, unsigned level)
{
	int dot = s->font->width / 8 ? s->font->width / 8 : 1;
	for (int y = 0; y < s->font->height; y++)
		for (int x = 0; x < s->font->width; x++) {
			unsigned column = (unsigned)(x / dot) & 1, row = (unsigned)(y / dot) & 1;
			bool on = level == 2 ? column == row : (column && row) == (level == 1);
			s->coverage[y * s->font->width + x] = on ? UINT8_MAX : 0;
		}
}

static void draw_block(const struct sheet *s, uint32_t character)
{
	static const uint8_t quarters[] = { 4, 8, 1, 13, 9, 7, 11, 2, 6, 14 };
	int w = s->font->width, h = s->font->height;
	int n = (int)(character - 0x2580);
	if (character == 0x2580)
		ink(s, 0, 0, w, h / 2);
	else if (character <= 0x2588) /* lower eighths */
		ink(s, 0, h - h * n / 8, w, h);
	else if (character <= 0x258f) /* left eighths, from seven down */
		ink(s, 0, 0, w * (16 - n) / 8, h);
	else if (character == 0x2590)
		ink(s, w / 2, 0, w, h);
	else if (character <= 0x2593)
		draw_shade(s, character - 0x2590);
	else if (character == 0x2594)
		ink(s, 0, 0, w, (h + 7) / 8);
	else if (character == 0x2595)
		ink(s, w - (w + 7) / 8, 0, w, h);
	else
		draw_quarters(s, quarters[character - 0x2596]);
}

bool font_geometry(const struct font *f, uint32_t character, uint8_t *coverage)
{
	struct sheet s = { f, coverage };
	if (character < 0x2500 || character > 0x259f || (character < 0x2580 && !arms_table[character - 0x2500]))
		return false;
	memset(coverage, 0, (size_t)(f->width * f->height));
	if (character < 0x2580)
		draw_arms(&s, arms_table[character - 0x2500]);
	else
		draw_block(&s, character);
	return true;
}
