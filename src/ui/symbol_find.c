/* symbol_find.c - see symbols.h: names and lines of addresses, addresses of names and lines. */
#include <stdio.h>
#include <string.h>

#include "ui/symbols.h"
#include "ui/words.h"

/* How far a label without a size reaches when no other symbol follows. */
#define LABEL_REACH 0x10000
/* Nested labels that are looked through for the function around them. */
#define LOOK_BACK 64

/* Index of the first row behind the address. */
static size_t upper(const struct symbols *y, uint64_t address)
{
	size_t low = 0, high = y->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (y->row[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct symbol_row *symbols_at(const struct symbols *y, uint64_t address)
{
	size_t end = upper(y, address);
	for (size_t i = end; i > 0 && end - i < LOOK_BACK; i--) {
		const struct symbol_row *row = &y->row[i - 1];
		if (address - row->address < (row->size ? row->size : LABEL_REACH))
			return row;
	}
	return NULL;
}

const struct symbol_row *symbols_function(const struct symbols *y, uint64_t address)
{
	size_t end = upper(y, address);
	for (size_t i = end; i > 0 && end - i < LOOK_BACK; i--) {
		const struct symbol_row *row = &y->row[i - 1];
		if (row->size && address - row->address < row->size)
			return row;
	}
	return symbols_at(y, address);
}

const struct symbol_row *symbols_next(const struct symbols *y, uint64_t address)
{
	size_t i = upper(y, address);
	return i < y->count ? &y->row[i] : NULL;
}

static bool same(const char *text, size_t length, const char *name)
{
	return strlen(name) == length && !memcmp(text, name, length);
}

const struct symbol_row *symbols_row(const struct symbols *y, const char *name, size_t length)
{
	const char *mark = memchr(name, '!', length);
	const char *bare = mark ? mark + 1 : name;
	size_t rest = length - (size_t)(bare - name);
	const struct symbol_row *best = NULL;
	for (size_t i = 0; i < y->count; i++) {
		const struct symbol_row *row = &y->row[i];
		bool of_module = !mark || same(name, (size_t)(mark - name), y->module[row->module].name);
		if (of_module && same(bare, rest, row->name) && (!best || row->module < best->module))
			best = row;
	}
	return best;
}

/* "file.c:123", "module!file.c:123": the modules in their order, each asked for its debug information. */
static bool find_line(struct symbols *y, const char *name, size_t length, const char *colon, uint64_t *address)
{
	const char *mark = memchr(name, '!', length), *file = mark ? mark + 1 : name;
	struct debug_place place;
	unsigned line = 0;
	for (const char *c = colon + 1; c < name + length; c++) {
		if (!word_is_digit(*c) || line > 100000000)
			return false;
		line = line * 10 + (unsigned)(*c - '0');
	}
	for (size_t i = 0; i < y->module_count && line && file < colon; i++) {
		struct symbol_module *m = &y->module[i];
		if (mark && !same(name, (size_t)(mark - name), m->name))
			continue;
		struct debug_info *d = symbols_debug(y, m);
		if (d && debug_address_of(d, file, (size_t)(colon - file), line, &place)) {
			*address = place.address + m->bias;
			return true;
		}
	}
	return false;
}

bool symbols_find(struct symbols *y, const char *name, size_t length, uint64_t *address)
{
	if (length && name[0] == '`') { /* WinDbg's quotes around a line */
		name++;
		length -= length > 1 && name[length - 2] == '`' ? 2 : 1;
	}
	const char *colon = memchr(name, ':', length);
	if (colon)
		return find_line(y, name, length, colon, address);
	const struct symbol_row *row = symbols_row(y, name, length);
	if (row)
		*address = row->address;
	return row;
}

static const char *text_of(const struct symbols *y, const struct symbol_row *row, uint64_t address, char *text,
			   size_t size)
{
	if (!row)
		snprintf(text, size, "%s", "");
	else if (row->address == address)
		snprintf(text, size, "%s!%s", y->module[row->module].name, row->name);
	else
		snprintf(text, size, "%s!%s+0x%llx", y->module[row->module].name, row->name,
			 (unsigned long long)(address - row->address));
	return text;
}

const char *symbols_text(const struct symbols *y, uint64_t address, char *text, size_t size)
{
	return text_of(y, symbols_at(y, address), address, text, size);
}

const char *symbols_return_text(const struct symbols *y, uint64_t address, char *text, size_t size)
{
	return text_of(y, symbols_at(y, address - 1), address, text, size);
}

struct symbol_module *symbols_module(struct symbols *y, uint64_t address)
{
	const struct symbol_row *row = symbols_at(y, address);
	if (row)
		return &y->module[row->module];
	for (size_t i = 0; i < y->module_count; i++)
		if (address >= y->module[i].low && address < y->module[i].high)
			return &y->module[i];
	return NULL;
}

struct debug_info *symbols_debug(struct symbols *y, struct symbol_module *m)
{
	struct rs_error why;
	if (m->asked)
		return m->debug;
	m->asked = true;
	m->debug = m->bytes ? debug_open(y->host, m->bytes, m->size, &why) : NULL;
	if (m->bytes && !m->debug && why.code == RS_ERROR_MEMORY)
		symbols_warn(y, &why);
	if (!m->debug)
		snprintf(m->no_debug, sizeof(m->no_debug), "%.100s", m->bytes ? why.text : "the file was not read");
	return m->debug;
}

/* What covers the address may be a symbol of a text: then another module that holds it knows more. */
struct debug_info *symbols_debug_at(struct symbols *y, uint64_t address, uint64_t *bias)
{
	struct symbol_module *m = symbols_module(y, address);
	struct debug_info *d = m ? symbols_debug(y, m) : NULL;
	for (size_t i = 0; !d && i < y->module_count; i++) {
		m = &y->module[i];
		if (address >= m->low && address < m->high)
			d = symbols_debug(y, m);
	}
	*bias = d ? m->bias : 0;
	return d;
}

bool symbols_place(struct symbols *y, uint64_t address, struct debug_place *place)
{
	uint64_t bias;
	struct debug_info *d = symbols_debug_at(y, address, &bias);
	if (!d || !debug_place_of(d, address - bias, place))
		return false;
	place->address += bias;
	return true;
}
