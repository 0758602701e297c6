/* test_trace.c - trace lines written, read back, damaged in every byte. */
#include "trace_scene.h"

/* ---- words ---- */

static void test_words(void **state)
{
	char text[64];

	(void)state;
	*trace_put_hex(text, 0) = 0;
	assert_string_equal(text, "0");
	*trace_put_hex(text, 0x10) = 0;
	assert_string_equal(text, "10");
	*trace_put_hex(text, UINT64_MAX) = 0;
	assert_string_equal(text, "ffffffffffffffff");
	*trace_put_decimal(text, 0) = 0;
	assert_string_equal(text, "0");
	*trace_put_decimal(text, UINT64_MAX) = 0;
	assert_string_equal(text, "18446744073709551615");
	*trace_put_bytes(text, (const uint8_t *)"\x00\xa5\xff", 3) = 0;
	assert_string_equal(text, "00a5ff");
}

static void test_stops(void **state)
{
	static const struct {
		enum rs_stop why;
		const char *word;
	} stops[] = {
		{ RS_STOP_EXIT, "exit=7" },
		{ RS_STOP_TRIPLE_FAULT, "triple-fault=#UD/insn:UD2,#PF/PT-03,v9/-" },
		{ RS_STOP_UNIMPLEMENTED, "unimplemented" },
		{ RS_STOP_HALTED, "halted" },
		{ RS_STOP_LIMIT, "limit" },
		{ RS_STOP_BREAK, "until" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		struct rs_status status = { .why = stops[i].why,
					    .exit_code = 7,
					    .fault_count = 3,
					    .rules = { "insn:UD2", "PT-03" },
					    .vectors = { 6, 14, 9 } };
		*trace_put_stop(text, &status) = 0;
		assert_string_equal(text, stops[i].word);
	}
}

/* What the writer's fast path takes for granted. */
static void test_rows(void **state)
{
	bool cold = false;

	(void)state;
	assert_true(state_field_count <= TRACE_FIELDS);
	for (size_t i = 0; i < state_field_count; i++) {
		const struct state_field *f = &state_fields[i];
		bool hot = f->offset < offsetof(struct cpu_state, seg);
		assert_false(hot && cold);
		assert_false(hot && (f->kind != STATE_NUMBER || f->bits != 64));
		cold = !hot;
	}
}

static void test_hash(void **state)
{
	char sha256[65];

	(void)state;
	trace_sha256("abc", 3, sha256);
	assert_string_equal(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(trace_fnv(TRACE_FNV_START, "a", 1) == 0xaf63dc4c8601ec8cull);
}

/* ---- writing ---- */

static void assert_has_line(const struct text *t, const char *line)
{
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	if (!strstr(t->bytes, wanted))
		fail_msg("no line \"%s\" in:\n%s", line, t->bytes);
}

static void test_lines(void **state)
{
	struct scene s;

	(void)state;
	small_run(&s, &small_header);
	assert_has_line(&s.text, "cpu intel-skylake timing=none mem=16777216 limit=none until=none lines=all key=4");
	assert_has_line(&s.text, "args one two%3bthree%25");
	assert_has_line(&s.text, "i 0 3 401000 b801000000 rax=1");
	assert_has_line(&s.text, "i 1 3 401005 eb19 rip=401020");
	assert_has_line(&s.text, "i 2 3 401020 0f01f8 gs.base=7000 kgs=ffff888000010000");
	assert_has_line(&s.text, "i 3 3 401023 8ed0 rflags=246 ss=18[0 ffffffff c093]");
	assert_has_line(&s.text, "i 4 3 401025 660f7f00 w8 ffff888000010010=807060504030201 w2 ffff888000010110=201 "
				 "w3 ffff888000010210=010203 w16 ffff888000010310=0102030405060708090a0b0c0d0e0f10 "
				 "w100 ffff888000010410=#abcdef w+");
	assert_has_line(&s.text, "i 5.1 3 401029 f3aa rcx=2 w1 1001=5a");
	assert_has_line(&s.text, "x 5 3 #PF err=6 by=PT-03 rip=ffff800000001000 cpl=0 cr2=10");
	assert_has_line(&s.text, "i 5 0 ffff800000001000 0f011d idtr=0[fff]");
	assert_has_line(&s.text, "k 6 1234");
	assert_has_line(&s.text, "e 6 exit=7 5678");
	free(s.text.bytes);
}

static void test_cycles(void **state)
{
	struct trace_header h = timed_header();
	struct scene s;

	(void)state;
	h.cycle_limit = 99;
	small_run(&s, &h);
	assert_has_line(&s.text, "cpu intel-skylake timing=unit:1 mem=16777216 limit=none cycles=99 until=none "
				 "lines=all key=4");
	assert_has_line(&s.text, "i 0 3 401000 b801000000 rax=1 c=3");
	assert_has_line(&s.text, "i 5.1 3 401029 f3aa rcx=2 w1 1001=5a c=15");
	assert_non_null(strstr(s.text.bytes, "\nx 5 3 #PF "));
	assert_non_null(strstr(s.text.bytes, " cr2=10 c=16\n"));
	free(s.text.bytes);
}

static void test_events(void **state)
{
	struct scene s;
	struct rs_record r = { .kind = RS_RECORD_EVENT, .cpl = 3, .vector = 0x20, .external = true };

	(void)state;
	scene_open(&s, &small_header);
	trace_write_record(&s.writer, &s.st, &r);
	r = (struct rs_record){ .kind = RS_RECORD_EVENT, .vector = 2, .external = true };
	trace_write_record(&s.writer, &s.st, &r);
	r = (struct rs_record){ .kind = RS_RECORD_EVENT, .vector = 9, .software = true };
	trace_write_record(&s.writer, &s.st, &r);
	assert_has_line(&s.text, "x 0 3 v20 ext");
	assert_has_line(&s.text, "x 0 0 NMI ext");
	assert_has_line(&s.text, "x 0 0 v9 soft");
	free(s.text.bytes);
}

/* Only the way between the rings remains; the lines still give each old value. */
static void test_key_lines(void **state)
{
	struct trace_header h = small_header;
	struct scene s;

	(void)state;
	h.key_lines_only = true;
	scene_open(&s, &h);
	s.st.gpr[RAX] = 5;
	plain(&s, "\x90", 1);
	s.st.cpl = 0;
	s.st.gpr[RCX] = s.st.rip + 3;
	plain(&s, "\x0f\x05", 2);
	s.st.gpr[RAX] = 6;
	plain(&s, "\x90", 1);
	scene_end(&s);
	assert_has_line(&s.text, "d 1 rax=5 rip=401001");
	assert_has_line(&s.text, "i 1 3 401001 0f05 rcx=401004 cpl=0");
	assert_has_line(&s.text, "d 3 rax=6 rip=401004");
	assert_null(strstr(s.text.bytes, "\ni 0 "));
	free(s.text.bytes);
}

static size_t long_comment(const uint8_t *bytes, size_t n, uint64_t rip, unsigned bits, char *text, size_t size)
{
	(void)bytes, (void)n, (void)rip;
	assert_int_equal(bits, 64);
	memset(text, 'x', size);
	return size;
}

static void keep_longest(void *arg, const char *line, size_t size)
{
	size_t *longest = arg;

	(void)line;
	*longest = size > *longest ? size : *longest;
}

static void test_longest_line(void **state)
{
	struct trace_writer w = { .disassemble = long_comment };
	struct cpu_state start = small_start(), all;
	struct rs_record r = { .kind = RS_RECORD_INSTRUCTION, .n = UINT64_MAX, .rip = UINT64_MAX, .length = 15 };
	size_t longest = 0;

	(void)state;
	memset(&all, 0xff, sizeof(all));
	r.rule_count = RS_RECORD_RULES;
	for (unsigned i = 0; i < RS_RECORD_RULES; i++)
		r.rules[i] = (uint16_t)(rs_rule_count() - 1);
	r.write_count = RS_RECORD_WRITES;
	r.writes_cut = true;
	for (unsigned i = 0; i < RS_RECORD_WRITES; i++)
		r.writes[i] = (struct rs_write){ .address = UINT64_MAX, .size = 64 };
	trace_writer_start(&w, &small_header, &start, keep_longest, &longest);
	trace_write_record(&w, &all, &r);
	assert_in_range(longest, 4000, TRACE_LINE / 2);
}

static void test_header_add(void **state)
{
	struct trace_header h = { .cpu = "x" };
	struct rs_file file = { .name = "/home/someone/kernel one.elf", .size = 0 };
	struct rs_error why;

	(void)state;
	assert_true(trace_header_add(&h, "kernel", &file, &why));
	assert_string_equal(h.file[0].name, "kernel one.elf");
	file.name = "../guests/a.elf";
	assert_true(trace_header_add(&h, "user", &file, &why));
	assert_string_equal(h.file[1].name, "../guests/a.elf");
	file.name = "a\nb";
	assert_false(trace_header_add(&h, "user", &file, &why));
	file.name = "/folder/";
	assert_false(trace_header_add(&h, "user", &file, &why));
	file.name = "x";
	while (h.file_count < TRACE_FILES)
		assert_true(trace_header_add(&h, "user", &file, &why));
	assert_false(trace_header_add(&h, "user", &file, &why));
}

/* ---- reading ---- */

static void test_header_round_trip(void **state)
{
	static uint8_t input[70] = { 0, 255, 10 };
	struct trace_header h = small_header, back;
	struct rs_file file = { .name = "name with space;%.elf", .bytes = input, .size = 3 };
	struct trace_reader r;
	struct rs_error why;
	struct text text = { NULL, 0 };

	(void)state;
	h.limit = 99;
	h.cycle_limit = 1234;
	strcpy(h.timing, "unit");
	h.timing_version = 7;
	h.has_until = true;
	h.until = 0xfff0;
	h.start = (struct rs_start){ RS_FORMAT_FLAT, 0x7c00, 0x7c10, 16 };
	h.input = input;
	h.input_size = sizeof(input);
	h.injection_count = 3;
	h.injection[0] = (struct rs_injection){ .signal = RS_SIGNAL_NMI, .at = 1204 };
	h.injection[1] = (struct rs_injection){ RS_SIGNAL_INTERRUPT, 0x41, 3, 0xffff800000001000 };
	h.injection[2] = (struct rs_injection){ RS_SIGNAL_DEBUG, 0, 1, 0 };
	assert_true(trace_header_add(&h, "kernel", &file, &why));
	trace_write_header(&h, add_line, &text);
	trace_reader_init(&r, "t", text.bytes, text.size);
	assert_true(trace_read_header(&r, rs_host_libc(), &back, &why));
	assert_ptr_equal(r.at, r.end);
	assert_string_equal(back.file[0].name, file.name);
	assert_string_equal(back.file[0].sha256, h.file[0].sha256);
	assert_string_equal(back.arguments, h.arguments);
	assert_int_equal(back.input_size, sizeof(input));
	assert_memory_equal(back.input, input, sizeof(input));
	assert_memory_equal(&back.start, &h.start, sizeof(h.start));
	assert_int_equal(back.injection_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(&back.injection[i], &h.injection[i], sizeof(h.injection[i]));
	assert_true(back.cycle_limit == 1234 && back.timing_version == 7 && !strcmp(back.timing, "unit"));
	assert_true(back.limit == 99 && back.has_until && back.until == 0xfff0 && back.memory == h.memory);
	trace_header_release(rs_host_libc(), &back);

	struct rs_host poor = *rs_host_libc();
	poor.alloc = no_memory;
	trace_reader_init(&r, "t", text.bytes, text.size);
	assert_false(trace_read_header(&r, &poor, &back, &why));
	assert_int_equal(why.code, RS_ERROR_MEMORY);
	free(text.bytes);
}

/* Reads to the end; what ended it. */
static enum trace_read read_all(const char *bytes, size_t size, struct trace_reader *r, struct rs_error *why)
{
	struct trace_header h;
	enum trace_read result;

	trace_reader_init(r, "t", bytes, size);
	if (!trace_read_header(r, rs_host_libc(), &h, why))
		return TRACE_READ_ERROR;
	trace_header_release(rs_host_libc(), &h);
	do
		result = trace_read(r, why);
	while (result == TRACE_READ_LINE);
	return result;
}

static void test_round_trip(void **state)
{
	struct scene s;
	struct trace_reader r;
	struct rs_error why;

	(void)state;
	small_run(&s, &small_header);
	assert_true(trace_is_whole(s.text.bytes, s.text.size));
	assert_int_equal(read_all(s.text.bytes, s.text.size, &r, &why), TRACE_READ_DONE);
	assert_memory_equal(&r.state, &s.st, sizeof(s.st));
	free(s.text.bytes);
}

static void test_comments(void **state)
{
	struct scene s;
	struct trace_reader r;
	struct rs_error why;

	(void)state;
	scene_open(&s, &small_header);
	s.writer.disassemble = long_comment;
	s.st.gpr[RAX] = 9;
	plain(&s, "\x90", 1);
	scene_end(&s);
	assert_non_null(strstr(s.text.bytes, "i 0 3 401000 90 rax=9 ; xxx"));
	assert_int_equal(read_all(s.text.bytes, s.text.size, &r, &why), TRACE_READ_DONE);
	assert_int_equal(r.state.gpr[RAX], 9);
	free(s.text.bytes);
}

static void test_truncations(void **state)
{
	struct scene s;
	struct trace_reader r;
	struct rs_error why;

	(void)state;
	small_run(&s, &small_header);
	for (size_t size = 0; size < s.text.size; size++) {
		char *copy = exact_copy(s.text.bytes, size);
		enum trace_read result = read_all(copy, size, &r, &why);
		assert_true(result == TRACE_READ_CUT || result == TRACE_READ_ERROR);
		assert_int_equal(strncmp(why.text, "t:", 2), 0);
		assert_false(trace_is_whole(copy, size));
		free(copy);
	}
	free(s.text.bytes);
}

/* 0: every record the same; 1: one differs; 2: one cannot be read. */
static int compare_all(const struct text *a, const char *b, size_t b_size)
{
	struct trace_reader ra, rb;
	struct trace_header ha, hb;
	struct trace_compare c;
	struct rs_error why;
	enum trace_read got;

	assert_true(trace_compare_init(&c, NULL, &why));
	trace_reader_init(&ra, "a", a->bytes, a->size);
	trace_reader_init(&rb, "b", b, b_size);
	assert_true(trace_read_header(&ra, rs_host_libc(), &ha, &why));
	trace_header_release(rs_host_libc(), &ha);
	if (!trace_read_header(&rb, rs_host_libc(), &hb, &why))
		return 2;
	trace_header_release(rs_host_libc(), &hb);
	while ((got = trace_read(&rb, &why)) == TRACE_READ_LINE)
		if (trace_read(&ra, &why) != TRACE_READ_LINE || trace_compare(&c, &ra, &rb, NULL, NULL))
			return 1;
	return got == TRACE_READ_DONE && trace_read(&ra, &why) == TRACE_READ_DONE ? 0 : 2;
}

/* One value has one spelling, so no damage goes unseen. */
static void flip(const struct trace_header *h)
{
	struct scene s;

	small_run(&s, h);
	char *copy = exact_copy(s.text.bytes, s.text.size);
	assert_int_equal(compare_all(&s.text, copy, s.text.size), 0);
	for (size_t i = 0; i < s.text.size; i++) {
		char was = copy[i];
		const char damaged[] = { was ^ 1,  was ^ 2,    was ^ 4, was ^ 8, was ^ 16, was ^ 32,
					 was ^ 64, was ^ -128, 0,       ' ',     '\n' };
		for (size_t j = 0; j < sizeof(damaged); j++) {
			copy[i] = damaged[j];
			if (copy[i] != was && !compare_all(&s.text, copy, s.text.size))
				fail_msg("byte %zu as %02x goes unseen", i, (uint8_t)copy[i]);
		}
		copy[i] = was;
	}
	free(copy);
	free(s.text.bytes);
}

static void test_flips(void **state)
{
	const struct trace_header timed = timed_header();

	(void)state;
	flip(&small_header);
	flip(&timed);
}

/* A line in place of a good one, behind the start state. */
static void assert_refused_in(const struct trace_header *h, const char *line)
{
	struct scene s;
	struct trace_reader r;
	struct rs_error why;

	scene_open(&s, h);
	text_add(&s.text, line, strlen(line));
	text_add(&s.text, "\n", 1);
	if (read_all(s.text.bytes, s.text.size, &r, &why) != TRACE_READ_ERROR)
		fail_msg("taken: %s", line);
	free(s.text.bytes);
}

static void assert_refused(const char *line)
{
	assert_refused_in(&small_header, line);
}

static void test_refused_cycles(void **state)
{
	static const char *const lines[] = {
		"i 0 3 401000 90",
		"i 0 3 401000 90 c=",
		"i 0 3 401000 90 c=01",
		"i 0 3 401000 90 c=a",
		"i 0 3 401000 90 c=1 ",
		"i 0 3 401000 90 c=1 c=1",
		"i 0 3 401000 90 c=1 rule=SC-01",
		"i 0 3 401000 90 c=18446744073709551616",
		"x 0 3 #PF",
	};
	const struct trace_header timed = timed_header();

	(void)state;
	assert_refused("i 0 3 401000 90 c=1"); /* the header knows no clock */
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_refused_in(&timed, lines[i]);
}

static void test_refused_timing(void **state)
{
	static const char *const words[] = {
		"timing=unit mem=1 limit=none",
		"timing=unit:0 mem=1 limit=none",
		"timing=unit:01 mem=1 limit=none",
		"timing=unit:4294967296 mem=1 limit=none",
		"timing=:1 mem=1 limit=none",
		"timing=none:1 mem=1 limit=none",
		"timing=unit:1:1 mem=1 limit=none",
		"timing= mem=1 limit=none",
		"timing=none mem=1 limit=none cycles=none",
		"timing=none mem=1 limit=none cycles=18446744073709551615",
	};
	struct trace_header h;
	struct trace_reader r;
	struct rs_error why;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char text[200];
		int n = snprintf(text, sizeof(text), TRACE_MAGIC "\ncpu x %s until=none lines=all key=4\n", words[i]);
		trace_reader_init(&r, "t", text, (size_t)n);
		if (trace_read_header(&r, rs_host_libc(), &h, &why) || !strstr(why.text, "t:2:"))
			fail_msg("taken: %s", words[i]);
	}
}

static void test_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"i",
		"i ",
		"j 0 3 401000 90",
		"i 0 4 401000 90",
		"i 00 3 401000 90",
		"i 0 3 0401000 90",
		"i 0 3 401000",
		"i 0 3 401000 9",
		"i 0 3 401000 9g",
		"i 0 3 401000 000102030405060708090a0b0c0d0e0f",
		"i 0 3 401000 90 ",
		"i 0 3 401000 90 rax=",
		"i 0 3 401000 90 rax=A",
		"i 0 3 401000 90 rax=10000000000000000",
		"i 0 3 401000 90 rbx=1 rax=1",
		"i 0 3 401000 90 rax=1 rax=1",
		"i 0 3 401000 90 cpl=100",
		"i 0 3 401000 90 foo=1",
		"i 0 3 401000 90 cs=10[0 100000000 a09b]",
		"i 0 3 401000 90 cs=10[0 0 a09b",
		"i 0 3 401000 90 gdtr=0[10000]",
		"i 0 3 401000 90 w8 1000",
		"i 0 3 401000 90 w1 1000=100",
		"i 0 3 401000 90 w3 1000=0102",
		"i 0 3 401000 90 w0 1=0",
		"i 0 3 401000 90 w65 1000=00",
		"i 0 3 401000 90 w+ w+",
		"i 0 3 401000 90 rule=",
		"i 0 3 401000 90 rule=sc-01",
		"i 0 3 401000 90 rule=SC-01 w1 0=0",
		"i 18446744073709551616 3 401000 90",
		"i 0.0 3 401000 90",
		"x 0 3 PF",
		"x 0 3 v100",
		"x 0 3 #PF err=100000000",
		"x 0.1 3 #PF",
		"d 0 foo",
		"k 0",
		"k 0 0 0",
		"e 0 exit=256 0",
		"e 0 exit 0",
		"e 0 stopped 0",
		"e 0 triple-fault 0",
		"e 0 triple-fault= 0",
		"e 0 triple-fault=#GP 0",
		"e 0 triple-fault=#GP/IN-01, 0",
		"e 0 triple-fault=#GP/in-01 0",
		"e 0 triple-fault=#UD/insn: 0",
		"x 0 3 #DE by=insn:",
		"x 0 3 #DE by=insn:div",
		"x 0 3 #DE by=INSN:DIV",
		"e 0 triple-fault=GP/IN-01 0",
		"s rax=0",
		"e 0 limit 0\ne 0 limit 0",
		"i 0 3 401000 90\r",
		"i 0 3 401000 90;x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_refused(lines[i]);
}

static void test_error_names_the_place(void **state)
{
	struct scene s;
	struct trace_reader r;
	struct rs_error why;
	static const char line[] = "i 0 3 401000 90 rax=1 foo=2\n";

	(void)state;
	scene_open(&s, &small_header);
	text_add(&s.text, line, sizeof(line) - 1);
	assert_int_equal(read_all(s.text.bytes, s.text.size, &r, &why), TRACE_READ_ERROR);
	assert_non_null(strstr(why.text, "t:6:22: "));
	free(s.text.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),          cmocka_unit_test(test_stops),
		cmocka_unit_test(test_rows),           cmocka_unit_test(test_hash),
		cmocka_unit_test(test_lines),          cmocka_unit_test(test_events),
		cmocka_unit_test(test_key_lines),      cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_header_add),     cmocka_unit_test(test_header_round_trip),
		cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_comments),
		cmocka_unit_test(test_truncations),    cmocka_unit_test(test_flips),
		cmocka_unit_test(test_refused),        cmocka_unit_test(test_error_names_the_place),
		cmocka_unit_test(test_cycles),         cmocka_unit_test(test_refused_cycles),
		cmocka_unit_test(test_refused_timing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
