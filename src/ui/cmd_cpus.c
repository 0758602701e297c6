/* cmd_cpus.c - `cpus`: the profiles, what one of them does, and everything in which two of them differ. */
#include <string.h>

#include "ui/ui.h"
#include "ui/words.h"

/* What the behaviour of this number is for a profile; "" when it has none of that number. */
static const char *value_of(const char *cpu, size_t behaviour)
{
	const char *name, *value, *rules;
	return rs_cpu_behaviour(cpu, behaviour, &name, &value, &rules) ? value : "";
}

/* The first profile with the value of profile `cpu` stands for all of them. */
static bool is_first_with_its_value(size_t cpu, size_t behaviour)
{
	for (size_t i = 0; i < cpu; i++)
		if (!strcmp(value_of(rs_cpu_name(i), behaviour), value_of(rs_cpu_name(cpu), behaviour)))
			return false;
	return true;
}

/* A value, and the profiles that have it. */
static void show_value(struct ui *ui, size_t cpu, size_t behaviour)
{
	const char *value = value_of(rs_cpu_name(cpu), behaviour);
	out_printf(ui->out, "    %s\n       ", value);
	for (size_t i = cpu; i < rs_cpu_count(); i++)
		if (!strcmp(value_of(rs_cpu_name(i), behaviour), value))
			out_printf(ui->out, " %s", rs_cpu_name(i));
	out_text(ui->out, "\n");
}

static void show_behaviour(struct ui *ui, size_t behaviour)
{
	const char *name, *value, *rules;
	if (!rs_cpu_behaviour(rs_cpu_name(0), behaviour, &name, &value, &rules))
		return;
	out_printf(ui->out, "%s  [%s]\n", name, rules);
	for (size_t i = 0; i < rs_cpu_count(); i++)
		if (is_first_with_its_value(i, behaviour))
			show_value(ui, i, behaviour);
}

static void show_hidden(struct ui *ui, const char *cpu)
{
	const char *feature, *separator = " ";
	out_printf(ui->out, "  hidden in CPUID, as ringstep does not implement it:");
	if (!rs_cpu_hidden(cpu, 0, &feature))
		out_text(ui->out, " nothing");
	for (size_t i = 0; rs_cpu_hidden(cpu, i, &feature); i++, separator = i % 10 ? " " : "\n    ")
		out_printf(ui->out, "%s%s", separator, feature);
	out_text(ui->out, "\n");
}

static void show_line(struct ui *ui, size_t cpu)
{
	out_printf(ui->out, "%-21s %s%s\n", rs_cpu_name(cpu), rs_cpu_about(cpu), cpu ? "" : " (default)");
}

static int show_all(struct ui *ui)
{
	const char *name, *value, *rules;
	for (size_t i = 0; i < rs_cpu_count(); i++)
		show_line(ui, i);
	out_text(ui->out, "\n`ringstep cpus NAME` tells about one, `ringstep cpus --diff NAME NAME` compares two.\n");
	out_text(ui->out, "\nWhat they do, with the rules that depend on it:\n\n");
	for (size_t b = 0; rs_cpu_behaviour(rs_cpu_name(0), b, &name, &value, &rules); b++)
		show_behaviour(ui, b);
	return 0;
}

static int show_one(struct ui *ui, size_t cpu)
{
	const char *name, *value, *rules;
	out_printf(ui->out, "%s  %s\n", rs_cpu_name(cpu), rs_cpu_about(cpu));
	for (size_t b = 0; rs_cpu_behaviour(rs_cpu_name(cpu), b, &name, &value, &rules); b++)
		out_printf(ui->out, "  %-26s %s  [%s]\n", name, value, rules);
	show_hidden(ui, rs_cpu_name(cpu));
	return 0;
}

/* ---- differences: one line each that begins with its kind, for grep ---- */

static const char *const kind_names[] = {
	[RS_CPU_BEHAVIOUR] = "behaviour", [RS_CPU_FEATURE] = "feature", [RS_CPU_SIZE] = "size",
	[RS_CPU_EFER] = "efer",           [RS_CPU_CR4] = "cr4",         [RS_CPU_MSR] = "msr",
};

/* A behaviour is told in words, below its line; everything else fits into columns. */
static void show_difference(struct ui *ui, const char *const cpu[2], const struct rs_cpu_fact fact[2])
{
	const char *kind = kind_names[fact[0].kind];
	if (fact[0].kind == RS_CPU_BEHAVIOUR) {
		out_printf(ui->out, "%-10s %s  [%s]\n", kind, fact[0].name, fact[0].rules);
		for (int i = 0; i < 2; i++)
			out_printf(ui->out, "    %-21s %s\n", cpu[i], fact[i].value);
	} else {
		out_printf(ui->out, "%-10s %-20s %-21s %-21s [%s]\n", kind, fact[0].name, fact[0].value, fact[1].value,
			   fact[0].rules);
	}
}

static int show_differences(struct ui *ui, size_t a, size_t b)
{
	const char *const cpu[2] = { rs_cpu_name(a), rs_cpu_name(b) };
	struct rs_cpu_fact fact[2];
	size_t found = 0;
	show_line(ui, a);
	show_line(ui, b);
	out_printf(ui->out, "\n%-10s %-20s %-21s %-21s [rules]\n", "kind", "name", cpu[0], cpu[1]);
	for (size_t i = 0; rs_cpu_fact(cpu[0], i, &fact[0]) && rs_cpu_fact(cpu[1], i, &fact[1]); i++)
		if (strcmp(fact[0].value, fact[1].value)) {
			show_difference(ui, cpu, fact);
			found++;
		}
	out_printf(ui->out, "\n%zu difference%s\n", found, found == 1 ? "" : "s");
	return 0;
}

/* ---- the command ---- */

/* The number of a profile; false after telling the user. */
static bool find(struct ui *ui, const char *wanted, size_t *cpu)
{
	char hint[80];
	struct nearest n = nearest_begin(wanted);
	for (*cpu = 0; *cpu < rs_cpu_count(); ++*cpu) {
		if (!strcmp(rs_cpu_name(*cpu), wanted))
			return true;
		nearest_offer(&n, rs_cpu_name(*cpu));
	}
	ui_fail(ui, EXIT_USAGE, "cpus: no profile '%s'%s; `ringstep cpus` lists them", wanted,
		nearest_hint(&n, hint, sizeof(hint)));
	return false;
}

int cmd_cpus(struct ui *ui)
{
	const struct options *o = &ui->options;
	size_t cpu[2];
	if (o->operand_count != 2 && o->diff)
		return ui_fail(ui, EXIT_USAGE, "cpus: --diff wants two profiles; say: ringstep cpus --diff NAME NAME");
	if (o->operand_count == 2 && !o->diff)
		return ui_fail(ui, EXIT_USAGE, "cpus: does not know what to do with '%s'; --diff compares two profiles",
			       o->operand[1]);
	for (size_t i = 0; i < o->operand_count; i++)
		if (!find(ui, o->operand[i], &cpu[i]))
			return EXIT_USAGE;
	if (o->diff)
		return show_differences(ui, cpu[0], cpu[1]);
	return o->operand_count ? show_one(ui, cpu[0]) : show_all(ui);
}
