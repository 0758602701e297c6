/* input_line.h - the prompt's line while it is typed: editing, history, completion. */
#ifndef RS_VIEW_INPUT_LINE_H
#define RS_VIEW_INPUT_LINE_H

#include "view/control.h"

/* What does not fit is not taken; characters that are no text neither. */
void line_insert(struct control *c, const char *text);
/* Lines behind each other with "; " between them, without those that are empty or a comment; as many as fit whole. */
void line_insert_lines(struct control *c, const char *text);
void line_left(struct control *c);
void line_right(struct control *c);
void line_backspace(struct control *c);
void line_delete(struct control *c);
/* Deletes [from, to) of the line; the cursor is at `from` then. */
void line_cut(struct control *c, unsigned from, unsigned to);
/* The beginning of the word before the cursor. */
unsigned line_word(const struct control *c);
/* -1: the line typed before; 1: behind. */
void line_recall(struct control *c, int direction);
/* The word before the cursor: what all that fit share, then each of them. */
void line_complete(struct control *c);
/* The line as it was typed, which joins the history; an empty one stands. */
void line_take(struct control *c, char *line, size_t size);

#endif
