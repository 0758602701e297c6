/* engine.h - the machine and its prompt in a thread of their own; whoever shows them reads copies. */
#ifndef RS_VIEW_ENGINE_H
#define RS_VIEW_ENGINE_H

#include "ui/ui.h"
#include "view/model.h"

struct view_engine;

/* Loads what the command line says and stands at the entry (or at --at N). NULL: the user has been told, *exit_code. */
struct view_engine *engine_view_open(struct ui *ui, int *exit_code);
/* Ends a run, the thread, and all; the exit code as `step` gives it. */
int engine_view_close(struct view_engine *e);

/* A line of the prompt; executed in order, echoed in the log. While a run goes on, lines wait. */
void engine_view_command(struct view_engine *e, const char *line);
/* Ends the run of the moment at an instruction boundary, as Ctrl-C does at the prompt. */
void engine_view_interrupt(struct view_engine *e);
/* Bytes typed into the guest's console (COM1). */
void engine_view_type(struct view_engine *e, const char *bytes, size_t size);
/* What is looked at besides the state. Memory or walk that is the same as the last time stays where a command of the
 * prompt has moved it since. */
void engine_view_look_at(struct view_engine *e, const struct view_place *place);

/* The newest copy; valid until the next call. *fresh: it is another one than at the last call. At most 60 a second are
 * made while the guest runs. */
const struct view_model *engine_view_model(struct view_engine *e, bool *fresh);
/* Called by the engine's thread when there is a new copy (an SDL event is pushed, say). */
void engine_view_on_fresh(struct view_engine *e, void (*told)(void *arg), void *arg);
/* Waits until all lines have been executed: for pictures and tests. */
void engine_view_settle(struct view_engine *e);
/* Words that the line could go on with, as on a terminal. */
size_t engine_view_complete(struct view_engine *e, const char *line, char words[][64], size_t room);

#endif
