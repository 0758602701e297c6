/* view_opened.h - an engine for the view's tests, and what is asked of it. */
#ifndef TESTS_UNIT_VIEW_OPENED_H
#define TESTS_UNIT_VIEW_OPENED_H

#include <stdlib.h>

#include "view/engine_parts.h"
#include "view_rig.h"

struct opened {
	struct rig rig;
	struct view_engine *e;
};

/* The rig's host must stay where it is. */
static struct opened *open_engine(const char *guest, const char *more)
{
	struct opened *o = calloc(1, sizeof(*o));
	char line[600];
	int code = -1;
	assert_non_null(o);
	snprintf(line, sizeof(line), "%s %s", guest, more);
	rig_open(&o->rig, line);
	o->e = engine_view_open(&o->rig.ui, &code);
	assert_non_null(o->e);
	engine_view_settle(o->e);
	return o;
}

static int close_engine(struct opened *o)
{
	int code = engine_view_close(o->e);
	rig_close(&o->rig);
	free(o);
	return code;
}

static void command(struct opened *o, const char *line)
{
	engine_view_command(o->e, line);
	engine_view_settle(o->e);
}

static const struct view_model *model(struct opened *o)
{
	bool fresh;
	return engine_view_model(o->e, &fresh);
}

/* A kernel and a program that makes 22 system calls. */
#define SYSCALL64 GUESTS "/syscall64.elf --user " GUESTS "/syscall64-user.elf"

static inline const char *guest(const char *name)
{
	static char path[500];
	snprintf(path, sizeof(path), "%s%s", GUESTS "/", name);
	return path;
}

static int cpl_at(const struct view_timeline *t, uint64_t n)
{
	for (unsigned i = 0; i < t->span_count; i++)
		if (t->span[i].from <= n && n < t->span[i].to)
			return t->span[i].cpl;
	return -1;
}

#endif
