/* test_view_card.c - what a transition has changed is what one of its steps says that it writes, so that an animation
 * moves each value with its step: of every kind of transition, on both vendors' processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

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
		if (c->step[i].state == VIEW_DONE && model_step_write(c, i, f).parts)
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

static bool is_same(const struct rs_segment *a, const struct rs_segment *b)
{
	return a->selector == b->selector && a->attributes == b->attributes && a->limit == b->limit &&
	       a->base == b->base;
}

/* As the selectors of the same moment. */
static void check_hidden(const struct card_of *s, unsigned moved)
{
	const struct view_hidden *h = &s->m.card.hidden[moved];
	for (unsigned i = 0; i < VIEW_SELECTORS; i++) {
		const struct view_selector *v = &s->m.selector[i];
		if (!strcasecmp(v->name, s->m.card.moved[moved].info->name)) {
			assert_true(is_same(&h->before, &v->before) && is_same(&h->now, &v->cache));
			return;
		}
	}
	fail();
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
		if (f->kind == RS_FIELD_SEGMENT)
			check_hidden(s, i);
	}
	for (unsigned i = 0; i < c->step_count; i++) {
		const int known = rs_transition_find(c->step[i].transition);
		assert_string_equal(c->step[i].about,
				    known >= 0 ? rs_transition_about((size_t)known) : c->step[i].transition);
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

static void parts_have_names(void **state)
{
	static const struct {
		const char *text, *field;
		unsigned parts;
		const char *source;
	} rows[] = {
		{ "RCX <- RIP of the next instruction", "rcx", VIEW_VALUE, "RIP of the next instruction" },
		{ "RCX <- RIP of the next instruction", "rip", 0, NULL },
		{ "VM, IF, RF <- 0; TF and the others as they were", "rflags", VIEW_VALUE, NULL },
		{ "ESP <- below the frame", "rsp", VIEW_VALUE, "below the frame" },
		{ "EFLAGS <- popped; CPL <- RPL of CS", "cpl", VIEW_VALUE, "RPL of CS" },
		{ "EFLAGS <- popped; CPL <- RPL of CS", "cs", 0, NULL },
		{ "R11 <- RFLAGS", "r1", 0, NULL },
		{ "push SS, RSP", "rsp", 0, NULL },
		{ "KERNEL_GS_BASE <- old GS.base", "gs", 0, NULL },
		{ "KERNEL_GS_BASE <- old GS.base", "kgs", VIEW_VALUE, "old GS.base" },
		{ "GS.base <- KERNEL_GS_BASE, all 64 bits", "gs", VIEW_HIDDEN_BASE, "KERNEL_GS_BASE" },
		{ "on a change of CPL: SS <- null with RPL = new CPL", "cpl", 0, NULL },
		{ "on a change of CPL: SS <- null", "ss", VIEW_VALUE | VIEW_HIDDEN, "null" },
		{ "EIP, general registers <- the TSS's; CPL <- 3", "rax", VIEW_VALUE, "the TSS's" },
		{ "EIP, selectors <- the TSS's; CPL <- 3", "es", VIEW_VALUE | VIEW_HIDDEN, "the TSS's" },
		{ "EIP, selectors <- the TSS's; CPL <- 3", "tr", 0, NULL },
		{ "IRET: NT of the saved image <- 0", "rflags", 0, NULL },
		{ "TF, RF <- 0; IF <- 0, or with IOPL < 3 VIF <- 0", "rflags", VIEW_VALUE, NULL },
		{ "SS cache as it was, but DPL <- 3", "ss", VIEW_HIDDEN, NULL },
		{ "CS <- (SYSENTER_CS + 32 with REX.W, + 16 without) or 3", "cs", VIEW_VALUE | VIEW_HIDDEN,
		  "(SYSENTER_CS + 32 with REX.W, + 16 without) or 3" },
		{ "CS cache <- flat 64-bit code, DPL 0", "cs", VIEW_HIDDEN, "flat 64-bit code" },
		{ "to an outer level: inner ES, DS <- null", "es", VIEW_VALUE | VIEW_HIDDEN, "null" },
		{ "DR7.L0-L3 and LE <- 0", "dr7", VIEW_VALUE, NULL },
	};
	struct view_card *c = calloc(1, sizeof(*c));
	(void)state;
	assert_non_null(c);
	c->step_count = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rs_field other = { .name = rows[i].field, .group = "", .kind = RS_FIELD_NUMBER };
		const int known = rs_field_find(rows[i].field);
		char source[80] = "";
		c->step[0] = (struct view_step){ .transition = "", .text = rows[i].text };
		const struct view_write w = model_step_write(c, 0, known >= 0 ? rs_field_info((size_t)known) : &other);
		if (w.source)
			snprintf(source, sizeof(source), "%.*s", w.source_size, w.source);
		assert_int_equal(w.parts, rows[i].parts);
		assert_string_equal(source, rows[i].source ? rows[i].source : "");
	}
	free(c);
}

/* SYSCALL writes selector and cache in two steps, an interrupt in one. */
static void a_cache_may_have_a_step(void **state)
{
	struct view_card *c = calloc(1, sizeof(*c));
	const struct rs_field *cs = rs_field_info((size_t)rs_field_find("cs"));
	(void)state;
	assert_non_null(c);
	c->step_count = 2;
	c->step[0] = (struct view_step){ .transition = "A", .text = "CS <- STAR[47:32]" };
	c->step[1] = (struct view_step){ .transition = "A", .text = "CS cache <- flat" };
	assert_int_equal(model_step_write(c, 0, cs).parts, VIEW_VALUE);
	assert_int_equal(model_step_write(c, 1, cs).parts, VIEW_HIDDEN);
	c->step[1].state = VIEW_SKIPPED;
	assert_int_equal(model_step_write(c, 0, cs).parts, VIEW_VALUE | VIEW_HIDDEN);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_moves_with_a_step),
		cmocka_unit_test(parts_have_names),
		cmocka_unit_test(a_cache_may_have_a_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
