/* runner.c - case-runner: runs files of instruction cases and counts. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "cpu/mutant.h"

struct options {
	const char *only;
	bool list, verbose, stop_at_first, fault_each, list_mutants;
	unsigned mutant; /* mutation builds: what is inverted in both machines */
};

struct totals {
	unsigned long passed, failed;
	bool trouble;
};

static const char usage[] =
    "usage: case-runner [--only GLOB] [--list] [-v] [--stop-at-first] [--fault-each] FILE.case...\n"
    "       case-runner --mutant N FILE.case... | --mutants (in a build with -Dmutants=true)\n";

static bool parse_options(struct options *o, int argc, char **argv, int *first)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--list") == 0)
			o->list = true;
		else if (strcmp(argv[i], "-v") == 0)
			o->verbose = true;
		else if (strcmp(argv[i], "--stop-at-first") == 0)
			o->stop_at_first = true;
		else if (strcmp(argv[i], "--fault-each") == 0)
			o->fault_each = true;
		else if (strcmp(argv[i], "--mutants") == 0)
			o->list_mutants = true;
		else if (strcmp(argv[i], "--mutant") == 0 && i + 1 < argc)
			o->mutant = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
			o->only = argv[++i];
		else
			return false;
	}
	*first = i;
	return i < argc || o->list_mutants;
}

/* The whole file with a zero byte behind it, or NULL after a message. */
static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t size = 0, room = 1 << 16, got = 1;
	char *text = malloc(room);
	while (f && text && got) {
		got = fread(text + size, 1, room - size - 1, f);
		size += got;
		if (room - size == 1)
			text = realloc(text, room *= 2);
	}
	bool good = f && text && !ferror(f);
	if (!good)
		fprintf(stderr, "case-runner: %s: %s\n", path, strerror(errno));
	if (f)
		fclose(f);
	if (good)
		text[size] = 0;
	else
		free(text);
	return good ? text : NULL;
}

static bool done(const struct options *o, const struct totals *t)
{
	return t->trouble || (o->stop_at_first && t->failed);
}

/* Machines are made when a case first asks for them. */
static bool make_ready(struct env *env, unsigned cpu, const struct options *o)
{
	if (env_is_open(&env[cpu]))
		return true;
	if (!env_open(&env[cpu], cpu, NULL))
		return false;
	rs_set_mutant(env[cpu].m, o->mutant);
	return true;
}

static void run_one(struct env *env, const struct kase *k, unsigned cpu, unsigned mode, const struct options *o,
		    struct totals *t)
{
	if (o->list || o->verbose)
		printf("%s [%s %s]\n", k->name, case_cpu_names[cpu], case_mode_name(mode));
	if (o->list)
		return;
	if (!make_ready(env, cpu, o))
		t->trouble = true;
	else if (o->fault_each ? case_run_faulting(&env[cpu], k, mode) : case_run(&env[cpu], k, mode))
		t->passed++;
	else
		t->failed++;
}

static void run_case(struct env *env, const struct kase *k, const struct options *o, struct totals *t)
{
	if (o->only && fnmatch(o->only, k->name, 0) != 0)
		return;
	for (unsigned cpu = 0; cpu < CASE_CPUS; cpu++)
		for (unsigned mode = 0; mode < MODE_COUNT && !done(o, t); mode++)
			if (k->cpus >> cpu & 1 && k->modes >> mode & 1)
				run_one(env, k, cpu, mode, o, t);
}

static void run_lines(struct env *env, struct kase *k, char *text, const struct options *o, struct totals *t)
{
	char why[200];
	k->line = 0;
	for (char *line = text, *next; line && *line && !done(o, t); line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		k->line++;
		if (line[strspn(line, " \t")] == 0 || *line == '#')
			continue;
		if (case_parse(k, line, why)) {
			run_case(env, k, o, t);
		} else {
			fprintf(stderr, "case-runner: %s:%u: %s\n", k->file, k->line, why);
			t->trouble = true;
		}
	}
}

static void run_file(struct env *env, const char *path, const struct options *o, struct totals *t)
{
	char *text = read_file(path);
	struct kase *k = malloc(sizeof *k);
	t->trouble |= !text || !k;
	if (!t->trouble) {
		k->file = path;
		run_lines(env, k, text, o, t);
	}
	free(k);
	free(text);
}

static int list_mutants(void)
{
	for (unsigned id = 1; id < MUTANT_COUNT; id++)
		if (mutant_name(id))
			printf("%u %s\n", id, mutant_name(id));
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct totals t = { 0 };
	struct env env[CASE_CPUS] = { 0 };
	int first;
	if (!parse_options(&o, argc, argv, &first)) {
		fputs(usage, stderr);
		return 2;
	}
	if (o.list_mutants)
		return list_mutants();
	for (int i = first; i < argc && !done(&o, &t); i++)
		run_file(env, argv[i], &o, &t);
	for (unsigned cpu = 0; cpu < CASE_CPUS; cpu++)
		env_close(&env[cpu]);
	if (!o.list)
		printf("%lu passed, %lu failed\n", t.passed, t.failed);
	return t.trouble ? 2 : t.failed != 0;
}
