/* test_paging.c - the walk through each format of tables; what is expected is written from SDM vol. 3, chapter 4. */
#include "paging_world.h"

static const struct walk_request user_read = { .user = true }, user_write = { .user = true, .write = true },
                                 user_fetch = { .user = true, .fetch = true };

/* ---- where an address leads ---- */

static const struct {
	enum format format;
	uint64_t address, entry, physical;
	unsigned level;
} pages[] = {
	{ LEGACY, 0x00401234, 0x00345000, 0x345234, 1 },
	{ LEGACY, 0xfffff000, 0xffff7000, 0xffff7000, 1 },
	{ LEGACY, 0x00401234, 0x00800000 | PS, 0x801234, 0 },
	{ LEGACY, 0xffc01234, 0x00800000 | 1 << 13 | PS, 0x100801234, 0 },   /* bit 13 is bit 32 of the address */
	{ LEGACY, 0x00400000, 0xffc00000 | 1 << 19 | PS, 0x40ffc00000, 0 },  /* bit 19 is bit 38 */
	{ PAE, 0x00201234, 0x345000, 0x345234, 1 },
	{ PAE, 0xfffff678, 0x7ffffff000, 0x7ffffff678, 1 },
	{ PAE, 0xc0201234, 0x7fffe00000 | PS, 0x7fffe01234, 0 },
	{ LONG4, 0x00007fffffffe123, 0x345000, 0x345123, 3 },
	{ LONG4, 0xffffffff80201234, 0x7fffe00000 | PS, 0x7fffe01234, 2 },
	{ LONG4, 0xffff800012345678, 0x40000000 | PS, 0x52345678, 1 },
	{ LONG5, 0x00fedcba98765432, 0x345000, 0x345432, 4 },
	{ LONG5, 0xff00000000201234, 0x600000 | PS, 0x601234, 3 },
	{ LONG5, 0x0001000012345678, 0x40000000 | PS, 0x52345678, 2 },
};

static void each_format_leads_where_its_entries_say(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct world w;
		world_open(&w, pages[i].format);
		world_map(&w, pages[i].address, pages[i].level, pages[i].entry | P | W | U);
		uint64_t got = world_walk(&w, pages[i].address, user_write);
		if (got != pages[i].physical)
			fail_msg("page %zu: %llx", i, (unsigned long long)got);
		world_close(&w);
	}
}

static void without_paging_all_is_as_it_is(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, LEGACY);
	world_context(&w)->cr0 = CR0_PE;
	world_follow(&w);
	assert_int_equal(world_walk(&w, 0xfee12345, user_write), 0xfee12345);
	world_close(&w);
}

/* CR3 has more than the address of the root, and in PAE mode the walk does not read it at all. */
static void low_bits_of_cr3_are_not_address(void **unused)
{
	(void)unused;
	for (enum format f = 0; f < FORMATS; f++) {
		struct world w;
		world_open(&w, f);
		world_map(&w, 0x5000, world_last(&w), 0x7000 | P | U);
		world_context(&w)->cr3 = f == PAE ? 0xdead0000 : ROOT | 0xfff;
		world_follow(&w);
		assert_int_equal(world_walk(&w, 0x5000, user_read), 0x7000);
		world_close(&w);
	}
}

/* There are no rights in a PDPTE, and no Accessed bit. */
static void pdptes_have_p_and_an_address(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, PAE);
	world_map(&w, 0x5000, 1, 0x7000 | P | W | U);
	assert_int_equal(world_walk(&w, 0x40005000, user_write), 0x7000);
	assert_int_equal(w.pdpte[1], ROOT | P);
	w.pdpte[1] &= ~(uint64_t)P;
	assert_int_equal(world_walk(&w, 0x40005000, user_write), FAULT(PF_U | PF_W));
	assert_int_equal(world_walk(&w, 0x80005000, user_write), 0x7000);
	world_close(&w);
}

static void pse_decides_whether_ps_is_a_page(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, LEGACY);
	world_map(&w, 0x5000, 1, 0x7000 | P | U);
	uint64_t pde = world_entry_at(&w, ROOT, 0, 0x5000);
	world_put(&w, pde, world_get(&w, pde) | PS);
	world_context(&w)->cr4 &= ~(uint64_t)CR4_PSE;
	world_follow(&w);
	assert_int_equal(world_walk(&w, 0x5000, user_read), 0x7000);
	world_context(&w)->cr4 |= CR4_PSE;
	world_follow(&w);
	assert_int_equal(world_walk(&w, 0x5000, user_read), 0x800005000); /* bit 16 is bit 35 */
	world_close(&w);
}

/* ---- reserved bits, each one ---- */

enum { NXE = 1, NO_1G = 2, NO_PSE36 = 4, BIT8 = 8 };

/* Tables 4-4 to 4-6, 4-9 to 4-11 and 4-14 to 4-20 with M = `physical_bits`. */
static const struct {
	enum format format;
	unsigned level, page, physical_bits, how;
	uint64_t reserved;
} entries[] = {
	{ LEGACY, 0, 0, 39, NXE, 0 },
	{ LEGACY, 1, 1, 39, 0, 0 },
	{ LEGACY, 0, PS, 36, NXE, 0x003e0000 },
	{ LEGACY, 0, PS, 39, 0, 0x00300000 },
	{ LEGACY, 0, PS, 40, 0, 0x00200000 },
	{ LEGACY, 0, PS, 52, 0, 0x00200000 },
	{ LEGACY, 0, PS, 39, NO_PSE36, 0x003fe000 },
	{ PAE, 0, 0, 39, NXE, 0x7fffff8000000000 },
	{ PAE, 0, 0, 39, 0, 0xffffff8000000000 },
	{ PAE, 0, PS, 48, NXE, 0x7fff0000001fe000 },
	{ PAE, 1, 1, 39, NXE, 0x7fffff8000000000 },
	{ PAE, 1, 1, 52, 0, 0xfff0000000000000 },
	{ LONG4, 0, 0, 39, NXE, 0x000fff8000000080 },
	{ LONG4, 0, 0, 39, 0, 0x800fff8000000080 },
	{ LONG4, 0, 0, 48, NXE | BIT8, 0x000f000000000180 },
	{ LONG4, 1, 0, 39, NXE, 0x000fff8000000000 },
	{ LONG4, 1, 0, 39, NXE | BIT8, 0x000fff8000000100 },
	{ LONG4, 1, 0, 39, NXE | NO_1G, 0x000fff8000000080 },
	{ LONG4, 1, PS, 39, NXE | BIT8, 0x000fff803fffe000 },
	{ LONG4, 2, 0, 39, NXE | BIT8, 0x000fff8000000000 },
	{ LONG4, 2, PS, 52, NXE, 0x00000000001fe000 },
	{ LONG4, 3, 1, 39, 0, 0x800fff8000000000 },
	{ LONG5, 0, 0, 52, NXE, 0x80 },
	{ LONG5, 0, 0, 52, NXE | BIT8, 0x180 },
	{ LONG5, 1, 0, 46, 0, 0x800fc00000000080 },
	{ LONG5, 2, PS, 46, NXE, 0x000fc0003fffe000 },
	{ LONG5, 4, 1, 46, NXE, 0x000fc00000000000 },
};

static void world_open_for(struct world *w, size_t i)
{
	world_open(w, entries[i].format);
	struct mmu_context *c = world_context(w);
	c->physical_bits = (uint8_t)entries[i].physical_bits;
	c->efer = (c->efer & ~(uint64_t)EFER_NXE) | (entries[i].how & NXE ? EFER_NXE : 0);
	c->pages_1g = !(entries[i].how & NO_1G);
	c->pse36 = !(entries[i].how & NO_PSE36);
	c->bit8_reserved = entries[i].how & BIT8;
	world_follow(w);
}

/* PS turns a table into a page where that exists, so it is not one of the bits to be tried there. */
static bool ps_is_choice(size_t i)
{
	unsigned shift = world_shift(entries[i].format, entries[i].level);
	return shift > 12 && shift <= 30 && !(entries[i].reserved & PS);
}

/* A table above RAM reads as ones, which would be taken for the bit's own fault. */
static bool names_other_table(size_t i, unsigned bit)
{
	return !entries[i].page && bit < entries[i].physical_bits && 1ull << bit >= WORLD_RAM;
}

static void try_bits(struct world *w, size_t i)
{
	const uint64_t address = 0x5000;
	uint64_t at = world_entry_at(w, ROOT, entries[i].level, address), plain;
	world_map(w, address, world_last(w), 0x7000 | P | W | U);
	plain = entries[i].page == PS ? P | W | U | PS : world_get(w, at);
	for (unsigned bit = 1; bit < 8 * world_entry_bytes(w->format); bit++) {
		if (names_other_table(i, bit) || (bit == 7 && ps_is_choice(i)))
			continue;
		world_put(w, at, plain | 1ull << bit);
		uint64_t got = world_walk(w, address, user_read);
		bool told = (got & FAULT(PF_RSVD | PF_P)) == FAULT(PF_RSVD | PF_P);
		if (told != (entries[i].reserved >> bit & 1))
			fail_msg("entry %zu, bit %u: %llx", i, bit, (unsigned long long)got);
		if (told)
			assert_int_equal(got, FAULT(PF_RSVD | PF_P | PF_U));
	}
}

static void each_reserved_bit_faults_and_no_other(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(entries); i++) {
		struct world w;
		world_open_for(&w, i);
		try_bits(&w, i);
		world_close(&w);
	}
}

/* Tables 4-8: checked when they are loaded. */
static void pdpte_reserved_bits(void **unused)
{
	struct mmu_context c = { .physical_bits = 39 };
	(void)unused;
	assert_int_equal(paging_pdpte_reserved(&c), 0xffffff80000001e6);
	c.physical_bits = 52;
	assert_int_equal(paging_pdpte_reserved(&c), 0xfff00000000001e6);
}

/* PT-01: a fault at one level hides what lies below, P = 0 hides reserved bits. */
static void the_first_bad_entry_decides(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, LONG4);
	world_map(&w, 0x5000, 3, NX >> 1);
	assert_int_equal(world_walk(&w, 0x5000, user_read), FAULT(PF_U));
	world_put(&w, world_entry_at(&w, ROOT, 1, 0x5000), 1ull << 51 | P);
	assert_int_equal(world_walk(&w, 0x5000, user_read), FAULT(PF_U | PF_P | PF_RSVD));
	world_put(&w, world_entry_at(&w, ROOT, 0, 0x5000), 1ull << 51);
	assert_int_equal(world_walk(&w, 0x5000, user_read), FAULT(PF_U));
	world_close(&w);
}

/* A table where nothing answers reads as ones. */
static void tables_outside_ram(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, LONG4);
	world_context(&w)->cr3 = 0x100000000;
	world_follow(&w);
	assert_int_equal(world_walk(&w, 0x5000, user_read), FAULT(PF_U | PF_P | PF_RSVD));
	world_close(&w);
}

/* ---- the I bit (PT-06) ---- */

static void instruction_bit_by_mode(void **unused)
{
	(void)unused;
	for (enum format f = 0; f < FORMATS; f++)
		for (unsigned how = 0; how < 4; how++) {
			struct world w;
			world_open(&w, f);
			struct mmu_context *c = world_context(&w);
			bool nxe = how & 1, smep = how & 2;
			c->efer = (c->efer & ~(uint64_t)EFER_NXE) | (nxe ? EFER_NXE : 0);
			c->cr4 |= smep ? CR4_SMEP : 0;
			world_follow(&w);
			bool told = smep || (nxe && f != LEGACY);
			assert_int_equal(world_walk(&w, 0x5000, user_fetch), FAULT(PF_U | (told ? PF_I : 0)));
			assert_int_equal(world_walk(&w, 0x5000, user_read), FAULT(PF_U));
			world_close(&w);
		}
}

/* ---- Accessed and Dirty (PT-16, PT-17) ---- */

static uint64_t used_bits(struct world *w, unsigned level)
{
	return world_get(w, world_entry_at(w, ROOT, level, 0x5000)) & (A | D);
}

static void check_used(enum format f, unsigned page_level)
{
	struct world w;
	uint64_t beside = 0x11;
	world_open(&w, f);
	world_map(&w, 0x5000, page_level, P | U | W | (page_level < world_last(&w) ? PS : 0));
	for (unsigned i = 0; i < page_level; i++)
		world_put(&w, world_entry_at(&w, ROOT, i, 0x5000),
		          world_get(&w, world_entry_at(&w, ROOT, i, 0x5000)) & ~(uint64_t)A);
	uint64_t next = world_entry_at(&w, ROOT, page_level, 0x5000) + world_entry_bytes(f);
	world_put(&w, next, beside);
	assert_int_equal(world_walk(&w, 0x5000, (struct walk_request){ .look = true }) >> 63, 0);
	for (unsigned i = 0; i <= page_level; i++)
		assert_int_equal(used_bits(&w, i), 0);
	assert_int_equal(world_walk(&w, 0x5000, user_read) >> 63, 0);
	for (unsigned i = 0; i <= page_level; i++)
		assert_int_equal(used_bits(&w, i), A);
	assert_int_equal(world_walk(&w, 0x5000, user_write) >> 63, 0);
	for (unsigned i = 0; i <= page_level; i++)
		assert_int_equal(used_bits(&w, i), i == page_level ? A | D : A);
	assert_int_equal(world_get(&w, next), beside);
	world_close(&w);
}

static void accessed_everywhere_dirty_at_the_end(void **unused)
{
	(void)unused;
	for (enum format f = 0; f < FORMATS; f++) {
		check_used(f, world_levels(f) - 1);
		check_used(f, world_levels(f) - 2);
	}
	check_used(LONG4, 1);
	check_used(LONG5, 2);
}

static void a_refused_access_marks_nothing(void **unused)
{
	(void)unused;
	for (enum format f = 0; f < FORMATS; f++) {
		struct world w;
		world_open(&w, f);
		world_map(&w, 0x5000, world_last(&w), 0x7000 | P | U);
		assert_int_equal(world_walk(&w, 0x5000, user_write), FAULT(PF_P | PF_W | PF_U));
		assert_int_equal(used_bits(&w, world_last(&w)), 0);
		world_close(&w);
	}
}

/* ---- rights of all levels together (PT-14) ---- */

static void each_level_can_refuse(void **unused)
{
	(void)unused;
	for (enum format f = 0; f < FORMATS; f++)
		for (unsigned level = 0; level < world_levels(f); level++) {
			struct world w;
			world_open(&w, f);
			world_map(&w, 0x5000, world_last(&w), 0x7000 | P | W | U);
			uint64_t at = world_entry_at(&w, ROOT, level, 0x5000), entry = world_get(&w, at);
			world_put(&w, at, entry & ~(uint64_t)W);
			assert_int_equal(world_walk(&w, 0x5000, user_write), FAULT(PF_P | PF_W | PF_U));
			assert_int_equal(world_walk(&w, 0x5000, user_read), 0x7000);
			world_put(&w, at, entry & ~(uint64_t)U);
			assert_int_equal(world_walk(&w, 0x5000, user_read), FAULT(PF_P | PF_U));
			world_put(&w, at, entry | NX);
			if (f != LEGACY)
				assert_int_equal(world_walk(&w, 0x5000, user_fetch), FAULT(PF_P | PF_U | PF_I));
			assert_int_equal(world_walk(&w, 0x5000, user_read), 0x7000);
			world_close(&w);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_leads_where_its_entries_say),
		cmocka_unit_test(without_paging_all_is_as_it_is),
		cmocka_unit_test(low_bits_of_cr3_are_not_address),
		cmocka_unit_test(pdptes_have_p_and_an_address),
		cmocka_unit_test(pse_decides_whether_ps_is_a_page),
		cmocka_unit_test(each_reserved_bit_faults_and_no_other),
		cmocka_unit_test(pdpte_reserved_bits),
		cmocka_unit_test(the_first_bad_entry_decides),
		cmocka_unit_test(tables_outside_ram),
		cmocka_unit_test(instruction_bit_by_mode),
		cmocka_unit_test(accessed_everywhere_dirty_at_the_end),
		cmocka_unit_test(a_refused_access_marks_nothing),
		cmocka_unit_test(each_level_can_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
