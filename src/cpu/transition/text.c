/* text.c - the rows of *.def as what `explain` prints. */
#include "cpu/mutant.h"
#include "cpu/transition/transition.h"

#define ALL true
#define B(behaviour_name) (p->is.behaviour_name)
#define LET(...)
#define DONE_IF(...)

/* Whether a profile has the row. */
#define TRANSITION(name, about)
#define WHO(row, who) \
	static bool who_##row(const struct rs_profile *p) \
	{ \
		(void)p; \
		return who; \
	}
#define CHECK(row, rule, who, text, section, bad, vector, code) WHO(row, who)
#define TRY(row, rule, who, when, text, section, ...) WHO(row, who)
#define DO(row, rule, who, when, text, section, ...) WHO(row, who)
#define LEAVE(row, rule, who, when, text, section, ...) WHO(row, who)
#define END_TRANSITION
#include "cpu/transition/all.def"
#undef TRANSITION
#undef CHECK
#undef TRY
#undef DO
#undef LEAVE
#undef END_TRANSITION

/* How a failed check is told: the vector, and the error code as the manuals write it. */
#define OUTCOME_VEC_UD "#UD"
#define OUTCOME_VEC_GP "#GP"
#define OUTCOME_VEC_NP "#NP"
#define OUTCOME_VEC_SS "#SS"
#define OUTCOME_VEC_TS "#TS"
#define OUTCOME_task_vector "#GP (IRET: #TS) "
#define CODE_NO_CODE ""
#define CODE_0 "(0)"
#define CODE_ext "(EXT)"
#define CODE_idt_code "(vector * 8 + 2 + EXT)"
#define CODE_selector_code(selector) "(" #selector ")"
#define CODE_selector_code_ext(selector, ext) "(" #selector " + EXT)"
#define OUTCOME(vector, code) OUTCOME_##vector CODE_##code
#define TRANSITION(name, about) static const struct transition_row rows_##name[] = {
#define CHECK(row, rule, who, text, section, bad, vector, code) \
	{ #row, RULE_##rule, text, section, OUTCOME(vector, code), who_##row, ROW_##row },
#define TRY(row, rule, who, when, text, section, ...) { #row, RULE_##rule, text, section, NULL, who_##row, ROW_##row },
#define DO(row, rule, who, when, text, section, ...) { #row, RULE_##rule, text, section, NULL, who_##row, ROW_##row },
#define LEAVE(row, rule, who, when, text, section, ...) \
	{ #row, RULE_##rule, text, section, NULL, who_##row, ROW_##row },
#define END_TRANSITION \
	} \
	;
#include "cpu/transition/all.def"
#undef TRANSITION
#undef CHECK
#undef TRY
#undef DO
#undef LEAVE
#undef END_TRANSITION

#define CHECK(...)
#define TRY(...)
#define DO(...)
#define LEAVE(...)
#define END_TRANSITION
const struct transition_text transition_texts[] = {
#define TRANSITION(name, about) { #name, about, rows_##name, sizeof rows_##name / sizeof *rows_##name },
#include "cpu/transition/all.def"
#undef TRANSITION
};
const size_t transition_text_count = sizeof transition_texts / sizeof *transition_texts;

/* ---- names of mutants ---- */

#undef CHECK
#undef TRY
#undef DO
#undef LEAVE

static const char *const mutant_names[MUTANT_COUNT] = {
#define TRANSITION(name, about)
#define CHECK(row, ...) [MUTANT_ROW_##row] = "row " #row,
#define TRY(row, ...) [MUTANT_ROW_##row] = "row " #row,
#define DO(row, ...) [MUTANT_ROW_##row] = "row " #row,
#define LEAVE(row, ...) [MUTANT_ROW_##row] = "row " #row,
#include "cpu/transition/all.def"
#define BEHAVIOUR(name, zero, one, rules) [MUTANT_BEHAVIOUR_##name] = "behaviour " #name,
#include "cpu/behaviours.def"
#define MSR(name, ...) [MUTANT_MSR_##name] = "msr " #name,
#include "msr/msr.def"
};

const char *mutant_name(unsigned id)
{
	return id < MUTANT_COUNT ? mutant_names[id] : NULL;
}
