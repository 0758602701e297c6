/*
 * A kernel whose 32-bit user program calls it by INT 80h, compiled twice: in
 * 32-bit protected mode, and in 64-bit mode with the user in compatibility
 * mode, which is how Linux serves old programs.
 */
#include "int80/calls.h"
#include "int80/width.h"
#include "lib/registers.h"
#include "lib/say.h"

/* user.S */
void user_program(void);
void user_bad_int(void);

/* A change of privilege pushes five words: SDM vol. 2A, "INT n". */
static void call_look(const struct trap_frame *f)
{
    unsigned long ss = read_ss(), flags = read_flags();
    unsigned long pushed = TRAP_SP - (unsigned long)&f->REG(ip);

    expect(ss == KERNEL_SS && pushed == 5 * sizeof pushed,
           "INT 80h: SS=%lx, %lu bytes at the TSS's stack pointer", ss, pushed);
    expect(f->ss == USER_SS && f->REG(sp) == USER_SP,
           "INT 80h: pushed SS=%lx ESP=%lx", f->ss, f->REG(sp));
    expect(f->cs == USER_CS, "INT 80h: pushed CS=%lx, EIP behind the INT",
           f->cs);
    expect(flags & EFLAGS_IF, "INT 80h: IF=%u, a trap gate keeps it",
           flags & EFLAGS_IF ? 1 : 0);
}

static void call_report(const struct trap_frame *f)
{
    expect(f->REG(bx) == 0, "IRET: ESP as before the call");
    expect(f->REG(cx) == USER_SS, "IRET: DS=%lx, ring 3 may keep it",
           f->REG(cx));
}

static void system_call(struct trap_frame *frame)
{
    switch (frame->REG(ax)) {
    case CALL_WRITE:
        say("%s", (const char *)frame->REG(bx));
        break;
    case CALL_LOOK:
        call_look(frame);
        break;
    case CALL_REPORT:
        call_report(frame);
        break;
    default:
        finish();
    }
}

/* The gate's DPL guards against INT n, not against exceptions (IN-03). */
static void forbidden_int(struct trap_frame *frame)
{
    int flag = read_flags() & EFLAGS_IF ? 1 : 0;

    expect(frame->error == FORBIDDEN_VECTOR * 8 + 2,
           "INT %u: #GP(%lx), its gate has DPL 0", FORBIDDEN_VECTOR,
           frame->error);
    expect(!flag, "#GP: IF=%u, an interrupt gate clears it", flag);
    frame->REG(ip) += 2;
}

void exception(struct trap_frame *frame)
{
    if (frame->vector == INT80_FRAME)
        system_call(frame);
    else if (frame->REG(ip) == (unsigned long)user_bad_int)
        forbidden_int(frame);
    else
        unexpected(frame);
}

void kernel_main(KERNEL_ARGUMENT)
{
    START();
    ENTER(user_program);
}
