/* history_seek.c - going back: to a position, by one record, to what is looked for. */
#include "board/history.h"
#include "cpu/engine/engine.h"

/* ---- going somewhere ---- */

/* Whatever watches the machine, and does not watch it while it goes through what it has seen before. */
struct aside {
	struct muted muted;
	rs_observer_fn *observer;
	void *observer_arg;
	rs_break_fn *break_when;
	uint64_t cycle_limit;
	size_t stops;
};

static struct aside set_aside(struct rs_machine *m)
{
	const struct aside a = { history_mute(m), m->recorder.fn,        m->recorder.arg,
				 m->break_when,   m->cpu[0].cycle_limit, m->cpu[0].stops.count };
	if (a.observer)
		rs_observe(m, NULL, NULL);
	m->break_when = NULL;
	m->cpu[0].cycle_limit = RS_FOREVER;
	m->cpu[0].stops.count = 0;
	return a;
}

static void put_back(struct rs_machine *m, const struct aside *a)
{
	history_unmute(m, a->muted);
	if (a->observer || m->recorder.fn)
		rs_observe(m, a->observer, a->observer_arg);
	m->break_when = a->break_when;
	m->cpu[0].cycle_limit = a->cycle_limit;
	m->cpu[0].stops.count = a->stops;
}

static bool no_memory(struct rs_error *why)
{
	return error_set(why, RS_ERROR_MEMORY, "no memory to execute again what led there");
}

/* So far is executed at one go; who comes this way once may come again. */
enum { STRETCHES = 4 };

/* From the latest point in front of it, or from here if that is nearer. */
static bool travel(struct rs_history *h, struct rs_position to, struct rs_error *why)
{
	enum rs_stop stop;
	const struct point *from = &h->point[history_points_until(h, to) - 1];
	if (history_earlier(to, history_here(h)) || history_earlier(history_here(h), from->at))
		machine_restore(h->m, from->snapshot);
	if (to.n - h->m->cpu[0].n > STRETCHES * h->interval) {
		if (!history_run_to(h->m, (struct rs_position){ to.n - h->interval, 0 }, &stop))
			return no_memory(why);
		history_keep(h, false);
	}
	return history_run_to(h->m, to, &stop) || no_memory(why);
}

static bool has_start_before(const struct rs_history *h, struct rs_position at)
{
	return h->count && history_earlier(h->point[0].at, at);
}

static bool step_again(struct rs_history *h, struct rs_error *why)
{
	const struct rs_position before = history_here(h);
	rs_step(h->m);
	if (history_same(before, history_here(h)))
		return no_memory(why);
	history_change_again(h);
	return true;
}

/* A position a little earlier, of which it is known that it is one. */
static struct rs_position little_before(const struct rs_history *h, struct rs_position at)
{
	const struct rs_position before = { at.events ? at.n : at.n - 1, 0 };
	return history_earlier(before, h->point[0].at) ? h->point[0].at : before;
}

/* By way of the record that leads there, which is observed. */
static bool arrive_observed(struct rs_history *h, struct rs_position to, const struct aside *a, struct rs_error *why)
{
	if (!travel(h, little_before(h, to), why))
		return false;
	rs_observe(h->m, a->observer, a->observer_arg);
	while (history_earlier(history_here(h), to))
		if (!step_again(h, why))
			return false;
	return true;
}

static bool go_to(struct rs_history *h, struct rs_position to, struct rs_error *why)
{
	const struct aside a = set_aside(h->m);
	bool observed = a.observer && has_start_before(h, to);
	bool good = observed ? arrive_observed(h, to, &a, why) : travel(h, to, why);
	put_back(h->m, &a);
	history_thin(h);
	return good;
}

/* The last position before `at`, which is not the start. */
static bool find_last_before(struct rs_history *h, struct rs_position at, struct rs_position *last,
			     struct rs_error *why)
{
	const struct aside a = set_aside(h->m);
	bool good = travel(h, little_before(h, at), why);
	while (good && history_earlier(history_here(h), at)) {
		*last = history_here(h);
		good = step_again(h, why);
	}
	put_back(h->m, &a);
	return good;
}

/* If there are not so many events, takes the position behind the last one. */
static bool exists(struct rs_history *h, struct rs_position *to, struct rs_error *why)
{
	struct rs_position last;
	if (!to->events || !has_start_before(h, *to))
		return true;
	if (!find_last_before(h, *to, &last, why))
		return false;
	if (!history_same(history_here(h), *to))
		*to = last;
	return true;
}

bool rs_history_seek(struct rs_history *h, struct rs_position to, struct rs_error *why)
{
	history_settle(h);
	if (history_same(to, history_here(h)))
		return true;
	if (!h->count || history_earlier(to, h->point[0].at) || history_earlier(h->frontier, to))
		return error_set(why, RS_ERROR_ARGUMENT, "no history of instruction %llu", (unsigned long long)to.n);
	return exists(h, &to, why) && go_to(h, to, why);
}

static bool is_start(const struct rs_history *h, struct rs_error *why)
{
	return !has_start_before(h, history_here(h)) &&
	       !error_set(why, RS_ERROR_NOT_FOUND, "this is the start of the history");
}

bool rs_history_back(struct rs_history *h, struct rs_error *why)
{
	struct rs_position last;
	history_settle(h);
	if (is_start(h, why))
		return false;
	return find_last_before(h, history_here(h), &last, why) && go_to(h, last, why);
}

/* ---- searching ---- */

enum { ASK_AFTER = 1 << 14 };

struct looking {
	const struct rs_search *search;
	bool hit; /* by the record */
	bool found;
	struct rs_position last;
	bool given_up;
	unsigned asked;
};

static void look(void *arg, struct rs_machine *m, const struct rs_record *record)
{
	struct looking *l = arg;
	l->hit = l->search->record(l->search->arg, m, record);
}

static bool gives_up(struct looking *l)
{
	if (++l->asked % ASK_AFTER == 0 && l->search->give_up)
		l->given_up = l->search->give_up(l->search->arg);
	return l->given_up;
}

/* One record on; what was found last is kept. */
static bool look_at(struct rs_history *h, struct looking *l, struct rs_error *why)
{
	const struct rs_search *s = l->search;
	const struct rs_position at = history_here(h);
	l->hit = s->at && s->at(s->arg, h->m);
	const bool by_state = l->hit;
	if (!step_again(h, why))
		return false;
	if (by_state || l->hit) {
		l->found = true;
		l->last = at;
	}
	return true;
}

static bool look_at_all(struct rs_history *h, struct rs_position end, struct looking *l, struct rs_error *why)
{
	while (history_earlier(history_here(h), end) && !gives_up(l))
		if (!look_at(h, l, why))
			return false;
	return true;
}

static void look_at_stop(struct rs_history *h, struct looking *l)
{
	const struct rs_search *s = l->search;
	if (!engine_at_code_stop(&h->m->cpu[0]) || (s->at && !s->at(s->arg, h->m)))
		return;
	l->found = true;
	l->last = history_here(h);
}

/* From code stop to code stop. */
static bool look_at_stops(struct rs_history *h, struct rs_position end, struct looking *l, struct rs_error *why)
{
	while (history_earlier(history_here(h), end) && !gives_up(l)) {
		const struct rs_position turn = history_next_turn(h);
		enum rs_stop stop;
		look_at_stop(h, l);
		if (history_run_to(h->m, history_earlier(turn, end) ? turn : end, &stop))
			history_change_again(h);
		else if (stop != RS_STOP_BREAK)
			return no_memory(why);
	}
	return true;
}

/* With the code stops of the search, if it has any. */
static bool look_through(struct rs_history *h, struct rs_position end, struct looking *l, struct rs_error *why)
{
	if (!l->search->code_count)
		return look_at_all(h, end, l, why);
	h->m->cpu[0].stops.count = l->search->code_count;
	bool good = look_at_stops(h, end, l, why);
	h->m->cpu[0].stops.count = 0;
	return good;
}

/* So many instructions are looked at first, then some times as many in front of them, and so on. */
enum { LOOK_FIRST = 1 << 12, LOOK_FARTHER = 4 };

static struct rs_position instructions_before(const struct rs_history *h, struct rs_position at, uint64_t count)
{
	const struct rs_position before = { at.n - count, 0 }, start = h->point[0].at;
	return at.n < count || history_earlier(before, start) ? start : before;
}

static bool look_back(struct rs_history *h, struct rs_position end, struct looking *l, struct rs_error *why)
{
	uint64_t span = LOOK_FIRST;
	while (!l->found && !l->given_up && has_start_before(h, end)) {
		const struct rs_position from = instructions_before(h, end, span);
		rs_observe(h->m, NULL, NULL);
		if (!travel(h, from, why))
			return false;
		if (l->search->record && !l->search->code_count)
			rs_observe(h->m, look, l);
		if (!look_through(h, end, l, why))
			return false;
		end = from;
		span = span * LOOK_FARTHER < h->interval ? span * LOOK_FARTHER : h->interval;
	}
	return true;
}

static bool look_back_with_stops(struct rs_history *h, struct rs_position end, struct looking *l, struct rs_error *why)
{
	struct code_stops stops;
	if (!l->search->code_count)
		return look_back(h, end, l, why);
	if (!machine_make_stops(h->m, l->search->code, l->search->code_count, &stops))
		return error_set(why, RS_ERROR_MEMORY, "no memory for a search");
	machine_swap_stops(h->m, &stops);
	h->m->cpu[0].stops.count = 0;
	bool good = look_back(h, end, l, why);
	machine_swap_stops(h->m, &stops);
	host_release(&h->m->host, stops.address);
	return good;
}

static bool nothing_found(const struct looking *l, struct rs_error *why)
{
	if (l->given_up)
		return error_set(why, RS_OK, "given up");
	return error_set(why, RS_ERROR_NOT_FOUND, "nothing of the kind in the history before here");
}

bool rs_history_search_back(struct rs_history *h, const struct rs_search *search, struct rs_error *why)
{
	struct looking l = { .search = search };
	history_settle(h);
	const struct rs_position began = history_here(h);
	const struct aside a = set_aside(h->m);
	bool good = look_back_with_stops(h, began, &l, why);
	put_back(h->m, &a);
	if (!good)
		return false;
	if (l.found && !l.given_up)
		return go_to(h, l.last, why);
	return (history_same(began, history_here(h)) || go_to(h, began, why)) && nothing_found(&l, why);
}
