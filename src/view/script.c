/* script.c - the commands of -x and -c, one at a time: each makes a frame of a recording. */
#include <string.h>

#include "host/host.h"
#include "ui/repl/repl.h"
#include "ui/words.h"
#include "view/window.h"

enum { SCRIPT_LIMIT = 1 << 20 };

struct script {
	struct ui *ui;
	bool (*each)(void *arg, const char *command);
	void *arg;
};

/* Half a command would be another one. */
static bool take(const struct script *s, const char *from, size_t length)
{
	char command[PROMPT_LINE];
	while (length && word_is_space(from[length - 1]))
		length--;
	if (length >= sizeof(command)) {
		ui_fail(s->ui, EXIT_USAGE, "view: a command of more than %zu characters: '%.40s...'",
			sizeof(command) - 1, from);
		return false;
	}
	memcpy(command, from, length);
	command[length] = 0;
	return !length || s->each(s->arg, command);
}

/* A line as the prompt takes it apart. */
static bool take_line(const struct script *s, const char *line)
{
	while (*(line = skip_blanks(line)) && !prompt_is_comment(line)) {
		size_t n = prompt_command_end(line);
		if (!take(s, line, n))
			return false;
		line += line[n] ? n + 1 : n;
	}
	return true;
}

static bool take_lines(const struct script *s, char *text)
{
	for (char *end; text; text = end) {
		end = strchr(text, '\n');
		if (end)
			*end++ = 0;
		if (!take_line(s, text))
			return false;
	}
	return true;
}

struct commands commands_taken(struct ui *ui)
{
	struct commands c = { ui->options.script, ui->options.commands };
	ui->options.script = ui->options.commands = NULL;
	return c;
}

bool script_each(struct ui *ui, const struct commands *c, bool (*each)(void *arg, const char *command), void *arg)
{
	struct script s = { ui, each, arg };
	if (c->file) {
		uint8_t *text;
		size_t size;
		struct rs_error why;
		if (!host_read_file(ui->host, c->file, SCRIPT_LIMIT, &text, &size, &why)) {
			ui_fail(ui, EXIT_USAGE, "view: %s", why.text);
			return false;
		}
		bool good = take_lines(&s, (char *)text);
		host_release(ui->host, text);
		if (!good)
			return false;
	}
	return !c->list || take_line(&s, c->list);
}
