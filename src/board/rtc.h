/* rtc.h - the clock and the battery-backed memory of a PC [MC146818 data sheet]. */
#ifndef RS_BOARD_RTC_H
#define RS_BOARD_RTC_H

#include "board/ticks.h"

#include <stdbool.h>

enum { RTC_RATE = 32768, RTC_BYTES = 128 }; /* Hz */

/* The clock as it is after tick `at`; the time of day lies in `memory`, as the guest sees it. */
struct rtc {
	uint64_t at;
	uint8_t memory[RTC_BYTES];
	uint32_t phase; /* a second ends at ticks that leave this remainder */
	uint8_t index;  /* port 70h */
	uint8_t reserved[3];
};

/* Midnight of 1 January 2026 (UTC), BCD, 24 hours; `memory_size` is that of RAM in bytes. */
void rtc_firmware(struct rtc *r, uint64_t memory_size);
/* Goes on to that tick. */
void rtc_run(struct rtc *r, uint64_t tick);
/* The interrupt output; the tick at which it will rise, or NEVER. */
bool rtc_line(const struct rtc *r);
uint64_t rtc_next_rise(const struct rtc *r);

/* The clock must have run up to now. `port` is 0 for 70h, 1 for 71h. */
uint8_t rtc_read(struct rtc *r, unsigned port);
void rtc_write(struct rtc *r, unsigned port, uint8_t value);

#endif
