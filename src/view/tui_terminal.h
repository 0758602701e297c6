/* tui_terminal.h - the terminal while the panes have it: raw, its other screen, the mouse, and what the system says by
 * signals. */
#ifndef RS_VIEW_TUI_TERMINAL_H
#define RS_VIEW_TUI_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

#include "host/host.h"

struct terminal {
	struct out *out;
	struct termios before; /* as it was found */
	bool open;             /* it is the panes' now */
	int signals;           /* a file that tells of signals; -1: none */
};

/* Signals wait from now on, in the threads made later as well: before the engine is opened. */
bool terminal_hold_signals(struct terminal *t);
void terminal_release_signals(struct terminal *t);
/* A signal that has come, or 0. */
int terminal_signal(struct terminal *t);
/* False: it is no terminal that can be set. */
bool terminal_open(struct terminal *t);
void terminal_close(struct terminal *t);
/* Gives the terminal to the shell until the program is told to go on; false: there is none that could tell it. */
bool terminal_suspend(struct terminal *t);
void terminal_size(int *width, int *height);
/* To the clipboard of whoever sits at the terminal's other end, if he lets it. */
void terminal_copy(struct terminal *t, const char *text);

#endif
