/* mutant.h - mutation testing: in a mutation build one row or behaviour can be inverted at run time, to show that a
 * test notices. In every other build the words below fold to what the row says. */
#ifndef RS_CPU_MUTANT_H
#define RS_CPU_MUTANT_H

#include "cpu/cpu.h"

enum mutant {
	MUTANT_NONE,
#define TRANSITION(name, about) MUTANT_LAST_BEFORE_##name,
#define CHECK(row, rule, who, text, section, bad, vector, code) MUTANT_ROW_##row,
#define DO(row, rule, who, text, section, ...) MUTANT_ROW_##row,
#define TRY(row, rule, who, text, section, ...) MUTANT_ROW_##row,
#define LEAVE(row, rule, who, text, section, ...) MUTANT_ROW_##row,
#define LET(...)
#define DONE_IF(...)
#define END_TRANSITION
#include "cpu/transition/all.def"
#undef TRANSITION
#undef CHECK
#undef DO
#undef TRY
#undef LEAVE
#undef LET
#undef DONE_IF
#undef END_TRANSITION
	MUTANT_LAST_BEFORE_BEHAVIOURS,
#define BEHAVIOUR(name, zero, one, rules) MUTANT_BEHAVIOUR_##name,
#include "cpu/behaviours.def"
#undef BEHAVIOUR
#define MSR(name, ...) MUTANT_MSR_##name,
#include "msr/msr.def"
#undef MSR
	MUTANT_COUNT
};

#ifdef RS_MUTANTS
static inline bool mutant_is(const struct cpu *cpu, unsigned id)
{
	return cpu->mutant == id;
}
#else
#define mutant_is(cpu, id) false
#endif

/* Name of a mutant ("row syscall_sce"), or NULL past the last one and for the separators between transitions. */
const char *mutant_name(unsigned id);

/* A named behaviour of the CPU's profile; and of the one whose CPUID answers it gives. */
#define behaviour(cpu, name) behaviour_of(cpu, (cpu)->profile, name)
#define behaviour_of_identity(cpu, name) behaviour_of(cpu, (cpu)->identity, name)
#define behaviour_of(cpu, profile, name) ((profile)->is.name != mutant_is(cpu, MUTANT_BEHAVIOUR_##name))

/* The same by its number. */
static inline bool behaviour_at(const struct cpu *cpu, enum behaviour_index b)
{
	return profile_behaves(cpu->profile, b) != mutant_is(cpu, MUTANT_LAST_BEFORE_BEHAVIOURS + 1u + b);
}

#endif
