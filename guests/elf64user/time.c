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
#define PIC_EOI 0x20
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

/* ---- the interval timer: SIGALRM ---- */

#define NEVER (~0ul)

static u64 alarm_at = NEVER, alarm_interval;

/* One interrupt of the 8254 in mode 0, at most 55 ms away. */
static void start_pit(u64 at)
{
    u64 now = time_passed(), count = PIT_MAXIMUM;

    if (at <= now)
        count = 1;
    else if (at - now < SECOND / 20)
        count = (at - now) * PIT_RATE / SECOND + 1;
    out8(PIT_CONTROL, 0x30);
    out8(PIT_COUNTER, count);
    out8(PIT_COUNTER, count >> 8);
    out8(PIC1 + 1, 0xfe);
}

static void arm(void)
{
    if (alarm_at == NEVER)
        out8(PIC1 + 1, 0xff);
    else
        start_pit(alarm_at);
}

static void ring(void)
{
    if (time_passed() < alarm_at)
        return;
    signal_raise(SIGALRM);
    alarm_at = alarm_interval ? alarm_at + alarm_interval : NEVER;
}

void time_interrupt(void)
{
    out8(PIC1, PIC_EOI);
    ring();
    arm();
}

static u64 alarm_left(void)
{
    u64 now = time_passed();

    return alarm_at == NEVER ? 0 : alarm_at > now ? alarm_at - now : 1;
}

static void set_alarm(u64 in, u64 interval)
{
    alarm_at = in ? time_passed() + in : NEVER;
    alarm_interval = interval;
    arm();
}

s64 call_alarm(const u64 *a)
{
    u64 left = alarm_left();

    set_alarm((u32)a[0] * SECOND, 0);
    return (left + SECOND - 1) / SECOND;
}

/* Seconds and microseconds of the interval, then of what is left. */
s64 call_getitimer(const u64 *a)
{
    u64 left = alarm_left();
    u64 t[4] = { alarm_interval / SECOND, alarm_interval % SECOND / 1000,
                 left / SECOND, left % SECOND / 1000 };

    return (u32)a[0] ? -EINVAL : put_user(a[1], t, sizeof t);
}

/* ITIMER_REAL alone. */
s64 call_setitimer(const u64 *a)
{
    u64 t[4];

    if ((u32)a[0])
        return -EINVAL;
    if (get_user(t, a[1], sizeof t) ||
        (a[2] && call_getitimer((u64[6]){ 0, a[2] })))
        return -EFAULT;
    if (t[1] >= 1000000 || t[3] >= 1000000 || t[0] >> 32 || t[2] >> 32)
        return -EINVAL;
    set_alarm(t[2] * SECOND + t[3] * 1000, t[0] * SECOND + t[1] * 1000);
    return 0;
}

/* ---- sleep ---- */

/* Until a time or a signal. Where neither can come, the processor halts. */
static s64 sleep_until(u64 end)
{
    while (time_passed() < end) {
        u64 next = end < alarm_at ? end : alarm_at;

        ring();
        if (signals_due())
            break;
        if (next != NEVER)
            start_pit(next);
        __asm__ volatile("sti; hlt; cli" : : : "memory");
    }
    arm();
    return time_passed() < end ? -EINTR : 0;
}

s64 call_pause(const u64 *a)
{
    (void)a;
    return sleep_until(NEVER);
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

/* Tells what is left when a signal has come. */
static s64 sleep_for(u64 time, u64 rest)
{
    u64 end = time_passed() + time, now;
    s64 error = sleep_until(end);

    now = time_passed();
    if (error && rest && put_time(rest, end > now ? end - now : 0))
        return -EFAULT;
    return error;
}

s64 call_nanosleep(const u64 *a)
{
    u64 time;
    s64 error = get_time(a[0], &time);

    return error ? error : sleep_for(time, a[1]);
}

s64 call_clock_nanosleep(const u64 *a)
{
    s64 id = clock_id(a[0]);
    u64 time;
    s64 error = id < 0 ? id : get_time(a[2], &time);

    if (error)
        return error;
    if (!(a[1] & 1)) /* TIMER_ABSTIME */
        return sleep_for(time, a[3]);
    return time > clock(id) ? sleep_until(time_passed() + time - clock(id)) : 0;
}
