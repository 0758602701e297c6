/* test_x2apic.c - the local APIC through MSRs [SDM vol. 3, 10.12]. */
#include "board_rig.h"

enum {
	ID = 0x802,
	VERSION = 0x803,
	TPR = 0x808,
	APR,
	PPR,
	EOI,
	RRD,
	LDR,
	DFR,
	SVR,
	ISR,
	TMR = 0x818,
	IRR = 0x820,
	ESR = 0x828,
	CMCI = 0x82f,
	ICR,
	ICR_HIGH,
	TIMER,
	THERMAL,
	COUNTERS,
	LINT0,
	LINT1,
	ERROR,
	INITIAL,
	CURRENT,
	DIVIDE = 0x83e,
	SELF_IPI
};
enum { SELF = 1 << 18, LOGICAL = 1 << 11, NMI = 4 << 8 };

#define TO(destination) ((uint64_t)(destination) << 32)

static void set_up(struct rig *r)
{
	rig_init(r, skylake);
	board_apic_base(&r->board, 0xfee00d00);
}

static uint64_t get(struct rig *r, uint32_t msr)
{
	uint64_t value = 0;

	assert_true(board_x2apic_read(&r->board, msr, &value));
	return value;
}

static bool put(struct rig *r, uint32_t msr, uint64_t value)
{
	return board_x2apic_write(&r->board, msr, value);
}

/* Table 10-6: R readable, W writable, both, or neither. */
static const char *access_of(uint32_t msr)
{
	switch (msr) {
	case ID:
	case VERSION:
	case PPR:
	case LDR:
	case CURRENT:
		return "R";
	case EOI:
	case SELF_IPI:
		return "W";
	case TPR:
	case SVR:
	case ESR:
	case CMCI:
	case ICR:
	case TIMER:
	case THERMAL:
	case COUNTERS:
	case LINT0:
	case LINT1:
	case ERROR:
	case INITIAL:
	case DIVIDE:
		return "RW";
	default:
		return msr >= ISR && msr < ESR ? "R" : "";
	}
}

static void test_access(void **state)
{
	(void)state;
	for (uint32_t msr = 0x800; msr <= 0x8ff; msr++) {
		struct rig r;
		uint64_t value;
		set_up(&r);
		assert_int_equal(board_x2apic_read(&r.board, msr, &value), strchr(access_of(msr), 'R') != NULL);
		assert_int_equal(put(&r, msr, 0), strchr(access_of(msr), 'W') != NULL);
		if (msr != ICR)
			assert_false(put(&r, msr, 1ull << 32));
		board_apic_base(&r.board, 0xfee00100);
		board_apic_base(&r.board, 0xfee00900);
		assert_false(board_x2apic_read(&r.board, msr, &value));
		assert_false(put(&r, msr, 0));
	}
}

/* A reserved bit is #GP, and changes nothing. */
static void test_reserved_bits(void **state)
{
	static const struct {
		uint32_t msr, good;
	} rows[] = { { TPR, 0xff },      { EOI, 0 },         { SVR, 0x13ff },      { ESR, 0 },
		     { CMCI, 0x117ff },  { TIMER, 0x710ff }, { THERMAL, 0x117ff }, { COUNTERS, 0x117ff },
		     { LINT0, 0x1f7ff }, { LINT1, 0x1f7ff }, { ERROR, 0x110ff },   { DIVIDE, 0xb },
		     { ICR, 0xccfff },   { SELF_IPI, 0xff }, { INITIAL, ~0u } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned bit = 0; bit < 32; bit++) {
			struct rig r;
			set_up(&r);
			struct board_state before = r.board.st;
			bool good = rows[i].good >> bit & 1;
			assert_int_equal(put(&r, rows[i].msr, 1u << bit), good);
			if (!good)
				assert_memory_equal(&r.board.st, &before, sizeof(before));
		}
	}
}

/* 10.12.5: TPR, requests and the LVT survive the way into x2APIC mode; it leads out of it by off only. */
static void test_transitions(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, skylake);
	apic_out(&r, 0x20, 7u << 24);
	apic_out(&r, 0xd0, 1u << 24);
	apic_out(&r, 0x80, 0x20);
	apic_out(&r, 0x310, 9u << 24);
	apic_out(&r, 0x300, SELF | 0x99);
	board_apic_base(&r.board, 0xfee00d00);
	assert_false(board_memory_claims(&r.board, APIC_PAGE));
	assert_int_equal(get(&r, ID), 0);
	assert_int_equal(get(&r, LDR), 1);
	assert_int_equal(get(&r, TPR), 0x20);
	assert_int_equal(get(&r, ICR), SELF | 0x99);
	assert_int_equal(get(&r, LINT0), 0x700);
	assert_int_equal(get(&r, IRR + 4), 1u << 25);
	assert_int_equal(board_acknowledge(&r.board), 0x99);
	board_apic_base(&r.board, 0xfee00100);
	assert_int_equal(r.tpr, 0);
	board_apic_base(&r.board, 0xfee00900);
	assert_int_equal(apic_in(&r, 0x140), 0);
	assert_int_equal(apic_in(&r, 0xf0), 0xff);
}

static unsigned received(struct rig *r, uint64_t icr)
{
	unsigned before = r->nmis;

	assert_true(put(r, ICR, icr));
	assert_int_equal(get(r, ICR), icr);
	return r->nmis - before;
}

static void test_destinations(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	assert_int_equal(received(&r, TO(0) | NMI), 1);
	assert_int_equal(received(&r, TO(0xff) | NMI), 0); /* an ID like others */
	assert_int_equal(received(&r, TO(0xffffffff) | NMI), 1);
	assert_int_equal(received(&r, TO(1) | NMI | LOGICAL), 1); /* cluster 0, member 0 */
	assert_int_equal(received(&r, TO(2) | NMI | LOGICAL), 0);
	assert_int_equal(received(&r, TO(0x10001) | NMI | LOGICAL), 0);
	assert_int_equal(received(&r, TO(0xffffffff) | NMI | LOGICAL), 1);
}

static void test_self_ipi(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	assert_true(put(&r, SELF_IPI, 0xd1));
	assert_int_equal(board_acknowledge(&r.board), 0xd1);
	assert_true(put(&r, EOI, 0));
	assert_int_equal(get(&r, ISR + 6), 0);
	assert_true(put(&r, SELF_IPI, 0x0f));
	assert_int_equal(r.intr, 0);
	assert_true(put(&r, ESR, 0));
	assert_int_equal(get(&r, ESR), 0x60);
}

static void test_timer(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	assert_true(put(&r, TIMER, 0x50));
	assert_true(put(&r, INITIAL, 100));
	r.now = 50;
	assert_int_equal(get(&r, CURRENT), 75);
	run_to(&r, 200);
	assert_int_equal(board_acknowledge(&r.board), 0x50);
	assert_true(put(&r, TPR, 0x60));
	assert_int_equal(r.tpr, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access),      cmocka_unit_test(test_reserved_bits),
		cmocka_unit_test(test_transitions), cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_self_ipi),    cmocka_unit_test(test_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
