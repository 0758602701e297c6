/* Calls about the process and its machine. */
#include "elf64user/kernel.h"
#include "lib/cpu.h"

s64 call_zero(const u64 *a)
{
    (void)a;
    return 0;
}

s64 call_process(const u64 *a)
{
    (void)a;
    return PROCESS;
}

s64 call_exit(const u64 *a)
{
    machine_exit(a[0]);
}

s64 call_uname(const u64 *a)
{
    static const char names[6][65] = {
        "Linux", "ringstep", "6.1.0", "elf64user", "x86_64", "(none)",
    };

    return put_user(a[0], names, sizeof names);
}

/* The user's GS base waits in KERNEL_GS_BASE while the kernel runs. */
s64 call_arch_prctl(const u64 *a)
{
    enum { SET_GS = 0x1001, SET_FS, GET_FS, GET_GS };
    u64 base;

    switch ((u32)a[0]) {
    case SET_GS:
    case SET_FS:
        if (!is_user(a[1], 0))
            return -EPERM;
        wrmsr((u32)a[0] == SET_FS ? MSR_FS_BASE : MSR_KERNEL_GS_BASE, a[1]);
        return 0;
    case GET_FS:
    case GET_GS:
        base = rdmsr((u32)a[0] == GET_FS ? MSR_FS_BASE : MSR_KERNEL_GS_BASE);
        return put_user(a[1], &base, sizeof base);
    default:
        return -EINVAL;
    }
}

/* ---- limits ---- */

static s64 put_limit(u64 resource, u64 to)
{
    enum { STACK = 3, CORE = 4, FILES = 7, RESOURCES = 16 };
    u64 none = ~0ul;
    u64 limit[2] = { none, none };

    if ((u32)resource >= RESOURCES)
        return -EINVAL;
    if ((u32)resource == STACK)
        limit[0] = STACK_BYTES;
    if ((u32)resource == CORE)
        limit[0] = 0;
    if ((u32)resource == FILES)
        limit[0] = limit[1] = 64;
    return put_user(to, limit, sizeof limit);
}

s64 call_getrlimit(const u64 *a)
{
    return put_limit(a[0], a[1]);
}

/* A new limit is accepted and limits nothing. */
s64 call_prlimit(const u64 *a)
{
    if ((u32)a[0] && (u32)a[0] != PROCESS)
        return -ESRCH;
    return a[3] ? put_limit(a[1], a[3]) : 0;
}

s64 call_sysinfo(const u64 *a)
{
    struct {
        u64 uptime, loads[3], total, free, shared, buffers, swap, free_swap;
        u16 processes, pad;
        u64 high, free_high;
        u32 unit;
    } info = { .processes = 1, .unit = 1 };

    info.uptime = time_passed() / 1000000000;
    info.total = memory_total();
    info.free = memory_free();
    return put_user(a[0], &info, sizeof info);
}

/* ---- one processor, one thread ---- */

s64 call_sched_getaffinity(const u64 *a)
{
    u64 mask = 1;

    if (a[1] < sizeof mask || a[1] & 7)
        return -EINVAL;
    return put_user(a[2], &mask, sizeof mask) ? -EFAULT : (s64)sizeof mask;
}

s64 call_getcpu(const u64 *a)
{
    u32 zero = 0;

    if (a[0] && put_user(a[0], &zero, sizeof zero))
        return -EFAULT;
    return a[1] ? put_user(a[1], &zero, sizeof zero) : 0;
}

/* Nobody else can wake a thread that waits. */
s64 call_futex(const u64 *a)
{
    enum { WAIT = 0, WAKE = 1, REQUEUE = 3, WAIT_BITSET = 9, WAKE_BITSET = 10 };
    u32 operation = a[1] & 127, value;

    if (operation == WAKE || operation == WAKE_BITSET || operation == REQUEUE)
        return 0;
    if (operation != WAIT && operation != WAIT_BITSET)
        return -ENOSYS;
    if (get_user(&value, a[0], sizeof value))
        return -EFAULT;
    if (value != (u32)a[2])
        return -EAGAIN;
    return a[3] ? -ETIMEDOUT : -EDEADLK;
}

s64 call_prctl(const u64 *a)
{
    enum { SET_DUMPABLE = 4, SET_NAME = 15, GET_NAME = 16 };

    switch ((u32)a[0]) {
    case SET_DUMPABLE:
    case SET_NAME:
        return 0;
    case GET_NAME:
        return put_user(a[1], "program\0\0\0\0\0\0\0\0", 16);
    default:
        return -EINVAL;
    }
}

s64 call_umask(const u64 *a)
{
    static u64 mask = 022;
    u64 old = mask;

    mask = a[0] & 0777;
    return old;
}

s64 call_getresuid(const u64 *a)
{
    u32 zero = 0;

    for (int i = 0; i < 3; i++)
        if (put_user(a[i], &zero, sizeof zero))
            return -EFAULT;
    return 0;
}

/* ---- random bytes, the same in every run: splitmix64 ---- */

static u64 random_word(void)
{
    static u64 state = 1;
    u64 z = state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

s64 call_getrandom(const u64 *a)
{
    u64 count = a[1] < 0x2000000 ? a[1] : 0x1ffffff;

    for (u64 done = 0; done < count; done += 8) {
        u64 word = random_word();
        u64 part = count - done < 8 ? count - done : 8;

        if (put_user(a[0] + done, &word, part))
            return done ? (s64)done : -EFAULT;
    }
    return count;
}
