/* boot_direct.c - kernels that are entered in their own mode: ELF64, ELF32 and flat ones, told of by the boot table. */
#include "board/boot.h"

#define BOOT_MAGIC 0x70657473676e6972ull /* "ringstep" */

enum { BOOT_VERSION = 1, BOOT_TABLE_BYTES = 48 };

static void put_modules(struct boot *b)
{
	for (size_t i = 0; i < b->module_count; i++) {
		uint64_t at = b->list_at + i * BOOT_LIST_ENTRY, start = boot_module(b, i);
		boot_put(b, at, start, 8);
		boot_put(b, at + 8, start + b->modules[i].size, 8);
		boot_put(b, at + 16, boot_string(b, boot_name(&b->modules[i])), 8);
		boot_put(b, at + 24, 0, 8);
	}
}

/* struct rs_boot of docs/boot.md. */
static void put_boot_table(struct boot *b)
{
	boot_put(b, b->info_at, BOOT_MAGIC, 8);
	boot_put(b, b->info_at + 8, BOOT_VERSION, 4);
	boot_put(b, b->info_at + 12, BOOT_TABLE_BYTES, 4);
	boot_put(b, b->info_at + 16, b->ram->bytes, 8);
	boot_put(b, b->info_at + 24, boot_string(b, b->command_line), 8);
	boot_put(b, b->info_at + 32, b->module_count, 8);
	boot_put(b, b->info_at + 40, b->module_count ? b->list_at : 0, 8);
	put_modules(b);
}

static void start_long(struct boot *b)
{
	struct cpu_state *st = b->st;

	boot_segments(b, BOOT_CODE64);
	st->cr3 = boot_paging(b);
	st->cr0 = CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE;
	st->cr4 = CR4_PAE;
	st->efer = EFER_NXE | EFER_LMA | EFER_LME;
	st->rip = b->image.entry;
}

/* Segment and table registers as after reset, but for CS [SDM vol. 3, processor state after reset]. */
static void start_real(struct boot *b)
{
	static const uint8_t data[] = {SEG_ES, SEG_SS, SEG_DS, SEG_FS, SEG_GS};
	struct cpu_state *st = b->st;
	uint16_t selector = (uint16_t)(b->image.entry >> 4);

	st->seg[SEG_CS] = (struct seg){.base = selector * 16ull, .limit = 0xffff, .sel = selector, .attr = 0x009b};
	for (size_t i = 0; i < sizeof(data); i++)
		st->seg[data[i]] = (struct seg){.limit = 0xffff, .attr = 0x0093};
	st->seg[SEG_LDTR] = (struct seg){.limit = 0xffff, .attr = 0x0082};
	st->seg[SEG_TR] = (struct seg){.limit = 0xffff, .attr = 0x008b};
	st->gdtr = st->idtr = (struct table_register){.limit = 0xffff};
	st->cr0 = CR0_ET;
	st->cr3 = st->cr4 = st->efer = 0;
	st->rip = b->image.entry & 15;
}

/* The 32-bit half of the magic number is the text "ring". */
void boot_direct(struct boot *b)
{
	bool is_long = b->image.mode == 64;

	put_boot_table(b);
	b->st->gpr[RDI] = is_long ? BOOT_MAGIC : (uint32_t)BOOT_MAGIC;
	b->st->gpr[RSI] = b->info_at;
	if (is_long)
		start_long(b);
	else if (b->image.mode == 32)
		boot_protected(b);
	else
		start_real(b);
}
