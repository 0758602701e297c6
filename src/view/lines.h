/* lines.h - text that comes in pieces, kept as its newest lines. */
#ifndef RS_VIEW_LINES_H
#define RS_VIEW_LINES_H

#include "host/host.h"
#include "view/model.h"

struct line_keeper {
	char (*line)[VIEW_TEXT]; /* a ring of `room` */
	unsigned room, first, count;
	unsigned used; /* bytes of the last line */
	bool open;     /* the last line goes on */
	uint64_t version;
};

bool lines_open(struct line_keeper *k, const struct rs_host *host, unsigned room);
void lines_close(struct line_keeper *k, const struct rs_host *host);
/* A line that is longer than VIEW_TEXT goes on in the next, at a whole character; tabs become blanks, bytes of 0 fill
 * time, as on a terminal. */
void lines_put(struct line_keeper *k, const char *bytes, size_t size);
/* Into `to`, which has room for as many, and may have them already. */
void lines_copy(const struct line_keeper *k, struct view_lines *to);

#endif
