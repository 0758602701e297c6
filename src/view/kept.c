/* kept.c - see kept.h. */
#include "view/kept.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

enum { KEPT_OF_A_MOMENT = 1000 };

static bool is_free(const struct rs_host *host, const char *name)
{
	int fd = host->open(host->arg, name, RS_OPEN_READ);
	if (fd >= 0)
		host->close(host->arg, fd);
	return fd == -ENOENT;
}

bool kept_name(const struct rs_host *host, uint64_t n, const char *suffix, char name[KEPT_NAME], struct rs_error *why)
{
	char count[12] = "";
	for (unsigned i = 1; i <= KEPT_OF_A_MOMENT; i++) {
		if (i > 1)
			snprintf(count, sizeof(count), "-%u", i);
		snprintf(name, KEPT_NAME, "ringstep-n%" PRIu64 "%s%s", n, count, suffix);
		if (is_free(host, name))
			return true;
	}
	return error_set(why, RS_ERROR_IO, "%s: there are %d of this moment already", name, KEPT_OF_A_MOMENT);
}

/* In quotes, in which a ';' ends nothing; a reason has none itself. */
void kept_tell(struct view_engine *e, bool good, const char *name, const struct rs_error *why)
{
	char line[600];
	snprintf(line, sizeof(line), ".echo \"%s%.500s\"", good ? "kept in " : "not kept: ", good ? name : why->text);
	engine_view_command(e, line);
}
