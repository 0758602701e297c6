/* test_board_time.c - the board between accesses: nothing depends on how often it is looked at, and every signal was
 * announced. Random programs of accesses, three boards: one is run from event to event, one at other times as well, one
 * only when software comes by. */
#include "board_rig.h"

#include <stdio.h>

enum { PROGRAMS = 400, ACCESSES = 120 };

static uint64_t random64(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1du;
}

static uint64_t below(uint64_t *seed, uint64_t limit)
{
	return random64(seed) % limit;
}

/* ---- random accesses --------------------------------------------------------------------------------------------- */

enum kind { WRITE_PORT, READ_PORT, WRITE_APIC, READ_APIC, WRITE_IOAPIC, READ_IOAPIC, LINE, ACKNOWLEDGE, OTHER, KINDS };

struct access {
	enum kind kind;
	uint32_t where, size;
	uint64_t value;
};

static const uint16_t ports[] = { 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1, 0x40,  0x40,  0x41,  0x42, 0x43,
				  0x43, 0x61, 0x70, 0x71, 0x71,  0x3f8, 0x3f9, 0x3fa, 0x3fc, 0x3fd };

static uint64_t port_value(uint64_t *seed, uint16_t port)
{
	static const uint8_t masks[] = { 0x00, 0xfa, 0xfe, 0xff, 0xfb }, rtc[] = { 10, 11, 12, 0, 1, 3, 5, 4 };

	switch (port) {
	case 0x21:
	case 0xa1:
		return masks[below(seed, sizeof(masks))];
	case 0x20:
	case 0xa0:
		return below(seed, 4) ? 0x20 : random64(seed);
	case 0x43:
		return below(seed, 3) ? 0x30 | below(seed, 3) << 6 | below(seed, 8) << 1 : random64(seed);
	case 0x70:
		return rtc[below(seed, sizeof(rtc))];
	default:
		return random64(seed);
	}
}

/* Vectors from a few classes, so that priorities meet. */
static uint64_t apic_value(uint64_t *seed, uint32_t offset)
{
	static const uint32_t timers[] = { 0x00041, 0x20042, 0x40043, 0x10044, 0x20008 };
	static const uint32_t pins[] = { 0x700, 0x700, 0x400, 0x51, 0x8052, 0x2053, 0x10700, 0x500 };
	static const uint32_t ipis[] = { 0x40055, 0x56, 0x400, 0xc0400, 0x40003, 0x80061, 0x8500 };

	switch (offset) {
	case 0x320:
		return timers[below(seed, 5)];
	case 0x350:
		return pins[below(seed, 8)];
	case 0x300:
		return ipis[below(seed, 7)];
	case 0x80:
		return below(seed, 3) * 0x28;
	case 0xf0:
		return below(seed, 5) ? 0x1ff : random64(seed);
	case 0x380:
		return below(seed, 4) ? below(seed, 1000000) : below(seed, 100);
	case 0x310:
		return below(seed, 3) ? 0 : random64(seed);
	default:
		return random64(seed);
	}
}

static const uint16_t offsets[] = { 0x320, 0x320, 0x350, 0x350, 0x300, 0x80,  0xf0,  0x380, 0x380, 0x3e0,
				    0xb0,  0xb0,  0x280, 0x370, 0xd0,  0x310, 0x390, 0x0a0, 0x200, 0x7 };

/* Registers of the I/O APIC: the pins of INT, timer, clock and of lines that the test drives. */
static struct access ioapic_access(uint64_t *seed, enum kind kind)
{
	static const uint8_t pins[] = { 0, 2, 8, 5, 9 };
	static const uint32_t entries[] = { 0x10000, 0x71, 0x8072, 0x2073, 0x700, 0x400, 0x8175, 0x10000, 0x876 };
	uint8_t pin = pins[below(seed, sizeof(pins))];

	return (struct access){ kind, 0x10u + 2u * pin, 4, entries[below(seed, 9)] };
}

/* Index and data of the clock at once: rates, enables, alarms that take any time. */
static struct access rtc_access(uint64_t *seed)
{
	static const uint16_t words[] = { 0x260a, 0x230a, 0x2f0a, 0x760a, 0x420b, 0x120b, 0x220b, 0x720b,
					  0x820b, 0xff01, 0xff03, 0xff05, 0x0000, 0x5900, 0x0501 };

	return (struct access){ WRITE_PORT, 0x70, 2, words[below(seed, sizeof(words) / sizeof(words[0]))] };
}

static struct access random_access(uint64_t *seed)
{
	enum kind kind = (enum kind)below(seed, KINDS);
	uint16_t port = ports[below(seed, sizeof(ports) / sizeof(ports[0]))];
	uint16_t offset = offsets[below(seed, sizeof(offsets) / sizeof(offsets[0]))];

	switch (kind) {
	case WRITE_PORT:
		if (below(seed, 3) == 0)
			return rtc_access(seed);
		/* fall through */
	case READ_PORT:
		return (struct access){ kind, port, below(seed, 8) ? 1 : 2, port_value(seed, port) };
	case WRITE_APIC:
	case READ_APIC:
		return (struct access){ kind, offset, 4, apic_value(seed, offset) };
	case WRITE_IOAPIC:
	case READ_IOAPIC:
		return ioapic_access(seed, kind);
	case LINE:
		return (struct access){ kind, below(seed, 2) ? 5 : 9, 1, below(seed, 2) };
	default:
		return (struct access){ kind, (uint32_t)below(seed, 16), 1, random64(seed) };
	}
}

static uint64_t other(struct rig *r, const struct access *a)
{
	static const uint64_t bases[] = { 0xfee00900, 0xfee00d00, 0xfee00100 };
	uint8_t mode = r->board.st.apic.mode;

	switch (a->where) {
	case 0:
		board_task_priority(&r->board, a->value & 15);
		return 0;
	case 1:
	case 2:
		board_tsc_deadline_write(&r->board, r->now + a->value % 1000000);
		return 0;
	case 3:
		board_tsc_offset(&r->board, a->value % 1000);
		return 0;
	case 4:
		if (mode != APIC_DISABLED || !(a->value & 1)) /* xAPIC, x2APIC, off, and again */
			board_apic_base(&r->board, bases[(mode + 1) % 3]);
		return 0;
	case 5:
	case 6: /* the clock's flags */
		out(r, 0x70, 12);
		return in(r, 0x71);
	default:
		return board_tsc_deadline_read(&r->board);
	}
}

/* In x2APIC mode the same registers are MSRs. */
static uint64_t apic_access(struct rig *r, const struct access *a)
{
	uint64_t value = 0;

	if (r->board.st.apic.mode == APIC_X2APIC && a->kind == READ_APIC)
		return board_x2apic_read(&r->board, 0x800 + a->where / 16, &value) ? value : 1;
	if (r->board.st.apic.mode == APIC_X2APIC)
		return board_x2apic_write(&r->board, 0x800 + a->where / 16, a->value & 0x7ffff);
	if (!board_memory_claims(&r->board, APIC_PAGE))
		return 2;
	if (a->kind == READ_APIC)
		return board_memory_read(&r->board, APIC_PAGE + a->where, a->size);
	board_memory_write(&r->board, APIC_PAGE + a->where, a->size, a->value);
	return 3;
}

static uint64_t do_access(struct rig *r, const struct access *a)
{
	switch (a->kind) {
	case WRITE_PORT:
		bus_out(&r->bus, (uint16_t)a->where, a->size, (uint32_t)a->value);
		return 0;
	case READ_PORT:
		return bus_in(&r->bus, (uint16_t)a->where, a->size);
	case WRITE_APIC:
	case READ_APIC:
		return apic_access(r, a);
	case WRITE_IOAPIC:
		ioapic_out(r, (uint8_t)a->where, (uint32_t)a->value);
		return 0;
	case READ_IOAPIC:
		return ioapic_in(r, (uint8_t)a->where);
	case LINE:
		board_sync(&r->board);
		board_line(&r->board, a->where, a->value);
		return 0;
	case ACKNOWLEDGE:
		return r->intr ? board_acknowledge(&r->board) : 0;
	default:
		return other(r, a);
	}
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static unsigned signals(const struct rig *r)
{
	return r->nmis + r->smis + r->inits;
}

static bool unheeded(const struct rig *r)
{
	return r->board.st.intr && r->board.st.now - r->board.st.attended >= SECOND;
}

static void assert_quiet_until(struct rig *r, uint64_t cycle)
{
	uint64_t event = board_next_event(&r->board);
	unsigned intr = r->intr, edges = signals(r);
	bool heeded = !unheeded(r);

	r->now = cycle;
	board_run_to(&r->board, cycle);
	if (cycle >= event)
		return;
	assert_int_equal(signals(r), edges);
	if (heeded)
		assert_int_equal(r->intr, intr);
}

static void run_restlessly(struct rig *r, uint64_t cycle, uint64_t *seed)
{
	while (r->now < cycle) {
		uint64_t event = board_next_event(&r->board), step = r->now + 1 + below(seed, cycle - r->now);
		assert_quiet_until(r, event < step ? event : step);
	}
}

/* Gaps of all sizes; long ones are rare. */
static uint64_t random_gap(uint64_t *seed)
{
	static const uint64_t most[] = { 10, 1000, 100000, 3000000, 3000000, 100000000 };

	return 1 + below(seed, most[below(seed, 6)]) + (below(seed, 100) == 0) * 2ull * SECOND;
}

/* The three boards, at the same time: equal but for edges that the lazy one was not asked for. */
static void assert_equal(const struct rig *a, const struct rig *b)
{
	assert_memory_equal(&a->board.st, &b->board.st, sizeof(a->board.st));
	assert_int_equal(a->intr, b->intr);
	assert_int_equal(a->tpr, b->tpr);
}

static void run_program(uint64_t number)
{
	uint64_t seed = number * 0x9e3779b97f4a7c15u + 1, extra = seed;
	struct rig diligent, restless, lazy;

	rig_init(&diligent, skylake);
	rig_init(&restless, skylake);
	rig_init(&lazy, skylake);
	for (unsigned i = 0; i < ACCESSES; i++) {
		struct access a = random_access(&seed);
		uint64_t cycle = diligent.now + random_gap(&seed);
		run_to(&diligent, cycle);
		run_restlessly(&restless, cycle, &extra);
		lazy.now = cycle;
		board_run_to(&lazy.board, cycle);
		assert_equal(&diligent, &restless);
		assert_equal(&diligent, &lazy);
		assert_int_equal(signals(&diligent), signals(&restless));
		uint64_t result = do_access(&diligent, &a);
		assert_int_equal(do_access(&restless, &a), result);
		assert_int_equal(do_access(&lazy, &a), result);
		assert_equal(&diligent, &restless);
		assert_equal(&diligent, &lazy);
	}
}

static void test_nobody_depends_on_being_looked_at(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < PROGRAMS; i++)
		run_program(i);
}

/* Any byte anywhere: nothing but what the sanitizers see. */
static void test_any_access(void **state)
{
	uint64_t seed = 7;
	struct rig r;

	(void)state;
	rig_init(&r, skylake);
	for (unsigned i = 0; i < 300000; i++) {
		uint64_t value = random64(&seed), page = random64(&seed) & 1 ? APIC_PAGE : IOAPIC_PAGE;
		unsigned size = 1u << below(&seed, 4);
		uint16_t port = ports[below(&seed, sizeof(ports) / sizeof(ports[0]))];
		uint64_t pa = page + below(&seed, 0x1000 / size) * size;
		r.now += below(&seed, 4) ? below(&seed, 10000) : 0;
		if (i % 3 == 0) {
			bus_out(&r.bus, port, size > 4 ? 4 : size, (uint32_t)value);
			bus_in(&r.bus, port, size > 4 ? 4 : size);
		} else if (board_memory_claims(&r.board, pa)) {
			board_memory_write(&r.board, pa, size, value);
			value = board_memory_read(&r.board, pa, size);
			assert_true(size == 8 || value >> 8 * size == 0);
		}
		if (r.intr)
			assert_true(board_acknowledge(&r.board) <= 0xff);
	}
}

/* ---- what is no event -------------------------------------------------------------------------------------------- */

/* Firmware's state: the interval timer runs, and nobody will ever hear of it. */
static void test_masked_is_never(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, skylake);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	r.now = 5ull * SECOND;
	board_run_to(&r.board, r.now);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
}

/* In service and never ended: further edges of the timer change nothing. */
static void test_in_service_is_never(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, skylake);
	out(&r, 0x21, 0xfe);
	assert_int_equal(board_acknowledge(&r.board), 0x08);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	out(&r, 0x20, 0x20);
	assert_int_not_equal(board_next_event(&r.board), UINT64_MAX);
}

/* CLI; HLT with a timer that ticks: INTR goes up and down for a second, then there is nothing to wait for. */
static void test_halted_without_interrupts(void **state)
{
	struct rig r;
	unsigned events = 0;

	(void)state;
	rig_init(&r, skylake);
	out(&r, 0x21, 0xfe);
	for (uint64_t at = board_next_event(&r.board); at != UINT64_MAX; at = board_next_event(&r.board)) {
		assert_true(++events < 100 && at > r.now);
		r.now = at;
		board_run_to(&r.board, at);
	}
	assert_in_range(events, 30, 50);
	assert_int_equal(r.intr, 1);
	assert_int_equal(board_next_edge(&r.board), UINT64_MAX);
	if (board_acknowledge(&r.board) != 0x08) /* who wakes after all is served */
		fail();
	out(&r, 0x20, 0x20);
	assert_int_not_equal(board_next_event(&r.board), UINT64_MAX);
}

/* The NMI watchdog of old kernels: the timer at LINT0, with NMI. */
static void test_next_edge(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, skylake);
	out(&r, 0x21, 0xfe);
	out(&r, 0x20, 0x0b);
	apic_out(&r, 0x350, 0x400);
	uint64_t rises = (65537 * 1000000000ull + 1193181) / 1193182;
	assert_int_equal(board_next_edge(&r.board), rises);
	assert_int_equal(board_next_event(&r.board), rises);
	run_to(&r, rises);
	assert_int_equal(r.nmis, 1);
}

/* The clock raises INT before the interval timer lets go of it, so LINT0 sees no edge, even when it is looked at late.
 */
static void test_order(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, skylake);
	out(&r, 0x21, 0xfa);
	out(&r, 0xa1, 0xfe);
	apic_out(&r, 0x350, 0x41);
	bus_out(&r.bus, 0x70, 2, 0x230a);
	bus_out(&r.bus, 0x70, 2, 0x420b);
	r.now = SECOND;
	board_run_to(&r.board, r.now);
	assert_int_equal(r.board.st.apic.lint0, 1);
	assert_int_equal(r.intr, 0);
}

static void test_snapshot(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, skylake);
	struct board_state before = r.board.st;
	apic_out(&r, 0x300, 1 << 18 | 0x99);
	assert_int_equal(r.intr, 1);
	struct board_state up = r.board.st;
	r.board.st = before;
	board_restored(&r.board);
	assert_int_equal(r.intr, 0);
	r.board.st = up;
	board_restored(&r.board);
	assert_int_equal(r.intr, 1);
	assert_int_equal(board_acknowledge(&r.board), 0x99);
}

/* Nobody listens and no clock is there: a board by itself works. */
static void test_alone(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, skylake);
	r.board.now = NULL;
	r.board.signal = NULL;
	apic_out(&r, 0x320, 0x41);
	apic_out(&r, 0x380, 100);
	board_run_to(&r.board, 199);
	assert_int_equal(r.board.st.intr, 0);
	board_run_to(&r.board, 200);
	board_run_to(&r.board, 100); /* time does not go back */
	assert_int_equal(board_acknowledge(&r.board), 0x41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_depends_on_being_looked_at),
		cmocka_unit_test(test_any_access),
		cmocka_unit_test(test_masked_is_never),
		cmocka_unit_test(test_in_service_is_never),
		cmocka_unit_test(test_halted_without_interrupts),
		cmocka_unit_test(test_next_edge),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
