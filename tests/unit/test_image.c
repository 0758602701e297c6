/* test_image.c - program files read whole, cut short and with every byte wrong in turn. */
#include "image_maker.h"

#include <stdio.h>
#include <stdlib.h>

#include "board/image.h"

static const struct rs_start by_content;

/* ---- trying them ------------------------------------------------------------------------------------------------- */

/* A copy without a byte of slack, so that the sanitizer sees every read beyond its end. */
static uint8_t *tight(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, bytes, size);
	return copy;
}

static void check_accepted(const struct image *image, size_t size)
{
	assert_true(image->segment_count > 0 && image->segment_count <= IMAGE_SEGMENTS);
	for (size_t i = 0; i < image->segment_count; i++) {
		const struct image_segment *s = &image->segment[i];
		assert_true(s->offset <= size && s->file_size <= size - s->offset);
		assert_true(s->file_size <= s->memory_size && s->memory_size > 0);
		assert_true(s->paddr < RAM && s->memory_size <= RAM - s->paddr);
	}
}

static void touch_symbol(void *arg, const struct symbol *symbol)
{
	*(size_t *)arg += strlen(symbol->name);
}

/* Accepted and sound, or refused with a reason; never a wild read. */
static bool try_parse(const uint8_t *bytes, size_t size)
{
	struct rs_error why = {0};
	struct image image;
	size_t length = 0;
	bool good = image_parse(&by_content, bytes, size, RAM, &image, &why);

	image_symbols(bytes, size, touch_symbol, &length);
	if (good) {
		check_accepted(&image, size);
		return true;
	}
	assert_int_equal(why.code, RS_ERROR_IMAGE);
	assert_true(strlen(why.text) > 20);
	assert_true(strlen(why.text) < sizeof(why.text) - 1); /* not cut */
	return false;
}

static void all_truncations(const struct maker *m)
{
	for (size_t size = 0; size < m->size; size++) {
		uint8_t *copy = tight(m->bytes, size);
		try_parse(copy, size);
		free(copy);
	}
}

static void all_flips(const struct maker *m)
{
	uint8_t *copy = tight(m->bytes, m->size);

	for (size_t at = 0; at < m->size; at++) {
		for (unsigned x = 1; x < 256; x++) {
			copy[at] = m->bytes[at] ^ (uint8_t)x;
			try_parse(copy, m->size);
		}
		copy[at] = m->bytes[at];
	}
	free(copy);
}

static void make_all(struct maker m[3])
{
	make_elf64(&m[0]);
	make_elf32(&m[1]);
	make_flat(&m[2]);
}

static void test_truncations(void **state)
{
	struct maker m[3];

	(void)state;
	make_all(m);
	for (int i = 0; i < 3; i++)
		all_truncations(&m[i]);
}

static void test_flips(void **state)
{
	struct maker m[3];

	(void)state;
	make_all(m);
	for (int i = 0; i < 3; i++)
		all_flips(&m[i]);
}

/* Every 2-, 4- and 8-byte field at every offset with values at the edges. */
static void test_edges(void **state)
{
	static const uint64_t values[] = { 0,          1,         0x7fffffff,      0x80000000,    0xfffffff0,
					   0xffffffff, INT64_MAX, UINT64_MAX - 15, UINT64_MAX,    RAM,
					   RAM - 1,    HIGH,      0x7ffffffff000,  0x800000000000 };
	struct maker m[3];

	(void)state;
	make_all(m);
	for (int i = 0; i < 3; i++)
		for (size_t at = 0; at + 8 <= m[i].size; at++)
			for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++)
				for (unsigned size = 2; size <= 8; size *= 2) {
					struct maker changed = m[i];
					put(&changed, at, values[v], size);
					uint8_t *copy = tight(changed.bytes, changed.size);
					try_parse(copy, changed.size);
					free(copy);
				}
}

/* ---- what is read ------------------------------------------------------------------------------------------------ */

static void parse(const struct maker *m, struct image *image)
{
	struct rs_error why;

	if (!image_parse(&by_content, m->bytes, m->size, RAM, image, &why))
		fail_msg("%s", why.text);
}

static void test_elf64(void **state)
{
	struct maker m;
	struct image image;

	(void)state;
	make_elf64(&m);
	parse(&m, &image);
	assert_int_equal(image.format, RS_FORMAT_ELF64);
	assert_int_equal(image.entry, HIGH + 0x100004);
	assert_int_equal(image.segment_count, 2);
	assert_int_equal(image.segment[1].paddr, 0x1ffff0);
	assert_int_equal(image.segment[1].vaddr, HIGH + 0x1ffff0);
	assert_int_equal(image.segment[1].memory_size, 0x2000);
	assert_true(image.segment[0].executable && !image.segment[0].writable);
	assert_true(image.segment[1].writable && !image.segment[1].executable);
	put_multiboot(&m, 0x180, 4); /* without bit 16 it does not matter */
	parse(&m, &image);
	assert_int_equal(image.format, RS_FORMAT_ELF64);
}

static void test_elf32(void **state)
{
	struct maker m;
	struct image image;

	(void)state;
	make_elf32(&m);
	parse(&m, &image);
	assert_int_equal(image.format, RS_FORMAT_MULTIBOOT);
	assert_int_equal(image.entry, 0x100010);
	assert_int_equal(image.multiboot_flags, 3);
	put(&m, 24, 0x100020, 4); /* an entry that is physical already */
	parse(&m, &image);
	assert_int_equal(image.entry, 0x100020);
}

static void test_flat(void **state)
{
	struct maker m;
	struct image image;

	(void)state;
	make_flat(&m);
	parse(&m, &image);
	assert_int_equal(image.format, RS_FORMAT_MULTIBOOT);
	assert_int_equal(image.entry, 0x100030);
	assert_int_equal(image.segment[0].offset, 0x10);
	assert_int_equal(image.segment[0].file_size, 0x50);
	assert_int_equal(image.segment[0].memory_size, 0x2000);
	put(&m, 0x2c + 8, 0, 4);
	put(&m, 0x2c + 12, 0, 4);
	parse(&m, &image);
	assert_int_equal(image.segment[0].file_size, 0x60);
	assert_int_equal(image.segment[0].memory_size, 0x60);
	make_elf64(&m); /* bit 16 decides whatever the format */
	put_multiboot(&m, 0x180, 0x10000);
	for (size_t i = 0; i < 5; i++)
		put(&m, 0x18c + 4 * i, i < 2 ? 0x100000 : i == 4 ? 0x100010 : 0, 4);
	parse(&m, &image);
	assert_int_equal(image.format, RS_FORMAT_MULTIBOOT);
	assert_int_equal(image.segment[0].offset, 0x180);
}

/* ---- what is refused, and in which words ------------------------------------------------------------------------- */

struct refusal {
	void (*make)(struct maker *m);
	size_t at;
	uint64_t value;
	unsigned size;
	const char *words;
};

static const struct refusal refusals[] = {
	{make_elf64, 16, 3, 2, "-no-pie"},
	{make_elf64, 16, 1, 2, "not linked"},
	{make_elf64, 16, 4, 2, "not an executable"},
	{make_elf64, 18, 183, 2, "e_machine"},
	{make_elf64, 20, 2, 4, "e_version"},
	{make_elf64, 52, 65, 2, "e_ehsize"},
	{make_elf64, 54, 57, 2, "e_phentsize"},
	{make_elf64, 56, 0, 2, "e_phnum"},
	{make_elf64, 32, 0x10000, 8, "e_phoff"},
	{make_elf64, 32, UINT64_MAX, 8, "e_phoff"},
	{make_elf64, 24, HIGH + 0x1ffff0, 8, "e_entry"},
	{make_elf64, 24, 0, 8, "e_entry"},
	{make_elf64, 64, 3, 4, "PT_INTERP"},
	{make_elf64, 64 + 8, UINT64_MAX - 15, 8, "p_offset"},
	{make_elf64, 64 + 32, 0x21, 8, "exceeds p_memsz"},
	{make_elf64, 64 + 24, 0x100800, 8, "modulo 4096"},
	{make_elf64, 64 + 24, 0x400000, 8, "-m 5M"},
	{make_elf64, 64 + 24, 0x1ff000, 8, NULL},
	{make_elf64, 64 + 24, UINT64_MAX - 0xfff, 8, "64 GiB"},
	{make_elf64, 64 + 48, 24, 8, "power of two"},
	{make_elf64, 64 + 48, 0x1000, 8, "p_align"},
	{make_elf64, 64 + 16, 0xffff7ffffffff000, 8, "canonical"},
	{make_elf64, 64 + 16, 0x800000000000, 8, "canonical"},
	{make_elf64, 64 + 16, HIGH + 0x200000, 8, "overlaps"},
	{make_elf64, 64 + 24, 0x200000, 8, "overlaps"},
	{make_elf64, 64 + 40, INT64_MAX, 8, "address space"},
	{make_elf64, 0, 0, 1, "neither"},
	{make_elf64, 5, 2, 1, "neither"},
	{make_elf32, 0x80, 0, 4, NULL}, /* no magic number, no header: entered directly */
	{make_elf32, 0x88, 0, 4, "checksum"},
	{make_elf32, 24, 0x100200, 4, "e_entry"},
	{make_elf32, 52 + 8, 0xfffffff0, 4, "32-bit"},
	{make_elf32, 0, 0, 4, "not ELF"},
	{make_flat, 0x30, 0x100011, 4, "load_addr"},
	{make_flat, 0x30, 0xfffe0, 4, "load_addr"},
	{make_flat, 0x34, 0x100000, 4, "load_end_addr"},
	{make_flat, 0x34, 0x100061, 4, "load_end_addr"},
	{make_flat, 0x38, 0x10004f, 4, "bss_end_addr"},
	{make_flat, 0x38, 0xffffffff, 4, "-m 4096M"},
	{make_flat, 0x3c, 0x100050, 4, "entry_addr"},
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
		put(&m, r->at, r->value, r->size);
		bool good = image_parse(&by_content, m.bytes, m.size, RAM, &image, &why);
		if (good != !r->words || (r->words && !strstr(why.text, r->words)))
			fail_msg("row %zu (%s): %s", i, r->words ? r->words : "accepted", why.text);
	}
}

static void test_multiboot_flags(void **state)
{
	struct rs_error why;
	struct image image;
	struct maker m;

	(void)state;
	for (unsigned bit = 0; bit < 32; bit++) {
		make_flat(&m);
		put_multiboot(&m, 0x20, 0x10000u | 1u << bit);
		bool good = image_parse(&by_content, m.bytes, m.size, RAM, &image, &why);
		assert_int_equal(good, bit < 2 || bit >= 16);
		if (!good)
			assert_non_null(strstr(why.text, bit == 2 ? "video mode" : "requirements"));
	}
}

static void test_too_many_segments(void **state)
{
	struct rs_error why;
	struct image image;
	struct maker *m = calloc(1, sizeof(*m));
	size_t size = 64 + 33 * 56 + 8;
	uint8_t *bytes = calloc(1, size);

	(void)state;
	make_elf64(m);
	memcpy(bytes, m->bytes, 64);
	bytes[56] = 33;
	for (unsigned i = 0; i < 33; i++) {
		*m = (struct maker){0};
		put_program64(m, 0, size - 8, HIGH + 0x100000 + i * 16, 0x100000 + i * 16, 8, 8, 5);
		m->bytes[64 + 48] = 1;
		memcpy(bytes + 64 + 56 * i, m->bytes + 64, 56);
	}
	assert_false(image_parse(&by_content, bytes, size, RAM, &image, &why));
	assert_non_null(strstr(why.text, "more than 32"));
	free(bytes);
	free(m);
}

/* ---- symbols ----------------------------------------------------------------------------------------------------- */

struct seen {
	unsigned count;
	char names[64];
	uint64_t sum;
};

static void see(void *arg, const struct symbol *symbol)
{
	struct seen *s = arg;

	s->count++;
	strcat(strcat(s->names, symbol->name), " ");
	s->sum += symbol->address + symbol->size;
}

static void test_symbols(void **state)
{
	struct seen seen = {0}, none = {0};
	struct maker m;

	(void)state;
	make_elf64(&m);
	image_symbols(m.bytes, m.size, see, &seen);
	assert_int_equal(seen.count, 2); /* neither the constant nor the file's name */
	assert_string_equal(seen.names, "start data ");
	assert_int_equal(seen.sum, 2 * HIGH + 0x100004 + 0x1ffff0 + 8);
	m.bytes[0x210] = 18; /* one name outside the strings spoils the table */
	image_symbols(m.bytes, m.size, see, &none);
	make_elf64(&m);
	m.bytes[0x1b0 + 17] = 'x'; /* strings without an end */
	image_symbols(m.bytes, m.size, see, &none);
	make_elf32(&m); /* no sections */
	image_symbols(m.bytes, m.size, see, &none);
	assert_int_equal(none.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf64),
		cmocka_unit_test(test_elf32),
		cmocka_unit_test(test_flat),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_multiboot_flags),
		cmocka_unit_test(test_too_many_segments),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
