/* image_multiboot.c - the header of Multiboot 1, and placing by a Multiboot header's addresses. */
#include "board/image_reader.h"

#include <inttypes.h>

enum { MULTIBOOT_SEARCH = 8192, MULTIBOOT_HEADER = 12, MULTIBOOT_ADDRESSES = 20 };

#define MULTIBOOT_MAGIC 0x1badb002u
#define MULTIBOOT_VIDEO 0x00000004u
#define MULTIBOOT_UNKNOWN 0x0000fff8u /* bits 15:3 are requirements [Multiboot 3.1.2]; 0 and 1 are always met */
#define MULTIBOOT_ADDRESS 0x00010000u

/* ---- placing by addresses ---------------------------------------------------------------------------------------- */

static bool addresses_refuse(struct reader *r, const struct addresses *a, const char *problem)
{
	return reader_refuse(r,
	                     "%s (offset 0x%zx; header_addr 0x%" PRIx32 ", load_addr 0x%" PRIx32
	                     ", load_end_addr 0x%" PRIx32 ", bss_end_addr 0x%" PRIx32 ", entry_addr 0x%" PRIx32
	                     "): %s; correct them or %s",
	                     a->what, a->at, a->header, a->load, a->load_end, a->bss_end, a->entry, problem, a->todo);
}

bool addresses_place(struct reader *r, const struct addresses *a)
{
	struct image_segment s = {.paddr = a->load, .vaddr = a->load, .writable = true, .executable = true};

	if (a->load > a->header || a->header - a->load > a->offset)
		return addresses_refuse(r, a, "load_addr does not lie at or before the header within the file");
	s.offset = a->offset - (a->header - a->load);
	s.file_size = r->size - s.offset;
	if (a->load_end && (a->load_end <= a->load || a->load_end - a->load > s.file_size))
		return addresses_refuse(r, a, "load_end_addr is not behind load_addr within the file");
	if (a->load_end)
		s.file_size = a->load_end - a->load;
	uint64_t load_end = s.paddr + s.file_size;
	if (a->bss_end && a->bss_end < load_end)
		return addresses_refuse(r, a, "bss_end_addr lies before the end of what is loaded");
	s.memory_size = a->bss_end ? a->bss_end - s.paddr : s.file_size;
	if (load_end > ADDRESS_END_32)
		return addresses_refuse(r, a, "the image does not end below 4 GiB");
	if (!reader_within(a->entry, s.paddr, s.file_size))
		return addresses_refuse(r, a, "entry_addr does not lie in what is loaded");
	r->image->entry = a->entry;
	return reader_place(r, &s, "Multiboot image", 0);
}

/* ---- the header -------------------------------------------------------------------------------------------------- */

/* The header's offset: within the first 8192 bytes, 4-aligned, the three words adding up to 0 [Multiboot 3.1.1]. */
long multiboot_find(const struct reader *r, long *broken)
{
	size_t end = r->size < MULTIBOOT_SEARCH ? r->size : MULTIBOOT_SEARCH;

	*broken = -1;
	for (size_t at = 0; at + MULTIBOOT_HEADER <= end; at += 4) {
		const uint8_t *b = r->bytes + at;
		if (elf_u32(b) != MULTIBOOT_MAGIC)
			continue;
		if (elf_u32(b) + elf_u32(b + 4) + elf_u32(b + 8) == 0)
			return (long)at;
		*broken = (long)at;
	}
	return -1;
}

static bool multiboot_check_flags(struct reader *r, size_t header)
{
	uint32_t flags = elf_u32(r->bytes + header + 4);

	r->image->multiboot_flags = flags;
	if (flags & MULTIBOOT_VIDEO)
		return reader_refuse(r,
		                     "Multiboot header flags (offset 0x%zx) are 0x%" PRIx32
		                     ": bit 2 asks for a video mode, and this machine has no display; clear the bit",
		                     header + 4, flags);
	if (flags & MULTIBOOT_UNKNOWN)
		return reader_refuse(r,
		                     "Multiboot header flags (offset 0x%zx) are 0x%" PRIx32 ": bits 0x%" PRIx32
		                     " are requirements that version 0.6.96 does not define; clear them",
		                     header + 4, flags, flags & MULTIBOOT_UNKNOWN);
	return true;
}

bool multiboot_has_addresses(const struct reader *r, size_t header)
{
	return elf_u32(r->bytes + header + 4) & MULTIBOOT_ADDRESS;
}

/* The address fields [Multiboot 3.1.3]. */
static bool multiboot_take_addresses(struct reader *r, size_t header)
{
	size_t at = header + MULTIBOOT_HEADER;
	const uint8_t *b = r->bytes + at;

	if (!elf_inside(at, 1, MULTIBOOT_ADDRESSES, r->size))
		return reader_refuse(
			r,
			"Multiboot header at offset 0x%zx has flag bit 16, but the file (%zu bytes) ends within its "
			"address fields; the file is cut short",
			header, r->size);
	struct addresses a = {
		.what = "Multiboot address fields",
		.todo = "clear flag bit 16",
		.at = at,
		.offset = header,
		.header = elf_u32(b),
		.load = elf_u32(b + 4),
		.load_end = elf_u32(b + 8),
		.bss_end = elf_u32(b + 12),
		.entry = elf_u32(b + 16),
	};
	return addresses_place(r, &a);
}

bool multiboot_take(struct reader *r, size_t header)
{
	r->image->format = RS_FORMAT_MULTIBOOT;
	r->image->mode = 32;
	r->image->header = header;
	if (!multiboot_check_flags(r, header))
		return false;
	if (multiboot_has_addresses(r, header))
		return multiboot_take_addresses(r, header);
	if (r->elf)
		return elf_take(r);
	return reader_refuse(
		r,
		"Multiboot header at offset 0x%zx without flag bit 16 in a file that is not ELF: nothing says where to "
		"load it; set the bit and the address fields",
		header);
}
