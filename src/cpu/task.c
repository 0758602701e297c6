/* task.c - what the rows of task.def are made of [SDM vol. 3, 7.2.1, 7.3, 7.6]. */
#include "cpu/task.h"

#include "cpu/operand.h"
#include "cpu/transition/transition.h"

bool task_switch(struct cpu *cpu, uint16_t selector, enum task_switch how, uint64_t next_rip, int32_t code,
                 int32_t ext)
{
	const struct event e = { .code = code, .rip = next_rip, .rflags = cpu_rflags(cpu) };
	const struct transition t = { .selector = selector, .how = how, .ext = ext, .event = &e };
	return transition_task(cpu, &t);
}

bool task_switch_event(struct cpu *cpu, uint16_t selector, const struct event *event, int32_t ext)
{
	const struct transition t = { .selector = selector, .how = TASK_INT, .ext = ext, .event = event };
	return transition_task(cpu, &t);
}

/* ---- memory, as the CPU itself uses it ---- */

static bool read(struct cpu *cpu, uint64_t address, unsigned size, uint64_t *value)
{
	return linear_read_slow(cpu, (uint32_t)address, size, MMU_READ | MMU_IMPLICIT, false, value);
}

static bool write(struct cpu *cpu, uint64_t address, unsigned size, uint64_t value)
{
	return linear_write_slow(cpu, (uint32_t)address, size, MMU_WRITE | MMU_IMPLICIT, false, value);
}

static bool probe(struct cpu *cpu, uint64_t address, unsigned size, unsigned kind)
{
	return linear_probe(cpu, (uint32_t)address, size, kind | MMU_IMPLICIT, false);
}

/* ---- the two formats ---- */

/* Behind EIP come EFLAGS, eight general registers and the selectors, each in a field of `width` bytes. */
struct layout {
	uint8_t width, eip, flags, gpr, seg, segments, ldt;
};

enum { TSS_CR3 = 0x1c, TSS_TRAP = 0x64 };

static const struct layout layout_16 = { 2, 0x0e, 0x10, 0x12, 0x22, 4, 0x2a };
static const struct layout layout_32 = { 4, 0x20, 0x24, 0x28, 0x48, 6, 0x60 };

static const struct layout *layout_of(unsigned type)
{
	return (type & SEG_TYPE) >= TYPE_TSS_FREE ? &layout_32 : &layout_16;
}

bool task_type_fits(const struct descriptor *tss, bool busy)
{
	unsigned type = desc_type(tss);
	return !desc_is_segment(tss) && (busy ? type == TYPE_TSS16_BUSY || type == TYPE_TSS_BUSY
	                                      : type == TYPE_TSS16_FREE || type == TYPE_TSS_FREE);
}

uint32_t task_least_limit(unsigned type)
{
	return layout_of(type) == &layout_32 ? 0x67 : 0x2b;
}

/* Bytes from the start of the TSS to the end of the last selector that is saved. */
static unsigned saved_end(const struct layout *l)
{
	return l->seg + l->width * l->segments;
}

bool task_can_save(const struct seg *tss)
{
	return saved_end(layout_of(tss->attr)) - 1 <= tss->limit;
}

uint64_t task_descriptor(const struct cpu *cpu, uint16_t selector)
{
	return cpu->st.gdtr.base + (selector & 0xfff8);
}

/* ---- the old task ---- */

bool task_probe(struct cpu *cpu, const struct seg *old, const struct seg *new, uint64_t descriptor,
                enum task_switch how)
{
	const struct layout *l = layout_of(old->attr);
	bool nests = how == TASK_CALL || how == TASK_INT;
	return probe(cpu, old->base + l->eip, saved_end(l) - l->eip, MMU_WRITE) &&
	       probe(cpu, new->base, task_least_limit(new->attr) + 1, MMU_READ) &&
	       (!nests || probe(cpu, new->base, 2, MMU_WRITE)) &&
	       (nests || probe(cpu, task_descriptor(cpu, old->sel) + 5, 1, MMU_RMW)) &&
	       (how == TASK_IRET || probe(cpu, descriptor + 5, 1, MMU_RMW));
}

bool task_mark(struct cpu *cpu, uint64_t descriptor, bool busy)
{
	uint64_t v;
	return read(cpu, descriptor + 5, 1, &v) && write(cpu, descriptor + 5, 1, busy ? v | 2 : v & ~2ull);
}

bool task_save(struct cpu *cpu, const struct seg *tss, uint64_t rip, uint64_t rflags)
{
	const struct layout *l = layout_of(tss->attr);
	bool good = write(cpu, tss->base + l->eip, l->width, rip) &&
		    write(cpu, tss->base + l->flags, l->width, rflags);
	for (unsigned i = 0; good && i < 8; i++)
		good = write(cpu, tss->base + l->gpr + i * l->width, l->width, cpu->st.gpr[i]);
	for (unsigned i = 0; good && i < l->segments; i++)
		good = write(cpu, tss->base + l->seg + i * l->width, 2, cpu->st.seg[i].sel);
	return good;
}

/* ---- the new task ---- */

/* A 16-bit TSS has no CR3, FS, GS and T; the upper halves of the general registers become FFFFh (TK-26). */
static bool load_fields(struct cpu *cpu, const struct layout *l, uint64_t base, struct task_image *image)
{
	uint64_t v;
	bool good = true;
	for (unsigned i = 0; good && i < 8; i++) {
		good = read(cpu, base + l->gpr + i * l->width, l->width, &v);
		image->gpr[i] = (uint32_t)v | (l->width == 2 ? 0xffff0000 : 0);
	}
	for (unsigned i = 0; good && i < l->segments; i++) {
		good = read(cpu, base + l->seg + i * l->width, 2, &v);
		image->seg[i] = (uint16_t)v;
	}
	return good;
}

bool task_load(struct cpu *cpu, const struct seg *tss, struct task_image *image)
{
	const struct layout *l = layout_of(tss->attr);
	uint64_t eip = 0, eflags = 0, ldt = 0, cr3 = 0, trap = 0;
	bool good = read(cpu, tss->base + l->eip, l->width, &eip) &&
		    read(cpu, tss->base + l->flags, l->width, &eflags) && read(cpu, tss->base + l->ldt, 2, &ldt) &&
		    load_fields(cpu, l, tss->base, image);
	if (good && l == &layout_32)
		good = read(cpu, tss->base + TSS_CR3, 4, &cr3) && read(cpu, tss->base + TSS_TRAP, 1, &trap);
	image->width = l->width;
	image->eip = (uint32_t)eip;
	image->eflags = (uint32_t)eflags;
	image->ldt = (uint16_t)ldt;
	image->cr3 = (uint32_t)cr3;
	image->trap = trap & 1;
	return good;
}

void task_set_registers(struct cpu *cpu, const struct task_image *image)
{
	struct cpu_state *st = &cpu->st;
	st->rip = image->eip;
	cpu_set_rflags(cpu, (image->eflags & FLAGS_ALL) | FLAG_1);
	for (unsigned i = 0; i < 8; i++)
		st->gpr[i] = image->gpr[i];
	for (unsigned i = 0; i < 6; i++)
		st->seg[i] = (struct seg){ .sel = image->seg[i] };
	st->seg[SEG_LDTR] = (struct seg){ .sel = image->ldt };
	cpu_set_cpl(cpu, image->eflags & FLAG_VM ? 3 : image->seg[SEG_CS] & SELECTOR_RPL);
	cpu->switched = true;
}

void task_clear_breakpoints(struct cpu *cpu)
{
	const uint64_t local = 0x155; /* L0, L1, L2, L3, LE */
	cpu->st.dr7 &= ~local;
	cpu_update_armed(cpu);
}

void task_arm_trap(struct cpu *cpu)
{
	cpu->st.pending_db |= DR6_BT;
	cpu_update_armed(cpu);
}

/* ---- its segments ---- */

/* The descriptor of a selector that must not be null; #TS names it. */
static bool find(struct cpu *cpu, uint16_t selector, int32_t ext, enum rule rule, struct descriptor *d)
{
	uint64_t address;
	if (selector_is_null(selector) || !desc_locate(cpu, selector, 8, &address))
		return cpu_fault(cpu, VEC_TS, selector_code_ext(selector, ext), rule);
	return desc_read(cpu, address, 8, d);
}

/* #TS if it is `bad`, else `absent` if it is not present. */
static bool judge(struct cpu *cpu, const struct descriptor *d, uint16_t selector, bool bad, unsigned absent,
                  int32_t ext, enum rule rule)
{
	if (bad)
		return cpu_fault(cpu, VEC_TS, selector_code_ext(selector, ext), rule);
	return desc_present(d) || cpu_fault(cpu, absent, selector_code_ext(selector, ext), rule);
}

static bool fill(struct cpu *cpu, unsigned seg, struct descriptor *d)
{
	if (!desc_touch(cpu, d))
		return false;
	seg_set(cpu, seg, desc_cache(d, cpu->st.seg[seg].sel));
	return true;
}

bool task_load_ldtr(struct cpu *cpu, int32_t ext)
{
	uint16_t selector = cpu->st.seg[SEG_LDTR].sel;
	struct descriptor d;
	if (selector_is_null(selector))
		return true;
	if (selector & SELECTOR_TI)
		return cpu_fault(cpu, VEC_TS, selector_code_ext(selector, ext), RULE_TK_17);
	if (!find(cpu, selector, ext, RULE_TK_17, &d))
		return false;
	bool bad = desc_is_segment(&d) || desc_type(&d) != TYPE_LDT;
	if (!judge(cpu, &d, selector, bad, VEC_TS, ext, RULE_TK_17))
		return false;
	cpu->st.seg[SEG_LDTR] = desc_cache(&d, selector);
	return true;
}

bool task_load_code(struct cpu *cpu, int32_t ext)
{
	uint16_t selector = cpu->st.seg[SEG_CS].sel;
	unsigned rpl = selector & SELECTOR_RPL;
	struct descriptor d;
	if (!find(cpu, selector, ext, RULE_TK_18, &d))
		return false;
	bool bad = !desc_is_code(&d) || (desc_is_conforming(&d) ? desc_dpl(&d) > rpl : desc_dpl(&d) != rpl);
	return judge(cpu, &d, selector, bad, VEC_NP, ext, RULE_TK_18) && fill(cpu, SEG_CS, &d);
}

bool task_load_stack(struct cpu *cpu, int32_t ext)
{
	uint16_t selector = cpu->st.seg[SEG_SS].sel;
	unsigned cpl = cpu->st.cpl;
	struct descriptor d;
	if (!find(cpu, selector, ext, RULE_TK_19, &d))
		return false;
	bool bad = (selector & SELECTOR_RPL) != cpl || desc_dpl(&d) != cpl || !desc_is_writable_data(&d);
	return judge(cpu, &d, selector, bad, VEC_SS, ext, RULE_TK_19) && fill(cpu, SEG_SS, &d);
}

static bool load_one(struct cpu *cpu, unsigned seg, int32_t ext)
{
	uint16_t selector = cpu->st.seg[seg].sel;
	unsigned rpl = selector & SELECTOR_RPL;
	struct descriptor d;
	if (selector_is_null(selector))
		return true;
	if (!find(cpu, selector, ext, RULE_TK_20, &d))
		return false;
	bool inner = !desc_is_conforming(&d) && (desc_dpl(&d) < rpl || desc_dpl(&d) < cpu->st.cpl);
	return judge(cpu, &d, selector, !desc_is_readable(&d) || inner, VEC_NP, ext, RULE_TK_20) && fill(cpu, seg, &d);
}

bool task_load_data(struct cpu *cpu, int32_t ext)
{
	return load_one(cpu, SEG_DS, ext) && load_one(cpu, SEG_ES, ext) && load_one(cpu, SEG_FS, ext) &&
	       load_one(cpu, SEG_GS, ext);
}

void task_load_v86(struct cpu *cpu)
{
	for (unsigned i = SEG_ES; i <= SEG_GS; i++)
		cpu->st.seg[i] = seg_paragraph(cpu, i, cpu->st.seg[i].sel);
	cpu_update_mode(cpu);
}

bool task_push_code(struct cpu *cpu, unsigned width, int32_t code, int32_t ext)
{
	if (stack_push(cpu, width, (uint32_t)code))
		return true;
	if (cpu->fault.vector == VEC_SS)
		cpu->fault.code = ext;
	return false;
}
