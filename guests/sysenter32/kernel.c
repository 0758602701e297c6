/*
 * A 32-bit kernel whose user program calls it by SYSENTER. Rules: SE-02,
 * SE-06 to SE-12, SX-01, SX-06 to SX-08.
 */
#include "lib/cpu.h"
#include "lib/protected.h"
#include "lib/say.h"
#include "sysenter32/calls.h"

/* What sysenter_entry pushes, lowest address first. */
struct call {
    u32 cs, ss;
    u32 number, argument;
    u32 eflags;
    u32 ecx, edx;
};

/* entry.S and user.S */
void sysenter_entry(void);
void try_sysexit(void);
void try_sysexit_done(void);
void user_program(void);
void user_first_sysenter(void);

/* A null selector, though not 0: SE-02. */
#define NULL_CS 3

static u32 calls;

/* In full the first time only; every call arrives in the same way. */
static void look(const struct call *c)
{
    u32 esp = (u32)(c + 1);
    int as_msrs = c->cs == SEL32_KCODE && c->ss == SEL32_KDATA &&
                  esp == SYSENTER_STACK_TOP;

    if (calls++ && as_msrs)
        return;
    if (rdmsr(MSR_SYSENTER_CS) == NULL_CS) {
        expect(0, "SYSENTER with SYSENTER_CS=3: no #GP");
        wrmsr(MSR_SYSENTER_CS, SEL32_KCODE);
    }
    expect(as_msrs, "SYSENTER: CS=%x SS=%x ESP=%x", c->cs, c->ss, esp);
    expect(!(c->eflags & EFLAGS_IF), "SYSENTER: IF=%x, was 1 in ring 3",
           c->eflags / EFLAGS_IF & 1);
    expect(c->ecx == USER32_STACK_TOP, "SYSENTER: ECX=%x as ring 3 left it",
           c->ecx);
}

static void call_report(u32 selectors)
{
    u32 cs = selectors >> 16, ss = selectors & 0xffff;

    expect(cs == SEL32_UCODE && ss == SEL32_UDATA,
           "SYSEXIT: back with CS=%x SS=%x", cs, ss);
}

u32 sysenter_call(const struct call *c)
{
    look(c);
    switch (c->number) {
    case CALL_WRITE:
        say("%s", (const char *)c->argument);
        break;
    case CALL_TICKS:
        return calls;
    case CALL_REPORT:
        call_report(c->argument);
        break;
    default:
        finish();
    }
    return 0;
}

/* With the cause repaired, SYSENTER restarts. */
static void fault_in_user(struct trap32 *frame)
{
    expect(frame->error == 0 && frame->eip == (u32)user_first_sysenter,
           "SYSENTER with SYSENTER_CS=3: #GP(%lx) at CPL %lu", frame->error,
           frame->cs & 3);
    wrmsr(MSR_SYSENTER_CS, SEL32_KCODE);
}

static void fault_in_kernel(struct trap32 *frame)
{
    expect(frame->error == 0, "SYSEXIT with SYSENTER_CS=0: #GP(%lx) at CPL %lu",
           frame->error, frame->cs & 3);
    frame->eip = (u32)try_sysexit_done;
}

/* SYSENTER keeps TF, so the step ends in the kernel (SE-07, SE-08). */
static void single_step(struct trap32 *frame)
{
    u32 esp = (u32)&frame->esp; /* nothing more is pushed without a change */

    expect(frame->cs == SEL32_KCODE && frame->eip == (u32)sysenter_entry &&
           esp == SYSENTER_STACK_TOP,
           "SYSENTER under TF: #DB at CPL %lu before the kernel's first "
           "instruction, ESP=%x", frame->cs & 3, esp);
    frame->eflags &= ~EFLAGS_TF;
}

void exception(struct trap32 *frame)
{
    if (frame->vector == VEC_GP && frame->cs == SEL32_UCODE && !calls)
        fault_in_user(frame);
    else if (frame->vector == VEC_GP && frame->eip == (u32)try_sysexit)
        fault_in_kernel(frame);
    else if (frame->vector == VEC_DB)
        single_step(frame);
    else
        unexpected(frame);
}

void kernel_main(void)
{
    start_protected();
    wrmsr(MSR_SYSENTER_CS, 0);
    try_sysexit();
    wrmsr(MSR_SYSENTER_CS, NULL_CS);
    wrmsr(MSR_SYSENTER_ESP, SYSENTER_STACK_TOP);
    wrmsr(MSR_SYSENTER_EIP, (u32)sysenter_entry);
    enter_user(user_program);
}
