/* image.c - strict reading of program files: what holds for all, flat ones, and which of them it is. */
#include "board/image_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"

#define RAM_LARGEST (64ull << 30) /* as struct rs_config says */
#define REAL_MODE_LAST 0xfffffu   /* what FFFFh:000Fh is */

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

bool reader_in_ram(struct reader *r, const struct image_segment *s, const char *what, unsigned index)
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

	if (!reader_in_ram(r, s, what, index) || !place_apart(r, s, what, index))
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

bool reader_is_code(const struct image *image, uint64_t physical)
{
	for (size_t i = 0; i < image->segment_count; i++) {
		const struct image_segment *s = &image->segment[i];
		if (s->executable && reader_within(physical, s->paddr, s->file_size))
			return true;
	}
	return false;
}

/* ---- flat -------------------------------------------------------------------------------------------------------- */

/* What the words of the user must be, whatever the file holds. */
static bool flat_check(struct reader *r, const struct rs_start *start)
{
	if (start->mode != 16 && start->mode != 32 && start->mode != 64)
		return error_set(r->why, RS_ERROR_ARGUMENT,
		                 "a flat image cannot be entered in mode %u; give --mode 16, 32 or 64", start->mode);
	if (r->size == 0)
		return reader_refuse(r, "an empty file: nothing to load; give a kernel image");
	if (start->mode != 64 && start->load + r->size > ADDRESS_END_32)
		return reader_refuse(r,
		                     "flat image of %zu bytes at 0x%" PRIx64 " does not end below 4 GiB; lower --load",
		                     r->size, start->load);
	if (start->mode == 16 && start->entry > REAL_MODE_LAST)
		return reader_refuse(
			r, "entry 0x%" PRIx64 " is out of the reach of real mode; give an --entry below 1 MiB",
			start->entry);
	return true;
}

static bool flat_take(struct reader *r, const struct rs_start *start)
{
	struct image_segment s = {
		.paddr = start->load,
		.vaddr = start->load,
		.memory_size = r->size,
		.file_size = r->size,
		.writable = true,
		.executable = true,
	};

	if (!flat_check(r, start) || !reader_place(r, &s, "flat image", 0))
		return false;
	r->image->format = RS_FORMAT_FLAT;
	r->image->mode = start->mode;
	r->image->entry = start->entry;
	return reader_is_code(r->image, start->entry) ||
	       reader_refuse(r,
	                     "entry 0x%" PRIx64 " does not lie in the flat image, which is loaded to 0x%" PRIx64
	                     "+0x%zx; correct --entry or --load",
	                     start->entry, start->load, r->size);
}

/* ---- which of them ----------------------------------------------------------------------------------------------- */

static bool elf_take_direct(struct reader *r)
{
	r->image->format = r->elf->word == 8 ? RS_FORMAT_ELF64 : RS_FORMAT_ELF32;
	r->image->mode = r->elf->word * 8u;
	return elf_take(r);
}

static bool refuse_broken(struct reader *r, long multiboot, long multiboot2)
{
	if (multiboot2 >= 0)
		return reader_refuse(
			r,
			"Multiboot 2 header at offset 0x%lx: magic, architecture, header_length and checksum do not "
			"add up to 0; set the checksum to -(magic + architecture + header_length), or say --format",
			(unsigned long)multiboot2);
	return reader_refuse(r,
	                     "Multiboot header at offset 0x%lx: magic, flags and checksum do not add up to 0; set the "
	                     "checksum to -(magic + flags), or say --format",
	                     (unsigned long)multiboot);
}

static bool refuse_unknown(struct reader *r)
{
	enum { START = 6 };

	if (r->size < START)
		return reader_refuse(r,
		                     "a file of %zu bytes is too short for an ELF header and has no Multiboot header; "
		                     "give a kernel image, or --load and --mode of a flat one",
		                     r->size);
	return reader_refuse(r,
	                     "neither a little-endian ELF file nor one with a Multiboot header (it starts with bytes "
	                     "%02x %02x %02x %02x %02x %02x); give a kernel image, or --load and --mode of a flat one",
	                     r->bytes[0], r->bytes[1], r->bytes[2], r->bytes[3], r->bytes[4], r->bytes[5]);
}

/* The order is that of docs/boot.md: a header that names its protocol decides, and then the class of the ELF file. Only
 * a Multiboot 1 header without address fields does not decide for an ELF64 file, as version 0.6.96 knows no ELF64. */
static bool take_any(struct reader *r)
{
	long broken, broken2, header2 = multiboot2_find(r, &broken2), header = multiboot_find(r, &broken);
	bool elf64 = r->elf && r->elf->word == 8;
	struct pvh_note note;

	if (header2 >= 0)
		return multiboot2_take(r, (size_t)header2);
	if (header >= 0 && (!elf64 || multiboot_has_addresses(r, (size_t)header)))
		return multiboot_take(r, (size_t)header);
	if (r->elf && pvh_find(r, &note))
		return pvh_take(r, &note);
	if (broken2 >= 0 || (broken >= 0 && !elf64))
		return refuse_broken(r, broken, broken2);
	return r->elf ? elf_take_direct(r) : refuse_unknown(r);
}

static bool refuse_format(struct reader *r, const struct rs_start *start, const char *lacks)
{
	return reader_refuse(r, "--format %s: the file %s; leave the option out to have its content decide",
	                     rs_format_name(start->format), lacks);
}

static bool take_elf(struct reader *r, const struct rs_start *start)
{
	unsigned word = start->format == RS_FORMAT_ELF64 ? 8 : 4;

	if (!r->elf || r->elf->word != word)
		return refuse_format(r, start,
		                     word == 8 ? "is no little-endian ELF64 file" : "is no little-endian ELF32 file");
	return elf_take_direct(r);
}

static bool take_multiboot(struct reader *r, const struct rs_start *start)
{
	bool second = start->format == RS_FORMAT_MULTIBOOT2;
	long broken, header = second ? multiboot2_find(r, &broken) : multiboot_find(r, &broken);

	if (header >= 0)
		return second ? multiboot2_take(r, (size_t)header) : multiboot_take(r, (size_t)header);
	if (broken >= 0)
		return refuse_broken(r, second ? -1 : broken, second ? broken : -1);
	return refuse_format(r, start,
	                     second ? "has no Multiboot 2 header in its first 32768 bytes (8-aligned)"
	                            : "has no Multiboot header in its first 8192 bytes (4-aligned)");
}

static bool take_pvh(struct reader *r, const struct rs_start *start)
{
	struct pvh_note note;

	if (!r->elf)
		return refuse_format(r, start, "is no little-endian ELF file");
	if (!pvh_find(r, &note))
		return refuse_format(r, start, "has no PVH note (name Xen, type 18) in a PT_NOTE segment");
	return pvh_take(r, &note);
}

bool image_parse(const struct rs_start *start, const uint8_t *bytes, size_t size, uint64_t ram, struct image *image,
                 struct rs_error *why)
{
	struct reader r = {bytes, size, ram, elf_shape_of(bytes, size), image, why};

	memset(image, 0, sizeof(*image));
	switch (start->format) {
	case RS_FORMAT_ANY:
		return take_any(&r);
	case RS_FORMAT_ELF32:
	case RS_FORMAT_ELF64:
		return take_elf(&r, start);
	case RS_FORMAT_MULTIBOOT:
	case RS_FORMAT_MULTIBOOT2:
		return take_multiboot(&r, start);
	case RS_FORMAT_PVH:
		return take_pvh(&r, start);
	case RS_FORMAT_FLAT:
		return flat_take(&r, start);
	}
	return error_set(why, RS_ERROR_ARGUMENT, "%d is no enum rs_format", (int)start->format);
}
