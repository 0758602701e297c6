/* canvas.h - a sheet of character cells on which panes are drawn, and which painters bring to a window, a picture or a
 * terminal. A cell is a character and a style; frames and bars are cells too, which a painter draws as lines. */
#ifndef RS_VIEW_CANVAS_H
#define RS_VIEW_CANVAS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* What a cell means; a theme says how that looks. Nothing is told by style alone: each has a glyph or a word beside
 * it. */
enum style {
	STYLE_TEXT,
	STYLE_DIM,
	STYLE_TITLE,
	STYLE_FRAME,
	STYLE_CHANGED, /* with '*' */
	STYLE_BEFORE,  /* the value of before, left of "->" */
	STYLE_CURRENT, /* the instruction that comes next, with '>' */
	STYLE_BREAK,   /* with a bullet */
	STYLE_LABEL,
	STYLE_SET,     /* a bit that is 1: reversed box, name in capitals */
	STYLE_CLEAR,   /* a bit that is 0: small letters */
	STYLE_GOOD,    /* with "ok" */
	STYLE_BAD,     /* with "FAULT", "DIFFERS" or '!' */
	STYLE_WARNING, /* with '!' */
	STYLE_RING0,
	STYLE_RING1,
	STYLE_RING2,
	STYLE_RING3,
	STYLE_SELECTED, /* what the keyboard acts on */
	STYLE_KEY,      /* names of keys in the key line */
	STYLE_INPUT,
	STYLE_MARKED, /* what the mouse has marked to be copied */
	STYLES
};

struct cell {
	uint32_t character; /* Unicode; frames are box-drawing characters */
	uint8_t style;      /* enum style */
};

/* What a click on a cell does: a prompt command to be executed; or ":key F1", as if that key had been pressed; or
 * ":pane 9", which gives a pane the keyboard (one that was left out is then shown). */
struct hit {
	int16_t x, y, width, height;
	char command[80];
};

struct rect {
	int x, y, width, height;
};

enum { CANVAS_WIDEST = 512, CANVAS_HIGHEST = 200, CANVAS_HITS = 512, CANVAS_AREAS = 16 };

struct canvas {
	int width, height; /* cells */
	struct cell *cell; /* width * height, row by row; whoever makes the canvas owns them */
	struct hit hit[CANVAS_HITS];
	int hit_count;
	struct rect area[CANVAS_AREAS]; /* by enum pane, with its left and upper border; width 0: it is not shown */
	int cursor_x, cursor_y;         /* of the line being typed; -1: none */
};

void canvas_clear(struct canvas *c);
/* Text from (x, y) in `r`, cut at its edge; the next x. Bytes that are not UTF-8 and control characters become '.'. */
int canvas_text(struct canvas *c, const struct rect *r, int x, int y, enum style style, const char *text);
int canvas_printf(struct canvas *c, const struct rect *r, int x, int y, enum style style, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void canvas_fill(struct canvas *c, const struct rect *r, uint32_t character, enum style style);
/* The lines of a frame; where they meet others they are joined to them. Without the lower one, which is the next
 * pane's, the sides reach down to it. */
void canvas_lines(struct canvas *c, const struct rect *r, bool lower, bool selected);
/* A frame with a title in its upper edge; `r` becomes what is inside. */
void canvas_frame(struct canvas *c, struct rect *r, const char *title, bool selected);
/* A click within the rectangle executes the command; the innermost, which is the last, wins. */
void canvas_hit(struct canvas *c, const struct rect *r, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *canvas_command_at(const struct canvas *c, int x, int y);

#endif
