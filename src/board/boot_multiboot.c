/* boot_multiboot.c - machine state and information structure of Multiboot 1 [Multiboot 3.2, 3.3]. */
#include "board/boot.h"

#define MULTIBOOT_LOADED 0x2badb002u

/* Offsets in the information structure, and the flags that say which are valid. */
enum {
	MBI_FLAGS = 0, MBI_MEM_LOWER = 4, MBI_MEM_UPPER = 8, MBI_CMDLINE = 16, MBI_MODS_COUNT = 20, MBI_MODS_ADDR = 24,
	MBI_MMAP_LENGTH = 44, MBI_MMAP_ADDR = 48, MBI_LOADER_NAME = 64,
};
enum { MBI_HAS_MEM = 0x001, MBI_HAS_CMDLINE = 0x004, MBI_HAS_MODS = 0x008, MBI_HAS_MMAP = 0x040, MBI_HAS_NAME = 0x200 };

enum { MODULE_ENTRY = 16, MAP_ENTRY = 24 };

static void put_modules(struct boot *b)
{
	for (size_t i = 0; i < b->module_count; i++) {
		uint64_t at = b->list_at + i * MODULE_ENTRY, start = boot_module(b, i);
		boot_put(b, at, start, 4);
		boot_put(b, at + 4, start + b->modules[i].size, 4);
		boot_put(b, at + 8, boot_string(b, boot_name(&b->modules[i])), 4);
		boot_put(b, at + 12, 0, 4);
	}
	boot_put(b, b->info_at + MBI_MODS_COUNT, b->module_count, 4);
	boot_put(b, b->info_at + MBI_MODS_ADDR, b->list_at, 4);
}

/* An entry's size field does not count itself. */
static void put_memory(struct boot *b)
{
	struct boot_range ranges[BOOT_RANGES];
	size_t count = boot_memory_map(b, ranges);

	for (size_t i = 0; i < count; i++) {
		uint64_t at = b->map_at + i * MAP_ENTRY;
		boot_put(b, at, MAP_ENTRY - 4, 4);
		boot_put(b, at + 4, ranges[i].start, 8);
		boot_put(b, at + 12, ranges[i].size, 8);
		boot_put(b, at + 20, ranges[i].type, 4);
	}
	boot_put(b, b->info_at + MBI_MMAP_LENGTH, count * MAP_ENTRY, 4);
	boot_put(b, b->info_at + MBI_MMAP_ADDR, b->map_at, 4);
	boot_put(b, b->info_at + MBI_MEM_LOWER, BOOT_LOWER_END / 1024, 4);
	boot_put(b, b->info_at + MBI_MEM_UPPER, (b->ram->bytes - BOOT_UPPER_START) / 1024, 4);
}

/* The kernel's name, and its arguments behind a space when there are any. */
static void put_command_line(struct boot *b)
{
	boot_put(b, b->info_at + MBI_CMDLINE, boot_string(b, boot_name(b->file)), 4);
	if (!b->command_line[0])
		return;
	boot_append(b, " ");
	boot_append(b, b->command_line);
}

void boot_multiboot(struct boot *b)
{
	boot_protected(b);
	boot_put(b, b->info_at + MBI_FLAGS, MBI_HAS_MEM | MBI_HAS_CMDLINE | MBI_HAS_MODS | MBI_HAS_MMAP | MBI_HAS_NAME,
		 4);
	put_command_line(b);
	boot_put(b, b->info_at + MBI_LOADER_NAME, boot_string(b, BOOT_LOADER), 4);
	put_memory(b);
	put_modules(b);
	b->st->gpr[RAX] = MULTIBOOT_LOADED;
	b->st->gpr[RBX] = b->info_at;
}
