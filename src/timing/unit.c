/* unit.c - the table of unit.def, a cost for each row of insn.def. */
#include "timing/timing.h"

/* A row whose family has no cost does not compile. */
#define FAMILY(name, plain, memory) enum { PLAIN_##name = plain, MEMORY_##name = memory };
#define VERSION(number) enum { UNIT_VERSION = number };
#define EXTRA(name, cycles, about)
#include "timing/unit.def"
#undef FAMILY
#undef VERSION
#undef EXTRA

static const struct insn_cost insn_costs[] = {
#define I(name, pick, arg, reads, writes, undefined, traits, feature, rule, page) { PLAIN_##pick, MEMORY_##pick },
#include "cpu/isa/insn.def"
#undef I
};

const struct costs timing_unit = {
	.version = UNIT_VERSION,
	.insn = insn_costs,
#define FAMILY(name, plain, memory)
#define VERSION(number)
#define EXTRA(name, cycles, about) .name = cycles,
#include "timing/unit.def"
#undef FAMILY
#undef VERSION
#undef EXTRA
};
