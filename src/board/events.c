/* events.c - what devices do by themselves as time passes, and when.
 *
 * What nobody can notice is not done: timers are formulas of the clock, looked at when software comes by. What goes on
 * for ever by itself is the OUT of the interval timer. After two periods everything that an edge can leave behind is
 * left behind, and the rest repeats, so whole periods are skipped.
 */
#include "board/board.h"

enum { CHANGES = 4, TIMER_IRQ = 0, CLOCK_IRQ = 8 }; /* of OUT in two periods */

enum source { PIT, RTC, APIC_TIMER, SOURCES };

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t due(const struct board *b, enum source source)
{
	uint64_t tick;

	if (source == APIC_TIMER)
		return apic_timer_next(&b->st.apic, b->st.now);
	tick = source == PIT ? pit_next_change(&b->st.pit.counter[0]) : rtc_next_rise(&b->st.rtc);
	return tick == NEVER ? NEVER : tick_cycle(tick, source == PIT ? PIT_RATE : RTC_RATE);
}

static void run(struct board *b, enum source source, uint64_t cycle)
{
	if (source == PIT)
		board_run_pit(b, cycle);
	else if (source == RTC)
		board_run_rtc(b, cycle);
	else
		board_run_apic_timer(b, cycle);
}

/* ---- acting ------------------------------------------------------------------------------------------------------ */

static void skip_periods(struct board *b, uint64_t until)
{
	struct pit_counter *c = &b->st.pit.counter[0];
	uint64_t tick = ticks_by(until, PIT_RATE);
	uint32_t period = pit_period(c);

	if (period && tick > c->at)
		c->at += (tick - c->at) / period * period;
}

/* The interval timer up to that cycle, each change of OUT at its time. */
static void run_pit_to(struct board *b, uint64_t cycle)
{
	unsigned changes = 0;

	if (ticks_by(cycle, PIT_RATE) <= b->st.pit.counter[0].at)
		return;
	for (uint64_t at = due(b, PIT); at <= cycle && at != NEVER; at = due(b, PIT)) {
		run(b, PIT, at);
		if (++changes >= CHANGES)
			skip_periods(b, cycle);
	}
	run(b, PIT, cycle);
}

/* The clock raises its line once until it is read. The local APIC's timer sets bits that nothing but software takes
 * back, so its order among the others does not matter. */
void board_run_to(struct board *b, uint64_t now)
{
	uint64_t rise = due(b, RTC);

	if (now <= b->st.now)
		return;
	if (rise <= now) {
		run_pit_to(b, rise);
		run(b, RTC, rise);
	}
	run_pit_to(b, now);
	run(b, RTC, now);
	if (due(b, APIC_TIMER) <= now)
		run(b, APIC_TIMER, now);
	b->st.now = now;
}

void board_sync(struct board *b)
{
	if (b->now)
		board_run_to(b, b->now(b->cpu_arg));
	b->st.attended = b->st.now;
}

/* ---- looking ahead ----------------------------------------------------------------------------------------------- */

enum { EDGES = 1 << BOARD_NMI | 1 << BOARD_INIT | 1 << BOARD_SMI, ANY_SIGNAL = EDGES | 1 << BOARD_INTR };

static void hear(void *heard, enum board_signal what, unsigned value)
{
	(void)value;
	*(unsigned *)heard |= 1u << what;
}

static bool can_matter(const struct board *b, enum source source)
{
	return source == APIC_TIMER || board_listens_to(b, source == PIT ? TIMER_IRQ : CLOCK_IRQ);
}

/* The clock is not made to count the seconds up to an alarm: it is enough that it would raise its line. */
static void pretend(struct board *later, enum source source, uint64_t at)
{
	if (source == RTC)
		board_line(later, CLOCK_IRQ, true);
	else
		run(later, source, at);
}

/* A copy of the board lives through it: so whatever decides whether a signal comes of it has its say. */
static uint64_t first_signal(const struct board *b, enum source source, unsigned signals)
{
	uint64_t at = can_matter(b, source) ? due(b, source) : NEVER;
	unsigned heard = 0, tries = source == PIT ? CHANGES : 1;

	if (at == NEVER)
		return NEVER;
	struct board later = *b;
	later.signal = hear;
	later.cpu_arg = &heard;
	for (unsigned i = 0; i < tries && at != NEVER; i++) {
		pretend(&later, source, at);
		if (heard & signals)
			return at;
		at = due(&later, source);
	}
	return NEVER;
}

static uint64_t next_signal(const struct board *b, unsigned signals)
{
	uint64_t at = NEVER;

	for (enum source source = 0; source < SOURCES; source++)
		at = earlier(at, first_signal(b, source, signals));
	return at;
}

uint64_t board_next_edge(const struct board *b)
{
	return next_signal(b, EDGES);
}

bool board_was_touched(struct board *b)
{
	bool touched = b->touched || b->st.intr;

	b->touched = false;
	return touched;
}

uint64_t board_next_event(const struct board *b)
{
	bool unheeded = b->st.intr && b->st.now - b->st.attended >= CYCLES_PER_SECOND;

	return next_signal(b, unheeded ? EDGES : ANY_SIGNAL);
}
