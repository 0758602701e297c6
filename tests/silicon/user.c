/* user.c - user-oracle: random tests in user mode, on the processor under this program and in ringstep. */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user.h"

enum { REASONS = 32, TOLD = 50, HWCAP2 = 26, HWCAP2_HAS_FSGSBASE = 2 };

/* <sys/auxv.h> brings names of <elf.h> that those of the MMU clash with. */
unsigned long getauxval(unsigned long type);

struct options {
	unsigned long count, seconds;
	uint64_t seed;
	bool verbose;
};

struct reason {
	const char *why;
	unsigned long count;
};

struct totals {
	unsigned long passed, failed, skipped;
	struct reason known[REASONS], lost[REASONS];
	unsigned long events[256];
};

static const char usage[] = "usage: user-oracle [--random N] [--seed S] [--seconds T] [-v]\n";

static bool parse_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;
		if (strcmp(argv[i], "-v") == 0)
			o->verbose = true;
		else if (more && strcmp(argv[i], "--random") == 0)
			o->count = strtoul(argv[++i], NULL, 0);
		else if (more && strcmp(argv[i], "--seed") == 0)
			o->seed = strtoull(argv[++i], NULL, 0);
		else if (more && strcmp(argv[i], "--seconds") == 0)
			o->seconds = strtoul(argv[++i], NULL, 0);
		else
			return false;
	}
	return true;
}

/* Why this processor cannot be asked, or NULL. */
static const char *unsuited(void)
{
	unsigned a, b, c, d;
	if (!__get_cpuid(0, &a, &b, &c, &d) || b != signature_INTEL_ebx)
		return "the processor is not Intel's, and the profile compared with is";
	return getauxval(HWCAP2) & HWCAP2_HAS_FSGSBASE ? NULL : "the kernel does not let user mode write FS.base";
}

static void count_reason(struct reason *list, const char *why)
{
	unsigned i = 0;
	while (i < REASONS - 1 && list[i].why && strcmp(list[i].why, why) != 0)
		i++;
	list[i].why = why;
	list[i].count++;
}

/* A known difference in its first instructions explains what became of the rest. */
static void look_at_beginning(struct user_model *m, const struct user_test *t, struct difference *d)
{
	for (unsigned i = 1; i < TEST_INSTRUCTIONS && t->length[i] && !d->known; i++) {
		struct user_test begin = *t;
		struct difference early;
		memset(begin.length + i, 0, TEST_INSTRUCTIONS - i);
		user_differs(m, &begin, &early);
		d->known = early.known;
	}
}

static void tell_failure(struct user_model *m, struct user_test *t, uint64_t seed)
{
	struct difference d;
	user_reduce(m, t);
	user_differs(m, t, &d);
	printf("seed %llu |", (unsigned long long)seed);
	user_tell(t);
	printf(" | ringstep/processor:%s (#%s)\n", d.text, event_name((uint8_t)d.vector));
	fflush(stdout);
}

static void run_one(struct user_model *m, uint64_t seed, bool verbose, struct totals *t)
{
	struct random r = { seed };
	struct user_test test;
	struct difference d;
	user_make(&r, &test);
	if (verbose) {
		printf("seed %llu |", (unsigned long long)seed);
		user_tell(&test);
		puts("");
		fflush(stdout);
	}
	bool bad = user_differs(m, &test, &d);
	if (bad)
		look_at_beginning(m, &test, &d);
	if (d.lost || d.known) {
		t->skipped++;
		count_reason(d.lost ? t->lost : t->known, d.lost ? d.lost : d.known);
		return;
	}
	t->events[d.vector & 0xff]++;
	t->passed += !bad;
	t->failed += bad;
	if (bad && t->failed <= TOLD)
		tell_failure(m, &test, seed);
}

static void tell_totals(const struct totals *t)
{
	for (unsigned v = 0; v < 256; v++)
		if (t->events[v])
			printf("%8lu ended by #%s\n", t->events[v], event_name((uint8_t)v));
	for (unsigned i = 0; i < REASONS && t->known[i].why; i++)
		printf("%8lu known: %s\n", t->known[i].count, t->known[i].why);
	for (unsigned i = 0; i < REASONS && t->lost[i].why; i++)
		printf("%8lu not comparable: %s\n", t->lost[i].count, t->lost[i].why);
	printf("%lu passed, %lu failed, %lu skipped\n", t->passed, t->failed, t->skipped);
}

static int run_all(const struct options *o)
{
	char why[200];
	struct totals t = { 0 };
	struct user_model *m = user_model_open();
	time_t end = time(NULL) + (time_t)o->seconds;
	if (!m || !user_open(why)) {
		printf("%s\n0 passed, 0 failed, 1 skipped\n", m ? why : "out of memory");
		return m ? 0 : 2;
	}
	for (unsigned long i = 0; i < o->count && (!o->seconds || time(NULL) < end); i++)
		run_one(m, o->seed + i, o->verbose, &t);
	tell_totals(&t);
	user_model_close(m);
	return t.failed != 0;
}

int main(int argc, char **argv)
{
	struct options o = { .count = 10000, .seed = 1 };
	const char *why = unsuited();
	if (!parse_options(&o, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	if (why) {
		printf("%s\n0 passed, 0 failed, 1 skipped\n", why);
		return 0;
	}
	return run_all(&o);
}
