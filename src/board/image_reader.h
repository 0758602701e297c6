/* image_reader.h - what the readers of image.c and elf.c share. */
#ifndef RS_BOARD_IMAGE_READER_H
#define RS_BOARD_IMAGE_READER_H

#include "board/elf.h"
#include "board/image.h"

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
/* Whether `at` is one of `size` bytes from `start` on. */
bool reader_within(uint64_t at, uint64_t start, size_t size);

/* Reads an ELF file for which elf_shape_of has a shape. */
bool elf_take(struct reader *r, enum image_kind kind);

#endif
