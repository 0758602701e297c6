/* opcode.c - see opcode.h. */
#include "cpu/engine/opcode.h"

#include <string.h>

#include "cpu/engine/gate.h"

static bool is_prefix(const struct cpu *cpu, uint8_t byte)
{
	static const uint8_t legacy[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	return memchr(legacy, byte, sizeof legacy) || ((cpu->mode & MODE_64) && (byte & 0xf0) == 0x40);
}

unsigned opcode_at(const struct cpu *cpu, const struct window *w)
{
	unsigned i = 0;
	while (i < w->size && is_prefix(cpu, w->bytes[i]))
		i++;
	return i;
}

/* Opcodes that 64-bit mode has not [SDM vol. 2, tables A-2 and B-13]. */
static enum rule rule_of_64(uint8_t opcode)
{
	switch (opcode) {
	case 0x06:
	case 0x07:
	case 0x0e:
	case 0x16:
	case 0x17:
	case 0x1e:
	case 0x1f:
		return RULE_SL_02;
	case 0x9a:
	case 0xea:
		return RULE_GT_01;
	case 0xce:
		return RULE_IN_28;
	default:
		return RULE_EX_01;
	}
}

enum rule opcode_undefined_rule(const struct cpu *cpu, const struct window *w)
{
	const unsigned i = opcode_at(cpu, w);
	if (i >= w->size)
		return RULE_EX_01;
	const uint8_t opcode = w->bytes[i], next = i + 1 < w->size ? w->bytes[i + 1] : 0, reg = next >> 3 & 7;
	if (opcode == 0x8e && (reg == SEG_CS || reg > SEG_GS))
		return RULE_SL_01;
	if (opcode == 0x0f && (next | 2) == 0x22)
		return RULE_SL_59;
	if (opcode == 0x0f && (next | 2) == 0x23)
		return RULE_NM_27;
	return cpu->mode & MODE_64 ? rule_of_64(w->bytes[i]) : RULE_EX_01;
}

bool opcode_is_vmread(const struct cpu *cpu, const struct window *w)
{
	const unsigned i = opcode_at(cpu, w);
	const bool found = i + 2 < w->size && w->bytes[i] == 0x0f && w->bytes[i + 1] == 0x78 && w->bytes[i + 2] >= 0xc0;
	return found && !gate_shows(cpu, FEATURE_SSE4A);
}
