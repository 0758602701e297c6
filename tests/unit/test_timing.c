/* test_timing.c - the cycle models: what each thing takes, by hand, and the pages that are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "board/machine.h"
#include "cpu/engine/block.h"
#include "cpu/isa/insn.h"
#include "mem/walked.h"
#include "timing/timing.h"

/* ---- models ---- */

static void test_models(void **state)
{
	(void)state;
	assert_string_equal(timing_info(0)->name, "none");
	assert_null(timing_info(0)->costs);
	assert_ptr_equal(timing_find("unit")->costs, &timing_unit);
	assert_null(timing_find("unit2"));
	assert_int_equal(rs_timing_find("unit"), 1);
	assert_int_equal(rs_timing_find(""), -1);
	assert_int_equal(rs_timing_version(0), 0);
	assert_true(rs_timing_version(1) > 0);
	for (size_t i = 0; rs_timing_name(i); i++)
		assert_true(rs_timing_about(i)[0]);
}

/* An instruction that takes no time could not be limited by cycles, and a block's cost has 16 bits. */
static void test_costs(void **state)
{
	const struct costs *c = &timing_unit;
	unsigned most = 0;
	(void)state;
	for (unsigned i = 0; i < INSN_COUNT; i++) {
		const struct insn_cost *row = &c->insn[i];
		assert_true(row->plain > 0 && row->memory >= row->plain);
		most = row->memory > most ? row->memory : most;
	}
	assert_true(BLOCK_INSNS * (most + c->locked + c->far + c->control + c->segment) <= UINT16_MAX);
}

static void test_no_such_model(void **state)
{
	struct rs_config config = { .timing = "haswell" };
	struct rs_error why;
	(void)state;
	assert_null(rs_new(&config, &why));
	assert_int_equal(why.code, RS_ERROR_ARGUMENT);
	assert_non_null(strstr(why.text, "'haswell'"));
}

/* ---- instructions ---- */

enum { CODE = 0x200000, IDT = 0x280000, WALK = 15 }; /* a flat 64-bit image has pages of 2 MiB: three levels */

/* A flat 64-bit image at the start of a page of its own. */
static struct rs_machine *machine(const char *timing, const char *code, size_t size)
{
	struct rs_config config = { .timing = timing, .start = { RS_FORMAT_FLAT, CODE, CODE, 64 } };
	struct rs_file file = { .name = "code", .bytes = malloc(size), .size = size };
	struct rs_error why;
	struct rs_machine *m = rs_new(&config, &why);
	assert_non_null(m);
	assert_non_null(file.bytes);
	memcpy(file.bytes, code, size);
	if (!rs_load(m, &file, NULL, 0, "", &why))
		fail_msg("%s", why.text);
	free(file.bytes);
	return m;
}

static uint64_t cycles(struct rs_machine *m)
{
	return rs_status(m)->cycles;
}

static const struct {
	const char *code;
	unsigned size, cycles; /* size: bytes of code */
} steps[] = {
	{ "\x90", 1, 1 + WALK },                             /* nop */
	{ "\xb9\x08\x00\x00\x00", 5, 1 },                    /* mov ecx, 8 */
	{ "\xbf\x00\x00\x28\x00", 5, 1 },                    /* mov edi, 280000h */
	{ "\x8d\x47\x10", 3, 1 },                            /* lea eax, [rdi+16] */
	{ "\x8b\x07", 2, 2 },                                /* mov eax, [rdi] */
	{ "\x03\x07", 2, 3 },                                /* add eax, [rdi] */
	{ "\xf0\xff\x07", 3, 3 + 14 },                       /* lock inc dword [rdi] */
	{ "\x31\xd2", 2, 1 },                                /* xor edx, edx */
	{ "\xf7\xf1", 2, 24 },                               /* div ecx */
	{ "\xf3\xaa", 2, 3 + 8 },                            /* rep stosb, 8 times */
	{ "\xf3\xaa", 2, 3 },                                /* and not at all */
	{ "\x0f\x20\xc0", 3, 1 + 30 },                       /* mov rax, cr0 */
	{ "\x0f\x20\xc0", 3, 1 + 30 },                       /* and again, decoded from memory */
	{ "\x8e\xd9", 2, 1 + 8 },                            /* mov ds, cx (null) */
	{ "\xa1\x00\x00\x40\x00\x00\x00\x00\x00", 9, 1 + 1 + WALK }, /* mov eax, [400000h] */
	{ "\xa1\x00\x00\x40\x00\x00\x00\x00\x00", 9, 2 },
	{ "\x0f\x01\x3c\x25\x00\x10\x40\x00", 8, 60 },       /* invlpg [401000h]: the same page */
	{ "\xa1\x08\x00\x40\x00\x00\x00\x00\x00", 9, 2 + WALK },
	{ "\x0f\x20\xd8", 3, 31 },                           /* mov rax, cr3 */
	{ "\x0f\x22\xd8", 3, 31 },                           /* mov cr3, rax */
	{ "\xa1\x08\x00\x40\x00\x00\x00\x00\x00", 9, 2 + 2 * WALK }, /* code and data again */
	{ "\x0f\x31", 2, 20 },                               /* rdtsc */
	{ "\xf4", 1, 1 },                                    /* hlt */
};

enum { STEPS = sizeof steps / sizeof *steps, CODE_MAX = 128 };

static size_t all_steps(char *code)
{
	size_t size = 0;
	for (size_t i = 0; i < STEPS; i++) {
		memcpy(code + size, steps[i].code, steps[i].size);
		size += steps[i].size;
	}
	return size;
}

static void test_instructions(void **state)
{
	char code[CODE_MAX];
	struct rs_machine *m = machine("unit", code, all_steps(code));
	(void)state;
	for (size_t i = 0; i < STEPS; i++) {
		uint64_t before = cycles(m);
		assert_int_equal(rs_step(m), RS_STOP_NONE);
		if (cycles(m) - before != steps[i].cycles)
			fail_msg("step %zu: %u cycles, wanted %u", i, (unsigned)(cycles(m) - before), steps[i].cycles);
	}
	rs_free(m);
}

/* RDTSC sees the cycles before it; no snapshot and no debugger's look takes any. */
static void test_runs(void **state)
{
	char code[CODE_MAX];
	size_t size = all_steps(code);
	uint64_t before_rdtsc = 0, value, edx_eax;
	(void)state;
	for (size_t i = 0; i + 2 < STEPS; i++)
		before_rdtsc += steps[i].cycles;
	for (unsigned stop = 0; stop < STEPS; stop++) {
		struct rs_machine *m = machine("unit", code, size);
		assert_int_equal(rs_run(m, stop), RS_STOP_LIMIT);
		struct rs_snapshot *s = rs_snapshot_take(m);
		assert_non_null(s);
		rs_read_linear(m, 0x600000, &value, sizeof value);
		assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
		assert_int_equal(cycles(m), before_rdtsc + 20 + 1);
		rs_snapshot_restore(m, s);
		assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
		assert_int_equal(cycles(m), before_rdtsc + 20 + 1);
		edx_eax = rs_state(m)->gpr[RDX] << 32 | rs_state(m)->gpr[RAX];
		assert_int_equal(edx_eax, before_rdtsc);
		assert_true(rs_read_msr(m, 0x10, &value) && value == cycles(m));
		rs_snapshot_free(m, s);
		rs_free(m);
	}
}

static void test_none(void **state)
{
	char code[CODE_MAX];
	struct rs_machine *m = machine(NULL, code, all_steps(code));
	(void)state;
	rs_limit_cycles(m, 7);
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_LIMIT);
	assert_true(rs_status(m)->instructions == 7 && cycles(m) == 7);
	rs_limit_cycles(m, RS_FOREVER);
	assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
	assert_true(rs_status(m)->instructions == STEPS && cycles(m) == STEPS);
	assert_int_equal(rs_state(m)->gpr[RAX], STEPS - 2);
	rs_free(m);
}

/* At the first boundary with so many: a REP string has none inside. */
static void test_limits(void **state)
{
	char code[CODE_MAX];
	size_t size = all_steps(code);
	uint64_t boundary = 0;
	unsigned n = 0;
	(void)state;
	for (uint64_t limit = 1; limit < 150; limit++) {
		struct rs_machine *m = machine("unit", code, size);
		while (boundary < limit)
			boundary += steps[n++].cycles;
		rs_limit_cycles(m, limit);
		assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_LIMIT);
		assert_true(rs_status(m)->instructions == n && cycles(m) == boundary);
		rs_free(m);
	}
}

/* ---- events ---- */

/* #UD by an interrupt gate; the handler is HLT. */
static void test_events(void **state)
{
	static const char code[] = "\x0f\x0b\xf4";
	struct rs_machine *m = machine("unit", code, sizeof code - 1);
	struct cpu_state st = *rs_state(m);
	uint64_t gate[2] = { 0x00208e0000000002 | (uint64_t)st.seg[SEG_CS].sel << 16, 0 };
	(void)state;
	st.idtr = (struct table_register){ IDT, 0xfff };
	st.gpr[RSP] = IDT;
	rs_state_replace(m, &st);
	rs_write_physical(m, IDT + VEC_UD * 16, gate, sizeof gate);
	assert_int_equal(rs_step(m), RS_STOP_NONE);
	assert_int_equal(rs_status(m)->instructions, 0);
	assert_int_equal(cycles(m), 60 + WALK); /* one page has all of it, the descriptors too */
	rs_free(m);
}

/* ---- pages ---- */

static struct walked *some_pages(void)
{
	struct walked *w = calloc(1, sizeof *w);
	assert_non_null(w);
	walked_add(w, 0, 0x1000, 12);
	walked_add(w, 5, 0x1000, 12);
	walked_add(w, 5, 0x40000000, 30);
	walked_add(w, WALKED_GLOBAL, 0x200000, 21);
	return w;
}

static void test_pages(void **state)
{
	struct walked *w = some_pages();
	(void)state;
	assert_true(walked_knows(w, 0, 0x1fff, 12));
	assert_false(walked_knows(w, 0, 0x2000, 12));
	assert_false(walked_knows(w, 0, 0x1000, 21));
	assert_true(walked_knows(w, 5, 0x7fffffff, 30));
	assert_true(walked_knows(w, WALKED_GLOBAL, 0x3fffff, 21));
	assert_false(walked_knows(w, 1, 0x1000, 12));
	walked_forget_page(w, 5, 0x50000000);
	assert_false(walked_knows(w, 5, 0x40000000, 30));
	assert_true(walked_knows(w, 5, 0x1000, 12));
	walked_forget_pcid(w, 5);
	assert_false(walked_knows(w, 5, 0x1000, 12));
	assert_true(walked_knows(w, 0, 0x1000, 12));
	walked_add(w, 5, 0x1000, 12);
	walked_forget_plain(w);
	assert_false(walked_knows(w, 0, 0x1000, 12) || walked_knows(w, 5, 0x1000, 12));
	assert_true(walked_knows(w, WALKED_GLOBAL, 0x200000, 21));
	walked_forget_all(w);
	assert_false(walked_knows(w, WALKED_GLOBAL, 0x200000, 21));
	free(w);
}

static void test_many_pages(void **state)
{
	struct walked *w = calloc(1, sizeof *w);
	uint64_t n = 0;
	(void)state;
	assert_non_null(w);
	while (!walked_is_full(w))
		walked_add(w, 1, n++ << 12, 12);
	assert_int_equal(n, WALKED_PAGES);
	for (uint64_t i = 0; i < 2 * n; i++)
		assert_int_equal(walked_knows(w, 1, i << 12, 12), i < n);
	free(w);
}

static void put64(struct rs_machine *m, uint64_t at, uint64_t value)
{
	assert_int_equal(rs_write_physical(m, at, &value, sizeof value), sizeof value);
}

enum { WINDOW_PDPT = 0x300000, WINDOW_PD = 0x301000, WINDOW_PT = 0x302000, WINDOW_PAGES = 3000, SMALL_WALK = 20 };
#define WINDOW (1ull << 39)

/* 4-KiB pages, all of one frame, behind the second entry of the PML4. */
static void map_window(struct rs_machine *m)
{
	put64(m, rs_state(m)->cr3 + 8, WINDOW_PDPT | 3);
	put64(m, WINDOW_PDPT, WINDOW_PD | 3);
	for (uint64_t i = 0; i < WINDOW_PAGES; i++) {
		put64(m, WINDOW_PD + i / 512 * 8, (WINDOW_PT + i / 512 * 4096) | 3);
		put64(m, WINDOW_PT + i * 8, IDT | 3);
	}
}

/* L: mov eax, [rsi]; add rsi, rdi; dec ecx; jnz L; hlt: page after page, more than are known. When they are forgotten,
 * the code's page is so too. */
static void test_more_pages_than_are_known(void **state)
{
	static const char code[] = "\x8b\x06\x48\x01\xfe\xff\xc9\x75\xf7\xf4";
	(void)state;
	for (unsigned step = 0; step < 2; step++) {
		struct rs_machine *m = machine("unit", code, sizeof code - 1);
		struct cpu_state st = *rs_state(m);
		map_window(m);
		st.gpr[RSI] = WINDOW;
		st.gpr[RDI] = 4096;
		st.gpr[RCX] = WINDOW_PAGES;
		rs_state_replace(m, &st);
		rs_step_always(m, step);
		assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_HALTED);
		assert_int_equal(cycles(m), WINDOW_PAGES * (2 + 1 + 1 + 1 + SMALL_WALK) + 2 * WALK + 1);
		rs_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_models),       cmocka_unit_test(test_costs),
		cmocka_unit_test(test_no_such_model), cmocka_unit_test(test_instructions),
		cmocka_unit_test(test_runs),         cmocka_unit_test(test_none),
		cmocka_unit_test(test_limits),       cmocka_unit_test(test_events),
		cmocka_unit_test(test_pages),        cmocka_unit_test(test_many_pages),
		cmocka_unit_test(test_more_pages_than_are_known),
	};
	return cmocka_run_group_tests_name("timing", tests, NULL, NULL);
}
