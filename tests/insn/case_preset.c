/* case_preset.c - the state that each preset begins with (README.md has its table). */
#include <string.h>

#include "case.h"

enum code { CODE_64, CODE_32, CODE_16, CODE_REAL, CODE_V86 };
enum paging { PAGING_LONG, PAGING_LA57, PAGING_NONE, PAGING_PAE, PAGING_32 };

struct row {
	const char *name;
	enum code code;
	enum paging paging;
	uint8_t cpl;
};

static const struct row rows[MODE_COUNT] = {
	[MODE_LONG0] = { "long0", CODE_64, PAGING_LONG, 0 },
	[MODE_LONG3] = { "long3", CODE_64, PAGING_LONG, 3 },
	[MODE_COMPAT0] = { "compat0", CODE_32, PAGING_LONG, 0 },
	[MODE_COMPAT3] = { "compat3", CODE_32, PAGING_LONG, 3 },
	[MODE_PROT0] = { "prot0", CODE_32, PAGING_NONE, 0 },
	[MODE_PROT3] = { "prot3", CODE_32, PAGING_NONE, 3 },
	[MODE_PROT16_0] = { "prot16_0", CODE_16, PAGING_NONE, 0 },
	[MODE_PROT16_3] = { "prot16_3", CODE_16, PAGING_NONE, 3 },
	[MODE_REAL] = { "real", CODE_REAL, PAGING_NONE, 0 },
	[MODE_V86] = { "v86", CODE_V86, PAGING_NONE, 3 },
	[MODE_PAE0] = { "pae0", CODE_32, PAGING_PAE, 0 },
	[MODE_PAE3] = { "pae3", CODE_32, PAGING_PAE, 3 },
	[MODE_PG32_0] = { "pg32_0", CODE_32, PAGING_32, 0 },
	[MODE_PG32_3] = { "pg32_3", CODE_32, PAGING_32, 3 },
	[MODE_LA57_0] = { "la57_0", CODE_64, PAGING_LA57, 0 },
	[MODE_LA57_3] = { "la57_3", CODE_64, PAGING_LA57, 3 },
};

const char *case_mode_name(enum case_mode mode)
{
	return rows[mode].name;
}

static bool is_legacy(const struct row *m)
{
	return m->paging > PAGING_LA57;
}

bool case_mode_legacy(enum case_mode mode)
{
	return is_legacy(&rows[mode]);
}

static struct seg flat(uint16_t sel, uint16_t attr)
{
	return (struct seg){ .sel = sel, .attr = attr, .limit = UINT32_MAX };
}

static void flat_segments(struct cpu_state *st, const struct row *m)
{
	static const uint16_t code[2][2] = { { 0x08, 0x10 }, { 0x23, 0x33 } };
	bool user = m->cpl, wide = m->code == CODE_64;
	uint16_t dpl = user ? SEG_DPL : 0;
	st->seg[SEG_CS] = flat(code[user][wide], (wide ? 0xa09b : 0xc09b) | dpl);
	struct seg data = flat(user ? 0x2b : 0x18, 0xc093 | dpl);
	st->seg[SEG_SS] = st->seg[SEG_DS] = st->seg[SEG_ES] = st->seg[SEG_FS] = st->seg[SEG_GS] = data;
	uint64_t arena_base = user ? ENV_USER : ENV_KERNEL;
	st->seg[SEG_FS].base = arena_base + 0x16000;
	st->seg[SEG_GS].base = arena_base + 0x17000;
}

/* One segment of 64 KiB for each part of the arena, as case_legacy.c describes them. */
static void small_segments(struct cpu_state *st, const struct row *m)
{
	const uint16_t first = m->cpl ? 0x22b : 0x200, dpl = m->cpl ? SEG_DPL : 0;
	const uint32_t base = m->cpl ? ENV_USER : ENV_KERNEL;
	const struct seg data = { base + 0x10000, 0xffff, first + 0x08, 0x0093 | dpl };
	st->seg[SEG_CS] = (struct seg){ base, 0xffff, first, 0x009b | dpl };
	st->seg[SEG_DS] = st->seg[SEG_ES] = data;
	st->seg[SEG_SS] = (struct seg){ base + 0x20000, 0xffff, first + 0x10, 0x0093 | dpl };
	st->seg[SEG_FS] = (struct seg){ base + 0x16000, 0xfff, first + 0x18, 0x0093 | dpl };
	st->seg[SEG_GS] = (struct seg){ base + 0x17000, 0xfff, first + 0x20, 0x0093 | dpl };
}

/* [SDM vol. 3, registers and instructions supported in 8086 mode; guest segments in virtual-8086 mode] */
static void paragraph_segments(struct cpu_state *st, uint16_t attr)
{
	static const uint16_t selectors[] = {
		[SEG_ES] = 0x4000, [SEG_CS] = 0x2000, [SEG_SS] = 0x5000,
		[SEG_DS] = 0x3000, [SEG_FS] = 0x6000, [SEG_GS] = 0x7000,
	};
	for (unsigned i = SEG_ES; i <= SEG_GS; i++)
		st->seg[i] = (struct seg){ (uint64_t)selectors[i] << 4, 0xffff, selectors[i], attr };
}

static void preset_segments(struct cpu_state *st, const struct row *m)
{
	if (m->code == CODE_16)
		small_segments(st, m);
	else if (m->code == CODE_REAL || m->code == CODE_V86)
		paragraph_segments(st, m->code == CODE_V86 ? 0xf3 : 0x93);
	else
		flat_segments(st, m);
	st->kernel_gs_base = m->cpl ? ENV_HIGH + 0x17000 : ENV_USER + 0x17000;
	st->cpl = m->cpl;
}

static void preset_tables(struct cpu_state *st, const struct row *m)
{
	bool legacy = is_legacy(m), v86 = m->code == CODE_V86;
	uint32_t tss = legacy ? ENV_TSS32 : ENV_TSS;
	st->seg[SEG_TR] = (struct seg){ tss, v86 ? ENV_IOMAP_LIMIT : ENV_TSS_LIMIT, v86 ? 0x2c0 : 0x40, 0x8b };
	st->seg[SEG_LDTR] = (struct seg){ legacy ? ENV_LDT32 : ENV_LDT, ENV_LDT_LIMIT, 0x50, 0x82 };
	st->gdtr = (struct table_register){ ENV_GDT, ENV_GDT_LIMIT };
	st->idtr = (struct table_register){ ENV_IDT, 0xfff };
	if (legacy) {
		st->gdtr = (struct table_register){ ENV_GDT32, ENV_GDT32_LIMIT };
		st->idtr = (struct table_register){ ENV_IDT32, ENV_IDT32_LIMIT };
	}
	if (m->code == CODE_REAL)
		st->idtr = (struct table_register){ ENV_IVT, 0x3ff };
}

static void preset_registers(struct cpu_state *st, const struct row *m)
{
	uint64_t mask = m->code == CODE_64 ? UINT64_MAX : UINT32_MAX;
	bool small = m->code > CODE_32;
	for (unsigned i = 0; i < 16; i++)
		st->gpr[i] = 0x1111111111111111u * i & mask;
	st->rip = small ? 0 : m->cpl ? ENV_USER : ENV_KERNEL;
	st->gpr[RSP] = small ? 0x800 : st->rip + 0x20800;
	st->rflags = FLAG_IF | FLAG_1 | (m->code == CODE_V86 ? FLAG_VM | FLAG_IOPL : 0);
}

/* State of its own only where the paging mode is modelled, so by name. */
static void set_if_there(struct cpu_state *st, const char *name, uint64_t value)
{
	for (size_t i = 0; i < state_field_count; i++)
		if (strcmp(state_fields[i].name, name) == 0)
			state_set_number(st, &state_fields[i], value);
}

static void preset_control(struct cpu_state *st, const struct row *m)
{
	static const uint32_t tables[] = { ENV_PML4, ENV_PML5, ENV_PML4, ENV_PDPT_PAE, ENV_PD32 };
	st->cr0 = CR0_MP | CR0_ET | CR0_NE | CR0_WP | (m->code == CODE_REAL ? 0 : CR0_PE);
	st->cr0 |= m->paging == PAGING_NONE ? 0 : CR0_PG;
	st->cr2 = 0;
	st->cr3 = tables[m->paging];
	st->cr4 = m->paging == PAGING_32 ? 0 : CR4_PAE | (m->paging == PAGING_LA57 ? CR4_LA57 : 0);
	st->cr8 = 0;
	st->efer = EFER_SCE | EFER_NXE | (is_legacy(m) ? 0 : EFER_LME | EFER_LMA);
	st->dr6 = DR6_FIXED;
	st->dr7 = DR7_FIXED;
	if (m->paging == PAGING_PAE)
		set_if_there(st, "pdpte0", ENV_PD_PAE | 1);
}

/* As a system has them that uses all of it but has left CR4 alone. */
static void preset_vector(struct cpu_state *st)
{
	st->fcw = 0x37f;
	st->fsw = 0;
	st->ftw = 0;
	st->mxcsr = MXCSR_RESET;
	st->xcr0 = XCR0_X87 | XCR0_SSE | XCR0_AVX;
}

static void preset_entries(struct cpu_state *st, const struct row *m)
{
	uint64_t kernel = is_legacy(m) ? ENV_KERNEL : ENV_HIGH;
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
	preset_segments(st, &rows[mode]);
	preset_tables(st, &rows[mode]);
	preset_registers(st, &rows[mode]);
	preset_control(st, &rows[mode]);
	preset_entries(st, &rows[mode]);
	preset_vector(st);
}
