/* image.c - strict reading of program files: what holds for all, Multiboot 1, and which of them it is. */
#include "board/image_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"

enum { MULTIBOOT_SEARCH = 8192, MULTIBOOT_HEADER = 12, MULTIBOOT_ADDRESSES = 20 };

#define MULTIBOOT_MAGIC 0x1badb002u
#define MULTIBOOT_VIDEO 0x00000004u
#define MULTIBOOT_UNKNOWN 0x0000fff8u /* bits 15:3 are requirements [Multiboot 3.1.2]; 0 and 1 are always met */
#define MULTIBOOT_ADDRESS 0x00010000u
#define ADDRESS_END_32 0x100000000u
#define RAM_LARGEST (64ull << 30) /* as struct rs_config says */

bool reader_refuse(struct reader *r, const char *format, ...)
{
	char text[sizeof(r->why->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_set(r->why, RS_ERROR_IMAGE, "%s", text);
}

/* ---- placing: what holds for a segment of any file --------------------------------------------------------------- */

static bool place_in_ram(struct reader *r, const struct image_segment *s, const char *what, unsigned index)
{
	uint64_t end = s->paddr + s->memory_size;

	if (end < s->paddr || end > RAM_LARGEST)
		return reader_refuse(r,
		                     "%s %u: physical address 0x%" PRIx64 " plus size 0x%" PRIx64
		                     " passes 64 GiB, the most RAM that a machine can have; link it lower",
		                     what, index, s->paddr, s->memory_size);
	if (end > r->ram)
		return reader_refuse(r,
		                     "%s %u: ends at physical address 0x%" PRIx64 ", but RAM ends at 0x%" PRIx64
		                     "; link it lower or give the machine -m %" PRIu64 "M",
		                     what, index, end, r->ram, (end >> 20) + ((end & 0xfffff) != 0));
	return true;
}

/* By last bytes: a range may end where the address space does. */
static bool ranges_meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a <= b + (b_size - 1) && b <= a + (a_size - 1);
}

static bool place_apart(struct reader *r, const struct image_segment *s, const char *what, unsigned index)
{
	for (size_t i = 0; i < r->image->segment_count; i++) {
		const struct image_segment *t = &r->image->segment[i];
		if (ranges_meet(s->paddr, s->memory_size, t->paddr, t->memory_size))
			return reader_refuse(r,
			                     "%s %u: physical range 0x%" PRIx64 "+0x%" PRIx64
			                     " overlaps an earlier one at 0x%" PRIx64 "+0x%" PRIx64
			                     "; correct AT() in the link script",
			                     what, index, s->paddr, s->memory_size, t->paddr, t->memory_size);
		if (ranges_meet(s->vaddr, s->memory_size, t->vaddr, t->memory_size))
			return reader_refuse(r,
					     "%s %u: address range 0x%" PRIx64 "+0x%" PRIx64
					     " overlaps an earlier one at 0x%" PRIx64 "+0x%" PRIx64
					     "; correct the link script",
					     what, index, s->vaddr, s->memory_size, t->vaddr, t->memory_size);
	}
	return true;
}

bool reader_place(struct reader *r, const struct image_segment *s, const char *what, unsigned index)
{
	struct image *image = r->image;

	if (!place_in_ram(r, s, what, index) || !place_apart(r, s, what, index))
		return false;
	if (image->segment_count == IMAGE_SEGMENTS)
		return reader_refuse(r, "%s %u: more than %d segments to load; merge some in the link script", what,
				     index, IMAGE_SEGMENTS);
	image->segment[image->segment_count++] = *s;
	return true;
}

bool reader_within(uint64_t at, uint64_t start, size_t size)
{
	return at >= start && at - start < size;
}

/* ---- Multiboot 1 ------------------------------------------------------------------------------------------------- */

/* The header's offset: within the first 8192 bytes, 4-aligned, the three words adding up to 0 [Multiboot 3.1.1]. -1:
 * none;
 * `*broken` is then the offset of a magic number whose checksum is wrong, or -1. */
static long multiboot_find(const struct reader *r, long *broken)
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

/* The address fields of the header [Multiboot 3.1.3]. */
struct addresses {
	uint32_t header, load, load_end, bss_end, entry;
	size_t offset; /* of the header in the file */
};

static bool addresses_refuse(struct reader *r, const struct addresses *a, const char *problem)
{
	return reader_refuse(r,
			     "Multiboot address fields (offset 0x%zx; header_addr 0x%" PRIx32 ", load_addr 0x%" PRIx32
			     ", load_end_addr 0x%" PRIx32 ", bss_end_addr 0x%" PRIx32 ", entry_addr 0x%" PRIx32
			     "): %s; correct them or clear flag bit 16",
			     a->offset + MULTIBOOT_HEADER, a->header, a->load, a->load_end, a->bss_end, a->entry,
			     problem);
}

static bool addresses_place(struct reader *r, const struct addresses *a)
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

static bool multiboot_take_addresses(struct reader *r, size_t header)
{
	const uint8_t *b = r->bytes + header + MULTIBOOT_HEADER;

	r->image->kind = IMAGE_MULTIBOOT1;
	if (!elf_inside(header + MULTIBOOT_HEADER, 1, MULTIBOOT_ADDRESSES, r->size))
		return reader_refuse(
			r,
			"Multiboot header at offset 0x%zx has flag bit 16, but the file (%zu bytes) ends within its "
			"address fields; the file is cut short",
			header, r->size);
	struct addresses a = {
		.header = elf_u32(b),
		.load = elf_u32(b + 4),
		.load_end = elf_u32(b + 8),
		.bss_end = elf_u32(b + 12),
		.entry = elf_u32(b + 16),
		.offset = header,
	};
	return addresses_place(r, &a);
}

/* ---- which of them ----------------------------------------------------------------------------------------------- */

static bool refuse_headerless(struct reader *r, long broken)
{
	if (broken >= 0)
		return reader_refuse(
		    r,
		    "Multiboot header at offset 0x%lx: magic, flags and checksum do not add up to 0; set the "
		    "checksum to -(magic + flags)",
		    (unsigned long)broken);
	if (r->elf)
		return reader_refuse(
			r,
			"ELF32 file without a Multiboot header in its first %d bytes (4-aligned); add one at the start "
			"of .text, or build an ELF64 kernel",
			MULTIBOOT_SEARCH);
	if (r->size < MULTIBOOT_HEADER)
		return reader_refuse(r,
				     "a file of %zu bytes is too short for an ELF header and has no Multiboot header; "
				     "give a kernel image",
				     r->size);
	return reader_refuse(
		r,
		"neither a little-endian ELF file nor one with a Multiboot header (it starts with bytes %02x %02x "
		"%02x %02x %02x %02x); give a kernel image",
		r->bytes[0], r->bytes[1], r->bytes[2], r->bytes[3], r->bytes[4], r->bytes[5]);
}

bool image_parse(const uint8_t *bytes, size_t size, uint64_t ram, struct image *image, struct rs_error *why)
{
	struct reader r = {bytes, size, ram, elf_shape_of(bytes, size), image, why};
	long broken, header = multiboot_find(&r, &broken);
	bool by_address = header >= 0 && elf_u32(bytes + header + 4) & MULTIBOOT_ADDRESS;

	memset(image, 0, sizeof(*image));
	if (r.elf && r.elf->word == 8 && !by_address)
		return elf_take(&r, IMAGE_ELF64);
	if (header < 0)
		return refuse_headerless(&r, broken);
	if (!multiboot_check_flags(&r, (size_t)header))
		return false;
	if (by_address)
		return multiboot_take_addresses(&r, (size_t)header);
	if (!r.elf)
		return reader_refuse(
			&r,
			"Multiboot header at offset 0x%lx without flag bit 16 in a file that is not ELF: nothing says "
			"where to load it; set the bit and the address fields",
			(unsigned long)header);
	return elf_take(&r, IMAGE_MULTIBOOT1);
}
