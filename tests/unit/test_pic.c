/* test_pic.c - the 8259A pair, from its data sheet (Intel 231468), on a board without a local APIC. */
#include "board_rig.h"

enum { MASTER = 0x20, MASTER_DATA, SLAVE = 0xa0, SLAVE_DATA, ELCR = 0x4d0 };
enum { EOI = 0x20 };

/* ICW1..4, vectors 20h and 28h; nothing masked. */
static void set_up_with(struct rig *r, uint8_t icw1, uint8_t master_icw4, uint8_t slave_icw4)
{
	rig_init(r, no_apic);
	out(r, MASTER, icw1);
	out(r, MASTER_DATA, 0x20);
	out(r, MASTER_DATA, 0x04);
	out(r, MASTER_DATA, master_icw4);
	out(r, SLAVE, icw1);
	out(r, SLAVE_DATA, 0x28);
	out(r, SLAVE_DATA, 0x02);
	out(r, SLAVE_DATA, slave_icw4);
	out(r, MASTER_DATA, 0x01); /* but the timer, which ticks */
}

static void set_up(struct rig *r)
{
	set_up_with(r, 0x11, 0x01, 0x01);
}

static unsigned take(struct rig *r)
{
	return board_acknowledge(&r->board);
}

static uint8_t read_isr(struct rig *r, uint16_t port)
{
	out(r, port, 0x0b);
	return in(r, port);
}

static uint8_t read_irr(struct rig *r, uint16_t port)
{
	out(r, port, 0x0a);
	return in(r, port);
}

/* ---- start and initialization ---- */

static void test_start_state(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, no_apic);
	assert_int_equal(in(&r, MASTER_DATA), 0xff);
	assert_int_equal(in(&r, SLAVE_DATA), 0xff);
	assert_int_equal(read_isr(&r, MASTER), 0);
	raise_line(&r, 3);
	assert_int_equal(r.intr, 0);
	assert_int_equal(read_irr(&r, MASTER) & 8, 8); /* a mask does not hide a request */
	out(&r, MASTER_DATA, 0xf7);
	assert_int_equal(r.intr, 1);
	assert_int_equal(take(&r), 0x0b);
	out(&r, MASTER, EOI);
	out(&r, MASTER_DATA, 0xfb);
	out(&r, SLAVE_DATA, 0xfd);
	raise_line(&r, 9);
	assert_int_equal(take(&r), 0x71);
}

/* ICW1 clears the mask, resets the edge sense and selects IRR. Until the last ICW nothing interrupts. */
static void test_initialization(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 3);
	assert_int_equal(r.intr, 1);
	read_isr(&r, MASTER);
	out(&r, MASTER, 0x11);
	assert_int_equal(r.intr, 0);
	assert_int_equal(in(&r, MASTER) & 8, 0); /* high, but it did not rise since */
	out(&r, MASTER_DATA, 0x47);              /* only T7-T3 are a vector's */
	raise_line(&r, 5);
	out(&r, MASTER_DATA, 0x04);
	assert_int_equal(r.intr, 0);
	out(&r, MASTER_DATA, 0x01);
	assert_int_equal(in(&r, MASTER_DATA), 0);
	assert_int_equal(r.intr, 1);
	assert_int_equal(take(&r), 0x45);
}

/* IR7 is the lowest again, whatever it was. */
static void test_initialization_of_priorities(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	out(&r, MASTER, 0xc4);
	out(&r, MASTER, 0x13);
	out(&r, MASTER_DATA, 0x20);
	out(&r, MASTER_DATA, 0x01);
	out(&r, MASTER_DATA, 0x01);
	raise_line(&r, 6);
	raise_line(&r, 3);
	assert_int_equal(take(&r), 0x23);
}

/* Without ICW4 and alone: two words are enough, and IR2 is an input as others are. */
static void test_single(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	out(&r, MASTER, 0x12);
	out(&r, MASTER_DATA, 0x50);
	out(&r, MASTER_DATA, 0x01); /* OCW1 */
	assert_int_equal(in(&r, MASTER_DATA), 0x01);
	raise_line(&r, 9);
	assert_int_equal(take(&r), 0x52);
	assert_int_equal(read_isr(&r, MASTER), 0x04);
	assert_int_equal(read_isr(&r, SLAVE), 0);
}

/* ---- priorities ---- */

static void test_fully_nested(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 5);
	raise_line(&r, 3);
	assert_int_equal(take(&r), 0x23);
	assert_int_equal(read_isr(&r, MASTER), 0x08);
	assert_int_equal(read_irr(&r, MASTER) & 0xfe, 0x20);
	assert_int_equal(r.intr, 0); /* IR5 is lower */
	raise_line(&r, 1);
	assert_int_equal(r.intr, 1);
	assert_int_equal(take(&r), 0x21);
	assert_int_equal(read_isr(&r, MASTER), 0x0a);
	out(&r, MASTER, EOI);
	assert_int_equal(read_isr(&r, MASTER), 0x08);
	assert_int_equal(r.intr, 0);
	out(&r, MASTER, EOI);
	assert_int_equal(r.intr, 1);
	assert_int_equal(take(&r), 0x25);
	out(&r, MASTER, 0x65); /* specific */
	assert_int_equal(read_isr(&r, MASTER), 0);
	assert_int_equal(r.intr, 0);
}

static void test_rotation(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 4);
	assert_int_equal(take(&r), 0x24);
	out(&r, MASTER, 0xa0); /* rotate on non-specific EOI: IR4 becomes the lowest */
	lower_line(&r, 4);
	raise_line(&r, 4);
	raise_line(&r, 5);
	raise_line(&r, 3);
	assert_int_equal(take(&r), 0x25);
	out(&r, MASTER, EOI);
	assert_int_equal(take(&r), 0x23);
	out(&r, MASTER, 0xe3); /* rotate on specific EOI */
	assert_int_equal(take(&r), 0x24);
	out(&r, MASTER, EOI);
	out(&r, MASTER, 0xc5); /* set priority: IR5 lowest, IR6 highest */
	raise_line(&r, 1);
	raise_line(&r, 7);
	assert_int_equal(take(&r), 0x27);
	raise_line(&r, 6);
	assert_int_equal(take(&r), 0x26);
	assert_int_equal(r.intr, 0);
	out(&r, MASTER, 0x40); /* no operation */
	assert_int_equal(read_isr(&r, MASTER), 0xc0);
}

static void test_automatic_eoi(void **state)
{
	struct rig r;

	(void)state;
	set_up_with(&r, 0x11, 0x03, 0x01);
	raise_line(&r, 4);
	raise_line(&r, 6);
	assert_int_equal(take(&r), 0x24);
	assert_int_equal(read_isr(&r, MASTER), 0);
	assert_int_equal(take(&r), 0x26);
	assert_int_equal(r.intr, 0);
	out(&r, MASTER, 0x80); /* rotate in automatic EOI mode */
	lower_line(&r, 4);
	raise_line(&r, 4);
	assert_int_equal(take(&r), 0x24);
	lower_line(&r, 4);
	raise_line(&r, 4);
	raise_line(&r, 5);
	assert_int_equal(take(&r), 0x25);
	out(&r, MASTER, 0x00); /* no more: IR5 stays the lowest */
	assert_int_equal(take(&r), 0x24);
	lower_line(&r, 5);
	raise_line(&r, 5);
	lower_line(&r, 6);
	raise_line(&r, 6);
	assert_int_equal(take(&r), 0x26);
}

/* A level that is in service and masked holds nobody back, and a non-specific EOI does not see it. */
static void test_special_mask(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 3);
	take(&r);
	raise_line(&r, 6);
	out(&r, MASTER_DATA, 0x09);
	assert_int_equal(r.intr, 0);
	out(&r, MASTER, 0x68);
	assert_int_equal(r.intr, 1);
	assert_int_equal(take(&r), 0x26);
	assert_int_equal(read_isr(&r, MASTER), 0x48);
	out(&r, MASTER, EOI);
	assert_int_equal(read_isr(&r, MASTER), 0x08);
	out(&r, MASTER, EOI);
	assert_int_equal(read_isr(&r, MASTER), 0x08);
	out(&r, MASTER, 0x48);
	out(&r, MASTER, EOI);
	assert_int_equal(read_isr(&r, MASTER), 0);
}

/* ---- cascade ---- */

static void test_cascade(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 12);
	raise_line(&r, 3);
	assert_int_equal(take(&r), 0x2c); /* by IR2 */
	assert_int_equal(read_isr(&r, MASTER), 0x04);
	assert_int_equal(read_isr(&r, SLAVE), 0x10);
	raise_line(&r, 9);
	assert_int_equal(r.intr, 0); /* IR2 is in service */
	out(&r, MASTER, EOI);
	assert_int_equal(take(&r), 0x29);
	out(&r, MASTER, EOI);
	assert_int_equal(take(&r), 0x23);
	out(&r, MASTER, EOI);
	out(&r, SLAVE, EOI);
	out(&r, SLAVE, EOI);
	assert_int_equal(read_isr(&r, SLAVE), 0);
	assert_int_equal(r.intr, 0);
}

/* Special fully nested: a higher request of the slave is heard while another of it is in service. */
static void test_special_fully_nested(void **state)
{
	struct rig r;

	(void)state;
	set_up_with(&r, 0x11, 0x11, 0x01);
	raise_line(&r, 12);
	assert_int_equal(take(&r), 0x2c);
	raise_line(&r, 13);
	assert_int_equal(r.intr, 0);
	raise_line(&r, 3); /* lower than all of the slave's */
	assert_int_equal(r.intr, 0);
	raise_line(&r, 9);
	assert_int_equal(r.intr, 1);
	assert_int_equal(take(&r), 0x29);
}

/* With automatic EOI on the slave its INT falls between two requests. */
static void test_slave_renews_its_edge(void **state)
{
	struct rig r;

	(void)state;
	set_up_with(&r, 0x11, 0x01, 0x03);
	raise_line(&r, 9);
	raise_line(&r, 12);
	assert_int_equal(take(&r), 0x29);
	out(&r, MASTER, EOI);
	assert_int_equal(r.intr, 1);
	assert_int_equal(take(&r), 0x2c);
	out(&r, MASTER, EOI);
	assert_int_equal(r.intr, 0);
}

static void test_slave_with_another_name(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	out(&r, SLAVE, 0x11);
	out(&r, SLAVE_DATA, 0x28);
	out(&r, SLAVE_DATA, 0x03);
	out(&r, SLAVE_DATA, 0x01);
	raise_line(&r, 9);
	assert_int_equal(take(&r), 0xff); /* nobody drives the bus */
}

/* ---- edge, level, spurious ---- */

static void test_spurious(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 4);
	lower_line(&r, 4);
	assert_int_equal(r.intr, 0); /* it must stay high until the acknowledge */
	assert_int_equal(read_irr(&r, MASTER) & 0xfe, 0);
	assert_int_equal(take(&r), 0x27);
	assert_int_equal(read_isr(&r, MASTER), 0);
	raise_line(&r, 15);
	out(&r, SLAVE_DATA, 0x80); /* masked behind the back of the master, which is told */
	assert_int_equal(r.intr, 0);
}

/* The slave's request goes between INT and INTA. */
static void test_spurious_of_the_slave(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 9);
	r.board.st.pic.chip[PIC_SLAVE].imr = 0xff;
	assert_int_equal(take(&r), 0x2f);
	assert_int_equal(read_isr(&r, SLAVE), 0);
	assert_int_equal(read_isr(&r, MASTER), 0x04); /* the master needs its EOI */
}

static void test_edges(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 4);
	assert_int_equal(take(&r), 0x24);
	out(&r, MASTER, EOI);
	assert_int_equal(r.intr, 0); /* still high */
	raise_line(&r, 4);
	assert_int_equal(r.intr, 0);
	lower_line(&r, 4);
	raise_line(&r, 4);
	assert_int_equal(r.intr, 1);
}

static void test_levels(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	out(&r, ELCR, 0xff);
	out(&r, ELCR + 1, 0xff);
	assert_int_equal(bus_in(&r.bus, ELCR, 2), 0xdef8);
	out(&r, ELCR, 0x20);
	out(&r, ELCR + 1, 0x02);
	for (unsigned irq = 5; irq <= 9; irq += 4) {
		raise_line(&r, irq);
		assert_int_equal(take(&r), 0x20 + irq);
		assert_int_equal(r.intr, 0);
		out(&r, SLAVE, EOI);
		out(&r, MASTER, EOI);
		assert_int_equal(r.intr, 1);
		lower_line(&r, irq);
		assert_int_equal(r.intr, 0);
	}
	set_up_with(&r, 0x19, 0x01, 0x01); /* LTIM */
	raise_line(&r, 6);
	assert_int_equal(take(&r), 0x26);
	out(&r, MASTER, EOI);
	assert_int_equal(r.intr, 1);
}

static void test_poll(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	out(&r, MASTER, 0x0c);
	assert_int_equal(in(&r, MASTER), 0x00);
	raise_line(&r, 6);
	out(&r, MASTER, 0x0c);
	assert_int_equal(in(&r, MASTER_DATA), 0x86); /* "the next RD pulse" */
	assert_int_equal(r.intr, 0);
	assert_int_equal(read_isr(&r, MASTER), 0x40);
	assert_int_equal(in(&r, MASTER_DATA), 0x01); /* and only that one */
	raise_line(&r, 11);
	out(&r, SLAVE, 0x0c);
	assert_int_equal(in(&r, SLAVE), 0x83);
	assert_int_equal(r.intr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_state),
		cmocka_unit_test(test_initialization),
		cmocka_unit_test(test_initialization_of_priorities),
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_fully_nested),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_automatic_eoi),
		cmocka_unit_test(test_special_mask),
		cmocka_unit_test(test_cascade),
		cmocka_unit_test(test_special_fully_nested),
		cmocka_unit_test(test_slave_renews_its_edge),
		cmocka_unit_test(test_slave_with_another_name),
		cmocka_unit_test(test_spurious),
		cmocka_unit_test(test_spurious_of_the_slave),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_poll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
