/* session.c - a machine with what the command line says in it. */
#include <string.h>

#include "ui/commands.h"
#include "ui/input.h"
#include "ui/repl/expr.h"
#include "ui/symbols.h"

#define INPUT_LIMIT (64u << 20)

/* The guest's arguments as one text; NULL: no memory. */
static char *join(const struct rs_host *host, char **words, size_t count)
{
	size_t size = 1;
	for (size_t i = 0; i < count; i++)
		size += strlen(words[i]) + 1;
	char *text = host_alloc(host, size), *to = text;
	for (size_t i = 0; text && i < count; i++) {
		size_t length = strlen(words[i]);
		if (i)
			*to++ = ' ';
		memcpy(to, words[i], length);
		to += length;
	}
	return text;
}

static bool read_input(struct session *s, struct ui *ui, struct rs_error *why)
{
	const char *path = ui->options.input;
	if (!path)
		return true;
	if (!strcmp(path, "-"))
		return ui->options.input_waits || input_read_all(&s->input, ui->host, why);
	if (host_read_file(ui->host, path, INPUT_LIMIT, &s->input.bytes, &s->input.size, why))
		return true;
	why->code = RS_ERROR_IO; /* not there: but it is not the image that is not there */
	return false;
}

static bool read_files(struct session *s, struct ui *ui, const char *image, struct rs_error *why)
{
	const struct options *o = &ui->options;
	if (!rs_file_read(s->machine, image, &s->image, why))
		return false;
	for (; s->user_count < o->user_count; s->user_count++)
		if (!rs_file_read(s->machine, o->user[s->user_count], &s->user[s->user_count], why))
			return false;
	return true;
}

static bool fill(struct session *s, struct ui *ui, const char *image, struct rs_config *config, struct rs_error *why)
{
	if (!read_input(s, ui, why))
		return false;
	config->input = s->input.bytes;
	config->input_size = s->input.size;
	if (ui->options.input_waits) {
		config->more_input = input_more;
		config->input_arg = s;
	}
	s->machine = rs_new(config, why);
	if (!s->machine || !read_files(s, ui, image, why))
		return false;
	s->command_line = join(ui->host, ui->options.arguments, ui->options.argument_count);
	if (!s->command_line)
		return error_set(why, RS_ERROR_MEMORY, "out of memory for the guest's arguments");
	return rs_load(s->machine, &s->image, s->user, s->user_count, s->command_line, why);
}

int session_open(struct session *s, struct ui *ui, const char *image,
		 void (*console)(void *arg, enum rs_port port, uint8_t byte), void *console_arg)
{
	struct rs_error why;
	struct rs_config config = {
		.host = ui->host,
		.cpu = ui_cpu(ui),
		.cpuid = ui->options.same_cpuid ? ui->options.both[0] : NULL,
		.timing = ui_timing(ui),
		.memory = ui->options.memory,
		.console = console,
		.console_arg = console_arg,
		.start = ui->options.start,
	};
	*s = (struct session){ .ui = ui };
	if (!fill(s, ui, image, &config, &why)) {
		session_close(s, ui);
		return ui_fail(ui, ui_error_exit(&why), "%s", why.text);
	}
	rs_step_always(s->machine, ui->options.driver_step);
	rs_limit_cycles(s->machine, ui->options.max_cycles);
	return 0;
}

void session_close(struct session *s, struct ui *ui)
{
	if (s->machine) {
		for (size_t i = 0; i < s->user_count; i++)
			rs_file_release(s->machine, &s->user[i]);
		rs_file_release(s->machine, &s->image);
		rs_free(s->machine);
	}
	host_release(ui->host, s->command_line);
	host_release(ui->host, s->input.bytes);
	*s = (struct session){ .machine = NULL };
}

/* --until: an address as at the prompt, but of symbols and numbers only. */

static bool no_register(void *arg, const char *name, size_t length, uint64_t *value)
{
	(void)arg, (void)name, (void)length, (void)value;
	return false;
}

static bool find_symbol(void *arg, const char *name, size_t length, uint64_t *value)
{
	return symbols_find(arg, name, length, value);
}

static size_t no_memory_yet(void *arg, uint64_t address, void *to, size_t size)
{
	(void)arg, (void)address, (void)to, (void)size;
	return 0;
}

static bool at_until(void *arg, struct rs_machine *m)
{
	const struct session *s = arg;
	return rs_status(m)->rip == s->until;
}

int session_until(struct session *s, struct ui *ui)
{
	struct symbols symbols;
	struct rs_error why;
	const char *text = ui->options.until;
	struct expr_world world = { &symbols, no_register, find_symbol, no_memory_yet,
				    "`ringstep step IMAGE -c 'x *'` lists the symbols", 0 };
	if (!text)
		return 0;
	if (!symbols_load(&symbols, ui, s, &why))
		return ui_fail(ui, EXIT_USAGE, "%s", why.text);
	bool good = expr_whole(&world, text, &s->until, &why);
	symbols_free(&symbols);
	if (!good)
		return ui_fail(ui, EXIT_USAGE, "--until: %s", why.text);
	rs_break_when(s->machine, at_until, s);
	return 0;
}
