/* A 32-bit kernel that is called through call gates: GT-13, GT-19, GT-22. */
#include "callgate/gates.h"
#include "lib/protected.h"
#include "lib/say.h"
#include "lib/x86.h"

/* What inner_entry, the gate and the user push, lowest address first. */
struct inner_call {
    u32 cs, ss;
    u32 user_eip, user_cs;
    u32 parameter_2, parameter_1; /* the gate's copy */
    u32 user_esp, user_ss;
};

struct same_call {
    u32 cs, ss;
    u32 eip, caller_cs;
};

/* gates32.S and user32.S */
void inner_entry(void);
void same_entry(void);
u32 call_same(void);
void user_program(void);
void user_forbidden(void);
void user_allowed(void);
void user_conforming(void);

void inner_called(const struct inner_call *c)
{
    u32 pushed = TRAP_STACK_TOP - (u32)&c->user_eip;

    expect(c->cs == SEL32_KCODE && c->ss == SEL32_KDATA && pushed == 6 * 4,
           "gate to ring 0: CS=%x SS=%x, %u bytes at TSS.ESP0", c->cs, c->ss,
           pushed);
    expect(c->user_cs == SEL32_UCODE && c->user_ss == SEL32_UDATA &&
           c->user_esp == USER32_STACK_TOP - 2 * 4,
           "gate to ring 0: pushed CS=%x SS=%x ESP=%x", c->user_cs, c->user_ss,
           c->user_esp);
    expect(c->parameter_1 == PARAMETER_1 && c->parameter_2 == PARAMETER_2,
           "gate to ring 0: parameters %x %x copied", c->parameter_1,
           c->parameter_2);
}

void same_called(const struct same_call *c)
{
    expect(c->cs == SEL32_KCODE && c->caller_cs == SEL32_KCODE,
           "gate within ring 0: CS=%x, pushed CS=%x", c->cs, c->caller_cs);
}

static void user_call(const struct trap32 *frame)
{
    if (frame->eax == CALL_STACK)
        expect(frame->ebx == 0, "far RET 8: ESP as before the parameters");
    else if (frame->eax == CALL_CONFORMING)
        expect(frame->ebx == (CODE_CONFORMING | 3) &&
               frame->ecx == SEL32_UCODE && frame->esp == USER32_STACK_TOP,
               "gate to conforming code: CS=%lx, still CPL 3, same stack, "
               "pushed CS=%lx", frame->ebx, frame->ecx);
    else
        finish();
}

void exception(struct trap32 *frame)
{
    if (frame->vector == INT80_FRAME) {
        user_call(frame);
    } else if (frame->eip == (u32)user_forbidden) {
        expect(frame->vector == VEC_GP && frame->error == GATE_SAME,
               "gate of DPL 0 from ring 3: #GP(%lx)", frame->error);
        frame->eip = (u32)user_allowed;
    } else {
        unexpected(frame);
    }
}

static void make_gates(void)
{
    gdt[GATE_INNER / 8] =
        GATE(SEL32_KCODE, (u32)inner_entry, TYPE_CALL_GATE_USER | 2);
    gdt[GATE_SAME / 8] = GATE(SEL32_KCODE, (u32)same_entry, TYPE_CALL_GATE);
    gdt[CODE_CONFORMING / 8] = SEGMENT(0, 0xfffff, ATTR_KCODE_CONF);
    gdt[GATE_CONFORMING / 8] =
        GATE(CODE_CONFORMING, (u32)user_conforming, TYPE_CALL_GATE_USER);
}

void kernel_main(void)
{
    u32 wrong;

    start_protected();
    make_gates();
    wrong = call_same();
    expect(wrong == 0, "far RET: ESP as before the call");
    enter_user(user_program);
}
