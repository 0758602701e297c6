/*
 * Hardware task switches (SDM vol. 3A chapter 7): by far JMP, by far CALL and
 * IRET, and by the task gate that saves a kernel whose stack is full.
 */
#include "lib/registers.h"
#include "lib/say.h"
#include "taskswitch/tasks.h"

#define TYPE_AVAILABLE 0x9
#define TYPE_BUSY      0xb
#define CR0_TS         0x8

static struct tss32 second, double_task;

/* tasks.S */
void jump_to_second(void);
void jump_to_main(void);
void call_second(void);
void return_to_caller(void);
void overflow(void);
void double_fault_task(void);
extern char behind_jump[], behind_call[], behind_iret[];
extern char overflow_at[], overflow_ended[];

static u32 type(u32 selector)
{
    return gdt[selector / 8] >> 40 & 15;
}

/* Each switch sets CR0.TS, so that the kernel can switch the FPU's state. */
static int take_ts(void)
{
    int ts = read_cr0() & CR0_TS ? 1 : 0;

    __asm__ volatile("clts");
    return ts;
}

static int nested(void)
{
    return read_flags() & EFLAGS_NT ? 1 : 0;
}

/* The state of the task that was left, and what became of the descriptors. */
static void look_back(const char *how, const char *eip, u32 type_of_main,
                      int is_nested)
{
    int ts = take_ts();

    expect(read_tr() == SEL_SECOND && ts, "%s: TR=%lx CR0.TS=%u", how,
           read_tr(), ts);
    expect(tss.eip == (u32)eip && tss.edx == MARK && tss.cs == SEL32_KCODE,
           "%s: the TSS of the old task has EIP behind it, EDX=%x CS=%x", how,
           tss.edx, tss.cs);
    expect(type(SEL_MAIN) == type_of_main && type(SEL_SECOND) == TYPE_BUSY,
           "%s: types of the TSS descriptors: old %x, new %x", how,
           type(SEL_MAIN), type(SEL_SECOND));
    expect(nested() == is_nested, "%s: NT=%u", how, nested());
}

/* Goes on behind its last switch each time it is switched to. */
static void second_task(void)
{
    look_back("JMP", behind_jump, TYPE_AVAILABLE, 0);
    jump_to_main();
    look_back("CALL", behind_call, TYPE_BUSY, 1);
    expect(second.link == SEL_MAIN, "CALL: back link %x", second.link);
    return_to_caller();
    expect(0, "the second task runs once more");
    finish();
}

/* Called on a stack of its own, whatever has become of the kernel's. */
void double_fault(u32 error)
{
    u32 cr2 = read_fault_address();

    expect(error == 0 && cr2 == GUARD_PAGE + 0xffc,
           "stack overflow: #DF(%x) by a task gate, CR2=%x", error, cr2);
    expect(tss.eip == (u32)overflow_at && tss.esp == GUARD_PAGE + 0x1000,
           "#DF: the old task's EIP is that of the CALL, ESP=%x", tss.esp);
    expect(double_task.link == SEL_MAIN && nested(), "#DF: back link %x, NT=%u",
           double_task.link, nested());
    tss.eip = (u32)overflow_ended;
}

void exception(struct trap32 *frame)
{
    unexpected(frame);
}

static void make_task(struct tss32 *t, u32 selector, void (*code)(void),
                      u32 stack)
{
    t->cr3 = read_cr3();
    t->eip = (u32)code;
    t->eflags = EFLAGS_FIXED;
    t->esp = stack;
    t->cs = SEL32_KCODE;
    t->ss = SEL32_KDATA;
    t->es = t->ds = t->fs = t->gs = SEL32_UDATA;
    t->io_map = sizeof *t;
    gdt[selector / 8] = SEGMENT((u32)t, sizeof *t - 1, ATTR_TSS);
}

void kernel_main(void)
{
    start_protected();
    make_task(&second, SEL_SECOND, second_task, SECOND_STACK_TOP);
    make_task(&double_task, SEL_DOUBLE, double_fault_task, DOUBLE_STACK_TOP);
    idt[VEC_DF] = GATE(SEL_DOUBLE, 0, TYPE_TASK_GATE);
    tss.cr3 = read_cr3(); /* a switch loads CR3 but never saves it */

    jump_to_second();
    expect(type(SEL_MAIN) == TYPE_BUSY && type(SEL_SECOND) == TYPE_AVAILABLE,
           "JMP back: types %x and %x", type(SEL_MAIN), type(SEL_SECOND));
    call_second();
    expect(second.eip == (u32)behind_iret && !nested(),
           "IRET: EIP behind it is saved, NT=%u", nested());
    expect(type(SEL_MAIN) == TYPE_BUSY && type(SEL_SECOND) == TYPE_AVAILABLE,
           "IRET: types %x and %x", type(SEL_MAIN), type(SEL_SECOND));
    overflow();
    expect(read_tr() == SEL_MAIN, "#DF: IRET to the kernel's task, TR=%lx",
           read_tr());
    finish();
}
