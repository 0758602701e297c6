/* board_rig.h - a board with a clock that a test sets, and a CPU that only writes down what it is told. */
#ifndef RS_TESTS_BOARD_RIG_H
#define RS_TESTS_BOARD_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "board/board.h"

enum { SECOND = CYCLES_PER_SECOND };
#define APIC_PAGE 0xfee00000u
#define IOAPIC_PAGE 0xfec00000u

struct rig {
	struct board board;
	struct bus bus;
	uint64_t now;
	unsigned intr, nmis, inits, smis, tpr;
};

static uint64_t rig_now(void *arg)
{
	return ((struct rig *)arg)->now;
}

static void rig_signal(void *arg, enum board_signal what, unsigned value)
{
	struct rig *r = arg;

	if (what == BOARD_INTR) {
		assert_int_not_equal(r->intr, value); /* told when it changes, and only then */
		r->intr = value;
	} else if (what == BOARD_TPR) {
		r->tpr = value;
	} else {
		*(what == BOARD_NMI ? &r->nmis : what == BOARD_INIT ? &r->inits : &r->smis) += 1;
	}
}

static void rig_init(struct rig *r, struct apic_model model)
{
	static const struct rs_config config = { .memory = 64 << 20 };

	*r = (struct rig){ 0 };
	r->board.apic = model;
	r->board.now = rig_now;
	r->board.signal = rig_signal;
	r->board.cpu_arg = r;
	board_init(&r->board, &config, &r->bus);
}

static const struct apic_model no_apic = { 0 };
static const struct apic_model skylake = {
	.version = 0x01060015, .present = true, .x2apic = true, .tsc_deadline = true
};

static inline uint8_t in(struct rig *r, uint16_t port)
{
	return (uint8_t)bus_in(&r->bus, port, 1);
}

static inline void out(struct rig *r, uint16_t port, uint8_t value)
{
	bus_out(&r->bus, port, 1, value);
}

/* Registers by their offset, as the manual lists them. */
static inline uint32_t apic_in(struct rig *r, unsigned offset)
{
	return (uint32_t)board_memory_read(&r->board, APIC_PAGE + offset, 4);
}

static inline void apic_out(struct rig *r, unsigned offset, uint32_t value)
{
	board_memory_write(&r->board, APIC_PAGE + offset, 4, value);
}

static inline uint32_t ioapic_in(struct rig *r, uint8_t reg)
{
	board_memory_write(&r->board, IOAPIC_PAGE, 4, reg);
	return (uint32_t)board_memory_read(&r->board, IOAPIC_PAGE + 0x10, 4);
}

static inline void ioapic_out(struct rig *r, uint8_t reg, uint32_t value)
{
	board_memory_write(&r->board, IOAPIC_PAGE, 4, reg);
	board_memory_write(&r->board, IOAPIC_PAGE + 0x10, 4, value);
}

/* Lines that no device of the board has. */
static inline void raise_line(struct rig *r, unsigned irq)
{
	board_line(&r->board, irq, true);
}

static inline void lower_line(struct rig *r, unsigned irq)
{
	board_line(&r->board, irq, false);
}

/* The clock goes on as the CPU lets it: from event to event. */
static inline void run_to(struct rig *r, uint64_t cycle)
{
	for (uint64_t at = board_next_event(&r->board); at <= cycle; at = board_next_event(&r->board)) {
		r->now = at;
		board_run_to(&r->board, at);
	}
	r->now = cycle;
	board_run_to(&r->board, cycle);
}

#endif
