/* What the five lessons share: tables, calls, exceptions. */
#include "window/window.h"

#include "lib/cpu.h"
#include "lib/paging.h"

#define STAR_VALUE ((u64)SEL_UCODE32 << 48 | (u64)SEL_KCODE << 32)

extern char user_phys[]; /* compat.ld */
void enter_user(u64 rip, u64 rsp) __attribute__((noreturn));

static char stack_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char last_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
u64 is_root __attribute__((aligned(16)));
static u64 calls;

/* ---- telling ---- */

static char *put_string(char *p, const char *text)
{
    while (*text)
        *p++ = *text++;
    return p;
}

static char *begin_line(char *line, const char *text)
{
    char *p = put_string(line, lesson_name);

    return put_string(put_text(p, ": "), text);
}

void tell(const char *text)
{
    char line[LINE_SIZE];

    print_line(line, begin_line(line, text));
}

void tell_at(const char *text, u64 number)
{
    char line[LINE_SIZE];

    print_line(line, put_hex(begin_line(line, text), number));
}

/* ---- calls ---- */

/* As a debugger watches two bytes there: DR7.L0, reads and writes, LEN 2. */
static u64 call_watch(u64 address)
{
    __asm__ volatile("mov dr0, %0" : : "r"(address));
    __asm__ volatile("mov dr7, %0" : : "r"((u64)0x00070401));
    return 0;
}

static u64 call_exit(u64 code)
{
    machine_exit(code);
}

u64 serve(u64 number, u64 argument)
{
    calls++;
    switch (number) {
    case CALL_EXIT:
        return call_exit(argument);
    case CALL_COUNT:
        return calls;
    case CALL_WATCH:
        return call_watch(argument);
    case CALL_ROOT:
        return is_root;
    default:
        return ~0ull;
    }
}

void kill_program(u64 rip)
{
    tell_at("the program returns to nowhere and is killed: RIP ", rip);
    machine_exit(0);
}

/* ---- exceptions and interrupts ---- */

/* The processor's own counter, found by its own pointer, as kernels do it. */
static void count_trap(void)
{
    u64 *self;

    __asm__ volatile("mov %0, gs:[%1]" : "=r"(self) : "i"(KPCR_SELF));
    self[KPCR_TRAPS / 8]++;
}

void exception(struct trap_frame *frame)
{
    char line[LINE_SIZE];
    char *p;

    if (frame->vector == VEC_DF) { /* whose GS it is nobody knows */
        tell_at("double fault, CPL 0, RSP ", frame->rsp);
        machine_exit(EXIT_EXCEPTION + VEC_DF);
    }
    count_trap();
    if (lesson_trap(frame))
        return;
    p = put_vector(begin_line(line, "unexpected "), frame->vector);
    print_line(line, put_hex(put_text(p, " at "), frame->rip));
    machine_exit(EXIT_EXCEPTION + frame->vector);
}

/* ---- start ---- */

static void map_program(void)
{
    char *last = last_page + PAGE_SIZE - 2;

    last[0] = 0x0f; /* SYSCALL */
    last[1] = 0x05;
    map_pages(USER_CODE, (u64)user_phys, 1, PTE_U);
    map_pages(USER_STACK, VIRT_TO_PHYS(stack_page), 1, PTE_U | PTE_W | PTE_NX);
    map_pages(USER_LAST, VIRT_TO_PHYS(last_page), 1, PTE_U);
}

static void set_msrs(void)
{
    wrmsr(MSR_STAR, STAR_VALUE);
    wrmsr(MSR_LSTAR, (u64)syscall_entry);
    wrmsr(MSR_FMASK, lesson_fmask);
    wrmsr(MSR_GS_BASE, (u64)kpcr);
    wrmsr(MSR_KERNEL_GS_BASE, lesson_gs);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

/* With IF = 1 in ring 3, no timer may interrupt the lesson. */
static void mask_pics(void)
{
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
}

void kernel_main(const struct rs_boot *boot)
{
    lesson_begin(boot);
    map_kernel();
    map_program();
    use_page_tables();
    load_tables();
    mask_pics();
    set_msrs();
    enter_user((u64)user_start, USER_STACK_TOP);
}
