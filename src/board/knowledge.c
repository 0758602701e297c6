/* knowledge.c - what the emulator knows, as the public calls tell it: rules, transitions, formats, cycle models, and
 * what is missing. */
#include <stdio.h>
#include <strings.h>

#include "board/machine.h"
#include "cpu/transition/transition.h"
#include "timing/timing.h"

/* ---- rules ---- */

static const struct rs_rule rules[] = {
	{ "-", "no rule of the ledger", "", "", "", RS_RULE_HELD },
#define RULE(area, number, state, applies, fault, source, text) \
	{ #area "-" #number, text, applies, fault, source, RS_RULE_##state },
#include "cpu/rules.def"
#undef RULE
};

size_t rs_rule_count(void)
{
	return RULE_COUNT;
}

const struct rs_rule *rs_rule_info(size_t rule)
{
	return rule < RULE_COUNT ? &rules[rule] : NULL;
}

int rs_rule_find(const char *id)
{
	for (int i = 1; i < RULE_COUNT; i++)
		if (strcasecmp(rules[i].id, id) == 0)
			return i;
	return -1;
}

/* ---- transitions ---- */

size_t rs_transition_count(void)
{
	return transition_text_count;
}

const char *rs_transition_name(size_t transition)
{
	return transition < transition_text_count ? transition_texts[transition].name : NULL;
}

const char *rs_transition_about(size_t transition)
{
	return transition < transition_text_count ? transition_texts[transition].about : NULL;
}

int rs_transition_find(const char *name)
{
	for (size_t i = 0; i < transition_text_count; i++)
		if (strcasecmp(transition_texts[i].name, name) == 0)
			return (int)i;
	return -1;
}

static const struct transition_row *nth_row(const struct transition_text *t, size_t row, const struct rs_profile *p)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->row[i].who(p) && row-- == 0)
			return &t->row[i];
	return NULL;
}

bool rs_transition_row(size_t transition, size_t row, const char *cpu, struct rs_step_row *out)
{
	const struct rs_profile *p = profile_find(cpu);
	if (!p || transition >= transition_text_count)
		return false;
	const struct transition_row *r = nth_row(&transition_texts[transition], row, p);
	if (!r)
		return false;
	*out = (struct rs_step_row){ r->name, r->rule, r->text, r->outcome, r->section, r->number };
	return true;
}

/* ---- image formats ---- */

const char *rs_format_name(size_t format)
{
	static const char *const names[] = {
		[RS_FORMAT_ANY] = NULL,           [RS_FORMAT_ELF32] = "elf32",
		[RS_FORMAT_ELF64] = "elf64",      [RS_FORMAT_MULTIBOOT] = "multiboot",
		[RS_FORMAT_MULTIBOOT2] = "multiboot2", [RS_FORMAT_PVH] = "pvh",
		[RS_FORMAT_FLAT] = "flat",
	};
	return format < sizeof names / sizeof *names ? names[format] : NULL;
}

enum rs_format rs_format_find(const char *name)
{
	const char *known;
	for (size_t i = RS_FORMAT_ELF32; (known = rs_format_name(i)); i++)
		if (strcmp(known, name) == 0)
			return (enum rs_format)i;
	return RS_FORMAT_ANY;
}

/* ---- cycle models ---- */

const char *rs_timing_name(size_t timing)
{
	const struct timing *t = timing_info(timing);
	return t ? t->name : NULL;
}

unsigned rs_timing_version(size_t timing)
{
	const struct timing *t = timing_info(timing);
	return t && t->costs ? t->costs->version : 0;
}

const char *rs_timing_about(size_t timing)
{
	const struct timing *t = timing_info(timing);
	return t ? t->about : NULL;
}

int rs_timing_find(const char *name)
{
	const struct timing *t;
	for (size_t i = 0; (t = timing_info(i)); i++)
		if (strcmp(t->name, name) == 0)
			return (int)i;
	return -1;
}

/* ---- what is missing ---- */

static const struct {
	const char *text, *rules;
} missing[] = {
#define MISSING(text, rules) { text, rules },
#include "cpu/missing.def"
#undef MISSING
};

enum { MISSING_COUNT = sizeof missing / sizeof *missing };

const char *rs_missing(size_t index)
{
	return index < MISSING_COUNT ? missing[index].text : NULL;
}

const char *rs_missing_rules(size_t index)
{
	return index < MISSING_COUNT ? missing[index].rules : NULL;
}
