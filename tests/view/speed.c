/* speed.c - what it costs the machine that somebody looks on: the processor time of the engine's thread while it makes
 * copies, against that of the same instructions run with nobody there; and how many copies come.
 *
 * usage: view-speed GUESTS
 *
 * Both ways run in turn, and the best of each counts: whatever else the host does makes them slower, never faster. It
 * is tried again while the figures are bad. Where copies cannot come in time because the host gives the thread too
 * little of its time, that is said and counts as skipped.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "../unit/view_rig.h"
#include "ui/status.h"
#include "view/engine_parts.h"

enum { ROUNDS = 3, TRIES = 4, LOSS_LIMIT = 5 /* per cent */, COPIES_LIMIT = 50 /* a second */ };
#define SECOND 1000000000ull
#define LOOKED (3 * SECOND / 2) /* each time */

static uint64_t clock_of(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* A moment of the engine's thread, where no instruction is executed. */
struct moment {
	uint64_t n, cpu, wall;
};

static struct moment moment_of(struct rs_machine *m)
{
	return (struct moment){ rs_status(m)->instructions, clock_of(CLOCK_THREAD_CPUTIME_ID),
				clock_of(CLOCK_MONOTONIC) };
}

/* ---- with somebody who looks on ---- */

struct watched {
	struct view_engine *e;
	struct moment first, last;
	unsigned copies; /* from the first to the last */
	bool begun;
};

/* In the engine's thread, behind each copy. */
static void copied(void *arg)
{
	struct watched *w = arg;
	if (!w->begun)
		return;
	w->last = moment_of(w->e->prompt->machine);
	if (!w->first.wall)
		w->first = w->last;
	else
		w->copies++;
}

static void look(struct view_engine *e)
{
	const struct timespec frame = { 0, SECOND / 120 };
	const uint64_t end = clock_of(CLOCK_MONOTONIC) + LOOKED;
	while (clock_of(CLOCK_MONOTONIC) < end) {
		bool fresh;
		engine_view_model(e, &fresh);
		nanosleep(&frame, NULL);
	}
}

static struct watched watch(const char *line)
{
	struct rig rig;
	int code;
	rig_open(&rig, line);
	struct watched w = { .e = engine_view_open(&rig.ui, &code) };
	assert_non_null(w.e);
	engine_view_settle(w.e);
	engine_view_on_fresh(w.e, copied, &w);
	w.begun = true;
	engine_view_command(w.e, "g");
	look(w.e);
	w.begun = false;
	engine_view_close(w.e);
	rig_close(&rig);
	return w;
}

/* ---- alone ---- */

static double run_alone(const char *line, uint64_t from, uint64_t to)
{
	struct rig rig;
	struct session s;
	rig_open(&rig, line);
	assert_int_equal(session_open(&s, &rig.ui, rig.ui.options.operand[0], NULL, NULL), 0);
	rs_run(s.machine, from);
	const struct moment a = moment_of(s.machine);
	rs_run(s.machine, to);
	const struct moment b = moment_of(s.machine);
	session_close(&s, &rig.ui);
	rig_close(&rig);
	return (double)(b.cpu - a.cpu) / (double)(b.n - a.n);
}

/* ---- figures ---- */

struct figures {
	double alone, watched; /* ns of processor time for an instruction: the best */
	double copies, share;  /* a second of the host's; how much of it the thread had */
};

static void measure(struct figures *f, const char *line)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		const struct watched w = watch(line);
		const double n = (double)(w.last.n - w.first.n), wall = (double)(w.last.wall - w.first.wall);
		const double cpu = (double)(w.last.cpu - w.first.cpu);
		const double alone = run_alone(line, w.first.n, w.last.n), copies = w.copies * 1e9 / wall;
		if (!f->alone || alone < f->alone)
			f->alone = alone;
		if (!f->watched || cpu / n < f->watched)
			f->watched = cpu / n;
		if (copies > f->copies) {
			f->copies = copies;
			f->share = cpu / wall;
		}
	}
}

static double loss_of(const struct figures *f)
{
	return 100 * (1 - f->alone / f->watched);
}

static bool is_good(const struct figures *f)
{
	return loss_of(f) < LOSS_LIMIT && f->copies >= COPIES_LIMIT;
}

struct counts {
	unsigned passed, failed, skipped;
};

static void judge(const char *name, const struct figures *f, struct counts *c)
{
	printf("looking on (%s): %.0f million instructions a second alone, %.0f while looked at, %.1f %% lost; %.1f "
	       "copies a second\n",
	       name, 1e3 / f->alone, 1e3 / f->watched, loss_of(f), f->copies);
	if (loss_of(f) >= LOSS_LIMIT) {
		printf("FAILED %s: %.1f %% are lost; fewer than %d may be\n", name, loss_of(f), LOSS_LIMIT);
		c->failed++;
	} else if (f->copies < COPIES_LIMIT && f->share < 0.95) {
		printf("skipped %s: the host gave the thread %.0f %% of its time\n", name, 100 * f->share);
		c->skipped++;
	} else if (f->copies < COPIES_LIMIT) {
		printf("FAILED %s: fewer than %d copies a second\n", name, COPIES_LIMIT);
		c->failed++;
	} else {
		c->passed++;
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name, *line;
	} rows[] = { { "program", "%s/bench.elf -- program 100000000" },
		     { "syscall", "%s/bench.elf -- syscall 1000000000" } };
	struct counts c = { 0 };
	char line[500];
	if (argc != 2)
		return fputs("usage: view-speed GUESTS\n", stderr), 2;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct figures f = { 0 };
		snprintf(line, sizeof(line), rows[i].line, argv[1]);
		for (unsigned k = 0; k < TRIES && (!k || !is_good(&f)); k++)
			measure(&f, line);
		judge(rows[i].name, &f, &c);
	}
	printf("%u passed, %u failed, %u skipped\n", c.passed, c.failed, c.skipped);
	return c.failed ? 1 : 0;
}
