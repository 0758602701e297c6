/* image.h - what is in a program file, read strictly: the door that hostile files knock at.
 *
 * Nothing here touches a machine. Every number of the file is checked before it is used; what does not add up is
 * refused with what, where and what to do. [ELF: System V ABI, ELF-64 object file format; Multiboot specification
 * 0.6.96; Multiboot2 specification 2.0; PVH: x86/HVM direct boot ABI]
 */
#ifndef RS_BOARD_IMAGE_H
#define RS_BOARD_IMAGE_H

#include "ringstep.h"

enum { IMAGE_SEGMENTS = 32 };

/* A run of bytes to be placed: `file_size` bytes from `offset`, then zeroes up to `memory_size`. */
struct image_segment {
	uint64_t paddr, vaddr, memory_size;
	size_t offset, file_size;
	bool writable, executable;
};

/* What the tags of a Multiboot 2 header ask for [Multiboot2 3.1.3 to 3.1.13]. */
struct multiboot2_header {
	size_t size; /* with its tags */
	bool has_address, has_entry, relocatable;
	uint32_t header_addr, load_addr, load_end_addr, bss_end_addr; /* address tag */
	uint32_t entry_addr;
	uint32_t min_addr, max_addr, align, preference; /* relocatable header tag */
	uint32_t load_base;                             /* where the lowest byte of a relocatable image went */
};

struct image {
	enum rs_format format;
	unsigned mode;  /* code size at the entry: 16, 32 or 64 */
	uint64_t entry; /* linear; without paging that is physical */
	struct image_segment segment[IMAGE_SEGMENTS];
	size_t segment_count;
	size_t header;            /* offset of the Multiboot header, or of the PVH note's entry address */
	uint32_t multiboot_flags; /* of a Multiboot 1 header */
	struct multiboot2_header multiboot2;
};

/* Reads a file as `start` says. `ram` bounds the physical addresses. False with the reason (RS_ERROR_IMAGE, or
 * RS_ERROR_ARGUMENT for what `start` lacks) when the file is not for us. */
bool image_parse(const struct rs_start *start, const uint8_t *bytes, size_t size, uint64_t ram, struct image *image,
                 struct rs_error *why);

/* A tag of a Multiboot 2 header that image_parse has accepted; `at` is its offset in the file. */
struct image_tag {
	size_t at;
	uint16_t type;
	bool optional;
	uint32_t size;
};

/* Steps to the next tag; false at the end tag. The first call gets .at = 0. */
bool image_next_tag(const uint8_t *bytes, const struct image *image, struct image_tag *tag);

/* The ELF section headers that a Multiboot 2 kernel is told of; count 0: the file has none, or broken ones. */
struct elf_shape;

struct image_sections {
	const struct elf_shape *elf;
	size_t offset; /* of the headers in the file */
	unsigned count, each, names;
};

struct image_section {
	size_t header, offset; /* in the file */
	uint64_t size;         /* bytes to be loaded; 0: a segment holds them, or there are none */
	uint8_t address_at, address_size; /* where the header keeps its address */
};

struct image_sections image_sections(const uint8_t *bytes, size_t size);
struct image_section image_section(const uint8_t *bytes, const struct image_sections *sections, unsigned index);

/* A symbol of an ELF64 or ELF32 file's symbol table. */
struct symbol {
	const char *name; /* inside the file's bytes */
	uint64_t address, size;
};

/* Calls `each` for every function, object and plain label with a name; a file without (or with a broken) symbol table
 * has none. */
void image_symbols(const uint8_t *bytes, size_t size, void (*each)(void *arg, const struct symbol *symbol), void *arg);

#endif
