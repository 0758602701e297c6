/* op_msr.c - RDMSR, WRMSR, RDTSC, RDTSCP, RDPID, CPUID, and the instructions for the bases of FS and GS. */
#include "cpu/isa/op_common.h"
#include "cpu/monitor.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"
#include "msr/msr.h"

/* Every result of this family goes into the low half and clears the high one (MS-03). */
static void set32(struct cpu *cpu, unsigned reg, uint64_t value)
{
	cpu->st.gpr[reg] = (uint32_t)value;
}

/* ---- RDMSR, WRMSR ---- */

/* The number is ECX, whatever RCX[63:32] holds (MS-02). */
static bool read_msr(HOT_PARAMS)
{
	uint64_t value;
	enum rule rule;
	if (!msr_read(cpu, (uint32_t)cpu->st.gpr[RCX], uop_now(cpu, u), &value, &rule))
		return cpu_fault(cpu, VEC_GP, 0, rule);
	set_edx_eax(cpu, value);
	return true;
}

static bool write_msr(HOT_PARAMS)
{
	enum rule rule;
	if (msr_write(cpu, (uint32_t)cpu->st.gpr[RCX], uop_now(cpu, u), edx_eax(cpu), &rule))
		return true;
	return rule == MSR_MISSING ? cpu_fault_missing(cpu, "what this bit of the MSR switches on")
	                           : cpu_fault(cpu, VEC_GP, 0, rule);
}

static OP(rdmsr)
{
	if (!read_msr(cpu, u))
		FAULTED();
	NEXT();
}

static OP(wrmsr)
{
	if (!write_msr(cpu, u))
		FAULTED();
	NEXT();
}

PICK_ONE(rdmsr)
PICK_ONE(wrmsr)

/* ---- RDTSC, RDTSCP ---- */

static bool tsc_is_denied(const struct cpu *cpu)
{
	return (cpu->st.cr4 & CR4_TSD) && cpu->st.cpl > 0;
}

static OP(rdtsc)
{
	if (tsc_is_denied(cpu))
		FAULT(VEC_GP, 0, RULE_MS_21);
	set_edx_eax(cpu, msr_tsc(cpu, uop_now(cpu, u)));
	NEXT();
}

static OP(rdtscp)
{
	if (tsc_is_denied(cpu))
		FAULT(VEC_GP, 0, RULE_MS_21);
	set_edx_eax(cpu, msr_tsc(cpu, uop_now(cpu, u)));
	set32(cpu, RCX, cpu->st.tsc_aux);
	NEXT();
}

PICK(rdtsc)
{
	(void)s;
	(void)u;
	return arg ? op_rdtscp : op_rdtsc;
}

/* No CR4.TSD here; the operand has 32 bits, in 64-bit mode 64, of which TSC_AUX has the lower half [SDM vol. 2,
 * RDPID]. */
static OP(rdpid)
{
	set32(cpu, u->dst / 8, cpu->st.tsc_aux);
	NEXT();
}
PICK_ONE(rdpid)

/* CPUID leaf 0Ah shows no counters, and each number is of none there is [SDM vol. 2, RDPMC]. Where a processor has some
 * that CPUID does not show, they are missing: PERFCTR0 of Intel's 6th family, PerfCtr0 of AMD's [APM vol. 2, 13.2]. */
static bool read_counter(struct cpu *cpu)
{
	const bool denied = cpu->st.cpl > 0 && !(cpu->st.cr4 & CR4_PCE);
	if (denied || (uint32_t)cpu->st.gpr[RCX] >= cpu->profile->hidden_counters)
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	cpu_fault_missing(cpu, "RDPMC");
	return false;
}

HANDLER(rdpmc, read_counter(cpu))
PICK_ONE(rdpmc)

/* ---- CPUID ---- */

static void hide(enum feature f, uint32_t leaf, uint32_t reg[4])
{
	if (leaf == feature_texts[f].leaf)
		reg[feature_texts[f].reg] &= ~(1u << feature_texts[f].bit);
}

/* The bit is the same in leaf 1 and where it is repeated. */
static void hide_apic(uint32_t leaf, uint32_t reg[4])
{
	if (leaf == 1 || leaf == 0x80000001)
		reg[3] &= ~(1u << feature_texts[FEATURE_APIC].bit);
}

/* What depends on state: APIC_BASE can hide the local APIC [SDM vol. 3, 10.4.3]; MISC_ENABLE can hide NX (MS-28) and
 * cut the basic leaves off behind 2 [SDM vol. 4, IA32_MISC_ENABLE]; processors with SYSCALL in 64-bit mode only show it
 * only there [SDM vol. 2, CPUID]. The initial APIC ID is 0. OSPKE is CR4.PKE, OSXSAVE CR4.OSXSAVE. */
static void add_state(const struct cpu *cpu, uint32_t leaf, uint32_t reg[4])
{
	const uint32_t xsave = 1u << feature_texts[FEATURE_XSAVE].bit; /* OSXSAVE is the next bit */
	const uint32_t pku = 1u << feature_texts[FEATURE_PKU].bit; /* OSPKE is the next bit */
	if (cpu->st.misc_enable & MISC_ENABLE_XD_DISABLE)
		hide(FEATURE_NX, leaf, reg);
	if (!monitor_is_enabled(cpu))
		hide(FEATURE_MONITOR, leaf, reg);
	if (!(cpu->st.apic_base & APIC_BASE_EN))
		hide_apic(leaf, reg);
	if (!cpu_is_64(cpu) && !behaviour_of_identity(cpu, syscall_outside_64))
		hide(FEATURE_SYSCALL, leaf, reg);
	if (leaf == 7 && (cpu->st.cr4 & CR4_PKE))
		reg[2] |= (reg[2] & pku) << 1;
	if (leaf == 1 && (cpu->st.cr4 & CR4_OSXSAVE))
		reg[2] |= (reg[2] & xsave) << 1;
	if (leaf == 0 && (cpu->st.misc_enable & MISC_ENABLE_LIMIT_CPUID))
		reg[0] = 2;
}

/* Some processors repeat in 80000001h EDX those of leaf 1's bits that were theirs before the numbering was shared [APM
 * vol. 3, E.4.2]. */
static void repeat_features(const struct cpu *cpu, uint32_t leaf, uint32_t reg[4])
{
	const uint32_t repeated = 0x0183f3ff;
	uint32_t first[4];
	if (leaf != 0x80000001 || !behaviour_of_identity(cpu, cpuid_repeats_features))
		return;
	profile_cpuid(cpu->identity, 1, 0, first);
	reg[3] |= first[3] & repeated;
}

/* A leaf past the last one of its range is answered with the last basic leaf, or with zeroes [SDM vol. 2, CPUID; APM
 * vol. 3, CPUID]. */
static uint32_t answered_leaf(const struct cpu *cpu)
{
	uint32_t leaf = (uint32_t)cpu->st.gpr[RAX];
	return behaviour_of_identity(cpu, cpuid_repeats_last) ? profile_cpuid_within(cpu->identity, leaf) : leaf;
}

/* The bytes of a standard area with what XCR0 enables; where areas can be compacted, those of one with what XCR0 and
 * XSS enable [SDM vol. 2, CPUID leaf 0DH]. */
static void add_sizes(const struct cpu *cpu, uint32_t subleaf, uint32_t reg[4])
{
	const uint64_t enabled = cpu->st.xcr0, all = enabled | cpu->st.xss;
	if (subleaf == 0)
		reg[1] = profile_xsave_bytes(cpu->identity, enabled, 0);
	else if (subleaf == 1 && profile_shows(cpu->identity, FEATURE_XSAVEC))
		reg[1] = profile_xsave_bytes(cpu->identity, all, XCOMP_BV_COMPACTED | all);
}

static void identify(struct cpu *cpu)
{
	uint32_t leaf = answered_leaf(cpu), reg[4];
	profile_cpuid(cpu->identity, leaf, (uint32_t)cpu->st.gpr[RCX], reg);
	repeat_features(cpu, leaf, reg);
	add_state(cpu, leaf, reg);
	if (leaf == 0xd && profile_shows(cpu->identity, FEATURE_XSAVE))
		add_sizes(cpu, (uint32_t)cpu->st.gpr[RCX], reg);
	set32(cpu, RAX, reg[0]);
	set32(cpu, RBX, reg[1]);
	set32(cpu, RCX, reg[2]);
	set32(cpu, RDX, reg[3]);
}

static OP(cpuid)
{
	identify(cpu);
	NEXT();
}

PICK_ONE(cpuid)

/* ---- RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE ---- */

/* They run at every CPL (FB-02). */
static bool bases_are_enabled(const struct cpu *cpu)
{
	return cpu_is_64(cpu) && (cpu->st.cr4 & CR4_FSGSBASE);
}

static OP(read_base)
{
	if (!bases_are_enabled(cpu))
		FAULT(VEC_UD, NO_CODE, RULE_FB_01);
	reg_set(cpu, u->dst, u->size, cpu->st.seg[u->src].base);
	NEXT();
}

/* Selector, limit and attributes stay, and so does KERNEL_GS_BASE (FB-07). */
static OP(write_base)
{
	uint64_t base = reg_get(cpu, u->dst, u->size);
	if (!bases_are_enabled(cpu))
		FAULT(VEC_UD, NO_CODE, RULE_FB_01);
	if (!cpu_canonical(cpu, base))
		FAULT(VEC_GP, 0, RULE_FB_05);
	cpu->st.seg[u->src].base = base;
	NEXT();
}

PICK(segment_base)
{
	(void)s;
	u->src = (uint8_t)arg; /* the low byte: the segment */
	return arg & BASE_WRITE ? op_write_base : op_read_base;
}
