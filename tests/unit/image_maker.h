/* image_maker.h - small program files for tests, made by hand: one at least of each format. */
#ifndef TESTS_UNIT_IMAGE_MAKER_H
#define TESTS_UNIT_IMAGE_MAKER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ringstep.h"

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

/* One segment of 40h bytes at 80h of the file, linked at c0100000h, loaded at 1 MiB; entered 10h bytes behind that. */
static inline void make_bare32(struct maker *m)
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
	put(m, 0xbc, 0x11223344, 4);
}

/* The same with a Multiboot header at the segment's start. */
static inline void make_elf32(struct maker *m)
{
	make_bare32(m);
	put_multiboot(m, 0x80, 3);
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

/* Bytes without any header: 16-bit code for a boot sector. */
static inline void make_raw(struct maker *m)
{
	*m = (struct maker){0};
	memset(m->bytes, 0xf4, 0x60);
	m->size = 0x60;
}

/* ---- PVH: the note that names a 32-bit entry --------------------------------------------------------------------- */

/* A note of another owner, then the one of Xen; their size. */
static inline size_t put_notes(struct maker *m, size_t at, unsigned align, uint64_t entry, unsigned size)
{
	size_t start = at;

	put(m, at, 3, 4);
	put(m, at + 4, 1, 4);
	put(m, at + 8, 18, 4);
	put(m, at + 12, 0x00414141, 4);
	at += 16;
	put(m, at, 0x77, 4);
	at += align;
	put(m, at, 4, 4);
	put(m, at + 4, size, 4);
	put(m, at + 8, 18, 4);
	put(m, at + 12, 0x006e6558, 4);
	put(m, at + 16, entry, size);
	return at + 16 + size - start;
}

static inline void make_pvh32(struct maker *m)
{
	make_bare32(m);
	size_t size = put_notes(m, 0x100, 4, 0x100020, 4);
	uint32_t program[] = {4, 0x100, 0, 0, (uint32_t)size, (uint32_t)size, 4, 4};

	put(m, 44, 2, 2);
	put(m, 24, 0, 4); /* e_entry is for others */
	for (size_t i = 0; i < 8; i++)
		put(m, 84 + 4 * i, program[i], 4);
}

/* As make_elf64, with the note in the place of the data's program header. */
static inline void make_pvh64(struct maker *m)
{
	make_elf64(m);
	size_t size = put_notes(m, 0x300, 8, 0x100008, 8);

	put_program64(m, 1, 0x300, 0, 0, size, size, 4);
	put(m, 64 + 56, 4, 4);
	put(m, 64 + 56 + 48, 8, 8);
}

/* ---- Multiboot 2 headers ----------------------------------------------------------------------------------------- */

struct header2 {
	struct maker *m;
	size_t start, at;
};

static inline struct header2 header2_begin(struct maker *m, size_t at)
{
	put(m, at, 0xe85250d6, 4);
	put(m, at + 4, 0, 4);
	return (struct header2){m, at, at + 16};
}

static inline void header2_tag(struct header2 *h, unsigned type, unsigned flags, const uint32_t *words, size_t count)
{
	put(h->m, h->at, type, 2);
	put(h->m, h->at + 2, flags, 2);
	put(h->m, h->at + 4, 8 + 4 * count, 4);
	for (size_t i = 0; i < count; i++)
		put(h->m, h->at + 8 + 4 * i, words[i], 4);
	h->at += (8 + 4 * count + 7) & ~(size_t)7;
}

/* Length and checksum, anew after a change. */
static inline void header2_seal(struct maker *m, size_t start, uint32_t length)
{
	put(m, start + 8, length, 4);
	put(m, start + 12, -(0xe85250d6u + length), 4);
}

static inline void header2_end(struct header2 *h)
{
	header2_tag(h, 0, 0, NULL, 0);
	header2_seal(h->m, h->start, (uint32_t)(h->at - h->start));
}

/* ELF32: request, module alignment, optional framebuffer and console; text behind the header. */
static inline void make_multiboot2(struct maker *m)
{
	static const uint32_t wanted[] = {1, 3, 6, 8}, screen[] = {1024, 768, 32}, console[] = {3};
	static const uint32_t program[] = {1, 0x80, 0xc0100000, 0x100000, 0x100, 0x1100, 7, 16};

	make_bare32(m);
	memset(m->bytes + 0x80, 0x90, 0x100);
	m->size = 0x180;
	for (size_t i = 0; i < 8; i++)
		put(m, 52 + 4 * i, program[i], 4);
	put(m, 24, 0xc01000f0, 4);
	struct header2 h = header2_begin(m, 0x80);
	header2_tag(&h, 1, 0, wanted, 4);
	header2_tag(&h, 4, 1, console, 1);
	header2_tag(&h, 5, 1, screen, 3);
	header2_tag(&h, 6, 0, NULL, 0);
	header2_end(&h);
}

/* ELF64 with sections: as make_elf64, but relocatable and with an entry tag. */
static inline void make_relocatable(struct maker *m)
{
	static const uint32_t range[] = {0x200000, 0x3fffff, 0x10000, 1}, entry[] = {0x100008};

	make_elf64(m);
	struct header2 h = header2_begin(m, 0x300);
	header2_tag(&h, 3, 0, entry, 1);
	header2_tag(&h, 10, 0, range, 4);
	header2_tag(&h, 7, 1, NULL, 0);
	header2_end(&h);
	put(m, 62, 2, 2); /* e_shstrndx */
}

/* Not ELF: address and entry tags; the file is loaded from its beginning to 1 MiB. */
static inline void make_addressed(struct maker *m)
{
	static const uint32_t address[] = {0x100010, 0xffffffff, 0x100080, 0x102000}, entry[] = {0x100070};

	*m = (struct maker){0};
	memset(m->bytes, 0xee, 0x90);
	m->size = 0x90;
	struct header2 h = header2_begin(m, 0x10);
	header2_tag(&h, 2, 0, address, 4);
	header2_tag(&h, 3, 0, entry, 1);
	header2_end(&h);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

struct sample {
	const char *name;
	void (*make)(struct maker *m);
	struct rs_start start;
	enum rs_format format; /* that it is found to be */
};

static const struct sample samples[] = {
	{"elf64", make_elf64, {.format = RS_FORMAT_ANY}, RS_FORMAT_ELF64},
	{"elf32", make_bare32, {.format = RS_FORMAT_ANY}, RS_FORMAT_ELF32},
	{"multiboot", make_elf32, {.format = RS_FORMAT_ANY}, RS_FORMAT_MULTIBOOT},
	{"multiboot with addresses", make_flat, {.format = RS_FORMAT_ANY}, RS_FORMAT_MULTIBOOT},
	{"multiboot2", make_multiboot2, {.format = RS_FORMAT_ANY}, RS_FORMAT_MULTIBOOT2},
	{"multiboot2 relocatable", make_relocatable, {.format = RS_FORMAT_ANY}, RS_FORMAT_MULTIBOOT2},
	{"multiboot2 with addresses", make_addressed, {.format = RS_FORMAT_ANY}, RS_FORMAT_MULTIBOOT2},
	{"pvh32", make_pvh32, {.format = RS_FORMAT_ANY}, RS_FORMAT_PVH},
	{"pvh64", make_pvh64, {.format = RS_FORMAT_ANY}, RS_FORMAT_PVH},
	{"flat16", make_raw, {RS_FORMAT_FLAT, 0x7c00, 0x7c12, 16}, RS_FORMAT_FLAT},
	{"flat32", make_raw, {RS_FORMAT_FLAT, 0x100000, 0x100000, 32}, RS_FORMAT_FLAT},
	{"flat64", make_raw, {RS_FORMAT_FLAT, 0x100000, 0x100004, 64}, RS_FORMAT_FLAT},
	{"elf64 by force", make_relocatable, {.format = RS_FORMAT_ELF64}, RS_FORMAT_ELF64},
};

enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

#endif
