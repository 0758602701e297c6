/* cmd_back.c - t- p- g- gu- !tt: every way of going back. The history executes again; events are judged as they are
 * forwards, but the last one before here is what counts, and the guest stands before it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/go.h"
#include "ui/words.h"

enum { SINGLE_STEPS = 100 };

/* ---- quietly: what comes again has been told and counted before ---- */

/* What a seek shows on its way is not what happened there: nothing is kept of it. */
static bool go_back(struct prompt *p, struct rs_error *why)
{
	rs_observe(p->machine, NULL, NULL);
	bool good = rs_history_back(p->history, why);
	rs_observe(p->machine, go_observe, p);
	return good;
}

static bool seek(struct prompt *p, struct rs_position to, struct rs_error *why)
{
	rs_observe(p->machine, NULL, NULL);
	bool good = rs_history_seek(p->history, to, why);
	rs_observe(p->machine, go_observe, p);
	return good;
}

static bool search(struct prompt *p, const struct rs_search *s, struct rs_error *why)
{
	rs_observe(p->machine, NULL, NULL);
	bool good = rs_history_search_back(p->history, s, why);
	rs_observe(p->machine, go_observe, p);
	return good;
}

static void step(struct prompt *p)
{
	p->settling = true;
	*state_now(p) = *rs_state(p->machine);
	p->has_last = false;
	rs_history_step(p->history);
	p->settling = false;
}

/* ---- arriving ---- */

/* Makes the record that leads here once more, so that what is kept of the last record is right. */
static void settle(struct prompt *p)
{
	struct rs_error why;
	bool good = go_back(p, &why);
	recall_skipped(p);
	if (good)
		step(p);
	*state_now(p) = *rs_state(p->machine);
}

static bool arrive(struct prompt *p)
{
	settle(p);
	p->next.has_code = false;
	p->go.stop = RS_STOP_NONE;
	go_show_stop(p);
	return true;
}

static bool is_start(struct prompt *p)
{
	struct rs_history_status s;
	rs_history_status(p->history, &s);
	return !rs_position_compare(rs_position(p->machine), s.start);
}

static bool no_further(struct prompt *p)
{
	return prompt_fail(p, "this is the start of history");
}

/* ---- looking for a position ---- */

struct look {
	struct prompt *p;
	bool (*stands)(const struct look *l);
	bool (*made)(const struct look *l); /* by p->last */
	uint64_t address, rsp;
	uint8_t cpl;
	uint64_t code[PROMPT_EVENTS + 1]; /* where else than here nothing stands; none: anywhere */
	size_t code_count;
};

static bool looks_at(void *arg, struct rs_machine *m)
{
	const struct look *l = arg;
	if (l->made)
		*state_now(l->p) = *rs_state(m);
	return l->stands && l->stands(l);
}

static bool looks_at_record(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	const struct look *l = arg;
	struct prompt *p = l->p;
	p->turn = !p->turn;
	*state_now(p) = *rs_state(m);
	p->last = happening_of(r, state_before(p), state_now(p));
	return l->made(l);
}

static bool gives_up(void *arg)
{
	const struct look *l = arg;
	return prompt_is_interrupted(l->p);
}

enum found { FOUND, NOT_FOUND, NOT_LOOKED };

/* Not found: the guest is where it was. */
static enum found look_back(struct prompt *p, struct look *l)
{
	struct rs_search wanted = { .code = l->code,
				    .code_count = l->code_count,
				    .at = looks_at,
				    .record = l->made ? looks_at_record : NULL,
				    .give_up = gives_up,
				    .arg = l };
	struct rs_error why;
	l->p = p;
	if (search(p, &wanted, &why))
		return FOUND;
	settle(p);
	if (why.code == RS_ERROR_NOT_FOUND)
		return NOT_FOUND;
	prompt_fail(p, "%s", why.code == RS_OK ? "interrupted" : why.text);
	return NOT_LOOKED;
}

static struct look look_from_here(struct prompt *p)
{
	const struct cpu_state *s = rs_state(p->machine);
	return (struct look){ .p = p, .address = prompt_pc(p), .rsp = s->gpr[RSP], .cpl = s->cpl };
}

/* ---- t- and p- ---- */

static bool back_one(struct prompt *p)
{
	struct rs_error why;
	return go_back(p, &why) || no_further(p);
}

static void count_record(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	uint64_t *count = arg;
	(void)m, (void)r;
	++*count;
}

/* How many records lie between here and there. */
static uint64_t records_until(struct prompt *p, struct rs_position end)
{
	uint64_t count = 0;
	rs_observe(p->machine, count_record, &count);
	if (rs_position(p->machine).n < end.n)
		rs_history_run(p->history, end.n);
	for (uint64_t before = UINT64_MAX; before != count && rs_position_compare(rs_position(p->machine), end) < 0;) {
		before = count;
		rs_history_step(p->history);
	}
	rs_observe(p->machine, NULL, NULL);
	return count;
}

/* There are at least so many records as instructions: too far back, and on for as many as it was too far. */
static bool back_far(struct prompt *p, uint64_t count)
{
	struct rs_position here = rs_position(p->machine);
	struct rs_history_status s;
	struct rs_error why;
	rs_history_status(p->history, &s);
	struct rs_position to = { here.n > count ? here.n - count : 0, 0 };
	if (rs_position_compare(to, s.start) < 0)
		to = s.start;
	if (!seek(p, to, &why))
		return prompt_fail(p, "%s", why.text);
	uint64_t records = records_until(p, here);
	bool good = seek(p, to, &why) || prompt_fail(p, "%s", why.text);
	rs_observe(p->machine, NULL, NULL);
	for (; good && records > count; records--)
		rs_history_step(p->history);
	rs_observe(p->machine, go_observe, p);
	return good;
}

bool back_trace(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t count;
	(void)command;
	if (!go_count(p, args, &count))
		return false;
	go_ready(p);
	if (is_start(p))
		return no_further(p);
	if (count > SINGLE_STEPS)
		return back_far(p, count) && arrive(p);
	while (count-- && !is_start(p))
		if (!back_one(p))
			return false;
	return arrive(p);
}

/* The call whose return address is here, in this ring and frame. */
static bool is_call_before(const struct look *l)
{
	struct prompt *p = l->p;
	uint8_t bytes[16] = { 0 };
	char text[120];
	uint64_t pc = prompt_pc(p);
	if (l->address - pc - 1 >= 15 || rs_state(p->machine)->cpl != l->cpl)
		return false;
	size_t length = code_at(p, pc, bytes, text, sizeof(text));
	return length && pc + length == l->address && opcode_comes_back(opcode_in(bytes, length, prompt_mode(p))) &&
	       rs_state(p->machine)->gpr[RSP] >= l->rsp;
}

/* Over what has returned here; else one record. */
static bool back_over_one(struct prompt *p)
{
	struct look l = look_from_here(p);
	bool returned = p->has_last && p->last.kind == RS_RECORD_INSTRUCTION && opcode_goes_back(opcode_of(&p->last));
	l.stands = is_call_before;
	enum found found = returned ? look_back(p, &l) : NOT_FOUND;
	if (found == NOT_FOUND && !back_one(p))
		return false;
	if (found != NOT_LOOKED)
		settle(p);
	return found != NOT_LOOKED;
}

bool back_over(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t count;
	(void)command;
	if (!go_count(p, args, &count))
		return false;
	go_ready(p);
	if (is_start(p))
		return no_further(p);
	settle(p);
	while (count-- && !is_start(p))
		if (!back_over_one(p))
			return false;
	return arrive(p);
}

/* ---- g- ---- */

static bool event_stands(const struct look *l)
{
	return events_stand_here(l->p) >= 0;
}

static bool event_or_address_stands(const struct look *l)
{
	return prompt_pc(l->p) == l->address || event_stands(l);
}

static bool event_made(const struct look *l)
{
	return events_made_by_last(l->p) >= 0;
}

static bool to_start(struct prompt *p)
{
	struct rs_history_status s;
	struct rs_error why;
	rs_history_status(p->history, &s);
	if (!seek(p, s.start, &why))
		return prompt_fail(p, "%s", why.text);
	out_text(p->ui->out, "-- the start of history\n");
	return arrive(p);
}

/* Which event it was: the record behind here is made once more. */
static int event_behind_here(struct prompt *p)
{
	struct rs_error why;
	step(p);
	int made = p->has_last ? events_made_by_last(p) : -1;
	go_back(p, &why);
	return made;
}

bool back_run(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address = 0;
	bool has_address = *args;
	(void)command;
	if ((has_address && !prompt_value(p, &args, &address)) || !prompt_end(p, args))
		return false;
	go_ready(p);
	if (is_start(p))
		return no_further(p);
	struct look l = { .stands = has_address ? event_or_address_stands : event_stands, .address = address };
	if (go_has_made_events(p))
		l.made = event_made;
	else /* the history looks at these addresses only */
		l.code_count = go_code_addresses(p, l.code);
	if (!l.made && has_address)
		l.code[l.code_count++] = address;
	enum found found = l.made || l.code_count ? look_back(p, &l) : NOT_FOUND;
	if (found != FOUND)
		return found == NOT_FOUND && to_start(p);
	p->go.hit = events_stand_here(p);
	p->go.also = l.made ? event_behind_here(p) : -1;
	return arrive(p);
}

/* ---- gu- ---- */

/* What led into this frame: a call whose frame is not below here, or an entry into this ring. */
static bool led_here(const struct look *l)
{
	const struct happening *h = &l->p->last;
	const struct cpu_state *now = state_now(l->p);
	if (now->cpl != l->cpl ||
	    (h->kind == RS_RECORD_INSTRUCTION && !opcode_comes_back(opcode_of(h)) && h->cpl_before == h->cpl_after))
		return false;
	return h->cpl_before > h->cpl_after || (h->cpl_before == h->cpl_after && now->gpr[RSP] >= l->rsp);
}

bool back_up(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!prompt_end(p, args))
		return false;
	go_ready(p);
	struct look l = look_from_here(p);
	l.made = led_here;
	enum found found = look_back(p, &l);
	if (found == NOT_FOUND)
		return prompt_fail(p, "gu-: nothing within history has led here");
	return found == FOUND && arrive(p);
}

/* ---- !tt ---- */

static bool show_time(struct prompt *p)
{
	struct rs_history_status s;
	struct rs_position here = rs_position(p->machine);
	rs_history_status(p->history, &s);
	out_printf(p->ui->out,
		   "n=%" PRIu64 ":%" PRIu64 ", of %" PRIu64 ":%" PRIu64 " to %" PRIu64 ":%" PRIu64 "; budget %" PRIu64
		   " MiB\n",
		   here.n, here.events, s.start.n, s.start.events, s.frontier.n, s.frontier.events, s.budget >> 20);
	return true;
}

/* "1203", "1203:2", "50%" */
static bool read_position(struct prompt *p, const char *args, struct rs_position *to)
{
	char word[40];
	size_t length = strcspn(args, ":%");
	struct rs_history_status s;
	uint64_t number;
	snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word) - 1), args);
	*to = (struct rs_position){ 0 };
	if (length >= sizeof(word) || !word_number(word, &number))
		return prompt_fail(p, "!tt: where to? As in !tt 1203, !tt 1203:2, !tt 50%%");
	to->n = number;
	if (args[length] == ':' && !word_number(args + length + 1, &to->events))
		return prompt_fail(p, "!tt: '%.40s' is no number of events", args + length + 1);
	if (args[length] != '%')
		return true;
	if (number > 100 || args[length + 1])
		return prompt_fail(p, "!tt: at most 100%%");
	rs_history_status(p->history, &s);
	if (number == 100)
		*to = s.frontier;
	else
		to->n = s.start.n + (uint64_t)((s.frontier.n - s.start.n) / 100.0 * (double)number);
	return true;
}

bool back_to(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct rs_position to;
	struct rs_error why;
	(void)command;
	if (!*args)
		return show_time(p);
	if (!read_position(p, args, &to))
		return false;
	go_ready(p);
	return seek(p, to, &why) ? arrive(p) : prompt_fail(p, "%s", why.text);
}
