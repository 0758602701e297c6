/* control.h - keys, clicks and typing, whoever receives them: the window and the terminal say what came, and draw what
 * follows. */
#ifndef RS_VIEW_CONTROL_H
#define RS_VIEW_CONTROL_H

#include "view/engine.h"
#include "view/panes.h"

/* One row of the table that F1 shows and docs/view.md lists. */
struct key_row {
	const char *key, *also; /* "F5", "g"; `also`: with the keyboard not in a text line */
	const char *command;    /* of the prompt, echoed there; NULL: the view's own doing */
	const char *about;
};

const struct key_row *key_info(unsigned index); /* NULL past the last */

struct control {
	struct view_engine *engine;
	struct view_state state;
	struct view_place place;
	char history[64][256]; /* lines typed before */
	unsigned history_count, history_at;
	int zoom;     /* steps; 0: as the painter has it */
	bool quit, redraw;
	char copied[8192]; /* what Ctrl-C has taken; the painter gives it to the clipboard */
	bool has_copied, shot; /* `shot`: the screenshot key was pressed */
};

void control_init(struct control *c, struct view_engine *engine);
/* "F5", "Shift-F11", "Ctrl-C", "Tab", "Up", "Enter", "Backspace" ...: names as in the table. False: it means nothing. */
bool control_key(struct control *c, const char *key);
/* Characters typed (UTF-8). */
void control_text(struct control *c, const char *text);
/* A button pressed on a cell of the canvas that was drawn last; `double_click` sets a breakpoint on an instruction. */
void control_click(struct control *c, const struct canvas *canvas, int x, int y, int button, bool double_click);
void control_wheel(struct control *c, const struct canvas *canvas, int x, int y, int lines);
/* The newest model on the canvas; false: nothing is new since the last time. */
bool control_draw(struct control *c, struct canvas *canvas, bool always);

#endif
