/* board.c - the console port, the exit port, and the table of who answers where. */
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

void board_init(struct board *b, const struct rs_config *config, struct bus *bus)
{
	const struct port_range ranges[] = {
		{UART_PORT, UART_PORTS, uart_read, uart_write, b},
		{CONSOLE_PORT, 1, console_read, console_write, b},
		{EXIT_PORT, 1, exit_read, exit_write, b},
	};

	b->st = (struct board_state){0};
	b->config = *config;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		bus_add(bus, ranges[i]);
}

void board_restored(struct board *b)
{
	if (b->signal)
		b->signal(b->cpu_arg, BOARD_INTR, 0);
}

/* ---- no interrupt controller is on the board yet: nothing raises INTR, no memory is a device's ------------------- */

void board_run_to(struct board *b, uint64_t now)
{
	(void)b, (void)now;
}

uint64_t board_next_event(const struct board *b)
{
	(void)b;
	return UINT64_MAX;
}

unsigned board_acknowledge(struct board *b)
{
	(void)b;
	return 0xff;
}

void board_task_priority(struct board *b, unsigned cr8)
{
	(void)b, (void)cr8;
}

void board_apic_base(struct board *b, uint64_t apic_base)
{
	(void)b, (void)apic_base;
}

bool board_memory_claims(const struct board *b, uint64_t pa)
{
	(void)b, (void)pa;
	return false;
}

uint64_t board_memory_read(struct board *b, uint64_t pa, unsigned size)
{
	(void)b, (void)pa;
	return UINT64_MAX >> (64 - 8 * size);
}

void board_memory_write(struct board *b, uint64_t pa, unsigned size, uint64_t value)
{
	(void)b, (void)pa, (void)size, (void)value;
}

bool board_x2apic_read(struct board *b, uint32_t msr, uint64_t *value)
{
	(void)b, (void)msr, (void)value;
	return false;
}

bool board_x2apic_write(struct board *b, uint32_t msr, uint64_t value)
{
	(void)b, (void)msr, (void)value;
	return false;
}

uint64_t board_tsc_deadline_read(struct board *b)
{
	(void)b;
	return 0;
}

void board_tsc_deadline_write(struct board *b, uint64_t value)
{
	(void)b, (void)value;
}

void board_tsc_offset(struct board *b, uint64_t offset)
{
	(void)b, (void)offset;
}
