/* view_models.h - models made by hand for the tests of the panes: every value is the test's own. */
#ifndef VIEW_MODELS_H
#define VIEW_MODELS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/panes.h"

static inline struct view_state view_usual(void)
{
	return (struct view_state){ .focus = PANE_CODE, .animation = -1, .timeline_zoom = 1 };
}

static inline void model_done(struct view_model *m)
{
	free(m->console.line);
	free(m->log.line);
	free(m);
}

/* All fields 0, no lines, nothing mapped. */
static inline struct view_model *model_of_nothing(void)
{
	static const char *const bits[] = { "RFLAGS", "CR0", "CR4", "EFER", "DR6", "DR7", "FMASK" };
	static const char *const names[] = { "CS", "SS", "DS", "ES", "FS", "GS", "TR", "LDTR" };
	struct view_model *m = calloc(1, sizeof(*m));
	m->console.line = calloc(VIEW_CONSOLE, sizeof(*m->console.line));
	m->log.line = calloc(VIEW_LOG, sizeof(*m->log.line));
	for (size_t i = 0; i < rs_field_count() && i < VIEW_FIELDS; i++)
		m->field[m->field_count++].info = rs_field_info(i);
	for (int i = 0; i < 7; i++)
		m->bits[i] = (struct view_bits){ .name = bits[i], .has = UINT64_MAX };
	for (int i = 0; i < VIEW_SELECTORS; i++) {
		m->selector[i].name = names[i];
		m->selector[i].table_state = VIEW_NULL;
	}
	return m;
}

static inline struct view_field *model_field_of(struct view_model *m, const char *name)
{
	for (unsigned i = 0; i < m->field_count; i++)
		if (!strcmp(m->field[i].info->name, name))
			return &m->field[i];
	fprintf(stderr, "no field %s\n", name);
	abort();
}

static inline void model_set(struct view_model *m, const char *name, uint64_t before, uint64_t now)
{
	struct view_field *f = model_field_of(m, name);
	f->before[0] = before;
	f->now[0] = now;
	f->changed = before != now;
	if (f->changed)
		m->card.moved[m->card.moved_count++] = *f;
}

static inline void model_line(struct view_lines *to, const char *text)
{
	snprintf(to->line[to->count++], VIEW_TEXT, "%s", text);
}

static inline void model_segment(struct view_model *m, int i, unsigned before, unsigned now, unsigned attributes)
{
	struct view_selector *v = &m->selector[i];
	v->before = v->cache = (struct rs_segment){ (uint16_t)now, (uint16_t)attributes, 0xffffffff, 0 };
	v->before.selector = (uint16_t)before;
	v->table = v->cache;
	v->changed = before != now;
	v->table_state = now & 0xfffc ? VIEW_READ : VIEW_NULL;
}

static inline void model_step(struct view_model *m, const char *rule, const char *text, const char *outcome, int how)
{
	struct view_step *s = &m->card.step[m->card.step_count++];
	*s = (struct view_step){ .transition = "SYSCALL",
				 .about = "fast call",
				 .rule = rule,
				 .text = text,
				 .outcome = outcome,
				 .section = "SDM2:SYSCALL" };
	s->is_check = *outcome;
	s->state = how;
}

static inline void model_code(struct view_model *m, uint64_t address, const char *text, const char *label,
			      const char *source)
{
	struct view_code *v = &m->code[m->code_count++];
	*v = (struct view_code){ .address = address, .length = 3, .event = -1, .bytes = { 0x0f, 0x01, 0xf8 } };
	snprintf(v->text, VIEW_TEXT, "%s", text);
	snprintf(v->label, VIEW_TEXT, "%s", label);
	snprintf(v->source, VIEW_TEXT, "%s", source);
	v->cost = m->code_count * 26;
}

static inline void model_usual_rest(struct view_model *m)
{
	static const struct view_span spans[] = { { 0, 500, 0 },     { 500, 900, 3 },   { 900, 1000, 0 },
						  { 1000, 1204, 3 }, { 1204, 1500, 0 }, { 1500, 1800, 3 },
						  { 1800, 2000, 0 } };
	static const struct view_mark marks[] = { { 499, VIEW_RETURN, 0 },     { 899, VIEW_EXCEPTION, 14 },
						  { 999, VIEW_RETURN, 0 },     { 1203, VIEW_SYSCALL, 0 },
						  { 1300, VIEW_SWAPGS, 0 },    { 1499, VIEW_RETURN, 0 },
						  { 1799, VIEW_INTERRUPT, 32 } };
	memcpy(m->timeline.span, spans, sizeof(spans));
	memcpy(m->timeline.mark, marks, sizeof(marks));
	m->timeline.span_count = sizeof(spans) / sizeof(spans[0]);
	m->timeline.mark_count = sizeof(marks) / sizeof(marks[0]);
	m->timeline.here = 1204;
	m->timeline.frontier = 2000;
	for (unsigned i = 0; i < 12; i++) {
		m->stack[i] = (struct view_word){ 0x7ffffffde000 + 8 * i, i == 2 ? 0x401014 : i * 0x1111, false, "" };
		if (i == 2)
			snprintf(m->stack[i].symbol, VIEW_TEXT, "guest!main+0x14");
	}
	m->stack_count = 12;
	m->stack_width = 8;
	for (unsigned i = 0; i < 20; i++) {
		m->memory[i] =
		    (struct view_memory_row){ .address = 0x7ffffffde000 + 16 * i, .mapped = i < 18 ? 0xffff : 0 };
		for (unsigned k = 0; k < 16; k++)
			m->memory[i].bytes[k] = (uint8_t)(i * 16 + k);
	}
	m->memory[1].changed = 0x0030;
	m->memory_count = 20;
	model_line(&m->console, "kernel: user program at 0x400000");
	model_line(&m->console, "hello, ring 3");
	model_line(&m->log, "cpl3> t");
	model_line(&m->log, "-- SYSCALL at CPL 3: SC-01 SC-07 SC-11");
}

/* Right behind a SYSCALL whose SS descriptor in the table is not what the cache holds. */
static inline struct view_model *model_of_syscall(void)
{
	struct view_model *m = model_of_nothing();
	strcpy(m->image, "guest.elf");
	strcpy(m->cpu, "intel-skylake");
	strcpy(m->mode, "long64");
	strcpy(m->last, "SYSCALL");
	m->n = 1204;
	m->cycles = 3911;
	m->has_cycles = true;
	m->timeline.start = 0;
	model_set(m, "rcx", 0xdeadbeef, 0x401014);
	model_set(m, "r11", 0, 0x246);
	model_set(m, "rip", 0x401012, 0xffff800000001000);
	model_set(m, "rflags", 0x246, 0x46);
	model_set(m, "rsp", 0x7ffffffde000, 0x7ffffffde000);
	model_set(m, "cpl", 3, 0);
	m->bits[0] = (struct view_bits){ "RFLAGS", 0x246, 0x46, UINT64_MAX };
	m->bits[1] = (struct view_bits){ "CR0", 0x80050033, 0x80050033, UINT64_MAX };
	m->bits[2] = (struct view_bits){ "CR4", 0x3506e0, 0x3506e0, UINT64_MAX };
	m->bits[3] = (struct view_bits){ "EFER", 0xd01, 0xd01, UINT64_MAX };
	m->bits[4] = (struct view_bits){ "DR6", 0xffff0ff0, 0xffff0ff0, UINT64_MAX };
	m->bits[5] = (struct view_bits){ "DR7", 0x400, 0x400, UINT64_MAX };
	m->bits[6] = (struct view_bits){ "FMASK", 0x47700, 0x47700, UINT64_MAX };
	model_segment(m, 0, 0x33, 0x10, 0xa09b);
	model_segment(m, 1, 0x2b, 0x18, 0xc093);
	for (int i = 2; i < 6; i++)
		model_segment(m, i, 0x2b, 0x2b, 0xc0f3);
	model_segment(m, 6, 0x40, 0x40, 0x008b);
	m->selector[6].cache.base = m->selector[6].table.base = 0xfffffe0000003000;
	m->selector[6].cache.limit = m->selector[6].table.limit = 0x67;
	m->selector[6].before = m->selector[6].cache;
	m->selector[0].before.attributes = 0xa0fb;
	m->selector[1].before.attributes = 0xc0f3;
	m->selector[1].table.limit = 0;
	m->selector[1].table.attributes = 0x4091;
	m->selector[1].differs = VIEW_LIMIT | VIEW_TYPE | VIEW_P | VIEW_G;
	m->selector[0].table.attributes = 0xa09a;
	m->selector[0].differs = VIEW_ACCESSED;
	m->selector[5].cache.base = m->selector[5].before.base = 0x7ffff7d8a740;
	m->gs = (struct view_gs){ 0x7ffff7d8a740, 0xffff888000010000, VIEW_USER };
	m->syscalls = (struct view_syscalls){ .star = 0x0023001000000000,
					      .lstar = 0xffff800000001000,
					      .fmask = 0x47700,
					      .enter_cs = 0x10,
					      .enter_ss = 0x18,
					      .leave_cs = 0x33,
					      .leave_cs32 = 0x23,
					      .leave_ss = 0x2b };
	strcpy(m->syscalls.lstar_symbol, "kernel!syscall_entry");
	strcpy(m->card.title, "SYSCALL: CPL 3 -> 0 at n=1203");
	model_step(m, "SC-01", "EFER.SCE = 1", "#UD", VIEW_DONE);
	model_step(m, "SC-02", "64-bit mode", "#UD", VIEW_DONE);
	model_step(m, "SC-07", "RCX <- RIP of the next instruction", "", VIEW_DONE);
	model_step(m, "SC-11", "from 64-bit mode: RIP <- LSTAR", "", VIEW_DONE);
	model_step(m, "SC-03", "from compatibility mode: RIP <- CSTAR", "", VIEW_SKIPPED);
	model_step(m, "SC-09", "R11 <- RFLAGS with RF = 0", "", VIEW_DONE);
	model_step(m, "SC-10", "RFLAGS <- RFLAGS and not FMASK", "", VIEW_DONE);
	model_step(m, "SC-12", "CS <- STAR[47:32] and FFFCh", "", VIEW_DONE);
	model_step(m, "SC-14", "CS cache <- flat 64-bit code, DPL 0", "", VIEW_DONE);
	model_step(m, "SC-13", "SS <- STAR[47:32] + 8, low bits kept", "", VIEW_DONE);
	model_step(m, "SC-17", "CPL <- 0; RSP, DS, ES, FS, GS, GS.base as they were", "", VIEW_DONE);
	model_code(m, 0xffff800000001000, "swapgs", "kernel!syscall_entry", "entry.S:18");
	m->code[0].current = true;
	model_code(m, 0xffff800000001003, "mov gs:[0x10], rsp", "", "entry.S:19");
	m->code[1].breakpoint = true;
	m->code[1].event = 5;
	for (unsigned i = 2; i < 30; i++)
		model_code(m, 0xffff800000001000 + 9 * i, "push r11",
			   i == 9 ? "kernel!syscall_exit_with_a_long_name" : "", "");
	model_usual_rest(m);
	return m;
}

/* SYSRET with an RCX that is not canonical: the steps of the instruction, then of the delivery of #GP. */
static inline struct view_model *model_of_fault(void)
{
	struct view_model *m = model_of_syscall();
	m->card.step_count = m->card.moved_count = 0;
	strcpy(m->last, "#GP (error code 0)");
	strcpy(m->stop, "Breakpoint 0 hit");
	strcpy(m->card.title, "SYSRET: #GP(0) at CPL 0, n=1203");
	model_step(m, "SR-01", "EFER.SCE = 1", "#UD", VIEW_DONE);
	model_step(m, "SR-05", "CPL = 0", "#GP(0)", VIEW_DONE);
	model_step(m, "SR-07", "RCX is canonical, before anything else is changed", "#GP(0)", VIEW_FAILED);
	model_step(m, "SR-09", "RFLAGS <- R11", "", VIEW_NOT_REACHED);
	for (unsigned i = 0; i < 20; i++) {
		model_step(m, "GT-01", "the gate of the vector lies within the IDT", "#GP", VIEW_DONE);
		m->card.step[m->card.step_count - 1].transition = "INTERRUPT";
		m->card.step[m->card.step_count - 1].about = "delivery of #GP";
	}
	strcpy(m->syscalls.warning[0], "SYSRET would be #GP(0): RCX is not canonical");
	m->syscalls.warning_count = 1;
	m->walk_address = 0x7ffffffde000;
	m->walk_asked = true;
	m->walk = (struct rs_walk){
		.entry = { { "PML4E", 0x101000, 0x102027 },
			   { "PDPTE", 0x102ff8, 0x103027 },
			   { "PDE", 0x103ff0, 0x104027 },
			   { "PTE", 0x104ef0, 0x8000000000205067 } },
		.entry_count = 4,
		.mapped = true,
		.physical = 0x205000,
		.page_bytes = 4096,
		.user = true,
		.writable = true,
	};
	return m;
}

/* Every value another one, all changed. */
static inline struct view_model *model_of_distinct(void)
{
	struct view_model *m = model_of_syscall();
	for (unsigned i = 0; i < m->field_count; i++) {
		struct view_field *f = &m->field[i];
		bool small = f->info->kind == RS_FIELD_NUMBER && !strcmp(f->info->group, "x87");
		unsigned n = i + 1;
		f->now[0] = small ? 0xa00 + n : !strcmp(f->info->name, "rflags") ? 0x87654321 : 0xa0b0c0d0e0f00000 + n;
		f->before[0] = small                              ? 0xb00 + n
			       : !strcmp(f->info->name, "rflags") ? 0x12345678
								  : 0xb1b2b3b4b5b00000 + n;
		f->now[1] = 0xc000 + n;
		f->before[1] = 0xd000 + n;
		f->changed = n % 3 != 0;
		if (!f->changed)
			memcpy(f->before, f->now, sizeof(f->before));
	}
	return m;
}

/* All ones, texts as long as they can be, every list full. */
static inline struct view_model *model_of_ones(void)
{
	struct view_model *m = model_of_distinct();
	static char text[VIEW_TEXT]; /* the steps of the card point to it */
	memset(text, 'w', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	strcpy(m->image, text);
	strcpy(m->stop, text);
	strcpy(m->last, text);
	memset(m->cpu, 'c', sizeof(m->cpu) - 1);
	memset(m->mode, 'm', sizeof(m->mode) - 1);
	m->running = true;
	m->n = m->cycles = UINT64_MAX;
	m->cpl = 3;
	for (unsigned i = 0; i < m->field_count; i++) {
		struct view_field *f = &m->field[i];
		f->now[0] = f->now[1] = UINT64_MAX;
		f->before[0] = f->before[1] = UINT64_MAX - 1;
		f->changed = true;
	}
	for (int i = 0; i < 7; i++)
		m->bits[i].now = UINT64_MAX;
	for (int i = 0; i < VIEW_SELECTORS; i++) {
		struct view_selector *v = &m->selector[i];
		v->cache = v->table = (struct rs_segment){ 0xffff, 0xffff, UINT32_MAX, UINT64_MAX };
		v->before.selector = 0;
		v->changed = true;
		v->table_state = (unsigned)i % 5;
		v->differs = 0x7ff;
	}
	memset(&m->gs, 0xff, 2 * sizeof(uint64_t));
	for (m->syscalls.warning_count = 0; m->syscalls.warning_count < VIEW_WARNINGS; m->syscalls.warning_count++)
		strcpy(m->syscalls.warning[m->syscalls.warning_count], text);
	strcpy(m->syscalls.lstar_symbol, text);
	strcpy(m->card.title, text);
	while (m->card.step_count < VIEW_STEPS)
		model_step(m, "SC-01", text, text, (int)m->card.step_count % 4);
	for (m->code_count = 0; m->code_count < VIEW_CODE;)
		model_code(m, UINT64_MAX - m->code_count, text, text, text);
	for (unsigned i = 0; i < VIEW_CODE; i++)
		m->code[i].cost = UINT64_MAX;
	for (m->stack_count = 0; m->stack_count < VIEW_STACK; m->stack_count++) {
		m->stack[m->stack_count] = (struct view_word){ UINT64_MAX - 7 * m->stack_count, UINT64_MAX, true, "" };
		strcpy(m->stack[m->stack_count].symbol, text);
	}
	for (unsigned i = 0; i < VIEW_MEMORY; i++)
		m->memory[i] =
		    (struct view_memory_row){ .address = UINT64_MAX - 15, .mapped = 0x5555, .changed = 0xffff };
	m->memory_count = VIEW_MEMORY;
	m->walk_address = UINT64_MAX;
	m->walk_asked = true;
	strcpy(m->memory_about, text);
	m->walk.entry_count = 5;
	for (int i = 0; i < 5; i++)
		m->walk.entry[i] = (struct rs_walk_entry){ "PML5E", UINT64_MAX, UINT64_MAX };
	for (unsigned i = 0; i < VIEW_SPANS; i++)
		m->timeline.span[i] =
		    (struct view_span){ UINT64_MAX / VIEW_SPANS * i, UINT64_MAX / VIEW_SPANS * (i + 1), i % 4 };
	for (unsigned i = 0; i < VIEW_MARKS; i++)
		m->timeline.mark[i] = (struct view_mark){ UINT64_MAX / VIEW_MARKS * i, i % 6, 255 };
	m->timeline.span_count = VIEW_SPANS;
	m->timeline.mark_count = VIEW_MARKS;
	m->timeline.here = m->timeline.frontier = UINT64_MAX;
	for (m->console.count = 0; m->console.count < VIEW_CONSOLE; m->console.count++)
		snprintf(m->console.line[m->console.count], VIEW_TEXT, "line %u %.140s", m->console.count, text);
	for (m->log.count = 0; m->log.count < VIEW_LOG; m->log.count++)
		snprintf(m->log.line[m->log.count], VIEW_TEXT, "line %u %.140s", m->log.count, text);
	return m;
}

#endif
