/* font.c - the bitmap font: Terminus of Debian's console-setup-linux (SIL Open Font License 1.1), which tools/make-font
 * turns into tables when ringstep is built. */
#include "view/font.h"

#include <stddef.h>
#include <string.h>

struct font_face {
	int width, height;
	const uint8_t *rows[2]; /* plain and bold; (width + 7) / 8 bytes a row, the leftmost pixel in the highest bit */
};

#include "font_tables.inc"

enum { CHARACTERS = sizeof(font_characters) / sizeof(font_characters[0]) };

static int character_index(uint32_t character)
{
	size_t low = 0, high = CHARACTERS;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (font_characters[middle] < character)
			low = middle + 1;
		else
			high = middle;
	}
	return low < CHARACTERS && font_characters[low] == character ? (int)low : -1;
}

static bool bitmap_glyph(const struct font *f, uint32_t character, bool bold, uint8_t *coverage)
{
	const struct font_face *face = &font_faces[f->face];
	int index = character_index(character), scale = (int)f->scale;
	if (index < 0)
		return false;
	size_t stride = (size_t)(face->width + 7) / 8;
	const uint8_t *rows = face->rows[bold] + (size_t)index * stride * (size_t)face->height;
	for (int y = 0; y < f->height; y++) {
		const uint8_t *row = rows + (size_t)(y / scale) * stride;
		for (int x = 0; x < f->width; x++)
			*coverage++ = row[x / scale / 8] >> (7 - x / scale % 8) & 1 ? UINT8_MAX : 0;
	}
	return true;
}

/* Faces of 8x16, 10x20, 12x24 and 16x32 pixels, and the last two doubled. */
void font_bitmap(struct font *f, unsigned zoom)
{
	static const struct {
		uint8_t face, scale;
	} zooms[FONT_ZOOMS] = { { 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 2, 2 }, { 3, 2 } };
	unsigned i = zoom < 1 ? 0 : zoom > FONT_ZOOMS ? FONT_ZOOMS - 1 : zoom - 1;
	const struct font_face *face = &font_faces[zooms[i].face];
	*f = (struct font){ .width = face->width * zooms[i].scale,
			    .height = face->height * zooms[i].scale,
			    .glyph = bitmap_glyph,
			    .face = zooms[i].face,
			    .scale = zooms[i].scale };
}

/* Larger letters only where all panes keep the room that they want; 1280x800 has the smallest ones. */
enum { FITTING_WIDTH = 190, FITTING_HEIGHT = 54 };

unsigned font_fitting_zoom(int width, int height)
{
	struct font f;
	for (unsigned zoom = FONT_ZOOMS; zoom > 1; zoom--) {
		font_bitmap(&f, zoom);
		if (width / f.width >= FITTING_WIDTH && height / f.height >= FITTING_HEIGHT)
			return zoom;
	}
	return 1;
}

static void hollow_box(const struct font *f, uint8_t *coverage)
{
	int left = f->width / 8, right = f->width - 1 - left, top = f->height / 6, bottom = f->height - 1 - top;
	memset(coverage, 0, (size_t)(f->width * f->height));
	for (int y = top; y <= bottom; y++)
		for (int x = left; x <= right; x++)
			if (x == left || x == right || y == top || y == bottom)
				coverage[y * f->width + x] = UINT8_MAX;
}

void font_cell(const struct font *f, uint32_t character, bool bold, uint8_t *coverage)
{
	if (!font_geometry(f, character, coverage) && !f->glyph(f, character, bold, coverage))
		hollow_box(f, coverage);
}
