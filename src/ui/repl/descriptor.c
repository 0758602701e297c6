/* descriptor.c - see descriptor.h [SDM vol. 3, 3.4.5, 3.5, 6.11 and 6.14.1; APM vol. 2, 4.7 and 4.8]. */
#include "ui/repl/descriptor.h"

#include <stdio.h>
#include <string.h>

#include "cpu/state.h"

#define BIT(n) (1u << (n))

/* System types by number; those that IA-32e mode has left. */
#define GATES (BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(12) | BIT(14) | BIT(15))
#define LONG_TYPES (BIT(2) | BIT(9) | BIT(11) | BIT(12) | BIT(14) | BIT(15))
#define LONG_WIDE (BIT(2) | BIT(9) | BIT(11) | BIT(12))
#define LEGACY_TYPES (GATES | BIT(1) | BIT(2) | BIT(3) | BIT(9) | BIT(11))
#define LONG_IDT_GATES (BIT(14) | BIT(15))
#define LEGACY_IDT_GATES (BIT(5) | BIT(6) | BIT(7) | BIT(14) | BIT(15))

static uint64_t bytes_to_number(const uint8_t *bytes, unsigned count)
{
	uint64_t value = 0;
	for (unsigned i = count; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

struct rs_segment descriptor_decode(const uint8_t *bytes, bool wide)
{
	uint64_t low = bytes_to_number(bytes, 8);
	struct rs_segment s = {
		.attributes = (uint16_t)(low >> 40 & 0xf0ff),
		.limit = (uint32_t)((low & 0xffff) | (low >> 32 & 0xf0000)),
		.base = (low >> 16 & 0xffffff) | (low >> 32 & 0xff000000),
	};
	if (s.attributes & SEG_G)
		s.limit = s.limit << 12 | 0xfff;
	if (wide && !(s.attributes & SEG_S))
		s.base |= bytes_to_number(bytes + 8, 4) << 32;
	return s;
}

const char *descriptor_type_text(uint16_t attributes)
{
	static const char *const data[] = { "Data RO", "Data RW", "Data RO Ed", "Data RW Ed" };
	static const char *const code[] = { "Code EO", "Code RE", "Code EO Cf", "Code RE Cf" };
	static const char *const system[16] = {
		[1] = "TSS16",     [2] = "LDT",       [3] = "TSS16 Busy", [4] = "CallGate16",
		[5] = "TaskGate",  [6] = "IntGate16", [7] = "TrapGate16", [9] = "TSS",
		[11] = "TSS Busy", [12] = "CallGate", [14] = "IntGate",   [15] = "TrapGate"
	};
	unsigned type = attributes & SEG_TYPE;
	if (!(attributes & SEG_S))
		return system[type] ? system[type] : "Reserved";
	return type & 8 ? code[type >> 1 & 3] : data[type >> 1 & 3];
}

bool descriptor_is_gate(uint16_t attributes)
{
	return !(attributes & SEG_S) && GATES >> (attributes & SEG_TYPE) & 1;
}

unsigned descriptor_bytes(uint16_t attributes, bool wide)
{
	return wide && !(attributes & SEG_S) && LONG_WIDE >> (attributes & SEG_TYPE) & 1 ? 16 : 8;
}

struct gate gate_decode(const uint8_t *bytes, bool wide)
{
	uint64_t low = bytes_to_number(bytes, 8);
	unsigned type = low >> 40 & SEG_TYPE;
	struct gate g = {
		.target = (low & 0xffff) | (type & 8 || wide ? low >> 32 & 0xffff0000 : 0),
		.selector = (uint16_t)(low >> 16),
		.attributes = (uint16_t)(low >> 40 & 0xff),
	};
	if (wide) {
		g.target |= bytes_to_number(bytes + 8, 4) << 32;
		g.ist = low >> 32 & 7;
	} else {
		g.parameters = low >> 32 & 31;
	}
	return g;
}

/* ---- what is wrong ---- */

static void add(char *text, const char *problem)
{
	size_t used = strlen(text);
	snprintf(text + used, DESCRIPTOR_TEXT - used, "%s%s", used ? ", " : "", problem);
}

static void add_type(char *text, unsigned type, const char *problem)
{
	char words[60];
	snprintf(words, sizeof(words), "type %Xh %s", type, problem);
	add(text, words);
}

bool is_canonical(uint64_t address, unsigned address_bits)
{
	uint64_t top = address >> (address_bits - 1);
	return !top || top == UINT64_MAX >> (address_bits - 1);
}

static void system_problems(const uint8_t *bytes, unsigned address_bits, unsigned type, char *text)
{
	bool wide = address_bits;
	uint64_t address =
	    descriptor_is_gate((uint16_t)type) ? gate_decode(bytes, wide).target : descriptor_decode(bytes, wide).base;
	if (!(LEGACY_TYPES >> type & 1))
		add_type(text, type, "is reserved");
	else if (wide && !(LONG_TYPES >> type & 1))
		add_type(text, type, "is none of IA-32e mode");
	else if (type == 6 || type == 7 || type == 14 || type == 15)
		add(text, "a gate of the IDT");
	if (descriptor_bytes((uint16_t)type, wide) == 16 && bytes[13] & 0x1f)
		add(text, "the type of the upper 8 bytes is not 0");
	if (descriptor_bytes((uint16_t)type, wide) == 16 && !is_canonical(address, address_bits))
		add(text, "its address is not canonical");
}

const char *descriptor_problems(const uint8_t *bytes, unsigned address_bits, char *text)
{
	bool wide = address_bits;
	struct rs_segment s = descriptor_decode(bytes, wide);
	unsigned type = s.attributes & SEG_TYPE;
	text[0] = 0;
	if (!bytes_to_number(bytes, 8)) {
		add(text, "empty");
		return text;
	}
	if (!(s.attributes & SEG_P))
		add(text, "not present");
	if (!(s.attributes & SEG_S))
		system_problems(bytes, address_bits, type, text);
	else if (wide && type & SEG_CODE && s.attributes & SEG_L && s.attributes & SEG_DB)
		add(text, "L and D are both 1");
	if (descriptor_is_gate(s.attributes) && !(gate_decode(bytes, wide).selector & 0xfffc))
		add(text, "to the null selector");
	return text;
}

const char *gate_problems(const uint8_t *bytes, unsigned address_bits, char *text)
{
	bool wide = address_bits;
	struct gate g = gate_decode(bytes, wide);
	unsigned type = g.attributes & SEG_TYPE;
	text[0] = 0;
	if (g.attributes & SEG_S)
		add(text, "S=1: a segment, not a gate");
	else if (!((wide ? LONG_IDT_GATES : LEGACY_IDT_GATES) >> type & 1))
		add_type(text, type, wide ? "is not a gate of the IDT of IA-32e mode" : "is not a gate of the IDT");
	if (!(g.attributes & SEG_P))
		add(text, "not present");
	if (wide && !is_canonical(g.target, address_bits))
		add(text, "its address is not canonical");
	if (!(g.selector & 0xfffc))
		add(text, "to the null selector");
	return text;
}
