/* test_ui.c - the program's command line and prompt, and every call of its host failing in turn. */
#include "ui_world.h"

#include "ui/console.h"
#include "ui/repl/expr.h"
#include "ui/status.h"
#include "ui/words.h"

/* One image of each further format, under the name of its sample's maker. */
static void add_images(struct world *w)
{
	static const struct {
		const char *name;
		void (*make)(struct maker *m);
	} images[] = { { "elf32", make_bare32 },          { "multiboot", make_elf32 },
		       { "multiboot2", make_multiboot2 }, { "relocatable", make_relocatable },
		       { "pvh32", make_pvh32 },           { "raw", make_raw } };
	struct maker m;
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		images[i].make(&m);
		add(w, images[i].name, m.bytes, m.size);
	}
}

/* ---- words ---- */

static void numbers_are_read_strictly(void **state)
{
	uint64_t n;
	double s;
	(void)state;
	assert_true(word_number("0x10", &n) && n == 16);
	assert_true(word_number("18446744073709551615", &n) && n == UINT64_MAX);
	assert_false(word_number("18446744073709551616", &n));
	assert_false(word_number("", &n));
	assert_false(word_number("0x", &n));
	assert_false(word_number("1 ", &n));
	assert_false(word_number("-1", &n));
	assert_true(word_size("16M", &n) && n == 16 << 20);
	assert_true(word_size("2g", &n) && n == 2ull << 30);
	assert_false(word_size("16Mb", &n));
	assert_false(word_size("99999999999g", &n));
	assert_true(word_seconds("0.25", &s) && s > 0.2499 && s < 0.2501);
	assert_false(word_seconds(".", &s));
	assert_false(word_seconds("1e5", &s));
}

static void patterns_match(void **state)
{
	(void)state;
	assert_true(word_matches("*entry*", "syscall_entry"));
	assert_true(word_matches("k!S?art", "K!start"));
	assert_true(word_matches("*a*b", "xaxbxb"));
	assert_false(word_matches("*a*b", "xaxbxc"));
	assert_false(word_matches("", "x"));
	assert_true(word_matches("***", ""));
}

static void near_words_are_offered(void **state)
{
	char text[80];
	struct nearest n = nearest_begin("trcae");
	(void)state;
	nearest_offer(&n, "run");
	nearest_offer(&n, "trace");
	assert_string_equal(nearest_hint(&n, text, sizeof(text)), " (did you mean trace?)");
	n = nearest_begin("zzz");
	nearest_offer(&n, "run");
	assert_string_equal(nearest_hint(&n, text, sizeof(text)), "");
}

/* ---- expressions ---- */

static bool test_register(void *arg, const char *name, size_t length, uint64_t *value)
{
	(void)arg;
	*value = 0x1000;
	return word_same(name, length, "rax") || word_same(name, length, "cf");
}

static bool test_symbol(void *arg, const char *name, size_t length, uint64_t *value)
{
	(void)arg;
	*value = 0xffffffff80100000;
	return word_same(name, length, "start") || word_same(name, length, "k!start") ||
	       word_same(name, length, "k!add");
}

/* Address n holds the byte n, up to 2000h. */
static size_t test_memory(void *arg, uint64_t address, void *to, size_t size)
{
	size_t n = 0;
	(void)arg;
	for (; n < size && address + n < 0x2000; n++)
		((uint8_t *)to)[n] = (uint8_t)(address + n);
	return n;
}

static const struct expr_world test_world = { NULL, test_register, test_symbol, test_memory, "look", 0 };

static void expressions_have_values(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		{ "10", 0x10 },
		{ "0n10", 10 },
		{ "0x10", 0x10 },
		{ "0y101", 5 },
		{ "ffffffff`80101000", 0xffffffff80101000 },
		{ "rax", 0x1000 },
		{ "@rax + 8", 0x1008 },
		{ "$rax", 0x1000 },
		{ "cf", 0xcf },
		{ "@cf", 0x1000 },
		{ "add", 0xadd },
		{ "k!add", 0xffffffff80100000 },
		{ "start+10", 0xffffffff80100010 },
		{ "2+3*4", 14 },
		{ "(2+3)*4", 20 },
		{ "-1", UINT64_MAX },
		{ "~0", UINT64_MAX },
		{ "10-20", (uint64_t)-16 },
		{ "0n17/5", 3 },
		{ "0n17%5", 2 },
		{ "poi(10)", 0x1716151413121110 },
		{ "by( rax+1 )", 0x01 },
		{ "wo(10)+dwo(10)", 0x13121110 + 0x1110 },
		{ "by(by(20))", 0x20 },
	};
	struct rs_error why;
	uint64_t value;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!expr_whole(&test_world, cases[i].text, &value, &why))
			fail_msg("%s: %s", cases[i].text, why.text);
		assert_int_equal(value, cases[i].value);
	}
}

static void bad_expressions_say_why(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "is missing" },
		{ "1+", "is missing" },
		{ "(1", ") is missing" },
		{ "1)", "read on at" },
		{ "nothing", "look" },
		{ "@nothing", "no register" },
		{ "1/0", "by zero" },
		{ "1%(1-1)", "by zero" },
		{ "poi(2000)", "not mapped" },
		{ "poi(1ffc)", "mapped" },
		{ "11112222333344445", "64 bits" },
		{ "1 2", "read on at" },
		{ "0n1f", "no number" },
		{ "&", "begins" },
		{ "@", "no register" },
	};
	struct rs_error why;
	uint64_t value;
	char deep[200];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(expr_whole(&test_world, cases[i].text, &value, &why));
		if (!strstr(why.text, cases[i].why))
			fail_msg("%s: %s", cases[i].text, why.text);
	}
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = 0;
	assert_false(expr_whole(&test_world, deep, &value, &why));
}

static void blanks_end_a_word(void **state)
{
	const char *text = "10+(1 + 2) 20";
	struct rs_error why;
	uint64_t value;
	(void)state;
	assert_true(expr_word(&test_world, &text, &value, &why));
	assert_int_equal(value, 0x13);
	assert_string_equal(text, " 20");
}

/* ---- stops ---- */

static void stops_have_exit_codes(void **state)
{
	static const struct {
		enum rs_stop why;
		int exit_code, result;
	} cases[] = {
		{ RS_STOP_EXIT, 0, 0 },        { RS_STOP_EXIT, 119, 119 },       { RS_STOP_EXIT, 120, 120 },
		{ RS_STOP_EXIT, 255, 120 },    { RS_STOP_TRIPLE_FAULT, 0, 121 }, { RS_STOP_UNIMPLEMENTED, 0, 122 },
		{ RS_STOP_HALTED, 0, 123 },    { RS_STOP_LIMIT, 0, 124 },        { RS_STOP_BREAK, 0, 124 },
		{ RS_STOP_NO_MEMORY, 0, 125 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rs_status status = { .why = cases[i].why, .exit_code = cases[i].exit_code };
		assert_int_equal(stop_exit_code(&status), cases[i].result);
	}
}

static void status_lines_say_what_happened(void **state)
{
	struct rs_status triple = { .why = RS_STOP_TRIPLE_FAULT,
				    .instructions = 7,
				    .rip = 0x10,
				    .fault_count = 4,
				    .rules = { "SC-01", "PT-03", NULL, NULL },
				    .vectors = { 6, 14, 13, 8 } };
	struct rs_status check = {
		.why = RS_STOP_TRIPLE_FAULT, .rules = { "MS-30" }, .vectors = { 18 }, .fault_count = 1
	};
	struct rs_status missing = { .why = RS_STOP_UNIMPLEMENTED,
				     .instructions = 1,
				     .rip = 0x20,
				     .bytes = { 0x0f, 0x58 },
				     .byte_count = 2,
				     .missing = "ADDPS" };
	const struct ui ui = { .options = { .cpu = "c" } };
	char text[400];
	(void)state;
	assert_string_equal(status_text(&triple, &ui, NULL, text, sizeof(text)),
			    "triple fault at 10: #UD (SC-01), then #PF (PT-03), then #GP, then #DF, after 7 "
			    "instructions (c)");
	assert_string_equal(status_text(&check, &ui, NULL, text, sizeof(text)),
			    "shutdown at 0: #MC (MS-30), after 0 instructions (c)");
	assert_string_equal(status_text(&missing, &ui, NULL, text, sizeof(text)),
			    "not implemented: ADDPS (bytes 0f58 at 20) after 1 instruction (c)");
}

/* ---- the command line ---- */

static void wrong_words_are_refused(void **state)
{
	(void)state;
	expect("rnu k.elf", 125, "", "did you mean run?");
	expect("run", 125, "", "something is missing");
	expect("run k.elf more", 125, "", "'more'");
	expect("run --cppu x k.elf", 125, "", "did you mean --cpu?");
	expect("run --disasm k.elf", 125, "", "does not take the option '--disasm'");
	expect("run --cpu", 125, "", "a value must follow '--cpu'");
	expect("run --cpu= k.elf", 125, "", "no profile ''");
	expect("run --cpu amd-zen k.elf", 125, "", "did you mean amd-zen1?");
	expect("run -m 16Q k.elf", 125, "", "'16Q' is not a size");
	expect("run -m 0 k.elf", 125, "", "'0' is not a size above 0");
	expect("run -m 4095 k.elf", 125, "", "4095");
	expect("run --max-insns -1 k.elf", 125, "", "'-1' is not a number");
	expect("run --timeout 0 k.elf", 125, "", "'0' is not a number of seconds");
	expect("check", 2, "", "something is missing");
	expect("diff one", 2, "", "something is missing");
	expect("cpus -- x", 125, "", "takes no guest arguments");
	expect("run none.elf", 127, "", "none.elf");
	expect("run bad.elf", 126, "", "bad.elf");
	expect("info bad.elf", 126, "", "bad.elf");
	expect("run --user none k.elf", 127, "", "none");
	expect("run --input none k.elf", 125, "", "none");
	expect("run --until nowhere k.elf", 125, "", "'nowhere'");
	expect("run --format fllat k.elf", 125, "", "did you mean flat?");
	expect("run --format elf32 k.elf", 126, "", "no little-endian ELF32");
	expect("run --format flat k.elf", 125, "", "--load is missing");
	expect("run --load 7c00 k.elf", 125, "", "--mode is missing");
	expect("run --entry 7c00 --mode 16 k.elf", 125, "", "--load is missing");
	expect("run --load 7c00h --mode 16 k.elf", 125, "", "'7c00h' is not an address");
	expect("run --load 7c00 --mode 8 k.elf", 125, "", "'8' is not 16, 32 or 64");
	expect("run --load 7c00 --mode 16 --format pvh k.elf", 125, "", "not for --format 'pvh'");
	expect("run --load 7c00 --entry 0 --mode 16 k.elf", 126, "", "entry 0x0 does not lie in the flat image");
	expect("run --load 100000 --mode 16 k.elf", 126, "", "below 1 MiB");
	expect("check --mode 16 k.elf", 2, "", "does not take the option '--mode'");
}

static void help_comes_from_the_tables(void **state)
{
	(void)state;
	expect("--help", 0, "explain", "");
	expect("help trace", 0, "--disasm", "");
	expect("run --help", 0, "--status-json", "");
	expect("step -h", 0, "-x", "");
	expect("--version", 0, "ringstep " RS_VERSION, "");
	expect("version --missing", 0, "\n", "");
	expect("", 0, "explain SYSCALL", "");
}

static void knowledge_is_printed(void **state)
{
	(void)state;
	expect("info k.elf --user bad.elf", 0, "symbols   3", "");
}

/* The fields of each header, as the loader reads them. */
static void images_are_told(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{ "k.elf", "k.elf: ELF64 kernel, entered directly in 64-bit mode, 768 bytes\n"
			   "  entry     ffffffff80100000 (linear)" },
		{ "elf32", "elf32: ELF32 kernel, entered directly in 32-bit protected mode" },
		{ "multiboot", "  flags     00000003: modules on page boundaries, memory information\n" },
		{ "multiboot2", "  header    at offset 80, 96 bytes\n  tag       1, information request: 1 3 6 8\n" },
		{ "multiboot2", "  tag       5, framebuffer, optional: 400 300 20\n" },
		{ "relocatable", "  loaded    from 00200000 on\n" },
		{ "pvh32", "  note      entry address at offset 124 (Xen, type 18)\n" },
		{ "raw --load 7c00 --entry 7c12 --mode 16", "0000000000007c12 (physical; CS:IP 07c1:0002)" },
		{ "raw --load 7c00 --entry 7c12 --mode 16", "raw: flat image, entered in real mode, 96 bytes\n" },
		{ "multiboot2 --format elf32", "multiboot2: ELF32 kernel" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w = world_new();
		char line[100];
		add_images(w);
		snprintf(line, sizeof(line), "info %s", rows[i].line);
		assert_int_equal(run(w, line), 0);
		if (!strstr(w->output.bytes, rows[i].text))
			fail_msg("%s: printed\n%s", line, w->output.bytes);
		free(w);
	}
}

/* The same bytes as a flat image: what the command line said is in the trace, and check does it again. */
static void traces_say_how_images_start(void **state)
{
	struct world *w = world_new();
	struct maker kernel;
	(void)state;
	make_kernel(&kernel);
	add(w, "raw", kernel.bytes + TEXT_AT, sizeof(program));
	assert_int_equal(run(w, "trace raw --load 200000 --mode 64 -o t"), 0);
	assert_non_null(strstr(find(w, "t")->bytes, "\nimage flat load=200000 entry=200000 mode=64\nfile kernel raw"));
	assert_int_equal(run(w, "check t"), 0);
	assert_int_equal(run(w, "trace k.elf --format elf64 -o u"), 0);
	assert_non_null(strstr(find(w, "u")->bytes, "\nimage elf64\nfile kernel k.elf"));
	assert_int_equal(run(w, "check u"), 0);
	assert_int_equal(run(w, "trace k.elf -o v"), 0);
	assert_null(strstr(find(w, "v")->bytes, "\nimage"));
	free(w);
}

static void guests_run(void **state)
{
	(void)state;
	expect("run k.elf", 0, "h\n", "ringstep: exit code 0 after 10 instructions (intel-skylake)\n");
	expect("run --cpu amd-zen4 --step-driver k.elf", 0, "h\n", "(amd-zen4)");
	expect("run --max-insns 3 k.elf", 124, "", "--max-insns reached at ffffffff80100006 after 3 instructions");
	expect("run --until inner+1 k.elf", 124, "h\n", "--until reached at ffffffff80100019");
	expect("run --timeout 1000 k.elf", 0, "h\n", "exit code 0");
	expect("run --status-json - k.elf", 0, "{\"stop\":\"exit\",\"exit_code\":0,\"instructions\":10,", "");
	expect("run --status-json - none.elf", 127, "{\"stop\":\"not-run\",\"exit_code\":127,\"error\":", "");
}

/* The kernel has no IDT: UD2 ends in four faults, the first of them benign. */
static void a_triple_fault_names_its_rules(void **state)
{
	struct world *w = world_new();
	(void)state;
	memcpy(find(w, "k.elf")->bytes + TEXT_AT, "\x0f\x0b", 2);
	assert_int_equal(run(w, "run --status-json - k.elf"), 121);
	assert_non_null(strstr(w->error.bytes, "triple fault at ffffffff80100000: #UD"));
	assert_non_null(strstr(w->error.bytes, ", then #GP (IN-01), then #GP (IN-01), then #GP (IN-01), after"));
	assert_non_null(strstr(w->output.bytes, ",\"IN-01\",\"IN-01\",\"IN-01\"]"));
	free(w);
}

static void a_large_guest_code_is_told_apart(void **state)
{
	struct world *w = world_new();
	(void)state;
	find(w, "k.elf")->bytes[CODE_AT] = (char)200;
	assert_int_equal(run(w, "run --status-json s.json k.elf"), 120);
	assert_non_null(strstr(w->error.bytes, "exit code 200"));
	struct file *json = find(w, "s.json");
	assert_non_null(json);
	assert_non_null(strstr(json->bytes, "\"exit_code\":120"));
	assert_non_null(strstr(json->bytes, "\"guest_code\":200"));
	free(w);
}

static void console_is_inert_on_a_terminal(void **state)
{
	struct world *w = world_new();
	struct rs_error why;
	struct out *o = out_fd(&w->host, 1, "out", &why);
	struct console c = { .out = o, .inert = true, .prefix = "| " };
	(void)state;
	for (const char *at = "a\x1b[2J\n\x9b\x7f\tz"; *at; at++)
		console_put(&c, RS_PORT_E9, (uint8_t)*at);
	console_end_line(&c);
	console_end_line(&c);
	assert_true(out_close(o, &why));
	assert_string_equal(w->output.bytes, "| a\\x1b[2J\n| \\x9b\\x7f\tz\n");
	free(w);
}

/* ---- the prompt ---- */

static void prompt_walks(void **state)
{
	(void)state;
	expect("step k.elf -c t", 0, "cpl0> t\n", "");
	expect("step k.elf -c p_7;r_rip", 0, "rip=ffffffff80100016", "");
	expect("step k.elf -c bp_inner;g;r_rip", 0, "Breakpoint 0 hit\n", "");
	expect("step k.elf -c bp_inner;g;gu;r_rip", 0, "rip=ffffffff80100014", "");
	expect("step k.elf -c bp_inner;g;g", 0, "-- exit code 0 after 10 instructions", "");
	expect("step k.elf -c g_inner+1;u_@rip_L1", 0, "ffffffff`80100019 c3              ret", "");
	expect("step k.elf -c r_rip=ring;tring", 0, "-- CPL 0 -> 3 by SYSRET:", "");
	expect("step k.elf -c r_rip=ring;tring;t;!why", 121, "-- triple fault", "");
	expect("step k.elf -c x_*n*", 0, "ffffffff`80100018 k!inner", "");
	expect("step k.elf -c eb_start_90_91;db_start_L2", 0, "ffffffff`80100000  90 91 ", "");
	expect("step k.elf --max-insns 4 -c g", 0, "-- --max-insns reached", "");
	expect("step k.elf -c rdmsr_lstar", 0, "msr[c0000082] = ", "");
	expect("step k.elf -c tb_*$pc+2;g;?_$sp", 0, "Breakpoint 0 hit\n", "");
	expect("step k.elf -c watch_*$pc", 0, " w8 ffffffff`80100000 k!start", "");
	expect("step k.elf -c ~", 0, ".  0  ", "");
	expect("step k.elf -c q;t", 0, "cpl0> q\n", "");
}

static void prompt_refuses(void **state)
{
	(void)state;
	expect("step k.elf -c nonsense;t", 125, "cpl0> nonsense\n", "no command 'nonsense'");
	expect("step k.elf -c bpp_start", 125, "", "did you mean bp?");
	expect("step k.elf -c ?_1/0", 125, "", "division by zero");
	expect("step k.elf -c db_0n8589934592", 125, "", "is not mapped");
	expect("step k.elf -c g;t", 125, "-- exit code 0", "the guest has ended");
	expect("step k.elf -c bc_5", 125, "", "no breakpoint 5");
	expect("step k.elf -c r_al=100", 125, "", "does not fit");
	expect("step k.elf -c r_gs=10", 125, "", "cannot be set");
	expect("step k.elf -c dg_12345", 125, "", "not a selector");
	expect("step k.elf -c rdmsr_nothing", 125, "", "'nothing' is no number, register or symbol");
	expect("step k.elf -c wrmsr_c0000082_8000000000000000", 125, "", "#GP(0)");
	expect("step k.elf -c db_start_L0", 125, "", "length 0");
	expect("step k.elf -c db_start_start-1", 125, "", "before it begins");
	expect("step k.elf -x none.txt", 125, "", "none.txt");
	expect("step k.elf -x self.txt", 125, "rip=", "self.txt:1: self.txt is being executed already");
}

static void prompt_reads_standard_input(void **state)
{
	char longest[1200];
	(void)state;
	memset(longest, 't', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	expect_typed("step k.elf", "t\nnonsense\nr rip\n", 0, "rip=ffffffff80100002", "no command 'nonsense'");
	expect_typed("step k.elf", "r rip", 0, "rip=ffffffff80100000", "");
	expect_typed("step k.elf", "g\n", 0, "| h\n-- exit code 0", "");
	expect_typed("step k.elf", longest, 0, "", "more than 1023 characters");
}

/* A run with a breakpoint in its way ends in the state of a run without one. */
static void breakpoints_cost_no_time(void **state)
{
	(void)state;
	expect("step k.elf -c bp_inner;bp_start;g;t;p;g", 0, "-- exit code 0 after 10 instructions", "");
	expect("step k.elf -c bp_inner;bd_0;g", 0, "-- exit code 0 after 10 instructions", "");
}

/* ---- every call of the host fails once ---- */

/* A file that was only read has lost nothing when it cannot be closed, and one that is not kept none when it stays; a
 * guest that cannot be opened is not there to be recommended. */
static bool may_be_ignored(const struct world *w, const char *line)
{
	return !strcmp(w->failed, "close") || !strcmp(w->failed, "unlink") || (!*line && !strcmp(w->failed, "open"));
}

static void no_partial_files(const struct world *w, const char *line)
{
	for (size_t i = 0; i < FILES; i++)
		if (strstr(w->file[i].name, "partial"))
			fail_msg("%s: failing %s leaves %s", line, w->failed, w->file[i].name);
}

static bool fail_once(const char *line, unsigned n, int good, int trouble)
{
	struct world *w = world_new();
	type(w, "t\nbp inner\ng\nq\n");
	w->fail_at = n;
	int code = run(w, line);
	bool failed = w->failed;
	if (!failed)
		assert_int_equal(code, good);
	else if (code != trouble && !(code == good && may_be_ignored(w, line)))
		fail_msg("%s: with call %u (%s) failing, the exit code is %d", line, n, w->failed, code);
	if (failed)
		no_partial_files(w, line);
	free(w);
	return failed;
}

static void every_call_can_fail(void **state)
{
	static const struct {
		const char *line;
		int good;
	} cases[] = {
		{ "", 0 },
		{ "run k.elf --status-json s.json -- a b", 0 },
		{ "run k.elf --user bad.elf --input - --until inner", 124 },
		{ "run none.elf --status-json s.json", 127 },
		{ "run k.elf --both amd-zen1,intel-skylake --until inner", 0 },
		{ "trace -o t.trace k.elf", 0 },
		{ "step k.elf", 0 },
		{ "step k.elf -x self.txt", 125 },
		{ "explain SYSCALL", 0 },
		{ "info k.elf", 0 },
		{ "run k.elf --format elf64", 0 },
		{ "cpus", 0 },
		{ "version", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned n = 1; fail_once(cases[i].line, n, cases[i].good, 125); n++)
			;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_strictly),
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(near_words_are_offered),
		cmocka_unit_test(expressions_have_values),
		cmocka_unit_test(bad_expressions_say_why),
		cmocka_unit_test(blanks_end_a_word),
		cmocka_unit_test(stops_have_exit_codes),
		cmocka_unit_test(status_lines_say_what_happened),
		cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(help_comes_from_the_tables),
		cmocka_unit_test(knowledge_is_printed),
		cmocka_unit_test(images_are_told),
		cmocka_unit_test(traces_say_how_images_start),
		cmocka_unit_test(guests_run),
		cmocka_unit_test(a_triple_fault_names_its_rules),
		cmocka_unit_test(a_large_guest_code_is_told_apart),
		cmocka_unit_test(console_is_inert_on_a_terminal),
		cmocka_unit_test(prompt_walks),
		cmocka_unit_test(prompt_refuses),
		cmocka_unit_test(prompt_reads_standard_input),
		cmocka_unit_test(breakpoints_cost_no_time),
		cmocka_unit_test(every_call_can_fail),
	};
	return cmocka_run_group_tests_name("ui", tests, NULL, NULL);
}
