/* repl.c - the prompt itself: where lines come from and which command they name. */
#include "ui/repl/repl.h"

#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

enum { SCRIPT_LIMIT = 1 << 20 };

static const struct prompt_command command_table[] = {
#define PROMPT(name, aliases, function, flavour, arguments, help) { name, aliases, function, flavour, arguments, help },
#include "ui/repl/commands.def"
#undef PROMPT
};

enum { COMMAND_ROWS = sizeof(command_table) / sizeof(command_table[0]) };

size_t prompt_command_count(void)
{
	return COMMAND_ROWS;
}

const struct prompt_command *prompt_command_info(size_t index)
{
	return &command_table[index];
}

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

/* ---- which command ---- */

static size_t word_end(const char *text)
{
	size_t n = 0;
	while (text[n] && !word_is_space(text[n]))
		n++;
	return n;
}

static const char *skip_blanks(const char *text)
{
	while (word_is_space(*text))
		text++;
	return text;
}

typedef bool word_test_fn(const char *text, size_t length, const char *word);

/* Whether the name or an alias of the row passes the test. */
static bool row_has(const struct prompt_command *row, const char *text, size_t length, word_test_fn *test)
{
	char alias[32];
	if (test(text, length, row->name))
		return true;
	for (const char *a = row->aliases; *a; a = skip_blanks(a + word_end(a))) {
		snprintf(alias, sizeof(alias), "%.*s", (int)word_end(a), a);
		if (test(text, length, alias))
			return true;
	}
	return false;
}

static const struct prompt_command *find_exact(const char *text, size_t length)
{
	for (size_t i = 0; i < COMMAND_ROWS; i++)
		if (row_has(&command_table[i], text, length, word_same))
			return &command_table[i];
	return NULL;
}

/* The only row that has a word with this beginning. */
static const struct prompt_command *find_beginning(const char *text, size_t length, bool *ambiguous)
{
	const struct prompt_command *found = NULL;
	for (size_t i = 0; i < COMMAND_ROWS; i++) {
		if (!row_has(&command_table[i], text, length, word_begins))
			continue;
		*ambiguous |= found != NULL;
		found = &command_table[i];
	}
	return found;
}

const struct prompt_command *prompt_command_find(const char *text, size_t length, bool *ambiguous)
{
	const struct prompt_command *found = find_exact(text, length);
	*ambiguous = false;
	return found ? found : find_beginning(text, length, ambiguous);
}

/* "?rax", "x/8gx" and "p/x" have no blank behind the command. */
static size_t command_length(const char *text)
{
	size_t n = word_end(text);
	const char *slash = memchr(text, '/', n);
	if (text[0] == '?')
		return 1;
	if (!strncmp(text, "$$><", 4))
		return 4;
	return slash ? (size_t)(slash - text) : n;
}

static bool unknown(struct prompt *p, const char *text, size_t length, bool ambiguous)
{
	char word[40], hint[80];
	snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word) - 1), text);
	if (ambiguous)
		return prompt_fail(p, "'%s' could be several commands; help lists them", word);
	struct nearest n = nearest_begin(word);
	for (size_t i = 0; i < COMMAND_ROWS; i++)
		nearest_offer(&n, command_table[i].name);
	return prompt_fail(p, "no command '%s'%s; help lists them", word, nearest_hint(&n, hint, sizeof(hint)));
}

static bool is_comment(const char *text)
{
	return *text == '*' || *text == '#' || (!strncmp(text, "$$", 2) && strncmp(text, "$$><", 4));
}

/* One command; `text` is trimmed. */
static bool execute(struct prompt *p, const char *text)
{
	bool ambiguous;
	size_t length = command_length(text);
	const struct prompt_command *command = prompt_command_find(text, length, &ambiguous);
	if (p->echo)
		out_printf(p->ui->out, "cpl%u> %s\n", (unsigned)rs_get(p->machine, p->fields.cpl), text);
	if (!command || ambiguous)
		return unknown(p, text, length, ambiguous);
	bool good = command->run(p, command, skip_blanks(text + length));
	console_end_line(&p->console);
	return good;
}

static void trim_end(char *text)
{
	size_t n = strlen(text);
	while (n && word_is_space(text[n - 1]))
		text[--n] = 0;
}

/* Commands are separated by ';'; a comment reaches to the end of its line. */
bool prompt_line(struct prompt *p, const char *line)
{
	char text[PROMPT_LINE];
	while (!p->quit && *(line = skip_blanks(line)) && !is_comment(line)) {
		size_t n = strcspn(line, ";");
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

/* ---- standard input ---- */

/* Lines of standard input, read as they come. */
struct lines {
	struct prompt *p;
	char buffer[4096];
	size_t start, end;
	char line[PROMPT_LINE], again[PROMPT_LINE];
};

enum line_result { LINE_READ, LINE_END, LINE_LONG, LINE_BROKEN };

/* The next character, or -1 at the end, or -2 when reading fails. */
static int next_char(struct lines *l)
{
	const struct rs_host *host = l->p->ui->host;
	if (l->start == l->end) {
		long n = host->read(host->arg, 0, l->buffer, sizeof(l->buffer));
		if (n <= 0)
			return n ? -2 : -1;
		l->start = 0;
		l->end = (size_t)n;
	}
	return (unsigned char)l->buffer[l->start++];
}

static enum line_result next_line(struct lines *l)
{
	size_t n = 0;
	int c = next_char(l);
	if (c < 0)
		return c == -1 ? LINE_END : LINE_BROKEN;
	for (; c >= 0 && c != '\n'; c = next_char(l), n++)
		if (n < sizeof(l->line) - 1)
			l->line[n] = (char)c;
	l->line[n < sizeof(l->line) ? n : sizeof(l->line) - 1] = 0;
	if (c == -2)
		return LINE_BROKEN;
	return n < sizeof(l->line) ? LINE_READ : LINE_LONG;
}

static void show_prompt(struct prompt *p)
{
	if (p->ui->in_terminal)
		out_printf(p->ui->out, "cpl%u> ", (unsigned)rs_get(p->machine, p->fields.cpl));
	out_flush(p->ui->out);
}

/* On a terminal, Enter alone repeats the last line. */
static void converse(struct lines *l)
{
	bool empty = !*skip_blanks(l->line);
	if (l->p->ui->in_terminal && empty)
		strcpy(l->line, l->again);
	else
		strcpy(l->again, l->line);
	prompt_line(l->p, l->line);
}

/* A wrong command costs its line; false when standard input cannot be read. */
static bool prompt_standard_input(struct prompt *p)
{
	struct lines *l = host_alloc(p->ui->host, sizeof(*l));
	enum line_result result = LINE_READ;
	if (!l)
		return prompt_lost(p, "out of memory for the command line");
	l->p = p;
	while (!p->quit && result != LINE_END && result != LINE_BROKEN) {
		show_prompt(p);
		result = next_line(l);
		if (result == LINE_READ)
			converse(l);
		else if (result == LINE_LONG)
			prompt_fail(p, "a line of more than %d characters", PROMPT_LINE - 1);
	}
	host_release(p->ui->host, l);
	if (result == LINE_END && p->ui->in_terminal)
		out_text(p->ui->out, "\n");
	return result != LINE_BROKEN || prompt_lost(p, "standard input cannot be read");
}

/* ---- the command `step` ---- */

static bool prompt_commands(struct prompt *p)
{
	const struct options *o = &p->ui->options;
	if (!o->script && !o->commands)
		return prompt_standard_input(p);
	p->echo = true;
	if (o->script && !prompt_script(p, o->script))
		return false;
	return !o->commands || p->quit || prompt_line(p, o->commands);
}

static int prompt_exit_code(struct prompt *p, bool good)
{
	const struct rs_status *status = rs_status(p->machine);
	if (!good || p->lost)
		return EXIT_USAGE;
	return prompt_has_ended(p) ? stop_exit_code(status) : 0;
}

static bool prompt_open(struct prompt *p, struct ui *ui)
{
	struct rs_error why;
	size_t size = rs_field_count() * sizeof(*p->before);
	p->machine = p->session.machine;
	fields_find(&p->fields);
	p->before = host_alloc(ui->host, size);
	p->now = host_alloc(ui->host, size);
	if (!p->before || !p->now)
		return prompt_lost(p, "out of memory for the prompt");
	if (!symbols_load(&p->symbols, ui, &p->session, &why))
		return prompt_lost(p, why.text);
	rs_observe(p->machine, go_observe, p);
	return true;
}

static void prompt_close(struct prompt *p, struct ui *ui)
{
	symbols_free(&p->symbols);
	host_release(ui->host, p->before);
	host_release(ui->host, p->now);
	session_close(&p->session, ui);
}

static int step_session(struct prompt *p, struct ui *ui)
{
	p->ui = ui;
	p->place = "";
	p->symbols.host = ui->host;
	p->console = (struct console){ .out = ui->out, .inert = true, .prompt = ui->out_terminal, .prefix = "| " };
	int code = session_open(&p->session, ui, ui->options.operand[0], console_put, &p->console);
	if (code)
		return code;
	code = EXIT_USAGE;
	if (prompt_open(p, ui)) {
		out_printf(ui->out, "%s on %s; help lists the commands\n", ui->options.operand[0], ui_cpu(ui));
		state_show(p);
		code = prompt_exit_code(p, prompt_commands(p));
	}
	prompt_close(p, ui);
	return code;
}

int cmd_step(struct ui *ui)
{
	struct prompt *p = host_alloc(ui->host, sizeof(*p));
	if (!p)
		return ui_fail(ui, EXIT_USAGE, "out of memory for the prompt");
	int code = step_session(p, ui);
	host_release(ui->host, p);
	return code;
}
