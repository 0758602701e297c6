/* A kernel that runs one static Linux program and serves its system calls. */
#include "elf64user/kernel.h"
#include "lib/cpu.h"

#define EXIT_NO_PROGRAM 98

/* Bits 47:32 for SYSCALL (CS, SS = CS + 8), 63:48 for SYSRET. */
#define STAR_VALUE ((u64)SEL_UCODE32 << 48 | (u64)SEL_KCODE << 32)

/* In the kernel the flags are 0, but for bit 1, RF and what has no meaning. */
#define FMASK_VALUE 0x47fd5

#define VECTOR_TIMER 32

extern char cpu_block[]; /* tables.S */

/* ---- exceptions ---- */

/* Exceptions as signals; a code of 0 is SI_KERNEL. */
static const struct {
    u8 signal, code;
} signals[32] = {
    [0] = { SIGFPE, 1 /* FPE_INTDIV */ },   [1] = { SIGTRAP, 2 },
    [3] = { SIGTRAP, 0 },                   [4] = { SIGSEGV, 0 },
    [5] = { SIGSEGV, 0 },                   [6] = { SIGILL, 2 /* ILL_ILLOPN */ },
    [11] = { SIGBUS, 0 },                   [12] = { SIGBUS, 0 },
    [13] = { SIGSEGV, 0 },                  [14] = { SIGSEGV, SEGV_MAPERR },
    [16] = { SIGFPE, 0 },                   [17] = { SIGBUS, 1 /* BUS_ADRALN */ },
    [19] = { SIGFPE, 0 },
};

/* An address that the fault is about: the page's, or the instruction's. */
static void program_faults(struct trap_frame *frame)
{
    u64 cr2 = read_cr2();
    struct fault_info f = {
        .signal = signals[frame->vector & 31].signal,
        .code = signals[frame->vector & 31].code,
        .address = frame->rip,
        .vector = frame->vector, .error = frame->error, .cr2 = cr2,
    };

    if (frame->vector == VEC_PF) {
        f.address = cr2;
        f.code = area_at(cr2) ? SEGV_ACCERR : SEGV_MAPERR;
    } else if (frame->vector == VEC_MF || frame->vector == VEC_XM) {
        f.code = fpu_error(frame->vector);
    } else if (!f.code) {
        f.code = SI_KERNEL;
        f.address = 0;
    }
    user_frame = frame;
    signal_fault(&f);
}

/* A fault of the kernel's copies goes on behind the string instruction. */
static int is_copy(struct trap_frame *frame)
{
    if (frame->rip == (u64)copy_instruction)
        frame->rip = (u64)copy_end;
    else if (frame->rip == (u64)out_instruction)
        frame->rip = (u64)out_end;
    else
        return 0;
    return 1;
}

static void kernel_faults(const struct trap_frame *frame)
{
    char line[LINE_SIZE];
    char *p = put_text(line, COMPLAIN_BEGIN "the kernel fails: ");

    p = put_vector(p, frame->vector);
    p = put_hex(put_text(p, " err="), frame->error);
    p = put_hex(put_text(p, " rip="), frame->rip);
    p = put_hex(put_text(p, " cr2="), read_cr2());
    complain(line, p);
    machine_exit(EXIT_OWN_FAULT);
}

/* A program that is interrupted gets its SIGALRM at once. */
static void timer(struct trap_frame *frame)
{
    time_interrupt();
    if (!(frame->cs & 3))
        return;
    user_frame = frame;
    signals_deliver();
}

void exception(struct trap_frame *frame)
{
    int from_user = frame->cs & 3;

    if (frame->vector == VECTOR_TIMER)
        timer(frame);
    else if (frame->vector == VEC_PF && is_user(read_cr2(), 1) &&
             area_fault(read_cr2(), frame->error))
        return;
    else if (from_user && signals[frame->vector & 31].signal)
        program_faults(frame);
    else if (from_user || !is_copy(frame))
        kernel_faults(frame);
}

/* ---- start ---- */

static void set_msrs(void)
{
    wrmsr(MSR_STAR, STAR_VALUE);
    wrmsr(MSR_LSTAR, (u64)syscall_entry);
    wrmsr(MSR_FMASK, FMASK_VALUE);
    wrmsr(MSR_FS_BASE, 0);
    wrmsr(MSR_GS_BASE, (u64)cpu_block);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

/*
 * Physical addresses. A Multiboot loader puts the kernel's name before the
 * command line; its table is one that this kernel has made itself.
 */
static struct program find_program(const struct rs_boot *boot)
{
    const struct rs_boot_module *m = (void *)boot->modules;
    const char *line = (const char *)boot->cmdline;

    if (!boot->module_count) {
        char text[LINE_SIZE];

        complain(text, put_text(text, COMPLAIN_BEGIN
                                "no program; give one with --user"));
        machine_exit(EXIT_NO_PROGRAM);
    }
    if ((u64)boot >= KERNEL_BASE)
        while (*line && *line++ != ' ')
            ;
    return (struct program){
        .module = (const char *)m->start, .size = m->end - m->start,
        .name = (const char *)m->name, .command_line = line,
    };
}

void kernel_main(const struct rs_boot *boot)
{
    struct program p = find_program(boot);

    memory_start(boot);
    p.module = direct((u64)p.module);
    p.name = direct((u64)p.name);
    p.command_line = direct((u64)p.command_line);
    load_tables();
    set_msrs();
    fpu_start();
    time_start();
    program_load(&p);
    brk_start(p.end);
    enter_user(p.entry, program_stack(&p));
}
