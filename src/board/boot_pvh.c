/* boot_pvh.c - machine state and start info of a PVH guest [x86/HVM direct boot ABI; start_info.h, version 1]. */
#include "board/boot.h"

#define START_INFO_MAGIC 0x336ec578u

enum {
	INFO_MAGIC = 0, INFO_VERSION = 4, INFO_MODULES = 12, INFO_MODULE_LIST = 16, INFO_COMMAND_LINE = 24,
	INFO_MAP = 40, INFO_MAP_ENTRIES = 48, /* and 4 reserved bytes: 56 in all */
};

enum { VERSION = 1, MODULE_ENTRY = 32, MAP_ENTRY = 24, TSS_LIMIT = 0x67 };

static void put_modules(struct boot *b)
{
	for (size_t i = 0; i < b->module_count; i++) {
		uint64_t at = b->list_at + i * MODULE_ENTRY;
		boot_put(b, at, boot_module(b, i), 8);
		boot_put(b, at + 8, b->modules[i].size, 8);
		boot_put(b, at + 16, boot_string(b, boot_name(&b->modules[i])), 8);
	}
	boot_put(b, b->info_at + INFO_MODULES, b->module_count, 4);
	boot_put(b, b->info_at + INFO_MODULE_LIST, b->module_count ? b->list_at : 0, 8);
}

static void put_memory(struct boot *b)
{
	struct boot_range ranges[BOOT_RANGES];
	size_t count = boot_memory_map(b, ranges);

	for (size_t i = 0; i < count; i++) {
		boot_put(b, b->map_at + i * MAP_ENTRY, ranges[i].start, 8);
		boot_put(b, b->map_at + i * MAP_ENTRY + 8, ranges[i].size, 8);
		boot_put(b, b->map_at + i * MAP_ENTRY + 16, ranges[i].type, 4);
	}
	boot_put(b, b->info_at + INFO_MAP, b->map_at, 8);
	boot_put(b, b->info_at + INFO_MAP_ENTRIES, count, 4);
}

/* Flags (offset 8) and the address of the RSDP (32) stay 0: neither is there. */
void boot_pvh(struct boot *b)
{
	boot_protected(b);
	b->st->seg[SEG_TR].limit = TSS_LIMIT;
	boot_put(b, b->info_at + INFO_MAGIC, START_INFO_MAGIC, 4);
	boot_put(b, b->info_at + INFO_VERSION, VERSION, 4);
	boot_put(b, b->info_at + INFO_COMMAND_LINE, boot_string(b, b->command_line), 8);
	put_modules(b);
	put_memory(b);
	b->st->gpr[RBX] = b->info_at;
}
