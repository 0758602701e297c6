/* cmd_cpus.c - `cpus`: the profiles and the behaviours in which they differ. */
#include <string.h>

#include "ui/ui.h"
#include "ui/words.h"

/* What the behaviour of this number is for a profile; "" when it has none of that number. */
static const char *value_of(const char *cpu, size_t behaviour)
{
	const char *name, *value, *rules;
	return rs_cpu_behaviour(cpu, behaviour, &name, &value, &rules) ? value : "";
}

static bool all_agree(size_t behaviour)
{
	for (size_t i = 1; i < rs_cpu_count(); i++)
		if (strcmp(value_of(rs_cpu_name(i), behaviour), value_of(rs_cpu_name(0), behaviour)))
			return false;
	return true;
}

/* Every profile's value in a column; the rules that follow from it last. */
static void show_behaviour(struct ui *ui, size_t behaviour)
{
	const char *name, *value, *rules;
	if (!rs_cpu_behaviour(rs_cpu_name(0), behaviour, &name, &value, &rules))
		return;
	out_printf(ui->out, "%s  [%s]%s\n", name, rules, all_agree(behaviour) ? "  (all alike)" : "");
	for (size_t i = 0; i < rs_cpu_count(); i++)
		out_printf(ui->out, "    %-14s %s\n", rs_cpu_name(i), value_of(rs_cpu_name(i), behaviour));
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

static int show_all(struct ui *ui)
{
	const char *name, *value, *rules;
	for (size_t i = 0; i < rs_cpu_count(); i++)
		out_printf(ui->out, "%-14s %s%s\n", rs_cpu_name(i), rs_cpu_about(i), i ? "" : " (default)");
	out_text(ui->out, "\nWhat the profiles do, with the rules that depend on it:\n\n");
	for (size_t b = 0; rs_cpu_behaviour(rs_cpu_name(0), b, &name, &value, &rules); b++)
		show_behaviour(ui, b);
	out_text(ui->out, "\n");
	for (size_t i = 0; i < rs_cpu_count(); i++) {
		out_printf(ui->out, "%s\n", rs_cpu_name(i));
		show_hidden(ui, rs_cpu_name(i));
	}
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

int cmd_cpus(struct ui *ui)
{
	char hint[80];
	const char *wanted = ui->options.operand[0];
	if (!ui->options.operand_count)
		return show_all(ui);
	struct nearest n = nearest_begin(wanted);
	for (size_t i = 0; i < rs_cpu_count(); i++) {
		if (!strcmp(rs_cpu_name(i), wanted))
			return show_one(ui, i);
		nearest_offer(&n, rs_cpu_name(i));
	}
	return ui_fail(ui, EXIT_USAGE, "cpus: no profile '%s'%s; `ringstep cpus` lists them", wanted,
		       nearest_hint(&n, hint, sizeof(hint)));
}
