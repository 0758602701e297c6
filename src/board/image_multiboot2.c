/* image_multiboot2.c - the header of Multiboot 2 and its tags [Multiboot2 specification 2.0, 3.1]. */
#include "board/image_reader.h"

#include <inttypes.h>

enum { SEARCH = 32768, HEADER = 16, HEADER_LENGTH = 8, TAG = 8, TAG_ALIGN = 8 };

#define MAGIC 0xe85250d6u
#define ARCHITECTURE_I386 0u
#define OPTIONAL 1u
#define CONSOLE_REQUIRED 1u
#define LOAD_WHOLE_FILE 0xffffffffu
#define LOWEST_BASE 0x100000u /* below lie the BIOS data, video memory and ROM of a PC */

enum tag_type {
	TAG_END, TAG_REQUEST, TAG_ADDRESS, TAG_ENTRY, TAG_CONSOLE, TAG_FRAMEBUFFER, TAG_MODULE_ALIGN, TAG_EFI_SERVICES,
	TAG_EFI32_ENTRY, TAG_EFI64_ENTRY, TAG_RELOCATABLE, TAGS
};

/* The types of the information structure that version 2.0 defines are 1 to 21. */
enum { INFORMATION_LAST = 21 };
enum { PREFER_LOWEST = 1 };

/* ---- finding ----------------------------------------------------------------------------------------------------- */

long multiboot2_find(const struct reader *r, long *broken)
{
	size_t end = r->size < SEARCH ? r->size : SEARCH;

	*broken = -1;
	for (size_t at = 0; at + HEADER <= end; at += 8) {
		const uint8_t *b = r->bytes + at;
		if (elf_u32(b) != MAGIC)
			continue;
		if (elf_u32(b) + elf_u32(b + 4) + elf_u32(b + HEADER_LENGTH) + elf_u32(b + 12) == 0)
			return (long)at;
		*broken = (long)at;
	}
	return -1;
}

/* ---- tags -------------------------------------------------------------------------------------------------------- */

static void read_tag(const uint8_t *bytes, struct image_tag *tag)
{
	const uint8_t *b = bytes + tag->at;

	tag->type = elf_half(b);
	tag->optional = elf_half(b + 2) & OPTIONAL;
	tag->size = elf_u32(b + 4);
}

static size_t tag_room(uint32_t size)
{
	return ((size_t)size + TAG_ALIGN - 1) & ~(size_t)(TAG_ALIGN - 1);
}

bool image_next_tag(const uint8_t *bytes, const struct image *image, struct image_tag *tag)
{
	tag->at = tag->at ? tag->at + tag_room(tag->size) : image->header + HEADER;
	read_tag(bytes, tag);
	return tag->type != TAG_END;
}

static bool refuse_tag(struct reader *r, const struct image_tag *tag, const char *problem)
{
	return reader_refuse(r, "Multiboot 2 header tag of type %u at offset 0x%zx: %s", tag->type, tag->at, problem);
}

/* What this machine cannot do is refused unless the tag says that it may be ignored. */
static bool unless_optional(struct reader *r, const struct image_tag *tag, const char *problem)
{
	return tag->optional || refuse_tag(r, tag, problem);
}

static uint32_t tag_word(const struct reader *r, const struct image_tag *tag, unsigned index)
{
	return elf_u32(r->bytes + tag->at + TAG + 4 * (size_t)index);
}

typedef bool tag_fn(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h);

/* A type that is known but of which this machine has nothing to tell is left out, as the specification says. */
static bool take_request(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h)
{
	(void)h;
	for (unsigned i = 0; i < (tag->size - TAG) / 4; i++) {
		uint32_t type = tag_word(r, tag, i);
		if ((type == 0 || type > INFORMATION_LAST) && !tag->optional)
			return reader_refuse(r,
			                     "Multiboot 2 information request at offset 0x%zx asks for type %" PRIu32
			                     ", which version 2.0 does not define; drop it or make the tag optional "
			                     "(flags bit 0)",
			                     tag->at, type);
	}
	return true;
}

static bool take_address(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h)
{
	h->has_address = true;
	h->header_addr = tag_word(r, tag, 0);
	h->load_addr = tag_word(r, tag, 1);
	h->load_end_addr = tag_word(r, tag, 2);
	h->bss_end_addr = tag_word(r, tag, 3);
	return true;
}

static bool take_entry(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h)
{
	h->has_entry = true;
	h->entry_addr = tag_word(r, tag, 0);
	return true;
}

static bool take_console(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h)
{
	(void)h;
	if (!(tag_word(r, tag, 0) & CONSOLE_REQUIRED))
		return true;
	return unless_optional(r, tag,
	                       "console_flags bit 0 asks for a text console, and this machine has none that the "
	                       "specification knows; clear the bit or make the tag optional (flags bit 0)");
}

static bool take_framebuffer(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h)
{
	(void)h;
	return unless_optional(r, tag,
	                       "it asks for a framebuffer, and this machine has no display; make the tag optional "
	                       "(flags bit 0)");
}

/* Modules always lie on pages; an EFI entry counts on EFI machines only [Multiboot2 3.1.11, 3.1.7, 3.1.8]. */
static bool take_nothing(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h)
{
	(void)r, (void)tag, (void)h;
	return true;
}

static bool take_efi_services(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h)
{
	(void)h;
	return unless_optional(r, tag,
	                       "it asks for EFI boot services, and this machine has none; make the tag optional "
	                       "(flags bit 0)");
}

static bool take_relocatable(struct reader *r, const struct image_tag *tag, struct multiboot2_header *h)
{
	h->relocatable = true;
	h->min_addr = tag_word(r, tag, 0);
	h->max_addr = tag_word(r, tag, 1);
	h->align = tag_word(r, tag, 2);
	h->preference = tag_word(r, tag, 3);
	if (h->align && !(h->align & (h->align - 1)))
		return true;
	return refuse_tag(r, tag, "align is not a power of two; correct it");
}

/* By type: the size that the fields need, and who reads them. */
static const struct {
	uint32_t size;
	tag_fn *take;
} tag_table[TAGS] = {
	[TAG_END] = {8, take_nothing},           [TAG_REQUEST] = {8, take_request},
	[TAG_ADDRESS] = {24, take_address},      [TAG_ENTRY] = {12, take_entry},
	[TAG_CONSOLE] = {12, take_console},      [TAG_FRAMEBUFFER] = {20, take_framebuffer},
	[TAG_MODULE_ALIGN] = {8, take_nothing},  [TAG_EFI_SERVICES] = {8, take_efi_services},
	[TAG_EFI32_ENTRY] = {12, take_nothing},  [TAG_EFI64_ENTRY] = {12, take_nothing},
	[TAG_RELOCATABLE] = {24, take_relocatable},
};

static bool take_tag(struct reader *r, const struct image_tag *tag)
{
	if (tag->type >= TAGS)
		return unless_optional(r, tag,
		                       "version 2.0 does not define it; drop it or make it optional (flags bit 0)");
	if (tag->size < tag_table[tag->type].size)
		return refuse_tag(r, tag, "its size is too small for its fields; correct it");
	return tag_table[tag->type].take(r, tag, &r->image->multiboot2);
}

/* Each tag must lie in the header as a whole, the end tag too. */
static bool take_tags(struct reader *r)
{
	struct image_tag tag = {.at = r->image->header + HEADER};
	size_t end = r->image->header + r->image->multiboot2.size;

	for (; tag.at <= end && end - tag.at >= TAG; tag.at += tag_room(tag.size)) {
		read_tag(r->bytes, &tag);
		if (tag.size < TAG || tag.size > end - tag.at)
			return refuse_tag(r, &tag, "its size is below 8 or passes the header's end; correct it");
		if (!take_tag(r, &tag))
			return false;
		if (tag.type == TAG_END)
			return true;
	}
	return reader_refuse(r,
	                     "Multiboot 2 header at offset 0x%zx (header_length %zu) has no end tag (type 0, size 8); "
	                     "add one and count it in header_length",
	                     r->image->header, r->image->multiboot2.size);
}

static bool check_header(struct reader *r, size_t header)
{
	uint32_t architecture = elf_u32(r->bytes + header + 4), length = elf_u32(r->bytes + header + HEADER_LENGTH);
	size_t end = r->size < SEARCH ? r->size : SEARCH;

	if (architecture != ARCHITECTURE_I386)
		return reader_refuse(r,
		                     "Multiboot 2 header at offset 0x%zx: architecture is %" PRIu32
		                     ", but must be 0 (i386); build it for that",
		                     header, architecture);
	if (length < HEADER || length > end - header)
		return reader_refuse(r,
		                     "Multiboot 2 header at offset 0x%zx: header_length %" PRIu32
		                     " is below 16 or passes the end of the file's first 32768 bytes; correct it",
		                     header, length);
	r->image->multiboot2.size = length;
	return true;
}

/* ---- placing ----------------------------------------------------------------------------------------------------- */

/* By the address tag, in whatever file it is [Multiboot2 3.1.5]. */
static bool place_by_addresses(struct reader *r)
{
	const struct multiboot2_header *h = &r->image->multiboot2;
	struct addresses a = {
		.what = "Multiboot 2 address tags",
		.todo = "drop the address tag of an ELF file",
		.at = r->image->header,
		.offset = r->image->header,
		.header = h->header_addr,
		.load = h->load_addr == LOAD_WHOLE_FILE ? h->header_addr - (uint32_t)r->image->header : h->load_addr,
		.load_end = h->load_end_addr,
		.bss_end = h->bss_end_addr,
		.entry = h->entry_addr,
	};

	if (h->has_entry)
		return addresses_place(r, &a);
	return reader_refuse(
		r,
		"Multiboot 2 header at offset 0x%zx has an address tag but no entry address tag (type 3); add one",
		r->image->header);
}

/* By the program headers; an entry address tag stands above e_entry [Multiboot2 3.1.6]. */
static bool place_by_program(struct reader *r)
{
	struct image *image = r->image;

	if (!r->elf)
		return reader_refuse(r,
		                     "Multiboot 2 header at offset 0x%zx without an address tag (type 2) in a file "
		                     "that is not ELF: nothing says where to load it; add the tag",
		                     image->header);
	if (!image->multiboot2.has_entry)
		return elf_take(r);
	if (!elf_take_program(r))
		return false;
	image->entry = image->multiboot2.entry_addr;
	return reader_is_code(image, image->entry) ||
	       reader_refuse(r,
	                     "Multiboot 2 entry address tag: 0x%" PRIx64
	                     " is no physical address in a loaded executable segment; correct the tag",
	                     image->entry);
}

/* ---- relocating -------------------------------------------------------------------------------------------------- */

struct extent {
	uint64_t start, end;
};

static struct extent image_extent(const struct image *image)
{
	struct extent e = {UINT64_MAX, 0};

	for (size_t i = 0; i < image->segment_count; i++) {
		const struct image_segment *s = &image->segment[i];
		if (s->paddr < e.start)
			e.start = s->paddr;
		if (s->paddr + s->memory_size > e.end)
			e.end = s->paddr + s->memory_size;
	}
	return e;
}

static bool base_is_allowed(const struct multiboot2_header *h, uint64_t base, uint64_t size)
{
	return base >= h->min_addr && base + size - 1 <= h->max_addr && !(base & (h->align - 1));
}

/* A preference for the highest place is not followed: modules and information lie above the kernel. */
static uint64_t choose_base(const struct multiboot2_header *h, struct extent e, uint64_t ram)
{
	uint64_t lowest = h->min_addr > LOWEST_BASE ? h->min_addr : LOWEST_BASE;

	if (h->preference != PREFER_LOWEST && e.end <= ram && base_is_allowed(h, e.start, e.end - e.start))
		return e.start;
	return (lowest + h->align - 1) & ~(uint64_t)(h->align - 1);
}

static bool relocate(struct reader *r)
{
	struct image *image = r->image;
	struct multiboot2_header *h = &image->multiboot2;
	struct extent e = image_extent(image);
	uint64_t base = choose_base(h, e, r->ram), size = e.end - e.start;

	if (!base_is_allowed(h, base, size))
		return reader_refuse(
			r,
			"Multiboot 2 relocatable tag: 0x%" PRIx64 " bytes find no place between min_addr 0x%" PRIx32
			" and max_addr 0x%" PRIx32 " (align 0x%" PRIx32 ", not below 1 MiB); widen the range",
			size, h->min_addr, h->max_addr, h->align);
	h->load_base = (uint32_t)base;
	image->entry += base - e.start;
	for (size_t i = 0; i < image->segment_count; i++) {
		image->segment[i].paddr += base - e.start;
		if (!reader_in_ram(r, &image->segment[i], "relocated segment", (unsigned)i))
			return false;
	}
	return true;
}

/* What can move need not fit into this machine's RAM where it was linked. */
static bool place_anywhere(struct reader *r)
{
	const struct multiboot2_header *h = &r->image->multiboot2;
	uint64_t ram = r->ram;

	if (h->relocatable)
		r->ram = UINT64_MAX;
	bool placed = h->has_address ? place_by_addresses(r) : place_by_program(r);
	r->ram = ram;
	return placed;
}

bool multiboot2_take(struct reader *r, size_t header)
{
	r->image->format = RS_FORMAT_MULTIBOOT2;
	r->image->mode = 32;
	r->image->header = header;
	if (!check_header(r, header) || !take_tags(r) || !place_anywhere(r))
		return false;
	return !r->image->multiboot2.relocatable || relocate(r);
}
