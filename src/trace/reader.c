/* reader.c - lines to records, strictly: the spelling that the writer chooses is the only one that is read. */
#include <string.h>

#include "trace/trace.h"

/* ---- words of one line ---- */

/* Between two words, `p` stands on the space before the next one or at the end. */
struct cursor {
	const char *p, *end;
};

static bool at_end(const struct cursor *c)
{
	return c->p == c->end;
}

/* Steps over `text` when it is next. */
static bool take(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
		return false;
	c->p += n;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to 64 bits without leading zeroes. */
static bool take_hex(struct cursor *c, uint64_t *value)
{
	const char *start = c->p;

	for (*value = 0; !at_end(c) && hex_digit(*c->p) >= 0; c->p++) {
		if (c->p - start == 16)
			return false;
		*value = *value << 4 | (unsigned)hex_digit(*c->p);
	}
	return c->p - start == 1 || (c->p > start && *start != '0');
}

static bool take_decimal(struct cursor *c, uint64_t *value)
{
	const char *start = c->p;

	for (*value = 0; !at_end(c) && *c->p >= '0' && *c->p <= '9'; c->p++) {
		unsigned digit = (unsigned)(*c->p - '0');
		if (*value > (UINT64_MAX - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	return c->p - start == 1 || (c->p > start && *start != '0');
}

static bool take_byte(struct cursor *c, uint8_t *byte)
{
	if (c->end - c->p < 2 || hex_digit(c->p[0]) < 0 || hex_digit(c->p[1]) < 0)
		return false;
	*byte = (uint8_t)(hex_digit(c->p[0]) << 4 | hex_digit(c->p[1]));
	c->p += 2;
	return true;
}

/* Pairs of digits up to the next space; false for none, or for more than fit. */
static bool take_bytes(struct cursor *c, uint8_t *bytes, size_t room, size_t *n)
{
	for (*n = 0; !at_end(c) && *c->p != ' '; ++*n)
		if (*n == room || !take_byte(c, &bytes[*n]))
			return false;
	return *n > 0;
}

static struct trace_span take_word(struct cursor *c)
{
	const char *start = c->p;

	while (!at_end(c) && *c->p != ' ')
		c->p++;
	return (struct trace_span){ start, (size_t)(c->p - start) };
}

static bool copy_word(struct cursor *c, char *to, size_t room)
{
	struct trace_span word = take_word(c);

	if (!word.size || word.size >= room)
		return false;
	memcpy(to, word.text, word.size);
	to[word.size] = 0;
	return true;
}

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

/* The next whole line, without its newline. */
static bool next_line(struct trace_reader *r, struct cursor *c)
{
	const char *newline = r->at < r->end ? memchr(r->at, '\n', (size_t)(r->end - r->at)) : NULL;

	if (!newline)
		return false;
	*c = (struct cursor){ r->at, newline };
	r->at = newline + 1;
	r->number++;
	return true;
}

static bool bad(const struct trace_reader *r, struct rs_error *why, const char *what)
{
	return error_set(why, RS_ERROR_IMAGE, "%s:%zu: not a trace line: %s", r->name, r->number, what);
}

/* ---- the header ---- */

static bool take_cpu(struct cursor *c, struct trace_header *h)
{
	if (!take(c, "cpu ") || !copy_word(c, h->cpu, sizeof(h->cpu)) || !take(c, " timing=none mem="))
		return false;
	if (!take_decimal(c, &h->memory) || !take(c, " limit="))
		return false;
	h->limit = RS_FOREVER;
	if (!take(c, "none") && !take_decimal(c, &h->limit))
		return false;
	if (!take(c, " until="))
		return false;
	h->has_until = !take(c, "none");
	if (h->has_until && !take_hex(c, &h->until))
		return false;
	h->key_lines_only = take(c, " lines=key");
	if (!h->key_lines_only && !take(c, " lines=all"))
		return false;
	return take(c, " key=") && take_decimal(c, &h->key_interval) && h->key_interval && at_end(c);
}

/* Undoes the %xx of the writer: arguments to the end of the line, a name up to a space. A name will be printed in
 * messages, so it has no control characters. */
static bool take_quoted(struct cursor *c, char *to, size_t room, bool arguments)
{
	size_t n = 0;

	while (!at_end(c) && (arguments || *c->p != ' ')) {
		uint8_t byte = (uint8_t)*c->p++;
		if (byte < ' ' || byte > '~' || n + 1 == room)
			return false;
		if (byte == '%' && (!take_byte(c, &byte) || byte < (arguments ? 1 : ' ')))
			return false;
		to[n++] = (char)byte;
	}
	to[n] = 0;
	return n > 0;
}

static bool take_file(struct cursor *c, struct trace_header *h)
{
	if (h->file_count == TRACE_FILES)
		return false;
	struct trace_file *f = &h->file[h->file_count++];
	if (!take(c, "file ") || !copy_word(c, f->role, sizeof(f->role)) || !take(c, " "))
		return false;
	if (!take_quoted(c, f->name, sizeof(f->name), false) || !take(c, " ") || !take_decimal(c, &f->size))
		return false;
	return take(c, " sha256:") && copy_word(c, f->sha256, sizeof(f->sha256)) && strlen(f->sha256) == 64 &&
	       at_end(c);
}

/* How many bytes the `in` lines from here on can hold at most. */
static size_t input_bound(const struct trace_reader *r)
{
	struct trace_reader ahead = *r;
	struct cursor c;
	size_t bytes = 0;

	while (next_line(&ahead, &c) && take(&c, "in "))
		bytes += (size_t)(c.end - c.p) / 2;
	return bytes;
}

static bool read_input(struct trace_reader *r, const struct rs_host *host, struct trace_header *h, struct rs_error *why)
{
	size_t bound = input_bound(r), n;
	struct cursor c;

	if (!bound)
		return true;
	h->input = host_alloc(host, bound);
	if (!h->input)
		return error_set(why, RS_ERROR_MEMORY, "%s: no memory for %zu bytes of input", r->name, bound);
	while (r->at < r->end && *r->at == 'i' && next_line(r, &c)) {
		if (!take(&c, "in ") || !take_bytes(&c, h->input + h->input_size, bound - h->input_size, &n) ||
		    !at_end(&c))
			return bad(r, why, "input bytes (in HEX) were expected");
		h->input_size += n;
	}
	return true;
}

/* The optional lines: files, arguments, input. */
static bool read_origin(struct trace_reader *r, const struct rs_host *host, struct trace_header *h,
			struct rs_error *why)
{
	struct cursor c;

	while (r->at < r->end && *r->at == 'f' && next_line(r, &c))
		if (!take_file(&c, h))
			return bad(r, why, "a file (file ROLE NAME SIZE sha256:HASH) was expected");
	if (r->at < r->end && *r->at == 'a' && next_line(r, &c) &&
	    (!take(&c, "args ") || !take_quoted(&c, h->arguments, sizeof(h->arguments), true)))
		return bad(r, why, "arguments (args TEXT) were expected");
	return read_input(r, host, h, why);
}

static bool read_header_hash(struct trace_reader *r, struct rs_error *why)
{
	uint64_t hash = trace_fnv(TRACE_FNV_START, r->begin, (size_t)(r->at - r->begin)), told;
	struct cursor c;

	if (!next_line(r, &c) || !take(&c, "h ") || !take_hex(&c, &told) || !at_end(&c))
		return bad(r, why, "the header's hash (h HASH) was expected");
	if (told != hash)
		return bad(r, why,
			   "the header's hash is another one: the lines above were changed after they were written");
	return true;
}

bool trace_read_header(struct trace_reader *r, const struct rs_host *host, struct trace_header *h, struct rs_error *why)
{
	struct cursor c;

	memset(h, 0, sizeof(*h));
	if (!next_line(r, &c) || !take(&c, TRACE_MAGIC) || !at_end(&c))
		return error_set(why, RS_ERROR_IMAGE, "%s: not a trace (its first line is not \"" TRACE_MAGIC "\")",
				 r->name);
	if (!next_line(r, &c) || !take_cpu(&c, h))
		return bad(
		    r, why,
		    "the processor (cpu NAME timing=none mem=N limit=N until=HEX lines=all|key key=N) was expected");
	if (read_origin(r, host, h, why) && read_header_hash(r, why))
		return true;
	trace_header_release(host, h);
	return false;
}

void trace_header_release(const struct rs_host *host, struct trace_header *h)
{
	if (h->input)
		host_release(host, h->input);
	h->input = NULL;
	h->input_size = 0;
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

static bool take_tail(struct cursor *c, struct trace_line *l)
{
	uint64_t cycles;

	if (!take_writes(c, l) || (take(c, " und=") && !take_hex(c, &l->undefined)))
		return false;
	if (take(c, " rule=")) {
		l->rules = take_word(c);
		if (!is_rule_text(l->rules))
			return false;
	}
	l->cycles = (struct trace_span){ c->p, 0 };
	if (take(c, " c=") && !take_decimal(c, &cycles))
		return false;
	l->cycles.size = (size_t)(c->p - l->cycles.text);
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
	if (!take_fields(c, r, false) || !take_tail(c, l))
		return "a field is unknown, out of order or has no such value";
	return NULL;
}

static bool take_vector(struct cursor *c)
{
	struct cursor start = *c;
	uint64_t vector;

	if (take(c, "v"))
		return take_hex(c, &vector) && vector <= 0xff;
	struct trace_span word = take_word(&start);
	if (word.size != 3 || (memcmp(word.text, "NMI", 3) != 0 && word.text[0] != '#'))
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
	if (take(c, " by=") && !is_rule_text(take_word(c)))
		return "by=RULE was expected";
	l->event.size = (size_t)(c->p - l->event.text);
	if (!take_fields(c, r, false) || !take_tail(c, l))
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

static const char *take_stop(struct cursor *c, struct trace_reader *r)
{
	static const char *const words[] = { "triple-fault", "unimplemented", "halted", "limit", "until" };
	struct trace_line *l = &r->line;
	uint64_t code = 0;
	bool known;

	l->kind = TRACE_END;
	if (!take_decimal(c, &l->n) || !take(c, " "))
		return "e N STOP HASH was expected";
	l->stop.text = c->p;
	known = take(c, "exit=") && take_decimal(c, &code) && code <= 0xff;
	for (size_t i = 0; !known && i < sizeof(words) / sizeof(words[0]); i++)
		known = take(c, words[i]);
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
	r->line.text = (struct trace_span){ c.p, (size_t)(c.end - c.p) };
	wrong = r->ended ? "nothing may follow the e line" : take_line(&c, r);
	if (!wrong)
		return TRACE_READ_LINE;
	error_set(why, RS_ERROR_IMAGE, "%s:%zu:%td: not a trace line: %s", r->name, r->number,
		  c.p - r->line.text.text + 1, wrong);
	return TRACE_READ_ERROR;
}
