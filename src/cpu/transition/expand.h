/* expand.h - the words of the rows as C, for transition.c: it defines TRANSITION, NOTE and STEP for the fast bodies
 * and for the noting ones. */
#define ST cpu->st
#define ALL true
#define B(name) behaviour(cpu, name)

#define LET(...) __VA_ARGS__
#define CHECK(row, rule, who, text, section, bad, vector, code) \
	if ((who) && ((bad) != mutant_is(cpu, MUTANT_ROW_##row))) \
		return cpu_fault(cpu, vector, code, RULE_##rule);
#define TRY(row, rule, who, when, text, section, ...) \
	if ((who) && (when) && !mutant_is(cpu, MUTANT_ROW_##row)) { \
		STEP(row) \
		NOTE(rule) \
		if (!(__VA_ARGS__)) \
			return false; \
	}
#define DO(row, rule, who, when, text, section, ...) \
	if ((who) && (when) && !mutant_is(cpu, MUTANT_ROW_##row)) { \
		STEP(row) \
		NOTE(rule) \
		__VA_ARGS__; \
	}
#define DONE_IF(done) \
	if (done) \
		return true;
#define LEAVE(row, rule, who, when, text, section, ...) \
	if ((who) && (when) && !mutant_is(cpu, MUTANT_ROW_##row)) { \
		STEP(row) \
		return (__VA_ARGS__); \
	}
#define END_TRANSITION \
	return true; \
	}
