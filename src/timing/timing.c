/* timing.c - the models by name. */
#include "timing/timing.h"

#include <string.h>

const struct timing *timing_info(size_t index)
{
	static const struct timing timings[] = {
		{ "none", "an instruction is a cycle", NULL },
		{ "unit", "each kind of instruction has its cost", &timing_unit },
	};
	return index < sizeof timings / sizeof *timings ? &timings[index] : NULL;
}

const struct timing *timing_find(const char *name)
{
	const struct timing *t;
	for (size_t i = 0; (t = timing_info(i)); i++)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}
