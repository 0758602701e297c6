/* The kernel's parts, and what each gives to the others. */
#ifndef GUESTS_ELF64USER_KERNEL_H
#define GUESTS_ELF64USER_KERNEL_H

#include "elf64user/layout.h"
#include "elf64user/linux.h"
#include "lib/boot.h"
#include "lib/trap.h"

typedef long s64;

#define PAGE_SIZE 4096
#define PAGE_MASK 0xffful

static inline u64 page_up(u64 address)
{
    return (address + PAGE_MASK) & ~PAGE_MASK;
}

/* ---- entry.S ---- */

/* Bytes of the user, either way: how many were not copied. */
u64 copy_bytes(void *to, const void *from, u64 count);
/* Bytes of the user to a port: how many were not sent. */
u64 out_bytes(u16 port, const void *from, u64 count);
extern char copy_instruction[], copy_end[], out_instruction[], out_end[];

void syscall_entry(void);
void enter_user(u64 rip, u64 rsp) __attribute__((noreturn));

/* ---- lib.c ---- */

void *memcpy(void *to, const void *from, u64 count);
void *memset(void *to, int byte, u64 count);
u64 text_length(const char *text);
int text_begins(const char *text, const char *with);

/* Whether so many bytes are addresses that a program may have at all. */
static inline int is_user(u64 address, u64 count)
{
    return count <= USER_END && address <= USER_END - count;
}

/* Copies to and from the user: 0, or -EFAULT. */
s64 put_user(u64 to, const void *from, u64 count);
s64 get_user(void *to, u64 from, u64 count);
/* A text of the user with its NUL: its length, or a negated error. */
s64 get_text(char *to, u64 from, u64 room);

/* A line on standard error, which begins with the kernel's name. */
void complain(char *line, char *end);
#define COMPLAIN_BEGIN "elf64user: "
char *put_string(char *p, const char *text);

/* Ends the run with a line of text. */
void refuse(const char *text) __attribute__((noreturn));
#define EXIT_OWN_FAULT 125 /* the kernel's own failure */
#define EXIT_REFUSED   126 /* the program is none that can run here */

/* ---- memory.c: frames and page tables ---- */

void memory_start(const struct rs_boot *boot);
u64 memory_total(void); /* bytes */
u64 memory_free(void);

/* The kernel's address of physical memory. */
void *direct(u64 pa);
/* A zeroed frame; the program ends if there is none. */
u64 frame_get(void);
/* The page of a program at that address, made if it is not there yet. */
char *page_make(u64 address, u32 prot);
/* Gives pages back; gives those that are there other rights; moves them. */
void pages_drop(u64 start, u64 end);
void pages_protect(u64 start, u64 end, u32 prot);
void pages_move(u64 from, u64 to, u64 bytes);

/* ---- areas.c: what a program's addresses stand for ---- */

struct area {
    u64 start, end;
    u64 prot;
};

/* The area of an address, or NULL. */
const struct area *area_at(u64 address);
/* The first area that ends above an address, or NULL. */
const struct area *area_from(u64 address);
/* Whether all of a range is in areas; whether none of it is. */
int areas_cover(u64 start, u64 end);
int areas_spare(u64 start, u64 end);
/* 0, or -ENOMEM when there are too many areas. */
s64 area_add(u64 start, u64 end, u64 prot);
s64 areas_remove(u64 start, u64 end);
/* The highest free range below an address; 0 if there is none. */
u64 areas_gap(u64 bytes, u64 below);
/* Whether a page was made, or may be touched now, for this page fault. */
int area_fault(u64 address, u64 error);

/* ---- load.c, stack.c ---- */

struct program {
    const char *module; /* the file */
    u64 size;
    const char *name;   /* argv[0] if nothing else is said */
    const char *command_line;
    u64 base;           /* what was added to its addresses */
    u64 entry, headers, header_count, end;
};

void program_load(struct program *p);
/* Fills the stack; RSP at the entry. */
u64 program_stack(const struct program *p);
/* The program's name as a path, for /proc/self/exe. */
const char *program_path(void);

/* ---- system calls: arguments in RDI, RSI, RDX, R10, R8, R9 ---- */

typedef s64 call_fn(const u64 *a);

#define PROCESS 1000 /* its ID, and that of its only thread */

call_fn call_read, call_write, call_readv, call_writev, call_open, call_openat;
call_fn call_close, call_fstat, call_newfstatat;
call_fn call_no_path, call_no_path_at;
call_fn call_lseek, call_ioctl, call_dup, call_dup2, call_dup3, call_fcntl;
call_fn call_pipe;
call_fn call_poll, call_select, call_readlink, call_readlinkat, call_getcwd;
call_fn call_pread, call_fsync;

call_fn call_mmap, call_munmap, call_mremap, call_mprotect, call_brk;
call_fn call_madvise;
void brk_start(u64 end);

call_fn call_time, call_gettimeofday, call_clock_gettime, call_clock_getres;
call_fn call_alarm, call_getitimer, call_setitimer, call_pause;
call_fn call_nanosleep, call_clock_nanosleep, call_times, call_getrusage;
void time_start(void);
u64 time_passed(void); /* nanoseconds since power-up */
void time_interrupt(void);

call_fn call_sigaction, call_sigprocmask, call_sigaltstack, call_sigreturn;
call_fn call_sigsuspend, call_kill, call_tkill, call_tgkill, call_sigpending;

call_fn call_exit, call_uname, call_arch_prctl, call_getrlimit, call_prlimit;
call_fn call_getrandom, call_futex, call_sysinfo, call_sched_getaffinity;
call_fn call_getcpu, call_prctl, call_umask, call_getresuid;
call_fn call_zero, call_process;

/* Nonzero: the frame is to be restored by IRETQ, all of it. */
int system_call(struct trap_frame *frame);
/* From now on calls that are not served are told on COM1. */
void tell_unserved(void);

/* ---- signals.c ---- */

extern struct trap_frame *user_frame; /* where the program was left */

/* What a signal that an exception raises tells its handler. */
struct fault_info {
    int signal, code;
    u64 address;
    u64 vector, error, cr2;
};

/* The program gets the signal, or ends by it. */
void signal_fault(const struct fault_info *info);
/* A signal to the program by the kernel; whether one waits to be delivered. */
void signal_raise(int signal);
int signals_due(void);
/* Signals that wait are delivered; nonzero if the frame has changed. */
int signals_deliver(void);

/* ---- fpu.c ---- */

void fpu_start(void);
/* To and from an area of fpu_bytes(), 64-byte aligned. */
void fpu_save(void *area);
void fpu_restore(void *area);
void fpu_reset(void *area);
u64 fpu_bytes(void);
/* si_code for #MF or #XM, from the flags that are set and not masked. */
int fpu_error(u64 vector);
u64 feature_bits(void);   /* AT_HWCAP */
int has_fsgsbase(void);

#endif
