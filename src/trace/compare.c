/* compare.c - are two records the same, and if not, what differs; two traces hunk by hunk. */
#include <string.h>

#include "trace/trace.h"

enum { TEXT = 640 }; /* the longest list of rules or written value, and some */

bool trace_compare_init(struct trace_compare *c, const char *ignore, struct rs_error *why)
{
	memset(c, 0, sizeof(*c));
	for (const char *p = ignore ? ignore : ""; *p;) {
		size_t n = strcspn(p, ",");
		if (n == 6 && !memcmp(p, "cycles", n))
			c->ignore_cycles = true;
		else if (n == 9 && !memcmp(p, "undefined", n))
			c->ignore_undefined = true;
		else
			return error_set(why, RS_ERROR_ARGUMENT,
					 "--ignore %s: what can be ignored is \"cycles\" and \"undefined\"", ignore);
		p += n + (p[n] == ',');
	}
	return true;
}

/* ---- one pair of records ---- */

struct pair {
	struct trace_compare *c;
	const struct trace_reader *a, *b;
	trace_differs_fn *differs;
	void *arg;
	unsigned count;
};

static void tell(struct pair *p, const char *what, const char *before, const char *a, const char *b)
{
	p->count++;
	if (p->differs)
		p->differs(p->arg, what, before, a, b);
}

static void tell_number(struct pair *p, const char *what, char *(*put)(char *to, uint64_t value), uint64_t a,
			uint64_t b)
{
	char text[2][24];

	if (a == b)
		return;
	*put(text[0], a) = 0;
	*put(text[1], b) = 0;
	tell(p, what, "", text[0], text[1]);
}

static const char *span_text(char *to, struct trace_span s)
{
	size_t n = s.size < TEXT ? s.size : TEXT - 1;

	if (n)
		memcpy(to, s.text, n);
	to[n] = 0;
	return n ? to : "(none)";
}

static void tell_span(struct pair *p, const char *what, struct trace_span a, struct trace_span b)
{
	char text[2][TEXT];

	if (a.size != b.size || (a.size && memcmp(a.text, b.text, a.size) != 0))
		tell(p, what, "", span_text(text[0], a), span_text(text[1], b));
}

static bool printed(const struct trace_reader *r, size_t field)
{
	return r->line.printed[field / 64] >> field % 64 & 1;
}

static void tell_field(struct pair *p, const struct state_field *f)
{
	char before[TEXT], a[TEXT], b[TEXT];

	*trace_put_field(before, &p->a->before, f) = 0;
	*trace_put_field(a, &p->a->state, f) = 0;
	*trace_put_field(b, &p->b->state, f) = 0;
	if (strcmp(a, b) != 0)
		tell(p, f->name, p->a->line.kind == TRACE_STATE ? "" : before, a, b);
}

/* A flag that an instruction left undefined stays in doubt until both sides agree on it again. */
static bool flags_differ(struct pair *p)
{
	uint64_t differ = p->a->state.rflags ^ p->b->state.rflags, doubtful = p->c->doubtful;

	if (!p->c->ignore_undefined)
		return differ;
	doubtful |= p->a->line.undefined | p->b->line.undefined;
	p->c->doubtful = doubtful & differ;
	p->c->was_doubtful |= p->c->doubtful != 0;
	return differ & ~doubtful;
}

/* Fields that neither line gives are as they were, and were compared then. RIP is given by leaving it out. */
static void compare_fields(struct pair *p)
{
	bool flags = flags_differ(p);

	for (size_t i = 0; i < state_field_count && i < TRACE_FIELDS; i++) {
		const struct state_field *f = &state_fields[i];
		if (f->offset == offsetof(struct cpu_state, rflags) && !flags)
			continue;
		if (printed(p->a, i) || printed(p->b, i) || f->offset == offsetof(struct cpu_state, rip))
			tell_field(p, f);
	}
}

static const char *write_text(char *to, const struct trace_line *l, unsigned i)
{
	const struct trace_line_write *w = &l->write[i];
	char *p = to;

	if (i >= l->write_count)
		return "(none)";
	*p++ = 'w';
	p = trace_put_decimal(p, w->size);
	*p++ = ' ';
	p = trace_put_hex(p, w->address);
	*p++ = '=';
	memcpy(p, w->value.text, w->value.size);
	p[w->value.size] = 0;
	return to;
}

static void compare_writes(struct pair *p)
{
	const struct trace_line *a = &p->a->line, *b = &p->b->line;
	char text[2][TEXT];

	for (unsigned i = 0; i < a->write_count || i < b->write_count; i++) {
		const char *left = write_text(text[0], a, i), *right = write_text(text[1], b, i);
		if (strcmp(left, right) != 0)
			tell(p, "memory", "", left, right);
	}
	tell_number(p, "w+", trace_put_decimal, a->writes_cut, b->writes_cut);
}

static void compare_places(struct pair *p)
{
	const struct trace_line *a = &p->a->line, *b = &p->b->line;
	struct trace_span none = { NULL, 0 };

	tell_number(p, "n", trace_put_decimal, a->n + p->c->n_offset, b->n);
	tell_number(p, "iteration", trace_put_decimal, a->iteration, b->iteration);
	tell_number(p, "old cpl", trace_put_hex, a->cpl, b->cpl);
	tell_number(p, "at", trace_put_hex, a->rip, b->rip);
	if (a->length != b->length || memcmp(a->bytes, b->bytes, a->length) != 0) {
		char text[2][32];
		*trace_put_bytes(text[0], a->bytes, a->length) = 0;
		*trace_put_bytes(text[1], b->bytes, b->length) = 0;
		tell(p, "bytes", "", text[0], text[1]);
	}
	tell_span(p, "event", a->event, b->event);
	tell_span(p, "stop", a->stop.size ? a->stop : none, b->stop.size ? b->stop : none);
}

static void compare_rest(struct pair *p)
{
	const struct trace_line *a = &p->a->line, *b = &p->b->line;

	if (!p->c->ignore_undefined)
		tell_number(p, "und", trace_put_hex, a->undefined, b->undefined);
	tell_span(p, "rule", a->rules, b->rules);
	if (!p->c->ignore_cycles && p->a->cycles && p->b->cycles)
		tell_number(p, "cycles", trace_put_decimal, a->cycles + p->c->cycle_offset, b->cycles);
	if (!p->c->ignore_hashes && !p->c->was_doubtful)
		tell_number(p, "hash", trace_put_hex, a->hash, b->hash);
}

unsigned trace_compare(struct trace_compare *c, const struct trace_reader *a, const struct trace_reader *b,
		       trace_differs_fn *differs, void *arg)
{
	static const char *const kinds[] = { "s", "i", "i n.k", "x", "d", "k", "e" };
	struct pair p = { c, a, b, differs, arg, 0 };

	if (a->line.kind != b->line.kind) {
		tell(&p, "record", "", kinds[a->line.kind], kinds[b->line.kind]);
		return p.count;
	}
	compare_places(&p);
	compare_fields(&p);
	compare_writes(&p);
	compare_rest(&p);
	return p.count;
}

/* ---- showing ---- */

enum { SHOWN = 200, CONTEXT_BEFORE = 3, CONTEXT_AFTER = 2 };

/* Lines come from a file that nobody vouches for, perhaps to a terminal: only printable characters pass. */
static void show_line(struct out *o, const char *mark, struct trace_span s, size_t limit)
{
	size_t n = s.size < limit ? s.size : limit;

	out_text(o, mark);
	for (size_t i = 0; i < n; i++)
		out_write(o, s.text[i] >= ' ' && s.text[i] <= '~' ? &s.text[i] : "?", 1);
	out_text(o, n < s.size ? "...\n" : "\n");
}

/* A side's current line. */
static void show_record(struct out *o, const char *mark, const struct trace_compare *c, const struct trace_reader *r,
			size_t limit)
{
	const struct trace_line *l = &r->line;
	char text[TRACE_LINE + TRACE_COMMENT + 4];
	size_t n = l->text.size < limit ? l->text.size : limit;

	if (!c->disassemble || !l->length || n < l->text.size) {
		show_line(o, mark, l->text, limit);
		return;
	}
	memcpy(text, l->text.text, n);
	for (const char *p = " ; "; *p; p++)
		text[n++] = *p;
	n += c->disassemble(l->bytes, l->length, l->rip, trace_mode_bits(&r->before), text + n, TRACE_COMMENT);
	show_line(o, mark, (struct trace_span){ text, n }, n);
}

/* The start of the line before the one that starts at `at`; NULL at the begin. */
static const char *line_before(const struct trace_reader *r, const char *at)
{
	if (at <= r->begin)
		return NULL;
	const char *newline = memrchr(r->begin, '\n', (size_t)(at - 1 - r->begin));
	return newline ? newline + 1 : r->begin;
}

static void show_context_before(struct out *o, const struct trace_reader *r)
{
	const char *line[CONTEXT_BEFORE + 1] = { r->line.text.text };
	int n = 0;

	while (n < CONTEXT_BEFORE && (line[n + 1] = line_before(r, line[n])))
		n++;
	for (; n > 0; n--)
		show_line(o, "    ", (struct trace_span){ line[n], (size_t)(line[n - 1] - 1 - line[n]) }, SHOWN);
}

static void show_context_after(struct out *o, const struct trace_reader *r)
{
	const char *at = r->at;

	for (int n = 0; n < CONTEXT_AFTER && at < r->end; n++) {
		const char *newline = memchr(at, '\n', (size_t)(r->end - at));
		const char *end = newline ? newline : r->end;
		show_line(o, "    ", (struct trace_span){ at, (size_t)(end - at) }, SHOWN);
		at = newline ? newline + 1 : r->end;
	}
}

static void show_row(void *arg, const char *what, const char *before, const char *a, const char *b)
{
	out_printf(arg, "  %-12s %-20s %-28s %s\n", what, before, a, b);
}

void trace_report(struct out *o, struct trace_compare *c, const struct trace_reader *a, const struct trace_reader *b)
{
	out_printf(o, "%s:%zu: first difference, at n=%llu\n", a->name, a->number, (unsigned long long)a->line.n);
	show_context_before(o, a);
	show_record(o, "-   ", c, a, TRACE_LINE);
	show_record(o, "+   ", c, b, TRACE_LINE);
	show_context_after(o, a);
	show_row(o, "differs", "before", a->name, b->name);
	trace_compare(c, a, b, show_row, o);
}

/* ---- two traces ---- */

/* How far a common record is looked for, how many in a row make it one, and how many differences are shown. */
enum { WINDOW = 4096, IN_A_ROW = 3, HUNKS_SHOWN = 40, HUNK_LINES = 3 };

struct diff {
	struct out *o;
	struct trace_compare *c;
	struct trace_reader *a, *b;
	struct rs_error *why;
	uint64_t hunks, same;
	uint64_t *key[2]; /* of the records of both windows */
	size_t limit;     /* of the windows */
};

struct sides {
	enum trace_read a, b;
};

/* What makes two records the same place of the program, whatever they computed. */
static uint64_t place_key(const struct trace_line *l)
{
	uint64_t hash = trace_fnv(TRACE_FNV_START, &l->kind, sizeof(l->kind));

	hash = trace_fnv(hash, &l->rip, sizeof(l->rip));
	hash = trace_fnv(hash, l->bytes, l->length);
	return l->event.size ? trace_fnv(hash, l->event.text, strcspn(l->event.text, " \n")) : hash;
}

/* The next record that takes part. */
static enum trace_read advance(struct diff *d, struct trace_reader *r)
{
	enum trace_read result;

	do
		result = trace_read(r, d->why);
	while (result == TRACE_READ_LINE && r->line.kind == TRACE_KEY && d->c->skip_keys);
	return result;
}

/* After an error on one side the other is left alone, so that `why` stays. */
static struct sides advance_both(struct diff *d)
{
	struct sides s = { advance(d, d->a), TRACE_READ_ERROR };

	if (s.a != TRACE_READ_ERROR)
		s.b = advance(d, d->b);
	return s;
}

/* Keys of the current record and those behind it. What cannot be read ends the window; it is told when it is reached.
 */
static size_t fill_window(struct diff *d, const struct trace_reader *r, uint64_t *key)
{
	struct trace_reader ahead = *r;
	struct rs_error *why = d->why, ignored;
	size_t n = 0;

	d->why = &ignored;
	do
		key[n++] = place_key(&ahead.line);
	while (n < d->limit && advance(d, &ahead) == TRACE_READ_LINE);
	d->why = why;
	return n;
}

/* The end of a trace, but not that of the window, stands for the records that are missing in the row. */
static bool meet(const struct diff *d, size_t i, size_t j, const size_t count[2])
{
	for (size_t k = 0; k < IN_A_ROW; k++) {
		if (i + k == count[0] || j + k == count[1])
			return k > 0 && i + k < d->limit && j + k < d->limit;
		if (d->key[0][i + k] != d->key[1][j + k])
			return false;
	}
	return true;
}

/* The nearest common place: how many records of each side lie before it. */
static bool find_common(struct diff *d, size_t skip[2])
{
	size_t count[2] = { fill_window(d, d->a, d->key[0]), fill_window(d, d->b, d->key[1]) };

	for (size_t sum = 0; sum < count[0] + count[1]; sum++)
		for (size_t i = sum < count[1] ? 0 : sum - count[1] + 1; i <= sum && i < count[0]; i++)
			if (meet(d, i, sum - i, count)) {
				skip[0] = i;
				skip[1] = sum - i;
				return true;
			}
	return false;
}

/* Most differences are short, so small windows come first; without a common place both sides are skipped to the end. */
static void resynchronise(struct diff *d, size_t skip[2])
{
	skip[0] = skip[1] = SIZE_MAX;
	for (d->limit = WINDOW / 128; d->limit <= WINDOW; d->limit *= 8)
		if (find_common(d, skip))
			return;
	d->limit = WINDOW;
	find_common(d, skip);
}

/* Shows and steps over `count` records from the current one on; the current one is then the common one. */
static enum trace_read show_side(struct diff *d, struct trace_reader *r, const char *mark, size_t count, bool quiet)
{
	enum trace_read result = TRACE_READ_LINE;
	size_t n = 0;

	for (; n < count && result == TRACE_READ_LINE; n++, result = advance(d, r))
		if (n < HUNK_LINES && !quiet)
			show_record(d->o, mark, d->c, r, SHOWN);
	if (n > HUNK_LINES && !quiet)
		out_printf(d->o, "%s... %zu more\n", mark, n - HUNK_LINES);
	return result;
}

/* From here on the runs are two different ones. */
static bool begin_hunk(struct diff *d)
{
	d->c->ignore_hashes = d->c->skip_keys = true;
	if (d->hunks++ < HUNKS_SHOWN) {
		out_printf(d->o, "@@ %s:%zu %s:%zu @@\n", d->a->name, d->a->number, d->b->name, d->b->number);
		return true;
	}
	if (d->hunks == HUNKS_SHOWN + 1)
		out_printf(d->o, "(more differences follow; they are counted)\n");
	return false;
}

/* Counters are compared by how far they go from the last common place. */
static void follow_offsets(struct diff *d)
{
	d->c->n_offset = d->b->line.n - d->a->line.n;
	d->c->cycle_offset = d->b->line.cycles - d->a->line.cycles;
}

/* The same instruction with another result. */
static struct sides hunk_of_values(struct diff *d)
{
	struct trace_compare as_before = *d->c;

	if (begin_hunk(d)) {
		show_record(d->o, "    ", d->c, d->a, SHOWN);
		show_row(d->o, "differs", "before", d->a->name, d->b->name);
		trace_compare(&as_before, d->a, d->b, show_row, d->o);
	}
	follow_offsets(d);
	return advance_both(d);
}

/* The program went two ways. */
static struct sides hunk_of_flow(struct diff *d, struct sides s)
{
	size_t skip[2] = { SIZE_MAX, SIZE_MAX };
	bool quiet = !begin_hunk(d);

	if (s.a == TRACE_READ_LINE && s.b == TRACE_READ_LINE)
		resynchronise(d, skip);
	if (s.a == TRACE_READ_LINE)
		s.a = show_side(d, d->a, "- ", skip[0], quiet);
	if (s.b == TRACE_READ_LINE && s.a != TRACE_READ_ERROR)
		s.b = show_side(d, d->b, "+ ", skip[1], quiet);
	follow_offsets(d);
	return s;
}

/* Compares the two current records and steps on. */
static struct sides diff_step(struct diff *d, struct sides s)
{
	if (s.a != TRACE_READ_LINE || s.b != TRACE_READ_LINE)
		return hunk_of_flow(d, s);
	if (!trace_compare(d->c, d->a, d->b, NULL, NULL)) {
		d->same++;
		return advance_both(d);
	}
	return place_key(&d->a->line) == place_key(&d->b->line) ? hunk_of_values(d) : hunk_of_flow(d, s);
}

static void show_cut(struct diff *d, const struct trace_reader *r, enum trace_read end)
{
	if (end == TRACE_READ_CUT)
		out_printf(d->o, "%s: cut off behind line %zu: compared up to there\n", r->name, r->number);
}

static int diff_run(struct diff *d)
{
	struct sides s = advance_both(d);

	while (s.a != TRACE_READ_ERROR && s.b != TRACE_READ_ERROR) {
		if (s.a == TRACE_READ_LINE || s.b == TRACE_READ_LINE) {
			s = diff_step(d, s);
			continue;
		}
		show_cut(d, d->a, s.a);
		show_cut(d, d->b, s.b);
		out_printf(d->o, "%llu records the same, %llu difference%s\n", (unsigned long long)d->same,
			   (unsigned long long)d->hunks, d->hunks == 1 ? "" : "s");
		return d->hunks ? 1 : 0;
	}
	return 2;
}

int trace_diff(struct out *o, const struct rs_host *host, struct trace_compare *c, struct trace_reader *a,
	       struct trace_reader *b, struct rs_error *why)
{
	struct diff d = { .o = o, .c = c, .a = a, .b = b, .why = why };
	uint64_t *keys = host_alloc(host, (size_t)2 * WINDOW * sizeof(*keys));
	int result;

	if (!keys) {
		error_set(why, RS_ERROR_MEMORY, "no memory for the look-ahead of the comparison");
		return 2;
	}
	d.key[0] = keys;
	d.key[1] = keys + WINDOW;
	result = diff_run(&d);
	host_release(host, keys);
	return result;
}
