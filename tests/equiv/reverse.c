/* reverse.c - a machine's past, as it is gone back to, against a machine that only ran forwards.
 *
 *     reverse [--seed N] KERNEL[,USER]...          walks
 *     reverse --time KERNEL INSTRUCTIONS WORD...   a table of how long going back takes; WORDs are the command line
 *
 * A walk: one machine makes all records of a guest (or the first MOST of them) one by one; of each the position, RIP
 * and kind are kept, of some hundreds in pairs the hash of the state as well, the cycles and the console. Another
 * machine with a history, a small interval of snapshots and a small budget then goes to such positions at random, one
 * record back and forth, and searches backwards, and must find what was kept; at the end it runs on, and its console
 * must have been told everything once. Each guest walks on both vendors, without and with a cycle model, and observed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "board/machine.h"
#include "cpu/branch.h"
#include "scene.h"

typedef unsigned long long ull;

enum { MOST = 120000, MARKS = 400, MOVES = 240, CONSOLE = 1 << 16, TARGETS = 100 };

/* ---- a guest ---- */

struct guest {
	struct rs_machine *m;
	struct rs_file kernel, user;
	size_t told; /* bytes on the console, and their hash */
	uint64_t console_hash;
	struct rs_position observed; /* what the last record led to */
	uint64_t observed_rip;
};

struct wish {
	const char *kernel, *user, *cpu, *timing, *words;
	uint64_t memory;
};

static void put(void *arg, enum rs_port port, uint8_t byte)
{
	struct guest *g = arg;
	g->told++;
	g->console_hash = (g->console_hash ^ byte ^ (uint64_t)port << 8) * 0x100000001b3ull;
}

static bool guest_open(struct guest *g, const struct wish *w)
{
	static const uint8_t input[] = "a line of input\nand another one\n";
	struct rs_config config = {
		.cpu = w->cpu,
		.timing = w->timing,
		.memory = w->memory,
		.console = put,
		.console_arg = g,
		.input = input,
		.input_size = sizeof input - 1,
	};
	struct rs_error why;
	*g = (struct guest){ .m = rs_new(&config, &why) };
	if (g->m && rs_file_read(g->m, w->kernel, &g->kernel, &why) &&
	    (!w->user || rs_file_read(g->m, w->user, &g->user, &why)) &&
	    rs_load(g->m, &g->kernel, &g->user, w->user != NULL, w->words, &why))
		return true;
	COMPLAIN("%s", why.text);
	return false;
}

static void guest_close(struct guest *g)
{
	if (!g->m)
		return;
	rs_file_release(g->m, &g->kernel);
	rs_file_release(g->m, &g->user);
	rs_free(g->m);
}

/* ---- what is to be found ---- */

struct record {
	struct rs_position at; /* before it */
	uint64_t rip, code;    /* code: the linear address if an instruction is at its start */
	bool event;
};

struct mark {
	size_t record; /* the position in front of it */
	uint64_t hash, cycles;
};

static struct record record[MOST + 1];
static struct mark mark[MARKS];
static size_t records, marks;
static bool made_event;
static size_t console_size;
static uint64_t console_hash;

static void note_kind(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	(void)arg, (void)m;
	made_event = r->kind == RS_RECORD_EVENT;
}

static void note_mark(struct guest *g)
{
	mark[marks++] = (struct mark){ records, rs_state_hash(g->m), rs_status(g->m)->cycles };
}

/* In pairs, and where there are events. */
static bool is_marked(uint64_t apart)
{
	static bool second;
	bool first = !second && (draw(apart) == 0 || (record[records].at.events && draw(4) == 0));
	bool marks_it = (first || second) && marks < MARKS;
	second = first;
	return marks_it;
}

static struct record record_here(struct guest *g)
{
	const struct cpu *cpu = &g->m->cpu[0];
	const uint64_t code = cpu->iteration ? UINT64_MAX : branch_linear(cpu, cpu->st.rip);
	return (struct record){ rs_position(g->m), cpu->st.rip, code, false };
}

static void note_all(struct guest *g, uint64_t apart)
{
	records = marks = 0;
	rs_observe(g->m, note_kind, NULL);
	for (bool goes_on = true; goes_on && records < MOST; records++) {
		record[records] = record_here(g);
		if (is_marked(apart))
			note_mark(g);
		made_event = false;
		goes_on = rs_step(g->m) == RS_STOP_NONE;
		record[records].event = made_event;
	}
	record[records] = record_here(g);
	if (!rs_position_compare(record[records].at, record[records - 1].at))
		records--; /* it halted */
	console_size = g->told;
	console_hash = g->console_hash;
}

/* ---- going there ---- */

static void compare(struct guest *g, const struct mark *k, const char *how)
{
	const struct rs_position at = rs_position(g->m), want = record[k->record].at;
	if (rs_position_compare(at, want))
		COMPLAIN("%s: at %llu+%llu, wanted %llu+%llu", how, (ull)at.n, (ull)at.events, (ull)want.n,
			 (ull)want.events);
	else if (rs_state_hash(g->m) != k->hash)
		COMPLAIN("%s: at %llu+%llu the state is another one", how, (ull)at.n, (ull)at.events);
	else if (rs_status(g->m)->cycles != k->cycles)
		COMPLAIN("%s: at %llu+%llu %llu cycles, wanted %llu", how, (ull)at.n, (ull)at.events,
			 (ull)rs_status(g->m)->cycles, (ull)k->cycles);
	else
		passed++;
}

static void seek(struct guest *g, struct rs_history *h, size_t k)
{
	struct rs_error why;
	if (!rs_history_seek(h, record[mark[k].record].at, &why))
		COMPLAIN("seek: %s", why.text);
	else
		compare(g, &mark[k], "seek");
}

/* The first of a pair is one record before the second. */
static void back_and_forth(struct guest *g, struct rs_history *h, size_t k)
{
	struct rs_error why;
	if (!k || mark[k - 1].record + 1 != mark[k].record)
		return;
	if (!rs_history_back(h, &why))
		COMPLAIN("back: %s", why.text);
	else
		compare(g, &mark[k - 1], "back");
	rs_history_step(h);
	compare(g, &mark[k], "step");
}

static void run_there(struct guest *g, struct rs_history *h, size_t k)
{
	const struct rs_position want = record[mark[k].record].at;
	if (want.events)
		return;
	rs_history_run(h, want.n);
	if (want.n >= rs_position(g->m).n)
		compare(g, &mark[k], "run");
}

static uint64_t wanted_rip;

static bool is_at_rip(void *arg, struct rs_machine *m)
{
	(void)arg;
	return rs_status(m)->rip == wanted_rip;
}

static bool is_event(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	(void)arg, (void)m;
	return r->kind == RS_RECORD_EVENT;
}

enum looked_for { A_RIP, AN_EVENT, CODE, LOOKED_FOR };

static bool is_found(enum looked_for what, size_t i, size_t wanted)
{
	switch (what) {
	case A_RIP:
		return record[i].rip == record[wanted].rip;
	case AN_EVENT:
		return record[i].event;
	default:
		return record[i].code == record[wanted].code;
	}
}

static void check_found(struct guest *g, const char *how, size_t from, bool found, bool wanted, struct rs_position want)
{
	const struct rs_position at = rs_position(g->m);
	if (found != wanted || rs_position_compare(at, want))
		COMPLAIN("%s from %llu+%llu: %s at %llu+%llu, wanted %s at %llu+%llu", how, (ull)record[from].at.n,
			 (ull)record[from].at.events, found ? "found" : "nothing", (ull)at.n, (ull)at.events,
			 wanted ? "found" : "nothing", (ull)want.n, (ull)want.events);
	else
		passed++;
}

static size_t draw_code(void)
{
	size_t i = draw(records);
	while (record[i].code == UINT64_MAX)
		i--;
	return i;
}

static void search(struct guest *g, struct rs_history *h, size_t from, enum looked_for what)
{
	const size_t wanted = draw_code();
	const struct rs_search s = {
		.at = what == A_RIP ? is_at_rip : NULL,
		.record = what == AN_EVENT ? is_event : NULL,
		.code = &record[wanted].code,
		.code_count = what == CODE,
	};
	struct rs_error why;
	size_t i = from;
	wanted_rip = record[wanted].rip;
	while (i && !is_found(what, i - 1, wanted))
		i--;
	bool found = rs_history_search_back(h, &s, &why);
	check_found(g, "search", from, found, i > 0, record[i ? i - 1 : from].at);
}

/* Forwards to a code stop, through the past and beyond. */
static void run_to_code(struct guest *g, struct rs_history *h, size_t from)
{
	const size_t wanted = draw_code();
	size_t i = from + 1;
	while (i < records && !is_found(CODE, i, wanted))
		i++;
	if (i >= records)
		return;
	if (!rs_break_at(g->m, &record[wanted].code, 1))
		COMPLAIN("no memory for a code stop");
	enum rs_stop stop = rs_history_run(h, RS_FOREVER);
	rs_break_at(g->m, NULL, 0);
	check_found(g, "run to code", from, stop == RS_STOP_BREAK, true, record[i].at);
}

static void check_budget(struct rs_history *h)
{
	struct rs_history_status s;
	rs_history_status(h, &s);
	if (s.bytes > s.budget && s.snapshots > 1)
		COMPLAIN("%llu bytes of %llu in %zu snapshots", (ull)s.bytes, (ull)s.budget, s.snapshots);
	else
		passed++;
}

/* Between two sought positions. */
static void watch(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct guest *g = arg;
	g->observed = rs_position(m);
	g->observed_rip = r->rip;
}

static void check_observed(struct guest *g, size_t k)
{
	size_t i = mark[k].record;
	if (!g->m->recorder.fn || !i)
		return;
	if (rs_position_compare(g->observed, record[i].at) || g->observed_rip != record[i - 1].rip)
		COMPLAIN("the record observed last led to %llu+%llu", (ull)g->observed.n, (ull)g->observed.events);
	else
		passed++;
}

static void move(struct guest *g, struct rs_history *h)
{
	size_t k = draw(marks);
	struct rs_history_status s;
	rs_history_status(h, &s);
	if (rs_position_compare(record[mark[k].record].at, s.start) <= 0)
		return;
	seek(g, h, k);
	check_observed(g, k);
	switch (draw(5)) {
	case 0:
		back_and_forth(g, h, k);
		break;
	case 1:
		run_there(g, h, draw(marks));
		break;
	case 2:
		search(g, h, mark[k].record, (enum looked_for)draw(LOOKED_FOR));
		break;
	case 3:
		run_to_code(g, h, mark[k].record);
		break;
	default:
		break;
	}
	check_budget(h);
}

static void end_walk(struct guest *g, struct rs_history *h)
{
	rs_history_run(h, RS_FOREVER);
	if (records < MOST && (g->told != console_size || g->console_hash != console_hash))
		COMPLAIN("%zu bytes on the console, wanted %zu", g->told, console_size);
	else
		passed++;
}

static void walk_in(struct guest *g, struct rs_history *h, bool observed)
{
	history_set_interval(h, records / 40 + 50);
	if (observed)
		rs_observe(g->m, watch, g);
	for (uint64_t n = 0; n < record[records].at.n; n += draw(records / 4) + 1)
		rs_history_run(h, n < record[records].at.n ? n : record[records].at.n);
	rs_history_run(h, record[records].at.n);
	while (rs_position_compare(rs_position(g->m), record[records].at) < 0 && rs_history_step(h) == RS_STOP_NONE)
		;
	for (unsigned i = 0; i < MOVES; i++)
		move(g, h);
	end_walk(g, h);
}

static void walk(const struct wish *w, uint64_t budget, bool observed)
{
	static struct guest plain, g;
	struct rs_error why;
	static char name[300];
	snprintf(name, sizeof name, "%s on %s%s%s, %llu KiB",
		 strrchr(w->kernel, '/') ? strrchr(w->kernel, '/') + 1 : w->kernel, w->cpu,
		 w->timing ? " by the cycle" : "", observed ? ", observed" : "", (ull)budget >> 10);
	set_scene("%s", name);
	complaints = 0;
	if (guest_open(&plain, w)) {
		note_all(&plain, 4 * MOST / MARKS);
		if (records < 20000) {
			guest_close(&plain);
			guest_open(&plain, w);
			note_all(&plain, records / MARKS * 2 + 2);
		}
	}
	guest_close(&plain);
	struct rs_history *h = guest_open(&g, w) && marks ? rs_history_open(g.m, budget, &why) : NULL;
	if (h)
		walk_in(&g, h, observed);
	else
		COMPLAIN("no walk of %zu marks", marks);
	rs_history_close(h);
	guest_close(&g);
}

static void walks(char *image)
{
	char *comma = strchr(image, ',');
	struct wish w = { .kernel = image, .user = comma ? comma + 1 : NULL, .words = "one two" };
	if (comma)
		*comma = 0;
	for (unsigned i = 0; i < 4; i++) {
		w.cpu = i & 1 ? "amd-zen4" : "intel-skylake";
		w.timing = i & 2 ? "unit" : NULL;
		walk(&w, i & 1 ? 1 << 20 : 0, i == 1 || i == 2);
	}
	if (comma)
		*comma = ',';
}

/* ---- time ---- */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct spent {
	double sum, most;
};

static void add(struct spent *s, double since)
{
	double took = now() - since;
	s->sum += took;
	if (took > s->most)
		s->most = took;
}

static void tell(const char *what, const struct spent *s, unsigned count)
{
	printf("  %-44s %8.2f ms mean %8.2f ms slowest\n", what, s->sum / count * 1e3, s->most * 1e3);
}

enum { NEAR = 10000000 };

/* Any of the last 10^7 instructions in less than a second. */
static void time_seeks(struct rs_history *h, uint64_t end, uint64_t within)
{
	struct spent s = { 0 }, back = { 0 };
	struct rs_error why;
	for (unsigned i = 0; i < TARGETS; i++) {
		double start = now();
		if (!rs_history_seek(h, (struct rs_position){ end - 1 - draw(within), 0 }, &why))
			COMPLAIN("seek: %s", why.text);
		add(&s, start);
		start = now();
		if (!rs_history_back(h, &why))
			COMPLAIN("back: %s", why.text);
		add(&back, start);
	}
	tell(within == NEAR ? "to one of the last 10^7 instructions" : "to any instruction", &s, TARGETS);
	tell("one record back from there", &back, TARGETS);
	if (within == NEAR && (s.most >= 1 || back.most >= 1))
		COMPLAIN("not within a second");
	else
		passed++;
}

static bool is_never(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	(void)arg, (void)m;
	return r->n == *(const uint64_t *)arg;
}

static void time_search(struct rs_history *h, uint64_t end, uint64_t back)
{
	struct spent s = { 0 };
	uint64_t target = end - back;
	const struct rs_search search = { .record = is_never, .arg = &target };
	struct rs_error why;
	char what[80];
	if (!rs_history_seek(h, (struct rs_position){ end, 0 }, &why))
		COMPLAIN("seek: %s", why.text);
	double start = now();
	if (!rs_history_search_back(h, &search, &why))
		COMPLAIN("search: %s", why.text);
	add(&s, start);
	snprintf(what, sizeof what, "a search backwards through %llu records", (ull)back);
	tell(what, &s, 1);
}

/* Of this process: others may be at work too. */
static double processor_time(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A breakpoint that is seldom met. */
static void time_code_search(struct guest *g, struct rs_history *h, uint64_t end)
{
	struct spent s = { 0 };
	struct rs_error why;
	if (!rs_history_seek(h, (struct rs_position){ 1, 0 }, &why))
		COMPLAIN("seek: %s", why.text);
	const uint64_t code = branch_linear(&g->m->cpu[0], rs_status(g->m)->rip);
	const struct rs_search search = { .code = &code, .code_count = 1 };
	if (!rs_history_seek(h, (struct rs_position){ end, 0 }, &why))
		COMPLAIN("seek: %s", why.text);
	double start = now();
	if (!rs_history_search_back(h, &search, &why))
		COMPLAIN("search: %s", why.text);
	add(&s, start);
	tell("back to a breakpoint at the second instruction", &s, 1);
}

static double time_run(const struct wish *w, uint64_t end, bool history)
{
	static struct guest g;
	struct rs_error why;
	struct rs_history *h = NULL;
	if (!guest_open(&g, w))
		return 0;
	double start = processor_time();
	if (history && !(h = rs_history_open(g.m, 0, &why)))
		COMPLAIN("%s", why.text);
	if (h)
		rs_history_run(h, end);
	else
		rs_run(g.m, end);
	double took = processor_time() - start;
	rs_history_close(h);
	guest_close(&g);
	return took;
}

/* The fastest of some, in turns. */
static void time_cost(const struct wish *w, uint64_t end)
{
	double fastest[2] = { 1e9, 1e9 };
	for (unsigned i = 0; i < 10; i++) {
		double took = time_run(w, end, i & 1);
		if (took < fastest[i & 1])
			fastest[i & 1] = took;
	}
	printf("  forwards %.1f Minsn/s, with a history %.1f: %+.1f %% of time\n", (double)end / fastest[0] * 1e-6,
	       (double)end / fastest[1] * 1e-6, (fastest[1] / fastest[0] - 1) * 100);
}

static void times(const struct wish *w, uint64_t end)
{
	static struct guest g;
	struct rs_error why;
	set_scene("%s", w->kernel);
	printf("%s %s%s\n", strrchr(w->kernel, '/') + 1, w->words, w->timing ? ", by the cycle" : "");
	time_cost(w, end);
	struct rs_history *h = guest_open(&g, w) ? rs_history_open(g.m, 0, &why) : NULL;
	if (!h) {
		COMPLAIN("no history");
		return;
	}
	rs_history_run(h, end);
	end = rs_position(g.m).n;
	struct rs_history_status s;
	rs_history_status(h, &s);
	printf("  %llu instructions, %zu snapshots, %.1f MiB\n", (ull)end, s.snapshots, (double)s.bytes / (1 << 20));
	time_seeks(h, end, NEAR < end ? NEAR : end - 1);
	time_seeks(h, end, end - 1);
	time_search(h, end, 1000);
	time_search(h, end, end - 1 < NEAR / 10 ? end - 1 : NEAR / 10);
	time_code_search(&g, h, end);
	rs_history_close(h);
	guest_close(&g);
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "--time")) {
		char words[200] = "";
		for (int i = 4; i < argc; i++)
			snprintf(words + strlen(words), sizeof words - strlen(words), i > 4 ? " %s" : "%s", argv[i]);
		const struct wish w = { .kernel = argv[2], .words = words, .memory = 64 << 20 };
		times(&w, strtoull(argv[3], NULL, 0));
	} else {
		for (int i = 1; i < argc; i++)
			if (!strcmp(argv[i], "--seed") && i + 1 < argc)
				seed = strtoull(argv[++i], NULL, 0) * 2 + 1;
			else
				walks(argv[i]);
	}
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed != 0;
}
