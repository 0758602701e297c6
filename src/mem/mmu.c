/* mmu.c - the TLB and everything that is not an inline hit. */
#include "mem/mmu.h"

#include "cpu/state.h"
#include "mem/bytes.h"
#include "mem/paging.h"
#include "mem/walked.h"

bool mmu_init(struct mmu *m, struct phys *ram)
{
	*m = (struct mmu){ .ram = ram };
	for (unsigned i = 0; i < MMU_WINDOWS; i++)
		m->devices.page[i] = MMU_NO_WINDOW;
	if (!tlb_init(&m->tlb, ram->host))
		return false;
	mmu_select(m);
	return true;
}

void mmu_free(struct mmu *m)
{
	host_release(m->ram->host, m->walked);
	tlb_free(&m->tlb, m->ram->host);
}

bool mmu_tell_walks(struct mmu *m, mmu_walk_fn *tell, void *arg)
{
	m->walked = host_alloc(m->ram->host, sizeof *m->walked);
	m->tell_walk = tell;
	m->walk_arg = arg;
	return m->walked;
}

void mmu_select(struct mmu *m)
{
	m->set = tlb_set(&m->tlb, mmu_set_of_context(&m->context));
}

static uint32_t current_pcid(const struct mmu *m)
{
	return m->context.cr4 & CR4_PCIDE ? (uint32_t)(m->context.cr3 & CR3_PCID) : 0;
}

static void choose_space(struct mmu *m)
{
	tlb_choose(&m->tlb, current_pcid(m), m->context.pkru);
	mmu_select(m);
}

void mmu_follow(struct mmu *m)
{
	paging_prepare(&m->context);
	choose_space(m);
}

void mmu_new_keys(struct mmu *m, uint32_t pkru)
{
	m->context.pkru = pkru;
	choose_space(m);
}

/* ---- entries ---- */

/* Which accesses may be made inline: none that somebody watches, none that has to be checked. */
static void set_tags(struct mmu *m, struct tlb_entry *e, enum tlb_set set)
{
	bool data = e->host && !m->observer && set != TLB_USER_ALIGN;
	bool store = data && (e->rights & TLB_WRITE) && !phys_tells_stores(m->ram, e->physical) &&
	             phys_page_private(m->ram, e->physical);
	e->addend = (uint64_t)(uintptr_t)e->host - e->page;
	e->read = data && (e->rights & TLB_READ) ? e->page : TLB_NONE;
	e->write = store ? e->page : TLB_NONE;
	if (store)
		tlb_lets_stores(&m->tlb, e);
	e->fetch = e->host && (e->rights & TLB_FETCH) ? e->page : TLB_NONE;
}

static void new_epoch(struct mmu *m)
{
	m->key += 1ull << MMU_MODE_BITS;
	memset(m->fetched, 0, sizeof m->fetched);
}

void mmu_flush(struct mmu *m, bool global)
{
	new_epoch(m);
	if (m->walked && global)
		walked_forget_all(m->walked);
	else if (m->walked)
		walked_forget_plain(m->walked);
	tlb_flush(&m->tlb, TLB_EVERY_PCID, global ? TLB_TAKE_ALL : TLB_TAKE_PLAIN);
}

static void forget_pcid(struct mmu *m, uint32_t pcid)
{
	if (m->walked)
		walked_forget_pcid(m->walked, pcid);
	tlb_flush(&m->tlb, pcid, TLB_TAKE_PLAIN);
}

void mmu_flush_pcid(struct mmu *m, uint32_t pcid)
{
	if (pcid == current_pcid(m))
		new_epoch(m);
	forget_pcid(m, pcid);
}

void mmu_new_root(struct mmu *m, uint64_t cr3, bool keep)
{
	m->context.cr3 = cr3;
	if (!keep)
		forget_pcid(m, current_pcid(m));
	new_epoch(m); /* flush or not, links lead where the old root led */
	if (m->context.cr4 & CR4_PCIDE)
		choose_space(m);
}

/* Links are a cache of fetches: those into the page go as well, and with them all others. */
static void drop_links(struct mmu *m, uint64_t address)
{
	bool fetched = tlb_filter_has(m->fetched, MMU_FETCHED_WORDS, address, PAGE_SHIFT);
	for (size_t i = 0; i < TLB_LARGE_SIZES; i++)
		fetched |= tlb_filter_has(m->fetched, MMU_FETCHED_WORDS, address, tlb_large_shifts[i]);
	if (fetched)
		new_epoch(m);
}

static void note_fetch(struct mmu *m, const struct tlb_entry *e)
{
	tlb_filter_add(m->fetched, MMU_FETCHED_WORDS, e->page, PAGE_SHIFT);
	if (e->shift > PAGE_SHIFT)
		tlb_filter_add(m->fetched, MMU_FETCHED_WORDS, e->page, e->shift);
}

void mmu_flush_page(struct mmu *m, uint64_t address)
{
	drop_links(m, address);
	if (m->walked) {
		walked_forget_page(m->walked, current_pcid(m), address);
		walked_forget_page(m->walked, WALKED_GLOBAL, address);
	}
	tlb_flush_page(&m->tlb, current_pcid(m), TLB_TAKE_ALL, TLB_TAKE_GLOBAL, address);
}

void mmu_flush_page_of(struct mmu *m, uint32_t pcid, uint64_t address)
{
	if (pcid == current_pcid(m))
		drop_links(m, address);
	if (m->walked)
		walked_forget_page(m->walked, pcid, address);
	tlb_flush_page(&m->tlb, pcid, TLB_TAKE_PLAIN, TLB_TAKE_NONE, address);
}

static void refresh(void *arg, struct tlb_entry *e, enum tlb_set set)
{
	struct mmu *m = arg;
	if (e->host)
		e->host = phys_page_read(m->ram, e->physical);
	set_tags(m, e, set);
}

void mmu_refresh(struct mmu *m)
{
	m->generation = m->ram->generation;
	tlb_each(&m->tlb, refresh, m);
}

void mmu_bring_back(struct mmu *m, const struct tlb_image *image)
{
	tlb_bring_back(&m->tlb, image);
	mmu_select(m);
	mmu_refresh(m);
}

static void refresh_moved(void *arg, struct tlb_entry *e, enum tlb_set set)
{
	const struct mmu *m = arg;
	if (e->physical == m->ram->moved)
		refresh(arg, e, set);
}

/* Pages got other host addresses since the last look: a store unshared them. Mostly it was one. */
static void follow_ram(struct mmu *m)
{
	if (m->generation == m->ram->generation)
		return;
	if (m->generation + 1 != m->ram->generation) {
		mmu_refresh(m);
		return;
	}
	m->generation = m->ram->generation;
	tlb_each(&m->tlb, refresh_moved, m);
}

void mmu_watch_stores(struct mmu *m, uint64_t physical)
{
	tlb_stop_stores(&m->tlb, physical & ~PAGE_OFFSET);
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

/* The TLB goes with what is forgotten, or the walks that it saves would depend on what it happens to hold. */
static __attribute__((noinline)) void note_walk(struct mmu *m, uint64_t address, const struct walk *w)
{
	unsigned pcid = w->global ? WALKED_GLOBAL : current_pcid(m);
	if (!w->levels || walked_knows(m->walked, pcid, address, w->shift))
		return;
	if (walked_is_full(m->walked))
		mmu_flush(m, true);
	walked_add(m->walked, pcid, address, w->shift);
	m->tell_walk(m->walk_arg, w->levels);
}

static bool is_device(const struct mmu *m, uint64_t pa)
{
	pa &= ~PAGE_OFFSET;
	return pa == m->devices.page[0] || pa == m->devices.page[1];
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
	if (!mapped) {
		if (m->fault.kind == MMU_FAULT_PAGE)
			mmu_flush_page(m, address); /* a page fault does [SDM vol. 3, 4.10.4.1] */
		return false;
	}
	uint8_t *host = NULL;
	bool ram = phys_is_ram(m->ram, w.physical) && !is_device(m, w.physical);
	if (ram && !(host = phys_page_read(m->ram, w.physical))) {
		tlb_drop(&m->tlb, e);
		m->fault.kind = MMU_FAULT_NO_MEMORY;
		return false;
	}
	if (m->walked)
		note_walk(m, address, &w);
	e->page = address & ~PAGE_OFFSET;
	e->physical = w.physical;
	e->rights = w.rights & ~(w.dirty ? 0u : TLB_WRITE); /* the first write has to set Dirty */
	e->rights |= w.global ? TLB_GLOBAL : 0;
	e->shift = w.shift;
	e->host = host;
	set_tags(m, e, set);
	tlb_filled(&m->tlb, e);
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
	enum tlb_set set = mmu_set_of(m, kind);
	struct tlb_entry *e = tlb_slot(tlb_set(&m->tlb, set), address);
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

static bool misaligned(const struct mmu *m, uint64_t address, unsigned align, unsigned kind)
{
	return m->context.check_alignment && (kind & ~(unsigned)MMU_KIND) == 0 && (address & (align - 1));
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

/* Outside 64-bit mode the byte behind FFFFFFFFh is byte 0 (PT-27); what the CPU itself accesses with LMA = 1 may lie
 * higher. */
static bool wraps_here(const struct mmu *m, uint64_t address, unsigned kind)
{
	return address <= UINT32_MAX && (!m->context.long_mode || (m->context.wraps && !(kind & MMU_OF_CPU)));
}

/* Both pages before a byte moves; a fault on the second reports its first byte (PT-08). What begins at a canonical
 * address is judged for alignment before its end is (measured on an Intel core). */
static bool find_parts(struct mmu *m, uint64_t address, unsigned size, unsigned align, unsigned kind, struct span *s)
{
	uint64_t last = address + size - 1;
	unsigned first = (unsigned)(PAGE_SIZE - (address & PAGE_OFFSET));
	s->parts = 0;
	if (wraps_here(m, address, kind))
		last = (uint32_t)last;
	if (m->context.long_mode && !mmu_canonical(m, address))
		return non_canonical(m, address);
	if (misaligned(m, address, align, kind)) {
		m->fault = (struct mmu_fault){ .kind = MMU_FAULT_ALIGNMENT, .address = address };
		return false;
	}
	if (m->context.long_mode && !mmu_canonical(m, last))
		return non_canonical(m, address);
	if (size <= first)
		return add_part(m, s, address, size, kind);
	return add_part(m, s, address, first, kind) && add_part(m, s, last & ~PAGE_OFFSET, size - first, kind);
}

/* Devices are asked only when nothing else can go wrong, and by an instruction that runs alone. */
static bool devices_wait(struct mmu *m, const struct span *s)
{
	if (!m->devices.wait)
		return false;
	for (unsigned i = 0; i < s->parts; i++) {
		if (s->host[i] || !is_device(m, s->physical[i]))
			continue;
		m->fault = (struct mmu_fault){ .kind = MMU_FAULT_DEVICE };
		return true;
	}
	return false;
}

static bool resolve(struct mmu *m, uint64_t address, unsigned size, unsigned align, unsigned kind, struct span *s)
{
	unsigned what = kind & MMU_KIND;
	bool stores = what == MMU_WRITE || what == MMU_RMW;
	return find_parts(m, address, size, align, kind, s) && (!stores || unshare(m, s)) && !devices_wait(m, s);
}

/* A device sees accesses of a power of two and at most 8 bytes, or single bytes. */
static unsigned device_step(unsigned size)
{
	return size & (size - 1) ? 1 : size > 8 ? 8 : size;
}

/* Where nobody answers all bits are ones. */
static void load_part(struct mmu *m, const struct span *s, unsigned i, uint8_t *bytes)
{
	const unsigned size = s->size[i], step = device_step(size);
	if (s->host[i]) {
		memcpy(bytes, s->host[i], size);
		return;
	}
	memset(bytes, 0xff, size);
	if (!is_device(m, s->physical[i]))
		return;
	for (unsigned at = 0; at < size; at += step) {
		uint64_t value = m->devices.read(m->devices.arg, s->physical[i] + at, step);
		memcpy(bytes + at, &value, step);
	}
}

static void store_to_device(struct mmu *m, uint64_t pa, unsigned size, const uint8_t *bytes)
{
	const unsigned step = device_step(size);
	for (unsigned at = 0; at < size; at += step) {
		uint64_t value = 0;
		memcpy(&value, bytes + at, step);
		m->devices.write(m->devices.arg, pa + at, step, value);
	}
}

static void tell(struct mmu *m, uint64_t address, unsigned size, unsigned kind, const void *bytes)
{
	if (m->observer)
		m->observer(m->observer_arg, address, size, kind, bytes);
}

bool mmu_read_bytes(struct mmu *m, uint64_t address, unsigned size, unsigned align, unsigned kind, void *bytes)
{
	struct span s;
	unsigned at = 0;
	if (!resolve(m, address, size, align, kind, &s))
		return false;
	for (unsigned i = 0; i < s.parts; at += s.size[i++])
		load_part(m, &s, i, (uint8_t *)bytes + at);
	tell(m, address, size, kind, NULL);
	return true;
}

bool mmu_read(struct mmu *m, uint64_t address, unsigned size, unsigned kind, uint64_t *value)
{
	uint64_t read = 0;
	if (!mmu_read_bytes(m, address, size, size, kind, &read))
		return false;
	*value = read;
	return true;
}

static void tell_code(struct mmu *m, uint64_t pa, size_t size)
{
	if (phys_tells_stores(m->ram, pa))
		m->ram->code_written(m->ram->code_written_arg, pa, size);
}

static void store_part(struct mmu *m, const struct span *s, unsigned i, const uint8_t *bytes)
{
	if (!s->host[i]) {
		if (is_device(m, s->physical[i]))
			store_to_device(m, s->physical[i], s->size[i], bytes);
		return;
	}
	memcpy(s->host[i], bytes, s->size[i]);
	tell_code(m, s->physical[i], s->size[i]);
}

/* Into one page that is in the TLB and private, with nobody to tell: a store to a page of code. */
static bool write_plain(struct mmu *m, uint64_t address, unsigned size, unsigned kind, uint64_t value)
{
	const struct tlb_entry *e = tlb_slot(tlb_set(&m->tlb, mmu_set_of(m, kind)), address);
	const bool hits = mmu_hits(e->page, address, size) && (e->rights & TLB_WRITE) && e->host;
	if (!hits || m->observer || misaligned(m, address, size, kind) || !phys_page_private(m->ram, e->physical))
		return false;
	host_store(mmu_host(e, address), size, value);
	tell_code(m, e->physical | (address & PAGE_OFFSET), size);
	return true;
}

bool mmu_write_bytes(struct mmu *m, uint64_t address, unsigned size, unsigned align, unsigned kind, const void *bytes)
{
	struct span s;
	unsigned at = 0;
	if (!resolve(m, address, size, align, kind, &s))
		return false;
	for (unsigned i = 0; i < s.parts; at += s.size[i++])
		store_part(m, &s, i, (const uint8_t *)bytes + at);
	tell(m, address, size, kind, bytes);
	return true;
}

bool mmu_write(struct mmu *m, uint64_t address, unsigned size, unsigned kind, uint64_t value)
{
	return write_plain(m, address, size, kind, value) || mmu_write_bytes(m, address, size, size, kind, &value);
}

bool mmu_probe(struct mmu *m, uint64_t address, unsigned size, unsigned kind)
{
	struct span s;
	return resolve(m, address, size, size, kind, &s);
}

bool mmu_fetch(struct mmu *m, uint64_t address, struct mmu_code *code)
{
	const struct tlb_entry *e = tlb_slot(m->set, address);
	if (e->fetch != (address & ~PAGE_OFFSET)) {
		if (m->context.long_mode && !mmu_canonical(m, address))
			return non_canonical(m, address);
		e = lookup(m, address, MMU_FETCH);
		if (!e)
			return false;
	}
	note_fetch(m, e);
	code->host = e->host ? e->host + (address & PAGE_OFFSET) : NULL;
	code->physical = e->physical | (address & PAGE_OFFSET);
	return true;
}

bool mmu_translate(const struct mmu *m, uint64_t address, uint64_t *physical)
{
	struct walk_request q = { .address = address, .look = true };
	struct walk w;
	struct mmu_fault unused;
	if (m->context.long_mode ? !mmu_canonical(m, address) : address > UINT32_MAX)
		return false;
	if (!paging_walk(&m->context, m->ram, &q, &w, &unused))
		return false;
	*physical = w.physical | (address & PAGE_OFFSET);
	return true;
}
