/* case_env.c - the environment of every case, built straight into RAM (README.md has its map), and its machines. */
#include <stdlib.h>
#include <string.h>

#include "case.h"

const char *const case_profile_names[CASE_CPUS] = {
	"intel-skylake", "amd-zen4", "intel-p6", "intel-haswell", "intel-icelake-server", "amd-k8", "amd-zen1",
};
const char *const case_cpu_names[CASE_CPUS] = {
	"intel", "amd", "intel-p6", "intel-haswell", "intel-icelake-server", "amd-k8", "amd-zen1",
};

#define PTE_P 0x01u
#define PTE_W 0x02u
#define PTE_U 0x04u
#define PTE_AD 0x60u /* so that no access of a case changes an entry by the way */
#define PTE_XD (1ull << 63)
#define SUPER (PTE_P | PTE_W | PTE_AD)
#define USER (SUPER | PTE_U)

enum fill { FILL_NONE, FILL_PATTERN, FILL_INT3, FILL_HLT };

struct region {
	uint16_t first, last; /* pages */
	uint64_t rights;
	enum fill fill;
};

/* Rows of the arenas at ENV_USER and ENV_KERNEL are relative to them. */
static const struct region system_regions[] = {
	{ 0x001, 0x00d, SUPER, FILL_NONE }, /* page tables, which other rows are written into */
	{ 0x010, 0x013, SUPER, FILL_NONE }, { 0x014, 0x014, SUPER, FILL_HLT },
	{ 0x0c0, 0x0c0, 0, FILL_PATTERN }, /* seen at 600000000000 only */
	{ 0x0c2, 0x0c3, 0, FILL_INT3 },    /* the end of the lower half */
	{ 0x206, 0x206, SUPER, FILL_HLT },  { 0x230, 0x244, SUPER, FILL_PATTERN },
};

/* What only the legacy paging modes map: their tables; and below 1 MiB what selectors can reach whose base is 16 times
 * their value, segments of 64 KiB each. */
static const struct region low_arena[] = {
	{ 0x0e, 0x0f, SUPER, FILL_NONE },   { 0x15, 0x1f, SUPER, FILL_NONE },
	{ 0x20, 0x21, USER, FILL_INT3 },    { 0x2f, 0x2f, USER, FILL_INT3 },    /* code */
	{ 0x30, 0x31, USER, FILL_PATTERN }, { 0x3f, 0x3f, USER, FILL_PATTERN }, /* DS */
	{ 0x40, 0x41, USER, FILL_PATTERN }, { 0x4f, 0x4f, USER, FILL_PATTERN }, /* ES */
	{ 0x50, 0x51, USER, FILL_PATTERN }, { 0x5f, 0x5f, USER, FILL_PATTERN }, /* SS */
	{ 0x60, 0x60, USER, FILL_PATTERN }, { 0x70, 0x70, USER, FILL_PATTERN }, /* FS, GS */
};

static const struct region arena[] = {
	{ 0x00, 0x01, SUPER, FILL_INT3 },
	{ 0x10, 0x11, SUPER, FILL_PATTERN },
	{ 0x13, 0x13, SUPER ^ PTE_W, FILL_PATTERN },
	{ 0x14, 0x14, SUPER | PTE_XD, FILL_PATTERN },
	{ 0x16, 0x17, SUPER, FILL_PATTERN },
	{ 0x20, 0x21, SUPER, FILL_PATTERN },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void fill_page(uint8_t *ram, unsigned page, enum fill fill)
{
	for (uint32_t a = page * PAGE_SIZE; a < (page + 1) * PAGE_SIZE; a++)
		ram[a] = fill == FILL_PATTERN ? (uint8_t)(a ^ a >> 8) : fill == FILL_INT3 ? 0xcc : 0xf4;
}

static void map_low(uint8_t *ram, unsigned page, uint64_t rights)
{
	put_le(ram + 0x4000 + 8 * page, 8, (uint64_t)page << PAGE_SHIFT | rights);
}

static void put_regions(uint8_t *ram, const struct region *rows, size_t count, unsigned base, uint64_t extra)
{
	for (const struct region *r = rows; r < rows + count; r++)
		for (unsigned page = base + r->first; page <= base + r->last; page++) {
			bool guard = r->first == 0x230 && page & 1; /* between the stacks of the TSS */
			if (r->rights && !guard)
				map_low(ram, page, r->rights | extra);
			if (r->fill != FILL_NONE)
				fill_page(ram, page, r->fill);
		}
}

/* Entry `index` of the table at `table` points at `next`, with all rights: leaves decide. */
static void link_table(uint8_t *ram, unsigned table, unsigned index, unsigned next)
{
	put_le(ram + table + 8 * index, 8, next | USER);
}

/* Four tables deep, from the PML4 to a page table at `first` + 2000h. */
static void link_far(uint8_t *ram, uint64_t linear, unsigned first)
{
	link_table(ram, ENV_PML4, linear >> 39 & 0x1ff, first);
	link_table(ram, first, linear >> 30 & 0x1ff, first + 0x1000);
	link_table(ram, first + 0x1000, linear >> 21 & 0x1ff, first + 0x2000);
}

static void build_tables(uint8_t *ram)
{
	link_table(ram, ENV_PML4, 0, 0x2000);
	link_table(ram, 0x2000, 0, 0x3000);
	link_table(ram, 0x3000, 0, 0x4000);
	link_table(ram, 0x3000, 1, 0x5000);
	link_far(ram, 0x7fffffffe000, 0x6000);
	link_table(ram, 0x8000, 0x1fe, 0xc2000);
	link_table(ram, 0x8000, 0x1ff, 0xc3000);
	link_far(ram, ENV_HIGH, 0x9000);
	link_table(ram, 0xa000, 0, 0x5000); /* the kernel's arena once more */
	link_far(ram, 0x600000000000, 0xb000);
	link_table(ram, 0xd000, 0, 0xc0000);
	link_table(ram, ENV_PML5, 0, ENV_PML4); /* 5-level paging: the same four times, at both ends of each half */
	link_table(ram, ENV_PML5, 0xff, ENV_PML4);
	link_table(ram, ENV_PML5, 0x100, ENV_PML4);
	link_table(ram, ENV_PML5, 0x1ff, ENV_PML4);
}

/* PAE and 32-bit paging: the same pages and the low arena. PAE shares the table of 200000-3fffff with 4-level paging;
 * 32-bit paging has no bit for no-execute. */
static void build_legacy_tables(uint8_t *ram)
{
	put_le(ram + ENV_PDPT_PAE, 8, ENV_PD_PAE | PTE_P);
	link_table(ram, ENV_PD_PAE, 0, ENV_PT_PAE);
	link_table(ram, ENV_PD_PAE, 1, 0x5000);
	memcpy(ram + ENV_PT_PAE, ram + 0x4000, PAGE_SIZE);
	for (const struct region *row = low_arena; row < low_arena + COUNT(low_arena); row++)
		for (unsigned page = row->first; page <= row->last; page++) {
			put_le(ram + ENV_PT_PAE + 8 * page, 8, page << PAGE_SHIFT | row->rights);
			if (row->fill != FILL_NONE)
				fill_page(ram, page, row->fill);
		}
	put_le(ram + ENV_PD32, 4, ENV_PT32 | USER);
	for (unsigned page = 0; page < ENV_PAGES; page++)
		put_le(ram + ENV_PT32 + 4 * page, 4,
		       get_le(ram + (page < 512 ? ENV_PT_PAE + 8 * page : 0x4000 + 8 * page), 4));
}

void env_build_ram(uint8_t *ram)
{
	const unsigned user = ENV_USER / PAGE_SIZE, kernel = ENV_KERNEL / PAGE_SIZE;
	memset(ram, 0, ENV_RAM);
	for (unsigned page = 0; page < ENV_PAGES; page++)
		map_low(ram, page, (page >= user && page < kernel ? USER : SUPER) ^ PTE_P);
	put_regions(ram, system_regions, COUNT(system_regions), 0, 0);
	put_regions(ram, arena, COUNT(arena), user, PTE_U);
	put_regions(ram, arena, COUNT(arena), kernel, 0);
	build_tables(ram);
	build_legacy_tables(ram);
	env_build_descriptors(ram);
	env_build_legacy(ram);
}

/* What a processor without long mode does not have. */
static void preset_without_long_mode(struct cpu_state *st)
{
	st->efer = st->star = st->lstar = st->cstar = st->fmask = st->kernel_gs_base = 0;
}

/* ---- machines ----------------------------------------------------------------------------------------------- */

/* Pages that are all 0 stay untouched: they cost nothing to restore, hash and compare. */
static void install_image(struct env *e)
{
	static const uint8_t zero[PAGE_SIZE];
	for (unsigned page = 0; page < ENV_PAGES; page++) {
		const uint8_t *from = e->image + page * PAGE_SIZE;
		if (memcmp(from, zero, PAGE_SIZE) != 0)
			phys_write(rs_ram(e->m), (uint64_t)page * PAGE_SIZE, from, PAGE_SIZE);
	}
}

static void remember_pages(struct env *e)
{
	for (unsigned page = 0; page < ENV_PAGES; page++) {
		const struct chunk *chunk = rs_ram(e->m)->root[page / CHUNK_PAGES];
		e->page[page] = chunk ? chunk->page[page % CHUNK_PAGES] : NULL;
	}
}

bool env_open(struct env *e, enum case_cpu cpu, const char *timing)
{
	struct rs_error why;
	struct rs_config config = { .cpu = case_profile_names[cpu], .timing = timing, .memory = ENV_RAM };
	*e = (struct env){ .cpu = cpu, .image = malloc(ENV_RAM) };
	e->start = malloc(ENV_RAM);
	e->shadow = malloc(ENV_RAM);
	e->m = rs_new(&config, &why);
	if (!e->m || !e->image || !e->start || !e->shadow) {
		fprintf(stderr, "case-runner: %s: %s\n", config.cpu, e->m ? "out of memory" : why.text);
		env_close(e);
		return false;
	}
	env_build_ram(e->image);
	memcpy(e->start, e->image, ENV_RAM);
	memcpy(e->shadow, e->image, ENV_RAM);
	install_image(e);
	for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
		e->preset[mode] = *rs_state(e->m);
		env_build_preset(&e->preset[mode], mode);
		if (cpu == CASE_P6)
			preset_without_long_mode(&e->preset[mode]);
	}
	e->base = rs_snapshot_take(e->m);
	remember_pages(e);
	return e->base;
}

void env_close(struct env *e)
{
	if (e->base)
		rs_snapshot_free(e->m, e->base);
	if (e->m)
		rs_free(e->m);
	free(e->image);
	free(e->start);
	free(e->shadow);
}

/* Takes pages back to the base's content; the set is empty afterwards. */
static void revert(const struct env *e, uint8_t *ram, uint64_t *set)
{
	for (unsigned word = 0; word < ENV_SETS; word++) {
		for (uint64_t bits = set[word]; bits; bits &= bits - 1) {
			size_t at = (64 * word + (unsigned)__builtin_ctzll(bits)) * (size_t)PAGE_SIZE;
			memcpy(ram + at, e->image + at, PAGE_SIZE);
		}
		set[word] = 0;
	}
}

void env_restore(struct env *e)
{
	rs_snapshot_restore(e->m, e->base);
	revert(e, e->shadow, e->touched);
}

static void install_start(struct env *e)
{
	for (unsigned word = 0; word < ENV_SETS; word++)
		for (uint64_t bits = e->start_touched[word]; bits; bits &= bits - 1) {
			size_t at = (64 * word + (unsigned)__builtin_ctzll(bits)) * (size_t)PAGE_SIZE;
			phys_write(rs_ram(e->m), at, e->start + at, PAGE_SIZE);
		}
}

void env_mark_start(struct env *e)
{
	revert(e, e->start, e->start_touched);
	memcpy(e->start_touched, e->touched, sizeof e->touched);
	for (unsigned page = 0; page < ENV_PAGES; page++)
		if (e->touched[page / 64] >> page % 64 & 1)
			memcpy(e->start + page * PAGE_SIZE, e->shadow + page * PAGE_SIZE, PAGE_SIZE);
	install_start(e);
}

void env_restore_start(struct env *e)
{
	rs_snapshot_restore(e->m, e->base);
	install_start(e);
}
