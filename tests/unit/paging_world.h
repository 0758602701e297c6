/* paging_world.h - RAM, an MMU over it, and page tables written by hand: for test_paging.c and test_tlb.c. */
#ifndef RS_TEST_PAGING_WORLD_H
#define RS_TEST_PAGING_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/state.h"
#include "mem/mmu.h"
#include "mem/paging.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, PS = 0x80, G = 0x100 };
#define NX (1ull << 63)

/* Where the tables lie, from the root down; the last one maps pages. */
enum { WORLD_RAM = 8 << 20, ROOT = 0x10000, TABLE_STEP = 0x1000 };

/* The formats of the manual, and how wide their entries are. */
enum format { LEGACY, PAE, LONG4, LONG5, FORMATS };

struct world {
	struct phys ram;
	struct mmu mmu;
	uint64_t pdpte[4];
	enum format format;
};

static inline unsigned world_levels(enum format f)
{
	static const uint8_t levels[] = { [LEGACY] = 2, [PAE] = 2, [LONG4] = 4, [LONG5] = 5 };
	return levels[f];
}

static inline unsigned world_shift(enum format f, unsigned level)
{
	unsigned bits = f == LEGACY ? 10 : 9;
	return 12 + bits * (world_levels(f) - 1 - level);
}

static inline unsigned world_entry_bytes(enum format f)
{
	return f == LEGACY ? 4 : 8;
}

static inline struct mmu_context *world_context(struct world *w)
{
	return &w->mmu.context;
}

/* After the test has changed the context: nothing that was remembered under the old one is left. */
static inline void world_follow(struct world *w)
{
	mmu_follow(&w->mmu);
	mmu_flush(&w->mmu, true);
}

static inline void world_open(struct world *w, enum format f)
{
	*w = (struct world){ .format = f };
	assert_true(phys_init(&w->ram, rs_host_libc(), WORLD_RAM));
	assert_true(mmu_init(&w->mmu, &w->ram));
	struct mmu_context *c = world_context(w);
	c->cr0 = CR0_PE | CR0_PG | CR0_WP;
	c->cr3 = ROOT;
	c->cr4 = (f == LEGACY ? CR4_PSE : CR4_PAE) | (f == LONG5 ? CR4_LA57 : 0);
	c->efer = f >= LONG4 ? EFER_LME | EFER_LMA | EFER_NXE : EFER_NXE;
	c->long_mode = f >= LONG4;
	c->physical_bits = 39;
	c->linear_bits = f == LONG5 ? 57 : 48;
	c->pages_1g = c->pse36 = true;
	c->pdpte = w->pdpte;
	for (unsigned i = 0; i < 4; i++)
		w->pdpte[i] = ROOT | P;
	world_follow(w);
}

static inline void world_close(struct world *w)
{
	mmu_free(&w->mmu);
	phys_free(&w->ram);
}

/* Where the entry of `level` for `address` lies when each level has one table, `tree` saying which tables. */
static inline uint64_t world_entry_at(const struct world *w, uint64_t tree, unsigned level, uint64_t address)
{
	uint64_t index = address >> world_shift(w->format, level) & (w->format == LEGACY ? 1023 : 511);
	return tree + level * TABLE_STEP + index * world_entry_bytes(w->format);
}

static inline void world_put(struct world *w, uint64_t at, uint64_t entry)
{
	unsigned bytes = world_entry_bytes(w->format);
	assert_int_equal(phys_write(&w->ram, at, &entry, bytes), bytes);
}

static inline uint64_t world_get(struct world *w, uint64_t at)
{
	uint64_t entry = 0;
	phys_read(&w->ram, at, &entry, world_entry_bytes(w->format));
	return entry;
}

/* Maps `address` by the tables of `tree`, with `entry` at `level` and everything allowed above. */
static inline void world_map_in(struct world *w, uint64_t tree, uint64_t address, unsigned level, uint64_t entry)
{
	for (unsigned i = 0; i < level; i++)
		world_put(w, world_entry_at(w, tree, i, address), (tree + (i + 1) * TABLE_STEP) | P | W | U | A);
	world_put(w, world_entry_at(w, tree, level, address), entry);
}

static inline void world_map(struct world *w, uint64_t address, unsigned level, uint64_t entry)
{
	world_map_in(w, ROOT, address, level, entry);
}

static inline unsigned world_last(const struct world *w)
{
	return world_levels(w->format) - 1;
}

/* The physical address, or the page fault's error code with bit 63 set. */
#define FAULT(code) (1ull << 63 | (code))

static inline uint64_t world_walk(struct world *w, uint64_t address, struct walk_request q)
{
	struct walk found;
	struct mmu_fault fault = { 0 };
	q.address = address;
	if (paging_walk(world_context(w), &w->ram, &q, &found, &fault))
		return found.physical | (address & PAGE_OFFSET);
	assert_int_equal(fault.kind, MMU_FAULT_PAGE);
	assert_int_equal(fault.address, address);
	return FAULT(fault.code);
}

#endif
