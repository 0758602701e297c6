/* image_reader.h - what the readers of image*.c and elf.c share. */
#ifndef RS_BOARD_IMAGE_READER_H
#define RS_BOARD_IMAGE_READER_H

#include "board/elf.h"
#include "board/image.h"

#define ADDRESS_END_32 0x100000000u

struct reader {
	const uint8_t *bytes;
	size_t size;
	uint64_t ram;
	const struct elf_shape *elf; /* NULL: not an ELF file */
	struct image *image;
	struct rs_error *why;
};

/* Fills in the reason and returns false. */
bool reader_refuse(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds a segment of at least one byte to the image, if it lies in RAM and apart from those before it. `what` and
 * `index` name it in a reason. */
bool reader_place(struct reader *r, const struct image_segment *s, const char *what, unsigned index);
/* Whether a segment lies in RAM; else the reason. */
bool reader_in_ram(struct reader *r, const struct image_segment *s, const char *what, unsigned index);
/* Whether `at` is one of `size` bytes from `start` on. */
bool reader_within(uint64_t at, uint64_t start, size_t size);
/* Whether the byte at a physical address comes from the file and may be executed. */
bool reader_is_code(const struct image *image, uint64_t physical);

/* Where a Multiboot header says that the file goes: the file's byte `offset` is the one at `header`. */
struct addresses {
	const char *what, *todo;              /* for a reason: what they are, and what else could be done */
	size_t at, offset;                    /* of these fields, and of the header in the file */
	uint32_t header, load, load_end, bss_end, entry;
};

/* Places one segment by them, and takes the entry. */
bool addresses_place(struct reader *r, const struct addresses *a);

/* ---- the formats: each reads a file that has been recognised ----------------------------------------------------- */

/* Reads an ELF file for which elf_shape_of has a shape: its segments, and e_entry as the format enters it. */
bool elf_take(struct reader *r);
/* The same without looking at e_entry. */
bool elf_take_program(struct reader *r);

/* The offset of a valid header, or -1; `*broken` is then that of a magic number whose checksum is wrong, or -1. */
long multiboot_find(const struct reader *r, long *broken);
bool multiboot_take(struct reader *r, size_t header);
/* Whether the header's own address fields place the image, whatever file it is in. */
bool multiboot_has_addresses(const struct reader *r, size_t header);

long multiboot2_find(const struct reader *r, long *broken);
bool multiboot2_take(struct reader *r, size_t header);

/* The entry address of a PVH note: where it lies in the file, and in how many bytes. */
struct pvh_note {
	size_t at;
	uint32_t size;
};

bool pvh_find(const struct reader *r, struct pvh_note *note);
bool pvh_take(struct reader *r, const struct pvh_note *note);

#endif
