/* find_file.h - files that a trace or a state file names, found again by their hash. */
#ifndef RS_UI_FIND_FILE_H
#define RS_UI_FIND_FILE_H

#include "ui/ui.h"

struct file_search {
	struct ui *ui;
	const char *images; /* the folder to look in first; NULL: none */
	const char *beside; /* the path of what names it, whose folder is the next */
	const char *what;   /* "the trace": what that is */
};

/* The file that `f` tells of, from there, from the current folder, or from the guests that came with the program; the
 * caller releases its bytes. What is there counts by its hash alone. */
bool file_find(const struct file_search *s, const struct rs_origin_file *f, struct rs_file *file, struct rs_error *why);
/* The same, at that path only. */
bool file_is(const struct file_search *s, const struct rs_origin_file *f, const char *path, struct rs_file *file,
	     struct rs_error *why);

#endif
