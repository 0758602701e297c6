/* test_rtc.c - the MC146818, from its data sheet, through ports 70h and 71h. */
#include "board_rig.h"

enum { INDEX = 0x70, DATA = 0x71, A = 10, B, C, D };
enum { SET = 0x80, PIE = 0x40, AIE = 0x20, UIE = 0x10, BINARY = 0x04, HOURS_24 = 0x02 };

static uint8_t get(struct rig *r, uint8_t index)
{
	out(r, INDEX, index);
	return in(r, DATA);
}

static void put(struct rig *r, uint8_t index, uint8_t value)
{
	out(r, INDEX, index);
	out(r, DATA, value);
}

/* Two digits each: year, month, day, weekday, hour, minute, second, as the registers hold them. */
static uint64_t time_now(struct rig *r)
{
	static const uint8_t order[] = { 9, 8, 7, 6, 4, 2, 0 };
	uint64_t time = 0;

	for (size_t i = 0; i < sizeof(order); i++)
		time = time << 8 | get(r, order[i]);
	return time;
}

static void set_time(struct rig *r, uint64_t time)
{
	static const uint8_t order[] = { 0, 2, 4, 6, 7, 8, 9 };

	for (size_t i = 0; i < sizeof(order); i++)
		put(r, order[i], (uint8_t)(time >> 8 * i));
}

static void assert_time(struct rig *r, uint64_t expected)
{
	assert_int_equal(time_now(r), expected);
}

/* IRQ 8 alone is unmasked. */
static void set_up(struct rig *r)
{
	rig_init(r, no_apic);
	out(r, 0x21, 0xfb);
	out(r, 0xa1, 0xfe);
}

static void acknowledge(struct rig *r)
{
	assert_int_equal(board_acknowledge(&r->board), 0x70);
	out(r, 0xa0, 0x20);
	out(r, 0x20, 0x20);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static void test_start(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, no_apic);
	assert_time(&r, 0x26010105000000);
	assert_int_equal(get(&r, 0x32), 0x20);
	assert_int_equal(get(&r, A), 0x26);
	assert_int_equal(get(&r, B), 0x02);
	assert_int_equal(get(&r, C), 0);
	assert_int_equal(get(&r, D), 0x80);
	assert_int_equal(in(&r, INDEX), 0xff);
	r.now = SECOND - 1;
	assert_time(&r, 0x26010105000000);
	r.now = SECOND;
	assert_time(&r, 0x26010105000001);
	r.now = 3661ull * SECOND;
	assert_time(&r, 0x26010105010101);
}

static void test_carries(void **state)
{
	static const struct {
		uint8_t b;
		uint64_t before, after;
	} rows[] = {
		{ HOURS_24, 0x26010105235959, 0x26010206000000 },
		{ HOURS_24, 0x26022807235959, 0x26030101000000 },
		{ HOURS_24, 0x28022803235959, 0x28022904000000 },
		{ HOURS_24, 0x28022904235959, 0x28030105000000 },
		{ HOURS_24, 0x99123101235959, 0x00010102000000 },
		{ HOURS_24, 0x26043001095959, 0x26043001100000 },
		{ 0, 0x26010105115959, 0x26010105920000 },
		{ 0, 0x26010105925959, 0x26010105810000 },
		{ 0, 0x26010105915959, 0x26010206120000 },
		{ 0, 0x26010105125959, 0x26010105010000 },
		{ HOURS_24 | BINARY, 0x1a0c1f07173b3b, 0x1b010101000000 },
		{ BINARY, 0x1a0101050b3b3b, 0x1a0101058c0000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig r;
		rig_init(&r, no_apic);
		put(&r, B, rows[i].b | SET);
		set_time(&r, rows[i].before);
		put(&r, B, rows[i].b);
		r.now = SECOND;
		assert_time(&r, rows[i].after);
	}
}

/* Years in one stride: 2026-01-01 and 1000 days are 2028-09-27, a Wednesday. */
static void test_long(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, no_apic);
	r.now = (1000ull * 86400 + 3661) * SECOND;
	assert_time(&r, 0x28092704010101);
}

static void test_set_and_divider(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	put(&r, B, HOURS_24 | UIE);
	put(&r, B, HOURS_24 | UIE | SET); /* SET clears UIE */
	assert_int_equal(get(&r, B), HOURS_24 | SET);
	r.now = 10ull * SECOND;
	assert_time(&r, 0x26010105000000);
	assert_int_equal(get(&r, C), 0x40); /* the periodic rate goes on */
	put(&r, B, HOURS_24);
	r.now = 11ull * SECOND;
	assert_time(&r, 0x26010105000001);
	put(&r, A, 0x76); /* divider reset */
	get(&r, C);
	r.now = 20ull * SECOND + 123;
	assert_int_equal(get(&r, C), 0);
	put(&r, A, 0x26);
	r.now += SECOND / 2 - 40000;
	assert_time(&r, 0x26010105000001);
	r.now += 80000; /* half a second, by ticks of 30.5 us */
	assert_time(&r, 0x26010105000002);
	r.now += SECOND;
	assert_time(&r, 0x26010105000003);
}

/* 244 us before the update cycle of 1984 us, in ticks of 1/32768 s: 73 of them. */
static void test_update_in_progress(void **state)
{
	struct rig r;
	uint64_t rises = ((32768 - 73) * 1000000000ull + 32767) / 32768;

	(void)state;
	rig_init(&r, no_apic);
	r.now = rises - 1;
	assert_int_equal(get(&r, A), 0x26);
	r.now = rises;
	assert_int_equal(get(&r, A), 0xa6);
	assert_int_equal(get(&r, C) & 0x10, 0);
	put(&r, B, HOURS_24 | SET);
	assert_int_equal(get(&r, A), 0x26);
	put(&r, B, HOURS_24);
	r.now = SECOND - 1;
	assert_int_equal(get(&r, A), 0xa6);
	r.now = SECOND;
	assert_int_equal(get(&r, A), 0x26);
	assert_int_equal(get(&r, C) & 0x10, 0x10);
}

/* ---- interrupts -------------------------------------------------------------------------------------------------- */

static void test_update_interrupt(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	put(&r, B, HOURS_24 | UIE);
	for (uint64_t n = 1; n < 4; n++) {
		assert_int_equal(board_next_event(&r.board), n * SECOND);
		run_to(&r, n * SECOND);
		assert_int_equal(r.intr, 1);
		assert_int_equal(board_next_event(&r.board), UINT64_MAX); /* until C is read */
		acknowledge(&r);
		assert_int_equal(get(&r, C) & 0x90, 0x90);
		assert_int_equal(get(&r, C), 0);
	}
	r.now = 4ull * SECOND + 5;
	out(&r, 0xa1, 0xff);
	get(&r, C);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX); /* masked */
}

static void test_periodic_interrupt(void **state)
{
	static const struct {
		uint8_t rate;
		uint32_t hz;
	} rows[] = { { 1, 256 }, { 2, 128 }, { 3, 8192 }, { 6, 1024 }, { 15, 2 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig r;
		set_up(&r);
		put(&r, A, 0x20 | rows[i].rate);
		put(&r, B, HOURS_24 | PIE);
		for (uint64_t n = 1; n <= 5; n++) {
			uint64_t at = (n * 1000000000ull + rows[i].hz - 1) / rows[i].hz;
			assert_int_equal(board_next_event(&r.board), at);
			run_to(&r, at);
			acknowledge(&r);
			assert_int_equal(get(&r, C), 0xc0 | (at % SECOND ? 0 : 0x10));
		}
		put(&r, A, 0x20);
		assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	}
}

static void test_alarm(void **state)
{
	static const struct {
		uint8_t hour, minute, second;
		uint64_t first, second_time; /* seconds from midnight */
	} rows[] = {
		{ 0x13, 0x05, 0x10, 47110, 47110 + 86400 },
		{ 0xff, 0x05, 0x10, 310, 3910 },
		{ 0xc0, 0xff, 0x10, 10, 70 },
		{ 0xff, 0xff, 0xff, 1, 2 },
		{ 0x00, 0x00, 0x00, 86400, 172800 },
		{ 0x23, 0xff, 0x59, 82859, 82919 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rig r;
		set_up(&r);
		put(&r, 5, rows[i].hour);
		put(&r, 3, rows[i].minute);
		put(&r, 1, rows[i].second);
		put(&r, B, HOURS_24 | AIE);
		for (unsigned n = 0; n < 2; n++) {
			uint64_t at = (n ? rows[i].second_time : rows[i].first) * SECOND;
			assert_int_equal(board_next_event(&r.board), at);
			run_to(&r, at);
			acknowledge(&r);
			assert_int_equal(get(&r, C) & 0xa0, 0xa0);
		}
	}
}

/* An alarm that is no time never comes; a time that is none ends by itself. */
static void test_no_alarm(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	put(&r, 1, 0x7a);
	put(&r, B, HOURS_24 | AIE);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	put(&r, 0, 0x7f);
	put(&r, 2, 0xaa);
	put(&r, 4, 0x99);
	r.now = SECOND;
	assert_time(&r, 0x26010206000000);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void test_memory(void **state)
{
	struct rig r;
	unsigned sum = 0;

	(void)state;
	rig_init(&r, no_apic); /* 64 MiB */
	assert_int_equal(get(&r, 0x15) | get(&r, 0x16) << 8, 640);
	assert_int_equal(get(&r, 0x17) | get(&r, 0x18) << 8, 63 * 1024);
	assert_int_equal(get(&r, 0x30) | get(&r, 0x31) << 8, 63 * 1024);
	assert_int_equal(get(&r, 0x34) | get(&r, 0x35) << 8, 48 * 16);
	for (uint8_t i = 0x10; i < 0x2e; i++)
		sum += get(&r, i);
	assert_int_equal(get(&r, 0x2e) << 8 | get(&r, 0x2f), sum);
	put(&r, 0xff, 0x5a); /* bit 7 of the index masks NMIs */
	assert_int_equal(get(&r, 0x7f), 0x5a);
	put(&r, C, 0xff);
	put(&r, D, 0);
	assert_int_equal(get(&r, D), 0x80);
	bus_out(&r.bus, INDEX, 2, 0x1234); /* index and data at once */
	assert_int_equal(get(&r, 0x34), 0x12);
}

static void test_large_memory(void **state)
{
	struct rtc rtc;

	(void)state;
	rtc_firmware(&rtc, 8ull << 30);
	assert_int_equal(rtc.memory[0x30] | rtc.memory[0x31] << 8, 0xffff);
	assert_int_equal(rtc.memory[0x34] | rtc.memory[0x35] << 8, 0xffff);
	rtc_firmware(&rtc, 1 << 20);
	assert_int_equal(rtc.memory[0x17] | rtc.memory[0x18] | rtc.memory[0x34] | rtc.memory[0x35], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_carries),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_set_and_divider),
		cmocka_unit_test(test_update_in_progress),
		cmocka_unit_test(test_update_interrupt),
		cmocka_unit_test(test_periodic_interrupt),
		cmocka_unit_test(test_alarm),
		cmocka_unit_test(test_no_alarm),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_large_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
