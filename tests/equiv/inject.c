/* inject.c - each allocation, then each I/O call, is made to fail in turn, until a whole run passes without a failure.
 *
 *     inject [--library | --program] KERNEL MULTIBOOT-KERNEL USER
 *
 * Twice: once only the k-th call fails, once it and all behind it (unlink excepted: what cannot be removed stays).
 * The library must say why, leak nothing and keep the machine whole: after RS_STOP_NO_MEMORY the state is one that the
 * undisturbed machine also has at that instruction, and the retried run ends as that one does. The program must exit
 * with its code for trouble or as undisturbed, and leave its output file whole or not at all.
 */
#include <stdlib.h>
#include <string.h>

#include "board/machine.h"
#include "case.h"
#include "inject.h"

/* ---- the library: a guest from its file to its end ---- */

struct plan {
	const char *name, *kernel, *user, *cpu;
	bool history; /* it is kept, and gone back in */
};

struct final {
	uint64_t hash, n;
	enum rs_stop stop;
};

struct guest {
	const struct plan *plan;
	struct rs_machine *m;
	struct rs_file kernel, user;
	struct rs_snapshot *snapshot;
	struct rs_history *history;
	char reason[sizeof(((struct rs_error *)0)->text)]; /* why it could not be made */
};

static bool guest_open(struct guest *g, const struct plan *plan, const struct rs_host *host)
{
	struct rs_config config = { .host = host, .cpu = plan->cpu, .memory = 8 << 20 };
	struct rs_error why = { .code = RS_OK };
	*g = (struct guest){ .plan = plan, .m = rs_new(&config, &why) };
	bool good = g->m && rs_file_read(g->m, plan->kernel, &g->kernel, &why) &&
		    (!plan->user || rs_file_read(g->m, plan->user, &g->user, &why)) &&
		    rs_load(g->m, &g->kernel, &g->user, plan->user != NULL, "a b c", &why);
	if (!good && (why.code == RS_OK || !why.text[0]))
		COMPLAIN("%s: refused without a reason", plan->name);
	if (!good && why.code != RS_ERROR_MEMORY && why.code != RS_ERROR_IO)
		COMPLAIN("%s: refused with code %d: %s", plan->name, why.code, why.text);
	snprintf(g->reason, sizeof g->reason, "%s", why.text);
	return good;
}

static void guest_close(struct guest *g)
{
	if (!g->m)
		return;
	rs_history_close(g->history);
	rs_snapshot_free(g->m, g->snapshot);
	rs_file_release(g->m, &g->kernel);
	rs_file_release(g->m, &g->user);
	rs_free(g->m);
}

/* The first field in which two states differ, or NULL. */
static const char *difference(const struct cpu_state *a, const struct cpu_state *b)
{
	for (size_t i = 0; i < state_field_count; i++) {
		const struct state_field *f = &state_fields[i];
		if (memcmp((const char *)a + f->offset, (const char *)b + f->offset, state_bytes(f)))
			return f->name;
	}
	return NULL;
}

/* Whether RAM differs at most in Accessed and Dirty bits, which the walks of the refused access have set. */
static bool same_ram(struct rs_machine *a, struct rs_machine *b)
{
	static uint8_t x[PAGE_SIZE], y[PAGE_SIZE];
	for (uint64_t page = 0;; page += PAGE_SIZE) {
		size_t size = rs_read_physical(a, page, x, PAGE_SIZE);
		if (rs_read_physical(b, page, y, PAGE_SIZE) != size || size < PAGE_SIZE)
			return size == 0;
		for (size_t i = 0; memcmp(x, y, size) != 0 && i < size; i++)
			if ((x[i] ^ y[i]) & ~0x60)
				return false;
	}
}

/* Whether the undisturbed machine has this state too: at that instruction, or behind the events in front of it. */
static void check_refused(struct guest *g, const struct faulty *f)
{
	static struct guest clean;
	uint64_t n = rs_status(g->m)->instructions;
	const char *field = "nothing";
	bool found = false;
	if (guest_open(&clean, g->plan, NULL))
		rs_run(clean.m, n);
	for (unsigned i = 0; clean.m && i < 4 && !found && rs_status(clean.m)->instructions == n; i++) {
		const char *d = difference(rs_state(clean.m), rs_state(g->m));
		found = !d && same_ram(clean.m, g->m);
		field = i ? field : d ? d : "RAM";
		rs_step(clean.m);
	}
	if (!found)
		COMPLAIN(
		    "%s: %s %lu%s fails: out of memory at n=%llu rip=%llx, but the state is not the one before (%s)",
		    g->plan->name, what_names[f->what], f->fail_at, f->on ? " and all that follow" : "", (ull)n,
		    (ull)rs_status(g->m)->rip, field);
	guest_close(&clean);
}

static enum rs_stop run_once(struct guest *g, uint64_t limit)
{
	return g->history ? rs_history_run(g->history, limit) : rs_run(g->m, limit);
}

/* Tries again, first as it is, then with a host that works again. */
static enum rs_stop run_on(struct guest *g, struct faulty *f, uint64_t limit)
{
	enum rs_stop stop = run_once(g, limit);
	for (unsigned i = 0; stop == RS_STOP_NO_MEMORY && i < 3; i++) {
		if (!f->failures)
			COMPLAIN("%s: out of memory, but nothing failed", g->plan->name);
		check_refused(g, f);
		if (i)
			heal(f);
		stop = run_once(g, limit);
	}
	return stop;
}

static void keep_snapshot(struct guest *g, struct faulty *f)
{
	uint64_t hash = rs_state_hash(g->m);
	g->snapshot = rs_snapshot_take(g->m);
	if (!g->snapshot && rs_state_hash(g->m) != hash)
		COMPLAIN("%s: a refused snapshot changes the state", g->plan->name);
	if (g->snapshot)
		return;
	heal(f);
	g->snapshot = rs_snapshot_take(g->m);
}

static void keep_history(struct guest *g, struct faulty *f)
{
	struct rs_error why = { .code = RS_OK };
	if (!g->plan->history)
		return;
	g->history = rs_history_open(g->m, 0, &why);
	if (!g->history && (why.code != RS_ERROR_MEMORY || !f->failures))
		COMPLAIN("%s: no history: code %d, %s", g->plan->name, why.code, why.text);
	if (!g->history) {
		heal(f);
		g->history = rs_history_open(g->m, 0, &why);
	}
	if (g->history)
		history_set_interval(g->history, 100);
}

/* To a position in the past and back again. What cannot be reached has not been kept, or memory ran out. */
static void go_back(struct guest *g, struct faulty *f)
{
	struct rs_error why = { .code = RS_OK };
	const struct rs_position now = rs_position(g->m);
	const uint64_t hash = rs_state_hash(g->m);
	if (!g->history)
		return;
	bool good = rs_history_back(g->history, &why) &&
		    rs_history_seek(g->history, (struct rs_position){ now.n / 3, 0 }, &why);
	if (!good && (!f->failures || why.code == RS_OK))
		COMPLAIN("%s: going back: code %d, %s", g->plan->name, why.code, why.text);
	heal(f);
	if (!rs_history_seek(g->history, now, &why))
		COMPLAIN("%s: %s %lu fails: no way back to where it was: %s", g->plan->name, what_names[f->what],
			 f->fail_at, why.text);
	else if (rs_state_hash(g->m) != hash)
		COMPLAIN("%s: %s %lu fails: gone back to another state", g->plan->name, what_names[f->what],
			 f->fail_at);
}

/* False: it could not be made. */
static bool run_guest(const struct plan *plan, struct faulty *f, struct final *end)
{
	static struct guest g;
	bool made = guest_open(&g, plan, &f->host);
	if (!made && !f->failures)
		COMPLAIN("%s: %s", plan->name, g.reason);
	if (made) {
		keep_history(&g, f);
		run_on(&g, f, 700);
		go_back(&g, f);
		keep_snapshot(&g, f);
		uint64_t hash = rs_state_hash(g.m);
		run_on(&g, f, 1500);
		rs_snapshot_restore(g.m, g.snapshot);
		if (rs_state_hash(g.m) != hash)
			COMPLAIN("%s: %s %lu fails: restored to another state", plan->name, what_names[f->what],
				 f->fail_at);
		end->stop = run_on(&g, f, 40000);
		end->n = rs_status(g.m)->instructions;
		end->hash = rs_state_hash(g.m);
	}
	guest_close(&g);
	return made;
}

static void inject_guest(const struct plan *plan, enum what what, bool on)
{
	struct final want = { 0 }, got;
	struct faulty f;
	faulty_init(&f, what, 0, false);
	counts.complaints = 0;
	if (!run_guest(plan, &f, &want))
		COMPLAIN("%s: does not run", plan->name);
	check_balance(&f, plan->name);
	unsigned long k = 0;
	do {
		faulty_init(&f, what, ++k, on);
		got = want;
		if (run_guest(plan, &f, &got) && (got.hash != want.hash || got.n != want.n || got.stop != want.stop))
			COMPLAIN("%s: %s %lu fails: ends otherwise: stop %d n=%llu", plan->name, what_names[what], k,
				 got.stop, (ull)got.n);
		check_balance(&f, plan->name);
	} while (f.failures && k < 100000);
	printf("%s: %lu %ss%s: %s\n", plan->name, k - 1, what_names[what], on ? ", all that follow" : "",
	       counts.complaints ? "FAILED" : "ok");
	(*(counts.complaints ? &counts.failed : &counts.passed))++;
}

/* ---- the library: single instructions on shared pages ---- */

struct single {
	const char *name;
	enum case_mode mode;
	const char *hex;
	uint64_t rflags; /* set besides the preset's */
	uint16_t pending_db;
};

/* RDI, RBX and RSI are the data arena's 210000h, 210800h and 210ffch; RCX is 8; RDX is COM1. */
static const struct single singles[] = {
	{ "store", MODE_LONG0, "8907 f4", 0, 0 },
	{ "store.rf", MODE_LONG0, "8907 f4", FLAG_RF, 0 },
	{ "store behind STI", MODE_LONG0, "fb 8907 f4", 0, 0 },
	{ "store behind MOV SS", MODE_LONG0, "668ed0 8907 f4", 0, 0 },
	{ "store across pages", MODE_LONG0, "488946 00 48894601 f4", 0, 0 },
	{ "add to memory", MODE_LONG0, "0107 f4", 0, 0 },
	{ "adc to memory", MODE_LONG0, "1107 f4", FLAG_CF, 0 },
	{ "sbb from memory", MODE_LONG0, "1907 f4", FLAG_CF, 0 },
	{ "rcl memory", MODE_LONG0, "d117 f4", FLAG_CF, 0 },
	{ "shl memory", MODE_LONG0, "d327 f4", 0, 0 },
	{ "bts memory", MODE_LONG0, "0fab07 f4", 0, 0 },
	{ "inc memory", MODE_LONG0, "ff07 f4", 0, 0 },
	{ "neg memory", MODE_LONG0, "f71f f4", 0, 0 },
	{ "cmpxchg memory", MODE_LONG0, "0fb10f f4", 0, 0 },
	{ "setc memory", MODE_LONG0, "0f9207 f4", FLAG_CF, 0 },
	{ "lock xadd", MODE_LONG0, "f00fc103 f4", 0, 0 },
	{ "xchg", MODE_LONG0, "871f f4", 0, 0 },
	{ "cmpxchg8b", MODE_LONG0, "0fc70f f4", 0, 0 },
	{ "push", MODE_LONG0, "50 f4", 0, 0 },
	{ "push memory", MODE_LONG0, "ff37 f4", 0, 0 },
	{ "pop memory", MODE_LONG0, "8f07 f4", 0, 0 },
	{ "call", MODE_LONG0, "e800000000 f4", 0, 0 },
	{ "enter", MODE_LONG0, "c8200004 f4", 0, 0 },
	{ "pusha", MODE_PROT0, "60 f4", 0, 0 },
	{ "insb", MODE_LONG0, "6c 6c f4", 0, 0 },
	{ "rep insb", MODE_LONG0, "f36c f4", 0, 0 },
	{ "rep outsb", MODE_LONG0, "f36e f4", 0, 0 },
	{ "rep stosq", MODE_LONG0, "f348ab f4", 0, 0 },
	{ "rep movsb", MODE_LONG0, "f3a4 f4", 0, 0 },
	{ "int 80", MODE_LONG0, "cd80", 0, 0 },
	{ "int3 from ring 3", MODE_LONG3, "cc", 0, 0 },
	{ "ud2", MODE_LONG0, "0f0b", 0, 0 },
	{ "pending #DB", MODE_LONG0, "90 f4", 0, DR6_BS },
	{ "trap flag", MODE_LONG0, "8907 f4", FLAG_TF, 0 },
	{ "segment load", MODE_LONG0, "66bbc000 8edb f4", 0, 0 },
	{ "sgdt", MODE_LONG0, "0f0107 f4", 0, 0 },
	{ "iretq to itself", MODE_LONG0, "6a18 54 9c 6a10 50 4883c4 28 8907 f4", 0, 0 },
};

struct small {
	struct faulty f;
	struct rs_machine *m;
	struct rs_snapshot *shared;
	uint8_t sent[64];
	size_t sent_size;
};

static void small_console(void *arg, enum rs_port port, uint8_t byte)
{
	struct small *s = arg;
	(void)port;
	if (s->sent_size < sizeof s->sent)
		s->sent[s->sent_size++] = byte;
}

static unsigned hex_value(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void put_hex(uint8_t *at, const char *hex)
{
	for (; *hex; hex += *hex == ' ' ? 1 : 2)
		if (*hex != ' ')
			*at++ = (uint8_t)(hex_value(hex[0]) << 4 | hex_value(hex[1]));
}

static void put_state(struct small *s, const struct single *x)
{
	struct cpu_state st = *rs_state(s->m);
	uint64_t arena = x->mode == MODE_LONG3 ? ENV_USER : ENV_KERNEL;
	env_build_preset(&st, x->mode);
	st.gpr[RDI] = arena + 0x10000;
	st.gpr[RBX] = arena + 0x10800;
	st.gpr[RSI] = arena + 0x10ffc;
	st.gpr[RCX] = 8;
	st.gpr[RDX] = 0x3f8;
	st.gpr[RAX] = 0x18;
	st.rflags |= x->rflags;
	st.pending_db = x->pending_db;
	rs_state_replace(s->m, &st);
}

/* The environment of the cases with every page shared by a snapshot. */
static bool small_open(struct small *s, const struct single *x)
{
	static uint8_t ram[ENV_RAM];
	static const uint8_t input[] = "ABCDEFGHIJKLMNOP";
	struct rs_error why;
	*s = (struct small){ .m = NULL };
	faulty_init(&s->f, FAIL_ALLOC, 0, true);
	struct rs_config config = { .host = &s->f.host,
				    .memory = ENV_RAM,
				    .console = small_console,
				    .console_arg = s,
				    .input = input,
				    .input_size = sizeof input - 1 };
	s->m = rs_new(&config, &why);
	if (!s->m)
		return false;
	env_build_ram(ram);
	put_hex(ram + (x->mode == MODE_LONG3 ? ENV_USER : ENV_KERNEL), x->hex);
	rs_write_physical(s->m, 0, ram, sizeof ram);
	put_state(s, x);
	s->shared = rs_snapshot_take(s->m);
	return s->shared;
}

static void small_close(struct small *s)
{
	if (s->m) {
		rs_snapshot_free(s->m, s->shared);
		rs_free(s->m);
	}
	s->m = NULL;
}

/* Runs to the HLT or the first HLT of a handler. */
static enum rs_stop small_go(struct small *s, bool step)
{
	enum rs_stop stop = RS_STOP_NONE;
	if (!step)
		return rs_run(s->m, 100);
	for (unsigned i = 0; i < 200 && stop == RS_STOP_NONE; i++)
		stop = rs_step(s->m);
	return stop;
}

/* What the undisturbed machine has at n, before or behind events there; RAM may differ after REP and half a delivery.
 */
static bool small_reached(const struct single *x, struct rs_machine *m, const char **field)
{
	static struct small clean;
	uint64_t n = rs_status(m)->instructions;
	bool found = false;
	*field = "nothing";
	if (!small_open(&clean, x))
		return false;
	for (unsigned i = 0; i < 20 && !found && rs_status(clean.m)->instructions <= n; i++) {
		const char *d = difference(rs_state(clean.m), rs_state(m));
		if (rs_status(clean.m)->instructions == n) {
			found = !d && rs_state_hash(clean.m) == rs_state_hash(m);
			*field = d ? d : "RAM or a device";
		}
		if (rs_step(clean.m) != RS_STOP_NONE)
			break;
	}
	small_close(&clean);
	return found;
}

static void check_small_refused(const struct single *x, struct small *s, unsigned long k, bool step)
{
	const char *field;
	if (!small_reached(x, s->m, &field) && strncmp(x->name, "rep", 3))
		COMPLAIN(
		    "%s (%s): %s, allocation %lu fails: RS_STOP_NO_MEMORY at n=%llu with another state than before: %s",
		    x->name, x->hex, step ? "stepped" : "chained", k, (ull)rs_status(s->m)->instructions, field);
}

/* False: nothing failed, so that all allocations have been tried. */
static bool inject_small(const struct single *x, unsigned long k, bool step, const struct small *want)
{
	static struct small s;
	if (!small_open(&s, x))
		COMPLAIN("%s: the machine cannot be made", x->name);
	s.f.calls[FAIL_ALLOC] = 0;
	s.f.fail_at = k;
	enum rs_stop stop = s.m ? small_go(&s, step) : RS_STOP_NONE;
	bool failing = s.f.failures;
	if (stop == RS_STOP_NO_MEMORY)
		check_small_refused(x, &s, k, step);
	heal(&s.f);
	if (stop == RS_STOP_NO_MEMORY)
		stop = small_go(&s, step);
	const char *d = difference(rs_state(want->m), rs_state(s.m));
	if (d || rs_state_hash(want->m) != rs_state_hash(s.m) || s.sent_size != want->sent_size ||
	    memcmp(s.sent, want->sent, s.sent_size))
		COMPLAIN("%s (%s): %s, allocation %lu fails: retried, it ends otherwise: %s, stop %d, %zu bytes sent",
			 x->name, x->hex, step ? "stepped" : "chained", k, d ? d : "RAM, a device or what was sent",
			 stop, s.sent_size);
	small_close(&s);
	check_balance(&s.f, x->name);
	return failing;
}

static void inject_single(const struct single *x, bool step)
{
	static struct small want;
	counts.complaints = 0;
	bool good = small_open(&want, x);
	enum rs_stop stop = good ? small_go(&want, step) : RS_STOP_NONE;
	if (stop != RS_STOP_HALTED)
		COMPLAIN("%s: ends by stop %d at %llx", x->name, stop, good ? (ull)rs_status(want.m)->rip : 0);
	for (unsigned long k = 1; good && inject_small(x, k, step, &want); k++)
		;
	small_close(&want);
	(*(counts.complaints ? &counts.failed : &counts.passed))++;
}

static void inject_the_library(const char *kernel, const char *multiboot, const char *user)
{
	const struct plan plans[] = {
		{ "ELF64 [intel]", kernel, user, "intel-skylake", false },
		{ "ELF64 [amd]", kernel, user, "amd-zen4", false },
		{ "Multiboot [intel]", multiboot, user, "intel-skylake", false },
		{ "ELF64 [intel], with a history", kernel, user, "intel-skylake", true },
	};
	for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
		for (unsigned how = 0; how < 4; how++)
			inject_guest(&plans[i], how & 1 ? FAIL_IO : FAIL_ALLOC, how & 2);
	for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
		for (unsigned step = 0; step < 2; step++)
			inject_single(&singles[i], step);
}

int main(int argc, char **argv)
{
	bool library = true, program = true;
	if (argc > 1 && !strcmp(argv[1], "--library"))
		program = false;
	if (argc > 1 && !strcmp(argv[1], "--program"))
		library = false;
	char **files = argv + (library && program ? 1 : 2);
	if (files + 3 != argv + argc) {
		fputs("usage: inject [--library | --program] KERNEL MULTIBOOT-KERNEL USER\n", stderr);
		return 2;
	}
	if (library)
		inject_the_library(files[0], files[1], files[2]);
	if (program)
		inject_the_program(files[0], files[1], files[2]);
	printf("%lu passed, %lu failed\n", counts.passed, counts.failed);
	return counts.failed || !counts.passed;
}
