/* test_formats.c - which format a file is, what each is refused for, and the state in which each starts. */
#include "image_maker.h"

#include <stdio.h>
#include <stdlib.h>

#include "board/boot.h"

static const struct rs_start by_content;

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void parse_as(const struct rs_start *start, const struct maker *m, struct image *image)
{
	struct rs_error why;

	if (!image_parse(start, m->bytes, m->size, RAM, image, &why))
		fail_msg("%s", why.text);
}

static void expect_format(const struct maker *m, enum rs_format forced, enum rs_format wanted, unsigned mode,
                          uint64_t entry)
{
	struct rs_start start = {.format = forced};
	struct image image;

	parse_as(&start, m, &image);
	assert_int_equal(image.format, wanted);
	assert_int_equal(image.mode, mode);
	assert_int_equal(image.entry, entry);
}

static void test_each_is_recognised(void **state)
{
	static const unsigned modes[SAMPLES] = {64, 32, 32, 32, 32, 32, 32, 32, 32, 16, 32, 64, 64};
	static const uint64_t entries[SAMPLES] = {HIGH + 0x100004, 0x100010, 0x100010, 0x100030, 0x1000f0, 0x200008,
	                                          0x100070, 0x100020, 0x100008, 0x7c12, 0x100000, 0x100004,
	                                          HIGH + 0x100004};
	struct image image;
	struct maker m;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		samples[i].make(&m);
		parse_as(&samples[i].start, &m, &image);
		if (image.format != samples[i].format || image.mode != modes[i] || image.entry != entries[i])
			fail_msg("%s: format %d, mode %u, entry %jx", samples[i].name, (int)image.format, image.mode,
			         (uintmax_t)image.entry);
	}
}

/* Multiboot 2, then 1, then PVH, then the class; and --format whatever the others are. */
static void test_precedence(void **state)
{
	struct maker m;

	(void)state;
	make_multiboot2(&m);
	put_multiboot(&m, 0x174, 3);
	expect_format(&m, RS_FORMAT_ANY, RS_FORMAT_MULTIBOOT2, 32, 0x1000f0);
	expect_format(&m, RS_FORMAT_MULTIBOOT, RS_FORMAT_MULTIBOOT, 32, 0x1000f0);
	expect_format(&m, RS_FORMAT_ELF32, RS_FORMAT_ELF32, 32, 0x1000f0);
	make_pvh32(&m);
	put(&m, 24, 0xc0100010, 4);
	put_multiboot(&m, 0x80, 3);
	expect_format(&m, RS_FORMAT_ANY, RS_FORMAT_MULTIBOOT, 32, 0x100010);
	expect_format(&m, RS_FORMAT_PVH, RS_FORMAT_PVH, 32, 0x100020);
	make_pvh64(&m);
	put_multiboot(&m, 0x180, 3);
	expect_format(&m, RS_FORMAT_ANY, RS_FORMAT_PVH, 32, 0x100008);
	expect_format(&m, RS_FORMAT_ELF64, RS_FORMAT_ELF64, 64, HIGH + 0x100004);
	make_elf64(&m);
	put_multiboot(&m, 0x180, 3);
	expect_format(&m, RS_FORMAT_ANY, RS_FORMAT_ELF64, 64, HIGH + 0x100004);
	expect_format(&m, RS_FORMAT_MULTIBOOT, RS_FORMAT_MULTIBOOT, 32, 0x100004);
}

/* ---- refusing ---------------------------------------------------------------------------------------------------- */

struct refusal {
	void (*make)(struct maker *m);
	struct rs_start start;
	size_t at;
	uint64_t value;
	unsigned size; /* 0: nothing is changed */
	const char *words;
};

#define ANY {.format = RS_FORMAT_ANY}
#define AS(name) {.format = RS_FORMAT_##name}

static const struct refusal refusals[] = {
	{make_elf64, AS(ELF32), 0, 0, 0, "no little-endian ELF32"},
	{make_bare32, AS(ELF64), 0, 0, 0, "no little-endian ELF64"},
	{make_raw, AS(ELF64), 0, 0, 0, "--format elf64"},
	{make_bare32, AS(MULTIBOOT), 0, 0, 0, "first 8192 bytes"},
	{make_elf32, AS(MULTIBOOT2), 0, 0, 0, "first 32768 bytes"},
	{make_elf32, AS(PVH), 0, 0, 0, "no PVH note"},
	{make_raw, AS(PVH), 0, 0, 0, "no little-endian ELF"},
	{make_raw, ANY, 0, 0, 0, "--load and --mode"},
	{make_elf32, ANY, 0x88, 0, 4, "-(magic + flags)"},
	{make_elf32, AS(ELF32), 0x88, 0, 4, NULL},
	{make_bare32, ANY, 24, 0x100040, 4, "e_entry"},
	{make_bare32, ANY, 18, 62, 2, "e_machine"},
	/* flat */
	{make_raw, {RS_FORMAT_FLAT, 0x7c00, 0x7c00, 0}, 0, 0, 0, "--mode 16, 32 or 64"},
	{make_raw, {RS_FORMAT_FLAT, 0x7c00, 0x7c60, 16}, 0, 0, 0, "does not lie in the flat image"},
	{make_raw, {RS_FORMAT_FLAT, 0x7c00, 0x7bff, 32}, 0, 0, 0, "does not lie in the flat image"},
	{make_raw, {RS_FORMAT_FLAT, 0x100000, 0x100000, 16}, 0, 0, 0, "below 1 MiB"},
	{make_raw, {RS_FORMAT_FLAT, 0xfffc0, 0xfffff, 16}, 0, 0, 0, NULL},
	{make_raw, {RS_FORMAT_FLAT, 0xffffffc0, 0xffffffc0, 32}, 0, 0, 0, "below 4 GiB"},
	{make_raw, {RS_FORMAT_FLAT, RAM - 0x60, RAM - 1, 64}, 0, 0, 0, NULL},
	{make_raw, {RS_FORMAT_FLAT, RAM - 0x5f, RAM - 1, 64}, 0, 0, 0, "-m 5M"},
	{make_raw, {RS_FORMAT_FLAT, UINT64_MAX, UINT64_MAX, 64}, 0, 0, 0, "64 GiB"},
	/* PVH */
	{make_pvh32, ANY, 0x118, 3, 4, "has 3 bytes"},
	{make_pvh32, ANY, 0x124, 0x100040, 4, "no physical address"},
	{make_pvh32, ANY, 0x124, 0xc0100020, 4, "no physical address"},
	{make_pvh32, AS(PVH), 0x11c, 17, 4, "no PVH note"},
	{make_pvh32, AS(PVH), 0x120, 0x006e6559, 4, "no PVH note"},
	{make_pvh32, AS(PVH), 0x114, 3, 4, "no PVH note"},
	{make_pvh32, AS(PVH), 0x118, 5, 4, "no PVH note"},
	{make_pvh32, AS(PVH), 84 + 4, 0x1000, 4, "no PVH note"},
	{make_pvh64, AS(PVH), 64 + 56 + 48, 4, 8, "no PVH note"}, /* p_align says how notes are padded */
	/* Multiboot 2 */
	{make_multiboot2, ANY, 0x8c, 0, 4, "-(magic + architecture + header_length)"},
	{make_addressed, ANY, 0x10 + 16 + 4, 20, 4, "size is too small"},
	{make_addressed, ANY, 0x10 + 16 + 4, 4, 4, "below 8"},
	{make_addressed, ANY, 0x10 + 16 + 4, 0x1000, 4, "passes the header's end"},
	{make_addressed, ANY, 0x10 + 16 + 24 + 16, 2, 2, "too small"},
	{make_addressed, ANY, 0x10 + 16 + 24, 6, 2, "no entry address tag"},
	{make_addressed, ANY, 0x10 + 16, 6, 2, "nothing says where"},
	{make_addressed, ANY, 0x10 + 16 + 24 + 8, 0x100080, 4, "entry_addr"},
	{make_addressed, ANY, 0x10 + 16 + 8, 0x0f, 4, "load_addr"},
	{make_addressed, ANY, 0x10 + 16 + 16, 0x100091, 4, "load_end_addr"},
	{make_multiboot2, ANY, 0x80 + 16, 10, 2, "align is not a power of two"},
	{make_multiboot2, ANY, 0x80 + 16 + 8, 22, 4, "does not define"},
	{make_multiboot2, ANY, 0x80 + 16 + 8, 21, 4, NULL},
	{make_multiboot2, ANY, 0x80 + 40 + 2, 0, 2, "text console"},
	{make_multiboot2, ANY, 0x80 + 56 + 2, 0, 2, "framebuffer"},
	{make_multiboot2, ANY, 0x80 + 80, 7, 2, "EFI boot services"},
	{make_multiboot2, ANY, 0x80 + 80, 0x10007, 4, NULL},
	{make_multiboot2, ANY, 0x80 + 80, 11, 2, "does not define it"},
	{make_multiboot2, ANY, 0x80 + 80, 0x1000b, 4, NULL},
	{make_multiboot2, ANY, 0x80 + 88, 6, 2, "no end tag"},
	{make_relocatable, ANY, 0x300 + 16 + 8, 0x1ffff0, 4, "entry address tag"},
	{make_relocatable, ANY, 0x300 + 32 + 12, 0x2fffff, 4, "find no place"},
	{make_relocatable, ANY, 0x300 + 32 + 8, 0x300000, 4, "find no place"},
	{make_relocatable, ANY, 0x300 + 32 + 16, 3, 4, "power of two"},
	{make_relocatable, ANY, 0x300 + 32 + 16, 0, 4, "power of two"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		struct rs_error why = {0};
		struct image image;
		struct maker m;
		r->make(&m);
		if (r->size)
			put(&m, r->at, r->value, r->size);
		bool good = image_parse(&r->start, m.bytes, m.size, RAM, &image, &why);
		if (good != !r->words || (r->words && !strstr(why.text, r->words)))
			fail_msg("row %zu (%s): %s", i, r->words ? r->words : "accepted", good ? "accepted" : why.text);
	}
}

static void expect_refused(const struct maker *m, const char *words)
{
	struct rs_error why;
	struct image image;

	assert_false(image_parse(&by_content, m->bytes, m->size, RAM, &image, &why));
	if (!strstr(why.text, words))
		fail_msg("%s expected: %s", words, why.text);
}

/* The fields under the checksum. */
static void test_multiboot2_header(void **state)
{
	struct maker m;

	(void)state;
	make_multiboot2(&m);
	header2_seal(&m, 0x80, 15);
	expect_refused(&m, "header_length 15");
	header2_seal(&m, 0x80, 0x101);
	expect_refused(&m, "header_length 257");
	header2_seal(&m, 0x80, 0x58); /* before the end tag */
	expect_refused(&m, "no end tag");
	header2_seal(&m, 0x80, 16);
	expect_refused(&m, "no end tag");
	header2_seal(&m, 0x80, 0x60);
	put(&m, 0x84, 4, 4);
	put(&m, 0x8c, -(0xe85250d6u + 4 + 0x60), 4);
	expect_refused(&m, "architecture is 4");
}

/* ---- relocating -------------------------------------------------------------------------------------------------- */

static void test_relocation(void **state)
{
	enum { MIN = 0x300 + 32 + 8, MAX = MIN + 4, ALIGN = MIN + 8, PREFERENCE = MIN + 12 };
	struct image image;
	struct maker m;

	(void)state;
	make_relocatable(&m);
	parse_as(&by_content, &m, &image);
	assert_int_equal(image.multiboot2.load_base, 0x200000);
	assert_int_equal(image.segment[0].paddr, 0x200000);
	assert_int_equal(image.segment[1].paddr, 0x2ffff0);
	put(&m, MIN, 0x200001, 4);
	parse_as(&by_content, &m, &image);
	assert_int_equal(image.multiboot2.load_base, 0x210000);
	put(&m, PREFERENCE, 0, 4); /* the linked place is below the range */
	parse_as(&by_content, &m, &image);
	assert_int_equal(image.multiboot2.load_base, 0x210000);
	put(&m, MIN, 0, 4);
	parse_as(&by_content, &m, &image);
	assert_int_equal(image.multiboot2.load_base, 0x100000);
	assert_int_equal(image.entry, 0x100008);
	put(&m, 64 + 24, 0x10100000, 8); /* linked above this machine's RAM */
	put(&m, 64 + 56 + 24, 0x101ffff0, 8);
	put(&m, 0x300 + 16 + 8, 0x10100008, 4);
	parse_as(&by_content, &m, &image);
	assert_int_equal(image.multiboot2.load_base, 0x100000);
	assert_int_equal(image.entry, 0x100008);
	put(&m, MIN, RAM - 0x1000, 4);
	put(&m, MAX, UINT32_MAX, 4);
	expect_refused(&m, "relocated segment 0");
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

enum { MODULES = 16 };

struct scene {
	struct phys ram;
	struct cpu_state st;
	struct maker m;
};

/* A machine in which sample `index` was loaded, with modules whose names have all lengths. */
static void scene_open(struct scene *s, size_t index)
{
	static const char letters[] = "abcdefghijklmnop";
	static uint8_t bytes[5000];
	struct rs_file modules[MODULES];
	struct rs_error why;

	memset(bytes, 0x4d, sizeof(bytes));
	for (size_t i = 0; i < MODULES; i++)
		modules[i] = (struct rs_file){letters + i, bytes, i ? i : sizeof(bytes)};
	samples[index].make(&s->m);
	struct rs_file image = {"some/where/kernel.elf", s->m.bytes, s->m.size};
	s->st = (struct cpu_state){.pat = 1, .rflags = 0xff, .cr0 = 0xff, .cr3 = 1, .cr4 = 1, .efer = 1};
	memset(s->st.gpr, 0xff, sizeof(s->st.gpr));
	assert_true(phys_init(&s->ram, rs_host_libc(), RAM));
	if (!boot_load(&s->ram, &s->st, &samples[index].start, &image, modules, MODULES, "a=1 b", &why))
		fail_msg("%s: %s", samples[index].name, why.text);
	assert_int_equal(s->st.rflags, 2);
	assert_int_equal(s->st.pat, 1);
	assert_int_equal(s->st.gpr[RSP], 0);
}

static void scene_close(struct scene *s)
{
	phys_free(&s->ram);
}

static size_t sample(const char *name)
{
	for (size_t i = 0; i < SAMPLES; i++)
		if (!strcmp(samples[i].name, name))
			return i;
	fail_msg("no sample %s", name);
	return 0;
}

static uint64_t get(struct scene *s, uint64_t pa, unsigned size)
{
	uint8_t bytes[8];
	uint64_t value = 0;

	assert_int_equal(phys_read(&s->ram, pa, bytes, size), size);
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

static void assert_text(struct scene *s, uint64_t pa, const char *text)
{
	char bytes[64];

	assert_int_equal(phys_read(&s->ram, pa, bytes, strlen(text) + 1), strlen(text) + 1);
	assert_string_equal(bytes, text);
}

static void assert_seg(const struct cpu_state *st, int index, unsigned selector, uint64_t base, unsigned attributes)
{
	assert_int_equal(st->seg[index].sel, selector);
	assert_int_equal(st->seg[index].base, base);
	assert_int_equal(st->seg[index].attr, attributes);
	assert_int_equal(st->seg[index].limit, attributes & SEG_G ? UINT32_MAX : 0xffff);
}

static void assert_protected(struct scene *s, uint64_t entry)
{
	static const int data[] = {SEG_ES, SEG_SS, SEG_DS, SEG_FS, SEG_GS};

	assert_int_equal(s->st.cr0, 0x11);
	assert_int_equal(s->st.cr3 | s->st.cr4 | s->st.efer | s->st.cr2 | s->st.cr8 | s->st.cpl, 0);
	assert_seg(&s->st, SEG_CS, 8, 0, 0xc09b);
	for (size_t i = 0; i < 5; i++)
		assert_seg(&s->st, data[i], 0x10, 0, 0xc093);
	assert_int_equal(s->st.seg[SEG_LDTR].attr, 0);
	assert_int_equal(get(s, s->st.gdtr.base + 8, 8), 0x00cf9b000000ffff);
	assert_int_equal(get(s, s->st.gdtr.base + 16, 8), 0x00cf93000000ffff);
	assert_int_equal(s->st.gdtr.limit, 23);
	assert_int_equal(s->st.rip, entry);
}

/* The table of the direct start, whatever the mode. */
static void assert_boot_table(struct scene *s, uint64_t modules)
{
	uint64_t table = s->st.gpr[RSI], list = get(s, table + 40, 8);

	assert_text(s, table, "ringstep\1");
	assert_int_equal(get(s, table + 12, 4), 48);
	assert_int_equal(get(s, table + 16, 8), RAM);
	assert_text(s, get(s, table + 24, 8), "a=1 b");
	assert_int_equal(get(s, table + 32, 8), MODULES);
	assert_int_equal(get(s, list, 8), modules);
	assert_int_equal(get(s, list + 8, 8), modules + 5000);
	assert_text(s, get(s, list + 16 + 15 * 32, 8), "p");
}

static void test_direct_32(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, sample("elf32"));
	assert_protected(&s, 0x100010);
	assert_seg(&s.st, SEG_TR, 0, 0, 0x8b);
	assert_int_equal(s.st.gpr[RDI], 0x676e6972);
	assert_int_equal(s.st.gpr[RAX] | s.st.gpr[RBX], 0);
	assert_int_equal(get(&s, 0x10003c, 8), 0x11223344);
	assert_boot_table(&s, 0x102000);
	scene_close(&s);
	scene_open(&s, sample("flat32"));
	assert_protected(&s, 0x100000);
	assert_int_equal(s.st.gpr[RDI], 0x676e6972);
	assert_int_equal(get(&s, 0x10005c, 8), 0xf4f4f4f4);
	assert_boot_table(&s, 0x101000);
	scene_close(&s);
}

static void test_real(void **state)
{
	static const int data[] = {SEG_ES, SEG_SS, SEG_DS, SEG_FS, SEG_GS};
	struct scene s;

	(void)state;
	scene_open(&s, sample("flat16"));
	assert_int_equal(s.st.cr0, 0x10);
	assert_int_equal(s.st.cr3 | s.st.cr4 | s.st.efer | s.st.cpl, 0);
	assert_seg(&s.st, SEG_CS, 0x7c1, 0x7c10, 0x9b);
	for (size_t i = 0; i < 5; i++)
		assert_seg(&s.st, data[i], 0, 0, 0x93);
	assert_seg(&s.st, SEG_LDTR, 0, 0, 0x82);
	assert_seg(&s.st, SEG_TR, 0, 0, 0x8b);
	assert_int_equal(s.st.gdtr.base | s.st.idtr.base, 0);
	assert_int_equal(s.st.gdtr.limit, 0xffff);
	assert_int_equal(s.st.idtr.limit, 0xffff);
	assert_int_equal(s.st.rip, 2);
	assert_int_equal(s.st.gpr[RDI], 0x676e6972);
	assert_int_equal(get(&s, 0x7c00, 4), 0xf4f4f4f4);
	assert_boot_table(&s, 0x8000);
	scene_close(&s);
}

static void test_flat_64(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, sample("flat64"));
	assert_int_equal(s.st.cr0, 0x80010031);
	assert_int_equal(s.st.cr4, 0x20);
	assert_int_equal(s.st.efer, 0xd00);
	assert_seg(&s.st, SEG_CS, 8, 0, 0xa09b);
	assert_int_equal(s.st.rip, 0x100004);
	assert_int_equal(s.st.gpr[RDI], 0x70657473676e6972);
	assert_int_equal(get(&s, get(&s, s.st.cr3, 8) & ~0xfffull, 8) & 0xfff, 3);
	assert_boot_table(&s, 0x101000);
	scene_close(&s);
}

static void assert_range(struct scene *s, uint64_t at, uint64_t start, uint64_t size, unsigned type)
{
	assert_int_equal(get(s, at, 8), start);
	assert_int_equal(get(s, at + 8, 8), size);
	assert_int_equal(get(s, at + 16, 8), type);
}

static void test_pvh(void **state)
{
	struct scene s;

	(void)state;
	for (size_t i = sample("pvh32"); i <= sample("pvh64"); i++) {
		scene_open(&s, i);
		uint64_t info = s.st.gpr[RBX], list = get(&s, info + 16, 8), map = get(&s, info + 40, 8);
		s.st.seg[SEG_TR].limit -= 0x67;
		assert_int_equal(s.st.seg[SEG_TR].limit | s.st.seg[SEG_TR].base, 0);
		assert_int_equal(s.st.seg[SEG_TR].attr, 0x8b);
		assert_protected(&s, samples[i].make == make_pvh32 ? 0x100020 : 0x100008);
		assert_int_equal(get(&s, info, 8), 0x1336ec578);
		assert_int_equal(get(&s, info + 8, 8), (uint64_t)MODULES << 32);
		assert_text(&s, get(&s, info + 24, 8), "a=1 b");
		assert_int_equal(get(&s, info + 32, 8), 0);
		assert_int_equal(get(&s, info + 48, 8), 3);
		assert_int_equal(get(&s, get(&s, list, 8) + 4999, 2), 0x4d);
		assert_int_equal(get(&s, list + 8, 8), 5000);
		assert_text(&s, get(&s, list + 16, 8), "abcdefghijklmnop");
		assert_text(&s, get(&s, list + 15 * 32 + 16, 8), "p");
		assert_range(&s, map, 0, 0x9fc00, 1);
		assert_range(&s, map + 24, 0x9fc00, 0x60400, 2);
		assert_range(&s, map + 48, 0x100000, RAM - 0x100000, 1);
		scene_close(&s);
	}
}

/* ---- Multiboot 2 information ------------------------------------------------------------------------------------- */

/* Walks the tags to the end tag, which the total size includes; the address of number `index` of a type, or 0. */
static uint64_t find_tag(struct scene *s, unsigned type, unsigned index)
{
	uint64_t info = s->st.gpr[RBX], end = info + get(s, info, 4), found = 0;

	for (uint64_t at = info + 8; at + 8 <= end; at = (at + get(s, at + 4, 4) + 7) & ~7ull) {
		if (get(s, at, 4) == type && index-- == 0)
			found = at;
		if (get(s, at, 8) == 8ull << 32) {
			assert_int_equal(at + 8, end);
			return found;
		}
	}
	fail_msg("no end tag");
	return 0;
}

static void assert_common_tags(struct scene *s)
{
	uint64_t map = find_tag(s, 6, 0), memory = find_tag(s, 4, 0), last = find_tag(s, 3, MODULES - 1);

	assert_int_equal(s->st.gpr[RAX], 0x36d76289);
	assert_int_equal(s->st.gpr[RBX] & 7, 0);
	assert_text(s, find_tag(s, 1, 0) + 8, "a=1 b");
	assert_int_equal(get(s, find_tag(s, 1, 0) + 4, 4), 8 + 6);
	assert_text(s, find_tag(s, 2, 0) + 8, "ringstep");
	assert_int_equal(get(s, memory + 4, 4), 16);
	assert_int_equal(get(s, memory + 8, 4), 639);
	assert_int_equal(get(s, memory + 12, 4), 3 * 1024);
	assert_int_equal(get(s, map + 4, 4), 16 + 72);
	assert_int_equal(get(s, map + 8, 8), 24);
	assert_range(s, map + 16, 0, 0x9fc00, 1);
	assert_range(s, map + 40, 0x9fc00, 0x60400, 2);
	assert_range(s, map + 64, 0x100000, RAM - 0x100000, 1);
	assert_int_equal(get(s, last + 12, 4) - get(s, last + 8, 4), MODULES - 1);
	assert_int_equal(get(s, last + 8, 4) & 0xfff, 0);
	assert_text(s, last + 16, "p");
	assert_int_equal(find_tag(s, 3, MODULES), 0);
}

static void test_multiboot2(void **state)
{
	struct scene s;

	(void)state;
	for (size_t i = sample("multiboot2"); i <= sample("multiboot2 with addresses"); i++) {
		scene_open(&s, i);
		assert_protected(&s, i == sample("multiboot2")               ? 0x1000f0
		                     : i == sample("multiboot2 relocatable") ? 0x200008
		                                                             : 0x100070);
		assert_common_tags(&s);
		bool moved = samples[i].make == make_relocatable;
		assert_int_equal(find_tag(&s, 21, 0) != 0, moved);
		assert_int_equal(find_tag(&s, 9, 0) != 0, moved);
		scene_close(&s);
	}
}

/* What no segment holds is loaded, and the headers say where. */
static void test_sections(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, sample("multiboot2 relocatable"));
	uint64_t tag = find_tag(&s, 9, 0), headers = tag + 20;
	assert_int_equal(get(&s, find_tag(&s, 21, 0) + 8, 4), 0x200000);
	assert_int_equal(get(&s, tag + 4, 4), 20 + 3 * 64);
	assert_int_equal(get(&s, tag + 8, 4), 3);
	assert_int_equal(get(&s, tag + 12, 4), 64);
	assert_int_equal(get(&s, tag + 16, 4), 2);
	uint64_t symbols = get(&s, headers + 64 + 16, 8), strings = get(&s, headers + 128 + 16, 8);
	assert_int_equal(get(&s, headers + 16, 8), 0);
	assert_int_equal(get(&s, symbols + 24 + 8, 8), HIGH + 0x100004);
	assert_text(&s, strings + 1, "start");
	assert_true(symbols + 0x78 <= strings && strings + 18 <= s.st.gdtr.base);
	scene_close(&s);
}

/* The smallest machine has nothing above 1 MiB, and a map says so. */
static void test_smallest_machine(void **state)
{
	const struct sample *low = &samples[sample("flat32")];
	struct rs_start start = low->start;
	struct cpu_state st = {0};
	struct rs_error why;
	struct phys ram;
	struct maker m;

	(void)state;
	low->make(&m);
	struct rs_file image = {"k", m.bytes, m.size};
	start.load = start.entry = 0x1000;
	assert_true(phys_init(&ram, rs_host_libc(), 1 << 20));
	assert_true(boot_load(&ram, &st, &start, &image, NULL, 0, "", &why));
	assert_int_equal(st.rip, 0x1000);
	struct boot b = {.ram = &ram};
	struct boot_range ranges[BOOT_RANGES];
	assert_int_equal(boot_memory_map(&b, ranges), 2);
	phys_free(&ram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_recognised),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_multiboot2_header),
		cmocka_unit_test(test_relocation),
		cmocka_unit_test(test_direct_32),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_flat_64),
		cmocka_unit_test(test_pvh),
		cmocka_unit_test(test_multiboot2),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_smallest_machine),
	};

	return cmocka_run_group_tests_name("formats", tests, NULL, NULL);
}
