/*
 * compare.c - the program: scenes on each processor, by the rows and by the machine. README.md tells what is compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

typedef unsigned long long ull;

enum { TRANSITIONS = 14, SHOWN = 10, PROOF_STATES = 400000 };

/* By the bit of enum spec_transition. */
static const char *const transition_names[TRANSITIONS] = {
	"SYSCALL", "SYSRET", "SYSENTER", "SYSEXIT",  "SWAPGS",  "INT n",   "INT3",
	"INT1",    "INTO",   "IRET",     "CALL far", "JMP far", "RET far", "interrupt",
};

static const char *const mode_names[SCENE_MODES] = {
	[IN_64] = "64-bit",           [IN_COMPATIBILITY] = "compatibility",
	[IN_32] = "32-bit protected", [IN_16] = "16-bit protected",
	[IN_REAL] = "real",           [IN_VIRTUAL_8086] = "virtual-8086",
};

/* The share is how many of ten scenes a processor gets. */
static const struct {
	struct scene_cpu cpu;
	unsigned share;
} cpus[] = {
	{ { "intel-skylake", &spec_intel, true, false }, 3 },
	{ { "intel-icelake-server", &spec_intel, true, true }, 2 },
	{ { "amd-zen4", &spec_amd, false, false }, 4 },
	{ { "amd-k8", &spec_amd, false, false }, 1 },
};
enum { CPUS = sizeof(cpus) / sizeof(cpus[0]), VENDORS = 2 };
static const char *const vendor_names[VENDORS] = { "intel", "amd" };

struct options {
	uint64_t states, seed;
	unsigned mutant; /* of a build with mutants; 0: none */
	int without;     /* row, or SPEC_NONE */
	bool prove, rows, stop_at_first;
};

struct tally {
	uint64_t states[VENDORS][TRANSITIONS], modes[VENDORS][SCENE_MODES], ends[VENDORS][3];
	uint64_t traps[VENDORS], strayed[VENDORS], open[VENDORS], rows[VENDORS][SPEC_ROW_WORDS * 64];
	uint64_t same, different;
};

struct comparison {
	struct options options;
	struct world world[CPUS];
	struct tally tally;
};

/* ---- one scene ---- */

static void show(const struct scene *s, const struct judgement *j, uint64_t number, uint64_t seed)
{
	printf("different: %s, %s mode, CPL %u, %s, rip=%llx, state %llu of seed %llu\n%s", s->cpu->name,
	       mode_names[s->mode], s->state.cpl, transition_names[__builtin_ctz(s->insn.transition)],
	       (ull)s->state.rip, (ull)number, (ull)seed, j->text);
}

static void count_judged(struct tally *t, unsigned vendor, const struct scene *s, const struct judgement *j)
{
	t->states[vendor][__builtin_ctz(s->insn.transition)]++;
	t->modes[vendor][s->mode]++;
	t->ends[vendor][j->end]++;
	t->traps[vendor] += j->trapped;
	t->same += j->verdict == VERDICT_SAME;
	t->different += j->verdict == VERDICT_DIFFERENT;
}

static void count(struct tally *t, const struct scene *s, const struct judgement *j)
{
	unsigned vendor = !s->cpu->is_intel;
	t->strayed[vendor] += j->verdict == VERDICT_STRAYED;
	t->open[vendor] += j->verdict == VERDICT_OPEN;
	if (j->verdict == VERDICT_STRAYED)
		return;
	if (j->verdict != VERDICT_OPEN)
		count_judged(t, vendor, s, j);
	for (unsigned row = 0; row < spec_row_count; row++)
		t->rows[vendor][row] += spec_row_decided(&j->rows, row);
}

/* Processors and the two kinds of scene take turns. */
static unsigned cpu_of(uint64_t number)
{
	unsigned at = (unsigned)(number / 2 % 10), cpu = 0;
	while (at >= cpus[cpu].share)
		at -= cpus[cpu++].share;
	return cpu;
}

static void compare_one(struct comparison *c, uint64_t number)
{
	struct draw d = { c->options.seed + number * UINT64_C(0xd1342543de82ef95) };
	unsigned cpu = cpu_of(number);
	struct scene s;
	struct judgement j;
	if (number % 2)
		draw_fast(&d, &s, &cpus[cpu].cpu);
	else
		draw_tables(&d, &s, &cpus[cpu].cpu);
	judge(&c->world[cpu], &s, c->options.without, &j);
	count(&c->tally, &s, &j);
	bool quiet = c->options.prove || c->options.stop_at_first;
	if (j.verdict == VERDICT_DIFFERENT && c->tally.different <= SHOWN && !quiet)
		show(&s, &j, number, c->options.seed);
}

static void compare(struct comparison *c)
{
	bool stop = c->options.prove || c->options.stop_at_first;
	for (uint64_t i = 0; i < c->options.states && !(stop && c->tally.different); i++)
		compare_one(c, i);
}

/* ---- the report ---- */

static void report_counts(const char *name, const uint64_t *intel, const uint64_t *amd)
{
	printf("%-22s intel %8llu   amd %8llu\n", name, (ull)*intel, (ull)*amd);
}

static void report_scenes(const struct tally *t)
{
	for (unsigned i = 0; i < TRANSITIONS; i++)
		report_counts(transition_names[i], &t->states[0][i], &t->states[1][i]);
	for (unsigned i = 0; i < SCENE_MODES; i++)
		report_counts(mode_names[i], &t->modes[0][i], &t->modes[1][i]);
	for (unsigned v = 0; v < VENDORS; v++)
		printf("%s: %llu completed, %llu delivered, %llu shut down; %llu single-step traps after them\n",
		       vendor_names[v], (ull)t->ends[v][SPEC_COMPLETED], (ull)t->ends[v][SPEC_DELIVERED],
		       (ull)t->ends[v][SPEC_SHUTDOWN], (ull)t->traps[v]);
	for (unsigned v = 0; v < VENDORS; v++)
		printf("%s: %llu left out as open, %llu because they leave the tables and stacks\n", vendor_names[v],
		       (ull)t->open[v], (ull)t->strayed[v]);
}

static void report_rows(const struct tally *t)
{
	for (unsigned i = 0; i < spec_row_count; i++)
		printf("  %-26s intel %8llu   amd %8llu   %s; %s\n", spec_table[i].name, (ull)t->rows[0][i],
		       (ull)t->rows[1][i], spec_table[i].ledger, spec_table[i].manual);
}

/* A row that never decides states nothing. */
static unsigned report_idle_rows(const struct tally *t)
{
	unsigned idle = 0;
	for (unsigned i = 0; i < spec_row_count; i++)
		if (!t->rows[0][i] && !t->rows[1][i]) {
			printf("never decided: %s (%s)\n", spec_table[i].name, spec_table[i].ledger);
			idle++;
		}
	return idle;
}

static int report(const struct comparison *c)
{
	const struct tally *t = &c->tally;
	printf("seed %llu, %llu states\n", (ull)c->options.seed, (ull)c->options.states);
	report_scenes(t);
	if (c->options.rows)
		report_rows(t);
	unsigned idle = report_idle_rows(t);
	printf("%llu passed, %llu failed\n", (ull)(t->same + spec_row_count - idle), (ull)(t->different + idle));
	return t->different || idle;
}

/* ---- the proof ---- */

/* Passing over the row must make a difference, else the comparison would not notice that the row is wrong. */
static bool prove_row(struct comparison *c, unsigned row)
{
	c->options.without = (int)row;
	c->tally = (struct tally){ 0 };
	compare(c);
	if (!c->tally.different)
		printf("no difference without the row %s (%s)\n", spec_table[row].name, spec_table[row].ledger);
	return c->tally.different;
}

static int prove(struct comparison *c)
{
	unsigned passed = 0, failed = 0;
	for (unsigned row = 0; row < spec_row_count; row++)
		if (prove_row(c, row))
			passed++;
		else
			failed++;
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}

/* ---- the program ---- */

static const char usage[] =
    "usage: spec-compare [--states N] [--seed S] [--rows] [--without ROW]   rows against machine\n"
    "       spec-compare --prove [--states N]   each row left out in turn must make a difference\n"
    "       spec-compare --mutant N [--states N]   in a build with -Dmutants=true: ends at the first difference\n";

static int row_of(const char *name)
{
	for (unsigned i = 0; i < spec_row_count; i++)
		if (strcmp(name, spec_table[i].name) == 0)
			return (int)i;
	return SPEC_NONE;
}

static bool parse_value(struct options *o, const char *name, const char *value)
{
	if (strcmp(name, "--states") == 0)
		o->states = strtoull(value, NULL, 10);
	else if (strcmp(name, "--seed") == 0)
		o->seed = strtoull(value, NULL, 10);
	else if (strcmp(name, "--mutant") == 0)
		o->mutant = (unsigned)strtoul(value, NULL, 10), o->stop_at_first = true;
	else if (strcmp(name, "--without") == 0)
		return (o->without = row_of(value)) != SPEC_NONE;
	else
		return false;
	return true;
}

static bool parse(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--prove") == 0)
			o->prove = true;
		else if (strcmp(argv[i], "--rows") == 0)
			o->rows = true;
		else if (i + 1 < argc && parse_value(o, argv[i], argv[i + 1]))
			i++;
		else
			return false;
	}
	if (!o->states)
		o->states = o->prove ? PROOF_STATES : 2000000;
	return true;
}

static bool open_worlds(struct comparison *c)
{
	for (unsigned i = 0; i < CPUS; i++) {
		if (!world_open(&c->world[i], cpus[i].cpu.name))
			return false;
		scene_code(&c->world[i]);
		if (c->options.mutant)
			rs_set_mutant(c->world[i].m, c->options.mutant);
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct comparison c = { .options = { .seed = 1, .without = SPEC_NONE } };
	if (!parse(&c.options, argc, argv))
		return fputs(usage, stderr), 2;
	if (!open_worlds(&c))
		return 2;
	if (c.options.prove)
		return prove(&c);
	compare(&c);
	if (c.options.stop_at_first)
		return c.tally.different != 0;
	return report(&c);
}
