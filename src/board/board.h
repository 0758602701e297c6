/* board.h - the devices around the CPU, and how the two meet. */
#ifndef RS_BOARD_BOARD_H
#define RS_BOARD_BOARD_H

#include "mem/bus.h"
#include "ringstep.h"

enum { UART_FIFO = 16 };

/* 16550 at 3F8h, polled: what the guest can read back, and the input that it has not read yet [PC16550D data sheet]. */
struct uart {
	uint8_t ier, lcr, mcr, scr, fcr, divisor_low, divisor_high;
	uint8_t thr_empty;        /* an interrupt of that kind is identified next (IIR) */
	uint8_t overrun;          /* a looped byte was lost (LSR bit 1) */
	uint8_t loop_count;       /* bytes in `loop` */
	uint8_t reserved[6];      /* always 0: makes the size a multiple of 8 without padding */
	uint8_t loop[UART_FIFO];  /* sent in loopback mode and not received yet, oldest first */
	uint64_t input_next;      /* index of the next byte to be received */
};

/* Everything of the board that a snapshot must keep. */
struct board_state {
	struct uart com1;
	uint8_t exited; /* the guest wrote its exit code */
	uint8_t exit_code;
	uint8_t reserved[6];
};

/* What the devices tell the CPU. */
enum board_signal {
	BOARD_INTR, /* the level of the request for an interrupt: 0 or 1 */
	BOARD_NMI,  /* the others are edges */
	BOARD_INIT,
	BOARD_SMI,
	BOARD_TPR /* TPR[7:4] of the local APIC was written: the new CR8 */
};

/* The board's clock counts CPU cycles since power-up, the same number a second on every profile. */
enum { CYCLES_PER_SECOND = 1000000000 };

/* What the local APIC of a processor model is. */
struct apic_model {
	uint32_t version; /* register 30h: version, highest LVT entry, suppression of EOI broadcasts (bit 24) */
	bool present, x2apic, tsc_deadline;
};

struct board {
	struct board_state st;
	struct rs_config config;
	/* Told when the guest ends the run, so that the engine stops behind this instruction. */
	void (*exit)(void *arg);
	void *exit_arg;
	/* The clock as the accessing instruction sees it; NULL: it stands at 0. */
	uint64_t (*now)(void *arg);
	/* Called when the level of INTR changes and at each edge; NULL: nobody listens. */
	void (*signal)(void *arg, enum board_signal what, unsigned value);
	void *cpu_arg;
	struct apic_model apic; /* filled in before board_init */
};

/* Puts all devices on the bus in the state in which a PC's firmware leaves them (docs/board.md). Calls neither now nor
 * signal. */
void board_init(struct board *b, const struct rs_config *config, struct bus *bus);
/* After `st` was replaced by a snapshot's: tells the level of INTR. */
void board_restored(struct board *b);

/* ---- time -------------------------------------------------------------------------------------------------------- */

/* Timers whose time has come act. */
void board_run_to(struct board *b, uint64_t now);
/* The cycle at which a device, left alone, will next change INTR or make an edge; UINT64_MAX: never. */
uint64_t board_next_event(const struct board *b);

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

/* COM1's ports (uart.c); `board` is the struct board. */
enum { UART_PORT = 0x3f8, UART_PORTS = 8 };
uint32_t uart_read(void *board, uint16_t port, unsigned size);
void uart_write(void *board, uint16_t port, unsigned size, uint32_t value);

#endif
