/* state_parts.c - processor, board, RAM and TLB as sections of a state file. */
#include <string.h>

#include "board/state_file.h"

/* ---- processor: the rows of state.def ---- */

static void *member(const struct cpu_state *st, const struct state_field *f)
{
	return (void *)((uintptr_t)st + f->offset);
}

static void put_segment(struct state_writer *w, const struct seg *s)
{
	state_put_number(w, s->sel, 2);
	state_put_number(w, s->attr, 2);
	state_put_number(w, s->limit, 4);
	state_put_number(w, s->base, 8);
}

static void put_field(struct state_writer *w, const struct cpu_state *st, const struct state_field *f)
{
	const struct table_register *table = member(st, f);
	state_put_text(w, f->name);
	state_put_number(w, f->kind, 1);
	if (f->kind == STATE_SEGMENT) {
		put_segment(w, member(st, f));
		return;
	}
	state_put_number(w, state_number(st, f), 8);
	if (f->kind == STATE_TABLE)
		state_put_number(w, table->limit, 8);
	if (f->kind == STATE_WIDE)
		state_put_number(w, state_number_high(st, f), 8);
}

void state_put_cpu(struct state_writer *w, const struct rs_snapshot *s)
{
	state_put_number(w, state_field_count, 2);
	for (size_t i = 0; i < state_field_count; i++)
		put_field(w, &s->st, &state_fields[i]);
}

/* What the hidden fields can be at most: the engine makes numbers of bits and places in tables of them. */
static uint64_t most_of(const struct state_field *f)
{
	static const struct {
		const char *name;
		uint64_t most;
	} small[] = { { "cpl", 3 },
		      { "cr8", 15 },
		      { "shadow", SHADOW_MOV_SS },
		      { "nmi_blocked", 1 },
		      { "halted", HALTED_MWAIT_MASKED },
		      { "pending", PENDING_NMI | PENDING_MACHINE_CHECK | PENDING_INIT | PENDING_SMI },
		      { "irq", IRQ_WAITS | 0xff } };
	for (size_t i = 0; i < sizeof small / sizeof *small; i++)
		if (!strcmp(small[i].name, f->name))
			return small[i].most;
	return f->kind == STATE_NUMBER && f->bits < 64 ? (1ull << f->bits) - 1 : UINT64_MAX;
}

static void get_segment(struct state_reader *r, struct seg *s)
{
	s->sel = (uint16_t)state_get_number(r, 2);
	s->attr = (uint16_t)state_get_number(r, 2);
	s->limit = (uint32_t)state_get_number(r, 4);
	s->base = state_get_number(r, 8);
}

static void get_value(struct state_reader *r, struct cpu_state *st, const struct state_field *f)
{
	struct table_register *table = member(st, f);
	if (f->kind == STATE_SEGMENT) {
		get_segment(r, member(st, f));
		return;
	}
	state_set_number(st, f, state_get_up_to(r, 8, most_of(f), f->name));
	if (f->kind == STATE_TABLE)
		table->limit = state_get_up_to(r, 8, UINT16_MAX, "a table's limit");
	if (f->kind == STATE_WIDE) {
		uint64_t high = state_get_up_to(r, 8, f->bits < 128 ? UINT16_MAX : UINT64_MAX, f->name);
		memcpy((char *)member(st, f) + sizeof high, &high, sizeof high);
	}
}

static void get_field(struct state_reader *r, struct cpu_state *st, const struct state_field *f)
{
	char name[32];
	state_get_text(r, name, sizeof name);
	uint64_t kind = state_get_number(r, 1);
	if (!r->failed && (strcmp(name, f->name) != 0 || kind != f->kind))
		state_refuse(r, "the field %s is missing, or another one stands in its place", f->name);
	if (!r->failed)
		get_value(r, st, f);
}

void state_get_cpu(struct state_reader *r, struct rs_snapshot *s)
{
	uint64_t count = state_get_number(r, 2);
	if (count != state_field_count)
		state_refuse(r, "%llu registers, and there are %zu", (unsigned long long)count, state_field_count);
	for (size_t i = 0; i < state_field_count && !r->failed; i++)
		get_field(r, &s->st, &state_fields[i]);
}

/* ---- board: the rows of board_fields.def ---- */

#define MAX(element) ((element)-1)

static const struct board_field {
	const char *name;
	size_t offset, width, count;
	uint64_t most;
} board_fields[] = {
#define FIELD(member, element, count, most)                                                                            \
	{ #member, offsetof(struct board_state, member), sizeof(element), count, most },
#include "board/board_fields.def"
#undef FIELD
};

enum { BOARD_FIELDS = sizeof board_fields / sizeof *board_fields };

#define FIELD(member, element, count, most) +sizeof(element) * (count)
_Static_assert(0
#include "board/board_fields.def"
		   == sizeof(struct board_state),
	       "each member of struct board_state has its row");
#undef FIELD

/* Elements are little-endian, as the host is. */
static void put_elements(struct state_writer *w, const struct board_state *b, const struct board_field *f)
{
	for (size_t i = 0; i < f->count; i++) {
		uint64_t value = 0;
		memcpy(&value, (const char *)b + f->offset + i * f->width, f->width);
		state_put_number(w, value, (unsigned)f->width);
	}
}

void state_put_board(struct state_writer *w, const struct rs_snapshot *s)
{
	state_put_number(w, BOARD_FIELDS, 2);
	for (size_t i = 0; i < BOARD_FIELDS; i++) {
		state_put_text(w, board_fields[i].name);
		state_put_number(w, board_fields[i].width, 1);
		state_put_number(w, board_fields[i].count, 2);
		put_elements(w, &s->board, &board_fields[i]);
	}
}

static void get_elements(struct state_reader *r, struct board_state *b, const struct board_field *f)
{
	char name[40];
	state_get_text(r, name, sizeof name);
	uint64_t width = state_get_number(r, 1), count = state_get_number(r, 2);
	if (!r->failed && (strcmp(name, f->name) != 0 || width != f->width || count != f->count))
		state_refuse(r, "the field %s is missing, or another one stands in its place", f->name);
	for (size_t i = 0; i < f->count && !r->failed; i++) {
		uint64_t value = state_get_up_to(r, (unsigned)width, f->most, f->name);
		memcpy((char *)b + f->offset + i * width, &value, width);
	}
}

/* A counter that repeats counts from what it was loaded with down to 1; it would never be through with less. */
static void check_counter(struct state_reader *r, const struct pit_counter *c)
{
	bool repeats = c->control & 4; /* modes 2 and 3 [8254 data sheet, control word format] */
	if (repeats && c->running && (c->loaded < 2 || !c->left || c->left > c->loaded))
		state_refuse(r, "a counter of the 8254 is at %u of %u", (unsigned)c->left, (unsigned)c->loaded);
}

/* What no device comes to, and what would lead it out of its tables or round for ever. */
static void check_board(struct state_reader *r, const struct rs_snapshot *s)
{
	const struct board_state *b = &s->board;
	for (unsigned i = 0; i < PIT_COUNTERS; i++)
		check_counter(r, &b->pit.counter[i]);
}

void state_get_board(struct state_reader *r, struct rs_snapshot *s)
{
	uint64_t count = state_get_number(r, 2);
	if (count != BOARD_FIELDS)
		state_refuse(r, "%llu fields, and there are %d", (unsigned long long)count, BOARD_FIELDS);
	for (size_t i = 0; i < BOARD_FIELDS && !r->failed; i++)
		get_elements(r, &s->board, &board_fields[i]);
	check_board(r, s);
}

/* ---- RAM: the pages that are not zero ---- */

static bool is_zero(const struct page *page)
{
	return !page->data[0] && !memcmp(page->data, page->data + 1, PAGE_SIZE - 1);
}

typedef void page_fn(struct state_writer *w, uint64_t number, const struct page *page);

static uint64_t each_page(struct state_writer *w, const struct rs_machine *m, const struct rs_snapshot *s,
			  page_fn *each)
{
	uint64_t count = 0;
	for (size_t i = 0; i < m->ram.chunk_count; i++)
		for (size_t k = 0; s->ram[i] && k < CHUNK_PAGES; k++) {
			const struct page *page = s->ram[i]->page[k];
			if (!page || is_zero(page))
				continue;
			if (each)
				each(w, i * CHUNK_PAGES + k, page);
			count++;
		}
	return count;
}

static void put_page(struct state_writer *w, uint64_t number, const struct page *page)
{
	state_put_number(w, number, 8);
	state_put(w, page->data, PAGE_SIZE);
}

void state_put_memory(struct state_writer *w, const struct rs_machine *m, const struct rs_snapshot *s)
{
	state_put_number(w, each_page(w, m, s, NULL), 8);
	each_page(w, m, s, put_page);
}

static void get_page(struct state_reader *r, struct rs_machine *m, uint64_t number)
{
	uint8_t *page = phys_page_write(&m->ram, number << PAGE_SHIFT);
	if (page)
		state_get(r, page, PAGE_SIZE);
	else
		state_no_memory(r);
}

void state_get_memory(struct state_reader *r, struct rs_machine *m)
{
	uint64_t pages = m->ram.bytes >> PAGE_SHIFT, next = 0;
	uint64_t count = state_get_up_to(r, 8, pages, "the number of pages");
	for (uint64_t i = 0; i < count && !r->failed; i++) {
		uint64_t number = state_get_up_to(r, 8, pages - 1, "a page's number");
		if (number < next)
			state_refuse(r, "page %llu behind page %llu", (unsigned long long)number,
				     (unsigned long long)next - 1);
		if (!r->failed)
			get_page(r, m, number);
		next = number + 1;
	}
}

/* ---- TLB ---- */

static void put_tlb_entry(struct state_writer *w, const struct tlb_image_entry *e)
{
	state_put_number(w, e->space, 1);
	state_put_number(w, e->slot, 2);
	state_put_number(w, e->rights, 1);
	state_put_number(w, e->shift, 1);
	state_put_number(w, e->ram, 1);
	state_put_number(w, e->page, 8);
	state_put_number(w, e->physical, 8);
}

enum { TLB_ENTRY_BYTES = 22 };

void state_put_tlb(struct state_writer *w, const struct rs_snapshot *s)
{
	const struct tlb_image *t = s->tlb;
	state_put_number(w, t->open, 1);
	state_put_number(w, t->current, 1);
	state_put_number(w, t->clock, 8);
	for (size_t i = 0; i < t->open; i++) {
		state_put_number(w, t->space[i].pcid, 2);
		state_put_number(w, t->space[i].pkru, 4);
		state_put_number(w, t->space[i].chosen, 8);
	}
	state_put_number(w, t->count, 4);
	for (size_t i = 0; i < t->count; i++)
		put_tlb_entry(w, &t->entry[i]);
}

static bool is_page_size(unsigned shift)
{
	for (size_t i = 0; i < TLB_LARGE_SIZES; i++)
		if (shift == tlb_large_shifts[i])
			return true;
	return shift == PAGE_SHIFT;
}

/* Where its page belongs; and RAM that is there. */
static void check_tlb_entry(struct state_reader *r, struct rs_machine *m, const struct tlb_image_entry *e)
{
	bool placed = e->slot % TLB_ENTRIES == tlb_index(e->page) && is_page_size(e->shift);
	if (!placed || (e->page | e->physical) & PAGE_OFFSET)
		state_refuse(r, "an entry for %016llx in slot %u", (unsigned long long)e->page, (unsigned)e->slot);
	else if (e->ram && !phys_is_ram(&m->ram, e->physical))
		state_refuse(r, "an entry for %016llx, which is no RAM", (unsigned long long)e->physical);
	else if (e->ram && !phys_page_read(&m->ram, e->physical))
		state_no_memory(r);
}

static struct tlb_image_entry get_tlb_entry(struct state_reader *r, size_t open)
{
	struct tlb_image_entry e;
	e.space = (uint16_t)state_get_up_to(r, 1, open - 1, "an entry's space");
	e.slot = (uint16_t)state_get_up_to(r, 2, TLB_SLOTS - 1, "an entry's slot");
	e.rights = (uint8_t)state_get_up_to(r, 1, TLB_READ | TLB_WRITE | TLB_FETCH | TLB_GLOBAL, "rights");
	e.shift = (uint8_t)state_get_number(r, 1);
	e.ram = state_get_up_to(r, 1, 1, "a switch");
	e.page = state_get_number(r, 8);
	e.physical = state_get_number(r, 8);
	return e;
}

/* No slot twice. */
static void get_tlb_entries(struct state_reader *r, struct rs_machine *m, struct tlb_image *t)
{
	uint64_t taken[TLB_SPACES * TLB_SLOTS / 64] = { 0 };
	for (size_t i = 0; i < t->count && !r->failed; i++) {
		struct tlb_image_entry e = get_tlb_entry(r, t->open);
		size_t bit = (size_t)e.space * TLB_SLOTS + e.slot;
		if (!r->failed && taken[bit / 64] >> bit % 64 & 1)
			state_refuse(r, "slot %u twice", (unsigned)e.slot);
		if (!r->failed)
			check_tlb_entry(r, m, &e);
		taken[bit / 64] |= 1ull << bit % 64;
		t->entry[i] = e;
	}
}

/* All but the entries; their number. */
static size_t get_tlb_head(struct state_reader *r, struct tlb_image *t)
{
	t->open = (size_t)state_get_up_to(r, 1, TLB_SPACES, "the number of spaces");
	if (!t->open)
		state_refuse(r, "no space");
	t->current = (size_t)state_get_up_to(r, 1, t->open ? t->open - 1 : 0, "the current space");
	t->clock = state_get_number(r, 8);
	for (size_t i = 0; i < t->open; i++) {
		t->space[i].pcid = (uint32_t)state_get_up_to(r, 2, CR3_PCID, "a PCID");
		t->space[i].pkru = (uint32_t)state_get_number(r, 4);
		t->space[i].chosen = state_get_number(r, 8);
	}
	return (size_t)state_get_up_to(r, 4, state_left(r) / TLB_ENTRY_BYTES, "the number of entries");
}

void state_get_tlb(struct state_reader *r, struct rs_machine *m, struct rs_snapshot *s)
{
	struct tlb_image head = { .count = 0 };
	size_t count = get_tlb_head(r, &head);
	if (r->failed)
		return;
	s->tlb = host_alloc(&m->host, sizeof *s->tlb + count * sizeof *s->tlb->entry);
	if (!s->tlb) {
		state_no_memory(r);
		return;
	}
	*s->tlb = head;
	s->tlb->count = count;
	get_tlb_entries(r, m, s->tlb);
}

/* ---- pages that have been walked to: with a cycle model only ---- */

static uint64_t count_lives(const struct walked *walked)
{
	uint64_t count = 0;
	for (unsigned i = 0; i <= WALKED_PCIDS; i++)
		count += walked->life[i] != 0;
	return count;
}

void state_put_walked(struct state_writer *w, const struct rs_snapshot *s)
{
	const struct walked *walked = s->walked;
	if (!walked)
		return;
	state_put_number(w, walked->lives, 8);
	state_put_number(w, count_lives(walked), 2);
	for (unsigned i = 0; i <= WALKED_PCIDS; i++)
		if (walked->life[i]) {
			state_put_number(w, i, 2);
			state_put_number(w, walked->life[i], 8);
		}
	state_put_number(w, walked->used, 2);
	for (unsigned i = 0; i < WALKED_SLOTS; i++)
		if (walked->page[i].life) {
			state_put_number(w, i, 2);
			state_put_number(w, walked->page[i].key, 8);
			state_put_number(w, walked->page[i].life, 8);
		}
}

static void get_walked_page(struct state_reader *r, struct walked *w)
{
	struct walked_page *page = &w->page[state_get_up_to(r, 2, WALKED_SLOTS - 1, "a slot")];
	if (page->life)
		state_refuse(r, "a slot twice");
	page->key = state_get_number(r, 8);
	page->life = state_get_number(r, 8);
	if (!page->life)
		state_refuse(r, "a page that was never known");
}

static void get_walked(struct state_reader *r, struct walked *w)
{
	w->lives = state_get_number(r, 8);
	uint64_t lives = state_get_up_to(r, 2, WALKED_PCIDS + 1, "the number of lives");
	for (uint64_t i = 0; i < lives && !r->failed; i++) {
		uint64_t pcid = state_get_up_to(r, 2, WALKED_PCIDS, "a PCID");
		w->life[pcid] = state_get_number(r, 8);
	}
	w->used = (unsigned)state_get_up_to(r, 2, WALKED_PAGES, "the number of pages");
	for (unsigned i = 0; i < w->used && !r->failed; i++)
		get_walked_page(r, w);
}

void state_get_walked(struct state_reader *r, struct rs_machine *m, struct rs_snapshot *s)
{
	if (!m->cpu[0].mmu.walked || r->failed)
		return;
	s->walked = host_alloc(&m->host, sizeof *s->walked);
	if (s->walked)
		get_walked(r, s->walked);
	else
		state_no_memory(r);
}
