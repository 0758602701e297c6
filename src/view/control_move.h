/* control_move.h - moving about in panes: scrolling, selecting, along the timeline; copying what one shows. */
#ifndef RS_VIEW_CONTROL_MOVE_H
#define RS_VIEW_CONTROL_MOVE_H

#include "view/control.h"

/* The code pane shows the place where the machine stands again, and goes along with it. */
void move_follow(struct control *c);
/* The selected instruction, or the current one; NULL when neither is shown. */
const struct view_code *move_selected(const struct control *c);
/* What the pane with the keyboard shows first: of memory and stack. */
uint64_t move_address(const struct control *c);
/* lines > 0: down, to what is later. */
void move_lines(struct control *c, enum pane pane, int lines);
/* The same of the keys that F1 shows. */
void move_help(struct control *c, int lines);
/* Lines that the pane with the keyboard shows (or those keys), less one. */
int move_page(const struct control *c);
void move_to_start(struct control *c);
void move_to_end(struct control *c);
/* Where on the timeline; false: there is none. */
bool move_ring_before(const struct control *c, uint64_t *n);
bool move_mark_before(const struct control *c, uint64_t *n);
bool move_mark_behind(const struct control *c, uint64_t *n);
/* The text that is marked, else of the pane with the keyboard, as it is on the canvas, without frames. */
void move_copy(struct control *c);
void move_unmark(struct control *c);

#endif
