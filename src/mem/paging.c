/* paging.c - one walk, four formats of tables [SDM vol. 3, 4.3 to 4.5; APM vol. 2, 5.2 and 5.3]. */
#include "mem/paging.h"

#include "cpu/state.h"

#define PTE_P 0x001ull
#define PTE_W 0x002ull
#define PTE_U 0x004ull
#define PTE_A 0x020ull
#define PTE_D 0x040ull
#define PTE_PS 0x080ull
#define PTE_G 0x100ull
#define PTE_NX (1ull << 63)
#define PTE_KEY_SHIFT 59

/* ---- formats ---- */

/* What PS = 1 means in an entry that is not of the last level. */
enum large { RESERVED, PAGE, PAGE_1G, PAGE_PSE };

struct level {
	uint8_t shift;
	uint8_t large; /* enum large */
	bool bit8;     /* bit 8 is reserved where the profile says so (PT-32) */
};

struct paging_format {
	uint8_t levels, entry_bytes, index_mask_bits;
	uint64_t address;  /* bits of an entry that name a table or a 4-KiB page */
	uint64_t reserved; /* in every entry */
	struct level level[PAGING_LEVELS]; /* from the root down */
};

#define ADDRESS_32 0xfffff000ull
#define ADDRESS_64 0x000ffffffffff000ull
#define LEVEL_PT { .shift = 12 }
#define LEVEL_PD { .shift = 21, .large = PAGE }
#define LEVEL_PDPT { .shift = 30, .large = PAGE_1G, .bit8 = true }
#define LEVEL_PML4 { .shift = 39, .large = RESERVED, .bit8 = true }
#define LEVEL_PML5 { .shift = 48, .large = RESERVED, .bit8 = true }

static const struct paging_format format_32 = {
	.levels = 2, .entry_bytes = 4, .index_mask_bits = 10, .address = ADDRESS_32,
	.level = { { .shift = 22, .large = PAGE_PSE }, LEVEL_PT },
};

/* Its third level is the four PDPTEs, which the CPU holds in registers. */
static const struct paging_format format_pae = {
	.levels = 2, .entry_bytes = 8, .index_mask_bits = 9, .address = ADDRESS_64, .reserved = 0x7ff0000000000000,
	.level = { LEVEL_PD, LEVEL_PT },
};

static const struct paging_format format_4 = {
	.levels = 4, .entry_bytes = 8, .index_mask_bits = 9, .address = ADDRESS_64,
	.level = { LEVEL_PML4, LEVEL_PDPT, LEVEL_PD, LEVEL_PT },
};

static const struct paging_format format_5 = {
	.levels = 5, .entry_bytes = 8, .index_mask_bits = 9, .address = ADDRESS_64,
	.level = { LEVEL_PML5, LEVEL_PML4, LEVEL_PDPT, LEVEL_PD, LEVEL_PT },
};

static const struct paging_format *format_of(const struct mmu_context *c)
{
	if (!(c->cr0 & CR0_PG))
		return NULL;
	if (c->long_mode)
		return c->cr4 & CR4_LA57 ? &format_5 : &format_4;
	return c->cr4 & CR4_PAE ? &format_pae : &format_32;
}

/* ---- what is reserved (PT-09 .. PT-13, PT-32) ---- */

static bool names_page(const struct mmu_context *c, const struct level *l)
{
	switch ((enum large)l->large) {
	case PAGE:
		return true;
	case PAGE_1G:
		return c->pages_1g;
	case PAGE_PSE:
		return c->cr4 & CR4_PSE;
	case RESERVED:
	default:
		return false;
	}
}

static uint64_t above_physical(const struct mmu_context *c)
{
	return ADDRESS_64 & ~((1ull << c->physical_bits) - 1);
}

static uint64_t reserved_in_any(const struct mmu_context *c, const struct paging_format *f)
{
	if (f->entry_bytes == 4)
		return 0;
	return f->reserved | above_physical(c) | (c->efer & EFER_NXE ? 0 : PTE_NX);
}

/* PS is ignored, not reserved, where CR4.PSE makes it a page. */
static uint64_t reserved_in_table(const struct mmu_context *c, const struct level *l)
{
	bool ps = l->large == RESERVED || (l->large == PAGE_1G && !c->pages_1g);
	return (ps ? PTE_PS : 0) | (l->bit8 && c->bit8_reserved ? PTE_G : 0);
}

/* Bit 12 is PAT. In a 4-MiB page the bits above it are bits 39:32 of the address, as many as there are
 * [SDM vol. 3, table 4-4]. */
static uint64_t reserved_in_page(const struct mmu_context *c, const struct level *l)
{
	uint64_t inside = ((1ull << l->shift) - 1) & ~0x1fffull;
	unsigned wide = c->physical_bits < 40 ? c->physical_bits : 40;
	if (l->shift == PAGE_SHIFT)
		return 0;
	if (l->large == PAGE_PSE && c->pse36)
		inside &= ~0ull << (13 + wide - 32);
	return inside;
}

void paging_prepare(struct mmu_context *c)
{
	const struct paging_format *f = c->format = format_of(c);
	for (unsigned i = 0; f && i < f->levels; i++) {
		const struct level *l = &f->level[i];
		c->page_bit[i] = names_page(c, l) ? PTE_PS : 0;
		c->reserved[i][false] = reserved_in_any(c, f) | reserved_in_table(c, l);
		c->reserved[i][true] = reserved_in_any(c, f) | reserved_in_page(c, l);
	}
}

/* [SDM vol. 3, table 4-8] */
uint64_t paging_pdpte_reserved(const struct mmu_context *c)
{
	return 0xfff00000000001e6 | above_physical(c);
}

/* ---- failures ---- */

static bool fail(const struct mmu_context *c, const struct walk_request *q, uint32_t code, struct mmu_fault *fault)
{
	bool no_execute = (c->cr4 & CR4_PAE) && (c->efer & EFER_NXE);
	bool instruction_bit = q->fetch && (no_execute || (c->cr4 & CR4_SMEP)); /* PT-06 */
	fault->kind = MMU_FAULT_PAGE;
	fault->address = q->address;
	fault->code = code | (q->write ? PF_W : 0) | (q->user ? PF_U : 0) | (instruction_bit ? PF_I : 0);
	return false;
}

/* ---- the walk ---- */

/* An entry of all ones where nothing answers, as the bus reads; of zeroes in a page that nobody has touched. */
static uint64_t read_entry(const struct phys *ram, uint64_t address, unsigned bytes)
{
	uint64_t entry = 0;
	if (!phys_is_ram(ram, address))
		return ~0ull >> (64 - 8 * bytes);
	const uint8_t *page = phys_page_look(ram, address);
	if (!page)
		return 0;
	if (bytes == 4)
		memcpy(&entry, page + (address & PAGE_OFFSET), 4);
	else
		memcpy(&entry, page + (address & PAGE_OFFSET), 8);
	return entry;
}

/* The table of the first level; false: a PDPTE without P. There are no rights in PDPTEs. */
static bool find_root(const struct mmu_context *c, uint64_t address, uint64_t *table)
{
	if (c->format != &format_pae) {
		*table = c->cr3 & c->format->address;
		return true;
	}
	uint64_t pdpte = c->pdpte[address >> 30 & 3];
	*table = pdpte & ADDRESS_64;
	return pdpte & PTE_P;
}

/* Bits 20:13 of a 4-MiB page are bits 39:32 of its address. */
static uint64_t page_of(const struct paging_format *f, unsigned shift, uint64_t entry)
{
	uint64_t page = entry & f->address & ~((1ull << shift) - 1);
	if (f == &format_32 && shift > PAGE_SHIFT)
		page |= (entry & 0x1fe000) << 19;
	return page;
}

/* `all` and `any`: the entries of the way down, by AND and by OR (PT-14). */
static void take_page(const struct mmu_context *c, unsigned shift, uint64_t entry, uint64_t address, uint64_t all,
                      uint64_t any, struct walk *w)
{
	uint64_t inside = (1ull << shift) - 1;
	*w = (struct walk){
		.physical = page_of(c->format, shift, entry) | (address & inside & ~PAGE_OFFSET),
		.shift = (uint8_t)shift,
		.key = c->long_mode ? entry >> PTE_KEY_SHIFT & 15 : 0,
		.user = all & PTE_U,
		.writable = all & PTE_W,
		.no_execute = any & PTE_NX,
		.global = (entry & PTE_G) && (c->cr4 & CR4_PGE),
		.dirty = entry & PTE_D,
	};
}

/* Down the levels to the page; the order of checks is PT-01's: present, then reserved, then the next level. The trail
 * is kept so that Accessed bits are set only once the whole walk has succeeded (PT-16, PT-17). */
static bool descend(const struct mmu_context *c, const struct phys *ram, const struct walk_request *q, struct walk *w,
                    struct trail *t, struct mmu_fault *fault)
{
	const struct paging_format *f = c->format;
	uint64_t table, all = ~0ull, any = 0;
	t->depth = 0;
	if (!find_root(c, q->address, &table))
		return fail(c, q, 0, fault);
	for (unsigned i = 0; i < f->levels; i++) {
		uint64_t index = q->address >> f->level[i].shift & ((1u << f->index_mask_bits) - 1);
		uint64_t at = table + index * f->entry_bytes;
		uint64_t entry = read_entry(ram, at, f->entry_bytes);
		bool page = i + 1u == f->levels || (entry & c->page_bit[i]);
		t->address[i] = at;
		t->value[i] = entry;
		t->depth = i + 1;
		if (!(entry & PTE_P))
			return fail(c, q, 0, fault);
		if (entry & c->reserved[i][page])
			return fail(c, q, PF_P | PF_RSVD, fault);
		all &= entry;
		any |= entry;
		if (page) {
			take_page(c, f->level[i].shift, entry, q->address, all, any, w);
			return true;
		}
		table = entry & f->address;
	}
	return false; /* the last level is always a page */
}

/* Accessed everywhere, Dirty in the last entry of a write (PT-16). */
static bool mark_used(const struct mmu_context *c, struct phys *ram, const struct trail *t, bool write,
                      struct mmu_fault *fault)
{
	for (unsigned i = 0; i < t->depth; i++) {
		uint64_t bits = PTE_A | (write && i == t->depth - 1 ? PTE_D : 0);
		uint64_t value = t->value[i] | bits;
		size_t bytes = c->format->entry_bytes;
		if (value == t->value[i] || !phys_is_ram(ram, t->address[i]))
			continue;
		if (phys_write(ram, t->address[i], &value, bytes) != bytes) {
			fault->kind = MMU_FAULT_NO_MEMORY;
			return false;
		}
	}
	return true;
}

/* ---- rights ---- */

/* What the key forbids: bit 0 access, bit 1 writing, to the supervisor only with CR0.WP. Keys are those of user pages,
 * and fetches do not ask for them (PT-29). */
static unsigned key_forbids(const struct mmu_context *c, const struct walk *w, bool user)
{
	unsigned bits = c->pkru >> 2 * w->key & 3;
	if (!bits || !w->user)
		return 0;
	return bits & 1 ? TLB_READ | TLB_WRITE : user || (c->cr0 & CR0_WP) ? TLB_WRITE : 0;
}

/* PT-15, SL-40, SL-44 .. SL-46 [SDM vol. 3, 4.6.1]. */
static unsigned pages_allow(const struct mmu_context *c, const struct walk *w, const struct walk_request *q)
{
	bool read = q->user ? w->user : !(w->user && q->smap);
	bool write = read && (w->writable || !(q->user || (c->cr0 & CR0_WP)));
	bool fetch = !w->no_execute && (q->user ? w->user : !(w->user && (c->cr4 & CR4_SMEP)));
	return (read ? TLB_READ : 0) | (write ? TLB_WRITE : 0) | (fetch ? TLB_FETCH : 0);
}

static bool judge(const struct mmu_context *c, const struct walk_request *q, struct walk *w, struct mmu_fault *fault)
{
	unsigned need = q->fetch ? TLB_FETCH : q->write ? TLB_WRITE : TLB_READ;
	unsigned forbidden = key_forbids(c, w, q->user);
	w->rights = (uint8_t)(pages_allow(c, w, q) & ~forbidden);
	return (w->rights & need) || fail(c, q, PF_P | (forbidden & need ? PF_PK : 0), fault);
}

static void walk_identity(const struct walk_request *q, struct walk *w)
{
	*w = (struct walk){ .physical = q->address & ~PAGE_OFFSET,
		            .shift = PAGE_SHIFT,
		            .rights = TLB_READ | TLB_WRITE | TLB_FETCH,
		            .dirty = true };
}

bool paging_look(const struct mmu_context *c, struct phys *ram, uint64_t address, struct trail *t, struct walk *w)
{
	const struct walk_request q = { .address = address, .look = true };
	struct mmu_fault fault;
	*t = (struct trail){ .levels = c->format ? c->format->levels : 0 };
	if (c->format)
		return descend(c, ram, &q, w, t, &fault);
	walk_identity(&q, w);
	return true;
}

bool paging_walk(const struct mmu_context *c, struct phys *ram, const struct walk_request *q, struct walk *w,
                 struct mmu_fault *fault)
{
	struct trail t;
	if (!c->format) {
		walk_identity(q, w);
		return true;
	}
	if (!descend(c, ram, q, w, &t, fault))
		return false;
	w->levels = (uint8_t)t.depth;
	if (q->look)
		return true;
	if (!judge(c, q, w, fault))
		return false;
	w->dirty |= q->write;
	return mark_used(c, ram, &t, q->write, fault);
}
