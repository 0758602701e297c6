/* invariants.c - see invariants.h. */
#include "ui/invariants.h"

#include <string.h>

#include "trace/trace.h"
#include "ui/disasm.h"

static const struct {
	const char *name, *about;
} texts[INVARIANTS] = {
	[INVARIANT_GS] = { "gs", "a GS-relative access at CPL 0 while GS.base is the interrupted program's" },
	[INVARIANT_STACK] = { "stack", "a push at CPL 0 to a page with U=1" },
	[INVARIANT_PAIR] = { "pair", "a return with another pair of GS bases than at the entry" },
	[INVARIANT_CONTEXT] = { "context", "the event's handler returns to other registers than it interrupted" },
	[INVARIANT_LOST] = { "lost", "the event was never delivered" },
	[INVARIANT_FINAL] = { "final", "the guest ends in another way" },
};

const char *invariant_name(enum invariant i)
{
	return texts[i].name;
}

const char *invariant_about(enum invariant i)
{
	return texts[i].about;
}

void watcher_break(struct watcher *w, enum invariant i, uint64_t n, uint64_t rip, uint8_t cpl)
{
	if (!w->breach[i].broken)
		w->breach[i] = (struct breach){ true, n, rip, cpl };
}

static void breaks(struct watcher *w, enum invariant i, const struct rs_record *r)
{
	watcher_break(w, i, r->n, r->rip, r->cpl);
}

static struct gs_pair pair_of(const struct cpu_state *st)
{
	return (struct gs_pair){ st->seg[SEG_GS].base, st->kernel_gs_base };
}

/* ---- one invariant each ---- */

/* Two equal bases cannot be told apart, and are not confused. */
static void look_at_gs(struct watcher *w, const struct rs_record *r)
{
	struct gs_pair now = pair_of(&w->before);
	if (r->cpl != 0 || r->kind == RS_RECORD_EVENT || !w->has_user || now.active != w->user_gs ||
	    now.active == now.other)
		return;
	if (ui_accesses_gs(r->bytes, r->length, trace_mode_bits(&w->before)))
		breaks(w, INVARIANT_GS, r);
}

static bool has_paging(const struct cpu_state *st)
{
	return st->cr0 & CR0_PG;
}

/* What a record wrote below the stack pointer of before, or on another stack, it has pushed. */
static void look_at_pushes(struct watcher *w, struct rs_machine *m, const struct rs_record *r,
			   const struct cpu_state *now)
{
	bool grows = r->kind == RS_RECORD_EVENT || now->gpr[RSP] < w->before.gpr[RSP];
	uint64_t top = now->gpr[RSP];
	if (now->cpl != 0 || !grows || !has_paging(now))
		return;
	for (unsigned i = 0; i < r->write_count; i++) {
		const struct rs_write *write = &r->writes[i];
		struct rs_walk walk;
		if (write->address < top || write->address - top >= 64)
			continue;
		rs_walk(m, write->address, &walk);
		if (walk.mapped && walk.user)
			breaks(w, INVARIANT_STACK, r);
	}
}

static void look_at_ring(struct watcher *w, const struct rs_record *r, const struct cpu_state *now)
{
	struct gs_pair pair = pair_of(now);
	if (r->cpl == 3 && now->cpl < 3) {
		w->entry = pair_of(&w->before);
		w->has_entry = true;
	}
	if (r->cpl < 3 && now->cpl == 3 && w->has_entry &&
	    (pair.active != w->entry.active || pair.other != w->entry.other))
		breaks(w, INVARIANT_PAIR, r);
	if (now->cpl == 3) {
		w->user_gs = pair.active;
		w->has_user = true;
	}
}

/* RF is of the return itself. */
static bool same_context(const struct cpu_state *a, const struct cpu_state *b)
{
	for (unsigned i = 0; i < 16; i++)
		if (a->gpr[i] != b->gpr[i])
			return false;
	for (unsigned i = 0; i < 6; i++)
		if (a->seg[i].sel != b->seg[i].sel || a->seg[i].base != b->seg[i].base)
			return false;
	return ((a->rflags ^ b->rflags) & ~(uint64_t)FLAG_RF) == 0 && a->kernel_gs_base == b->kernel_gs_base;
}

static bool is_the_event(const struct awaited *e, const struct rs_record *r)
{
	return r->kind == RS_RECORD_EVENT && r->vector == e->vector && !r->software && !e->delivered;
}

/* The handler has returned when the program goes on where it was, on its stack. */
static void look_at_event(struct watcher *w, const struct rs_record *r, const struct cpu_state *now)
{
	struct awaited *e = &w->event;
	if (!e->wanted || e->returned)
		return;
	if (is_the_event(e, r)) {
		e->delivered = true;
		e->at = w->before;
		return;
	}
	if (!e->delivered || now->rip != e->at.rip || now->cpl != e->at.cpl || now->gpr[RSP] != e->at.gpr[RSP])
		return;
	e->returned = true;
	if (!same_context(now, &e->at))
		breaks(w, INVARIANT_CONTEXT, r);
}

/* ---- the watcher ---- */

void watcher_start(struct watcher *w, const struct cpu_state *now)
{
	w->before = *now;
	w->event = (struct awaited){ .wanted = false };
	memset(w->breach, 0, sizeof(w->breach));
	if (now->cpl == 3) {
		w->user_gs = now->seg[SEG_GS].base;
		w->has_user = true;
	}
}

void watcher_expect(struct watcher *w, uint8_t vector)
{
	w->event = (struct awaited){ .wanted = true, .vector = vector };
}

void watcher_observe(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct watcher *w = arg;
	const struct cpu_state *now = rs_state(m);
	look_at_gs(w, r);
	look_at_pushes(w, m, r, now);
	look_at_ring(w, r, now);
	look_at_event(w, r, now);
	w->before = *now;
}
