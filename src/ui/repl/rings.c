/* rings.c - the log of entries and returns, by which `k` goes on from a handler to what it interrupted. */
#include <string.h>

#include "ui/repl/repl.h"

/* IRET, whatever its prefixes. */
static bool is_iret(const struct happening *h)
{
	return h->rule_count && h->length && h->length <= 3 && h->bytes[h->length - 1] == 0xcf;
}

static uint64_t linear(uint64_t address, uint64_t base, unsigned mode)
{
	return mode == 64 ? address : (uint32_t)(address + base);
}

/* Going back in time and forth again brings the same records: what was kept of them is dropped. */
static void forget_later(struct ring_log *log, const struct happening *h)
{
	for (size_t i = log->count; i > 0; i--) {
		const struct happening *old = &log->change[i - 1].what;
		bool same = old->n == h->n && old->kind == h->kind && old->rip == h->rip && old->vector == h->vector;
		if (old->n > h->n || same)
			log->count = i - 1;
		else if (old->n < h->n)
			return;
	}
}

static struct ring_change *append(struct ring_log *log)
{
	if (log->count == RING_CHANGES) {
		memmove(log->change, log->change + RING_CHANGES / 2, sizeof(log->change) / 2);
		log->count = RING_CHANGES / 2;
	}
	return &log->change[log->count++];
}

/* An event has pushed where it will go on: behind an INT, at a faulting instruction [SDM vol. 3, exception and
 * interrupt handler procedures]. The other entries go on behind the instruction. */
static uint64_t goes_on_at(struct prompt *p, const struct happening *h, const struct cpu_state *before,
			   const struct cpu_state *now)
{
	unsigned mode = state_mode(now);
	unsigned word = mode == 64 ? 8 : 4;
	uint64_t at = linear(now->gpr[RSP], now->seg[SEG_SS].base, mode) + (h->has_error_code ? word : 0), rip = 0;
	if (h->kind != RS_RECORD_EVENT)
		return before->rip + h->length;
	return rs_read_linear(p->machine, at, &rip, word) == word ? rip : before->rip;
}

void rings_note(struct prompt *p)
{
	const struct happening *h = &p->last;
	const struct cpu_state *now = state_now(p), *before = state_before(p);
	bool enters = h->kind == RS_RECORD_EVENT || h->cpl_after < h->cpl_before;
	if (!enters && h->cpl_after == h->cpl_before && !is_iret(h))
		return;
	forget_later(&p->rings, h);
	struct ring_change *c = append(&p->rings);
	*c = (struct ring_change){ .what = *h, .enters = enters };
	c->target = linear(now->rip, now->seg[SEG_CS].base, state_mode(now));
	c->frame = now->gpr[RSP];
	c->back = linear(goes_on_at(p, h, before, now), before->seg[SEG_CS].base, h->mode);
	c->stack_base = h->mode == 64 ? 0 : before->seg[SEG_SS].base;
	memcpy(c->gpr, before->gpr, sizeof(c->gpr));
}

/* After going back in time the log may know more than has happened yet. */
static bool has_happened(struct prompt *p, const struct ring_change *c)
{
	uint64_t n = rs_status(p->machine)->instructions;
	if (c->what.n != n || c->what.kind != RS_RECORD_EVENT)
		return c->what.n < n;
	return rs_state(p->machine)->cpl == c->what.cpl_after && prompt_pc(p) == c->target;
}

/* A return to a ring ends the entries from rings inside it, and one from that ring. */
static size_t after_return(const struct ring_change **entry, size_t count, unsigned cpl)
{
	while (count && entry[count - 1]->what.cpl_before < cpl)
		count--;
	return count && entry[count - 1]->what.cpl_before == cpl ? count - 1 : count;
}

size_t rings_pending(struct prompt *p, const struct ring_change **entry)
{
	size_t count = 0;
	for (size_t i = 0; i < p->rings.count && has_happened(p, &p->rings.change[i]); i++) {
		const struct ring_change *c = &p->rings.change[i];
		if (!c->enters) {
			count = after_return(entry, count, c->what.cpl_after);
			continue;
		}
		if (count == RING_DEPTH)
			memmove(entry, entry + 1, --count * sizeof(entry[0]));
		entry[count++] = c;
	}
	return count;
}
