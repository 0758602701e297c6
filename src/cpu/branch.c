/* branch.c - see branch.h. */
#include "cpu/branch.h"

#include "cpu/isa/alu.h"
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

uint64_t branch_linear(const struct cpu *cpu, uint64_t rip)
{
	return cpu_is_64(cpu) ? rip : (uint32_t)(rip + cpu->st.seg[SEG_CS].base);
}

/* A loop has counted already; JCXZ and its kin have not changed anything. */
static bool count_allows(const struct cpu *cpu, const struct uop *u, bool wanted_zero)
{
	return (reg_get(cpu, RCX * 8, uop_address_size(u)) == 0) == wanted_zero;
}

static bool loop_went(const struct cpu *cpu, const struct uop *u)
{
	bool zf = flag_zf(&cpu->lf);
	switch (insn_rows[u->insn].arg) {
	case LOOP_ZF:
		return count_allows(cpu, u, false) && zf;
	case LOOP_NOT_ZF:
		return count_allows(cpu, u, false) && !zf;
	default:
		return count_allows(cpu, u, false);
	}
}

/* A conditional branch to the next instruction: only its condition tells. */
static bool condition_held(const struct cpu *cpu, const struct uop *u)
{
	const struct insn_row *row = &insn_rows[u->insn];
	if (row->pick == pick_jcc)
		return alu_condition(&cpu->lf, row->arg);
	if (row->pick == pick_loop)
		return loop_went(cpu, u);
	return row->pick != pick_jrcxz || count_allows(cpu, u, true);
}

bool branch_was_taken(const struct cpu *cpu, const struct uop *u, uint64_t next)
{
	if (!(insn_rows[u->insn].traits & I_SETS_RIP))
		return false;
	return cpu->st.rip != next || condition_held(cpu, u);
}

static void note(struct cpu *cpu, uint64_t from)
{
	cpu->st.last_branch = (struct branch){ .from = from, .to = branch_linear(cpu, cpu->st.rip) };
}

void branch_record(struct cpu *cpu, uint64_t from)
{
	if (cpu->st.debugctl & DEBUGCTL_LBR)
		note(cpu, from);
}

void branch_record_event(struct cpu *cpu, unsigned vector, uint64_t from)
{
	if (vector == VEC_DB) {
		cpu->st.debugctl &= ~(uint64_t)(DEBUGCTL_LBR | DEBUGCTL_BTF);
		return;
	}
	if (!(cpu->st.debugctl & DEBUGCTL_LBR))
		return;
	cpu->st.last_exception = cpu->st.last_branch;
	note(cpu, from);
}
