/* boot_multiboot2.c - machine state and information structure of Multiboot 2 [Multiboot2 specification 2.0]. */
#include "board/boot.h"

#include <string.h>

#define MULTIBOOT2_LOADED 0x36d76289u

enum information {
	INFO_END = 0, INFO_COMMAND_LINE = 1, INFO_LOADER_NAME = 2, INFO_MODULE = 3, INFO_MEMORY = 4, INFO_MAP = 6,
	INFO_SECTIONS = 9, INFO_LOAD_BASE = 21,
};

enum { FIXED = 8, TAG = 8, TAG_ALIGN = 8, MAP_ENTRY = 24, SECTION_ALIGN = 16 };

/* Fixed parts, paddings and all: total size, command line, loader name, memory, map, sections, load base, end. The
 * layout counts strings, map entries, section headers and modules by themselves. */
_Static_assert(FIXED + 2 * (TAG + 7) + 16 + 16 + 24 + 16 + TAG <= BOOT_INFO, "room for the fixed parts of all tags");
_Static_assert(16 + 7 <= BOOT_LIST_ENTRY, "room for a module's tag, but for its name");

/* ---- tags: written one behind the other, each 8-aligned ---------------------------------------------------------- */

struct tags {
	struct boot *b;
	uint64_t start, at; /* of the tag being written, and of its next byte */
};

static void tag_put(struct tags *t, uint64_t value, unsigned size)
{
	boot_put(t->b, t->at, value, size);
	t->at += size;
}

static void tag_bytes(struct tags *t, const void *bytes, size_t size)
{
	boot_put_bytes(t->b, t->at, bytes, size);
	t->at += size;
}

static void tag_begin(struct tags *t, enum information type)
{
	t->start = t->at;
	tag_put(t, type, 4);
	t->at += 4;
}

/* A size does not count the padding up to the next tag. */
static void tag_end(struct tags *t)
{
	boot_put(t->b, t->start + 4, t->at - t->start, 4);
	t->at = (t->at + TAG_ALIGN - 1) & ~(uint64_t)(TAG_ALIGN - 1);
}

static void put_text(struct tags *t, enum information type, const char *text)
{
	tag_begin(t, type);
	tag_bytes(t, text, strlen(text) + 1);
	tag_end(t);
}

static void put_modules(struct tags *t)
{
	for (size_t i = 0; i < t->b->module_count; i++) {
		const struct rs_file *module = &t->b->modules[i];
		uint64_t start = boot_module(t->b, i);
		const char *name = boot_name(module);
		tag_begin(t, INFO_MODULE);
		tag_put(t, start, 4);
		tag_put(t, start + module->size, 4);
		tag_bytes(t, name, strlen(name) + 1);
		tag_end(t);
	}
}

static void put_memory(struct tags *t)
{
	struct boot_range ranges[BOOT_RANGES];
	size_t count = boot_memory_map(t->b, ranges);

	tag_begin(t, INFO_MEMORY);
	tag_put(t, BOOT_LOWER_END / 1024, 4);
	tag_put(t, (t->b->ram->bytes - BOOT_UPPER_START) / 1024, 4);
	tag_end(t);
	tag_begin(t, INFO_MAP);
	tag_put(t, MAP_ENTRY, 4);
	tag_put(t, 0, 4); /* entry_version */
	for (size_t i = 0; i < count; i++) {
		tag_put(t, ranges[i].start, 8);
		tag_put(t, ranges[i].size, 8);
		tag_put(t, ranges[i].type, 8);
	}
	tag_end(t);
}

static void put_load_base(struct tags *t)
{
	if (!t->b->image.multiboot2.relocatable)
		return;
	tag_begin(t, INFO_LOAD_BASE);
	tag_put(t, t->b->image.multiboot2.load_base, 4);
	tag_end(t);
}

/* ---- ELF sections ------------------------------------------------------------------------------------------------ */

static uint64_t section_room(const struct image_section *s)
{
	return (s->size + SECTION_ALIGN - 1) & ~(uint64_t)(SECTION_ALIGN - 1);
}

uint64_t boot_section_bytes(const struct boot *b)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < b->sections.count; i++) {
		struct image_section s = image_section(b->file->bytes, &b->sections, i);
		bytes += section_room(&s);
	}
	return bytes;
}

/* Loads what no segment holds, and says in the headers where. Numbers are 32 bits wide, as the specification's own
 * multiboot2.h and all loaders have them; its text says 16. */
static void put_sections(struct tags *t)
{
	struct boot *b = t->b;
	uint64_t at = b->tables_at;

	if (!b->sections.count)
		return;
	tag_begin(t, INFO_SECTIONS);
	tag_put(t, b->sections.count, 4);
	tag_put(t, b->sections.each, 4);
	tag_put(t, b->sections.names, 4);
	for (unsigned i = 0; i < b->sections.count; i++) {
		struct image_section s = image_section(b->file->bytes, &b->sections, i);
		uint64_t header = t->at;
		tag_bytes(t, b->file->bytes + s.header, b->sections.each);
		if (!s.size)
			continue;
		boot_put(b, header + s.address_at, at, s.address_size);
		boot_put_bytes(b, at, b->file->bytes + s.offset, (size_t)s.size);
		at += section_room(&s);
	}
	tag_end(t);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

void boot_multiboot2(struct boot *b)
{
	struct tags t = {.b = b, .at = b->info_at + FIXED};

	boot_protected(b);
	put_text(&t, INFO_COMMAND_LINE, b->command_line);
	put_text(&t, INFO_LOADER_NAME, BOOT_LOADER);
	put_modules(&t);
	put_memory(&t);
	put_sections(&t);
	put_load_base(&t);
	tag_begin(&t, INFO_END);
	tag_end(&t);
	boot_put(b, b->info_at, t.at - b->info_at, 4);
	b->st->gpr[RAX] = MULTIBOOT2_LOADED;
	b->st->gpr[RBX] = b->info_at;
}
