/* test_boot.c - start states and boot information, and what they refuse. */
#include "image_maker.h"

#include <stdlib.h>

#include "board/boot.h"

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static const struct rs_start by_content;

static bool try_boot(uint8_t *bytes, size_t size, struct phys *ram, struct cpu_state *st, struct rs_error *why)
{
	uint8_t module[5000];
	struct rs_file image = {"some/where/kernel.elf", bytes, size};
	struct rs_file modules[] = {{"user.elf", module, sizeof(module)}, {"dir/b", module, 1}};

	memset(module, 0x4d, sizeof(module));
	*why = (struct rs_error){0};
	assert_true(phys_init(ram, rs_host_libc(), RAM));
	bool good = boot_load(ram, st, &by_content, &image, modules, 2, "a=1 b", why);
	assert_true(good || (why->code == RS_ERROR_IMAGE && strstr(why->text, "kernel.elf: ")));
	return good;
}

static void try_boot_and_forget(uint8_t *bytes, size_t size)
{
	struct cpu_state st = {0};
	struct rs_error why;
	struct phys ram;

	try_boot(bytes, size, &ram, &st, &why);
	phys_free(&ram);
}

/* ---- what the guest finds ---------------------------------------------------------------------------------------- */

static uint64_t get(const uint8_t *at, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

static uint64_t ram_get(struct phys *ram, uint64_t pa, unsigned size)
{
	uint8_t bytes[8];

	assert_int_equal(phys_read(ram, pa, bytes, size), size);
	return get(bytes, size);
}

static void assert_text(struct phys *ram, uint64_t pa, const char *text)
{
	char bytes[64];

	assert_int_equal(phys_read(ram, pa, bytes, strlen(text) + 1), strlen(text) + 1);
	assert_string_equal(bytes, text);
}

/* A walk of 4-level paging; 0 for a page that is not mapped, else the last entry with the page's address in it. */
static uint64_t walk(struct phys *ram, uint64_t cr3, uint64_t va)
{
	uint64_t entry = cr3 | 1;

	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		entry = ram_get(ram, (entry & 0xffffffffff000) + (va >> shift & 511) * 8, 8);
		if (!(entry & 1))
			return 0;
		if (shift == 21 && entry & 0x80)
			return (entry & ~0x1fffffull) + (va & 0x1ff000) + (entry & 0xfff);
	}
	return entry;
}

static void assert_segments(const struct cpu_state *st, unsigned code)
{
	static const int data[] = {SEG_ES, SEG_SS, SEG_DS, SEG_FS, SEG_GS};

	assert_int_equal(st->seg[SEG_CS].sel, 8);
	assert_int_equal(st->seg[SEG_CS].attr, code);
	assert_int_equal(st->seg[SEG_CS].limit, UINT32_MAX);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(st->seg[data[i]].sel, 0x10);
		assert_int_equal(st->seg[data[i]].attr, 0xc093);
		assert_int_equal(st->seg[data[i]].limit, UINT32_MAX);
	}
	assert_int_equal(st->seg[SEG_TR].attr, 0x8b);
	assert_int_equal(st->seg[SEG_LDTR].attr, 0);
	assert_int_equal(st->gdtr.limit, 23);
	assert_int_equal(st->idtr.limit, 0);
	assert_int_equal(st->rflags, 2);
}

static void test_start_elf64(void **state)
{
	struct cpu_state st = {.pat = 0x0007040600070406, .efer = EFER_SCE};
	struct rs_error why;
	struct phys ram;
	struct maker m;

	(void)state;
	make_elf64(&m);
	if (!try_boot(m.bytes, m.size, &ram, &st, &why))
		fail_msg("%s", why.text);
	assert_int_equal(st.cr0, 0x80010031);
	assert_int_equal(st.cr4, 0x20);
	assert_int_equal(st.efer, 0xd00);
	assert_int_equal(st.pat, 0x0007040600070406);
	assert_int_equal(st.rip, HIGH + 0x100004);
	assert_int_equal(st.gpr[RSP], 0);
	assert_segments(&st, 0xa09b);
	assert_int_equal(ram_get(&ram, st.gdtr.base + 8, 8), 0x00af9b000000ffff);
	assert_int_equal(ram_get(&ram, st.gdtr.base + 16, 8), 0x00cf93000000ffff);
	assert_int_equal(walk(&ram, st.cr3, 0), 0x83);
	assert_int_equal(walk(&ram, st.cr3, 0x3ffff000), 0x3ffff083);
	assert_int_equal(walk(&ram, st.cr3, 0x40000000), 0);
	assert_int_equal(walk(&ram, st.cr3, HIGH + 0x100000), 0x100001);
	assert_int_equal(walk(&ram, st.cr3, HIGH + 0x101000), 0);
	for (uint64_t page = 0x1ff000; page <= 0x201000; page += 0x1000)
		assert_int_equal(walk(&ram, st.cr3, HIGH + page), 0x8000000000000003 | page);
	assert_int_equal(walk(&ram, st.cr3, HIGH + 0x202000), 0);
	assert_int_equal(ram_get(&ram, 0x100000, 4), 0x90909090);
	assert_int_equal(ram_get(&ram, 0x1ffffc, 8), 0xdadadada);
	phys_free(&ram);
}

static void test_boot_table(void **state)
{
	struct cpu_state st = {0};
	struct rs_error why;
	struct phys ram;
	struct maker m;

	(void)state;
	make_elf64(&m);
	assert_true(try_boot(m.bytes, m.size, &ram, &st, &why));
	uint64_t table = st.gpr[RSI], list = ram_get(&ram, table + 40, 8);
	assert_int_equal(st.gpr[RDI], 0x70657473676e6972);
	assert_text(&ram, table, "ringstep\1");
	assert_int_equal(ram_get(&ram, table + 12, 4), 48);
	assert_int_equal(ram_get(&ram, table + 16, 8), RAM);
	assert_text(&ram, ram_get(&ram, table + 24, 8), "a=1 b");
	assert_int_equal(ram_get(&ram, table + 32, 8), 2);
	assert_int_equal(ram_get(&ram, list, 8), 0x202000);
	assert_int_equal(ram_get(&ram, list + 8, 8), 0x202000 + 5000);
	assert_text(&ram, ram_get(&ram, list + 16, 8), "user.elf");
	assert_int_equal(ram_get(&ram, list + 32, 8), 0x204000);
	assert_int_equal(ram_get(&ram, list + 40, 8), 0x204001);
	assert_text(&ram, ram_get(&ram, list + 48, 8), "b");
	assert_int_equal(ram_get(&ram, 0x202000 + 4999, 2), 0x4d);
	assert_int_equal(ram_get(&ram, 0x204000, 2), 0x4d);
	assert_true(st.cr3 >= 0x205000 && table > st.cr3);
	phys_free(&ram);
}

static void assert_multiboot_info(struct phys *ram, uint64_t info)
{
	uint64_t mods = ram_get(ram, info + 24, 4), map = ram_get(ram, info + 48, 4);

	assert_int_equal(ram_get(ram, info, 4), 0x24d);
	assert_int_equal(ram_get(ram, info + 4, 4), 639);
	assert_int_equal(ram_get(ram, info + 8, 4), 3 * 1024);
	assert_text(ram, ram_get(ram, info + 16, 4), "kernel.elf a=1 b");
	assert_int_equal(ram_get(ram, info + 20, 4), 2);
	assert_int_equal(ram_get(ram, mods, 4), 0x102000);
	assert_int_equal(ram_get(ram, mods + 4, 4), 0x102000 + 5000);
	assert_text(ram, ram_get(ram, mods + 8, 4), "user.elf");
	assert_int_equal(ram_get(ram, mods + 16, 4), 0x104000);
	assert_text(ram, ram_get(ram, mods + 24, 4), "b");
	assert_int_equal(ram_get(ram, info + 44, 4), 72);
	assert_int_equal(ram_get(ram, map + 24, 4), 20);
	assert_int_equal(ram_get(ram, map + 28, 8), 0x9fc00);
	assert_int_equal(ram_get(ram, map + 36, 8), 0x60400);
	assert_int_equal(ram_get(ram, map + 44, 4), 2);
	assert_int_equal(ram_get(ram, map + 52, 8), 0x100000);
	assert_int_equal(ram_get(ram, map + 60, 8), 0x300000);
	assert_text(ram, ram_get(ram, info + 64, 4), "ringstep");
}

static void test_start_multiboot(void **state)
{
	struct maker m[2];

	(void)state;
	make_elf32(&m[0]);
	make_flat(&m[1]);
	for (int i = 0; i < 2; i++) {
		struct cpu_state st = {0};
		struct rs_error why;
		struct phys ram;
		if (!try_boot(m[i].bytes, m[i].size, &ram, &st, &why))
			fail_msg("%s", why.text);
		assert_int_equal(st.gpr[RAX], 0x2badb002);
		assert_int_equal(st.cr0, 0x11);
		assert_int_equal(st.cr3 | st.cr4 | st.efer, 0);
		assert_int_equal(st.rip, i ? 0x100030 : 0x100010);
		assert_segments(&st, 0xc09b);
		assert_int_equal(ram_get(&ram, st.gdtr.base + 8, 8), 0x00cf9b000000ffff);
		assert_int_equal(ram_get(&ram, 0x100000, 4), i ? 0xeeeeeeee : 0x1badb002);
		assert_multiboot_info(&ram, st.gpr[RBX]);
		phys_free(&ram);
	}
}

struct boot_refusal {
	size_t at;
	uint64_t vaddr, paddr;
	const char *words;
};

/* The first program header changed; the entry is in it. */
static void test_boot_refusals(void **state)
{
	static const struct boot_refusal rows[] = {
		{0, 0x200000, 0x100000, "collides with the identity map"},
		{0, 0x3fffffff0, 0x100ff0, NULL},
		{0, 0x40000000, 0x100000, NULL},
		{0, 0x100000, 0x100000, NULL},
		{0, HIGH + 0x1fff00, 0x2ff00, "share a page"},
		{0, HIGH + 0x100000, 0x3ff000, "-m 5M"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cpu_state st = {.pat = 1}, before = st;
		struct rs_error why;
		struct phys ram;
		struct maker m;
		make_elf64(&m);
		put(&m, 64 + 16, rows[i].vaddr, 8);
		put(&m, 64 + 24, rows[i].paddr, 8);
		put(&m, 24, rows[i].vaddr, 8);
		bool good = try_boot(m.bytes, m.size, &ram, &st, &why);
		if (good != !rows[i].words || (!good && !strstr(why.text, rows[i].words)))
			fail_msg("row %zu: %s", i, why.text);
		if (!good)
			assert_memory_equal(&st, &before, sizeof(st));
		phys_free(&ram);
	}
}

/* A page that two segments share gets the rights of both. */
static void test_shared_page(void **state)
{
	struct cpu_state st = {0};
	struct rs_error why;
	struct phys ram;
	struct maker m;

	(void)state;
	make_elf64(&m);
	put(&m, 64 + 56 + 16, HIGH + 0x100020, 8);
	put(&m, 64 + 56 + 24, 0x100020, 8);
	assert_true(try_boot(m.bytes, m.size, &ram, &st, &why));
	assert_int_equal(walk(&ram, st.cr3, HIGH + 0x100000), 0x100003);
	assert_int_equal(walk(&ram, st.cr3, HIGH + 0x101000), 0x8000000000101003);
	phys_free(&ram);
}

/* The host runs out of memory at each allocation in turn. */
static void *limited_alloc(void *arg, size_t bytes)
{
	long *left = arg;

	return (*left)-- > 0 ? rs_host_libc()->alloc(NULL, bytes) : NULL;
}

static void test_no_memory(void **state)
{
	struct rs_host host = *rs_host_libc();
	struct maker m;
	long left = 0, most;
	bool good = false;

	(void)state;
	make_elf64(&m);
	struct rs_file image = {"k", m.bytes, m.size};
	host.alloc = limited_alloc;
	host.arg = &left;
	for (most = 2; !good; most++) {
		struct cpu_state st = {0}, before = st;
		struct rs_error why;
		struct phys ram;
		left = most;
		assert_true(phys_init(&ram, &host, RAM));
		good = boot_load(&ram, &st, &by_content, &image, NULL, 0, "", &why);
		if (!good) {
			assert_int_equal(why.code, RS_ERROR_MEMORY);
			assert_memory_equal(&st, &before, sizeof(st));
		}
		phys_free(&ram);
	}
	assert_true(most > 8);
}

/* What the reader accepts must load or be refused too: every single bit wrong in turn. */
static void test_flips(void **state)
{
	void (*const make[])(struct maker *m) = {make_elf64, make_elf32, make_flat};
	struct maker m;

	(void)state;
	for (int i = 0; i < 3; i++) {
		make[i](&m);
		for (size_t bit = 0; bit < m.size * 8; bit++) {
			m.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			try_boot_and_forget(m.bytes, m.size);
			m.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_elf64),
		cmocka_unit_test(test_boot_table),
		cmocka_unit_test(test_start_multiboot),
		cmocka_unit_test(test_boot_refusals),
		cmocka_unit_test(test_shared_page),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
