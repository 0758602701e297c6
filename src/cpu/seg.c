/* seg.c - segment descriptors and loads [SDM vol. 3, 3.4, 5.2-5.6]. */
#include "cpu/seg.h"

#include "cpu/mutant.h"
#include "cpu/operand.h"

/* ---- descriptors ---- */

bool desc_read(struct cpu *cpu, uint64_t address, unsigned bytes, struct descriptor *d)
{
	const uint8_t *host = linear_hit_read_as(cpu, address, bytes, MMU_IMPLICIT);
	d->address = address;
	d->high = 0;
	if (unlikely(!host))
		return linear_read_slow(cpu, address, 8, MMU_READ | MMU_IMPLICIT, false, &d->low) &&
		       (bytes < 16 ||
			linear_read_slow(cpu, address + 8, 8, MMU_READ | MMU_IMPLICIT, false, &d->high));
	d->low = host_load(host, 8);
	if (bytes == 16)
		d->high = host_load(host + 8, 8);
	return true;
}

bool desc_set_accessed(struct cpu *cpu, struct descriptor *d)
{
	const uint64_t accessed = 1ull << 40;
	uint64_t byte = (d->low | accessed) >> 40 & 0xff;
	if (!linear_write_slow(cpu, d->address + 5, 1, MMU_RMW | MMU_IMPLICIT, false, byte))
		return false;
	d->low |= accessed;
	return true;
}

/* ---- caches ---- */

void seg_set(struct cpu *cpu, unsigned seg, struct seg value)
{
	cpu->st.seg[seg] = value;
	if (seg == SEG_CS || seg == SEG_SS || (!cpu_is_64(cpu) && (seg == SEG_DS || seg == SEG_ES)))
		cpu_update_mode(cpu);
}

/* ---- loads ---- */

static bool null_stack_allowed(const struct cpu *cpu, uint16_t selector)
{
	return cpu_is_64(cpu) && cpu->st.cpl != 3 && (selector & SELECTOR_RPL) == cpu->st.cpl;
}

/* SL-06, SL-07 */
static bool load_null_stack(struct cpu *cpu, uint16_t selector)
{
	if (!null_stack_allowed(cpu, selector))
		return cpu_fault(cpu, VEC_GP, 0, cpu_is_64(cpu) ? RULE_SL_06 : RULE_SL_07);
	seg_set(cpu, SEG_SS, seg_null(selector, cpu->st.cpl));
	return true;
}

/* SL-03, SL-05 */
static bool load_null_data(struct cpu *cpu, unsigned seg, uint16_t selector)
{
	struct seg value = seg_null(selector, 0);
	bool has_base = seg == SEG_FS || seg == SEG_GS;
	if (has_base && !behaviour(cpu, null_clears_fs_gs_base)) {
		value.base = cpu->st.seg[seg].base;
		value.limit = cpu->st.seg[seg].limit;
	}
	seg_set(cpu, seg, value);
	return true;
}

/* SL-08 */
static bool check_stack(struct cpu *cpu, uint16_t selector, const struct descriptor *d)
{
	int32_t code = selector_code(selector);
	if ((selector & SELECTOR_RPL) != cpu->st.cpl || !desc_is_writable_data(d) || desc_dpl(d) != cpu->st.cpl)
		return cpu_fault(cpu, VEC_GP, code, RULE_SL_08);
	return desc_present(d) || cpu_fault(cpu, VEC_SS, code, RULE_SL_08);
}

/* SL-09, SL-10 */
static bool check_data(struct cpu *cpu, uint16_t selector, const struct descriptor *d)
{
	int32_t code = selector_code(selector);
	unsigned rpl = selector & SELECTOR_RPL, dpl = desc_dpl(d);
	if (!desc_is_readable(d))
		return cpu_fault(cpu, VEC_GP, code, RULE_SL_09);
	if (!desc_is_conforming(d) && (rpl > dpl || cpu->st.cpl > dpl))
		return cpu_fault(cpu, VEC_GP, code, RULE_SL_09);
	return desc_present(d) || cpu_fault(cpu, VEC_NP, code, RULE_SL_10);
}

/* In real mode limit and attributes stay as they are, which is how a program gets segments of 4 GiB there; in
 * virtual-8086 mode all of the cache is fixed [SDM vol. 3, 20.1.1 and 20.2.1; 9.9.2]. */
struct seg seg_paragraph(const struct cpu *cpu, unsigned seg, uint16_t selector)
{
	const struct seg fixed = { .limit = 0xffff, .attr = SEG_P | SEG_S | SEG_WRITABLE | SEG_ACCESSED };
	struct seg s = cpu->st.seg[seg];
	if (!(s.attr & SEG_P) || cpu_is_v86(cpu))
		s = fixed;
	if (cpu_is_v86(cpu))
		s.attr |= SEG_DPL;
	s.sel = selector;
	s.base = (uint64_t)selector << 4;
	return s;
}

bool seg_load(struct cpu *cpu, unsigned seg, uint16_t selector)
{
	struct descriptor d;
	uint64_t address;
	if (!cpu_is_protected(cpu)) {
		seg_set(cpu, seg, seg_paragraph(cpu, seg, selector));
		return true;
	}
	if (selector_is_null(selector))
		return seg == SEG_SS ? load_null_stack(cpu, selector) : load_null_data(cpu, seg, selector);
	if (!desc_locate(cpu, selector, 8, &address))
		return cpu_fault(cpu, VEC_GP, selector_code(selector), RULE_SL_11);
	if (!desc_read(cpu, address, 8, &d))
		return false;
	if (!(seg == SEG_SS ? check_stack(cpu, selector, &d) : check_data(cpu, selector, &d)))
		return false;
	if (!desc_touch(cpu, &d))
		return false;
	seg_set(cpu, seg, desc_cache(&d, selector));
	return true;
}

/* The cache decides, not the table: data or non-conforming code with DPL below the new CPL. */
static bool is_inner(const struct cpu *cpu, const struct seg *s)
{
	bool conforming = (s->attr & (SEG_CODE | SEG_CONFORMING)) == (SEG_CODE | SEG_CONFORMING);
	return (s->attr & SEG_P) && !conforming && seg_dpl(s) < cpu->st.cpl;
}

void seg_null_inner(struct cpu *cpu)
{
	static const uint8_t data[] = { SEG_ES, SEG_DS, SEG_FS, SEG_GS };
	for (size_t i = 0; i < sizeof data; i++) {
		struct seg *s = &cpu->st.seg[data[i]];
		if (is_inner(cpu, s))
			*s = (struct seg){ .base = s->base };
		else if (selector_is_null(s->sel))
			s->sel = 0;
	}
	if (!cpu_is_64(cpu))
		cpu_update_mode(cpu);
}

/* ---- use outside 64-bit mode ---- */

bool seg_inside(const struct seg *s, uint64_t offset, unsigned size)
{
	uint64_t last = offset + size - 1;
	bool expands_down = (s->attr & (SEG_S | SEG_CODE | SEG_EXPAND_DOWN)) == (SEG_S | SEG_EXPAND_DOWN);
	bool flat = s->base == 0 && s->limit == 0xffffffff;
	if (!expands_down)
		return flat || last <= s->limit;
	return offset > s->limit && last <= (s->attr & SEG_DB ? 0xffffffff : 0xffff);
}

static bool right_to(const struct seg *s, enum seg_use use)
{
	bool code = s->attr & SEG_CODE;
	if (use == SEG_FOR_WRITE)
		return !code && (s->attr & SEG_WRITABLE);
	return !code || (s->attr & SEG_READABLE);
}

bool seg_linear(struct cpu *cpu, unsigned seg, uint64_t offset, unsigned size, enum seg_use use, uint64_t *linear)
{
	const struct seg *s = &cpu->st.seg[seg];
	unsigned vector = seg == SEG_SS ? VEC_SS : VEC_GP;
	if (!(s->attr & SEG_P))
		return cpu_fault(cpu, vector, 0, RULE_SL_04);
	if ((cpu_is_protected(cpu) || seg != SEG_CS) && !right_to(s, use))
		return cpu_fault(cpu, vector, 0, RULE_EX_06);
	if (!seg_inside(s, offset, size))
		return cpu_fault(cpu, vector, 0, RULE_EX_05);
	*linear = (uint32_t)(s->base + offset);
	return true;
}

/* ---- the words of operand.h that are not hot ---- */

uint64_t ea_truncate(const struct uop *u, uint64_t offset)
{
	if (u->flags & UOP_ADDRESS16)
		return (uint16_t)offset;
	return u->flags & UOP_ADDRESS32 ? (uint32_t)offset : offset;
}

bool ea_linear_slow(struct cpu *cpu, const struct uop *u, unsigned size, enum seg_use use, uint64_t *linear)
{
	uint64_t offset = ea_truncate(u, ea_offset(cpu, u));
	if (cpu->mode & MODE_64) {
		*linear = offset + cpu->st.seg[u->seg].base;
		return true;
	}
	return seg_linear(cpu, u->seg, offset, size, use, linear);
}

bool mem_read_behind(struct cpu *cpu, const struct uop *u, unsigned by, unsigned size, uint64_t *value)
{
	struct uop behind = *u;
	behind.disp += by;
	return mem_read(cpu, &behind, size, value);
}

bool linear_read_slow(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind, bool stack, uint64_t *value)
{
	return mmu_read(&cpu->mmu, address, size, kind, value) || cpu_fault_from_mmu(cpu, stack);
}

bool linear_write_slow(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind, bool stack, uint64_t value)
{
	return mmu_write(&cpu->mmu, address, size, kind, value) || cpu_fault_from_mmu(cpu, stack);
}

bool linear_read_bytes(struct cpu *cpu, uint64_t address, unsigned size, unsigned align, bool stack, void *bytes)
{
	return mmu_read_bytes(&cpu->mmu, address, size, align, MMU_READ, bytes) || cpu_fault_from_mmu(cpu, stack);
}

bool linear_write_bytes(struct cpu *cpu, uint64_t address, unsigned size, unsigned align, bool stack,
			const void *bytes)
{
	return mmu_write_bytes(&cpu->mmu, address, size, align, MMU_WRITE, bytes) || cpu_fault_from_mmu(cpu, stack);
}

bool linear_probe(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind, bool stack)
{
	return mmu_probe(&cpu->mmu, address, size, kind) || cpu_fault_from_mmu(cpu, stack);
}

uint64_t stack_truncate(const struct cpu *cpu, uint64_t rsp)
{
	unsigned width = stack_width(cpu);
	return width == 8 ? rsp : width == 4 ? (uint32_t)rsp : (uint16_t)rsp;
}

void stack_set(struct cpu *cpu, uint64_t rsp)
{
	reg_set(cpu, RSP * 8, stack_width(cpu), rsp);
}

bool stack_linear_slow(struct cpu *cpu, uint64_t rsp, unsigned size, enum seg_use use, uint64_t *address)
{
	return seg_linear(cpu, SEG_SS, stack_truncate(cpu, rsp), size, use, address);
}
