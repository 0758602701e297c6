/* engine.c - see engine.h. The thread alone touches prompt and machine; what it shows is a copy. The host's clock
 * decides when a copy is made, and nothing else: where a run is looked at does not change it. */
#include "view/engine_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "board/machine.h"
#include "ui/input.h"
#include "ui/repl/complete.h"
#include "ui/repl/go.h"
#include "ui/status.h"
#include "ui/words.h"

#define MILLISECOND 1000000ull
#define FRAME (1000 * MILLISECOND / 60)
#define SLICE_LONGEST (9 * MILLISECOND)
/* Between two copies the machine runs at least so many times as long as the first took. */
#define COPY_SHARE 50
/* Instructions between two moments that are kept for going back: at full speed they cost under 1 % of it, and none is
 * farther away than a frame. */
#define HISTORY_INTERVAL (1ull << 21)
enum { SLICE_LEAST = 10000, SLICE_PICTURE = 1 << 18, SLICE_MOST = 1 << 26, CLOSE = 20000 };

static uint64_t clock_of(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 * MILLISECOND + (uint64_t)t.tv_nsec;
}

static uint64_t clock_now(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

/* ---- copies ---- */

static void take_timeline(struct view_engine *e, struct view_model *m)
{
	struct rs_history_status s;
	rs_history_status(e->prompt->history, &s);
	timeline_show(&e->timeline, s.start.n, m->n, s.frontier.n, &m->timeline);
}

static void take_costs(struct view_engine *e, struct view_model *m)
{
	for (unsigned i = 0; m->has_cycles && i < m->code_count; i++) {
		const struct cost *c = &e->cost[m->code[i].address % COSTS];
		m->code[i].cost = c->rip == m->code[i].address ? c->cycles : 0;
	}
}

static void publish(struct view_engine *e, bool running)
{
	struct view_model *m = e->model[e->writing]; /* nobody else's until it is exchanged */
	pthread_mutex_lock(&e->lock);
	const struct view_place place = e->place;
	e->looks = false;
	pthread_mutex_unlock(&e->lock);
	engine_streams_flush(e);
	model_take(m, e->prompt, &place, e->kept);
	take_timeline(e, m);
	take_costs(e, m);
	lines_copy(&e->console, &m->console);
	lines_copy(&e->log, &m->log);
	m->running = running;
	m->quit = e->prompt->quit;
	m->failed = e->failed;
	pthread_mutex_lock(&e->lock);
	unsigned old = e->ready;
	e->ready = e->writing;
	e->writing = old;
	e->fresh = true;
	void (*told)(void *arg) = e->told;
	void *arg = e->told_arg;
	pthread_mutex_unlock(&e->lock);
	if (told)
		told(arg);
}

/* ---- while a run goes on ---- */

static bool is_interrupted(void *arg)
{
	struct view_engine *e = arg;
	return atomic_load(&e->leaving) || atomic_exchange(&e->interrupt, false);
}

/* What was typed behind here before somebody went back is gone with that past. */
static bool give_input(struct view_engine *e)
{
	struct prompt *p = e->prompt;
	struct input *in = &p->session.input;
	uint8_t typed[TYPED];
	pthread_mutex_lock(&e->lock);
	const size_t count = e->typed_count;
	memcpy(typed, e->typed, count);
	e->typed_count = 0;
	pthread_mutex_unlock(&e->lock);
	if (!count)
		return false;
	in->size = rs_input_size(p->machine);
	if (!input_append(in, &e->host, typed, count))
		return !prompt_lost(p, "out of memory for what was typed");
	rs_input(p->machine, in->bytes, in->size);
	return true;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void attend(struct view_engine *e)
{
	e->attended = clock_now();
	e->attended_n = rs_status(e->prompt->machine)->instructions;
}

static void begin_run(struct view_engine *e)
{
	attend(e);
	e->due = e->attended + FRAME;
}

/* Where slices end, samples of the timeline are taken: in a picture not where the host's clock says. */
static uint64_t first_slice(const struct ui *ui)
{
	return ui->options.shot || ui->options.record ? SLICE_PICTURE : SLICE_LEAST;
}

/* By the speed of the last slice the next one ends when a copy is due, or earlier, so that keys are heeded. */
static void fit_slice(struct view_engine *e, uint64_t now)
{
	uint64_t *slice = &e->attendant.slice;
	const uint64_t took = now - e->attended + 1;
	const uint64_t made = least(rs_status(e->prompt->machine)->instructions - e->attended_n, SLICE_MOST);
	const uint64_t left = e->due > now ? least(e->due - now, SLICE_LONGEST) : 0;
	if (first_slice(&e->ui) == SLICE_PICTURE)
		return;
	*slice = least(made * left / took, *slice * 2);
	*slice = *slice < SLICE_LEAST ? SLICE_LEAST : least(*slice, SLICE_MOST);
}

/* Sixty a second, however late the last one was; fewer where they would hold up the guest. */
static void copy_if_due(struct view_engine *e)
{
	uint64_t now = clock_now();
	if (now < e->due)
		return;
	const uint64_t began = clock_of(CLOCK_THREAD_CPUTIME_ID);
	publish(e, true);
	const uint64_t took = clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
	now = clock_now();
	e->due += FRAME;
	if (e->due < now)
		e->due = now + FRAME;
	if (e->due < now + COPY_SHARE * took)
		e->due = now + COPY_SHARE * took;
}

static void between(void *arg)
{
	struct view_engine *e = arg;
	timeline_follow(&e->timeline, e->prompt->machine, true);
	give_input(e);
	const uint64_t now = clock_now();
	copy_if_due(e);
	fit_slice(e, now);
	attend(e);
}

static void note_seen(struct view_engine *e, const struct rs_record *r)
{
	const struct rs_position here = rs_position(e->prompt->machine);
	struct cost *c = &e->cost[r->rip % COSTS];
	if (e->seen.n == r->n && rs_position_compare(e->seen, here) < 0)
		*c = (struct cost){ r->rip, r->cycles - e->cycles };
	else
		e->seen_from = (struct rs_position){ r->n, 0 };
	e->seen = here;
	e->cycles = r->cycles;
}

static void on_record(void *arg, const struct rs_record *r)
{
	struct view_engine *e = arg;
	note_seen(e, r);
	timeline_record(&e->timeline, e->prompt);
}

/* Memory and walk go where a command was, until somebody moves them. */
static void on_look(void *arg, enum attended_look what, uint64_t address)
{
	struct view_engine *e = arg;
	pthread_mutex_lock(&e->lock);
	*(what == LOOK_MEMORY ? &e->place.memory : &e->place.walk) = address;
	*(what == LOOK_MEMORY ? &e->place.has_memory : &e->place.has_walk) = true;
	pthread_mutex_unlock(&e->lock);
}

/* ---- commands ---- */

/* After going back, the records before here are not those that were kept. */
static void retrace_if_far(struct view_engine *e)
{
	struct prompt *p = e->prompt;
	const struct rs_position here = rs_position(p->machine);
	struct rs_history_status s;
	rs_history_status(p->history, &s);
	bool known =
	    !rs_position_compare(here, e->seen) && (e->seen_from.n <= s.start.n || here.n - e->seen_from.n >= CLOSE);
	if (!known && rs_position_compare(here, s.start) > 0)
		attended_retrace(p);
	timeline_skip(&e->timeline, p->machine);
}

static void execute(struct view_engine *e, const char *line)
{
	struct prompt *p = e->prompt;
	begin_run(e);
	if (*skip_blanks(line))
		snprintf(e->again, sizeof(e->again), "%s", line);
	p->echo = true;
	e->failed |= !prompt_line(p, e->again);
	timeline_follow(&e->timeline, p->machine, false);
	retrace_if_far(e);
	if (p->go.hit >= 0)
		timeline_stopped(&e->timeline, rs_status(p->machine)->instructions);
}

static enum rs_stop run_to(struct view_engine *e, uint64_t n)
{
	struct prompt *p = e->prompt;
	enum rs_stop stop = RS_STOP_LIMIT;
	rs_observe(p->machine, NULL, NULL);
	while (stop == RS_STOP_LIMIT && rs_status(p->machine)->instructions < n &&
	       !status_limit(rs_status(p->machine), &e->ui.options) && !is_interrupted(e)) {
		uint64_t here = rs_status(p->machine)->instructions, slice = e->attendant.slice;
		stop = rs_history_run(p->history, n - here > slice ? here + slice : n);
		between(e);
	}
	rs_observe(p->machine, go_observe, p);
	timeline_follow(&e->timeline, p->machine, false);
	attended_retrace(p);
	timeline_skip(&e->timeline, p->machine);
	return stop;
}

/* False: there is no such moment, and commands that were meant for it would be executed at another. */
static bool go_at(struct view_engine *e, uint64_t n)
{
	char text[400];
	const enum rs_stop stop = run_to(e, least(n, e->ui.options.max_insns));
	const struct rs_status *s = rs_status(e->prompt->machine);
	const char *limit = status_limit(s, &e->ui.options);
	if (s->instructions >= n || (stop == RS_STOP_LIMIT && !limit))
		return true;
	return prompt_fail(e->prompt, "--at %" PRIu64 ": %s", n, status_text(s, &e->ui, limit, text, sizeof(text)));
}

/* What the command line asks for before anybody can. */
static void begin(struct view_engine *e)
{
	struct prompt *p = e->prompt;
	const struct options *o = &e->ui.options;
	begin_run(e);
	e->failed = o->at && !go_at(e, o->at);
	state_stop(p);
	if (!e->failed)
		e->failed = !prompt_given_commands(p);
	timeline_follow(&e->timeline, p->machine, false);
	retrace_if_far(e);
	publish(e, false);
}

/* ---- the thread ---- */

static struct job *next_job(struct view_engine *e)
{
	struct job *job = e->first;
	if (job) {
		e->first = job->next;
		e->last = e->first ? e->last : NULL;
	}
	return job;
}

/* A guest that has halted for want of input goes on with it. */
static void serve(struct view_engine *e, struct job *job)
{
	bool halted = rs_status(e->prompt->machine)->why == RS_STOP_HALTED;
	if (give_input(e) && halted)
		execute(e, "g");
	if (job)
		execute(e, job->line);
	host_release(e->outer, job);
	publish(e, false);
}

static void *engine_main(void *arg)
{
	struct view_engine *e = arg;
	begin(e);
	pthread_mutex_lock(&e->lock);
	while (!atomic_load(&e->leaving)) {
		struct job *job = next_job(e);
		if (job || e->looks || e->typed_count) {
			pthread_mutex_unlock(&e->lock);
			serve(e, job);
			pthread_mutex_lock(&e->lock);
			continue;
		}
		e->busy = false;
		atomic_store(&e->interrupt, false);
		pthread_cond_broadcast(&e->idle);
		pthread_cond_wait(&e->work, &e->lock);
		e->busy = true;
	}
	e->busy = false;
	pthread_cond_broadcast(&e->idle);
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

/* ---- from outside ---- */

void engine_view_command(struct view_engine *e, const char *line)
{
	struct job *job = host_alloc(e->outer, sizeof(*job));
	if (!job)
		return;
	snprintf(job->line, sizeof(job->line), "%s", line);
	pthread_mutex_lock(&e->lock);
	if (e->last)
		e->last->next = job;
	else
		e->first = job;
	e->last = job;
	e->busy = true;
	pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
}

void engine_view_interrupt(struct view_engine *e)
{
	pthread_mutex_lock(&e->lock);
	if (e->busy)
		atomic_store(&e->interrupt, true);
	pthread_mutex_unlock(&e->lock);
}

void engine_view_type(struct view_engine *e, const char *bytes, size_t size)
{
	pthread_mutex_lock(&e->lock);
	if (size > TYPED - e->typed_count)
		size = TYPED - e->typed_count;
	memcpy(e->typed + e->typed_count, bytes, size);
	e->typed_count += size;
	e->busy = true;
	pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
}

void engine_view_look_at(struct view_engine *e, const struct view_place *place)
{
	pthread_mutex_lock(&e->lock);
	const struct view_place last = e->asked, shown = e->place;
	e->asked = e->place = *place;
	if (place->memory == last.memory && place->has_memory == last.has_memory) {
		e->place.memory = shown.memory;
		e->place.has_memory = shown.has_memory;
	}
	if (place->walk == last.walk && place->has_walk == last.has_walk) {
		e->place.walk = shown.walk;
		e->place.has_walk = shown.has_walk;
	}
	e->looks = e->busy = true;
	pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
}

const struct view_model *engine_view_model(struct view_engine *e, bool *fresh)
{
	pthread_mutex_lock(&e->lock);
	*fresh = e->fresh;
	if (e->fresh) {
		unsigned old = e->reading;
		e->reading = e->ready;
		e->ready = old;
		e->fresh = false;
	}
	const struct view_model *m = e->model[e->reading];
	pthread_mutex_unlock(&e->lock);
	return m;
}

void engine_view_on_fresh(struct view_engine *e, void (*told)(void *arg), void *arg)
{
	pthread_mutex_lock(&e->lock);
	e->told = told;
	e->told_arg = arg;
	pthread_mutex_unlock(&e->lock);
}

void engine_view_settle(struct view_engine *e)
{
	pthread_mutex_lock(&e->lock);
	while (e->busy)
		pthread_cond_wait(&e->idle, &e->lock);
	pthread_mutex_unlock(&e->lock);
}

/* ---- completion ---- */

struct words {
	char (*word)[64];
	size_t count, room;
};

static void add_word(void *arg, const char *word)
{
	struct words *w = arg;
	if (w->count < w->room)
		snprintf(w->word[w->count++], sizeof(w->word[0]), "%.63s", word);
}

/* While the thread sleeps, which it does with the lock free, the prompt can be asked. */
size_t engine_view_complete(struct view_engine *e, const char *line, char words[][64], size_t room)
{
	struct words w = { words, 0, room };
	pthread_mutex_lock(&e->lock);
	if (!e->busy)
		complete_line(e->prompt, line, add_word, &w);
	pthread_mutex_unlock(&e->lock);
	return w.count;
}

/* ---- opening and closing ---- */

static bool make_models(struct view_engine *e)
{
	for (unsigned i = 0; i < 3; i++) {
		struct view_model *m = e->model[i] = host_alloc(e->outer, sizeof(*m));
		if (!m || !(m->console.line = host_alloc(e->outer, VIEW_CONSOLE * sizeof(m->console.line[0]))) ||
		    !(m->log.line = host_alloc(e->outer, VIEW_LOG * sizeof(m->log.line[0]))))
			return false;
	}
	e->ready = 1;
	e->reading = 2;
	return true;
}

static void release_all(struct view_engine *e)
{
	const struct rs_host *outer = e->outer;
	for (struct job *job; (job = next_job(e));)
		host_release(outer, job);
	for (unsigned i = 0; i < 3; i++) {
		if (e->model[i]) {
			host_release(outer, e->model[i]->console.line);
			host_release(outer, e->model[i]->log.line);
		}
		host_release(outer, e->model[i]);
	}
	host_release(outer, e->prompt);
	host_release(outer, e->kept);
	engine_streams_close(e);
	host_release(outer, e);
}

/* Until the thread is there, complaints go where the program's go. */
static int start_prompt(struct view_engine *e, struct ui *ui)
{
	const struct console console = { .out = e->console_out, .inert = true };
	struct out *log = e->ui.err;
	e->ui.err = ui->err;
	e->attendant = (struct attendant){ e, is_interrupted, between, on_record, on_look, first_slice(ui) };
	e->prompt->attendant = &e->attendant;
	int code = prompt_start(e->prompt, &e->ui, &console);
	e->ui.err = log;
	if (!code && !timeline_start(&e->timeline, e->prompt->machine)) {
		prompt_finish(e->prompt, false);
		return ui_fail(ui, EXIT_USAGE, "out of memory for the timeline");
	}
	if (!code)
		history_set_interval(e->prompt->history, HISTORY_INTERVAL);
	return code;
}

static bool start_thread(struct view_engine *e)
{
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->work, NULL);
	pthread_cond_init(&e->idle, NULL);
	e->place.follow = e->busy = true;
	return !pthread_create(&e->thread, NULL, engine_main, e);
}

struct view_engine *engine_view_open(struct ui *ui, int *exit_code)
{
	struct rs_error why = { .text = "out of memory for the view" };
	struct view_engine *e = host_alloc(ui->host, sizeof(*e));
	*exit_code = EXIT_USAGE;
	if (!e) {
		ui_fail(ui, EXIT_USAGE, "%s", why.text);
		return NULL;
	}
	if (!engine_streams_open(e, ui, &why) || !make_models(e) ||
	    !(e->kept = host_alloc(e->outer, sizeof(*e->kept))) ||
	    !(e->prompt = host_alloc(e->outer, sizeof(*e->prompt)))) {
		ui_fail(ui, EXIT_USAGE, "%s", why.text);
	} else if (!(*exit_code = start_prompt(e, ui))) {
		if (start_thread(e))
			return e;
		*exit_code = ui_fail(ui, EXIT_USAGE, "no thread for the machine");
		prompt_finish(e->prompt, false);
	}
	release_all(e);
	return NULL;
}

int engine_view_close(struct view_engine *e)
{
	atomic_store(&e->leaving, true);
	pthread_mutex_lock(&e->lock);
	pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->thread, NULL);
	e->aloud = e->errors; /* nobody sees the panes any more */
	int code = prompt_finish(e->prompt, true);
	pthread_cond_destroy(&e->work);
	pthread_cond_destroy(&e->idle);
	pthread_mutex_destroy(&e->lock);
	release_all(e);
	return code;
}
