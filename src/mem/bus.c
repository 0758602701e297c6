/* bus.c - finds who answers at a port. */
#include "mem/bus.h"

bool bus_add(struct bus *b, struct port_range range)
{
	if (b->count == BUS_RANGES)
		return false;
	b->range[b->count++] = range;
	return true;
}

static const struct port_range *find(const struct bus *b, uint16_t port)
{
	for (size_t i = 0; i < b->count; i++)
		if (port >= b->range[i].first && port - b->range[i].first < b->range[i].count)
			return &b->range[i];
	return NULL;
}

static uint32_t ones(unsigned size)
{
	return UINT32_MAX >> (32 - 8 * size);
}

uint32_t bus_in(struct bus *b, uint16_t port, unsigned size)
{
	const struct port_range *range = find(b, port);

	return (range ? range->read(range->device, port, size) : UINT32_MAX) & ones(size);
}

void bus_out(struct bus *b, uint16_t port, unsigned size, uint32_t value)
{
	const struct port_range *range = find(b, port);

	if (range)
		range->write(range->device, port, size, value & ones(size));
}
