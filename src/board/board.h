/* board.h - the devices around the CPU, and how the two meet. */
#ifndef RS_BOARD_BOARD_H
#define RS_BOARD_BOARD_H

#include "board/apic.h"
#include "board/ioapic.h"
#include "board/pic.h"
#include "board/pit.h"
#include "board/rtc.h"
#include "mem/bus.h"
#include "ringstep.h"

enum { UART_FIFO = 16 };

/* 16550 at 3F8h: what the guest can read back, and the input that it has not read yet [PC16550D data sheet]. */
struct uart {
	uint8_t ier, lcr, mcr, scr, fcr, divisor_low, divisor_high;
	uint8_t thr_empty;        /* an interrupt of that kind is identified next (IIR) */
	uint8_t overrun;          /* a looped byte was lost (LSR bit 1) */
	uint8_t loop_count;       /* bytes in `loop` */
	uint8_t reserved[2];      /* always 0: makes the size a multiple of 8 without padding */
	uint32_t input_typed;     /* bytes that have come besides those that were there from the start */
	uint8_t loop[UART_FIFO];  /* sent in loopback mode and not received yet, oldest first */
	uint64_t input_next;      /* index of the next byte to be received */
};

/* Everything of the board that a snapshot must keep. No pointers and no padding: equal boards are equal bytes. */
struct board_state {
	struct uart com1;
	struct pics pic;
	struct pit pit;
	struct rtc rtc;
	struct ioapic ioapic;
	struct apic apic;
	uint64_t now;      /* the cycle up to which devices have acted */
	uint64_t attended; /* when software or INTA came by last */
	uint8_t intr;      /* who asks for an interrupt: INTR_FROM_* */
	uint8_t port61;    /* bits 3:0 */
	uint8_t exited; /* the guest wrote its exit code */
	uint8_t exit_code;
	uint8_t reserved[4];
};

enum { INTR_FROM_APIC = 1, INTR_FROM_PIC = 2 };

/* What the devices tell the CPU. */
enum board_signal {
	BOARD_INTR, /* the level of the request for an interrupt: 0 or 1 */
	BOARD_NMI,  /* the others are edges */
	BOARD_INIT,
	BOARD_SMI,
	BOARD_TPR /* TPR[7:4] of the local APIC was written: the new CR8 */
};

struct board {
	struct board_state st;
	struct rs_config config;
	/* Told when the guest ends the run, so that the engine stops behind this instruction. */
	void (*exit)(void *arg);
	void *exit_arg;
	/* The clock as the accessing instruction sees it; NULL: it stands where board_run_to left it. */
	uint64_t (*now)(void *arg);
	/* Called when the level of INTR changes and at each edge; NULL: nobody listens. */
	void (*signal)(void *arg, enum board_signal what, unsigned value);
	void *cpu_arg;
	struct apic_model apic; /* filled in before board_init */
	size_t input_first; /* bytes of input that were there from the start */
	bool touched;           /* more than time may have changed the next event */
};

/* Puts all devices on the bus in the state in which a PC's firmware leaves them (docs/board.md). Calls neither now nor
 * signal. */
void board_init(struct board *b, const struct rs_config *config, struct bus *bus);
/* After `st` was replaced by a snapshot's: tells the level of INTR. */
void board_restored(struct board *b);

/* ---- time -------------------------------------------------------------------------------------------------------- */

/* Timers whose time has come act. */
void board_run_to(struct board *b, uint64_t now);
/* The cycle at which a device, left alone, will next change INTR or make an edge; UINT64_MAX: never. Accesses,
 * acknowledges and time change it. What has no effect is no event: a masked timer, a request that waits already. After
 * a second in which nobody heeded an INTR that is up, its changes are none either: the CPU waits with IF = 0. */
uint64_t board_next_event(const struct board *b);
/* The same, of NMI and INIT alone. */
uint64_t board_next_edge(const struct board *b);
/* Whether the next event that was told last may have become another, but by coming; asked once. A second's patience
 * with an INTR that is up ends by itself. */
bool board_was_touched(struct board *b);

/* ---- the CPU's side of the interrupt controllers ----------------------------------------------------------------- */

/* INTA: the vector, which may be a spurious one. */
unsigned board_acknowledge(struct board *b);
/* MOV to CR8: TPR[7:4]. */
void board_task_priority(struct board *b, unsigned cr8);
/* MSR 1Bh was written; the caller has refused illegal values and transitions. */
void board_apic_base(struct board *b, uint64_t apic_base);

/* Does a device answer in the 4-KiB page of `pa`? */
bool board_memory_claims(const struct board *b, uint64_t pa);
/* `size` is 1, 2, 4 or 8; no access crosses a page. */
uint64_t board_memory_read(struct board *b, uint64_t pa, unsigned size);
void board_memory_write(struct board *b, uint64_t pa, unsigned size, uint64_t value);

/* MSRs 800h-8FFh in x2APIC mode; false: #GP(0). */
bool board_x2apic_read(struct board *b, uint32_t msr, uint64_t *value);
bool board_x2apic_write(struct board *b, uint32_t msr, uint64_t value);

/* MSR 6E0h. The TSC is the clock plus the offset. */
uint64_t board_tsc_deadline_read(struct board *b);
void board_tsc_deadline_write(struct board *b, uint64_t value);
void board_tsc_offset(struct board *b, uint64_t offset);

/* ---- between the board's files ----------------------------------------------------------------------------------- */

/* Devices act up to now; before each access to them (events.c). */
void board_sync(struct board *b);
/* An ISA interrupt line is high or low (lines.c). */
void board_line(struct board *b, unsigned irq, bool high);
/* Devices were written or read: OUT, IRQF and INT are looked at anew (lines.c). */
void board_lines_changed(struct board *b);
/* Each runs up to a cycle, with what follows from it (lines.c). */
void board_run_pit(struct board *b, uint64_t cycle);
void board_run_rtc(struct board *b, uint64_t cycle);
void board_run_apic_timer(struct board *b, uint64_t cycle);
/* Can anything come of that line (lines.c)? */
bool board_listens_to(const struct board *b, unsigned irq);

/* COM1's ports (uart.c); `board` is the struct board. */
enum { UART_PORT = 0x3f8, UART_PORTS = 8 };
/* More input has come, so many bytes in all; how many there are for who does not ask for more. */
void uart_input_came(struct board *b, size_t all);
size_t uart_input_size(const struct board *b);
uint32_t uart_read(void *board, uint16_t port, unsigned size);
void uart_write(void *board, uint16_t port, unsigned size, uint32_t value);

#endif
