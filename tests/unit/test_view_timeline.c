/* test_view_timeline.c - the timeline of a run that nobody observed, against the records of another machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ui/disasm.h"
#include "view_opened.h"

enum { TRUTH_SPAN = 400000, TRUTH_MARKS = 200000 };

struct truth {
	uint8_t cpl[TRUTH_SPAN]; /* of the instruction that completed as number i */
	struct view_mark mark[TRUTH_MARKS];
	unsigned count;
};

static void add_truth(struct truth *t, uint64_t n, unsigned what, unsigned vector)
{
	assert_true(t->count < TRUTH_MARKS);
	t->mark[t->count++] = (struct view_mark){ .n = n, .what = what, .vector = (uint8_t)vector };
}

/* By the words of the disassembler. */
static void note_instruction(struct truth *t, const struct rs_record *r, const struct cpu_state *now, unsigned mode)
{
	char text[120];
	ui_disassemble(r->bytes, r->length, r->rip, mode, text, sizeof(text));
	const bool far = strstr(text, " far");
	if (!strcmp(text, "swapgs"))
		add_truth(t, r->n, VIEW_SWAPGS, 0);
	else if (!strncmp(text, "syscall", 7) || !strncmp(text, "sysenter", 8))
		add_truth(t, r->n, VIEW_SYSCALL, 0);
	else if (!strncmp(text, "sysret", 6) || !strncmp(text, "sysexit", 7) || !strncmp(text, "iret", 4) ||
		 (!strncmp(text, "ret", 3) && far))
		add_truth(t, r->n, VIEW_RETURN, 0);
	else if (!strncmp(text, "into", 4) && r->rule_count)
		add_truth(t, r->n, VIEW_SOFTWARE, 4);
	else if (!strncmp(text, "int3", 4) || !strncmp(text, "int1", 4))
		add_truth(t, r->n, VIEW_SOFTWARE, text[3] == '3' ? 3 : 1);
	else if (!strncmp(text, "int ", 4))
		add_truth(t, r->n, VIEW_SOFTWARE, r->bytes[r->length - 1]);
	else if (now->cpl != r->cpl)
		add_truth(t, r->n, now->cpl > r->cpl ? VIEW_RETURN : VIEW_SYSCALL, 0);
}

struct observed {
	struct truth *truth;
	unsigned mode;
	uint16_t task; /* TR */
};

static void note_truth(void *arg, struct rs_machine *m, const struct rs_record *r)
{
	struct observed *o = arg;
	assert_true(r->n < TRUTH_SPAN);
	if (r->kind == RS_RECORD_EVENT) {
		add_truth(o->truth, r->n, r->external ? VIEW_INTERRUPT : VIEW_EXCEPTION, r->vector);
	} else if (r->kind == RS_RECORD_INSTRUCTION) {
		o->truth->cpl[r->n] = r->cpl;
		note_instruction(o->truth, r, rs_state(m), o->mode);
	}
	/* LTR alone sets TR without a task switch. */
	const uint16_t task = rs_state(m)->seg[SEG_TR].sel;
	if (task != o->task && (r->length < 2 || r->bytes[0] != 0x0f || r->bytes[1] != 0x00))
		add_truth(o->truth, r->n, VIEW_TASK, 0);
	o->task = task;
	o->mode = state_mode(rs_state(m));
}

static void find_truth(struct truth *t, const char *line)
{
	struct rig r;
	struct session s;
	rig_open(&r, line);
	assert_int_equal(session_open(&s, &r.ui, r.ui.options.operand[0], NULL, NULL), 0);
	struct observed o = { t, state_mode(rs_state(s.machine)), rs_state(s.machine)->seg[SEG_TR].sel };
	rs_observe(s.machine, note_truth, &o);
	rs_run(s.machine, RS_FOREVER);
	session_close(&s, &r.ui);
	rig_close(&r);
}

/* Each claim is true, and between `known` and `known_to` all is claimed. */
static void check_truth(const struct truth *truth, const struct view_timeline *t)
{
	unsigned k = 0;
	for (unsigned i = 0; i < t->span_count; i++) {
		assert_true(t->span[i].from < t->span[i].to && t->span[i].to <= t->frontier);
		assert_true(!i || t->span[i - 1].to <= t->span[i].from);
		for (uint64_t n = t->span[i].from; n < t->span[i].to; n++)
			assert_int_equal(t->span[i].cpl, truth->cpl[n]);
	}
	for (uint64_t n = t->known; n < t->known_to; n++)
		assert_true(cpl_at(t, n) >= 0);
	while (k < truth->count && truth->mark[k].n < t->known)
		k++;
	for (unsigned i = 0; i < t->mark_count; i++) {
		if (t->mark[i].n < t->known || t->mark[i].n >= t->known_to || t->mark[i].what == VIEW_BREAK)
			continue;
		assert_true(k < truth->count);
		assert_int_equal(t->mark[i].n, truth->mark[k].n);
		assert_int_equal(t->mark[i].what, truth->mark[k].what);
		assert_int_equal(t->mark[i].vector, truth->mark[k].vector);
		k++;
	}
	while (k < truth->count && truth->mark[k].n >= t->known_to)
		k++;
	assert_int_equal(k, truth->count);
}

/* `whole`: nothing had to be dropped. */
static void fast_run_is_true(const char *image, const char *more, bool whole)
{
	char line[600];
	struct truth *truth = calloc(1, sizeof(*truth));
	assert_non_null(truth);
	snprintf(line, sizeof(line), "%s %s", image, more);
	find_truth(truth, line);
	struct opened *o = open_engine(image, more);
	static const char *const commands[] = { "g", "!tt 50%", "g", "!tt 30%; r rax=@rax; g" };
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		command(o, commands[i]);
		const struct view_timeline *t = &model(o)->timeline;
		check_truth(truth, t);
		assert_true(t->frontier > 300);
		assert_true(t->known <= t->here && t->here <= t->known_to && t->known_to <= t->frontier);
		assert_int_equal(whole, t->known == t->start && t->known_to == t->frontier);
		assert_true(whole || t->known_to - t->known > 2000);
	}
	close_engine(o);
	free(truth);
}

static void the_timeline_of_a_fast_run_is_that_of_steps(void **state)
{
	static const char *const guests[] = { "faults.elf",         "interrupts.elf", "window-nmi.elf",  "callgate.elf",
					      "callgate64.elf",     "taskswitch.elf", "realmode.elf",    "int80.elf",
					      "compat-syscall.elf", "sysenter32.elf", "window-movss.elf" };
	static const char *const cpus[] = { "intel-skylake", "amd-zen4" };
	(void)state;
	for (size_t c = 0; c < 2; c++) {
		char more[100];
		for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
			snprintf(more, sizeof(more), "--cpu %s", cpus[c]);
			fast_run_is_true(guest(guests[i]), more, true);
		}
		fast_run_is_true(SYSCALL64, more, true);
		snprintf(more, sizeof(more), "--cpu %s -- syscall 20000", cpus[c]);
		fast_run_is_true(guest("bench.elf"), more, false);
		snprintf(more, sizeof(more), "--cpu %s -- loop 20000", cpus[c]);
		fast_run_is_true(guest("bench.elf"), more, true);
	}
}

/* What is behind a change from outside has not happened. */
static void a_change_ends_the_timeline(void **state)
{
	(void)state;
	struct opened *o = open_engine(SYSCALL64, "");
	command(o, "g");
	const uint64_t end = model(o)->timeline.frontier;
	command(o, "!tt 50%");
	const struct view_timeline *t = &model(o)->timeline;
	assert_int_equal(t->span[t->span_count - 1].to, end);
	command(o, "r rax=@rax");
	t = &model(o)->timeline;
	assert_int_equal(t->frontier, model(o)->n);
	assert_int_equal(t->span[t->span_count - 1].to, model(o)->n);
	assert_true(t->mark[t->mark_count - 1].n <= model(o)->n);
	close_engine(o);
}

/* ---- what is rare ---- */

static unsigned count_at(struct opened *o, unsigned what, uint64_t n)
{
	const struct view_timeline *t = &model(o)->timeline;
	unsigned count = 0;
	for (unsigned i = 0; i < t->mark_count; i++)
		count += t->mark[i].what == what && (n == UINT64_MAX || t->mark[i].n == n);
	return count;
}

/* Records and a fast run tell the same task switches: by JMP, CALL, IRET and #DF. */
static void task_switches_are_marked(void **state)
{
	(void)state;
	struct opened *fast = open_engine(guest("taskswitch.elf"), ""),
		      *slow = open_engine(guest("taskswitch.elf"), "");
	command(fast, "g");
	command(slow, "ba r1 1000; g");
	const struct view_timeline *a = &model(fast)->timeline, *b = &model(slow)->timeline;
	assert_int_equal(count_at(fast, VIEW_TASK, 11744), 1);
	assert_int_equal(count_at(fast, VIEW_TASK, UINT64_MAX), 6);
	assert_int_equal(a->mark_count, b->mark_count);
	for (unsigned i = 0; i < a->mark_count; i++) {
		assert_int_equal(a->mark[i].n, b->mark[i].n);
		assert_int_equal(a->mark[i].what, b->mark[i].what);
	}
	close_engine(fast);
	close_engine(slow);
}

/* It is told once, is still there when somebody goes back, and is gone with what led to it. */
static void a_shutdown_is_marked(void **state)
{
	(void)state;
	struct opened *o = open_engine(guest("triple.elf"), "");
	command(o, "g");
	const uint64_t n = model(o)->n;
	assert_int_equal(count_at(o, VIEW_SHUTDOWN, n), 1);
	command(o, "!tt 0");
	assert_int_equal(count_at(o, VIEW_SHUTDOWN, n), 1);
	command(o, "t 100");
	assert_int_equal(count_at(o, VIEW_SHUTDOWN, UINT64_MAX), 1);
	command(o, "t- 1; r rax=@rax");
	assert_int_equal(count_at(o, VIEW_SHUTDOWN, UINT64_MAX), 0);
	command(o, "t 100");
	assert_int_equal(count_at(o, VIEW_SHUTDOWN, n), 1);
	close_engine(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_timeline_of_a_fast_run_is_that_of_steps),
		cmocka_unit_test(a_change_ends_the_timeline),
		cmocka_unit_test(task_switches_are_marked),
		cmocka_unit_test(a_shutdown_is_marked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
