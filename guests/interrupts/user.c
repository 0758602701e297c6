/* Interrupts that find the processor in ring 3. */
#include "interrupts/interrupts.h"
#include "lib/compat.h"
#include "lib/say.h"
#include "lib/trap.h"

#define RATE  2
#define SHORT 60 /* 50 microseconds */

static struct {
    u64 cs, ss, rsp, frame_end;
} seen;

/* Lets the program out of its loop; the trap gate of INT 80h keeps IF = 1, so
 * no second tick may come. */
static void tick(const struct trap_frame *frame)
{
    struct trap_frame *f = (struct trap_frame *)frame;

    seen.cs = f->cs;
    seen.ss = f->ss;
    seen.rsp = f->rsp;
    seen.frame_end = (u64)(f + 1);
    f->rax = 1;
    mask_all();
    pic_end(IRQ_TIMER);
}

static void interrupt_user(const char *mode, void (*program)(void), u64 cs)
{
    on_interrupt(VECTOR_MASTER + IRQ_TIMER, tick);
    start_timer(RATE, SHORT);
    unmask(IRQ_TIMER);
    run_user(program, cs);
    expect(seen.cs == cs && seen.ss == SEL_UDATA &&
               seen.rsp == COMPAT_STACK_TOP &&
               seen.frame_end == (u64)trap_stack_top,
           "%s: IRQ 0 from CS=%lx SS=%lx RSP=%lx to the stack of TSS.RSP0",
           mode, seen.cs, seen.ss, seen.rsp);
}

void teach_user(void)
{
    interrupt_user("ring 3", user_spin, SEL_UCODE64);
    interrupt_user("compatibility mode", user_spin32, SEL_UCODE32);
}
