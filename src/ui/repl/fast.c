/* fast.c - runs without records. Who attends a session wants the guest's full speed and, when it stops, all that is
 * kept of records; so the last of them are made once more behind the run: executing again leads to the same. */
#include <string.h>

#include "ui/repl/interrupt.h"
#include "ui/repl/repl.h"
#include "ui/status.h"

enum { RETRACED = 20000 };

bool prompt_is_interrupted(struct prompt *p)
{
	if (p->attendant)
		return p->attendant->interrupted(p->attendant->arg);
	return p->ui->in_terminal && interrupt_came();
}

/* ---- the last records once more ---- */

/* Nothing of what was kept is certain for here. */
static void forget(struct prompt *p)
{
	p->rings.count = 0;
	p->has_last = p->has_event = p->has_transition = p->has_user_gs = false;
}

/* What ended the run ends it again. */
static void go_there(struct prompt *p, struct rs_position to, enum rs_stop why)
{
	enum rs_stop stop = RS_STOP_LIMIT;
	if (rs_position(p->machine).n < to.n)
		stop = rs_history_run(p->history, to.n);
	while (rs_position_compare(rs_position(p->machine), to) < 0 && (stop == RS_STOP_NONE || stop == RS_STOP_LIMIT))
		stop = rs_history_step(p->history);
	bool ended =
	    why == RS_STOP_EXIT || why == RS_STOP_TRIPLE_FAULT || why == RS_STOP_UNIMPLEMENTED || why == RS_STOP_HALTED;
	if (ended && rs_status(p->machine)->why != why)
		rs_history_step(p->history);
}

void fast_retrace(struct prompt *p)
{
	const struct rs_position here = rs_position(p->machine);
	const enum rs_stop why = rs_status(p->machine)->why;
	struct rs_position from = { here.n > RETRACED ? here.n - RETRACED : 0, 0 };
	struct rs_history_status s;
	struct rs_error error;
	rs_history_status(p->history, &s);
	if (rs_position_compare(from, s.start) < 0)
		from = s.start;
	p->settling = true;
	if (rs_history_seek(p->history, from, &error)) {
		forget(p);
		*state_now(p) = *rs_state(p->machine);
		go_there(p, here, why);
	}
	p->settling = false;
	*state_now(p) = *rs_state(p->machine);
}

/* ---- the run ---- */

/* Accesses, vectors and their kin are judged by records. */
bool fast_may_run(const struct prompt *p, enough_fn *enough)
{
	if (!p->attendant || p->trace || (enough && enough != go_at_address))
		return false;
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (p->events[i].used && p->events[i].enabled && p->events[i].kind != EVENT_CODE)
			return false;
	return true;
}

static bool set_stops(struct prompt *p, bool with_address)
{
	uint64_t address[PROMPT_EVENTS + 1];
	size_t count = 0;
	for (int i = 0; i < PROMPT_EVENTS; i++) {
		const struct event *e = &p->events[i];
		if (e->used && e->enabled && !e->unresolved)
			address[count++] = e->address;
	}
	if (with_address)
		address[count++] = p->go.address;
	return rs_break_at(p->machine, address, count);
}

/* Where a slice or an address ended it: whether it is over. */
static bool is_over(struct prompt *p, enum rs_stop stop, enough_fn *enough)
{
	struct attendant *a = p->attendant;
	if (stop == RS_STOP_BREAK)
		p->go.hit = events_before(p);
	if (p->go.hit >= 0 || (stop == RS_STOP_BREAK && enough && enough(p)))
		return true;
	*state_now(p) = *rs_state(p->machine);
	if (stop == RS_STOP_LIMIT)
		a->between(a->arg);
	p->go.interrupted = prompt_is_interrupted(p);
	return p->go.interrupted;
}

static enum rs_stop run_slices(struct prompt *p, enough_fn *enough)
{
	const uint64_t last = p->ui->options.max_insns;
	for (;;) {
		uint64_t n = rs_status(p->machine)->instructions, slice = p->attendant->slice;
		enum rs_stop stop = rs_history_run(p->history, last - n > slice ? n + slice : last);
		if (stop != RS_STOP_LIMIT && stop != RS_STOP_BREAK)
			return stop;
		if (stop == RS_STOP_LIMIT && status_limit(rs_status(p->machine), &p->ui->options))
			return stop;
		if (is_over(p, stop, enough))
			return RS_STOP_BREAK;
	}
}

enum rs_stop fast_run(struct prompt *p, enough_fn *enough)
{
	rs_observe(p->machine, NULL, NULL);
	enum rs_stop stop = set_stops(p, enough) ? run_slices(p, enough) : RS_STOP_NO_MEMORY;
	rs_break_at(p->machine, NULL, 0);
	rs_observe(p->machine, go_observe, p);
	fast_retrace(p);
	return stop;
}
