/* case_event32.c - delivery in the legacy modes [SDM vol. 2, INT n; vol. 3, protected-mode and 8086-mode interrupt
 * handling], written a second time and in the plainest way. Only deliveries that succeed. */
#include "case.h"

enum { GATE_TASK = 5, GATE_WIDE = 8 };

struct gate {
	uint16_t sel;
	unsigned type;
	bool trap; /* leaves IF alone */
	uint32_t offset;
};

static struct gate read_gate(struct run *r, const struct cpu_state *st, uint8_t vector)
{
	uint64_t g = ram_read(r->e, st, (uint32_t)(st->idtr.base + 8 * (uint64_t)vector), 8);
	return (struct gate){
		.sel = (uint16_t)(g >> 16),
		.type = g >> 40 & 0xf,
		.trap = g >> 40 & 1,
		.offset = (uint32_t)((g & 0xffff) | (g >> 48 << 16)),
	};
}

bool event_push(struct run *r, struct cpu_state *st, unsigned size, uint64_t value)
{
	const struct seg *ss = &st->seg[SEG_SS];
	uint64_t mask = ss->attr & SEG_DB ? UINT32_MAX : UINT16_MAX;
	uint64_t sp = (st->gpr[RSP] - size) & mask;
	uint8_t bytes[8];
	put_le(bytes, 8, value);
	st->gpr[RSP] = (st->gpr[RSP] & ~mask) | sp;
	if (ram_write(r->e, st, (ss->base + sp) & UINT32_MAX, bytes, size))
		return true;
	complain(r, "the event's stack at %llx is not in RAM", (unsigned long long)(ss->base + sp));
	return false;
}

/* ---- vectors: real mode, and what virtual-8086 mode redirects to the program itself ---------------------------- */

static bool deliver_vector(struct run *r, const struct expect *x, struct cpu_state *st)
{
	bool virtual = x->ivt && (st->rflags & FLAG_IOPL) != FLAG_IOPL; /* VIF takes the place of IF */
	uint64_t at = (x->ivt ? 0 : st->idtr.base) + 4 * (uint64_t)x->vector, flags = st->rflags;
	uint32_t vector = (uint32_t)ram_read(r->e, st, at, 4);
	if (virtual)
		flags = (flags & ~(uint64_t)FLAG_IF) | FLAG_IOPL | (flags & FLAG_VIF ? FLAG_IF : 0);
	if (!event_push(r, st, 2, flags) || !event_push(r, st, 2, st->seg[SEG_CS].sel) ||
	    !event_push(r, st, 2, st->rip))
		return false;
	st->rflags &= ~(uint64_t)(FLAG_TF | FLAG_RF | (virtual ? FLAG_VIF : FLAG_IF) | (x->ivt ? 0 : FLAG_AC));
	st->seg[SEG_CS].sel = (uint16_t)(vector >> 16);
	st->seg[SEG_CS].base = vector >> 16 << 4;
	st->rip = vector & 0xffff;
	st->shadow = SHADOW_NONE;
	st->halted = 0;
	return true;
}

/* ---- protected mode --------------------------------------------------------------------------------------------- */

/* SS:ESP of the new privilege from the TSS of either format. */
static void switch_stack(struct run *r, struct cpu_state *st)
{
	const struct seg *tr = &st->seg[SEG_TR];
	bool wide = tr->attr & GATE_WIDE;
	unsigned size = wide ? 4 : 2, at = size + 2 * size * st->cpl;
	uint16_t sel = (uint16_t)ram_read(r->e, st, tr->base + at + size, 2);
	st->gpr[RSP] = ram_read(r->e, st, tr->base + at, size);
	st->seg[SEG_SS] = ram_segment(r->e, st, sel, false);
}

/* The data segments of the interrupted program, pushed and made null; nobody can see what a null one hides. */
static bool leave_v86(struct run *r, struct cpu_state *st, unsigned size)
{
	static const uint8_t order[] = { SEG_GS, SEG_FS, SEG_DS, SEG_ES };
	for (size_t i = 0; i < sizeof order; i++) {
		struct seg *s = &st->seg[order[i]];
		const struct seg *actual = &r->actual.seg[order[i]];
		if (!event_push(r, st, size, s->sel))
			return false;
		if (!(actual->attr & SEG_P))
			*s = *actual;
		s->attr &= (uint16_t)~SEG_P;
		s->sel = 0;
	}
	return true;
}

static bool enter_inner(struct run *r, struct cpu_state *st, const struct cpu_state *old, unsigned size)
{
	switch_stack(r, st);
	if (old->rflags & FLAG_VM && !leave_v86(r, st, size))
		return false;
	return event_push(r, st, size, old->seg[SEG_SS].sel) && event_push(r, st, size, old->gpr[RSP]);
}

static bool deliver_gate(struct run *r, const struct expect *x, struct cpu_state *st, const struct gate *g)
{
	struct cpu_state old = *st;
	struct seg cs = ram_segment(r->e, st, g->sel, false);
	unsigned size = g->type & GATE_WIDE ? 4 : 2;
	st->cpl = (uint8_t)(cs.attr & SEG_CONFORMING ? st->cpl : seg_dpl(&cs));
	if (st->cpl != old.cpl && !enter_inner(r, st, &old, size))
		return false;
	if (!event_push(r, st, size, event_pushed_flags(x, old.rflags)) ||
	    !event_push(r, st, size, old.seg[SEG_CS].sel) || !event_push(r, st, size, old.rip))
		return false;
	if (x->has_code && !event_push(r, st, size, x->code))
		return false;
	st->seg[SEG_CS] = cs;
	st->seg[SEG_CS].sel = (uint16_t)((cs.sel & ~3u) | st->cpl);
	st->rip = size == 4 ? g->offset : g->offset & 0xffff;
	st->rflags &= ~(uint64_t)(FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM | (g->trap ? 0 : FLAG_IF));
	st->shadow = SHADOW_NONE;
	st->halted = 0;
	return true;
}

/* The handler is a task of its own: the error code lies on its stack. */
static bool deliver_task(struct run *r, const struct expect *x, struct cpu_state *st, uint16_t sel)
{
	st->rflags = event_pushed_flags(x, st->rflags);
	if (!case_task_switch(r, st, TASK_CALL, sel))
		return false;
	st->halted = 0;
	return !x->has_code || event_push(r, st, st->seg[SEG_TR].attr & GATE_WIDE ? 4 : 2, x->code);
}

bool event_deliver_legacy(struct run *r, const struct expect *x, struct cpu_state *st)
{
	if (x->ivt || !(st->cr0 & CR0_PE))
		return deliver_vector(r, x, st);
	struct gate g = read_gate(r, st, x->vector);
	if (g.type == GATE_TASK)
		return deliver_task(r, x, st, g.sel);
	return deliver_gate(r, x, st, &g);
}
