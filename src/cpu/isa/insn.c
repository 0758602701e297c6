/* insn.c - insn.def as a table. */
#include "cpu/isa/insn.h"

#include "cpu/isa/lanes.h"
#include "cpu/isa/op_common.h"
#include "fp/fp.h"
#include "cpu/isa/xstate.h"

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
};

const struct insn_row insn_rows[INSN_COUNT] = {
#define I(name, pick, arg, reads, writes, undefined, traits, feature, rule, page) \
	{ #name, pick_##pick, arg, reads, writes, undefined, traits, RULE_##rule, FEATURE_##feature, page },
#include "cpu/isa/insn.def"
#undef I
};

int insn_feature(const struct insn_row *row, enum unit unit)
{
	static const int16_t by_unit[FORMS_COUNT][UNITS] = {
#define FORMS(name, mmx, sse, vex128, vex256) \
	{ FEATURE_NEVER, FEATURE_NEVER, FEATURE_##mmx, FEATURE_##sse, FEATURE_##vex128, FEATURE_##vex256 },
#include "cpu/isa/forms.def"
#undef FORMS
	};
	return row->feature < (int)FEATURE_COUNT ? row->feature : by_unit[row->feature - (int)FEATURE_COUNT][unit];
}

const char *insn_feature_text(const struct insn_row *row)
{
	static const char *const texts[FORMS_COUNT] = {
#define FORMS(name, mmx, sse, vex128, vex256) \
	"by form: MMX " #mmx ", SSE " #sse ", VEX.128 " #vex128 ", VEX.256 " #vex256,
#include "cpu/isa/forms.def"
#undef FORMS
	};
	if (row->feature >= (int)FEATURE_COUNT)
		return texts[row->feature - (int)FEATURE_COUNT];
	return row->feature < 0 ? NULL : feature_texts[row->feature].name;
}
