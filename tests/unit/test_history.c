/* test_history.c - going back: what is changed in the past, what is told to whom, and what becomes of it when memory is
 * short. (tests/equiv/reverse.c walks through whole guests.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "board/machine.h"

/* Written in 16-bit mode at CODE: a loop of 6 instructions a round that counts in AX, stores it, and prints its low
 * byte at port E9h; and the handlers of NMI and of #DB, which only return. */
enum { CODE = 0x8000, HANDLER = 0x9000, CELL = 0x7000, IVT_DB = 1 * 4, IVT_NMI = 2 * 4, ROUND = 5 };
static uint8_t loop_code[] = {
	0x40,             /* inc ax */
	0xa3, 0x00, 0x70, /* mov [CELL], ax */
	0xe6, 0xe9,       /* out 0e9h, al */
	0x90,             /* nop */
	0xeb, 0xf7,       /* jmp CODE */
};

struct world {
	struct rs_machine *m;
	struct rs_history *h;
	struct rs_host host;
	bool refuses; /* memory */
	long live;
	unsigned told;
	uint8_t last_told;
	unsigned records;
	struct rs_record last;
};

static void *refusing_alloc(void *arg, size_t bytes)
{
	struct world *w = arg;
	void *memory = w->refuses ? NULL : rs_host_libc()->alloc(NULL, bytes);
	w->live += memory != NULL;
	return memory;
}

static void counting_release(void *arg, void *memory)
{
	struct world *w = arg;
	w->live -= memory != NULL;
	rs_host_libc()->release(NULL, memory);
}

static void tell(void *arg, enum rs_port port, uint8_t byte)
{
	struct world *w = arg;
	assert_int_equal(port, RS_PORT_E9);
	w->told++;
	w->last_told = byte;
}

static void observe(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct world *w = arg;
	(void)m;
	w->records++;
	w->last = *r;
}

static void world_open(struct world *w, uint64_t budget)
{
	struct rs_file file = { .name = "flat", .bytes = loop_code, .size = sizeof loop_code };
	struct rs_error why;
	*w = (struct world){ .host = *rs_host_libc() };
	w->host.arg = w;
	w->host.alloc = refusing_alloc;
	w->host.release = counting_release;
	const struct rs_config config = {
		.host = &w->host,
		.memory = 1 << 20,
		.console = tell,
		.console_arg = w,
		.start = { RS_FORMAT_FLAT, CODE, CODE, 16 },
	};
	w->m = rs_new(&config, &why);
	assert_non_null(w->m);
	assert_true(rs_load(w->m, &file, NULL, 0, "", &why));
	assert_int_equal(rs_write_physical(w->m, IVT_NMI, "\0\x90\0\0", 4), 4);
	assert_int_equal(rs_write_physical(w->m, IVT_DB, "\0\x90\0\0", 4), 4);
	assert_int_equal(rs_write_physical(w->m, HANDLER, "\xcf", 1), 1);
	rs_set(w->m, (size_t)rs_field_find("rsp"), 0x6000);
	w->h = rs_history_open(w->m, budget, &why);
	assert_non_null(w->h);
	history_set_interval(w->h, 100);
}

static void world_close(struct world *w)
{
	rs_history_close(w->h);
	rs_free(w->m);
	assert_int_equal(w->live, 0);
}

static uint64_t field(struct world *w, const char *name)
{
	return rs_get(w->m, (size_t)rs_field_find(name));
}

static void set(struct world *w, const char *name, uint64_t value)
{
	assert_true(rs_set(w->m, (size_t)rs_field_find(name), value));
}

static void seek(struct world *w, uint64_t n, uint64_t events)
{
	struct rs_error why;
	assert_true(rs_history_seek(w->h, (struct rs_position){ n, events }, &why));
	assert_int_equal(rs_position(w->m).n, n);
	assert_int_equal(rs_position(w->m).events, events);
}

static struct rs_history_status status(struct world *w)
{
	struct rs_history_status s;
	rs_history_status(w->h, &s);
	return s;
}

/* ---- the whole past ---- */

static void each_position_is_the_one_that_was(void **unused)
{
	struct world w;
	struct rs_error why;
	enum { N = 1000 };
	static uint64_t hash[N + 1];
	(void)unused;
	world_open(&w, 0);
	for (unsigned i = 0; i < N; i++) {
		hash[i] = rs_state_hash(w.m);
		assert_int_equal(rs_history_step(w.h), RS_STOP_NONE);
	}
	assert_true(status(&w).snapshots > N / 100 - 2);
	for (unsigned i = N; i-- > 0;) {
		assert_true(rs_history_back(w.h, &why));
		assert_int_equal(rs_position(w.m).n, i);
		assert_true(rs_state_hash(w.m) == hash[i]);
	}
	assert_false(rs_history_back(w.h, &why));
	assert_int_equal(why.code, RS_ERROR_NOT_FOUND);
	assert_int_equal(rs_history_run(w.h, N), RS_STOP_LIMIT);
	assert_int_equal(w.told, N / ROUND);
	assert_int_equal(rs_history_run(w.h, N + ROUND), RS_STOP_LIMIT);
	assert_int_equal(w.told, N / ROUND + 1);
	world_close(&w);
}

static void nothing_is_sought_outside(void **unused)
{
	struct world w;
	struct rs_error why;
	(void)unused;
	world_open(&w, 0);
	rs_history_run(w.h, 500);
	assert_false(rs_history_seek(w.h, (struct rs_position){ 501, 0 }, &why));
	assert_int_equal(why.code, RS_ERROR_ARGUMENT);
	assert_int_equal(rs_position(w.m).n, 500);
	assert_null(rs_history_open(w.m, 0, &why));
	assert_int_equal(why.code, RS_ERROR_ARGUMENT);
	assert_true(rs_history_seek(w.h, (struct rs_position){ 300, 7 }, &why));
	assert_int_equal(rs_position(w.m).n, 300);
	assert_int_equal(rs_position(w.m).events, 0);
	world_close(&w);
}

/* ---- changes ---- */

static void change_register(struct world *w)
{
	set(w, "rax", 0x4000);
}

static void change_memory(struct world *w)
{
	assert_int_equal(rs_write_linear(w->m, CODE, "\x48", 1), 1); /* dec ax */
}

static void change_msr(struct world *w)
{
	assert_true(rs_write_msr(w->m, 0x174, 0x1234)); /* SYSENTER_CS */
}

static void change_signal(struct world *w)
{
	rs_signal(w->m, RS_SIGNAL_NMI, 0);
}

/* From 500 the past is changed at 300, and both sides of it are as they were: before, and after. */
static void check_change(void (*change)(struct world *w))
{
	struct world w;
	world_open(&w, 0);
	rs_history_run(w.h, 299);
	const uint64_t before = rs_state_hash(w.m);
	rs_history_run(w.h, 500);
	const uint64_t unchanged = rs_state_hash(w.m);
	seek(&w, 300, 0);
	change(&w);
	assert_int_equal(status(&w).frontier.n, 300);
	const uint64_t changed = rs_state_hash(w.m);
	const unsigned told = w.told;
	rs_history_run(w.h, 500);
	const uint64_t after = rs_state_hash(w.m);
	assert_true(after != unchanged);
	assert_true(w.told >= told + 39);
	const unsigned told_after = w.told;
	seek(&w, 299, 0);
	assert_true(rs_state_hash(w.m) == before);
	assert_int_equal(rs_history_step(w.h), RS_STOP_NONE);
	assert_true(rs_state_hash(w.m) == changed);
	seek(&w, 299, 0);
	assert_int_equal(rs_history_run(w.h, 500), RS_STOP_LIMIT);
	assert_true(rs_state_hash(w.m) == after);
	seek(&w, 300, 0);
	assert_true(rs_state_hash(w.m) == changed);
	seek(&w, 500, 0);
	assert_true(rs_state_hash(w.m) == after);
	assert_int_equal(w.told, told_after);
	world_close(&w);
}

static void a_change_is_part_of_the_past(void **unused)
{
	(void)unused;
	check_change(change_register);
	check_change(change_memory);
	check_change(change_msr);
	check_change(change_signal);
}

/* Two changes at one position, at the start, and at the frontier. */
static void changes_follow_each_other(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, 0);
	set(&w, "rbx", 1);
	rs_history_run(w.h, 200);
	set(&w, "rbx", 2);
	set(&w, "rcx", 3);
	rs_history_run(w.h, 400);
	set(&w, "rbx", 4);
	seek(&w, 0, 0);
	assert_int_equal(field(&w, "rbx"), 1);
	rs_history_run(w.h, 399);
	assert_int_equal(field(&w, "rbx"), 2);
	assert_int_equal(field(&w, "rcx"), 3);
	rs_history_step(w.h);
	assert_int_equal(field(&w, "rbx"), 4);
	seek(&w, 199, 0);
	assert_int_equal(field(&w, "rbx"), 1);
	world_close(&w);
}

/* ---- events ---- */

/* A delivery is a record of its own: one position more at the same instruction. */
static void an_event_has_its_own_position(void **unused)
{
	struct world w;
	struct rs_error why;
	(void)unused;
	world_open(&w, 0);
	rs_history_run(w.h, 50);
	rs_signal(w.m, RS_SIGNAL_NMI, 0);
	const uint64_t waits = rs_state_hash(w.m);
	assert_int_equal(rs_history_step(w.h), RS_STOP_NONE);
	assert_int_equal(rs_position(w.m).n, 50);
	assert_int_equal(rs_position(w.m).events, 1);
	assert_int_equal(field(&w, "rip"), HANDLER);
	rs_history_run(w.h, 60);
	seek(&w, 51, 0);
	assert_true(rs_history_back(w.h, &why));
	assert_int_equal(rs_position(w.m).events, 1);
	assert_int_equal(field(&w, "rip"), HANDLER);
	assert_true(rs_history_back(w.h, &why));
	assert_int_equal(rs_position(w.m).events, 0);
	assert_true(rs_state_hash(w.m) == waits);
	world_close(&w);
}

/* No IDT and no stack: the NMI cannot be delivered. The shutdown is behind the position that led to it. */
static void a_shutdown_can_be_gone_back_from(void **unused)
{
	struct world w;
	struct rs_error why;
	(void)unused;
	world_open(&w, 0);
	rs_history_run(w.h, 50);
	struct cpu_state st = *rs_state(w.m);
	st.idtr.limit = 0;
	rs_state_replace(w.m, &st);
	rs_signal(w.m, RS_SIGNAL_NMI, 0);
	assert_int_equal(rs_history_run(w.h, 100), RS_STOP_TRIPLE_FAULT);
	const uint64_t dead = rs_state_hash(w.m);
	assert_int_equal(rs_position(w.m).n, 50);
	assert_true(rs_history_back(w.h, &why));
	assert_int_equal(rs_get(w.m, (size_t)rs_field_find("halted")), HALTED_NOT);
	assert_int_equal(rs_history_run(w.h, 100), RS_STOP_TRIPLE_FAULT);
	assert_true(rs_state_hash(w.m) == dead);
	world_close(&w);
}

/* ---- who is told ---- */

static bool never_asked(void *arg, struct rs_machine *m)
{
	(void)arg, (void)m;
	fail();
	return true;
}

/* Whoever keeps the last record has the one that led here; a predicate and a limit of cycles are left out of it. */
static void the_record_that_leads_there_is_observed(void **unused)
{
	struct world w;
	struct rs_error why;
	(void)unused;
	world_open(&w, 0);
	rs_history_run(w.h, 1000);
	rs_observe(w.m, observe, &w);
	rs_break_when(w.m, never_asked, NULL);
	rs_limit_cycles(w.m, 10);
	for (uint64_t n = 900; n > 800; n -= 7) {
		w.records = 0;
		seek(&w, n, 0);
		assert_int_equal(w.last.n, n - 1);
		assert_int_equal(w.records, 1);
		assert_true(rs_history_back(w.h, &why));
		assert_int_equal(w.last.n, n - 2);
		assert_int_equal(w.records, 2);
	}
	w.records = 0;
	seek(&w, 0, 0);
	assert_int_equal(w.records, 0);
	rs_break_when(w.m, NULL, NULL);
	rs_limit_cycles(w.m, RS_FOREVER);
	rs_history_run(w.h, 20);
	assert_int_equal(w.records, 20);
	world_close(&w);
}

static bool breaks_at_720(void *arg, struct rs_machine *m)
{
	(void)arg;
	return rs_position(m).n == 720;
}

/* Forwards below the frontier is forwards. */
static void a_predicate_stops_a_run_in_the_past(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, 0);
	rs_history_run(w.h, 1000);
	seek(&w, 10, 0);
	rs_break_when(w.m, breaks_at_720, NULL);
	assert_int_equal(rs_history_run(w.h, RS_FOREVER), RS_STOP_BREAK);
	assert_int_equal(rs_position(w.m).n, 720);
	world_close(&w);
}

/* ---- searching ---- */

static bool is_cell_store(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	(void)arg, (void)m;
	return r->write_count && r->writes[0].address == CELL;
}

static bool has_ax(void *arg, struct rs_machine *m)
{
	return rs_get(m, (size_t)rs_field_find("rax")) == *(uint64_t *)arg;
}

static bool gives_up(void *arg)
{
	(void)arg;
	return true;
}

static void the_last_one_before_here_is_found(void **unused)
{
	struct world w;
	struct rs_error why;
	uint64_t ax = 40;
	(void)unused;
	world_open(&w, 0);
	rs_history_run(w.h, 1000);
	const struct rs_search stores = { .record = is_cell_store }, value = { .at = has_ax, .arg = &ax };
	assert_true(rs_history_search_back(w.h, &stores, &why));
	assert_int_equal(rs_position(w.m).n, 996);
	assert_true(rs_history_search_back(w.h, &stores, &why));
	assert_int_equal(rs_position(w.m).n, 991);
	assert_true(rs_history_search_back(w.h, &value, &why));
	assert_int_equal(rs_position(w.m).n, 200); /* the last at which AX is 40 */
	ax = 50;
	assert_false(rs_history_search_back(w.h, &value, &why));
	assert_int_equal(why.code, RS_ERROR_NOT_FOUND);
	assert_int_equal(rs_position(w.m).n, 200);
	world_close(&w);
}

static void a_search_can_be_given_up(void **unused)
{
	struct world w;
	struct rs_error why;
	uint64_t ax = 1;
	(void)unused;
	world_open(&w, 0);
	history_set_interval(w.h, 10000);
	rs_history_run(w.h, 100000);
	const struct rs_search value = { .at = has_ax, .arg = &ax, .give_up = gives_up };
	const uint64_t hash = rs_state_hash(w.m);
	assert_false(rs_history_search_back(w.h, &value, &why));
	assert_int_equal(why.code, RS_OK);
	assert_int_equal(rs_position(w.m).n, 100000);
	assert_true(rs_state_hash(w.m) == hash);
	world_close(&w);
}

/* ---- memory ---- */

/* Each snapshot holds a page at least: most of them must go, evenly. */
static void the_budget_is_kept(void **unused)
{
	struct world w;
	(void)unused;
	world_open(&w, 256 << 10);
	history_set_interval(w.h, 1000);
	for (uint64_t n = 1000; n <= 1000000; n += 1000) {
		rs_history_run(w.h, n);
		assert_true(status(&w).bytes <= 256 << 10);
	}
	assert_int_equal(status(&w).start.n, 0);
	assert_true(status(&w).snapshots > 10);
	seek(&w, 500000, 0);
	assert_int_equal(field(&w, "rax"), 100000 & 0xffff);
	world_close(&w);
}

static void too_small_a_budget_moves_the_start(void **unused)
{
	struct world w;
	struct rs_error why;
	(void)unused;
	world_open(&w, 1);
	rs_history_run(w.h, 1050);
	assert_int_equal(status(&w).snapshots, 1);
	assert_true(status(&w).start.n >= 950);
	assert_false(rs_history_seek(w.h, (struct rs_position){ 100, 0 }, &why));
	assert_int_equal(why.code, RS_ERROR_ARGUMENT);
	seek(&w, status(&w).start.n, 0);
	assert_int_equal(field(&w, "rax"), (rs_position(w.m).n + ROUND - 1) / ROUND);
	world_close(&w);
}

/* A host without memory costs history, not the run. */
static void no_memory_costs_history(void **unused)
{
	struct world w;
	struct rs_error why;
	(void)unused;
	world_open(&w, 0);
	rs_history_run(w.h, 1000);
	w.refuses = true;
	assert_int_equal(rs_history_run(w.h, 1001), RS_STOP_LIMIT);
	w.refuses = false;
	rs_history_run(w.h, 1002);
	set(&w, "rbx", 5);
	w.refuses = true;
	assert_int_equal(status(&w).snapshots, 0);
	assert_false(rs_history_back(w.h, &why));
	assert_int_equal(why.code, RS_ERROR_NOT_FOUND);
	w.refuses = false;
	assert_int_equal(rs_history_run(w.h, 2000), RS_STOP_LIMIT);
	assert_int_equal(field(&w, "rax"), 400);
	assert_true(status(&w).snapshots > 5);
	assert_true(status(&w).start.n > 1002);
	seek(&w, 1500, 0);
	assert_int_equal(field(&w, "rax"), 300);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_position_is_the_one_that_was),
		cmocka_unit_test(nothing_is_sought_outside),
		cmocka_unit_test(a_change_is_part_of_the_past),
		cmocka_unit_test(changes_follow_each_other),
		cmocka_unit_test(an_event_has_its_own_position),
		cmocka_unit_test(a_shutdown_can_be_gone_back_from),
		cmocka_unit_test(the_record_that_leads_there_is_observed),
		cmocka_unit_test(a_predicate_stops_a_run_in_the_past),
		cmocka_unit_test(the_last_one_before_here_is_found),
		cmocka_unit_test(a_search_can_be_given_up),
		cmocka_unit_test(the_budget_is_kept),
		cmocka_unit_test(too_small_a_budget_moves_the_start),
		cmocka_unit_test(no_memory_costs_history),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
