/* case_task.c - a hardware task switch [SDM vol. 3, task switching], written a second time and in the plainest way.
 * Only one that succeeds; a fault in the new task is told by the case. */
#include "case.h"

/* A TSS of either format: where the fields lie that a switch saves and loads. */
struct layout {
	unsigned size, eip, eflags, gpr, seg, segs, ldt, cr3;
};

static const struct layout wide_tss = { 4, 0x20, 0x24, 0x28, 0x48, 6, 0x60, 0x1c };
static const struct layout small_tss = { 2, 0x0e, 0x10, 0x12, 0x22, 4, 0x2a, 0 };

enum { TSS_WIDE = 8, TSS_BUSY = 2 };

static const uint8_t seg_order[] = { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS };

static const struct layout *layout_of(const struct seg *tr)
{
	return tr->attr & TSS_WIDE ? &wide_tss : &small_tss;
}

static uint64_t read_field(struct run *r, const struct cpu_state *st, const struct seg *tr, unsigned at, unsigned size)
{
	return ram_read(r->e, st, (tr->base + at) & UINT32_MAX, size);
}

static bool write_field(struct run *r, const struct cpu_state *st, const struct seg *tr, unsigned at, unsigned size,
			uint64_t value)
{
	uint8_t bytes[8];
	put_le(bytes, 8, value);
	return ram_write(r->e, st, (tr->base + at) & UINT32_MAX, bytes, size);
}

static bool save(struct run *r, const struct cpu_state *st, const struct seg *tr, uint64_t flags)
{
	const struct layout *l = layout_of(tr);
	bool good =
	    write_field(r, st, tr, l->eip, l->size, st->rip) && write_field(r, st, tr, l->eflags, l->size, flags);
	for (unsigned i = 0; i < 8; i++)
		good = good && write_field(r, st, tr, l->gpr + l->size * i, l->size, st->gpr[i]);
	for (unsigned i = 0; i < l->segs; i++)
		good = good && write_field(r, st, tr, l->seg + l->size * i, 2, st->seg[seg_order[i]].sel);
	return good;
}

/* A TSS of 16 bits leaves the upper halves open, and FS and GS: what the machine has is taken. */
static void load_registers(struct run *r, struct cpu_state *st, const struct seg *tr)
{
	const struct layout *l = layout_of(tr);
	for (unsigned i = 0; i < 8; i++) {
		uint64_t upper = l->size == 2 ? r->actual.gpr[i] & 0xffff0000u : 0;
		st->gpr[i] = read_field(r, st, tr, l->gpr + l->size * i, l->size) | upper;
	}
	if (l->size == 2) {
		st->seg[SEG_FS] = r->actual.seg[SEG_FS];
		st->seg[SEG_GS] = r->actual.seg[SEG_GS];
	}
}

static void load_segments(struct run *r, struct cpu_state *st, const struct seg *tr)
{
	const struct layout *l = layout_of(tr);
	bool v86 = st->rflags & FLAG_VM;
	st->seg[SEG_LDTR] = ram_segment(r->e, st, (uint16_t)read_field(r, st, tr, l->ldt, 2), true);
	for (unsigned i = 0; i < l->segs; i++) {
		uint16_t sel = (uint16_t)read_field(r, st, tr, l->seg + l->size * i, 2);
		struct seg s = { (uint64_t)sel << 4, 0xffff, sel, 0xf3 };
		st->seg[seg_order[i]] = v86 ? s : ram_segment(r->e, st, sel, false);
	}
	st->cpl = v86 ? 3 : st->seg[SEG_CS].sel & 3;
}

static bool set_busy(struct run *r, const struct cpu_state *st, uint16_t sel, bool busy)
{
	uint64_t at = st->gdtr.base + (sel & ~7u) + 5;
	uint8_t access = (uint8_t)ram_read(r->e, st, at, 1);
	access = (uint8_t)(busy ? access | TSS_BUSY : access & ~TSS_BUSY);
	return ram_write(r->e, st, at, &access, 1);
}

static void enter(struct run *r, struct cpu_state *st, enum task_how how)
{
	const struct seg *tr = &st->seg[SEG_TR];
	const struct layout *l = layout_of(tr);
	st->rip = read_field(r, st, tr, l->eip, l->size);
	st->rflags = (read_field(r, st, tr, l->eflags, l->size) & FLAGS_ALL) | FLAG_1;
	st->rflags |= how == TASK_CALL ? FLAG_NT : 0;
	if (l->cr3 && st->cr0 & CR0_PG)
		st->cr3 = read_field(r, st, tr, l->cr3, 4);
	st->cr0 |= CR0_TS;
	st->dr7 &= ~(uint64_t)0x155; /* the local breakpoints, LE */
	st->shadow = SHADOW_NONE;
	load_registers(r, st, tr);
	load_segments(r, st, tr);
}

bool case_task_switch(struct run *r, struct cpu_state *st, enum task_how how, uint16_t sel)
{
	struct seg old = st->seg[SEG_TR], next = ram_segment(r->e, st, sel, true);
	uint64_t flags = how == TASK_IRET ? st->rflags & ~(uint64_t)FLAG_NT : st->rflags;
	next.attr |= TSS_BUSY;
	bool good = save(r, st, &old, flags) && (how == TASK_CALL || set_busy(r, st, old.sel, false));
	if (good && how == TASK_CALL)
		good = write_field(r, st, &next, 0, 2, old.sel);
	good = good && set_busy(r, st, sel, true);
	if (!good)
		complain(r, "the task switch to %x reaches outside RAM", sel);
	st->seg[SEG_TR] = next;
	if (good)
		enter(r, st, how);
	return good;
}
