/* cmd_talk.c - ?, .formats, help, q: commands about the prompt, and how all of them read their arguments. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/decimal.h"
#include "ui/words.h"

/* ---- arguments ---- */

static bool find_reg(void *arg, const char *name, size_t length, uint64_t *value)
{
	const struct prompt *p = arg;
	struct reg reg;
	if (!reg_find(name, length, &reg))
		return false;
	*value = reg_read(p->machine, &reg);
	return true;
}

static bool find_symbol(void *arg, const char *name, size_t length, uint64_t *value)
{
	struct prompt *p = arg;
	return symbols_find(&p->symbols, name, length, value);
}

static size_t read_memory(void *arg, uint64_t address, void *to, size_t size)
{
	const struct prompt *p = arg;
	return rs_read_linear(p->machine, address, to, size);
}

static struct expr_world world_of(struct prompt *p)
{
	return (
	    struct expr_world){ p, find_reg, find_symbol, read_memory, "x *text* looks for symbols", p->gdb ? 10 : 0 };
}

const char *skip_blanks(const char *text)
{
	while (word_is_space(*text))
		text++;
	return text;
}

bool prompt_value(struct prompt *p, const char **args, uint64_t *value)
{
	struct expr_world world = world_of(p);
	struct rs_error why;
	if (!expr_word(&world, args, value, &why))
		return prompt_fail(p, "%s", why.text);
	*args = skip_blanks(*args);
	return true;
}

bool prompt_text(struct prompt *p, const char **args, char *text, size_t size)
{
	const char *at = *args;
	size_t n = 0;
	if (*at != '"')
		return prompt_fail(p, "a text in \"quotes\" is expected at '%.60s'", at);
	for (at++; *at != '"'; at++) {
		at += at[0] == '\\' && at[1] == '"';
		if (!*at)
			return prompt_fail(p, "a \" is missing");
		if (n + 1 == size)
			return prompt_fail(p, "a text of more than %zu characters", size - 1);
		text[n++] = *at;
	}
	text[n] = 0;
	*args = skip_blanks(at + 1);
	return true;
}

bool prompt_end(struct prompt *p, const char *args)
{
	args = skip_blanks(args);
	return !*args || prompt_fail(p, "cannot read on at '%.60s'", args);
}

/* "L20", "L 20", "Lff": but "lapic" and "la_start" are names. */
static bool is_length(const char *args)
{
	size_t n = 1;
	if (word_lower(args[0]) != 'l')
		return false;
	while (word_hex_digit(args[n]) >= 0)
		n++;
	return !args[n] || word_is_space(args[n]) || word_is_digit(args[1]);
}

static bool range_length(struct prompt *p, const char **args, struct range *range)
{
	*args = skip_blanks(*args + 1);
	return prompt_value(p, args, &range->count) && (range->count || prompt_fail(p, "a range of length 0"));
}

static bool range_last(struct prompt *p, const char **args, struct range *range)
{
	if (!prompt_value(p, args, &range->last))
		return false;
	range->has_last = true;
	return range->last >= range->address ||
	       prompt_fail(p, "the range ends (%" PRIx64 ") before it begins (%" PRIx64 ")", range->last,
			   range->address);
}

/* A range that begins with its length goes on where the last one ended. */
bool prompt_range_part(struct prompt *p, const char **args, struct range *range)
{
	if (**args && !is_length(*args) && !prompt_value(p, args, &range->address))
		return false;
	return !**args || (is_length(*args) ? range_length(p, args, range) : range_last(p, args, range));
}

bool prompt_range(struct prompt *p, const char *args, struct range *range)
{
	return prompt_range_part(p, &args, range) && prompt_end(p, args);
}

/* ---- values ---- */

bool prompt_whole_value(struct prompt *p, const char *args, uint64_t *value)
{
	struct expr_world world = world_of(p);
	struct rs_error why;
	return expr_whole(&world, args, value, &why) || prompt_fail(p, "%s", why.text);
}

bool talk_value(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t value;
	char text[ADDRESS_TEXT];
	if (!*args)
		return talk_help(p, command, args);
	if (*args == '/') /* gdb's print/x */
		args = skip_blanks(args + strcspn(args, " \t"));
	if (!prompt_whole_value(p, args, &value))
		return false;
	out_printf(p->ui->out, "Evaluate expression: %" PRId64 " = %s\n", (int64_t)value, address_text(value, text));
	return true;
}

bool talk_formats(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct out *o = p->ui->out;
	uint64_t value;
	char text[ADDRESS_TEXT], low[DECIMAL_TEXT], high[DECIMAL_TEXT];
	(void)command;
	if (!prompt_whole_value(p, args, &value))
		return false;
	out_printf(o, "Evaluate expression:\n  Hex:     %s\n  Decimal: %" PRId64 "\n  Unsigned: %" PRIu64 "\n",
		   address_text(value, text), (int64_t)value, value);
	out_printf(o, "  Octal:   %022" PRIo64 "\n  Binary: ", value);
	for (int byte = 7; byte >= 0; byte--) {
		out_text(o, " ");
		for (int bit = 7; bit >= 0; bit--)
			out_printf(o, "%u", (unsigned)(value >> (8 * byte + bit) & 1));
	}
	out_text(o, "\n  Chars:   ");
	for (int byte = 7; byte >= 0; byte--) {
		unsigned c = value >> (8 * byte) & 0xff;
		out_printf(o, "%c", c >= 0x20 && c < 0x7f ? (int)c : '.');
	}
	out_printf(o, "\n  Float:   low %s high %s\n", decimal_single((uint32_t)value, low),
		   decimal_single((uint32_t)(value >> 32), high));
	out_printf(o, "  Double:  %s\n", decimal_double(value, low));
	return true;
}

/* ---- the prompt ---- */

static bool run_other(struct prompt *p, const char *name, const char *args)
{
	bool ambiguous;
	const struct prompt_command *row = prompt_command_find(name, strlen(name), &ambiguous);
	return row->run(p, row, args);
}

bool talk_info(struct prompt *p, const struct prompt_command *command, const char *args)
{
	static const char *const words[][2] = { { "registers", "r" }, { "breakpoints", "bl" },   { "symbol", "ln" },
						{ "line", "ln" },     { "frame", "k" },          { "locals", "dv" },
						{ "stack", "k" },     { "sharedlibrary", "lm" }, { "float", "rF" },
						{ "vector", "rX" },   { "threads", "~" } };
	size_t length = strcspn(args, " \t");
	(void)command;
	for (size_t i = 0; length && i < sizeof(words) / sizeof(words[0]); i++)
		if (word_begins(args, length, words[i][0]))
			return run_other(p, words[i][1], skip_blanks(args + length));
	return prompt_fail(p, "info: registers, breakpoints, symbol, line, stack, frame, locals, sharedlibrary, float, "
			      "vector or threads?");
}

bool talk_script(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	return *args ? prompt_script(p, args) : prompt_fail(p, "$$><: which file?");
}

static void help_row(struct prompt *p, const struct prompt_command *row)
{
	char words[80];
	snprintf(words, sizeof(words), "%s %s", row->name, row->arguments);
	out_printf(p->ui->out, "%-34s %s%s%s%s\n", words, row->help, row->aliases[0] ? " (" : "", row->aliases,
		   row->aliases[0] ? ")" : "");
}

static bool help_word(struct prompt *p, const char *args)
{
	bool ambiguous;
	size_t length = strlen(args);
	const struct prompt_command *row = prompt_command_meant(p, args, length, &ambiguous);
	if (!row || ambiguous)
		return prompt_unknown(p, args, length, ambiguous);
	help_row(p, row);
	return true;
}

/* The rows of each group that has any. */
static void help_all(struct prompt *p)
{
	for (unsigned group = 0; group < PROMPT_GROUPS; group++) {
		bool any = false;
		for (size_t i = 0; i < prompt_command_count(); i++) {
			const struct prompt_command *row = prompt_command_info(i);
			if (row->group != group)
				continue;
			if (!any)
				out_printf(p->ui->out, "%s\n", prompt_group_title(group));
			any = true;
			out_text(p->ui->out, "  ");
			help_row(p, row);
		}
	}
}

bool talk_help(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (*args)
		return help_word(p, args);
	help_all(p);
	out_text(p->ui->out, "Numbers are hexadecimal, 0n10 is decimal. Expressions: C's operators, ( ), registers,\n"
			     "symbols+offset, poi(address). ';' separates commands; '*' or '#' begins a comment.\n");
	return true;
}

bool talk_quit(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!prompt_end(p, args))
		return false;
	p->quit = true;
	return true;
}
