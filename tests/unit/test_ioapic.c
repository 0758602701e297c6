/* test_ioapic.c - the I/O APIC [82093AA data sheet] and its messages to the local APIC. */
#include "board_rig.h"

enum { ACTIVE_LOW = 1 << 13, REMOTE_IRR = 1 << 14, LEVEL = 1 << 15, MASKED = 1 << 16, LOGICAL = 1 << 11 };
enum { LOWEST = 1 << 8, SMI = 2 << 8, NMI = 4 << 8, INIT = 5 << 8, EXTINT = 7 << 8 };
enum { EOI = 0xb0, SVR = 0xf0, TMR = 0x180 };

static void set_up(struct rig *r)
{
	rig_init(r, skylake);
}

static void redirect(struct rig *r, unsigned pin, uint32_t low)
{
	ioapic_out(r, (uint8_t)(0x10 + 2 * pin), low);
}

static uint32_t entry(struct rig *r, unsigned pin)
{
	return ioapic_in(r, (uint8_t)(0x10 + 2 * pin));
}

static unsigned take(struct rig *r)
{
	return board_acknowledge(&r->board);
}

static void end(struct rig *r)
{
	apic_out(r, EOI, 0);
}

static void pulse(struct rig *r, unsigned irq)
{
	lower_line(r, irq);
	raise_line(r, irq);
}

static void test_registers(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	assert_int_equal(ioapic_in(&r, 1), 0x00170011);
	for (unsigned pin = 0; pin < 24; pin++) {
		assert_int_equal(entry(&r, pin), MASKED);
		assert_int_equal(ioapic_in(&r, (uint8_t)(0x11 + 2 * pin)), 0);
	}
	ioapic_out(&r, 0, ~0u);
	assert_int_equal(ioapic_in(&r, 0), 0x0f000000);
	assert_int_equal(ioapic_in(&r, 2), 0x0f000000); /* loaded with the ID */
	ioapic_out(&r, 1, 0);
	ioapic_out(&r, 2, 0);
	assert_int_equal(ioapic_in(&r, 1), 0x00170011);
	assert_int_equal(ioapic_in(&r, 2), 0x0f000000);
	redirect(&r, 23, ~0u);
	assert_int_equal(entry(&r, 23), 0x1afff); /* delivery status and remote IRR are read-only */
	ioapic_out(&r, 0x3f, ~0u);
	assert_int_equal(ioapic_in(&r, 0x3f), 0xff000000);
	assert_int_equal(entry(&r, 23), 0x1afff);
	ioapic_out(&r, 0x40, 0x1234);
	assert_int_equal(ioapic_in(&r, 0x40) | ioapic_in(&r, 0x03), 0);
	assert_int_equal(board_memory_read(&r.board, IOAPIC_PAGE + 0x20, 4), 0);
	ioapic_in(&r, 1);
	assert_int_equal(board_memory_read(&r.board, IOAPIC_PAGE, 4), 1);
	assert_int_equal(board_memory_read(&r.board, IOAPIC_PAGE + 0x12, 1), 0x17);
}

static void test_edges(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	redirect(&r, 5, 0x65);
	raise_line(&r, 5);
	assert_int_equal(take(&r), 0x65);
	end(&r);
	assert_int_equal(r.intr, 0);
	pulse(&r, 5);
	assert_int_equal(r.intr, 1);
	lower_line(&r, 5); /* the message has left */
	assert_int_equal(take(&r), 0x65);
	end(&r);
	redirect(&r, 5, MASKED | 0x65);
	raise_line(&r, 5);
	redirect(&r, 5, 0x65); /* an edge at a masked pin is neither delivered nor held */
	assert_int_equal(r.intr, 0);
	redirect(&r, 5, ACTIVE_LOW | 0x65);
	assert_int_equal(r.intr, 0);
	lower_line(&r, 5);
	assert_int_equal(take(&r), 0x65);
}

static void test_levels(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 11);
	redirect(&r, 11, LEVEL | 0x7b); /* waits already */
	assert_int_equal(entry(&r, 11), REMOTE_IRR | LEVEL | 0x7b);
	assert_int_equal(take(&r), 0x7b);
	assert_int_equal(apic_in(&r, TMR + 0x30), 1u << 27);
	pulse(&r, 11);
	assert_int_equal(r.intr, 0); /* not before the EOI */
	end(&r);
	assert_int_equal(take(&r), 0x7b);
	lower_line(&r, 11);
	assert_int_equal(entry(&r, 11), REMOTE_IRR | LEVEL | 0x7b);
	end(&r);
	assert_int_equal(entry(&r, 11), LEVEL | 0x7b);
	assert_int_equal(r.intr, 0);
	redirect(&r, 11, LEVEL | ACTIVE_LOW | 0x7b);
	assert_int_equal(take(&r), 0x7b);
	redirect(&r, 11, MASKED | ACTIVE_LOW | 0x7b); /* to edge and back: remote IRR is gone */
	redirect(&r, 11, LEVEL | MASKED | ACTIVE_LOW | 0x7b);
	assert_int_equal(entry(&r, 11) & REMOTE_IRR, 0);
}

/* With SVR bit 12 the EOI is not broadcast [SDM vol. 3, 10.8.5]. */
static void test_suppressed_broadcast(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, SVR, 0x11ff);
	raise_line(&r, 11);
	redirect(&r, 11, LEVEL | 0x7b);
	assert_int_equal(take(&r), 0x7b);
	end(&r);
	assert_int_equal(r.intr, 0);
	assert_int_equal(entry(&r, 11) & REMOTE_IRR, REMOTE_IRR);
}

/* The EOI of an edge-triggered interrupt of the same vector ends no level. */
static void test_edge_is_not_broadcast(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	raise_line(&r, 11);
	redirect(&r, 11, LEVEL | 0x7b);
	take(&r);
	end(&r); /* sent again */
	take(&r);
	apic_out(&r, 0x300, 1 << 18 | 0x7b);
	lower_line(&r, 11);
	end(&r);
	assert_int_equal(entry(&r, 11) & REMOTE_IRR, REMOTE_IRR);
}

static void test_destinations(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	redirect(&r, 5, LEVEL | 0x65);
	ioapic_out(&r, 0x1b, 1u << 24); /* nobody's */
	raise_line(&r, 5);
	assert_int_equal(r.intr, 0);
	assert_int_equal(entry(&r, 5) & REMOTE_IRR, 0);
	apic_out(&r, 0x20, 1u << 24); /* now it is */
	assert_int_equal(take(&r), 0x65);
	end(&r);
	take(&r);
	redirect(&r, 5, LEVEL | LOWEST | LOGICAL | 0x65);
	apic_out(&r, 0xd0, 0x03u << 24);
	end(&r);
	assert_int_equal(take(&r), 0x65);
	ioapic_out(&r, 0x1b, 0xfcu << 24);
	end(&r);
	assert_int_equal(r.intr, 0);
	ioapic_out(&r, 0x1b, 0xffu << 24);
	assert_int_equal(r.intr, 1);
	board_apic_base(&r.board, 0xfee00100); /* off: nobody listens */
	assert_int_equal(r.intr, 0);
}

static void test_x2apic_destinations(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	board_apic_base(&r.board, 0xfee00d00);
	redirect(&r, 5, 0x65);
	redirect(&r, 6, LOGICAL | 0x66);
	ioapic_out(&r, 0x1d, 1u << 24);
	raise_line(&r, 6);
	assert_int_equal(take(&r), 0x66);
	raise_line(&r, 5);
	assert_int_equal(r.board.st.apic.irr[3], 1u << 5);
}

static void test_delivery_modes(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	redirect(&r, 5, NMI | LEVEL); /* as an edge */
	raise_line(&r, 5);
	assert_int_equal(r.nmis, 1);
	assert_int_equal(entry(&r, 5) & REMOTE_IRR, 0);
	redirect(&r, 5, SMI);
	pulse(&r, 5);
	assert_int_equal(r.smis, 1);
	redirect(&r, 5, 3 << 8 | 0x65); /* reserved */
	pulse(&r, 5);
	redirect(&r, 5, 0x0f); /* illegal vector */
	pulse(&r, 5);
	apic_out(&r, 0x280, 0);
	assert_int_equal(apic_in(&r, 0x280), 0x40);
	assert_int_equal(r.intr, 0);
	redirect(&r, 5, INIT);
	pulse(&r, 5);
	assert_int_equal(r.inits, 1);
}

/* The 8259A's INT is pin 0, IRQ 0 is pin 2. */
static void test_wiring(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	redirect(&r, 2, 0x62);
	run_to(&r, 1000);
	run_to(&r, SECOND / 20); /* it is high from the start, falls, and rises at 55 ms */
	assert_int_equal(r.intr, 0);
	run_to(&r, SECOND / 10);
	assert_int_equal(take(&r), 0x62);
	end(&r);
	redirect(&r, 2, MASKED);
	for (unsigned irq = 3; irq < 16; irq++) {
		redirect(&r, irq, 0x60 + irq);
		pulse(&r, irq);
		assert_int_equal(take(&r), 0x60 + irq);
		end(&r);
	}
}

/* Virtual wire mode by the I/O APIC [MultiProcessor Specification 1.4, 3.6.2.2]. */
static void test_extint(void **state)
{
	struct rig r;

	(void)state;
	set_up(&r);
	apic_out(&r, 0x350, MASKED);
	out(&r, 0x21, 0xdf);
	raise_line(&r, 5);
	assert_int_equal(r.intr, 0);
	redirect(&r, 0, EXTINT);
	assert_int_equal(r.intr, 1);
	assert_int_equal(take(&r), 0x0d);
	assert_int_equal(r.intr, 0);
	out(&r, 0x20, 0x20);
	pulse(&r, 5);
	assert_int_equal(r.intr, 1);
	ioapic_out(&r, 0x11, 1u << 24);
	assert_int_equal(r.intr, 0);
	ioapic_out(&r, 0x11, 0);
	assert_int_equal(r.intr, 1);
	apic_out(&r, SVR, 0x0f); /* disabled by software, it takes no ExtINT */
	assert_int_equal(r.intr, 0);
	apic_out(&r, SVR, 0x10f);
	redirect(&r, 0, MASKED);
	redirect(&r, 5, EXTINT); /* at another pin: when the 8259A has something to tell */
	assert_int_equal(r.intr, 1);
	out(&r, 0x21, 0xff);
	assert_int_equal(r.intr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_suppressed_broadcast),
		cmocka_unit_test(test_edge_is_not_broadcast),
		cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_x2apic_destinations),
		cmocka_unit_test(test_delivery_modes),
		cmocka_unit_test(test_wiring),
		cmocka_unit_test(test_extint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
