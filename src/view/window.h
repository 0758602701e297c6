/* window.h - the SDL window, the pictures, and what they share. */
#ifndef RS_VIEW_WINDOW_H
#define RS_VIEW_WINDOW_H

#include "ui/ui.h"
#include "view/control.h"
#include "view/font.h"
#include "view/pixels.h"
#include "view/settings.h"

struct SDL_Window;

/* Shows the machine until the window is closed; the exit code. */
int window_run(struct ui *ui);
/* --shot and --record: pictures without a display; the exit code. */
int pictures_make(struct ui *ui);

/* The command line's -x and -c. */
struct commands {
	const char *file, *list;
};

/* Takes them away from the command line. */
struct commands commands_taken(struct ui *ui);
/* A command at a time: `each` is called with every one and may end it by false. */
bool script_each(struct ui *ui, const struct commands *c, bool (*each)(void *arg, const char *command), void *arg);

/* "Ctrl-Shift-F11", "Enter", as keys.def spells it; false: a key that types, or none that has a name. */
bool window_key_name(int symbol, unsigned modifiers, char *name, size_t size);

/* A display for windows, whose end ends the program with a word and EXIT_USAGE; false: SDL says why there is none. */
bool window_display_open(void);

/* What pixels_paint has changed last, or all of it; false: SDL says why. */
bool window_show(struct SDL_Window *window, const struct pixels *p, bool all);

/* A TrueType font by SDL_ttf, for each zoom; NULL: there is none, and *why says so. */
struct smooth;
struct smooth *smooth_open(const struct rs_host *host, const char *path, struct rs_error *why);
void smooth_close(struct smooth *s);
/* False: that size cannot be had. */
bool smooth_font(struct smooth *s, unsigned zoom, struct font *f);

#endif
