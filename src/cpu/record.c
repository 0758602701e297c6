/* record.c - collecting what one record tells. */
#include "cpu/record.h"

#include <string.h>

#define FNV_START 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull

void record_begin(struct recorder *r, enum rs_record_kind kind, uint64_t n, unsigned cpl, uint64_t rip)
{
	struct rs_record *c = &r->record;
	c->kind = kind;
	c->n = n;
	c->iteration = 0;
	c->cpl = (uint8_t)cpl;
	c->rip = rip;
	c->length = 0;
	c->has_error_code = c->external = c->software = c->writes_cut = false;
	c->cause = NULL;
	c->rule_count = c->write_count = c->step_count = c->tried_count = 0;
	c->watched = 0;
}

void record_rule(struct recorder *r, enum rule rule)
{
	struct rs_record *c = &r->record;
	bool again = c->rule_count && c->rules[c->rule_count - 1] == rule;
	if (rule != RULE_NONE && !again && c->rule_count < RS_RECORD_RULES)
		c->rules[c->rule_count++] = (uint16_t)rule;
}

void record_step(struct recorder *r, unsigned row)
{
	struct rs_record *c = &r->record;
	if (c->step_count < RS_RECORD_STEPS)
		c->steps[c->step_count++] = (uint16_t)row;
}

void record_fault(struct recorder *r)
{
	struct rs_record *c = &r->record;
	c->kind = RS_RECORD_EVENT;
	c->length = 0;
	record_take_back(r, 0);
}

void record_take_back(struct recorder *r, unsigned rules)
{
	struct rs_record *c = &r->record;
	memcpy(c->tried, c->steps, c->step_count * sizeof(c->steps[0]));
	c->tried_count = c->step_count;
	c->rule_count = rules;
	c->step_count = 0;
}

static void append(struct rs_write *w, unsigned size, const uint8_t *bytes)
{
	for (unsigned i = 0; i < size; i++) {
		if (w->size + i < RS_WRITE_BYTES)
			w->data[w->size + i] = bytes[i];
		w->hash = (w->hash ^ bytes[i]) * FNV_PRIME;
	}
	w->size += size;
}

void record_write(struct recorder *r, uint64_t address, unsigned size, const uint8_t *bytes)
{
	struct rs_record *c = &r->record;
	struct rs_write *last = c->write_count ? &c->writes[c->write_count - 1] : NULL;
	if (last && !c->writes_cut && last->address + last->size == address) {
		append(last, size, bytes);
		return;
	}
	if (c->write_count == RS_RECORD_WRITES) {
		c->writes_cut = true;
		return;
	}
	last = &c->writes[c->write_count++];
	last->address = address;
	last->size = 0;
	last->hash = FNV_START;
	append(last, size, bytes);
}

void record_access(struct recorder *r, uint64_t address, unsigned size, bool write)
{
	for (size_t i = 0; i < r->watch_count; i++) {
		const struct rs_watch *w = &r->watch[i];
		bool touches = address - w->address < w->size || w->address - address < size;
		if (touches && (write ? w->write : w->read))
			r->record.watched |= 1ull << i;
	}
}

void record_end(struct recorder *r)
{
	r->fn(r->arg, r->machine, &r->record);
}
