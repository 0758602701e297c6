/* repl.c - the prompt itself: lines and what is in them, command files, the command `step`. */
#include "ui/repl/repl.h"

#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/interrupt.h"
#include "ui/words.h"

enum { SCRIPT_LIMIT = 1 << 20 };

bool prompt_fail(struct prompt *p, const char *format, ...)
{
	char text[400];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	console_end_line(&p->console);
	ui_fail(p->ui, EXIT_USAGE, "%s%s", p->place, text);
	return false;
}

bool prompt_lost(struct prompt *p, const char *reason)
{
	p->lost = true;
	return prompt_fail(p, "%s", reason);
}

bool prompt_is_comment(const char *text)
{
	return *text == '*' || *text == '#' || (!strncmp(text, "$$", 2) && strncmp(text, "$$><", 4));
}

/* One command; `text` is trimmed. */
static bool execute(struct prompt *p, const char *text)
{
	bool ambiguous;
	size_t length = prompt_command_length(text);
	const struct prompt_command *command = prompt_command_meant(p, text, length, &ambiguous);
	if (p->echo)
		out_printf(p->ui->out, "cpl%u> %s\n", (unsigned)rs_get(p->machine, p->fields.cpl), text);
	if (!command || ambiguous)
		return prompt_unknown(p, text, length, ambiguous);
	bool good = command->run(p, command, skip_blanks(text + length));
	console_end_line(&p->console);
	return good && log_is_good(p);
}

static void trim_end(char *text)
{
	size_t n = strlen(text);
	while (n && word_is_space(text[n - 1]))
		text[--n] = 0;
}

/* Up to the ';' that is in no quotes and no braces. What `j` chooses from has one in it. */
size_t prompt_command_end(const char *line)
{
	size_t n = 0, braces = 0;
	bool quoted = false;
	if (prompt_command_length(line) == 1 && word_lower(line[0]) == 'j')
		return strlen(line);
	for (; line[n] && (quoted || braces || line[n] != ';'); n++) {
		if (quoted && line[n] == '\\' && line[n + 1])
			n++;
		else if (line[n] == '"')
			quoted = !quoted;
		else if (!quoted && line[n] == '{')
			braces++;
		else if (!quoted && line[n] == '}' && braces)
			braces--;
	}
	return n;
}

/* Commands are separated by ';'; a comment reaches to the end of its line. What follows a run that an event with
 * commands has ended is dropped: those come in its place. */
static bool list_of(struct prompt *p, const char *line)
{
	char text[PROMPT_LINE];
	while (!p->quit && !p->pending[0] && *(line = skip_blanks(line)) && !prompt_is_comment(line)) {
		size_t n = prompt_command_end(line);
		if (n >= sizeof(text))
			return prompt_fail(p, "a command of more than %zu characters", sizeof(text) - 1);
		memcpy(text, line, n);
		text[n] = 0;
		trim_end(text);
		line += line[n] ? n + 1 : n;
		if (text[0] && !execute(p, text))
			return false;
	}
	return true;
}

bool prompt_list(struct prompt *p, const char *line)
{
	if (p->nested == PROMPT_NESTED)
		return prompt_fail(p, "more than %d commands within each other", PROMPT_NESTED);
	p->nested++;
	bool good = list_of(p, line);
	p->nested--;
	return good;
}

/* An event's commands may let the guest run into the next event: one after the other, not one within the other. */
static bool pending_commands(struct prompt *p)
{
	char text[EVENT_TEXT];
	bool good = true;
	while (good && p->pending[0] && !p->quit) {
		strcpy(text, p->pending);
		p->pending[0] = 0;
		good = prompt_list(p, text);
		if (good && !p->pending[0] && !p->shown)
			go_show_stop(p);
	}
	p->pending[0] = 0;
	return good;
}

/* As prompt_list, but what a run of it leaves is done before the next command. */
bool prompt_line(struct prompt *p, const char *line)
{
	char text[PROMPT_LINE];
	bool good = true;
	while (good && !p->quit && *(line = skip_blanks(line)) && !prompt_is_comment(line)) {
		size_t n = prompt_command_end(line);
		if (n >= sizeof(text))
			return prompt_fail(p, "a command of more than %zu characters", sizeof(text) - 1);
		memcpy(text, line, n);
		text[n] = 0;
		line += line[n] ? n + 1 : n;
		good = prompt_list(p, text) && pending_commands(p);
	}
	p->pending[0] = 0;
	return good;
}

/* ---- scripts ---- */

static bool read_script(struct prompt *p, const char *path, char *text)
{
	char place[160], *end;
	const char *outer = p->place;
	bool good = true;
	for (unsigned line = 1; text && good && !p->quit; line++, text = end) {
		end = strchr(text, '\n');
		if (end)
			*end++ = 0;
		snprintf(place, sizeof(place), "%.120s:%u: ", path, line);
		p->place = place;
		good = prompt_line(p, text);
		p->place = outer;
	}
	return good;
}

bool prompt_script(struct prompt *p, const char *path)
{
	struct rs_error why;
	uint8_t *bytes;
	size_t size;
	for (size_t i = 0; i < p->script_depth; i++)
		if (!strcmp(p->script[i], path))
			return prompt_fail(p, "%.200s is being executed already: a script cannot run itself", path);
	if (p->script_depth == PROMPT_SCRIPTS)
		return prompt_fail(p, "%.200s: more than %d scripts within each other", path, PROMPT_SCRIPTS);
	if (!host_read_file(p->ui->host, path, SCRIPT_LIMIT, &bytes, &size, &why))
		return why.code == RS_ERROR_NOT_FOUND ? prompt_fail(p, "%s", why.text) : prompt_lost(p, why.text);
	bool echo = p->echo;
	p->echo = true;
	p->script[p->script_depth++] = path;
	bool good = read_script(p, path, (char *)bytes);
	p->script_depth--;
	p->echo = echo;
	host_release(p->ui->host, bytes);
	return good;
}

/* ---- the command `step` ---- */

bool prompt_given_commands(struct prompt *p)
{
	const struct options *o = &p->ui->options;
	p->echo = true;
	if (o->script && !prompt_script(p, o->script))
		return false;
	return !o->commands || p->quit || prompt_line(p, o->commands);
}

static bool prompt_commands(struct prompt *p)
{
	const struct options *o = &p->ui->options;
	return o->script || o->commands ? prompt_given_commands(p) : prompt_standard_input(p);
}

static int prompt_exit_code(struct prompt *p, bool good)
{
	const struct rs_status *status = rs_status(p->machine);
	if (!good || p->lost || p->symbols.lost)
		return EXIT_USAGE;
	return prompt_has_ended(p) ? stop_exit_code(status) : 0;
}

static bool prompt_open(struct prompt *p, struct ui *ui)
{
	struct rs_error why;
	p->machine = p->session.machine;
	fields_find(&p->fields);
	*state_now(p) = *rs_state(p->machine);
	if (!symbols_load(&p->symbols, ui, &p->session, &why))
		return prompt_lost(p, why.text);
	rs_observe(p->machine, go_observe, p);
	p->history = rs_history_open(p->machine, ui->options.history, &why);
	if (!p->history)
		return prompt_lost(p, why.text);
	if (ui->in_terminal)
		interrupt_open();
	return traced_open(p);
}

static void prompt_close(struct prompt *p, struct ui *ui)
{
	if (ui->in_terminal)
		interrupt_close();
	if (p->history)
		rs_history_close(p->history);
	symbols_free(&p->symbols);
	session_close(&p->session, ui);
}

int prompt_start(struct prompt *p, struct ui *ui, const struct console *console)
{
	p->ui = ui;
	p->place = "";
	p->go.hit = p->go.also = -1;
	p->symbols.host = ui->host;
	p->console = *console;
	int code = session_open(&p->session, ui, ui->options.operand[0], console_put, &p->console);
	if (code)
		return code;
	if (prompt_open(p, ui))
		return 0;
	prompt_close(p, ui);
	return EXIT_USAGE;
}

int prompt_finish(struct prompt *p, bool good)
{
	good &= log_close(p);
	good &= traced_close(p);
	int code = prompt_exit_code(p, good);
	prompt_close(p, p->ui);
	return code;
}

static int step_session(struct prompt *p, struct ui *ui)
{
	const struct console console = { .out = ui->out, .inert = true, .prompt = ui->out_terminal, .prefix = "| " };
	int code = prompt_start(p, ui, &console);
	if (code)
		return code;
	out_printf(ui->out, "%s on %s; help lists the commands\n", ui->options.operand[0], ui_cpu(ui));
	state_show(p);
	return prompt_finish(p, prompt_commands(p));
}

static int step_panes(struct ui *ui)
{
	return ui->tui ? ui->tui(ui) : ui_fail(ui, EXIT_USAGE, "step --tui: this program was built without it");
}

int cmd_step(struct ui *ui)
{
	if (ui->options.tui)
		return step_panes(ui);
	if (ui->options.theme)
		return ui_fail(ui, EXIT_USAGE, "step: --theme belongs to --tui");
	struct prompt *p = host_alloc(ui->host, sizeof(*p));
	if (!p)
		return ui_fail(ui, EXIT_USAGE, "out of memory for the prompt");
	int code = step_session(p, ui);
	host_release(ui->host, p);
	return code;
}
