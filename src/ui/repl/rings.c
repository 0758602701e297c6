/* rings.c - the log of entries and returns, by which `k` goes on from a handler to what it interrupted. */
#include <string.h>

#include "ui/repl/repl.h"

/* An event, another ring, or IRET, whatever its prefixes. */
bool rings_are_changed(const struct rs_record *r, unsigned cpl)
{
	bool is_iret = r->rule_count && r->length && r->length <= 3 && r->bytes[r->length - 1] == 0xcf;
	return r->kind == RS_RECORD_EVENT || cpl != r->cpl || is_iret;
}

static uint64_t linear(uint64_t address, uint64_t base, unsigned mode)
{
	return mode == 64 ? address : (uint32_t)(address + base);
}

/* Going back in time and forth again brings the same records: what was kept of them is dropped. */
static void forget_from(struct ring_log *log, struct rs_position at)
{
	while (log->count && rs_position_compare(log->change[log->count - 1].what.at, at) >= 0)
		log->count--;
}

void rings_forget_future(struct prompt *p)
{
	struct ring_log *log = &p->rings;
	struct rs_position here = rs_position(p->machine);
	while (log->count && rs_position_compare(log->change[log->count - 1].what.at, here) > 0)
		log->count--;
	if (log->has_gap && rs_position_compare(here, log->gap) <= 0)
		log->has_gap = false;
	if (!log->count && log->cut) {
		log->has_gap = true;
		log->gap = (struct rs_position){ 0 };
	}
}

static struct ring_change *append(struct ring_log *log)
{
	if (log->count == RING_CHANGES) {
		memmove(log->change, log->change + RING_CHANGES / 2, sizeof(log->change) / 2);
		log->count = RING_CHANGES / 2;
		log->cut = true;
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
	forget_from(&p->rings, h->at);
	struct ring_change *c = append(&p->rings);
	*c = (struct ring_change){ .what = *h, .enters = enters };
	c->target = linear(now->rip, now->seg[SEG_CS].base, state_mode(now));
	c->frame = now->gpr[RSP];
	c->back = linear(goes_on_at(p, h, before, now), before->seg[SEG_CS].base, h->mode);
	c->stack_base = h->mode == 64 ? 0 : before->seg[SEG_SS].base;
	memcpy(c->gpr, before->gpr, sizeof(c->gpr));
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
	for (size_t i = 0; i < p->rings.count; i++) {
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
