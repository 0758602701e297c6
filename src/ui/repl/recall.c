/* recall.c - what happened while nobody looked: a run to plain breakpoints and every way of seeking make no records for
 * the prompt. What !why and k need of them is found by executing again, when it is asked for. */
#include <string.h>

#include "ui/repl/go.h"

/* ---- what is not known ---- */

static bool is_later(struct rs_position a, struct rs_position b)
{
	return rs_position_compare(a, b) > 0;
}

static void note_gap(struct ring_log *log, struct rs_position from)
{
	if (!log->has_gap)
		log->gap = from;
	log->has_gap = true;
}

void recall_skipped(struct prompt *p)
{
	struct rs_position here = rs_position(p->machine), from = p->looked;
	bool forwards = is_later(here, from);
	bool drop_event = p->has_event && is_later(p->event.at, here);
	bool drop_transition = p->has_transition && is_later(p->transition.at, here);
	p->event_is_old |= forwards || drop_event;
	p->transition_is_old |= forwards || drop_transition;
	p->has_event &= !drop_event;
	p->has_transition &= !drop_transition;
	p->has_last = false;
	p->looked = here;
	rings_forget_future(p);
	if (forwards)
		note_gap(&p->rings, from);
}

/* ---- looking back ---- */

/* Instructions that are executed again at one go: a few first, then more and more. */
enum { SPAN_FIRST = 1 << 12, SPAN_FARTHER = 4, SPAN_LONGEST = 1 << 19 };

struct places {
	struct rs_position at[RING_CHANGES];
	size_t count;
};

/* Positions before records: the last event, the last transition, and the changes of ring. */
struct recalled {
	struct rs_position before; /* the record that comes */
	struct rs_position event, transition;
	bool has_event, has_transition;
	struct places changes;
	bool has_outer; /* the first of them is an entry from CPL 3: what is earlier does not matter */
};

static void append(struct places *places, struct rs_position at)
{
	if (places->count == RING_CHANGES) {
		memmove(places->at, places->at + RING_CHANGES / 2, sizeof(places->at) / 2);
		places->count = RING_CHANGES / 2;
	}
	places->at[places->count++] = at;
}

static void note(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct recalled *c = arg;
	unsigned cpl = rs_state(m)->cpl;
	if (r->kind == RS_RECORD_EVENT) {
		c->event = c->before;
		c->has_event = true;
	} else if (r->rule_count) {
		c->transition = c->before;
		c->has_transition = true;
	}
	if (r->cpl == 3 && cpl < 3) {
		c->changes.count = 0;
		c->has_outer = true;
	}
	if (rings_are_changed(r, cpl))
		append(&c->changes, c->before);
	c->before = rs_position(m);
}

/* Seeking observes nothing; what is executed then, `fn` does. */
static bool seek(struct prompt *p, struct rs_position to, rs_observer_fn *fn, void *arg)
{
	struct rs_error why;
	rs_observe(p->machine, NULL, NULL);
	bool good = rs_history_seek(p->history, to, &why) || prompt_fail(p, "%s", why.text);
	rs_observe(p->machine, fn, arg);
	return good;
}

static void run_until(struct prompt *p, struct rs_position end)
{
	struct rs_position at = rs_position(p->machine), before;
	if (at.n < end.n)
		rs_history_run(p->history, end.n);
	at = rs_position(p->machine);
	do {
		before = at;
		if (is_later(end, at))
			rs_history_step(p->history);
		at = rs_position(p->machine);
	} while (is_later(at, before));
}

/* What it has found of the span goes in front of what later ones had. */
static bool look_at_span(struct prompt *p, struct rs_position from, struct rs_position end, struct recalled *c)
{
	struct recalled span = { .before = from };
	if (!seek(p, from, note, &span))
		return false;
	run_until(p, end);
	if (!c->has_event && span.has_event) {
		c->event = span.event;
		c->has_event = true;
	}
	if (!c->has_transition && span.has_transition) {
		c->transition = span.transition;
		c->has_transition = true;
	}
	for (size_t i = 0; i < c->changes.count; i++)
		append(&span.changes, c->changes.at[i]);
	c->changes = span.changes;
	c->has_outer |= span.has_outer;
	return true;
}

static struct rs_position span_before(struct rs_position end, uint64_t span, struct rs_position bound)
{
	const struct rs_position from = { end.n > span ? end.n - span : 0, 0 };
	return is_later(bound, from) ? bound : from;
}

/* From here back to `bound`, or until it is enough. */
static bool look_back(struct prompt *p, struct rs_position bound, bool (*enough)(const struct recalled *c),
		      struct recalled *c)
{
	struct rs_position end = rs_position(p->machine);
	struct rs_history_status s;
	bool good = true;
	rs_history_status(p->history, &s);
	if (is_later(s.start, bound))
		bound = s.start;
	for (uint64_t span = SPAN_FIRST; good && !enough(c) && is_later(end, bound);) {
		const struct rs_position from = span_before(end, span, bound);
		good = look_at_span(p, from, end, c);
		if (good && prompt_is_interrupted(p))
			good = prompt_fail(p, "interrupted");
		end = from;
		if (span < SPAN_LONGEST)
			span *= SPAN_FARTHER;
	}
	return good;
}

/* The record behind that position comes as if for the first time. */
static bool look_at(struct prompt *p, struct rs_position at, enum recalling what)
{
	if (!seek(p, at, go_observe, p))
		return false;
	p->recalling = what;
	*state_now(p) = *rs_state(p->machine);
	rs_history_step(p->history);
	p->recalling = RECALLING_NOTHING;
	return true;
}

/* That the guest halts, or cannot go on, is found out by letting it. */
static bool come_back(struct prompt *p, struct rs_position to, enum rs_stop end)
{
	if (!seek(p, to, NULL, NULL))
		return false;
	if ((end == RS_STOP_HALTED || end == RS_STOP_UNIMPLEMENTED) && !prompt_has_ended(p))
		rs_history_step(p->history);
	rs_observe(p->machine, go_observe, p);
	*state_now(p) = *rs_state(p->machine);
	return true;
}

/* ---- !why ---- */

static bool has_why(const struct recalled *c)
{
	return c->has_event && c->has_transition;
}

/* What is not old counts as found. */
static bool recall_events(struct prompt *p)
{
	struct rs_position bound = { 0 };
	struct recalled c = { .has_event = !p->event_is_old, .has_transition = !p->transition_is_old };
	if (p->event_is_old && !p->transition_is_old && p->has_event)
		bound = p->event.at;
	if (p->transition_is_old && !p->event_is_old && p->has_transition)
		bound = p->transition.at;
	if (p->event_is_old && p->transition_is_old && p->has_event && p->has_transition)
		bound = is_later(p->event.at, p->transition.at) ? p->transition.at : p->event.at;
	if (!look_back(p, bound, has_why, &c))
		return false;
	if (p->event_is_old && c.has_event && !look_at(p, c.event, RECALLING_WHY))
		return false;
	if (p->transition_is_old && c.has_transition && !look_at(p, c.transition, RECALLING_WHY))
		return false;
	p->event_is_old = p->transition_is_old = false;
	return true;
}

bool recall_why(struct prompt *p)
{
	struct rs_position here = rs_position(p->machine);
	enum rs_stop end = rs_status(p->machine)->why;
	if (!p->event_is_old && !p->transition_is_old)
		return true;
	bool good = recall_events(p);
	return come_back(p, here, end) && good;
}

/* ---- k ---- */

static bool has_rings(const struct recalled *c)
{
	return c->has_outer || c->changes.count >= RING_CHANGES / 2;
}

static bool recall_gap(struct prompt *p)
{
	struct recalled c = { .has_outer = false };
	if (!look_back(p, p->rings.gap, has_rings, &c))
		return false;
	if (has_rings(&c)) {
		p->rings.count = 0;
		p->rings.cut = true;
	}
	for (size_t i = 0; i < c.changes.count; i++)
		if (!look_at(p, c.changes.at[i], RECALLING_RINGS))
			return false;
	p->rings.has_gap = false;
	return true;
}

bool recall_rings(struct prompt *p)
{
	struct rs_position here = rs_position(p->machine);
	enum rs_stop end = rs_status(p->machine)->why;
	if (!p->rings.has_gap)
		return true;
	bool good = recall_gap(p);
	return come_back(p, here, end) && good;
}
