/*
 * compare.c - the program: as many scenes as wanted on each processor, what differed, and how often each row decided.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum { TRANSITIONS = 18, SHOWN = 10 };

static const char *const transition_names[TRANSITIONS] = {
	"SYSCALL", "SYSRET",   "SYSENTER", "SYSEXIT", "SWAPGS",   "INT n",  "INT3",       "INT1", "INTO",
	"IRET",    "CALL far", "JMP far",  "RET far", "delivery", "nested", "delivery32", "real", "trap",
};

static const char *const mode_names[SCENE_MODES] = {
	[IN_64] = "64-bit",
	[IN_COMPATIBILITY] = "compatibility",
	[IN_32] = "protected, 32-bit",
	[IN_16] = "protected, 16-bit",
	[IN_REAL] = "real",
	[IN_VIRTUAL_8086] = "virtual-8086",
};

/* How many of each thousand scenes a processor gets. */
static const struct {
	struct scene_cpu cpu;
	unsigned share;
} cpus[] = {
	{ { "intel-skylake", &spec_intel, true, false }, 300 },
	{ { "intel-icelake-server", &spec_intel, true, true }, 200 },
	{ { "amd-zen4", &spec_amd, false, false }, 400 },
	{ { "amd-k8", &spec_amd, false, false }, 100 },
};
enum { CPUS = sizeof(cpus) / sizeof(cpus[0]), VENDORS = 2 };

struct options {
	uint64_t states, seed;
	unsigned mutant;
	int inverted;
	bool prove, quiet;
};

struct tally {
	uint64_t states[VENDORS][TRANSITIONS], ends[VENDORS][3], traps[VENDORS], strayed[VENDORS];
	uint64_t rows[VENDORS][SPEC_ROW_WORDS * 64];
	uint64_t excluded[8], different;
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
	       (unsigned long long)s->state.rip, (unsigned long long)number, (unsigned long long)seed, j->text);
}

static void count(struct tally *t, const struct scene *s, const struct judgement *j)
{
	unsigned vendor = !s->cpu->is_intel;
	t->states[vendor][__builtin_ctz(s->insn.transition)]++;
	t->ends[vendor][j->end]++;
	t->traps[vendor] += j->trapped;
	for (unsigned row = 0; row < spec_row_count; row++)
		t->rows[vendor][row] += spec_row_decided(&j->rows, row);
}

static bool is_excluded(struct tally *t, const struct scene *s)
{
	for (unsigned i = 0; i < spec_exclusion_count; i++)
		if (spec_exclusions[i].applies(s->cpu->facts, &s->insn, &s->state)) {
			t->excluded[i]++;
			return true;
		}
	return false;
}

static void compare_one(struct comparison *c, unsigned cpu, uint64_t number)
{
	struct draw d = { c->options.seed + number * UINT64_C(0xd1342543de82ef95) };
	struct scene s;
	struct judgement j;
	draw_fast(&d, &s, &cpus[cpu].cpu);
	if (is_excluded(&c->tally, &s))
		return;
	judge(&c->world[cpu], &s, c->options.inverted, &j);
	if (j.verdict == VERDICT_STRAYED) {
		c->tally.strayed[!s.cpu->is_intel]++;
		return;
	}
	count(&c->tally, &s, &j);
	if (j.verdict == VERDICT_DIFFERENT && c->tally.different++ < SHOWN && !c->options.quiet)
		show(&s, &j, number, c->options.seed);
}

static unsigned cpu_of(uint64_t number)
{
	unsigned at = (unsigned)(number % 1000), cpu = 0;
	while (at >= cpus[cpu].share)
		at -= cpus[cpu++].share;
	return cpu;
}

static void compare_all(struct comparison *c)
{
	for (uint64_t i = 0; i < c->options.states; i++)
		compare_one(c, cpu_of(i), i);
}

/* ---- the report ---- */

static void report(const struct comparison *c)
{
	const struct tally *t = &c->tally;
	for (unsigned i = 0; i < TRANSITIONS; i++)
		if (t->states[0][i] || t->states[1][i])
			printf("%-12s intel %8llu  amd %8llu\n", transition_names[i],
			       (unsigned long long)t->states[0][i], (unsigned long long)t->states[1][i]);
	for (unsigned row = 0; row < spec_row_count; row++)
		printf("  %-24s intel %8llu  amd %8llu   %s\n", spec_table[row].name,
		       (unsigned long long)t->rows[0][row], (unsigned long long)t->rows[1][row],
		       spec_table[row].ledger);
	for (unsigned v = 0; v < VENDORS; v++)
		printf("%s: %llu completed, %llu delivered, %llu shutdown, %llu single-step traps, %llu left out\n",
		       v ? "amd" : "intel", (unsigned long long)t->ends[v][0], (unsigned long long)t->ends[v][1],
		       (unsigned long long)t->ends[v][2], (unsigned long long)t->traps[v],
		       (unsigned long long)t->strayed[v]);
}

int main(int argc, char **argv)
{
	static struct comparison c = { .options = { .states = 10000, .seed = 1, .inverted = SPEC_NONE } };
	if (argc > 1)
		c.options.states = strtoull(argv[1], NULL, 10);
	for (unsigned i = 0; i < CPUS; i++) {
		if (!world_open(&c.world[i], cpus[i].cpu.name))
			return 2;
		scene_code(&c.world[i]);
	}
	compare_all(&c);
	report(&c);
	printf("%llu passed, %llu failed\n", (unsigned long long)(c.options.states - c.tally.different),
	       (unsigned long long)c.tally.different);
	return c.tally.different != 0;
}
