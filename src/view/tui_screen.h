/* tui_screen.h - cells to a terminal: of each picture only what differs from the one before it. */
#ifndef RS_VIEW_TUI_SCREEN_H
#define RS_VIEW_TUI_SCREEN_H

#include "host/host.h"
#include "view/canvas.h"
#include "view/theme.h"

enum tui_colours { COLOURS_NONE, COLOURS_16, COLOURS_256, COLOURS_ALL };

struct screen {
	struct out *out;
	enum tui_colours colours;
	bool utf8; /* else frames and signs of ASCII */
	const struct theme *theme;
	const struct theme *drawn; /* with which `shown` was drawn; NULL: nothing is known of the terminal */
	struct cell *shown;        /* CANVAS_WIDEST * CANVAS_HIGHEST; host memory of the owner */
	int width, height;
	int x, y;  /* where the terminal's cursor is; x < 0: nobody knows */
	int style; /* in which it writes; -1: nobody knows */
};

/* By the environment's words, any of which may be NULL. */
enum tui_colours screen_colours(const char *term, const char *colorterm, const char *no_color);
bool screen_is_utf8(const char *lc_all, const char *lc_ctype, const char *lang);
/* The next picture is drawn whole. */
void screen_forget(struct screen *s);
/* In UTF-8. */
void screen_put_character(struct out *o, uint32_t c);
void screen_draw(struct screen *s, const struct canvas *canvas);

#endif
