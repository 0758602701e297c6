/* inline.c - inline-oracle: single instructions on the processor under this program and in ringstep. */
#include <cpuid.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "inline.h"

enum { PATIENCE = 256, REASONS = 64, TOLD = 40, TOLD_OF_FORM = 2, GROUP = 16, WHOLE_EVERY = 1024 };

struct options {
	unsigned long long count, seed, index, least;
	bool one, faults, verbose, list, has_only;
	const char *profile, *row;
	regex_t only;
};

struct totals {
	unsigned long long passed, failed, lost, events, told;
	unsigned long vectors[32];
};

struct oracle {
	struct options o;
	struct making k;
	struct model *m;
	size_t *chosen, chosen_count; /* forms that are compared */
	struct totals t;
	struct places places;
};

static const char usage[] =
    "usage: inline-oracle [--faults] [--profile NAME] [--count N] [--least N] [--seed S] [--index I]\n"
    "                     [--row NAME] [--only REGEX] [--list] [-v]\n";

static bool parse_text(struct options *o, const char *name, const char *value)
{
	if (strcmp(name, "--profile") == 0)
		o->profile = value;
	else if (strcmp(name, "--row") == 0)
		o->row = value;
	else if (strcmp(name, "--only") == 0)
		return o->has_only = regcomp(&o->only, value, REG_EXTENDED | REG_NOSUB | REG_ICASE) == 0;
	else if (strcmp(name, "--count") == 0)
		o->count = (unsigned long long)strtod(value, NULL);
	else if (strcmp(name, "--least") == 0)
		o->least = strtoull(value, NULL, 0);
	else if (strcmp(name, "--seed") == 0)
		o->seed = strtoull(value, NULL, 0);
	else if (strcmp(name, "--index") == 0)
		o->index = strtoull(value, NULL, 0), o->one = true;
	else
		return false;
	return true;
}

static bool parse_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			o->verbose = true;
		else if (strcmp(argv[i], "--list") == 0)
			o->list = true;
		else if (strcmp(argv[i], "--faults") == 0)
			o->faults = true;
		else if (i + 1 == argc || !parse_text(o, argv[i], argv[i + 1]))
			return false;
		else
			i++;
	}
	return true;
}

/* ---- choosing ---- */

static bool is_wanted(const struct options *o, const struct insn_form *f)
{
	char text[160];
	if (o->row && strcasecmp(o->row, form_name(f)) != 0)
		return false;
	if (!o->has_only)
		return true;
	form_tell(f, text);
	return regexec(&o->only, text, 0, NULL, 0) == 0;
}

static void choose_form(struct oracle *k, struct insn_form *f)
{
	struct decoded z;
	uint8_t bytes[24];
	encode_plain(&f->e, bytes);
	decode_bytes(&k->k.decoder, bytes, 15, &z);
	f->skip = model_knows(k->m, bytes, f);
	f->why = f->skip == SKIP_NO_ROW ? "not in ringstep yet" : "the profile does not have it";
	if (f->skip == SKIP_NOT)
		rows_choose(f, &z, k->k.same_vendor, k->o.faults);
}

static bool choose_forms(struct oracle *k)
{
	struct form_list *f = k->k.forms;
	k->chosen = calloc(f->count + 1, sizeof *k->chosen);
	for (size_t i = 0; k->chosen && i < f->count; i++) {
		choose_form(k, &f->form[i]);
		if (f->form[i].skip == SKIP_NOT && is_wanted(&k->o, &f->form[i]))
			k->chosen[k->chosen_count++] = i;
	}
	return k->chosen;
}

/* ---- running ---- */

static void tell_failure(struct oracle *k, struct test *t, unsigned long long index, const char *first)
{
	struct difference d;
	char text[160];
	form_tell(t->form, text);
	printf("FAILED %s --seed %llu --index %llu\n", text, k->o.seed, index);
	reduce(k->m, &k->k, t);
	differs(k->m, &k->k, t, true, &d);
	tell_case(t, &d, k->o.profile);
	if (!d.length)
		printf("  not seen again:%s\n", first);
	fflush(stdout);
}

static void count_end(struct oracle *k, struct insn_form *f, const struct end *e)
{
	bool event = e->vector != NO_EVENT;
	k->t.passed++;
	k->t.events += event;
	f->runs++;
	f->passed += event == k->o.faults;
	if (event)
		k->t.vectors[e->vector & 31]++;
}

static void run_one(struct oracle *k, const struct group *g, unsigned long long index)
{
	static struct test t;
	static struct difference d;
	struct random r = { k->o.seed * 0x632be59bd9b4e019u + index };
	struct insn_form *f = &k->k.forms->form[g->form - k->k.forms->form];
	random_next(&r);
	make_test(&k->k, &r, g, &t);
	if (k->o.verbose) {
		tell_case(&t, &(struct difference){ .text = "" }, k->o.profile);
		fflush(stdout);
	}
	if (!differs(k->m, &k->k, &t, index % WHOLE_EVERY == 0, &d)) {
		k->t.lost += d.lost;
		if (!d.lost)
			count_end(k, f, &d.native);
		return;
	}
	k->t.failed++;
	if (f->failed++ < TOLD_OF_FORM && k->t.told < TOLD) {
		k->t.told++;
		tell_failure(k, &t, index, d.text);
	}
}

static void run_group(struct oracle *k, unsigned long long first, unsigned long long end)
{
	struct group g;
	struct random r = { k->o.seed * 0xd1342543de82ef95u + first };
	random_next(&r);
	const struct insn_form *f = &k->k.forms->form[k->chosen[first / GROUP % k->chosen_count]];
	if (k->o.faults && !k->o.one && f->runs > PATIENCE && !f->passed)
		return; /* it has nothing to fault with */
	make_group(&k->k, &r, f, &g);
	for (unsigned long long i = first; i < first + GROUP && i < end; i++)
		if (!k->o.one || i == k->o.index)
			run_one(k, &g, i);
}

/* The signal oracle counts events, and gives up on who finds none. */
static bool is_done(const struct oracle *k, unsigned long long index)
{
	return k->o.faults ? k->t.events >= k->o.count || index > 16 * k->o.count : index >= k->o.count;
}

static void run_all(struct oracle *k)
{
	if (!k->chosen_count)
		return;
	if (k->o.one) {
		run_group(k, k->o.index / GROUP * GROUP, k->o.index + 1);
		return;
	}
	for (unsigned long long i = 0; !is_done(k, i); i += GROUP)
		run_group(k, i, i + GROUP);
}

/* ---- telling ---- */

struct reason {
	const char *why;
	unsigned long forms;
};

/* Each mnemonic once. */
static void tell_mnemonics(const struct oracle *k, const char *why)
{
	const struct form_list *f = k->k.forms;
	int last = -1, column = 0;
	for (size_t i = 0; i < f->count; i++) {
		if (f->form[i].skip == SKIP_NOT || strcmp(f->form[i].why, why) != 0 || f->form[i].mnemonic == last)
			continue;
		last = f->form[i].mnemonic;
		column += printf("%s%s", column ? " " : "         ", form_name(&f->form[i]));
		if (column > 100)
			column = printf("\n") - 1;
	}
	puts("");
}

static unsigned long tell_skips(const struct oracle *k)
{
	struct reason reasons[REASONS] = { { 0 } };
	const struct form_list *f = k->k.forms;
	unsigned long skipped = 0;
	for (size_t i = 0; i < f->count; i++) {
		unsigned r = 0;
		if (f->form[i].skip == SKIP_NOT || !is_wanted(&k->o, &f->form[i]))
			continue;
		while (r < REASONS - 1 && reasons[r].why && strcmp(reasons[r].why, f->form[i].why) != 0)
			r++;
		reasons[r].why = f->form[i].why;
		reasons[r].forms++;
		skipped++;
	}
	for (unsigned r = 0; r < REASONS && reasons[r].why; r++) {
		printf("%6lu forms skipped: %s\n", reasons[r].forms, reasons[r].why);
		if (k->o.list)
			tell_mnemonics(k, reasons[r].why);
	}
	return skipped;
}

/* Comparing too little is a failure. */
static void tell_smallest(struct oracle *k)
{
	const struct insn_form *least = NULL;
	char text[160];
	size_t never = 0;
	for (size_t i = 0; i < k->chosen_count; i++) {
		const struct insn_form *f = &k->k.forms->form[k->chosen[i]];
		never += k->o.faults && !f->passed && !f->failed;
		if (k->o.faults && !f->passed && !f->failed)
			continue;
		least = !least || f->passed < least->passed ? f : least;
		if (k->o.list && form_tell(f, text))
			printf("%10lu passed %8lu failed %s\n", f->passed, f->failed, text);
	}
	if (never)
		printf("%zu forms never faulted\n", never);
	if (!least || !form_tell(least, text))
		return;
	printf("%zu forms compared, at least %lu times each: %s\n", k->chosen_count - never, least->passed, text);
	k->t.failed += least->passed < k->o.least;
}

static void tell_places(const struct places *p)
{
	if (!p->compared)
		return;
	printf("%10llu transcendental results, %llu with another last place, %llu with another C1; largest distance "
	       "%llu\n",
	       p->compared, p->apart, p->c1, (unsigned long long)p->largest);
}

static void tell_totals(struct oracle *k)
{
	tell_smallest(k);
	tell_places(&k->places);
	for (unsigned v = 0; v < 32; v++)
		if (k->t.vectors[v])
			printf("%10lu ended by vector %u\n", k->t.vectors[v], v);
	unsigned long long skipped = tell_skips(k) + k->t.lost;
	if (k->t.lost)
		printf("%6llu tests skipped: a branch to itself, or into Linux's vsyscall page\n", k->t.lost);
	printf("seed %llu, profile %s\n", k->o.seed, k->o.profile);
	printf("%llu passed, %llu failed, %llu skipped\n", k->t.passed, k->t.failed, skipped);
}

/* ---- the program ---- */

static bool host_is_intel(void)
{
	unsigned a, b, c, d;
	return __get_cpuid(0, &a, &b, &c, &d) && b == signature_INTEL_ebx;
}

/* As ringstep's decoder is set up. */
static void open_decoder(struct oracle *k)
{
	const struct rs_profile *p = model_profile(k->m);
	ZydisDecoder *d = &k->k.decoder;
	ZydisDecoderInit(d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_AMD_BRANCHES, p->is.near_branch_16);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_TZCNT, profile_shows(p, FEATURE_BMI1));
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_LZCNT, profile_shows(p, FEATURE_LZCNT));
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_KNC, ZYAN_FALSE);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_CET, ZYAN_FALSE);
}

/* Intel's processors write FOP for exceptions only, AMD's always [SDM vol. 1, 8.1.9; APM vol. 1, 6.2.5]; CPUID tells of
 * FDP. */
static void choose_pointers(struct oracle *k)
{
	const struct rs_profile *p = model_profile(k->m);
	k->k.fop_apart = p->is.fop_of_exceptions != host_is_intel();
	k->k.fdp_apart = profile_has(p, FEATURE_FDP_EXCPTN_ONLY) != native_has(&feature_texts[FEATURE_FDP_EXCPTN_ONLY]);
}

static bool open_oracle(struct oracle *k)
{
	k->k.faults = k->o.faults;
	k->k.places = &k->places;
	k->k.forms = calloc(1, sizeof *k->k.forms);
	k->m = model_open(k->o.profile);
	if (!k->m || !k->k.forms)
		return false;
	arena_keep();
	open_decoder(k);
	k->k.same_vendor = host_is_intel() == model_is_intel(k->m);
	choose_pointers(k);
	k->k.xcr0_apart = native_xcr0() ^ model_xcr0(k->m);
	return forms_find(k->k.forms, &k->k.decoder) && choose_forms(k);
}

int main(int argc, char **argv)
{
	static struct oracle k = { .o = { .count = 1000000, .seed = 1, .profile = "amd-zen4" } };
	char why[200];
	if (!parse_options(&k.o, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	if (!native_open(why)) {
		printf("%s\n0 passed, 0 failed, 1 skipped\n", why);
		return 0;
	}
	if (!open_oracle(&k)) {
		fprintf(stderr, "inline-oracle: no such profile, or no memory\n");
		return 2;
	}
	run_all(&k);
	tell_totals(&k);
	model_close(k.m);
	return k.t.failed != 0;
}
