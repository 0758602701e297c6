/* states.c - machines that were written to a file and read back, against the same machine left alone.
 *
 *     states [--seed N] KERNEL[,USER]...
 *
 * One machine makes all records of a guest (or the first MOST of them); the trace line of each is kept as a hash, and
 * at some positions, odd ones before all, it is saved. Each file is loaded, must hold the same state, and goes on
 * record by record with the same lines, the same console and the same end; loaded again, it comes to that end in the
 * chain driver too; and saved again at once, it is the same bytes. Each guest goes on both vendors, without and with a
 * cycle model, alone and with injected events.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board/machine.h"
#include "trace/trace.h"
#include "scene.h"

typedef unsigned long long ull;

enum { MOST = 40000, CUTS = 24, EACH_KIND = 2 };

/* ---- a file in memory ---- */

struct paper {
	struct rs_host host;
	uint8_t *bytes;
	size_t size, room;
};

static int paper_open(void *arg, const char *path, enum rs_open how)
{
	struct paper *p = arg;
	if (how == RS_OPEN_READ)
		return rs_host_libc()->open(NULL, path, how);
	p->size = 0;
	return 1000;
}

static long paper_write(void *arg, int fd, const void *from, size_t bytes)
{
	struct paper *p = arg;
	(void)fd;
	while (p->size + bytes > p->room) {
		p->room = p->room ? 2 * p->room : 1 << 16;
		p->bytes = realloc(p->bytes, p->room);
	}
	memcpy(p->bytes + p->size, from, bytes);
	p->size += bytes;
	return (long)bytes;
}

static int paper_close(void *arg, int fd)
{
	(void)arg;
	return fd == 1000 ? 0 : rs_host_libc()->close(NULL, fd);
}

static int paper_rename(void *arg, const char *from, const char *to)
{
	(void)arg, (void)from, (void)to;
	return 0;
}

static void paper_init(struct paper *p)
{
	*p = (struct paper){ .host = *rs_host_libc() };
	p->host.arg = p;
	p->host.open = paper_open;
	p->host.write = paper_write;
	p->host.close = paper_close;
	p->host.rename = paper_rename;
}

/* ---- a guest, and what it does ---- */

struct run {
	struct rs_machine *m;
	uint64_t console, line; /* hashes; `line` of the last record */
	struct trace_writer writer;
};

struct wish {
	const char *kernel, *user, *cpu, *timing;
	bool events;
};

static void put(void *arg, enum rs_port port, uint8_t byte)
{
	struct run *r = arg;
	r->console = (r->console ^ byte ^ (uint64_t)port << 8) * 0x100000001b3ull;
}

static void hear(void *arg, const char *line, size_t size)
{
	struct run *r = arg;
	r->line = trace_fnv(TRACE_FNV_START, line, size);
}

static void watch(struct run *r, bool cycles)
{
	static const struct trace_header plain = { .key_interval = UINT64_MAX },
					 timed = { .key_interval = UINT64_MAX, .timing_version = 1 };
	trace_writer_start(&r->writer, cycles ? &timed : &plain, rs_state(r->m), hear, r);
	rs_observe(r->m, trace_observe, &r->writer);
}

static const struct rs_injection events[] = {
	{ .signal = RS_SIGNAL_NMI, .at = 700 },
	{ .signal = RS_SIGNAL_INTERRUPT, .vector = 0x55, .at = 900 },
	{ .signal = RS_SIGNAL_DEBUG, .at = 1200 },
	{ .signal = RS_SIGNAL_NMI, .at = 3000 },
};

static bool begin(struct run *r, const struct wish *w, const struct rs_host *host)
{
	static const uint8_t input[] = "a line of input\nand another one\n";
	const struct rs_config config = {
		.host = host,
		.cpu = w->cpu,
		.timing = w->timing,
		.console = put,
		.console_arg = r,
		.input = input,
		.input_size = sizeof input - 1,
	};
	struct rs_file kernel = { 0 }, user = { 0 };
	struct rs_error why;
	r->m = rs_new(&config, &why);
	bool good = r->m && rs_file_read(r->m, w->kernel, &kernel, &why) &&
		    (!w->user || rs_file_read(r->m, w->user, &user, &why)) &&
		    rs_load(r->m, &kernel, &user, w->user != NULL, "one two", &why);
	for (size_t i = 0; good && w->events && i < sizeof events / sizeof *events; i++)
		good = rs_inject(r->m, &events[i], &why);
	if (!good)
		COMPLAIN("%s", why.text);
	if (r->m) {
		rs_file_release(r->m, &kernel);
		rs_file_release(r->m, &user);
	}
	return good;
}

/* ---- where to cut ---- */

enum kind { EVENT, ITERATION, SHADOW, HALTED, PENDING, IRQ, DEBUG, NMI_BLOCKED, USER, ANYWHERE, KINDS };
static const char *const kind_names[KINDS] = { "behind an event", "within a REP string", "in a shadow",
					       "halted",          "signal pending",      "interrupt pending",
					       "#DB pending",     "NMI blocked",         "CPL 3",
					       "anywhere" };
static unsigned long cut_kinds[KINDS];

static bool is_kind(const struct run *r, enum kind kind)
{
	const struct cpu *cpu = &r->m->cpu[0];
	const bool is[KINDS] = {
		[EVENT] = cpu_position(cpu).events, [ITERATION] = cpu->iteration,        [SHADOW] = cpu->st.shadow,
		[HALTED] = cpu->st.halted,          [PENDING] = cpu->st.pending,         [IRQ] = cpu->st.irq,
		[DEBUG] = cpu->st.pending_db,       [NMI_BLOCKED] = cpu->st.nmi_blocked, [USER] = cpu->st.cpl == 3,
		[ANYWHERE] = !draw(2000),
	};
	return is[kind];
}

struct cut {
	size_t record;
	uint64_t hash, cycles, console;
	struct rs_position at;
	uint8_t *bytes;
	size_t size;
	struct cpu_state told; /* by the lines so far: a signal comes behind its record */
};

static struct cut cuts[CUTS];
static size_t cut_count, records;
static uint64_t line[MOST];
static const struct rs_origin origin = {
	.file = { { "kernel", "a kernel", 12, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" } },
	.file_count = 1,
	.command_line = "one two",
};

static void cut(struct run *r, struct paper *p)
{
	struct rs_error why;
	struct cut *c = &cuts[cut_count];
	if (!rs_state_save(r->m, &origin, "a state", &why)) {
		COMPLAIN("record %zu: %s", records, why.text);
		return;
	}
	*c = (struct cut){ records,    rs_state_hash(r->m), rs_status(r->m)->cycles,
			   r->console, rs_position(r->m),   malloc(p->size),
			   p->size,    r->writer.last };
	memcpy(c->bytes, p->bytes, p->size);
	cut_count++;
}

static void cut_if_odd(struct run *r, struct paper *p, unsigned had[KINDS])
{
	for (enum kind kind = 0; kind < KINDS && cut_count < CUTS; kind++)
		if (had[kind] < EACH_KIND && is_kind(r, kind)) {
			had[kind]++;
			cut_kinds[kind]++;
			cut(r, p);
			return;
		}
}

static bool goes_on(enum rs_stop stop)
{
	return stop == RS_STOP_NONE;
}

/* ---- going on from a file ---- */

static bool load(struct run *r, const struct cut *c, const struct rs_host *host)
{
	struct rs_file file = { "a state", c->bytes, c->size };
	struct rs_config config = { .host = host, .console = put, .console_arg = r };
	struct rs_origin back;
	struct rs_error why;
	r->m = rs_state_load(&config, &file, &back, &why);
	r->console = c->console;
	if (!r->m)
		COMPLAIN("record %zu: %s", c->record, why.text);
	else if (rs_state_hash(r->m) != c->hash || rs_status(r->m)->cycles != c->cycles ||
		 rs_position_compare(rs_position(r->m), c->at) != 0)
		COMPLAIN("record %zu: loaded, the state is another one", c->record);
	else if (memcmp(&back, &origin, sizeof back) != 0)
		COMPLAIN("record %zu: loaded, the origin is another one", c->record);
	return r->m;
}

static void save_again(const struct run *r, const struct cut *c, const struct paper *p)
{
	struct rs_error why;
	if (!rs_state_save(r->m, &origin, "a state", &why))
		COMPLAIN("record %zu: again: %s", c->record, why.text);
	else if (p->size != c->size || memcmp(p->bytes, c->bytes, c->size) != 0)
		COMPLAIN("record %zu: saved again, the file is another one", c->record);
}

struct end {
	uint64_t hash, console, n, cycles, events;
	enum rs_stop why;
};

static struct end end_of(struct run *r)
{
	const struct rs_status *s = rs_status(r->m);
	return (struct end){ rs_state_hash(r->m),      r->console, s->instructions, s->cycles,
			     rs_position(r->m).events, s->why };
}

static void compare_end(struct run *r, const struct cut *c, const struct end *want, const char *how)
{
	struct end got = end_of(r);
	if (got.hash != want->hash || got.n != want->n || got.cycles != want->cycles || got.console != want->console)
		COMPLAIN("from record %zu (%llu:%llu), %s: another end", c->record, (ull)c->at.n, (ull)c->at.events,
			 how);
	else
		passed++;
}

static void go_on(const struct cut *c, const struct wish *w, const struct end *want, struct paper *p)
{
	struct run *r = calloc(1, sizeof *r);
	if (load(r, c, &p->host)) {
		save_again(r, c, p);
		watch(r, w->timing);
		r->writer.last = c->told;
		r->line = c->record ? line[c->record - 1] : 0; /* the last step may make no record */
		bool same = true;
		for (size_t i = c->record; i < records && same; i++) {
			rs_step(r->m);
			same = r->line == line[i];
			if (!same)
				COMPLAIN("from record %zu: record %zu is another one", c->record, i);
		}
		if (same)
			compare_end(r, c, want, "step by step");
		rs_free(r->m);
	}
	/* where the records stopped is no place to run to but behind an instruction, or at the end */
	if ((want->why != RS_STOP_NONE || !want->events) && load(r, c, &p->host)) {
		rs_run(r->m, want->why == RS_STOP_NONE ? want->n : RS_FOREVER);
		compare_end(r, c, want, "run");
		rs_free(r->m);
	}
	free(r);
}

static void run_scene(const struct wish *w)
{
	struct paper p;
	struct run *r = calloc(1, sizeof *r);
	unsigned had[KINDS] = { 0 };
	cut_count = records = 0;
	paper_init(&p);
	set_scene("%s, %s, %s%s", w->kernel, w->cpu, w->timing ? w->timing : "none",
		 w->events ? ", events" : "");
	if (begin(r, w, &p.host)) {
		watch(r, w->timing);
		do {
			cut_if_odd(r, &p, had);
			bool more = goes_on(rs_step(r->m));
			line[records++] = r->line;
			if (!more)
				break;
		} while (records < MOST);
		const struct end end = end_of(r);
		for (size_t i = 0; i < cut_count; i++)
			go_on(&cuts[i], w, &end, &p);
	}
	for (size_t i = 0; i < cut_count; i++)
		free(cuts[i].bytes);
	if (r->m)
		rs_free(r->m);
	free(p.bytes);
	free(r);
}

static void guest(char *files)
{
	static const char *const cpus[] = { "intel-skylake", "amd-zen4" };
	char *comma = strchr(files, ',');
	if (comma)
		*comma = 0;
	for (unsigned how = 0; how < 8; how++)
		run_scene(
		    &(struct wish){ files, comma ? comma + 1 : NULL, cpus[how & 1], how & 2 ? "unit" : NULL, how & 4 });
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 0) * 2 + 1;
		else
			guest(argv[i]);
	for (enum kind kind = 0; kind < KINDS; kind++)
		printf("%s: %lu cuts\n", kind_names[kind], cut_kinds[kind]);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed != 0;
}
