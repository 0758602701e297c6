/* case_run.c - the three runs of a case: stepped, chained, chained from a snapshot. */
#include "case.h"

typedef unsigned long long ull;

enum { CARRY_ON = 64, SLACK = 1000 };

/* ---- before ------------------------------------------------------------------------------------------------- */

static bool apply_all(struct run *r, unsigned first, unsigned count, struct cpu_state *st,
		      const struct cpu_state *actual)
{
	for (unsigned i = first; i < first + count; i++)
		if (!assign_apply(r, &r->k->pool[i], st, actual)) {
			complain(r, "token %u reaches outside RAM", i - first + 1);
			return false;
		}
	return true;
}

static uint64_t linear_rip(const struct cpu_state *st)
{
	const struct seg *cs = &st->seg[SEG_CS];
	bool wide = st->efer & EFER_LMA && cs->attr & SEG_L;
	return wide ? st->rip : (cs->base + st->rip) & UINT32_MAX;
}

bool run_set_up(struct run *r, struct cpu_state *st, uint64_t page, uint64_t rights)
{
	uint64_t entry;
	env_restore(r->e);
	*st = r->e->preset[r->mode];
	if (!apply_all(r, 0, r->k->setup_count, st, NULL))
		return false;
	if (rights && ram_entry(r->e, st, page, 1, &entry)) {
		put_le(r->e->shadow + entry, 8, get_le(r->e->shadow + entry, 8) & ~rights);
		ram_touch(r->e, (unsigned)(entry / PAGE_SIZE));
	}
	r->code = st->rip;
	if (!ram_write(r->e, st, linear_rip(st), r->k->bytes, r->k->byte_count)) {
		complain(r, "the code address is not in RAM");
		return false;
	}
	env_mark_start(r->e);
	rs_state_replace(r->m, st);
	return true;
}

/* ---- stepped ------------------------------------------------------------------------------------------------ */

void run_take_record(void *arg, struct rs_machine *m, const struct rs_record *record)
{
	struct run *r = arg;
	(void)m;
	r->got = *record;
	r->seen = true;
}

static uint64_t next_rip(const struct run *r)
{
	const struct cpu_state *st = &r->before;
	uint64_t offset = st->rip - r->code;
	bool known = offset < r->k->byte_count && r->k->length[offset];
	uint64_t rip = st->rip + (known ? r->k->length[offset] : r->got.length);
	bool wide = st->efer & EFER_LMA && st->seg[SEG_CS].attr & SEG_L;
	return wide ? rip : rip & UINT32_MAX;
}

static void check_step(struct run *r, const struct expect *x)
{
	struct cpu_state want = r->before;
	if (!check_record(r, x))
		return;
	check_writes(r);
	bool stays = x->kind == EXPECT_ITERATION || (x->kind == EXPECT_EVENT && !x->software);
	if (!stays)
		want.rip = next_rip(r);
	if (x->kind != EXPECT_EVENT)
		want.rflags &= ~(uint64_t)FLAG_RF;
	if (!apply_all(r, x->first, x->count, &want, &r->actual))
		return;
	if (x->kind == EXPECT_EVENT && !event_deliver(r, x, &want))
		return;
	check_state(r, &want, &r->actual);
	check_ram(r);
}

/* What a shutdown leaves: RF and the shadow are gone since the instruction began (NM-20), whatever it was. */
static void check_shutdown(struct run *r, const struct expect *x)
{
	struct cpu_state want = r->before;
	want.halted = HALTED_SHUTDOWN;
	want.rflags &= ~(uint64_t)FLAG_RF;
	want.shadow = SHADOW_NONE;
	if (!apply_all(r, x->first, x->count, &want, &r->actual))
		return;
	check_state(r, &want, &r->actual);
	check_ram(r);
}

static void check_triple(struct run *r, const struct expect *x)
{
	struct span ids = x->rules;
	unsigned count = 0;
	for (unsigned i = 0; i < rs_status(r->m)->fault_count; i++)
		if (!rs_status(r->m)->rules[i])
			complain(r, "fault %u has no name: neither a rule nor an instruction", i + 1);
	for (; ids.length; count++) {
		const char *rule = count < rs_status(r->m)->fault_count ? rs_status(r->m)->rules[count] : "no fault";
		const char *got = rule ? rule : "no rule";
		struct span id = span_cut(&ids, ',');
		if (!span_is(id, got))
			complain(r, "fault %u: expected by %.*s, got %s", count + 1, (int)id.length, id.text, got);
	}
	if (count && count != rs_status(r->m)->fault_count)
		complain(r, "%u faults led to it, %u were expected", rs_status(r->m)->fault_count, count);
}

static const char *const stop_names[] = {
	[RS_STOP_NONE] = "none",
	[RS_STOP_LIMIT] = "limit",
	[RS_STOP_EXIT] = "exit",
	[RS_STOP_TRIPLE_FAULT] = "triple fault",
	[RS_STOP_UNIMPLEMENTED] = "unimplemented",
	[RS_STOP_HALTED] = "halted",
	[RS_STOP_BREAK] = "break",
	[RS_STOP_NO_MEMORY] = "no memory",
};

static void check_stop(struct run *r, const struct expect *x, enum rs_stop stop)
{
	const struct rs_status *status = rs_status(r->m);
	if (stop != x->stop)
		complain(r, "expected the stop '%s', got '%s'%s%s", stop_names[x->stop], stop_names[stop],
			 r->seen ? " and a record" : "", stop == RS_STOP_UNIMPLEMENTED ? status->missing : "");
	else if (stop == RS_STOP_EXIT && status->exit_code != x->exit_code)
		complain(r, "exit code: expected %x, got %x", x->exit_code, status->exit_code);
	if (stop == RS_STOP_UNIMPLEMENTED)
		check_state(r, &r->before, &r->actual);
	if (stop == RS_STOP_TRIPLE_FAULT) {
		check_triple(r, x);
		check_shutdown(r, x);
	}
}

enum rs_stop run_step(struct run *r, enum rs_stop stop)
{
	r->seen = false;
	r->before = r->actual;
	if (stop == RS_STOP_NONE)
		stop = rs_step(r->m);
	r->actual = *rs_state(r->m);
	return stop;
}

static enum rs_stop run_stepped(struct run *r)
{
	enum rs_stop stop = RS_STOP_NONE;
	for (unsigned i = 0; i < r->k->expect_count && !r->complaints; i++) {
		const struct expect *x = &r->k->expect[i];
		r->record = i + 1;
		stop = run_step(r, stop);
		if (x->kind == EXPECT_STOP)
			check_stop(r, x, stop);
		else if (r->seen)
			check_step(r, x);
		else
			complain(r, "expected a record, got the stop '%s' %s", stop_names[stop],
				 stop == RS_STOP_UNIMPLEMENTED ? rs_status(r->m)->missing : "");
	}
	return stop;
}

/* Delivery is no instruction that rs_run could stop behind: goes on to the end of the next one. */
static enum rs_stop carry_on(struct run *r, enum rs_stop stop)
{
	bool behind = r->seen && r->got.kind == RS_RECORD_INSTRUCTION;
	for (unsigned i = 0; i < CARRY_ON && stop == RS_STOP_NONE && !behind; i++) {
		stop = run_step(r, stop);
		behind = r->seen && r->got.kind == RS_RECORD_INSTRUCTION;
	}
	if (stop == RS_STOP_NONE && !behind)
		complain(r, "no instruction completes behind the event: the chain driver cannot follow");
	return stop;
}

/* ---- chained ------------------------------------------------------------------------------------------------ */

static void accept_ram(struct run *r)
{
	for (unsigned page = ram_suspect(r->e, 0); page < ENV_PAGES; page = ram_suspect(r->e, page + 1))
		ram_accept(r->e, page);
}

static bool check_chained(struct run *r, const char *which, const struct cpu_state *want, enum rs_stop stopped,
			  uint64_t count)
{
	uint64_t target = rs_status(r->m)->instructions + count;
	enum rs_stop stop = rs_run(r->m, stopped == RS_STOP_NONE ? target : target + SLACK);
	r->actual = *rs_state(r->m);
	if (stopped != RS_STOP_NONE && stop != stopped)
		complain(r, "%s: stepped it stops by '%s', chained by '%s'", which, stop_names[stopped],
			 stop_names[stop]);
	if (rs_status(r->m)->instructions != target)
		complain(r, "%s: %llu instructions instead of %llu", which,
			 (ull)(rs_status(r->m)->instructions - target + count), (ull)count);
	bool same = check_state(r, want, &r->actual);
	if (!check_ram(r) || !same)
		complain(r, "%s: the final state is not the stepped one's (expected: stepped)", which);
	return r->complaints == 0;
}

static void run_chained(struct run *r, const struct cpu_state *start, const struct rs_snapshot *snapshot,
			enum rs_stop stopped)
{
	struct cpu_state end = r->actual;
	uint64_t count = rs_status(r->m)->instructions - r->start;
	accept_ram(r);
	env_restore_start(r->e);
	rs_state_replace(r->m, start);
	if (!check_chained(r, "chained", &end, stopped, count))
		return;
	rs_snapshot_restore(r->m, snapshot);
	check_chained(r, "from a snapshot", &end, stopped, count);
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void run_all(struct run *r)
{
	struct cpu_state start;
	if (!run_set_up(r, &start, 0, 0))
		return;
	struct rs_snapshot *snapshot = rs_snapshot_take(r->m);
	if (!snapshot) {
		complain(r, "no memory for a snapshot");
		return;
	}
	r->actual = *rs_state(r->m);
	check_state(r, &start, &r->actual);
	r->start = rs_status(r->m)->instructions;
	rs_observe(r->m, run_take_record, r);
	enum rs_stop stop = run_stepped(r);
	if (!r->complaints)
		stop = carry_on(r, stop);
	rs_observe(r->m, NULL, NULL);
	if (!r->complaints)
		run_chained(r, &start, snapshot, stop);
	rs_snapshot_free(r->m, snapshot);
}

bool case_run(struct env *e, const struct kase *k, enum case_mode mode)
{
	struct run r = { .e = e, .m = e->m, .k = k, .mode = mode };
	run_all(&r);
	return r.complaints == 0;
}
