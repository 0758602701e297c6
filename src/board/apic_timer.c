/* apic_timer.c - the local APIC's timer: one-shot, periodic, TSC-deadline [SDM vol. 3, 10.5.4].
 *
 * Its clock is the CPU's: at a divisor of 1 it counts once a cycle. It counts from `since` on; nothing is stored while
 * it does, and a period that has passed moves `since` by itself, so the state depends on nobody looking.
 */
#include "board/apic.h"

enum { LVT_MODE = 3 << 17, LVT_PERIODIC = 1 << 17, LVT_DEADLINE = 2 << 17 };

static unsigned timer_mode(const struct apic *a)
{
	return a->lvt[LVT_TIMER] & LVT_MODE;
}

/* Bits 3, 1 and 0 of the divide configuration register: 2, 4 .. 128, 1. */
static uint64_t divisor(const struct apic *a)
{
	unsigned code = (a->divide & 3) | (a->divide >> 1 & 4);

	return 1u << ((code + 1) & 7);
}

static void count_run(struct apic *a, uint64_t now, struct apic_effects *fx)
{
	uint64_t expires = a->since + a->count * divisor(a), period = a->initial * divisor(a);

	if (a->count == 0 || now < expires)
		return;
	a->count = 0;
	if (timer_mode(a) == LVT_PERIODIC && period) {
		a->count = a->initial;
		a->since = expires + (now - expires) / period * period;
	}
	apic_local(a, LVT_TIMER, fx);
}

static void deadline_run(struct apic *a, uint64_t now, struct apic_effects *fx)
{
	if (a->deadline == 0 || now + a->tsc_offset < a->deadline)
		return;
	a->deadline = 0;
	apic_local(a, LVT_TIMER, fx);
}

void apic_timer_run(struct apic *a, uint64_t now, struct apic_effects *fx)
{
	if (timer_mode(a) == LVT_DEADLINE)
		deadline_run(a, now, fx);
	else
		count_run(a, now, fx);
}

uint64_t apic_timer_next(const struct apic *a, uint64_t now)
{
	uint64_t tsc = now + a->tsc_offset;

	if (timer_mode(a) != LVT_DEADLINE)
		return a->count ? a->since + a->count * divisor(a) : NEVER;
	if (a->deadline == 0)
		return NEVER;
	if (a->deadline <= tsc)
		return now;
	return a->deadline - tsc < NEVER - now ? now + (a->deadline - tsc) : NEVER;
}

/* In TSC-deadline mode it reads 0 always; a change of mode has cleared `count`. */
uint32_t apic_timer_current(const struct apic *a, uint64_t now)
{
	return a->count ? a->count - (uint32_t)((now - a->since) / divisor(a)) : 0;
}

/* Ignored in TSC-deadline mode. */
void apic_timer_start(struct apic *a, uint32_t initial, uint64_t now)
{
	if (timer_mode(a) == LVT_DEADLINE)
		return;
	a->initial = a->count = initial;
	a->since = now;
}

/* A timer that runs goes on from the count that it has reached. */
void apic_timer_divide(struct apic *a, uint32_t divide, uint64_t now)
{
	if (divide == a->divide)
		return;
	a->count = apic_timer_current(a, now);
	a->since = now;
	a->divide = divide;
}

/* Going to or from TSC-deadline mode disarms the timer. */
void apic_timer_lvt(struct apic *a, uint32_t lvt)
{
	unsigned before = timer_mode(a);

	a->lvt[LVT_TIMER] = lvt;
	if ((before == LVT_DEADLINE) != (timer_mode(a) == LVT_DEADLINE))
		a->count = 0, a->deadline = 0;
}

/* The MSR is that of a timer in this mode: otherwise it reads 0 and ignores writes. */
uint64_t apic_deadline_read(const struct apic *a)
{
	return timer_mode(a) == LVT_DEADLINE ? a->deadline : 0;
}

void apic_deadline_write(struct apic *a, uint64_t value)
{
	if (timer_mode(a) == LVT_DEADLINE)
		a->deadline = value;
}
