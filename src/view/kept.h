/* kept.h - the file that F12 makes: its name, and what is said of it. */
#ifndef RS_VIEW_KEPT_H
#define RS_VIEW_KEPT_H

#include "host/host.h"
#include "view/engine.h"

enum { KEPT_NAME = 64 };

/* "ringstep-n1204.png", or "ringstep-n1204-2.png" and so on when there is a file of that name already. False: all of
 * them are taken, and *why says so. */
bool kept_name(const struct rs_host *host, uint64_t n, const char *suffix, char name[KEPT_NAME], struct rs_error *why);
/* Says in the prompt's pane where it went, or why it did not. */
void kept_tell(struct view_engine *e, bool good, const char *name, const struct rs_error *why);

#endif
