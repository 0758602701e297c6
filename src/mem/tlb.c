/* tlb.c - spaces, and what a flush takes out of them. */
#include "mem/tlb.h"

#include <string.h>

static const struct tlb_entry empty = { .read = TLB_NONE, .write = TLB_NONE, .fetch = TLB_NONE, .page = TLB_NONE };

/* ---- subsets ---- */

static void add(struct tlb_subset *s, size_t i)
{
	s->word[i / 64] |= 1ull << i % 64;
	s->words |= 1ull << i / 64;
}

static void take_out(struct tlb_subset *s, size_t i)
{
	s->word[i / 64] &= ~(1ull << i % 64);
	if (!s->word[i / 64])
		s->words &= ~(1ull << i / 64);
}

/* Whether the entry goes; `arg` is the visitor's. */
typedef bool visit_fn(void *arg, struct tlb_space *s, struct tlb_entry *e);

static void visit_word(struct tlb_space *s, struct tlb_subset *in, size_t w, visit_fn *visit, void *arg)
{
	for (uint64_t left = in->word[w]; left; left &= left - 1) {
		size_t i = w * 64 + (unsigned)__builtin_ctzll(left);
		if (!visit(arg, s, &s->entry[i]))
			continue;
		s->entry[i] = empty;
		take_out(in, i);
	}
}

static void visit_all(struct tlb_space *s, struct tlb_subset *in, visit_fn *visit, void *arg)
{
	for (uint64_t left = in->words; left; left &= left - 1)
		visit_word(s, in, (unsigned)__builtin_ctzll(left), visit, arg);
}

/* ---- the filter of large pages ---- */

const uint8_t tlb_large_shifts[TLB_LARGE_SIZES] = { 21, 22, 30 };

static void filter_add(struct tlb_space *s, const struct tlb_entry *e)
{
	if (e->shift == PAGE_SHIFT)
		return;
	tlb_filter_add(s->large, TLB_FILTER_WORDS, e->page, e->shift);
	s->large_shifts |= 1ull << e->shift;
}

static void filter_clear(struct tlb_space *s)
{
	memset(s->large, 0, sizeof s->large);
	s->large_shifts = 0;
}

static void filter_clear_if_empty(struct tlb_space *s)
{
	if (!s->plain.words && !s->global.words)
		filter_clear(s);
}

/* ---- life ---- */

/* Host memory begins as zeroes that cost nothing; a space that nobody enters stays so. */
static void open_space(struct tlb_space *s)
{
	for (size_t i = 0; i < TLB_SLOTS; i++)
		s->entry[i] = empty;
}

bool tlb_init(struct tlb *t, const struct rs_host *host)
{
	*t = (struct tlb){ .memory = host_alloc(host, sizeof *t->space * TLB_SPACES + TLB_LINE) };
	if (!t->memory)
		return false;
	t->space = (struct tlb_space *)(((uintptr_t)t->memory + TLB_LINE - 1) & ~(uintptr_t)(TLB_LINE - 1));
	tlb_choose(t, 0, 0);
	return true;
}

void tlb_free(struct tlb *t, const struct rs_host *host)
{
	host_release(host, t->memory);
}

/* ---- spaces ---- */

static bool goes(void *unused, struct tlb_space *s, struct tlb_entry *e)
{
	(void)unused;
	(void)s;
	(void)e;
	return true;
}

static void flush_space(struct tlb_space *s, enum tlb_extent extent)
{
	if (extent & TLB_TAKE_PLAIN)
		visit_all(s, &s->plain, goes, NULL);
	if (extent & TLB_TAKE_GLOBAL)
		visit_all(s, &s->global, goes, NULL);
	filter_clear_if_empty(s);
}

static struct tlb_space *left_longest_ago(struct tlb *t)
{
	struct tlb_space *oldest = t->space;
	for (size_t i = 1; i < t->open; i++)
		if (t->space[i].chosen < oldest->chosen)
			oldest = &t->space[i];
	return oldest;
}

/* A new one while there are any; else one that is emptied. */
static struct tlb_space *take_space(struct tlb *t)
{
	struct tlb_space *s;
	if (t->open < TLB_SPACES) {
		s = &t->space[t->open++];
		open_space(s);
	} else {
		s = left_longest_ago(t);
		flush_space(s, TLB_TAKE_ALL);
	}
	return s;
}

static struct tlb_space *find(struct tlb *t, uint32_t pcid, uint32_t pkru)
{
	for (size_t i = 0; i < t->open; i++) {
		struct tlb_space *s = &t->space[i];
		if (s->pcid == pcid && s->pkru == pkru)
			return s;
	}
	return NULL;
}

void tlb_choose(struct tlb *t, uint32_t pcid, uint32_t pkru)
{
	struct tlb_space *s = find(t, pcid, pkru);
	if (!s) {
		s = take_space(t);
		s->pcid = pcid;
		s->pkru = pkru;
	}
	s->chosen = ++t->clock;
	t->current = s;
}

/* ---- entries ---- */

void tlb_filled(struct tlb *t, const struct tlb_entry *e)
{
	struct tlb_space *s = t->current;
	size_t i = (size_t)(e - s->entry);
	bool global = e->rights & TLB_GLOBAL;
	add(global ? &s->global : &s->plain, i);
	take_out(global ? &s->plain : &s->global, i);
	filter_add(s, e);
}

void tlb_drop(struct tlb *t, struct tlb_entry *e)
{
	struct tlb_space *s = t->current;
	size_t i = (size_t)(e - s->entry);
	take_out(&s->plain, i);
	take_out(&s->global, i);
	*e = empty;
}

/* ---- flushes ---- */

static bool concerns(const struct tlb_space *s, uint32_t pcid)
{
	return pcid == TLB_EVERY_PCID || s->pcid == pcid;
}

void tlb_flush(struct tlb *t, uint32_t pcid, enum tlb_extent extent)
{
	for (size_t i = 0; i < t->open; i++)
		if (concerns(&t->space[i], pcid))
			flush_space(&t->space[i], extent);
}

/* A large page, and what of it goes. */
struct region {
	uint64_t number;
	unsigned shift;
	enum tlb_extent extent;
};

static bool is_taken(const struct tlb_entry *e, enum tlb_extent extent)
{
	return extent & (e->rights & TLB_GLOBAL ? TLB_TAKE_GLOBAL : TLB_TAKE_PLAIN);
}

/* Puts those that stay into the filter again, which is empty when the visit begins. */
static bool lies_in(void *arg, struct tlb_space *s, struct tlb_entry *e)
{
	const struct region *r = arg;
	if (e->shift == r->shift && e->page >> r->shift == r->number && is_taken(e, r->extent))
		return true;
	filter_add(s, e);
	return false;
}

/* An entry is a 4-KiB slice: the others of its large page go as well [SDM vol. 3, 4.10.4.1]. */
static void drop_region(struct tlb_space *s, struct region r)
{
	filter_clear(s);
	visit_all(s, &s->plain, lies_in, &r);
	visit_all(s, &s->global, lies_in, &r);
}

static void drop_slice(struct tlb_space *s, size_t set, enum tlb_extent extent, uint64_t address)
{
	struct tlb_entry *e = tlb_slot(s->entry + set * TLB_ENTRIES, address);
	size_t i = (size_t)(e - s->entry);
	if (e->page != (address & ~PAGE_OFFSET) || !is_taken(e, extent))
		return;
	take_out(e->rights & TLB_GLOBAL ? &s->global : &s->plain, i);
	*e = empty;
}

void tlb_flush_page(struct tlb *t, uint32_t pcid, enum tlb_extent here, enum tlb_extent elsewhere, uint64_t address)
{
	for (size_t i = 0; i < t->open; i++) {
		struct tlb_space *s = &t->space[i];
		enum tlb_extent extent = s->pcid == pcid ? here : elsewhere;
		if (extent == TLB_TAKE_NONE)
			continue;
		for (size_t set = 0; set < TLB_SETS; set++)
			drop_slice(s, set, extent, address);
		for (uint64_t left = s->large_shifts; left; left &= left - 1) {
			unsigned shift = (unsigned)__builtin_ctzll(left);
			if (tlb_filter_has(s->large, TLB_FILTER_WORDS, address, shift))
				drop_region(s, (struct region){ address >> shift, shift, extent });
		}
	}
}

/* ---- stores that somebody has to see ---- */

static uint32_t frame_of(uint64_t physical)
{
	return (uint32_t)(physical >> PAGE_SHIFT);
}

void tlb_lets_stores(struct tlb *t, const struct tlb_entry *e)
{
	size_t space = (size_t)((uintptr_t)e - (uintptr_t)t->space) / sizeof *t->space;
	struct tlb_space *s = &t->space[space];
	s->stored[e - s->entry] = frame_of(e->physical);
}

/* Frames are compared a run at a time, many words at once; most pages are in no run. */
enum { STORED_RUN = 64 };

static bool run_has(const uint32_t *stored, uint32_t frame)
{
	uint32_t found = 0;
	for (size_t i = 0; i < STORED_RUN; i++)
		found |= stored[i] == frame;
	return found;
}

static void stop_in_run(struct tlb_space *s, size_t first, uint64_t physical)
{
	for (size_t i = first; i < first + STORED_RUN; i++)
		if (s->entry[i].physical == physical)
			s->entry[i].write = TLB_NONE;
}

void tlb_stop_stores(struct tlb *t, uint64_t physical)
{
	for (size_t k = 0; k < t->open; k++) {
		struct tlb_space *s = &t->space[k];
		for (size_t i = 0; i < TLB_SLOTS; i += STORED_RUN)
			if (run_has(s->stored + i, frame_of(physical)))
				stop_in_run(s, i, physical);
	}
}

/* ---- all ---- */

struct visitor {
	void (*visit)(void *arg, struct tlb_entry *e, enum tlb_set set);
	void *arg;
};

static bool shown(void *arg, struct tlb_space *s, struct tlb_entry *e)
{
	const struct visitor *v = arg;
	v->visit(v->arg, e, tlb_set_of(s, e));
	return false;
}

void tlb_each(struct tlb *t, void (*visit)(void *arg, struct tlb_entry *e, enum tlb_set set), void *arg)
{
	struct visitor v = { visit, arg };
	for (size_t i = 0; i < t->open; i++) {
		visit_all(&t->space[i], &t->space[i].plain, shown, &v);
		visit_all(&t->space[i], &t->space[i].global, shown, &v);
	}
}

/* ---- images ---- */

static void count_entry(void *arg, struct tlb_entry *e, enum tlb_set set)
{
	(void)e, (void)set;
	++*(size_t *)arg;
}

struct drawing {
	struct tlb *tlb;
	struct tlb_image *image;
};

static void draw_entry(void *arg, struct tlb_entry *e, enum tlb_set set)
{
	const struct drawing *d = arg;
	size_t space = (size_t)((uintptr_t)e - (uintptr_t)d->tlb->space) / sizeof *d->tlb->space;
	(void)set;
	d->image->entry[d->image->count++] = (struct tlb_image_entry){
		.page = e->page,
		.physical = e->physical,
		.space = (uint16_t)space,
		.slot = (uint16_t)(e - d->tlb->space[space].entry),
		.rights = (uint8_t)e->rights,
		.shift = (uint8_t)e->shift,
		.ram = e->host,
	};
}

struct tlb_image *tlb_keep(struct tlb *t, const struct rs_host *host)
{
	size_t count = 0;
	tlb_each(t, count_entry, &count);
	struct tlb_image *i = host_alloc(host, sizeof *i + count * sizeof *i->entry);
	if (!i)
		return NULL;
	i->open = t->open;
	i->current = (size_t)(t->current - t->space);
	i->clock = t->clock;
	for (size_t k = 0; k < t->open; k++) {
		const struct tlb_space *s = &t->space[k];
		i->space[k] = (struct tlb_image_space){ s->pcid, s->pkru, s->chosen };
	}
	tlb_each(t, draw_entry, &(struct drawing){ t, i });
	return i;
}

static void bring_back_entry(struct tlb *t, const struct tlb_image_entry *from)
{
	struct tlb_space *s = &t->space[from->space];
	struct tlb_entry *e = &s->entry[from->slot];
	*e = empty;
	e->page = from->page;
	e->physical = from->physical;
	e->rights = from->rights;
	e->shift = from->shift;
	e->host = from->ram ? (uint8_t *)t->memory : NULL;
	add(e->rights & TLB_GLOBAL ? &s->global : &s->plain, from->slot);
	filter_add(s, e);
}

void tlb_bring_back(struct tlb *t, const struct tlb_image *i)
{
	tlb_flush(t, TLB_EVERY_PCID, TLB_TAKE_ALL);
	while (t->open < i->open)
		open_space(&t->space[t->open++]);
	t->open = i->open;
	for (size_t k = 0; k < i->open; k++) {
		t->space[k].pcid = i->space[k].pcid;
		t->space[k].pkru = i->space[k].pkru;
		t->space[k].chosen = i->space[k].chosen;
	}
	t->current = &t->space[i->current];
	t->clock = i->clock;
	for (size_t k = 0; k < i->count; k++)
		bring_back_entry(t, &i->entry[k]);
}
