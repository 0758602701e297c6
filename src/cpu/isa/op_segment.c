/* op_segment.c - instructions that load, test or describe segments [SDM vol. 2, MOV, POP, LDS, LAR, LSL, VERR, LLDT,
 * LTR]. */
#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"
#include "cpu/seg.h"

/* ---- loads ---- */

/* MOV SS and POP SS hold interrupts and debug traps until after the next instruction (NM-07); whether a second one in a
 * row renews that is the vendor's (NM-12). LSS has no shadow. */
static void shadow_stack_load(struct cpu *cpu)
{
	if (cpu->shadow_before == SHADOW_MOV_SS && !behaviour(cpu, mov_ss_shadow_renews))
		return;
	cpu->st.shadow = SHADOW_MOV_SS;
	cpu_update_armed(cpu);
}

static bool move_to_segment(struct cpu *cpu, const struct uop *u)
{
	uint64_t selector;
	if (u->flags & UOP_MEMORY) {
		if (!mem_read(cpu, u, 2, &selector))
			return false;
	} else {
		selector = reg_get(cpu, u->src, 2);
	}
	if (!seg_load(cpu, u->dst, (uint16_t)selector))
		return false;
	if (u->dst == SEG_SS)
		shadow_stack_load(cpu);
	return true;
}

OP(mov_to_segment)
{
	if (!move_to_segment(cpu, u))
		FAULTED();
	NEXT();
}

/* Whatever the size of the pop is, no more is read than the selector (measured on an Intel core). */
static bool pop_segment(struct cpu *cpu, const struct uop *u)
{
	uint64_t selector;
	if (!stack_peek(cpu, 0, SELECTOR_BYTES, &selector))
		return false;
	/* the stack that is popped is the old one, and its width too */
	uint64_t rsp = cpu->st.gpr[RSP];
	unsigned width = stack_width(cpu);
	if (!seg_load(cpu, u->dst, (uint16_t)selector))
		return false;
	reg_set(cpu, RSP * 8, width, rsp + u->size);
	if (u->dst == SEG_SS)
		shadow_stack_load(cpu);
	return true;
}

OP(pop_segment)
{
	if (!pop_segment(cpu, u))
		FAULTED();
	NEXT();
}

/* The register and the segment come from one pointer in memory: offset first. `imm` carries the segment. */
static bool load_far_pointer(struct cpu *cpu, const struct uop *u)
{
	unsigned size = u->size;
	unsigned wide = size == 8 && !behaviour(cpu, far_pointer_64) ? 4 : size; /* GT-33 */
	uint64_t offset, selector;
	if (!mem_read(cpu, u, wide, &offset) || !mem_read_behind(cpu, u, wide, SELECTOR_BYTES, &selector))
		return false;
	if (!seg_load(cpu, (unsigned)u->imm, (uint16_t)selector))
		return false;
	reg_set(cpu, u->dst, size, offset);
	return true;
}

static OP(load_far_pointer)
{
	if (!load_far_pointer(cpu, u))
		FAULTED();
	NEXT();
}

PICK(load_far_pointer)
{
	u->imm = (int32_t)arg;
	u->size = s->op[0].size;
	s->ends |= !s->mode_64;
	return op_load_far_pointer;
}

/* ---- descriptions ---- */

/* Types that LAR and LSL accept: legacy TSSs and gates are not valid in IA-32e mode (SL-31). */
static bool system_type_has(const struct cpu *cpu, const struct descriptor *d, bool has_limit)
{
	static const uint16_t long_lar = 1 << 2 | 1 << 9 | 1 << 11 | 1 << 12, long_lsl = 1 << 2 | 1 << 9 | 1 << 11;
	static const uint16_t legacy_lar = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11 | 1 << 12;
	static const uint16_t legacy_lsl = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11;
	uint16_t types = cpu_is_long(cpu) ? (has_limit ? long_lsl : long_lar) : has_limit ? legacy_lsl : legacy_lar;
	return types >> desc_type(d) & 1;
}

static bool privileged_enough(const struct cpu *cpu, uint16_t selector, const struct descriptor *d)
{
	unsigned rpl = selector & SELECTOR_RPL, dpl = desc_dpl(d);
	return desc_is_conforming(d) || (cpu->st.cpl <= dpl && rpl <= dpl);
}

/* Finds the descriptor for LAR, LSL, VERR, VERW. *visible: it may be described; false result: a page fault. */
static bool find(struct cpu *cpu, uint16_t selector, struct descriptor *d, bool *visible)
{
	uint64_t address;
	*visible = !selector_is_null(selector) && desc_locate(cpu, selector, 8, &address);
	if (!*visible)
		return true;
	if (!desc_read(cpu, address, 8, d))
		return false;
	*visible = privileged_enough(cpu, selector, d);
	return true;
}

/* 16-byte descriptors need their upper half inside the limit, with its type field 0 (SL-33). */
static bool check_upper(struct cpu *cpu, uint16_t selector, struct descriptor *d, bool *visible)
{
	uint64_t address;
	if (!cpu_is_64(cpu) || desc_is_segment(d))
		return true;
	if (!desc_locate(cpu, selector, 16, &address)) {
		*visible = false;
		return true;
	}
	if (!desc_read(cpu, address, 16, d))
		return false;
	*visible = (d->high >> 40 & 0x1f) == 0;
	return true;
}

static void set_zf(struct cpu *cpu, bool zf)
{
	cpu->lf = flags_from((flags_arithmetic(&cpu->lf) & ~FLAG_ZF) | (zf ? FLAG_ZF : 0));
}

static bool source_selector(struct cpu *cpu, const struct uop *u, unsigned reg, uint16_t *selector)
{
	uint64_t v;
	if (u->flags & UOP_MEMORY) {
		if (!mem_read(cpu, u, 2, &v))
			return false;
	} else {
		v = reg_get(cpu, reg, 2);
	}
	*selector = (uint16_t)v;
	return true;
}

static bool describe(struct cpu *cpu, const struct uop *u, bool limit)
{
	struct descriptor d = { 0 };
	uint16_t selector;
	bool visible;
	if (!source_selector(cpu, u, u->src, &selector) || !find(cpu, selector, &d, &visible))
		return false;
	if (visible && !desc_is_segment(&d))
		visible = system_type_has(cpu, &d, limit);
	if (visible && !check_upper(cpu, selector, &d, &visible))
		return false;
	if (visible) {
		uint64_t rights = d.low >> 32 & (u->size == 2 ? 0xff00 : 0x00ffff00); /* SL-34 */
		reg_set(cpu, u->dst, u->size, limit ? desc_limit(&d) : rights);
	}
	set_zf(cpu, visible);
	return true;
}

static OP(lar)
{
	if (!describe(cpu, u, false))
		FAULTED();
	NEXT();
}

static OP(lsl)
{
	if (!describe(cpu, u, true))
		FAULTED();
	NEXT();
}

PICK(lar)
{
	(void)arg;
	u->size = s->op[0].size;
	return op_lar;
}

PICK(lsl)
{
	(void)arg;
	u->size = s->op[0].size;
	return op_lsl;
}

static bool verify(struct cpu *cpu, const struct uop *u, bool write)
{
	struct descriptor d = { 0 };
	uint16_t selector;
	bool visible;
	if (!source_selector(cpu, u, u->dst, &selector) || !find(cpu, selector, &d, &visible))
		return false;
	/* conforming code that cannot be read fails too (SL-36) */
	set_zf(cpu, visible && (write ? desc_is_writable_data(&d) : desc_is_readable(&d)));
	return true;
}

static OP(verr)
{
	if (!verify(cpu, u, false))
		FAULTED();
	NEXT();
}

static OP(verw)
{
	if (!verify(cpu, u, true))
		FAULTED();
	NEXT();
}

PICK(verify)
{
	(void)s;
	(void)u;
	return arg ? op_verw : op_verr;
}

/* ---- LDTR and TR ---- */

/* Bytes of the table that must be there, and whether the upper half counts (SL-24). */
static unsigned system_descriptor_bytes(const struct cpu *cpu)
{
	if (cpu_is_64(cpu))
		return 16;
	return cpu_is_long(cpu) && behaviour(cpu, lldt_16_bytes_in_compat) ? 16 : 8;
}

static bool read_system(struct cpu *cpu, uint16_t selector, enum rule rule, struct descriptor *d)
{
	unsigned bytes = system_descriptor_bytes(cpu);
	uint64_t address;
	if ((selector & SELECTOR_TI) || !desc_locate(cpu, selector, bytes, &address))
		return cpu_fault(cpu, VEC_GP, selector_code(selector), rule);
	return desc_read(cpu, address, cpu_is_64(cpu) ? 16 : 8, d);
}

static struct seg system_cache(const struct cpu *cpu, const struct descriptor *d, uint16_t selector)
{
	struct seg value = desc_cache(d, selector);
	if (cpu_is_64(cpu))
		value.base |= d->high << 32;
	return value;
}

static bool base_is_canonical(const struct cpu *cpu, const struct seg *value)
{
	return !cpu_is_64(cpu) || cpu_canonical_by_cpu(cpu, value->base);
}

static bool load_ldtr(struct cpu *cpu, uint16_t selector)
{
	struct descriptor d;
	int32_t code = selector_code(selector);
	if (selector_is_null(selector)) {
		cpu->st.seg[SEG_LDTR] = seg_null(selector, 0);
		return true;
	}
	if (!read_system(cpu, selector, RULE_SL_23, &d))
		return false;
	if (desc_is_segment(&d) || desc_type(&d) != TYPE_LDT)
		return cpu_fault(cpu, VEC_GP, code, RULE_SL_23);
	if (!desc_present(&d))
		return cpu_fault(cpu, VEC_NP, code, RULE_SL_23);
	struct seg value = system_cache(cpu, &d, selector);
	if (!base_is_canonical(cpu, &value))
		return cpu_fault(cpu, VEC_GP, code, RULE_SL_25);
	cpu->st.seg[SEG_LDTR] = value;
	return true;
}

static bool is_free_tss(const struct cpu *cpu, const struct descriptor *d)
{
	unsigned type = desc_type(d);
	return !desc_is_segment(d) && (type == TYPE_TSS_FREE || (!cpu_is_long(cpu) && type == TYPE_TSS16_FREE));
}

/* SL-26 .. SL-29: the checks, then the busy bit in memory, then TR. */
static bool load_tr(struct cpu *cpu, uint16_t selector)
{
	struct descriptor d;
	int32_t code = selector_code(selector);
	if (selector_is_null(selector))
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_26);
	if (!read_system(cpu, selector, RULE_SL_27, &d))
		return false;
	if (!is_free_tss(cpu, &d))
		return cpu_fault(cpu, VEC_GP, code, RULE_SL_27);
	if (cpu_is_64(cpu) && (d.high >> 40 & 0x1f))
		return cpu_fault(cpu, VEC_GP, code, RULE_SL_28);
	if (!desc_present(&d))
		return cpu_fault(cpu, VEC_NP, code, RULE_SL_27);
	struct seg value = system_cache(cpu, &d, selector);
	if (!base_is_canonical(cpu, &value))
		return cpu_fault(cpu, VEC_GP, code, RULE_SL_25);
	uint64_t busy = (d.low >> 40 & 0xff) | 2;
	if (!linear_write_slow(cpu, d.address + 5, 1, MMU_RMW | MMU_IMPLICIT, false, busy))
		return false;
	value.attr |= 2;
	cpu->st.seg[SEG_TR] = value;
	return true;
}

#define LOAD_SYSTEM(name, load) \
	static bool name##_operand(struct cpu *cpu, const struct uop *u) \
	{ \
		uint16_t selector; \
		return source_selector(cpu, u, u->dst, &selector) && load(cpu, selector); \
	} \
	static OP(name) \
	{ \
		if (!name##_operand(cpu, u)) \
			FAULTED(); \
		NEXT(); \
	} \
	PICK_ONE(name)

LOAD_SYSTEM(lldt, load_ldtr)
LOAD_SYSTEM(ltr, load_tr)
