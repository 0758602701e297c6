/* case_legacy.c - the descriptor tables of the legacy modes, as data (README.md lists them). */
#include <string.h>

#include "case.h"
#include "case_attributes.h"

static const struct case_descriptor gdt[] = {
	{ 0x08, CODE32(0), 0, 0xfffff },
	{ 0x10, CODE32(0), 0, 0xfffff },
	{ 0x18, DATA32(0), 0, 0xfffff },
	{ 0x20, CODE32(3), 0, 0xfffff },
	{ 0x28, DATA32(3), 0, 0xfffff },
	{ 0x30, CODE32(3), 0, 0xfffff },
	{ 0x38, DATA32(3), 0, 0xfffff },
	{ 0x40, 0x008b, ENV_TSS32, ENV_TSS_LIMIT },
	{ 0x48, 0x0081, ENV_TASK16, 0x2b },
	{ 0x50, 0x0082, ENV_LDT32, ENV_LDT_LIMIT },
	{ 0x58, 0x0002, ENV_LDT32, ENV_LDT_LIMIT },
	{ 0x60, CODE32(0) | SEG_CONFORMING, 0, 0xfffff },
	{ 0x68, CODE32(3) | SEG_CONFORMING, 0, 0xfffff },
	{ 0x70, CODE32(0) ^ ABSENT, 0, 0xfffff },
	{ 0x78, DATA32(3) ^ ABSENT, 0, 0xfffff },
	{ 0x80, DATA32(3) | SEG_EXPAND_DOWN, 0, 0x10f },
	{ 0x88, DATA32(3) ^ BYTES, 0x110000, 0xff },
	{ 0x90, DATA32(3) ^ SEG_WRITABLE, 0, 0xfffff },
	{ 0x98, CODE32(3) ^ SEG_READABLE, 0, 0xfffff },
	{ 0xa0, CODE16(3), 0, 0xffff },
	{ 0xa8, DATA16(3), 0, 0xffff },
	{ 0xb0, CODE32(3) ^ ABSENT, 0, 0xfffff },
	{ 0xb8, DATA32(0) ^ CLEAN, 0, 0xfffff },
	{ 0xc0, DATA32(3) ^ CLEAN, 0, 0xfffff },
	{ 0xc8, CODE32(3) ^ CLEAN, 0, 0xfffff },
	{ 0xf0, 0x0089, ENV_TASK32, ENV_TSS_LIMIT },
	{ 0xf8, 0x0009, ENV_TASK32, ENV_TSS_LIMIT },
	{ 0x100, DATA32(1), 0, 0xfffff },
	{ 0x108, DATA32(2), 0, 0xfffff },
	{ 0x110, CODE32(1), 0, 0xfffff },
	{ 0x118, CODE32(2), 0, 0xfffff },
	{ 0x120, DATA32(3) ^ BYTES, 0x116000, 0xfff },
	/* The arenas in segments of 64 KiB, with IP and SP of 16 bits. */
	{ 0x200, CODE16(0), ENV_KERNEL, 0xffff },
	{ 0x208, DATA16(0), ENV_KERNEL + 0x10000, 0xffff },
	{ 0x210, DATA16(0), ENV_KERNEL + 0x20000, 0xffff },
	{ 0x218, DATA16(0), ENV_KERNEL + 0x16000, 0xfff },
	{ 0x220, DATA16(0), ENV_KERNEL + 0x17000, 0xfff },
	{ 0x228, CODE16(3), ENV_USER, 0xffff },
	{ 0x230, DATA16(3), ENV_USER + 0x10000, 0xffff },
	{ 0x238, DATA16(3), ENV_USER + 0x20000, 0xffff },
	{ 0x240, DATA16(3), ENV_USER + 0x16000, 0xfff },
	{ 0x248, DATA16(3), ENV_USER + 0x17000, 0xfff },
	/* Stacks of a 16-bit TSS: the pages of the others. */
	{ 0x250, DATA16(0), ENV_KERNEL + 0x30000, 0xffff },
	{ 0x258, DATA16(1), ENV_KERNEL + 0x30000, 0xffff },
	{ 0x260, DATA16(2), ENV_KERNEL + 0x30000, 0xffff },
	{ 0x268, DATA16(3) | SEG_EXPAND_DOWN, 0x110000, 0xff },
	{ 0x270, CODE16(0) | SEG_CONFORMING, ENV_KERNEL, 0xffff },
	{ 0x2b8, 0x0082, ENV_TASK_LDT, ENV_LDT_LIMIT },
	{ 0x2c0, 0x008b, ENV_TSS32, ENV_IOMAP_LIMIT },
	{ 0x2c8, DATA32(0) ^ BYTES, ENV_KERNEL + 0x10000, 0xff },
	{ 0x2d0, DATA32(0) | SEG_EXPAND_DOWN, 0, 0x20f },
	{ 0x2d8, CODE32(0) ^ BYTES, ENV_HANDLERS, 0xfff }, /* what a 16-bit offset can reach */
};

static const struct case_descriptor ldt[] = {
	{ 0x00, DATA32(3), 0, 0xfffff },
	{ 0x08, CODE32(3), 0, 0xfffff },
	{ 0x10, CODE16(3), ENV_USER, 0xffff },
	{ 0x18, DATA32(0), 0, 0xfffff },
};

/* Gates of 8 bytes: access byte 85h task, 84h 16-bit call, 8Ch call, 8Eh interrupt, ORed with the DPL. */
static const struct {
	uint16_t at, sel;
	uint32_t offset;
	uint8_t access;
} gates[] = {
	{ 0x0d0, 0x08, ENV_KERNEL + 0x6300, 0xec },
	{ 0x0d8, 0x200, 0x6300, 0xe4 },
	{ 0x0e0, 0x08, ENV_KERNEL + 0x6300, 0x6c },
	{ 0x0e8, 0xf0, 0, 0xe5 },
	{ 0x278, 0x110, ENV_KERNEL + 0x6300, 0xec },
	{ 0x280, 0x118, ENV_KERNEL + 0x6300, 0xec },
	{ 0x288, 0x60, ENV_KERNEL + 0x6300, 0xec },
	{ 0x290, 0x08, ENV_KERNEL + 0x6300, 0x8c },
	{ 0x298, 0x30, ENV_USER + 0x1000, 0xec },
	{ 0x2a0, 0x48, 0, 0xe5 },
	{ 0x2a8, 0xf0, 0, 0x65 },
	{ 0x2b0, 0xf0, 0, 0x85 },
};

static void put_gate(uint8_t *at, uint16_t sel, uint32_t offset, unsigned access)
{
	put_le(at, 2, offset);
	put_le(at + 2, 2, sel);
	put_le(at + 4, 2, access << 8);
	put_le(at + 6, 2, offset >> 16);
}

static void put_vectors(uint8_t *ram)
{
	for (unsigned v = 0; v < 256; v++) {
		unsigned dpl = v == VEC_BP || v == VEC_OF || v == 0x80 ? 0x60 : 0;
		put_gate(ram + ENV_IDT32 + 8 * v, 0x08, ENV_HANDLERS + 16 * v, 0x8e | dpl);
		put_gate(ram + ENV_IDT16 + 8 * v, 0x2d8, 16 * v, 0x86 | dpl);
		put_le(ram + ENV_IVT + 4 * v, 2, 16 * v);
		put_le(ram + ENV_IVT + 4 * v + 2, 2, ENV_HANDLERS >> 4);
	}
}

static void put_words(uint8_t *at, unsigned size, const uint32_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_le(at + size * i, size, values[i]);
}

/* The current task's: stacks, and a map that allows all ports but 80h-87h. */
static void put_current(uint8_t *tss)
{
	const uint32_t stacks[] = {
		ENV_KERNEL + 0x31000, 0x18, ENV_KERNEL + 0x33000, 0x101, ENV_KERNEL + 0x35000, 0x10a
	};
	put_words(tss + 4, 4, stacks, 6);
	put_le(tss + 0x66, 2, ENV_IOMAP);
	tss[ENV_IOMAP + 0x10] = 0xff;
	tss[ENV_IOMAP_LIMIT] = 0xff;
}

/* Another task of CPL 0, at the page of HLT. Every register holds another value. */
static void put_tasks(uint8_t *ram)
{
	const uint32_t stacks[] = {
		ENV_KERNEL + 0x31000, 0x18, ENV_KERNEL + 0x33000, 0x101, ENV_KERNEL + 0x35000, 0x10a
	};
	const uint32_t regs[] = { ENV_PDPT_PAE, ENV_KERNEL + 0x6000,
				  0x2,          0xa0a0a0a0,
				  0xa1a1a1a1,   0xa2a2a2a2,
				  0xa3a3a3a3,   ENV_KERNEL + 0x21800,
				  0xa5a5a5a5,   0xa6a6a6a6,
				  0xa7a7a7a7,   0x18,
				  0x08,         0x18,
				  0x18,         0x18,
				  0x18,         0x2b8 };
	put_words(ram + ENV_TASK32 + 4, 4, stacks, 6);
	put_words(ram + ENV_TASK32 + 0x1c, 4, regs, sizeof regs / sizeof *regs);
	put_le(ram + ENV_TASK32 + 0x66, 2, ENV_TSS_LIMIT + 1);
	const uint32_t small[] = { 0x1000, 0x250,  0x3000, 0x259,  0x5000, 0x262, 0x6000, 0x2,   0xb0b0, 0xb1b1, 0xb2b2,
				   0xb3b3, 0x1800, 0xb5b5, 0xb6b6, 0xb7b7, 0x208, 0x200,  0x210, 0x208,  0x2b8 };
	put_words(ram + ENV_TASK16 + 2, 2, small, sizeof small / sizeof *small);
}

void env_build_legacy(uint8_t *ram)
{
	case_put_table(ram + ENV_GDT32, gdt, sizeof gdt / sizeof *gdt);
	case_put_table(ram + ENV_LDT32, ldt, sizeof ldt / sizeof *ldt);
	case_put_table(ram + ENV_TASK_LDT, ldt, sizeof ldt / sizeof *ldt);
	for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
		put_gate(ram + ENV_GDT32 + gates[i].at, gates[i].sel, gates[i].offset, gates[i].access);
	put_vectors(ram);
	put_current(ram + ENV_TSS32);
	put_tasks(ram);
}
