/* interrupt.h - Ctrl-C during a run. It ends the run at a boundary between instructions, and nothing else: what the
 * guest has done until there is what it does in every run. */
#ifndef RS_UI_REPL_INTERRUPT_H
#define RS_UI_REPL_INTERRUPT_H

#include <stdbool.h>

/* From now on Ctrl-C waits until it is asked for and does not end the program; interrupt_close gives it back. */
void interrupt_open(void);
void interrupt_close(void);
/* Whether it has come since it was last asked for. A call of the system: not for every instruction. */
bool interrupt_came(void);
/* Waits for standard input; false when Ctrl-C comes first. */
bool interrupt_wait_for_input(void);

#endif
