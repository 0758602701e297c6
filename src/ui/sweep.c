/* sweep.c - `run --sweep`: the event at every instruction boundary of a path, each in a run of its own.
 *
 * The path is walked once without an event, which also tells how the guest ends. Then the machine stands at one
 * boundary after the other; a snapshot is taken, the event put in, the guest run to its end under a watcher, and the
 * snapshot restored. What the run without an event breaks as well is the guest's habit and is not held against it.
 */
#include <stdio.h>
#include <string.h>

#include "trace/trace.h"
#include "ui/disasm.h"
#include "ui/invariants.h"
#include "ui/status.h"
#include "ui/symbols.h"
#include "ui/words.h"

enum {
	SWEEP_BOUNDARIES = 100000,
	SWEEP_WATCHED = 1 << 20,  /* instructions behind an event that are watched; the rest of the run is not */
	SWEEP_PATIENCE = 1 << 22, /* how many instructions longer than without an event a run may take */
};

/* How a guest ends, for the program above it. */
struct outcome {
	enum rs_stop why;
	int exit_code;
	uint64_t console_bytes, console_hash;
};

struct sweep {
	struct ui *ui;
	struct session session;
	struct rs_machine *m;
	struct symbols symbols;
	struct watcher watcher, known; /* `known`: at the boundary of the path */
	struct outcome now, plain;     /* of this run, of the run without an event */
	struct rs_snapshot *start;
	enum rs_signal signal;
	uint8_t vector;
	uint64_t from, to; /* --from and --to */
	uint64_t first;    /* the instruction number of the path's first boundary */
	uint64_t length;   /* of the run without an event, in instructions */
	bool habit[INVARIANTS];
	bool at_end; /* of the path */
	struct out *json;
	uint64_t boundaries, failed, count[INVARIANTS];
};

static void count_console(void *arg, enum rs_port port, uint8_t byte)
{
	struct sweep *s = arg;
	(void)port;
	s->now.console_bytes++;
	s->now.console_hash = trace_fnv(s->now.console_hash, &byte, 1);
}

static uint64_t pc(struct sweep *s)
{
	const struct cpu_state *st = rs_state(s->m);
	return trace_mode_bits(st) == 64 ? st->rip : st->rip + st->seg[SEG_CS].base;
}

/* ---- runs ---- */

static void note_end(struct sweep *s)
{
	s->now.why = rs_status(s->m)->why;
	s->now.exit_code = rs_status(s->m)->exit_code;
}

/* To the guest's end: what lies near is watched, the rest is fast. */
static void run_watched(struct sweep *s, uint64_t limit)
{
	uint64_t until = rs_status(s->m)->instructions + SWEEP_WATCHED;
	rs_observe(s->m, watcher_observe, &s->watcher);
	rs_run(s->m, until < limit ? until : limit);
	rs_observe(s->m, NULL, NULL);
	if (rs_status(s->m)->why == RS_STOP_LIMIT)
		rs_run(s->m, limit);
	note_end(s);
}

static uint64_t most(const struct sweep *s)
{
	const struct options *o = &s->ui->options;
	uint64_t limit = s->length + SWEEP_PATIENCE;
	return limit < o->max_insns ? limit : o->max_insns;
}

/* The invariants that are judged when the run is over. */
static void judge_end(struct sweep *s)
{
	struct watcher *w = &s->watcher;
	const struct rs_status *status = rs_status(s->m);
	bool same = s->now.why == s->plain.why && s->now.exit_code == s->plain.exit_code &&
		    s->now.console_bytes == s->plain.console_bytes && s->now.console_hash == s->plain.console_hash;
	if (!w->event.delivered)
		watcher_break(w, INVARIANT_LOST, status->instructions, status->rip, rs_state(s->m)->cpl);
	if (!same)
		watcher_break(w, INVARIANT_FINAL, status->instructions, status->rip, rs_state(s->m)->cpl);
}

static uint8_t vector_of(const struct sweep *s)
{
	static const uint8_t vectors[] = { [RS_SIGNAL_NMI] = 2, [RS_SIGNAL_MACHINE_CHECK] = 18, [RS_SIGNAL_DEBUG] = 1 };
	return s->signal == RS_SIGNAL_INTERRUPT ? s->vector : vectors[s->signal];
}

/* ---- the path ---- */

struct entry_seen {
	bool seen;
	uint64_t n;
};

static void see_entry(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct entry_seen *e = arg;
	if (!e->seen && r->cpl == 3 && rs_state(m)->cpl < 3)
		*e = (struct entry_seen){ true, r->n };
}

struct place {
	struct sweep *sweep;
	struct entry_seen *entry;
	uint64_t address;
};

static bool at_place(void *arg, struct rs_machine *m)
{
	const struct place *p = arg;
	(void)m;
	return p->entry ? p->entry->seen : pc(p->sweep) == p->address;
}

/* The path begins at --from, or at the instruction by which the program first enters the kernel. */
static bool find_first(struct sweep *s)
{
	struct entry_seen entry = { .seen = false };
	bool by_entry = !s->ui->options.from;
	struct place place = { s, by_entry ? &entry : NULL, s->from };
	rs_observe(s->m, by_entry ? see_entry : NULL, &entry);
	rs_break_when(s->m, at_place, &place);
	enum rs_stop stop = rs_run(s->m, s->ui->options.max_insns);
	rs_break_when(s->m, NULL, NULL);
	rs_observe(s->m, NULL, NULL);
	s->first = by_entry ? entry.n : rs_status(s->m)->instructions;
	return stop == RS_STOP_BREAK || entry.seen;
}

/* From the start to the path's first boundary, watching. */
static void go_to_first(struct sweep *s)
{
	rs_snapshot_restore(s->m, s->start);
	s->now = (struct outcome){ .console_hash = TRACE_FNV_START };
	memset(&s->watcher, 0, sizeof(s->watcher));
	watcher_start(&s->watcher, rs_state(s->m));
	rs_observe(s->m, watcher_observe, &s->watcher);
	rs_run(s->m, s->first);
	rs_observe(s->m, NULL, NULL);
}

/* How the guest ends without an event, and what it breaks of itself. */
static void run_plain(struct sweep *s)
{
	go_to_first(s);
	run_watched(s, s->ui->options.max_insns);
	s->plain = s->now;
	s->length = rs_status(s->m)->instructions;
	for (int i = 0; i < INVARIANTS; i++)
		s->habit[i] = s->watcher.breach[i].broken;
}

/* ---- telling ---- */

static void tell_where(struct sweep *s, char *text, size_t size)
{
	char symbol[120], words[100];
	uint8_t bytes[15];
	size_t n = rs_read_linear(s->m, pc(s), bytes, sizeof(bytes));
	const struct cpu_state *st = rs_state(s->m);
	ui_disassemble(bytes, n, pc(s), trace_mode_bits(st), words, sizeof(words));
	symbols_text(&s->symbols, pc(s), symbol, sizeof(symbol));
	snprintf(text, size, "cpl%u %016llx %-32s %-32s", (unsigned)st->cpl, (unsigned long long)pc(s), symbol, words);
}

static void tell_breaches(struct sweep *s)
{
	bool any = false;
	for (enum invariant i = 0; i < INVARIANTS; i++) {
		const struct breach *b = &s->watcher.breach[i];
		char symbol[120];
		if (!b->broken || s->habit[i])
			continue;
		any = true;
		s->count[i]++;
		symbols_text(&s->symbols, b->rip, symbol, sizeof(symbol));
		out_printf(s->ui->out, " FAIL %s at n=%llu cpl%u %llx %s", invariant_name(i), (unsigned long long)b->n,
			   (unsigned)b->cpl, (unsigned long long)b->rip, symbol);
	}
	s->failed += any;
	out_text(s->ui->out, any ? "\n" : " ok\n");
}

static void json_boundary(struct sweep *s, uint64_t n, uint64_t rip, unsigned cpl)
{
	const char *comma = "";
	if (!s->json)
		return;
	out_printf(s->json, "%s{\"boundary\":%llu,\"n\":%llu,\"rip\":\"%llx\",\"cpl\":%u,\"broken\":[",
		   s->boundaries ? ",\n" : "", (unsigned long long)s->boundaries, (unsigned long long)n,
		   (unsigned long long)rip, cpl);
	for (enum invariant i = 0; i < INVARIANTS; i++) {
		const struct breach *b = &s->watcher.breach[i];
		if (!b->broken || s->habit[i])
			continue;
		out_printf(s->json, "%s{\"invariant\":\"%s\",\"n\":%llu,\"rip\":\"%llx\",\"cpl\":%u}", comma,
			   invariant_name(i), (unsigned long long)b->n, (unsigned long long)b->rip, (unsigned)b->cpl);
		comma = ",";
	}
	out_text(s->json, "]}");
}

static void tell_summary(struct sweep *s)
{
	struct out *o = s->ui->out;
	out_printf(o, "sweep %s: %llu boundaries, %llu fail", rs_signal_name(s->signal),
		   (unsigned long long)s->boundaries, (unsigned long long)s->failed);
	for (enum invariant i = 0; i < INVARIANTS; i++)
		if (s->count[i])
			out_printf(o, "; %s %llu", invariant_name(i), (unsigned long long)s->count[i]);
	out_text(o, "\n");
	for (enum invariant i = 0; i < INVARIANTS; i++) {
		if (s->count[i])
			out_printf(o, "  %s: %s\n", invariant_name(i), invariant_about(i));
		if (s->habit[i])
			out_printf(o, "  %s is not judged: the run without an event breaks it as well\n",
				   invariant_name(i));
	}
}

/* ---- the sweep ---- */

/* The event at the boundary where the machine stands, and back again. */
static bool try_boundary(struct sweep *s)
{
	char where[300];
	const struct outcome before = s->now;
	const uint64_t n = rs_status(s->m)->instructions, rip = pc(s);
	const unsigned cpl = rs_state(s->m)->cpl;
	struct rs_snapshot *here = rs_snapshot_take(s->m);
	if (!here)
		return false;
	tell_where(s, where, sizeof(where));
	out_printf(s->ui->out, "%5llu n=%-8llu %s", (unsigned long long)s->boundaries, (unsigned long long)n, where);
	s->known = s->watcher;
	watcher_start(&s->watcher, rs_state(s->m));
	watcher_expect(&s->watcher, vector_of(s));
	rs_signal(s->m, s->signal, s->vector);
	run_watched(s, most(s));
	judge_end(s);
	tell_breaches(s);
	json_boundary(s, n, rip, cpl);
	s->boundaries++;
	rs_snapshot_restore(s->m, here);
	rs_snapshot_free(s->m, here);
	s->watcher = s->known;
	s->now = before;
	return true;
}

/* The path ends at --to, or when it has come back to the program. */
static void look_for_end(struct sweep *s, uint8_t cpl_before)
{
	if (s->ui->options.to)
		s->at_end = pc(s) == s->to;
	else
		s->at_end = cpl_before < 3 && rs_state(s->m)->cpl == 3;
}

static bool step_along(struct sweep *s)
{
	uint8_t cpl = rs_state(s->m)->cpl;
	rs_observe(s->m, watcher_observe, &s->watcher);
	enum rs_stop stop = rs_step(s->m);
	rs_observe(s->m, NULL, NULL);
	look_for_end(s, cpl);
	return stop == RS_STOP_NONE;
}

static int sweep_path(struct sweep *s)
{
	go_to_first(s);
	do {
		if (s->boundaries == SWEEP_BOUNDARIES)
			return ui_fail(s->ui, EXIT_USAGE,
				       "--sweep: more than %d boundaries; give the path's end with --to",
				       SWEEP_BOUNDARIES);
		bool was_end = s->at_end;
		if (!try_boundary(s))
			return ui_fail(s->ui, EXIT_USAGE, "--sweep: out of memory for a snapshot");
		if (was_end)
			break;
	} while (step_along(s));
	tell_summary(s);
	return s->failed ? EXIT_DIFFERS : EXIT_SAME;
}

/* ---- the command line ---- */

static bool read_signal(struct sweep *s)
{
	char name[8];
	const char *text = s->ui->options.sweep;
	size_t n = strcspn(text, ":");
	uint64_t vector = 0;
	snprintf(name, sizeof(name), "%.*s", (int)(n < sizeof(name) ? n : 0), text);
	bool good = rs_signal_find(name, &s->signal);
	if (good && s->signal == RS_SIGNAL_INTERRUPT)
		good = text[n] && word_number(text + n + 1, &vector) && vector <= UINT8_MAX;
	else
		good = good && !text[n];
	s->vector = (uint8_t)vector;
	return good || (ui_fail(s->ui, EXIT_USAGE, "--sweep: '%s' is not nmi, mce, db or irq:VECTOR", text), false);
}

static bool read_ends(struct sweep *s)
{
	const struct options *o = &s->ui->options;
	struct rs_error why;
	if ((!o->from || session_address(&s->symbols, o->from, &s->from, &why)) &&
	    (!o->to || session_address(&s->symbols, o->to, &s->to, &why)))
		return true;
	ui_fail(s->ui, EXIT_USAGE, "--from, --to: %s", why.text);
	return false;
}

static int sweep_all(struct sweep *s)
{
	s->start = rs_snapshot_take(s->m);
	if (!s->start)
		return ui_fail(s->ui, EXIT_USAGE, "--sweep: out of memory for a snapshot");
	if (!find_first(s))
		return ui_fail(s->ui, EXIT_USAGE, "--sweep: the run never comes to %s",
			       s->ui->options.from ? s->ui->options.from : "an entry from CPL 3");
	run_plain(s);
	return sweep_path(s);
}

static int with_json(struct sweep *s)
{
	const char *path = s->ui->options.sweep_json;
	struct rs_error why;
	if (!path)
		return sweep_all(s);
	s->json = strcmp(path, "-") ? out_open(s->ui->host, path, &why) : out_fd(s->ui->host, 1, path, &why);
	if (!s->json)
		return ui_fail(s->ui, EXIT_USAGE, "%s", why.text);
	out_text(s->json, "[");
	int code = sweep_all(s);
	out_printf(s->json, "]\n");
	if (!out_close(s->json, &why))
		return ui_fail(s->ui, EXIT_USAGE, "%s", why.text);
	return code;
}

int run_sweep(struct ui *ui)
{
	struct rs_error why;
	struct sweep *s = host_alloc(ui->host, sizeof(*s));
	if (!s)
		return ui_fail(ui, EXIT_USAGE, "out of memory for a sweep");
	s->ui = ui;
	int code =
	    read_signal(s) ? session_open(&s->session, ui, ui->options.operand[0], count_console, s) : EXIT_USAGE;
	s->m = s->session.machine;
	if (!code && !symbols_load(&s->symbols, ui, &s->session, &why))
		code = ui_fail(ui, EXIT_USAGE, "%s", why.text);
	else if (!code)
		code = read_ends(s) ? with_json(s) : EXIT_USAGE;
	if (s->start)
		rs_snapshot_free(s->m, s->start);
	symbols_free(&s->symbols);
	session_close(&s->session, ui);
	host_release(ui->host, s);
	return code;
}
