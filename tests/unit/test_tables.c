/* test_tables.c - the tables of the core against each other. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/cpu.h"
#include "cpu/transition/transition.h"
#include "msr/msr.h"
#include "ringstep.h"

/* ---- state.def covers struct cpu_state --------------------------------------------------------------------------- */

/* How often each byte of the state is named. */
static void count_bytes(uint8_t *times)
{
	memset(times, 0, sizeof(struct cpu_state));
	for (size_t i = 0; i < state_field_count; i++)
		for (size_t at = 0; at < state_bytes(&state_fields[i]); at++)
			times[state_fields[i].offset + at]++;
}

/* The engine's own slots; not architectural. */
static bool is_the_engines(size_t at)
{
	size_t slots = offsetof(struct cpu_state, gpr[GPR_ZERO]), none = offsetof(struct cpu_state, seg[SEG_NONE]);

	return (at >= slots && at < offsetof(struct cpu_state, gpr[GPR_SLOTS])) ||
	       (at >= none && at < none + sizeof(struct seg));
}

static void state_names_every_byte_once(void **unused)
{
	uint8_t times[sizeof(struct cpu_state)];

	(void)unused;
	count_bytes(times);
	for (size_t at = 0; at < sizeof times; at++)
		if (times[at] != !is_the_engines(at))
			fail_msg("byte %zu of struct cpu_state is named %d times by state.def", at, times[at]);
}

static void state_names_are_unique(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < state_field_count; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(state_fields[i].name, state_fields[k].name);
}

/* What the public calls tell is the same list. */
static void state_is_what_the_public_calls_list(void **unused)
{
	(void)unused;
	assert_int_equal(rs_field_count(), state_field_count);
	for (size_t i = 0; i < state_field_count; i++) {
		assert_string_equal(rs_field_info(i)->name, state_fields[i].name);
		assert_int_equal(rs_field_find(state_fields[i].name), i);
	}
	assert_null(rs_field_info(state_field_count));
	assert_int_equal(rs_field_find("no such field"), -1);
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

static void rules_are_found_by_their_ids(void **unused)
{
	char small[16] = "";

	(void)unused;
	assert_int_equal(rs_rule_count(), RULE_COUNT);
	for (int i = 1; i < RULE_COUNT; i++) {
		const struct rs_rule *r = rs_rule_info((size_t)i);
		assert_int_equal(rs_rule_find(r->id), i);
		for (size_t k = 0; k <= strlen(r->id); k++)
			small[k] = (char)tolower((unsigned char)r->id[k]);
		assert_int_equal(rs_rule_find(small), i);
		assert_string_equal(rule_id((enum rule)i), r->id);
		assert_true(*r->text && *r->applies && *r->fault && *r->source);
	}
	assert_int_equal(rs_rule_find("SC-99"), -1);
}

/* ---- transitions ------------------------------------------------------------------------------------------------- */

static void check_row(const struct transition_row *r)
{
	if (r->rule == RULE_NONE || r->rule >= RULE_COUNT)
		fail_msg("row %s has no rule", r->name);
	if (!*r->text || !*r->section || (r->outcome && r->outcome[0] != '#'))
		fail_msg("row %s: empty text or section, or an outcome that is no fault", r->name);
}

static void transition_rows_are_whole(void **unused)
{
	(void)unused;
	for (size_t t = 0; t < transition_text_count; t++) {
		assert_true(transition_texts[t].count > 0 && *transition_texts[t].about);
		for (size_t i = 0; i < transition_texts[t].count; i++)
			check_row(&transition_texts[t].row[i]);
	}
}

/* How often a name is there in all transitions. */
static unsigned times_named(const char *name)
{
	unsigned times = 0;

	for (size_t t = 0; t < transition_text_count; t++)
		for (size_t i = 0; i < transition_texts[t].count; i++)
			times += strcmp(transition_texts[t].row[i].name, name) == 0;
	return times;
}

static void transition_row_names_are_unique(void **unused)
{
	(void)unused;
	for (size_t t = 0; t < transition_text_count; t++)
		for (size_t i = 0; i < transition_texts[t].count; i++)
			if (times_named(transition_texts[t].row[i].name) != 1)
				fail_msg("two rows are called %s", transition_texts[t].row[i].name);
}

/* A row that no processor has would be dead text. */
static void each_row_belongs_to_a_processor(void **unused)
{
	(void)unused;
	for (size_t t = 0; t < transition_text_count; t++) {
		for (size_t i = 0; i < transition_texts[t].count; i++) {
			const struct transition_row *r = &transition_texts[t].row[i];
			bool had = false;
			for (size_t p = 0; p < profile_count; p++)
				had |= r->who(profiles[p]);
			if (!had)
				fail_msg("no processor has row %s", r->name);
		}
	}
}

static void transitions_are_told_for_each_processor(void **unused)
{
	struct rs_step_row row;

	(void)unused;
	for (size_t t = 0; t < rs_transition_count(); t++) {
		assert_int_equal(rs_transition_find(rs_transition_name(t)), t);
		for (size_t p = 0; p < profile_count; p++)
			assert_true(rs_transition_row(t, 0, profiles[p]->name, &row));
		assert_false(rs_transition_row(t, transition_texts[t].count, profiles[0]->name, &row));
	}
}

/* ---- model-specific registers ------------------------------------------------------------------------------------ */

static void msr_addresses_and_names_are_unique(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < MSR_COUNT; i++) {
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(msr_rows[i].address, msr_rows[k].address);
			assert_string_not_equal(msr_rows[i].name, msr_rows[k].name);
		}
	}
}

static void msr_rows_are_whole(void **unused)
{
	uint8_t times[sizeof(struct cpu_state)];

	(void)unused;
	count_bytes(times);
	for (size_t i = 0; i < MSR_COUNT; i++) {
		const struct msr_row *r = &msr_rows[i];
		if (r->writable & r->reserved)
			fail_msg("%s: bits %llx are both writable and reserved", r->name,
			         (unsigned long long)(r->writable & r->reserved));
		if (r->at != MSR_NOWHERE && (r->at + 8u > sizeof times || !times[r->at] || !times[r->at + 7]))
			fail_msg("%s lies outside the architectural state", r->name);
		assert_true(r->rule > RULE_NONE && r->rule < RULE_COUNT && *r->section);
		assert_true(r->needs >= MSR_ALWAYS && r->needs < (int)FEATURE_COUNT + (int)BEHAVIOUR_COUNT);
	}
}

static struct cpu *reset_cpu(const struct rs_profile *p)
{
	struct cpu *cpu = calloc(1, sizeof *cpu);

	assert_non_null(cpu);
	cpu->profile = p;
	msr_reset(&cpu->st, p);
	return cpu;
}

static void check_reset_value(const struct cpu *cpu, const struct msr_row *r)
{
	uint64_t value;

	if (r->at == MSR_NOWHERE || !r->writable || !msr_exists(cpu->profile, r))
		return;
	memcpy(&value, (const char *)&cpu->st + r->at, sizeof value);
	if ((value & r->reserved) || r->check(cpu, r, value) != RULE_NONE)
		fail_msg("%s: reset value %llx of %s could not be written back", cpu->profile->name,
		         (unsigned long long)value, r->name);
}

static void msr_reset_values_can_be_written_back(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < profile_count; p++) {
		struct cpu *cpu = reset_cpu(profiles[p]);
		for (size_t i = 0; i < MSR_COUNT; i++)
			check_reset_value(cpu, &msr_rows[i]);
		free(cpu);
	}
}

/* ---- behaviours -------------------------------------------------------------------------------------------------- */

static void check_cited(const char *behaviour, const char *cited)
{
	char text[200], *save = NULL;

	assert_true(strlen(cited) < sizeof text);
	strcpy(text, cited);
	for (char *id = strtok_r(text, " ", &save); id; id = strtok_r(NULL, " ", &save))
		if (strcmp(id, "-") != 0 && rs_rule_find(id) < 0)
			fail_msg("behaviour %s cites rule %s, which does not exist", behaviour, id);
}

static void behaviours_cite_rules_that_exist(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++) {
		const struct behaviour_text *b = &behaviour_texts[i];
		assert_string_not_equal(b->zero, b->one);
		check_cited(b->name, b->rules);
	}
}

static void behaviours_are_told_for_each_processor(void **unused)
{
	const char *name, *value, *rules;

	(void)unused;
	for (size_t p = 0; p < profile_count; p++) {
		for (size_t i = 0; i < BEHAVIOUR_COUNT; i++) {
			assert_true(rs_cpu_behaviour(profiles[p]->name, i, &name, &value, &rules));
			assert_string_equal(name, behaviour_texts[i].name);
		}
		assert_false(rs_cpu_behaviour(profiles[p]->name, BEHAVIOUR_COUNT, &name, &value, &rules));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_names_every_byte_once),
		cmocka_unit_test(state_names_are_unique),
		cmocka_unit_test(state_is_what_the_public_calls_list),
		cmocka_unit_test(rules_are_found_by_their_ids),
		cmocka_unit_test(transition_rows_are_whole),
		cmocka_unit_test(transition_row_names_are_unique),
		cmocka_unit_test(each_row_belongs_to_a_processor),
		cmocka_unit_test(transitions_are_told_for_each_processor),
		cmocka_unit_test(msr_addresses_and_names_are_unique),
		cmocka_unit_test(msr_rows_are_whole),
		cmocka_unit_test(msr_reset_values_can_be_written_back),
		cmocka_unit_test(behaviours_cite_rules_that_exist),
		cmocka_unit_test(behaviours_are_told_for_each_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
