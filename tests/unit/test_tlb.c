/* test_tlb.c - what is remembered of a translation, who may use it, and what makes it go [SDM vol. 3, 4.6 and 4.10]. */
#include "paging_world.h"

/* ---- rights: all that decides, all accesses ---- */

enum {
	PAGE_U, PAGE_W, PAGE_NX, CPU_WP, CPU_SMEP, CPU_SMAP, CPU_AC, KEY_AD, KEY_WD, DECIDERS
};

/* Section 4.6.1 and 4.6.2, what each kind of access is refused for: +X when X is 1, -X when it is 0. */
struct refusal {
	uint16_t set, clear;
};
#define ON(x) (1u << (x))

static const struct refusal supervisor_read[] = {
	{ ON(PAGE_U) | ON(CPU_SMAP), ON(CPU_AC) },
	{ ON(PAGE_U) | ON(KEY_AD), 0 },
	{ 0, 0 },
};
static const struct refusal supervisor_write[] = {
	{ ON(CPU_WP), ON(PAGE_W) },
	{ ON(PAGE_U) | ON(CPU_SMAP), ON(CPU_AC) },
	{ ON(PAGE_U) | ON(KEY_AD), 0 },
	{ ON(PAGE_U) | ON(KEY_WD) | ON(CPU_WP), 0 },
	{ 0, 0 },
};
static const struct refusal supervisor_fetch[] = {
	{ ON(PAGE_NX), 0 },
	{ ON(PAGE_U) | ON(CPU_SMEP), 0 },
	{ 0, 0 },
};
static const struct refusal user_read[] = { { 0, ON(PAGE_U) }, { ON(KEY_AD), 0 }, { 0, 0 } };
static const struct refusal user_write[] = {
	{ 0, ON(PAGE_U) }, { 0, ON(PAGE_W) }, { ON(KEY_AD), 0 }, { ON(KEY_WD), 0 }, { 0, 0 },
};
static const struct refusal user_fetch[] = { { 0, ON(PAGE_U) }, { ON(PAGE_NX), 0 }, { 0, 0 } };

/* Figure 4-12: when the error code tells of a key. */
static const struct refusal keys_of[2][2][3] = {
	{ { { ON(PAGE_U) | ON(KEY_AD), 0 } },
	  { { ON(PAGE_U) | ON(KEY_AD), 0 }, { ON(PAGE_U) | ON(KEY_WD) | ON(CPU_WP), 0 } } },
	{ { { ON(PAGE_U) | ON(KEY_AD), 0 } },
	  { { ON(PAGE_U) | ON(KEY_AD), 0 }, { ON(PAGE_U) | ON(KEY_WD), 0 } } },
};

static const struct {
	const struct refusal *refusals;
	unsigned kind;
	uint32_t code;
	bool user;
} accesses[] = {
	{ supervisor_read, MMU_READ, PF_P, false },
	{ supervisor_write, MMU_WRITE, PF_P | PF_W, false },
	{ supervisor_write, MMU_RMW, PF_P | PF_W, false },
	{ supervisor_fetch, MMU_FETCH, PF_P | PF_I, false },
	{ user_read, MMU_READ, PF_P | PF_U, true },
	{ user_write, MMU_WRITE, PF_P | PF_U | PF_W, true },
	{ user_write, MMU_RMW, PF_P | PF_U | PF_W, true },
	{ user_fetch, MMU_FETCH, PF_P | PF_U | PF_I, true },
};

enum { KEY = 5, DATA = 0x700000 };
#define PAGE 0x5000ull

static bool applies(const struct refusal *r, unsigned how)
{
	for (; r->set || r->clear; r++)
		if ((how & r->set) == r->set && !(how & r->clear))
			return true;
	return false;
}

static bool has(unsigned how, unsigned what)
{
	return how >> what & 1;
}

static void arrange(struct world *w, unsigned how, bool user)
{
	struct mmu_context *c = world_context(w);
	world_map(w, PAGE, 3, (uint64_t)DATA | P | D | (has(how, PAGE_U) ? U : 0) | (has(how, PAGE_W) ? W : 0) |
	                          (has(how, PAGE_NX) ? NX : 0) | (uint64_t)KEY << 59);
	c->cr0 = CR0_PE | CR0_PG | (has(how, CPU_WP) ? CR0_WP : 0);
	c->cr4 = CR4_PAE | CR4_PKE | (has(how, CPU_SMEP) ? CR4_SMEP : 0) | (has(how, CPU_SMAP) ? CR4_SMAP : 0);
	c->pkru = (uint32_t)(has(how, KEY_AD) | has(how, KEY_WD) << 1) << 2 * KEY;
	c->user = user;
	c->ac = has(how, CPU_AC);
	world_follow(w);
}

static bool try_access(struct world *w, unsigned kind)
{
	struct mmu_code code;
	uint64_t value;
	switch (kind) {
	case MMU_FETCH:
		return mmu_fetch(&w->mmu, PAGE, &code);
	case MMU_WRITE:
		return mmu_write(&w->mmu, PAGE, 8, kind, 1);
	default:
		return mmu_read(&w->mmu, PAGE, 8, kind, &value);
	}
}

static void check_access(struct world *w, size_t i, unsigned how)
{
	bool refused = applies(accesses[i].refusals, how), writes = accesses[i].code & PF_W;
	bool key = accesses[i].kind != MMU_FETCH && applies(keys_of[accesses[i].user][writes], how);
	uint32_t code = accesses[i].code | (key ? PF_PK : 0);
	if (try_access(w, accesses[i].kind) == refused)
		fail_msg("access %zu, how %#x: %s", i, how, refused ? "allowed" : "refused");
	if (refused && (w->mmu.fault.code != code || w->mmu.fault.address != PAGE))
		fail_msg("access %zu, how %#x: code %#x, not %#x", i, how, w->mmu.fault.code, code);
}

/* The inline path of an access may exist only when the access is allowed. */
static void check_inline(struct world *w, bool user, unsigned how)
{
	if (mmu_hit_read(&w->mmu, PAGE, 8))
		assert_false(applies(user ? user_read : supervisor_read, how));
	if (mmu_hit_write(&w->mmu, PAGE, 8))
		assert_false(applies(user ? user_write : supervisor_write, how));
}

static void rights_are_those_of_the_manual(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, LONG4);
	for (unsigned how = 0; how < 1u << DECIDERS; how++)
		for (size_t i = 0; i < COUNT(accesses); i++) {
			arrange(&w, how, accesses[i].user);
			check_access(&w, i, how);
			check_inline(&w, accesses[i].user, how);
			for (size_t k = 0; k < COUNT(accesses); k++) /* and whatever is remembered now */
				if (accesses[k].user == accesses[i].user)
					check_access(&w, k, how);
		}
	world_close(&w);
}

/* Keys of other pages, and PKRU where it is not in force, refuse nothing. */
static void other_keys_do_not_matter(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, LONG4);
	arrange(&w, ON(PAGE_U) | ON(PAGE_W) | ON(CPU_WP), true);
	mmu_new_keys(&w.mmu, ~(3u << 2 * KEY));
	assert_true(try_access(&w, MMU_WRITE));
	mmu_new_keys(&w.mmu, 2u << 2 * KEY);
	assert_true(try_access(&w, MMU_READ));
	assert_false(try_access(&w, MMU_WRITE));
	mmu_new_keys(&w.mmu, 1u << 2 * KEY);
	assert_false(try_access(&w, MMU_READ));
	mmu_new_keys(&w.mmu, 0);
	assert_true(try_access(&w, MMU_WRITE));
	world_close(&w);
}

/* ---- what goes, and what stays ---- */

enum { OLD = 0x700000, NEW = 0x701000, ROOT_2 = 0x20000 };

/* The low byte of a page says which frame it is. */
static void fill_frames(struct world *w)
{
	for (uint32_t frame = 0x400000; frame < WORLD_RAM; frame += PAGE_SIZE) {
		uint32_t name = frame;
		assert_int_equal(phys_write(&w->ram, frame, &name, 4), 4);
	}
}

static uint64_t frame_at(struct world *w, uint64_t address)
{
	uint64_t value = 0;
	if (!mmu_read(&w->mmu, address, 4, MMU_READ, &value))
		return FAULT(w->mmu.fault.code);
	return (uint32_t)value;
}

static void open_tagged(struct world *w, uint64_t cr4)
{
	world_open(w, LONG4);
	fill_frames(w);
	world_context(w)->cr4 |= cr4;
	world_follow(w);
}

/* PT-19. */
static void a_changed_entry_is_seen_when_it_is_invalidated(void **unused)
{
	struct world w;
	(void)unused;
	open_tagged(&w, 0);
	world_map(&w, PAGE, 3, OLD | P | W);
	world_map(&w, PAGE + 0x1000, 3, 0);
	assert_int_equal(frame_at(&w, PAGE), OLD);
	assert_int_equal(frame_at(&w, PAGE + 0x1000), FAULT(0));
	world_map(&w, PAGE, 3, NEW | P | W);
	world_map(&w, PAGE + 0x1000, 3, NEW | P);
	assert_int_equal(frame_at(&w, PAGE), OLD);
	assert_int_equal(frame_at(&w, PAGE + 0x1000), NEW); /* P from 0 to 1 needs nothing */
	mmu_flush_page(&w.mmu, PAGE + 0x1000);
	assert_int_equal(frame_at(&w, PAGE), OLD);
	mmu_flush_page(&w.mmu, PAGE + 0xabc);
	assert_int_equal(frame_at(&w, PAGE), NEW);
	world_close(&w);
}

/* A page fault drops what is remembered of its page [SDM vol. 3, 4.10.4.1]. */
static void a_page_fault_invalidates(void **unused)
{
	struct world w;
	(void)unused;
	open_tagged(&w, 0);
	world_map(&w, PAGE, 3, OLD | P);
	assert_int_equal(frame_at(&w, PAGE), OLD);
	world_map(&w, PAGE, 3, 0);
	assert_int_equal(frame_at(&w, PAGE), OLD);
	assert_false(mmu_write(&w.mmu, PAGE, 1, MMU_WRITE, 0));
	assert_int_equal(frame_at(&w, PAGE), FAULT(0));
	world_close(&w);
}

/* PT-21: with one of its slices the whole large page goes; another large page, and small ones, stay. */
static void large_pages_go_as_a_whole(void **unused)
{
	static const uint64_t slices[] = { 0x200000, 0x3ff000, 0x2ab000 };
	struct world w;
	(void)unused;
	open_tagged(&w, 0);
	world_map(&w, 0x200000, 2, 0x400000 | P | PS);
	world_put(&w, world_entry_at(&w, ROOT, 2, 0x400000), 0x600000 | P | PS);
	for (size_t i = 0; i < COUNT(slices); i++)
		assert_int_equal(frame_at(&w, slices[i]), slices[i] + 0x200000);
	assert_int_equal(frame_at(&w, 0x400000), 0x600000);
	world_put(&w, world_entry_at(&w, ROOT, 2, 0x200000), 0x600000 | P | PS);
	world_put(&w, world_entry_at(&w, ROOT, 2, 0x400000), 0x400000 | P | PS);
	mmu_flush_page(&w.mmu, 0x2cd123);
	for (size_t i = 0; i < COUNT(slices); i++)
		assert_int_equal(frame_at(&w, slices[i]), slices[i] + 0x400000);
	assert_int_equal(frame_at(&w, 0x400000), 0x600000);
	world_close(&w);
}

static void large_pages_of_each_size(void **unused)
{
	static const struct {
		enum format format;
		unsigned level;
		uint64_t first, last;
	} sizes[] = {
		{ LEGACY, 0, 0x400000, 0x7ff000 }, { PAE, 0, 0x200000, 0x3ff000 }, { LONG4, 1, 0x40000000, 0x407ff000 },
	};
	(void)unused;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct world w;
		world_open(&w, sizes[i].format);
		world_map(&w, sizes[i].first, sizes[i].level, P | PS);
		assert_false(frame_at(&w, sizes[i].first) >> 63);
		world_map(&w, sizes[i].first, sizes[i].level, 0);
		mmu_flush_page(&w.mmu, sizes[i].last);
		assert_int_equal(frame_at(&w, sizes[i].first), FAULT(0));
		world_close(&w);
	}
}

/* A tree of tables for each of two roots: PAGE is not global in them, PAGE + 1000h is. */
static void map_trees(struct world *w, uint64_t frame)
{
	world_map_in(w, ROOT, PAGE, 3, frame | P);
	world_map_in(w, ROOT, PAGE + 0x1000, 3, (frame + 0x1000) | P | G);
	world_map_in(w, ROOT_2, PAGE, 3, (frame + 0x2000) | P);
	world_map_in(w, ROOT_2, PAGE + 0x1000, 3, (frame + 0x3000) | P | G);
}

/* PT-22, PT-24. */
static void cr3_drops_all_but_global_pages(void **unused)
{
	(void)unused;
	for (unsigned pge = 0; pge < 2; pge++) {
		struct world w;
		open_tagged(&w, pge ? CR4_PGE : 0);
		map_trees(&w, 0x700000);
		assert_int_equal(frame_at(&w, PAGE), 0x700000);
		assert_int_equal(frame_at(&w, PAGE + 0x1000), 0x701000);
		mmu_new_root(&w.mmu, ROOT_2, false);
		assert_int_equal(frame_at(&w, PAGE), 0x702000);
		assert_int_equal(frame_at(&w, PAGE + 0x1000), pge ? 0x701000 : 0x703000);
		mmu_new_root(&w.mmu, ROOT, false);
		map_trees(&w, 0x740000);
		mmu_new_root(&w.mmu, ROOT, false); /* the same value drops as well */
		assert_int_equal(frame_at(&w, PAGE), 0x740000);
		mmu_flush(&w.mmu, true);
		assert_int_equal(frame_at(&w, PAGE + 0x1000), 0x741000);
		world_close(&w);
	}
}

/* PT-23: bit 63 keeps what the PCID had; without it, that goes and what other PCIDs have stays. */
static void pcids_keep_their_entries(void **unused)
{
	struct world w;
	(void)unused;
	open_tagged(&w, CR4_PCIDE | CR4_PGE);
	map_trees(&w, 0x700000);
	mmu_new_root(&w.mmu, ROOT | 1, false);
	assert_int_equal(frame_at(&w, PAGE), 0x700000);
	mmu_new_root(&w.mmu, ROOT_2 | 2, false);
	assert_int_equal(frame_at(&w, PAGE), 0x702000);
	map_trees(&w, 0x740000);
	mmu_new_root(&w.mmu, ROOT | 1, true);
	assert_int_equal(frame_at(&w, PAGE), 0x700000);
	mmu_new_root(&w.mmu, ROOT_2 | 2, false);
	assert_int_equal(frame_at(&w, PAGE), 0x742000);
	mmu_new_root(&w.mmu, ROOT | 1, true);
	assert_int_equal(frame_at(&w, PAGE), 0x700000);
	mmu_new_root(&w.mmu, ROOT | 1, false);
	assert_int_equal(frame_at(&w, PAGE), 0x740000);
	world_close(&w);
}

static void open_two_pcids(struct world *w)
{
	open_tagged(w, CR4_PCIDE | CR4_PGE);
	map_trees(w, 0x700000);
	for (unsigned pcid = 2; pcid > 0; pcid--) {
		mmu_new_root(&w->mmu, (pcid == 1 ? ROOT : ROOT_2) | pcid, false);
		frame_at(w, PAGE);
		frame_at(w, PAGE + 0x1000);
	}
	map_trees(w, 0x740000);
}

/* Frames that PAGE and the global page behind it lead to under PCID 1 and 2. */
static void check_two_pcids(struct world *w, uint64_t page_1, uint64_t global_1, uint64_t page_2, uint64_t global_2)
{
	assert_int_equal(frame_at(w, PAGE), page_1);
	assert_int_equal(frame_at(w, PAGE + 0x1000), global_1);
	mmu_new_root(&w->mmu, ROOT_2 | 2, true);
	assert_int_equal(frame_at(w, PAGE), page_2);
	assert_int_equal(frame_at(w, PAGE + 0x1000), global_2);
	world_close(w);
}

static void invlpg_and_pcids(void **unused)
{
	struct world w;
	(void)unused;
	open_two_pcids(&w);
	mmu_flush_page(&w.mmu, PAGE);
	check_two_pcids(&w, 0x740000, 0x701000, 0x702000, 0x703000);
	open_two_pcids(&w);
	mmu_flush_page(&w.mmu, PAGE + 0x1000);
	check_two_pcids(&w, 0x700000, 0x741000, 0x702000, 0x743000);
}

/* PT-25: types 0, 1, 3 and 2. */
static void invpcid_types(void **unused)
{
	struct world w;
	(void)unused;
	open_two_pcids(&w);
	mmu_flush_page_of(&w.mmu, 2, PAGE);
	mmu_flush_page_of(&w.mmu, 1, PAGE + 0x1000);
	check_two_pcids(&w, 0x700000, 0x701000, 0x742000, 0x703000);
	open_two_pcids(&w);
	mmu_flush_pcid(&w.mmu, 2);
	check_two_pcids(&w, 0x700000, 0x701000, 0x742000, 0x703000);
	open_two_pcids(&w);
	mmu_flush(&w.mmu, false);
	check_two_pcids(&w, 0x740000, 0x701000, 0x742000, 0x703000);
	open_two_pcids(&w);
	mmu_flush(&w.mmu, true);
	check_two_pcids(&w, 0x740000, 0x741000, 0x742000, 0x743000);
}

/* ---- many PCIDs, in any order: what is invalidated by the rules is never stale ---- */

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

enum { PCIDS = 12, PAGES = 6, TREE_STEP = 0x8000 };

static uint64_t tree_of(unsigned pcid)
{
	return ROOT + (uint64_t)pcid * TREE_STEP;
}

/* Another frame for a page of a tree, with the invalidation that this needs. */
static void remap(struct world *w, unsigned pcid, bool is_current, uint64_t page, uint32_t random)
{
	world_map_in(w, tree_of(pcid), page, 3, (0x400000 + random % 1024 * PAGE_SIZE) | P);
	if (is_current)
		mmu_flush_page(&w->mmu, page);
	else
		mmu_flush_page_of(&w->mmu, pcid, page);
}

static void never_stale(void **unused)
{
	struct world w;
	uint64_t seed = 1;
	unsigned current = 0;
	(void)unused;
	open_tagged(&w, CR4_PCIDE | CR4_PGE);
	for (unsigned round = 0; round < 20000; round++) {
		uint32_t random = next_random(&seed);
		unsigned pcid = (random >> 4) % PCIDS, what = random & 3;
		uint64_t page = PAGE + (random >> 8) % PAGES * PAGE_SIZE;
		if (what == 0)
			mmu_new_root(&w.mmu, tree_of(current = pcid) | pcid, true);
		else if (what < 3)
			remap(&w, what == 1 ? pcid : current, what == 2, page, random >> 16);
		uint64_t entry = world_get(&w, world_entry_at(&w, tree_of(current), 3, page));
		assert_int_equal(frame_at(&w, page), entry & P ? entry & 0xfffff000 : FAULT(0));
	}
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rights_are_those_of_the_manual),
		cmocka_unit_test(other_keys_do_not_matter),
		cmocka_unit_test(a_changed_entry_is_seen_when_it_is_invalidated),
		cmocka_unit_test(a_page_fault_invalidates),
		cmocka_unit_test(large_pages_go_as_a_whole),
		cmocka_unit_test(large_pages_of_each_size),
		cmocka_unit_test(cr3_drops_all_but_global_pages),
		cmocka_unit_test(pcids_keep_their_entries),
		cmocka_unit_test(invlpg_and_pcids),
		cmocka_unit_test(invpcid_types),
		cmocka_unit_test(never_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
