/* console.h - the guest's console on its way to a person. */
#ifndef RS_UI_CONSOLE_H
#define RS_UI_CONSOLE_H

#include "ui/ui.h"

struct console {
	struct out *out;
	bool inert;         /* control characters become visible: a guest must not steer the reader's terminal */
	bool prompt;        /* show each line when it ends */
	const char *prefix; /* of each line, so that a guest cannot write lines that look like ringstep's */
	bool silent;
	bool line_open;
};

/* For rs_config.console, with a struct console as its argument. Both ports go to one place. */
void console_put(void *arg, enum rs_port port, uint8_t byte);
/* Ends a line that the guest left open. */
void console_end_line(struct console *c);

#endif
