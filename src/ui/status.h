/* status.h - how a run ended, in words and as JSON. */
#ifndef RS_UI_STATUS_H
#define RS_UI_STATUS_H

#include "ui/ui.h"

/* "exit code 0 after 1203 instructions (intel-skylake)"; with a cycle model "... instructions and 3911 cycles (...)".
 * `limit` says which limit or break ended the run, or NULL. */
const char *status_text(const struct rs_status *status, const struct ui *ui, const char *limit, char *text,
			size_t size);
/* The same with other words in the parentheses. */
const char *status_text_of(const struct rs_status *status, const struct ui *ui, const char *who, const char *limit,
			   char *text, size_t size);

/* Which of --max-insns and --max-cycles is reached; NULL: neither. */
const char *status_limit(const struct rs_status *status, const struct options *o);

/* "#GP", "#PF" or "vector 40h". */
const char *status_vector(uint8_t vector, char *text, size_t size);

/* What --status-json tells. */
struct status_report {
	const struct rs_status *status; /* NULL: the guest did not run; `error` says why */
	const char *image, *limit, *error;
	int exit_code; /* ringstep's */
};

/* One line of JSON to the file, or to standard output for "-". False: ringstep has told the user. */
bool status_write_json(struct ui *ui, const char *path, const struct status_report *report);

#endif
