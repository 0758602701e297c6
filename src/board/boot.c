/* boot.c - lays an image, its modules and the boot tables out in RAM. */
#include "board/boot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GIB (1ull << 30)

/* ---- writing ----------------------------------------------------------------------------------------------------- */

void boot_put_bytes(struct boot *b, uint64_t pa, const void *bytes, size_t size)
{
	if (phys_write(b->ram, pa, bytes, size) != size)
		b->lost = true;
}

static void put_zeroes(struct boot *b, uint64_t pa, uint64_t size)
{
	if (phys_zero(b->ram, pa, (size_t)size) != size)
		b->lost = true;
}

void boot_put(struct boot *b, uint64_t pa, uint64_t value, unsigned size)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	boot_put_bytes(b, pa, bytes, size);
}

uint64_t boot_string(struct boot *b, const char *text)
{
	uint64_t at = b->strings_at;
	size_t size = strlen(text) + 1;

	boot_put_bytes(b, at, text, size);
	b->strings_at += size;
	return at;
}

void boot_append(struct boot *b, const char *text)
{
	b->strings_at--;
	boot_string(b, text);
}

const char *boot_name(const struct rs_file *file)
{
	const char *slash = strrchr(file->name, '/');

	return slash ? slash + 1 : file->name;
}

static uint64_t page_up(uint64_t pa)
{
	return (pa + PAGE_OFFSET) & ~PAGE_OFFSET;
}

uint64_t boot_module(const struct boot *b, size_t index)
{
	uint64_t at = b->modules_at;

	for (size_t i = 0; i < index; i++)
		at = page_up(at + b->modules[i].size);
	return at;
}

/* ---- layout ------------------------------------------------------------------------------------------------------ */

static uint64_t kernel_end(const struct image *image)
{
	uint64_t end = 0;

	for (size_t i = 0; i < image->segment_count; i++) {
		const struct image_segment *s = &image->segment[i];
		if (s->paddr + s->memory_size > end)
			end = s->paddr + s->memory_size;
	}
	return page_up(end);
}

size_t boot_memory_map(const struct boot *b, struct boot_range ranges[BOOT_RANGES])
{
	enum { USABLE = 1, RESERVED = 2 };
	uint64_t end = b->ram->bytes;

	ranges[0] = (struct boot_range){0, BOOT_LOWER_END, USABLE};
	ranges[1] = (struct boot_range){BOOT_LOWER_END, BOOT_UPPER_START - BOOT_LOWER_END, RESERVED};
	ranges[2] = (struct boot_range){BOOT_UPPER_START, end - BOOT_UPPER_START, USABLE};
	return end > BOOT_UPPER_START ? BOOT_RANGES : BOOT_RANGES - 1;
}

/* Room for any kind: a few bytes too many do no harm, two layouts would. */
static uint64_t string_bytes(const struct boot *b)
{
	uint64_t size = strlen(boot_name(b->file)) + 1 + strlen(b->command_line) + 1 + sizeof(BOOT_LOADER);

	for (size_t i = 0; i < b->module_count; i++)
		size += strlen(boot_name(&b->modules[i])) + 1;
	return size;
}

static void lay_out(struct boot *b, uint64_t table_bytes)
{
	b->modules_at = kernel_end(&b->image);
	b->tables_at = boot_module(b, b->module_count);
	b->gdt_at = b->tables_at + table_bytes;
	b->info_at = b->gdt_at + 32;
	b->list_at = b->info_at + BOOT_INFO;
	b->map_at = b->list_at + (uint64_t)b->module_count * BOOT_LIST_ENTRY;
	b->strings_at = b->map_at + BOOT_MAP + (uint64_t)b->sections.count * b->sections.each;
	b->end = page_up(b->strings_at + string_bytes(b));
}

/* The boot tables must be within reach of the guest: a 64-bit kernel sees its identity map only. */
static bool check_fits(struct boot *b)
{
	uint64_t reach = b->image.mode == 64 ? GIB : 4 * GIB;

	if (b->end > reach)
		return error_set(b->why, RS_ERROR_IMAGE,
		                 "kernel, %zu modules and boot tables end at physical address 0x%" PRIx64
		                 ", above the %s; link the kernel lower or use smaller modules",
		                 b->module_count, b->end,
		                 reach == GIB ? "1 GiB that is identity mapped at the start"
		                              : "4 GiB that the kernel can address");
	if (b->end > b->ram->bytes)
		return error_set(b->why, RS_ERROR_IMAGE,
		                 "kernel, %zu modules and boot tables end at physical address 0x%" PRIx64
		                 ", but RAM ends at 0x%" PRIx64 "; give the machine -m %" PRIu64 "M",
		                 b->module_count, b->end, b->ram->bytes, (b->end + 0xfffff) >> 20);
	return true;
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static void place_kernel(struct boot *b)
{
	for (size_t i = 0; i < b->image.segment_count; i++) {
		const struct image_segment *s = &b->image.segment[i];
		boot_put_bytes(b, s->paddr, b->file->bytes + s->offset, s->file_size);
		put_zeroes(b, s->paddr + s->file_size, s->memory_size - s->file_size);
	}
}

static void place_modules(struct boot *b)
{
	for (size_t i = 0; i < b->module_count; i++)
		boot_put_bytes(b, boot_module(b, i), b->modules[i].bytes, b->modules[i].size);
}

/* Flat segments as the GDT describes them, the accessed bits set, as if they had been loaded from it. */
void boot_segments(struct boot *b, uint64_t code)
{
	static const uint8_t data[] = {SEG_ES, SEG_SS, SEG_DS, SEG_FS, SEG_GS};
	uint16_t code_attributes = (uint16_t)(code >> 40 & 0xf0ff);

	boot_put(b, b->gdt_at, 0, 8);
	boot_put(b, b->gdt_at + 8, code, 8);
	boot_put(b, b->gdt_at + 16, BOOT_DATA, 8);
	b->st->gdtr = (struct table_register){.base = b->gdt_at, .limit = BOOT_GDT - 1};
	b->st->idtr = (struct table_register){0};
	b->st->seg[SEG_CS] = (struct seg){.limit = UINT32_MAX, .sel = 0x08, .attr = code_attributes};
	for (size_t i = 0; i < sizeof(data); i++)
		b->st->seg[data[i]] = (struct seg){.limit = UINT32_MAX, .sel = 0x10, .attr = 0xc093};
	b->st->seg[SEG_LDTR] = (struct seg){0};
	b->st->seg[SEG_TR] = (struct seg){.limit = 0xffff, .attr = 0x008b};
}

void boot_protected(struct boot *b)
{
	struct cpu_state *st = b->st;

	boot_segments(b, BOOT_CODE32);
	st->cr0 = CR0_ET | CR0_PE;
	st->cr3 = 0;
	st->cr4 = 0;
	st->efer = 0;
	st->rip = b->image.entry;
}

/* What all start states have in common. */
static void start_common(struct cpu_state *st)
{
	memset(st->gpr, 0, sizeof(st->gpr));
	st->rflags = FLAG_1;
	st->cr2 = 0;
	st->cr8 = 0;
	st->cpl = 0;
}

static void start_image(struct boot *b)
{
	start_common(b->st);
	switch (b->image.format) {
	case RS_FORMAT_MULTIBOOT:
		boot_multiboot(b);
		return;
	case RS_FORMAT_MULTIBOOT2:
		boot_multiboot2(b);
		return;
	case RS_FORMAT_PVH:
		boot_pvh(b);
		return;
	default:
		boot_direct(b);
	}
}

/* What lies between the modules and the GDT: page tables, or sections that no segment holds. */
static bool check_image(struct boot *b, uint64_t *table_bytes)
{
	*table_bytes = 0;
	if (!image_parse(b->start, b->file->bytes, b->file->size, b->ram->bytes, &b->image, b->why))
		return false;
	if (b->image.mode == 64) {
		*table_bytes = boot_paging_bytes(b);
		return *table_bytes != 0;
	}
	if (b->image.format == RS_FORMAT_MULTIBOOT2 && !b->image.multiboot2.has_address) {
		b->sections = image_sections(b->file->bytes, b->file->size);
		*table_bytes = page_up(boot_section_bytes(b));
	}
	return true;
}

static bool load(struct boot *b)
{
	uint64_t table_bytes;

	if (!check_image(b, &table_bytes))
		return false;
	lay_out(b, table_bytes);
	if (!check_fits(b))
		return false;
	place_kernel(b);
	place_modules(b);
	put_zeroes(b, b->tables_at, b->end - b->tables_at);
	start_image(b);
	return !b->lost || error_set(b->why, RS_ERROR_MEMORY, "the host has no memory for the guest's RAM");
}

static bool name_culprit(struct rs_error *why, const char *name)
{
	char reason[sizeof(why->text)];

	if (!why)
		return false;
	memcpy(reason, why->text, sizeof(reason));
	return error_set(why, why->code, "%.120s: %s", name, reason);
}

bool boot_load(struct phys *ram, struct cpu_state *st, const struct rs_start *how, const struct rs_file *image,
               const struct rs_file *modules, size_t module_count, const char *command_line, struct rs_error *why)
{
	struct cpu_state start = *st;
	struct boot b = {
		.ram = ram,
		.st = &start,
		.start = how,
		.file = image,
		.modules = modules,
		.module_count = module_count,
		.command_line = command_line,
		.why = why,
	};

	if (!load(&b))
		return name_culprit(why, image->name);
	*st = start;
	return true;
}
