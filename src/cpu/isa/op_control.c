/* op_control.c - MOV from and to control and debug registers [SDM vol. 2, MOV]. */
#include "cpu/control.h"
#include "cpu/interrupt.h"
#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"
#include "cpu/seg.h"
#include "mem/paging.h"

#define CR0_WRITABLE (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG)

/* ---- the PDPTEs of PAE paging ---- */

enum { PDPTES = 4 };

static bool is_pae(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	return (cr0 & CR0_PG) && (cr4 & CR4_PAE) && !(efer & EFER_LME);
}

/* The four entries that CR3 names, read as one: physical memory that nobody answers for reads as ones, and a reserved
 * bit in one that is present faults, with none of them loaded [SDM vol. 3, 4.4.1]. */
static bool load_pdptes(struct cpu *cpu, uint64_t cr3)
{
	const uint64_t reserved = paging_pdpte_reserved(&cpu->mmu.context);
	uint64_t entry[PDPTES];
	memset(entry, 0xff, sizeof entry);
	phys_read(cpu->mmu.ram, cr3 & 0xffffffe0, entry, sizeof entry);
	for (unsigned i = 0; i < PDPTES; i++)
		if ((entry[i] & 1) && (entry[i] & reserved))
			return cpu_fault(cpu, VEC_GP, 0, RULE_SL_61);
	memcpy(cpu->st.pdpte, entry, sizeof entry);
	return true;
}

/* ---- CR0 ---- */

static bool cr0_is_consistent(uint64_t value)
{
	return value >> 32 == 0 && !((value & CR0_PG) && !(value & CR0_PE)) && !((value & CR0_NW) && !(value & CR0_CD));
}

static bool tr_is_16_bit(const struct cpu *cpu)
{
	unsigned type = cpu->st.seg[SEG_TR].attr & SEG_TYPE;
	return type == TYPE_TSS16_FREE || type == TYPE_TSS16_BUSY;
}

/* Turning paging on with LME = 1 enters IA-32e mode [SDM vol. 3, 4.1.2 and 9.8.5]. */
static bool check_paging_on(struct cpu *cpu)
{
	if (!(cpu->st.efer & EFER_LME))
		return true;
	if (!(cpu->st.cr4 & CR4_PAE) || (cpu->st.seg[SEG_CS].attr & SEG_L) || tr_is_16_bit(cpu))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_49);
	return true;
}

static bool check_paging_off(struct cpu *cpu)
{
	if (cpu_is_64(cpu) || (cpu->st.cr4 & CR4_PCIDE))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_48);
	return true;
}

static bool check_cr0(struct cpu *cpu, uint64_t value)
{
	uint64_t changed = cpu->st.cr0 ^ value;
	if (!cr0_is_consistent(value))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_47);
	if ((changed & CR0_PG) && !(value & CR0_PG ? check_paging_on(cpu) : check_paging_off(cpu)))
		return false;
	return true;
}

/* PAE paging that begins, or a change of caching under it, loads the PDPTEs [SDM vol. 3, 4.4.1]. */
static bool follow_cr0(struct cpu *cpu, uint64_t value)
{
	bool loads = (cpu->st.cr0 ^ value) & (CR0_CD | CR0_NW | CR0_PG);
	return !loads || !is_pae(value, cpu->st.cr4, cpu->st.efer) || load_pdptes(cpu, cpu->st.cr3);
}

/* LMA is LME AND PG [SDM vol. 3, 4.1.2]. */
static uint64_t efer_under(uint64_t efer, uint64_t cr0)
{
	bool active = (efer & EFER_LME) && (cr0 & CR0_PG);
	return (efer & ~(uint64_t)EFER_LMA) | (active ? EFER_LMA : 0);
}

/* The manual lets WP take effect without a flush [SDM vol. 3, 4.10.4.1]; TLB entries here hold rights that were judged
 * under the old WP, so they must go. */
static bool cr0_write(struct cpu *cpu, uint64_t value)
{
	uint64_t changed = cpu->st.cr0 ^ value;
	if (!check_cr0(cpu, value) || !follow_cr0(cpu, value))
		return false;
	cpu->st.efer = efer_under(cpu->st.efer, value);
	cpu->st.cr0 = (value & CR0_WRITABLE) | CR0_ET;
	cpu_update_mode(cpu);
	cpu_update_paging(cpu);
	if (changed & (CR0_PG | CR0_WP))
		mmu_flush(&cpu->mmu, true);
	return true;
}

/* ---- CR3, CR4, CR8 ---- */

/* With PCIDE = 1, bit 63 keeps what the TLB holds of the new PCID; it is never stored (PT-23). Entries of other PCIDs
 * stay anyway, and with PCIDE = 0 there are none (PT-22). */
static bool cr3_write(struct cpu *cpu, uint64_t value)
{
	bool tagged = cpu->st.cr4 & CR4_PCIDE, keep = tagged && (value & CR3_NO_FLUSH);
	if (tagged)
		value &= ~CR3_NO_FLUSH;
	if (value >> cpu->profile->physical_bits)
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_57);
	if (is_pae(cpu->st.cr0, cpu->st.cr4, cpu->st.efer) && !load_pdptes(cpu, value))
		return false;
	cpu->st.cr3 = value;
	cpu->st.monitor = 0; /* [SDM vol. 3, 8.10.4] */
	mmu_new_root(&cpu->mmu, value, keep);
	return true;
}

static bool check_cr4(struct cpu *cpu, uint64_t value)
{
	uint64_t changed = cpu->st.cr4 ^ value;
	bool lma = cpu->st.efer & EFER_LMA;
	if (value & ~profile_cr4_bits(cpu->profile))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_52);
	if (lma && !(value & CR4_PAE))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_53);
	if ((changed & value & CR4_PCIDE) && (!lma || (cpu->st.cr3 & CR3_PCID)))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_54);
	if (lma && (changed & CR4_LA57))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_55);
	return true;
}

static bool follow_cr4(struct cpu *cpu, uint64_t value)
{
	bool loads = (cpu->st.cr4 ^ value) & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP);
	return !loads || !is_pae(cpu->st.cr0, value, cpu->st.efer) || load_pdptes(cpu, cpu->st.cr3);
}

/* SMAP is not among the bits whose change flushes [SDM vol. 3, 4.10.4.1]; it is here, for the reason given for WP. */
static bool cr4_write(struct cpu *cpu, uint64_t value)
{
	const uint64_t flushing = CR4_PSE | CR4_PAE | CR4_PGE | CR4_LA57 | CR4_PCIDE | CR4_SMEP | CR4_SMAP | CR4_PKE;
	uint64_t changed = cpu->st.cr4 ^ value;
	if (!check_cr4(cpu, value) || !follow_cr4(cpu, value))
		return false;
	cpu->st.cr4 = value;
	cpu_update_mode(cpu);
	cpu_update_paging(cpu);
	if (changed & flushing)
		mmu_flush(&cpu->mmu, true);
	return true;
}

static bool cr8_write(struct cpu *cpu, uint64_t value)
{
	if (value & ~0xfull)
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_58);
	cpu->st.cr8 = value;
	cpu->wires->task_priority(cpu->wires->arg, (unsigned)value);
	interrupt_look_at_board(cpu);
	return true;
}

bool cpu_write_cr(struct cpu *cpu, unsigned number, uint64_t value)
{
	switch (number) {
	case 0:
		return cr0_write(cpu, value);
	case 2:
		cpu->st.cr2 = value;
		return true;
	case 3:
		return cr3_write(cpu, value);
	case 4:
		return cr4_write(cpu, value);
	default:
		return cr8_write(cpu, value);
	}
}

uint64_t cpu_read_cr(const struct cpu *cpu, unsigned number)
{
	switch (number) {
	case 0:
		return cpu->st.cr0;
	case 2:
		return cpu->st.cr2;
	case 3:
		return cpu->st.cr3;
	case 4:
		return cpu->st.cr4;
	default:
		return cpu->st.cr8;
	}
}

/* ---- MOV CR ---- */

static OP(mov_from_control)
{
	if (cpu->st.cpl != 0)
		FAULT(VEC_GP, 0, RULE_SL_60);
	reg_set(cpu, u->dst, u->size, cpu_read_cr(cpu, u->src));
	NEXT();
}

static OP(mov_to_control)
{
	if (cpu->st.cpl != 0)
		FAULT(VEC_GP, 0, RULE_SL_60);
	if (!cpu_write_cr(cpu, u->dst, reg_get(cpu, u->src, u->size)))
		FAULTED();
	NEXT();
}

/* ---- MOV DR ---- */

/* DR4 and DR5 have become 6 and 7 by now. */
static uint64_t dr_read(const struct cpu *cpu, unsigned number)
{
	return number == 6 ? cpu->st.dr6 : number == 7 ? cpu->st.dr7 : cpu->st.dr[number & 3];
}

/* DR7: bits 15, 14, 12 and 11 read 0 and bit 10 reads 1 [SDM vol. 3, 17.2.4]. */
static void dr_write(struct cpu *cpu, unsigned number, uint64_t value)
{
	if (number == 6)
		cpu->st.dr6 = (value & DR6_WRITABLE) | DR6_FIXED;
	else if (number == 7)
		cpu->st.dr7 = (value & DR7_WRITABLE) | DR7_FIXED;
	else
		cpu->st.dr[number & 3] = value;
	cpu_update_armed(cpu);
}

/* The order among these is not given by the manual (NM-29). */
static bool dr_access(struct cpu *cpu, unsigned *number)
{
	bool alias = *number == 4 || *number == 5;
	if (alias && (cpu->st.cr4 & CR4_DE))
		return cpu_fault(cpu, VEC_UD, NO_CODE, RULE_NM_27);
	if (cpu->st.cpl != 0)
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	if (cpu->st.dr7 & DR7_GD) {
		cpu_fault(cpu, VEC_DB, NO_CODE, RULE_NM_26);
		cpu->fault.dr6 = DR6_BD;
		return false;
	}
	*number += alias ? 2 : 0;
	return true;
}

static bool move_from_debug(struct cpu *cpu, const struct uop *u)
{
	unsigned number = u->src;
	if (!dr_access(cpu, &number))
		return false;
	reg_set(cpu, u->dst, u->size, dr_read(cpu, number));
	return true;
}

static bool move_to_debug(struct cpu *cpu, const struct uop *u)
{
	unsigned number = u->dst;
	uint64_t value = reg_get(cpu, u->src, u->size);
	if (!dr_access(cpu, &number))
		return false;
	if (number >= 6 && value >> 32)
		return cpu_fault(cpu, VEC_GP, 0, RULE_NM_28);
	dr_write(cpu, number, value);
	return true;
}

static OP(mov_from_debug)
{
	if (!move_from_debug(cpu, u))
		FAULTED();
	NEXT();
}

static OP(mov_to_debug)
{
	if (!move_to_debug(cpu, u))
		FAULTED();
	NEXT();
}

/* ---- the choice ---- */

/* LOCK before MOV CR0 stands for REX.R where it is needed, outside 64-bit mode; it has no other use [APM vol. 3, MOV
 * CRn]. On a processor without this the LOCK itself is #UD, by the decoder. */
static op_fn *pick_control(struct uop *u, uint8_t *number, op_fn *fn)
{
	if ((u->flags & UOP_LOCK) && *number != 0)
		return op_undefined;
	if (u->flags & UOP_LOCK)
		*number = 8;
	return fn;
}

/* A write ends the block: what follows may mean something else. Numbers that no register has are #UD by the decoder
 * (SL-59, NM-27). */
PICK(mov_control)
{
	bool to = s->op[0].kind != OPERAND_REGISTER;
	unsigned kind = s->op[to ? 0 : 1].kind;
	uint8_t *number = to ? &u->dst : &u->src;
	(void)arg;
	s->ends |= to;
	if (kind == OPERAND_DEBUG)
		return to ? op_mov_to_debug : op_mov_from_debug;
	return pick_control(u, number, to ? op_mov_to_control : op_mov_from_control);
}
