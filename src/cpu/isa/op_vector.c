/* op_vector.c - what all vector instructions share: operands, memory, units that are switched off; EMMS, MXCSR. */
#include "cpu/isa/op_common.h"
#include "cpu/isa/vector.h"
#include "cpu/mutant.h"

/* ---- at decode ---- */

unsigned vector_rm(const struct shape *s)
{
	if (shape_is_memory(s, 0))
		return 0;
	if (s->count > 2 && s->op[2].kind != OPERAND_IMMEDIATE)
		return 2;
	return s->count > 1 ? 1 : 0;
}

void vector_settle(const struct shape *s, struct uop *u)
{
	const unsigned rm = vector_rm(s);
	u->dst = s->op[0].reg;
	u->src = rm == 2 ? s->op[1].reg : rm == 0 && s->count > 1 ? s->op[1].reg : s->op[0].reg;
	if (!shape_has_memory(s))
		u->base = s->op[rm].reg;
	if (s->count > 3 && s->op[3].kind == OPERAND_VECTOR)
		u->imm = s->op[3].reg;
	u->size = (uint8_t)unit_bytes(s->unit);
}

/* ---- switched off ---- */

/* EM makes the x87 raise #NM, for software to emulate, and MMX and SSE #UD; VEX looks at XCR0 in its place [SDM vol. 2,
 * 2.4 to 2.8; vol. 3, table 2-2]. */
static bool is_undefined(const struct cpu *cpu, enum unit unit)
{
	const uint64_t avx = XCR0_SSE | XCR0_AVX;
	switch (unit) {
	case UNIT_X87:
		return false;
	case UNIT_MMX:
		return cpu->st.cr0 & CR0_EM;
	case UNIT_SSE:
		return (cpu->st.cr0 & CR0_EM) || !(cpu->st.cr4 & CR4_OSFXSR);
	default:
		return !(cpu->st.cr4 & CR4_OSXSAVE) || (cpu->st.xcr0 & avx) != avx;
	}
}

OP(no_unit)
{
	if (is_undefined(cpu, (enum unit)u->imm))
		FAULT(VEC_UD, NO_CODE, RULE_NONE);
	FAULT(VEC_NM, NO_CODE, RULE_NONE);
}

/* ---- memory ---- */

static bool vector_linear(struct cpu *cpu, const struct uop *u, unsigned bytes, enum vector_align align,
			  enum seg_use use, uint64_t *address)
{
	if (!ea_linear(cpu, u, bytes, use, address))
		return false;
	const bool wanted = align == ALIGN_VECTOR || (align == ALIGN_OPERAND && !(cpu->st.mxcsr & MXCSR_MM));
	if (wanted && (*address & (bytes - 1)))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	return true;
}

/* Of what #AC, where it is on, wants the address to be a multiple [SDM vol. 2, 2.4: "8 bytes or less", and of type 11
 * none; vol. 3, 6.15, interrupt 17; APM vol. 4, the instructions' exceptions]. */
static unsigned vector_judged(const struct cpu *cpu, unsigned bytes, enum vector_align align)
{
	return (bytes > 8 || align == ALIGN_HALVES) && !behaviour(cpu, aligns_wide_operands) ? 1 : bytes;
}

bool vector_load(struct cpu *cpu, const struct uop *u, unsigned bytes, enum vector_align align, union vector *v)
{
	uint64_t address;
	if (!vector_linear(cpu, u, bytes, align, SEG_FOR_READ, &address))
		return false;
	memset(v, 0, sizeof *v);
	const bool by_stack = u->flags & UOP_STACK_SEGMENT;
	const uint8_t *host = mmu_hit_read(&cpu->mmu, address, bytes);
	if (unlikely(!host))
		return linear_read_bytes(cpu, address, bytes, vector_judged(cpu, bytes, align), by_stack, v);
	memcpy(v, host, bytes);
	return true;
}

bool vector_store(struct cpu *cpu, const struct uop *u, unsigned bytes, enum vector_align align, const union vector *v)
{
	uint64_t address;
	if (!vector_linear(cpu, u, bytes, align, SEG_FOR_WRITE, &address))
		return false;
	const bool by_stack = u->flags & UOP_STACK_SEGMENT;
	uint8_t *host = mmu_hit_write(&cpu->mmu, address, bytes);
	if (unlikely(!host))
		return linear_write_bytes(cpu, address, bytes, vector_judged(cpu, bytes, align), by_stack, v);
	memcpy(host, v, bytes);
	return true;
}

/* ---- the state of the units ---- */

bool x87_check_pending(struct cpu *cpu)
{
	if (likely(!(cpu->st.fsw & FSW_ES)))
		return true;
	if (!(cpu->st.cr0 & CR0_NE))
		return cpu_fault_missing(cpu, "x87 exceptions by FERR# and interrupt 13 (CR0.NE = 0)");
	return cpu_fault(cpu, VEC_MF, NO_CODE, RULE_NONE);
}

static bool emms(struct cpu *cpu)
{
	if (!x87_check_pending(cpu))
		return false;
	cpu->st.fsw &= (uint16_t)~FSW_TOP;
	cpu->st.ftw = 0;
	return true;
}

HANDLER(emms, emms(cpu))

PICK_ONE(emms)

static bool ldmxcsr(struct cpu *cpu, const struct uop *u)
{
	uint64_t v;
	if (!mem_read(cpu, u, 4, &v))
		return false;
	if (v & ~(uint64_t)profile_mxcsr_bits(cpu->profile))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	cpu->st.mxcsr = (uint32_t)v;
	return true;
}

HANDLER(ldmxcsr, ldmxcsr(cpu, u))
HANDLER(stmxcsr, mem_write(cpu, u, 4, cpu->st.mxcsr))

PICK(mxcsr)
{
	(void)s;
	(void)u;
	return arg ? op_stmxcsr : op_ldmxcsr;
}
