/* case_event.c - delivery through the 64-bit IDT [SDM vol. 2, INT n; vol. 3, 64-bit mode exception handling], written
 * a second time and in the plainest way, so that one word `#GP(0)` checks all of it. Only deliveries that succeed: one
 * that fails is another event, which the case names. */
#include "case.h"

static const char *const event_names[] = {
	[0] = "DE",  [1] = "DB",  [2] = "NMI", [3] = "BP",  [4] = "OF",  [5] = "BR",  [6] = "UD",
	[7] = "NM",  [8] = "DF",  [10] = "TS", [11] = "NP", [12] = "SS", [13] = "GP", [14] = "PF",
	[16] = "MF", [17] = "AC", [18] = "MC", [19] = "XM", [21] = "CP",
};

enum { EVENT_NAMES = sizeof event_names / sizeof *event_names };

const char *event_name(uint8_t vector)
{
	const char *name = vector < EVENT_NAMES ? event_names[vector] : NULL;
	return name ? name : "?";
}

int event_find(struct span name)
{
	for (int v = 0; v < EVENT_NAMES; v++)
		if (event_names[v] && span_is(name, event_names[v]))
			return v;
	return -1;
}

struct gate {
	uint16_t sel;
	unsigned ist;
	bool trap; /* leaves IF alone */
	uint64_t offset;
};

static struct gate read_gate(struct run *r, const struct cpu_state *st, uint8_t vector)
{
	uint64_t low = ram_read(r->e, st, st->idtr.base + 16 * (uint64_t)vector, 8);
	uint64_t high = ram_read(r->e, st, st->idtr.base + 16 * (uint64_t)vector + 8, 8);
	return (struct gate){
		.sel = (uint16_t)(low >> 16),
		.ist = low >> 32 & 7,
		.trap = low >> 40 & 1,
		.offset = (low & 0xffff) | (low >> 48 << 16) | high << 32,
	};
}

static uint64_t new_stack(struct run *r, const struct cpu_state *st, const struct gate *g, unsigned cpl)
{
	uint64_t tss = st->seg[SEG_TR].base;
	if (g->ist)
		return ram_read(r->e, st, tss + 0x1c + 8 * g->ist, 8);
	return cpl != st->cpl ? ram_read(r->e, st, tss + 4 + 8 * cpl, 8) : st->gpr[RSP];
}

static bool push(struct run *r, const struct cpu_state *st, uint64_t *rsp, uint64_t value)
{
	uint8_t bytes[8];
	put_le(bytes, 8, value);
	*rsp -= 8;
	if (ram_write(r->e, st, *rsp, bytes, 8))
		return true;
	complain(r, "the event's stack at %llx is not in RAM", (unsigned long long)*rsp);
	return false;
}

/* RF is set in the frame of a fault, so that the instruction is not caught twice by its breakpoint (NM-21). */
uint64_t event_pushed_flags(const struct expect *x, uint64_t rflags)
{
	bool fault = x->vector != VEC_DB && !x->external && x->vector != VEC_MC;
	if (x->rf >= 0)
		return (rflags & ~(uint64_t)FLAG_RF) | (x->rf ? FLAG_RF : 0);
	return fault && !x->software ? rflags | FLAG_RF : rflags;
}

static bool push_frame(struct run *r, const struct expect *x, const struct cpu_state *st, uint64_t *rsp)
{
	*rsp &= ~15ull;
	bool good = push(r, st, rsp, st->seg[SEG_SS].sel) && push(r, st, rsp, st->gpr[RSP]) &&
		    push(r, st, rsp, event_pushed_flags(x, st->rflags)) && push(r, st, rsp, st->seg[SEG_CS].sel) &&
		    push(r, st, rsp, st->rip);
	return good && (!x->has_code || push(r, st, rsp, x->code));
}

/* A change of CPL leaves SS null; nobody can see what else a null SS holds, so only P is compared. */
static void null_ss(struct cpu_state *st, const struct cpu_state *actual)
{
	struct seg *ss = &st->seg[SEG_SS];
	if (!(actual->seg[SEG_SS].attr & SEG_P))
		*ss = actual->seg[SEG_SS];
	ss->attr &= (uint16_t)~SEG_P;
	ss->sel = st->cpl;
}

static void enter_handler(struct run *r, struct cpu_state *st, const struct gate *g, const struct seg *cs, uint64_t rsp)
{
	unsigned cpl = cs->attr & SEG_CONFORMING ? st->cpl : seg_dpl(cs);
	bool inner = cpl != st->cpl;
	st->cpl = (uint8_t)cpl;
	if (inner)
		null_ss(st, &r->actual);
	st->seg[SEG_CS] = *cs;
	st->seg[SEG_CS].sel = (uint16_t)((cs->sel & ~3u) | cpl);
	st->rip = g->offset;
	st->gpr[RSP] = rsp;
	st->rflags &= ~(uint64_t)(FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM | (g->trap ? 0 : FLAG_IF));
	st->shadow = SHADOW_NONE;
	st->halted = 0;
}

/* A handler of #DB starts with the traps told and DR7.GD off (NM-26). */
static void enter_debug_handler(struct cpu_state *st)
{
	st->pending_db = 0;
	st->dr7 &= ~(uint64_t)DR7_GD;
}

bool event_deliver(struct run *r, const struct expect *x, struct cpu_state *st)
{
	if (!(st->efer & EFER_LMA)) {
		bool good = event_deliver_legacy(r, x, st);
		if (good && x->vector == VEC_DB && !x->software)
			enter_debug_handler(st);
		return good;
	}
	struct gate g = read_gate(r, st, x->vector);
	struct seg cs = ram_segment(r->e, st, g.sel, false);
	unsigned cpl = cs.attr & SEG_CONFORMING ? st->cpl : seg_dpl(&cs);
	uint64_t rsp = new_stack(r, st, &g, cpl);
	if (!push_frame(r, x, st, &rsp))
		return false;
	enter_handler(r, st, &g, &cs, rsp);
	if (x->vector == VEC_DB && !x->software)
		enter_debug_handler(st);
	return true;
}
