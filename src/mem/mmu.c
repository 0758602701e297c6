/* mmu.c - the TLB and everything that is not an inline hit. */
#include "mem/mmu.h"

#include "cpu/state.h"
#include "mem/paging.h"

static const struct tlb_entry tlb_empty = { .read = TLB_NONE, .write = TLB_NONE, .fetch = TLB_NONE, .page = TLB_NONE };

bool mmu_init(struct mmu *m, struct phys *ram)
{
	*m = (struct mmu){ .ram = ram, .fill_count = TLB_FILLS + 1 };
	m->sets = host_alloc(ram->host, sizeof *m->sets * TLB_SETS * TLB_ENTRIES);
	if (!m->sets)
		return false;
	m->tlb = m->sets;
	mmu_flush(m, true);
	return true;
}

void mmu_free(struct mmu *m)
{
	host_release(m->ram->host, m->sets);
}

static enum tlb_set set_of_context(const struct mmu_context *c)
{
	if (c->user)
		return c->check_alignment ? TLB_USER_ALIGN : TLB_USER;
	return c->ac ? TLB_SUPERVISOR_AC : TLB_SUPERVISOR;
}

void mmu_select(struct mmu *m)
{
	m->tlb = m->sets + set_of_context(&m->context) * TLB_ENTRIES;
}

/* The set by whose rights an access of this kind is judged. */
static enum tlb_set set_of(const struct mmu *m, unsigned kind)
{
	if (kind & MMU_IMPLICIT)
		return TLB_SUPERVISOR;
	if (kind & MMU_NEW_STACK_USER)
		return TLB_USER;
	if (kind & MMU_NEW_STACK_SUPER)
		return m->context.ac ? TLB_SUPERVISOR_AC : TLB_SUPERVISOR;
	return set_of_context(&m->context);
}

/* ---- entries ---- */

static void each_filled(struct mmu *m, void (*visit)(struct mmu *m, struct tlb_entry *e, uint64_t arg), uint64_t arg)
{
	if (m->fill_count > TLB_FILLS) {
		for (size_t i = 0; i < (size_t)TLB_SETS * TLB_ENTRIES; i++)
			visit(m, &m->sets[i], arg);
		return;
	}
	for (uint32_t i = 0; i < m->fill_count; i++)
		visit(m, &m->sets[m->fills[i]], arg);
}

static void note_fill(struct mmu *m, const struct tlb_entry *e)
{
	if (e->page != TLB_NONE || m->fill_count > TLB_FILLS)
		return; /* in the list already, or the list is given up until the next flush */
	if (m->fill_count < TLB_FILLS)
		m->fills[m->fill_count] = (uint16_t)(e - m->sets);
	m->fill_count++;
}

static bool in_set(const struct mmu *m, const struct tlb_entry *e, enum tlb_set set)
{
	return (size_t)(e - m->sets) / TLB_ENTRIES == (size_t)set;
}

/* Which accesses may be made inline: none that somebody watches, none that has to be checked. */
static void set_tags(struct mmu *m, struct tlb_entry *e)
{
	bool data = e->host && !m->observer && !in_set(m, e, TLB_USER_ALIGN);
	bool store = data && (e->rights & TLB_WRITE) && !phys_has_code(m->ram, e->physical) &&
	             phys_page_private(m->ram, e->physical);
	e->read = data && (e->rights & TLB_READ) ? e->page : TLB_NONE;
	e->write = store ? e->page : TLB_NONE;
	e->fetch = e->host && (e->rights & TLB_FETCH) ? e->page : TLB_NONE;
}

static void drop(struct mmu *m, struct tlb_entry *e, uint64_t keep_global)
{
	(void)m;
	if (!(keep_global && (e->rights & TLB_GLOBAL)))
		*e = tlb_empty;
}

/* After a flush that kept global entries: the list of what is left. */
static void list_again(struct mmu *m)
{
	m->fill_count = 0;
	for (size_t i = 0; i < (size_t)TLB_SETS * TLB_ENTRIES && m->fill_count <= TLB_FILLS; i++) {
		if (m->sets[i].page == TLB_NONE)
			continue;
		if (m->fill_count < TLB_FILLS)
			m->fills[m->fill_count] = (uint16_t)i;
		m->fill_count++;
	}
}

void mmu_flush(struct mmu *m, bool global)
{
	bool keep = !global && (m->context.cr4 & CR4_PGE);
	m->epoch++;
	each_filled(m, drop, keep);
	if (keep) {
		list_again(m);
		return;
	}
	m->fill_count = 0;
	m->large_pages = false;
}

void mmu_flush_page(struct mmu *m, uint64_t address)
{
	if (m->large_pages) {
		/* an entry is a 4-KiB slice: the others of its large page must go as well (PT-21) */
		mmu_flush(m, true);
		return;
	}
	m->epoch++;
	for (unsigned set = 0; set < TLB_SETS; set++) {
		struct tlb_entry *e = tlb_slot(m->sets + set * TLB_ENTRIES, address);
		if (e->page != (address & ~PAGE_OFFSET))
			continue;
		e->read = e->write = e->fetch = TLB_NONE;
		e->rights = 0; /* stays listed; without rights it is never hit */
	}
}

static void refresh(struct mmu *m, struct tlb_entry *e, uint64_t unused)
{
	(void)unused;
	if (e->page == TLB_NONE)
		return;
	if (e->host)
		e->host = phys_page_read(m->ram, e->physical);
	set_tags(m, e);
}

void mmu_refresh(struct mmu *m)
{
	m->generation = m->ram->generation;
	each_filled(m, refresh, 0);
}

/* Pages got other host addresses since the last look: a store unshared them. */
static void follow_ram(struct mmu *m)
{
	if (m->generation != m->ram->generation)
		mmu_refresh(m);
}

void mmu_observe(struct mmu *m, mmu_observer_fn *observer, void *arg)
{
	m->observer = observer;
	m->observer_arg = arg;
	mmu_refresh(m);
}

/* ---- filling ---- */

static unsigned right_of(unsigned kind)
{
	static const uint8_t rights[] = { TLB_READ, TLB_WRITE, TLB_READ | TLB_WRITE, TLB_FETCH };
	return rights[kind & MMU_KIND];
}

static bool allowed(const struct mmu *m, const struct walk *w, struct walk_request q, bool write, bool fetch)
{
	q.write = write;
	q.fetch = fetch;
	return paging_allows(&m->context, w, &q);
}

static uint64_t rights_of(const struct mmu *m, const struct walk *w, const struct walk_request *q)
{
	if (!(m->context.cr0 & CR0_PG))
		return TLB_READ | TLB_WRITE | TLB_FETCH;
	return (allowed(m, w, *q, false, false) ? TLB_READ : 0) |
	       (w->dirty && allowed(m, w, *q, true, false) ? TLB_WRITE : 0) | /* Dirty is set by the first write */
	       (allowed(m, w, *q, false, true) ? TLB_FETCH : 0) | (w->global ? TLB_GLOBAL : 0);
}

static bool fill(struct mmu *m, struct tlb_entry *e, enum tlb_set set, uint64_t address, unsigned kind)
{
	unsigned what = kind & MMU_KIND;
	struct walk_request q = {
		.address = address,
		.user = set >= TLB_USER,
		.smap = set == TLB_SUPERVISOR && (m->context.cr4 & CR4_SMAP),
		.write = what == MMU_WRITE || what == MMU_RMW,
		.fetch = what == MMU_FETCH,
	};
	struct walk w;
	bool mapped = paging_walk(&m->context, m->ram, &q, &w, &m->fault);
	follow_ram(m); /* Accessed and Dirty bits are stores too */
	if (!mapped)
		return false;
	note_fill(m, e);
	e->page = address & ~PAGE_OFFSET;
	e->physical = w.physical;
	e->rights = rights_of(m, &w, &q);
	e->host = NULL;
	m->large_pages |= w.large;
	if (phys_is_ram(m->ram, w.physical) && !(e->host = phys_page_read(m->ram, w.physical))) {
		*e = tlb_empty;
		m->fault.kind = MMU_FAULT_NO_MEMORY;
		return false;
	}
	set_tags(m, e);
	return true;
}

static bool non_canonical(struct mmu *m, uint64_t address)
{
	m->fault = (struct mmu_fault){ .kind = MMU_FAULT_NON_CANONICAL, .address = address };
	return false;
}

/* The entry that allows the access, or NULL with the fault. */
static struct tlb_entry *lookup(struct mmu *m, uint64_t address, unsigned kind)
{
	enum tlb_set set = set_of(m, kind);
	struct tlb_entry *e = tlb_slot(m->sets + set * TLB_ENTRIES, address);
	unsigned need = right_of(kind);
	if (e->page == (address & ~PAGE_OFFSET) && (e->rights & need) == need)
		return e;
	return fill(m, e, set, address, kind) ? e : NULL;
}

/* ---- access ---- */

/* The bytes of an access: in one page, or the first `size[0]` in one and the rest in the next. */
struct span {
	uint64_t physical[2];
	uint8_t *host[2];
	unsigned size[2];
	unsigned parts;
};

static bool add_part(struct mmu *m, struct span *s, uint64_t address, unsigned size, unsigned kind)
{
	const struct tlb_entry *e = lookup(m, address, kind);
	if (!e)
		return false;
	s->host[s->parts] = e->host ? e->host + (address & PAGE_OFFSET) : NULL;
	s->physical[s->parts] = e->physical | (address & PAGE_OFFSET);
	s->size[s->parts++] = size;
	return true;
}

static bool misaligned(const struct mmu *m, uint64_t address, unsigned size, unsigned kind)
{
	return m->context.check_alignment && (kind & ~(unsigned)MMU_KIND) == 0 && (address & (size - 1));
}

/* Makes every page that will be stored to writable in place before a byte moves: a failing allocation leaves no half
 * store, and nothing is left to fail between a read-modify-write's read and its write. */
static bool unshare(struct mmu *m, struct span *s)
{
	for (unsigned i = 0; i < s->parts; i++) {
		uint64_t pa = s->physical[i];
		if (!s->host[i])
			continue;
		uint8_t *page = phys_page_write(m->ram, pa);
		if (!page) {
			m->fault.kind = MMU_FAULT_NO_MEMORY;
			return false;
		}
		s->host[i] = page + (pa & PAGE_OFFSET);
	}
	follow_ram(m);
	return true;
}

/* Both pages before a byte moves; a fault on the second reports its first byte (PT-08). */
static bool find_parts(struct mmu *m, uint64_t address, unsigned size, unsigned kind, struct span *s)
{
	uint64_t last = address + size - 1;
	unsigned first = (unsigned)(PAGE_SIZE - (address & PAGE_OFFSET));
	s->parts = 0;
	if (!m->context.long_mode)
		last = (uint32_t)last;
	if (m->context.long_mode && (!mmu_canonical(m, address) || !mmu_canonical(m, last)))
		return non_canonical(m, address);
	if (misaligned(m, address, size, kind)) {
		m->fault = (struct mmu_fault){ .kind = MMU_FAULT_ALIGNMENT, .address = address };
		return false;
	}
	if (size <= first)
		return add_part(m, s, address, size, kind);
	return add_part(m, s, address, first, kind) && add_part(m, s, last & ~PAGE_OFFSET, size - first, kind);
}

static bool resolve(struct mmu *m, uint64_t address, unsigned size, unsigned kind, struct span *s)
{
	unsigned what = kind & MMU_KIND;
	bool stores = what == MMU_WRITE || what == MMU_RMW;
	return find_parts(m, address, size, kind, s) && (!stores || unshare(m, s));
}

static void tell(struct mmu *m, uint64_t address, unsigned size, unsigned kind, const void *bytes)
{
	if (m->observer)
		m->observer(m->observer_arg, address, size, kind, bytes);
}

bool mmu_read(struct mmu *m, uint64_t address, unsigned size, unsigned kind, uint64_t *value)
{
	struct span s;
	uint8_t bytes[8];
	unsigned at = 0;
	if (!resolve(m, address, size, kind, &s))
		return false;
	memset(bytes, 0, sizeof bytes);
	for (unsigned i = 0; i < s.parts; at += s.size[i++]) {
		if (s.host[i])
			memcpy(bytes + at, s.host[i], s.size[i]);
		else
			memset(bytes + at, 0xff, s.size[i]);
	}
	memcpy(value, bytes, sizeof *value);
	tell(m, address, size, kind, NULL);
	return true;
}

static void store_part(struct mmu *m, const struct span *s, unsigned i, const uint8_t *bytes)
{
	if (!s->host[i])
		return; /* nothing answers there */
	memcpy(s->host[i], bytes, s->size[i]);
	if (phys_has_code(m->ram, s->physical[i]))
		m->ram->code_written(m->ram->code_written_arg, s->physical[i], s->size[i]);
}

bool mmu_write(struct mmu *m, uint64_t address, unsigned size, unsigned kind, uint64_t value)
{
	struct span s;
	uint8_t bytes[8];
	unsigned at = 0;
	if (!resolve(m, address, size, kind, &s))
		return false;
	memcpy(bytes, &value, sizeof bytes);
	for (unsigned i = 0; i < s.parts; at += s.size[i++])
		store_part(m, &s, i, bytes + at);
	tell(m, address, size, kind, bytes);
	return true;
}

bool mmu_probe(struct mmu *m, uint64_t address, unsigned size, unsigned kind)
{
	struct span s;
	return resolve(m, address, size, kind, &s);
}

bool mmu_fetch(struct mmu *m, uint64_t address, struct mmu_code *code)
{
	const struct tlb_entry *e = tlb_slot(m->tlb, address);
	if (e->fetch != (address & ~PAGE_OFFSET)) {
		if (m->context.long_mode && !mmu_canonical(m, address))
			return non_canonical(m, address);
		e = lookup(m, address, MMU_FETCH);
		if (!e)
			return false;
	}
	code->host = e->host ? e->host + (address & PAGE_OFFSET) : NULL;
	code->physical = e->physical | (address & PAGE_OFFSET);
	return true;
}

bool mmu_translate(const struct mmu *m, uint64_t address, uint64_t *physical)
{
	struct walk_request q = { .address = address, .look = true };
	struct walk w;
	struct mmu_fault unused;
	if (m->context.long_mode && !mmu_canonical(m, address))
		return false;
	if (!paging_walk(&m->context, m->ram, &q, &w, &unused))
		return false;
	*physical = w.physical | (address & PAGE_OFFSET);
	return true;
}
