/*
 * Time: the processor's time-stamp counter from the date that the CMOS clock
 * tells at the start. The board's processors count nanoseconds.
 */
#include "elf64user/kernel.h"
#include "lib/cpu.h"

#define SECOND 1000000000ul

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

#define PIC1 0x20
#define PIC2 0xa0
#define PIT_COUNTER 0x40
#define PIT_CONTROL 0x43
#define PIT_RATE    1193182
#define PIT_MAXIMUM 0xffff

static u64 date_at_start; /* seconds since 1970 at TSC 0 */
static u64 program_start;

u64 time_passed(void)
{
    u32 low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (u64)high << 32 | low;
}

static u64 cmos(u8 index)
{
    u8 value;

    out8(CMOS_INDEX, index);
    value = in8(CMOS_DATA);
    return (value >> 4) * 10 + (value & 15);
}

/* Days since 1970-01-01 of a date after 2000-02. */
static u64 days(u64 year, u64 month, u64 day)
{
    if (month <= 2) {
        month += 12;
        year--;
    }
    return year * 365 + year / 4 - year / 100 + year / 400 +
           (153 * (month - 3) + 2) / 5 + day - 719469;
}

/* The 8259A: vectors from 20h on, all masked. */
static void start_pic(void)
{
    out8(PIC1, 0x11);
    out8(PIC1 + 1, 0x20);
    out8(PIC1 + 1, 4);
    out8(PIC1 + 1, 1);
    out8(PIC1 + 1, 0xff);
    out8(PIC2 + 1, 0xff);
}

void time_start(void)
{
    u64 date = days(cmos(0x32) * 100 + cmos(9), cmos(8), cmos(7));

    date_at_start = ((date * 24 + cmos(4)) * 60 + cmos(2)) * 60 + cmos(0);
    program_start = time_passed();
    start_pic();
}

/* ---- clocks ---- */

enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS, CLOCK_THREAD,
       CLOCK_REALTIME_COARSE = 5, CLOCK_TAI = 11, CLOCKS };

/* Nanoseconds of a clock. */
static u64 clock(u64 id)
{
    if (id == CLOCK_PROCESS || id == CLOCK_THREAD)
        return time_passed() - program_start;
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI)
        return date_at_start * SECOND + time_passed();
    return time_passed();
}

/* Clocks of a process or thread have negative numbers: its own is the last. */
static s64 clock_id(u64 id)
{
    if ((int)id < 0)
        return CLOCK_PROCESS;
    return (u32)id < CLOCKS ? (s64)(u32)id : -EINVAL;
}

static s64 put_time(u64 to, u64 nanoseconds)
{
    u64 time[2] = { nanoseconds / SECOND, nanoseconds % SECOND };

    return put_user(to, time, sizeof time);
}

s64 call_clock_gettime(const u64 *a)
{
    s64 id = clock_id(a[0]);

    return id < 0 ? id : put_time(a[1], clock(id));
}

s64 call_clock_getres(const u64 *a)
{
    s64 id = clock_id(a[0]);

    return id < 0 ? id : a[1] ? put_time(a[1], 1) : 0;
}

s64 call_gettimeofday(const u64 *a)
{
    u64 now = clock(CLOCK_REALTIME);
    u64 time[2] = { now / SECOND, now % SECOND / 1000 };
    u64 zone = 0;

    if (a[0] && put_user(a[0], time, sizeof time))
        return -EFAULT;
    return a[1] ? put_user(a[1], &zone, sizeof zone) : 0;
}

s64 call_time(const u64 *a)
{
    u64 now = clock(CLOCK_REALTIME) / SECOND;

    if (a[0] && put_user(a[0], &now, sizeof now))
        return -EFAULT;
    return now;
}

s64 call_times(const u64 *a)
{
    u64 ticks = clock(CLOCK_PROCESS) / (SECOND / 100);
    u64 t[4] = { ticks, 0, 0, 0 };

    if (a[0] && put_user(a[0], t, sizeof t))
        return -EFAULT;
    return time_passed() / (SECOND / 100);
}

s64 call_getrusage(const u64 *a)
{
    u64 usage[18] = { 0 }, used = clock(CLOCK_PROCESS);

    usage[0] = used / SECOND;
    usage[1] = used % SECOND / 1000;
    usage[4] = (memory_total() - memory_free()) / 1024;
    return put_user(a[1], usage, sizeof usage);
}

/* ---- sleep ---- */

/* One interrupt of the 8254 in mode 0, at most 55 ms away. */
static void doze(u64 nanoseconds)
{
    u64 count = PIT_MAXIMUM;

    if (nanoseconds < SECOND / 20)
        count = nanoseconds * PIT_RATE / SECOND + 1;
    out8(PIT_CONTROL, 0x30);
    out8(PIT_COUNTER, count);
    out8(PIT_COUNTER, count >> 8);
    out8(PIC1 + 1, 0xfe);
    __asm__ volatile("sti; hlt; cli" : : : "memory");
    out8(PIC1 + 1, 0xff);
}

static s64 sleep_until(u64 end)
{
    for (u64 now; (now = time_passed()) < end;)
        doze(end - now);
    return 0;
}

static s64 get_time(u64 from, u64 *nanoseconds)
{
    u64 time[2];

    if (get_user(time, from, sizeof time))
        return -EFAULT;
    if (time[1] >= SECOND || time[0] >> 32)
        return -EINVAL;
    *nanoseconds = time[0] * SECOND + time[1];
    return 0;
}

s64 call_nanosleep(const u64 *a)
{
    u64 time;
    s64 error = get_time(a[0], &time);

    return error ? error : sleep_until(time_passed() + time);
}

s64 call_clock_nanosleep(const u64 *a)
{
    s64 id = clock_id(a[0]);
    u64 time;
    s64 error = id < 0 ? id : get_time(a[2], &time);

    if (error)
        return error;
    if (!(a[1] & 1)) /* TIMER_ABSTIME */
        return sleep_until(time_passed() + time);
    return time > clock(id) ? sleep_until(time_passed() + time - clock(id)) : 0;
}
