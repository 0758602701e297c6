/* cpu.c - what is derived from architectural state, kept true by the few functions that every writer calls. */
#include "cpu/cpu.h"

#include "cpu/debug.h"
#include "cpu/interrupt.h"
#include "cpu/monitor.h"
#include "cpu/mutant.h"

/* Nothing else depends on RF, which every IRET from a fault sets. */
static void arm_by_rf(struct cpu *cpu)
{
	if (cpu->st.rflags & FLAG_RF)
		cpu_arm(cpu, ARMED_RF);
	else
		cpu->armed &= ~(uint32_t)ARMED_RF;
}

void cpu_flags_changed(struct cpu *cpu, uint64_t changed)
{
	if ((changed & cpu->followed) == FLAG_RF) {
		arm_by_rf(cpu);
		return;
	}
	if (changed & FLAG_VM)
		cpu_update_mode(cpu);
	if (changed & FLAG_AC)
		cpu_update_mmu(cpu);
	if (changed & (FLAG_TF | FLAG_RF | FLAG_VIF | FLAG_VIP | FLAG_IF))
		cpu_update_armed(cpu);
}

void cpu_set_cpl(struct cpu *cpu, unsigned cpl)
{
	cpu->st.cpl = (uint8_t)cpl;
	cpu_update_mode(cpu);
}

static bool is_flat(const struct seg *s)
{
	const unsigned looked_at = SEG_P | SEG_S | SEG_CODE | SEG_EXPAND_DOWN | SEG_WRITABLE;
	return s->base == 0 && s->limit == UINT32_MAX && (s->attr & looked_at) == (SEG_P | SEG_S | SEG_WRITABLE);
}

static uint32_t code_mode(const struct cpu *cpu)
{
	const struct seg *cs = &cpu->st.seg[SEG_CS], *ss = &cpu->st.seg[SEG_SS];
	uint32_t mode = cpu_is_real(cpu) || cpu_is_v86(cpu) ? 0 : MODE_PROTECTED;
	if (cpu->st.efer & EFER_LMA)
		mode |= MODE_LONG;
	if ((mode & MODE_LONG) && (cs->attr & SEG_L))
		return mode | MODE_64;
	if (cs->attr & SEG_DB)
		mode |= MODE_CODE32;
	if (ss->attr & SEG_DB)
		mode |= MODE_STACK32;
	if (cs->base || cs->limit != 0xffffffff)
		mode |= MODE_CS_CHECKED;
	if (is_flat(ss) && is_flat(&cpu->st.seg[SEG_DS]) && is_flat(&cpu->st.seg[SEG_ES]))
		mode |= MODE_FLAT;
	return mode;
}

/* [SDM vol. 2, 2.4 to 2.8: exception types] */
static uint32_t unit_mode(const struct cpu_state *st)
{
	const uint64_t avx = XCR0_SSE | XCR0_AVX;
	const bool ts = st->cr0 & CR0_TS, em = st->cr0 & CR0_EM;
	uint32_t mode = ts || em ? MODE_NO_X87 : 0;
	if (ts || em || !(st->cr4 & CR4_OSFXSR))
		mode |= MODE_NO_SSE;
	if (ts || !(st->cr4 & CR4_OSXSAVE) || (st->xcr0 & avx) != avx)
		mode |= MODE_NO_AVX;
	return mode;
}

static void follow_mode(struct cpu *cpu)
{
	cpu->mode = code_mode(cpu) | unit_mode(&cpu->st) | (uint32_t)cpu->st.cpl << MODE_CPL_SHIFT;
	mmu_set_mode(&cpu->mmu, cpu->mode);
	cpu_update_mmu(cpu);
}

/* A far transfer or a write of a control register triggers the monitor [SDM vol. 3, 8.10.4]. */
void cpu_update_mode(struct cpu *cpu)
{
	cpu->st.monitor = 0;
	follow_mode(cpu);
}

void cpu_update_mmu(struct cpu *cpu)
{
	struct mmu_context *c = &cpu->mmu.context;
	bool ac = cpu->st.rflags & FLAG_AC;
	c->user = cpu->st.cpl == 3;
	c->ac = ac;
	c->check_alignment = c->user && ac && (cpu->st.cr0 & CR0_AM);
	c->wraps = !(cpu->mode & MODE_64);
	mmu_select(&cpu->mmu);
}

/* Protection keys need IA-32e paging [SDM vol. 3, 4.6.2]. */
static uint32_t pkru_in_force(const struct cpu *cpu)
{
	return (cpu->st.cr4 & CR4_PKE) && (cpu->st.efer & EFER_LMA) ? (uint32_t)cpu->st.pkru : 0;
}

void cpu_update_keys(struct cpu *cpu)
{
	mmu_new_keys(&cpu->mmu, pkru_in_force(cpu));
}

void cpu_update_paging(struct cpu *cpu)
{
	struct mmu_context *c = &cpu->mmu.context;
	c->cr0 = cpu->st.cr0;
	c->cr3 = cpu->st.cr3;
	c->cr4 = cpu->st.cr4;
	c->efer = cpu->st.efer;
	c->pdpte = cpu->st.pdpte;
	c->pkru = pkru_in_force(cpu);
	c->long_mode = cpu->st.efer & EFER_LMA;
	c->physical_bits = cpu->profile->physical_bits;
	c->linear_bits = cpu->st.cr4 & CR4_LA57 ? 57 : 48; /* PT-26 */
	c->pages_1g = profile_has(cpu->profile, FEATURE_PAGE1GB);
	c->pse36 = profile_has(cpu->profile, FEATURE_PSE36);
	c->bit8_reserved = behaviour(cpu, paging_bit8_reserved);
	mmu_follow(&cpu->mmu);
}

static bool virtual_interrupt_waits(const struct cpu_state *st)
{
	return (st->rflags & FLAG_VIF) && (st->rflags & FLAG_VIP);
}

static uint32_t armed_by_state(const struct cpu_state *st)
{
	return (st->rflags & FLAG_TF ? ARMED_TF : 0) | (st->rflags & FLAG_RF ? ARMED_RF : 0) |
	       (st->dr7 & 0xff ? ARMED_BREAKPOINTS : 0) | (st->shadow ? ARMED_SHADOW : 0) |
	       (st->pending_db ? ARMED_PENDING_DB : 0) | (st->halted ? ARMED_HALTED : 0) |
	       (virtual_interrupt_waits(st) ? ARMED_VIRTUAL : 0) |
	       (st->debugctl & (DEBUGCTL_LBR | DEBUGCTL_BTF) ? ARMED_BRANCHES : 0);
}

void cpu_update_armed(struct cpu *cpu)
{
	cpu->followed = FLAGS_FOLLOWED | (interrupt_waits(cpu) ? FLAG_IF : 0);
	cpu->armed = (cpu->armed & ARMED_STOP) | armed_by_state(&cpu->st) |
	             (interrupt_is_due(cpu) ? ARMED_SIGNAL : 0);
	if (cpu->recorder || cpu->observing || (cpu->st.dr7 & 0xff))
		debug_update_observer(cpu);
	if (cpu->armed)
		cpu->deadline = 0; /* no further block is entered by a link; the driver looks */
}

void cpu_arm(struct cpu *cpu, enum cpu_armed why)
{
	cpu->armed |= why;
	cpu->deadline = 0;
}

void cpu_sync(struct cpu *cpu)
{
	cpu->lf = flags_from(cpu->st.rflags);
	cpu->st.gpr[GPR_ZERO] = 0;
	cpu->st.seg[SEG_NONE] = (struct seg){ 0 };
	follow_mode(cpu);
	cpu_update_paging(cpu);
	cpu_update_armed(cpu);
	monitor_follow(cpu);
}

bool cpu_canonical_by_cpu(const struct cpu *cpu, uint64_t address)
{
	unsigned unused = 64u - cpu->profile->linear_bits;
	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}
