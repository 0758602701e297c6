/* history.c - a machine's past: what is kept of it, and going on from within. */
#include "board/history.h"
#include "cpu/engine/engine.h"

#include <string.h>

/* Snapshots are taken so many instructions apart at least, and so many for each page that the last one has cost: what
 * a page costs is a thousand instructions. */
#define INTERVAL (1ull << 19)
enum { INTERVAL_PAGES = 12 /* are paid for by one interval */, WIDEST = 16 /* intervals */ };
/* Iterations of REP strings that take as long as an instruction; how often in an interval it is looked whether one is
 * due. */
enum { ITERATIONS = 16, SLICES = 2 };

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
		if (history_earlier(h->point[middle].at, at))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t history_points_until(const struct rs_history *h, struct rs_position at)
{
	size_t i = points_before(h, at);
	return i < h->count && history_same(h->point[i].at, at) ? i + 1 : i;
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

void history_thin(struct rs_history *h)
{
	while (h->count > 1 && (h->count == HISTORY_POINTS || bytes_kept(h) > h->budget))
		drop(h, least_worth(h));
}

bool history_keep(struct rs_history *h, bool changed)
{
	const struct rs_position at = history_here(h);
	size_t i = points_before(h, at);
	if (i < h->count && history_same(h->point[i].at, at))
		return true;
	struct rs_snapshot *s = rs_snapshot_take(h->m);
	if (!s)
		return false;
	memmove(&h->point[i + 1], &h->point[i], (h->count - i) * sizeof *h->point);
	h->point[i] = (struct point){ .at = at, .snapshot = s, .changed = changed };
	h->count++;
	history_thin(h);
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

static void count_anew(struct rs_history *h)
{
	const struct cpu *cpu = &h->m->cpu[0];
	h->last.n = cpu->n;
	h->last.iterations = cpu->iterations;
	h->last.copied = h->m->ram.copied;
}

/* Executing again takes as long as what has been done since, and the snapshot what has been copied since. */
static bool is_due(const struct rs_history *h)
{
	const struct cpu *cpu = &h->m->cpu[0];
	const uint64_t done = cpu->n - h->last.n + (cpu->iterations - h->last.iterations) / ITERATIONS;
	const uint64_t pages = least(h->m->ram.copied - h->last.copied, WIDEST * INTERVAL_PAGES);
	return done >= h->interval && done >= pages * h->interval / INTERVAL_PAGES;
}

static void keep_if_due(struct rs_history *h)
{
	if (!is_due(h))
		return;
	history_keep(h, false);
	count_anew(h);
}

/* ---- changes from outside ---- */

void machine_changed(struct rs_machine *m)
{
	machine_note_change(m);
	if (m->history)
		m->history->changed = true;
}

void history_settle(struct rs_history *h)
{
	if (history_earlier(h->frontier, history_here(h)))
		h->frontier = history_here(h);
	if (!h->changed)
		return;
	h->changed = false;
	h->frontier = history_here(h);
	forget_from(h, points_before(h, history_here(h)));
	if (!history_keep(h, true))
		forget_from(h, 0);
	count_anew(h);
}

void history_change_again(struct rs_history *h)
{
	size_t i = points_before(h, history_here(h));
	if (i < h->count && h->point[i].changed && history_same(h->point[i].at, history_here(h)))
		machine_restore(h->m, h->point[i].snapshot);
}

/* ---- executing ---- */

bool history_run_to(struct rs_machine *m, struct rs_position to, enum rs_stop *stop)
{
	const struct rs_position began = rs_position(m);
	*stop = RS_STOP_LIMIT;
	if (m->cpu[0].n < to.n)
		*stop = rs_run(m, to.n);
	while (*stop == RS_STOP_LIMIT && m->cpu[0].n == to.n && history_earlier(rs_position(m), to)) {
		bool breaks = engine_is_broken(&m->cpu[0], began) || (m->break_when && m->break_when(m->break_arg, m));
		*stop = breaks ? (m->status.why = RS_STOP_BREAK) : rs_step(m);
		if (*stop == RS_STOP_NONE)
			*stop = RS_STOP_LIMIT;
	}
	return history_same(rs_position(m), to);
}

struct muted history_mute(struct rs_machine *m)
{
	const struct muted was = { m->board.config.console };
	m->board.config.console = NULL;
	return was;
}

void history_unmute(struct rs_machine *m, struct muted was)
{
	m->board.config.console = was.console;
}

struct rs_position history_next_turn(const struct rs_history *h)
{
	for (size_t i = history_points_until(h, history_here(h)); i < h->count; i++)
		if (h->point[i].changed && history_earlier(h->point[i].at, h->frontier))
			return h->point[i].at;
	return h->frontier;
}

/* Below the frontier. False: it is over. */
static bool run_again(struct rs_history *h, uint64_t limit, enum rs_stop *stop)
{
	struct rs_position turn = history_next_turn(h), end = { limit, 0 };
	const bool ends = !history_earlier(turn, end);
	const struct muted was = history_mute(h->m);
	bool there = history_run_to(h->m, ends ? end : turn, stop);
	history_unmute(h->m, was);
	if (there)
		history_change_again(h);
	return there && !ends && *stop == RS_STOP_LIMIT;
}

/* Shorter while instructions take long. */
static void fit_slice(struct rs_history *h, uint64_t iterations)
{
	const uint64_t longest = h->interval / SLICES;
	bool slow = iterations / ITERATIONS > longest;
	h->slice = slow ? h->slice / 8 : least(h->slice * 2 + 1, longest);
}

static bool run_on(struct rs_history *h, uint64_t limit, enum rs_stop *stop)
{
	const struct cpu *cpu = &h->m->cpu[0];
	keep_if_due(h);
	const uint64_t until = least(limit, cpu->n + h->slice + 1), iterations = cpu->iterations;
	*stop = rs_run(h->m, until);
	fit_slice(h, cpu->iterations - iterations);
	h->frontier = history_here(h);
	return *stop == RS_STOP_LIMIT && cpu->n == until && until < limit;
}

enum rs_stop rs_history_run(struct rs_history *h, uint64_t instructions)
{
	enum rs_stop stop;
	history_settle(h);
	while (history_earlier(history_here(h), h->frontier) ? run_again(h, instructions, &stop)
							     : run_on(h, instructions, &stop))
		;
	history_thin(h);
	return stop;
}

enum rs_stop rs_history_step(struct rs_history *h)
{
	history_settle(h);
	if (!history_earlier(history_here(h), h->frontier)) {
		enum rs_stop stop = rs_step(h->m);
		history_settle(h);
		keep_if_due(h);
		return stop;
	}
	const struct muted was = history_mute(h->m);
	enum rs_stop stop = rs_step(h->m);
	history_unmute(h->m, was);
	history_change_again(h);
	return stop;
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
		h->frontier = history_here(h);
	}
	if (!h || !history_keep(h, true)) {
		host_release(&m->host, h);
		error_set(why, RS_ERROR_MEMORY, "no memory for a history");
		return NULL;
	}
	count_anew(h);
	return m->history = h;
}

void history_set_interval(struct rs_history *h, uint64_t instructions)
{
	h->interval = instructions;
	count_anew(h);
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
	history_settle(h);
	history_thin(h);
	*status = (struct rs_history_status){
		.start = h->count ? h->point[0].at : history_here(h),
		.frontier = h->frontier,
		.snapshots = h->count,
		.bytes = bytes_kept(h),
		.budget = h->budget,
	};
}
