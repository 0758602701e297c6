/* symbols.c - the symbol table of an ELF file. It only serves people, so a broken one is no error but no table. */
#include "board/elf.h"
#include "board/image.h"

#include <string.h>

struct symbol_table {
	const struct elf_shape *elf;
	const uint8_t *symbols;
	size_t count;
	const char *strings; /* ends with a zero byte */
	size_t string_size;
};

/* The bytes of a section, or NULL where they leave the file. */
static const uint8_t *section_bytes(const struct elf_shape *e, const uint8_t *bytes, size_t size, const uint8_t *header,
                                    size_t *section_size)
{
	uint64_t offset = elf_word(e, header + e->sh_offset), length = elf_word(e, header + e->sh_size);

	if (!elf_inside(offset, length, 1, size))
		return NULL;
	*section_size = (size_t)length;
	return bytes + offset;
}

static bool names_inside(const struct symbol_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (elf_u32(t->symbols + i * t->elf->sym_size + ST_NAME) >= t->string_size)
			return false;
	return true;
}

/* Section headers by number, or NULL for a number that the file does not have. */
static const uint8_t *section_header(const struct elf_shape *e, const uint8_t *bytes, size_t size, uint32_t index)
{
	uint64_t offset = elf_word(e, bytes + e->e_shoff);
	unsigned count = elf_half(bytes + e->e_shnum);

	if (index >= count || elf_half(bytes + e->e_shentsize) != e->shdr_size)
		return NULL;
	return elf_inside(offset, count, e->shdr_size, size) ? bytes + offset + (size_t)index * e->shdr_size : NULL;
}

static bool table_open(struct symbol_table *t, const uint8_t *bytes, size_t size, const uint8_t *header)
{
	const struct elf_shape *e = t->elf;
	const uint8_t *strings = section_header(e, bytes, size, elf_u32(header + e->sh_link));
	size_t symbol_size = 0;

	if (!strings || elf_u32(strings + SH_TYPE) != SHT_STRTAB || elf_word(e, header + e->sh_entsize) != e->sym_size)
		return false;
	t->symbols = section_bytes(e, bytes, size, header, &symbol_size);
	t->strings = (const char *)section_bytes(e, bytes, size, strings, &t->string_size);
	if (!t->symbols || !t->strings || symbol_size % e->sym_size)
		return false;
	t->count = symbol_size / e->sym_size;
	return t->string_size > 0 && t->strings[t->string_size - 1] == 0 && names_inside(t);
}

static bool table_find(struct symbol_table *t, const uint8_t *bytes, size_t size)
{
	const uint8_t *header;

	for (uint32_t i = 0; (header = section_header(t->elf, bytes, size, i)); i++)
		if (elf_u32(header + SH_TYPE) == SHT_SYMTAB)
			return table_open(t, bytes, size, header);
	return false;
}

/* Absolute symbols are constants of the assembler, not places; undefined and common ones have no place. */
static bool is_place(const struct symbol_table *t, const uint8_t *symbol)
{
	unsigned section = elf_half(symbol + t->elf->st_shndx), type = symbol[t->elf->st_info] & 15u;

	if (section == SHN_UNDEF || section >= SHN_LORESERVE || t->strings[elf_u32(symbol + ST_NAME)] == 0)
		return false;
	return type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC;
}

void image_symbols(const uint8_t *bytes, size_t size, void (*each)(void *arg, const struct symbol *symbol), void *arg)
{
	struct symbol_table t = {.elf = elf_shape_of(bytes, size)};

	if (!t.elf || !table_find(&t, bytes, size))
		return;
	for (size_t i = 0; i < t.count; i++) {
		const uint8_t *at = t.symbols + i * t.elf->sym_size;
		struct symbol symbol = {
			.name = t.strings + elf_u32(at + ST_NAME),
			.address = elf_word(t.elf, at + t.elf->st_value),
			.size = elf_word(t.elf, at + t.elf->st_size),
		};
		if (is_place(&t, at))
			each(arg, &symbol);
	}
}
