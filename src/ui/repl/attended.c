/* attended.c - a session that somebody shows while it goes on: in slices, with the records that led to a stop. A run to
 * plain breakpoints makes none; the last of them are made once more behind it, since executing again leads to the
 * same. */
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

/* ---- records ---- */

static void note_writes(struct prompt *p, const struct rs_record *r)
{
	p->written_count = r->write_count;
	for (unsigned i = 0; i < r->write_count; i++)
		p->written[i] = (struct written){ r->writes[i].address, r->writes[i].size };
}

static void note_gs(struct prompt *p, const struct cpu_state *s)
{
	if (s->cpl != 3)
		return;
	p->user_gs = s->seg[SEG_GS].base;
	p->has_user_gs = true;
}

void attended_record(struct prompt *p, const struct rs_record *record)
{
	note_writes(p, record);
	note_gs(p, state_before(p));
	note_gs(p, state_now(p));
	if (p->attendant)
		p->attendant->record(p->attendant->arg, record);
}

void attended_look(struct prompt *p, enum attended_look what, uint64_t address)
{
	if (p->attendant)
		p->attendant->looked(p->attendant->arg, what, address);
}

/* ---- the last records once more ---- */

static bool has_ended(enum rs_stop why)
{
	return why == RS_STOP_EXIT || why == RS_STOP_TRIPLE_FAULT || why == RS_STOP_UNIMPLEMENTED ||
	       why == RS_STOP_HALTED;
}

/* The history makes a change by hand once more behind the record that led there; it is not the next one's doing. */
static bool note_state(void *arg, struct rs_machine *m)
{
	struct prompt *p = arg;
	*state_now(p) = *rs_state(m);
	return false;
}

static enum rs_stop step_again(struct prompt *p)
{
	note_state(p, p->machine);
	return rs_history_step(p->history);
}

/* What ended the run ends it again. */
static void go_there(struct prompt *p, struct rs_position to, enum rs_stop why)
{
	enum rs_stop stop = RS_STOP_LIMIT;
	rs_break_when(p->machine, note_state, p);
	if (rs_position(p->machine).n < to.n)
		stop = rs_history_run(p->history, to.n);
	rs_break_when(p->machine, NULL, NULL);
	while (rs_position_compare(rs_position(p->machine), to) < 0 && !has_ended(stop) && stop != RS_STOP_NO_MEMORY)
		stop = step_again(p);
	if (has_ended(why) && rs_status(p->machine)->why != why)
		step_again(p);
}

static struct rs_position retraced_from(struct prompt *p, struct rs_position here)
{
	const struct rs_position from = { here.n > RETRACED ? here.n - RETRACED : 0, 0 };
	struct rs_history_status s;
	rs_history_status(p->history, &s);
	return rs_position_compare(from, s.start) < 0 ? s.start : from;
}

void attended_retrace(struct prompt *p)
{
	const struct rs_position here = rs_position(p->machine), from = retraced_from(p, here);
	const enum rs_stop why = rs_status(p->machine)->why;
	struct rs_error error;
	rs_observe(p->machine, NULL, NULL);
	bool good = rs_history_seek(p->history, from, &error);
	rs_observe(p->machine, go_observe, p);
	p->recalling = RECALLING_TRAIL;
	*state_now(p) = *rs_state(p->machine);
	if (good) {
		p->has_last = p->has_user_gs = false;
		go_there(p, here, why);
	}
	p->recalling = RECALLING_NOTHING;
	*state_now(p) = *rs_state(p->machine);
}

/* ---- a run ---- */

/* What is done between slices is the same at whichever boundary. */
enum rs_stop attended_run(struct prompt *p)
{
	const uint64_t last = p->ui->options.max_insns;
	struct attendant *a = p->attendant;
	while (a) {
		uint64_t n = rs_status(p->machine)->instructions;
		uint64_t until = n < last && last - n > a->slice ? n + a->slice : last;
		enum rs_stop stop = rs_history_run(p->history, until);
		if (stop != RS_STOP_LIMIT || status_limit(rs_status(p->machine), &p->ui->options))
			return stop;
		a->between(a->arg);
	}
	return rs_history_run(p->history, last);
}
