/* uart.c - a 16550 without a wire: what is sent has left at once, and all input waits at its door
 * [PC16550D data sheet, section 8].
 *
 * A byte of input stays at the door until it is read, so clearing the FIFO loses none and no trigger level matters:
 * one byte is enough for an interrupt. The next byte arrives when the one before was read, and the transmitter is empty
 * again as soon as it was given a byte; between the two the interrupt line is low, so that a controller that waits for
 * edges sees one. In loopback mode the door is shut.
 */
#include "board/board.h"

#include <string.h>

enum { LCR_DLAB = 0x80 };
enum { MCR_DTR = 0x01, MCR_RTS = 0x02, MCR_OUT1 = 0x04, MCR_OUT2 = 0x08, MCR_LOOP = 0x10, MCR_WRITABLE = 0x1f };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80 };
enum { LSR_DR = 0x01, LSR_OE = 0x02, LSR_THRE = 0x20, LSR_TEMT = 0x40 };
enum { IER_DATA = 0x01, IER_THR = 0x02, IER_LINE = 0x04, IER_WRITABLE = 0x0f };
enum { IIR_NONE = 0x01, IIR_THR = 0x02, IIR_DATA = 0x04, IIR_LINE = 0x06, IIR_FIFO = 0xc0 };
enum { UART_IRQ = 4 };
enum { FCR_ENABLE = 0x01, FCR_CLEAR_RECEIVER = 0x02 };

/* ---- data -------------------------------------------------------------------------------------------------------- */

size_t uart_input_size(const struct board *b)
{
	return b->input_first + b->st.com1.input_typed;
}

static bool input_waits(struct board *b)
{
	struct rs_config *c = &b->config;

	if (b->st.com1.mcr & MCR_LOOP)
		return false;
	if (!c->more_input)
		return b->st.com1.input_next < uart_input_size(b);
	if (b->st.com1.input_next >= c->input_size)
		c->input = c->more_input(c->input_arg, &c->input_size);
	return b->st.com1.input_next < c->input_size;
}

static bool data_ready(struct board *b)
{
	return b->st.com1.loop_count || input_waits(b);
}

static uint8_t receive(struct board *b)
{
	struct uart *u = &b->st.com1;
	uint8_t byte = u->loop[0];

	if (u->loop_count) {
		memmove(u->loop, u->loop + 1, UART_FIFO - 1);
		u->loop[UART_FIFO - 1] = 0;
		u->loop_count--;
		return byte;
	}
	return input_waits(b) ? b->config.input[u->input_next++] : 0;
}

/* Without the FIFO a byte that comes too early replaces the one before; with it the new one is lost. */
static void loop_back(struct uart *u, uint8_t byte)
{
	unsigned room = u->fcr & FCR_ENABLE ? UART_FIFO : 1;

	if (u->loop_count < room) {
		u->loop[u->loop_count++] = byte;
		return;
	}
	u->overrun = 1;
	if (room == 1)
		u->loop[0] = byte;
}

static void transmit(struct board *b, uint8_t byte)
{
	b->st.com1.thr_empty = 1;
	if (b->st.com1.mcr & MCR_LOOP)
		loop_back(&b->st.com1, byte);
	else if (b->config.console)
		b->config.console(b->config.console_arg, RS_PORT_COM1, byte);
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

static uint8_t read_data(struct board *b)
{
	return b->st.com1.lcr & LCR_DLAB ? b->st.com1.divisor_low : receive(b);
}

static void write_data(struct board *b, uint8_t value)
{
	if (b->st.com1.lcr & LCR_DLAB)
		b->st.com1.divisor_low = value;
	else
		transmit(b, value);
}

static uint8_t read_ier(struct board *b)
{
	return b->st.com1.lcr & LCR_DLAB ? b->st.com1.divisor_high : b->st.com1.ier;
}

/* Enabling the transmitter's interrupt while the register is empty, as it always is, makes one. */
static void write_ier(struct board *b, uint8_t value)
{
	struct uart *u = &b->st.com1;

	if (u->lcr & LCR_DLAB) {
		u->divisor_high = value;
		return;
	}
	if (value & ~u->ier & IER_THR)
		u->thr_empty = 1;
	u->ier = value & IER_WRITABLE;
}

/* By priority. */
static uint8_t identify(struct board *b)
{
	const struct uart *u = &b->st.com1;

	if (u->ier & IER_LINE && u->overrun)
		return IIR_LINE;
	if (u->ier & IER_DATA && data_ready(b))
		return IIR_DATA;
	return u->ier & IER_THR && u->thr_empty ? IIR_THR : IIR_NONE;
}

/* Reading takes the transmitter's interrupt back. */
static uint8_t read_iir(struct board *b)
{
	uint8_t id = identify(b);

	if (id == IIR_THR)
		b->st.com1.thr_empty = 0;
	return id | (b->st.com1.fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

/* The other bits do not take unless bit 0 is 1, and changing bit 0 empties the FIFO. */
static void write_fcr(struct board *b, uint8_t value)
{
	struct uart *u = &b->st.com1;
	bool clear = (value & FCR_ENABLE && value & FCR_CLEAR_RECEIVER) || (value ^ u->fcr) & FCR_ENABLE;

	u->fcr = value & FCR_ENABLE;
	if (!clear)
		return;
	memset(u->loop, 0, sizeof(u->loop));
	u->loop_count = 0;
}

static uint8_t read_lcr(struct board *b)
{
	return b->st.com1.lcr;
}

static void write_lcr(struct board *b, uint8_t value)
{
	b->st.com1.lcr = value;
}

static uint8_t read_mcr(struct board *b)
{
	return b->st.com1.mcr;
}

static void write_mcr(struct board *b, uint8_t value)
{
	b->st.com1.mcr = value & MCR_WRITABLE;
}

static uint8_t read_lsr(struct board *b)
{
	uint8_t value = LSR_TEMT | LSR_THRE | (b->st.com1.overrun ? LSR_OE : 0) | (data_ready(b) ? LSR_DR : 0);

	b->st.com1.overrun = 0;
	return value;
}

/* A partner that is always ready; in loopback mode the modem lines are fed from MCR. */
static uint8_t read_msr(struct board *b)
{
	uint8_t mcr = b->st.com1.mcr;

	if (!(mcr & MCR_LOOP))
		return MSR_DCD | MSR_DSR | MSR_CTS;
	return (uint8_t)((mcr & MCR_RTS ? MSR_CTS : 0) | (mcr & MCR_DTR ? MSR_DSR : 0) | (mcr & MCR_OUT1 ? MSR_RI : 0) |
	                 (mcr & MCR_OUT2 ? MSR_DCD : 0));
}

static uint8_t read_scr(struct board *b)
{
	return b->st.com1.scr;
}

static void write_scr(struct board *b, uint8_t value)
{
	b->st.com1.scr = value;
}

static void write_nothing(struct board *b, uint8_t value)
{
	(void)b, (void)value;
}

static const struct {
	uint8_t (*read)(struct board *b);
	void (*write)(struct board *b, uint8_t value);
} registers[UART_PORTS] = {
	{read_data, write_data}, {read_ier, write_ier},     {read_iir, write_fcr},     {read_lcr, write_lcr},
	{read_mcr, write_mcr},   {read_lsr, write_nothing}, {read_msr, write_nothing}, {read_scr, write_scr},
};

/* ---- the interrupt: on a PC OUT2 switches it through to IRQ 4; in loopback mode that pin is inactive ------------- */

static bool asks(struct board *b)
{
	return (b->st.com1.mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2 && identify(b) != IIR_NONE;
}

static void set_line(struct board *b, bool high)
{
	if ((b->st.pic.chip[UART_IRQ / 8].lines >> UART_IRQ % 8 & 1) == high)
		return;
	board_sync(b);
	board_line(b, UART_IRQ, high);
}

/* `renewed`: what asked before was answered, and another of its kind has come since. */
static void update_line(struct board *b, bool renewed)
{
	if (renewed)
		set_line(b, false);
	set_line(b, asks(b));
}

void uart_input_came(struct board *b, size_t all)
{
	b->st.com1.input_typed = (uint32_t)(all - b->input_first);
	set_line(b, asks(b));
}

static uint8_t read_register(struct board *b, unsigned index)
{
	bool receives = index == 0 && !(b->st.com1.lcr & LCR_DLAB);
	uint8_t value = registers[index].read(b);

	update_line(b, receives);
	return value;
}

static void write_register(struct board *b, unsigned index, uint8_t value)
{
	bool transmits = index == 0 && !(b->st.com1.lcr & LCR_DLAB);

	registers[index].write(b, value);
	update_line(b, transmits);
}

/* ---- ports ------------------------------------------------------------------------------------------------------- */

/* The chip is 8 bits wide: the bus splits a wider access into bytes, lowest port first. */
uint32_t uart_read(void *board, uint16_t port, unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++) {
		unsigned index = port - UART_PORT + i;
		uint32_t byte = index < UART_PORTS ? read_register(board, index) : 0xff;
		value |= byte << 8 * i;
	}
	return value;
}

void uart_write(void *board, uint16_t port, unsigned size, uint32_t value)
{
	for (unsigned i = 0; i < size; i++) {
		unsigned index = port - UART_PORT + i;
		if (index < UART_PORTS)
			write_register(board, index, (uint8_t)(value >> 8 * i));
	}
}
