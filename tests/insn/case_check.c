/* case_check.c - a commit record, the state and RAM behind it, against what the case expects. */
#include <stdarg.h>
#include <string.h>

#include "case.h"

typedef unsigned long long ull;

enum { COMPLAINTS = 12 }; /* a case */

void complain(struct run *r, const char *format, ...)
{
	va_list args;
	if (r->complaints == 0)
		printf("FAIL %s [%s %s] %s:%u\n", r->k->name, case_cpu_names[r->e->cpu], case_mode_name(r->mode),
		       r->k->file, r->k->line);
	if (++r->complaints > COMPLAINTS)
		return;
	printf("    record %u: ", r->record);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* ---- state -------------------------------------------------------------------------------------------------- */

static uint64_t number_of(const struct cpu_state *st, const struct state_field *f)
{
	return state_number(st, f);
}

static void complain_segment(struct run *r, const char *name, const struct seg *want, const struct seg *got)
{
	complain(r, "%s: expected %x[%llx %x %x], got %x[%llx %x %x]", name, want->sel, (ull)want->base, want->limit,
		 want->attr, got->sel, (ull)got->base, got->limit, got->attr);
}

static bool same_segment(const struct seg *a, const struct seg *b)
{
	return a->sel == b->sel && a->base == b->base && a->limit == b->limit && a->attr == b->attr;
}

static void check_field(struct run *r, const struct state_field *f, const struct cpu_state *want,
			const struct cpu_state *got)
{
	const void *a = (const char *)want + f->offset, *b = (const char *)got + f->offset;
	const struct table_register *ta = a, *tb = b;
	if (f->kind == STATE_SEGMENT && !same_segment(a, b))
		complain_segment(r, f->name, a, b);
	if (f->kind == STATE_TABLE && (ta->base != tb->base || ta->limit != tb->limit))
		complain(r, "%s: expected [%llx %llx], got [%llx %llx]", f->name, (ull)ta->base, (ull)ta->limit,
			 (ull)tb->base, (ull)tb->limit);
	if (f->kind == STATE_WIDE && memcmp(a, b, state_bytes(f)) != 0)
		complain(r, "%s: expected %llx%016llx, got %llx%016llx", f->name, (ull)state_number_high(want, f),
			 (ull)number_of(want, f), (ull)state_number_high(got, f), (ull)number_of(got, f));
	if (f->kind == STATE_NUMBER && number_of(want, f) != number_of(got, f))
		complain(r, "%s: expected %llx, got %llx", f->name, (ull)number_of(want, f), (ull)number_of(got, f));
}

bool check_state(struct run *r, const struct cpu_state *want, const struct cpu_state *got)
{
	struct cpu_state a = *want, b = *got;
	a.gpr[GPR_ZERO] = a.gpr[GPR_BLOCK_RIP] = b.gpr[GPR_ZERO] = b.gpr[GPR_BLOCK_RIP] = 0;
	if (memcmp(&a, &b, sizeof a) == 0)
		return true;
	unsigned before = r->complaints;
	for (size_t i = 0; i < state_field_count; i++)
		check_field(r, &state_fields[i], &a, &b);
	if (r->complaints == before)
		complain(r, "a member of struct cpu_state that has no row in state.def differs");
	return false;
}

/* ---- RAM ---------------------------------------------------------------------------------------------------- */

static void complain_bytes(struct run *r, unsigned page, const uint8_t *want, const uint8_t *got)
{
	unsigned at = 0, end;
	while (want[at] == got[at])
		at++;
	for (end = at; end < PAGE_SIZE && end < at + 16 && want[end] != got[end]; end++)
		;
	char a[33], b[33];
	for (unsigned i = at; i < end; i++) {
		snprintf(a + 2 * (i - at), 3, "%02x", want[i]);
		snprintf(b + 2 * (i - at), 3, "%02x", got[i]);
	}
	complain(r, "memory %x (physical): expected %s, got %s", page * PAGE_SIZE + at, a, b);
}

bool check_ram(struct run *r)
{
	static const uint8_t zero[PAGE_SIZE];
	bool good = true;
	for (unsigned page = ram_suspect(r->e, 0); page < ENV_PAGES; page = ram_suspect(r->e, page + 1)) {
		const uint8_t *want = r->e->shadow + page * PAGE_SIZE, *got = ram_actual(r->e, page);
		if (!got)
			got = zero;
		if (memcmp(want, got, PAGE_SIZE) == 0)
			continue;
		complain_bytes(r, page, want, got);
		good = false;
	}
	return good;
}

/* ---- records ------------------------------------------------------------------------------------------------ */

/* Whether `id` is one of the comma-separated ids. */
static bool names(struct span ids, const char *id)
{
	while (ids.length)
		if (span_is(span_cut(&ids, ','), id))
			return true;
	return false;
}

static bool record_has_rule(const struct rs_record *got, struct span id)
{
	for (unsigned i = 0; i < got->rule_count; i++)
		if (span_is(id, rs_rule_info(got->rules[i])->id))
			return true;
	return got->cause && span_is(id, got->cause);
}

static void check_rules(struct run *r, const struct expect *x)
{
	struct span ids = x->rules;
	if (x->kind == EXPECT_EVENT && !x->software) {
		if (!r->got.cause)
			complain(r, "the event has no name: neither a rule nor an instruction");
		if (ids.length && !(r->got.cause && names(ids, r->got.cause)))
			complain(r, "cause: expected %.*s, got %s", (int)ids.length, ids.text,
				 r->got.cause ? r->got.cause : "none");
		return;
	}
	while (ids.length) {
		struct span id = span_cut(&ids, ',');
		if (!record_has_rule(&r->got, id))
			complain(r, "rule %.*s is not among the record's", (int)id.length, id.text);
	}
}

/* False: another kind of record or event, of which there is nothing more to compare. */
static bool check_event(struct run *r, const struct expect *x)
{
	const struct rs_record *got = &r->got;
	if (got->kind == RS_RECORD_INSTRUCTION && x->software)
		return true;
	if (got->kind != RS_RECORD_EVENT) {
		complain(r, "expected #%s, got a completed instruction", event_name(x->vector));
		return false;
	}
	if (got->vector != x->vector) {
		complain(r, "expected #%s (vector %x), got #%s (vector %x, cr2 %llx%s%s)", event_name(x->vector),
			 x->vector, event_name(got->vector), got->vector, (ull)r->actual.cr2, got->cause ? ", by " : "",
			 got->cause ? got->cause : "");
		return false;
	}
	if (got->has_error_code != x->has_code || (x->has_code && got->error_code != x->code))
		complain(r, "error code: expected %s%x, got %s%x", x->has_code ? "" : "none ", x->code,
			 got->has_error_code ? "" : "none ", got->error_code);
	if (got->external != x->external)
		complain(r, "the record calls the event %s", got->external ? "external" : "not external");
	if (got->software != x->software)
		complain(r, "the record calls the event %s",
			 got->software ? "a software interrupt" : "no software interrupt");
	return true;
}

static bool check_instruction(struct run *r, const struct expect *x)
{
	const struct rs_record *got = &r->got;
	uint8_t bytes[15];
	if (got->kind == RS_RECORD_EVENT) {
		complain(r, "expected a completed instruction, got #%s (vector %x, code %x, cr2 %llx%s%s)",
			 event_name(got->vector), got->vector, got->error_code, (ull)r->actual.cr2,
			 got->cause ? ", by " : "", got->cause ? got->cause : "");
		return false;
	}
	if ((got->kind == RS_RECORD_ITERATION) != (x->kind == EXPECT_ITERATION))
		complain(r, "expected %s, got %s",
			 x->kind == EXPECT_ITERATION ? "an iteration" : "a completed instruction",
			 got->kind == RS_RECORD_ITERATION ? "an iteration" : "a completed instruction");
	uint64_t offset = got->rip - r->code;
	bool known = offset < r->k->byte_count && r->k->length[offset];
	if (known && got->length != r->k->length[offset])
		complain(r, "length: expected %u, got %u", r->k->length[offset], got->length);
	memcpy(bytes, r->k->bytes + (known ? offset : 0), known ? r->k->length[offset] : 0);
	if (known && got->length == r->k->length[offset] && memcmp(bytes, got->bytes, got->length) != 0)
		complain(r, "the record has other bytes than the instruction");
	return true;
}

bool check_record(struct run *r, const struct expect *x)
{
	const struct rs_record *got = &r->got;
	if (!(x->kind == EXPECT_EVENT ? check_event(r, x) : check_instruction(r, x)))
		return false;
	check_rules(r, x);
	if (got->rip != r->before.rip)
		complain(r, "the record's rip is %llx, the instruction was at %llx", (ull)got->rip, (ull)r->before.rip);
	if (got->cpl != r->before.cpl)
		complain(r, "the record's CPL is %u, it was %u", got->cpl, r->before.cpl);
	return true;
}
