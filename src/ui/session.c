/* session.c - a machine with what the command line says in it. */
#include <stdio.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/input.h"
#include "ui/repl/expr.h"
#include "ui/state.h"
#include "ui/symbols.h"
#include "ui/words.h"

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

static bool read_users(struct session *s, struct ui *ui, struct rs_error *why)
{
	const struct options *o = &ui->options;
	for (; s->user_count < o->user_count; s->user_count++)
		if (!rs_file_read(s->machine, o->user[s->user_count], &s->user[s->user_count], why))
			return false;
	return true;
}

static bool fill(struct session *s, struct ui *ui, const char *image, struct rs_config *config, struct rs_error *why)
{
	if (!state_read(ui, image, &s->image, why))
		return false;
	if (state_is(ui, &s->image))
		return state_open(s, config, why);
	if (!read_input(s, ui, why))
		return false;
	config->input = s->input.bytes;
	config->input_size = s->input.size;
	if (ui->options.input_waits) {
		config->more_input = input_more;
		config->input_arg = s;
	}
	s->machine = rs_new(config, why);
	if (!s->machine || !read_users(s, ui, why))
		return false;
	s->command_line = join(ui->host, ui->options.arguments, ui->options.argument_count);
	if (!s->command_line)
		return error_set(why, RS_ERROR_MEMORY, "out of memory for the guest's arguments");
	return rs_load(s->machine, &s->image, s->user, s->user_count, s->command_line, why);
}

/* ---- addresses of the command line: as at the prompt, but of symbols and numbers only ---- */

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

bool session_address(struct symbols *symbols, const char *text, uint64_t *address, struct rs_error *why)
{
	struct expr_world world = { symbols, no_register, find_symbol, no_memory_yet,
				    "`ringstep step IMAGE -c 'x *'` lists the symbols", 0 };
	return expr_whole(&world, text, address, why);
}

/* ---- injected events ---- */

/* "SYMBOL+OFFSET#K", or without "#K" the first time. */
static bool at_arrival(struct symbols *y, const char *when, struct rs_injection *i, struct rs_error *why)
{
	char text[256];
	size_t n = strcspn(when, "#");
	if (n >= sizeof(text))
		return error_set(why, RS_ERROR_ARGUMENT, "an address of more than %zu characters", sizeof(text) - 1);
	snprintf(text, sizeof(text), "%.*s", (int)n, when);
	i->arrival = 1;
	if (when[n] && (!word_number(when + n + 1, &i->arrival) || !i->arrival))
		return error_set(why, RS_ERROR_ARGUMENT, "'%.60s' is no count: 1 is the first time", when + n + 1);
	return session_address(y, text, &i->at, why);
}

static bool inject(struct session *s, struct symbols *y, size_t index, struct rs_error *why)
{
	const struct option_injection *o = &s->ui->options.injection[index];
	struct rs_injection *i = &s->injection[index];
	struct rs_error reason;
	*i = (struct rs_injection){ .signal = o->signal, .vector = o->vector };
	if ((word_number(o->when, &i->at) || at_arrival(y, o->when, i, &reason)) &&
	    rs_inject(s->machine, i, &reason))
		return true;
	return error_set(why, RS_ERROR_ARGUMENT, "%s: %.300s", o->option, reason.text);
}

static bool inject_all(struct session *s, struct rs_error *why)
{
	struct symbols symbols;
	size_t count = s->ui->options.injection_count;
	bool good = true;
	if (!count)
		return true;
	if (!symbols_load(&symbols, s->ui, s, why))
		return false;
	for (size_t i = 0; good && i < count; i++)
		good = inject(s, &symbols, i, why);
	symbols_free(&symbols);
	return good;
}

void session_tell_injections(struct session *s, struct ui *ui)
{
	bool came;
	const size_t before = s->injected_before;
	for (size_t i = 0; rs_injection_info(s->machine, before + i, &came); i++)
		if (!came)
			ui_fail(ui, 0, "%s %s: the run ended before", ui->options.injection[i].option,
				ui->options.injection[i].when);
}

/* ---- opening and closing ---- */

static bool can_snapshot(const struct session *s, struct rs_error *why)
{
	const struct option_snapshot *snapshot = &s->ui->options.snapshot;
	unsigned long long n = rs_status(s->machine)->instructions, at = snapshot->at;
	return !snapshot->path || at >= n ||
	       error_set(why, RS_ERROR_ARGUMENT,
			 "--snapshot-at %llu lies behind: %llu instructions have completed", at, n);
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
	if (!fill(s, ui, image, &config, &why) || !inject_all(s, &why) || !can_snapshot(s, &why)) {
		session_close(s, ui);
		return ui_fail(ui, ui_error_exit(&why), "%s", why.text);
	}
	rs_step_always(s->machine, ui->options.driver_step);
	rs_limit_cycles(s->machine, ui->options.max_cycles);
	return 0;
}

void session_close(struct session *s, struct ui *ui)
{
	for (size_t i = 0; i < s->user_count; i++)
		host_release(ui->host, s->user[i].bytes);
	host_release(ui->host, s->image.bytes);
	rs_free(s->machine);
	host_release(ui->host, s->command_line);
	host_release(ui->host, s->input.bytes);
	*s = (struct session){ .machine = NULL };
}

/* ---- --until ---- */

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
	if (!text)
		return 0;
	if (!symbols_load(&symbols, ui, s, &why))
		return ui_fail(ui, EXIT_USAGE, "%s", why.text);
	bool good = session_address(&symbols, text, &s->until, &why);
	symbols_free(&symbols);
	if (!good)
		return ui_fail(ui, EXIT_USAGE, "--until: %s", why.text);
	rs_break_when(s->machine, at_until, s);
	return 0;
}
