/* test_inject.c - signals whose moment is given beforehand: by instruction, by arrival, after a snapshot; and the
 * watcher of sweeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "board/machine.h"

enum { CODE = 0x8000, HANDLER = 0x9000 };

struct rig {
	struct rs_machine *m;
	unsigned events[256];
	uint64_t first_at; /* n of the first event */
};

static void count(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct rig *rig = arg;
	unsigned all = 0;

	(void)m;
	if (r->kind != RS_RECORD_EVENT)
		return;
	for (unsigned i = 0; i < 256; i++)
		all += rig->events[i];
	if (!all)
		rig->first_at = r->n;
	rig->events[r->vector]++;
}

/* STI; NOP; NOP; JMP to the first NOP at CODE in 16-bit code; IRET at HANDLER, which all vectors lead to. */
static void rig_init(struct rig *r)
{
	static uint8_t code[] = { 0xfb, 0x90, 0x90, 0xeb, 0xfc };
	struct rs_config config = { .start = { RS_FORMAT_FLAT, CODE, CODE, 16 } };
	struct rs_file file = { .name = "flat", .bytes = code, .size = sizeof code };
	struct rs_error why;

	*r = (struct rig){ .m = rs_new(&config, &why) };
	assert_non_null(r->m);
	assert_true(rs_load(r->m, &file, NULL, 0, "", &why));
	for (unsigned vector = 0; vector < 256; vector++)
		assert_int_equal(rs_write_physical(r->m, 4 * vector, "\0\x90\0\0", 4), 4);
	assert_int_equal(rs_write_physical(r->m, HANDLER, "\xcf", 1), 1);
}

static void inject(struct rig *r, struct rs_injection i)
{
	struct rs_error why;

	assert_true(rs_inject(r->m, &i, &why));
}

static bool came(struct rig *r, size_t index)
{
	bool it = false;

	assert_non_null(rs_injection_info(r->m, index, &it));
	return it;
}

static void by_instruction_in_both_drivers(void **state)
{
	(void)state;
	for (int observed = 0; observed < 2; observed++) {
		struct rig r;
		rig_init(&r);
		inject(&r, (struct rs_injection){ .signal = RS_SIGNAL_NMI, .at = 1000 });
		assert_int_equal(rs_run(r.m, 999), RS_STOP_LIMIT);
		assert_false(came(&r, 0));
		if (observed)
			rs_observe(r.m, count, &r);
		assert_int_equal(rs_run(r.m, 1000), RS_STOP_LIMIT);
		assert_true(came(&r, 0));
		rs_observe(r.m, count, &r);
		assert_int_equal(rs_run(r.m, 1001), RS_STOP_LIMIT);
		assert_int_equal(r.events[2], 1);
		assert_int_equal(r.first_at, 1000);
		rs_free(r.m);
	}
}

/* The address is arrived at again when the handler returns there. */
static void by_arrival(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rs_observe(r.m, count, &r);
	inject(&r,
	       (struct rs_injection){ .signal = RS_SIGNAL_INTERRUPT, .vector = 0x41, .at = CODE + 1, .arrival = 3 });
	inject(&r, (struct rs_injection){ .signal = RS_SIGNAL_DEBUG, .at = CODE, .arrival = 1 });
	assert_true(came(&r, 1)); /* the boundary where the machine stands */
	rs_run(r.m, 6);
	assert_int_equal(r.events[0x41], 0);
	assert_int_equal(r.events[1], 1);
	rs_run(r.m, 30);
	assert_int_equal(r.events[0x41], 1);
	rs_free(r.m);
}

/* A run in slices, one in one piece, and one from a snapshot are the same. */
static void a_snapshot_meets_it_again(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	inject(&r, (struct rs_injection){ .signal = RS_SIGNAL_NMI, .at = 50 });
	inject(&r,
	       (struct rs_injection){ .signal = RS_SIGNAL_INTERRUPT, .vector = 0x33, .at = CODE + 2, .arrival = 7 });
	rs_run(r.m, 10);
	struct rs_snapshot *snapshot = rs_snapshot_take(r.m);
	rs_run(r.m, 200);
	uint64_t hash = rs_state_hash(r.m);
	assert_true(came(&r, 0) && came(&r, 1));
	rs_snapshot_restore(r.m, snapshot);
	assert_false(came(&r, 0) || came(&r, 1));
	rs_observe(r.m, count, &r);
	for (uint64_t n = 11; n <= 200; n++)
		rs_run(r.m, n);
	assert_int_equal(rs_state_hash(r.m), hash);
	assert_int_equal(r.events[2], 1);
	assert_int_equal(r.events[0x33], 1);
	rs_snapshot_free(r.m, snapshot);
	rs_free(r.m);
}

static void what_cannot_be_is_refused(void **state)
{
	struct rig r;
	struct rs_error why;
	struct rs_injection i = { .signal = RS_SIGNAL_NMI, .at = 5 };

	(void)state;
	rig_init(&r);
	rs_run(r.m, 6);
	assert_false(rs_inject(r.m, &i, &why));
	i.at = 1000;
	for (unsigned k = 0; k < RS_INJECTIONS; k++)
		assert_true(rs_inject(r.m, &i, &why));
	assert_false(rs_inject(r.m, &i, &why));
	rs_inject_clear(r.m);
	assert_true(rs_inject(r.m, &i, &why));
	rs_free(r.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_instruction_in_both_drivers),
		cmocka_unit_test(by_arrival),
		cmocka_unit_test(a_snapshot_meets_it_again),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
