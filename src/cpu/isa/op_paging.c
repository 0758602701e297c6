/* op_paging.c - what a program says to the TLB and to the protection keys: INVLPG, INVPCID, RDPKRU, WRPKRU. */
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

/* ---- INVLPG ---- */

/* The base of the segment is added, its limit and presence are not looked at; an address that is not canonical names no
 * page (PT-20). */
static OP(invlpg)
{
	uint64_t address = linear_wrap(cpu, ea_effective(cpu, u) + cpu->st.seg[u->seg].base);
	if (cpu_canonical(cpu, address))
		mmu_flush_page(&cpu->mmu, address);
	NEXT();
}

PICK_ONE(invlpg)

/* ---- INVPCID ---- */

enum invpcid_type { ONE_ADDRESS, ONE_PCID, ALL_AND_GLOBAL, ALL };

struct invpcid {
	uint64_t pcid, address; /* the descriptor */
	uint64_t type;
};

static bool read_descriptor(struct cpu *cpu, const struct uop *u, struct invpcid *d)
{
	bool stack = u->flags & UOP_STACK_SEGMENT;
	uint64_t address;
	return ea_linear(cpu, u, 16, SEG_FOR_READ, &address) &&
	       linear_read_slow(cpu, address, 8, MMU_READ, stack, &d->pcid) &&
	       linear_read_slow(cpu, linear_wrap(cpu, address + 8), 8, MMU_READ, stack, &d->address);
}

/* The address counts with all its bits in every mode, and is canonical by the width that the processor has (MS-14). */
static bool is_legal(const struct cpu *cpu, const struct invpcid *d)
{
	bool names_pcid = d->type == ONE_ADDRESS || d->type == ONE_PCID;
	if (d->pcid & ~CR3_PCID)
		return false;
	if (names_pcid && d->pcid && !(cpu->st.cr4 & CR4_PCIDE))
		return false;
	return d->type != ONE_ADDRESS || cpu_canonical_by_cpu(cpu, d->address);
}

static void invalidate(struct cpu *cpu, const struct invpcid *d)
{
	switch ((enum invpcid_type)d->type) {
	case ONE_ADDRESS:
		mmu_flush_page_of(&cpu->mmu, (uint32_t)d->pcid, d->address);
		break;
	case ONE_PCID:
		mmu_flush_pcid(&cpu->mmu, (uint32_t)d->pcid);
		break;
	case ALL_AND_GLOBAL:
	case ALL:
		mmu_flush(&cpu->mmu, d->type == ALL_AND_GLOBAL);
		break;
	}
}

static bool invalidate_pcid(struct cpu *cpu, const struct uop *u)
{
	struct invpcid d = { .type = reg_get(cpu, u->dst, cpu_is_64(cpu) ? 8 : 4) };
	if (d.type > ALL)
		return cpu_fault(cpu, VEC_GP, 0, RULE_PT_25);
	if (!read_descriptor(cpu, u, &d))
		return false;
	if (!is_legal(cpu, &d))
		return cpu_fault(cpu, VEC_GP, 0, RULE_PT_25);
	invalidate(cpu, &d);
	return true;
}

HANDLER(invpcid, invalidate_pcid(cpu, u))

PICK_ONE(invpcid)

/* ---- RDPKRU, WRPKRU: at every CPL ---- */

static bool keys_are_enabled(struct cpu *cpu)
{
	return (cpu->st.cr4 & CR4_PKE) || cpu_fault(cpu, VEC_UD, NO_CODE, RULE_PT_30);
}

static bool read_pkru(struct cpu *cpu)
{
	if (!keys_are_enabled(cpu))
		return false;
	if ((uint32_t)cpu->st.gpr[RCX])
		return cpu_fault(cpu, VEC_GP, 0, RULE_PT_30);
	cpu->st.gpr[RAX] = cpu->st.pkru;
	cpu->st.gpr[RDX] = 0;
	return true;
}

static bool write_pkru(struct cpu *cpu)
{
	if (!keys_are_enabled(cpu))
		return false;
	if ((uint32_t)cpu->st.gpr[RCX] || (uint32_t)cpu->st.gpr[RDX])
		return cpu_fault(cpu, VEC_GP, 0, RULE_PT_30);
	cpu->st.pkru = (uint32_t)cpu->st.gpr[RAX];
	cpu_update_keys(cpu);
	return true;
}

HANDLER(rdpkru, read_pkru(cpu))
HANDLER(wrpkru, write_pkru(cpu))

PICK(pkru)
{
	(void)s;
	(void)u;
	return arg ? op_wrpkru : op_rdpkru;
}
