/* test_apic_timer.c - the local APIC's timer [SDM vol. 3, 10.5.4]. */
#include "board_rig.h"

enum { EOI = 0xb0, TIMER = 0x320, INITIAL = 0x380, CURRENT = 0x390, DIVIDE = 0x3e0 };
enum { MASKED = 1 << 16, PERIODIC = 1 << 17, DEADLINE = 1 << 18 };

static void set_up(struct rig *r)
{
	rig_init(r, skylake);
}

static unsigned take(struct rig *r)
{
	return board_acknowledge(&r->board);
}

static void test_divisors(void **state)
{
	static const struct {
		uint32_t code, divisor;
	} rows[] = { { 0, 2 }, { 1, 4 }, { 2, 8 }, { 3, 16 }, { 8, 32 }, { 9, 64 }, { 10, 128 }, { 11, 1 } };

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct rig r;
		set_up(&r);
		r.now = 1000;
		apic_out(&r, DIVIDE, rows[i].code);
		apic_out(&r, TIMER, 0x50);
		apic_out(&r, INITIAL, 10);
		assert_int_equal(apic_in(&r, CURRENT), 10);
		r.now += rows[i].divisor;
		assert_int_equal(apic_in(&r, CURRENT), 9);
		r.now += rows[i].divisor - 1;
		assert_int_equal(apic_in(&r, CURRENT), 9);
		assert_int_equal(board_next_event(&r.board), 1000 + 10 * rows[i].divisor);
		run_to(&r, 1000 + 10 * rows[i].divisor - 1);
		assert_int_equal(r.intr, 0);
		run_to(&r, 1000 + 10 * rows[i].divisor);
		assert_int_equal(take(&r), 0x50);
		apic_out(&r, EOI, 0);
		assert_int_equal(apic_in(&r, CURRENT), 0);
		assert_int_equal(apic_in(&r, INITIAL), 10);
		assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	}
}

/* Writing the divisor that is there already takes nothing from the count. */
static void test_same_divisor(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, TIMER, 0x50);
	apic_out(&r, INITIAL, 10);
	r.now = 3;
	apic_out(&r, DIVIDE, 0);
	assert_int_equal(board_next_event(&r.board), 20);
}

static void test_periodic(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, DIVIDE, 11);
	apic_out(&r, TIMER, PERIODIC | 0x50);
	apic_out(&r, INITIAL, 1000);
	for (uint64_t n = 1; n < 5; n++) {
		assert_int_equal(board_next_event(&r.board), n * 1000);
		run_to(&r, n * 1000);
		assert_int_equal(apic_in(&r, CURRENT), 1000);
		assert_int_equal(board_next_event(&r.board), UINT64_MAX); /* it is in IRR already */
		assert_int_equal(take(&r), 0x50);
		apic_out(&r, EOI, 0);
	}
	r.now = 1000000250;
	assert_int_equal(apic_in(&r, CURRENT), 750);
	apic_out(&r, TIMER, PERIODIC | MASKED | 0x50);
	take(&r);
	apic_out(&r, EOI, 0);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	apic_out(&r, DIVIDE, 0); /* goes on from 750, at half the rate */
	r.now += 100;
	assert_int_equal(apic_in(&r, CURRENT), 700);
	apic_out(&r, TIMER, 0x50);
	assert_int_equal(board_next_event(&r.board), 1000000250 + 1500);
	apic_out(&r, INITIAL, 0); /* stops */
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	assert_int_equal(apic_in(&r, CURRENT), 0);
}

static void test_deadline(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	r.now = 500;
	board_tsc_deadline_write(&r.board, 600); /* not in that mode */
	assert_int_equal(board_tsc_deadline_read(&r.board), 0);
	apic_out(&r, TIMER, DEADLINE | 0x50);
	apic_out(&r, INITIAL, 7); /* ignored */
	assert_int_equal(apic_in(&r, INITIAL) | apic_in(&r, CURRENT), 0);
	board_tsc_offset(&r.board, 1000);
	board_tsc_deadline_write(&r.board, 2000);
	assert_int_equal(board_tsc_deadline_read(&r.board), 2000);
	assert_int_equal(board_next_event(&r.board), 1000);
	run_to(&r, 1000);
	assert_int_equal(take(&r), 0x50);
	apic_out(&r, EOI, 0);
	assert_int_equal(board_tsc_deadline_read(&r.board), 0);
	board_tsc_deadline_write(&r.board, 1999); /* in the past: at once */
	assert_int_equal(take(&r), 0x50);
	apic_out(&r, EOI, 0);
	board_tsc_deadline_write(&r.board, 5000);
	board_tsc_offset(&r.board, 4500); /* WRMSR to the TSC */
	assert_int_equal(take(&r), 0x50);
	apic_out(&r, EOI, 0);
	board_tsc_deadline_write(&r.board, 9000);
	board_tsc_deadline_write(&r.board, 0);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	board_tsc_deadline_write(&r.board, 9000);
	apic_out(&r, TIMER, 0x50); /* a change of mode disarms */
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	apic_out(&r, TIMER, DEADLINE | 0x50);
	assert_int_equal(board_tsc_deadline_read(&r.board), 0);
	board_tsc_offset(&r.board, 0 - r.now); /* the TSC is 0: its end lies beyond that of the clock */
	board_tsc_deadline_write(&r.board, UINT64_MAX);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	assert_int_equal(r.intr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_divisors),
		cmocka_unit_test(test_same_divisor),
		cmocka_unit_test(test_periodic),
		cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
