/* cmd_go.c - t, p, g, gu: how the guest is let go on, and what a stop shows. */
#include "ui/repl/go.h"

#include <string.h>

#include "ui/repl/commands.h"
#include "ui/status.h"

enum { INTERRUPT_BOUNDARIES = 4096, SLICE = 1 << 22 /* instructions */ };

/* ---- what a record did ---- */

struct cpu_state *state_before(struct prompt *p)
{
	return &p->state[!p->turn];
}

struct cpu_state *state_now(struct prompt *p)
{
	return &p->state[p->turn];
}

struct happening happening_of(const struct rs_record *r, const struct cpu_state *before, const struct cpu_state *now)
{
	struct happening h = {
		.kind = r->kind,
		.n = r->n,
		.rip = r->rip,
		.mode = state_mode(before),
		.length = r->length,
		.vector = r->vector,
		.cpl_before = r->cpl,
		.cpl_after = now->cpl,
		.has_error_code = r->has_error_code,
		.error_code = r->error_code,
		.external = r->kind == RS_RECORD_EVENT && r->external,
		.cause = r->cause,
		.watched = r->watched,
		.rule_count = r->rule_count,
	};
	memcpy(h.bytes, r->bytes, sizeof(r->bytes));
	memcpy(h.rules, r->rules, sizeof(h.rules[0]) * r->rule_count);
	return h;
}

static void keep_steps(struct prompt *p, struct steps_made *s, const struct rs_record *r)
{
	s->before = *state_before(p);
	s->now = *state_now(p);
	memcpy(s->done, r->steps, sizeof(r->steps[0]) * r->step_count);
	memcpy(s->tried, r->tried, sizeof(r->tried[0]) * r->tried_count);
	s->done_count = r->step_count;
	s->tried_count = r->tried_count;
}

static void keep_why(struct prompt *p, struct rs_machine *m, const struct rs_record *r)
{
	if (p->last.kind == RS_RECORD_EVENT) {
		p->event = p->last;
		p->has_event = true;
		p->event_is_old = false;
		p->scene.state = *state_before(p);
		scene_keep(&p->scene, m, r);
		keep_steps(p, &p->event_steps, r);
	} else if (p->last.rule_count) {
		p->transition = p->last;
		p->has_transition = true;
		p->transition_is_old = false;
		keep_steps(p, &p->transition_steps, r);
	}
}

void go_observe(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct prompt *p = arg;
	p->turn = !p->turn;
	*state_now(p) = *rs_state(m);
	p->last = happening_of(r, state_before(p), state_now(p));
	p->last.at = rs_position(m);
	p->has_last = !p->recalling || p->recalling == RECALLING_TRAIL;
	if (p->recalling != RECALLING_RINGS)
		keep_why(p, m, r);
	if (p->recalling < RECALLING_TRAIL && p->recalling != RECALLING_WHY && rings_are_changed(r, state_now(p)->cpl))
		rings_note(p);
	if (p->has_last)
		attended_record(p, r);
	if (p->recalling)
		return;
	p->looked = p->last.at;
	traced_record(p, r);
	if (!p->settling)
		p->go.hit = events_behind(p);
}

static bool is_worth_a_line(const struct happening *h)
{
	return h->kind == RS_RECORD_EVENT || h->rule_count || h->cpl_before != h->cpl_after;
}

/* ---- ends ---- */

bool prompt_has_ended(struct prompt *p)
{
	switch (rs_status(p->machine)->why) {
	case RS_STOP_EXIT:
	case RS_STOP_TRIPLE_FAULT:
	case RS_STOP_UNIMPLEMENTED:
	case RS_STOP_HALTED:
		return true;
	default:
		return false;
	}
}

void go_ready(struct prompt *p)
{
	*state_now(p) = *rs_state(p->machine);
	events_follow(p);
	p->go = (struct go){ .hit = -1, .also = -1 };
}

bool go_may(struct prompt *p)
{
	enum rs_stop why = rs_status(p->machine)->why;
	if (why == RS_STOP_EXIT || why == RS_STOP_TRIPLE_FAULT)
		return prompt_fail(p, "the guest has ended; look around, go back, or leave with q");
	go_ready(p);
	return true;
}

static void tell_status(struct prompt *p, const char *limit)
{
	char text[512];
	out_printf(p->ui->out, "-- %s\n", status_text(rs_status(p->machine), p->ui, limit, text, sizeof(text)));
}

static void tell_hit(struct prompt *p, int number)
{
	char text[160];
	if (number < 0)
		return;
	event_text(&p->events[number], text, sizeof(text));
	out_printf(p->ui->out, "Breakpoint %x hit%s%s\n", (unsigned)number, text[0] ? ": " : "", text);
}

void go_show_stop(struct prompt *p)
{
	enum rs_stop stop = p->go.stop;
	console_end_line(&p->console);
	tell_hit(p, p->go.hit);
	tell_hit(p, p->go.also);
	if (p->go.behind && !p->go.told)
		state_transition(p, &p->last);
	if (prompt_has_ended(p))
		tell_status(p, NULL);
	else if (stop == RS_STOP_LIMIT)
		tell_status(p, status_limit(rs_status(p->machine), &p->ui->options));
	if (stop != RS_STOP_EXIT && stop != RS_STOP_TRIPLE_FAULT)
		state_stop(p);
	p->shown = true;
}

/* Events that are for once go; the commands of those that stay or go become the line's business. */
static void leave_events(struct prompt *p)
{
	const int hits[] = { p->go.also, p->go.hit };
	for (size_t i = 0; i < 2; i++) {
		if (hits[i] < 0)
			continue;
		struct event *e = &p->events[hits[i]];
		if (e->commands[0])
			strcpy(p->pending, e->commands);
	}
}

static void forget_once(struct prompt *p)
{
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (p->events[i].once && (i == p->go.hit || i == p->go.also))
			p->events[i].used = false;
	events_follow(p);
}

bool go_arrived(struct prompt *p, enum rs_stop stop)
{
	p->next.has_code = false;
	p->go.stop = stop;
	console_end_line(&p->console);
	if (stop == RS_STOP_NO_MEMORY)
		return prompt_lost(p, "out of memory; the step was not made");
	p->shown = false;
	leave_events(p);
	if (!p->pending[0])
		go_show_stop(p);
	forget_once(p);
	return !p->go.interrupted || prompt_fail(p, "interrupted");
}

/* ---- one record at a time ---- */

/* Asked for now and then, whichever commands the boundaries belong to. */
static bool was_interrupted(struct prompt *p)
{
	return !(++p->boundaries % INTERRUPT_BOUNDARIES) && prompt_is_interrupted(p);
}

/* Behind a record: what it made has been judged; what stands here is judged now. */
static void note_stop(struct prompt *p)
{
	int here = events_before(p);
	p->go.behind = p->go.hit >= 0;
	*(p->go.behind ? &p->go.also : &p->go.hit) = here;
	p->go.interrupted = was_interrupted(p);
}

enum rs_stop go_step(struct prompt *p)
{
	if (status_limit(rs_status(p->machine), &p->ui->options))
		return RS_STOP_LIMIT;
	p->has_last = false;
	p->go.hit = p->go.also = -1;
	enum rs_stop stop = rs_history_step(p->history);
	if (p->attendant && !(p->boundaries % INTERRUPT_BOUNDARIES))
		p->attendant->between(p->attendant->arg);
	p->go.told = p->has_last && is_worth_a_line(&p->last);
	if (p->go.told)
		state_transition(p, &p->last);
	if (stop == RS_STOP_NONE)
		note_stop(p);
	return stop;
}

bool go_is_over(const struct prompt *p, enum rs_stop stop)
{
	return (stop != RS_STOP_NONE && stop != RS_STOP_BREAK) || p->go.hit >= 0 || p->go.interrupted;
}

bool go_count(struct prompt *p, const char *args, uint64_t *count)
{
	*count = 1;
	return (!*args || prompt_value(p, &args, count)) && prompt_end(p, args);
}

/* Steps between the first and the last show the instruction that comes next, not all registers. */
bool go_trace(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t count;
	(void)command;
	if (!go_count(p, args, &count) || !go_may(p))
		return false;
	enum rs_stop stop = RS_STOP_NONE;
	while (count--) {
		stop = go_step(p);
		if (go_is_over(p, stop))
			break;
		uint64_t pc = prompt_pc(p);
		if (count)
			code_line(p, &pc, true);
	}
	return go_arrived(p, stop);
}

/* ---- running ---- */

/* Before each instruction of a run (rs_break_fn). A breakpoint under the first one has been seen already. */
static bool is_enough(void *arg, struct rs_machine *m)
{
	struct prompt *p = arg;
	struct go *go = &p->go;
	(void)m;
	if (go->first) {
		go->first = false;
		return false;
	}
	note_stop(p);
	return go->hit >= 0 || go->interrupted || (go->enough && go->enough(p));
}

static void begin_run(struct prompt *p, enough_fn *enough)
{
	p->has_last = false;
	p->go.enough = enough;
	p->go.first = true;
	p->go.told = p->go.behind = false;
	p->go.hit = p->go.also = -1;
	p->go.cpl = (uint8_t)rs_get(p->machine, p->fields.cpl);
	p->go.rsp = rs_get(p->machine, p->fields.rsp);
	p->go.depth = 0;
	out_flush(p->ui->out);
}

enum rs_stop go_until(struct prompt *p, enough_fn *enough)
{
	begin_run(p, enough);
	rs_break_when(p->machine, is_enough, p);
	enum rs_stop stop = attended_run(p);
	rs_break_when(p->machine, NULL, NULL);
	p->go.behind |= stop == RS_STOP_EXIT && p->go.hit >= 0;
	return stop;
}

/* ---- running to addresses ---- */

size_t go_code_addresses(const struct prompt *p, uint64_t *address)
{
	size_t count = 0;
	for (int i = 0; i < PROMPT_EVENTS; i++) {
		const struct event *e = &p->events[i];
		if (e->used && e->enabled && !e->unresolved && e->kind == EVENT_CODE)
			address[count++] = e->address;
	}
	return count;
}

bool go_has_made_events(const struct prompt *p)
{
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (p->events[i].used && p->events[i].enabled && p->events[i].kind != EVENT_CODE)
			return true;
	return false;
}

/* On a terminal, Ctrl-C is asked for now and then. */
static enum rs_stop run_slice(struct prompt *p, bool *goes_on)
{
	uint64_t limit = p->ui->options.max_insns, n = rs_status(p->machine)->instructions;
	uint64_t slice = p->attendant ? p->attendant->slice : p->ui->in_terminal ? SLICE : limit;
	uint64_t until = n < limit && limit - n > slice ? n + slice : limit;
	enum rs_stop stop = rs_history_run(p->history, until);
	*goes_on = stop == RS_STOP_LIMIT && until < limit && rs_status(p->machine)->instructions >= until;
	if (p->attendant && *goes_on)
		p->attendant->between(p->attendant->arg);
	p->go.interrupted = prompt_is_interrupted(p);
	return stop;
}

/* The machine stops at these addresses alone, and makes no records. */
static enum rs_stop run_to_code(struct prompt *p)
{
	bool goes_on = true;
	enum rs_stop stop = RS_STOP_BREAK;
	while (goes_on && !p->go.interrupted) {
		stop = run_slice(p, &goes_on);
		if (stop != RS_STOP_BREAK)
			continue;
		p->go.hit = events_before(p);
		goes_on = p->go.hit < 0 && !(p->go.enough && p->go.enough(p));
	}
	return p->go.interrupted && stop == RS_STOP_LIMIT && goes_on ? RS_STOP_BREAK : stop;
}

enum rs_stop go_until_address(struct prompt *p, enough_fn *enough)
{
	uint64_t code[PROMPT_EVENTS + 1];
	size_t count = go_code_addresses(p, code);
	if (enough)
		code[count++] = p->go.address;
	if (p->trace || go_has_made_events(p))
		return go_until(p, enough);
	if (!rs_break_at(p->machine, code, count))
		return RS_STOP_NO_MEMORY;
	begin_run(p, enough);
	rs_observe(p->machine, NULL, NULL);
	enum rs_stop stop = run_to_code(p);
	rs_observe(p->machine, go_observe, p);
	rs_break_at(p->machine, NULL, 0);
	*state_now(p) = *rs_state(p->machine);
	recall_skipped(p);
	return stop;
}

bool go_at_address(struct prompt *p)
{
	return prompt_pc(p) == p->go.address;
}

bool go_run(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address = 0;
	bool has_address = *args;
	(void)command;
	args += *args == '*'; /* as gdb has it */
	if ((has_address && !prompt_value(p, &args, &address)) || !prompt_end(p, args) || !go_may(p))
		return false;
	p->go.address = address;
	return go_arrived(p, go_until_address(p, has_address ? go_at_address : NULL));
}

/* ---- calls and returns ---- */

static bool is_back(struct prompt *p)
{
	return go_at_address(p) && rs_get(p->machine, p->fields.cpl) == p->go.cpl &&
	       rs_get(p->machine, p->fields.rsp) >= p->go.rsp;
}

enum rs_stop go_over_one(struct prompt *p)
{
	uint8_t bytes[16] = { 0 };
	char text[120];
	uint64_t pc = prompt_pc(p);
	size_t length = code_at(p, pc, bytes, text, sizeof(text));
	if (!length || !opcode_comes_back(opcode_in(bytes, length, prompt_mode(p))))
		return go_step(p);
	p->go.address = pc + length;
	return go_until_address(p, is_back);
}

bool go_over(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t count;
	(void)command;
	if (!go_count(p, args, &count) || !go_may(p))
		return false;
	enum rs_stop stop = RS_STOP_NONE;
	while (count--) {
		stop = go_over_one(p);
		if (go_is_over(p, stop))
			break;
		uint64_t pc = prompt_pc(p);
		if (count)
			code_line(p, &pc, true);
	}
	return go_arrived(p, stop);
}

/* Whether the last record ended what the run began in. Calls and returns are counted in the ring of the beginning only:
 * the stack pointer says nothing, since an entry from user code has another one soon. Leaving the ring is a return. */
static bool has_returned(struct prompt *p)
{
	const struct happening *h = &p->last;
	struct go *go = &p->go;
	if (!p->has_last || h->cpl_before != go->cpl || h->cpl_after < go->cpl)
		return false;
	const uint8_t *op = opcode_of(h);
	bool event = h->kind == RS_RECORD_EVENT;
	if (!event && opcode_goes_back(op))
		return h->cpl_after > go->cpl || !go->depth--;
	go->depth += event || opcode_comes_back(op);
	return false;
}

bool go_up(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!prompt_end(p, args) || !go_may(p))
		return false;
	enum rs_stop stop = go_until(p, has_returned);
	p->go.behind |= stop == RS_STOP_BREAK && p->go.hit < 0 && p->has_last && is_worth_a_line(&p->last);
	return go_arrived(p, stop);
}
