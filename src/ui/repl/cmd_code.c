/* cmd_code.c - u, ln, x: instructions and names. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/disasm.h"
#include "ui/repl/commands.h"
#include "ui/words.h"

enum { LONGEST = 15, LINES = 8, LISTED = 0x10000 };

const char *address_text(uint64_t address, char *text)
{
	snprintf(text, ADDRESS_TEXT, "%08" PRIx64 "`%08" PRIx64, address >> 32, address & UINT32_MAX);
	return text;
}

size_t code_at(struct prompt *p, uint64_t address, uint8_t *bytes, char *text, size_t size)
{
	size_t there = rs_read_linear(p->machine, address, bytes, LONGEST);
	size_t length = ui_instruction_length(bytes, there, prompt_mode(p));
	*text = 0;
	return length && ui_disassemble(bytes, length, address, prompt_mode(p), text, size) ? length : 0;
}

/* A line of its own for the symbol and the line of the source: at each stop, and where a new symbol begins. */
static void show_label(struct prompt *p, uint64_t address, bool always)
{
	char symbol[200];
	struct debug_place place;
	const struct symbol_row *row = symbols_at(&p->symbols, address);
	if (!row || (!always && row->address != address))
		return;
	out_text(p->ui->out, symbols_text(&p->symbols, address, symbol, sizeof(symbol)));
	if (symbols_place(&p->symbols, address, &place))
		out_printf(p->ui->out, " [%s @ %u]", place.file, place.line);
	out_text(p->ui->out, ":\n");
}

/* Small numbers are no addresses. */
const char *code_target(const struct prompt *p, const char *text, char *symbol, size_t size)
{
	uint64_t address = 0;
	for (const char *at = strstr(text, "0x"); at; at = strstr(at + 2, "0x")) {
		address = 0;
		for (const char *c = at + 2; word_hex_digit(*c) >= 0; c++)
			address = address << 4 | (unsigned)word_hex_digit(*c);
	}
	symbol[0] = 0;
	return address < 0x10000 ? symbol : symbols_text(&p->symbols, address, symbol, size);
}

bool code_line(struct prompt *p, uint64_t *address, bool label)
{
	uint8_t bytes[LONGEST + 1];
	char text[120], where[ADDRESS_TEXT], hex[2 * LONGEST + 1], symbol[200];
	size_t length = code_at(p, *address, bytes, text, sizeof(text));
	if (!length && rs_read_linear(p->machine, *address, bytes, 1) != 1)
		return false;
	size_t shown = length ? length : 1;
	for (size_t i = 0; i < shown; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	show_label(p, *address, label);
	const char *target = code_target(p, text, symbol, sizeof(symbol));
	out_printf(p->ui->out, "%s %-15s %s%s%s\n", address_text(*address, where), hex, length ? text : "???",
		   *target ? "  ; " : "", target);
	*address += shown;
	return true;
}

/* A length counts instructions. */
bool code_list(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct range r = { .address = p->next.has_code ? p->next.code : prompt_pc(p), .count = LINES };
	(void)command;
	if (!prompt_range(p, args, &r))
		return false;
	if ((r.has_last ? r.last - r.address : r.count) > LISTED)
		return prompt_fail(p, "u: more than %x at once", LISTED);
	for (uint64_t i = 0; r.has_last ? r.address <= r.last : i < r.count; i++)
		if (!code_line(p, &r.address, i == 0))
			return prompt_fail(p, "memory at %" PRIx64 " is not mapped", r.address);
	p->next.code = r.address;
	p->next.has_code = true;
	return true;
}

bool code_nearest(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address = prompt_pc(p);
	char text[200], where[ADDRESS_TEXT];
	struct debug_place place;
	(void)command;
	if ((*args && !prompt_value(p, &args, &address)) || !prompt_end(p, args))
		return false;
	const struct symbol_row *at = symbols_at(&p->symbols, address), *next = symbols_next(&p->symbols, address);
	if (!at && !next)
		return prompt_fail(p, "no symbol is near %" PRIx64, address);
	if (at)
		out_printf(p->ui->out, "(%s)   %s", address_text(at->address, where),
			   symbols_text(&p->symbols, address, text, sizeof(text)));
	if (next)
		out_printf(p->ui->out, "%s(%s)   %s", at ? "   |  " : "", address_text(next->address, where),
			   symbols_text(&p->symbols, next->address, text, sizeof(text)));
	out_text(p->ui->out, "\n");
	if (symbols_place(&p->symbols, address, &place))
		out_printf(p->ui->out, "[%s @ %u]\n", place.file, place.line);
	return true;
}

bool code_symbols(struct prompt *p, const struct prompt_command *command, const char *args)
{
	const struct symbols *y = &p->symbols;
	char where[ADDRESS_TEXT], name[400];
	bool any = false, full = strchr(args, '!');
	if (*args == '/')
		return code_examine(p, command, args);
	if (!*args)
		return prompt_fail(p, "x: which symbols? Give a pattern, as in x *entry*");
	for (size_t i = 0; i < y->count; i++) {
		snprintf(name, sizeof(name), "%s!%s", y->module[y->row[i].module].name, y->row[i].name);
		if (!word_matches(args, full ? name : y->row[i].name))
			continue;
		out_printf(p->ui->out, "%s %s\n", address_text(y->row[i].address, where), name);
		any = true;
	}
	return any || prompt_fail(p, "no symbol matches %.100s", args);
}
