/* image_maker.h - small program files for tests, made by hand: an ELF64 kernel, a Multiboot ELF32 one, a flat one. */
#ifndef TESTS_UNIT_IMAGE_MAKER_H
#define TESTS_UNIT_IMAGE_MAKER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { RAM = 4 << 20, FILE_MAX = 1024 };

#define HIGH 0xffffffff80000000ull

struct maker {
	uint8_t bytes[FILE_MAX];
	size_t size;
};

static inline void put(struct maker *m, size_t at, uint64_t value, unsigned size)
{
	assert_true(at + size <= FILE_MAX);
	for (unsigned i = 0; i < size; i++)
		m->bytes[at + i] = (uint8_t)(value >> 8 * i);
	if (at + size > m->size)
		m->size = at + size;
}

static inline void put_ident(struct maker *m, unsigned class, unsigned machine)
{
	put(m, 0, 0x464c457f, 4);
	put(m, 4, class, 1);
	put(m, 5, 0x0101, 2);
	put(m, 16, 2, 2);
	put(m, 18, machine, 2);
	put(m, 20, 1, 4);
}

static inline void put_program64(struct maker *m, unsigned index, uint64_t offset, uint64_t vaddr, uint64_t paddr,
                          uint64_t filesz, uint64_t memsz, unsigned flags)
{
	size_t at = 64 + 56 * index;

	put(m, at, 1, 4);
	put(m, at + 4, flags, 4);
	put(m, at + 8, offset, 8);
	put(m, at + 16, vaddr, 8);
	put(m, at + 24, paddr, 8);
	put(m, at + 32, filesz, 8);
	put(m, at + 40, memsz, 8);
	put(m, at + 48, 16, 8);
}

static inline void put_section64(struct maker *m, size_t at, unsigned type, size_t offset, size_t size, unsigned link,
                          unsigned each)
{
	put(m, at, 0, 8);
	put(m, at + 4, type, 4);
	put(m, at + 24, offset, 8);
	put(m, at + 32, size, 8);
	put(m, at + 40, link, 4);
	put(m, at + 56, each, 8);
}

static inline void put_symbol64(struct maker *m, size_t at, unsigned name, unsigned type, unsigned section,
                                uint64_t value)
{
	put(m, at, name, 4);
	put(m, at + 4, type, 1);
	put(m, at + 6, section, 2);
	put(m, at + 8, value, 8);
	put(m, at + 16, 4, 8);
}

/* Text at 180h and data at 1a0h of the file, linked in the high half, loaded at 1 MiB and 2 MiB - 16; then a symbol
 * table. */
static inline void make_elf64(struct maker *m)
{
	*m = (struct maker){0};
	put_ident(m, 2, 62);
	put(m, 24, HIGH + 0x100004, 8);
	put(m, 32, 64, 8);
	put(m, 40, 0x240, 8);
	put(m, 52, 64, 2);
	put(m, 54, 56, 2);
	put(m, 56, 2, 2);
	put(m, 58, 64, 2);
	put(m, 60, 3, 2);
	put_program64(m, 0, 0x180, HIGH + 0x100000, 0x100000, 0x20, 0x20, 5);
	put_program64(m, 1, 0x1a0, HIGH + 0x1ffff0, 0x1ffff0, 0x10, 0x2000, 6);
	memset(m->bytes + 0x180, 0x90, 0x20);
	memset(m->bytes + 0x1a0, 0xda, 0x10);
	memcpy(m->bytes + 0x1b0, "\0start\0data\0const", 18);
	put_symbol64(m, 0x1c8, 0, 0, 0, 0);
	put_symbol64(m, 0x1e0, 1, 0x12, 1, HIGH + 0x100004);
	put_symbol64(m, 0x1f8, 7, 0x01, 1, HIGH + 0x1ffff0);
	put_symbol64(m, 0x210, 12, 0x10, 0xfff1, 0xf4);
	put_symbol64(m, 0x228, 1, 0x04, 1, 0);
	put_section64(m, 0x240, 0, 0, 0, 0, 0);
	put_section64(m, 0x280, 2, 0x1c8, 0x78, 2, 24);
	put_section64(m, 0x2c0, 3, 0x1b0, 18, 0, 0);
}

static inline void put_multiboot(struct maker *m, size_t at, uint32_t flags)
{
	put(m, at, 0x1badb002, 4);
	put(m, at + 4, flags, 4);
	put(m, at + 8, -(0x1badb002u + flags), 4);
}

/* One segment with the Multiboot header at its start, linked at c0100000h, loaded at 1 MiB. */
static inline void make_elf32(struct maker *m)
{
	static const uint32_t program[] = {1, 0x80, 0xc0100000, 0x100000, 0x40, 0x1040, 7, 16};

	*m = (struct maker){0};
	put_ident(m, 1, 3);
	put(m, 24, 0xc0100010, 4);
	put(m, 28, 52, 4);
	put(m, 40, 52, 2);
	put(m, 42, 32, 2);
	put(m, 44, 1, 2);
	for (size_t i = 0; i < 8; i++)
		put(m, 52 + 4 * i, program[i], 4);
	memset(m->bytes + 0x80, 0x90, 0x40);
	put_multiboot(m, 0x80, 3);
	put(m, 0xbc, 0x11223344, 4);
}

/* Header at offset 20h of a flat file that is loaded from offset 10h on to 1 MiB. */
static inline void make_flat(struct maker *m)
{
	static const uint32_t addresses[] = {0x100010, 0x100000, 0x100050, 0x102000, 0x100030};

	*m = (struct maker){0};
	memset(m->bytes, 0xee, 0x70);
	m->size = 0x70;
	put_multiboot(m, 0x20, 0x10003);
	for (size_t i = 0; i < 5; i++)
		put(m, 0x2c + 4 * i, addresses[i], 4);
}

#endif
