/* paging.c - 4-level page tables [SDM vol. 3, 4.5; APM vol. 2, 5.3]. */
#include "mem/paging.h"

#include "cpu/state.h"

#define PTE_P 0x001ull
#define PTE_W 0x002ull
#define PTE_U 0x004ull
#define PTE_A 0x020ull
#define PTE_D 0x040ull
#define PTE_PS 0x080ull
#define PTE_G 0x100ull
#define PTE_NX (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

enum { LEVELS_MAX = 4 };

/* One row a level, from the root down. */
struct level {
	uint8_t shift;
	bool may_be_leaf;      /* PS = 1 maps a page here */
	bool needs_1g;         /* ... only with the feature */
	bool bit8;             /* bit 8 is reserved where the profile says so (PT-32) */
};

static const struct level levels_4[LEVELS_MAX] = {
	{ .shift = 39, .bit8 = true },
	{ .shift = 30, .may_be_leaf = true, .needs_1g = true, .bit8 = true },
	{ .shift = 21, .may_be_leaf = true },
	{ .shift = 12 },
};

/* Entries used on the way down, so that Accessed bits are set only once the whole walk has succeeded (PT-16, PT-17). */
struct trail {
	uint64_t address[LEVELS_MAX], value[LEVELS_MAX];
	unsigned depth;
};

static bool fail(const struct mmu_context *c, const struct walk_request *q, uint32_t code, struct mmu_fault *fault)
{
	bool instruction_bit = q->fetch && ((c->efer & EFER_NXE) || (c->cr4 & CR4_SMEP)); /* PT-06 */
	fault->kind = MMU_FAULT_PAGE;
	fault->address = q->address;
	fault->code = code | (q->write ? PF_W : 0) | (q->user ? PF_U : 0) | (instruction_bit ? PF_I : 0);
	return false;
}

static bool is_leaf(const struct level *l, uint64_t entry)
{
	return l->shift == PAGE_SHIFT || (l->may_be_leaf && (entry & PTE_PS));
}

/* Bits that must be 0 in a present entry of this level (PT-09 .. PT-13, PT-32). */
static uint64_t reserved_bits(const struct mmu_context *c, const struct level *l, uint64_t entry)
{
	uint64_t reserved = PTE_ADDRESS & ~((1ull << c->physical_bits) - 1);
	bool leaf = is_leaf(l, entry);
	if (!(c->efer & EFER_NXE))
		reserved |= PTE_NX;
	if (!l->may_be_leaf && l->shift != PAGE_SHIFT)
		reserved |= PTE_PS;
	if (l->needs_1g && !c->pages_1g)
		reserved |= PTE_PS;
	if (leaf && l->shift > PAGE_SHIFT)
		reserved |= ((1ull << l->shift) - 1) & ~0x1fffull; /* bit 12 is PAT */
	if (!leaf && l->bit8 && c->bit8_reserved)
		reserved |= PTE_G;
	return reserved;
}

static bool read_entry(struct phys *ram, uint64_t address, uint64_t *entry, struct mmu_fault *fault)
{
	*entry = ~0ull; /* nothing answers there: an entry of all ones, as the bus reads */
	if (!phys_is_ram(ram, address))
		return true;
	const uint8_t *page = phys_page_read(ram, address);
	if (!page) {
		fault->kind = MMU_FAULT_NO_MEMORY;
		return false;
	}
	memcpy(entry, page + (address & PAGE_OFFSET), sizeof *entry);
	return true;
}

static void gather_rights(struct walk *w, uint64_t entry)
{
	w->user &= (entry & PTE_U) != 0;
	w->writable &= (entry & PTE_W) != 0;
	w->no_execute |= (entry & PTE_NX) != 0;
}

static void take_leaf(const struct mmu_context *c, const struct level *l, uint64_t entry, uint64_t address,
                      struct walk *w)
{
	uint64_t inside = (1ull << l->shift) - 1;
	w->physical = (entry & PTE_ADDRESS & ~inside) | (address & inside & ~PAGE_OFFSET);
	w->global = (entry & PTE_G) && (c->cr4 & CR4_PGE);
	w->dirty = entry & PTE_D;
	w->large = l->shift > PAGE_SHIFT;
}

/* Down the levels to the leaf; the order of checks is PT-01's: present, then reserved, then the next level. */
static bool descend(const struct mmu_context *c, struct phys *ram, const struct walk_request *q, struct walk *w,
                    struct trail *t, struct mmu_fault *fault)
{
	uint64_t table = c->cr3 & PTE_ADDRESS;
	for (unsigned i = 0; i < LEVELS_MAX; i++) {
		const struct level *l = &levels_4[i];
		uint64_t entry;
		t->address[i] = table + (q->address >> l->shift & 511) * 8;
		if (!read_entry(ram, t->address[i], &entry, fault))
			return false;
		if (!(entry & PTE_P))
			return fail(c, q, 0, fault);
		if (entry & reserved_bits(c, l, entry))
			return fail(c, q, PF_P | PF_RSVD, fault);
		gather_rights(w, entry);
		t->value[i] = entry;
		t->depth = i + 1;
		if (is_leaf(l, entry)) {
			take_leaf(c, l, entry, q->address, w);
			return true;
		}
		table = entry & PTE_ADDRESS;
	}
	return false; /* the last level is always a leaf */
}

/* Accessed everywhere, Dirty in the leaf of a write (PT-16). */
static bool mark_used(struct phys *ram, const struct trail *t, bool write, struct mmu_fault *fault)
{
	for (unsigned i = 0; i < t->depth; i++) {
		uint64_t bits = PTE_A | (write && i == t->depth - 1 ? PTE_D : 0);
		uint64_t value = t->value[i] | bits;
		if (value == t->value[i] || !phys_is_ram(ram, t->address[i]))
			continue;
		if (phys_write(ram, t->address[i], &value, sizeof value) != sizeof value) {
			fault->kind = MMU_FAULT_NO_MEMORY;
			return false;
		}
	}
	return true;
}

bool paging_allows(const struct mmu_context *c, const struct walk *w, const struct walk_request *q)
{
	if (q->fetch && w->no_execute)
		return false;
	if (q->user)
		return w->user && (!q->write || w->writable);
	if (q->fetch)
		return !(w->user && (c->cr4 & CR4_SMEP));
	if (w->user && q->smap)
		return false;
	return !q->write || w->writable || !(c->cr0 & CR0_WP);
}

static void walk_identity(const struct walk_request *q, struct walk *w)
{
	*w = (struct walk){ .physical = q->address & ~PAGE_OFFSET, .user = true, .writable = true, .dirty = true };
}

bool paging_walk(const struct mmu_context *c, struct phys *ram, const struct walk_request *q, struct walk *w,
                 struct mmu_fault *fault)
{
	struct trail t = { .depth = 0 };
	if (!(c->cr0 & CR0_PG)) {
		walk_identity(q, w);
		return true;
	}
	*w = (struct walk){ .user = true, .writable = true };
	if (!descend(c, ram, q, w, &t, fault))
		return false;
	if (q->look)
		return true;
	if (!paging_allows(c, w, q))
		return fail(c, q, PF_P, fault);
	w->dirty |= q->write;
	return mark_used(ram, &t, q->write, fault);
}
