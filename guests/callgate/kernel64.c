/*
 * A 64-bit kernel that is called through a 64-bit call gate, from 64-bit mode
 * and from compatibility mode: GT-15, GT-19, GT-20, GT-31.
 */
#include "callgate/gates.h"
#include "lib/boot.h"
#include "lib/compat.h"
#include "lib/say.h"
#include "lib/trap.h"

/* What inner_entry and the gate push, lowest address first. */
struct inner_call {
    u64 cs, ss;
    u64 user_rip, user_cs;
    u64 user_rsp, user_ss;
};

/* gates64.S and user64.S */
void inner_entry(void);
void user_program(void);

static u64 user_cs = SEL_UCODE64; /* then SEL_UCODE32 */

void inner_called(const struct inner_call *c)
{
    u64 pushed = (u64)trap_stack_top - (u64)&c->user_rip;

    expect(c->cs == SEL_KCODE && c->ss == 0 && pushed == 4 * 8,
           "gate to ring 0: CS=%lx SS=%lx, %lu bytes at TSS.RSP0", c->cs,
           c->ss, pushed);
    expect(c->user_cs == user_cs && c->user_ss == SEL_UDATA &&
           c->user_rsp == COMPAT_STACK_TOP,
           "gate to ring 0: pushed CS=%lx SS=%lx RSP=%lx", c->user_cs,
           c->user_ss, c->user_rsp);
}

void exception(struct trap_frame *frame)
{
    if (frame->vector != INT80_FRAME)
        unexpected(frame);
    if ((u32)frame->rax == CALL_EXIT)
        finish();
    expect(frame->cs == user_cs && (u32)frame->rbx == 0,
           "far RET: back with CS=%lx, RSP as before the call", frame->cs);
    user_cs = SEL_UCODE32;
}

/* Twice 8 bytes, SDM vol. 3A section 5.8.3.1; there are no parameters. */
static void make_gate(void)
{
    u64 entry = (u64)inner_entry;

    gdt[GATE_64 / 8] = (entry & 0xffff0000) << 32 | 0xecul << 40 |
                       SEL_KCODE << 16 | (entry & 0xffff);
    gdt[GATE_64 / 8 + 1] = entry >> 32;
}

void kernel_main(const struct rs_boot *boot)
{
    (void)boot;
    start_compat();
    make_gate();
    enter_user(user_program, SEL_UCODE64);
}
