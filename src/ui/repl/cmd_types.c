/* cmd_types.c - dt: structures by DWARF, with or without the values that memory holds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/types.h"
#include "ui/words.h"

enum { DEEPEST = 16, MEMBERS = 100000, TEXT = 400, BYTES = 64 };

struct dump {
	struct prompt *p;
	struct debug_info *d;
	bool has_address;
	uint64_t address;
	unsigned deep; /* structures within structures that are opened */
	unsigned left; /* lines that may still be shown */
};

static uint64_t bits_of(const uint8_t *bytes, unsigned first, unsigned count)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < count; i++)
		value |= (uint64_t)(bytes[(first + i) / 8] >> (first + i) % 8 & 1) << i;
	return value;
}

/* "0y101" */
static void bits_text(uint64_t value, unsigned bits, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "0y");
	for (unsigned i = bits; i > 0 && used + 1 < size; i--)
		text[used++] = value >> (i - 1) & 1 ? '1' : '0';
	text[used] = 0;
}

static void member_text(struct dump *dump, const struct debug_member *m, uint64_t address, char *text, size_t size)
{
	uint8_t bytes[BYTES + 1] = { 0 };
	size_t there = dump->has_address ? rs_read_linear(dump->p->machine, address, bytes, BYTES) : 0;
	if (!dump->has_address && m->bits)
		snprintf(text, size, "Pos %u, %u Bit%s", m->bit, m->bits, m->bits == 1 ? "" : "s");
	else if (!dump->has_address)
		type_text(dump->d, m->type, text, size);
	else if (m->bits && (m->bit + m->bits + 7) / 8 <= there)
		bits_text(bits_of(bytes, m->bit, m->bits), m->bits, text, size);
	else if (m->bits)
		snprintf(text, size, "???");
	else
		type_value_text(dump->d, m->type, bytes, there, text, size);
}

static bool is_record(const struct debug_type *t)
{
	return t->kind == DEBUG_STRUCT || t->kind == DEBUG_UNION;
}

/* Members without a name are opened in any case: theirs can be asked for as if they were the structure's own. */
static void show_members(struct dump *dump, debug_handle type, uint64_t offset, unsigned depth)
{
	struct debug_member m;
	struct debug_type t;
	char text[TEXT];
	for (uint64_t cursor = 0; dump->left && debug_member_next(dump->d, type, &cursor, &m);) {
		dump->left--;
		uint64_t at = offset + m.offset;
		member_text(dump, &m, dump->address + at, text, sizeof(text));
		out_printf(dump->p->ui->out, "%*s+0x%03" PRIx64 " %-16.200s : %s\n", 3 + 3 * (int)depth, "", at,
			   *m.name ? m.name : "<unnamed>", text);
		bool open = depth < dump->deep || (!*m.name && depth < DEEPEST);
		if (open && debug_type(dump->d, m.type, &t) && is_record(&t))
			show_members(dump, m.type, at, depth + 1);
	}
}

static void show_enumerators(struct dump *dump, debug_handle type)
{
	uint64_t value;
	const char *name;
	for (uint64_t cursor = 0; dump->left && (name = debug_enumerator_next(dump->d, type, &cursor, &value));) {
		dump->left--;
		out_printf(dump->p->ui->out, "   %s = 0n%" PRId64 "\n", name, (int64_t)value);
	}
}

static void show_scalar(struct dump *dump, debug_handle type)
{
	const struct debug_member whole = { .name = "", .type = type };
	char text[TEXT];
	member_text(dump, &whole, dump->address, text, sizeof(text));
	out_printf(dump->p->ui->out, "%s\n", text);
}

static bool show_type(struct dump *dump, debug_handle type)
{
	struct debug_type t;
	if (!debug_type(dump->d, type, &t))
		return prompt_fail(dump->p, "dt: the debug information of that type cannot be read");
	if (is_record(&t))
		show_members(dump, type, 0, 0);
	else if (t.kind == DEBUG_ENUM && !dump->has_address)
		show_enumerators(dump, type);
	else
		show_scalar(dump, type);
	if (!dump->left)
		out_text(dump->p->ui->out, "   ...\n");
	return true;
}

/* The word is a type, or a variable, which has an address of its own; in which module, if it names one. */
static bool find_subject(struct dump *dump, const char *word, size_t length, debug_handle *type)
{
	struct symbols *y = &dump->p->symbols;
	const char *mark = memchr(word, '!', length), *name = mark ? mark + 1 : word;
	size_t rest = length - (size_t)(name - word);
	uint64_t address;
	for (size_t i = 0; i < y->module_count; i++) {
		struct symbol_module *m = &y->module[i];
		if (mark && (strlen(m->name) != (size_t)(mark - word) || memcmp(m->name, word, (size_t)(mark - word))))
			continue;
		if (!(dump->d = symbols_debug(y, m)))
			continue;
		if (debug_type_find(dump->d, name, rest, type))
			return true;
		if (debug_variable_find(dump->d, name, rest, &address, type)) {
			dump->address = address + m->bias;
			dump->has_address = true;
			return true;
		}
	}
	return false;
}

static bool no_subject(struct prompt *p, const char *word, size_t length)
{
	bool any = false;
	for (size_t i = 0; i < p->symbols.module_count; i++)
		any |= symbols_debug(&p->symbols, &p->symbols.module[i]) != NULL;
	if (any)
		return prompt_fail(p, "dt: no type or variable '%.*s' in the debug information",
				   (int)(length < 100 ? length : 100), word);
	return prompt_fail(p, "dt: no debug information: %s",
			   p->symbols.module_count ? p->symbols.module[0].no_debug : "no module");
}

/* "-r", "-r3": structures within structures are opened, three deep. */
static const char *take_switch(const char *args, unsigned *deep)
{
	if (args[0] != '-' || args[1] != 'r')
		return args;
	*deep = DEEPEST;
	for (args += 2; word_is_digit(*args); args++)
		*deep = *args - '0' < DEEPEST ? (unsigned)(*args - '0') : DEEPEST;
	return args + strspn(args, " \t");
}

bool types_dump(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct dump dump = { .p = p, .left = MEMBERS };
	debug_handle type;
	(void)command;
	args = take_switch(args, &dump.deep);
	if (!strncmp(args, "struct ", 7) || !strncmp(args, "union ", 6) || !strncmp(args, "enum ", 5))
		args += strcspn(args, " ") + 1; /* gdb's words */
	size_t length = strcspn(args, " \t");
	const char *rest = args + length + strspn(args + length, " \t");
	if (!length)
		return prompt_fail(p, "dt: which type? dt [-r] TYPE [ADDRESS]");
	if (!find_subject(&dump, args, length, &type))
		return no_subject(p, args, length);
	if (*rest) {
		if (!prompt_value(p, &rest, &dump.address) || !prompt_end(p, rest))
			return false;
		dump.has_address = true;
	}
	if (dump.has_address)
		attended_look(p, LOOK_MEMORY, dump.address);
	return show_type(&dump, type);
}
