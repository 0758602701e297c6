/* inject_program.c - the program's commands with every call of their host failing in turn. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inject.h"
#include "ui/ui.h"

enum { WORDS = 16 };

static char folder[] = "/tmp/ringstep-inject-XXXXXX";
static char made_path[sizeof folder + 16], temporary_path[sizeof folder + 32], golden_path[sizeof folder + 16],
    other_path[sizeof folder + 16], state_path[sizeof folder + 16], dump_words[sizeof folder + 32],
    script_path[sizeof folder + 16];

struct command_line {
	const char *name;
	const char *words[WORDS]; /* behind "ringstep" */
	int trouble;
	enum { NO_FILE, WHOLE_FILE, REPORT } writes; /* made_path; a report tells of trouble as well */
};

struct outcome {
	int code;
	size_t file_size, out_bytes;
	uint64_t file_hash, out_hash;
	bool file;
	char last; /* byte of the file */
};

static void hash_file(const char *path, struct outcome *o)
{
	static uint8_t bytes[1 << 16];
	FILE *f = fopen(path, "rb");
	o->file = f;
	o->file_hash = 0xcbf29ce484222325ull;
	for (size_t n; f && (n = fread(bytes, 1, sizeof bytes, f)) > 0; o->file_size += n)
		for (size_t i = 0; i < n; i++) {
			o->file_hash = (o->file_hash ^ bytes[i]) * 0x100000001b3ull;
			o->last = (char)bytes[i];
		}
	if (f)
		fclose(f);
}

static struct outcome run_program(const struct command_line *c, struct faulty *f)
{
	char copies[WORDS][512], *argv[WORDS + 2] = { copies[0] };
	int argc = 1;
	strcpy(copies[0], "ringstep");
	for (; c->words[argc - 1]; argc++) {
		snprintf(copies[argc], sizeof copies[argc], "%s", c->words[argc - 1]);
		argv[argc] = copies[argc];
	}
	unlink(made_path);
	unlink(temporary_path);
	struct outcome o = { .code = ui_main(&f->host, argc, argv) };
	o.out_bytes = f->out_bytes;
	o.out_hash = f->out_hash;
	hash_file(made_path, &o);
	return o;
}

static bool same_file(const struct outcome *a, const struct outcome *b)
{
	return a->file == b->file && a->file_size == b->file_size && a->file_hash == b->file_hash;
}

static void judge_program(const struct command_line *c, const struct faulty *f, const struct outcome *got,
			  const struct outcome *want)
{
	const char *all = f->on ? " and all that follow" : "";
	const char *what = what_names[f->what];
	bool normal = got->code == want->code;
	if (!normal && got->code != c->trouble)
		COMPLAIN("%s: %s %lu%s fails: exit code %d, wanted %d or %d", c->name, what, f->fail_at, all, got->code,
			 c->trouble, want->code);
	if (normal && got->code != c->trouble && (got->out_bytes != want->out_bytes || got->out_hash != want->out_hash))
		COMPLAIN("%s: %s %lu%s fails: exit code %d as undisturbed, but standard output is not", c->name, what,
			 f->fail_at, all, got->code);
	if (!access(temporary_path, F_OK))
		COMPLAIN("%s: %s %lu%s fails: the temporary file is left", c->name, what, f->fail_at, all);
	bool report = c->writes == REPORT && got->last == '\n';
	if (c->writes && got->file && !report && !same_file(got, want))
		COMPLAIN("%s: %s %lu%s fails: a partial file is left (exit code %d)", c->name, what, f->fail_at, all,
			 got->code);
	if (c->writes && normal && got->code != c->trouble && !got->file)
		COMPLAIN("%s: %s %lu%s fails: exit code %d, but no file", c->name, what, f->fail_at, all, got->code);
	check_balance(f, c->name);
}

static void inject_program(const struct command_line *c, enum what what, bool on)
{
	struct faulty f;
	counts.complaints = 0;
	faulty_init(&f, what, 0, false);
	struct outcome want = run_program(c, &f), got;
	judge_program(c, &f, &want, &want);
	if ((c->writes != NO_FILE) != want.file)
		COMPLAIN("%s: undisturbed (exit code %d) it %s a file", c->name, want.code,
			 want.file ? "makes" : "does not make");
	unsigned long k = 0;
	do {
		faulty_init(&f, what, ++k, on);
		got = run_program(c, &f);
		judge_program(c, &f, &got, &want);
	} while (f.failures && k < 100000);
	printf("%s (exit %d): %lu %ss%s: %s\n", c->name, want.code, k - 1, what_names[what],
	       on ? ", all that follow" : "", counts.complaints ? "FAILED" : "ok");
	(*(counts.complaints ? &counts.failed : &counts.passed))++;
}

/* The traces that check and diff read. */
static bool make_trace(const char *kernel, const char *user, const char *cpu, const char *path)
{
	const struct command_line c = {
		.name = "trace",
		.words = { "trace", kernel, "--user", user, "--cpu", cpu, "--max-insns", "700", "-o", path },
	};
	struct faulty f;
	faulty_init(&f, FAIL_IO, 0, false);
	return run_program(&c, &f).code == EXIT_LIMIT && !access(path, F_OK);
}

static bool make_state(const char *kernel, const char *user)
{
	const struct command_line c = {
		.name = "run",
		.words = { "run", kernel, "--user", user, "--max-insns", "700", "--snapshot-at", "700", state_path },
	};
	struct faulty f;
	faulty_init(&f, FAIL_IO, 0, false);
	return run_program(&c, &f).code == EXIT_LIMIT && !access(state_path, F_OK);
}

static void make_paths(void)
{
	snprintf(made_path, sizeof made_path, "%s/made", folder);
	snprintf(temporary_path, sizeof temporary_path, "%s/made.rs-partial", folder);
	snprintf(golden_path, sizeof golden_path, "%s/golden", folder);
	snprintf(other_path, sizeof other_path, "%s/other", folder);
	snprintf(state_path, sizeof state_path, "%s/state", folder);
	snprintf(dump_words, sizeof dump_words, "t 50; .dump %s", made_path);
	snprintf(script_path, sizeof script_path, "%s/script", folder);
	FILE *f = fopen(script_path, "w");
	if (f) {
		fputs("t\np\nr\n", f);
		fclose(f);
	}
}

static void inject_commands(const struct command_line *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (unsigned how = 0; how < 4; how++)
			inject_program(&commands[i], how & 1 ? FAIL_IO : FAIL_ALLOC, how & 2);
}

static void inject_all_commands(const char *kernel, const char *multiboot, const char *user)
{
	const char *images = strndupa(kernel, (size_t)(strrchr(kernel, '/') ? strrchr(kernel, '/') - kernel : 0));
	const struct command_line commands[] = {
		{ "run", { "run", kernel, "--user", user }, 125, NO_FILE },
		{ "run (Multiboot, limit)", { "run", multiboot, "--user", user, "--max-insns", "500" }, 125, NO_FILE },
		{ "run --timing",
		  { "run", kernel, "--user", user, "--timing", "unit", "--max-cycles", "2000" },
		  125,
		  NO_FILE },
		{ "run --status-json", { "run", kernel, "--user", user, "--status-json", made_path }, 125, REPORT },
		{ "run --input --until",
		  { "run", kernel, "--user", user, "--input", script_path, "--until", "syscall_entry" },
		  125,
		  NO_FILE },
		{ "trace -o", { "trace", kernel, "--user", user, "-o", made_path }, 125, WHOLE_FILE },
		{ "trace -o --disasm",
		  { "trace", multiboot, "--user", user, "--disasm", "--max-insns", "800", "-o", made_path },
		  125,
		  WHOLE_FILE },
		{ "trace", { "trace", kernel, "--user", user, "--max-insns", "900" }, 125, NO_FILE },
		{ "check (same)", { "check", golden_path, "--images", images }, 2, NO_FILE },
		{ "check (differs)", { "check", other_path, "--images", images, "--disasm" }, 2, NO_FILE },
		{ "diff (same)", { "diff", golden_path, golden_path }, 2, NO_FILE },
		{ "diff (differs)", { "diff", golden_path, other_path }, 2, NO_FILE },
		{ "step -c",
		  { "step", kernel, "--user", user, "-c", "bp syscall_entry; g; r; t; tring; dg 10; u; bc *; p; q" },
		  125,
		  NO_FILE },
		{ "step -x", { "step", kernel, "--user", user, "-x", script_path }, 125, NO_FILE },
		{ "run --snapshot-at",
		  { "run", kernel, "--user", user, "--snapshot-at", "600", made_path },
		  125,
		  WHOLE_FILE },
		{ "run --load", { "run", "--load", state_path, "--images", images }, 125, NO_FILE },
		{ "info (state)", { "info", state_path }, 125, NO_FILE },
		{ "step .dump", { "step", kernel, "--user", user, "-c", dump_words }, 125, WHOLE_FILE },
		{ "explain", { "explain", "SYSCALL" }, 125, NO_FILE },
		{ "explain rule", { "explain", "SR-06" }, 125, NO_FILE },
		{ "info", { "info", kernel, "--user", user }, 125, NO_FILE },
		{ "cpus", { "cpus" }, 125, NO_FILE },
		{ "cpus NAME", { "cpus", "amd-zen4" }, 125, NO_FILE },
		{ "cpus --diff", { "cpus", "--diff", "amd-zen4", "amd-k8" }, 125, NO_FILE },
		{ "version", { "version" }, 125, NO_FILE },
		{ "no command", { NULL }, 125, NO_FILE },
		{ "--help", { "--help" }, 125, NO_FILE },
	};
	inject_commands(commands, sizeof commands / sizeof *commands);
}

/* One value is made another one: a trace that differs in the middle. */
static void spoil_trace(const char *path)
{
	FILE *f = fopen(path, "r+b");
	static char text[1 << 20];
	size_t size = f ? fread(text, 1, sizeof text - 1, f) : 0;
	char *at = memmem(text, size, "\ni 300 ", 7);
	char *value = at ? strstr(at, " r") : NULL;
	value = value ? strchr(value, '=') : NULL;
	if (value) {
		fseek(f, value + 1 - text, SEEK_SET);
		fputc(value[1] == '1' ? '2' : '1', f);
	}
	if (f)
		fclose(f);
}

void inject_the_program(const char *kernel, const char *multiboot, const char *user)
{
	if (!mkdtemp(folder)) {
		perror(folder);
		counts.failed++;
		return;
	}
	make_paths();
	if (make_trace(kernel, user, "intel-skylake", golden_path) &&
	    make_trace(kernel, user, "intel-skylake", other_path) && make_state(kernel, user)) {
		spoil_trace(other_path);
		inject_all_commands(kernel, multiboot, user);
	} else {
		puts("no files can be made for check, diff and --load");
		counts.failed++;
	}
	const char *const paths[] = { made_path, temporary_path, golden_path, other_path, state_path, script_path };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		unlink(paths[i]);
	rmdir(folder);
}
