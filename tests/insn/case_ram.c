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

/* The address of the entry of `level` for `linear`, by the tables in the shadow; P and rights are not looked at. */
static bool walk_to(const struct env *e, const struct cpu_state *st, uint64_t linear, unsigned level, uint64_t *pa)
{
	uint64_t table = st->cr3 & ENTRY_FRAME;
	for (unsigned l = 4;; l--) {
		*pa = table + (linear >> (3 + 9 * l) & 0x1ff) * 8;
		if (*pa >= ENV_RAM)
			return false;
		uint64_t entry = get_le(e->shadow + *pa, 8);
		if (l == level || (entry & ENTRY_PS && l < 4))
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
	for (unsigned level = 1; level <= 3; level++) {
		uint64_t offset = (1ull << (3 + 9 * level)) - 1;
		if (walk_to(e, st, linear, level, &pa))
			return (get_le(e->shadow + pa, 8) & ENTRY_FRAME & ~offset) | (linear & offset);
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
