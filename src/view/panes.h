/* panes.h - what is shown where: the model drawn on a canvas, for any size from 100x30 cells up. */
#ifndef RS_VIEW_PANES_H
#define RS_VIEW_PANES_H

#include "view/canvas.h"
#include "view/model.h"

enum pane {
	PANE_CODE,
	PANE_REGISTERS,
	PANE_BITS,
	PANE_SELECTORS,
	PANE_SYSCALLS,
	PANE_CARD,
	PANE_TIMELINE,
	PANE_STACK,
	PANE_MEMORY,
	PANE_CONSOLE,
	PANE_PROMPT,
	PANES
};

/* Columns of the code pane's marks, behind its border: a click there sets or clears a breakpoint. */
enum { PANE_CODE_MARKS = 3 };

/* Text that the mouse has marked, as on a terminal: cells of one pane from the first to the last, row by row. */
struct marked {
	bool is_any;
	enum pane pane;
	int x, y, to_x, to_y; /* where the button went down, and where it is */
};

/* What of the view is not of the machine: which pane has the keyboard, scrolling, the line being typed. */
struct view_state {
	enum pane focus;
	int scroll[PANES];    /* lines; of console and prompt counted up from the newest */
	uint64_t selected;    /* the instruction of the code pane that F9 acts on; 0: the current one */
	char input[256];      /* of the prompt */
	unsigned cursor;      /* in it */
	bool help;            /* F1: the keys */
	int help_scroll;      /* lines of them above what is shown */
	int animation;        /* done or failed micro-steps of the card that are shown; -1: all */
	bool vectors, x87;    /* registers shown besides the general ones */
	double timeline_zoom; /* 1: all of it */
	struct marked marked;
};

/* Draws all of it; the canvas' size decides what fits: panes shrink before they are left out, and one that is left out
 * is named in the key line. */
void panes_draw(struct canvas *c, const struct view_model *m, const struct view_state *s);
/* The largest help_scroll at which something of the keys is not shown yet; 0: they fit. */
int panes_help_most(const struct canvas *c);
/* The pane that has a cell, or -1. */
int panes_at(const struct canvas *c, int x, int y);
/* Whether the cell is marked: inside of the pane's frame. */
bool panes_is_marked(const struct canvas *c, const struct marked *m, int x, int y);
/* The n to which a click on the timeline leads. */
bool panes_timeline_n(const struct canvas *c, const struct view_model *m, const struct view_state *s, int x, int y,
		      uint64_t *n);

#endif
