/* hooks.c - what single registers check, read and do beyond their row of msr.def. */
#include "cpu/interrupt.h"
#include "cpu/mutant.h"
#include "msr/msr.h"

static uint64_t held(const struct cpu *cpu, const struct msr_row *row)
{
	uint64_t value;
	memcpy(&value, (const char *)&cpu->st + row->at, sizeof value);
	return value;
}

static void hold(struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	memcpy((char *)&cpu->st + row->at, &value, sizeof value);
}

static enum rule broken_unless(bool legal, const struct msr_row *row)
{
	return legal ? RULE_NONE : (enum rule)row->rule;
}

/* ---- checks ---- */

enum rule msr_check_any(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	(void)cpu;
	(void)row;
	(void)value;
	return RULE_NONE;
}

/* A read-only register faults whatever is written. */
enum rule msr_check_never(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	(void)cpu;
	(void)value;
	return (enum rule)row->rule;
}

/* By the width that the CPU has, not by that of the paging in use (MS-14). */
enum rule msr_check_canonical(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	return broken_unless(cpu_canonical_by_cpu(cpu, value), row);
}

enum rule msr_check_sysenter(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	return broken_unless(!behaviour(cpu, sysenter_msrs_64) || cpu_canonical_by_cpu(cpu, value), row);
}

/* From disabled to xAPIC mode, to x2APIC mode; from any back to disabled; and no other way [SDM vol. 3, 10.12.5]. */
static bool apic_may_change(uint64_t old, uint64_t value)
{
	const uint64_t mode = value & (APIC_BASE_EN | APIC_BASE_EXTD), before = old & (APIC_BASE_EN | APIC_BASE_EXTD);
	switch (mode) {
	case 0:
		return true;
	case APIC_BASE_EN:
		return before != (APIC_BASE_EN | APIC_BASE_EXTD);
	case APIC_BASE_EN | APIC_BASE_EXTD:
		return before != 0;
	default:
		return false;
	}
}

enum rule msr_check_apic_base(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	bool extended = (value & APIC_BASE_EXTD) && !profile_shows(cpu->profile, FEATURE_X2APIC);
	if (value >> cpu->profile->physical_bits || extended)
		return (enum rule)row->rule;
	return apic_may_change(held(cpu, row), value) ? RULE_NONE : RULE_MS_25;
}

/* Each byte is a memory type: 0, 1, 4, 5, 6 or 7, so bit 1 comes only with bit 2 [SDM vol. 3, 11.12.2]. */
enum rule msr_check_pat(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	const uint64_t unused = 0xf8f8f8f8f8f8f8f8, bit_1 = 0x0202020202020202;
	(void)cpu;
	return broken_unless(!(value & unused) && !((value & bit_1) << 1 & ~value), row);
}

enum rule msr_check_all_or_none(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	(void)cpu;
	return broken_unless(value == 0 || value == ~0ull, row);
}

/* HWCR stays 0 where it does not exist, so the vendor need not be asked. */
enum rule msr_check_mc_status(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	return broken_unless(value == 0 || (cpu->st.hwcr & HWCR_MC_STATUS_WR_EN), row);
}

enum rule msr_check_misc_enable(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	return broken_unless(!(value & cpu->profile->misc_enable_reserved), row);
}

enum rule msr_check_efer(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	uint64_t old = held(cpu, row);
	if (value & ~cpu->profile->efer_bits)
		return RULE_MS_08;
	if ((value & EFER_NXE) && (cpu->st.misc_enable & MISC_ENABLE_XD_DISABLE))
		return RULE_MS_28;
	return (cpu->st.cr0 & CR0_PG) && ((old ^ value) & EFER_LME) ? RULE_MS_10 : RULE_NONE;
}

enum rule msr_check_tsc_aux(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	return broken_unless(!behaviour(cpu, tsc_aux_upper_reserved) || value >> 32 == 0, row);
}

/* Bits that the processor lacks are reserved (MS-33). Branch trace messages would go to a bus or to memory. */
enum rule msr_check_debugctl(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	if (value & ~cpu->profile->debugctl_bits)
		return (enum rule)row->rule;
	return value & (DEBUGCTL_TR | DEBUGCTL_BTS) ? MSR_MISSING : RULE_NONE;
}

/* Another value would change what CPUID says. */
enum rule msr_check_same(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	return value == row->read(cpu, row, 0) ? RULE_NONE : MSR_MISSING;
}

/* ---- reads ---- */

uint64_t msr_read_plain(const struct cpu *cpu, const struct msr_row *row, uint64_t now)
{
	(void)now;
	return held(cpu, row);
}

uint64_t msr_read_zero(const struct cpu *cpu, const struct msr_row *row, uint64_t now)
{
	(void)cpu;
	(void)row;
	(void)now;
	return 0;
}

uint64_t msr_tsc(const struct cpu *cpu, uint64_t now)
{
	return now * cpu->profile->tsc_per_cycle + cpu->st.tsc_offset;
}

uint64_t msr_read_tsc(const struct cpu *cpu, const struct msr_row *row, uint64_t now)
{
	(void)row;
	return msr_tsc(cpu, now);
}

uint64_t msr_read_tsc_deadline(const struct cpu *cpu, const struct msr_row *row, uint64_t now)
{
	(void)row;
	(void)now;
	return cpu->wires->tsc_deadline_read(cpu->wires->arg);
}

/* Bits 7:0 count the banks; no other capability [SDM vol. 3, 15.3.1.1]. */
uint64_t msr_read_mcg_cap(const struct cpu *cpu, const struct msr_row *row, uint64_t now)
{
	(void)cpu;
	(void)row;
	(void)now;
	return MC_BANKS;
}

/* What CPUID 80000001h tells in EBX and ECX. */
uint64_t msr_read_extended_id(const struct cpu *cpu, const struct msr_row *row, uint64_t now)
{
	uint32_t reg[4];
	(void)row;
	(void)now;
	profile_cpuid(cpu->identity, 0x80000001, 0, reg);
	return (uint64_t)reg[2] << 32 | reg[1];
}

/* ---- writes ---- */

void msr_write_plain(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	(void)now;
	hold(cpu, row, (held(cpu, row) & ~row->writable) | (value & row->writable));
}

void msr_write_nothing(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	(void)cpu;
	(void)row;
	(void)now;
	(void)value;
}

void msr_write_tsc(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	(void)row;
	cpu->st.tsc_offset += value - msr_tsc(cpu, now);
	cpu->access_time = now;
	cpu->wires->tsc_offset(cpu->wires->arg, cpu->st.tsc_offset);
	interrupt_look_at_board(cpu);
}

void msr_write_tsc_deadline(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	(void)row;
	cpu->access_time = now;
	cpu->wires->tsc_deadline_write(cpu->wires->arg, value);
	interrupt_look_at_board(cpu);
}

void msr_write_apic_base(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	msr_write_plain(cpu, row, now, value);
	cpu->access_time = now;
	cpu->wires->apic_base(cpu->wires->arg, cpu->st.apic_base);
	interrupt_look_at_board(cpu);
}

void msr_write_debugctl(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	msr_write_plain(cpu, row, now, value);
	cpu_update_armed(cpu);
}

/* What is about MONITOR exists with it. */
void msr_write_hwcr(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	const uint64_t monitor = HWCR_MON_MWAIT_DIS | HWCR_MON_MWAIT_USER_EN;
	msr_write_plain(cpu, row, now, profile_has(cpu->profile, FEATURE_MONITOR) ? value : value & ~monitor);
}

void msr_write_sysenter(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	(void)now;
	hold(cpu, row, behaviour(cpu, sysenter_msrs_64) ? value : (uint32_t)value);
}

void msr_write_misc_enable(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	uint64_t kept = cpu->profile->misc_enable_read_only;
	(void)now;
	hold(cpu, row, (held(cpu, row) & kept) | (value & ~kept));
}

/* LMA is not in the row's writable bits (MS-09). NXE decides whether bit 63 of an entry is reserved, and the TLB was
 * filled under the old answer (MS-38). */
void msr_write_efer(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value)
{
	uint64_t old = held(cpu, row);
	msr_write_plain(cpu, row, now, value);
	cpu_update_mode(cpu);
	cpu_update_paging(cpu);
	if ((old ^ value) & EFER_NXE)
		mmu_flush(&cpu->mmu, true);
}
