/* control.h - keys, clicks and typing, whoever receives them: the window and the terminal say what came, and draw what
 * follows. */
#ifndef RS_VIEW_CONTROL_H
#define RS_VIEW_CONTROL_H

#include "view/engine.h"
#include "view/panes.h"

/* One row of the table that F1 shows and docs/view.md lists. */
struct key_row {
	const char *key, *also; /* "F5", "g": names separated by blanks; `also`: with the keyboard not in a text line */
	const char *command;    /* of the prompt, echoed there; NULL: the view's own doing */
	const char *about;
};

const struct key_row *key_info(unsigned index); /* NULL past the last */

/* A pane may be the whole canvas: four bytes of UTF-8 a cell, and the ends of lines. */
enum { CONTROL_HISTORY = 64, CONTROL_TICK_MS = 350, CONTROL_COPIED = (CANVAS_WIDEST * 4 + 1) * CANVAS_HIGHEST + 1 };

struct control {
	struct view_engine *engine;
	struct view_state state;
	struct view_place place;
	const struct view_model *model;     /* that was drawn last; NULL: none yet */
	const struct canvas *canvas;        /* on which it was; the painter keeps it until it draws again */
	char history[CONTROL_HISTORY][256]; /* lines typed before, the newest last */
	unsigned history_count, history_at;
	char unsent[256];            /* the line that was being typed when history was asked for */
	unsigned tab_stem, tab_next; /* the cursor at the first Tab of several; the word that the next one takes */
	unsigned tab_end;            /* behind the word that the last one took */
	uint64_t n;                  /* of the model; when it changes, the code pane goes along */
	int zoom;                    /* steps; 0: as the painter has it */
	unsigned theme;              /* of theme_info */
	bool quit, redraw;
	char copied[CONTROL_COPIED]; /* what Ctrl-C has taken; the painter gives it to the clipboard */
	bool has_copied, shot;       /* `shot`: the screenshot key was pressed. The painter clears both */
};

void control_init(struct control *c, struct view_engine *engine);
/* "F5", "Shift-F11", "Ctrl-C", "Tab", "Up", "Enter", "Backspace" ...: names as in keys.def; modifiers in the order
 * Ctrl-Alt-Shift-. A letter without Ctrl or Alt comes by control_text. False: it means nothing. */
bool control_key(struct control *c, const char *key);
/* Characters typed (UTF-8). */
void control_text(struct control *c, const char *text);
/* What was pasted: bytes for the guest while the console has the keyboard, else text for the prompt's line, where each
 * line's end is a ';' and comments are left out. Nothing is executed. */
void control_paste(struct control *c, const char *text);
/* A button pressed on a cell of the canvas that was drawn last: the pane gets the keyboard, and the cell's command is
 * executed. In the code pane a click among the marks sets or clears a breakpoint; behind them it selects the
 * instruction whose address its command ends with, and `double_click` does what a click among the marks does. */
void control_click(struct control *c, const struct canvas *canvas, int x, int y, int button, bool double_click);
/* The button is held down since (x, y), and now elsewhere: text between is marked, of the pane where it began. When it
 * is let go the text is copied; it stays marked, for Ctrl-C, until another key or a click. */
void control_drag(struct control *c, const struct canvas *canvas, int x, int y, int to_x, int to_y);
void control_drop(struct control *c);
/* Scrolls the pane there; lines > 0: up, to what is earlier. */
void control_wheel(struct control *c, const struct canvas *canvas, int x, int y, int lines);
/* The newest model on the canvas; false: nothing is new since the last time, or there is none yet. */
bool control_draw(struct control *c, struct canvas *canvas, bool always);
/* While state.animation >= 0: its next micro-step, CONTROL_TICK_MS after the last one. */
void control_tick(struct control *c);

#endif
