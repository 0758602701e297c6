/* pixels.h - cells as pixels: only those that are not what the picture shows already are drawn anew. */
#ifndef RS_VIEW_PIXELS_H
#define RS_VIEW_PIXELS_H

#include "view/canvas.h"
#include "view/font.h"
#include "view/theme.h"

struct rs_host;
struct rs_error;

struct pixels {
	const struct rs_host *host;
	struct font font;
	const struct theme *theme;
	int width, height;                   /* of the picture */
	int left, top;                       /* of the canvas in it: what is left over is shared by the edges */
	uint8_t *rgba;                       /* bytes R G B A, row by row */
	struct canvas canvas;                /* to be drawn on */
	struct cell *shown;                  /* cells of the picture as it is; style STYLES: none yet */
	struct rect changed[CANVAS_HIGHEST]; /* by the last pixels_paint: one for each row of cells with a change */
	int changed_count;
};

/* As many cells as fit. False: no memory; `p` is as it was. To be zeroed before the first call but for the host. */
bool pixels_shape(struct pixels *p, int width, int height, const struct font *font, const struct theme *theme);
void pixels_free(struct pixels *p);
/* Brings the canvas to the picture; the pixels that have changed as one rectangle, of width 0 when none has. */
struct rect pixels_paint(struct pixels *p);
/* The cell that has a pixel; false: it is beside the canvas. */
bool pixels_cell_at(const struct pixels *p, int x, int y, int *column, int *row);

/* The same for a point of a window of `width` x `height` points that shows the picture: on a dense screen a point has
 * more than one pixel. */
bool pixels_cell_at_point(const struct pixels *p, int x, int y, int width, int height, int *column, int *row);

/* Writes the picture as PNG: the whole file or none. */
bool picture_write(const struct pixels *p, const char *path, struct rs_error *why);

#endif
