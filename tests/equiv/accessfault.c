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
 *
 * Every line in every mode: protected and virtual-8086 mode without paging get 32-bit paging for this. Real mode has
 * none, and its records are counted apart. A fault behind a task switch is the new task's, whose state the cases tell
 * (TK-25).
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "accessfault.h"

enum { RECORDS = CASE_RECORDS, TASK_CR3 = ENV_TASK32 + 0x1c };
#define ENTRY_P 0x01u
#define ENTRY_W 0x02u
#define ENTRY_U 0x04u
#define ENTRY_RESERVED (1ull << 51)
#define ENTRY_XD (1ull << 63)

/* How an entry is spoiled, and whether its use must then fault. */
struct spoil {
	const char *name;
	uint64_t clear, set;
	bool always, if_written, wide; /* `wide`: in entries of 8 bytes */
};

static const struct spoil spoils[] = {
	{ "not present", ENTRY_P, 0, true, true, false },
	{ "with a reserved bit", 0, ENTRY_RESERVED, true, true, true },
	{ "read-only", ENTRY_W, 0, false, true, false },
	{ "supervisor's", ENTRY_U, 0, false, false, false },
	{ "no-execute", 0, ENTRY_XD, false, false, true },
};

static const struct tables tables_long = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, ENV_PML5 / PAGE_SIZE }, 8 };
static const struct tables tables_pae = { { ENV_PD_PAE / PAGE_SIZE, ENV_PT_PAE / PAGE_SIZE, 5 }, 8 };
static const struct tables tables_32 = { { ENV_PD32 / PAGE_SIZE, ENV_PT32 / PAGE_SIZE }, 4 };

static unsigned long faults_made, double_faults_made, shutdowns_made, unreached, endless, records, unpaged, elsewhere;

/* ---- RAM ---- */

static uint64_t entry_get(struct run *r, uint64_t at, unsigned size)
{
	uint8_t bytes[8] = { 0 };
	rs_read_physical(r->m, at, bytes, size);
	return get_le(bytes, size);
}

/* In the machine and in the shadow. */
static void entry_put(struct run *r, uint64_t at, unsigned size, uint64_t value)
{
	put_le(r->e->shadow + at, size, value);
	ram_touch(r->e, (unsigned)(at / PAGE_SIZE));
	rs_write_physical(r->m, at, r->e->shadow + at, size);
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

static void clear_used_bits(struct probe *p)
{
	unsigned size = p->tables->entry;
	for (const uint8_t *page = p->tables->page; *page; page++)
		for (uint64_t at = *page * PAGE_SIZE; at < (*page + 1u) * PAGE_SIZE; at += size) {
			uint64_t entry = entry_get(p->r, at, size);
			if (entry & ENTRY_P && entry & (ENTRY_A | ENTRY_D))
				entry_put(p->r, at, size, entry & ~(uint64_t)(ENTRY_A | ENTRY_D));
		}
}

static void collect(struct probe *p)
{
	p->used_count = 0;
	unsigned size = p->tables->entry;
	for (const uint8_t *page = p->tables->page; *page; page++)
		for (uint64_t at = *page * PAGE_SIZE; at < (*page + 1u) * PAGE_SIZE; at += size) {
			uint64_t entry = entry_get(p->r, at, size);
			if (entry & ENTRY_P && entry & ENTRY_A && p->used_count < USED)
				p->used[p->used_count++] = (struct used){ at, entry & ENTRY_D };
		}
}

static bool pushes_frame(const struct rs_record *r)
{
	for (unsigned i = 0; i < r->rule_count; i++)
		if (r->rules[i] == RULE_IN_20 || r->rules[i] == RULE_IN_27)
			return true;
	return false;
}

static void find_used(struct probe *p)
{
	back(p);
	clear_used_bits(p);
	/* with paging bits changed by hand, whatever is derived from them must go: a restored machine has an empty TLB
	 */
	make_record(p);
	p->plain = p->r->got;
	p->plain_event = p->r->seen && p->plain.kind == RS_RECORD_EVENT;
	p->unblocks = p->r->e->cpu == CASE_INTEL && p->start.nmi_blocked && !p->r->actual.nmi_blocked; /* IRET: IR-02 */
	p->debug_event =
	    p->plain_event && (p->plain.vector == VEC_DB || (p->start.pending_db && !p->r->actual.pending_db));
	p->delivers = p->plain_event || pushes_frame(&p->plain);
	p->debug_dr6 = p->r->actual.dr6;
	p->after = p->r->actual;
	collect(p);
}

/* ---- judging ---- */

/* The shadow holds RAM before the record; the spoiled entry is put into it last, so that its walks go on as before. */
static void compare(struct probe *p, const struct cpu_state *want, uint64_t at, uint64_t entry)
{
	struct run *r = p->r;
	allow_partial_frame(p);
	put_le(r->e->shadow + at, p->tables->entry, entry);
	ram_touch(r->e, (unsigned)(at / PAGE_SIZE));
	accept_accessed(p);
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
	accept_handler(r);
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
	accept_inner_stack(p->r);
	shutdowns_made++;
	compare(p, &want, at, entry);
}

static bool is_page_fault(const struct run *r)
{
	const struct rs_record *got = &r->got;
	return r->seen && got->kind == RS_RECORD_EVENT && !got->software &&
	       (got->vector == VEC_PF || got->vector == VEC_DF);
}

/* The page fault's own frame has met an #AC, which is what the record tells. */
static bool aligned_frame_wanted(const struct probe *p)
{
	const struct rs_record *got = &p->r->got;
	return got->kind == RS_RECORD_EVENT && got->vector == VEC_AC && p->r->actual.cr2 != p->start.cr2;
}

static void judge(struct probe *p, const struct spoil *s, const struct used *u, uint64_t entry)
{
	bool must = s->always || (s->if_written && u->written && p->start.cr0 & CR0_WP);
	bool shutdown = p->stop == RS_STOP_TRIPLE_FAULT;
	if ((shutdown || is_page_fault(p->r)) && p->r->actual.seg[SEG_TR].sel != p->start.seg[SEG_TR].sel)
		elsewhere++; /* in the new task: TK-25 tells what it finds */
	else if (shutdown)
		judge_shutdown(p, u->at, entry);
	else if (is_page_fault(p->r))
		judge_event(p, u->at, entry);
	else if (p->stop == RS_STOP_HALTED && !p->r->seen)
		endless++; /* benign faults without an end */
	else if (must && !aligned_frame_wanted(p))
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
	rs_write_physical(r->m, at, &entry, p->tables->entry);
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
	uint64_t old = entry_get(p->r, u->at, p->tables->entry), entry = (old & ~s->clear) | s->set;
	if (old == entry)
		return false;
	rs_write_physical(p->r->m, u->at, &entry, p->tables->entry);
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
	if (s->wide && p->tables->entry != 8)
		return false;
	return !(s->set & ENTRY_RESERVED) || p->r->e->cpu != CASE_ICELAKE_SERVER;
}

static void probe_record(struct probe *p)
{
	records++;
	find_used(p);
	for (size_t i = 0; i < p->used_count; i++)
		for (size_t s = 0; s < sizeof spoils / sizeof *spoils; s++)
			if (spoils_anything(p, &spoils[s]) && spoil_once(p, &spoils[s], &p->used[i]))
				break; /* without this entry nothing can be delivered: once is enough */
	back(p);
	make_record(p);
}

static const struct tables *tables_of(const struct cpu_state *st)
{
	if (!(st->cr0 & CR0_PG))
		return NULL;
	if (st->efer & EFER_LMA)
		return &tables_long;
	return st->cr4 & CR4_PAE ? &tables_pae : &tables_32;
}

/* Protected and virtual-8086 mode without paging get 32-bit paging: the same addresses, but accesses that can fault. */
static void turn_paging_on(struct run *r)
{
	struct cpu_state st = *rs_state(r->m);
	if (st.cr0 & CR0_PG || !(st.cr0 & CR0_PE) || st.efer & EFER_LME)
		return;
	st.cr0 |= CR0_PG;
	st.cr3 = ENV_PD32;
	st.cr4 &= ~(uint64_t)CR4_PAE;
	rs_state_replace(r->m, &st);
	/* the other task has the same tables */
	put_le(r->e->shadow + TASK_CR3, 4, ENV_PD32);
	ram_touch(r->e, TASK_CR3 / PAGE_SIZE);
	rs_write_physical(r->m, TASK_CR3, r->e->shadow + TASK_CR3, 4);
}

static void make_unpaged(struct probe *p)
{
	unpaged++;
	p->r->before = p->r->actual = p->start;
	make_record(p);
}

static void probe_case(struct run *r)
{
	struct probe p = { .r = r, .stop = RS_STOP_NONE };
	if (!run_set_up(r, &p.start, 0, 0))
		return;
	turn_paging_on(r);
	rs_observe(r->m, run_take_record, r);
	for (unsigned i = 0; i < r->k->expect_count && i < RECORDS && p.stop == RS_STOP_NONE && !r->complaints; i++) {
		r->record = i + 1;
		p.before = rs_snapshot_take(r->m);
		p.start = *rs_state(r->m);
		p.tables = tables_of(&p.start);
		if (p.before && p.tables)
			probe_record(&p);
		else if (p.before)
			make_unpaged(&p);
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
		for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
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
	printf("%lu records with paging, %lu without\n", records, unpaged);
	printf("%lu #PF, %lu #DF, %lu shutdowns, %lu in a new task; %lu attempts without a page fault, %lu for ever\n",
	       faults_made, double_faults_made, shutdowns_made, elsewhere, unreached, endless);
	printf("%lu passed, %lu failed\n", t.passed, t.failed);
	return t.trouble ? 2 : t.failed || !t.passed;
}
