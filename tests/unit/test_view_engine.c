/* test_view_engine.c - the machine in its own thread: lines in their order, runs that end as they do elsewhere, whoever
 * looks on, interrupts, what is typed and comes again, the timeline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "view/engine_parts.h"
#include "view_opened.h"

static bool has_line(const struct view_lines *l, const char *text)
{
	for (unsigned i = 0; i < l->count; i++)
		if (strstr(l->line[i], text))
			return true;
	return false;
}

static uint64_t shown(const struct view_model *m, const char *name)
{
	for (unsigned i = 0; i < m->field_count; i++)
		if (!strcmp(m->field[i].info->name, name))
			return m->field[i].now[0];
	fail_msg("no field %s", name);
	return 0;
}

/* ---- lines ---- */

static void lines_come_in_their_order(void **state)
{
	(void)state;
	struct opened *o = open_engine(SYSCALL64, "");
	for (unsigned i = 0; i < 200; i++) {
		char line[40];
		snprintf(line, sizeof(line), "r rax=%x", i);
		engine_view_command(o->e, line);
		snprintf(line, sizeof(line), "r rbx=@rax+%x", i);
		engine_view_command(o->e, line);
	}
	engine_view_settle(o->e);
	assert_int_equal(shown(model(o), "rax"), 199);
	assert_int_equal(shown(model(o), "rbx"), 199 * 2);
	assert_true(has_line(&model(o)->log, "cpl0> r rax=c7"));
	command(o, "no such command");
	assert_true(has_line(&model(o)->log, "no such command"));
	command(o, "q");
	assert_true(model(o)->quit);
	assert_int_equal(close_engine(o), 0);
}

static void words_are_completed(void **state)
{
	char words[32][64];
	(void)state;
	struct opened *o = open_engine(SYSCALL64, "");
	size_t count = engine_view_complete(o->e, "r sysenter_e", words, 32);
	assert_int_equal(count, 2);
	assert_string_equal(words[0], "sysenter_esp");
	assert_int_equal(engine_view_complete(o->e, "r ", words, 3), 3);
	close_engine(o);
}

/* ---- runs ---- */

struct end {
	uint64_t hash, n;
	int code;
};

static struct end end_alone(const char *name, const char *cpu)
{
	struct rig r;
	struct session s;
	char line[600];
	snprintf(line, sizeof(line), "%s --cpu %s", name, cpu);
	rig_open(&r, line);
	assert_int_equal(session_open(&s, &r.ui, r.ui.options.operand[0], NULL, NULL), 0);
	rs_run(s.machine, RS_FOREVER);
	const struct end end = { rs_state_hash(s.machine), rs_status(s.machine)->instructions,
				 stop_exit_code(rs_status(s.machine)) };
	session_close(&s, &r.ui);
	rig_close(&r);
	return end;
}

static void ends_alike(const char *name, const char *cpu, const char *line)
{
	const struct end alone = end_alone(name, cpu);
	char more[60];
	snprintf(more, sizeof(more), "--cpu %s", cpu);
	struct opened *o = open_engine(name, more);
	command(o, line);
	assert_true(model(o)->ended);
	assert_int_equal(model(o)->n, alone.n);
	assert_int_equal(rs_state_hash(o->e->prompt->machine), alone.hash);
	assert_int_equal(close_engine(o), alone.code);
}

static void a_run_ends_as_it_does_alone(void **state)
{
	static const char *const guests[] = { "faults.elf", "interrupts.elf", "window-nmi.elf", "callgate.elf",
					      "triple.elf", "taskswitch.elf", "realmode.elf",   "bench.elf" };
	(void)state;
	for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
		ends_alike(guest(guests[i]), "intel-skylake", "g");
		ends_alike(guest(guests[i]), "amd-zen4", "g");
	}
	ends_alike(SYSCALL64, "intel-skylake", "ba r1 1000; g");
	ends_alike(guest("faults.elf"), "intel-skylake", "g; !tt 50%; g; t- 3; g");
}

static void waits(unsigned milliseconds)
{
	const struct timespec t = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
	nanosleep(&t, NULL);
}

/* Code in a file: 16-bit, at 8000h. */
static void write_code(char *path, const uint8_t *code, size_t size)
{
	strcpy(path, "/tmp/view-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, code, size), (ssize_t)size);
	close(fd);
}

/* again: mov dx,3fdh; in al,dx; test al,1; jz again; mov dl,0f8h; in al,dx; out 0e9h,al; jmp again */
static const uint8_t echo[] = {
	0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf8, 0xb2, 0xf8, 0xec, 0xe6, 0xe9, 0xeb, 0xf1
};
#define FLAT "--format flat --load 8000 --entry 8000 --mode 16"

static bool comes(struct opened *o, const char *text)
{
	for (unsigned i = 0; i < 1000; i++) {
		if (has_line(&model(o)->console, text))
			return true;
		waits(10);
	}
	return false;
}

static void a_run_is_interrupted_and_goes_on(void **state)
{
	char path[40];
	(void)state;
	write_code(path, echo, sizeof(echo));
	struct opened *o = open_engine(path, FLAT);
	uint64_t last = 0;
	for (unsigned i = 0; i < 5; i++) {
		engine_view_command(o->e, "g");
		waits(30);
		engine_view_interrupt(o->e);
		engine_view_settle(o->e);
		assert_true(model(o)->n > last);
		assert_string_equal(model(o)->stop, "interrupted");
		assert_false(model(o)->running);
		last = model(o)->n;
	}
	engine_view_interrupt(o->e); /* of nothing */
	command(o, "t");
	assert_int_equal(model(o)->n, last + 1);
	engine_view_command(o->e, "g");
	waits(30);
	assert_int_equal(close_engine(o), 0); /* in the middle of a run */
	unlink(path);
}

/* What was typed is part of the past: going through it again brings it at the same instruction, and it is not heard
 * twice. */
static void what_is_typed_comes_again(void **state)
{
	char path[40], line[60];
	(void)state;
	write_code(path, echo, sizeof(echo));
	struct opened *o = open_engine(path, FLAT);
	engine_view_command(o->e, "g");
	waits(20);
	engine_view_type(o->e, "hel", 3);
	assert_true(comes(o, "hel"));
	engine_view_type(o->e, "lo", 2);
	assert_true(comes(o, "hello"));
	engine_view_interrupt(o->e);
	engine_view_settle(o->e);
	const uint64_t n = model(o)->n, hash = rs_state_hash(o->e->prompt->machine);
	command(o, "!tt 50");
	assert_int_equal(model(o)->n, 50);
	snprintf(line, sizeof(line), "!tt %llu", (unsigned long long)n);
	command(o, line);
	assert_int_equal(model(o)->n, n);
	assert_int_equal(rs_state_hash(o->e->prompt->machine), hash);
	assert_int_equal(model(o)->console.count, 1);
	assert_string_equal(model(o)->console.line[0], "hello");
	/* Typed in the past: what was typed later is gone. */
	command(o, "!tt 50");
	engine_view_type(o->e, "X", 1);
	engine_view_command(o->e, "g");
	assert_true(comes(o, "X"));
	engine_view_interrupt(o->e);
	engine_view_settle(o->e);
	assert_int_equal(model(o)->console.count, 2);
	assert_string_equal(model(o)->console.line[1], "X");
	close_engine(o);
	unlink(path);
}

/* ---- what is looked at ---- */

static void check_memory_at(struct opened *o, uint64_t address, const char *about)
{
	const struct view_model *m = model(o);
	uint8_t byte = 0;
	assert_int_equal(m->memory[0].address, address & ~15ull);
	assert_string_equal(m->memory_about, about);
	assert_int_equal(rs_read_linear(o->e->prompt->machine, address, &byte, 1), 1);
	assert_int_equal(m->memory[0].bytes[address % 16], byte);
}

static void look_at(struct opened *o, struct view_place place)
{
	engine_view_look_at(o->e, &place);
	engine_view_settle(o->e);
}

/* Commands move memory and walk; scrolling does, too; looking at code moves neither. */
static void memory_is_where_one_looks(void **state)
{
	(void)state;
	struct opened *o = open_engine(SYSCALL64, "");
	command(o, "g syscall_entry");
	const uint64_t entry = shown(model(o), "rip"), rsp = shown(model(o), "rsp");
	check_memory_at(o, shown(model(o), "gdtr"), "GDTR");
	assert_int_equal(model(o)->walk_address, rsp);
	assert_false(model(o)->walk_asked);
	command(o, "dq @rip+4");
	check_memory_at(o, entry + 4, "syscall64!syscall_entry+0x4");
	command(o, "dq"); /* where the last one ended */
	assert_int_equal(model(o)->memory[0].address, (entry + 4 + 128) & ~15ull);
	static const char *const lines[] = { "db %llx",    "dd %llx",    "dps %llx",   "da %llx",
					     "x/8gx %llx", "x/2dw %llx", "x/2wf %llx", "eb %llx 90" };
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char line[60];
		snprintf(line, sizeof(line), lines[i], (unsigned long long)rsp - 64 + 16 * i);
		command(o, line);
		assert_int_equal(model(o)->memory[0].address, (rsp - 64 + 16 * i) & ~15ull);
	}
	command(o, "db 123456789abcd000"); /* refused */
	assert_int_equal(model(o)->memory[0].address, (rsp - 64 + 16 * 7) & ~15ull);
	command(o, "!pte @rip");
	assert_true(model(o)->walk_asked);
	assert_int_equal(model(o)->walk_address, entry);
	assert_true(model(o)->walk.mapped);
	look_at(o, (struct view_place){ .code = entry, .follow = false });
	assert_int_equal(model(o)->walk_address, entry);
	assert_int_equal(model(o)->memory[0].address, (rsp - 64 + 16 * 7) & ~15ull);
	look_at(o, (struct view_place){ .memory = entry + 16, .follow = true });
	assert_int_equal(model(o)->memory[0].address, (entry + 16) & ~15ull);
	assert_int_equal(model(o)->walk_address, entry);
	command(o, "!vtop 10");
	assert_int_equal(model(o)->walk_address, 0x10);
	look_at(o, (struct view_place){ .memory = entry + 16, .walk = entry, .follow = true });
	assert_int_equal(model(o)->walk_address, entry);
	look_at(o, (struct view_place){ .follow = true }); /* as at first */
	check_memory_at(o, shown(model(o), "gdtr"), "GDTR");
	close_engine(o);
}

static void real_mode_begins_with_its_vectors(void **state)
{
	(void)state;
	char path[40];
	write_code(path, echo, sizeof(echo));
	struct opened *o = open_engine(path, FLAT);
	assert_string_equal(model(o)->mode, "real");
	check_memory_at(o, shown(model(o), "idtr"), "IVT");
	command(o, "db 0");
	assert_int_equal(model(o)->memory[0].address, 0);
	assert_string_not_equal(model(o)->memory_about, "IVT");
	close_engine(o);
	unlink(path);
}

/* ---- the timeline ---- */

static void check_timeline(const struct view_timeline *t)
{
	struct rig r;
	struct session s;
	const size_t cpl = (size_t)rs_field_find("cpl");
	rig_open(&r, SYSCALL64);
	assert_int_equal(session_open(&s, &r.ui, r.ui.options.operand[0], NULL, NULL), 0);
	for (unsigned i = 1; i < t->span_count; i++)
		assert_true(t->span[i - 1].to <= t->span[i].from && t->span[i - 1].from < t->span[i - 1].to);
	for (unsigned i = 1; i < t->mark_count; i++)
		assert_true(t->mark[i - 1].n <= t->mark[i].n);
	for (uint64_t n = 0; n < t->frontier; n++) {
		/* Of what is delivered in front of an instruction, the instruction counts. */
		rs_run(s.machine, n);
		struct rs_position at = rs_position(s.machine);
		uint64_t last = rs_get(s.machine, cpl);
		while (rs_position(s.machine).n == at.n) {
			last = rs_get(s.machine, cpl);
			if (rs_step(s.machine) != RS_STOP_NONE)
				break;
		}
		assert_int_equal(cpl_at(t, n), last);
	}
	session_close(&s, &r.ui);
	rig_close(&r);
}

static unsigned count_marks(const struct view_timeline *t, unsigned what)
{
	unsigned count = 0;
	for (unsigned i = 0; i < t->mark_count; i++)
		count += t->mark[i].what == what;
	return count;
}

static void the_timeline_has_every_ring_change(void **state)
{
	(void)state;
	struct opened *o = open_engine(SYSCALL64, "");
	command(o, "g");
	check_timeline(&model(o)->timeline);
	assert_int_equal(count_marks(&model(o)->timeline, VIEW_SYSCALL), 22);
	const unsigned swaps = count_marks(&model(o)->timeline, VIEW_SWAPGS);
	assert_true(swaps > 0);
	command(o, "t- 100"); /* nothing is told twice */
	command(o, "g");
	assert_int_equal(count_marks(&model(o)->timeline, VIEW_SWAPGS), swaps);
	check_timeline(&model(o)->timeline);
	close_engine(o);
}

/* What is kept of records behind a fast run, or after going back, is what is kept when each was looked at. */
static void a_fast_run_keeps_what_a_slow_one_does(void **state)
{
	(void)state;
	struct opened *fast = open_engine(SYSCALL64, ""), *slow = open_engine(SYSCALL64, "");
	command(fast, "g");
	command(slow, "ba r1 1000; g");
	for (unsigned back = 0; back < 60; back++) {
		const struct view_model *a = model(fast), *b = model(slow);
		assert_int_equal(a->n, b->n);
		assert_string_equal(a->last, b->last);
		assert_string_equal(a->card.title, b->card.title);
		assert_int_equal(a->card.step_count, b->card.step_count);
		assert_int_equal(a->gs.owner, b->gs.owner);
		for (unsigned i = 0; i < a->field_count; i++)
			assert_int_equal(a->field[i].changed, b->field[i].changed);
		command(fast, "t- 1");
		command(slow, "t- 1");
	}
	close_engine(fast);
	close_engine(slow);
}

static void breakpoints_end_fast_runs(void **state)
{
	(void)state;
	struct opened *o = open_engine(SYSCALL64, "--at 1000");
	assert_int_equal(model(o)->n, 1000);
	command(o, "bp @rip");
	const uint64_t rip = shown(model(o), "rip");
	command(o, "!tt 0");
	command(o, "g");
	assert_int_equal(shown(model(o), "rip"), rip);
	assert_true(model(o)->n <= 1000);
	assert_non_null(strstr(model(o)->stop, "Breakpoint 0 hit"));
	bool marked = false;
	for (unsigned i = 0; i < model(o)->code_count; i++)
		marked |= model(o)->code[i].current && model(o)->code[i].breakpoint && model(o)->code[i].event == 0;
	assert_true(marked);
	close_engine(o);
}

static void a_missing_image_is_told(void **state)
{
	struct rig r;
	int code = 0;
	(void)state;
	rig_open(&r, "/nowhere/to/be/found");
	assert_null(engine_view_open(&r.ui, &code));
	assert_int_equal(code, 127);
	rig_close(&r);
}

/* ---- memory ---- */

static struct {
	unsigned calls, fail_at; /* the call that fails, and all behind it; 0: none */
	int live;
} memory;

static void *scarce_alloc(void *arg, size_t bytes)
{
	if (memory.fail_at && ++memory.calls >= memory.fail_at)
		return NULL;
	memory.live++;
	return rs_host_libc()->alloc(arg, bytes);
}

static void scarce_release(void *arg, void *block)
{
	memory.live -= block != NULL;
	rs_host_libc()->release(arg, block);
}

/* Whatever there is no memory for, the program's own streams stay, and nothing is left behind. */
static void without_memory_nothing_is_left(void **state)
{
	struct view_engine *e = NULL;
	unsigned failed = 0;
	for (unsigned fail_at = 1; !e && fail_at < 2000; fail_at += 1 + fail_at / 64) {
		struct rig rig;
		int code = 0;
		rig_open(&rig, SYSCALL64);
		rig.host.alloc = scarce_alloc;
		rig.host.release = scarce_release;
		memory.calls = 0;
		memory.fail_at = fail_at;
		memory.live = 0;
		e = engine_view_open(&rig.ui, &code);
		memory.fail_at = 0;
		if (e) {
			engine_view_close(e);
		} else {
			assert_int_not_equal(code, 0);
			out_text(rig.ui.err, "still there\n");
			failed++;
		}
		assert_int_equal(memory.live, 0);
		rig_close(&rig);
	}
	assert_non_null(e);
	assert_true(failed > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_in_their_order),
		cmocka_unit_test(words_are_completed),
		cmocka_unit_test(a_run_ends_as_it_does_alone),
		cmocka_unit_test(a_run_is_interrupted_and_goes_on),
		cmocka_unit_test(what_is_typed_comes_again),
		cmocka_unit_test(memory_is_where_one_looks),
		cmocka_unit_test(real_mode_begins_with_its_vectors),
		cmocka_unit_test(the_timeline_has_every_ring_change),
		cmocka_unit_test(a_fast_run_keeps_what_a_slow_one_does),
		cmocka_unit_test(breakpoints_end_fast_runs),
		cmocka_unit_test(a_missing_image_is_told),
		cmocka_unit_test(without_memory_nothing_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
