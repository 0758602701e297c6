/* cmd_user.c - `user`: a static Linux program above the guest elf64user, as if it had been called from the shell. */
#include <stdio.h>
#include <string.h>

#include "board/elf.h"
#include "ui/console.h"
#include "ui/guests.h"
#include "ui/status.h"

#define KERNEL "elf64user.elf"
#define MEMORY_DEFAULT (1ull << 30)

enum { PATH = 1024 };

/* ---- the kernel's command line: [-v] [NAME=VALUE]... =PROGRAM -- [ARGUMENT]... ---- */

/* ' cannot stand between two of its kind: it ends the quotes, stands behind a backslash, and begins them again. */
static size_t quote(char *to, const char *prefix, const char *word)
{
	char *at = to;
	*at++ = '\'';
	for (; *prefix; prefix++)
		*at++ = *prefix;
	for (; *word; word++) {
		if (*word == '\'') {
			memcpy(at, "'\\'", 3);
			at += 3;
		}
		*at++ = *word;
	}
	memcpy(at, "' ", 2);
	return (size_t)(at + 2 - to);
}

static size_t quoted_bound(const char *word)
{
	return 4 * strlen(word) + 4;
}

/* NULL: no memory. */
static char *command_line(const struct ui *ui)
{
	const struct options *o = &ui->options;
	size_t size = quoted_bound(o->operand[0]) + sizeof("-v -- ");
	for (size_t i = 0; i < o->environment_count; i++)
		size += quoted_bound(o->environment[i]);
	for (size_t i = 0; i < o->argument_count; i++)
		size += quoted_bound(o->arguments[i]);
	char *text = host_alloc(ui->host, size), *to = text;
	if (!text)
		return NULL;
	if (o->verbose) {
		memcpy(to, "-v ", 3);
		to += 3;
	}
	for (size_t i = 0; i < o->environment_count; i++)
		to += quote(to, "", o->environment[i]);
	to += quote(to, "=", o->operand[0]);
	memcpy(to, "-- ", 3);
	to += 3;
	for (size_t i = 0; i < o->argument_count; i++)
		to += quote(to, "", o->arguments[i]);
	to[-1] = 0;
	return text;
}

/* ---- what the kernel would refuse, with what to do about it ---- */

static bool has_interpreter(const struct elf_shape *e, const struct rs_file *file)
{
	uint64_t offset = elf_word(e, file->bytes + e->e_phoff);
	unsigned count = elf_half(file->bytes + e->e_phnum);
	if (!elf_inside(offset, count, e->phdr_size, file->size))
		return false; /* the kernel says what it is */
	for (unsigned i = 0; i < count; i++)
		if (elf_u32(file->bytes + offset + (uint64_t)i * e->phdr_size) == PT_INTERP)
			return true;
	return false;
}

/* Why the file cannot run, or NULL. */
static const char *refusal(const struct rs_file *file)
{
	const struct elf_shape *e = elf_shape_of(file->bytes, file->size);
	if (!e)
		return "not an ELF file for x86; give a program that was linked with -static";
	if (e->word != 8 || elf_half(file->bytes + E_MACHINE) != e->machine)
		return "not a program for x86-64; build it with -m64 -static";
	unsigned type = elf_half(file->bytes + E_TYPE);
	if (type != ET_EXEC && type != ET_DYN)
		return "not a program that is linked; give one that was linked with -static";
	return has_interpreter(e, file) ? "dynamically linked; build it with -static (or -static-pie)" : NULL;
}

/* ---- the run ---- */

/* Standard output is port E9h, standard error COM1. */
struct streams {
	struct console out, err;
	enum rs_port last;
};

/* What came first on one of them leaves before what comes on the other. */
static void put(void *arg, enum rs_port port, uint8_t byte)
{
	struct streams *s = arg;
	if (port != s->last)
		out_flush(s->last == RS_PORT_E9 ? s->out.out : s->err.out);
	s->last = port;
	console_put(port == RS_PORT_E9 ? &s->out : &s->err, port, byte);
}

/* The program's own exit code; else what became of the run, and 125. */
static int report(struct ui *ui, const struct session *s, const char *limit)
{
	const struct rs_status *status = rs_status(s->machine);
	char text[512];
	if (s->snapshot_failed)
		return run_told(ui, status, limit, EXIT_USAGE);
	if (s->input_failure.code != RS_OK)
		return run_told(ui, status, limit, ui_fail(ui, EXIT_USAGE, "%s", s->input_failure.text));
	if (status->why == RS_STOP_EXIT)
		return run_told(ui, status, limit, status->exit_code);
	ui_fail(ui, EXIT_USAGE, "%s", status_text(status, ui, limit, text, sizeof(text)));
	return run_told(ui, status, limit, EXIT_USAGE);
}

static int run_program(struct ui *ui, const char *kernel)
{
	const struct options *o = &ui->options;
	struct streams streams = {
		.out = { .out = ui->out, .inert = ui->out_terminal, .prompt = ui->out_terminal },
		.err = { .out = ui->err, .inert = ui->err_terminal, .prompt = true },
		.last = RS_PORT_E9,
	};
	struct session s;
	int code = session_open(&s, ui, kernel, put, &streams);
	if (code)
		return run_not_begun(ui, code);
	const char *why = refusal(&s.user[0]);
	if (why)
		code = run_not_begun(ui, ui_fail(ui, EXIT_IMAGE_REFUSED, "%s: %s", o->operand[0], why));
	else
		code = report(ui, &s, run_to_end(&s));
	session_close(&s, ui);
	return code;
}

int cmd_user(struct ui *ui)
{
	struct options *o = &ui->options;
	char folder[PATH], kernel[PATH + sizeof(KERNEL) + 1];
	if (!guests_find(ui, KERNEL, folder, sizeof(folder)))
		return run_not_begun(
		    ui, ui_fail(ui, EXIT_USAGE, "the kernel " KERNEL " is not installed (looked in %s)", folder));
	snprintf(kernel, sizeof(kernel), "%s/" KERNEL, folder);
	char *text = command_line(ui);
	if (!text)
		return run_not_begun(ui, ui_fail(ui, EXIT_USAGE, "out of memory for the program's arguments"));
	o->user[o->user_count++] = o->operand[0];
	o->arguments = &text;
	o->argument_count = 1;
	o->memory = o->memory ? o->memory : MEMORY_DEFAULT;
	o->input_waits = !o->input;
	o->input = o->input ? o->input : "-";
	int code = run_program(ui, kernel);
	host_release(ui->host, text);
	return code;
}
