/* Signals: a frame on the program's stack as Linux makes it, or the end. */
#include "elf64user/kernel.h"

#define SIGNALS 64

#define SIG_DFL 0
#define SIG_IGN 1

#define SA_SIGINFO   4
#define SA_RESTORER  0x04000000
#define SA_ONSTACK   0x08000000
#define SA_NODEFER   0x40000000
#define SA_RESETHAND 0x80000000

#define SI_TKILL (-6)

#define SS_ONSTACK 1
#define SS_DISABLE 2
#define STACK_MINIMUM 2048

#define RED_ZONE 128
#define RFLAGS_USER 0x50dd5 /* AC RF OF DF TF SF ZF AF PF CF: the program's */
#define RFLAGS_IF   0x200
#define RFLAGS_DF   0x400
#define RFLAGS_RF   0x10000

struct action {
    u64 handler, flags, restorer, mask;
};

struct stack {
    u64 start;
    u32 flags, reserved;
    u64 bytes;
};

struct info {
    int signal, error, code, reserved;
    u64 value; /* an address, or PID and UID */
    u64 rest[13];
};

struct context {
    u64 flags, link;
    struct stack stack;
    u64 r8, r9, r10, r11, r12, r13, r14, r15;
    u64 rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    u16 cs, gs, fs, ss;
    u64 error, vector, old_mask, cr2;
    u64 fpu;
    u64 reserved[8];
    u64 mask;
};

struct signal_frame {
    u64 restorer;
    struct context context;
    struct info info;
};

#define CONTEXT_FLAGS 6 /* SS is saved, and restored as it is */

struct trap_frame *user_frame;

static struct action actions[SIGNALS + 1];
static struct info infos[SIGNALS + 1];
static u64 blocked, pending;
static u64 saved; /* what sigsuspend replaces until a handler is called */
static int has_saved;
static struct stack alternate = { .flags = SS_DISABLE };
static char fpu_area[PAGE_SIZE] __attribute__((aligned(64)));

static u64 bit(int signal)
{
    return 1ul << (signal - 1);
}

/* ---- the end ---- */

static const char names[32][8] = {
    "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL",
    "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT",
    "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
    "WINCH", "IO", "PWR", "SYS",
};

static char *put_signal(char *p, int signal)
{
    p = put_text(p, "SIG");
    return signal < 32 ? put_string(p, names[signal])
                       : put_dec(put_text(p, "RT"), signal);
}

static char *put_cause(char *p, const struct fault_info *f)
{
    p = put_text(p, ": ");
    p = put_vector(p, f->vector);
    if (HAS_ERROR_CODE(f->vector))
        p = put_hex(put_text(p, " err="), f->error);
    if (f->vector == VEC_PF)
        p = put_hex(put_text(p, " address="), f->address);
    return p;
}

static void die(int signal, const struct fault_info *f)
{
    char line[LINE_SIZE];
    char *p = put_text(line, COMPLAIN_BEGIN "the program ends by ");

    p = put_signal(p, signal);
    if (f)
        p = put_cause(p, f);
    p = put_hex(put_text(p, " at rip="), user_frame->rip);
    complain(line, p);
    machine_exit(128 + signal);
}

/* ---- the frame ---- */

static int is_on(const struct stack *s, u64 rsp)
{
    return !(s->flags & SS_DISABLE) && rsp > s->start &&
           rsp - s->start <= s->bytes;
}

static u64 frame_place(const struct action *a, u64 fpu_size)
{
    u64 rsp = user_frame->rsp - RED_ZONE;

    if (a->flags & SA_ONSTACK && !(alternate.flags & SS_DISABLE) &&
        !is_on(&alternate, user_frame->rsp))
        rsp = alternate.start + alternate.bytes;
    rsp = (rsp - fpu_size) & ~63ul;
    return ((rsp - sizeof(struct signal_frame)) & ~15ul) - 8;
}

static void save_registers(struct context *c, const struct trap_frame *f)
{
    c->r8 = f->r8, c->r9 = f->r9, c->r10 = f->r10, c->r11 = f->r11;
    c->r12 = f->r12, c->r13 = f->r13, c->r14 = f->r14, c->r15 = f->r15;
    c->rdi = f->rdi, c->rsi = f->rsi, c->rbp = f->rbp, c->rbx = f->rbx;
    c->rdx = f->rdx, c->rax = f->rax, c->rcx = f->rcx, c->rsp = f->rsp;
    c->rip = f->rip, c->rflags = f->rflags, c->cs = f->cs, c->ss = f->ss;
}

/* The selectors and what a program may not change stay as they are. */
static void load_registers(struct trap_frame *f, const struct context *c)
{
    f->r8 = c->r8, f->r9 = c->r9, f->r10 = c->r10, f->r11 = c->r11;
    f->r12 = c->r12, f->r13 = c->r13, f->r14 = c->r14, f->r15 = c->r15;
    f->rdi = c->rdi, f->rsi = c->rsi, f->rbp = c->rbp, f->rbx = c->rbx;
    f->rdx = c->rdx, f->rax = c->rax, f->rcx = c->rcx, f->rsp = c->rsp;
    f->rip = c->rip;
    f->rflags = (c->rflags & RFLAGS_USER) | RFLAGS_FIXED | RFLAGS_IF;
}

static void fill_frame(struct signal_frame *s, const struct info *info,
                       const struct fault_info *f)
{
    memset(s, 0, sizeof *s);
    s->context.flags = CONTEXT_FLAGS;
    s->context.stack = alternate;
    if (is_on(&alternate, user_frame->rsp))
        s->context.stack.flags = SS_ONSTACK;
    save_registers(&s->context, user_frame);
    s->context.mask = has_saved ? saved : blocked;
    has_saved = 0;
    s->info = *info;
    if (!f)
        return;
    s->context.vector = f->vector;
    s->context.error = f->error;
    s->context.cr2 = f->cr2;
}

static s64 put_frame(u64 to, const struct signal_frame *s, u64 fpu_size)
{
    fpu_save(fpu_area);
    if (s->context.fpu && put_user(s->context.fpu, fpu_area, fpu_size))
        return -EFAULT;
    return put_user(to, s, sizeof *s);
}

static void call_handler(int signal, const struct info *info,
                         const struct fault_info *f)
{
    struct action *a = &actions[signal];
    u64 fpu_size = fpu_bytes();
    u64 to = frame_place(a, fpu_size);
    struct signal_frame s;

    fill_frame(&s, info, f);
    s.restorer = a->restorer;
    if (fpu_size)
        s.context.fpu = (to + sizeof s + 63) & ~63ul;
    if (!(a->flags & SA_RESTORER) || put_frame(to, &s, fpu_size))
        die(SIGSEGV, f);
    fpu_reset(fpu_area);
    user_frame->rsp = to;
    user_frame->rip = a->handler;
    user_frame->rdi = signal;
    user_frame->rsi = to + __builtin_offsetof(struct signal_frame, info);
    user_frame->rdx = to + __builtin_offsetof(struct signal_frame, context);
    user_frame->rax = 0;
    user_frame->rflags &= ~(u64)(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF);
    blocked |= a->mask | (a->flags & SA_NODEFER ? 0 : bit(signal));
    if (a->flags & SA_RESETHAND)
        a->handler = SIG_DFL;
}

/* A fault that is blocked or ignored ends the program all the same. */
void signal_fault(const struct fault_info *f)
{
    struct info info = { .signal = f->signal, .code = f->code,
                         .value = f->address };

    if (actions[f->signal].handler <= SIG_IGN || blocked & bit(f->signal))
        die(f->signal, f);
    call_handler(f->signal, &info, f);
}

static int is_ignored(int signal)
{
    u64 handler = actions[signal].handler;

    return handler == SIG_IGN ||
           (handler == SIG_DFL &&
            (bit(signal) & (bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) |
                            bit(SIGWINCH) | bit(SIGSTOP) | bit(SIGTSTP) |
                            bit(SIGTTIN) | bit(SIGTTOU))));
}

int signals_deliver(void)
{
    int changed = 0;
    u64 due;

    while ((due = pending & ~blocked)) {
        int signal = __builtin_ctzl(due) + 1;

        pending &= ~bit(signal);
        if (is_ignored(signal))
            continue;
        if (actions[signal].handler == SIG_DFL)
            die(signal, 0);
        call_handler(signal, &infos[signal], 0);
        changed = 1;
    }
    return changed;
}

int signals_due(void)
{
    for (u64 due = pending & ~blocked; due; due &= due - 1)
        if (!is_ignored(__builtin_ctzl(due) + 1))
            return 1;
    return 0;
}

/* The mask of the time of waiting is that of the handler's frame, too. */
s64 call_sigsuspend(const u64 *a)
{
    u64 set;

    if (get_user(&set, a[0], sizeof set))
        return -EFAULT;
    saved = blocked;
    has_saved = 1;
    blocked = set & ~(bit(SIGKILL) | bit(SIGSTOP));
    return call_pause(a);
}

s64 call_sigreturn(const u64 *a)
{
    struct signal_frame s;

    (void)a;
    if (get_user(&s, user_frame->rsp - 8, sizeof s) ||
        (s.context.fpu && get_user(fpu_area, s.context.fpu, fpu_bytes())))
        die(SIGSEGV, 0);
    load_registers(user_frame, &s.context);
    if (!is_user(user_frame->rip, 1))
        die(SIGSEGV, 0);
    if (s.context.fpu)
        fpu_restore(fpu_area);
    blocked = s.context.mask & ~(bit(SIGKILL) | bit(SIGSTOP));
    return user_frame->rax;
}

/* ---- calls ---- */

s64 call_sigaction(const u64 *a)
{
    u32 signal = a[0];
    struct action old;

    if (!signal || signal > SIGNALS || a[3] != 8 ||
        (a[1] && (signal == SIGKILL || signal == SIGSTOP)))
        return -EINVAL;
    old = actions[signal];
    if (a[1] && get_user(&actions[signal], a[1], sizeof old))
        return -EFAULT;
    return a[2] ? put_user(a[2], &old, sizeof old) : 0;
}

s64 call_sigprocmask(const u64 *a)
{
    enum { BLOCK, UNBLOCK, SETMASK };
    u64 old = blocked, set;

    if (a[3] != 8)
        return -EINVAL;
    if (a[1]) {
        if (get_user(&set, a[1], sizeof set))
            return -EFAULT;
        if ((u32)a[0] > SETMASK)
            return -EINVAL;
        set = (u32)a[0] == BLOCK     ? blocked | set
              : (u32)a[0] == UNBLOCK ? blocked & ~set
                                     : set;
        blocked = set & ~(bit(SIGKILL) | bit(SIGSTOP));
    }
    return a[2] ? put_user(a[2], &old, sizeof old) : 0;
}

s64 call_sigpending(const u64 *a)
{
    u64 waiting = pending & blocked;

    return put_user(a[0], &waiting, sizeof waiting);
}

s64 call_sigaltstack(const u64 *a)
{
    struct stack old = alternate, new;
    int on = is_on(&alternate, user_frame->rsp);

    if (on)
        old.flags = SS_ONSTACK;
    if (a[0]) {
        if (get_user(&new, a[0], sizeof new))
            return -EFAULT;
        if (on)
            return -EPERM;
        if (new.flags & ~(u32)(SS_DISABLE | SS_ONSTACK))
            return -EINVAL;
        if (!(new.flags & SS_DISABLE) && new.bytes < STACK_MINIMUM)
            return -ENOMEM;
        alternate = new;
        alternate.flags &= SS_DISABLE;
    }
    return a[1] ? put_user(a[1], &old, sizeof old) : 0;
}

static s64 send(u32 signal, int code)
{
    if (signal > SIGNALS)
        return -EINVAL;
    if (!signal)
        return 0;
    pending |= bit(signal);
    infos[signal] = (struct info){ .signal = signal, .code = code,
                                   .value = PROCESS };
    return 0;
}

void signal_raise(int signal)
{
    send(signal, SI_KERNEL);
}

s64 call_kill(const u64 *a)
{
    int to = a[0];

    return to == PROCESS || to == 0 || to == -PROCESS ? send(a[1], 0) : -ESRCH;
}

/* tkill(tid, signal) */
s64 call_tkill(const u64 *a)
{
    return (int)a[0] == PROCESS ? send(a[1], SI_TKILL) : -ESRCH;
}

s64 call_tgkill(const u64 *a)
{
    return (int)a[0] == PROCESS ? call_tkill(&a[1]) : -ESRCH;
}
