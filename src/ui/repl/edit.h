/* edit.h - editing, history and completion of lines on a terminal, by libedit. */
#ifndef RS_UI_REPL_EDIT_H
#define RS_UI_REPL_EDIT_H

#include "ui/repl/repl.h"

struct editor;

enum edit_result { EDIT_LINE, EDIT_END, EDIT_LONG, EDIT_INTERRUPTED };

/* Takes libedit, if the program was built with it and this host has it; NULL: plain lines will do. */
struct editor *edit_open(struct prompt *p);
void edit_close(struct editor *e);
/* Asks for a line of at most `size` - 1 characters. */
enum edit_result edit_read(struct editor *e, char *line, size_t size);

#endif
