/* case_env.c - the environment of every case, built straight into RAM and struct cpu_state (README.md has its map). */
#include <stdlib.h>
#include <string.h>

#include "case.h"

const char *const case_cpu_names[CASE_CPUS] = { "intel", "amd" };
const char *const case_mode_names[MODE_COUNT] = { "long0", "long3", "compat0", "compat3", "prot0", "prot3" };
static const char *const profile_names[CASE_CPUS] = { "intel-skylake", "amd-zen4" };

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
	env_build_descriptors(ram);
}

/* ---- presets ------------------------------------------------------------------------------------------------ */

static bool is_user(enum case_mode mode)
{
	return mode == MODE_LONG3 || mode == MODE_COMPAT3 || mode == MODE_PROT3;
}

static bool is_legacy(enum case_mode mode)
{
	return mode == MODE_PROT0 || mode == MODE_PROT3;
}

static bool is_64(enum case_mode mode)
{
	return mode == MODE_LONG0 || mode == MODE_LONG3;
}

static struct seg flat(uint16_t sel, uint16_t attr)
{
	return (struct seg){ .sel = sel, .attr = attr, .limit = UINT32_MAX };
}

static void preset_segments(struct cpu_state *st, enum case_mode mode)
{
	static const uint16_t code[2][2] = { { 0x08, 0x10 }, { 0x23, 0x33 } };
	bool user = is_user(mode), wide = is_64(mode);
	uint16_t dpl = user ? SEG_DPL : 0;
	st->seg[SEG_CS] = flat(code[user][wide], (wide ? 0xa09b : 0xc09b) | dpl);
	struct seg data = flat(user ? 0x2b : 0x18, 0xc093 | dpl);
	st->seg[SEG_SS] = st->seg[SEG_DS] = st->seg[SEG_ES] = st->seg[SEG_FS] = st->seg[SEG_GS] = data;
	uint64_t arena_base = user ? ENV_USER : ENV_KERNEL;
	st->seg[SEG_FS].base = arena_base + 0x16000;
	st->seg[SEG_GS].base = arena_base + 0x17000;
	st->kernel_gs_base = user ? ENV_HIGH + 0x17000 : ENV_USER + 0x17000;
	st->seg[SEG_TR] = (struct seg){ .base = ENV_TSS, .limit = ENV_TSS_LIMIT, .sel = 0x40, .attr = 0x8b };
	st->seg[SEG_LDTR] = (struct seg){ .base = ENV_LDT, .limit = ENV_LDT_LIMIT, .sel = 0x50, .attr = 0x82 };
	st->gdtr = (struct table_register){ ENV_GDT, ENV_GDT_LIMIT };
	st->idtr = (struct table_register){ ENV_IDT, 0xfff };
	st->cpl = user ? 3 : 0;
}

static void preset_registers(struct cpu_state *st, enum case_mode mode)
{
	uint64_t mask = is_64(mode) ? UINT64_MAX : UINT32_MAX;
	for (unsigned i = 0; i < 16; i++)
		st->gpr[i] = 0x1111111111111111u * i & mask;
	st->rip = is_user(mode) ? ENV_USER : ENV_KERNEL;
	st->gpr[RSP] = st->rip + 0x20800;
	st->rflags = FLAG_IF | FLAG_1;
}

static void preset_control(struct cpu_state *st, enum case_mode mode)
{
	st->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | (is_legacy(mode) ? 0 : CR0_PG);
	st->cr2 = 0;
	st->cr3 = ENV_PML4;
	st->cr4 = CR4_PAE;
	st->cr8 = 0;
	st->efer = EFER_SCE | EFER_NXE | (is_legacy(mode) ? 0 : EFER_LME | EFER_LMA);
	st->dr6 = DR6_FIXED;
	st->dr7 = DR7_FIXED;
}

static void preset_entries(struct cpu_state *st, enum case_mode mode)
{
	uint64_t kernel = is_legacy(mode) ? ENV_KERNEL : ENV_HIGH;
	st->star = 0x0023001000000000;
	st->lstar = kernel + 0x6000;
	st->cstar = kernel + 0x6100;
	st->fmask = FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_AC;
	st->sysenter_cs = 0x10;
	st->sysenter_esp = kernel + 0x45000;
	st->sysenter_eip = kernel + 0x6200;
}

void env_build_preset(struct cpu_state *st, enum case_mode mode)
{
	preset_segments(st, mode);
	preset_registers(st, mode);
	preset_control(st, mode);
	preset_entries(st, mode);
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

bool env_open(struct env *e, enum case_cpu cpu)
{
	struct rs_error why;
	struct rs_config config = { .cpu = profile_names[cpu], .memory = ENV_RAM };
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
