/* tss.c - stacks that the TSS in TR names for inner transfers. */
#include "cpu/tss.h"

#include "cpu/operand.h"

static bool past_limit(struct cpu *cpu, int32_t ext, enum rule rule)
{
	return cpu_fault(cpu, VEC_TS, selector_code_ext(cpu->st.seg[SEG_TR].sel, ext), rule);
}

bool tss_stack(struct cpu *cpu, unsigned offset, int32_t ext, uint64_t *rsp)
{
	const struct seg *tr = &cpu->st.seg[SEG_TR];
	if (offset + 7 > tr->limit)
		return past_limit(cpu, ext, RULE_IN_16);
	return linear_read_as(cpu, tr->base + offset, 8, MMU_READ | MMU_IMPLICIT, false, rsp);
}

/* The pointer comes first, the selector behind it; a 32-bit TSS needs no more than the selector's two bytes. */
bool tss_legacy_stack(struct cpu *cpu, unsigned cpl, int32_t ext, uint16_t *ss, uint64_t *esp)
{
	const struct seg *tr = &cpu->st.seg[SEG_TR];
	unsigned width = (tr->attr & SEG_TYPE) >= TYPE_TSS_FREE ? 4 : 2;
	unsigned offset = width + 2 * width * cpl;
	uint64_t selector;
	if (offset + width + 1 > tr->limit)
		return past_limit(cpu, ext, RULE_GT_32);
	if (!linear_read_slow(cpu, (uint32_t)(tr->base + offset), width, MMU_READ | MMU_IMPLICIT, false, esp) ||
	    !linear_read_slow(cpu, (uint32_t)(tr->base + offset + width), 2, MMU_READ | MMU_IMPLICIT, false, &selector))
		return false;
	*ss = (uint16_t)selector;
	return true;
}

bool seg_inner_stack(struct cpu *cpu, uint16_t ss, unsigned cpl, int32_t ext, struct descriptor *d)
{
	int32_t code = selector_code_ext(ss, ext);
	uint64_t address;
	if (selector_is_null(ss) || !desc_locate(cpu, ss, 8, &address))
		return cpu_fault(cpu, VEC_TS, code, RULE_GT_32);
	if (!desc_read(cpu, address, 8, d))
		return false;
	if ((ss & SELECTOR_RPL) != cpl || desc_dpl(d) != cpl || !desc_is_writable_data(d))
		return cpu_fault(cpu, VEC_TS, code, RULE_GT_32);
	return desc_present(d) || cpu_fault(cpu, VEC_SS, code, RULE_GT_32);
}

bool tss_read(struct cpu *cpu, uint32_t offset, unsigned bytes, uint64_t *value)
{
	const struct seg *tr = &cpu->st.seg[SEG_TR];
	if (offset + bytes - 1 > tr->limit)
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_63);
	uint64_t address = cpu_is_long(cpu) ? tr->base + offset : (uint32_t)(tr->base + offset);
	return linear_read_slow(cpu, address, bytes, MMU_READ | MMU_IMPLICIT, false, value);
}

bool tss_has_maps(const struct cpu *cpu)
{
	unsigned type = cpu->st.seg[SEG_TR].attr & SEG_TYPE;
	return (cpu->st.seg[SEG_TR].attr & SEG_P) && (type == TYPE_TSS_FREE || type == TYPE_TSS_BUSY);
}

bool tss_redirects(struct cpu *cpu, unsigned vector, bool *stays)
{
	uint64_t map, byte;
	if (!tss_has_maps(cpu))
		return cpu_fault(cpu, VEC_GP, 0, RULE_LG_14);
	if (!tss_read(cpu, TSS_IO_MAP_BASE, 2, &map) ||
	    !tss_read(cpu, (uint32_t)map - TSS_REDIRECTION_BYTES + vector / 8, 1, &byte))
		return false;
	*stays = !(byte >> (vector & 7) & 1);
	return true;
}
