/* elf.h - where an ELF file keeps what, for both classes, so that one reader serves them
 * [System V ABI, chapters 4 and 5; ELF-64 object file format]. */
#ifndef RS_BOARD_ELF_H
#define RS_BOARD_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ET_REL = 1, ET_EXEC = 2, ET_DYN = 3 };
enum { PT_LOAD = 1, PT_INTERP = 3, PT_NOTE = 4 };
enum { PF_X = 1, PF_W = 2 };
enum { SHT_NULL = 0, SHT_SYMTAB = 2, SHT_STRTAB = 3, SHT_NOBITS = 8 };
enum { SHF_ALLOC = 2, SHN_UNDEF = 0, SHN_LORESERVE = 0xff00 };
enum { STT_NOTYPE = 0, STT_OBJECT = 1, STT_FUNC = 2 };
enum { PN_XNUM = 0xffff };

/* Offsets that are the same in both classes. */
enum { E_TYPE = 16, E_MACHINE = 18, E_VERSION = 20, E_ENTRY = 24, P_TYPE = 0, SH_TYPE = 4, SH_FLAGS = 8, ST_NAME = 0 };

struct elf_shape {
	const char *name, *machine_name;
	uint8_t word;     /* bytes of an address, offset or size */
	uint16_t machine; /* the one that this class must have */
	uint8_t ehdr_size, phdr_size, shdr_size, sym_size;
	uint8_t e_phoff, e_shoff, e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
	uint8_t p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
	uint8_t sh_addr, sh_offset, sh_size, sh_link, sh_entsize;
	uint8_t st_value, st_size, st_info, st_shndx;
};

/* The shape of a little-endian ELF32 or ELF64 file that has a whole ELF header, or NULL. */
const struct elf_shape *elf_shape_of(const uint8_t *bytes, size_t size);

static inline uint16_t elf_half(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t elf_u32(const uint8_t *at)
{
	return elf_half(at) | (uint32_t)elf_half(at + 2) << 16;
}

/* A word of the class's width. */
static inline uint64_t elf_word(const struct elf_shape *shape, const uint8_t *at)
{
	return elf_u32(at) | (shape->word == 8 ? (uint64_t)elf_u32(at + 4) << 32 : 0);
}

/* Whether `count` things of `each` bytes from `offset` on lie in `size` bytes. */
static inline bool elf_inside(uint64_t offset, uint64_t count, uint64_t each, uint64_t size)
{
	return offset <= size && count <= (size - offset) / each;
}

#endif
