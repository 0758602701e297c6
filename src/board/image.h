/* image.h - what is in a program file, read strictly: the door that hostile files knock at.
 *
 * Nothing here touches a machine. Every number of the file is checked before it is used; what does not add up is
 * refused with what, where and what to do. [ELF: System V ABI, ELF-64 object file format; Multiboot specification
 * 0.6.96]
 */
#ifndef RS_BOARD_IMAGE_H
#define RS_BOARD_IMAGE_H

#include "ringstep.h"

enum image_kind { IMAGE_ELF64, IMAGE_MULTIBOOT1 };
enum { IMAGE_SEGMENTS = 32 };

/* A run of bytes to be placed: `file_size` bytes from `offset`, then zeroes up to `memory_size`. */
struct image_segment {
	uint64_t paddr, vaddr, memory_size;
	size_t offset, file_size;
	bool writable, executable;
};

struct image {
	enum image_kind kind;
	uint64_t entry; /* ELF64: linear; Multiboot: physical */
	struct image_segment segment[IMAGE_SEGMENTS];
	size_t segment_count;
	uint32_t multiboot_flags; /* of the Multiboot header */
};

/* `ram` bounds the physical addresses. False with the reason (RS_ERROR_IMAGE) when the file is not for us. */
bool image_parse(const uint8_t *bytes, size_t size, uint64_t ram, struct image *image, struct rs_error *why);

/* A symbol of an ELF64 or ELF32 file's symbol table. */
struct symbol {
	const char *name; /* inside the file's bytes */
	uint64_t address, size;
};

/* Calls `each` for every function, object and plain label with a name; a file without (or with a broken) symbol table
 * has none. */
void image_symbols(const uint8_t *bytes, size_t size, void (*each)(void *arg, const struct symbol *symbol), void *arg);

#endif
