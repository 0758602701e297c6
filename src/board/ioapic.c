/* ioapic.c - pins, redirection table, and the two windows to it [82093AA data sheet, 3.0].
 *
 * Messages arrive at once, so the delivery status reads idle. A level whose message nobody accepts is sent again when
 * something changes. An ExtINT pin asks for an INTA of the 8259A while it is active, as the pin of a processor does.
 */
#include "board/ioapic.h"

enum { VERSION = 0x11 | (IOAPIC_PINS - 1) << 16 };
enum { REGISTER_ID, REGISTER_VERSION, REGISTER_ARBITRATION, REGISTER_TABLE = 0x10 };
enum { WINDOW_INDEX = 0x00, WINDOW_DATA = 0x10 };
enum { ACTIVE_LOW = 1 << 13, REMOTE_IRR = 1 << 14, LEVEL = 1 << 15, MASKED = 1 << 16, WRITABLE = 0x1afff };
enum { FIXED, LOWEST, EXTINT = 7 };

/* ---- pins ---- */

static unsigned delivery(uint64_t entry)
{
	return entry >> 8 & 7;
}

static bool active(const struct ioapic *io, uint64_t entry, unsigned pin)
{
	return (io->lines >> pin & 1) != (entry >> 13 & 1);
}

/* Only fixed and lowest priority messages have a level: the others "must be programmed edge-triggered", or are taken as
 * if. */
static bool is_level(uint64_t entry)
{
	return entry & LEVEL && delivery(entry) <= LOWEST;
}

bool ioapic_line(struct ioapic *io, unsigned pin, bool high)
{
	uint64_t entry = io->entry[pin];
	bool before = active(io, entry, pin);

	io->lines = high ? io->lines | 1u << pin : io->lines & ~(1u << pin);
	return !before && active(io, entry, pin) && !(entry & MASKED) && !is_level(entry) && delivery(entry) != EXTINT;
}

bool ioapic_is_masked(const struct ioapic *io, unsigned pin)
{
	return io->entry[pin] & MASKED;
}

struct ioapic_message ioapic_message(const struct ioapic *io, unsigned pin)
{
	uint64_t entry = io->entry[pin];

	return (struct ioapic_message){
		.vector = (uint8_t)entry,
		.delivery = (uint8_t)delivery(entry),
		.destination = (uint8_t)(entry >> 56),
		.logical = entry >> 11 & 1,
		.level = is_level(entry),
	};
}

uint32_t ioapic_waiting(const struct ioapic *io)
{
	uint32_t pins = 0;

	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t entry = io->entry[pin];
		if (is_level(entry) && active(io, entry, pin) && !(entry & (MASKED | REMOTE_IRR)))
			pins |= 1u << pin;
	}
	return pins;
}

void ioapic_accepted(struct ioapic *io, unsigned pin)
{
	io->entry[pin] |= REMOTE_IRR;
}

void ioapic_end_of_interrupt(struct ioapic *io, uint8_t vector)
{
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		if ((uint8_t)io->entry[pin] == vector)
			io->entry[pin] &= ~(uint64_t)REMOTE_IRR;
}

bool ioapic_extint(const struct ioapic *io, unsigned from, unsigned *pin)
{
	for (unsigned i = from; i < IOAPIC_PINS; i++) {
		uint64_t entry = io->entry[i];
		if (delivery(entry) == EXTINT && !(entry & MASKED) && active(io, entry, i)) {
			*pin = i;
			return true;
		}
	}
	return false;
}

/* ---- registers ---- */

static uint32_t read_table(const struct ioapic *io, unsigned index)
{
	if (index / 2 >= IOAPIC_PINS)
		return 0;
	return (uint32_t)(io->entry[index / 2] >> (index & 1 ? 32 : 0));
}

/* The remote IRR is read-only, and undefined for an edge: there it is 0, so that software can take it back by turning
 * to edge and to level again. */
static void write_table(struct ioapic *io, unsigned index, uint32_t value)
{
	uint64_t *entry = &io->entry[index / 2 % IOAPIC_PINS];
	uint64_t kept = value & LEVEL ? *entry & REMOTE_IRR : 0;

	if (index / 2 >= IOAPIC_PINS)
		return;
	if (index & 1)
		*entry = (uint32_t)*entry | (uint64_t)(value & 0xff000000) << 32;
	else
		*entry = *entry >> 32 << 32 | (value & (WRITABLE & ~(1u << 12))) | kept;
}

static uint32_t read_data(const struct ioapic *io)
{
	switch (io->index) {
	case REGISTER_ID:
		return io->id;
	case REGISTER_VERSION:
		return VERSION;
	case REGISTER_ARBITRATION:
		return io->arbitration;
	default:
		return io->index < REGISTER_TABLE ? 0 : read_table(io, io->index - REGISTER_TABLE);
	}
}

/* The arbitration ID is loaded with the ID. */
static void write_data(struct ioapic *io, uint32_t value)
{
	if (io->index == REGISTER_ID)
		io->id = io->arbitration = value & 0x0f000000;
	else if (io->index >= REGISTER_TABLE)
		write_table(io, io->index - REGISTER_TABLE, value);
}

uint32_t ioapic_read(const struct ioapic *io, unsigned offset)
{
	if (offset == WINDOW_INDEX)
		return io->index;
	return offset == WINDOW_DATA ? read_data(io) : 0;
}

void ioapic_write(struct ioapic *io, unsigned offset, uint32_t value)
{
	if (offset == WINDOW_INDEX)
		io->index = (uint8_t)value;
	else if (offset == WINDOW_DATA)
		write_data(io, value);
}

void ioapic_reset(struct ioapic *io)
{
	*io = (struct ioapic){ 0 };
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		io->entry[pin] = MASKED;
}
