/* cmd_view.c - `view`: hands over to the program ringstep-view, so that this one needs neither SDL nor libpng. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/ui.h"

#define VIEW_PROGRAM "ringstep-view"

/* Replaces this process, or returns because there is no such program. */
static void try_beside(const char *self, size_t length, char **words)
{
	char path[4096 + sizeof(VIEW_PROGRAM)];
	while (length && self[length - 1] != '/')
		length--;
	if (!length || length > 4096)
		return;
	snprintf(path, sizeof(path), "%.*s" VIEW_PROGRAM, (int)length, self);
	execv(path, words);
}

int cmd_view(struct ui *ui)
{
	char self[4096], name[] = VIEW_PROGRAM;
	char **words = ui->words;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self));
	words[0] = name;
	if (length > 0)
		try_beside(self, (size_t)length, words);
	try_beside(ui->program, strlen(ui->program), words);
	execv(RS_LIBEXEC_DIR "/" VIEW_PROGRAM, words);
	execvp(VIEW_PROGRAM, words);
	return ui_fail(ui, EXIT_USAGE,
		       "view: the program " VIEW_PROGRAM " is neither beside ringstep nor in " RS_LIBEXEC_DIR
		       " nor in PATH: build it (meson -Dview=enabled; Debian: libsdl2-dev libpng-dev "
		       "console-setup-linux, and libsdl2-ttf-dev if you like), or use `ringstep step` (with --tui for "
		       "panes in the terminal)");
}
