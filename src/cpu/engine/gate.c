/* gate.c - see gate.h. */
#include "cpu/engine/gate.h"

#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"

bool gate_shows(const struct cpu *cpu, enum feature f)
{
	return profile_has(cpu->profile, f) && feature_texts[f].shown;
}

void gate_become(struct uop *u, op_fn *fn)
{
	u->fn = fn;
	u->flags &= (uint8_t)~UOP_SETS_RIP;
}

static bool is_illegal_lock(const struct cpu *cpu, const struct insn_row *row, const struct shape *s,
			    const struct uop *u)
{
	if (!(u->flags & UOP_LOCK))
		return false;
	if (behaviour(cpu, lock_mov_cr0_is_cr8) &&
	    (s->op[0].kind == OPERAND_CONTROL || s->op[1].kind == OPERAND_CONTROL))
		return false;
	return !(row->traits & I_LOCK) || !shape_is_memory(s, 0);
}

/* VEX is #UD in real and virtual-8086 mode [SDM vol. 2, exceptions type 13]. */
static bool is_absent(const struct cpu *cpu, const struct insn_row *row, const struct shape *s)
{
	const int feature = insn_feature(row, s->unit);
	if (s->vex && !(cpu->mode & MODE_PROTECTED))
		return true;
	return feature == FEATURE_NEVER || (feature >= 0 && !gate_shows(cpu, (enum feature)feature));
}

/* Of rows that have it whatever their operands are. */
static void take_unit(const struct insn_row *row, struct shape *s)
{
	if (row->traits & I_X87)
		s->unit = UNIT_X87;
	if (row->traits & I_MMX)
		s->unit = UNIT_MMX;
	if (row->traits & I_SSE)
		s->unit = s->vex ? UNIT_VEX128 : UNIT_SSE;
}

/* CR0, CR4 and XCR0 let the unit work. */
static bool is_unit_off(const struct cpu *cpu, const struct shape *s)
{
	static const uint16_t needs[UNITS] = { 0, MODE_NO_X87, MODE_NO_X87, MODE_NO_SSE, MODE_NO_AVX, MODE_NO_AVX };
	return cpu->mode & needs[s->unit];
}

static unsigned mode_cpl(const struct cpu *cpu)
{
	return (cpu->mode & MODE_CPL) >> MODE_CPL_SHIFT;
}

void gate_choose(const struct cpu *cpu, const struct insn_row *row, struct shape *s, struct uop *u)
{
	take_unit(row, s);
	u->fn = row->pick(s, row->arg, u);
	if (row->traits & I_SETS_RIP)
		u->flags |= UOP_SETS_RIP;
	if (!u->fn)
		gate_become(u, op_unimplemented);
	else if (is_illegal_lock(cpu, row, s, u) || is_absent(cpu, row, s))
		gate_become(u, op_undefined);
	else if (is_unit_off(cpu, s)) {
		gate_become(u, op_no_unit);
		u->imm = s->unit;
		s->ends = true;
	} else if ((row->traits & I_PROTECTED) && !(cpu->mode & MODE_PROTECTED))
		gate_become(u, op_not_protected);
	else if ((row->traits & I_CPL0) && mode_cpl(cpu) != 0)
		gate_become(u, op_privileged);
	else
		s->ends |= (row->traits & I_ENDS) != 0;
	s->ends |=
	    u->fn == op_unimplemented || u->fn == op_undefined || u->fn == op_privileged || u->fn == op_not_protected;
}
