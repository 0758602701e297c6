/*
 * judge.c - one scene by the rows and by the machine: registers, hidden parts, MSRs, the record, the memory.
 */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef unsigned long long ull;

struct trial {
	struct world *w;
	const struct scene *s;
	struct judgement *j;
	struct spec_step step;
	struct spec_state state;
	struct spec_memory memory;
	uint8_t bytes[WORLD_WINDOW_SIZE];
	struct cpu_state want, got;
	enum rs_stop stop;
	size_t used; /* of j->text */
};

__attribute__((format(printf, 2, 3))) static void object(struct trial *t, const char *format, ...)
{
	va_list values;
	t->j->verdict = VERDICT_DIFFERENT;
	va_start(values, format);
	int more = vsnprintf(t->j->text + t->used, sizeof t->j->text - t->used, format, values);
	va_end(values);
	t->used += (size_t)more;
	if (t->used >= sizeof t->j->text)
		t->used = sizeof t->j->text - 1;
}

/* ---- state ---- */

static void compare_segment(struct trial *t, const char *name, const struct seg *want, const struct seg *got)
{
	if (memcmp(want, got, sizeof *want) != 0)
		object(t, "  %s: rows %04x [%llx %x %04x], machine %04x [%llx %x %04x]\n", name, want->sel,
		       (ull)want->base, want->limit, want->attr, got->sel, (ull)got->base, got->limit, got->attr);
}

static void compare_table(struct trial *t, const char *name, const struct table_register *want,
			  const struct table_register *got)
{
	if (want->base != got->base || want->limit != got->limit)
		object(t, "  %s: rows [%llx %llx], machine [%llx %llx]\n", name, (ull)want->base, (ull)want->limit,
		       (ull)got->base, (ull)got->limit);
}

static void compare_field(struct trial *t, const struct state_field *f)
{
	const char *want = (const char *)&t->want + f->offset, *got = (const char *)&t->got + f->offset;
	if (f->kind == STATE_SEGMENT)
		compare_segment(t, f->name, (const struct seg *)want, (const struct seg *)got);
	else if (f->kind == STATE_TABLE)
		compare_table(t, f->name, (const struct table_register *)want, (const struct table_register *)got);
	else if (memcmp(want, got, state_bytes(f)) != 0)
		object(t, "  %s: rows %llx, machine %llx\n", f->name, (ull)state_number(&t->want, f),
		       (ull)state_number(&t->got, f));
}

/* Every field of state.def; the engine's own slots behind R15 are not architectural. */
static void compare_state(struct trial *t)
{
	memcpy(t->want.gpr + 16, t->got.gpr + 16, sizeof t->got.gpr - 16 * sizeof t->got.gpr[0]);
	if (memcmp(&t->want, &t->got, sizeof t->want) == 0)
		return;
	for (size_t i = 0; i < state_field_count; i++)
		compare_field(t, &state_fields[i]);
}

static struct spec_memory machine_memory(struct trial *t)
{
	return (struct spec_memory){
		.mask = t->memory.mask, .base = WORLD_WINDOW, .size = WORLD_WINDOW_SIZE, .bytes = t->w->window
	};
}

/* What a row leaves open is as the machine has it. */
static void take_open_bits(struct trial *t)
{
	struct spec_memory machine = machine_memory(t);
	uint64_t open = t->memory.open_bits;
	for (unsigned i = 0; i < t->memory.open_bytes; i++) {
		uint64_t at = t->memory.open_at + i, want = spec_read(&t->memory, at, 1) & ~open;
		spec_write(&t->memory, at, 1, want | (spec_read(&machine, at, 1) & open));
	}
}

static void compare_memory(struct trial *t)
{
	struct spec_memory machine = machine_memory(t);
	take_open_bits(t);
	if (memcmp(t->bytes, t->w->window, WORLD_WINDOW_SIZE) == 0)
		return;
	unsigned at = 0;
	while (t->bytes[at] == t->w->window[at])
		at++;
	object(t, "  memory at %x: rows %02x, machine %02x\n", WORLD_WINDOW + at, t->bytes[at], t->w->window[at]);
	object(t, "  in its 8 bytes: rows %llx, machine %llx\n",
	       (ull)spec_read(&t->memory, (WORLD_WINDOW + at) & ~7u, 8),
	       (ull)spec_read(&machine, (WORLD_WINDOW + at) & ~7u, 8));
}

/* ---- what was done ---- */

/* In real mode no error code is pushed (SDM vol. 3, 20.1.4). */
static void compare_event(struct trial *t)
{
	const struct spec_event *want = &t->step.event;
	const struct rs_record *got = &t->w->record;
	bool has_code = want->has_code && t->state.cr0 & CR0_PE;
	if (got->vector != want->vector || got->has_error_code != has_code ||
	    (has_code && got->error_code != want->code))
		object(t, "  event: rows %u (%x), machine %u (%x)\n", want->vector, want->has_code ? want->code : 0,
		       got->vector, got->has_error_code ? got->error_code : 0);
}

static bool is_interrupt(const struct scene *s)
{
	return s->insn.transition == DELIVERY;
}

static void compare_end(struct trial *t)
{
	static const char *const names[] = { "completed", "delivered", "shutdown" };
	enum spec_end got = SPEC_COMPLETED;
	bool is_software = t->step.end == SPEC_DELIVERED && !t->step.event.is_exception && !is_interrupt(t->s);
	if (t->stop == RS_STOP_TRIPLE_FAULT)
		got = SPEC_SHUTDOWN;
	else if (t->w->recorded && t->w->record.kind == RS_RECORD_EVENT)
		got = SPEC_DELIVERED;
	if (t->stop != RS_STOP_NONE && t->stop != RS_STOP_TRIPLE_FAULT)
		object(t, "  the machine stops by %d\n", (int)t->stop);
	if (is_software) /* to the machine INT n is an instruction that completes */
		got = got == SPEC_COMPLETED ? SPEC_DELIVERED : SPEC_COMPLETED;
	if (got != t->step.end)
		object(t, "  end: rows %s, machine %s, vectors %u, %u, code %x\n", names[t->step.end], names[got],
		       t->step.event.vector, t->w->record.vector, t->w->record.error_code);
	else if (got == SPEC_DELIVERED && !is_software)
		compare_event(t);
}

static void compare_all(struct trial *t, const struct spec_state *old)
{
	t->want.shadow = SHADOW_NONE;
	t->want.pending = 0, t->want.irq = 0;
	t->want.halted = t->step.end == SPEC_SHUTDOWN ? HALTED_SHUTDOWN : HALTED_NOT;
	world_expect(&t->want, &t->state, old, &t->got);
	if (is_interrupt(t->s) && t->step.end == SPEC_SHUTDOWN) /* no instruction began that would have cleared it */
		t->want.rflags = (t->want.rflags & ~(uint64_t)FLAG_RF) | (t->got.rflags & FLAG_RF);
	compare_end(t);
	compare_state(t);
	compare_memory(t);
}

/* ---- both steps ---- */

static void judge_trap(struct trial *t)
{
	t->state.rsp = (t->state.rsp & ~t->state.open_rsp) | (t->got.gpr[RSP] & t->state.open_rsp);
	t->state.open_rsp = 0;
	spec_step_trap(&t->step);
	if (t->memory.strayed)
		return;
	t->want = t->got;
	t->want.pending_db = 0;
	t->stop = world_step_on(t->w, &t->got);
	t->j->trapped = true;
	compare_all(t, &t->s->state);
}

static void put_signal(struct cpu_state *st, const struct scene *s)
{
	if (is_interrupt(s) && s->insn.event.vector == NMI)
		st->pending = PENDING_NMI;
	else if (is_interrupt(s))
		st->irq = (uint16_t)(IRQ_WAITS | s->insn.event.vector);
}

static void judge_instruction(struct trial *t)
{
	world_state(&t->want, &t->s->state, &t->w->base);
	t->want.shadow = t->s->shadow;
	put_signal(&t->want, t->s);
	t->got = t->want;
	memcpy(t->w->window, t->s->window, WORLD_WINDOW_SIZE);
	t->stop = world_step(t->w, &t->got);
	t->want.pending_db = t->step.end == SPEC_COMPLETED && t->step.step_trap ? DR6_BS : 0;
	compare_all(t, &t->s->state);
}

/* At an edge of the address space, or with a pointer of its own. */
static void place_code(struct world *w, const struct scene *s)
{
	const struct encoding *e = &encodings[s->encoding];
	const struct spec_segment *cs = &s->state.seg[CS];
	uint64_t at = (cs->l ? s->state.rip : s->state.rip + cs->base) & (WORLD_RAM - 1);
	if (!s->is_written)
		return;
	world_code(w, at, e->bytes, e->direct ? 1 : e->length);
	if (e->direct)
		world_code(w, at + 1, s->window + (WORLD_POINTER - WORLD_WINDOW), e->length - 1u);
}

static void judge_once(struct world *w, const struct scene *s, int without, struct judgement *j)
{
	struct trial t = { .w = w, .s = s, .j = j, .state = s->state };
	*j = (struct judgement){ .verdict = VERDICT_SAME };
	memcpy(t.bytes, s->window, sizeof t.bytes);
	t.memory = (struct spec_memory){
		.mask = s->address_mask, .base = WORLD_WINDOW, .size = WORLD_WINDOW_SIZE, .bytes = t.bytes
	};
	t.step = (struct spec_step){ .cpu = s->cpu->facts, .state = &t.state, .memory = &t.memory, .without = without };
	if (is_interrupt(s))
		spec_deliver(&t.step, &s->insn.event);
	else
		spec_step(&t.step, &s->insn);
	j->end = t.step.end;
	j->rows = t.step.rows;
	if (t.memory.strayed || t.step.open) {
		j->verdict = t.step.open ? VERDICT_OPEN : VERDICT_STRAYED;
		return;
	}
	place_code(w, s);
	judge_instruction(&t);
	if (j->verdict == VERDICT_SAME && t.step.end == SPEC_COMPLETED && t.step.step_trap)
		judge_trap(&t);
	j->rows = t.step.rows;
}

/* Rows that miss one may read or write elsewhere, where nothing is compared: that is a difference as well. */
void judge(struct world *w, const struct scene *s, int without, struct judgement *j)
{
	judge_once(w, s, without, j);
	if (j->verdict != VERDICT_STRAYED || without == SPEC_NONE)
		return;
	judge_once(w, s, SPEC_NONE, j);
	if (j->verdict == VERDICT_SAME)
		j->verdict = VERDICT_DIFFERENT;
}
