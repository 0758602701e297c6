/*
 * A 64-bit kernel that lives by interrupts: of the 8259A pair, the local APIC
 * and the I/O APIC, taken in the kernel and in ring 3. Each lesson prints one
 * line. Times are never printed, so that a real machine and any clock give the
 * same text.
 */
#include "interrupts/interrupts.h"
#include "lib/boot.h"
#include "lib/compat.h"
#include "lib/cpu.h"
#include "lib/paging.h"
#include "lib/say.h"
#include "lib/trap.h"

#define VEC_NMI     2
#define PTE_PCD     0x010
#define LOCAL_APIC  0xfee00000
#define IO_APIC     0xfec00000
#define STUB_SIZE   16
#define GATE_INT    0x8e00ull /* P = 1, DPL = 0, 64-bit interrupt gate */

volatile u32 taken[LAST_VECTOR + 1];
volatile u32 nmis;

static handler_fn *handlers[LAST_VECTOR + 1];
static handler_fn *nmi_handler;

void on_interrupt(u32 vector, handler_fn *handler)
{
    handlers[vector] = handler;
    taken[vector] = 0;
}

void on_nmi(handler_fn *handler)
{
    nmi_handler = handler;
    nmis = 0;
}

void forget(u32 vector)
{
    taken[vector] = 0;
}

void wait_for(u32 vector, u32 count)
{
    while (taken[vector] < count)
        __asm__ volatile("sti; hlt; cli" : : : "memory");
}

void let_in(void)
{
    __asm__ volatile("sti; nop; nop; nop; nop; cli" : : : "memory");
}

void exception(struct trap_frame *frame)
{
    u64 vector = frame->vector;

    if (vector == INT80_FRAME)
        leave_user();
    if (vector == VEC_NMI && nmi_handler) {
        nmis++;
        nmi_handler(frame);
        return;
    }
    if (vector < FIRST_VECTOR || !handlers[vector])
        unexpected(frame);
    taken[vector]++;
    handlers[vector](frame);
}

/* SDM vol. 3A figure 6-8. */
static void set_gates(void)
{
    struct __attribute__((packed)) {
        u16 limit;
        u64 base;
    } idtr;

    __asm__ volatile("sidt %0" : "=m"(idtr));
    for (u32 v = FIRST_VECTOR; v <= LAST_VECTOR; v++) {
        u64 stub = (u64)interrupt_stubs + (v - FIRST_VECTOR) * STUB_SIZE;
        u64 *gate = (u64 *)idtr.base + 2 * v;

        gate[0] = (stub & 0xffff) | SEL_KCODE << 16 | GATE_INT << 32 |
                  (stub & 0xffff0000) << 32;
        gate[1] = stub >> 32;
    }
}

void kernel_main(const struct rs_boot *boot)
{
    (void)boot;
    map_pages(LOCAL_APIC, LOCAL_APIC, 1, PTE_W | PTE_NX | PTE_PCD);
    map_pages(IO_APIC, IO_APIC, 1, PTE_W | PTE_NX | PTE_PCD);
    start_compat();
    set_gates();
    start_pics();
    teach_pic();
    teach_user();
    teach_apic();
    teach_ioapic();
    teach_x2apic();
    finish();
}
