/* Round trips between ring 3 and ring 0. */
#include "bench/bench.h"
#include "lib/cpu.h"
#include "lib/paging.h"

/* Bits 47:32 for SYSCALL (CS, SS = CS + 8), 63:48 for SYSRET. */
#define STAR_VALUE ((u64)SEL_UCODE32 << 48 | (u64)SEL_KCODE << 32)

/* rings.S */
u64 run_user(u64 code, u64 count);
void syscall_entry(void);
extern char user_page[], user_syscall[], user_int[], user_fault[];
extern volatile u64 entries;

/* The checksum is how many times the kernel was entered. */
static u64 round_trips(const char *code, u64 count)
{
    u64 space = new_space();

    map(space, USER_PAGE, VIRT_TO_PHYS(user_page), PAGE_SIZE, PTE_U);
    use_space(space);
    run_user(USER_PAGE + (code - user_page), count);
    return entries;
}

u64 run_syscall(u64 count)
{
    wrmsr(MSR_STAR, STAR_VALUE);
    wrmsr(MSR_LSTAR, (u64)syscall_entry);
    wrmsr(MSR_FMASK, RFLAGS_TF);
    wrmsr(MSR_KERNEL_GS_BASE, (u64)&entries);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
    return round_trips(user_syscall, count);
}

u64 run_int(u64 count)
{
    return round_trips(user_int, count);
}

u64 run_fault(u64 count)
{
    return round_trips(user_fault, count);
}
