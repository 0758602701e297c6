/* fault.c - filling in faults; names of vectors and rules. */
#include "cpu/fault.h"

#include <stddef.h>

#include "cpu/cpu.h"

bool cpu_fault(struct cpu *cpu, unsigned vector, int32_t code, enum rule rule)
{
	cpu->fault = (struct fault){ .vector = (uint16_t)vector, .code = code, .rule = (uint16_t)rule };
	return false;
}

bool cpu_fault_missing(struct cpu *cpu, const char *what)
{
	cpu->fault = (struct fault){ .vector = FAULT_UNIMPLEMENTED, .code = NO_CODE, .missing = what };
	return false;
}

/* The rule behind a page fault, by what its error code tells [SDM vol. 3, 4.7]. */
static enum rule page_fault_rule(const struct cpu *cpu, uint32_t code)
{
	if (!(code & PF_P))
		return RULE_PT_03;
	if (code & PF_RSVD)
		return RULE_PT_09;
	if (code & PF_PK)
		return RULE_PT_29;
	if (code & PF_U)
		return RULE_PT_15;
	if (code & PF_I)
		return cpu->st.cr4 & CR4_SMEP ? RULE_SL_45 : RULE_SL_46;
	return RULE_PT_31;
}

bool cpu_fault_from_mmu(struct cpu *cpu, bool stack)
{
	const struct mmu_fault *f = &cpu->mmu.fault;
	switch (f->kind) {
	case MMU_FAULT_PAGE:
		cpu_fault(cpu, VEC_PF, (int32_t)f->code, page_fault_rule(cpu, f->code));
		cpu->fault.cr2 = f->address;
		return false;
	case MMU_FAULT_ALIGNMENT:
		return cpu_fault(cpu, VEC_AC, 0, RULE_SL_64);
	case MMU_FAULT_DEVICE:
		return cpu_fault(cpu, FAULT_DEVICE, NO_CODE, RULE_NONE);
	case MMU_FAULT_NO_MEMORY:
		return cpu_fault(cpu, FAULT_NO_MEMORY, NO_CODE, RULE_NONE);
	case MMU_FAULT_NON_CANONICAL:
	default:
		return cpu_fault(cpu, stack ? VEC_SS : VEC_GP, 0, RULE_SL_19);
	}
}

static const char *const rule_ids[] = {
	"-",
#define RULE(area, number, state, applies, fault, source, text) #area "-" #number,
#include "cpu/rules.def"
#undef RULE
#define I(name, ...) "insn:" #name,
#include "cpu/isa/insn.def"
#undef I
};

const char *rule_id(enum rule rule)
{
	return rule < sizeof rule_ids / sizeof *rule_ids ? rule_ids[rule] : "-";
}

const char *vector_name(unsigned vector)
{
	static const char *const names[] = {
#define EXCEPTION(vector, name, kind, code, about) [vector] = name,
#include "cpu/exceptions.def"
#undef EXCEPTION
	};
	return vector < sizeof names / sizeof *names ? names[vector] : NULL;
}
