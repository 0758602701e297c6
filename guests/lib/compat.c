#include "lib/compat.h"
#include "lib/cpu.h"
#include "lib/paging.h"
#include "lib/say.h"
#include "lib/trap.h"

extern char user_phys[]; /* compat.ld */

static char stack_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

/* With IF = 1 in ring 3, no timer of a real machine may interrupt a lesson. */
static void mask_pics(void)
{
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
}

void start_compat(void)
{
    map_kernel();
    map_pages(COMPAT_START, (u64)user_phys, 1, PTE_U);
    map_pages(COMPAT_STACK, VIRT_TO_PHYS(stack_page), 1,
              PTE_U | PTE_W | PTE_NX);
    use_page_tables();
    load_tables();
    mask_pics();
}

void unexpected(const struct trap_frame *frame)
{
    const char *name =
        frame->vector < 32 ? exception_names[frame->vector] : "INT 80h";

    say("FAIL unexpected %s error=%lx at CS=%lx RIP=%lx", name, frame->error,
        frame->cs, frame->rip);
    machine_exit(EXIT_EXCEPTION + frame->vector);
}
