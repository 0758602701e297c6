/* test_view_card.c - what a transition has changed is what one of its steps says that it writes, so that an animation
 * moves each value with its step: of every kind of transition, on both vendors' processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ui/repl/repl.h"
#include "view/model_parts.h"
#include "view_rig.h"

enum { RECORDS = 20000, KINDS = 16 };

static const char *const kinds[KINDS] = { "SYSCALL",     "SYSRET",
					  "SYSENTER",    "SYSEXIT",
					  "SWAPGS",      "INTERRUPT",
					  "IRET",        "FAR_RETURN",
					  "CALL_GATE",   "CALL_GATE_LEGACY",
					  "TASK_SWITCH", "TASK_ENTER",
					  "FAR_JUMP",    "INTERRUPT_PROTECTED",
					  "IRET_TO_V86", "INTERRUPT_REAL" };

struct card_of {
	struct rig rig;
	struct prompt p;
	struct view_model m;
	struct view_kept kept;
};

static const struct view_step *step_done(const struct view_card *c, const char *transition)
{
	for (unsigned i = 0; i < c->step_count; i++)
		if (c->step[i].state == VIEW_DONE && !strcmp(c->step[i].transition, transition))
			return &c->step[i];
	return NULL;
}

static bool is_written(const struct view_card *c, const struct rs_field *f)
{
	for (unsigned i = 0; i < c->step_count; i++)
		if (c->step[i].state == VIEW_DONE && model_step_writes(&c->step[i], f))
			return true;
	return false;
}

/* What is left by the fault itself, the program's place behind an instruction that does not branch, and what holds
 * between two instructions only. */
static bool is_of_no_step(const struct view_card *c, const char *name)
{
	static const char *const names[] = { "cr2", "dr6", "pending_db", "halted", "shadow", "nmi_blocked" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return !strcmp(name, "rip") && step_done(c, "SWAPGS");
}

static void check_card(const struct card_of *s, bool *seen)
{
	const struct view_card *c = &s->m.card;
	unsigned changed = 0;
	for (unsigned i = 0; i < s->m.field_count; i++)
		changed += s->m.field[i].changed;
	assert_int_equal(c->moved_count, changed);
	for (unsigned i = 0; i < c->moved_count; i++) {
		const struct rs_field *f = c->moved[i].info;
		if (!is_written(c, f) && !is_of_no_step(c, f->name))
			fail_msg("%s: no step says that it writes %s", c->title, f->name);
	}
	for (unsigned i = 0; i < KINDS; i++)
		seen[i] |= step_done(c, kinds[i]) != NULL;
}

static void check_guest(const char *guest, const char *cpu, bool *seen)
{
	struct card_of *s = calloc(1, sizeof(*s));
	const struct view_place place = { .follow = true };
	char line[600];
	assert_non_null(s);
	snprintf(line, sizeof(line), "%s/%s --cpu %s", GUESTS, guest, cpu);
	rig_open(&s->rig, line);
	const struct console nothing = { .out = s->rig.ui.out, .inert = true };
	assert_int_equal(prompt_start(&s->p, &s->rig.ui, &nothing), 0);
	for (unsigned i = 0; i < RECORDS && !prompt_has_ended(&s->p); i++) {
		prompt_line(&s->p, "t");
		if (!s->p.has_last || (s->p.last.kind != RS_RECORD_EVENT && !s->p.last.rule_count))
			continue;
		model_take(&s->m, &s->p, &place, &s->kept);
		check_card(s, seen);
	}
	prompt_finish(&s->p, true);
	rig_close(&s->rig);
	free(s);
}

static void each_value_moves_with_a_step(void **state)
{
	static const char *const guests[] = { "syscall64.elf --user " GUESTS "/syscall64-user.elf",
					      "faults.elf",
					      "callgate.elf",
					      "callgate64.elf",
					      "taskswitch.elf",
					      "realmode.elf",
					      "sysenter32.elf",
					      "compat-syscall.elf" };
	static const char *const cpus[] = { "intel-skylake", "amd-zen4" };
	bool seen[KINDS] = { false };
	(void)state;
	for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++)
		for (size_t c = 0; c < 2; c++)
			check_guest(guests[i], cpus[c], seen);
	for (unsigned i = 0; i < KINDS; i++)
		if (!seen[i])
			fail_msg("no guest has a %s", kinds[i]);
}

static void names_are_words(void **state)
{
	static const struct {
		const char *text, *field;
		bool writes;
	} rows[] = { { "RCX <- RIP of the next instruction", "rcx", true },
		     { "RCX <- RIP of the next instruction", "rip", false },
		     { "VM, IF, RF <- 0; TF and the others as they were", "rflags", true },
		     { "ESP <- below the frame", "rsp", true },
		     { "EFLAGS <- popped; CPL <- RPL of CS", "cpl", true },
		     { "EFLAGS <- popped; CPL <- RPL of CS", "cs", false },
		     { "R11 <- RFLAGS", "r1", false },
		     { "push SS, RSP", "rsp", false },
		     { "KERNEL_GS_BASE <- old GS.base", "gs", false },
		     { "KERNEL_GS_BASE <- old GS.base", "kgs", true },
		     { "GS.base <- KERNEL_GS_BASE", "gs", true } };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct view_step step = { .text = rows[i].text };
		const struct rs_field other = { .name = rows[i].field, .group = "", .kind = RS_FIELD_NUMBER };
		const int known = rs_field_find(rows[i].field);
		assert_int_equal(model_step_writes(&step, known >= 0 ? rs_field_info((size_t)known) : &other),
				 rows[i].writes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_moves_with_a_step),
		cmocka_unit_test(names_are_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
