/* state.c - the list of state.def as a table. */
#include "cpu/state.h"

#include <string.h>

#define OFFSET(member) ((uint16_t)offsetof(struct cpu_state, member))

const struct state_field state_fields[] = {
#define NUM(name, member, bits, group, about) { name, group, about, OFFSET(member), STATE_NUMBER, bits },
#define SEG(name, index, about) { name, "segment", about, OFFSET(seg[index]), STATE_SEGMENT, 16 },
#define TAB(name, member, about) { name, "table", about, OFFSET(member), STATE_TABLE, 64 },
#define WIDE(name, member, bits, group, about) { name, group, about, OFFSET(member), STATE_WIDE, bits },
#include "cpu/state.def"
#undef NUM
#undef SEG
#undef TAB
#undef WIDE
};
const size_t state_field_count = sizeof state_fields / sizeof *state_fields;

size_t state_bytes(const struct state_field *f)
{
	switch (f->kind) {
	case STATE_SEGMENT:
		return sizeof(struct seg);
	case STATE_TABLE:
		return sizeof(struct table_register);
	case STATE_WIDE:
		return 2 * sizeof(uint64_t);
	default:
		return f->bits / 8u;
	}
}

uint64_t state_number(const struct cpu_state *st, const struct state_field *f)
{
	const char *at = (const char *)st + f->offset;
	uint64_t v = 0;
	memcpy(&v, at, f->kind == STATE_NUMBER ? f->bits / 8u : sizeof v); /* little-endian hosts */
	return v;
}

uint64_t state_number_high(const struct cpu_state *st, const struct state_field *f)
{
	uint64_t v = 0;
	if (f->kind == STATE_WIDE)
		memcpy(&v, (const char *)st + f->offset + sizeof v, sizeof v);
	return v;
}

void state_set_number(struct cpu_state *st, const struct state_field *f, uint64_t value)
{
	memcpy((char *)st + f->offset, &value, f->kind == STATE_NUMBER ? f->bits / 8u : sizeof value);
}
