/* state_file.c - a machine written down and read back. A file is not trusted: whatever it holds is a machine of the
 * public kind or is refused, and nothing is built in place of it. */
#include "board/state_file.h"

#include <string.h>

#include "cpu/profile.h"

enum { NAME = 64, INPUT_MAXIMUM = 256 << 20 };

/* ---- writing ---- */

struct saved {
	struct rs_machine *m;
	const struct rs_snapshot *s;
	const struct rs_origin *origin;
};

/* Of a machine that has ended; what else stopped one comes again by itself. */
static void put_status(struct state_writer *w, const struct rs_status *status)
{
	bool ended = status->why == RS_STOP_EXIT || status->why == RS_STOP_TRIPLE_FAULT;
	state_put_number(w, ended ? status->why : RS_STOP_NONE, 1);
	state_put_number(w, (uint8_t)status->exit_code, 1);
	state_put_number(w, status->fault_count, 1);
	for (unsigned i = 0; i < status->fault_count; i++) {
		state_put_number(w, status->vectors[i], 1);
		state_put_text(w, status->rules[i] ? status->rules[i] : "");
	}
}

static void put_machine(struct state_writer *w, const struct saved *what)
{
	const struct rs_config *c = &what->m->config;
	const struct rs_snapshot *s = what->s;
	const uint64_t numbers[] = { c->memory, s->n, s->noted.n, s->noted.events, s->iteration, s->cycles, s->idle };
	state_put_text(w, RS_VERSION);
	state_put_text(w, c->cpu);
	state_put_text(w, c->cpuid);
	state_put_text(w, c->timing);
	state_put_number(w, rs_timing_version((size_t)rs_timing_find(c->timing)), 4);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		state_put_number(w, numbers[i], 8);
	put_status(w, &s->status);
}

static void put_origin(struct state_writer *w, const struct saved *what)
{
	const struct rs_origin *o = what->origin;
	state_put_text(w, o->command_line);
	state_put_number(w, o->file_count, 1);
	for (size_t i = 0; i < o->file_count; i++) {
		state_put_text(w, o->file[i].role);
		state_put_text(w, o->file[i].name);
		state_put_number(w, o->file[i].size, 8);
		state_put_text(w, o->file[i].sha256);
	}
}

/* The board's configuration has what came later. */
static void put_input(struct state_writer *w, const struct saved *what)
{
	const struct rs_config *c = &what->m->board.config;
	state_put(w, c->input, c->input_size);
}

static void put_injections(struct state_writer *w, const struct saved *what)
{
	const struct inject *inject = &what->m->inject;
	state_put_number(w, inject->count, 1);
	for (unsigned i = 0; i < inject->count; i++) {
		const struct rs_injection *row = &inject->row[i];
		state_put_number(w, row->signal, 1);
		state_put_number(w, row->vector, 1);
		state_put_number(w, row->arrival, 8);
		state_put_number(w, row->at, 8);
		state_put_number(w, what->s->injected.arrivals[i], 8);
		state_put_number(w, what->s->injected.done >> i & 1, 1);
	}
}

static void put_cpu(struct state_writer *w, const struct saved *what)
{
	state_put_cpu(w, what->s);
}

static void put_board(struct state_writer *w, const struct saved *what)
{
	state_put_board(w, what->s);
}

static void put_memory(struct state_writer *w, const struct saved *what)
{
	state_put_memory(w, what->m, what->s);
}

static void put_tlb(struct state_writer *w, const struct saved *what)
{
	state_put_tlb(w, what->s);
}

static void put_walked(struct state_writer *w, const struct saved *what)
{
	state_put_walked(w, what->s);
}

static const struct {
	const char *name;
	void (*put)(struct state_writer *w, const struct saved *what);
} sections[] = {
	{ "machine", put_machine },   { "origin", put_origin }, { "input", put_input },
	{ "inject", put_injections }, { "cpu", put_cpu },       { "board", put_board },
	{ "memory", put_memory },     { "tlb", put_tlb },       { "walked", put_walked },
};

enum { SECTIONS = sizeof sections / sizeof *sections };

/* Its length is written before it, so it is counted first. */
static void put_section(struct state_writer *w, struct state_writer *counter, size_t i, const struct saved *what)
{
	char name[STATE_NAME] = "";
	memcpy(name, sections[i].name, strlen(sections[i].name));
	counter->counted = 0;
	sections[i].put(counter, what);
	uint64_t length = counter->counted;
	state_put(w, name, sizeof name);
	state_put_number(w, length, 8);
	if (w->out)
		sections[i].put(w, what);
	else
		w->counted += length;
}

static bool write_file(struct state_writer w[2], const struct saved *what, const char *path, struct rs_error *why)
{
	for (size_t i = 0; i < SECTIONS; i++)
		put_section(&w[0], &w[1], i, what);
	bool opened = state_writer_open(&w[0], &what->m->host, path, w[0].counted, why);
	for (size_t i = 0; opened && i < SECTIONS; i++)
		put_section(&w[0], &w[1], i, what);
	return state_writer_close(&w[0], why) && opened;
}

bool rs_state_save(struct rs_machine *m, const struct rs_origin *origin, const char *path, struct rs_error *why)
{
	struct state_writer *w = host_alloc(&m->host, 2 * sizeof *w); /* one writes, and one only counts */
	struct rs_snapshot *s = rs_snapshot_take(m);
	bool good = w && s;
	if (good)
		good = write_file(w, &(struct saved){ m, s, origin }, path, why);
	else
		error_set(why, RS_ERROR_MEMORY, "%.250s: no memory to save a state", path);
	rs_snapshot_free(m, s);
	host_release(&m->host, w);
	return good;
}

/* ---- reading ---- */

struct loading {
	struct state_reader *r;
	struct rs_config config;
	struct rs_machine *m;
	struct rs_snapshot *s;
	uint8_t *input;
	struct rs_status status;
	uint64_t n, iteration, cycles, idle;
	struct rs_position noted;
	char cpu[NAME], cpuid[NAME], timing[NAME], version[NAME];
};

/* The caller's word must be the file's. */
static bool agrees(struct state_reader *r, const char *given, const char *has, const char *option)
{
	if (!given || !strcmp(given, has))
		return true;
	r->failed = true;
	return error_set(r->why, RS_ERROR_ARGUMENT, "%.100s: the state is one of %s %.60s, not %.60s; leave it out",
			 r->name, option, has, given);
}

static bool check_names(struct loading *l, unsigned version)
{
	struct state_reader *r = l->r;
	if (!profile_find(l->cpu) || !profile_find(l->cpuid))
		return state_refuse(r, "this ringstep has no CPU profile '%s' or '%s'", l->cpu, l->cpuid);
	int timing = rs_timing_find(l->timing);
	if (timing < 0)
		return state_refuse(r, "this ringstep has no cycle model '%s'", l->timing);
	unsigned here = rs_timing_version((size_t)timing);
	return here == version || state_refuse(r, "made by version %u of the cycle model %s, and this is version %u",
					       version, l->timing, here);
}

static bool check_config(struct loading *l, const struct rs_config *given, uint64_t memory)
{
	struct state_reader *r = l->r;
	if (!agrees(r, given->cpu, l->cpu, "the processor") || !agrees(r, given->timing, l->timing, "the cycle model"))
		return false;
	if (!agrees(r, given->cpuid, l->cpuid, "the CPUID answers of"))
		return false;
	if (!given->memory || given->memory == memory)
		return true;
	r->failed = true;
	return error_set(r->why, RS_ERROR_ARGUMENT,
			 "%.100s: the state has %llu bytes of RAM, not %llu; leave the size out", r->name,
			 (unsigned long long)memory, (unsigned long long)given->memory);
}

static void get_status(struct state_reader *r, struct rs_status *status)
{
	char rule[NAME];
	status->why = (enum rs_stop)state_get_up_to(r, 1, RS_STOP_TRIPLE_FAULT, "why it stopped");
	status->exit_code = (int)state_get_number(r, 1);
	status->fault_count = (unsigned)state_get_up_to(r, 1, RS_FAULTS, "the number of faults");
	for (unsigned i = 0; i < status->fault_count && !r->failed; i++) {
		status->vectors[i] = (uint8_t)state_get_number(r, 1);
		state_get_text(r, rule, sizeof rule);
		int found = rs_rule_find(rule);
		if (found >= 0)
			status->rules[i] = rs_rule_info((size_t)found)->id;
		else if (rule[0])
			state_refuse(r, "no rule has the id '%s'", rule);
	}
	if (status->why == RS_STOP_LIMIT)
		state_refuse(r, "a limit does not end a machine");
}

static bool get_machine(struct loading *l, const struct rs_config *given)
{
	struct state_reader *r = l->r;
	if (!state_enter(r, "machine"))
		return false;
	state_get_text(r, l->version, sizeof l->version);
	state_get_text(r, l->cpu, sizeof l->cpu);
	state_get_text(r, l->cpuid, sizeof l->cpuid);
	state_get_text(r, l->timing, sizeof l->timing);
	unsigned version = (unsigned)state_get_number(r, 4);
	l->config.memory = state_get_number(r, 8);
	l->n = state_get_number(r, 8);
	l->noted.n = state_get_number(r, 8);
	l->noted.events = state_get_number(r, 8);
	l->iteration = state_get_number(r, 8);
	l->cycles = state_get_number(r, 8);
	l->idle = state_get_number(r, 8);
	get_status(r, &l->status);
	return state_leave(r) && check_names(l, version) && check_config(l, given, l->config.memory);
}

static void get_origin_file(struct state_reader *r, struct rs_origin_file *f)
{
	state_get_text(r, f->role, sizeof f->role);
	state_get_text(r, f->name, sizeof f->name);
	f->size = state_get_number(r, 8);
	state_get_text(r, f->sha256, sizeof f->sha256);
}

static bool get_origin(struct loading *l, struct rs_origin *o)
{
	struct state_reader *r = l->r;
	if (!state_enter(r, "origin"))
		return false;
	state_get_text(r, o->command_line, sizeof o->command_line);
	o->file_count = (size_t)state_get_up_to(r, 1, RS_ORIGIN_FILES, "the number of files");
	for (size_t i = 0; i < o->file_count && !r->failed; i++)
		get_origin_file(r, &o->file[i]);
	return state_leave(r);
}

static bool get_input(struct loading *l)
{
	struct state_reader *r = l->r;
	if (!state_enter(r, "input"))
		return false;
	size_t size = (size_t)state_left(r);
	if (size > INPUT_MAXIMUM)
		return state_refuse(r, "%zu bytes of input", size);
	l->input = host_alloc(r->host, size + 1);
	if (!l->input)
		return state_no_memory(r);
	state_get(r, l->input, size);
	l->config.input = l->input;
	l->config.input_size = size;
	return state_leave(r);
}

static void get_injection(struct state_reader *r, struct rs_machine *m, struct inject_state *st, unsigned i)
{
	struct rs_injection *row = &m->inject.row[i];
	row->signal = (enum rs_signal)state_get_up_to(r, 1, RS_SIGNAL_DEBUG, "an injected event");
	row->vector = (uint8_t)state_get_number(r, 1);
	row->arrival = state_get_number(r, 8);
	row->at = state_get_number(r, 8);
	st->arrivals[i] = state_get_number(r, 8);
	st->done |= state_get_up_to(r, 1, 1, "a switch") << i;
}

static bool get_injections(struct loading *l)
{
	struct state_reader *r = l->r;
	if (!state_enter(r, "inject"))
		return false;
	l->m->inject.count = (unsigned)state_get_up_to(r, 1, RS_INJECTIONS, "the number of injected events");
	for (unsigned i = 0; i < l->m->inject.count && !r->failed; i++)
		get_injection(r, l->m, &l->s->injected, i);
	return state_leave(r);
}

/* The parts, in the order in which they stand. */
static bool get_parts(struct loading *l)
{
	struct state_reader *r = l->r;
	if (!get_injections(l) || !state_enter(r, "cpu"))
		return false;
	state_get_cpu(r, l->s);
	if (!state_leave(r) || !state_enter(r, "board"))
		return false;
	state_get_board(r, l->s);
	if (!state_leave(r) || !state_enter(r, "memory"))
		return false;
	state_get_memory(r, l->m);
	if (!state_leave(r) || !state_enter(r, "tlb"))
		return false;
	state_get_tlb(r, l->m, l->s);
	if (!state_leave(r) || !state_enter(r, "walked"))
		return false;
	state_get_walked(r, l->m, l->s);
	return state_leave(r) && state_ends(r);
}

static bool make_machine(struct loading *l)
{
	struct rs_error why;
	l->config.cpu = l->cpu;
	l->config.cpuid = l->cpuid;
	l->config.timing = l->timing;
	l->m = rs_new(&l->config, &why);
	if (!l->m)
		return why.code == RS_ERROR_MEMORY ? state_no_memory(l->r) : state_refuse(l->r, "%s", why.text);
	l->m->input = l->input;
	l->input = NULL;
	l->s = host_alloc(l->r->host, sizeof *l->s);
	if (!l->s)
		return state_no_memory(l->r);
	l->s->st = l->m->cpu[0].st; /* what has no row is as after a reset */
	return true;
}

/* Goes to the snapshot that the file described. */
static bool arrive(struct loading *l)
{
	struct rs_snapshot *s = l->s;
	s->status = l->status;
	s->n = l->n;
	s->noted = l->noted;
	s->iteration = l->iteration;
	s->cycles = l->cycles;
	s->idle = l->idle;
	s->ram = phys_share(&l->m->ram);
	if (!s->ram)
		return state_no_memory(l->r);
	machine_restore(l->m, s);
	return true;
}

static void release(struct loading *l)
{
	if (l->s && l->s->ram) {
		rs_snapshot_free(l->m, l->s);
	} else if (l->s) {
		host_release(l->r->host, l->s->tlb);
		host_release(l->r->host, l->s->walked);
		host_release(l->r->host, l->s);
	}
	host_release(l->r->host, l->input);
}

static bool load(struct loading *l, const struct rs_config *given, struct rs_origin *origin)
{
	return get_machine(l, given) && get_origin(l, origin) && get_input(l) && make_machine(l) && get_parts(l) &&
	       arrive(l);
}

struct room {
	struct state_reader reader;
	struct rs_origin origin;
};

struct rs_machine *rs_state_load(const struct rs_config *config, const struct rs_file *file, struct rs_origin *origin,
				 struct rs_error *why)
{
	const struct rs_host *host = config->host ? config->host : rs_host_libc();
	struct room *room = host_alloc(host, sizeof *room);
	if (!room) {
		error_set(why, RS_ERROR_MEMORY, "%.250s: no memory to load this state", file->name);
		return NULL;
	}
	struct loading l = { .r = &room->reader, .config = *config };
	bool good = state_reader_open(l.r, host, file, why) && load(&l, config, &room->origin);
	release(&l);
	state_reader_close(l.r);
	if (good && origin)
		*origin = room->origin;
	host_release(host, room);
	if (good)
		return l.m;
	rs_free(l.m);
	return NULL;
}
