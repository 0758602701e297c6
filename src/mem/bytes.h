/* bytes.h - numbers in the host's memory, little-endian as the guest's. */
#ifndef RS_MEM_BYTES_H
#define RS_MEM_BYTES_H

#include <stdint.h>
#include <string.h>

/* 1, 2, 4 or 8 bytes in the host's memory: plain moves even where the size is not known before it runs. */
static inline __attribute__((always_inline)) uint64_t host_load(const uint8_t *at, unsigned size)
{
	uint64_t v8;
	uint32_t v4;
	uint16_t v2;
	switch (size) {
	case 8:
		memcpy(&v8, at, 8);
		return v8;
	case 4:
		memcpy(&v4, at, 4);
		return v4;
	case 2:
		memcpy(&v2, at, 2);
		return v2;
	default:
		return *at;
	}
}

static inline __attribute__((always_inline)) void host_store(uint8_t *at, unsigned size, uint64_t value)
{
	switch (size) {
	case 8:
		memcpy(at, &value, 8);
		break;
	case 4:
		memcpy(at, &value, 4);
		break;
	case 2:
		memcpy(at, &value, 2);
		break;
	default:
		*at = (uint8_t)value;
	}
}

#endif
