/* accessfault.c - check, then commit: every memory access of every case is made to fault in turn, and whatever is not
 * the delivery's own doing must be as before.
 *
 *     accessfault [-v] [--only GLOB] FILE.case...
 *
 * A case of tests/insn is stepped record by record. Before each record:
 *
 *   1. the machine is kept in a snapshot; the Accessed and Dirty bits of all page-table entries are cleared, the record
 *      is made, and the entries whose bits are set afterwards are the ones that it used, at every level;
 *   2. for each of those, from the snapshot: the entry without P, with a reserved bit, without W, without U, with XD;
 *      and the record is made again.
 *
 * An entry that was used and is not present cannot go unnoticed: the second attempt must be #PF, #DF (the first fault
 * could not be delivered) or shutdown. The frame must show the state before, all fields and all of RAM must be the old
 * ones besides what delivery through the IDT does (tests/insn/case_event.c), CR2 and page-table bits of the walks that
 * came before. A REP string may have come k iterations far: then state and RAM must be those of the same instruction
 * run to its end with a count of k. The chain driver must end up where the step driver does.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

typedef unsigned long long ull;

enum { TABLES_FIRST = 0x1, TABLES_LAST = 0xd, USED = 96, RECORDS = 8 };
#define ENTRY_P 0x01u
#define ENTRY_W 0x02u
#define ENTRY_U 0x04u
#define ENTRY_A 0x20u
#define ENTRY_D 0x40u
#define ENTRY_RESERVED (1ull << 51)
#define ENTRY_XD (1ull << 63)

struct used {
	uint64_t at; /* physical address of the entry */
	bool written;
};

/* How an entry is spoiled, and whether its use must then fault. */
struct spoil {
	const char *name;
	uint64_t clear, set;
	bool always, if_written;
};

static const struct spoil spoils[] = {
	{ "not present", ENTRY_P, 0, true, true },   { "with a reserved bit", 0, ENTRY_RESERVED, true, true },
	{ "read-only", ENTRY_W, 0, false, true },    { "supervisor's", ENTRY_U, 0, false, false },
	{ "no-execute", 0, ENTRY_XD, false, false },
};

struct probe {
	struct run *r;
	struct rs_snapshot *before;
	struct cpu_state start;
	struct used used[USED];
	size_t used_count;
	enum rs_stop stop;
	struct rs_record plain; /* undisturbed */
	bool plain_event, unblocks;
	bool delivers; /* undisturbed, it pushes a frame: an event, or INT n */
	bool debug_event; /* undisturbed, the record is a #DB, which leaves this in DR6 and takes the pending traps: */
	uint64_t debug_dr6; /* that stays even if its delivery faults (IN-36) */
};

static unsigned long faults_made, double_faults_made, shutdowns_made, unreached, endless;

/* ---- RAM ---- */

static uint64_t entry_get(struct run *r, uint64_t at)
{
	uint8_t bytes[8] = { 0 };
	rs_read_physical(r->m, at, bytes, 8);
	return get_le(bytes, 8);
}

/* In the machine and in the shadow. */
static void entry_put(struct run *r, uint64_t at, uint64_t value)
{
	put_le(r->e->shadow + at, 8, value);
	ram_touch(r->e, (unsigned)(at / PAGE_SIZE));
	rs_write_physical(r->m, at, r->e->shadow + at, 8);
}

/* The machine's RAM is what should be there. */
static void accept_ram(struct run *r)
{
	for (unsigned page = ram_suspect(r->e, 0); page < ENV_PAGES; page = ram_suspect(r->e, page + 1))
		ram_accept(r->e, page);
}

/* Walks that came before the fault may have set Accessed and Dirty. */
static void accept_accessed(struct run *r)
{
	for (unsigned page = TABLES_FIRST; page <= TABLES_LAST; page++) {
		const uint8_t *actual = ram_actual(r->e, page);
		for (uint64_t i = 0; actual && i < PAGE_SIZE; i += 8) {
			uint8_t *want = r->e->shadow + page * PAGE_SIZE + i;
			*want |= actual[i] & (ENTRY_A | ENTRY_D);
		}
	}
}

static void back(struct probe *p)
{
	rs_snapshot_restore(p->r->m, p->before);
	accept_ram(p->r);
	p->r->before = p->r->actual = p->start;
}

static void make_record(struct probe *p)
{
	p->stop = run_step(p->r, RS_STOP_NONE);
}

/* ---- which entries a record uses ---- */

static void clear_used_bits(struct run *r)
{
	for (unsigned page = TABLES_FIRST; page <= TABLES_LAST; page++)
		for (uint64_t at = page * PAGE_SIZE; at < (page + 1) * PAGE_SIZE; at += 8) {
			uint64_t entry = entry_get(r, at);
			if (entry & ENTRY_P && entry & (ENTRY_A | ENTRY_D))
				entry_put(r, at, entry & ~(uint64_t)(ENTRY_A | ENTRY_D));
		}
}

static void collect(struct probe *p)
{
	p->used_count = 0;
	for (unsigned page = TABLES_FIRST; page <= TABLES_LAST; page++)
		for (uint64_t at = page * PAGE_SIZE; at < (page + 1) * PAGE_SIZE; at += 8) {
			uint64_t entry = entry_get(p->r, at);
			if (entry & ENTRY_P && entry & ENTRY_A && p->used_count < USED)
				p->used[p->used_count++] = (struct used){ at, entry & ENTRY_D };
		}
}

static bool pushes_frame(const struct rs_record *r)
{
	for (unsigned i = 0; i < r->rule_count; i++)
		if (r->rules[i] == RULE_IN_20)
			return true;
	return false;
}

static void find_used(struct probe *p)
{
	back(p);
	clear_used_bits(p->r);
	/* with paging bits changed by hand, whatever is derived from them must go: a restored machine has an empty TLB
	 */
	make_record(p);
	p->plain = p->r->got;
	p->plain_event = p->r->seen && p->plain.kind == RS_RECORD_EVENT;
	p->unblocks = p->r->e->cpu == CASE_INTEL && p->start.nmi_blocked && !p->r->actual.nmi_blocked; /* IRET: IR-02 */
	p->debug_event = p->plain_event && (p->plain.vector == VEC_DB || p->start.pending_db);
	p->delivers = p->plain_event || pushes_frame(&p->plain);
	p->debug_dr6 = p->r->actual.dr6;
	collect(p);
}

/* ---- REP strings ---- */

static bool is_prefix(uint8_t byte, bool wide)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	return memchr(prefixes, byte, sizeof prefixes) || (wide && (byte & 0xf0) == 0x40);
}

/* The width of the count register, or 0. */
static unsigned rep_width(struct run *r)
{
	const struct seg *cs = &r->before.seg[SEG_CS];
	bool wide = r->before.efer & EFER_LMA && cs->attr & SEG_L, rep = false, narrow = false;
	uint64_t linear = wide ? r->before.rip : (cs->base + r->before.rip) & UINT32_MAX;
	uint8_t byte;
	for (;; linear++) {
		if (rs_read_linear(r->m, linear, &byte, 1) != 1)
			return 0;
		if (!is_prefix(byte, wide))
			break;
		rep |= byte == 0xf2 || byte == 0xf3;
		narrow |= byte == 0x67;
	}
	bool string = (byte >= 0xa4 && byte <= 0xaf && byte != 0xa8 && byte != 0xa9) || (byte >= 0x6c && byte <= 0x6f);
	if (!rep || !string)
		return 0;
	bool code32 = cs->attr & SEG_DB;
	return wide ? (narrow ? 4 : 8) : code32 != narrow ? 4 : 2;
}

/* The state after `done` iterations, by running the instruction with that count; RAM goes into the shadow. */
static bool run_iterations(struct probe *p, struct cpu_state *want, uint64_t done, unsigned width)
{
	struct run *r = p->r;
	uint64_t mask = width == 8 ? UINT64_MAX : (1ull << 8 * width) - 1;
	rs_snapshot_restore(r->m, p->before);
	rs_set(r->m, (size_t)rs_field_find("rcx"), (want->gpr[RCX] & ~mask) | done);
	uint64_t n = rs_status(r->m)->instructions;
	for (unsigned i = 0; i < 600 && rs_status(r->m)->instructions == n; i++)
		if (rs_step(r->m) != RS_STOP_NONE)
			return false;
	const struct cpu_state *st = rs_state(r->m);
	uint64_t left = (want->gpr[RCX] - done) & mask;
	want->gpr[RCX] = width == 4 ? left : (want->gpr[RCX] & ~mask) | left;
	want->gpr[RSI] = st->gpr[RSI];
	want->gpr[RDI] = st->gpr[RDI];
	want->gpr[RAX] = st->gpr[RAX];
	accept_ram(r);
	return true;
}

/* *want follows what a REP string has done before it faulted. */
static void allow_progress(struct probe *p, struct cpu_state *want)
{
	struct run *r = p->r;
	unsigned width = rep_width(r);
	uint64_t mask = width == 8 ? UINT64_MAX : width ? (1ull << 8 * width) - 1 : 0;
	uint64_t done = (p->start.gpr[RCX] - r->actual.gpr[RCX]) & mask;
	if (!done)
		return;
	struct rs_snapshot *faulted = rs_snapshot_take(r->m);
	if (!faulted || !run_iterations(p, want, done, width))
		complain(r, "%llu iterations cannot be run alone", (ull)done);
	if (!faulted)
		return;
	rs_snapshot_restore(r->m, faulted);
	rs_snapshot_free(r->m, faulted);
}

/* ---- judging ---- */

/* What the faults on the way to the handler may have left: CR2, and DR6 of a #DB that could not be delivered. */
static struct cpu_state expected(struct probe *p)
{
	struct cpu_state want = p->start;
	const struct cpu_state *actual = &p->r->actual;
	allow_progress(p, &want);
	want.cr2 = actual->cr2;
	if (p->debug_event && actual->dr6 == p->debug_dr6) {
		want.dr6 = p->debug_dr6;
		want.pending_db = 0;
	}
	if (p->unblocks)
		want.nmi_blocked = actual->nmi_blocked;
	return want;
}

/* An event that could not be delivered may have pushed a part of its frame: bytes that it pushes undisturbed. */
static void allow_partial_frame(struct probe *p)
{
	struct run *r = p->r;
	for (unsigned i = 0; p->delivers && i < p->plain.write_count; i++) {
		const struct rs_write *w = &p->plain.writes[i];
		for (uint64_t b = 0; b < w->size && b < RS_WRITE_BYTES; b++) {
			uint8_t *want = ram_at(r->e, &p->start, w->address + b);
			size_t at = want ? (size_t)(want - r->e->shadow) : 0;
			const uint8_t *page = want ? ram_actual(r->e, (unsigned)(at / PAGE_SIZE)) : NULL;
			if (!page || page[at % PAGE_SIZE] != w->data[b])
				continue;
			*want = w->data[b];
			ram_touch(r->e, (unsigned)(at / PAGE_SIZE));
		}
	}
}

/* The shadow holds RAM before the record; the spoiled entry is put into it last, so that its walks go on as before. */
static void compare(struct probe *p, const struct cpu_state *want, uint64_t at, uint64_t entry)
{
	struct run *r = p->r;
	allow_partial_frame(p);
	put_le(r->e->shadow + at, 8, entry);
	ram_touch(r->e, (unsigned)(at / PAGE_SIZE));
	accept_accessed(r);
	check_state(r, want, &r->actual);
	check_ram(r);
}

static void judge_event(struct probe *p, uint64_t at, uint64_t entry)
{
	struct run *r = p->r;
	struct expect x = { .kind = EXPECT_EVENT,
			    .vector = r->got.vector,
			    .has_code = r->got.has_error_code,
			    .code = r->got.error_code,
			    .rf = -1 };
	struct cpu_state want = expected(p);
	r->e->shadow[ENV_GDT + 0x10 + 5] |= SEG_ACCESSED; /* every gate leads to 10 */
	ram_touch(r->e, ENV_GDT / PAGE_SIZE);
	(*(x.vector == VEC_PF ? &faults_made : &double_faults_made))++;
	if (event_deliver(r, &x, &want))
		compare(p, &want, at, entry);
}

static void judge_shutdown(struct probe *p, uint64_t at, uint64_t entry)
{
	struct cpu_state want = expected(p);
	/* these two are gone as soon as an instruction starts (NM-20) */
	want.rflags &= ~(uint64_t)FLAG_RF | p->r->actual.rflags;
	if (p->r->actual.shadow == SHADOW_NONE)
		want.shadow = SHADOW_NONE;
	want.halted = HALTED_SHUTDOWN;
	shutdowns_made++;
	compare(p, &want, at, entry);
}

static bool is_page_fault(const struct run *r)
{
	const struct rs_record *got = &r->got;
	return r->seen && got->kind == RS_RECORD_EVENT && !got->software &&
	       (got->vector == VEC_PF || got->vector == VEC_DF);
}

static void judge(struct probe *p, const struct spoil *s, const struct used *u, uint64_t entry)
{
	bool must = s->always || (s->if_written && u->written && p->start.cr0 & CR0_WP);
	if (p->stop == RS_STOP_TRIPLE_FAULT)
		judge_shutdown(p, u->at, entry);
	else if (is_page_fault(p->r))
		judge_event(p, u->at, entry);
	else if (must)
		complain(p->r, "no page fault");
	else
		unreached++;
}

/* ---- the chain driver ---- */

struct ending {
	enum rs_stop stop;
	uint64_t n, hash;
};

static struct ending ending_of(struct run *r, enum rs_stop stop)
{
	return (struct ending){ stop == RS_STOP_NONE ? RS_STOP_LIMIT : stop, rs_status(r->m)->instructions,
				rs_state_hash(r->m) };
}

/* To the end of the next completed instruction, the handler's HLT: rs_run cannot stop before. */
static struct ending step_on(struct probe *p, uint64_t limit)
{
	for (unsigned i = 0; i < 600 && p->stop == RS_STOP_NONE && rs_status(p->r->m)->instructions < limit; i++)
		p->stop = rs_step(p->r->m);
	return ending_of(p->r, p->stop);
}

static void compare_chained(struct probe *p, uint64_t at, uint64_t entry)
{
	struct run *r = p->r;
	uint64_t limit = rs_status(r->m)->instructions + 1;
	rs_observe(r->m, NULL, NULL);
	struct ending want = step_on(p, limit);
	if (p->stop == RS_STOP_NONE && want.n < limit) { /* faults for ever: rs_run would never come back */
		endless++;
		rs_observe(r->m, run_take_record, r);
		return;
	}
	rs_snapshot_restore(r->m, p->before);
	rs_write_physical(r->m, at, &entry, 8);
	struct ending got = ending_of(r, rs_run(r->m, limit));
	rs_observe(r->m, run_take_record, r);
	if (want.stop != got.stop || want.n != got.n || want.hash != got.hash)
		complain(r, "chained: stop %d n=%llu hash %llx, stepped %d n=%llu hash %llx", got.stop, (ull)got.n,
			 (ull)got.hash, want.stop, (ull)want.n, (ull)want.hash);
}

/* ---- all of a case ---- */

/* True: shutdown. */
static bool spoil_once(struct probe *p, const struct spoil *s, const struct used *u)
{
	unsigned complaints = p->r->complaints;
	back(p);
	uint64_t old = entry_get(p->r, u->at), entry = (old & ~s->clear) | s->set;
	if (old == entry)
		return false;
	rs_write_physical(p->r->m, u->at, &entry, 8);
	make_record(p);
	bool shutdown = p->stop == RS_STOP_TRIPLE_FAULT;
	judge(p, s, u, entry);
	compare_chained(p, u->at, entry);
	if (p->r->complaints > complaints)
		complain(p->r, "with the page-table entry at %llx %s", (ull)u->at, s->name);
	return shutdown;
}

/* With 52 physical bits no bit of an address is reserved. */
static bool spoils_anything(const struct probe *p, const struct spoil *s)
{
	return !(s->set & ENTRY_RESERVED) || p->r->e->cpu != CASE_ICELAKE_SERVER;
}

static void probe_record(struct probe *p)
{
	find_used(p);
	for (size_t i = 0; i < p->used_count; i++)
		for (size_t s = 0; s < sizeof spoils / sizeof *spoils; s++)
			if (spoils_anything(p, &spoils[s]) && spoil_once(p, &spoils[s], &p->used[i]))
				break; /* without this entry nothing can be delivered: once is enough */
	back(p);
	make_record(p);
}

static void probe_case(struct run *r)
{
	struct probe p = { .r = r, .stop = RS_STOP_NONE };
	if (!run_set_up(r, &p.start, 0, 0))
		return;
	rs_observe(r->m, run_take_record, r);
	for (unsigned i = 0; i < r->k->expect_count && i < RECORDS && p.stop == RS_STOP_NONE && !r->complaints; i++) {
		r->record = i + 1;
		p.before = rs_snapshot_take(r->m);
		p.start = *rs_state(r->m);
		if (p.before)
			probe_record(&p);
		else
			complain(r, "no memory for a snapshot");
		rs_snapshot_free(r->m, p.before);
	}
	rs_observe(r->m, NULL, NULL);
}

/* ---- the program ---- */

struct totals {
	unsigned long passed, failed;
	bool verbose, trouble;
	const char *only;
};

static void run_case(struct env *env, const struct kase *k, struct totals *t)
{
	for (unsigned cpu = 0; cpu < CASE_CPUS; cpu++)
		for (unsigned mode = 0; mode < MODE_PROT0; mode++) {
			if (!(k->cpus >> cpu & 1 && k->modes >> mode & 1))
				continue;
			if (!env_is_open(&env[cpu]) && !env_open(&env[cpu], cpu, NULL)) {
				t->trouble = true;
				return;
			}
			struct run r = { .e = &env[cpu], .m = env[cpu].m, .k = k, .mode = mode, .record = 1 };
			if (t->verbose)
				printf("%s [%s %s]\n", k->name, case_cpu_names[cpu], case_mode_name(mode));
			probe_case(&r);
			(*(r.complaints ? &t->failed : &t->passed))++;
		}
}

static void run_line(struct env *env, struct kase *k, const char *line, struct totals *t)
{
	char why[200];
	if (line[strspn(line, " \t")] == 0 || *line == '#')
		return;
	if (!case_parse(k, line, why)) {
		fprintf(stderr, "accessfault: %s:%u: %s\n", k->file, k->line, why);
		t->trouble = true;
	} else if (!t->only || !fnmatch(t->only, k->name, 0)) {
		run_case(env, k, t);
	}
}

static void run_file(struct env *env, const char *path, struct totals *t)
{
	static struct kase k;
	static char line[1 << 16];
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		t->trouble = true;
		return;
	}
	for (k.file = path, k.line = 1; fgets(line, sizeof line, f); k.line++) {
		line[strcspn(line, "\n")] = 0;
		run_line(env, &k, line, t);
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	static struct env env[CASE_CPUS];
	struct totals t = { 0 };
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "-v"))
			t.verbose = true;
		else if (!strcmp(argv[i], "--only") && i + 1 < argc)
			t.only = argv[++i];
	}
	if (i >= argc) {
		fputs("usage: accessfault [-v] [--only GLOB] FILE.case...\n", stderr);
		return 2;
	}
	for (; i < argc; i++)
		run_file(env, argv[i], &t);
	for (unsigned cpu = 0; cpu < CASE_CPUS; cpu++)
		env_close(&env[cpu]);
	printf("%lu #PF, %lu #DF, %lu shutdowns; %lu attempts without a page fault, %lu that fault for ever\n",
	       faults_made, double_faults_made, shutdowns_made, unreached, endless);
	printf("%lu passed, %lu failed\n", t.passed, t.failed);
	return t.trouble ? 2 : t.failed || !t.passed;
}
