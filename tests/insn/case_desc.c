/* case_desc.c - the descriptor tables of IA-32e mode, as data (README.md lists them). */
#include <string.h>

#include "case.h"
#include "case_attributes.h"

static const struct case_descriptor gdt[] = {
	{ 0x08, CODE32(0), 0, 0xfffff },
	{ 0x10, CODE64(0), 0, 0xfffff },
	{ 0x18, DATA32(0), 0, 0xfffff },
	{ 0x20, CODE32(3), 0, 0xfffff },
	{ 0x28, DATA32(3), 0, 0xfffff },
	{ 0x30, CODE64(3), 0, 0xfffff },
	{ 0x38, DATA32(3), 0, 0xfffff },
	{ 0x40, 0x008b, ENV_TSS, ENV_TSS_LIMIT },
	{ 0x50, 0x0082, ENV_LDT, ENV_LDT_LIMIT },
	{ 0x60, CODE64(0) | SEG_CONFORMING, 0, 0xfffff },
	{ 0x68, CODE32(0) | SEG_CONFORMING, 0, 0xfffff },
	{ 0x70, CODE64(0) ^ ABSENT, 0, 0xfffff },
	{ 0x78, DATA32(3) ^ ABSENT, 0, 0xfffff },
	{ 0x80, DATA32(3) | SEG_EXPAND_DOWN, 0, 0x10f },
	{ 0x88, DATA32(3) ^ BYTES, 0x110000, 0xff },
	{ 0x90, DATA32(3) ^ SEG_WRITABLE, 0, 0xfffff },
	{ 0x98, CODE32(3) ^ SEG_READABLE, 0, 0xfffff },
	{ 0xa0, CODE16(3), 0, 0xffff },
	{ 0xa8, DATA16(3), 0, 0xffff },
	{ 0xb0, CODE64(0) | SEG_DB, 0, 0xfffff },
	{ 0xb8, DATA32(0) ^ CLEAN, 0, 0xfffff },
	{ 0xc0, DATA32(3) ^ CLEAN, 0, 0xfffff },
	{ 0xc8, CODE64(3) ^ CLEAN, 0, 0xfffff },
	{ 0xf0, 0x0089, ENV_TSS, ENV_TSS_LIMIT },
	{ 0x100, DATA32(1), 0, 0xfffff },
	{ 0x108, DATA32(2), 0, 0xfffff },
	{ 0x110, CODE64(1), 0, 0xfffff },
	{ 0x118, CODE64(2), 0, 0xfffff },
	{ 0x120, DATA32(3) ^ BYTES, 0x116000, 0xfff },
};

static const struct case_descriptor ldt[] = {
	{ 0x00, DATA32(3), 0, 0xfffff },
	{ 0x08, CODE64(3), 0, 0xfffff },
	{ 0x10, CODE32(3), 0, 0xfffff },
	{ 0x18, DATA32(0), 0, 0xfffff },
};

void case_put_table(uint8_t *table, const struct case_descriptor *d, size_t count)
{
	for (size_t i = 0; i < count; i++, d++) {
		uint64_t low = (d->limit & 0xffff) | (uint64_t)(d->limit >> 16) << 48;
		low |= (uint64_t)(d->base & 0xffffff) << 16 | (uint64_t)(d->base >> 24) << 56;
		put_le(table + d->at, 8, low | (uint64_t)d->attr << 40);
	}
}

/* A 64-bit gate: type Ch call, Eh interrupt. */
static void put_gate(uint8_t *at, uint16_t sel, uint64_t offset, unsigned access)
{
	uint64_t low = (offset & 0xffff) | (uint64_t)sel << 16 | (uint64_t)access << 40 | (offset >> 16 & 0xffff) << 48;
	put_le(at, 8, low);
	put_le(at + 8, 8, offset >> 32);
}

static void put_idt(uint8_t *ram)
{
	for (unsigned v = 0; v < 256; v++) {
		bool user = v == VEC_BP || v == VEC_OF || v == 0x80;
		put_gate(ram + ENV_IDT + 16 * v, 0x10, ENV_HANDLERS + 16 * v, user ? 0xee : 0x8e);
	}
}

static void put_tss(uint8_t *tss)
{
	uint64_t top = ENV_KERNEL + 0x31000;
	for (unsigned n = 0; n < 3; n++, top += 0x2000)
		put_le(tss + 0x04 + 8 * n, 8, top);
	for (unsigned n = 0; n < 7; n++, top += 0x2000)
		put_le(tss + 0x24 + 8 * n, 8, top);
	put_le(tss + 0x66, 2, ENV_TSS_LIMIT + 1); /* no I/O permission map */
}

void env_build_descriptors(uint8_t *ram)
{
	case_put_table(ram + ENV_GDT, gdt, sizeof gdt / sizeof *gdt);
	case_put_table(ram + ENV_LDT, ldt, sizeof ldt / sizeof *ldt);
	put_gate(ram + ENV_GDT + 0xd0, 0x10, ENV_KERNEL + 0x6300, 0xec);
	put_gate(ram + ENV_GDT + 0xe0, 0x10, ENV_KERNEL + 0x6300, 0x6c);
	put_idt(ram);
	put_tss(ram + ENV_TSS);
}
