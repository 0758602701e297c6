/* test_board.c - the I/O bus and the devices on it, as a guest sees them through ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "board/board.h"

enum { COM1 = 0x3f8, IER = COM1 + 1, FCR = COM1 + 2, IIR = COM1 + 2, LCR = COM1 + 3, MCR = COM1 + 4, LSR = COM1 + 5,
	MSR = COM1 + 6, SCR = COM1 + 7 };

struct rig {
	struct board board;
	struct bus bus;
	char com1[64], e9[64];
	unsigned com1_count, e9_count, exits;
};

static void rig_console(void *arg, enum rs_port port, uint8_t byte)
{
	struct rig *r = arg;

	if (port == RS_PORT_COM1)
		r->com1[r->com1_count++] = (char)byte;
	else
		r->e9[r->e9_count++] = (char)byte;
}

static void rig_exit(void *arg)
{
	struct rig *r = arg;

	r->exits++;
}

static void rig_init(struct rig *r, const char *input)
{
	struct rs_config config = {.console = rig_console, .console_arg = r};

	*r = (struct rig){0};
	config.input = (const uint8_t *)input;
	config.input_size = strlen(input);
	r->board.exit = rig_exit;
	r->board.exit_arg = r;
	board_init(&r->board, &config, &r->bus);
}

static uint8_t in(struct rig *r, uint16_t port)
{
	return (uint8_t)bus_in(&r->bus, port, 1);
}

static void out(struct rig *r, uint16_t port, uint8_t value)
{
	bus_out(&r->bus, port, 1, value);
}

/* ---- bus --------------------------------------------------------------------------------------------------------- */

static uint32_t echo_read(void *device, uint16_t port, unsigned size)
{
	(void)device;
	return 0xabcd0000u | port << 4 | size;
}

static void echo_write(void *device, uint16_t port, unsigned size, uint32_t value)
{
	(void)port, (void)size;
	*(uint32_t *)device = value;
}

static void test_bus(void **state)
{
	struct bus bus = {0};
	uint32_t last = 0;

	(void)state;
	assert_true(bus_add(&bus, (struct port_range){0xfff0, 16, echo_read, echo_write, &last}));
	assert_int_equal(bus_in(&bus, 0xffff, 4), 0xabcd0000u | 0xffff4);
	assert_int_equal(bus_in(&bus, 0xfff0, 2), 0xff02);
	assert_int_equal(bus_in(&bus, 0xfff0, 1), 0x01);
	assert_int_equal(bus_in(&bus, 0xffef, 1), 0xff);
	assert_int_equal(bus_in(&bus, 0, 2), 0xffff);
	assert_int_equal(bus_in(&bus, 0, 4), 0xffffffff);
	bus_out(&bus, 0xfff8, 2, 0x12345678);
	assert_int_equal(last, 0x5678);
	bus_out(&bus, 0x80, 1, 1);
	assert_int_equal(last, 0x5678);
	while (bus.count < BUS_RANGES)
		assert_true(bus_add(&bus, (struct port_range){0, 1, echo_read, echo_write, &last}));
	assert_false(bus_add(&bus, (struct port_range){0, 1, echo_read, echo_write, &last}));
}

/* ---- console and exit -------------------------------------------------------------------------------------------- */

static void test_console(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "");
	assert_int_equal(in(&r, 0xe9), 0xe9);
	out(&r, 0xe9, 'a');
	bus_out(&r.bus, 0xe9, 4, 0x01020300 | 'b');
	assert_string_equal(r.e9, "ab");
	assert_int_equal(r.com1_count, 0);
	r.board.config.console = NULL;
	out(&r, 0xe9, 'c');
	out(&r, COM1, 'c');
	assert_int_equal(r.e9_count + r.com1_count, 2);
}

static void test_exit(void **state)
{
	struct rig r;

	(void)state;
	for (unsigned size = 1; size <= 4; size *= 2) {
		rig_init(&r, "");
		assert_int_equal(r.board.st.exited, 0);
		assert_int_equal(in(&r, 0xf4), 0xff);
		assert_int_equal(r.exits, 0);
		bus_out(&r.bus, 0xf4, size, 0xffffff2a);
		assert_int_equal(r.exits, 1);
		assert_int_equal(r.board.st.exited, 1);
		assert_int_equal(r.board.st.exit_code, 0x2a);
	}
	r.board.exit = NULL;
	out(&r, 0xf4, 7);
	assert_int_equal(r.board.st.exit_code, 7);
}

/* ---- COM1 -------------------------------------------------------------------------------------------------------- */

static void test_uart_output(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "");
	assert_int_equal(in(&r, LSR), 0x60);
	out(&r, COM1, 'o');
	out(&r, COM1, 'k');
	assert_int_equal(in(&r, LSR), 0x60);
	assert_string_equal(r.com1, "ok");
	assert_int_equal(in(&r, MSR), 0xb0);
}

static void test_uart_input(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "xy");
	assert_int_equal(in(&r, LSR), 0x61);
	assert_int_equal(in(&r, COM1), 'x');
	out(&r, FCR, 0x07); /* what waits at the door is not in the FIFO */
	assert_int_equal(in(&r, LSR), 0x61);
	assert_int_equal(in(&r, COM1), 'y');
	assert_int_equal(in(&r, LSR), 0x60);
	assert_int_equal(in(&r, COM1), 0);
	assert_int_equal(r.board.st.com1.input_next, 2);
}

struct source {
	const char *text;
	size_t given; /* a byte more each time it is asked */
	unsigned asked;
};

static const uint8_t *give_more(void *arg, size_t *size)
{
	struct source *s = arg;

	s->asked++;
	if (s->given < strlen(s->text))
		s->given++;
	*size = s->given;
	return (const uint8_t *)s->text;
}

/* Nobody is asked before the guest looks for a byte that is not there yet. */
static void test_uart_asks_for_input(void **state)
{
	struct source source = {.text = "xy"};
	struct rig r;

	(void)state;
	rig_init(&r, "");
	r.board.config.more_input = give_more;
	r.board.config.input_arg = &source;
	out(&r, COM1, 'o');
	in(&r, MSR);
	assert_int_equal(source.asked, 0);
	assert_int_equal(in(&r, LSR), 0x61);
	assert_int_equal(in(&r, LSR), 0x61);
	assert_int_equal(source.asked, 1);
	assert_int_equal(in(&r, COM1), 'x');
	assert_int_equal(source.asked, 1);
	assert_int_equal(in(&r, COM1), 'y');
	assert_int_equal(source.asked, 2);
	assert_int_equal(in(&r, LSR), 0x60);
	assert_int_equal(source.asked, 3);
	out(&r, MCR, 0x10); /* loopback: the door is shut */
	assert_int_equal(in(&r, LSR), 0x60);
	assert_int_equal(source.asked, 3);
}

static void test_uart_divisor(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "z");
	out(&r, LCR, 0x83);
	out(&r, COM1, 0x0c);
	out(&r, IER, 0x01);
	assert_int_equal(in(&r, COM1), 0x0c);
	assert_int_equal(in(&r, IER), 0x01);
	assert_int_equal(bus_in(&r.bus, COM1, 2), 0x010c);
	out(&r, LCR, 0x03);
	assert_int_equal(in(&r, LCR), 0x03);
	assert_int_equal(in(&r, IER), 0);
	assert_int_equal(r.com1_count, 0);
	assert_int_equal(in(&r, COM1), 'z');
}

static void test_uart_registers(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "");
	out(&r, SCR, 0x5a);
	assert_int_equal(in(&r, SCR), 0x5a);
	out(&r, IER, 0xff);
	assert_int_equal(in(&r, IER), 0x0f);
	out(&r, MCR, 0xef);
	assert_int_equal(in(&r, MCR), 0x0f);
	out(&r, LSR, 0);
	out(&r, MSR, 0);
	assert_int_equal(bus_in(&r.bus, LSR, 2), 0xb060);
	assert_int_equal(bus_in(&r.bus, SCR, 4), 0xffffff5a); /* nothing lies behind it */
	bus_out(&r.bus, SCR, 4, 0x11223344);
	assert_int_equal(in(&r, SCR), 0x44);
}

static void test_uart_interrupt_identification(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "q");
	assert_int_equal(in(&r, IIR), 0x01);
	out(&r, FCR, 0xc7);
	assert_int_equal(in(&r, IIR), 0xc1);
	out(&r, FCR, 0);
	out(&r, IER, 0x03);
	assert_int_equal(in(&r, IIR), 0x04);
	in(&r, COM1);
	assert_int_equal(in(&r, IIR), 0x02);
	assert_int_equal(in(&r, IIR), 0x01);
	out(&r, COM1, 't');
	assert_int_equal(in(&r, IIR), 0x02);
	assert_int_equal(in(&r, IIR), 0x01);
	out(&r, IER, 0x01);
	out(&r, IER, 0x03);
	assert_int_equal(in(&r, IIR), 0x02);
}

static void test_uart_loopback(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "in");
	out(&r, MCR, 0x1e);
	assert_int_equal(in(&r, LSR), 0x60); /* the door is shut */
	out(&r, COM1, 0xae);
	assert_int_equal(in(&r, LSR), 0x61);
	assert_int_equal(in(&r, COM1), 0xae);
	assert_int_equal(in(&r, LSR), 0x60);
	assert_int_equal(r.com1_count, 0);
	static const uint8_t lines[][2] = { { 0x10, 0 },    { 0x11, 0x20 }, { 0x12, 0x10 },
					    { 0x14, 0x40 }, { 0x18, 0x80 }, { 0x1f, 0xf0 } };
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		out(&r, MCR, lines[i][0]);
		assert_int_equal(in(&r, MSR), lines[i][1]);
	}
	out(&r, COM1, 'l');
	out(&r, MCR, 0);
	assert_int_equal(in(&r, COM1), 'l');
	assert_int_equal(in(&r, COM1), 'i');
	out(&r, COM1, 'o');
	assert_string_equal(r.com1, "o");
}

/* Without the FIFO the newest byte stays, with it the sixteen oldest. */
static void test_uart_overrun(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "");
	out(&r, MCR, 0x10);
	out(&r, IER, 0x04);
	out(&r, COM1, 1);
	out(&r, COM1, 2);
	assert_int_equal(in(&r, IIR), 0x06);
	assert_int_equal(in(&r, LSR), 0x63);
	assert_int_equal(in(&r, LSR), 0x61);
	assert_int_equal(in(&r, COM1), 2);
	out(&r, FCR, 0x01);
	for (uint8_t i = 0; i < 17; i++)
		out(&r, COM1, i);
	assert_int_equal(in(&r, LSR), 0x63);
	for (uint8_t i = 0; i < 16; i++)
		assert_int_equal(in(&r, COM1), i);
	assert_int_equal(in(&r, LSR), 0x60);
	out(&r, COM1, 1);
	out(&r, FCR, 0x03);
	assert_int_equal(in(&r, LSR), 0x60);
}

/* ---- IRQ 4 of COM1 ----------------------------------------------------------------------------------------------- */

enum { PIC = 0x20, PIC_MASK = 0x21, IRQ4_VECTOR = 0x0c };

static bool interrupted(struct rig *r)
{
	return r->board.st.intr;
}

static void serve(struct rig *r)
{
	assert_int_equal(board_acknowledge(&r->board), IRQ4_VECTOR);
	out(r, PIC, 0x20);
}

static void test_uart_interrupt_gate(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "in");
	out(&r, PIC_MASK, 0xef);
	out(&r, IER, 0x01);
	assert_false(interrupted(&r)); /* OUT2 */
	out(&r, MCR, 0x08);
	assert_true(interrupted(&r));
	out(&r, MCR, 0x18); /* in loopback mode the pin is inactive */
	assert_false(interrupted(&r));
	out(&r, MCR, 0x08);
	out(&r, IER, 0x00);
	assert_false(interrupted(&r));
}

/* An interrupt for each byte, though the next one waits already. */
static void test_uart_receives_by_interrupt(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "ab");
	out(&r, PIC_MASK, 0xef);
	out(&r, MCR, 0x08);
	out(&r, IER, 0x01);
	for (unsigned i = 0; i < 2; i++) {
		serve(&r);
		assert_false(interrupted(&r));
		assert_int_equal(in(&r, IIR), 0x04);
		assert_int_equal(in(&r, COM1), 'a' + (int)i);
		assert_int_equal(interrupted(&r), i == 0);
	}
	assert_int_equal(in(&r, IIR), 0x01);
}

static void test_uart_sends_by_interrupt(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "");
	out(&r, PIC_MASK, 0xef);
	out(&r, MCR, 0x08);
	out(&r, IER, 0x02);
	for (unsigned i = 0; i < 3; i++) {
		serve(&r);
		out(&r, COM1, 'x'); /* without a look at IIR: the register was full and is empty again */
		assert_true(interrupted(&r));
	}
	assert_int_equal(in(&r, IIR), 0x02); /* takes it back */
	assert_false(interrupted(&r));
	assert_string_equal(r.com1, "xxx");
}

static void test_uart_interrupt_of_the_line(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "");
	out(&r, PIC_MASK, 0xef);
	out(&r, IER, 0x04);
	out(&r, MCR, 0x18);
	out(&r, COM1, 1);
	out(&r, COM1, 2);
	assert_false(interrupted(&r));
	out(&r, MCR, 0x08);
	assert_true(interrupted(&r));
	assert_int_equal(in(&r, LSR) & 0x02, 0x02);
	assert_false(interrupted(&r));
}

/* All that matters is in board_state: a copy put back is the same machine again. */
static void test_state_copy(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "abc");
	in(&r, COM1);
	struct board_state saved = r.board.st;
	assert_int_equal(in(&r, COM1), 'b');
	out(&r, 0xf4, 1);
	r.board.st = saved;
	assert_int_equal(in(&r, COM1), 'b');
	assert_int_equal(r.board.st.exited, 0);
}

/* What the board told of its next event stands as long as nothing but time has changed it. */
static void test_polling_keeps_the_next_event(void **state)
{
	static const uint16_t quiet[] = { 0x61, 0x40, 0x71, LSR, 0x4d0, 0xe9, 0x80 };
	struct rig r;
	uint64_t before;

	(void)state;
	rig_init(&r, "");
	out(&r, 0x21, 0xfe);
	board_acknowledge(&r.board); /* OUT is high since power-up */
	out(&r, 0x20, 0x20);
	assert_true(board_was_touched(&r.board));
	before = board_next_event(&r.board);
	assert_true(before != UINT64_MAX);
	for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
		in(&r, quiet[i]);
		assert_false(board_was_touched(&r.board));
	}
	out(&r, 0x43, 0x00);
	out(&r, 0x70, 0x0c);
	assert_false(board_was_touched(&r.board));
	assert_int_equal(board_next_event(&r.board), before);
	out(&r, 0x43, 0x30);
	assert_true(board_was_touched(&r.board));
	assert_true(board_next_event(&r.board) != before);
	in(&r, 0x20);
	assert_true(board_was_touched(&r.board));
}

/* Register C is the one of the clock whose reading does something: the next interrupt can be told from then on. */
static void test_clock_acknowledged(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, "");
	out(&r, 0x70, 0x0b);
	out(&r, 0x71, 0x42);
	out(&r, 0xa1, 0xfe);
	out(&r, 0x21, 0xfb);
	board_run_to(&r.board, 10000000);
	assert_int_equal(board_acknowledge(&r.board), 0x70);
	out(&r, 0xa0, 0x20);
	out(&r, 0x20, 0x20);
	assert_int_equal(board_next_event(&r.board), UINT64_MAX);
	assert_true(board_was_touched(&r.board));
	out(&r, 0x70, 0x0c);
	assert_false(board_was_touched(&r.board));
	assert_int_equal(in(&r, 0x71), 0xc0);
	assert_true(board_was_touched(&r.board));
	assert_true(board_next_event(&r.board) < 11000000);
	assert_int_equal(in(&r, 0x71), 0x00);
	assert_false(board_was_touched(&r.board));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bus),
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_uart_output),
		cmocka_unit_test(test_uart_input),
		cmocka_unit_test(test_uart_asks_for_input),
		cmocka_unit_test(test_uart_divisor),
		cmocka_unit_test(test_uart_registers),
		cmocka_unit_test(test_uart_interrupt_identification),
		cmocka_unit_test(test_uart_loopback),
		cmocka_unit_test(test_uart_overrun),
		cmocka_unit_test(test_uart_interrupt_gate),
		cmocka_unit_test(test_uart_receives_by_interrupt),
		cmocka_unit_test(test_uart_sends_by_interrupt),
		cmocka_unit_test(test_uart_interrupt_of_the_line),
		cmocka_unit_test(test_state_copy),
		cmocka_unit_test(test_polling_keeps_the_next_event),
		cmocka_unit_test(test_clock_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
