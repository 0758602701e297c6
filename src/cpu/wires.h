/* wires.h - the board as the processor sees it: what it asks of the devices around it. */
#ifndef RS_CPU_WIRES_H
#define RS_CPU_WIRES_H

#include <stdbool.h>
#include <stdint.h>

#define NEVER UINT64_MAX

struct wires {
	void *arg;
	/* Devices whose time has come by `cycles` act; the result is when the next one will (NEVER: none). */
	uint64_t (*run_to)(void *arg, uint64_t cycles);
	/* The same without acting: after an access may have changed it. */
	uint64_t (*next_event)(void *arg);
	/* When it will next make an NMI or INIT, whatever becomes of interrupts. */
	uint64_t (*next_edge)(void *arg);
	/* INTA: the vector of the interrupt whose line is up. */
	unsigned (*acknowledge)(void *arg);
	/* CR8 has a new value. */
	void (*task_priority)(void *arg, unsigned cr8);
	/* IA32_APIC_BASE has a new value. */
	void (*apic_base)(void *arg, uint64_t value);
	/* MSRs 800h-8FFh in x2APIC mode; false: #GP(0). */
	bool (*x2apic_read)(void *arg, uint32_t msr, uint64_t *value);
	bool (*x2apic_write)(void *arg, uint32_t msr, uint64_t value);
	uint64_t (*tsc_deadline_read)(void *arg);
	void (*tsc_deadline_write)(void *arg, uint64_t value);
	/* TSC less the clock has a new value. */
	void (*tsc_offset)(void *arg, uint64_t offset);
};

#endif
