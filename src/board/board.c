/* board.c - who answers at which port. */
#include "board/board.h"

enum { CONSOLE_PORT = 0xe9, EXIT_PORT = 0xf4 };

/* A guest tells by this value that the console is there, as under Bochs, where the port comes from. */
static uint32_t console_read(void *board, uint16_t port, unsigned size)
{
	(void)board, (void)port, (void)size;
	return 0xffffff00u | CONSOLE_PORT;
}

static void console_write(void *board, uint16_t port, unsigned size, uint32_t value)
{
	struct board *b = board;

	(void)port, (void)size;
	if (b->config.console)
		b->config.console(b->config.console_arg, RS_PORT_E9, (uint8_t)value);
}

static uint32_t exit_read(void *board, uint16_t port, unsigned size)
{
	(void)board, (void)port, (void)size;
	return UINT32_MAX;
}

static void exit_write(void *board, uint16_t port, unsigned size, uint32_t value)
{
	struct board *b = board;

	(void)port, (void)size;
	b->st.exited = 1;
	b->st.exit_code = (uint8_t)value;
	if (b->exit)
		b->exit(b->exit_arg);
}

/* ---- 8-bit devices: the bus splits a wider access into bytes, lowest port first ---------------------------------- */

static uint8_t pic_port_read(struct board *b, unsigned port)
{
	return pic_read(&b->st.pic, port >> 7, port & 1);
}

static void pic_port_write(struct board *b, unsigned port, uint8_t value)
{
	pic_write(&b->st.pic, port >> 7, port & 1, value);
}

static uint8_t elcr_read(struct board *b, unsigned port)
{
	return pic_read_elcr(&b->st.pic, port & 1);
}

static void elcr_write(struct board *b, unsigned port, uint8_t value)
{
	pic_write_elcr(&b->st.pic, port & 1, value);
}

static void run_counters(struct board *b)
{
	for (unsigned i = 0; i < PIT_COUNTERS; i++)
		pit_run(&b->st.pit.counter[i], ticks_by(b->st.now, PIT_RATE));
}

static uint8_t pit_port_read(struct board *b, unsigned port)
{
	run_counters(b);
	return pit_read(&b->st.pit, port & 3);
}

static void pit_port_write(struct board *b, unsigned port, uint8_t value)
{
	run_counters(b);
	pit_write(&b->st.pit, port & 3, value);
}

/* Port 61h [82371AB (PIIX4) data sheet, NMI status and control]: what was written, the refresh toggle (bit 4: with
 * every request of counter 1 as firmware leaves it), OUT of counter 2. */
enum { REFRESH_TICKS = 18, SPEAKER_GATE = 0x01, SPEAKER_WRITABLE = 0x0f };

static uint8_t speaker_read(struct board *b, unsigned port)
{
	unsigned refreshes = (unsigned)(ticks_by(b->st.now, PIT_RATE) / REFRESH_TICKS & 1);

	(void)port;
	run_counters(b);
	return (uint8_t)(b->st.port61 | refreshes << 4 | (unsigned)b->st.pit.counter[2].out << 5);
}

static void speaker_write(struct board *b, unsigned port, uint8_t value)
{
	(void)port;
	run_counters(b);
	b->st.port61 = value & SPEAKER_WRITABLE;
	pit_gate(&b->st.pit.counter[2], value & SPEAKER_GATE);
}

/* Register C, when it is read, lets the line fall. */
static uint8_t rtc_port_read(struct board *b, unsigned port)
{
	bool asked = rtc_line(&b->st.rtc);
	uint8_t value = rtc_read(&b->st.rtc, port & 1);

	if (asked != rtc_line(&b->st.rtc))
		board_lines_changed(b);
	return value;
}

static void rtc_port_write(struct board *b, unsigned port, uint8_t value)
{
	rtc_write(&b->st.rtc, port & 1, value);
}

/* `quiet`: reading changes nothing that asks for an interrupt, or tells so itself. */
static const struct byte_device {
	uint16_t first, count;
	bool quiet;
	uint8_t (*read)(struct board *b, unsigned port);
	void (*write)(struct board *b, unsigned port, uint8_t value);
} byte_devices[] = {
	{ 0x20, 2, false, pic_port_read, pic_port_write }, { 0xa0, 2, false, pic_port_read, pic_port_write },
	{ 0x4d0, 2, true, elcr_read, elcr_write },         { 0x40, 4, true, pit_port_read, pit_port_write },
	{ 0x61, 1, true, speaker_read, speaker_write },    { 0x70, 2, true, rtc_port_read, rtc_port_write },
};

enum { BYTE_DEVICES = sizeof(byte_devices) / sizeof(byte_devices[0]) };

static const struct byte_device *device_at(unsigned port)
{
	for (size_t i = 0; i < BYTE_DEVICES; i++)
		if (port >= byte_devices[i].first && port - byte_devices[i].first < byte_devices[i].count)
			return &byte_devices[i];
	return NULL;
}

static uint32_t ports_read(void *board, uint16_t port, unsigned size)
{
	uint32_t value = 0;
	bool quiet = true;

	board_sync(board);
	for (unsigned i = 0; i < size; i++) {
		const struct byte_device *d = device_at(port + i);
		value |= (uint32_t)(d ? d->read(board, port + i) : 0xff) << 8 * i;
		quiet &= !d || d->quiet;
	}
	if (!quiet)
		board_lines_changed(board);
	return value;
}

/* A counter latch or read-back command [8254 data sheet, "Read operations"], which no counter notices, or the index of
 * a register of the clock. */
static bool only_selects(unsigned port, uint32_t value, unsigned size)
{
	bool latch = (value & 0x30) == 0 || (value & 0xc0) == 0xc0;

	return size == 1 && (port == 0x70 || (port == 0x43 && latch));
}

static void ports_write(void *board, uint16_t port, unsigned size, uint32_t value)
{
	board_sync(board);
	for (unsigned i = 0; i < size; i++) {
		const struct byte_device *d = device_at(port + i);
		if (d)
			d->write(board, port + i, (uint8_t)(value >> 8 * i));
	}
	if (!only_selects(port, value, size))
		board_lines_changed(board);
}

/* ---- power-up ---------------------------------------------------------------------------------------------------- */

static void firmware(struct board *b)
{
	b->st = (struct board_state){ 0 };
	pic_firmware(&b->st.pic);
	pit_firmware(&b->st.pit);
	rtc_firmware(&b->st.rtc, b->config.memory);
	ioapic_reset(&b->st.ioapic);
	apic_firmware(&b->st.apic);
	board_lines_changed(b);
}

void board_init(struct board *b, const struct rs_config *config, struct bus *bus)
{
	const struct port_range ranges[] = {
		{ UART_PORT, UART_PORTS, uart_read, uart_write, b },
		{ CONSOLE_PORT, 1, console_read, console_write, b },
		{ EXIT_PORT, 1, exit_read, exit_write, b },
	};

	b->config = *config;
	firmware(b);
	b->input_first = config->input_size;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		bus_add(bus, ranges[i]);
	for (size_t i = 0; i < BYTE_DEVICES; i++)
		bus_add(bus, (struct port_range){ byte_devices[i].first, byte_devices[i].count, ports_read,
		                                  ports_write, b });
}
