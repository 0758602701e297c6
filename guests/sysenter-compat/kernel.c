/*
 * A 64-bit kernel whose user program calls it by SYSENTER, first from
 * compatibility mode. What Intel does is SE-05, SE-10 and SX-05 to SX-07; on
 * AMD both instructions are #UD in long mode (SE-03, SX-03). The kernel does
 * not ask who made the processor: it takes what comes.
 */
#include "lib/boot.h"
#include "lib/compat.h"
#include "lib/cpu.h"
#include "lib/say.h"
#include "lib/trap.h"
#include "sysenter-compat/calls.h"

/* What sysenter_entry pushes, lowest address first. */
struct call {
    u64 cs, ss;
    u64 number, user_cs, user_ss;
};

/* entry.S, user.S, boot.S */
void sysenter_entry(void);
void try_sysexit(void);
void sysexit_tried(void);
void user_program(void);
extern char boot_stack_top[];

static u64 calls, refused;

/* The caller of each call: the second one returns to 64-bit code. */
static u64 user_cs(void)
{
    return calls < CALL_EXIT ? SEL_UCODE32 : SEL_UCODE64;
}

static const char *mode(void)
{
    return calls < CALL_EXIT ? "compatibility" : "64-bit";
}

void sysenter_call(const struct call *c)
{
    expect(c->number == calls && c->user_cs == user_cs() &&
           c->user_ss == user_cs() + 8,
           "ring 3: %s mode with CS=%lx SS=%lx", mode(), c->user_cs,
           c->user_ss);
    expect(!refused && c->cs == SEL_KCODE && c->ss == SEL_KDATA,
           "SYSENTER from %s mode: CS=%lx SS=%lx, 64-bit mode", mode(), c->cs,
           c->ss);
    calls++;
    if (c->number == CALL_EXIT)
        finish();
}

/* SYSENTER is #UD: IRETQ does what SYSEXIT would. */
static void refuse(struct trap_frame *frame)
{
    u64 number = (u32)frame->rax;

    expect(number == calls && number == refused && frame->cs == user_cs(),
           "SYSENTER from %s mode: #UD with CS=%lx", mode(), frame->cs);
    if (number == CALL_EXIT) {
        try_sysexit();
        finish();
    }
    calls++;
    refused++;
    frame->rip = (u32)frame->rdx;
    frame->cs = user_cs();
}

void exception(struct trap_frame *frame)
{
    if (frame->vector == VEC_UD && frame->cs & 3) {
        refuse(frame);
    } else if (frame->rip == (u64)try_sysexit) {
        expect(frame->vector == VEC_UD, "SYSEXIT: %s",
               exception_names[frame->vector]);
        frame->rip = (u64)sysexit_tried;
    } else {
        unexpected(frame);
    }
}

void kernel_main(const struct rs_boot *boot)
{
    (void)boot;
    start_compat();
    wrmsr(MSR_SYSENTER_CS, SEL_KCODE);
    wrmsr(MSR_SYSENTER_ESP, (u64)boot_stack_top);
    wrmsr(MSR_SYSENTER_EIP, (u64)sysenter_entry);
    enter_user(user_program, SEL_UCODE32);
}
