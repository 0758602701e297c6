/* decode.c - decode-oracle: random bytes, their length and #UD on the processor under this program and in ringstep. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

enum { REASONS = 400, TOLD = 40, KINDS = 1 << 15 };

struct options {
	unsigned long count;
	uint64_t seed;
	const char *profile;
	const char *bytes; /* these alone */
	unsigned code_size;
	bool prove, verbose;
};

struct reason {
	const char *why;
	unsigned long count;
};

struct totals {
	unsigned long passed, failed, skipped, told, missing;
	unsigned long verdicts[VERDICT_LOST + 1];
	struct reason skips[REASONS], quirks[REASONS], rows[REASONS], missing_names[REASONS];
	bool failed_kinds[KINDS], skipped_kinds[KINDS]; /* that have been told */
};

/* All that a run needs. */
struct oracle {
	struct options o;
	struct real *real;
	struct model *model;
	struct random random;
	struct totals t;
};

static const char usage[] = "usage: decode-oracle [--random N] [--seed S] [--profile NAME] [--prove] [-v]\n"
			    "       decode-oracle --bytes HEX [--code 64|32|16] [--profile NAME]\n";

static bool take_value(struct options *o, const char *name, const char *value)
{
	if (strcmp(name, "--random") == 0)
		o->count = strtoul(value, NULL, 0);
	else if (strcmp(name, "--seed") == 0)
		o->seed = strtoull(value, NULL, 0);
	else if (strcmp(name, "--profile") == 0)
		o->profile = value;
	else if (strcmp(name, "--bytes") == 0)
		o->bytes = value;
	else if (strcmp(name, "--code") == 0)
		o->code_size = (unsigned)strtoul(value, NULL, 10);
	else
		return false;
	return true;
}

static bool parse_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			o->verbose = true;
		else if (strcmp(argv[i], "--prove") == 0)
			o->prove = true;
		else if (i + 1 == argc || !take_value(o, argv[i], argv[i + 1]))
			return false;
		else
			i++;
	}
	return o->code_size == 64 || o->code_size == 32 || o->code_size == 16;
}

/* ---- counting ----------------------------------------------------------------------------------------------- */

static void count_reason(struct reason *list, const char *why)
{
	unsigned i = 0;
	while (i < REASONS - 1 && list[i].why && strcmp(list[i].why, why) != 0)
		i++;
	list[i].why = why;
	list[i].count++;
}

/* What looks alike is told once. */
static bool is_new_kind(bool *kinds, const struct decode_test *test)
{
	struct parsed p = decode_parse(test->bytes, test->code_size);
	unsigned kind = p.opcode | (p.map & 3u) << 8 | (unsigned)p.encoding << 10 | (test->code_size == 64u) << 12 |
			(test->model.verdict & 3u) << 13;
	bool known = kinds[kind];
	kinds[kind] = true;
	return !known;
}

static void fail(struct oracle *r, const struct decode_test *test)
{
	struct decode_test reduced = *test;
	r->t.failed++;
	if (!is_new_kind(r->t.failed_kinds, test) || r->t.told++ >= TOLD)
		return;
	decode_reduce(r->real, r->model, &reduced);
	decode_tell(&reduced);
}

static void skip(struct oracle *r, const struct decode_test *test, const struct judgement *j)
{
	r->t.skipped++;
	count_reason(j->is_quirk ? r->t.quirks : r->t.skips, j->skip);
	if (r->o.verbose && is_new_kind(r->t.skipped_kinds, test)) {
		printf("%s: ", j->skip);
		decode_tell(test);
	}
}

static bool judge(struct oracle *r, const struct decode_test *test)
{
	const struct judgement j = decode_judge(r->model, test);
	const struct host_row *row = host_row(test);
	r->t.verdicts[test->real.verdict]++;
	r->t.missing += test->missing;
	if (test->missing)
		count_reason(r->t.missing_names, decode_name(test));
	if (j.skip)
		skip(r, test, &j);
	else if (row)
		count_reason(r->t.rows, row->why);
	r->t.passed += !j.differs && !j.skip;
	return !j.differs;
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static unsigned make(struct oracle *r, struct decode_test *tests, unsigned long left)
{
	unsigned count = left < BATCH ? (unsigned)left : BATCH;
	for (unsigned i = 0; i < count; i++) {
		decode_make(&r->random, &tests[i]);
		model_ask(r->model, &tests[i]);
	}
	return count;
}

/* The processor runs one batch while ringstep is asked about the next. Failures are told when no batch runs: reducing
 * them takes its place. */
static bool run_all(struct oracle *r)
{
	struct decode_test *tests = malloc(2 * BATCH * sizeof *tests), *failures = tests + BATCH;
	if (!tests)
		return false;
	unsigned count = make(r, tests, r->o.count);
	for (unsigned long left = r->o.count; left;) {
		unsigned running = count, failed = 0;
		memcpy(real_tests(r->real), tests, running * sizeof *tests);
		real_begin(r->real, running);
		left -= running;
		count = make(r, tests, left);
		real_end(r->real);
		for (unsigned i = 0; i < running; i++)
			if (!judge(r, &real_tests(r->real)[i]))
				failures[failed++] = real_tests(r->real)[i];
		for (unsigned i = 0; i < failed; i++)
			fail(r, &failures[i]);
	}
	free(tests);
	return true;
}

/* Answers that ringstep does not give: each must be noticed. 15 bytes with #GP may be more than 15. */
static bool falsify(struct random *r, struct model *m, struct decode_test *t)
{
	if (t->skip || t->length_only || t->model.verdict == VERDICT_TOO_LONG)
		return false;
	if (t->model.verdict == VERDICT_UNDEFINED) {
		t->model = (struct answer){ VERDICT_INSTRUCTION, (uint8_t)(1 + random_next(r) % (LONGEST - 1)) };
		return true;
	}
	bool longer = t->model.length == 1 || (t->model.length < LONGEST - 1 && random_next(r) & 1);
	t->model.length = (uint8_t)(t->model.length + (longer ? 1 : -1));
	if (random_next(r) % 4 == 0 && model_run(m, t) == ENDING_OTHER)
		t->model = (struct answer){ VERDICT_UNDEFINED, 0 };
	return true;
}

/* What was made up is the truth where ringstep's own answer is a known difference. */
static bool is_true(struct model *m, const struct decode_test *t)
{
	struct decode_test own = *t;
	model_ask(m, &own);
	return decode_agrees(t) && !decode_agrees(&own);
}

static void prove(struct oracle *r)
{
	struct decode_test *tests = real_tests(r->real);
	unsigned count = make(r, tests, r->o.count), asked = 0;
	for (unsigned i = 0; i < count; i++)
		if (falsify(&r->random, r->model, &tests[i]))
			tests[asked++] = tests[i];
	real_begin(r->real, asked);
	real_end(r->real);
	for (unsigned i = 0; i < asked; i++) {
		if (is_true(r->model, &tests[i]))
			continue;
		bool seen = !decode_agrees(&tests[i]);
		r->t.passed += seen;
		r->t.failed += !seen;
		if (!seen)
			decode_tell(&tests[i]);
	}
	printf("%lu passed, %lu failed\n", r->t.passed, r->t.failed);
}

/* One instruction, and zeroes behind it. */
static void run_bytes(struct oracle *r)
{
	struct decode_test *t = real_tests(r->real);
	unsigned byte;
	*t = (struct decode_test){ .code_size = (uint8_t)r->o.code_size };
	for (unsigned i = 0; i < TEST_BYTES && 2 * i < strlen(r->o.bytes); i++)
		if (sscanf(r->o.bytes + 2 * i, "%2x", &byte) == 1)
			t->bytes[i] = (uint8_t)byte;
	model_ask(r->model, t);
	real_begin(r->real, 1);
	real_end(r->real);
	struct judgement j = decode_judge(r->model, t);
	decode_tell(t);
	puts(j.differs ? "they differ" : j.skip ? j.skip : "they agree");
	r->t.failed = j.differs;
}

static void tell_reasons(const char *kind, const struct reason *list)
{
	for (unsigned i = 0; i < REASONS && list[i].why; i++)
		printf("%9lu %s: %s\n", list[i].count, kind, list[i].why);
}

static void tell_totals(const struct oracle *r)
{
	const struct totals *t = &r->t;
	printf("seed %llu, %s masked by this processor's CPUID: %lu instructions, %lu #UD, %lu too long\n",
	       (unsigned long long)r->o.seed, r->o.profile, t->verdicts[VERDICT_INSTRUCTION],
	       t->verdicts[VERDICT_UNDEFINED], t->verdicts[VERDICT_TOO_LONG]);
	if (t->missing)
		printf("%9lu without a handler in ringstep: length and legality were compared\n", t->missing);
	if (r->o.verbose)
		tell_reasons("without a handler", t->missing_names);
	tell_reasons("compared", t->rows);
	tell_reasons("quirk", t->quirks);
	tell_reasons("skipped", t->skips);
	printf("%lu passed, %lu failed, %lu skipped\n", t->passed, t->failed, t->skipped);
}

static bool run(struct oracle *r)
{
	if (r->o.bytes) {
		run_bytes(r);
		return true;
	}
	if (r->o.prove) {
		prove(r);
		return true;
	}
	if (!run_all(r))
		return false;
	tell_totals(r);
	return true;
}

int main(int argc, char **argv)
{
	static struct oracle r = { .o = { .count = 100000, .seed = 1, .profile = "amd-zen4", .code_size = 64 } };
	char why[200];
	if (!parse_options(&r.o, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	r.random.state = r.o.seed;
	r.real = real_open(why);
	if (!r.real) {
		printf("%s\n0 passed, 0 failed, 1 skipped\n", why);
		return 0;
	}
	r.model = model_open(r.o.profile);
	if (!r.model || !run(&r)) {
		fprintf(stderr, "decode-oracle: no profile %s, or out of memory\n", r.o.profile);
		return 2;
	}
	model_close(r.model);
	real_close(r.real);
	return r.t.failed != 0;
}
