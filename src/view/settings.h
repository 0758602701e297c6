/* settings.h - what the window and the terminal's panes remember in $XDG_CONFIG_HOME/ringstep/view.conf: how things
 * look, nothing that a guest or a result could notice. Lines "name value"; '#' begins a comment. */
#ifndef RS_VIEW_SETTINGS_H
#define RS_VIEW_SETTINGS_H

#include "ui/ui.h"
#include "view/control.h"

struct settings {
	char theme[16];
	char font[512]; /* "smooth", "bitmap", or the path of a TrueType font of fixed width */
	unsigned width, height;
	int zoom; /* steps from what suits the window's size */
	bool vectors, x87;
};

/* Defaults, then the user's file. A line that means nothing is told on standard error with its number, and skipped. */
void settings_read(struct settings *s, struct ui *ui);
/* What the window and the terminal have in common. A `theme` of the command line is for once; NULL: none was given. */
void settings_use(const struct settings *s, const char *theme, struct control *c);
void settings_learn(struct settings *s, const char *theme, const struct control *c);
/* The size of a window; false: it is not remembered, since a window does not begin with one like it. */
bool settings_size(struct settings *s, unsigned width, unsigned height);
/* What has changed since is written into the file, where all else stays as the user wrote it; what cannot be written is
 * told, and no error. */
void settings_write(const struct settings *s, const struct settings *before, struct ui *ui);

#endif
