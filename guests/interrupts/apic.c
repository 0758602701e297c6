/* The local APIC: its timer, messages to itself, priorities, NMI, x2APIC. */
#include "interrupts/interrupts.h"
#include "lib/cpu.h"
#include "lib/say.h"
#include "lib/trap.h"

/* Registers, SDM vol. 3A table 10-1. */
#define APIC         0xfee00000
#define ID           0x020
#define TPR          0x080
#define PPR          0x0a0
#define EOI          0x0b0
#define SVR          0x0f0
#define IRR          0x200
#define ICR          0x300
#define ICR_HIGH     0x310
#define LVT_TIMER    0x320
#define LVT_LINT0    0x350
#define INITIAL      0x380
#define CURRENT      0x390
#define DIVIDE       0x3e0
#define ENABLED      0x100
#define MASKED       0x10000
#define PERIODIC     0x20000
#define DEADLINE     0x40000
#define BY_16        3
#define TO_SELF      0x40000
#define ASSERT_LEVEL 0x4000
#define NMI          0x400

#define MSR_APIC_BASE    0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC       0x800
#define X2APIC_MODE      0x400
#define HAS_X2APIC       (1u << 21)
#define HAS_DEADLINE     (1u << 24)

static u32 order[4], taken_order;
static u32 second_nmi_at;
static int x2apic;

u32 apic_read(u32 reg)
{
    if (x2apic)
        return (u32)rdmsr(MSR_X2APIC + reg / 16);
    return *(volatile u32 *)(u64)(APIC + reg);
}

void apic_write(u32 reg, u32 value)
{
    if (x2apic)
        wrmsr(MSR_X2APIC + reg / 16, value);
    else
        *(volatile u32 *)(u64)(APIC + reg) = value;
}

static u32 features(void)
{
    u32 a = 1, b, c = 0, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return c;
}

static u64 read_tsc(void)
{
    u32 low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (u64)high << 32 | low;
}

static void write_cr8(u64 value)
{
    __asm__ volatile("mov cr8, %0" : : "r"(value) : "memory");
}

void end_of_interrupt(const struct trap_frame *frame)
{
    order[taken_order++ & 3] = (u32)frame->vector;
    apic_write(EOI, 0);
}

static void send_to_self(u32 vector)
{
    apic_write(ICR, TO_SELF | ASSERT_LEVEL | vector);
}

/* ---- timer ---- */

static void teach_one_shot(void)
{
    u32 before;

    on_interrupt(VECTOR_TIMER, end_of_interrupt);
    apic_write(DIVIDE, BY_16);
    apic_write(LVT_TIMER, VECTOR_TIMER);
    apic_write(INITIAL, 50000);
    before = apic_read(CURRENT);
    wait_for(VECTOR_TIMER, 1);
    expect(before > 0 && before <= 50000 && apic_read(CURRENT) == 0,
           "APIC timer: one shot, then it stands");
}

static void teach_periodic(void)
{
    forget(VECTOR_TIMER);
    apic_write(LVT_TIMER, PERIODIC | VECTOR_TIMER);
    apic_write(INITIAL, 50000);
    wait_for(VECTOR_TIMER, 5);
    apic_write(INITIAL, 0);
    expect(apic_read(CURRENT) == 0, "APIC timer: 5 periods, stopped by 0");
}

static void teach_deadline(void)
{
    u64 armed, late;

    if (!(features() & HAS_DEADLINE)) {
        say("TSC deadline: not on this processor");
        return;
    }
    forget(VECTOR_TIMER);
    apic_write(LVT_TIMER, DEADLINE | VECTOR_TIMER);
    armed = read_tsc() + 100000;
    wrmsr(MSR_TSC_DEADLINE, armed);
    wait_for(VECTOR_TIMER, 1);
    late = read_tsc();
    expect(late >= armed && rdmsr(MSR_TSC_DEADLINE) == 0,
           "TSC deadline: not early, and disarmed");
}

/* ---- messages to itself ---- */

static void teach_order(void)
{
    on_interrupt(VECTOR_LOW, end_of_interrupt);
    on_interrupt(VECTOR_HIGH, end_of_interrupt);
    taken_order = 0;
    send_to_self(VECTOR_LOW);
    send_to_self(VECTOR_HIGH);
    let_in();
    expect(taken_order == 2 && order[0] == VECTOR_HIGH &&
               order[1] == VECTOR_LOW,
           "self-IPI: %x sent before %x comes after it", VECTOR_LOW,
           VECTOR_HIGH);
}

static void teach_priority(void)
{
    u32 held, tpr, ppr, waits;

    taken_order = 0;
    write_cr8(VECTOR_LOW >> 4);
    tpr = apic_read(TPR);
    ppr = apic_read(PPR);
    send_to_self(VECTOR_LOW);
    send_to_self(VECTOR_HIGH);
    let_in();
    held = taken_order;
    waits = apic_read(IRR + 0x10 * (VECTOR_LOW / 32)) >> VECTOR_LOW % 32 & 1;
    apic_write(TPR, 0);
    let_in();
    expect(tpr == 0x50 && ppr == 0x50 && held == 1 && waits &&
               order[0] == VECTOR_HIGH && taken_order == 2,
           "CR8: TPR=%x holds %x in IRR, lets %x in", tpr, VECTOR_LOW,
           VECTOR_HIGH);
}

/* A message to oneself by number: the shorthand is for fixed ones alone
 * (SDM vol. 3A table 10-3). */
static void send_nmi(void)
{
    apic_write(ICR_HIGH, apic_read(ID));
    apic_write(ICR, ASSERT_LEVEL | NMI);
}

static void nmi_comes(const struct trap_frame *frame)
{
    (void)frame;
    if (nmis > 1)
        return;
    send_nmi();
    for (int i = 0; i < 100; i++)
        __asm__ volatile("pause");
    second_nmi_at = nmis;
}

static void teach_nmi(void)
{
    on_nmi(nmi_comes);
    send_nmi();
    for (int i = 0; i < 100; i++)
        __asm__ volatile("pause");
    expect(nmis == 2 && second_nmi_at == 1,
           "NMI: with IF=0; a second one waits for IRET");
}

void teach_apic(void)
{
    on_interrupt(VECTOR_SPURIOUS, end_of_interrupt);
    apic_write(SVR, ENABLED | VECTOR_SPURIOUS);
    apic_write(LVT_LINT0, MASKED);
    teach_one_shot();
    teach_periodic();
    teach_deadline();
    teach_order();
    teach_priority();
    teach_nmi();
}

/* ---- x2APIC ---- */

void teach_x2apic(void)
{
    u32 id = apic_read(ID) >> 24;

    if (!(features() & HAS_X2APIC)) {
        say("x2APIC: not on this processor");
        return;
    }
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | X2APIC_MODE);
    x2apic = 1;
    taken_order = 0;
    wrmsr(MSR_X2APIC + 0x3f, VECTOR_HIGH);
    let_in();
    expect(taken_order == 1 && apic_read(ID) == id,
           "x2APIC: ID %x, self-IPI by MSR 83F", id);
}
