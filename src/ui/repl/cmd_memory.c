/* cmd_memory.c - d* and e*: guest memory as a debugger reads and writes it, without a fault or an Accessed bit. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"

enum { ROW = 16, PAGE = 4096, TEXT_MAXIMUM = 1024, DUMP_MAXIMUM = 1 << 20, SEARCH_MAXIMUM = 256 << 20 };

/* How each kind of dump sets its items. */
struct layout {
	int flavour;
	unsigned size, items; /* bytes of an item, items without a length */
};

static const struct layout *layout_of(int flavour)
{
	static const struct layout layouts[] = { { 'b', 1, 128 }, { 'w', 2, 64 }, { 'd', 4, 32 }, { 'q', 8, 16 } };
	size_t i = 0;
	while (layouts[i].flavour != flavour)
		i++;
	return &layouts[i];
}

static uint64_t item_at(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;
	for (unsigned i = size; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

/* One item, or question marks where it is not mapped. */
static void show_item(struct out *o, const uint8_t *bytes, unsigned size, bool there)
{
	uint64_t value = item_at(bytes, size);
	if (!there)
		out_printf(o, "%.*s", (int)size * 2 + (size == 8), "?????????????????");
	else if (size == 8)
		out_printf(o, "%08" PRIx64 "`%08" PRIx64, value >> 32, value & UINT32_MAX);
	else
		out_printf(o, "%0*" PRIx64, (int)size * 2, value);
}

static void show_characters(struct out *o, const uint8_t *bytes, size_t used, size_t there)
{
	out_printf(o, "%*s", (int)(ROW - used) * 3 + 2, "");
	for (size_t i = 0; i < used; i++) {
		bool plain = i < there && bytes[i] >= 0x20 && bytes[i] < 0x7f;
		out_printf(o, "%c", i >= there ? '?' : plain ? bytes[i] : '.');
	}
}

/* A line of at most 16 bytes; `used` of them are wanted. */
static void show_line(struct prompt *p, const struct layout *l, uint64_t address, size_t used)
{
	struct out *o = p->ui->out;
	uint8_t bytes[ROW] = { 0 };
	char text[ADDRESS_TEXT];
	size_t there = rs_read_linear(p->machine, address, bytes, used);
	out_printf(o, "%s ", address_text(address, text));
	for (size_t i = 0; i < used; i += l->size) {
		out_text(o, l->size == 1 && i == 8 ? "-" : " ");
		show_item(o, bytes + i, l->size, i + l->size <= there);
	}
	if (l->size == 1)
		show_characters(o, bytes, used, there);
	out_text(o, "\n");
}

/* The range that the arguments give, `count` in items of `size` bytes; its first byte must be there. */
static bool data_range(struct prompt *p, const char *args, struct range *r, unsigned size)
{
	uint8_t byte;
	r->address = p->next.has_data ? p->next.data : prompt_pc(p);
	if (!prompt_range(p, args, r))
		return false;
	if (r->has_last)
		r->count = (r->last - r->address) / size + 1;
	if (r->count > DUMP_MAXIMUM / size)
		return prompt_fail(p, "%" PRIx64 " items are more than a dump shows at once (1 MiB)", r->count);
	if (rs_read_linear(p->machine, r->address, &byte, 1) != 1)
		return prompt_fail(p, "memory at %" PRIx64 " is not mapped", r->address);
	attended_look(p, LOOK_MEMORY, r->address);
	p->next.data = r->address + r->count * size;
	p->next.has_data = true;
	return true;
}

bool memory_dump(struct prompt *p, const struct prompt_command *command, const char *args)
{
	const struct layout *l = layout_of(command->flavour);
	struct range r = { .count = l->items };
	if (!data_range(p, args, &r, l->size))
		return false;
	for (uint64_t left = r.count * l->size; left;) {
		size_t used = left < ROW ? (size_t)left : ROW;
		show_line(p, l, r.address, used);
		r.address += used;
		left -= used;
	}
	return true;
}

bool memory_symbols(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct range r = { .count = ROW };
	char text[ADDRESS_TEXT], symbol[200];
	(void)command;
	if (!data_range(p, args, &r, 8))
		return false;
	for (; r.count; r.count--, r.address += 8) {
		uint8_t bytes[8] = { 0 };
		bool there = rs_read_linear(p->machine, r.address, bytes, 8) == 8;
		out_printf(p->ui->out, "%s  ", address_text(r.address, text));
		show_item(p->ui->out, bytes, 8, there);
		symbols_text(&p->symbols, item_at(bytes, 8), symbol, sizeof(symbol));
		out_printf(p->ui->out, "%s%s\n", there && symbol[0] ? " " : "", there ? symbol : "");
	}
	return true;
}

/* Up to the first zero, or as many characters as were asked for. */
bool memory_text(struct prompt *p, const struct prompt_command *command, const char *args)
{
	unsigned size = (unsigned)command->flavour;
	struct range r = { .count = TEXT_MAXIMUM };
	char text[ADDRESS_TEXT];
	if (!data_range(p, args, &r, size))
		return false;
	out_printf(p->ui->out, "%s  \"", address_text(r.address, text));
	for (; r.count; r.count--, r.address += size) {
		uint8_t bytes[2] = { 0 };
		uint64_t c = rs_read_linear(p->machine, r.address, bytes, size) == size ? item_at(bytes, size) : 0;
		if (!c)
			break;
		out_printf(p->ui->out, "%c", c >= 0x20 && c < 0x7f ? (char)c : '.');
	}
	out_text(p->ui->out, "\"\n");
	p->next.data = r.address + size;
	return true;
}

/* Nothing is written unless all of it can be. */
static bool write_values(struct prompt *p, uint64_t address, const uint8_t *bytes, size_t size)
{
	uint8_t there[PROMPT_LINE * 4];
	size_t reached = rs_read_linear(p->machine, address, there, size);
	if (!prompt_may_change(p, "e"))
		return false;
	if (reached == size)
		reached = rs_write_linear(p->machine, address, bytes, size);
	return reached == size || prompt_fail(p, "memory at %" PRIx64 " is not mapped", address + reached);
}

bool memory_edit(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint8_t bytes[PROMPT_LINE * 4]; /* a value takes two characters of the line at least */
	unsigned size = (unsigned)command->flavour;
	size_t used = 0;
	uint64_t address, value;
	if (!prompt_value(p, &args, &address))
		return false;
	if (!*args)
		return prompt_fail(p, "%s: which values? Give them behind the address", command->name);
	while (*args) {
		if (!prompt_value(p, &args, &value))
			return false;
		if (size < 8 && value >> (8 * size))
			return prompt_fail(p, "%s: %" PRIx64 " does not fit into %u bytes", command->name, value, size);
		for (unsigned i = 0; i < size; i++)
			bytes[used++] = (uint8_t)(value >> (8 * i));
	}
	attended_look(p, LOOK_MEMORY, address);
	return write_values(p, address, bytes, used);
}

/* ---- s ---- */

/* The width of an item by its letter; 0: none. */
static unsigned search_size(char letter)
{
	return letter == 'b' || letter == 'a' ? 1 : letter == 'w' ? 2 : letter == 'd' ? 4 : letter == 'q' ? 8 : 0;
}

/* What is looked for: values of that size, or a text in quotes. */
static bool read_pattern(struct prompt *p, const char *args, unsigned size, uint8_t *bytes, size_t *used)
{
	char text[PROMPT_LINE];
	uint64_t value;
	*used = 0;
	if (*args == '"') {
		if (!prompt_text(p, &args, text, sizeof(text)) || !prompt_end(p, args))
			return false;
		*used = strlen(text);
		memcpy(bytes, text, *used);
	}
	while (*args) {
		if (!prompt_value(p, &args, &value))
			return false;
		if (size < 8 && value >> (8 * size))
			return prompt_fail(p, "s: %" PRIx64 " does not fit into %u bytes", value, size);
		for (unsigned i = 0; i < size; i++)
			bytes[(*used)++] = (uint8_t)(value >> (8 * i));
	}
	return *used || prompt_fail(p, "s: what? Give values or a \"text\" behind the range");
}

static void show_found(struct prompt *p, uint64_t address, const uint8_t *bytes, size_t size)
{
	char text[ADDRESS_TEXT];
	out_printf(p->ui->out, "%s ", address_text(address, text));
	for (size_t i = 0; i < size && i < ROW; i++)
		out_printf(p->ui->out, " %02x", bytes[i]);
	out_text(p->ui->out, "\n");
}

/* A page and what may begin in it at a time; pages that are not mapped are left out. */
static void search(struct prompt *p, const struct range *r, const uint8_t *pattern, size_t size)
{
	uint8_t bytes[PAGE + PROMPT_LINE * 4];
	for (uint64_t done = 0, part; done < r->count; done += part) {
		uint64_t address = r->address + done, left = r->count - done;
		part = PAGE - address % PAGE < left ? PAGE - address % PAGE : left;
		size_t there = rs_read_linear(p->machine, address, bytes, (size_t)part + size - 1);
		for (size_t i = 0; i < part && i + size <= there; i++)
			if (!memcmp(bytes + i, pattern, size))
				show_found(p, address + i, bytes + i, size);
	}
}

bool memory_search(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint8_t pattern[PROMPT_LINE * 4];
	struct range r = { .count = 0 };
	unsigned size = 1;
	size_t used;
	(void)command;
	if (*args == '-') {
		size = search_size(args[1]);
		if (!size)
			return prompt_fail(p, "s: -b, -w, -d, -q or -a, not %.2s", args);
		args = skip_blanks(args + 2);
	}
	if (!*args)
		return prompt_fail(p, "s: where? Give a range, as in s start L1000 0f 05");
	if (!prompt_range_part(p, &args, &r))
		return false;
	r.count = r.has_last ? r.last - r.address + 1 : r.count * size;
	if (r.count > SEARCH_MAXIMUM)
		return prompt_fail(p, "s: a range of more than 256 MiB");
	if (!read_pattern(p, args, size, pattern, &used))
		return false;
	search(p, &r, pattern, used);
	return true;
}
