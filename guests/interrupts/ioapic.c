/* The I/O APIC: a pin by its edge, and a pin by its level. */
#include "interrupts/interrupts.h"
#include "lib/cpu.h"
#include "lib/say.h"
#include "lib/trap.h"

/* 82093AA data sheet (Intel 290566), 3.0. */
#define IO_APIC    0xfec00000
#define VERSION    1
#define ENTRY(pin) (0x10 + 2 * (pin))
#define LEVEL      0x8000
#define REMOTE_IRR 0x4000
#define MASKED     0x10000

#define PIN_TIMER 2 /* IRQ 0 has moved there */
#define PIN_CLOCK 8

#define RATE 2
#define KHZ  1193

static u32 seen_entry;

static volatile u32 *window(u32 offset)
{
    return (volatile u32 *)(u64)(IO_APIC + offset);
}

static u32 io_read(u32 reg)
{
    *window(0x00) = reg;
    return *window(0x10);
}

static void io_write(u32 reg, u32 value)
{
    *window(0x00) = reg;
    *window(0x10) = value;
}

static void route(u32 pin, u32 flags)
{
    io_write(ENTRY(pin) + 1, apic_read(0x20)); /* the local APIC's ID */
    io_write(ENTRY(pin), flags | VECTOR_PIN);
}

static void teach_edge(void)
{
    on_interrupt(VECTOR_PIN, end_of_interrupt);
    route(PIN_TIMER, 0);
    start_timer(RATE, KHZ);
    wait_for(VECTOR_PIN, 5);
    io_write(ENTRY(PIN_TIMER), MASKED);
    expect((io_read(VERSION) >> 16 & 0xff) == 23,
           "I/O APIC: 24 pins; 5 ticks by pin 2, vector %x", VECTOR_PIN);
}

/* The first time the clock is left asking: EOI brings the vector again. */
static void clock_level(const struct trap_frame *frame)
{
    seen_entry = io_read(ENTRY(PIN_CLOCK));
    if (taken[VECTOR_PIN] > 1)
        stop_clock();
    end_of_interrupt(frame);
}

static void teach_level(void)
{
    on_interrupt(VECTOR_PIN, clock_level);
    route(PIN_CLOCK, LEVEL);
    start_clock();
    wait_for(VECTOR_PIN, 2);
    let_in();
    expect(taken[VECTOR_PIN] == 2 && seen_entry & REMOTE_IRR &&
               !(io_read(ENTRY(PIN_CLOCK)) & REMOTE_IRR),
           "I/O APIC: a level comes again after EOI, then remote IRR is 0");
    io_write(ENTRY(PIN_CLOCK), MASKED);
}

void teach_ioapic(void)
{
    teach_edge();
    teach_level();
}
