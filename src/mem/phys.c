/* phys.c - copy-on-write RAM.
 *
 * A chunk with one reference belongs to this RAM alone; one with more is also held by snapshots and keeps its page
 * pointers. A page with one reference, in a chunk with one reference, may be written in place.
 */
#include "mem/phys.h"

#include <string.h>

_Static_assert(CHUNK_PAGES == 1 << (CHUNK_SHIFT - PAGE_SHIFT), "a chunk's pages fill its address range");

/* ---- references -------------------------------------------------------------------------------------------------- */

static void page_release(struct phys *p, struct page *page)
{
	if (!page || --page->refs)
		return;
	host_release(p->host, page);
	p->pages--;
}

static void chunk_release(struct phys *p, struct chunk *chunk)
{
	if (!chunk || --chunk->refs)
		return;
	for (size_t i = 0; i < CHUNK_PAGES; i++)
		page_release(p, chunk->page[i]);
	host_release(p->host, chunk);
	p->chunks--;
}

static void *take(struct phys *p, size_t bytes)
{
	void *memory = host_alloc(p->host, bytes);

	if (!memory)
		p->out_of_memory = true;
	return memory;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

bool phys_init(struct phys *p, const struct rs_host *host, uint64_t bytes)
{
	uint64_t pages = (bytes + PAGE_OFFSET) >> PAGE_SHIFT;

	*p = (struct phys){.host = host, .bytes = bytes, .monitored = PHYS_NO_PAGE};
	p->chunk_count = (size_t)((pages + CHUNK_PAGES - 1) / CHUNK_PAGES);
	p->root = host_alloc(host, p->chunk_count * sizeof(struct chunk *));
	p->code = host_alloc(host, (size_t)((pages + 63) / 64) * sizeof(uint64_t));
	if (p->root && p->code)
		return true;
	phys_free(p);
	return false;
}

void phys_free(struct phys *p)
{
	if (p->root)
		for (size_t i = 0; i < p->chunk_count; i++)
			chunk_release(p, p->root[i]);
	host_release(p->host, p->root);
	host_release(p->host, p->code);
	*p = (struct phys){.host = p->host};
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static size_t chunk_index(uint64_t pa)
{
	return (size_t)(pa >> CHUNK_SHIFT);
}

static size_t page_index(uint64_t pa)
{
	return (size_t)(pa >> PAGE_SHIFT) % CHUNK_PAGES;
}

static struct page *page_at(const struct phys *p, uint64_t pa)
{
	const struct chunk *chunk = p->root[chunk_index(pa)];

	return chunk ? chunk->page[page_index(pa)] : NULL;
}

static struct chunk *chunk_make(struct phys *p, uint64_t pa)
{
	struct chunk *chunk = p->root[chunk_index(pa)];

	if (chunk)
		return chunk;
	chunk = take(p, sizeof(*chunk));
	if (chunk) {
		chunk->refs = 1;
		p->chunks++;
	}
	p->root[chunk_index(pa)] = chunk;
	return chunk;
}

/* The chunk as this RAM's own, so that its page pointers may be changed. The pages stay shared, and where they are. */
static struct chunk *chunk_own(struct phys *p, uint64_t pa)
{
	struct chunk *shared = chunk_make(p, pa);

	if (!shared || shared->refs == 1)
		return shared;
	struct chunk *own = take(p, sizeof(*own));
	if (!own)
		return NULL;
	*own = *shared;
	own->refs = 1;
	p->chunks++;
	for (size_t i = 0; i < CHUNK_PAGES; i++)
		if (own->page[i])
			own->page[i]->refs++;
	shared->refs--;
	p->root[chunk_index(pa)] = own;
	return own;
}

/* A zeroed page where there was none. A chunk that is shared gets it too: it means the same to all who share it. */
static struct page *page_make(struct phys *p, struct chunk *chunk, size_t index)
{
	struct page *page = take(p, sizeof(*page));

	if (page) {
		page->refs = 1;
		p->pages++;
		chunk->used++;
	}
	chunk->page[index] = page;
	return page;
}

static struct page *page_own(struct phys *p, struct chunk *chunk, uint64_t pa)
{
	const size_t index = page_index(pa);
	struct page *shared = chunk->page[index];

	if (!shared)
		return page_make(p, chunk, index);
	if (shared->refs == 1)
		return shared;
	struct page *own = take(p, sizeof(*own));
	if (!own)
		return NULL;
	own->refs = 1;
	memcpy(own->data, shared->data, PAGE_SIZE);
	shared->refs--;
	chunk->page[index] = own;
	p->pages++;
	p->copied++;
	p->moved = pa & ~PAGE_OFFSET;
	p->generation++;
	return own;
}

uint8_t *phys_page_read(struct phys *p, uint64_t pa)
{
	struct chunk *chunk = chunk_make(p, pa);

	if (!chunk)
		return NULL;
	struct page *page = chunk->page[page_index(pa)];
	if (!page)
		page = page_make(p, chunk, page_index(pa));
	return page ? page->data : NULL;
}

uint8_t *phys_page_write(struct phys *p, uint64_t pa)
{
	struct chunk *chunk = chunk_own(p, pa);
	struct page *page = chunk ? page_own(p, chunk, pa) : NULL;

	return page ? page->data : NULL;
}

void phys_mark_code(struct phys *p, uint64_t pa, bool has_code)
{
	uint64_t *word = &p->code[pa >> (PAGE_SHIFT + 6)];
	uint64_t bit = 1ull << (pa >> PAGE_SHIFT & 63);

	*word = has_code ? *word | bit : *word & ~bit;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

/* How many bytes from `pa` on are RAM. */
static size_t clip(const struct phys *p, uint64_t pa, size_t size)
{
	if (pa >= p->bytes)
		return 0;
	return size < p->bytes - pa ? size : (size_t)(p->bytes - pa);
}

/* How many of them lie in the page of `pa`. */
static size_t in_page(uint64_t pa, size_t size)
{
	size_t rest = (size_t)(PAGE_SIZE - (pa & PAGE_OFFSET));

	return size < rest ? size : rest;
}

static void tell_code(struct phys *p, uint64_t pa, size_t size)
{
	if (phys_tells_stores(p, pa) && p->code_written)
		p->code_written(p->code_written_arg, pa, size);
}

size_t phys_read(struct phys *p, uint64_t pa, void *to, size_t size)
{
	size_t done = 0, part;

	for (size = clip(p, pa, size); done < size; done += part) {
		uint64_t at = pa + done;
		const struct page *page = page_at(p, at);
		part = in_page(at, size - done);
		if (page)
			memcpy((uint8_t *)to + done, page->data + (at & PAGE_OFFSET), part);
		else
			memset((uint8_t *)to + done, 0, part);
	}
	return done;
}

size_t phys_write(struct phys *p, uint64_t pa, const void *from, size_t size)
{
	size_t done = 0, part;

	for (size = clip(p, pa, size); done < size; done += part) {
		uint64_t at = pa + done;
		uint8_t *data = phys_page_write(p, at);
		if (!data)
			break;
		part = in_page(at, size - done);
		memcpy(data + (at & PAGE_OFFSET), (const uint8_t *)from + done, part);
		tell_code(p, at, part);
	}
	return done;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

size_t phys_zero(struct phys *p, uint64_t pa, size_t size)
{
	size_t done = 0, part;

	for (size = clip(p, pa, size); done < size; done += part) {
		uint64_t at = pa + done;
		const struct page *page = page_at(p, at);
		part = in_page(at, size - done);
		if (!page || is_zero(page->data + (at & PAGE_OFFSET), part))
			continue;
		uint8_t *data = phys_page_write(p, at);
		if (!data)
			break;
		memset(data + (at & PAGE_OFFSET), 0, part);
		tell_code(p, at, part);
	}
	return done;
}

/* ---- snapshots --------------------------------------------------------------------------------------------------- */

struct chunk **phys_share(struct phys *p)
{
	struct chunk **shared = host_alloc(p->host, p->chunk_count * sizeof(struct chunk *));

	if (!shared)
		return NULL;
	for (size_t i = 0; i < p->chunk_count; i++) {
		shared[i] = p->root[i];
		if (shared[i])
			shared[i]->refs++;
	}
	return shared;
}

/* Tells which pages differ between what chunk `index` was and what it is now. */
static void tell_changed(struct phys *p, size_t index, const struct chunk *before,
                         void (*changed)(void *arg, uint64_t pa), void *arg)
{
	const struct chunk *now = p->root[index];

	for (size_t i = 0; i < CHUNK_PAGES; i++) {
		const struct page *old = before ? before->page[i] : NULL;
		if (old == (now ? now->page[i] : NULL))
			continue;
		const uint64_t pa = ((uint64_t)index << CHUNK_SHIFT) + ((uint64_t)i << PAGE_SHIFT);
		if (old) {
			p->generation++;
			p->moved = pa;
		}
		if (changed)
			changed(arg, pa);
	}
}

void phys_restore(struct phys *p, struct chunk *const *shared, void (*changed)(void *arg, uint64_t pa), void *arg)
{
	for (size_t i = 0; i < p->chunk_count; i++) {
		struct chunk *before = p->root[i];
		if (before == shared[i])
			continue;
		p->root[i] = shared[i];
		if (shared[i])
			shared[i]->refs++;
		tell_changed(p, i, before, changed, arg);
		chunk_release(p, before);
	}
}

void phys_unshare(struct phys *p, struct chunk **shared)
{
	if (!shared)
		return;
	for (size_t i = 0; i < p->chunk_count; i++)
		chunk_release(p, shared[i]);
	host_release(p->host, shared);
}

uint64_t phys_bytes_kept(const struct phys *p)
{
	size_t pages = p->pages, chunks = p->chunks;

	for (size_t i = 0; i < p->chunk_count; i++)
		if (p->root[i]) {
			pages -= p->root[i]->used;
			chunks--;
		}
	return (uint64_t)pages * sizeof(struct page) + (uint64_t)chunks * sizeof(struct chunk);
}

/* ---- hash -------------------------------------------------------------------------------------------------------- */

static uint64_t little_endian(const uint8_t *b)
{
	return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
	       (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* A bijection of 64 bits: odd multiplication and shifted exclusive-or can both be undone. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 32) * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 29) * 0xd6e8feb86659fd93u;
	return x ^ x >> 32;
}

/* 0 for a page of zeroes, so that it counts like one that nobody touched. */
static uint64_t page_hash(const struct page *page, uint64_t pa)
{
	uint64_t hash = mix(pa + 1), any = 0;

	for (size_t i = 0; i < PAGE_SIZE; i += 8) {
		uint64_t word = little_endian(page->data + i);
		any |= word;
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return any ? mix(hash) : 0;
}

uint64_t phys_hash(const struct phys *p)
{
	uint64_t sum = 0;

	for (size_t c = 0; c < p->chunk_count; c++)
		for (size_t i = 0; p->root[c] && i < CHUNK_PAGES; i++)
			if (p->root[c]->page[i])
				sum += page_hash(p->root[c]->page[i],
						 ((uint64_t)c << CHUNK_SHIFT) + ((uint64_t)i << PAGE_SHIFT));
	return sum;
}
