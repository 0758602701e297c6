/* image_sections.c - the ELF section headers of which a Multiboot 2 kernel is told. */
#include "board/elf.h"
#include "board/image.h"

/* A table that is not as the class has it, or that leaves the file, is none. */
struct image_sections image_sections(const uint8_t *bytes, size_t size)
{
	const struct elf_shape *e = elf_shape_of(bytes, size);
	struct image_sections none = {0};

	if (!e)
		return none;
	uint64_t offset = elf_word(e, bytes + e->e_shoff);
	unsigned count = elf_half(bytes + e->e_shnum), names = elf_half(bytes + e->e_shstrndx);
	if (elf_half(bytes + e->e_shentsize) != e->shdr_size || names >= count ||
	    !elf_inside(offset, count, e->shdr_size, size))
		return none;
	struct image_sections sections = {e, (size_t)offset, count, e->shdr_size, names};
	for (unsigned i = 0; i < count; i++) {
		struct image_section s = image_section(bytes, &sections, i);
		if (!elf_inside(s.offset, s.size, 1, size))
			return none;
	}
	return sections;
}

struct image_section image_section(const uint8_t *bytes, const struct image_sections *sections, unsigned index)
{
	size_t header = sections->offset + (size_t)index * sections->each;
	const struct elf_shape *e = sections->elf;
	const uint8_t *b = bytes + header;
	uint32_t type = elf_u32(b + SH_TYPE);
	bool in_file = type != SHT_NULL && type != SHT_NOBITS;
	bool in_segment = elf_word(e, b + SH_FLAGS) & SHF_ALLOC;

	return (struct image_section){
		.header = header,
		.offset = (size_t)elf_word(e, b + e->sh_offset),
		.size = in_file && !in_segment ? elf_word(e, b + e->sh_size) : 0,
		.address_at = e->sh_addr,
		.address_size = e->word,
	};
}
