/* boot_paging.c - the page tables of a 64-bit kernel: the first GiB, and its segments where they were linked. */
#include "board/boot.h"

#include <inttypes.h>

/* Page-table entries of 4-level paging [SDM vol. 3, 4-level paging]. */
#define PTE_P 0x001ull
#define PTE_RW 0x002ull
#define PTE_PS 0x080ull
#define PTE_NX 0x8000000000000000ull
#define PTE_FRAME 0x000ffffffffff000ull

#define GIB (1ull << 30)
#define LARGE_PAGE (1ull << 21)

enum { PML4_SHIFT = 39, LEVEL_BITS = 9 };

/* ---- checking ---------------------------------------------------------------------------------------------------- */

static bool is_identity(const struct image_segment *s)
{
	return s->vaddr == s->paddr && s->vaddr + s->memory_size <= GIB;
}

static bool check_identity(struct boot *b, const struct image_segment *s)
{
	if (is_identity(s) || s->vaddr >= GIB)
		return true;
	return error_set(
		b->why, RS_ERROR_IMAGE,
		"segment at p_vaddr 0x%" PRIx64 " (p_paddr 0x%" PRIx64 ", size 0x%" PRIx64
		") collides with the identity map of the first GiB; link it with p_vaddr = p_paddr below 1 GiB, or "
		"above it",
		s->vaddr, s->paddr, s->memory_size);
}

static uint64_t last_page(const struct image_segment *s)
{
	return (s->vaddr + s->memory_size - 1) >> PAGE_SHIFT;
}

/* Two segments may share a page only when both mean the same frame by it. */
static bool check_shared_pages(struct boot *b, const struct image_segment *s, const struct image_segment *t)
{
	if (s->vaddr >> PAGE_SHIFT > last_page(t) || t->vaddr >> PAGE_SHIFT > last_page(s))
		return true;
	if (s->vaddr - s->paddr == t->vaddr - t->paddr)
		return true;
	return error_set(b->why, RS_ERROR_IMAGE,
	                 "segments at p_vaddr 0x%" PRIx64 " and 0x%" PRIx64 " share a page but lie in "
	                 "different frames (p_paddr 0x%" PRIx64 " and 0x%" PRIx64
	                 "); align them to 4096 in the link script",
	                 s->vaddr, t->vaddr, s->paddr, t->paddr);
}

static bool check_segments(struct boot *b)
{
	for (size_t i = 0; i < b->image.segment_count; i++) {
		const struct image_segment *s = &b->image.segment[i];
		if (!check_identity(b, s))
			return false;
		for (size_t j = 0; j < i; j++)
			if (!check_shared_pages(b, s, &b->image.segment[j]))
				return false;
	}
	return true;
}

/* PML4, PDPT and PD of the identity map, then a table for each range of 512 GiB, 1 GiB and 2 MiB that a segment
 * touches. One that the segment before reached already is not counted again. */
uint64_t boot_paging_bytes(struct boot *b)
{
	uint64_t count = 3;

	if (!check_segments(b))
		return 0;
	for (unsigned shift = PML4_SHIFT; shift > PAGE_SHIFT; shift -= LEVEL_BITS) {
		uint64_t reached = shift == PML4_SHIFT ? 0 : UINT64_MAX;
		for (size_t i = 0; i < b->image.segment_count; i++) {
			const struct image_segment *s = &b->image.segment[i];
			if (is_identity(s))
				continue;
			uint64_t first = s->vaddr >> shift, last = (s->vaddr + s->memory_size - 1) >> shift;
			count += last - first + (first != reached);
			reached = last;
		}
	}
	return count * PAGE_SIZE;
}

/* ---- page tables ------------------------------------------------------------------------------------------------- */

struct mapper {
	struct boot *b;
	uint64_t root, next;
};

static uint64_t get_entry(struct mapper *m, uint64_t pa)
{
	uint8_t bytes[8] = {0};
	uint64_t entry = 0;

	phys_read(m->b->ram, pa, bytes, sizeof(bytes));
	for (unsigned i = 0; i < 8; i++)
		entry |= (uint64_t)bytes[i] << 8 * i;
	return entry;
}

static uint64_t new_table(struct mapper *m)
{
	uint64_t table = m->next;

	m->next += PAGE_SIZE;
	return table;
}

/* The table that an entry points to, made when there is none. */
static uint64_t table_below(struct mapper *m, uint64_t entry_at)
{
	uint64_t entry = get_entry(m, entry_at);

	if (entry & PTE_P)
		return entry & PTE_FRAME;
	uint64_t table = new_table(m);
	boot_put(m->b, entry_at, table | PTE_RW | PTE_P, 8);
	return table;
}

static uint64_t entry_address(uint64_t table, uint64_t va, unsigned shift)
{
	return table + (va >> shift & 511) * 8;
}

/* A page that two segments share gets the rights of both. */
static void map_page(struct mapper *m, uint64_t va, uint64_t pa, bool writable, bool executable)
{
	uint64_t table = m->root;

	for (unsigned shift = PML4_SHIFT; shift > PAGE_SHIFT; shift -= LEVEL_BITS)
		table = table_below(m, entry_address(table, va, shift));
	uint64_t at = entry_address(table, va, PAGE_SHIFT), old = get_entry(m, at);
	if (old & PTE_P) {
		writable |= (old & PTE_RW) != 0;
		executable |= (old & PTE_NX) == 0;
	}
	boot_put(m->b, at, pa | (executable ? 0 : PTE_NX) | (writable ? PTE_RW : 0) | PTE_P, 8);
}

static void map_segment(struct mapper *m, const struct image_segment *s)
{
	uint64_t pages = last_page(s) - (s->vaddr >> PAGE_SHIFT) + 1;
	uint64_t va = s->vaddr & ~PAGE_OFFSET, pa = s->paddr & ~PAGE_OFFSET;

	for (uint64_t i = 0; i < pages; i++)
		map_page(m, va + i * PAGE_SIZE, pa + i * PAGE_SIZE, s->writable, s->executable);
}

static void map_identity(struct mapper *m)
{
	uint64_t directory = table_below(m, table_below(m, m->root));

	for (uint64_t pa = 0; pa < GIB; pa += LARGE_PAGE)
		boot_put(m->b, directory + pa / LARGE_PAGE * 8, pa | PTE_PS | PTE_RW | PTE_P, 8);
}

uint64_t boot_paging(struct boot *b)
{
	struct mapper m = {.b = b, .next = b->tables_at};

	m.root = new_table(&m);
	map_identity(&m);
	for (size_t i = 0; i < b->image.segment_count; i++)
		if (!is_identity(&b->image.segment[i]))
			map_segment(&m, &b->image.segment[i]);
	return m.root;
}
