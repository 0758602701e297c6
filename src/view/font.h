/* font.h - how characters become pixels of a cell: the bitmap font that is built in, which looks the same on every
 * machine, and lines and blocks drawn by geometry, which join at any size. */
#ifndef RS_VIEW_FONT_H
#define RS_VIEW_FONT_H

#include <stdbool.h>
#include <stdint.h>

enum { FONT_ZOOMS = 6, FONT_WIDEST = 64, FONT_HIGHEST = 128 };

/* Draws characters as coverage: a byte for each pixel of a cell, row by row, 255 where the ink is. */
struct font {
	int width, height; /* of a cell */
	/* False: the font has no such character. */
	bool (*glyph)(const struct font *f, uint32_t character, bool bold, uint8_t *coverage);
	unsigned face, scale; /* of the bitmap font */
	void *arg;            /* of another one */
};

/* The bitmap font; zoom 1 (cells of 8x16 pixels) to FONT_ZOOMS (32x64). */
void font_bitmap(struct font *f, unsigned zoom);
/* The largest zoom at which a picture has 160x45 cells, or 1. */
unsigned font_fitting_zoom(int width, int height);

/* A cell of any character: geometry first, then the font, then a hollow box. */
void font_cell(const struct font *f, uint32_t character, bool bold, uint8_t *coverage);
/* False: the character is neither a line nor a block. */
bool font_geometry(const struct font *f, uint32_t character, uint8_t *coverage);

#endif
