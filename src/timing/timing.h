/* timing.h - the cycle models. Each is a table of costs; none of them is code that a guest runs through. */
#ifndef RS_TIMING_TIMING_H
#define RS_TIMING_TIMING_H

#include <stdbool.h>
#include <stddef.h>

#include "cpu/costs.h"

/* One model a call; the first is "none", without costs. NULL past the last. */
struct timing {
	const char *name, *about;
	const struct costs *costs; /* NULL: an instruction is a cycle */
};
const struct timing *timing_info(size_t index);
/* NULL: there is none of that name. */
const struct timing *timing_find(const char *name);

extern const struct costs timing_unit;

#endif
