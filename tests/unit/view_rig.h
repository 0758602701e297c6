/* view_rig.h - a struct ui for the view's tests: the command line of `view`, and output that goes nowhere. */
#ifndef TESTS_UNIT_VIEW_RIG_H
#define TESTS_UNIT_VIEW_RIG_H

#include <stdio.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/ui.h"

enum { RIG_WORDS = 24 };

struct rig {
	struct rs_host host;
	struct ui ui;
	char line[1000];
	char *word[RIG_WORDS];
};

static long rig_write(void *arg, int fd, const void *from, size_t bytes)
{
	(void)from;
	return fd <= 2 ? (long)bytes : rs_host_libc()->write(arg, fd, from, bytes);
}

/* As if `ringstep view LINE` had been typed. */
static void rig_open(struct rig *r, const char *line)
{
	struct rs_error why;
	int count = 0;
	memset(r, 0, sizeof(*r));
	r->host = *rs_host_libc();
	r->host.write = rig_write;
	r->ui = (struct ui){ .host = &r->host, .program = "ringstep" };
	r->ui.out = out_fd(&r->host, 1, "output", &why);
	r->ui.err = out_fd(&r->host, 2, "messages", &why);
	snprintf(r->line, sizeof(r->line), "%s", line);
	for (char *at = strtok(r->line, " "); at && count < RIG_WORDS; at = strtok(NULL, " "))
		r->word[count++] = at;
	assert_true(options_parse(&r->ui, command_find("view"), count, r->word));
}

static void rig_close(struct rig *r)
{
	out_abandon(r->ui.out);
	out_abandon(r->ui.err);
}

#endif
