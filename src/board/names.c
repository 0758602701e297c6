/* names.c - what goes by which name: changes of privilege, exceptions, instructions, and where a rule is at work. */
#include <string.h>

#include "board/machine.h"
#include "cpu/isa/insn.h"
#include "cpu/transition/transition.h"
#include "msr/msr.h"

/* ---- changes of privilege ---- */

struct part {
	enum transition_index transition;
	const char *when;
};

enum { PARTS = 8 };

struct name_row {
	struct rs_name name;
	struct part part[PARTS];
};

static const struct name_row name_rows[] = {
#define PART(transition, when)                                                                                         \
	{                                                                                                              \
		TRANSITION_##transition, when                                                                          \
	}
#define NAME(name, words, mnemonic, about, ...) { { name, words, #mnemonic, about }, { __VA_ARGS__ } },
#include "cpu/transition/names.def"
#undef PART
#undef NAME
};

const struct rs_name *rs_name_info(size_t name)
{
	return name < sizeof name_rows / sizeof *name_rows ? &name_rows[name].name : NULL;
}

int rs_name_part(size_t name, size_t part, const char **when)
{
	const struct part *p = &name_rows[name].part[part];
	if (part >= PARTS || !p->when)
		return -1;
	*when = p->when;
	return (int)p->transition;
}

/* ---- exceptions ---- */

const struct rs_exception *rs_exception_info(size_t index)
{
	static const struct rs_exception exceptions[] = {
#define EXCEPTION(vector, name, kind, code, about) { vector, name, kind, code, about },
#include "cpu/exceptions.def"
#undef EXCEPTION
	};
	return index < sizeof exceptions / sizeof *exceptions ? &exceptions[index] : NULL;
}

/* ---- instructions ---- */

bool rs_instruction_info(size_t index, struct rs_instruction *out)
{
	if (index >= INSN_COUNT)
		return false;
	const struct insn_row *row = &insn_rows[index];
	*out = (struct rs_instruction){ row->name, row->rule, insn_feature_text(row), row->page };
	return true;
}

bool rs_cpu_has_instruction(const char *cpu, size_t index)
{
	const struct rs_profile *p = profile_find(cpu);
	if (!p || index >= INSN_COUNT)
		return false;
	bool has = false;
	for (enum unit unit = UNIT_NONE; unit < UNITS; unit++) {
		int feature = insn_feature(&insn_rows[index], unit);
		has |= feature == FEATURE_NONE || (feature >= 0 && profile_shows(p, (enum feature)feature));
	}
	return has;
}

/* ---- registers ---- */

bool rs_msr_info(uint32_t address, const char **name, uint16_t *rule)
{
	for (size_t i = 0; i < MSR_COUNT; i++)
		if (msr_rows[i].address == address) {
			*name = msr_rows[i].name;
			*rule = msr_rows[i].rule;
			return true;
		}
	return false;
}

/* ---- rules at work ---- */

/* A row of whichever table it is. */
struct use_row {
	const struct transition_row *step;
	size_t transition, insn;
	const struct msr_row *msr;
};

static bool find_step(size_t rule, size_t *index, struct use_row *row)
{
	for (size_t t = 0; t < transition_text_count; t++)
		for (size_t i = 0; i < transition_texts[t].count; i++)
			if (transition_texts[t].row[i].rule == rule && (*index)-- == 0) {
				row->step = &transition_texts[t].row[i];
				row->transition = t;
				return true;
			}
	return false;
}

static bool find_use(size_t rule, size_t index, struct use_row *row)
{
	*row = (struct use_row){ .step = NULL };
	if (!rule || find_step(rule, &index, row))
		return rule;
	for (row->insn = 0; row->insn < INSN_COUNT; row->insn++)
		if (insn_rows[row->insn].rule == rule && index-- == 0)
			return true;
	for (size_t i = 0; i < MSR_COUNT; i++)
		if (msr_rows[i].rule == rule && index-- == 0) {
			row->msr = &msr_rows[i];
			return true;
		}
	return false;
}

bool rs_rule_use(size_t rule, size_t index, struct rs_use *use)
{
	struct use_row row;
	if (!find_use(rule, index, &row))
		return false;
	if (row.step)
		*use = (struct rs_use){ RS_USE_STEP, transition_texts[row.transition].name, row.step->text,
					row.step->section };
	else if (row.msr)
		*use = (struct rs_use){ RS_USE_MSR, row.msr->name, "RDMSR, WRMSR", row.msr->section };
	else
		*use = (struct rs_use){ RS_USE_INSTRUCTION, insn_rows[row.insn].name, "", insn_rows[row.insn].page };
	return true;
}

bool rs_rule_use_on(size_t rule, size_t index, const char *cpu)
{
	const struct rs_profile *p = profile_find(cpu);
	struct use_row row;
	if (!p || !find_use(rule, index, &row))
		return false;
	if (row.step)
		return row.step->who(p);
	return row.msr ? msr_exists(p, row.msr) : rs_cpu_has_instruction(cpu, row.insn);
}
