/* case_ram.c - the shadow: what RAM should hold, byte for byte, whatever the machine tells in its records. */
#include <string.h>

#include "case.h"

#define ENTRY_FRAME 0x000000fffffff000ull /* higher bits are reserved on some processors: cases set them */
#define ENTRY_PS 0x80u

void ram_touch(struct env *e, unsigned page)
{
	e->touched[page / 64] |= 1ull << page % 64;
}

static bool touched(const struct env *e, unsigned page)
{
	return e->touched[page / 64] >> page % 64 & 1;
}

/* How the paging of a state divides a linear address [SDM vol. 3, table 4-1]. */
struct walk {
	unsigned levels, size, bits; /* of a table: bytes an entry, bits of the index */
	uint64_t first;              /* the table that CR3 names */
	unsigned large;              /* the highest level that can map a page */
};

static struct walk walk_of(const struct cpu_state *st)
{
	bool pae = st->cr4 & CR4_PAE, wide = st->efer & EFER_LMA;
	struct walk w = { wide ? 4 : pae ? 3 : 2, pae ? 8 : 4, pae ? 9 : 10, st->cr3 & ENTRY_FRAME, wide ? 3 : 2 };
	if (wide && st->cr4 & CR4_LA57)
		w.levels = 5;
	if (pae && !wide)
		w.first = st->cr3 & 0xffffffe0;
	return w;
}

unsigned ram_entry_size(const struct cpu_state *st)
{
	return walk_of(st).size;
}

/* The address of the entry of `level` for `linear`, by the tables in the shadow; P and rights are not looked at. */
static bool walk_to(const struct env *e, const struct cpu_state *st, uint64_t linear, unsigned level, uint64_t *pa)
{
	struct walk w = walk_of(st);
	uint64_t table = w.first;
	for (unsigned l = w.levels;; l--) {
		uint64_t index = linear >> (12 + w.bits * (l - 1)) & ((1u << w.bits) - 1);
		if (w.levels == 3 && l == 3)
			index &= 3;
		*pa = table + index * w.size;
		if (*pa >= ENV_RAM)
			return false;
		uint64_t entry = get_le(e->shadow + *pa, w.size);
		if (l == level || (entry & ENTRY_PS && l > 1 && l <= w.large))
			return l == level;
		table = entry & ENTRY_FRAME;
	}
}

bool ram_entry(struct env *e, const struct cpu_state *st, uint64_t linear, unsigned level, uint64_t *physical)
{
	return walk_to(e, st, linear, level, physical);
}

static uint64_t translate(const struct env *e, const struct cpu_state *st, uint64_t linear)
{
	uint64_t pa;
	if (!(st->cr0 & CR0_PG))
		return linear;
	struct walk w = walk_of(st);
	for (unsigned level = 1; level <= w.large; level++) {
		uint64_t offset = (1ull << (12 + w.bits * (level - 1))) - 1;
		if (walk_to(e, st, linear, level, &pa))
			return (get_le(e->shadow + pa, w.size) & ENTRY_FRAME & ~offset) | (linear & offset);
	}
	return UINT64_MAX;
}

uint8_t *ram_at(struct env *e, const struct cpu_state *st, uint64_t linear)
{
	uint64_t pa = translate(e, st, linear);
	return pa < ENV_RAM ? e->shadow + pa : NULL;
}

bool ram_write(struct env *e, const struct cpu_state *st, uint64_t linear, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t *at = ram_at(e, st, linear + i);
		if (!at)
			return false;
		*at = bytes[i];
		ram_touch(e, (unsigned)((size_t)(at - e->shadow) / PAGE_SIZE));
	}
	return true;
}

uint64_t ram_read(struct env *e, const struct cpu_state *st, uint64_t linear, unsigned size)
{
	uint8_t bytes[8] = { 0 };
	for (unsigned i = 0; i < size; i++) {
		const uint8_t *at = ram_at(e, st, linear + i);
		bytes[i] = at ? *at : 0;
	}
	return get_le(bytes, size);
}

const uint8_t *ram_actual(const struct env *e, unsigned page)
{
	const struct chunk *chunk = rs_ram(e->m)->root[page / CHUNK_PAGES];
	const struct page *p = chunk ? chunk->page[page % CHUNK_PAGES] : NULL;
	return p ? p->data : NULL;
}

/* In one loop without calls: each case does this several times. */
unsigned ram_suspect(const struct env *e, unsigned page)
{
	struct chunk *const *root = rs_ram(e->m)->root;
	for (; page < ENV_PAGES; page++) {
		const struct chunk *chunk = root[page / CHUNK_PAGES];
		const struct page *now = chunk ? chunk->page[page % CHUNK_PAGES] : NULL;
		if (now != e->page[page] || touched(e, page))
			break;
	}
	return page;
}

void ram_accept(struct env *e, unsigned page)
{
	const uint8_t *actual = ram_actual(e, page);
	ram_touch(e, page);
	if (actual)
		memcpy(e->shadow + page * PAGE_SIZE, actual, PAGE_SIZE);
	else
		memset(e->shadow + page * PAGE_SIZE, 0, PAGE_SIZE);
}

/* Whether the selector names a whole descriptor (or a 16-byte one) inside its table. */
static bool descriptor_address(const struct cpu_state *st, uint16_t sel, uint64_t *address)
{
	bool local = sel & 4;
	uint64_t base = local ? st->seg[SEG_LDTR].base : st->gdtr.base;
	uint64_t limit = local ? st->seg[SEG_LDTR].limit : st->gdtr.limit;
	*address = base + (sel & ~7u);
	return (sel & ~3u) && (sel | 7u) <= limit;
}

struct seg ram_segment(struct env *e, const struct cpu_state *st, uint16_t sel, bool system)
{
	uint64_t at;
	if (!descriptor_address(st, sel, &at))
		return (struct seg){ .sel = sel };
	uint64_t low = ram_read(e, st, at, 8);
	struct seg s = { .sel = sel, .attr = (uint16_t)(low >> 40 & 0xf0ff) };
	s.base = (low >> 16 & 0xffffff) | (low >> 56 << 24);
	s.limit = (uint32_t)((low & 0xffff) | (low >> 48 & 0xf) << 16);
	if (s.attr & SEG_G)
		s.limit = s.limit << 12 | 0xfff;
	if (system && st->efer & EFER_LMA)
		s.base |= ram_read(e, st, at + 8, 4) << 32;
	return s;
}
