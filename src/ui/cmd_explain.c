/* cmd_explain.c - `explain`: a transition's steps in the manual's order, or a rule. Every word of it comes from the
 * rows that the engine itself is made from. */
#include <stdio.h>
#include <string.h>

#include "ui/rules.h"
#include "ui/words.h"

enum { CPUS = 16 };

/* ---- a transition, for several profiles at once ---- */

/* Each profile's rows are a list of their own; merged, a row that all have stands once. */
struct merge {
	size_t transition, count;
	const char *cpu[CPUS];
	size_t next[CPUS];
};

static bool row_of(const struct merge *g, size_t i, size_t row, struct rs_step_row *out)
{
	return rs_transition_row(g->transition, row, g->cpu[i], out);
}

static bool same_row(const struct rs_step_row *a, const struct rs_step_row *b)
{
	return !strcmp(a->name, b->name) && a->rule == b->rule && !strcmp(a->text, b->text) &&
	       !strcmp(a->outcome ? a->outcome : "", b->outcome ? b->outcome : "");
}

/* Whether the profile comes to this row later than at its next one. */
static bool comes_later(const struct merge *g, size_t i, const struct rs_step_row *row)
{
	struct rs_step_row other;
	for (size_t n = g->next[i]; row_of(g, i, n, &other); n++)
		if (same_row(&other, row))
			return n > g->next[i];
	return false;
}

/* The next row to show: one that no profile has to reach through rows that are not shown yet. */
static bool choose(const struct merge *g, struct rs_step_row *row)
{
	bool any = false;
	for (size_t i = 0; i < g->count; i++) {
		bool later = false;
		struct rs_step_row mine;
		if (!row_of(g, i, g->next[i], &mine))
			continue;
		for (size_t j = 0; j < g->count; j++)
			later |= comes_later(g, j, &mine);
		if (!any || !later)
			*row = mine;
		any = true;
		if (!later)
			break;
	}
	return any;
}

/* Moves on every profile that has the row; the result is how many do. */
static size_t advance(struct merge *g, const struct rs_step_row *row, bool *has)
{
	size_t n = 0;
	for (size_t i = 0; i < g->count; i++) {
		struct rs_step_row mine;
		has[i] = row_of(g, i, g->next[i], &mine) && same_row(&mine, row);
		g->next[i] += has[i];
		n += has[i];
	}
	return n;
}

/* "intel" of "intel-skylake". */
static int family_length(const char *cpu)
{
	return (int)strcspn(cpu, "-");
}

static bool same_family(const char *a, const char *b)
{
	return family_length(a) == family_length(b) && !strncmp(a, b, (size_t)family_length(a));
}

/* The first of its family, and all of the family have it: it is told as "intel-*". */
static bool is_whole_family(const struct merge *g, const bool *has, size_t cpu)
{
	for (size_t i = 0; i < g->count; i++)
		if (same_family(g->cpu[i], g->cpu[cpu]) && !has[i])
			return false;
	return g->count > 1;
}

static bool is_told_already(const struct merge *g, const bool *has, size_t cpu)
{
	for (size_t i = 0; i < cpu; i++)
		if (same_family(g->cpu[i], g->cpu[cpu]) && is_whole_family(g, has, cpu))
			return true;
	return false;
}

static void show_who(struct ui *ui, const struct merge *g, const bool *has)
{
	const char *separator = "  only on ";
	for (size_t i = 0; i < g->count; i++) {
		if (!has[i] || is_told_already(g, has, i))
			continue;
		if (is_whole_family(g, has, i))
			out_printf(ui->out, "%s%.*s-*", separator, family_length(g->cpu[i]), g->cpu[i]);
		else
			out_printf(ui->out, "%s%s", separator, g->cpu[i]);
		separator = ", ";
	}
}

static void show_step(struct ui *ui, const struct merge *g, unsigned number, const struct rs_step_row *row,
		      const bool *has, size_t haves)
{
	char text[200];
	snprintf(text, sizeof(text), "%s%s%s", row->text, row->outcome ? ", else " : "",
		 row->outcome ? row->outcome : "");
	out_printf(ui->out, "%3u. %-6s %-62s [%s]", number, rule_name(row->rule), text, row->section);
	if (haves < g->count)
		show_who(ui, g, has);
	out_text(ui->out, "\n");
}

static int explain_transition(struct ui *ui, size_t transition)
{
	struct merge g = { .transition = transition };
	struct rs_step_row row;
	bool has[CPUS];
	if (ui->options.cpu)
		g.cpu[g.count++] = ui->options.cpu;
	for (size_t i = 0; !ui->options.cpu && i < rs_cpu_count() && i < CPUS; i++)
		g.cpu[g.count++] = rs_cpu_name(i);
	out_printf(ui->out, "%s: %s\n\nIn the manual's order, for", rs_transition_name(transition),
		   rs_transition_about(transition));
	for (size_t i = 0; i < g.count; i++)
		out_printf(ui->out, "%s %s", i ? "," : "", g.cpu[i]);
	out_text(ui->out, ":\n");
	for (unsigned number = 1; choose(&g, &row); number++) {
		size_t haves = advance(&g, &row, has);
		show_step(ui, &g, number, &row, has, haves);
	}
	out_text(ui->out, "\n`ringstep explain RULE` tells more about a rule.\n");
	return 0;
}

/* ---- a rule ---- */

static const char *state_words(enum rs_rule_state state)
{
	switch (state) {
	case RS_RULE_HELD:
		return "held: ringstep does this, and a test with this id shows it";
	case RS_RULE_LATER:
		return "later: not modelled yet";
	default:
		return "open: the sources disagree; the text says what was chosen";
	}
}

/* The transition's rows with this rule, each once, whichever profile has it. */
static bool show_uses(struct ui *ui, size_t transition, int rule, const char *label)
{
	bool any = false;
	for (size_t i = 0; i < rs_cpu_count(); i++) {
		struct rs_step_row row, seen;
		for (size_t n = 0; rs_transition_row(transition, n, rs_cpu_name(i), &row); n++) {
			bool told = false;
			for (size_t j = 0; j < i; j++)
				for (size_t k = 0; rs_transition_row(transition, k, rs_cpu_name(j), &seen); k++)
					told |= same_row(&row, &seen);
			if (row.rule != rule || told)
				continue;
			out_printf(ui->out, "  %-8s %s: %s\n", any ? "" : label, rs_transition_name(transition),
				   row.text);
			any = true;
		}
	}
	return any;
}

/* The behaviours that decide about the rule, with their value on each profile. */
static void show_behaviours(struct ui *ui, const char *id)
{
	const char *name, *value, *rules;
	for (size_t n = 0; rs_cpu_behaviour(rs_cpu_name(0), n, &name, &value, &rules); n++) {
		if (!strstr(rules, id))
			continue;
		for (size_t i = 0; i < rs_cpu_count(); i++)
			if (rs_cpu_behaviour(rs_cpu_name(i), n, &name, &value, &rules))
				out_printf(ui->out, "  %-8s %s on %s: %s\n", i ? "" : "decided", name, rs_cpu_name(i),
					   value);
	}
}

static int explain_rule(struct ui *ui, int rule)
{
	const struct rs_rule *r = rs_rule_info((size_t)rule);
	const char *label = "used by";
	out_printf(ui->out, "%-6s", r->id);
	out_wrap(ui->out, r->text, (int)strlen(r->id) + 1);
	out_printf(ui->out, "  applies  %s\n  fault    %s\n  source   ", r->applies, r->fault);
	out_wrap(ui->out, r->source, 11);
	out_printf(ui->out, "  state    %s\n", state_words(r->state));
	for (size_t i = 0; i < rs_transition_count(); i++)
		if (show_uses(ui, i, rule, label))
			label = "";
	show_behaviours(ui, r->id);
	return 0;
}

/* ---- what was asked for ---- */

/* "syscall"; "int" for INTERRUPT; "iretq" for IRET. */
static int find_transition(const char *name)
{
	for (size_t i = 0; i < rs_transition_count(); i++)
		if (word_same(name, strlen(name), rs_transition_name(i)))
			return (int)i;
	for (size_t i = 0; i < rs_transition_count(); i++) {
		const char *whole = rs_transition_name(i);
		if (word_begins(whole, strlen(whole), name) ||
		    (strlen(name) > 2 && word_begins(name, strlen(name), whole)))
			return (int)i;
	}
	return -1;
}

/* The first row of the ledger stands for "no rule". */
static bool is_rule(size_t rule)
{
	return strlen(rs_rule_info(rule)->id) > 1;
}

static int unknown(struct ui *ui, const char *name)
{
	char hint[80];
	struct nearest n = nearest_begin(name);
	for (size_t i = 0; i < rs_transition_count(); i++)
		nearest_offer(&n, rs_transition_name(i));
	for (size_t i = 0; i < rs_rule_count(); i++)
		if (is_rule(i))
			nearest_offer(&n, rs_rule_info(i)->id);
	return ui_fail(ui, EXIT_USAGE, "explain: no instruction or rule '%s'%s; `ringstep explain` lists them", name,
		       nearest_hint(&n, hint, sizeof(hint)));
}

static void list_rules(struct ui *ui)
{
	const char *area = "";
	for (size_t i = 0, column = 0; i < rs_rule_count(); i++) {
		const char *id = rs_rule_info(i)->id;
		if (!is_rule(i))
			continue;
		column = strncmp(id, area, 3) ? 0 : column + 1;
		area = id;
		out_printf(ui->out, "%s%s", column % 14 ? " " : "\n  ", id);
	}
}

static int list(struct ui *ui)
{
	out_text(ui->out, "Transitions:\n");
	for (size_t i = 0; i < rs_transition_count(); i++)
		out_printf(ui->out, "  %-12s %s\n", rs_transition_name(i), rs_transition_about(i));
	out_text(ui->out, "\nRules:");
	list_rules(ui);
	out_text(ui->out, "\n");
	return 0;
}

int cmd_explain(struct ui *ui)
{
	const char *name = ui->options.operand[0];
	if (!ui->options.operand_count)
		return list(ui);
	int transition = find_transition(name), rule = rs_rule_find(name);
	if (transition >= 0)
		return explain_transition(ui, (size_t)transition);
	return rule >= 0 && is_rule((size_t)rule) ? explain_rule(ui, rule) : unknown(ui, name);
}
