/* test_pit.c - the 8254, from the waveforms of its data sheet (Intel 231164, figures 15 to 20), and port 61h. */
#include "board_rig.h"

#include <stdio.h>

enum { CONTROL = 0x43, SPEAKER = 0x61 };

static struct pit_counter *counter(struct pit *p)
{
	return &p->counter[2];
}

static void start(struct pit *p, uint8_t control, bool gate)
{
	*p = (struct pit){ 0 };
	counter(p)->gate = gate;
	pit_write(p, 3, (uint8_t)(0x80 | control));
}

static void count(struct pit *p, unsigned n)
{
	pit_write(p, 2, (uint8_t)n);
	pit_write(p, 2, (uint8_t)(n >> 8));
}

static void tick(struct pit *p, uint64_t ticks)
{
	pit_run(counter(p), counter(p)->at + ticks);
}

static unsigned value(struct pit *p)
{
	pit_write(p, 3, 0x80); /* latch */
	unsigned low = pit_read(p, 2);
	return low | (unsigned)pit_read(p, 2) << 8;
}

/* OUT and the count after each of the next ticks, as "H4 H3 L2". */
static void assert_wave(struct pit *p, const char *expected)
{
	char text[200] = "";
	size_t length = strlen(expected);

	while (strlen(text) < length) {
		tick(p, 1);
		char *end = text + strlen(text);
		snprintf(end, 16, "%s%c%X", end == text ? "" : " ", counter(p)->out ? 'H' : 'L', value(p));
	}
	assert_string_equal(text, expected);
}

enum { MODE0 = 0x30, MODE1 = 0x32, MODE2 = 0x34, MODE3 = 0x36, MODE4 = 0x38, MODE5 = 0x3a, BCD = 1 };

/* ---- modes ---- */

/* N + 1 CLK pulses after the count was written; then it goes on counting. */
static void test_mode_0(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE0, true);
	assert_int_equal(counter(&p)->out, 0);
	count(&p, 4);
	assert_wave(&p, "L4 L3 L2 L1 H0 HFFFF HFFFE");
	count(&p, 3); /* a new count: OUT goes low at once */
	assert_int_equal(counter(&p)->out, 0);
	assert_wave(&p, "L3 L2");
	pit_gate(counter(&p), false);
	assert_wave(&p, "L2 L2");
	pit_gate(counter(&p), true);
	assert_wave(&p, "L1 H0");
	count(&p, 5);
	assert_wave(&p, "L5 L4");
	pit_write(&p, 2, 2); /* the first byte of two stops it */
	assert_wave(&p, "L4 L4");
	pit_write(&p, 2, 0);
	assert_wave(&p, "L2 L1 H0");
}

static void test_mode_0_gate_at_the_start(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE0, false);
	count(&p, 3);
	assert_wave(&p, "L3 L3 L3"); /* loaded, not counted */
	pit_gate(counter(&p), true);
	assert_wave(&p, "L2 L1 H0 HFFFF");
}

static void test_mode_1(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE1, false);
	pit_gate(counter(&p), true); /* nothing to count yet */
	tick(&p, 2);
	assert_int_equal(counter(&p)->out, 1);
	count(&p, 3);
	tick(&p, 5);
	assert_int_equal(counter(&p)->out, 1); /* no trigger yet */
	pit_gate(counter(&p), false);
	pit_gate(counter(&p), true);
	assert_int_equal(counter(&p)->out, 1);
	assert_wave(&p, "L3 L2 L1 H0 HFFFF");
	pit_gate(counter(&p), false); /* a level does not matter */
	assert_wave(&p, "HFFFE");
	pit_gate(counter(&p), true);
	assert_wave(&p, "L3 L2");
	count(&p, 4); /* taken with the next trigger */
	pit_gate(counter(&p), false);
	assert_wave(&p, "L1");
	pit_gate(counter(&p), true); /* triggered again */
	assert_wave(&p, "L4 L3 L2 L1 H0");
}

static void test_mode_2(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE2, true);
	count(&p, 3);
	assert_wave(&p, "H3 H2 L1 H3 H2 L1 H3 H2");
	count(&p, 4); /* the period is finished first */
	assert_wave(&p, "L1 H4 H3 H2 L1 H4 H3");
	pit_gate(counter(&p), false);
	assert_wave(&p, "H3 H3");
	pit_gate(counter(&p), true);
	assert_wave(&p, "H4 H3 H2 L1");
	pit_gate(counter(&p), false); /* OUT goes high at once */
	assert_int_equal(counter(&p)->out, 1);
	start(&p, 0x3c, true); /* 110b is mode 2 as well */
	count(&p, 2);
	assert_wave(&p, "H2 L1 H2 L1");
}

static void test_mode_3(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE3, true);
	count(&p, 4);
	assert_wave(&p, "H4 H2 L4 L2 H4 H2 L4");
	start(&p, MODE3, true);
	count(&p, 5);
	assert_wave(&p, "H4 H2 H0 L4 L2 H4 H2 H0 L4 L2 H4");
	count(&p, 4); /* at the end of this half */
	assert_wave(&p, "H2 H0 L4 L2 H4");
	tick(&p, 2);
	assert_int_equal(counter(&p)->out, 0);
	pit_gate(counter(&p), false);
	assert_int_equal(counter(&p)->out, 1);
	tick(&p, 9);
	pit_gate(counter(&p), true);
	assert_wave(&p, "H4 H2 L4 L2 H4");
	start(&p, 0x3e, true); /* 111b is mode 3 as well */
	count(&p, 2);
	assert_wave(&p, "H2 L2 H2 L2");
}

static void test_mode_4(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE4, true);
	count(&p, 3);
	assert_wave(&p, "H3 H2 H1 L0 HFFFF HFFFE"); /* one strobe only */
	count(&p, 2);
	assert_wave(&p, "H2");
	pit_gate(counter(&p), false);
	assert_wave(&p, "H2 H2");
	pit_gate(counter(&p), true);
	assert_wave(&p, "H1 L0 HFFFF");
}

static void test_mode_5(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE5, false);
	count(&p, 3);
	tick(&p, 4);
	assert_int_equal(counter(&p)->out, 1);
	pit_gate(counter(&p), true);
	assert_wave(&p, "H3 H2 H1 L0 HFFFF");
	pit_gate(counter(&p), false);
	pit_gate(counter(&p), true);
	assert_wave(&p, "H3 H2");
	pit_gate(counter(&p), false);
	pit_gate(counter(&p), true);
	assert_wave(&p, "H3 H2 H1 L0");
}

static void test_bcd(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE0 | BCD, true);
	count(&p, 0x1000);
	assert_wave(&p, "L1000 L999 L998");
	tick(&p, 998);
	assert_wave(&p, "H9999 H9998");
	start(&p, MODE2 | BCD, true);
	count(&p, 0); /* 10000 */
	assert_wave(&p, "H0 H9999");
	tick(&p, 9998);
	assert_wave(&p, "H0");
	start(&p, MODE2, true);
	count(&p, 0); /* 65536 */
	assert_wave(&p, "H0 HFFFF");
	tick(&p, 65534);
	assert_wave(&p, "H0");
}

/* ---- reading and writing ---- */

static void test_formats(void **state)
{
	struct pit p;

	(void)state;
	start(&p, 0x10, true); /* low byte only */
	pit_write(&p, 2, 0x34);
	tick(&p, 1);
	assert_int_equal(pit_read(&p, 2), 0x34);
	assert_int_equal(pit_read(&p, 2), 0x34);
	start(&p, 0x20, true); /* high byte only */
	pit_write(&p, 2, 0x12);
	tick(&p, 1);
	assert_int_equal(pit_read(&p, 2), 0x12);
	tick(&p, 1);
	assert_int_equal(pit_read(&p, 2), 0x11);
	start(&p, MODE0, true);
	count(&p, 0x1234);
	tick(&p, 1);
	assert_int_equal(pit_read(&p, 2), 0x34);
	assert_int_equal(pit_read(&p, 2), 0x12);
	assert_int_equal(pit_read(&p, 3), 0xff);
}

static void test_latch(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE0, true);
	count(&p, 0x1200);
	tick(&p, 1);
	pit_write(&p, 3, 0x80);
	tick(&p, 16);
	pit_write(&p, 3, 0x80); /* the first latch holds until it is read */
	assert_int_equal(pit_read(&p, 2), 0x00);
	tick(&p, 16);
	assert_int_equal(pit_read(&p, 2), 0x12);
	assert_int_equal(pit_read(&p, 2), 0xe0);
	assert_int_equal(pit_read(&p, 2), 0x11);
}

static void test_read_back(void **state)
{
	struct pit p;

	(void)state;
	start(&p, MODE2, true);
	pit_write(&p, 3, 0xe8); /* status of counter 2 */
	assert_int_equal(pit_read(&p, 2), 0xf4);
	count(&p, 0x0203);
	pit_write(&p, 3, 0xe8);
	assert_int_equal(pit_read(&p, 2), 0xf4); /* null count: written, not loaded */
	tick(&p, 1);
	pit_write(&p, 3, 0xc8); /* both: the status comes first */
	tick(&p, 2);
	pit_write(&p, 3, 0xc8);
	assert_int_equal(pit_read(&p, 2), 0xb4);
	assert_int_equal(pit_read(&p, 2), 0x03);
	assert_int_equal(pit_read(&p, 2), 0x02);
	assert_int_equal(pit_read(&p, 2), 0x01); /* not latched any more */
	count(&p, 9);
	pit_write(&p, 3, 0xe8);
	pit_read(&p, 2);
	pit_write(&p, 3, 0xde); /* counts of all three */
	assert_int_equal(pit_read(&p, 0), 0);
	start(&p, MODE0, true);
	pit_write(&p, 3, 0xe8);
	assert_int_equal(pit_read(&p, 2), 0x70);
}

/* ---- many ticks at once, and looking ahead ---- */

static uint32_t random32(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 32);
}

static void program_at_random(struct pit *p, uint64_t *seed)
{
	switch (random32(seed) % 4) {
	case 0:
		pit_write(p, 3, (uint8_t)(0x80 | 0x30 | random32(seed) % 16));
		break;
	case 1:
		pit_gate(counter(p), random32(seed) & 1);
		break;
	default:
		count(p, random32(seed) % (random32(seed) & 1 ? 8 : 0x10000));
	}
}

/* In one stride, and tick by tick: the same counter, and OUT changes when it was said to. */
static void test_strides(void **state)
{
	struct pit p;
	uint64_t seed = 1;

	(void)state;
	start(&p, MODE2, true);
	for (unsigned i = 0; i < 4000; i++) {
		program_at_random(&p, &seed);
		struct pit slow = p;
		uint64_t ticks = random32(&seed) % (random32(&seed) % 8 ? 40 : 140000), change = NEVER;
		uint64_t expected = pit_next_change(counter(&p));
		for (uint64_t t = 0; t < ticks; t++) {
			bool before = counter(&slow)->out;
			tick(&slow, 1);
			if (counter(&slow)->out != before && change == NEVER)
				change = counter(&slow)->at;
		}
		tick(&p, ticks);
		assert_memory_equal(&p, &slow, sizeof(p));
		assert_int_equal(change, expected <= counter(&p)->at ? expected : NEVER);
	}
}

/* ---- on the board ---- */

/* Counter 0 as a PC's firmware leaves it: 18.2 Hz, a square wave; the first tick loads it. */
static void test_rate(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, no_apic);
	out(&r, 0x21, 0xfe);
	assert_int_equal(r.intr, 1);
	assert_int_equal(board_acknowledge(&r.board), 0x08);
	out(&r, 0x20, 0x20);
	for (uint64_t n = 1; n <= 40; n++) {
		uint64_t tick = 1 + n * 65536; /* OUT rises */
		uint64_t cycle = (tick * 1000000000 + 1193181) / 1193182;
		run_to(&r, cycle - 1);
		assert_int_equal(r.intr, 0);
		assert_int_equal(board_next_event(&r.board), cycle);
		run_to(&r, cycle);
		assert_int_equal(r.intr, 1);
		assert_int_equal(board_acknowledge(&r.board), 0x08);
		out(&r, 0x20, 0x20);
	}
}

/* A rate generator that nobody serves: the request goes away for a tick, and comes again. */
static void test_request_falls_with_out(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, no_apic);
	out(&r, CONTROL, 0x34);
	out(&r, 0x40, 100);
	out(&r, 0x40, 0);
	out(&r, 0x21, 0xfe);
	assert_int_equal(r.intr, 1);
	uint64_t low = (100 * 1000000000ull + 1193181) / 1193182, high = (101 * 1000000000ull + 1193181) / 1193182;
	assert_int_equal(board_next_event(&r.board), low);
	run_to(&r, low);
	assert_int_equal(r.intr, 0);
	run_to(&r, high);
	assert_int_equal(r.intr, 1);
}

static void test_speaker_port(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, no_apic);
	out(&r, SPEAKER, 0xff);
	assert_int_equal(in(&r, SPEAKER) & 0xcf, 0x0f);
	out(&r, SPEAKER, 0);
	out(&r, CONTROL, 0xb0); /* counter 2, mode 0: how a kernel measures time */
	out(&r, 0x42, 0x9b);
	out(&r, 0x42, 0x2e); /* 11931 ticks */
	r.now += SECOND;
	assert_int_equal(in(&r, SPEAKER) & 0x20, 0);
	out(&r, SPEAKER, 1);
	uint64_t first = 1193182; /* the tick at one second has loaded it already */
	uint64_t end = ((first + 11931) * 1000000000 + 1193181) / 1193182;
	r.now = end - 1;
	assert_int_equal(in(&r, SPEAKER) & 0x2f, 0x01);
	r.now = end;
	assert_int_equal(in(&r, SPEAKER) & 0x2f, 0x21);
}

/* 18 ticks each way: the refresh requests of 15 us. */
static void test_refresh_toggle(void **state)
{
	struct rig r;
	unsigned changes = 0, last;

	(void)state;
	rig_init(&r, no_apic);
	last = in(&r, SPEAKER) & 0x10;
	for (; r.now < 1000000; r.now += 100) {
		unsigned now = in(&r, SPEAKER) & 0x10;
		changes += now != last;
		last = now;
	}
	assert_int_equal(changes, 1193 / 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mode_0),       cmocka_unit_test(test_mode_0_gate_at_the_start),
		cmocka_unit_test(test_mode_1),       cmocka_unit_test(test_mode_2),
		cmocka_unit_test(test_mode_3),       cmocka_unit_test(test_mode_4),
		cmocka_unit_test(test_mode_5),       cmocka_unit_test(test_bcd),
		cmocka_unit_test(test_formats),      cmocka_unit_test(test_latch),
		cmocka_unit_test(test_read_back),    cmocka_unit_test(test_strides),
		cmocka_unit_test(test_rate),         cmocka_unit_test(test_request_falls_with_out),
		cmocka_unit_test(test_speaker_port), cmocka_unit_test(test_refresh_toggle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
