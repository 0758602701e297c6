/* ioapic.h - the I/O APIC of a PC: 24 pins, each with its message [82093AA data sheet]. */
#ifndef RS_BOARD_IOAPIC_H
#define RS_BOARD_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

enum { IOAPIC_PINS = 24 };

struct ioapic {
	uint64_t entry[IOAPIC_PINS]; /* redirection table */
	uint32_t lines;              /* pins that are high */
	uint32_t id, arbitration;    /* bits 27:24 */
	uint8_t index;               /* IOREGSEL */
	uint8_t reserved[3];
};

/* What a pin sends. */
struct ioapic_message {
	uint8_t vector, delivery, destination;
	bool logical, level;
};

void ioapic_reset(struct ioapic *io);
/* A pin is high or low; true: an edge for which a message is to be sent. */
bool ioapic_line(struct ioapic *io, unsigned pin, bool high);
bool ioapic_is_masked(const struct ioapic *io, unsigned pin);
struct ioapic_message ioapic_message(const struct ioapic *io, unsigned pin);
/* Pins whose level asks for a message, one bit each; and that it was accepted. */
uint32_t ioapic_waiting(const struct ioapic *io);
void ioapic_accepted(struct ioapic *io, unsigned pin);
/* The end of an interrupt is broadcast. */
void ioapic_end_of_interrupt(struct ioapic *io, uint8_t vector);
/* Does an active pin ask for an INTA of the 8259A from the processors of `destination`? False when there is none left;
 * begins at pin `from`. */
bool ioapic_extint(const struct ioapic *io, unsigned from, unsigned *pin);

/* `offset` is in the 4-KiB page at FEC00000h: 00h the index, 10h the data. */
uint32_t ioapic_read(const struct ioapic *io, unsigned offset);
void ioapic_write(struct ioapic *io, unsigned offset, uint32_t value);

#endif
