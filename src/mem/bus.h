/* bus.h - I/O ports and who answers at them. A device is a row: a range of ports, two functions, its state. */
#ifndef RS_MEM_BUS_H
#define RS_MEM_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `size` is 1, 2 or 4 bytes; `port` is the first one. */
typedef uint32_t port_read_fn(void *device, uint16_t port, unsigned size);
typedef void port_write_fn(void *device, uint16_t port, unsigned size, uint32_t value);

struct port_range {
	uint16_t first, count;
	port_read_fn *read;
	port_write_fn *write;
	void *device;
};

enum { BUS_RANGES = 32 };

struct bus {
	struct port_range range[BUS_RANGES];
	size_t count;
};

/* False when the table is full. */
bool bus_add(struct bus *b, struct port_range range);
/* A port that nobody answers at reads all ones; a write to it is lost. */
uint32_t bus_in(struct bus *b, uint16_t port, unsigned size);
void bus_out(struct bus *b, uint16_t port, unsigned size, uint32_t value);

#endif
