/* test_apic.c - the local APIC in xAPIC mode [SDM vol. 3, chapter 10]. */
#include "board_rig.h"

/* Offsets of table 10-1. */
enum {
	ID = 0x20,
	VERSION = 0x30,
	TPR = 0x80,
	APR = 0x90,
	PPR = 0xa0,
	EOI = 0xb0,
	RRD = 0xc0,
	LDR = 0xd0,
	DFR = 0xe0,
	SVR = 0xf0,
	ISR = 0x100,
	TMR = 0x180,
	IRR = 0x200,
	ESR = 0x280,
	CMCI = 0x2f0,
	ICR = 0x300,
	ICR_HIGH = 0x310,
	TIMER = 0x320,
	THERMAL = 0x330,
	COUNTERS = 0x340,
	LINT0 = 0x350,
	LINT1 = 0x360,
	ERROR = 0x370,
	INITIAL = 0x380,
	CURRENT = 0x390,
	DIVIDE = 0x3e0
};
enum { MASKED = 1 << 16, PERIODIC = 1 << 17, DEADLINE = 1 << 18, LEVEL = 1 << 15, ACTIVE_LOW = 1 << 13 };
enum { SELF = 1 << 18, ALL = 2 << 18, OTHERS = 3 << 18, LOGICAL = 1 << 11 };
enum { FIXED = 0, LOWEST = 1 << 8, SMI = 2 << 8, NMI = 4 << 8, INIT = 5 << 8, STARTUP = 6 << 8, EXTINT = 7 << 8 };

#define BASE_XAPIC 0xfee00900u
#define BASE_X2APIC 0xfee00d00u
#define BASE_OFF 0xfee00100u

static void set_up(struct rig *r)
{
	rig_init(r, skylake);
}

static unsigned take(struct rig *r)
{
	return board_acknowledge(&r->board);
}

static uint32_t errors(struct rig *r)
{
	apic_out(r, ESR, 0);
	return apic_in(r, ESR);
}

static bool is_set(struct rig *r, unsigned bits, unsigned vector)
{
	return apic_in(r, bits + vector / 32 * 16) >> vector % 32 & 1;
}

static void send_self(struct rig *r, unsigned vector)
{
	apic_out(r, ICR, SELF | vector);
}

/* ---- registers ---- */

static void test_start_state(void **state)
{
	static const struct {
		unsigned offset;
		uint32_t value;
	} rows[] = {
		{ ID, 0 },         { VERSION, 0x01060015 }, { TPR, 0 },          { PPR, 0 },       { LDR, 0 },
		{ DFR, ~0u },      { SVR, 0x10f },          { ESR, 0 },          { ICR, 0 },       { ICR_HIGH, 0 },
		{ CMCI, MASKED },  { TIMER, MASKED },       { THERMAL, MASKED }, { LINT0, 0x700 }, { LINT1, 0x400 },
		{ ERROR, MASKED }, { INITIAL, 0 },          { CURRENT, 0 },      { DIVIDE, 0 },    { COUNTERS, MASKED },
	};
	struct rig r;

	(void)state;
	set_up(&r);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(apic_in(&r, rows[i].offset), rows[i].value);
	for (unsigned i = 0; i < 24; i++)
		assert_int_equal(apic_in(&r, ISR + 16 * i), 0);
	assert_int_equal(errors(&r), 0);
}

/* Writable bits: all ones written. */
static void test_writable(void **state)
{
	static const struct {
		unsigned offset;
		uint32_t value;
	} rows[] = { { ID, 0xff000000 },
		     { VERSION, 0x01060015 },
		     { TPR, 0xff },
		     { LDR, 0xff000000 },
		     { DFR, ~0u },
		     { SVR, 0x13ff },
		     { CMCI, 0x107ff },
		     { THERMAL, 0x107ff },
		     { COUNTERS, 0x107ff },
		     { TIMER, 0x700ff },
		     { LINT0, 0x1a7ff },
		     { LINT1, 0x1a7ff },
		     { ERROR, 0x100ff },
		     { DIVIDE, 0xb },
		     { CURRENT, 0 },
		     { ISR, 0 },
		     { ICR_HIGH, 0xff000000 } };
	struct rig r;

	(void)state;
	set_up(&r);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		apic_out(&r, rows[i].offset, ~0u);
		assert_int_equal(apic_in(&r, rows[i].offset), rows[i].value);
	}
	apic_out(&r, DFR, 0);
	assert_int_equal(apic_in(&r, DFR), 0x0fffffff);
	apic_out(&r, ICR, OTHERS | 0xcffff);
	assert_int_equal(apic_in(&r, ICR), 0xccfff); /* delivery status is idle */
}

static void test_absent_registers(void **state)
{
	static const unsigned absent[] = {
		0x000, 0x010, 0x040, 0x070, 0x290, 0x2e0, 0x3a0, 0x3d0, 0x3f0, 0x400, 0xff0
	};
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, ERROR, 0x55);
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		assert_int_equal(apic_in(&r, absent[i]), 0);
		assert_int_equal(errors(&r), 0x80);
		assert_int_equal(errors(&r), 0);
		apic_out(&r, absent[i], 0);
		assert_int_equal(errors(&r), 0x80);
	}
	assert_int_equal(take(&r), 0x55); /* the error interrupt */
	apic_out(&r, APR, 1);             /* read-only ones are no error */
	assert_int_equal(apic_in(&r, RRD) | errors(&r), 0);
}

/* Five entries, four entries: what a processor model has not is absent. */
static void test_entries_by_model(void **state)
{
	static const struct {
		uint32_t version;
		bool counters, thermal, cmci;
	} rows[] = { { 0x030010, 0, 0, 0 }, { 0x040011, 1, 0, 0 }, { 0x050014, 1, 1, 0 }, { 0x060015, 1, 1, 1 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct rig r;
		rig_init(&r, (struct apic_model){ .version = rows[i].version, .present = true });
		assert_int_equal(apic_in(&r, COUNTERS), rows[i].counters ? MASKED : 0);
		assert_int_equal(apic_in(&r, THERMAL), rows[i].thermal ? MASKED : 0);
		assert_int_equal(apic_in(&r, CMCI), rows[i].cmci ? MASKED : 0);
		apic_out(&r, TIMER, ~0u);
		assert_int_equal(apic_in(&r, TIMER), 0x300ff); /* no TSC deadline */
		apic_out(&r, SVR, ~0u);
		assert_int_equal(apic_in(&r, SVR), 0x3ff); /* no suppression */
	}
}

static void test_sizes(void **state)
{
	struct rig r;
	uint64_t at = APIC_PAGE + VERSION;

	(void)state;
	set_up(&r);
	assert_int_equal(board_memory_read(&r.board, at, 8), 0x01060015);
	assert_int_equal(board_memory_read(&r.board, at + 2, 2), 0x0106);
	assert_int_equal(board_memory_read(&r.board, at, 1), 0x15);
	assert_int_equal(board_memory_read(&r.board, at + 4, 4), 0);
	board_memory_write(&r.board, APIC_PAGE + TPR, 1, 0x20);
	board_memory_write(&r.board, APIC_PAGE + TPR + 4, 4, 0x20);
	assert_int_equal(apic_in(&r, TPR), 0);
	board_memory_write(&r.board, APIC_PAGE + TPR, 8, 0x30);
	assert_int_equal(apic_in(&r, TPR), 0x30);
}

/* ---- priorities ---- */

static void test_priorities(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	send_self(&r, 0x45);
	send_self(&r, 0x61);
	assert_true(is_set(&r, IRR, 0x45) && is_set(&r, IRR, 0x61));
	assert_int_equal(r.intr, 1);
	assert_int_equal(apic_in(&r, APR), 0x60);
	assert_int_equal(take(&r), 0x61);
	assert_true(is_set(&r, ISR, 0x61) && !is_set(&r, IRR, 0x61));
	assert_int_equal(apic_in(&r, PPR), 0x60);
	assert_int_equal(r.intr, 0);
	send_self(&r, 0x6f); /* the same class waits */
	assert_int_equal(r.intr, 0);
	send_self(&r, 0x70);
	assert_int_equal(take(&r), 0x70);
	apic_out(&r, EOI, 0);
	assert_false(is_set(&r, ISR, 0x70));
	apic_out(&r, EOI, 0);
	assert_int_equal(take(&r), 0x6f);
	apic_out(&r, EOI, 0);
	assert_int_equal(take(&r), 0x45);
	apic_out(&r, EOI, 0);
	apic_out(&r, EOI, 0); /* nothing in service: nothing happens */
	assert_int_equal(r.intr, 0);
}

static void test_task_priority(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, TPR, 0x4a);
	assert_int_equal(r.tpr, 4);
	assert_int_equal(apic_in(&r, PPR), 0x4a);
	assert_int_equal(apic_in(&r, APR), 0x4a);
	send_self(&r, 0x4f);
	assert_int_equal(r.intr, 0);
	board_task_priority(&r.board, 3);
	assert_int_equal(apic_in(&r, TPR), 0x30);
	assert_int_equal(r.intr, 1);
	apic_out(&r, TPR, 0xf0); /* gone before the acknowledge: a spurious interrupt, which is not in service */
	assert_int_equal(r.intr, 0);
	apic_out(&r, SVR, 0x1ef);
	assert_int_equal(take(&r), 0xef);
	assert_false(is_set(&r, ISR, 0xef));
	assert_true(is_set(&r, IRR, 0x4f));
	apic_out(&r, TPR, 0x40);
	assert_int_equal(r.intr, 0); /* class 4 is not above 4 */
}

/* ---- interprocessor interrupts ---- */

static unsigned received(struct rig *r, uint32_t high, uint32_t low)
{
	unsigned before = r->nmis + r->smis + r->inits;

	apic_out(r, ICR_HIGH, high);
	apic_out(r, ICR, low);
	assert_int_equal(apic_in(r, ICR) & 1 << 12, 0);
	if (r->intr && take(r) == 0x99) {
		apic_out(r, EOI, 0);
		return 1;
	}
	return r->nmis + r->smis + r->inits - before;
}

static void test_destinations(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, ID, 3u << 24);
	assert_int_equal(received(&r, 3u << 24, 0x99), 1);
	assert_int_equal(received(&r, 2u << 24, 0x99), 0);
	assert_int_equal(received(&r, 0xffu << 24, 0x99), 1);
	assert_int_equal(received(&r, 3u << 24, LOWEST | 0x99), 1);
	apic_out(&r, LDR, 0x24u << 24);
	assert_int_equal(received(&r, 0x20u << 24, LOGICAL | 0x99), 1); /* flat */
	assert_int_equal(received(&r, 0x04u << 24, LOGICAL | 0x99), 1);
	assert_int_equal(received(&r, 0xdbu << 24, LOGICAL | 0x99), 0);
	apic_out(&r, DFR, 0); /* cluster 2, member 4 */
	assert_int_equal(received(&r, 0x24u << 24, LOGICAL | 0x99), 1);
	assert_int_equal(received(&r, 0x2bu << 24, LOGICAL | 0x99), 0);
	assert_int_equal(received(&r, 0x34u << 24, LOGICAL | 0x99), 0);
	assert_int_equal(received(&r, 0xf4u << 24, LOGICAL | 0x99), 1);
	assert_int_equal(received(&r, 0xf8u << 24, LOGICAL | 0x99), 0);
	assert_int_equal(received(&r, 0xffu << 24, LOGICAL | 0x99), 1);
}

/* Table 10-3: with itself by a shorthand, only fixed is valid. */
static void test_shorthands(void **state)
{
	static const uint32_t modes[] = { FIXED, LOWEST, SMI, NMI, INIT };
	struct rig r;

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		set_up(&r);
		assert_int_equal(received(&r, 0, modes[i] | SELF | 0x99), modes[i] == FIXED);
		assert_int_equal(received(&r, 0, modes[i] | ALL | 0x99), modes[i] == FIXED);
		assert_int_equal(received(&r, 0, modes[i] | OTHERS | 0x99), 0);
		assert_int_equal(received(&r, 0, modes[i] | 0x99), 1);
	}
	assert_int_equal(r.inits, 1);
	set_up(&r);
	assert_int_equal(received(&r, 0, NMI), 1); /* a vector does not matter */
	assert_int_equal(r.nmis, 1);
	assert_int_equal(received(&r, 0, STARTUP | 0x10), 0);
	assert_int_equal(received(&r, 0, INIT | LEVEL), 0); /* de-assert */
	assert_int_equal(received(&r, 0, SMI), 1);
	assert_int_equal(r.smis, 1);
}

/* 10.4.7.3: the state of power-up, but for the ID. */
static void test_init(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, ID, 5u << 24);
	apic_out(&r, LDR, 1u << 24);
	apic_out(&r, TPR, 0x20);
	send_self(&r, 0x99);
	apic_out(&r, ICR_HIGH, 5u << 24);
	apic_out(&r, ICR, INIT | 1 << 14);
	assert_int_equal(r.inits, 1);
	assert_int_equal(r.tpr, 0);
	assert_int_equal(r.intr, 0);
	assert_int_equal(apic_in(&r, ID), 5u << 24);
	assert_int_equal(apic_in(&r, LDR), 0);
	assert_int_equal(apic_in(&r, SVR), 0xff);
	assert_int_equal(apic_in(&r, LINT0), MASKED);
	assert_int_equal(apic_in(&r, IRR + 0x40), 0);
}

/* ---- errors ---- */

static void test_errors(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, ERROR, 0x77);
	send_self(&r, 0x0f);
	assert_int_equal(apic_in(&r, ESR), 0); /* until it is written */
	assert_int_equal(take(&r), 0x77);
	apic_out(&r, EOI, 0);
	send_self(&r, 0x0e); /* the first error armed no second interrupt */
	assert_int_equal(r.intr, 0);
	assert_int_equal(errors(&r), 0x60);
	assert_int_equal(apic_in(&r, ESR), 0x60);
	apic_out(&r, ICR, OTHERS | 0x0f);
	assert_int_equal(r.intr, 1);
	assert_int_equal(errors(&r), 0x20);
	assert_int_equal(errors(&r), 0);
	apic_out(&r, TIMER, 0x08);
	apic_out(&r, INITIAL, 1);
	run_to(&r, 100);
	assert_int_equal(errors(&r), 0x40);
	apic_out(&r, ERROR, 0x03); /* an error interrupt that is one itself */
	apic_in(&r, 0);
	assert_int_equal(errors(&r), 0xc0);
	assert_int_equal(apic_in(&r, IRR), 0);
}

/* ---- enabling and disabling ---- */

static void test_software_disable(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	send_self(&r, 0x88);
	apic_out(&r, SVR, 0xff);
	assert_int_equal(apic_in(&r, LINT0), 0x10700);
	assert_int_equal(apic_in(&r, ERROR), MASKED);
	apic_out(&r, LINT0, 0x700); /* the mask cannot be taken back */
	assert_int_equal(apic_in(&r, LINT0), 0x10700);
	assert_int_equal(take(&r), 0x88); /* what was accepted is held */
	send_self(&r, 0x99);
	assert_false(is_set(&r, IRR, 0x99));
	apic_out(&r, ICR, NMI);
	assert_int_equal(r.nmis, 1);
	apic_out(&r, SVR, 0x1ff);
	assert_int_equal(apic_in(&r, LINT0), 0x10700);
	apic_out(&r, LINT0, 0x700);
	assert_int_equal(apic_in(&r, LINT0), 0x700);
}

/* The 8259A reaches the CPU through LINT0, and directly when IA32_APIC_BASE switches the APIC off. */
static void test_virtual_wire(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	out(&r, 0x21, 0xdf);
	raise_line(&r, 5);
	assert_int_equal(r.intr, 1);
	apic_out(&r, LINT0, 0x10700);
	assert_int_equal(r.intr, 0);
	apic_out(&r, LINT0, 0x700);
	assert_int_equal(r.intr, 1);
	apic_out(&r, TPR, 0xff); /* no priority holds it */
	assert_int_equal(r.intr, 1);
	apic_out(&r, SVR, 0xff);
	assert_int_equal(r.intr, 0);
	board_apic_base(&r.board, BASE_OFF);
	assert_int_equal(r.intr, 1);
	assert_int_equal(r.tpr, 0);
	assert_false(board_memory_claims(&r.board, APIC_PAGE));
	assert_int_equal(take(&r), 0x0d);
	assert_int_equal(r.intr, 0);
	board_apic_base(&r.board, BASE_XAPIC); /* as after power-up */
	assert_true(board_memory_claims(&r.board, APIC_PAGE + 0xfff));
	assert_int_equal(apic_in(&r, SVR), 0xff);
	assert_int_equal(apic_in(&r, LINT0), MASKED);
}

/* An ExtINT that goes away while time passes up to INTA: the 8259A's own spurious vector. */
static void test_spurious_extint(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, SVR, 0x1ff);
	out(&r, 0x43, 0x34); /* rate generator: low for a tick in 100 */
	out(&r, 0x40, 100);
	out(&r, 0x40, 0);
	out(&r, 0x21, 0xfe);
	assert_int_equal(r.intr, 1);
	r.now = 100 * 1000000000ull / 1193182 + 1;
	assert_int_equal(take(&r), 0x0f);
	assert_int_equal(r.intr, 0);
}

static void test_moved_base(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	board_apic_base(&r.board, 0x12345900);
	assert_true(board_memory_claims(&r.board, 0x12345000));
	assert_false(board_memory_claims(&r.board, APIC_PAGE));
	assert_true(board_memory_claims(&r.board, IOAPIC_PAGE));
	assert_int_equal(board_memory_read(&r.board, 0x12345030, 4), 0x01060015);
	rig_init(&r, no_apic);
	assert_false(board_memory_claims(&r.board, APIC_PAGE));
}

/* ---- LINT0 ---- */

static void test_lint0_edge_and_nmi(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	out(&r, 0x21, 0xdf);
	apic_out(&r, LINT0, 0x41);
	raise_line(&r, 5);
	assert_int_equal(take(&r), 0x41);
	apic_out(&r, EOI, 0);
	assert_int_equal(r.intr, 0);
	lower_line(&r, 5);
	apic_out(&r, LINT0, NMI | LEVEL); /* NMIs are edges always */
	raise_line(&r, 5);
	assert_int_equal(r.nmis, 1);
	lower_line(&r, 5);
	assert_int_equal(r.nmis, 1);
	apic_out(&r, LINT0, NMI | ACTIVE_LOW);
	raise_line(&r, 5);
	assert_int_equal(r.nmis, 1);
	lower_line(&r, 5);
	assert_int_equal(r.nmis, 2);
}

static void test_lint0_level(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	out(&r, 0x21, 0xdf);
	raise_line(&r, 5);
	apic_out(&r, LINT0, LEVEL | 0x41);
	assert_int_equal(apic_in(&r, LINT0), 0xc041); /* remote IRR */
	assert_int_equal(take(&r), 0x41);
	assert_true(is_set(&r, TMR, 0x41));
	assert_int_equal(r.intr, 0);
	apic_out(&r, EOI, 0);
	assert_int_equal(take(&r), 0x41); /* still high */
	lower_line(&r, 5);
	apic_out(&r, EOI, 0);
	assert_int_equal(r.intr, 0);
	assert_int_equal(apic_in(&r, LINT0), 0x8041);
	raise_line(&r, 5);
	assert_int_equal(apic_in(&r, LINT0), 0xc041);
	apic_out(&r, LINT0, 0x10041); /* an edge has no remote IRR */
	apic_out(&r, LINT0, LEVEL | 0x10041);
	assert_int_equal(apic_in(&r, LINT0), 0x18041);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_state),
		cmocka_unit_test(test_writable),
		cmocka_unit_test(test_absent_registers),
		cmocka_unit_test(test_entries_by_model),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_task_priority),
		cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_shorthands),
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_software_disable),
		cmocka_unit_test(test_virtual_wire),
		cmocka_unit_test(test_spurious_extint),
		cmocka_unit_test(test_moved_base),
		cmocka_unit_test(test_lint0_edge_and_nmi),
		cmocka_unit_test(test_lint0_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
