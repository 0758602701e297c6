/* writer.c - records to lines. The words are formatted by hand: this runs once a record, at millions a second, and
 * printf alone would cost more than the emulation of the instruction. */
#include <sha2.h>
#include <string.h>

#include "cpu/fault.h"
#include "trace/trace.h"

/* ---- words ---- */

char *trace_put_hex(char *p, uint64_t value)
{
	unsigned digits = value ? (67 - (unsigned)__builtin_clzll(value)) / 4 : 1;

	for (unsigned i = digits; i-- > 0; value >>= 4)
		p[i] = "0123456789abcdef"[value & 15];
	return p + digits;
}

char *trace_put_decimal(char *p, uint64_t value)
{
	char digit[20];
	unsigned n = 0;

	do
		digit[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n)
		*p++ = digit[--n];
	return p;
}

char *trace_put_bytes(char *p, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*p++ = "0123456789abcdef"[bytes[i] >> 4];
		*p++ = "0123456789abcdef"[bytes[i] & 15];
	}
	return p;
}

static char *put_text(char *p, const char *text)
{
	while (*text)
		*p++ = *text++;
	return p;
}

/* More than 64 bits as one number. */
static char *put_wide(char *p, uint64_t high, uint64_t low)
{
	if (!high)
		return trace_put_hex(p, low);
	p = trace_put_hex(p, high);
	for (unsigned shift = 64; shift > 0; shift -= 4)
		*p++ = "0123456789abcdef"[low >> (shift - 4) & 15];
	return p;
}

static char *put_segment(char *p, const struct seg *s)
{
	p = trace_put_hex(p, s->sel);
	*p++ = '[';
	p = trace_put_hex(p, s->base);
	*p++ = ' ';
	p = trace_put_hex(p, s->limit);
	*p++ = ' ';
	p = trace_put_hex(p, s->attr);
	*p++ = ']';
	return p;
}

static char *put_table(char *p, const struct table_register *t)
{
	p = trace_put_hex(p, t->base);
	*p++ = '[';
	p = trace_put_hex(p, t->limit);
	*p++ = ']';
	return p;
}

static const void *member(const struct cpu_state *st, const struct state_field *f)
{
	return (const char *)st + f->offset;
}

char *trace_put_field(char *p, const struct cpu_state *st, const struct state_field *f)
{
	switch (f->kind) {
	case STATE_SEGMENT:
		return put_segment(p, member(st, f));
	case STATE_TABLE:
		return put_table(p, member(st, f));
	case STATE_WIDE:
		return put_wide(p, state_number_high(st, f), state_number(st, f));
	default:
		return trace_put_hex(p, state_number(st, f));
	}
}

static char *put_vector(char *p, uint8_t vector)
{
	const char *name = vector_name(vector);

	if (name)
		return put_text(p, name);
	return trace_put_hex(put_text(p, "v"), vector);
}

/* A triple fault leaves no x record, so its faults are told here. */
static char *put_faults(char *p, const struct rs_status *status)
{
	for (unsigned i = 0; i < status->fault_count; i++) {
		p = put_vector(put_text(p, i ? "," : "="), status->vectors[i]);
		p = put_text(put_text(p, "/"), status->rules[i] ? status->rules[i] : "-");
	}
	return p;
}

char *trace_put_stop(char *p, const struct rs_status *status)
{
	switch (status->why) {
	case RS_STOP_EXIT:
		return trace_put_decimal(put_text(p, "exit="), (uint8_t)status->exit_code);
	case RS_STOP_TRIPLE_FAULT:
		return put_faults(put_text(p, "triple-fault"), status);
	case RS_STOP_UNIMPLEMENTED:
		return put_text(p, "unimplemented");
	case RS_STOP_HALTED:
		return put_text(p, "halted");
	case RS_STOP_BREAK:
		return put_text(p, "until");
	default:
		return put_text(p, "limit");
	}
}

uint64_t trace_fnv(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ b[i]) * 0x100000001b3ull;
	return hash;
}

void trace_sha256(const void *bytes, size_t size, char text[65])
{
	SHA256Data(bytes, size, text);
}

/* ---- the header ---- */

/* A reader prints names, so a name that could steer a terminal is not let in. */
static bool name_is_good(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if ((uint8_t)name[i] < ' ')
			return false;
	return n > 0 && n < TRACE_NAME;
}

bool trace_name_file(struct rs_origin_file *f, const char *role, const struct rs_file *file, struct rs_error *why)
{
	const char *slash = strrchr(file->name, '/');
	const char *name = file->name[0] == '/' ? slash + 1 : file->name;

	if (!name_is_good(name))
		return error_set(why, RS_ERROR_ARGUMENT,
				 "a trace cannot carry the name of the %s: 1 to %d bytes, none of "
				 "them a control character",
				 role, TRACE_NAME - 1);
	put_text(f->role, role)[0] = 0;
	put_text(f->name, name)[0] = 0;
	f->size = file->size;
	trace_sha256(file->bytes, file->size, f->sha256);
	return true;
}

bool trace_header_add(struct trace_header *h, const char *role, const struct rs_file *file, struct rs_error *why)
{
	if (h->file_count == TRACE_FILES)
		return error_set(why, RS_ERROR_ARGUMENT, "%.250s: a trace names at most %d files", file->name,
				 TRACE_FILES);
	return trace_name_file(&h->file[h->file_count++], role, file, why);
}

/* The lines before the start state end in their own hash: a flipped byte in a name or a limit would otherwise often
 * make the same run. */
struct header_out {
	trace_line_fn *line;
	void *arg;
	uint64_t hash;
	char text[TRACE_LINE];
};

static void header_line(struct header_out *o, char *end)
{
	*end++ = '\n';
	o->hash = trace_fnv(o->hash, o->text, (size_t)(end - o->text));
	o->line(o->arg, o->text, (size_t)(end - o->text));
}

/* Names and arguments may hold any byte but zero; what would break a line or a word goes as %xx. */
static char *put_quoted(char *p, const char *text, bool space_too)
{
	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;
		if (c < ' ' || c > '~' || c == '%' || c == ';' || (space_too && c == ' ')) {
			*p++ = '%';
			p = trace_put_bytes(p, &c, 1);
		} else {
			*p++ = (char)c;
		}
	}
	return p;
}

static void header_cpu(struct header_out *o, const struct trace_header *h)
{
	char *p = put_text(put_text(o->text, "cpu "), h->cpu);

	p = put_text(put_text(p, " timing="), trace_has_cycles(h) ? h->timing : "none");
	if (trace_has_cycles(h))
		p = trace_put_decimal(put_text(p, ":"), h->timing_version);
	p = trace_put_decimal(put_text(p, " mem="), h->memory);
	p = put_text(p, " limit=");
	p = h->limit == RS_FOREVER ? put_text(p, "none") : trace_put_decimal(p, h->limit);
	if (h->cycle_limit != RS_FOREVER)
		p = trace_put_decimal(put_text(p, " cycles="), h->cycle_limit);
	p = put_text(p, " until=");
	p = h->has_until ? trace_put_hex(p, h->until) : put_text(p, "none");
	p = put_text(p, h->key_lines_only ? " lines=key" : " lines=all");
	p = trace_put_decimal(put_text(p, " key="), h->key_interval);
	header_line(o, p);
}

/* Only where the image's content does not decide. */
static void header_image(struct header_out *o, const struct rs_start *start)
{
	const char *format = rs_format_name(start->format);
	char *p;

	if (!format)
		return;
	p = put_text(put_text(o->text, "image "), format);
	if (start->format == RS_FORMAT_FLAT) {
		p = trace_put_hex(put_text(p, " load="), start->load);
		p = trace_put_hex(put_text(p, " entry="), start->entry);
		p = trace_put_decimal(put_text(p, " mode="), start->mode);
	}
	header_line(o, p);
}

static void header_file(struct header_out *o, const struct rs_origin_file *f)
{
	char *p = put_text(put_text(o->text, "file "), f->role);

	*p++ = ' ';
	p = put_quoted(p, f->name, true);
	*p++ = ' ';
	p = trace_put_decimal(p, f->size);
	header_line(o, put_text(put_text(p, " sha256:"), f->sha256));
}

static void header_injection(struct header_out *o, const struct rs_injection *i)
{
	char *p = put_text(put_text(o->text, "inject "), rs_signal_name(i->signal));

	if (i->signal == RS_SIGNAL_INTERRUPT)
		p = trace_put_hex(put_text(p, " vector="), i->vector);
	if (i->arrival)
		p = trace_put_decimal(put_text(trace_put_hex(put_text(p, " at="), i->at), "#"), i->arrival);
	else
		p = trace_put_decimal(put_text(p, " n="), i->at);
	header_line(o, p);
}

void trace_write_header(const struct trace_header *h, trace_line_fn *line, void *arg)
{
	struct header_out o = { .line = line, .arg = arg, .hash = TRACE_FNV_START };

	header_line(&o, put_text(o.text, TRACE_MAGIC));
	header_cpu(&o, h);
	header_image(&o, &h->start);
	for (size_t i = 0; i < h->file_count; i++)
		header_file(&o, &h->file[i]);
	if (h->arguments[0])
		header_line(&o, put_quoted(put_text(o.text, "args "), h->arguments, false));
	for (size_t i = 0; i < h->injection_count; i++)
		header_injection(&o, &h->injection[i]);
	for (size_t i = 0; i < h->input_size; i += 32) {
		size_t n = h->input_size - i < 32 ? h->input_size - i : 32;
		header_line(&o, trace_put_bytes(put_text(o.text, "in "), h->input + i, n));
	}
	header_line(&o, trace_put_hex(put_text(o.text, "h "), o.hash));
}

/* ---- state ---- */

static char *put_name(char *p, const char *name)
{
	*p++ = ' ';
	p = put_text(p, name);
	*p++ = '=';
	return p;
}

static void end_line(struct trace_writer *w, char *p)
{
	*p++ = '\n';
	w->line(w->arg, w->text, (size_t)(p - w->text));
}

static void put_state(struct trace_writer *w)
{
	char *p = put_text(w->text, "s");

	for (size_t i = 0; i < state_field_count; i++)
		p = trace_put_field(put_name(p, state_fields[i].name), &w->last, &state_fields[i]);
	end_line(w, p);
}

void trace_writer_start(struct trace_writer *w, const struct trace_header *h, const struct cpu_state *state,
			trace_line_fn *line, void *arg)
{
	w->line = line;
	w->arg = arg;
	w->key_lines_only = h->key_lines_only;
	w->cycles = trace_has_cycles(h);
	w->key_interval = w->until_key = h->key_interval;
	w->last = w->told = *state;
	put_state(w);
}

/* A row of the cold part; most of the changes there are one of a segment register as a whole. */
static char *put_cold(char *p, const struct cpu_state *old, const struct cpu_state *now, const struct state_field *f)
{
	if (f->kind == STATE_NUMBER)
		return state_number(old, f) == state_number(now, f) ? p : trace_put_field(put_name(p, f->name), now, f);
	if (!memcmp(member(old, f), member(now, f), 16))
		return p;
	if (f->kind == STATE_SEGMENT) {
		const struct seg *a = member(old, f), *b = member(now, f);
		if (a->sel == b->sel && a->limit == b->limit && a->attr == b->attr) {
			*p++ = ' ';
			p = put_text(put_text(p, f->name), ".base=");
			return trace_put_hex(p, b->base);
		}
	}
	return trace_put_field(put_name(p, f->name), now, f);
}

_Static_assert(sizeof(struct seg) == 16 && sizeof(struct table_register) == 16, "put_cold");

/* General registers, RIP and RFLAGS lie in front, in struct cpu_state and in state.def; the rest changes rarely and is
 * passed over as a whole. */
static const size_t hot_bytes = offsetof(struct cpu_state, seg);

static char *put_changes(char *p, const struct cpu_state *old, const struct cpu_state *now, uint64_t expected_rip)
{
	const struct state_field *f = state_fields, *end = f + state_field_count;

	for (; f < end && f->offset < hot_bytes; f++) {
		uint64_t a, b;
		memcpy(&a, member(old, f), sizeof(a));
		memcpy(&b, member(now, f), sizeof(b));
		if (f->offset == offsetof(struct cpu_state, rip))
			a = expected_rip;
		if (a != b)
			p = trace_put_hex(put_name(p, f->name), b);
	}
	if (memcmp((const char *)old + hot_bytes, (const char *)now + hot_bytes, sizeof(*now) - hot_bytes) != 0)
		for (; f < end; f++)
			p = put_cold(p, old, now, f);
	return p;
}

/* ---- records ---- */

/* A value where the size is one that registers have, else bytes in the order of memory. */
static char *put_written(char *p, const struct rs_write *w)
{
	uint64_t value = 0;

	if (w->size > RS_WRITE_BYTES) {
		*p++ = '#';
		return trace_put_hex(p, w->hash);
	}
	if (w->size > 8 || (w->size & (w->size - 1)))
		return trace_put_bytes(p, w->data, w->size);
	for (size_t i = w->size; i-- > 0;)
		value = value << 8 | w->data[i];
	return trace_put_hex(p, value);
}

static char *put_writes(char *p, const struct rs_record *r)
{
	for (unsigned i = 0; i < r->write_count; i++) {
		p = trace_put_decimal(put_text(p, " w"), r->writes[i].size);
		*p++ = ' ';
		p = trace_put_hex(p, r->writes[i].address);
		*p++ = '=';
		p = put_written(p, &r->writes[i]);
	}
	return r->writes_cut ? put_text(p, " w+") : p;
}

static char *put_rules(char *p, const struct rs_record *r)
{
	for (unsigned i = 0; i < r->rule_count; i++) {
		const struct rs_rule *rule = rs_rule_info(r->rules[i]);
		p = put_text(p, i ? "," : " rule=");
		p = put_text(p, rule ? rule->id : "?");
	}
	return p;
}

static char *put_event(char *p, const struct rs_record *r)
{
	*p++ = ' ';
	p = put_vector(p, r->vector);
	if (r->has_error_code)
		p = trace_put_hex(put_text(p, " err="), r->error_code);
	p = r->external ? put_text(p, " ext") : p;
	p = r->software ? put_text(p, " soft") : p;
	return r->cause ? put_text(put_text(p, " by="), r->cause) : p;
}

static char *put_place(char *p, const struct rs_record *r)
{
	*p++ = r->kind == RS_RECORD_EVENT ? 'x' : 'i';
	*p++ = ' ';
	p = trace_put_decimal(p, r->n);
	if (r->kind == RS_RECORD_ITERATION) {
		*p++ = '.';
		p = trace_put_decimal(p, r->iteration);
	}
	*p++ = ' ';
	p = trace_put_hex(p, r->cpl);
	if (r->kind == RS_RECORD_EVENT)
		return put_event(p, r);
	*p++ = ' ';
	p = trace_put_hex(p, r->rip);
	*p++ = ' ';
	return trace_put_bytes(p, r->bytes, r->length);
}

unsigned trace_mode_bits(const struct cpu_state *st)
{
	unsigned attr = st->seg[SEG_CS].attr;

	if (st->efer & EFER_LMA && attr & SEG_L)
		return 64;
	return attr & SEG_DB ? 32 : 16;
}

static char *put_comment(char *p, const struct trace_writer *w, const struct rs_record *r)
{
	size_t n = 0;

	if (w->disassemble && r->kind != RS_RECORD_EVENT)
		n = w->disassemble(r->bytes, r->length, r->rip, trace_mode_bits(&w->last), p + 3, TRACE_COMMENT);
	if (!n)
		return p;
	return put_text(p, " ; ") + n;
}

static void put_record(struct trace_writer *w, const struct cpu_state *now, const struct rs_record *r)
{
	uint64_t expected = r->kind == RS_RECORD_INSTRUCTION ? r->rip + r->length : w->last.rip;
	char *p = put_place(w->text, r);

	p = put_changes(p, &w->last, now, expected);
	p = put_rules(put_writes(p, r), r);
	if (w->cycles)
		p = trace_put_decimal(put_text(p, " c="), r->cycles);
	end_line(w, put_comment(p, w, r));
}

/* What the records that were left out did to the state, so that the lines still give every old value. */
static void put_skipped(struct trace_writer *w, uint64_t n)
{
	char *start = trace_put_decimal(put_text(w->text, "d "), n);
	char *p = put_changes(start, &w->told, &w->last, w->told.rip);

	if (p != start)
		end_line(w, p);
}

void trace_write_record(struct trace_writer *w, const struct cpu_state *now, const struct rs_record *record)
{
	if (!w->key_lines_only) {
		put_record(w, now, record);
	} else if (record->kind == RS_RECORD_EVENT || now->cpl != record->cpl) {
		put_skipped(w, record->n);
		put_record(w, now, record);
		w->told = *now;
	}
	w->last = *now;
}

void trace_write_key(struct trace_writer *w, uint64_t n, uint64_t hash)
{
	char *p = trace_put_decimal(put_text(w->text, "k "), n);

	*p++ = ' ';
	end_line(w, trace_put_hex(p, hash));
}

void trace_write_end(struct trace_writer *w, const struct rs_status *status, uint64_t hash)
{
	if (w->key_lines_only)
		put_skipped(w, status->instructions);
	char *p = trace_put_decimal(put_text(w->text, "e "), status->instructions);
	*p++ = ' ';
	p = trace_put_stop(p, status);
	*p++ = ' ';
	end_line(w, trace_put_hex(p, hash));
}

void trace_observe(void *arg, struct rs_machine *m, const struct rs_record *record)
{
	struct trace_writer *w = arg;

	trace_write_record(w, rs_state(m), record);
	if (--w->until_key)
		return;
	w->until_key = w->key_interval;
	trace_write_key(w, record->n + (record->kind == RS_RECORD_INSTRUCTION), rs_state_hash(m));
}
