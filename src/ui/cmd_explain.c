/* cmd_explain.c - `explain`: a change of privilege step by step in the manual's order, an exception, an instruction, or
 * a rule. */
#include <stdio.h>
#include <string.h>

#include "ui/explain.h"
#include "ui/words.h"

enum { ASKED = 80 };

/* ---- changes of privilege ---- */

/* "IRET: ..., in protected mode with NT = 1"; then its steps. */
static void show_part(struct ui *ui, size_t transition, const char *when)
{
	if (*when)
		out_printf(ui->out, "\n%s (%s: %s)\n", when, rs_transition_name(transition),
			   rs_transition_about(transition));
	explain_steps(ui, transition);
}

/* A processor without the CPUID feature decodes the instruction and raises #UD. */
static void show_lacking(struct ui *ui, const char *mnemonic)
{
	struct rs_instruction row;
	for (size_t i = 0; rs_instruction_info(i, &row); i++)
		for (size_t c = 0; !strcmp(row.name, mnemonic) && c < rs_cpu_count(); c++) {
			const char *cpu = rs_cpu_name(c);
			bool asked = !ui->options.cpu || !strcmp(ui->options.cpu, cpu);
			if (asked && !rs_cpu_has_instruction(cpu, i))
				out_printf(ui->out, "On %s it is #UD: CPUID does not show %s.\n", cpu, row.feature);
		}
}

static void show_parts(struct ui *ui, size_t name)
{
	const char *when;
	int transition;
	explain_profiles(ui);
	for (size_t part = 0; (transition = rs_name_part(name, part, &when)) >= 0; part++)
		show_part(ui, (size_t)transition, when);
	out_text(ui->out, "\n`ringstep explain RULE` tells more about a rule.\n");
}

static int explain_name(struct ui *ui, size_t name)
{
	const struct rs_name *n = rs_name_info(name);
	out_printf(ui->out, "%s: %s\n", n->name, n->about);
	show_lacking(ui, n->mnemonic);
	out_text(ui->out, "\n");
	show_parts(ui, name);
	return 0;
}

static int explain_transition(struct ui *ui, size_t transition)
{
	out_printf(ui->out, "%s: %s\n\n", rs_transition_name(transition), rs_transition_about(transition));
	explain_profiles(ui);
	show_part(ui, transition, "");
	out_text(ui->out, "\n`ringstep explain RULE` tells more about a rule.\n");
	return 0;
}

/* ---- exceptions ---- */

/* The ids of the rules by which it is raised, with blanks between them. */
static void raisers(const struct rs_exception *e, char *text, size_t size)
{
	size_t used = 0;
	text[0] = 0;
	for (size_t i = 0; i < rs_rule_count() && used < size; i++) {
		const struct rs_rule *r = rs_rule_info(i);
		if (strstr(r->fault, e->name))
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", r->id);
	}
}

static int explain_exception(struct ui *ui, const struct rs_exception *e)
{
	char rules[4096];
	raisers(e, rules, sizeof(rules));
	out_printf(ui->out, "%s: %s\n  vector   %u\n  kind     %s\n  code     %s\n  rules    ", e->name, e->about,
		   e->vector, e->kind, e->error_code);
	out_wrap(ui->out, *rules ? rules : "-", 11);
	out_text(ui->out, "\nIts delivery. ");
	for (size_t i = 0; rs_name_info(i); i++)
		if (!strcmp(rs_name_info(i)->name, "interrupt"))
			show_parts(ui, i);
	return 0;
}

/* ---- other instructions ---- */

static int explain_instruction(struct ui *ui, const struct rs_instruction *row)
{
	out_printf(ui->out, "%s: SDM vol. 2, %s; not a change of privilege by itself\n", row->name, row->page);
	if (row->feature)
		out_printf(ui->out, "  needs    %s\n", row->feature);
	show_lacking(ui, row->name);
	if (row->rule)
		explain_rule(ui, row->rule);
	return 0;
}

/* ---- what was asked for ---- */

/* A name or one of the words behind it: "far CALL". */
static bool has_word(const struct rs_name *n, const char *asked)
{
	if (word_same(asked, strlen(asked), n->name))
		return true;
	for (const char *word = n->words; *word;) {
		size_t length = strcspn(++word, "|");
		if (length == strlen(asked) && word_begins(word, length, asked))
			return true;
		word += length;
	}
	return false;
}

static int find_name(const char *asked)
{
	const struct rs_name *n;
	for (size_t i = 0; (n = rs_name_info(i)); i++)
		if (has_word(n, asked))
			return (int)i;
	return -1;
}

/* "#GP" or "GP". */
static const struct rs_exception *find_exception(const char *asked)
{
	const struct rs_exception *e;
	for (size_t i = 0; (e = rs_exception_info(i)); i++)
		if (word_same(asked, strlen(asked), e->name) ||
		    (e->name[0] == '#' && word_same(asked, strlen(asked), e->name + 1)))
			return e;
	return NULL;
}

/* "DIV", or "insn:DIV" as traces have it. */
static bool find_instruction(const char *asked, struct rs_instruction *row)
{
	static const char mark[] = "insn:";
	if (!strncmp(asked, mark, sizeof(mark) - 1))
		asked += sizeof(mark) - 1;
	for (size_t i = 0; rs_instruction_info(i, row); i++)
		if (word_same(asked, strlen(asked), row->name))
			return true;
	return false;
}

/* The first row of the ledger stands for "no rule". */
static bool is_rule(size_t rule)
{
	return strlen(rs_rule_info(rule)->id) > 1;
}

static int unknown(struct ui *ui, const char *asked)
{
	char hint[80];
	struct rs_instruction row;
	struct nearest n = nearest_begin(asked);
	for (size_t i = 0; rs_name_info(i); i++)
		nearest_offer(&n, rs_name_info(i)->name);
	for (size_t i = 0; rs_exception_info(i); i++)
		nearest_offer(&n, rs_exception_info(i)->name);
	for (size_t i = 0; i < rs_rule_count(); i++)
		if (is_rule(i))
			nearest_offer(&n, rs_rule_info(i)->id);
	for (size_t i = 0; rs_instruction_info(i, &row); i++)
		nearest_offer(&n, row.name);
	return ui_fail(ui, EXIT_USAGE,
		       "explain: no instruction, exception or rule '%s'%s; `ringstep explain` lists them", asked,
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
	const struct rs_exception *e;
	out_text(ui->out, "Changes of privilege:\n");
	for (size_t i = 0; rs_name_info(i); i++)
		out_printf(ui->out, "  %-12s %s\n", rs_name_info(i)->name, rs_name_info(i)->about);
	out_text(ui->out, "\nTheir transitions, by mode:\n");
	for (size_t i = 0; i < rs_transition_count(); i++)
		out_printf(ui->out, "  %-19s %s\n", rs_transition_name(i), rs_transition_about(i));
	out_text(ui->out, "\nExceptions:\n");
	for (size_t i = 0; (e = rs_exception_info(i)); i++)
		out_printf(ui->out, "  %-12s %s\n", e->name, e->about);
	out_text(ui->out, "\nAny other instruction by its mnemonic. Rules:");
	list_rules(ui);
	out_text(ui->out, "\n");
	return 0;
}

/* The words of the command line as one: far CALL. */
static const char *join(const struct options *o, char text[ASKED])
{
	size_t used = 0;
	text[0] = 0;
	for (size_t i = 0; i < o->operand_count && used < ASKED; i++)
		used += (size_t)snprintf(text + used, ASKED - used, "%s%s", i ? " " : "", o->operand[i]);
	return text;
}

/* A name before the transition that is called like it: IRET has three. */
static int explain(struct ui *ui, const char *asked)
{
	const struct rs_exception *e = find_exception(asked);
	struct rs_instruction row;
	int name = find_name(asked), transition = rs_transition_find(asked), rule = rs_rule_find(asked);
	if (name >= 0)
		return explain_name(ui, (size_t)name);
	if (transition >= 0)
		return explain_transition(ui, (size_t)transition);
	if (rule >= 0 && is_rule((size_t)rule)) {
		explain_rule(ui, (size_t)rule);
		return 0;
	}
	if (e)
		return explain_exception(ui, e);
	return find_instruction(asked, &row) ? explain_instruction(ui, &row) : unknown(ui, asked);
}

int cmd_explain(struct ui *ui)
{
	char asked[ASKED];
	return ui->options.operand_count ? explain(ui, join(&ui->options, asked)) : list(ui);
}
