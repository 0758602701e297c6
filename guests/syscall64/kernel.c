/* A kernel that runs one user program and serves its system calls. */
#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/paging.h"
#include "lib/trap.h"
#include "syscall64/kpcr.h"
#include "syscall64/layout.h"
#include "syscall64/loader.h"

#define EXIT_NO_PROGRAM 98

/* Bits 47:32 for SYSCALL (CS, SS = CS + 8), 63:48 for SYSRET. */
#define STAR_VALUE ((u64)SEL_UCODE32 << 48 | (u64)SEL_KCODE << 32)

/* TF, IF, DF, IOPL, NT and AC are 0 in the kernel. */
#define FMASK_VALUE 0x47700

/* What syscall_entry pushes, lowest address first. */
struct syscall_frame {
    u64 r10, r9, r8, rdx, rsi, rdi, number;
    u64 rip, cs, rflags, rsp, ss;
};

/* entry.S and tables.S */
void syscall_entry(void);
void enter_user(u64 rip, u64 rsp, u64 argument) __attribute__((noreturn));
u64 user_outs(u64 buffer, u64 length);
extern char user_outs_read[], user_outs_fault[];
extern char kpcr[];

static u64 calls(void)
{
    u64 count;

    __asm__ volatile("mov %0, gs:[%1]" : "=r"(count) : "i"(KPCR_CALLS));
    return count;
}

static int is_user(u64 buffer, u64 length)
{
    return buffer >= USER_BASE && buffer <= USER_END &&
           length <= USER_END - buffer;
}

static u64 call_write(u64 buffer, u64 length)
{
    return is_user(buffer, length) ? user_outs(buffer, length) : CALL_ERROR;
}

static u64 call_exit(u64 code)
{
    char line[LINE_SIZE];
    char *p;

    p = put_text(line, "kernel: exit ");
    p = put_dec(p, (u8)code);
    p = put_text(p, " after ");
    p = put_dec(p, calls());
    p = put_text(p, " calls");
    print_line(line, p);
    machine_exit(code);
}

static u64 call_getinfo(void)
{
    return calls();
}

static u64 call_yield(void)
{
    return 0;
}

/* The stack page is the one that is always mapped. */
static u64 call_serial(u64 buffer, u64 length)
{
    const char *byte = (const char *)buffer;

    if (buffer < USER_STACK || !is_user(buffer, length))
        return CALL_ERROR;
    for (; length; length--) {
        while (!(in8(PORT_COM1 + 5) & 0x20))
            ; /* until the transmitter holding register is empty */
        out8(PORT_COM1, *byte++);
    }
    return 0;
}

static u64 call_flags(u64 a, u64 b, const struct syscall_frame *frame)
{
    (void)a, (void)b;
    return frame->rflags;
}

/* syscall_entry calls with (RDI, RSI, struct syscall_frame *). */
void *const syscall_table[CALL_COUNT] = {
    [CALL_WRITE] = call_write,     [CALL_EXIT] = call_exit,
    [CALL_GETINFO] = call_getinfo, [CALL_YIELD] = call_yield,
    [CALL_SERIAL] = call_serial,   [CALL_FLAGS] = call_flags,
};

/*
 * An exception ends the run, whichever ring it comes from, unless it is a
 * page fault of user_outs, which goes on at user_outs_fault.
 */
void exception(struct trap_frame *frame)
{
    char line[LINE_SIZE];
    char *p;

    if (frame->vector == VEC_PF && frame->rip == (u64)user_outs_read) {
        frame->rip = (u64)user_outs_fault;
        return;
    }
    p = put_text(line, "kernel: ");
    p = put_vector(p, frame->vector);
    p = put_text(p, " err=");
    p = put_hex(p, frame->error);
    p = put_text(p, " rip=");
    p = put_hex(p, frame->rip);
    p = put_text(p, " cr2=");
    p = put_hex(p, read_cr2());
    p = put_text(p, " cpl=");
    p = put_dec(p, frame->cs & 3);
    print_line(line, p);
    machine_exit(EXIT_EXCEPTION + frame->vector);
}

/*
 * The kernel's and the user's GS base go where they are while the kernel
 * runs; enter_user swaps them.
 */
static void set_msrs(void)
{
    wrmsr(MSR_STAR, STAR_VALUE);
    wrmsr(MSR_LSTAR, (u64)syscall_entry);
    wrmsr(MSR_FMASK, FMASK_VALUE);
    wrmsr(MSR_GS_BASE, (u64)kpcr);
    wrmsr(MSR_KERNEL_GS_BASE, USER_STACK);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
}

void kernel_main(const struct rs_boot *boot)
{
    char line[LINE_SIZE];
    char *p;
    u64 entry;

    /* Boot table and module are reachable only before the switch of CR3. */
    map_kernel();
    entry = load_user(boot);
    if (!entry)
        machine_exit(EXIT_NO_PROGRAM);
    use_page_tables();
    load_tables();
    set_msrs();

    p = put_text(line, "kernel: user program at ");
    p = put_hex(p, entry);
    print_line(line, p);
    enter_user(entry, USER_END, USER_STACK + THREAD_CMDLINE);
}
