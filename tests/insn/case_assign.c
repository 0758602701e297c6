/* case_assign.c - applies tokens to a state and the shadow: to set a case up, and to say what a record should leave. */
#include <string.h>

#include "case.h"

static uint64_t operate(const struct assign *a, uint64_t old)
{
	switch (a->op) {
	case OP_SET:
		return a->value;
	case OP_OR:
		return old | a->value;
	case OP_AND:
		return old & a->value;
	case OP_AND_NOT:
		return old & ~a->value;
	case OP_XOR:
		return old ^ a->value;
	case OP_ADD:
		return old + a->value;
	case OP_SUB:
		return old - a->value;
	}
	return old;
}

/* Members of struct cpu_state are in host order, so they are reached through their own type. */
static uint64_t get_member(const struct cpu_state *st, const struct assign *a)
{
	const char *at = (const char *)st + a->offset;
	uint64_t wide;
	uint32_t half;
	uint16_t word;
	switch (a->width) {
	case 8:
		return memcpy(&wide, at, sizeof wide), wide;
	case 4:
		return memcpy(&half, at, sizeof half), half;
	case 2:
		return memcpy(&word, at, sizeof word), word;
	default:
		return *(const uint8_t *)at;
	}
}

static void set_member(struct cpu_state *st, const struct assign *a, uint64_t value)
{
	char *at = (char *)st + a->offset;
	uint32_t half = (uint32_t)value;
	uint16_t word = (uint16_t)value;
	uint8_t byte = (uint8_t)value;
	switch (a->width) {
	case 8:
		memcpy(at, &value, sizeof value);
		break;
	case 4:
		memcpy(at, &half, sizeof half);
		break;
	case 2:
		memcpy(at, &word, sizeof word);
		break;
	default:
		memcpy(at, &byte, sizeof byte);
	}
}

static bool apply_state(const struct assign *a, struct cpu_state *st, const struct cpu_state *actual)
{
	uint64_t value = operate(a, get_member(st, a));
	if (actual)
		value = (value & ~a->ignore) | (get_member(actual, a) & a->ignore);
	set_member(st, a, value);
	return true;
}

static bool apply_segment(struct run *r, const struct assign *a, struct cpu_state *st)
{
	struct seg *s = (struct seg *)(void *)((char *)st + a->offset);
	bool system = s == &st->seg[SEG_TR] || s == &st->seg[SEG_LDTR];
	*s = ram_segment(r->e, st, (uint16_t)a->value, system);
	return true;
}

static bool apply_bytes(struct run *r, const struct assign *a, const struct cpu_state *st)
{
	uint64_t address = a->address;
	for (size_t i = 0; i < a->times; i++)
		for (size_t j = 0; j < a->bytes; j++, address++) {
			uint8_t byte = (uint8_t)(hex_digit(a->hex[2 * j]) << 4 | hex_digit(a->hex[2 * j + 1]));
			if (!ram_write(r->e, st, address, &byte, 1))
				return false;
		}
	return true;
}

/* What the machine holds there now; bits to ignore come from it. */
static uint64_t actual_number(struct run *r, const struct cpu_state *st, const struct assign *a)
{
	uint8_t bytes[8] = { 0 };
	for (unsigned i = 0; i < a->width; i++) {
		const uint8_t *at = ram_at(r->e, st, a->address + i);
		size_t pa = at ? (size_t)(at - r->e->shadow) : 0;
		const uint8_t *page = at ? ram_actual(r->e, (unsigned)(pa / PAGE_SIZE)) : NULL;
		bytes[i] = page ? page[pa % PAGE_SIZE] : 0;
	}
	return get_le(bytes, a->width);
}

static bool apply_number(struct run *r, const struct assign *a, const struct cpu_state *st, bool expected)
{
	uint8_t bytes[8];
	uint64_t value = operate(a, ram_read(r->e, st, a->address, a->width));
	if (expected && a->ignore)
		value = (value & ~a->ignore) | (actual_number(r, st, a) & a->ignore);
	put_le(bytes, a->width, value);
	return ram_write(r->e, st, a->address, bytes, a->width);
}

/* The number of a table that each mode has at a place of its own. */
static bool apply_table(struct run *r, const struct assign *a, const struct cpu_state *st, bool expected)
{
	bool legacy = case_mode_legacy(r->mode);
	struct assign at = *a;
	if (a->place == PLACE_GATE)
		at.address = legacy ? ENV_IDT32 + 8 * a->address : ENV_IDT + 16 * a->address;
	else if (a->address & 4)
		at.address = (legacy ? ENV_LDT32 : ENV_LDT) + (a->address & ~7ull);
	else
		at.address = (legacy ? ENV_GDT32 : ENV_GDT) + (a->address & ~7ull);
	return apply_number(r, &at, st, expected);
}

static bool apply_entry(struct run *r, const struct assign *a, const struct cpu_state *st)
{
	const uint64_t rights = 0x8000000000000fffull;
	uint64_t pa;
	if (!ram_entry(r->e, st, a->address, a->level, &pa))
		return false;
	unsigned size = ram_entry_size(st);
	uint64_t old = get_le(r->e->shadow + pa, size);
	uint64_t value = operate(a, old);
	if (a->op == OP_SET)
		value = (old & ~rights) | (value & rights);
	put_le(r->e->shadow + pa, size, value);
	ram_touch(r->e, (unsigned)(pa / PAGE_SIZE));
	return true;
}

bool assign_apply(struct run *r, const struct assign *a, struct cpu_state *st, const struct cpu_state *actual)
{
	switch (a->place) {
	case PLACE_STATE:
		return apply_state(a, st, actual);
	case PLACE_SEGMENT:
		return apply_segment(r, a, st);
	case PLACE_BYTES:
		return apply_bytes(r, a, st);
	case PLACE_NUMBER:
		return apply_number(r, a, st, actual);
	case PLACE_ENTRY:
		return apply_entry(r, a, st);
	case PLACE_DESC:
	case PLACE_GATE:
		return apply_table(r, a, st, actual);
	case PLACE_TASK:
		return case_task_switch(r, st, a->level, (uint16_t)a->value);
	}
	return false;
}
