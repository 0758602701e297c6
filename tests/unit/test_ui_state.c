/* test_ui_state.c - state files: on the command line, at the prompt and in traces; and as doors: cut and altered at
 * every byte, of other versions, of sections that are not those of the format. What is refused leaves nothing behind.
 * tests/equiv/states.c shows that what is loaded goes on alike. */
#include <zstd.h>

#include "ui_world.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { HEADER = 24, CHECKSUM = 8, SECTIONS = 9 };

static void expect_in(const struct file *f, const char *text)
{
	if (!strstr(f->bytes, text))
		fail_msg("'%s' is not in '%s'", text, f->bytes);
}

/* Where the text is in a file. */
static const char *place(struct world *w, const char *name, const char *text)
{
	const struct file *f = find(w, name);
	assert_non_null(f);
	expect_in(f, text);
	return strstr(f->bytes, text);
}

/* ---- the command line ---- */

static void a_run_is_saved_and_goes_on(void **state)
{
	struct world *w = world_new();
	(void)state;
	assert_int_equal(run(w, "run k.elf --snapshot-at 5 s"), 0);
	assert_non_null(find(w, "s"));
	assert_string_equal(w->output.bytes, "h\n");
	assert_int_equal(run(w, "run --load s"), 0);
	assert_int_equal(run(w, "run s --step-driver"), 0);
	assert_int_equal(run(w, "run s --timeout 1000 --snapshot-at 7 s2"), 0);
	assert_int_equal(run(w, "run s2 --until start+14"), 124);
	expect_in(&w->error, "--until reached at ffffffff80100014");
	assert_int_equal(run(w, "run --load s --max-insns 6 --snapshot-at 6 s"), 124);
	assert_int_equal(run(w, "info s"), 0);
	expect_in(&w->output, "s: state file, ");
	expect_in(&w->output, "position  6 instructions and 0 events, 6 cycles");
	expect_in(&w->output, "kernel    k.elf, ");
	free(w);
}

static void wrong_words_are_refused(void **state)
{
	struct world *w = world_new();
	(void)state;
	expect("run k.elf --snapshot-at 5", 125, "", "a file name must follow '5'");
	expect("run k.elf --snapshot-at five s", 125, "", "'five' is not a number");
	expect("run k.elf --snapshot-at 5 s --snapshot-at 6 t", 125, "", "one snapshot is enough");
	expect("run k.elf --snapshot-at 500 s", 0, "", "--snapshot-at 500: the run ended before");
	expect("run k.elf --both intel-skylake,amd-zen4 --snapshot-at 5 s", 125, "", "--both does not go with");
	expect("run k.elf --sweep nmi --snapshot-at 5 s", 125, "", "--sweep does not go with");
	expect("run k.elf --load s", 125, "",
	       "'s' is not an address (hexadecimal); to load a state file, leave out k.elf");
	expect("run --load k.elf", 126, "", "k.elf: not a state file");
	expect("run --load none", 127, "", "none: cannot open");
	expect("run", 125, "", "something is missing");
	assert_int_equal(run(w, "run k.elf --snapshot-at 5 s"), 0);
	static const struct {
		const char *line, *why;
	} lines[] = {
		{ "run s --cpu amd-zen4", "the state is one of the processor intel-skylake, not amd-zen4" },
		{ "run s --timing unit", "the state is one of the cycle model none, not unit" },
		{ "run s -m 32M", "the state has 16777216 bytes of RAM" },
		{ "run s --user k.elf", "leave out --user" },
		{ "run s --input k.elf", "leave out --input" },
		{ "run s -- word", "leave out a command line" },
		{ "run s --format elf64", "leave out --format" },
		{ "run s --snapshot-at 4 t", "--snapshot-at 4 lies behind: 5 instructions have completed" },
		{ "run s --nmi-at 4", "instruction 4 lies behind" },
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(run(w, lines[i].line), 125);
		expect_in(&w->error, lines[i].why);
	}
	assert_int_equal(run(w, "run s --cpu intel-skylake -m 16M --timing none"), 0);
	free(w);
}

static void traces_start_from_a_state(void **state)
{
	struct world *w = world_new();
	(void)state;
	assert_int_equal(run(w, "trace k.elf --snapshot-at 5 s -o whole"), 0);
	assert_int_equal(run(w, "trace --load s -o t"), 0);
	const char *from = place(w, "whole", "\ni 5 "), *to = place(w, "t", "\ni 5 ");
	place(w, "t", "\nfile state s ");
	assert_string_equal(from, to);
	assert_int_equal(run(w, "check t"), 0);
	assert_int_equal(run(w, "trace s --nmi-at 8 -o u"), 121);
	assert_int_equal(run(w, "check u"), 0);
	assert_int_equal(run(w, "run k.elf --snapshot-at 6 s"), 0);
	assert_int_equal(run(w, "check t"), 2);
	expect_in(&w->error, "s is not the file that the trace was made from");
	free(w);
}

/* Events that a state brings with it come, and are not told of as those of the command line. */
static void events_come_with_it(void **state)
{
	struct world *w = world_new();
	(void)state;
	assert_int_equal(run(w, "run k.elf --nmi-at 8 --nmi-at 5000 --snapshot-at 5 s"), 121);
	w->error.size = 0;
	assert_int_equal(run(w, "run s --mce-at 5000"), 121);
	assert_null(strstr(w->error.bytes, "--nmi-at"));
	expect_in(&w->error, "--mce-at 5000: the run ended before");
	assert_int_equal(run(w, "info s"), 0);
	expect_in(&w->output, "event     nmi behind instruction 8\n");
	free(w);
}

static void the_prompt_saves(void **state)
{
	struct world *w = world_new();
	(void)state;
	expect("step k.elf -c .dump", 125, "", ".dump: into which file?");
	assert_int_equal(run(w, "step k.elf -c t;t;t;.dump_s;t;.dump_t"), 0);
	assert_int_equal(run(w, "step s -c t;.dump_u;t-;.dump_v"), 0);
	assert_true(find(w, "u")->size == find(w, "t")->size && find(w, "v")->size == find(w, "s")->size);
	assert_memory_equal(find(w, "u")->bytes, find(w, "t")->bytes, find(w, "t")->size);
	assert_memory_equal(find(w, "v")->bytes, find(w, "s")->bytes, find(w, "s")->size);
	assert_int_equal(run(w, "step s -c ln_rip"), 0);
	expect_in(&w->output, "start");
	find(w, "k.elf")->bytes[0] = 'x';
	assert_int_equal(run(w, "step s -c t"), 0);
	expect_in(&w->error, "k.elf is not the file that the state was made from");
	expect_in(&w->error, "going on without these symbols");
	free(w);
}

/* Every call of the host fails in turn: the file is there whole, or it is not there. */
static void failures_leave_nothing(void **state)
{
	struct world *w = world_new();
	(void)state;
	assert_int_equal(run(w, "run k.elf --snapshot-at 5 whole"), 0);
	for (unsigned fail_at = 1;; fail_at++) {
		static const char *const lines[] = { "run k.elf --snapshot-at 5 s", "run whole", "info whole",
						     "step whole -c .dump_s" };
		bool failed = false;
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			struct file *f = find(w, "s");
			if (f)
				f->name[0] = 0;
			w->calls = 0;
			w->fail_at = fail_at;
			w->output.size = w->error.size = 0;
			run(w, lines[i]);
			failed |= w->calls >= fail_at;
			f = find(w, "s");
			assert_true(!f || !memcmp(f->bytes, "\x89RST\r\n\x1a\n", 8));
			assert_true(!f || f->size == find(w, "whole")->size);
			assert_null(find(w, "s.rs-partial"));
		}
		if (!failed)
			break;
	}
	free(w);
}

/* ---- the file as a door ---- */

struct door {
	struct rs_host host;
	int live;
};

static void *door_alloc(void *arg, size_t bytes)
{
	((struct door *)arg)->live++;
	return rs_host_libc()->alloc(NULL, bytes);
}

static void door_release(void *arg, void *memory)
{
	((struct door *)arg)->live -= memory != NULL;
	rs_host_libc()->release(NULL, memory);
}

/* The bytes are refused with that in the reason, and all memory is given back. */
static void expect_refusal(const void *bytes, size_t size, const char *text)
{
	struct door door = { .host = *rs_host_libc() };
	uint8_t *exact = malloc(size + !size);
	struct rs_file file = { "s", exact, size };
	struct rs_error why = { .code = RS_OK };
	memcpy(exact, bytes, size);
	door.host.arg = &door;
	door.host.alloc = door_alloc;
	door.host.release = door_release;
	struct rs_machine *m = rs_state_load(&(struct rs_config){ .host = &door.host }, &file, NULL, &why);
	if (m || why.code != RS_ERROR_IMAGE || !strstr(why.text, text))
		fail_msg("%zu bytes: %s", size, m ? "loaded" : why.text);
	assert_int_equal(door.live, 0);
	free(exact);
}

static struct world *with_state(void)
{
	struct world *w = world_new();
	assert_int_equal(run(w, "run k.elf --timing unit --snapshot-at 7 s"), 0);
	return w;
}

static void a_cut_is_refused(void **state)
{
	struct world *w = with_state();
	const struct file *f = find(w, "s");
	(void)state;
	for (size_t size = 0; size < f->size; size++)
		expect_refusal(f->bytes, size, size < 8 ? "not a state file" : "cut off");
	expect_refusal(f->bytes, f->size + 1, "cut off or altered");
	free(w);
}

static void an_altered_byte_is_refused(void **state)
{
	struct world *w = with_state();
	struct file *f = find(w, "s");
	(void)state;
	for (size_t at = 0; at < f->size; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			f->bytes[at] ^= (char)(1u << bit);
			expect_refusal(f->bytes, f->size,
				       at < 8    ? "not a state file"
				       : at < 12 ? "ormat"
				       : at < 16 ? "byte order"
						 : "cut off or altered");
			f->bytes[at] ^= (char)(1u << bit);
		}
	free(w);
}

static void another_version_is_told(void **state)
{
	struct world *w = with_state();
	struct file *f = find(w, "s");
	(void)state;
	f->bytes[8] = 2;
	expect_refusal(f->bytes, f->size, "made by a newer ringstep (format 2; this one reads 1)");
	f->bytes[8] = 0;
	expect_refusal(f->bytes, f->size, "of format 0, and this ringstep reads 1");
	f->bytes[8] = 1;
	memcpy(f->bytes + 12, "\1\2\3\4", 4);
	expect_refusal(f->bytes, f->size, "not a state file of this byte order");
	free(w);
}

/* ---- what is behind the checksum ---- */

struct content {
	uint8_t *bytes;
	size_t size, section[SECTIONS + 1]; /* where each begins */
};

static uint64_t word_at(const uint8_t *at)
{
	uint64_t w;
	memcpy(&w, at, sizeof(w));
	return w;
}

static struct content unpack(const struct file *f)
{
	struct content c = { .bytes = malloc(ROOM) };
	c.size = ZSTD_decompress(c.bytes, ROOM, f->bytes + HEADER, f->size - HEADER - CHECKSUM);
	assert_false(ZSTD_isError(c.size));
	for (size_t i = 0; i < SECTIONS; i++)
		c.section[i + 1] = c.section[i] + 16 + (size_t)word_at(c.bytes + c.section[i] + 8);
	assert_int_equal(c.section[SECTIONS], c.size);
	return c;
}

/* Packed anew, with a right checksum. */
static void expect_content_refused(const struct file *f, const uint8_t *bytes, size_t size, const char *text)
{
	static uint8_t file[2 * ROOM];
	memcpy(file, f->bytes, HEADER);
	memcpy(file + 16, &(uint64_t){ size }, 8);
	size_t end = HEADER + ZSTD_compress(file + HEADER, sizeof(file) - HEADER - CHECKSUM, bytes, size, 1);
	memcpy(file + end, &(uint64_t){ XXH64(file, end, 0) }, 8);
	expect_refusal(file, end + CHECKSUM, text);
}

static void sections_are_those_of_the_format(void **state)
{
	struct world *w = with_state();
	const struct file *f = find(w, "s");
	struct content c = unpack(f);
	uint8_t *changed = malloc(2 * ROOM);
	(void)state;
	for (size_t i = 0; i < SECTIONS; i++) {
		size_t at = c.section[i], size = c.section[i + 1] - at, rest = c.size - at - size;
		memcpy(changed, c.bytes, c.size);
		memmove(changed + at, changed + at + size, rest);
		expect_content_refused(f, changed, c.size - size,
				       i + 1 < SECTIONS ? "another section stands in its place"
							: "the section is missing");
		memcpy(changed, c.bytes, at + size);
		memcpy(changed + at + size, c.bytes + at, c.size - at);
		expect_content_refused(f, changed, c.size + size,
				       i + 1 < SECTIONS ? "another section" : "something follows the last section");
		if (i + 1 < SECTIONS) {
			size_t next = c.section[i + 2] - at - size;
			memcpy(changed, c.bytes, c.size);
			memcpy(changed + at, c.bytes + at + size, next);
			memcpy(changed + at + next, c.bytes + at, size);
			expect_content_refused(f, changed, c.size, "another section stands in its place");
		}
		static const uint64_t lengths[] = { UINT64_MAX, INT64_MAX, 1 << 20 };
		for (size_t k = 0; k < 3; k++) {
			memcpy(changed, c.bytes, c.size);
			memcpy(changed + at + 8, &lengths[k], 8);
			expect_content_refused(f, changed, c.size, "do not fit into the content");
		}
	}
	free(changed);
	free(c.bytes);
	free(w);
}

/* Ends where it may not, wherever that is. */
static void a_cut_content_is_refused(void **state)
{
	struct world *w = with_state();
	const struct file *f = find(w, "s");
	struct content c = unpack(f);
	(void)state;
	for (size_t size = 0; size < c.size; size += size < 4096 || c.size - size < 512 ? 1 : 61)
		expect_content_refused(f, c.bytes, size, "; save the state again");
	free(c.bytes);
	free(w);
}

/* ---- a file of the first version ---- */

static void the_first_version_is_read_or_named(void **state)
{
	struct rs_error why;
	struct rs_file file = { .name = GOLDEN };
	struct rs_machine *m;
	(void)state;
	assert_true(host_read_file(rs_host_libc(), GOLDEN, 1 << 20, &file.bytes, &file.size, &why));
	m = rs_state_load(&(struct rs_config){ .host = NULL }, &file, NULL, &why);
	if (!m) {
		assert_non_null(strstr(why.text, "of format 1, and this ringstep reads"));
	} else {
		assert_int_equal(rs_run(m, RS_FOREVER), RS_STOP_EXIT);
		assert_int_equal(rs_status(m)->exit_code, GOLDEN_EXIT);
		assert_int_equal(rs_status(m)->instructions, GOLDEN_INSTRUCTIONS);
		assert_int_equal(rs_status(m)->cycles, GOLDEN_CYCLES);
	}
	rs_free(m);
	rs_host_libc()->release(NULL, file.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_saved_and_goes_on), cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(traces_start_from_a_state),  cmocka_unit_test(events_come_with_it),
		cmocka_unit_test(the_prompt_saves),           cmocka_unit_test(failures_leave_nothing),
		cmocka_unit_test(a_cut_is_refused),           cmocka_unit_test(an_altered_byte_is_refused),
		cmocka_unit_test(another_version_is_told),    cmocka_unit_test(sections_are_those_of_the_format),
		cmocka_unit_test(a_cut_content_is_refused),   cmocka_unit_test(the_first_version_is_read_or_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
