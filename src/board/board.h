/* board.h - the devices around the CPU: COM1, the console at port E9h, the exit port F4h. */
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

struct board {
	struct board_state st;
	struct rs_config config;
	/* Told when the guest ends the run, so that the engine stops behind this instruction. */
	void (*exit)(void *arg);
	void *exit_arg;
};

/* Puts all devices on the bus in their reset state. */
void board_init(struct board *b, const struct rs_config *config, struct bus *bus);

/* COM1's ports (uart.c); `board` is the struct board. */
enum { UART_PORT = 0x3f8, UART_PORTS = 8 };
uint32_t uart_read(void *board, uint16_t port, unsigned size);
void uart_write(void *board, uint16_t port, unsigned size, uint32_t value);

#endif
