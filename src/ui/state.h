/* state.h - machines that come from a state file, and go into one: the part of a session that is about them. */
#ifndef RS_UI_STATE_H
#define RS_UI_STATE_H

#include "ui/ui.h"

/* The file of the operand, which may be an image or a state file; the caller releases its bytes. */
bool state_read(struct ui *ui, const char *path, struct rs_file *file, struct rs_error *why);
/* Whether it is a state file, or has to be one. */
bool state_is(const struct ui *ui, const struct rs_file *file);
/* The session's machine, files and options from the state file that was read as its image; what else the command line
 * says must agree with it. */
bool state_open(struct session *s, const struct rs_config *config, struct rs_error *why);
/* The machine as it stands, into a file. */
bool state_save(struct session *s, const char *path, struct rs_error *why);
/* What is in a state file: `info`. */
bool state_tell(struct ui *ui, const struct rs_file *file, struct rs_error *why);

/* How far a run goes before --snapshot-at wants it to be looked at: no farther than `limit`. */
uint64_t state_first_limit(const struct options *o, uint64_t limit);
/* Behind a run up to there: writes the file of --snapshot-at. False when that failed, and the user has been told. */
bool state_snapshot(struct session *s);

#endif
