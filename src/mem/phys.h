/* phys.h - physical memory: RAM from address 0 in pages that snapshots share until one side writes.
 *
 * A page that nobody has touched costs nothing and reads 0. Pages hang from chunks of 512, chunks from one root; a
 * snapshot counts references to chunks, so taking one costs a word for each 2 MiB.
 */
#ifndef RS_MEM_PHYS_H
#define RS_MEM_PHYS_H

#include "host/host.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define PAGE_OFFSET 0xfffull
#define PHYS_NO_PAGE UINT64_MAX

struct page {
	uint32_t refs;
	_Alignas(64) uint8_t data[PAGE_SIZE];
};

enum { CHUNK_PAGES = 512, CHUNK_SHIFT = PAGE_SHIFT + 9 };

struct chunk {
	uint32_t refs;
	uint32_t used; /* pages that are there */
	struct page *page[CHUNK_PAGES];
};

struct phys {
	const struct rs_host *host;
	uint64_t bytes;      /* of RAM */
	size_t chunk_count;
	struct chunk **root;
	uint64_t *code;      /* a bit a page: translated code was taken from it */
	uint64_t monitored;  /* the number of a page whose stores are told too; PHYS_NO_PAGE: none */
	/* Called after bytes of a page with its code bit set, or of the monitored one, were changed. */
	void (*code_written)(void *arg, uint64_t pa, size_t size);
	void *code_written_arg;
	bool out_of_memory;  /* an allocation failed; the access that needed it was refused */
	uint64_t generation; /* counts the times that a page got another host address */
	uint64_t moved;      /* the last of them */
	size_t pages, chunks; /* that are there, this RAM's and those that only snapshots hold */
	uint64_t copied;      /* counts the pages that were copied because they were shared */
};

bool phys_init(struct phys *p, const struct rs_host *host, uint64_t bytes);
void phys_free(struct phys *p);

static inline bool phys_is_ram(const struct phys *p, uint64_t pa)
{
	return pa < p->bytes;
}

static inline bool phys_has_code(const struct phys *p, uint64_t pa)
{
	return p->code[pa >> (PAGE_SHIFT + 6)] >> (pa >> PAGE_SHIFT & 63) & 1;
}

/* Whether stores to the page are told. */
static inline bool phys_tells_stores(const struct phys *p, uint64_t pa)
{
	return phys_has_code(p, pa) || pa >> PAGE_SHIFT == p->monitored;
}

void phys_mark_code(struct phys *p, uint64_t pa, bool has_code);

/* The host address of the page of `pa` (RAM), to read or to write; NULL: out of memory (and out_of_memory is set).
 * A page to be written is private afterwards. */
uint8_t *phys_page_read(struct phys *p, uint64_t pa);
uint8_t *phys_page_write(struct phys *p, uint64_t pa);
/* The same as it stands: NULL when nobody has touched the page, which then reads 0. */
static inline const uint8_t *phys_page_look(const struct phys *p, uint64_t pa)
{
	const struct chunk *chunk = p->root[pa >> CHUNK_SHIFT];
	const struct page *page = chunk ? chunk->page[(pa >> PAGE_SHIFT) % CHUNK_PAGES] : NULL;
	return page ? page->data : NULL;
}
/* Whether the page may be written in place: nobody shares it. */
static inline bool phys_page_private(const struct phys *p, uint64_t pa)
{
	const struct chunk *chunk = p->root[pa >> CHUNK_SHIFT];
	const struct page *page = chunk ? chunk->page[(pa >> PAGE_SHIFT) % CHUNK_PAGES] : NULL;
	return page && page->refs == 1 && chunk->refs == 1;
}

/* Bytes of RAM, as a loader or debugger moves them; the result is how many lay in RAM (and could be had). Reading
 * touches nothing; writing tells code_written. */
size_t phys_read(struct phys *p, uint64_t pa, void *to, size_t size);
size_t phys_write(struct phys *p, uint64_t pa, const void *from, size_t size);
/* Zeroes a range of RAM without touching pages that are zero already. */
size_t phys_zero(struct phys *p, uint64_t pa, size_t size);

/* A share of all pages as they are. NULL: no memory. */
struct chunk **phys_share(struct phys *p);
/* Makes `shared` the content again; `changed` is called for each page that is another one afterwards. */
void phys_restore(struct phys *p, struct chunk *const *shared, void (*changed)(void *arg, uint64_t pa), void *arg);
void phys_unshare(struct phys *p, struct chunk **shared);

/* Bytes that only snapshots hold. */
uint64_t phys_bytes_kept(const struct phys *p);

/* A hash of all non-zero RAM, whatever pages were touched. */
uint64_t phys_hash(const struct phys *p);

#endif
