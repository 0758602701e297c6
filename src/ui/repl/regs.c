/* regs.c - see regs.h. */
#include "ui/repl/regs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/words.h"

struct part {
	const char *name, *field;
	unsigned shift, bits;
};

static const struct part parts[] = {
#define PART(name, field, shift, bits) { name, field, shift, bits },
#include "ui/repl/registers.def"
#undef PART
};

/* A field by a name that is not terminated and may be written in capitals. */
static bool find_field(const char *name, size_t length, size_t *field)
{
	for (size_t i = 0; i < rs_field_count(); i++)
		if (word_same(name, length, rs_field_info(i)->name)) {
			*field = i;
			return true;
		}
	return false;
}

static bool find_part(const char *name, size_t length, struct reg *reg)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct part *p = &parts[i];
		if (!word_same(name, length, p->name) || !find_field(p->field, strlen(p->field), &reg->field))
			continue;
		reg->shift = p->shift;
		reg->bits = p->bits;
		return true;
	}
	return false;
}

/* "gs.base": the part of a segment or table register behind the dot. */
static bool find_hidden(const char *name, size_t length, struct reg *reg)
{
	static const struct {
		const char *name;
		enum reg_part part;
	} hidden[] = { { "base", REG_BASE }, { "limit", REG_LIMIT }, { "attr", REG_ATTRIBUTES } };
	const char *dot = memchr(name, '.', length);
	size_t rest = dot ? length - (size_t)(dot + 1 - name) : 0;
	if (!dot || !find_field(name, (size_t)(dot - name), &reg->field))
		return false;
	enum rs_field_kind kind = rs_field_info(reg->field)->kind;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (word_same(dot + 1, rest, hidden[i].name)) {
			reg->part = hidden[i].part;
			return kind == RS_FIELD_SEGMENT || (kind == RS_FIELD_TABLE && reg->part != REG_ATTRIBUTES);
		}
	return false;
}

bool reg_find(const char *name, size_t length, struct reg *reg)
{
	*reg = (struct reg){ .part = REG_VALUE };
	if (find_field(name, length, &reg->field)) {
		const struct rs_field *f = rs_field_info(reg->field);
		reg->bits = f->kind == RS_FIELD_SEGMENT ? 16 : f->kind == RS_FIELD_TABLE ? 64 : f->bits;
		return true;
	}
	return find_part(name, length, reg) || find_hidden(name, length, reg);
}

static uint64_t mask_of(const struct reg *reg)
{
	return reg->bits < 64 ? (1ull << reg->bits) - 1 : UINT64_MAX;
}

uint64_t reg_read(struct rs_machine *m, const struct reg *reg)
{
	bool table = rs_field_info(reg->field)->kind == RS_FIELD_TABLE;
	switch (reg->part) {
	case REG_BASE:
		return table ? rs_get(m, reg->field) : rs_get_segment(m, reg->field).base;
	case REG_LIMIT:
		return rs_get_limit(m, reg->field);
	case REG_ATTRIBUTES:
		return rs_get_segment(m, reg->field).attributes;
	default:
		return rs_get(m, reg->field) >> reg->shift & mask_of(reg);
	}
}

bool reg_write(struct rs_machine *m, const struct reg *reg, uint64_t value)
{
	uint64_t mask = mask_of(reg) << reg->shift;
	if (reg->part != REG_VALUE || rs_field_info(reg->field)->kind != RS_FIELD_NUMBER)
		return false;
	return rs_set(m, reg->field, (rs_get(m, reg->field) & ~mask) | (value << reg->shift & mask));
}

static size_t must_find(const char *name)
{
	int field = rs_field_find(name);
	return field < 0 ? 0 : (size_t)field; /* never: the names are those of state.def */
}

void fields_find(struct fields *f)
{
	f->rip = must_find("rip");
	f->rsp = must_find("rsp");
	f->rflags = must_find("rflags");
	f->cpl = must_find("cpl");
	f->cs = must_find("cs");
	f->efer = must_find("efer");
	f->ldtr = must_find("ldtr");
	f->gdtr = must_find("gdtr");
	f->tr = must_find("tr");
}

void field_read(const struct cpu_state *state, size_t field, struct field_value *value)
{
	const struct state_field *f = &state_fields[field];
	const void *at = (const char *)state + f->offset;
	*value = (struct field_value){ .number = 0 };
	if (f->kind == STATE_SEGMENT) {
		const struct seg *s = at;
		value->number = s->sel;
		value->segment = (struct rs_segment){ s->sel, s->attr, s->limit, s->base };
		return;
	}
	value->number = state_number(state, f);
	value->high = state_number_high(state, f);
	if (f->kind == STATE_TABLE)
		value->segment.limit = (uint32_t)((const struct table_register *)at)->limit;
}

bool field_same(const struct field_value *a, const struct field_value *b)
{
	const struct rs_segment *s = &a->segment, *t = &b->segment;
	if (a->number != b->number || a->high != b->high)
		return false;
	return s->base == t->base && s->limit == t->limit && s->attributes == t->attributes;
}

const char *field_text(size_t field, const struct field_value *v, char *text, size_t size)
{
	const struct rs_field *f = rs_field_info(field);
	const struct rs_segment *s = &v->segment;
	switch (f->kind) {
	case RS_FIELD_SEGMENT:
		snprintf(text, size, "%04x [base %" PRIx64 " limit %" PRIx32 " attr %04x]", s->selector, s->base,
			 s->limit, s->attributes);
		break;
	case RS_FIELD_TABLE:
		snprintf(text, size, "%016" PRIx64 " limit %04" PRIx32, v->number, s->limit);
		break;
	case RS_FIELD_WIDE:
		snprintf(text, size, "%0*" PRIx64 "%016" PRIx64, (int)(f->bits - 64) / 4, v->high, v->number);
		break;
	default:
		snprintf(text, size, "%0*" PRIx64, (int)f->bits / 4, v->number);
	}
	return text;
}
