/* op_fxsave.c - FXSAVE, FXRSTOR, and the legacy region that they share with the XSAVE family [SDM vol. 1, 10.5]. */
#include "cpu/isa/op_common.h"
#include "cpu/isa/xstate.h"
#include "cpu/mutant.h"

/* ---- the area ---- */

/* With alignment checks on, what is no multiple of 4 is #AC, as it may be [SDM vol. 2, FXSAVE]; an address that is not
 * canonical comes before either (measured on an Intel core). */
static bool check_alignment(struct cpu *cpu, uint64_t address, unsigned align, bool stack)
{
	if (cpu->mmu.context.long_mode && !mmu_canonical(&cpu->mmu, address))
		return cpu_fault(cpu, stack ? VEC_SS : VEC_GP, 0, RULE_SL_19);
	if (!(address & (align - 1)))
		return true;
	if (cpu->mmu.context.check_alignment && (address & 3))
		return cpu_fault(cpu, VEC_AC, 0, RULE_SL_64);
	return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
}

bool xarea_find(struct cpu *cpu, const struct uop *u, unsigned bytes, unsigned align, enum seg_use use, struct xarea *a)
{
	a->stack = u->flags & UOP_STACK_SEGMENT;
	a->wide = insn_rows[u->insn].arg & XSTATE_WIDE;
	return ea_linear(cpu, u, bytes, use, &a->address) && check_alignment(cpu, a->address, align, a->stack);
}

/* It has at most two pages. The last byte is asked for first, which CR2 shows (measured on an Intel core). */
bool xarea_probe(struct cpu *cpu, const struct xarea *a, unsigned from, unsigned bytes, unsigned kind)
{
	return linear_probe(cpu, linear_wrap(cpu, a->address + bytes - 1), 1, kind, a->stack) &&
	       linear_probe(cpu, linear_wrap(cpu, a->address + from), 1, kind, a->stack);
}

bool xarea_read(struct cpu *cpu, const struct xarea *a, unsigned at, unsigned bytes, void *to)
{
	return linear_read_bytes(cpu, linear_wrap(cpu, a->address + at), bytes, 1, a->stack, to);
}

bool xarea_write(struct cpu *cpu, const struct xarea *a, unsigned at, unsigned bytes, const void *from)
{
	return linear_write_bytes(cpu, linear_wrap(cpu, a->address + at), bytes, 1, a->stack, from);
}

/* ---- the x87's words ---- */

enum { ENV_FCW = 0, ENV_FSW = 2, ENV_FTW = 4, ENV_FOP = 6, ENV_FIP = 8, ENV_FDP = 16, ENV_BYTES = 24 };

static bool moves_pointers(const struct cpu *cpu, unsigned fsw)
{
	return (fsw & FSW_ES) || !behaviour(cpu, x87_pointers_need_es);
}

static void put_pointer(uint8_t *at, bool wide, uint64_t offset, unsigned selector)
{
	host_store(at, 8, wide ? offset : (uint32_t)offset | (uint64_t)selector << 32);
}

static bool save_environment(struct cpu *cpu, const struct xarea *a)
{
	const struct cpu_state *st = &cpu->st;
	uint8_t e[ENV_BYTES] = { 0 };
	host_store(e + ENV_FCW, 2, st->fcw);
	host_store(e + ENV_FSW, 2, st->fsw);
	e[ENV_FTW] = st->ftw;
	host_store(e + ENV_FOP, 2, st->fop);
	put_pointer(e + ENV_FIP, a->wide, st->fip, st->fcs);
	put_pointer(e + ENV_FDP, a->wide, st->fdp, st->fds);
	return xarea_write(cpu, a, LEGACY_ENVIRONMENT, moves_pointers(cpu, st->fsw) ? ENV_BYTES : ENV_FOP, e);
}

/* ES and B follow from the exceptions and their masks, and reserved bits of FCW do not load; FIP is kept as a canonical
 * address, FDP as it is (measured on an Intel core). */
static uint16_t summarised(unsigned fsw, unsigned fcw)
{
	const bool waits = fsw & ~fcw & MXCSR_FLAGS;
	return (uint16_t)((fsw & ~(FSW_ES | FSW_B)) | (waits ? FSW_ES | FSW_B : 0));
}

static uint64_t sign_extended_address(const struct cpu *cpu, uint64_t address)
{
	const unsigned unused = 64u - cpu->profile->linear_bits;
	return (uint64_t)((int64_t)(address << unused) >> unused);
}

static void load_pointers(struct cpu *cpu, bool wide, const uint8_t *e)
{
	const uint64_t ip = host_load(e + ENV_FIP, 8), dp = host_load(e + ENV_FDP, 8);
	const bool selectors = !wide && !profile_shows(cpu->profile, FEATURE_FCS_FDS_DEPRECATED);
	cpu->st.fop = host_load(e + ENV_FOP, 2) & 0x7ff;
	cpu->st.fip = wide ? sign_extended_address(cpu, ip) : (uint32_t)ip;
	cpu->st.fdp = wide ? dp : (uint32_t)dp;
	cpu->st.fcs = selectors ? (uint16_t)(ip >> 32) : 0;
	cpu->st.fds = selectors ? (uint16_t)(dp >> 32) : 0;
}

static void load_environment(struct cpu *cpu, bool wide, const uint8_t *e)
{
	const unsigned fcw_writable = 0x1f3f, fcw_fixed = 0x40;
	const unsigned fsw = (unsigned)host_load(e + ENV_FSW, 2);
	cpu->st.fcw = (uint16_t)((host_load(e + ENV_FCW, 2) & fcw_writable) | fcw_fixed);
	cpu->st.fsw = summarised(fsw, cpu->st.fcw);
	cpu->st.ftw = e[ENV_FTW];
	if (moves_pointers(cpu, fsw))
		load_pointers(cpu, wide, e);
}

/* ---- the parts of the region ---- */

static struct fp80 *stack_register(struct cpu *cpu, unsigned i)
{
	const unsigned top = (cpu->st.fsw & FSW_TOP) >> FSW_TOP_SHIFT;
	return &cpu->st.fpr[(top + i) & 7];
}

static bool save_x87_registers(struct cpu *cpu, const struct xarea *a)
{
	uint8_t image[FPU_REGISTERS * 16] = { 0 };
	for (unsigned i = 0; i < FPU_REGISTERS; i++) {
		const struct fp80 *r = stack_register(cpu, i);
		host_store(image + 16 * i, 8, r->significand);
		host_store(image + 16 * i + 8, 2, r->sign_exponent);
	}
	return xarea_write(cpu, a, LEGACY_X87, sizeof image, image);
}

static void load_x87_registers(struct cpu *cpu, const uint8_t *image)
{
	for (unsigned i = 0; i < FPU_REGISTERS; i++, image += 16)
		*stack_register(cpu, i) = (struct fp80){ host_load(image, 8), host_load(image + 8, 2) };
}

static bool save_mxcsr(struct cpu *cpu, const struct xarea *a)
{
	const uint64_t both = cpu->st.mxcsr | (uint64_t)profile_mxcsr_bits(cpu->profile) << 32;
	uint8_t image[8];
	host_store(image, 8, both);
	return xarea_write(cpu, a, LEGACY_MXCSR, sizeof image, image);
}

static bool save_xmm(struct cpu *cpu, const struct xarea *a)
{
	uint8_t image[VECTORS * 16];
	for (unsigned i = 0; i < VECTORS; i++)
		memcpy(image + 16 * i, &cpu->st.vec[i], 16);
	return xarea_write(cpu, a, LEGACY_XMM, 16 * vectors_here(cpu), image);
}

bool legacy_save(struct cpu *cpu, const struct xarea *a, unsigned parts)
{
	return (!(parts & PART_X87) || save_environment(cpu, a)) && (!(parts & PART_MXCSR) || save_mxcsr(cpu, a)) &&
	       (!(parts & PART_X87) || save_x87_registers(cpu, a)) && (!(parts & PART_XMM) || save_xmm(cpu, a));
}

bool legacy_read(struct cpu *cpu, const struct xarea *a, unsigned parts, uint8_t image[LEGACY_STATE])
{
	if (!xarea_read(cpu, a, 0, LEGACY_XMM + 16 * vectors_here(cpu), image))
		return false;
	const uint32_t reserved = ~profile_mxcsr_bits(cpu->profile);
	if ((parts & PART_MXCSR) && (host_load(image + LEGACY_MXCSR, 4) & reserved))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	return true;
}

void legacy_load(struct cpu *cpu, bool wide, unsigned parts, const uint8_t image[LEGACY_STATE])
{
	if (parts & PART_X87) {
		load_environment(cpu, wide, image);
		load_x87_registers(cpu, image + LEGACY_X87);
	}
	if (parts & PART_MXCSR)
		cpu->st.mxcsr = (uint32_t)host_load(image + LEGACY_MXCSR, 4);
	for (unsigned i = 0; (parts & PART_XMM) && i < vectors_here(cpu); i++)
		memcpy(&cpu->st.vec[i], image + LEGACY_XMM + 16 * i, 16);
}

/* ---- FXSAVE, FXRSTOR ---- */

/* Without CR4.OSFXSR the manual lets XMM and MXCSR be left out [SDM vol. 3, 2.5]; so they are. */
static unsigned parts_of_fxsave(const struct cpu *cpu)
{
	const bool sse = (cpu->st.cr4 & CR4_OSFXSR) && profile_shows(cpu->profile, FEATURE_SSE);
	return PART_X87 | (sse ? PART_MXCSR | PART_XMM : 0);
}

static bool fxsave(struct cpu *cpu, const struct uop *u)
{
	struct xarea a;
	return xarea_find(cpu, u, LEGACY_BYTES, 16, SEG_FOR_WRITE, &a) &&
	       xarea_probe(cpu, &a, 0, LEGACY_BYTES, MMU_WRITE) && legacy_save(cpu, &a, parts_of_fxsave(cpu));
}

static bool fxrstor(struct cpu *cpu, const struct uop *u)
{
	const unsigned parts = parts_of_fxsave(cpu);
	struct xarea a;
	uint8_t image[LEGACY_STATE];
	if (!xarea_find(cpu, u, LEGACY_BYTES, 16, SEG_FOR_READ, &a) ||
	    !xarea_probe(cpu, &a, 0, LEGACY_BYTES, MMU_READ) || !legacy_read(cpu, &a, parts, image))
		return false;
	legacy_load(cpu, a.wide, parts, image);
	return true;
}

HANDLER(fxsave, fxsave(cpu, u))
HANDLER(fxrstor, fxrstor(cpu, u))

PICK_ONE(fxsave)
PICK_ONE(fxrstor)
