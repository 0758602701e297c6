/* tui.h - `ringstep step --tui`: the panes in a terminal. */
#ifndef RS_VIEW_TUI_H
#define RS_VIEW_TUI_H

#include "ui/ui.h"

/* A command_fn: the session from its beginning to its end; the exit code as `step` gives it. */
int tui_run(struct ui *ui);

#endif
