/* ticks.h - clocks of other rates than the CPU's, by exact arithmetic: tick k of a clock comes at the first CPU cycle
 * that is not before k / rate seconds, so no number of accesses in between can shift it. */
#ifndef RS_BOARD_TICKS_H
#define RS_BOARD_TICKS_H

#include <stdint.h>

/* The board's clock counts CPU cycles since power-up, the same number a second on every profile. */
enum { CYCLES_PER_SECOND = 1000000000 };

#define NEVER UINT64_MAX

/* Ticks that have come when the CPU's clock shows `cycle`. */
static inline uint64_t ticks_by(uint64_t cycle, uint32_t rate)
{
	return cycle / CYCLES_PER_SECOND * rate + cycle % CYCLES_PER_SECOND * rate / CYCLES_PER_SECOND;
}

/* The cycle at which the tick comes. */
static inline uint64_t tick_cycle(uint64_t tick, uint32_t rate)
{
	uint64_t seconds = tick / rate;

	if (seconds >= NEVER / CYCLES_PER_SECOND)
		return NEVER;
	return seconds * CYCLES_PER_SECOND + (tick % rate * CYCLES_PER_SECOND + rate - 1) / rate;
}

#endif
