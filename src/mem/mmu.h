/* mmu.h - from linear addresses to bytes: canonical form, paging, the TLB, RAM.
 *
 * The MMU knows the CPU only as struct mmu_context. An access that cannot be made returns false with `fault` filled;
 * nothing is written then, not even the first half of a store that crosses into a bad page.
 *
 * Hot path: mmu_hit_read and mmu_hit_write, inline, one compare of the page and one of the offset. Whatever needs more
 * (a miss, an access across pages, an observer, a data breakpoint, alignment checks, a page with translated code) makes
 * the tag compare fail and goes through mmu_read and mmu_write.
 */
#ifndef RS_MEM_MMU_H
#define RS_MEM_MMU_H

#include <string.h>

#include "mem/phys.h"

enum mmu_access {
	MMU_READ = 0,
	MMU_WRITE = 1,
	MMU_RMW = 2, /* a read that a write follows: needs the right to write from the start */
	MMU_FETCH = 3,
	MMU_KIND = 3,
	MMU_IMPLICIT = 4, /* made by the CPU itself (descriptor tables, TSS): supervisor at any CPL [SDM vol. 3, 4.6] */
	MMU_NEW_STACK_USER = 8,  /* a push by delivery for a new CPL of 3 */
	MMU_NEW_STACK_SUPER = 16, /* ... and for a new CPL below 3 */
};

enum mmu_fault_kind { MMU_FAULT_PAGE, MMU_FAULT_NON_CANONICAL, MMU_FAULT_ALIGNMENT, MMU_FAULT_NO_MEMORY };

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

/* What paging depends on. */
struct mmu_context {
	uint64_t cr0, cr3, cr4, efer;
	bool user;           /* CPL 3 */
	bool ac;             /* RFLAGS.AC, as SMAP sees it */
	bool check_alignment; /* CPL 3, CR0.AM and RFLAGS.AC */
	bool long_mode;      /* 4-level paging when CR0.PG */
	uint8_t physical_bits;
	uint8_t linear_bits;
	bool pages_1g, bit8_reserved;
};

enum { TLB_BITS = 10, TLB_ENTRIES = 1 << TLB_BITS, TLB_FILLS = 256 };
#define TLB_NONE 1ull /* no page has this address */

/* The first three words are the linear page address if the access may be made inline, else TLB_NONE. */
struct tlb_entry {
	uint64_t read, write, fetch;
	uint8_t *host; /* of the page; NULL: not RAM */
	uint64_t page; /* linear page address, or TLB_NONE */
	uint64_t physical;
	uint64_t rights; /* enum tlb_right */
	uint64_t unused; /* 64 bytes: one host cache line */
};

enum tlb_right { TLB_READ = 1, TLB_WRITE = 2, TLB_FETCH = 4, TLB_GLOBAL = 8 };

/* One set for each way in which rights are judged, so that a change of CPL or AC flushes nothing. */
enum tlb_set { TLB_SUPERVISOR, TLB_SUPERVISOR_AC, TLB_USER, TLB_USER_ALIGN, TLB_SETS };

typedef void mmu_observer_fn(void *arg, uint64_t address, unsigned size, enum mmu_access kind, const void *bytes);

struct mmu {
	struct tlb_entry *tlb; /* the current set */
	struct mmu_fault fault;
	struct mmu_context context;
	struct phys *ram;
	uint64_t generation; /* of `ram`, when the entries last followed it */
	uint64_t epoch; /* counts the times that a translation may have changed: block links are made under one */
	/* While set, no access is made inline and each is told (bytes of a write, NULL for a read). */
	mmu_observer_fn *observer;
	void *observer_arg;
	uint32_t fill_count; /* entries of fills[]; above TLB_FILLS: a flush visits all entries */
	uint16_t fills[TLB_FILLS];
	bool large_pages; /* an entry of a 2-MiB or 1-GiB page is in the TLB */
	struct tlb_entry *sets; /* TLB_SETS * TLB_ENTRIES */
};

bool mmu_init(struct mmu *m, struct phys *ram);
void mmu_free(struct mmu *m);

/* The context changed in user, ac or check_alignment: takes the set that fits. */
void mmu_select(struct mmu *m);
/* Drops every entry (global ones too if `global`), as MOV CR3 and changes of CR0, CR4 and EFER demand. */
void mmu_flush(struct mmu *m, bool global);
void mmu_flush_page(struct mmu *m, uint64_t address);
/* Pages became shared, private or home of translated code: finds anew where each entry leads and what may be inline. */
void mmu_refresh(struct mmu *m);
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

/* Neighbouring pages get neighbouring entries, and buffers that lie a power of two apart do not share one. */
static inline struct tlb_entry *tlb_slot(struct tlb_entry *set, uint64_t address)
{
	uint64_t page = address >> PAGE_SHIFT;
	return &set[(page ^ page >> TLB_BITS ^ page >> (2 * TLB_BITS)) & (TLB_ENTRIES - 1)];
}

/* Host address of the bytes when they may be read (written) inline, else NULL. */
static inline uint8_t *mmu_hit_read(const struct mmu *m, uint64_t address, unsigned size)
{
	const struct tlb_entry *e = tlb_slot(m->tlb, address);
	uint64_t offset = address & PAGE_OFFSET;
	return e->read == address - offset && offset <= PAGE_SIZE - size ? e->host + offset : NULL;
}

static inline uint8_t *mmu_hit_write(const struct mmu *m, uint64_t address, unsigned size)
{
	const struct tlb_entry *e = tlb_slot(m->tlb, address);
	uint64_t offset = address & PAGE_OFFSET;
	return e->write == address - offset && offset <= PAGE_SIZE - size ? e->host + offset : NULL;
}

#endif
