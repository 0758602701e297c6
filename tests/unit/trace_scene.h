/* trace_scene.h - a small run made by hand, for the tests of the trace: records and states without a machine. */
#ifndef TRACE_SCENE_H
#define TRACE_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/trace.h"

/* ---- a text that grows, and a host that writes into one ---- */

struct text {
	char *bytes;
	size_t size;
};

static inline void text_add(struct text *t, const void *bytes, size_t size)
{
	t->bytes = realloc(t->bytes, t->size + size + 1);
	assert_non_null(t->bytes);
	memcpy(t->bytes + t->size, bytes, size);
	t->size += size;
	t->bytes[t->size] = 0;
}

static inline void add_line(void *arg, const char *line, size_t size)
{
	text_add(arg, line, size);
}

static inline long write_text(void *arg, int fd, const void *from, size_t size)
{
	(void)fd;
	text_add(arg, from, size);
	return (long)size;
}

static inline void *no_memory(void *arg, size_t bytes)
{
	(void)arg, (void)bytes;
	return NULL;
}

/* A copy with nothing around it, so that a sanitizer sees each byte read too far. */
static inline char *exact_copy(const char *bytes, size_t size)
{
	char *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	return copy;
}

/* ---- a small run ---- */

static const struct trace_header small_header = {
	.cpu = "intel-skylake",
	.memory = 16777216,
	.limit = RS_FOREVER,
	.cycle_limit = RS_FOREVER,
	.key_interval = 4,
	.arguments = "one two;three%",
};

/* The same with a cycle model. */
static inline struct trace_header timed_header(void)
{
	struct trace_header h = small_header;

	strcpy(h.timing, "unit");
	h.timing_version = 1;
	return h;
}

static inline struct cpu_state small_start(void)
{
	struct cpu_state st = { .rip = 0x401000, .rflags = 2, .cpl = 3 };

	st.seg[SEG_CS] = (struct seg){ 0, 0xffffffff, 0x33, 0xa0fb };
	st.seg[SEG_SS] = (struct seg){ 0, 0xffffffff, 0x2b, 0xc0f3 };
	st.gdtr = (struct table_register){ 0xffff800000002000, 0x7f };
	st.efer = EFER_SCE | EFER_LMA;
	st.gpr[RSP] = 0x7fffffffe000;
	return st;
}

/* A writer with the state that it will be told next. */
struct scene {
	struct text text;
	struct trace_writer writer;
	struct cpu_state st;
	uint64_t n;
};

static inline void scene_open(struct scene *s, const struct trace_header *h)
{
	memset(s, 0, sizeof(*s));
	s->st = small_start();
	trace_write_header(h, add_line, &s->text);
	trace_writer_start(&s->writer, h, &s->st, add_line, &s->text);
}

/* An instruction of which the caller has put the results into s->st, but for RIP. */
static inline struct rs_record instruction(struct scene *s, const char *bytes, size_t length)
{
	struct rs_record r = {
		.kind = RS_RECORD_INSTRUCTION, .n = s->n++, .rip = s->writer.last.rip, .length = (uint8_t)length
	};

	r.cpl = s->writer.last.cpl;
	r.cycles = 3 * s->n;
	memcpy(r.bytes, bytes, length);
	if (s->st.rip == r.rip)
		s->st.rip += length;
	return r;
}

static inline void plain(struct scene *s, const char *bytes, size_t length)
{
	struct rs_record r = instruction(s, bytes, length);

	trace_write_record(&s->writer, &s->st, &r);
}

static inline void event(struct scene *s, uint8_t vector, uint64_t rip)
{
	struct rs_record r = {
		.kind = RS_RECORD_EVENT, .n = s->n, .rip = s->st.rip, .cpl = s->st.cpl, .vector = vector
	};

	r.has_error_code = true;
	r.error_code = 6;
	r.cause = "PT-03";
	r.cycles = 3 * s->n + 1;
	s->st.rip = rip;
	s->st.cpl = 0;
	s->st.cr2 = 0x10;
	trace_write_record(&s->writer, &s->st, &r);
}

static inline void iteration(struct scene *s, uint64_t k)
{
	struct rs_record r = {
		.kind = RS_RECORD_ITERATION, .n = s->n, .iteration = k, .rip = s->st.rip, .cpl = s->st.cpl
	};

	r.length = 2;
	r.cycles = 3 * s->n;
	memcpy(r.bytes, "\xf3\xaa", 2);
	s->st.gpr[RCX]--;
	r.write_count = 1;
	r.writes[0] = (struct rs_write){ .address = 0x1000 + k, .size = 1, .data = { 0x5a } };
	trace_write_record(&s->writer, &s->st, &r);
}

static inline void stores(struct scene *s)
{
	struct rs_record r = instruction(s, "\x66\x0f\x7f\x00", 4);
	static const uint64_t sizes[] = { 8, 2, 3, 16, 100 };

	r.write_count = 5;
	for (unsigned i = 0; i < 5; i++) {
		r.writes[i] =
		    (struct rs_write){ .address = 0xffff888000010010 + 256 * i, .size = sizes[i], .hash = 0xabcdef };
		for (unsigned j = 0; j < RS_WRITE_BYTES; j++)
			r.writes[i].data[j] = (uint8_t)(j + 1);
	}
	r.writes_cut = true;
	trace_write_record(&s->writer, &s->st, &r);
}

static inline void scene_end(struct scene *s)
{
	struct rs_status status = { .why = RS_STOP_EXIT, .instructions = s->n, .exit_code = 7 };

	trace_write_key(&s->writer, s->n, 0x1234);
	trace_write_end(&s->writer, &status, 0x5678);
}

static inline void small_run(struct scene *s, const struct trace_header *h)
{
	scene_open(s, h);
	s->st.gpr[RAX] = 1;
	plain(s, "\xb8\x01\x00\x00\x00", 5);
	s->st.rip = 0x401020;
	plain(s, "\xeb\x19", 2);
	s->st.seg[SEG_GS].base = 0x7000;
	s->st.kernel_gs_base = 0xffff888000010000;
	plain(s, "\x0f\x01\xf8", 3);
	s->st.seg[SEG_SS] = (struct seg){ 0, 0xffffffff, 0x18, 0xc093 };
	s->st.rflags = 0x246;
	plain(s, "\x8e\xd0", 2);
	stores(s);
	s->st.gpr[RCX] = 3;
	iteration(s, 1);
	event(s, VEC_PF, 0xffff800000001000);
	s->st.idtr.limit = 0xfff;
	plain(s, "\x0f\x01\x1d", 3);
	scene_end(s);
}

#endif
