/* rtc.c - MC146818: time of day, alarm, periodic interrupt, 128 bytes of memory [MC146818 data sheet; the layout of the
 * memory is that of the IBM PC AT Technical Reference, "Real-time clock/CMOS RAM information"].
 *
 * The divider chain runs with DV = 010b only, for which a PC has the crystal; every other value holds it in reset. The
 * time changes, and UF and AF with it, when the update cycle ends; until then the old time is read. The century at 32h
 * is memory, as it was before chipsets counted it.
 */
#include "board/rtc.h"

enum { SECONDS, SECONDS_ALARM, MINUTES, MINUTES_ALARM, HOURS, HOURS_ALARM, WEEKDAY, DAY, MONTH, YEAR, A, B, C, D };
enum { A_UIP = 0x80, A_DIVIDER = 0x70, A_RUNS = 0x20, A_RATE = 0x0f };
enum { B_SET = 0x80, B_PIE = 0x40, B_AIE = 0x20, B_UIE = 0x10, B_BINARY = 0x04, B_24_HOURS = 0x02 };
enum { C_IRQF = 0x80, C_PF = 0x40, C_AF = 0x20, C_UF = 0x10 };
enum { D_VALID = 0x80 };
enum { ANY = 0xc0, PM = 0x80, DAY_SECONDS = 24 * 60 * 60 };
/* The update in progress flag rises 244 us before the update cycle, which takes 1984 us. */
enum { UPDATE_TICKS = 8 + 65 };

/* ---- one second more ---- */

static unsigned decode(const struct rtc *r, uint8_t byte)
{
	return r->memory[B] & B_BINARY ? byte : (byte >> 4) * 10u + (byte & 15);
}

static uint8_t encode(const struct rtc *r, unsigned number)
{
	return (uint8_t)(r->memory[B] & B_BINARY ? number : number / 10 << 4 | number % 10);
}

static uint8_t encode_hour(const struct rtc *r, unsigned hour)
{
	if (r->memory[B] & B_24_HOURS)
		return encode(r, hour);
	return encode(r, hour % 12 ? hour % 12 : 12) | (hour < 12 ? 0 : PM);
}

/* In 12-hour mode bit 7 says PM. */
static unsigned decode_hour(const struct rtc *r)
{
	uint8_t byte = r->memory[HOURS];

	if (r->memory[B] & B_24_HOURS)
		return decode(r, byte);
	return decode(r, byte & 0x7f) % 12 + (byte & PM ? 12 : 0);
}

/* Counts a register; true when it goes over its end. What is no number of that register ends it as well. */
static bool carry(struct rtc *r, unsigned at, unsigned first, unsigned last)
{
	unsigned number = decode(r, r->memory[at]);

	r->memory[at] = encode(r, number < last ? number + 1 : first);
	return number >= last;
}

/* Every fourth year is a leap year to the chip. */
static unsigned month_days(const struct rtc *r)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned month = decode(r, r->memory[MONTH]);

	if (month == 2 && decode(r, r->memory[YEAR]) % 4 == 0)
		return 29;
	return month >= 1 && month <= 12 ? days[month - 1] : 31;
}

static void next_day(struct rtc *r)
{
	carry(r, WEEKDAY, 1, 7);
	if (carry(r, DAY, 1, month_days(r)) && carry(r, MONTH, 1, 12))
		carry(r, YEAR, 0, 99);
}

static void next_hour(struct rtc *r)
{
	unsigned hour = decode_hour(r);

	r->memory[HOURS] = encode_hour(r, hour < 23 ? hour + 1 : 0);
	if (hour >= 23)
		next_day(r);
}

/* An alarm register with both upper bits set takes any time: "don't care". */
static bool matches(const struct rtc *r, unsigned alarm, uint8_t now)
{
	return (r->memory[alarm] & ANY) == ANY || r->memory[alarm] == now;
}

static bool alarm_matches(const struct rtc *r, uint8_t hour, uint8_t minute, uint8_t second)
{
	return matches(r, HOURS_ALARM, hour) && matches(r, MINUTES_ALARM, minute) && matches(r, SECONDS_ALARM, second);
}

static void next_second(struct rtc *r)
{
	if (carry(r, SECONDS, 0, 59) && carry(r, MINUTES, 0, 59))
		next_hour(r);
	r->memory[C] |= C_UF;
	if (alarm_matches(r, r->memory[HOURS], r->memory[MINUTES], r->memory[SECONDS]))
		r->memory[C] |= C_AF;
}

/* ---- many ticks ---- */

static bool runs(const struct rtc *r)
{
	return (r->memory[A] & A_DIVIDER) == A_RUNS;
}

/* How often a clock of `period` ticks has ticked by `tick`; phases are below a second. */
static uint64_t ends_by(const struct rtc *r, uint64_t tick, uint32_t period)
{
	return (tick + RTC_RATE - r->phase) / period;
}

/* Rates 1 and 2 are those of 8 and 9: 256 and 128 Hz. */
static uint32_t period_of_rate(const struct rtc *r)
{
	unsigned rate = r->memory[A] & A_RATE;

	return rate == 0 ? 0 : 1u << ((rate < 3 ? rate + 7 : rate) - 1);
}

/* A day of single seconds makes numbers of what the guest may have written and meets any alarm; whole days follow. */
static void add_seconds(struct rtc *r, uint64_t seconds)
{
	for (unsigned i = 0; i < DAY_SECONDS && seconds; i++, seconds--)
		next_second(r);
	for (; seconds >= DAY_SECONDS; seconds -= DAY_SECONDS)
		next_day(r);
	for (; seconds; seconds--)
		next_second(r);
}

void rtc_run(struct rtc *r, uint64_t tick)
{
	uint64_t before = r->at;
	uint32_t period = period_of_rate(r);

	if (tick <= before)
		return;
	r->at = tick;
	if (!runs(r))
		return;
	if (period && ends_by(r, tick, period) != ends_by(r, before, period))
		r->memory[C] |= C_PF;
	if (!(r->memory[B] & B_SET))
		add_seconds(r, ends_by(r, tick, RTC_RATE) - ends_by(r, before, RTC_RATE));
}

/* ---- the interrupt ---- */

/* Flags and their enables are at the same places in C and B. */
bool rtc_line(const struct rtc *r)
{
	return r->memory[B] & r->memory[C] & (C_PF | C_AF | C_UF);
}

static uint64_t end_of(const struct rtc *r, uint64_t number, uint32_t period)
{
	return number * period - RTC_RATE + r->phase;
}

static uint64_t next_period(const struct rtc *r)
{
	uint32_t period = period_of_rate(r);

	return period ? end_of(r, ends_by(r, r->at, period) + 1, period) : NEVER;
}

static uint64_t next_update(const struct rtc *r)
{
	return end_of(r, ends_by(r, r->at, RTC_RATE) + 1, RTC_RATE);
}

/* Is there a number below `end` that the alarm register takes? */
static bool can_match(const struct rtc *r, unsigned alarm, unsigned end)
{
	for (unsigned n = 0; n < end; n++)
		if (matches(r, alarm, alarm == HOURS_ALARM ? encode_hour(r, n) : encode(r, n)))
			return true;
	return false;
}

/* From hour to hour, from minute to minute, from second to second until the alarm matches. */
static uint64_t seconds_to_alarm(const struct rtc *r, unsigned now)
{
	unsigned seconds = 1;

	if (!can_match(r, HOURS_ALARM, 24) || !can_match(r, MINUTES_ALARM, 60) || !can_match(r, SECONDS_ALARM, 60))
		return 0;
	for (;;) {
		unsigned time = (now + seconds) % DAY_SECONDS, second = time % 60, minute = time / 60 % 60;
		if (!matches(r, HOURS_ALARM, encode_hour(r, time / 3600)))
			seconds += 3600 - time % 3600;
		else if (!matches(r, MINUTES_ALARM, encode(r, minute)))
			seconds += 60 - second;
		else if (!matches(r, SECONDS_ALARM, encode(r, second)))
			seconds++;
		else
			return seconds;
	}
}

/* With a time that is none the chip is looked at every second; by the end of a day it is one. */
static uint64_t next_alarm(const struct rtc *r)
{
	unsigned hour = decode_hour(r), minute = decode(r, r->memory[MINUTES]), second = decode(r, r->memory[SECONDS]);
	bool is_time = r->memory[HOURS] == encode_hour(r, hour) && r->memory[MINUTES] == encode(r, minute) &&
		       r->memory[SECONDS] == encode(r, second) && hour < 24 && minute < 60 && second < 60;

	if (!is_time)
		return next_update(r);
	uint64_t seconds = seconds_to_alarm(r, hour * 3600 + minute * 60 + second);
	return seconds ? next_update(r) + (seconds - 1) * RTC_RATE : NEVER;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t rtc_next_rise(const struct rtc *r)
{
	uint8_t enabled = r->memory[B];
	uint64_t next = NEVER;

	if (rtc_line(r) || !runs(r))
		return NEVER;
	if (enabled & B_PIE)
		next = earlier(next, next_period(r));
	if (enabled & B_UIE && !(enabled & B_SET))
		next = earlier(next, next_update(r));
	if (enabled & B_AIE && !(enabled & B_SET))
		next = earlier(next, next_alarm(r));
	return next;
}

/* ---- registers ---- */

static uint8_t read_a(const struct rtc *r)
{
	bool updates = runs(r) && !(r->memory[B] & B_SET) && next_update(r) - r->at <= UPDATE_TICKS;

	return r->memory[A] | (updates ? A_UIP : 0);
}

static uint8_t read_c(struct rtc *r)
{
	uint8_t value = r->memory[C] | (rtc_line(r) ? C_IRQF : 0);

	r->memory[C] = 0;
	return value;
}

/* Port 70h can only be written. */
uint8_t rtc_read(struct rtc *r, unsigned port)
{
	unsigned index = r->index & (RTC_BYTES - 1);

	if (port == 0)
		return 0xff;
	if (index == A)
		return read_a(r);
	return index == C ? read_c(r) : r->memory[index];
}

/* Out of reset, the first update comes half a second later ("Divider control"). */
static void write_a(struct rtc *r, uint8_t value)
{
	bool ran = runs(r);

	r->memory[A] = value & (uint8_t)~A_UIP;
	if (!ran && runs(r))
		r->phase = (uint32_t)((r->at + RTC_RATE / 2) % RTC_RATE);
}

/* SET going to 1 clears UIE. */
static void write_b(struct rtc *r, uint8_t value)
{
	bool sets = value & B_SET && !(r->memory[B] & B_SET);

	r->memory[B] = sets ? value & (uint8_t)~B_UIE : value;
}

void rtc_write(struct rtc *r, unsigned port, uint8_t value)
{
	unsigned index = r->index & (RTC_BYTES - 1);

	if (port == 0)
		r->index = value;
	else if (index == A)
		write_a(r, value);
	else if (index == B)
		write_b(r, value);
	else if (index != C && index != D)
		r->memory[index] = value;
}

/* ---- what firmware leaves in the memory ---- */

static void put_word(struct rtc *r, unsigned at, uint64_t value, uint64_t most)
{
	uint64_t word = value < most ? value : most;

	r->memory[at] = (uint8_t)word;
	r->memory[at + 1] = (uint8_t)(word >> 8);
}

/* KiB below 640 KiB; KiB above 1 MiB, twice; units of 64 KiB above 16 MiB. */
static void put_memory_size(struct rtc *r, uint64_t size)
{
	uint64_t mib = 1 << 20, above_1 = size > mib ? size - mib : 0, above_16 = size > 16 * mib ? size - 16 * mib : 0;

	put_word(r, 0x15, 640, 640);
	put_word(r, 0x17, above_1 >> 10, 0xffff);
	put_word(r, 0x30, above_1 >> 10, 0xffff);
	put_word(r, 0x34, above_16 >> 16, 0xffff);
}

/* 2Eh, 2Fh: the sum of 10h..2Dh, the high byte first. */
static void put_checksum(struct rtc *r)
{
	unsigned sum = 0;

	for (unsigned i = 0x10; i < 0x2e; i++)
		sum += r->memory[i];
	r->memory[0x2e] = (uint8_t)(sum >> 8);
	r->memory[0x2f] = (uint8_t)sum;
}

/* It was a Thursday. */
void rtc_firmware(struct rtc *r, uint64_t memory_size)
{
	*r = (struct rtc){ 0 };
	r->memory[WEEKDAY] = 5;
	r->memory[DAY] = 1;
	r->memory[MONTH] = 1;
	r->memory[YEAR] = 0x26;
	r->memory[0x32] = 0x20;
	r->memory[A] = A_RUNS | 6;
	r->memory[B] = B_24_HOURS;
	r->memory[D] = D_VALID;
	put_memory_size(r, memory_size);
	put_checksum(r);
}
