/* reader_header.c - what determines a run, read back from the lines above its start state. */
#include "trace/cursor.h"

/* "none", or MODEL:VERSION. */
static bool take_timing(struct cursor *c, struct trace_header *h)
{
	char word[sizeof(h->timing)];
	uint64_t version;

	if (!copy_word(c, word, sizeof(word)))
		return false;
	size_t n = strcspn(word, ":");
	memcpy(h->timing, word, n);
	if (!strcmp(word, "none"))
		return true;
	struct cursor behind = { word + n, word + strlen(word) };
	if (!n || !take(&behind, ":") || !take_decimal(&behind, &version) || !at_end(&behind))
		return false;
	h->timing_version = (unsigned)version;
	return version > 0 && version <= UINT32_MAX;
}

static bool take_limits(struct cursor *c, struct trace_header *h)
{
	h->limit = h->cycle_limit = RS_FOREVER;
	if (!take(c, " limit=") || (!take(c, "none") && !take_decimal(c, &h->limit)))
		return false;
	if (take(c, " cycles=") && (!take_decimal(c, &h->cycle_limit) || h->cycle_limit == RS_FOREVER))
		return false;
	return take(c, " until=");
}

static bool take_cpu(struct cursor *c, struct trace_header *h)
{
	if (!take(c, "cpu ") || !copy_word(c, h->cpu, sizeof(h->cpu)) || !take(c, " timing=") || !take_timing(c, h))
		return false;
	if (!take(c, " mem=") || !take_decimal(c, &h->memory) || !take_limits(c, h))
		return false;
	h->has_until = !take(c, "none");
	if (h->has_until && !take_hex(c, &h->until))
		return false;
	h->key_lines_only = take(c, " lines=key");
	if (!h->key_lines_only && !take(c, " lines=all"))
		return false;
	return take(c, " key=") && take_decimal(c, &h->key_interval) && h->key_interval && at_end(c);
}

static bool take_image(struct cursor *c, struct rs_start *start)
{
	char format[16];
	uint64_t mode;

	if (!take(c, "image ") || !copy_word(c, format, sizeof(format)))
		return false;
	start->format = rs_format_find(format);
	if (start->format != RS_FORMAT_FLAT)
		return start->format != RS_FORMAT_ANY && at_end(c);
	if (!take(c, " load=") || !take_hex(c, &start->load) || !take(c, " entry=") || !take_hex(c, &start->entry))
		return false;
	if (!take(c, " mode=") || !take_decimal(c, &mode) || (mode != 16 && mode != 32 && mode != 64))
		return false;
	start->mode = (unsigned)mode;
	return at_end(c);
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
	struct rs_origin_file *f = &h->file[h->file_count++];
	if (!take(c, "file ") || !copy_word(c, f->role, sizeof(f->role)) || !take(c, " "))
		return false;
	if (!take_quoted(c, f->name, sizeof(f->name), false) || !take(c, " ") || !take_decimal(c, &f->size))
		return false;
	return take(c, " sha256:") && copy_word(c, f->sha256, sizeof(f->sha256)) && strlen(f->sha256) == 64 &&
	       at_end(c);
}

static bool begins(const struct trace_reader *r, const char *text)
{
	struct cursor c = { r->at, r->end };

	return take(&c, text);
}

/* inject KIND [vector=HEX] n=N|at=HEX#K */
static bool take_injection(struct cursor *c, struct trace_header *h)
{
	char kind[8];
	uint64_t vector = 0;
	if (h->injection_count == RS_INJECTIONS)
		return false;
	struct rs_injection *i = &h->injection[h->injection_count++];
	if (!take(c, "inject ") || !copy_word(c, kind, sizeof(kind)) || !rs_signal_find(kind, &i->signal))
		return false;
	if (i->signal == RS_SIGNAL_INTERRUPT && (!take(c, " vector=") || !take_hex(c, &vector) || vector > UINT8_MAX))
		return false;
	i->vector = (uint8_t)vector;
	if (take(c, " n="))
		return take_decimal(c, &i->at) && at_end(c);
	return take(c, " at=") && take_hex(c, &i->at) && take(c, "#") && take_decimal(c, &i->arrival) && i->arrival &&
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
	while (begins(r, "in ") && next_line(r, &c)) {
		if (!take(&c, "in ") || !take_bytes(&c, h->input + h->input_size, bound - h->input_size, &n) ||
		    !at_end(&c))
			return bad(r, why, "input bytes (in HEX) were expected");
		h->input_size += n;
	}
	return true;
}

/* The optional lines: image, files, arguments, injected events, input. */
static bool read_origin(struct trace_reader *r, const struct rs_host *host, struct trace_header *h,
			struct rs_error *why)
{
	struct cursor c;

	if (begins(r, "image ") && next_line(r, &c) && !take_image(&c, &h->start))
		return bad(r, why, "how the image is read (image FORMAT, or image flat load=HEX entry=HEX mode=N) was "
				   "expected");
	while (r->at < r->end && *r->at == 'f' && next_line(r, &c))
		if (!take_file(&c, h))
			return bad(r, why, "a file (file ROLE NAME SIZE sha256:HASH) was expected");
	if (r->at < r->end && *r->at == 'a' && next_line(r, &c) &&
	    (!take(&c, "args ") || !take_quoted(&c, h->arguments, sizeof(h->arguments), true)))
		return bad(r, why, "arguments (args TEXT) were expected");
	while (begins(r, "inject ") && next_line(r, &c))
		if (!take_injection(&c, h))
			return bad(r, why, "an injected event (inject KIND [vector=HEX] n=N|at=HEX#K) was expected");
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
		return bad(r, why,
			   "the processor (cpu NAME timing=none|MODEL:VERSION mem=N limit=N [cycles=N] until=HEX "
			   "lines=all|key key=N) was expected");
	r->cycles = trace_has_cycles(h);
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
