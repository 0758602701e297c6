/* pit.c - 8254: three counters, six modes [8254 data sheet, Intel 231164, "Mode definitions"].
 *
 * A tick is one CLK pulse. tick() says what a single one does; pit_run() comes to the same in a few steps, since
 * between two happenings (a load, a change of OUT) a counter only counts down, and modes 2 and 3 repeat themselves.
 *
 * Choices where the data sheet is silent: a count of 1 in modes 2 and 3, which it forbids, leaves OUT high; a trigger
 * before any count was written does nothing.
 */
#include "board/pit.h"

enum { BCD = 0x01, READ_BACK = 3, BOTH_BYTES = 3 };

/* ---- counts ---- */

static unsigned mode(const struct pit_counter *c)
{
	unsigned m = c->control >> 1 & 7;

	return m > 5 ? m - 4 : m;
}

static bool repeats(const struct pit_counter *c)
{
	return mode(c) == 2 || mode(c) == 3;
}

static unsigned format(const struct pit_counter *c)
{
	return c->control >> 4 & 3;
}

static uint32_t modulus(const struct pit_counter *c)
{
	return c->control & BCD ? 10000 : 0x10000;
}

/* The count register as a number of ticks; 0 is the largest. */
static uint32_t initial(const struct pit_counter *c)
{
	uint32_t n = c->count;

	if (c->control & BCD)
		n = (n >> 12) * 1000 + (n >> 8 & 15) * 100 + (n >> 4 & 15) * 10 + (n & 15);
	return n ? n : modulus(c);
}

/* What the guest reads. Mode 3 counts by two; with an odd count the first half ends one tick after 0. */
static uint16_t value(const struct pit_counter *c)
{
	uint32_t n = (mode(c) == 3 && c->running ? 2 * c->left - 2 * c->armed : c->left) % modulus(c);

	if (c->control & BCD)
		n = n / 1000 << 12 | n / 100 % 10 << 8 | n / 10 % 10 << 4 | n % 10;
	return (uint16_t)n;
}

/* GATE stops modes 0, 2, 3 and 4; in modes 1 and 5 its edge is all. */
static bool counts(const struct pit_counter *c)
{
	return c->running && (c->gate || mode(c) == 1 || mode(c) == 5);
}

/* ---- one tick ---- */

static void begin_half(struct pit_counter *c, bool out)
{
	c->out = out;
	c->armed = out && c->loaded & 1;
	c->left = (c->loaded + c->armed) / 2;
}

static void load(struct pit_counter *c)
{
	c->load = c->null_count = 0;
	c->loaded = c->left = initial(c);
	c->running = !repeats(c) || c->loaded > 1;
	c->armed = !repeats(c);
	if (mode(c) == 3 && c->running)
		begin_half(c, true);
	else if (mode(c))
		c->out = mode(c) != 1;
}

/* At the end of a period a new count takes, at the end of a half in mode 3. */
static void reload(struct pit_counter *c)
{
	bool out = c->out;

	load(c);
	if (mode(c) == 3 && c->running)
		begin_half(c, !out);
}

static void count_down(struct pit_counter *c)
{
	if (mode(c) == 2 && c->left == 1) {
		reload(c);
		return;
	}
	c->left = (c->left ? c->left : modulus(c)) - 1;
	if (mode(c) == 2) {
		c->out = c->left != 1;
	} else if (mode(c) == 3) {
		if (c->left == 0)
			reload(c);
	} else if (c->left == 0 && c->armed) {
		c->armed = 0;
		c->out = mode(c) < 2;
	}
}

/* The strobe of modes 4 and 5 is one tick long. */
static bool strobes(const struct pit_counter *c)
{
	return mode(c) > 3 && !c->out;
}

static void tick(struct pit_counter *c)
{
	if (c->load) {
		load(c);
		return;
	}
	if (strobes(c))
		c->out = 1;
	if (counts(c))
		count_down(c);
}

/* ---- many ticks ---- */

/* How many ticks until one is more than counting down. */
static uint64_t to_happening(const struct pit_counter *c)
{
	if (c->load || strobes(c))
		return 1;
	if (!counts(c))
		return NEVER;
	if (mode(c) == 2)
		return c->out ? c->left - 1 : 1;
	return mode(c) == 3 || c->armed ? c->left : NEVER;
}

static void only_count(struct pit_counter *c, uint64_t ticks)
{
	if (!counts(c))
		return;
	if (repeats(c) || c->armed)
		c->left -= (uint32_t)ticks;
	else
		c->left = (uint32_t)((c->left + modulus(c) - ticks % modulus(c)) % modulus(c));
}

uint32_t pit_period(const struct pit_counter *c)
{
	return repeats(c) && counts(c) && !c->load && !c->null_count ? c->loaded : 0;
}

void pit_run(struct pit_counter *c, uint64_t to)
{
	uint64_t ticks = to - c->at;

	if (to <= c->at)
		return;
	c->at = to;
	for (;;) {
		uint64_t first = to_happening(c);
		if (ticks < first)
			break;
		only_count(c, first - 1);
		tick(c);
		ticks -= first;
		if (pit_period(c))
			ticks %= pit_period(c);
	}
	only_count(c, ticks);
}

/* At most a load comes before. */
uint64_t pit_next_change(const struct pit_counter *c)
{
	struct pit_counter later = *c;

	for (unsigned i = 0; i < 2; i++) {
		uint64_t first = to_happening(&later);
		if (first == NEVER)
			return NEVER;
		pit_run(&later, later.at + first);
		if (later.out != c->out)
			return later.at;
	}
	return NEVER;
}

/* ---- programming ---- */

static void latch_count(struct pit_counter *c)
{
	if (c->latched)
		return;
	c->latched = format(c) == BOTH_BYTES ? 2 : 1;
	c->latch = value(c);
}

static void latch_status(struct pit_counter *c)
{
	if (c->status_latched)
		return;
	c->status_latched = 1;
	c->status = (uint8_t)(c->out << 7 | c->null_count << 6 | c->control);
}

static void read_back(struct pit *p, uint8_t command)
{
	for (unsigned i = 0; i < PIT_COUNTERS; i++) {
		if (!(command & 2u << i))
			continue;
		if (!(command & 0x20))
			latch_count(&p->counter[i]);
		if (!(command & 0x10))
			latch_status(&p->counter[i]);
	}
}

static void program(struct pit_counter *c, uint8_t control)
{
	*c = (struct pit_counter){ .at = c->at, .left = c->left, .gate = c->gate, .control = control & 0x3f };
	c->null_count = 1;
	c->out = mode(c) != 0;
}

static void write_control(struct pit *p, uint8_t control)
{
	unsigned select = control >> 6;

	if (select == READ_BACK)
		read_back(p, control);
	else if (!(control & 0x30))
		latch_count(&p->counter[select]);
	else
		program(&p->counter[select], control);
}

/* Modes 1 and 5 wait for a trigger; modes 2 and 3 take a new count at the end of what they count. */
static void take_count(struct pit_counter *c, uint16_t count)
{
	c->count = count;
	c->null_count = c->written = 1;
	if (mode(c) == 0)
		c->out = 0;
	if (mode(c) == 0 || mode(c) == 4 || (repeats(c) && !c->running))
		c->load = 1;
}

static void write_count(struct pit_counter *c, uint8_t byte)
{
	if (format(c) != BOTH_BYTES) {
		take_count(c, (uint16_t)(format(c) == 1 ? byte : byte << 8));
		return;
	}
	if (c->write_high) {
		take_count(c, (uint16_t)(c->low | byte << 8));
	} else {
		c->low = byte;
		if (mode(c) == 0)
			c->out = c->running = c->load = 0; /* "writing the first byte disables counting" */
	}
	c->write_high ^= 1;
}

static uint8_t read_count(struct pit_counter *c)
{
	uint16_t v = c->latched ? c->latch : value(c);
	bool high = format(c) == BOTH_BYTES ? c->read_high : format(c) == 2;

	if (c->status_latched) {
		c->status_latched = 0;
		return c->status;
	}
	if (format(c) == BOTH_BYTES)
		c->read_high ^= 1;
	if (c->latched)
		c->latched--;
	return (uint8_t)(high ? v >> 8 : v);
}

uint8_t pit_read(struct pit *p, unsigned port)
{
	return port < PIT_COUNTERS ? read_count(&p->counter[port]) : 0xff;
}

void pit_write(struct pit *p, unsigned port, uint8_t byte)
{
	if (port < PIT_COUNTERS)
		write_count(&p->counter[port], byte);
	else
		write_control(p, byte);
}

void pit_gate(struct pit_counter *c, bool high)
{
	bool rises = high && !c->gate;

	c->gate = high;
	if (!high && repeats(c))
		c->out = 1;
	if (rises && c->written && mode(c) != 0 && mode(c) != 4)
		c->load = 1;
}

void pit_firmware(struct pit *p)
{
	static const struct {
		uint8_t control, count;
	} start[PIT_COUNTERS] = { { 0x36, 0 }, { 0x54, 18 }, { 0xb6, 0 } };

	*p = (struct pit){ 0 };
	p->counter[0].gate = p->counter[1].gate = 1;
	for (unsigned i = 0; i < PIT_COUNTERS; i++) {
		write_control(p, start[i].control);
		take_count(&p->counter[i], start[i].count);
	}
}
