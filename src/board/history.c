/* history.c - a machine's past: snapshots, and executing again from them. */
#include "board/machine.h"

#include <string.h>

/* Snapshots are taken so many instructions apart at least, and so many for each page that the last one has cost: what
 * a page costs is some hundred instructions. */
#define INTERVAL (1ull << 19)
enum { INTERVAL_PAGES = 32 /* are paid for by one interval */, WIDEST = 8 /* intervals */, POINTS = 512 };

/* A position that can be gone back to at once. */
struct point {
	struct rs_position at;
	struct rs_snapshot *snapshot;
	bool changed; /* something was changed from outside there: executing leads to another state */
};

struct rs_history {
	struct rs_machine *m;
	uint64_t budget, interval;
	struct point point[POINTS]; /* by position */
	size_t count;
	struct rs_position frontier;
	uint64_t copied; /* phys.copied when it was planned */
	uint64_t next;   /* instruction at which the next snapshot is taken */
	bool changed;    /* something was changed from outside here, and there is no snapshot of it yet */
};

static struct rs_position here(const struct rs_history *h)
{
	return cpu_position(&h->m->cpu[0]);
}

static bool earlier(struct rs_position a, struct rs_position b)
{
	return rs_position_compare(a, b) < 0;
}

static bool same(struct rs_position a, struct rs_position b)
{
	return rs_position_compare(a, b) == 0;
}

/* ---- points ---- */

static void drop(struct rs_history *h, size_t i)
{
	rs_snapshot_free(h->m, h->point[i].snapshot);
	h->count--;
	memmove(&h->point[i], &h->point[i + 1], (h->count - i) * sizeof *h->point);
}

/* How many points lie in front of that position. */
static size_t points_before(const struct rs_history *h, struct rs_position at)
{
	size_t low = 0, high = h->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (earlier(h->point[middle].at, at))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ... in front of it or at it. */
static size_t points_until(const struct rs_history *h, struct rs_position at)
{
	size_t i = points_before(h, at);
	return i < h->count && same(h->point[i].at, at) ? i + 1 : i;
}

static uint64_t bytes_kept(const struct rs_history *h)
{
	uint64_t bytes = phys_bytes_kept(&h->m->ram);
	for (size_t i = 0; i < h->count; i++)
		bytes += machine_snapshot_bytes(h->m, h->point[i].snapshot);
	return bytes;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* The wider the gap that its loss would leave, and the nearer to where somebody works. */
static uint64_t worth(const struct rs_history *h, size_t i)
{
	const uint64_t n = h->point[i].at.n;
	uint64_t away = distance(h->m->cpu[0].n, n), from_end = distance(h->frontier.n, n);
	if (from_end < away)
		away = from_end;
	return (h->point[i + 1].at.n - h->point[i - 1].at.n) * 64 / (away / h->interval + 1);
}

/* Distances grow with age. Neither the first nor the last, nor one that executing does not lead to. */
static size_t least_worth(const struct rs_history *h)
{
	size_t least = 0;
	for (size_t i = 1; i + 1 < h->count; i++)
		if (!h->point[i].changed && (!least || worth(h, i) < worth(h, least)))
			least = i;
	return least;
}

/* If nothing can go from the middle the start moves on. */
static void thin(struct rs_history *h)
{
	while (h->count > 1 && (h->count == POINTS || bytes_kept(h) > h->budget))
		drop(h, least_worth(h));
}

/* A point here; false: no memory. */
static bool keep(struct rs_history *h, bool changed)
{
	const struct rs_position at = here(h);
	size_t i = points_before(h, at);
	if (i < h->count && same(h->point[i].at, at))
		return true;
	struct rs_snapshot *s = rs_snapshot_take(h->m);
	if (!s)
		return false;
	memmove(&h->point[i + 1], &h->point[i], (h->count - i) * sizeof *h->point);
	h->point[i] = (struct point){ .at = at, .snapshot = s, .changed = changed };
	h->count++;
	thin(h);
	return true;
}

static void forget_from(struct rs_history *h, size_t first)
{
	while (h->count > first)
		drop(h, h->count - 1);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When the next snapshot is due. */
static void plan(struct rs_history *h)
{
	const struct rs_machine *m = h->m;
	const uint64_t paid = least((m->ram.copied - h->copied) * h->interval / INTERVAL_PAGES, WIDEST * h->interval);
	h->copied = m->ram.copied;
	h->next = m->cpu[0].n + (paid > h->interval ? paid : h->interval);
}

/* ---- changes from outside ---- */

void machine_changed(struct rs_machine *m)
{
	if (m->history)
		m->history->changed = true;
}

/* Where we have come to. A change ends the history here; without memory for a snapshot nothing leads behind it. */
static void settle(struct rs_history *h)
{
	if (earlier(h->frontier, here(h)))
		h->frontier = here(h);
	if (!h->changed)
		return;
	h->changed = false;
	h->frontier = here(h);
	forget_from(h, points_before(h, here(h)));
	if (!keep(h, true))
		forget_from(h, 0);
	plan(h);
}

/* Executing has led here: if something was changed here, it is again. */
static void change_again(struct rs_history *h)
{
	size_t i = points_before(h, here(h));
	if (i < h->count && h->point[i].changed && same(h->point[i].at, here(h)))
		machine_restore(h->m, h->point[i].snapshot);
}

/* ---- executing ---- */

/* True: it has come there; *stop tells why it stopped. */
static bool run_to(struct rs_machine *m, struct rs_position to, enum rs_stop *stop)
{
	*stop = RS_STOP_LIMIT;
	if (m->cpu[0].n < to.n)
		*stop = rs_run(m, to.n);
	while (*stop == RS_STOP_LIMIT && m->cpu[0].n == to.n && earlier(rs_position(m), to)) {
		bool breaks = m->break_when && m->break_when(m->break_arg, m);
		*stop = breaks ? (m->status.why = RS_STOP_BREAK) : rs_step(m);
		if (*stop == RS_STOP_NONE)
			*stop = RS_STOP_LIMIT;
	}
	return same(rs_position(m), to);
}

/* What was told is not told again. */
struct muted {
	void (*console)(void *arg, enum rs_port port, uint8_t byte);
};

static struct muted mute(struct rs_machine *m)
{
	const struct muted was = { m->board.config.console };
	m->board.config.console = NULL;
	return was;
}

static void unmute(struct rs_machine *m, struct muted was)
{
	m->board.config.console = was.console;
}

/* The next position at which something else than executing is to be done, the frontier at the latest. */
static struct rs_position next_turn(const struct rs_history *h)
{
	for (size_t i = points_until(h, here(h)); i < h->count; i++)
		if (h->point[i].changed && earlier(h->point[i].at, h->frontier))
			return h->point[i].at;
	return h->frontier;
}

/* Below the frontier. False: it is over. */
static bool run_again(struct rs_history *h, uint64_t limit, enum rs_stop *stop)
{
	struct rs_position turn = next_turn(h), end = { limit, 0 };
	const bool ends = !earlier(turn, end);
	const struct muted was = mute(h->m);
	bool there = run_to(h->m, ends ? end : turn, stop);
	unmute(h->m, was);
	if (there)
		change_again(h);
	return there && !ends && *stop == RS_STOP_LIMIT;
}

static bool run_on(struct rs_history *h, uint64_t limit, enum rs_stop *stop)
{
	const struct cpu *cpu = &h->m->cpu[0];
	if (cpu->n >= h->next) {
		keep(h, false);
		plan(h);
	}
	const uint64_t until = least(limit, h->next);
	*stop = rs_run(h->m, until);
	h->frontier = here(h);
	return *stop == RS_STOP_LIMIT && cpu->n == until && until < limit;
}

enum rs_stop rs_history_run(struct rs_history *h, uint64_t instructions)
{
	enum rs_stop stop;
	settle(h);
	while (earlier(here(h), h->frontier) ? run_again(h, instructions, &stop) : run_on(h, instructions, &stop))
		;
	thin(h);
	return stop;
}

enum rs_stop rs_history_step(struct rs_history *h)
{
	settle(h);
	if (!earlier(here(h), h->frontier)) {
		enum rs_stop stop = rs_step(h->m);
		settle(h);
		if (h->m->cpu[0].n >= h->next) {
			keep(h, false);
			plan(h);
		}
		return stop;
	}
	const struct muted was = mute(h->m);
	enum rs_stop stop = rs_step(h->m);
	unmute(h->m, was);
	change_again(h);
	return stop;
}

/* ---- going somewhere ---- */

/* Whatever watches the machine, and does not watch it while it goes through what it has seen before. */
struct aside {
	struct muted muted;
	rs_observer_fn *observer;
	void *observer_arg;
	rs_break_fn *break_when;
	uint64_t cycle_limit;
};

static struct aside set_aside(struct rs_machine *m)
{
	const struct aside a = { mute(m), m->recorder.fn, m->recorder.arg, m->break_when, m->cpu[0].cycle_limit };
	if (a.observer)
		rs_observe(m, NULL, NULL);
	m->break_when = NULL;
	m->cpu[0].cycle_limit = RS_FOREVER;
	return a;
}

static void put_back(struct rs_machine *m, const struct aside *a)
{
	unmute(m, a->muted);
	if (a->observer || m->recorder.fn)
		rs_observe(m, a->observer, a->observer_arg);
	m->break_when = a->break_when;
	m->cpu[0].cycle_limit = a->cycle_limit;
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
	const struct point *from = &h->point[points_until(h, to) - 1];
	if (earlier(to, here(h)) || earlier(here(h), from->at))
		machine_restore(h->m, from->snapshot);
	if (to.n - h->m->cpu[0].n > STRETCHES * h->interval) {
		if (!run_to(h->m, (struct rs_position){ to.n - h->interval, 0 }, &stop))
			return no_memory(why);
		keep(h, false);
	}
	return run_to(h->m, to, &stop) || no_memory(why);
}

static bool has_start_before(const struct rs_history *h, struct rs_position at)
{
	return h->count && earlier(h->point[0].at, at);
}

static bool step_again(struct rs_history *h, struct rs_error *why)
{
	const struct rs_position before = here(h);
	rs_step(h->m);
	if (same(before, here(h)))
		return no_memory(why);
	change_again(h);
	return true;
}

/* A position a little earlier, of which it is known that it is one. */
static struct rs_position little_before(const struct rs_history *h, struct rs_position at)
{
	const struct rs_position before = { at.events ? at.n : at.n - 1, 0 };
	return earlier(before, h->point[0].at) ? h->point[0].at : before;
}

/* By way of the record that leads there, which is observed. */
static bool arrive_observed(struct rs_history *h, struct rs_position to, const struct aside *a, struct rs_error *why)
{
	if (!travel(h, little_before(h, to), why))
		return false;
	rs_observe(h->m, a->observer, a->observer_arg);
	while (earlier(here(h), to))
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
	thin(h);
	return good;
}

/* The last position before `at`, which is not the start. */
static bool find_last_before(struct rs_history *h, struct rs_position at, struct rs_position *last,
			     struct rs_error *why)
{
	const struct aside a = set_aside(h->m);
	bool good = travel(h, little_before(h, at), why);
	while (good && earlier(here(h), at)) {
		*last = here(h);
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
	if (!same(here(h), *to))
		*to = last;
	return true;
}

bool rs_history_seek(struct rs_history *h, struct rs_position to, struct rs_error *why)
{
	settle(h);
	if (same(to, here(h)))
		return true;
	if (!h->count || earlier(to, h->point[0].at) || earlier(h->frontier, to))
		return error_set(why, RS_ERROR_ARGUMENT, "no history of instruction %llu", (unsigned long long)to.n);
	return exists(h, &to, why) && go_to(h, to, why);
}

static bool is_start(const struct rs_history *h, struct rs_error *why)
{
	return !has_start_before(h, here(h)) && !error_set(why, RS_ERROR_NOT_FOUND, "this is the start of the history");
}

bool rs_history_back(struct rs_history *h, struct rs_error *why)
{
	struct rs_position last;
	settle(h);
	if (is_start(h, why))
		return false;
	return find_last_before(h, here(h), &last, why) && go_to(h, last, why);
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
	const struct rs_position at = here(h);
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

static bool look_through(struct rs_history *h, struct rs_position end, struct looking *l, struct rs_error *why)
{
	while (earlier(here(h), end) && !gives_up(l))
		if (!look_at(h, l, why))
			return false;
	return true;
}

/* So many instructions are looked at first, then some times as many in front of them, and so on. */
enum { LOOK_FIRST = 1 << 12, LOOK_FARTHER = 4 };

static struct rs_position instructions_before(const struct rs_history *h, struct rs_position at, uint64_t count)
{
	const struct rs_position before = { at.n - count, 0 }, start = h->point[0].at;
	return at.n < count || earlier(before, start) ? start : before;
}

static bool look_back(struct rs_history *h, struct rs_position end, struct looking *l, struct rs_error *why)
{
	uint64_t span = LOOK_FIRST;
	while (!l->found && !l->given_up && has_start_before(h, end)) {
		const struct rs_position from = instructions_before(h, end, span);
		rs_observe(h->m, NULL, NULL);
		if (!travel(h, from, why))
			return false;
		if (l->search->record)
			rs_observe(h->m, look, l);
		if (!look_through(h, end, l, why))
			return false;
		end = from;
		span = least(span * LOOK_FARTHER, h->interval);
	}
	return true;
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
	settle(h);
	const struct rs_position began = here(h);
	const struct aside a = set_aside(h->m);
	bool good = look_back(h, began, &l, why);
	put_back(h->m, &a);
	if (!good)
		return false;
	if (l.found && !l.given_up)
		return go_to(h, l.last, why);
	return (same(began, here(h)) || go_to(h, began, why)) && nothing_found(&l, why);
}

/* ---- life ---- */

struct rs_history *rs_history_open(struct rs_machine *m, uint64_t budget, struct rs_error *why)
{
	if (m->history) {
		error_set(why, RS_ERROR_ARGUMENT, "the machine has a history already");
		return NULL;
	}
	struct rs_history *h = host_alloc(&m->host, sizeof *h);
	if (h) {
		h->m = m;
		h->budget = budget ? budget : RS_HISTORY_BUDGET;
		h->interval = INTERVAL;
		h->frontier = here(h);
	}
	if (!h || !keep(h, true)) {
		host_release(&m->host, h);
		error_set(why, RS_ERROR_MEMORY, "no memory for a history");
		return NULL;
	}
	plan(h);
	return m->history = h;
}

void history_set_interval(struct rs_history *h, uint64_t instructions)
{
	h->interval = instructions;
	plan(h);
}

void rs_history_close(struct rs_history *h)
{
	if (!h)
		return;
	forget_from(h, 0);
	h->m->history = NULL;
	host_release(&h->m->host, h);
}

void rs_history_status(struct rs_history *h, struct rs_history_status *status)
{
	settle(h);
	thin(h);
	*status = (struct rs_history_status){
		.start = h->count ? h->point[0].at : here(h),
		.frontier = h->frontier,
		.snapshots = h->count,
		.bytes = bytes_kept(h),
		.budget = h->budget,
	};
}
