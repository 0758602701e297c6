/*
 * A 64-bit kernel whose user program executes SYSCALL in compatibility mode.
 * AMD enters at CSTAR (SC-03, SC-07, SC-09, SC-14) and SYSRET without REX.W
 * returns (SR-08, SR-10). On Intel SYSCALL is #UD there (SC-02), and the
 * handler serves the call instead. The kernel does not ask who made the
 * processor: it takes what comes.
 */
#include "compat-syscall/calls.h"
#include "lib/boot.h"
#include "lib/compat.h"
#include "lib/cpu.h"
#include "lib/say.h"
#include "lib/trap.h"

#define LENGTH 2 /* of SYSCALL */

/*
 * STAR[47:32]: CS, and SS behind it; [63:48]: CS of SYSRET without REX.W, and
 * SS behind it, with RPL 3 already there because AMD adds nothing to SS.
 */
#define STAR_VALUE ((u64)SEL_UCODE32 << 48 | (u64)SEL_KCODE << 32)

/* What cstar_entry pushes, lowest address first. */
struct call {
    u64 cs, ss;
    u64 r11, rcx, rsp;
    u64 number, argument;
};

/* entry.S and user.S */
void cstar_entry(void);
void user_program(void);
void user_hello(void);
void user_back(void);

static void serve(u64 number, u64 argument)
{
    u64 cs = argument >> 16, ss = argument & 0xffff;

    if (number == CALL_WRITE)
        say("%s", (const char *)argument);
    else if (number == CALL_REPORT)
        expect(cs == SEL_UCODE32 && ss == SEL_UDATA,
               "user: back with CS=%lx SS=%lx", cs, ss);
    else
        finish();
}

/* The first call shows how SYSCALL arrives. */
void cstar_call(const struct call *c)
{
    if (c->number == CALL_WRITE) {
        expect(c->cs == SEL_KCODE && c->ss == SEL_KDATA,
               "SYSCALL: at CSTAR with CS=%lx SS=%lx, 64-bit mode", c->cs,
               c->ss);
        expect(c->rsp == COMPAT_STACK_TOP, "SYSCALL: RSP=%lx, the user's",
               c->rsp);
        expect(c->rcx == (u64)user_back, "SYSCALL: RCX=EIP behind it");
        expect(c->r11 & EFLAGS_IF, "SYSCALL: R11=flags of ring 3");
    }
    serve(c->number, c->argument);
}

static void lstar_entry(void)
{
    expect(0, "SYSCALL from compatibility mode came to LSTAR");
    finish();
}

/* Ring 3 sees no difference but the time that it takes. */
static void serve_refused(struct trap_frame *frame)
{
    u64 number = (u32)frame->rax;

    if (number == CALL_WRITE)
        expect(frame->rip == (u64)user_hello && frame->cs == SEL_UCODE32,
               "SYSCALL from compatibility mode: #UD, CS=%lx", frame->cs);
    serve(number, (u32)frame->rbx);
    frame->rip += LENGTH;
}

void exception(struct trap_frame *frame)
{
    if (frame->vector == VEC_UD && frame->cs == SEL_UCODE32)
        serve_refused(frame);
    else
        unexpected(frame);
}

void kernel_main(const struct rs_boot *boot)
{
    (void)boot;
    start_compat();
    wrmsr(MSR_STAR, STAR_VALUE);
    wrmsr(MSR_CSTAR, (u64)cstar_entry);
    wrmsr(MSR_LSTAR, (u64)lstar_entry);
    wrmsr(MSR_FMASK, RFLAGS_TF | EFLAGS_IF | EFLAGS_NT);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
    enter_user(user_program, SEL_UCODE32);
}
