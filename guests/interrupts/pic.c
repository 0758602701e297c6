/* The 8259A pair and the devices that a PC has on it. */
#include "interrupts/interrupts.h"
#include "lib/cpu.h"
#include "lib/say.h"
#include "lib/trap.h"

/* 8259A data sheet (Intel 231468), "Initialization command words". */
#define MASTER     0x20
#define SLAVE      0xa0
#define ICW1       0x11 /* edges, cascade, ICW4 follows */
#define ICW4       0x01 /* 8086 mode */
#define EOI        0x20
#define POLL       0x0c
#define READ_IRR   0x0a
#define READ_ISR   0x0b
#define CASCADE    2
#define SPURIOUS   7

/* 8254 data sheet (Intel 231164), "Read-back command". */
#define COUNTER_0    0x40
#define TIMER_MODES  0x43
#define READ_BACK_0  0xc2
#define BOTH_BYTES   0x30
#define RATE         2
#define SQUARE_WAVE  3
#define KHZ          1193
#define SHORT        60 /* 50 microseconds */

/* PC16550D data sheet, section 8. */
#define IER (PORT_COM1 + 1)
#define IIR (PORT_COM1 + 2)
#define MCR (PORT_COM1 + 4)
#define LSR (PORT_COM1 + 5)
#define MCR_OUT2 0x08
#define MCR_LOOP 0x10

/* MC146818 data sheet. */
#define CLOCK_INDEX 0x70
#define CLOCK_DATA  0x71

static u8 seen_isr[2], seen_iir, seen_flags, received;

void start_pics(void)
{
    out8(MASTER, ICW1);
    out8(SLAVE, ICW1);
    out8(MASTER + 1, VECTOR_MASTER);
    out8(SLAVE + 1, VECTOR_SLAVE);
    out8(MASTER + 1, 1 << CASCADE);
    out8(SLAVE + 1, CASCADE);
    out8(MASTER + 1, ICW4);
    out8(SLAVE + 1, ICW4);
    mask_all();
}

void mask_all(void)
{
    out8(MASTER + 1, 0xff);
    out8(SLAVE + 1, 0xff);
}

void unmask(u32 irq)
{
    out8(MASTER + 1, (u8) ~(irq < 8 ? 1 << irq : 1 << CASCADE));
    out8(SLAVE + 1, irq < 8 ? 0xff : (u8) ~(1 << (irq - 8)));
}

static u8 read_pic(u16 chip, u8 which)
{
    out8(chip, which);
    return in8(chip);
}

void pic_end(u32 irq)
{
    seen_isr[0] = read_pic(MASTER, READ_ISR);
    seen_isr[1] = read_pic(SLAVE, READ_ISR);
    if (irq >= 8)
        out8(SLAVE, EOI);
    out8(MASTER, EOI);
}

void start_timer(u8 mode, u16 count)
{
    out8(TIMER_MODES, BOTH_BYTES | mode << 1);
    out8(COUNTER_0, count & 0xff);
    out8(COUNTER_0, count >> 8);
}

static void timer_tick(const struct trap_frame *frame)
{
    (void)frame;
    pic_end(IRQ_TIMER);
}

static void teach_ticks(void)
{
    on_interrupt(VECTOR_MASTER + IRQ_TIMER, timer_tick);
    start_timer(RATE, KHZ);
    unmask(IRQ_TIMER);
    wait_for(VECTOR_MASTER + IRQ_TIMER, 10);
    expect(seen_isr[0] == 1 && read_pic(MASTER, READ_ISR) == 0,
           "8254: 10 ticks by HLT, vector %x, ISR=%x until EOI",
           VECTOR_MASTER + IRQ_TIMER, seen_isr[0]);
}

/* The status first, then the count, low byte first. */
static u8 read_back(u32 *count)
{
    u8 status;

    out8(TIMER_MODES, READ_BACK_0);
    status = in8(COUNTER_0);
    *count = in8(COUNTER_0);
    *count |= in8(COUNTER_0) << 8;
    return status;
}

static void teach_reading(void)
{
    u32 first, second;
    u8 status;

    start_timer(RATE, 0xffff);
    do {
        status = read_back(&first);
    } while (status & 0x40); /* the count is not loaded yet */
    do {
        read_back(&second);
    } while (second == first);
    expect(status == (0x80 | BOTH_BYTES | RATE << 1) && second < first,
           "8254: status %x, counts down", status);
}

static void teach_masks(void)
{
    u32 vector = VECTOR_MASTER + IRQ_TIMER;
    u8 waits;

    mask_all();
    forget(vector);
    start_timer(RATE, SHORT);
    while (!(read_pic(MASTER, READ_IRR) & 1))
        let_in();
    waits = taken[vector];
    unmask(IRQ_TIMER);
    wait_for(vector, 1);
    expect(waits == 0, "8259A: a masked request waits in IRR and comes later");
    mask_all();
}

/* A real IRQ 7 has its bit in ISR; without it there must be no EOI. */
static void lost_request(const struct trap_frame *frame)
{
    (void)frame;
    seen_isr[0] = read_pic(MASTER, READ_ISR);
}

/* Nothing makes INT fall between request and INTA reliably: INT n stands for
 * what the CPU would then do. */
static void teach_spurious(void)
{
    u8 poll;

    start_timer(RATE, 0); /* 55 ms in which nothing asks */
    on_interrupt(VECTOR_MASTER + SPURIOUS, lost_request);
    poll = read_pic(MASTER, POLL);
    __asm__ volatile("int %0" : : "i"(VECTOR_MASTER + SPURIOUS) : "memory");
    expect(!(poll & 0x80) && seen_isr[0] == 0,
           "8259A: IRQ 7 with ISR=%x is spurious: no EOI", seen_isr[0]);
}

/* ---- 16550 ---- */

static void com1_asks(const struct trap_frame *frame)
{
    (void)frame;
    seen_iir = in8(IIR) & 0x0f;
    if (seen_iir == 4)
        received = in8(PORT_COM1);
    pic_end(IRQ_COM1);
}

static void teach_transmitter(void)
{
    u32 vector = VECTOR_MASTER + IRQ_COM1;

    on_interrupt(vector, com1_asks);
    out8(MCR, MCR_OUT2);
    unmask(IRQ_COM1);
    out8(IER, 2);
    wait_for(vector, 1);
    out8(IER, 0);
    expect(seen_iir == 2 && seen_isr[0] == 1 << IRQ_COM1,
           "16550: transmitter empty on IRQ 4, IIR=%x", seen_iir);
}

/* In loopback mode OUT2, which lets the interrupt through, is off at its pin.
 * (PC16550D data sheet 8.6.7): the byte asks when the loop is opened. */
static void teach_receiver(void)
{
    u32 vector = VECTOR_MASTER + IRQ_COM1;

    forget(vector);
    out8(MCR, MCR_LOOP | MCR_OUT2);
    out8(PORT_COM1, 'R');
    while (!(in8(LSR) & 1))
        ;
    out8(IER, 1);
    out8(MCR, MCR_OUT2);
    wait_for(vector, 1);
    out8(IER, 0);
    out8(MCR, 0);
    expect(seen_iir == 4 && received == 'R',
           "16550: looped byte %x on IRQ 4, IIR=%x", received, seen_iir);
}

/* ---- clock ---- */

u8 clock_read(u8 index)
{
    out8(CLOCK_INDEX, index);
    return in8(CLOCK_DATA);
}

static void clock_write(u8 index, u8 value)
{
    out8(CLOCK_INDEX, index);
    out8(CLOCK_DATA, value);
}

void start_clock(void)
{
    clock_write(0x0a, 0x26); /* 32768 Hz, 1024 interrupts a second */
    clock_write(0x0b, 0x42); /* PIE, 24 hours */
    clock_read(0x0c);
}

void stop_clock(void)
{
    clock_write(0x0b, 0x02);
    clock_read(0x0c);
}

static void clock_asks(const struct trap_frame *frame)
{
    (void)frame;
    seen_flags = clock_read(0x0c) & 0xc0; /* UF may have come by itself */
    pic_end(IRQ_CLOCK);
}

static void teach_clock(void)
{
    u32 vector = VECTOR_SLAVE + IRQ_CLOCK - 8;

    on_interrupt(vector, clock_asks);
    unmask(IRQ_CLOCK);
    start_clock();
    wait_for(vector, 4);
    stop_clock();
    expect(seen_flags == 0xc0 && seen_isr[0] == 1 << CASCADE &&
               seen_isr[1] == 1,
           "clock: 4 periods on IRQ 8, ISR=%x by ISR=%x, C=%x", seen_isr[0],
           seen_isr[1], seen_flags);
    mask_all();
}

void teach_pic(void)
{
    teach_ticks();
    teach_reading();
    teach_masks();
    teach_spurious();
    teach_transmitter();
    teach_receiver();
    teach_clock();
}
