/* symbol_file.c - what a file of symbols holds: an ELF file's table, or lines of text. */
#include <inttypes.h>
#include <string.h>

#include "board/elf.h"
#include "board/image.h"
#include "ui/symbols.h"
#include "ui/words.h"

typedef void each_fn(void *arg, const struct symbol *symbol);

/* ---- lines ADDRESS NAME [SIZE] ---- */

/* Steps over a word of the line; NULL at its end. */
static char *next_word(char **at, char *end, size_t *length)
{
	char *word = *at;
	while (word < end && word_is_space(*word))
		word++;
	*at = word;
	while (*at < end && !word_is_space(**at))
		++*at;
	*length = (size_t)(*at - word);
	return *length ? word : NULL;
}

/* Hexadecimal, with or without 0x and backticks. */
static bool read_number(const char *word, size_t length, uint64_t *value)
{
	char text[40];
	size_t n = 0;
	for (size_t i = 0; i < length; i++)
		if (word[i] != '`' && n + 1 < sizeof(text))
			text[n++] = word[i];
	text[n] = 0;
	return length < sizeof(text) && word_address(text, value);
}

static bool is_printable(const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!word[i] || word_is_control(word[i]))
			return false;
	return true;
}

/* An empty line and a comment have no symbol: `symbol->name` stays NULL. */
static bool read_line(char *line, char *end, struct symbol *symbol, char **name_end)
{
	size_t length;
	char *at = line, *word = next_word(&at, end, &length);
	if (!word || *word == '#' || *word == ';')
		return true;
	if (!read_number(word, length, &symbol->address))
		return false;
	symbol->name = word = next_word(&at, end, &length);
	if (!word || !is_printable(word, length))
		return false;
	*name_end = word + length;
	word = next_word(&at, end, &length);
	if (word && (!read_number(word, length, &symbol->size) || next_word(&at, end, &length)))
		return false;
	return true;
}

static bool text_read(struct symbol_module *m, each_fn *each, void *arg, struct rs_error *why)
{
	char *text = m->names ? m->names : (char *)m->bytes, *stop = text + m->size;
	if (m->names)
		memcpy(m->names, m->bytes, m->size);
	for (unsigned line = 1; text < stop; line++) {
		struct symbol symbol = { .name = NULL };
		char *end = memchr(text, '\n', (size_t)(stop - text)), *name_end = NULL;
		char *next = end ? end + 1 : stop;
		if (!read_line(text, end ? end : stop, &symbol, &name_end))
			return error_set(why, RS_ERROR_IMAGE, "%s:%u: no line ADDRESS NAME [SIZE]", m->path, line);
		if (symbol.name && m->names)
			*name_end = 0; /* a blank, the line's end, or the byte behind the content */
		if (symbol.name)
			each(arg, &symbol);
		text = next;
	}
	return true;
}

/* ---- ELF files and texts ---- */

static bool is_elf(const struct symbol_module *m)
{
	return m->size >= 4 && !memcmp(m->bytes, "\177ELF", 4);
}

bool symbol_file_is_text(const struct symbol_module *m)
{
	return m->bytes && !is_elf(m);
}

bool symbol_file_read(struct symbol_module *m, each_fn *each, void *arg, struct rs_error *why)
{
	if (!is_elf(m))
		return text_read(m, each, arg, why);
	image_symbols(m->bytes, m->size, each, arg);
	return true;
}

static void extend(struct symbol_module *m, uint64_t low, uint64_t size)
{
	uint64_t high = size > UINT64_MAX - low ? UINT64_MAX : low + size;
	if (m->low == m->high) {
		m->low = low;
		m->high = high;
	}
	m->low = low < m->low ? low : m->low;
	m->high = high > m->high ? high : m->high;
}

void symbol_file_extent(struct symbol_module *m)
{
	const struct elf_shape *e = is_elf(m) ? elf_shape_of(m->bytes, m->size) : NULL;
	if (!e)
		return;
	uint64_t offset = elf_word(e, m->bytes + e->e_phoff);
	unsigned count = elf_half(m->bytes + e->e_phnum);
	if (elf_half(m->bytes + e->e_phentsize) != e->phdr_size || !elf_inside(offset, count, e->phdr_size, m->size))
		return;
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *header = m->bytes + offset + (size_t)i * e->phdr_size;
		if (elf_u32(header + P_TYPE) == PT_LOAD && elf_word(e, header + e->p_memsz))
			extend(m, elf_word(e, header + e->p_vaddr) + m->bias, elf_word(e, header + e->p_memsz));
	}
}
