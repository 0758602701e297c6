/* test_trace_compare.c - two traces against each other, record by record and hunk by hunk. */
#include "trace_scene.h"

/* ---- comparing ---- */

/* Two traces of the same start with these lines behind it. */
struct two {
	struct scene a, b;
	struct trace_reader ra, rb;
	struct trace_compare c;
	struct text out;
	struct rs_host to_out;
};

static void side_open(struct scene *s, struct trace_reader *r, const char *name, const char *lines)
{
	struct trace_header h = strstr(lines, " c=") ? timed_header() : small_header;
	struct rs_error why;

	scene_open(s, &h);
	text_add(&s->text, lines, strlen(lines));
	trace_reader_init(r, name, s->text.bytes, s->text.size);
	assert_true(trace_read_header(r, rs_host_libc(), &h, &why));
	trace_header_release(rs_host_libc(), &h);
}

static void two_open(struct two *t, const char *ignore, const char *a, const char *b)
{
	struct rs_error why;

	memset(t, 0, sizeof(*t));
	assert_true(trace_compare_init(&t->c, ignore, &why));
	side_open(&t->a, &t->ra, "a", a);
	side_open(&t->b, &t->rb, "b", b);
}

static void two_close(struct two *t)
{
	free(t->a.text.bytes);
	free(t->b.text.bytes);
	free(t->out.bytes);
}

/* How many things differ, over all pairs of lines. */
static unsigned differences(const char *ignore, const char *a, const char *b)
{
	struct two t;
	struct rs_error why;
	unsigned count = 0;

	two_open(&t, ignore, a, b);
	while (trace_read(&t.ra, &why) == TRACE_READ_LINE) {
		assert_int_equal(trace_read(&t.rb, &why), TRACE_READ_LINE);
		count += trace_compare(&t.c, &t.ra, &t.rb, NULL, NULL);
	}
	two_close(&t);
	return count;
}

static void test_compare(void **state)
{
	(void)state;
	assert_int_equal(differences(NULL, "i 0 3 401000 90 rax=1\n", "i 0 3 401000 90 rax=1\n"), 0);
	assert_int_equal(differences(NULL, "i 0 3 401000 90 rax=1\n", "i 0 3 401000 90 rbx=1\n"), 2);
	assert_int_equal(differences(NULL, "i 0 3 401000 90\n", "i 0 3 401000 90 rip=0\n"), 1);
	assert_int_equal(differences(NULL, "i 0 3 401000 90\n", "x 0 3 #PF\n"), 1);
	assert_int_equal(differences(NULL, "x 0 3 #PF err=1\n", "x 0 3 #PF err=2\n"), 1);
	assert_int_equal(differences(NULL, "i 0 3 401000 90 w1 0=1 w1 5=1\n", "i 0 3 401000 90 w1 0=2\n"), 2);
	assert_int_equal(differences(NULL, "k 0 1\n", "k 0 2\n"), 1);
	assert_int_equal(differences(NULL, "e 0 exit=0 1\n", "e 0 exit=1 1\n"), 1);
}

static void test_ignore_cycles(void **state)
{
	static const char a[] = "i 0 3 401000 90 c=5\n", b[] = "i 0 3 401000 90 c=6\n", none[] = "i 0 3 401000 90\n";

	(void)state;
	assert_int_equal(differences(NULL, a, b), 1);
	assert_int_equal(differences("cycles", a, b), 0);
	assert_int_equal(differences("undefined,cycles", a, none), 0);
	assert_int_equal(differences(NULL, a, none), 0); /* one side has no clock */
}

/* A flag in doubt may differ until both sides agree on it; others may not. */
static void test_ignore_undefined(void **state)
{
	static const char a[] =
	    "i 0 3 401000 90 rflags=12 und=10\ni 1 3 401001 90 rflags=52\nk 2 1\ni 2 3 401002 90 rflags=2\n";
	static const char b[] = "i 0 3 401000 90\ni 1 3 401001 90 rflags=42\nk 2 2\ni 2 3 401002 90 rflags=2\n";
	static const char again[] = "i 0 3 401000 90\ni 1 3 401001 90 rflags=42\nk 2 2\ni 2 3 401002 90 rflags=12\n";

	(void)state;
	assert_int_equal(differences("undefined", a, b), 0);
	assert_true(differences(NULL, a, b) > 2);
	assert_int_equal(differences("undefined", "i 0 3 401000 90 rflags=42 und=10\n", "i 0 3 401000 90\n"), 1);
	assert_int_equal(differences("undefined", a, again), 0);
	assert_int_equal(differences("undefined", "i 0 3 401000 90 und=10\ni 1 3 401001 90 rflags=12\n",
				     "i 0 3 401000 90 und=10\ni 1 3 401001 90\n"),
			 1);
}

static void test_ignore_words(void **state)
{
	struct trace_compare c;
	struct rs_error why;

	(void)state;
	assert_true(trace_compare_init(&c, "undefined,cycles", &why));
	assert_true(c.ignore_cycles && c.ignore_undefined);
	assert_false(trace_compare_init(&c, "cycle", &why));
	assert_false(trace_compare_init(&c, "cycles;undefined", &why));
}

static struct out *open_out(struct two *t)
{
	struct rs_error why;
	struct out *o;

	t->to_out = *rs_host_libc();
	t->to_out.arg = &t->out;
	t->to_out.write = write_text;
	o = out_fd(&t->to_out, 1, "report", &why);
	assert_non_null(o);
	return o;
}

static void assert_reports(const struct two *t, const char *words)
{
	if (!t->out.bytes || !strstr(t->out.bytes, words))
		fail_msg("no \"%s\" in:\n%s", words, t->out.bytes ? t->out.bytes : "");
}

static void test_report(void **state)
{
	struct two t;
	struct rs_error why;

	(void)state;
	two_open(&t, NULL, "i 0 3 401000 90 rax=1\ni 1 3 401001 90 rax=5\ni 2 3 401002 f4\n",
		 "i 0 3 401000 90 rax=1\ni 1 3 401001 90 rax=6\n");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(trace_read(&t.ra, &why), TRACE_READ_LINE);
		assert_int_equal(trace_read(&t.rb, &why), TRACE_READ_LINE);
	}
	struct out *o = open_out(&t);
	trace_report(o, &t.c, &t.ra, &t.rb);
	assert_true(out_close(o, &why));
	assert_reports(&t, "a:7: first difference, at n=1\n");
	assert_reports(
	    &t,
	    "    i 0 3 401000 90 rax=1\n-   i 1 3 401001 90 rax=5\n+   i 1 3 401001 90 rax=6\n    i 2 3 401002 f4\n");
	assert_reports(&t, "  rax          1                    5                            6\n");
	two_close(&t);
}

static int diff(struct two *t, const char *a, const char *b)
{
	struct rs_error why = { .code = RS_OK };

	two_open(t, NULL, a, b);
	struct out *o = open_out(t);
	int result = trace_diff(o, rs_host_libc(), &t->c, &t->ra, &t->rb, &why);
	out_printf(o, "%s", why.code == RS_OK || result != 2 ? "" : why.text);
	assert_true(out_close(o, &why));
	return result;
}

#define HEAD "i 0 3 401000 90 rax=1\n"
#define TAIL(n, end)                                                                                                   \
	"i " #n " 3 401010 91\n"                                                                                       \
	"i " #n " 3 401011 92\n"                                                                                       \
	"i " #n " 3 401012 93 rbx=8\n"                                                                                 \
	"e " end " 7\n"

static void test_diff_same(void **state)
{
	struct two t;

	(void)state;
	assert_int_equal(diff(&t, HEAD TAIL(1, "4 exit=0"), HEAD TAIL(1, "4 exit=0")), 0);
	assert_reports(&t, "6 records the same, 0 differences\n");
	two_close(&t);
}

static void test_diff_values(void **state)
{
	struct two t;

	(void)state;
	assert_int_equal(diff(&t, HEAD TAIL(1, "4 exit=0"), "i 0 3 401000 90 rax=2\n" TAIL(1, "4 exit=0")), 1);
	assert_reports(&t, "@@ a:6 b:6 @@\n");
	assert_reports(&t, "  rax          0                    1                            2\n");
	assert_reports(&t, "5 records the same, 1 difference\n");
	two_close(&t);
}

#define AT_1 "i 0 3 401000 90 c=1\n"

/* An instruction that took longer shifts all behind it, which is one difference. */
static void test_diff_cycles(void **state)
{
	struct two t;

	(void)state;
	assert_int_equal(diff(&t, AT_1 "i 1 3 401001 90 c=2\nd 2 rax=1\ni 2 3 401002 90 c=3\ne 3 exit=0 1\n",
			      AT_1 "i 1 3 401001 90 c=9\nd 2 rax=1\ni 2 3 401002 90 c=10\ne 3 exit=0 1\n"),
			 1);
	assert_reports(&t, "  cycles                            2                            9\n");
	assert_reports(&t, "5 records the same, 1 difference\n");
	two_close(&t);
}

/* One side takes a detour of two records; behind it, n is two more. */
static void test_diff_flow(void **state)
{
	struct two t;

	(void)state;
	assert_int_equal(
	    diff(&t, HEAD TAIL(1, "4 exit=0"), HEAD "i 1 3 402000 90\ni 2 3 402001 90 rbx=9\n" TAIL(3, "6 exit=0")), 1);
	assert_reports(&t, "+ i 1 3 402000 90\n+ i 2 3 402001 90 rbx=9\n");
	assert_reports(&t, "6 records the same, 1 difference\n");
	two_close(&t);
}

static void test_diff_lengths(void **state)
{
	struct two t;

	(void)state;
	assert_int_equal(diff(&t, HEAD "e 1 limit 7\n", HEAD "i 1 3 401001 90\ni 2 3 401002 90\ne 3 limit 7\n"), 1);
	two_close(&t);
	assert_int_equal(diff(&t, HEAD "k 1 5\n" TAIL(1, "4 exit=0"), HEAD "k 1 6\n" TAIL(1, "4 exit=0")), 1);
	assert_reports(&t, "hash");
	two_close(&t);
}

static void test_diff_cut(void **state)
{
	struct two t;

	(void)state;
	assert_int_equal(diff(&t, HEAD, HEAD TAIL(1, "4 exit=0")), 1);
	assert_reports(&t, "a: cut off behind line 6: compared up to there\n");
	two_close(&t);
	assert_int_equal(diff(&t, HEAD "i 1 3 4", HEAD "i 1 3"), 0);
	two_close(&t);
}

static void test_diff_trouble(void **state)
{
	struct two t;
	struct rs_error why;
	struct rs_host poor = *rs_host_libc();

	(void)state;
	assert_int_equal(diff(&t, HEAD "nonsense\n", HEAD TAIL(1, "4 exit=0")), 2);
	assert_reports(&t, "a:7:");
	two_close(&t);
	assert_int_equal(diff(&t, HEAD TAIL(1, "4 exit=0"), HEAD "i 1 3 402000 90\nnonsense\n"), 2);
	assert_reports(&t, "b:8:");
	two_close(&t);
	two_open(&t, NULL, HEAD, HEAD);
	poor.alloc = no_memory;
	assert_int_equal(trace_diff(NULL, &poor, &t.c, &t.ra, &t.rb, &why), 2);
	two_close(&t);
}

/* Every damaged trace against the whole one: an answer each time, and never a wrong "same". */
static void test_diff_flips(void **state)
{
	struct scene s;

	(void)state;
	small_run(&s, &small_header);
	const char *records = strstr(s.text.bytes, "\ni ") + 1;
	char *copy = exact_copy(records, strlen(records) + 1);
	for (size_t i = 0; copy[i]; i++) {
		struct two t;
		copy[i] ^= 1;
		assert_in_range(diff(&t, records, copy), 1, 2);
		copy[i] ^= 1;
		two_close(&t);
	}
	free(copy);
	free(s.text.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),          cmocka_unit_test(test_ignore_cycles),
		cmocka_unit_test(test_ignore_undefined), cmocka_unit_test(test_ignore_words),
		cmocka_unit_test(test_report),           cmocka_unit_test(test_diff_same),
		cmocka_unit_test(test_diff_values),      cmocka_unit_test(test_diff_cycles),
		cmocka_unit_test(test_diff_flow),        cmocka_unit_test(test_diff_lengths),
		cmocka_unit_test(test_diff_cut),         cmocka_unit_test(test_diff_trouble),
		cmocka_unit_test(test_diff_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
