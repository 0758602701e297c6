/* reader.c - lines to records, strictly: the spelling that the writer chooses is the only one that is read. */
#include "trace/cursor.h"

/* ---- lines of the file ---- */

void trace_reader_init(struct trace_reader *r, const char *name, const void *bytes, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->name = name;
	r->begin = r->at = bytes;
	r->end = r->begin + size;
}

bool trace_is_whole(const void *bytes, size_t size)
{
	const char *text = bytes, *end = text + size;

	if (!size || end[-1] != '\n')
		return false;
	const char *newline = memrchr(text, '\n', size - 1);
	const char *last = newline ? newline + 1 : text;
	return end - last > 2 && last[0] == 'e' && last[1] == ' ';
}

bool trace_ends_at_limit(const void *bytes, size_t size, uint64_t *limit)
{
	const char *text = bytes, *newline = size ? memrchr(text, '\n', size - 1) : NULL;
	struct cursor c = { newline ? newline + 1 : text, text + size };
	return take(&c, "e ") && take_decimal(&c, limit) && take(&c, " limit ");
}

/* ---- state ---- */

static void *member(struct cpu_state *st, const struct state_field *f)
{
	return (char *)st + f->offset;
}

static bool take_number(struct cursor *c, struct cpu_state *st, const struct state_field *f)
{
	uint64_t value;

	if (!take_hex(c, &value) || (f->bits < 64 && value >> f->bits))
		return false;
	state_set_number(st, f, value);
	return true;
}

/* A number of up to 128 bits in hexadecimal without leading zeroes. */
static bool take_wide(struct cursor *c, struct cpu_state *st, const struct state_field *f)
{
	uint64_t value[2] = { 0, 0 };
	const char *start = c->p;

	for (; !at_end(c) && hex_digit(*c->p) >= 0; c->p++) {
		if (value[1] >> (f->bits - 68))
			return false;
		value[1] = value[1] << 4 | value[0] >> 60;
		value[0] = value[0] << 4 | (unsigned)hex_digit(*c->p);
	}
	memcpy(member(st, f), value, sizeof(value));
	return c->p - start == 1 || (c->p > start && *start != '0');
}

static bool take_segment(struct cursor *c, struct seg *s)
{
	uint64_t selector, base, limit, attributes;

	if (!take_hex(c, &selector) || !take(c, "[") || !take_hex(c, &base) || !take(c, " "))
		return false;
	if (!take_hex(c, &limit) || !take(c, " ") || !take_hex(c, &attributes) || !take(c, "]"))
		return false;
	*s = (struct seg){ base, (uint32_t)limit, (uint16_t)selector, (uint16_t)attributes };
	return selector <= 0xffff && limit <= 0xffffffff && attributes <= 0xffff;
}

static bool take_table(struct cursor *c, struct table_register *t)
{
	return take_hex(c, &t->base) && take(c, "[") && take_hex(c, &t->limit) && take(c, "]") && t->limit <= 0xffff;
}

static bool take_value(struct cursor *c, struct cpu_state *st, const struct state_field *f)
{
	switch (f->kind) {
	case STATE_SEGMENT:
		return take_segment(c, member(st, f));
	case STATE_TABLE:
		return take_table(c, member(st, f));
	case STATE_WIDE:
		return take_wide(c, st, f);
	default:
		return take_number(c, st, f);
	}
}

/* Steps over " NAME=" or " NAME.base=". */
static bool take_name(struct cursor *c, const struct state_field *f, bool *base_only)
{
	struct cursor start = *c;

	if (take(c, " ") && take(c, f->name)) {
		*base_only = f->kind == STATE_SEGMENT && take(c, ".base=");
		if (*base_only || take(c, "="))
			return true;
	}
	*c = start;
	return false;
}

/* Values in the order of state.def; what is not a field is left to the caller. `all`: none may be missing. */
static bool take_fields(struct cursor *c, struct trace_reader *r, bool all)
{
	bool base_only;

	for (size_t i = 0; i < state_field_count && i < TRACE_FIELDS; i++) {
		const struct state_field *f = &state_fields[i];
		if (!take_name(c, f, &base_only)) {
			if (all)
				return false;
			continue;
		}
		struct seg *s = member(&r->state, f);
		if (base_only ? !take_hex(c, &s->base) : !take_value(c, &r->state, f))
			return false;
		r->line.printed[i / 64] |= 1ull << i % 64;
	}
	return true;
}

/* ---- what follows the fields ---- */

static bool take_written(struct cursor *c, struct trace_line_write *w)
{
	uint8_t data[RS_WRITE_BYTES];
	uint64_t value;
	size_t n;
	const char *start = c->p;
	bool good;

	if (w->size > RS_WRITE_BYTES)
		good = take(c, "#") && take_hex(c, &value);
	else if (w->size > 8 || (w->size & (w->size - 1)))
		good = take_bytes(c, data, sizeof(data), &n) && n == w->size;
	else
		good = take_hex(c, &value) && (w->size == 8 || !(value >> 8 * w->size));
	w->value = (struct trace_span){ start, (size_t)(c->p - start) };
	return good;
}

static bool take_writes(struct cursor *c, struct trace_line *l)
{
	while (!l->writes_cut && take(c, " w")) {
		if (take(c, "+")) {
			l->writes_cut = true;
			continue;
		}
		if (l->write_count == RS_RECORD_WRITES)
			return false;
		struct trace_line_write *w = &l->write[l->write_count++];
		if (!take_decimal(c, &w->size) || !w->size || !take(c, " ") || !take_hex(c, &w->address) ||
		    !take(c, "="))
			return false;
		if (!take_written(c, w))
			return false;
	}
	return true;
}

/* Rule ids are letters, digits, commas and dashes. */
static bool is_rule_text(struct trace_span s)
{
	for (size_t i = 0; i < s.size; i++)
		if (!(s.text[i] >= 'A' && s.text[i] <= 'Z') && !(s.text[i] >= '0' && s.text[i] <= '9') &&
		    s.text[i] != '-' && s.text[i] != ',')
			return false;
	return s.size > 0;
}

/* What raised an event: a rule, or insn: and a mnemonic. */
static bool is_cause(struct trace_span s)
{
	static const char mark[] = "insn:";
	const size_t length = sizeof(mark) - 1;

	if (s.size > length && !memcmp(s.text, mark, length))
		s = (struct trace_span){ s.text + length, s.size - length };
	return is_rule_text(s);
}

/* Each record says its cycles, or none does. */
static bool take_tail(struct cursor *c, struct trace_line *l, bool cycles)
{
	if (!take_writes(c, l) || (take(c, " und=") && !take_hex(c, &l->undefined)))
		return false;
	if (take(c, " rule=")) {
		l->rules = take_word(c);
		if (!is_rule_text(l->rules))
			return false;
	}
	if (cycles && (!take(c, " c=") || !take_decimal(c, &l->cycles)))
		return false;
	return at_end(c);
}

/* ---- the kinds of line ---- */

static bool take_n_cpl(struct cursor *c, struct trace_line *l)
{
	uint64_t cpl;

	if (!take_decimal(c, &l->n))
		return false;
	if (take(c, ".")) {
		l->kind = TRACE_ITERATION;
		if (!take_decimal(c, &l->iteration) || !l->iteration)
			return false;
	}
	if (!take(c, " ") || !take_hex(c, &cpl) || cpl > 3)
		return false;
	l->cpl = (uint8_t)cpl;
	return true;
}

static const char *take_instruction(struct cursor *c, struct trace_reader *r)
{
	struct trace_line *l = &r->line;
	size_t n;

	l->kind = TRACE_INSTRUCTION;
	if (!take_n_cpl(c, l) || !take(c, " ") || !take_hex(c, &l->rip) || !take(c, " "))
		return "i N CPL RIP BYTES was expected";
	if (!take_bytes(c, l->bytes, sizeof(l->bytes), &n))
		return "1 to 15 bytes of an instruction were expected";
	l->length = (uint8_t)n;
	r->state.rip = l->kind == TRACE_ITERATION ? r->before.rip : l->rip + n;
	if (!take_fields(c, r, false) || !take_tail(c, l, r->cycles))
		return "a field is unknown, out of order or has no such value";
	return NULL;
}

static bool take_vector(struct cursor *c)
{
	uint64_t vector;

	if (take(c, "v"))
		return take_hex(c, &vector) && vector <= 0xff;
	if (c->end - c->p < 3 || (memcmp(c->p, "NMI", 3) != 0 && c->p[0] != '#'))
		return false;
	c->p += 3;
	return true;
}

static const char *take_event(struct cursor *c, struct trace_reader *r)
{
	struct trace_line *l = &r->line;
	uint64_t code;

	l->kind = TRACE_EVENT;
	if (!take_n_cpl(c, l) || l->iteration || !take(c, " "))
		return "x N CPL VECTOR was expected";
	l->event.text = c->p;
	if (!take_vector(c) || (take(c, " err=") && (!take_hex(c, &code) || code > 0xffffffff)))
		return "a vector (#PF, NMI, v20 ...) and its error code were expected";
	take(c, " ext");
	take(c, " soft");
	if (take(c, " by=") && !is_cause(take_word(c)))
		return "by=RULE was expected";
	l->event.size = (size_t)(c->p - l->event.text);
	if (!take_fields(c, r, false) || !take_tail(c, l, r->cycles))
		return "a field is unknown, out of order or has no such value";
	return NULL;
}

static const char *take_start(struct cursor *c, struct trace_reader *r)
{
	r->line.kind = TRACE_STATE;
	c->p--; /* the space before the first field */
	return take_fields(c, r, true) && at_end(c) ? NULL : "a field is missing, out of order or has no such value";
}

static const char *take_skipped(struct cursor *c, struct trace_reader *r)
{
	r->line.kind = TRACE_SKIPPED;
	if (!take_decimal(c, &r->line.n) || !take_fields(c, r, false) || !at_end(c))
		return "d N FIELD=VALUE... was expected";
	return NULL;
}

static const char *take_key(struct cursor *c, struct trace_reader *r)
{
	r->line.kind = TRACE_KEY;
	if (!take_decimal(c, &r->line.n) || !take(c, " ") || !take_hex(c, &r->line.hash) || !at_end(c))
		return "k N HASH was expected";
	return NULL;
}

/* VECTOR/RULE of each fault, with commas between them. */
static bool take_faults(struct cursor *c)
{
	do {
		if (!take_vector(c) || !take(c, "/"))
			return false;
		const char *start = c->p;
		while (!at_end(c) && *c->p != ',' && *c->p != ' ')
			c->p++;
		if (!is_cause((struct trace_span){ start, (size_t)(c->p - start) }))
			return false;
	} while (take(c, ","));
	return true;
}

static bool take_stop_word(struct cursor *c)
{
	static const char *const words[] = { "unimplemented", "halted", "limit", "until" };
	uint64_t code;

	if (take(c, "exit="))
		return take_decimal(c, &code) && code <= 0xff;
	if (take(c, "triple-fault="))
		return take_faults(c);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (take(c, words[i]))
			return true;
	return false;
}

static const char *take_stop(struct cursor *c, struct trace_reader *r)
{
	struct trace_line *l = &r->line;
	bool known;

	l->kind = TRACE_END;
	if (!take_decimal(c, &l->n) || !take(c, " "))
		return "e N STOP HASH was expected";
	l->stop.text = c->p;
	known = take_stop_word(c);
	l->stop.size = (size_t)(c->p - l->stop.text);
	if (!known || !take(c, " ") || !take_hex(c, &l->hash) || !at_end(c))
		return "e N STOP HASH was expected";
	r->ended = true;
	return NULL;
}

static const char *take_line(struct cursor *c, struct trace_reader *r)
{
	char letter = c->end - c->p > 1 && c->p[1] == ' ' ? *c->p : 0;

	if ((letter == 's') == r->started)
		return r->started ? "there is one start state" : "the start state (s FIELD=VALUE...) was expected";
	r->started = true;
	c->p += letter ? 2 : 0;
	switch (letter) {
	case 's':
		return take_start(c, r);
	case 'i':
		return take_instruction(c, r);
	case 'x':
		return take_event(c, r);
	case 'd':
		return take_skipped(c, r);
	case 'k':
		return take_key(c, r);
	case 'e':
		return take_stop(c, r);
	default:
		return "i, x, d, k or e and a space was expected";
	}
}

/* A comment is the disassembly: made from the bytes, so never compared. */
static void cut_comment(struct cursor *c)
{
	const char *semicolon = memchr(c->p, ';', (size_t)(c->end - c->p));

	if (semicolon && semicolon - c->p > 2 && semicolon[-1] == ' ')
		c->end = semicolon - 1;
}

enum trace_read trace_read(struct trace_reader *r, struct rs_error *why)
{
	const uint64_t cycles = r->line.cycles;
	struct cursor c;
	const char *wrong;

	if (r->ended && r->at == r->end)
		return TRACE_READ_DONE;
	if (!next_line(r, &c)) {
		error_set(why, RS_ERROR_IMAGE, "%s:%zu: the trace is cut off: no e line ends it", r->name, r->number);
		return TRACE_READ_CUT;
	}
	cut_comment(&c);
	r->before = r->state;
	memset(&r->line, 0, sizeof(r->line));
	r->line.cycles = cycles;
	r->line.text = (struct trace_span){ c.p, (size_t)(c.end - c.p) };
	wrong = r->ended ? "nothing may follow the e line" : take_line(&c, r);
	if (!wrong)
		return TRACE_READ_LINE;
	error_set(why, RS_ERROR_IMAGE, "%s:%zu:%td: not a trace line: %s", r->name, r->number,
		  c.p - r->line.text.text + 1, wrong);
	return TRACE_READ_ERROR;
}
