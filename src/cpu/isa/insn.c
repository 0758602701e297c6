/* insn.c - insn.def as a table. */
#include "cpu/isa/insn.h"

#include "cpu/isa/op_common.h"

/* Letters of the flag columns. */
#define O FLAG_OF
#define S FLAG_SF
#define Z FLAG_ZF
#define A FLAG_AF
#define P FLAG_PF
#define C FLAG_CF
enum {
	AP = A | P, SAP = S | AP, OC = O | C,
	AC = A | C, CZ = C | Z, SO = S | O, OA = O | A, OAC = O | A | C, SZO = S | Z | O, SZP = S | Z | P,
	OSZP = O | SZP, SZAP = SZP | A, SZAPC = SZAP | C, OSZAP = O | SZAP, OSAP = O | S | A | P, OSAPC = OSAP | C,
	OSZAPC = FLAGS_ARITHMETIC,
	FEATURE_NONE = -1,
};

const struct insn_row insn_rows[INSN_COUNT] = {
#define I(name, pick, arg, reads, writes, undefined, traits, feature, rule, page) \
	{ #name, pick_##pick, arg, reads, writes, undefined, traits, RULE_##rule, FEATURE_##feature, page },
#include "cpu/isa/insn.def"
#undef I
};
