/* block.c - blocks live in an arena; when it is full, all go. Overwritten ones are marked and left where they are. */
#include "cpu/engine/block.h"

#include "cpu/engine/memo.h"
#include "cpu/isa/insn.h"
#include "cpu/monitor.h"
#include "host/host.h"

/* Both tables are zeroes of the host until they are used. */
enum { BUCKET_BITS = 17, BUCKETS = 1 << BUCKET_BITS, PIECE_BYTES = 256 << 10, PIECES = 1024 };

enum { LINE_SHIFT = 6 };

/* A page that blocks were made from. */
struct code_page {
	uint64_t physical;
	uint64_t lines; /* a bit for each 64 bytes in which a block has been made */
	struct block *first;
	unsigned idle; /* stores since the last block was dropped */
	struct code_page *next_in_bucket;
};

/* A page without blocks is data again after so many stores: not at once, for code that is rewritten over and over. */
enum { IDLE_STORES = 64 };

/* An immediate that was overwritten lately: programs that patch themselves do it at few places, again and again. Holds
 * while the blocks live and no other is made. */
enum { PATCH_POINTS = 16, PATCH_UOPS = 4 };

struct patch_point {
	uint64_t pa;
	size_t size;   /* of the store; 0: none */
	uint64_t insn; /* physical */
	struct decode_number immediate;
	unsigned count;
	struct {
		struct block *block;
		struct uop *uop; /* of the instruction in this block */
	} made[PATCH_UOPS];
};

struct block_cache {
	struct patch_point point[PATCH_POINTS];
	struct link recent[BLOCK_RECENT];
	struct block *bucket[BUCKETS];
	struct code_page *page[BUCKETS];
	uint8_t *piece[PIECES];      /* the arena, grown a piece at a time: a small guest stays small */
	size_t piece_count, current, used;
	uint64_t generation;         /* counts flushes */
	struct translation scratch;
	struct memo memo;
};

static size_t bucket_of(uint64_t physical, uint32_t mode)
{
	uint64_t h = (physical ^ (uint64_t)mode << 40) * 0x9e3779b97f4a7c15ull;
	return h >> (64 - BUCKET_BITS);
}

static size_t bucket_of_page(uint64_t physical)
{
	return ((physical >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ull) >> (64 - BUCKET_BITS);
}

static void forget_recent(struct block_cache *c)
{
	for (size_t i = 0; i < BLOCK_RECENT; i++)
		c->recent[i].key = LINK_FREE;
}

bool block_cache_init(struct cpu *cpu)
{
	cpu->blocks = host_alloc(cpu->mmu.ram->host, sizeof *cpu->blocks);
	if (!cpu->blocks)
		return false;
	cpu->memo = &cpu->blocks->memo;
	cpu->recent = cpu->blocks->recent;
	forget_recent(cpu->blocks);
	return true;
}

void block_cache_free(struct cpu *cpu)
{
	if (!cpu->blocks)
		return;
	for (size_t i = 0; i < cpu->blocks->piece_count; i++)
		host_release(cpu->mmu.ram->host, cpu->blocks->piece[i]);
	host_release(cpu->mmu.ram->host, cpu->blocks);
	cpu->blocks = NULL;
}

static void unmark_pages(struct cpu *cpu)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct code_page *p = cpu->blocks->page[i]; p; p = p->next_in_bucket)
			phys_mark_code(cpu->mmu.ram, p->physical, false);
}

void block_cache_flush(struct cpu *cpu)
{
	struct block_cache *c = cpu->blocks;
	unmark_pages(cpu);
	forget_recent(c);
	memset(c->point, 0, sizeof c->point);
	memset(c->bucket, 0, sizeof c->bucket);
	memset(c->page, 0, sizeof c->page);
	memset(&c->memo, 0, sizeof c->memo); /* the profile may answer otherwise by now */
	c->current = c->used = 0;
	c->generation++;
	mmu_refresh(&cpu->mmu);
}

/* ---- the arena ---- */

static bool add_piece(struct cpu *cpu)
{
	struct block_cache *c = cpu->blocks;
	if (c->piece_count == PIECES)
		return false;
	uint8_t *piece = host_alloc(cpu->mmu.ram->host, PIECE_BYTES);
	if (!piece)
		return false;
	c->piece[c->piece_count++] = piece;
	return true;
}

/* Makes sure that `bytes` can be taken one after the other; may drop every block. False only when there is no memory
 * for even one piece. */
static bool arena_reserve(struct cpu *cpu, size_t bytes)
{
	struct block_cache *c = cpu->blocks;
	if (c->piece_count && c->used + bytes > PIECE_BYTES) {
		c->current++;
		c->used = 0;
	}
	if (c->current == c->piece_count && !add_piece(cpu)) {
		if (!c->piece_count)
			return false;
		block_cache_flush(cpu);
	}
	return true;
}

static size_t arena_round(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

static void *arena_take(struct block_cache *c, size_t bytes)
{
	void *at = c->piece[c->current] + c->used;
	c->used += arena_round(bytes);
	return at;
}

/* ---- making ---- */

static struct code_page *find_page(const struct cpu *cpu, uint64_t physical)
{
	struct code_page *p = cpu->blocks->page[bucket_of_page(physical)];
	while (p && p->physical != (physical & ~PAGE_OFFSET))
		p = p->next_in_bucket;
	return p;
}

static struct code_page *add_page(struct cpu *cpu, uint64_t physical)
{
	struct code_page **head = &cpu->blocks->page[bucket_of_page(physical)];
	struct code_page *p = arena_take(cpu->blocks, sizeof *p);
	*p = (struct code_page){ .physical = physical & ~PAGE_OFFSET, .next_in_bucket = *head };
	*head = p;
	return p;
}

/* Stores to a marked page come to block_code_written. */
static void mark(struct cpu *cpu, uint64_t physical, bool code)
{
	if (!phys_is_ram(cpu->mmu.ram, physical) || phys_has_code(cpu->mmu.ram, physical) == code)
		return;
	phys_mark_code(cpu->mmu.ram, physical, code);
	if (code)
		mmu_watch_stores(&cpu->mmu, physical);
	else
		mmu_refresh(&cpu->mmu);
}

/* The lines that `size` bytes from `pa` on touch within their page. */
static uint64_t lines_of(uint64_t pa, size_t size)
{
	unsigned first = (unsigned)(pa & PAGE_OFFSET) >> LINE_SHIFT;
	unsigned last = (unsigned)((pa & PAGE_OFFSET) + size - 1) >> LINE_SHIFT;
	return ~0ull >> (63 - (last - first)) << first;
}

static void list_in_page(struct cpu *cpu, struct block *b)
{
	struct code_page *p = find_page(cpu, b->physical);
	if (!p)
		p = add_page(cpu, b->physical);
	b->next_in_page = p->first;
	p->first = b;
	p->lines |= lines_of(b->physical, b->watched);
	p->idle = 0;
	memset(cpu->blocks->point, 0, sizeof cpu->blocks->point);
	mark(cpu, b->physical, true);
}

static op_fn *end_of(const struct translation *t)
{
	unsigned traits = insn_rows[t->uop[t->count - 1].insn].traits;
	if (t->falls_through)
		return op_block_fall;
	return traits & I_LOADS_RF ? op_block_end_iret : op_block_end;
}

static void add_clock(struct block *b, const struct translation *t)
{
	b->first = b->uop[0].fn;
	b->uop[0].fn = op_timed;
	b->cost = t->start[t->count];
	memcpy(block_start(b), t->start, (t->count + 1u) * sizeof *t->start);
}

static void add_stop(struct block *b)
{
	if (!b->first)
		b->first = b->uop[0].fn;
	b->uop[0].fn = op_code_stop;
}

static void fill(struct block *b, const struct translation *t, uint32_t mode, bool timed)
{
	*b = (struct block){ .physical = t->physical, .second = t->second, .mode = mode, .count = t->count,
	                     .bytes = t->bytes, .watched = t->watched, .need = t->count, .crosses = t->crosses };
	memcpy(b->uop, t->uop, t->count * sizeof *t->uop);
	b->uop[t->count] = (struct uop){ .fn = end_of(t),
	                                 .off = (uint8_t)t->bytes, .index_n = (uint8_t)t->count };
	b->link[0].key = b->link[1].key = LINK_FREE;
	if (timed)
		add_clock(b, t);
}

static struct block *make(struct cpu *cpu)
{
	struct translation *t = &cpu->blocks->scratch;
	if (!translate(cpu, t))
		return NULL;
	const bool timed = cpu->costs;
	size_t bytes = sizeof(struct block) + (t->count + 1u) * (sizeof *t->uop + (timed ? sizeof *t->start : 0));
	if (!arena_reserve(cpu, arena_round(bytes) + arena_round(sizeof(struct code_page)))) {
		cpu_fault(cpu, FAULT_NO_MEMORY, NO_CODE, RULE_NONE);
		return NULL;
	}
	struct block *b = arena_take(cpu->blocks, bytes);
	fill(b, t, cpu->mode, timed);
	if (block_may_stop(cpu, b->physical))
		add_stop(b);
	if (t->crosses)
		return b; /* depends on two translations: made anew each time it is met */
	struct block **head = &cpu->blocks->bucket[bucket_of(b->physical, b->mode)];
	b->next_in_bucket = *head;
	*head = b;
	list_in_page(cpu, b);
	return b;
}

/* ---- finding ---- */

static bool inside_cs(const struct cpu *cpu, const struct block *b)
{
	return !(cpu->mode & MODE_CS_CHECKED) || cpu->st.rip + b->bytes - 1 <= cpu->st.seg[SEG_CS].limit;
}

static struct block *search(const struct cpu *cpu, uint64_t physical)
{
	struct block *b = cpu->blocks->bucket[bucket_of(physical, cpu->mode)];
	for (; b; b = b->next_in_bucket)
		if (b->physical == physical && b->mode == cpu->mode && block_is_live(b) && inside_cs(cpu, b))
			return b;
	return NULL;
}

/* A block that crosses pages is made anew each time; whether one lies inside CS must be asked each time. */
static bool is_linkable(const struct cpu *cpu, const struct block *b)
{
	return b && !b->crosses && !(cpu->mode & MODE_CS_CHECKED);
}

static struct link link_to(const struct cpu *cpu, struct block *b)
{
	return (struct link){ .rip = cpu->st.rip, .key = cpu->mmu.key, .to = b };
}

struct block *block_find(struct cpu *cpu)
{
	struct mmu_code code;
	struct link *recent = block_recent(cpu);
	if (link_fits(cpu, recent) && block_is_live(recent->to))
		return recent->to;
	if (!fetch_code(cpu, cpu->st.rip, &code))
		return NULL;
	struct block *b = search(cpu, code.physical);
	if (!b)
		b = make(cpu);
	if (is_linkable(cpu, b))
		*recent = link_to(cpu, b);
	return b;
}

static void remember(const struct cpu *cpu, struct block *from, struct block *to)
{
	from->link[from->victim] = link_to(cpu, to);
	from->victim ^= 1;
}

static bool led_here(const struct cpu *cpu, const struct link *l)
{
	return l->to && l->rip == cpu->st.rip && l->to->mode == cpu->mode && block_is_live(l->to);
}

/* An end that leads to many places is not worth a link that the next one takes away. */
void block_link_first(struct cpu *cpu, struct block *from, struct block *to)
{
	for (unsigned i = 0; i < 2; i++) {
		struct link *l = &from->link[i];
		if (l->key == cpu->mmu.key && block_is_live(l->to))
			continue;
		*l = link_to(cpu, to);
		return;
	}
}

/* Fetches only if a link leads here, as finding the block without one would. */
struct block *block_renew(struct cpu *cpu, struct block *from)
{
	struct mmu_code code = { 0 };
	bool fetched = false;
	for (unsigned i = 0; i < 2; i++) {
		struct link *l = &from->link[i];
		if (!led_here(cpu, l))
			continue;
		if (!fetched && !fetch_code(cpu, cpu->st.rip, &code))
			return NULL;
		fetched = true;
		if (code.physical != l->to->physical || !block_is_live(l->to))
			continue; /* the walk may have set an Accessed bit in the block's own page */
		l->key = cpu->mmu.key;
		return l->to;
	}
	return NULL;
}

struct block *block_follow(struct cpu *cpu, struct block *from)
{
	uint64_t generation = cpu->blocks->generation;
	for (unsigned i = 0; i < 2; i++)
		if (link_fits(cpu, &from->link[i]) && block_is_live(from->link[i].to))
			return from->link[i].to;
	struct block *to = block_renew(cpu, from);
	if (to)
		return to;
	to = block_find(cpu);
	if (is_linkable(cpu, to) && generation == cpu->blocks->generation)
		remember(cpu, from, to);
	return to;
}

/* ---- overwritten code ---- */

static void unlist(struct cpu *cpu, const struct block *b)
{
	struct block **at = &cpu->blocks->bucket[bucket_of(b->physical, b->mode)];
	while (*at && *at != b)
		at = &(*at)->next_in_bucket;
	if (*at)
		*at = b->next_in_bucket;
}

/* The chain may be inside this very block: its uops turn stale under it, and the next one comes back to the driver. The
 * block's end stays: behind the last instruction, state.rip is what that one has set. */
static void kill(struct cpu *cpu, struct block *b)
{
	unlist(cpu, b);
	b->need = BLOCK_DEAD;
	for (unsigned i = 0; i < b->count; i++)
		b->uop[i].fn = op_stale;
}

void block_leave(struct cpu *cpu, struct block *b)
{
	struct code_page *p = find_page(cpu, b->physical);
	struct block **at = p ? &p->first : NULL;
	if (!block_is_live(b))
		return;
	while (at && *at && *at != b)
		at = &(*at)->next_in_page;
	if (at && *at)
		*at = b->next_in_page;
	kill(cpu, b);
}

static bool overlaps(const struct block *b, uint64_t pa, size_t size)
{
	return pa < b->physical + b->watched && b->physical < pa + size;
}

static bool patch_uop(struct cpu *cpu, const struct block *b, struct uop *u, const struct window *w)
{
	if (!b->first || u != b->uop)
		return decode_again(cpu, w, u);
	op_fn *const entry = u->fn;
	u->fn = b->first;
	bool same = decode_again(cpu, w, u);
	u->fn = entry;
	return same;
}

/* Whether only numbers in the block's instructions have changed; then its uops have the new ones. */
static bool patch(struct cpu *cpu, struct block *b, uint64_t pa, size_t size)
{
	const uint8_t *page = phys_page_read(cpu->mmu.ram, b->physical);
	const bool beyond = b->watched > b->bytes && pa + size > b->physical + b->bytes;
	if (b->mode != cpu->mode || !page || beyond)
		return false;
	for (unsigned i = 0; i < b->count; i++) {
		struct uop *u = &b->uop[i];
		uint64_t at = b->physical + u->off;
		struct window w;
		if (at + u->len <= pa || pa + size <= at)
			continue;
		window_fill(&w, page + (at & PAGE_OFFSET), (unsigned)(PAGE_SIZE - (at & PAGE_OFFSET)));
		if (!patch_uop(cpu, b, u, &w))
			return false;
	}
	return true;
}

static struct patch_point *point_at(const struct cpu *cpu, uint64_t pa)
{
	return &cpu->blocks->point[(pa ^ pa >> 4) % PATCH_POINTS];
}

/* The place of the immediate if the store is to nothing else of the instruction at `at`. */
static bool stores_immediate(const struct cpu *cpu, uint64_t at, uint64_t pa, size_t size, struct decode_number *n)
{
	const uint8_t *page = phys_page_look(cpu->mmu.ram, at);
	const unsigned room = (unsigned)(PAGE_SIZE - (at & PAGE_OFFSET));
	struct window w;
	window_fill(&w, page + (at & PAGE_OFFSET), room);
	*n = decode_immediate(cpu, &w);
	return n->bytes && pa >= at + n->at && pa + size <= at + n->at + n->bytes;
}

/* Adds the uop of `b` that the store has patched; false: the store must be looked at each time. */
static bool note_uop(const struct cpu *cpu, struct block *b, struct patch_point *p)
{
	for (unsigned i = 0; i < b->count; i++) {
		struct uop *u = &b->uop[i];
		uint64_t at = b->physical + u->off;
		if (at + u->len <= p->pa || p->pa + p->size <= at)
			continue;
		bool first = p->count == 0;
		if (p->count == PATCH_UOPS || (!first && at != p->insn))
			return false;
		if (first && !stores_immediate(cpu, at, p->pa, p->size, &p->immediate))
			return false;
		p->insn = at;
		p->made[p->count].block = b;
		p->made[p->count++].uop = u;
	}
	return true;
}

static bool patch_again(const struct cpu *cpu, const struct patch_point *p)
{
	for (unsigned i = 0; i < p->count; i++)
		if (!block_is_live(p->made[i].block))
			return false;
	const uint8_t *insn = phys_page_look(cpu->mmu.ram, p->insn) + (p->insn & PAGE_OFFSET);
	for (unsigned i = 0; i < p->count; i++)
		decode_put_immediate(p->made[i].uop, &p->immediate, insn);
	return true;
}

/* Few stores into a page with code hit code: the lines tell most of them apart. */
void block_code_written(void *arg, uint64_t pa, size_t size)
{
	struct cpu *cpu = arg;
	if (cpu->st.monitor)
		monitor_stored(cpu, pa, size);
	struct patch_point *point = point_at(cpu, pa);
	if (point->pa == pa && point->size == size && patch_again(cpu, point))
		return;
	struct code_page *p = find_page(cpu, pa);
	if (!p || !(p->lines & lines_of(pa, size))) {
		if (p && !p->first && ++p->idle > IDLE_STORES)
			mark(cpu, pa, false);
		return;
	}
	struct patch_point found = { .pa = pa, .size = size };
	bool again = true;
	for (struct block **at = &p->first; *at;) {
		struct block *b = *at;
		bool hit = overlaps(b, pa, size);
		if (hit && !patch(cpu, b, pa, size)) {
			kill(cpu, b);
			*at = b->next_in_page;
			continue;
		}
		again = again && (!hit || note_uop(cpu, b, &found));
		at = &b->next_in_page;
	}
	*point = again && found.count ? found : (struct patch_point){ 0 };
	if (!p->first)
		p->lines = 0;
}
