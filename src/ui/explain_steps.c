/* explain_steps.c - the steps of transitions, for one profile or merged for all of them. */
#include <stdio.h>
#include <string.h>

#include "ui/explain.h"

enum { CPUS = 16 };

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

static struct merge merge_begin(const struct ui *ui, size_t transition)
{
	struct merge g = { .transition = transition };
	if (ui->options.cpu)
		g.cpu[g.count++] = ui->options.cpu;
	for (size_t i = 0; !ui->options.cpu && i < rs_cpu_count() && i < CPUS; i++)
		g.cpu[g.count++] = rs_cpu_name(i);
	return g;
}

void explain_profiles(struct ui *ui)
{
	const struct merge g = merge_begin(ui, 0);
	out_text(ui->out, "In the manual's order, for");
	for (size_t i = 0; i < g.count; i++)
		out_printf(ui->out, "%s %s", i ? "," : "", g.cpu[i]);
	out_text(ui->out, ":\n");
}

void explain_steps(struct ui *ui, size_t transition)
{
	struct merge g = merge_begin(ui, transition);
	struct rs_step_row row;
	bool has[CPUS];
	for (unsigned number = 1; choose(&g, &row); number++) {
		size_t haves = advance(&g, &row, has);
		show_step(ui, &g, number, &row, has, haves);
	}
}

void explain_whom(struct ui *ui, explain_has_fn *has, const void *arg)
{
	struct merge g = merge_begin(ui, 0);
	bool which[CPUS];
	size_t haves = 0;
	for (size_t i = 0; i < g.count; i++)
		haves += which[i] = has(arg, g.cpu[i]);
	if (!haves)
		out_printf(ui->out, "  not on %s", ui->options.cpu ? ui->options.cpu : "any of them");
	else if (haves < g.count)
		show_who(ui, &g, which);
}
