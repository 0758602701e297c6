/* mmu.h - from linear addresses to bytes: canonical form, paging, the TLB, RAM.
 *
 * The MMU knows the CPU only as struct mmu_context. An access that cannot be made returns false with `fault` filled;
 * nothing is written then, not even the first half of a store that crosses into a bad page.
 *
 * Hot path: mmu_hit_read and mmu_hit_write, inline, one compare: the tag of the first byte's page with the page of the
 * last. Whatever needs more (a miss, an access across pages, an observer, a data breakpoint, alignment checks, a page
 * with translated code) makes the compare fail and goes through mmu_read and mmu_write.
 */
#ifndef RS_MEM_MMU_H
#define RS_MEM_MMU_H

#include <string.h>

#include "mem/tlb.h"

enum mmu_access {
	MMU_READ = 0,
	MMU_WRITE = 1,
	MMU_RMW = 2, /* a read that a write follows: needs the right to write from the start */
	MMU_FETCH = 3,
	MMU_KIND = 3,
	MMU_IMPLICIT = 4, /* made by the CPU itself (descriptor tables, TSS): supervisor at any CPL [SDM vol. 3, 4.6] */
	MMU_NEW_STACK_USER = 8,  /* a push by delivery for a new CPL of 3 */
	MMU_NEW_STACK_SUPER = 16, /* ... and for a new CPL below 3 */
	MMU_OF_CPU = MMU_IMPLICIT | MMU_NEW_STACK_USER | MMU_NEW_STACK_SUPER,
};

enum mmu_fault_kind {
	MMU_FAULT_PAGE,
	MMU_FAULT_NON_CANONICAL,
	MMU_FAULT_ALIGNMENT,
	MMU_FAULT_NO_MEMORY,
	MMU_FAULT_DEVICE, /* a device answers, and devices_wait */
};

struct mmu_fault {
	enum mmu_fault_kind kind;
	uint32_t code;    /* page-fault error code */
	uint64_t address; /* linear */
};

/* Page-fault error code [SDM vol. 3, 4.7]. */
#define PF_P 0x01u
#define PF_W 0x02u
#define PF_U 0x04u
#define PF_RSVD 0x08u
#define PF_I 0x10u

#define PF_PK 0x20u

struct paging_format;
enum { PAGING_LEVELS = 5 };

/* What paging depends on. Whoever changes a member above `user` calls mmu_follow, else mmu_select. */
struct mmu_context {
	uint64_t cr0, cr3, cr4, efer;
	const uint64_t *pdpte; /* the CPU's four, which it loads when it loads CR3 for PAE paging [SDM vol. 3, 4.4.1] */
	uint32_t pkru;         /* 0 where there are no protection keys */
	bool long_mode;        /* LMA: addresses are canonical; else they have 32 bits */
	uint8_t physical_bits;
	uint8_t linear_bits;
	bool pages_1g, pse36, bit8_reserved;
	bool user;            /* CPL 3 */
	bool ac;              /* RFLAGS.AC, as SMAP sees it */
	bool check_alignment; /* CPL 3, CR0.AM and RFLAGS.AC */
	bool wraps;           /* the program's addresses have 32 bits, whatever the tables are */
	/* Derived by paging_prepare; levels from the root down. */
	const struct paging_format *format; /* NULL: no paging */
	uint64_t reserved[PAGING_LEVELS][2]; /* must be 0 in an entry that names a table, or a page */
	uint32_t page_bit[PAGING_LEVELS];    /* PS, where it makes an entry name a page */
};

typedef void mmu_observer_fn(void *arg, uint64_t address, unsigned size, enum mmu_access kind, const void *bytes);

enum { MMU_FETCHED_WORDS = 16 };

enum { MMU_WINDOWS = 2 };
#define MMU_NO_WINDOW UINT64_MAX

/* Devices in physical memory: they answer in place of RAM. `size` 1, 2, 4 or 8, within the page. */
struct mmu_devices {
	uint64_t page[MMU_WINDOWS]; /* the addresses of their pages; MMU_NO_WINDOW: none */
	uint64_t (*read)(void *arg, uint64_t pa, unsigned size);
	void (*write)(void *arg, uint64_t pa, unsigned size, uint64_t value);
	void *arg;
	bool wait; /* not now: an access that one would answer returns MMU_FAULT_DEVICE */
};

struct walked;
/* A page walk has been made that takes time: through so many levels of tables. */
typedef void mmu_walk_fn(void *arg, unsigned levels);

struct mmu {
	struct tlb_entry *set; /* the current one of the current space */
	struct mmu_fault fault;
	struct mmu_context context;
	struct phys *ram;
	struct walked *walked; /* the pages whose walk has been told; NULL: nobody asks */
	uint64_t generation; /* of `ram`, when the entries last followed it */
	/* The number of times that a translation may have changed, and below it the CPU's mode word: block links are
	 * made under one and hold under it only. */
	uint64_t key;
	/* While set, no access is made inline and each is told (bytes of a write, NULL for a read). */
	mmu_observer_fn *observer;
	void *observer_arg;
	struct tlb tlb;
	/* A bit for the hash of each page that code was fetched from in this epoch: when another page is dropped, the
	 * links stay. */
	uint64_t fetched[MMU_FETCHED_WORDS];
	mmu_walk_fn *tell_walk;
	void *walk_arg;
	struct mmu_devices devices; /* who changes `page` flushes */
};

enum { MMU_MODE_BITS = 16 };

static inline void mmu_set_mode(struct mmu *m, uint32_t mode)
{
	m->key = m->key >> MMU_MODE_BITS << MMU_MODE_BITS | mode;
}

bool mmu_init(struct mmu *m, struct phys *ram);
void mmu_free(struct mmu *m);
/* From now on page walks are told, those to pages that a processor would still know excepted. False: no memory. */
bool mmu_tell_walks(struct mmu *m, mmu_walk_fn *tell, void *arg);

/* The context changed in user, ac or check_alignment: takes the set that fits. */
void mmu_select(struct mmu *m);
/* The context changed in anything else. Forgets nothing: what has to be flushed is the caller's to know. */
void mmu_follow(struct mmu *m);
/* Drops every entry of every PCID (global ones too if `global`). */
void mmu_flush(struct mmu *m, bool global);
/* Drops the entries of one PCID, global ones excepted. */
void mmu_flush_pcid(struct mmu *m, uint32_t pcid);
/* INVLPG: the page in the current PCID, and in every PCID if it is global. */
void mmu_flush_page(struct mmu *m, uint64_t address);
/* INVPCID: the page in one PCID if it is not global. */
void mmu_flush_page_of(struct mmu *m, uint32_t pcid, uint64_t address);
/* MOV CR3: the tables of another root, or the same anew. Without `keep` the entries of its PCID go, global ones
 * excepted. */
void mmu_new_root(struct mmu *m, uint64_t cr3, bool keep);
/* Another PKRU; nothing goes. */
void mmu_new_keys(struct mmu *m, uint32_t pkru);
/* Pages became shared, private or home of translated code: finds anew where each entry leads and what may be inline. */
void mmu_refresh(struct mmu *m);
/* The TLB as it was when `image` was made of it, under the context and RAM of then. */
void mmu_bring_back(struct mmu *m, const struct tlb_image *image);
/* The page has become home of translated code: stores to it go the slow way. */
void mmu_watch_stores(struct mmu *m, uint64_t physical);
/* While observed, accesses go the slow way and are told. */
void mmu_observe(struct mmu *m, mmu_observer_fn *observer, void *arg);

static inline bool mmu_canonical(const struct mmu *m, uint64_t address)
{
	unsigned unused = 64u - m->context.linear_bits;
	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

/* `size` 1, 2, 4 or 8. */
bool mmu_read(struct mmu *m, uint64_t address, unsigned size, unsigned kind, uint64_t *value);
bool mmu_write(struct mmu *m, uint64_t address, unsigned size, unsigned kind, uint64_t value);
/* The same for any number of bytes up to a page. `align`, a power of two: of what the address must be a multiple where
 * alignment is checked. */
bool mmu_read_bytes(struct mmu *m, uint64_t address, unsigned size, unsigned align, unsigned kind, void *bytes);
bool mmu_write_bytes(struct mmu *m, uint64_t address, unsigned size, unsigned align, unsigned kind,
		     const void *bytes);
/* Whether all `size` bytes (at most a page) could be accessed so; fills the TLB, sets Accessed and Dirty. */
bool mmu_probe(struct mmu *m, uint64_t address, unsigned size, unsigned kind);

/* The page to fetch from: host address of the byte at `address`, its physical address. */
struct mmu_code {
	const uint8_t *host;
	uint64_t physical;
};
bool mmu_fetch(struct mmu *m, uint64_t address, struct mmu_code *code);

/* As a debugger looks: nothing changes. */
bool mmu_translate(const struct mmu *m, uint64_t address, uint64_t *physical);

static inline enum tlb_set mmu_set_of_context(const struct mmu_context *c)
{
	if (c->user)
		return c->check_alignment ? TLB_USER_ALIGN : TLB_USER;
	return c->ac ? TLB_SUPERVISOR_AC : TLB_SUPERVISOR;
}

/* The set by whose rights an access of this kind is judged. */
static inline enum tlb_set mmu_set_of(const struct mmu *m, unsigned kind)
{
	if (kind & MMU_IMPLICIT)
		return TLB_SUPERVISOR;
	if (kind & MMU_NEW_STACK_USER)
		return TLB_USER;
	if (kind & MMU_NEW_STACK_SUPER)
		return m->context.ac ? TLB_SUPERVISOR_AC : TLB_SUPERVISOR;
	return mmu_set_of_context(&m->context);
}

/* The entry of the first byte's page has the tag of the last byte's: one compare for both, because the entry cannot
 * hold the next page. */
static inline bool mmu_hits(uint64_t tag, uint64_t address, unsigned size)
{
	return tag == ((address + size - 1) & ~PAGE_OFFSET);
}

static inline uint8_t *mmu_host(const struct tlb_entry *e, uint64_t address)
{
	return (uint8_t *)(uintptr_t)(address + e->addend);
}

static inline uint8_t *mmu_hit_read_in(struct tlb_entry *set, uint64_t address, unsigned size)
{
	const struct tlb_entry *e = tlb_slot(set, address);
	return mmu_hits(e->read, address, size) ? mmu_host(e, address) : NULL;
}

static inline uint8_t *mmu_hit_write_in(struct tlb_entry *set, uint64_t address, unsigned size)
{
	const struct tlb_entry *e = tlb_slot(set, address);
	return mmu_hits(e->write, address, size) ? mmu_host(e, address) : NULL;
}

/* Host address of the bytes when they may be read (written) inline, else NULL. */
static inline uint8_t *mmu_hit_read(const struct mmu *m, uint64_t address, unsigned size)
{
	return mmu_hit_read_in(m->set, address, size);
}

static inline uint8_t *mmu_hit_write(const struct mmu *m, uint64_t address, unsigned size)
{
	return mmu_hit_write_in(m->set, address, size);
}

#endif
