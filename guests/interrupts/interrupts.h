/* What the lessons share: counted interrupts, ports, the registers of the APICs. */
#ifndef GUESTS_INTERRUPTS_H
#define GUESTS_INTERRUPTS_H

#include "lib/modes.h"

/* Vectors with a stub; 80h is the way back from ring 3. */
#define FIRST_VECTOR 0x30
#define LAST_VECTOR  0x7f

/* The 8259A pair is moved to the first two; the others come by messages. */
#define VECTOR_MASTER   0x30
#define VECTOR_SLAVE    0x38
#define VECTOR_PIN      0x48
#define VECTOR_TIMER    0x50
#define VECTOR_LOW      0x51
#define VECTOR_HIGH     0x61
#define VECTOR_SPURIOUS 0x7f

#define IRQ_TIMER 0
#define IRQ_COM1  4
#define IRQ_CLOCK 8

#ifndef __ASSEMBLER__

struct trap_frame;

extern volatile u32 taken[LAST_VECTOR + 1]; /* interrupts by vector */
extern volatile u32 nmis;

/* Called for each interrupt of a vector, for what its source wants. */
typedef void handler_fn(const struct trap_frame *frame);
void on_interrupt(u32 vector, handler_fn *handler);
void on_nmi(handler_fn *handler);

/* STI; HLT until so many of a vector were taken since it was last forgotten. */
void forget(u32 vector);
void wait_for(u32 vector, u32 count);
/* A window of some instructions in which what waits is taken. */
void let_in(void);

/* pic.c */
void start_pics(void);
void start_timer(u8 mode, u16 count);
void unmask(u32 irq);
void mask_all(void);
void pic_end(u32 irq);
u8 clock_read(u8 index);
void start_clock(void);
void stop_clock(void);
void teach_pic(void);

/* apic.c, ioapic.c */
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 value);
void end_of_interrupt(const struct trap_frame *frame);
void teach_apic(void);
void teach_ioapic(void);
void teach_x2apic(void);

/* user.c */
void teach_user(void);

/* entry.S */
extern const char interrupt_stubs[];
void user_spin(void);
void user_spin32(void);
void run_user(void (*program)(void), u64 cs);
void leave_user(void) __attribute__((noreturn));

#endif
#endif
