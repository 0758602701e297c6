/* tlb.h - translations that are remembered, and which of them are forgotten when.
 *
 * A space holds what was filled under one PCID and one PKRU. Going from one to another takes another space and forgets
 * nothing, so that MOV CR3 without a flush and WRPKRU cost a look into a short table. With more PCIDs and PKRUs than
 * spaces the one that was left longest ago is emptied: a TLB may lose an entry at any time [SDM vol. 3, 4.10.2.2].
 *
 * In a space, two sets of bits name the entries that are filled, global ones and others, so that a flush visits what it
 * drops and nothing else: each fill pays for one drop.
 */
#ifndef RS_MEM_TLB_H
#define RS_MEM_TLB_H

#include "mem/phys.h"

enum { TLB_BITS = 10, TLB_ENTRIES = 1 << TLB_BITS, TLB_SPACES = 8 };
#define TLB_NONE 1ull /* no page has this address */

/* The first three words are the linear page address if the access may be made inline, else TLB_NONE. */
struct tlb_entry {
	uint64_t read, write, fetch;
	uint8_t *host; /* of the page; NULL: not RAM */
	uint64_t page; /* linear page address, or TLB_NONE */
	uint64_t physical;
	uint32_t rights; /* enum tlb_right */
	uint32_t shift;  /* the page that this 4-KiB slice is part of has 2^shift bytes */
	uint64_t addend; /* host address = linear address + this; 64 bytes so far: one host cache line */
};

enum tlb_right { TLB_READ = 1, TLB_WRITE = 2, TLB_FETCH = 4, TLB_GLOBAL = 8 };

/* One set for each way in which rights are judged, so that a change of CPL or AC flushes nothing. */
enum tlb_set { TLB_SUPERVISOR, TLB_SUPERVISOR_AC, TLB_USER, TLB_USER_ALIGN, TLB_SETS };

enum { TLB_SLOTS = TLB_SETS * TLB_ENTRIES, TLB_WORDS = TLB_SLOTS / 64, TLB_FILTER_WORDS = 64 };
enum { TLB_LINE = 64 }; /* bytes of a host cache line */

/* Some of the entries of a space. */
struct tlb_subset {
	uint64_t words; /* bit i: word[i] is not 0 */
	uint64_t word[TLB_WORDS];
};

_Static_assert(TLB_WORDS == 64, "a bit of `words` for each word");

struct tlb_space {
	_Alignas(TLB_LINE) struct tlb_entry entry[TLB_SLOTS];
	uint32_t pcid, pkru;
	uint64_t chosen; /* by the clock, when it last became the current one */
	struct tlb_subset plain, global;
	/* A bit for the hash of each page above 4 KiB that has an entry: a page without its bit has none. */
	uint64_t large[TLB_FILTER_WORDS];
	uint64_t large_shifts; /* a bit for each size that was put in */
	/* For each entry the page frame that it last let stores through to inline, which may be out of date. Small, so
	 * that all of it can be searched. */
	uint32_t stored[TLB_SLOTS];
};

struct tlb {
	struct tlb_space *space; /* TLB_SPACES of them, of which the first `open` have been used */
	size_t open;
	struct tlb_space *current;
	uint64_t clock;
	void *memory; /* in which the spaces lie, aligned */
};

bool tlb_init(struct tlb *t, const struct rs_host *host);
void tlb_free(struct tlb *t, const struct rs_host *host);

/* Makes the space of this PCID and PKRU the current one. */
void tlb_choose(struct tlb *t, uint32_t pcid, uint32_t pkru);
/* `e`, an entry of the current space, has been filled; or emptied. */
void tlb_filled(struct tlb *t, const struct tlb_entry *e);
void tlb_drop(struct tlb *t, struct tlb_entry *e);

/* Which entries a flush takes. */
#define TLB_EVERY_PCID UINT32_MAX
enum tlb_extent { TLB_TAKE_NONE = 0, TLB_TAKE_PLAIN = 1, TLB_TAKE_GLOBAL = 2, TLB_TAKE_ALL = 3 };

void tlb_flush(struct tlb *t, uint32_t pcid, enum tlb_extent extent);
/* The page of `address`, whatever its size; `elsewhere` is for the other PCIDs. */
void tlb_flush_page(struct tlb *t, uint32_t pcid, enum tlb_extent here, enum tlb_extent elsewhere, uint64_t address);

/* `e`, an entry of any space, lets stores through inline. */
void tlb_lets_stores(struct tlb *t, const struct tlb_entry *e);
/* No entry lets stores to this physical page through inline any longer. */
void tlb_stop_stores(struct tlb *t, uint64_t physical);

/* Visits all filled entries; `set` is the one that the entry is in. */
void tlb_each(struct tlb *t, void (*visit)(void *arg, struct tlb_entry *e, enum tlb_set set), void *arg);

/* What a TLB holds, without what follows from RAM: for a snapshot. */
struct tlb_image {
	struct tlb_image_space {
		uint32_t pcid, pkru;
		uint64_t chosen;
	} space[TLB_SPACES];
	size_t open, current;
	uint64_t clock;
	size_t count;
	struct tlb_image_entry {
		uint64_t page, physical;
		uint16_t space, slot;
		uint8_t rights, shift;
		bool ram;
	} entry[];
};

/* NULL: no memory. The host releases it. */
struct tlb_image *tlb_keep(struct tlb *t, const struct rs_host *host);
static inline size_t tlb_image_bytes(const struct tlb_image *i)
{
	return sizeof *i + i->count * sizeof *i->entry;
}

/* Holds again what it did. Entries of RAM have a host address that is to be found anew, but is not NULL. */
void tlb_bring_back(struct tlb *t, const struct tlb_image *i);

/* Filters: a bit for the hash of a page of 2^shift bytes. A page whose bit is 0 was never added. */
enum { TLB_LARGE_SIZES = 3 };
extern const uint8_t tlb_large_shifts[TLB_LARGE_SIZES];

static inline size_t tlb_filter_bit(uint64_t address, unsigned shift, size_t words)
{
	return (((address >> shift) * 64 + shift) * 0x9e3779b97f4a7c15ull >> 32) % (words * 64);
}

static inline void tlb_filter_add(uint64_t *filter, size_t words, uint64_t address, unsigned shift)
{
	size_t bit = tlb_filter_bit(address, shift, words);
	filter[bit / 64] |= 1ull << bit % 64;
}

static inline bool tlb_filter_has(const uint64_t *filter, size_t words, uint64_t address, unsigned shift)
{
	size_t bit = tlb_filter_bit(address, shift, words);
	return filter[bit / 64] >> bit % 64 & 1;
}

/* Neighbouring pages never share an entry, which mmu_hit_* rely on, and buffers that lie a power of two apart do not
 * either. */
static inline size_t tlb_index(uint64_t address)
{
	uint64_t page = address >> PAGE_SHIFT;
	return (page + (page >> TLB_BITS) + (page >> (2 * TLB_BITS))) & (TLB_ENTRIES - 1);
}

static inline struct tlb_entry *tlb_slot(struct tlb_entry *set, uint64_t address)
{
	return &set[tlb_index(address)];
}

static inline struct tlb_entry *tlb_set(const struct tlb *t, enum tlb_set set)
{
	return t->current->entry + (size_t)set * TLB_ENTRIES;
}

static inline enum tlb_set tlb_set_of(const struct tlb_space *s, const struct tlb_entry *e)
{
	return (enum tlb_set)((size_t)(e - s->entry) / TLB_ENTRIES);
}

#endif
