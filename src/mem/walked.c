/* walked.c - a hash table whose pages are never taken out, only outlived. */
#include "mem/walked.h"

#include <string.h>

#include "mem/tlb.h"

/* A page that was forgotten by itself; no page has this key. */
#define FORGOTTEN UINT64_MAX

static uint64_t key_of(uint64_t address, unsigned shift)
{
	return address >> shift << shift | shift; /* the smallest page leaves room for it */
}

static size_t slot_of(uint64_t key, uint64_t life)
{
	return ((key ^ life << 32) * 0x9e3779b97f4a7c15ull) >> 52;
}

_Static_assert(WALKED_SLOTS == 1 << 12, "slot_of makes numbers of 12 bits");

/* Where the page is, or the free slot where it would be: half of them are free. */
static size_t find(const struct walked *w, uint64_t key, uint64_t life)
{
	size_t i = slot_of(key, life);
	while (w->page[i].life && (w->page[i].key != key || w->page[i].life != life))
		i = (i + 1) % WALKED_SLOTS;
	return i;
}

bool walked_knows(const struct walked *w, unsigned pcid, uint64_t address, unsigned shift)
{
	uint64_t life = w->life[pcid];
	return life && w->page[find(w, key_of(address, shift), life)].life;
}

void walked_add(struct walked *w, unsigned pcid, uint64_t address, unsigned shift)
{
	uint64_t key = key_of(address, shift);
	if (!w->life[pcid])
		w->life[pcid] = ++w->lives;
	w->page[find(w, key, w->life[pcid])] = (struct walked_page){ key, w->life[pcid] };
	w->used++;
}

void walked_forget_all(struct walked *w)
{
	if (!w->used)
		return;
	memset(w->page, 0, sizeof w->page);
	memset(w->life, 0, sizeof w->life);
	w->used = 0;
}

void walked_forget_plain(struct walked *w)
{
	memset(w->life, 0, WALKED_PCIDS * sizeof *w->life);
}

void walked_forget_pcid(struct walked *w, unsigned pcid)
{
	w->life[pcid] = 0;
}

static void forget(struct walked *w, uint64_t key, uint64_t life)
{
	size_t i = find(w, key, life);
	if (w->page[i].life)
		w->page[i].key = FORGOTTEN;
}

void walked_forget_page(struct walked *w, unsigned pcid, uint64_t address)
{
	uint64_t life = w->life[pcid];
	if (!life)
		return;
	forget(w, key_of(address, PAGE_SHIFT), life);
	for (size_t i = 0; i < TLB_LARGE_SIZES; i++)
		forget(w, key_of(address, tlb_large_shifts[i]), life);
}
