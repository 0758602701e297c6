/* cmd_examine.c - gdb's x/FMT: a count, a format and a size. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/decimal.h"
#include "ui/words.h"

enum { COUNT_MAXIMUM = 65536 };

struct examined {
	unsigned long count;
	char format; /* d u o t c f; else one of a dump's */
	unsigned size;
	const char *dump;
};

/* The letters of a size, and those that choose a dump; the first row that is among them counts. */
static struct examined read_letters(const char *letters, size_t length)
{
	static const struct {
		char letter;
		const char *command;
		unsigned size;
	} rows[] = { { 'i', "u", 0 },  { 's', "da", 0 }, { 'a', "dps", 8 }, { 'g', "dq", 8 },
		     { 'w', "dd", 4 }, { 'h', "dw", 2 }, { 'b', "db", 1 } };
	struct examined x = { .count = 0 };
	size_t i = 0;
	for (; i < length && word_is_digit(letters[i]) && x.count <= COUNT_MAXIMUM; i++)
		x.count = x.count * 10 + (unsigned long)(letters[i] - '0');
	for (size_t row = sizeof(rows) / sizeof(rows[0]); row; row--)
		if (memchr(letters, rows[row - 1].letter, length)) {
			x.dump = rows[row - 1].command;
			x.size = rows[row - 1].size;
		}
	for (; i < length; i++)
		if (strchr("duotcf", letters[i]))
			x.format = letters[i];
	x.count += !x.count;
	return x;
}

/* ---- formats that no dump has ---- */

static void show_binary(struct out *o, uint64_t value, unsigned bits)
{
	for (unsigned i = bits; i; i--)
		out_printf(o, "%u", (unsigned)(value >> (i - 1) & 1));
}

static void show_number(struct out *o, const struct examined *x, uint64_t value)
{
	unsigned unused = 64 - 8 * x->size;
	int64_t number = (int64_t)(value << unused) >> unused;
	char text[DECIMAL_TEXT];
	if (x->format == 'd')
		out_printf(o, "%" PRId64, number);
	else if (x->format == 'u')
		out_printf(o, "%" PRIu64, value);
	else if (x->format == 'o')
		out_printf(o, "0%" PRIo64, value);
	else if (x->format == 't')
		show_binary(o, value, 8 * x->size);
	else if (x->format == 'c')
		out_printf(o, "%" PRId64 " '%c'", number, value >= 0x20 && value < 0x7f ? (char)value : '.');
	else
		out_text(o, x->size == 4 ? decimal_single((uint32_t)value, text) : decimal_double(value, text));
}

/* What is not mapped ends it. */
static bool show_numbers(struct prompt *p, const struct examined *x, uint64_t address)
{
	unsigned row = x->size == 8 ? 2 : x->size == 1 ? 8 : 4;
	char text[ADDRESS_TEXT];
	for (unsigned long i = 0; i < x->count; i++, address += x->size) {
		uint8_t bytes[8];
		uint64_t value = 0;
		if (rs_read_linear(p->machine, address, bytes, x->size) < x->size) {
			out_text(p->ui->out, i % row ? "\n" : "");
			return prompt_fail(p, "memory at %" PRIx64 " is not mapped", address);
		}
		for (unsigned b = x->size; b; b--)
			value = value << 8 | bytes[b - 1];
		if (i % row == 0)
			out_printf(p->ui->out, "%s ", address_text(address, text));
		out_text(p->ui->out, " ");
		show_number(p->ui->out, x, value);
		if (i % row == row - 1 || i + 1 == x->count)
			out_text(p->ui->out, "\n");
	}
	p->next.data = address;
	p->next.has_data = true;
	return true;
}

static bool examine_numbers(struct prompt *p, struct examined *x, const char *args)
{
	uint64_t address = p->next.has_data ? p->next.data : prompt_pc(p);
	if ((*args && !prompt_value(p, &args, &address)) || !prompt_end(p, args))
		return false;
	if (x->count > COUNT_MAXIMUM)
		return prompt_fail(p, "x: more than %u at once", COUNT_MAXIMUM);
	if (!x->size)
		x->size = x->format == 'f' ? 8 : x->format == 'c' ? 1 : 4;
	attended_look(p, LOOK_MEMORY, address);
	if (x->format == 'f' && x->size < 4)
		return prompt_fail(p, "x: floating-point values have 4 or 8 bytes: w or g");
	return show_numbers(p, x, address);
}

bool code_examine(struct prompt *p, const struct prompt_command *command, const char *args)
{
	char line[PROMPT_LINE + 40];
	bool has_format = *args == '/', ambiguous;
	(void)command;
	args += has_format;
	size_t letters = has_format ? strcspn(args, " \t") : 0;
	struct examined x = read_letters(args, letters);
	const char *rest = skip_blanks(args + letters);
	if (x.format)
		return examine_numbers(p, &x, rest);
	const char *dump = x.dump ? x.dump : "dd";
	const struct prompt_command *row = prompt_command_find(dump, strlen(dump), &ambiguous);
	snprintf(line, sizeof(line), "%s L 0n%lu", *rest ? rest : "@rip", x.count);
	return row->run(p, row, line);
}
