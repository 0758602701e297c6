/* explain_rule.c - a rule: what it says, where it is at work and on which processors, and what tests it. */
#include <stdio.h>
#include <string.h>

#include "ui/explain.h"

enum { INDENT = 11 };

static const char *state_words(enum rs_rule_state state)
{
	switch (state) {
	case RS_RULE_HELD:
		return "held: ringstep does this, and tests with its id show it";
	case RS_RULE_LATER:
		return "later: not modelled yet, or no test shows it yet";
	default:
		return "open: the sources disagree; the text says what was chosen";
	}
}

/* A label in front of the first of several lines. */
static void show_label(struct ui *ui, const char **label)
{
	out_printf(ui->out, "  %-8s ", *label);
	*label = "";
}

/* ---- where it is at work ---- */

struct use_of {
	size_t rule, index;
};

static bool use_is_on(const void *arg, const char *cpu)
{
	const struct use_of *u = arg;
	return rs_rule_use_on(u->rule, u->index, cpu);
}

static void show_uses(struct ui *ui, size_t rule)
{
	static const char *const labels[] = {
		[RS_USE_STEP] = "step", [RS_USE_INSTRUCTION] = "insn", [RS_USE_MSR] = "msr"
	};
	const char *label = "used by";
	struct rs_use use;
	for (struct use_of u = { .rule = rule }; rs_rule_use(rule, u.index, &use); u.index++) {
		show_label(ui, &label);
		out_printf(ui->out, "%s %s%s%s [%s]", labels[use.kind], use.where, *use.what ? ": " : "", use.what,
			   use.section);
		explain_whom(ui, use_is_on, &u);
		out_text(ui->out, "\n");
	}
}

/* The behaviours that decide about the rule, with their value on each profile. */
static void show_behaviours(struct ui *ui, const char *id)
{
	const char *label = "decided", *name, *value, *rules;
	for (size_t n = 0; rs_cpu_behaviour(rs_cpu_name(0), n, &name, &value, &rules); n++)
		for (size_t i = 0; strstr(rules, id) && i < rs_cpu_count(); i++) {
			const char *cpu = rs_cpu_name(i);
			if ((ui->options.cpu && strcmp(ui->options.cpu, cpu)) ||
			    !rs_cpu_behaviour(cpu, n, &name, &value, &rules))
				continue;
			show_label(ui, &label);
			out_printf(ui->out, "%s on %s: %s\n", name, cpu, value);
		}
}

/* ---- what tests it ---- */

struct place {
	const char *id;
	unsigned cases;
	const char *case_files, *tests, *guests, *code; /* names with blanks between them */
};

static const struct place place_table[] = {
#define PLACES(area, number, cases, case_files, tests, guests, code)                                                   \
	{ #area "-" #number, cases, case_files, tests, guests, code },
#include "rule_places.def"
#undef PLACES
};

static const struct place *find_place(const char *id)
{
	for (size_t i = 0; i < sizeof(place_table) / sizeof(place_table[0]); i++)
		if (!strcmp(place_table[i].id, id))
			return &place_table[i];
	return NULL;
}

static void show_list(struct ui *ui, const char *label, const char *names)
{
	if (!*names)
		return;
	show_label(ui, &label);
	out_wrap(ui->out, names, INDENT);
}

static void show_places(struct ui *ui, const char *id)
{
	const struct place *p = find_place(id);
	char cases[800];
	if (!p)
		return;
	snprintf(cases, sizeof(cases), "%u case%s, %s.*, in tests/insn: %s", p->cases, p->cases == 1 ? "" : "s", id,
		 p->case_files);
	show_list(ui, "tests", p->cases ? cases : "");
	show_list(ui, p->cases ? "" : "tests", p->tests);
	show_list(ui, "guests", p->guests);
	show_list(ui, "code", p->code);
}

/* ---- why it is not held ---- */

/* What is missing as a whole, and the rule with it. */
static void show_reason(struct ui *ui, const struct rs_rule *r)
{
	const char *label = "why", *rules;
	for (size_t i = 0; rs_missing(i); i++) {
		rules = rs_missing_rules(i);
		if (!strstr(rules, r->id))
			continue;
		show_label(ui, &label);
		out_printf(ui->out, "ringstep does not have: %s\n", rs_missing(i));
	}
}

void explain_rule(struct ui *ui, size_t rule)
{
	const struct rs_rule *r = rs_rule_info(rule);
	out_printf(ui->out, "%-6s", r->id);
	out_wrap(ui->out, r->text, (int)strlen(r->id) + 1);
	out_printf(ui->out, "  applies  %s\n  fault    %s\n  source   ", r->applies, r->fault);
	out_wrap(ui->out, r->source, INDENT);
	out_printf(ui->out, "  state    %s\n", state_words(r->state));
	if (r->state == RS_RULE_LATER)
		show_reason(ui, r);
	show_uses(ui, rule);
	show_behaviours(ui, r->id);
	show_places(ui, r->id);
}
