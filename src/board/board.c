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
