/* opcodes.c - what an instruction is, by its bytes: see events.h [SDM vol. 2, opcode maps]. */
#include <string.h>

#include "ui/repl/repl.h"

static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };

const uint8_t *opcode_in(const uint8_t *bytes, size_t length, unsigned mode)
{
	size_t i = 0;
	while (i + 1 < length && memchr(prefixes, bytes[i], sizeof(prefixes)))
		i++;
	if (i + 1 < length && mode == 64 && (bytes[i] & 0xf0) == 0x40)
		i++;
	return bytes + i;
}

const uint8_t *opcode_of(const struct happening *h)
{
	return opcode_in(h->bytes, h->length, h->mode);
}

static bool has_prefix(const struct happening *h, uint8_t prefix)
{
	return memchr(h->bytes, prefix, (size_t)(opcode_of(h) - h->bytes)) != NULL;
}

bool opcode_comes_back(const uint8_t *op)
{
	unsigned reg = op[1] >> 3 & 7;
	if (op[0] == 0xff)
		return reg == 2 || reg == 3;
	if (op[0] == 0x0f)
		return op[1] == 0x05;
	return op[0] == 0xe8 || op[0] == 0x9a || (op[0] >= 0xcc && op[0] <= 0xce) || op[0] == 0xf1;
}

bool opcode_goes_back(const uint8_t *op)
{
	if (op[0] == 0x0f)
		return op[1] == 0x07 || op[1] == 0x35;
	return op[0] == 0xc2 || op[0] == 0xc3 || op[0] == 0xca || op[0] == 0xcb || op[0] == 0xcf;
}

/* ---- ports ---- */

bool opcode_port(const struct happening *h, uint64_t rdx, struct port_access *access)
{
	const uint8_t *op = opcode_of(h);
	bool immediate = op[0] >= 0xe4 && op[0] <= 0xe7, string = op[0] >= 0x6c && op[0] <= 0x6f;
	if (!h->length || (!immediate && !string && (op[0] < 0xec || op[0] > 0xef)))
		return false;
	bool is_short = (h->mode == 16) != has_prefix(h, 0x66);
	access->port = immediate ? op[1] : (uint16_t)rdx;
	access->size = !(op[0] & 1) ? 1 : is_short ? 2 : 4;
	access->write = op[0] & 2;
	return true;
}

/* ---- segment registers ---- */

/* POP, LDS and its kin, LLDT, LTR: the opcode, a digit in its ModRM byte, the register. */
static const struct loader {
	uint8_t first, second;
	int digit; /* EVENT_ANY: no ModRM byte that matters */
	unsigned segment;
	bool legacy; /* not in 64-bit mode */
} loaders[] = {
	{ 0x07, 0, EVENT_ANY, SEG_ES, true },
	{ 0x17, 0, EVENT_ANY, SEG_SS, true },
	{ 0x1f, 0, EVENT_ANY, SEG_DS, true },
	{ 0xc4, 0, EVENT_ANY, SEG_ES, true },
	{ 0xc5, 0, EVENT_ANY, SEG_DS, true },
	{ 0x0f, 0xa1, EVENT_ANY, SEG_FS, false },
	{ 0x0f, 0xa9, EVENT_ANY, SEG_GS, false },
	{ 0x0f, 0xb2, EVENT_ANY, SEG_SS, false },
	{ 0x0f, 0xb4, EVENT_ANY, SEG_FS, false },
	{ 0x0f, 0xb5, EVENT_ANY, SEG_GS, false },
	{ 0x0f, 0x00, 2, SEG_LDTR, false },
	{ 0x0f, 0x00, 3, SEG_TR, false },
	{ 0xff, 0, 3, SEG_CS, false },
	{ 0xff, 0, 5, SEG_CS, false },
	{ 0xea, 0, EVENT_ANY, SEG_CS, true },
	{ 0x9a, 0, EVENT_ANY, SEG_CS, true },
	{ 0xca, 0, EVENT_ANY, SEG_CS, false },
	{ 0xcb, 0, EVENT_ANY, SEG_CS, false },
	{ 0xcf, 0, EVENT_ANY, SEG_CS, false },
};

/* SYSCALL, SYSRET, SYSENTER and SYSEXIT load both. */
static bool loads_code_and_stack(const uint8_t *op)
{
	return op[0] == 0x0f && (op[1] == 0x05 || op[1] == 0x07 || op[1] == 0x34 || op[1] == 0x35);
}

/* C4 and C5 with two set bits behind them are VEX prefixes. */
static bool is_loader(const struct loader *l, const uint8_t *op, unsigned mode)
{
	bool vex = (op[0] == 0xc4 || op[0] == 0xc5) && (op[1] & 0xc0) == 0xc0;
	if (l->first != op[0] || (l->legacy && mode == 64) || vex)
		return false;
	if (l->first == 0x0f && l->second != op[1])
		return false;
	uint8_t modrm = l->first == 0x0f ? op[2] : op[1];
	return l->digit == EVENT_ANY || (modrm >> 3 & 7) == l->digit;
}

bool opcode_loads(const struct happening *h, unsigned segment)
{
	const uint8_t *op = opcode_of(h);
	if (!h->length)
		return false;
	if (op[0] == 0x8e)
		return (op[1] >> 3 & 7u) == segment;
	if (loads_code_and_stack(op))
		return segment == SEG_CS || segment == SEG_SS;
	if (opcode_vector(h) >= 0)
		return segment == SEG_CS;
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++)
		if (loaders[i].segment == segment && is_loader(&loaders[i], op, h->mode))
			return true;
	return false;
}

/* ---- vectors ---- */

int opcode_vector(const struct happening *h)
{
	const uint8_t *op = opcode_of(h);
	if (!h->length)
		return -1;
	switch (op[0]) {
	case 0xcc:
		return 3;
	case 0xcd:
		return op[1];
	case 0xce: /* an INTO that finds OF = 0 follows no rule */
		return h->mode != 64 && h->rule_count ? 4 : -1;
	case 0xf1:
		return 1;
	default:
		return -1;
	}
}
