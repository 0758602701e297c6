/* The table of system calls, by the numbers of Linux for x86-64. */
#include "elf64user/kernel.h"

#define CALLS 335

static call_fn *const table[CALLS] = {
    [0] = call_read,
    [1] = call_write,
    [2] = call_open,
    [3] = call_close,
    [4] = call_no_path, /* stat */
    [5] = call_fstat,
    [6] = call_no_path, /* lstat */
    [7] = call_poll,
    [8] = call_lseek,
    [9] = call_mmap,
    [10] = call_mprotect,
    [11] = call_munmap,
    [12] = call_brk,
    [13] = call_sigaction,
    [14] = call_sigprocmask,
    [15] = call_sigreturn,
    [16] = call_ioctl,
    [17] = call_pread,
    [18] = call_pread, /* pwrite64 */
    [19] = call_readv,
    [20] = call_writev,
    [21] = call_no_path, /* access */
    [22] = call_pipe,
    [23] = call_select,
    [24] = call_zero, /* sched_yield */
    [25] = call_mremap,
    [28] = call_madvise,
    [32] = call_dup,
    [33] = call_dup2,
    [34] = call_pause,
    [35] = call_nanosleep,
    [36] = call_getitimer,
    [37] = call_alarm,
    [38] = call_setitimer,
    [39] = call_process, /* getpid */
    [60] = call_exit,
    [62] = call_kill,
    [63] = call_uname,
    [72] = call_fcntl,
    [74] = call_fsync,
    [79] = call_getcwd,
    [80] = call_no_path, /* chdir */
    [83] = call_no_path, /* mkdir */
    [87] = call_no_path, /* unlink */
    [89] = call_readlink,
    [95] = call_umask,
    [96] = call_gettimeofday,
    [97] = call_getrlimit,
    [98] = call_getrusage,
    [99] = call_sysinfo,
    [100] = call_times,
    [102] = call_zero, /* getuid */
    [104] = call_zero, /* getgid */
    [107] = call_zero, /* geteuid */
    [108] = call_zero, /* getegid */
    [110] = call_zero, /* getppid */
    [111] = call_process, /* getpgrp */
    [118] = call_getresuid,
    [120] = call_getresuid, /* getresgid */
    [127] = call_sigpending,
    [130] = call_sigsuspend,
    [131] = call_sigaltstack,
    [149] = call_zero, /* mlock */
    [150] = call_zero, /* munlock */
    [157] = call_prctl,
    [158] = call_arch_prctl,
    [160] = call_zero, /* setrlimit */
    [186] = call_process, /* gettid */
    [200] = call_tkill,
    [201] = call_time,
    [202] = call_futex,
    [204] = call_sched_getaffinity,
    [218] = call_process, /* set_tid_address */
    [228] = call_clock_gettime,
    [229] = call_clock_getres,
    [230] = call_clock_nanosleep,
    [231] = call_exit, /* exit_group */
    [234] = call_tgkill,
    [257] = call_openat,
    [262] = call_newfstatat,
    [263] = call_no_path_at, /* unlinkat */
    [267] = call_readlinkat,
    [269] = call_no_path_at, /* faccessat */
    [270] = call_select, /* pselect6 */
    [271] = call_poll, /* ppoll: what is ready is so at once */
    [273] = call_zero, /* set_robust_list */
    [292] = call_dup3,
    [293] = call_pipe, /* pipe2 */
    [302] = call_prlimit,
    [309] = call_getcpu,
    [318] = call_getrandom,
};

static int tells;

void tell_unserved(void)
{
    tells = 1;
}

/* What a user may look for in vain, by name. */
static const char *name_of(u64 number)
{
    switch (number) {
    case 41: return " (socket)";
    case 56: return " (clone)";
    case 57: return " (fork)";
    case 58: return " (vfork)";
    case 59: return " (execve)";
    case 61: return " (wait4)";
    case 217: return " (getdents64)";
    case 332: return " (statx)";
    case 334: return " (rseq)";
    case 435: return " (clone3)";
    default: return "";
    }
}

static s64 not_served(u64 number)
{
    char line[LINE_SIZE];
    char *p = put_text(line, COMPLAIN_BEGIN "system call ");

    if (!tells)
        return -ENOSYS;
    p = put_string(put_dec(p, number), name_of(number));
    complain(line, put_text(p, " is not served (ENOSYS)"));
    return -ENOSYS;
}

int system_call(struct trap_frame *frame)
{
    u64 number = frame->rax;
    u64 a[6] = { frame->rdi, frame->rsi, frame->rdx,
                 frame->r10, frame->r8, frame->r9 };
    call_fn *call = number < CALLS ? table[number] : 0;

    user_frame = frame;
    frame->rax = call ? call(a) : not_served(number);
    return signals_deliver() || call == call_sigreturn;
}
