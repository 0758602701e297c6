/* script.c - the commands of -x and -c, one at a time: each makes a frame of a recording. */
#include <string.h>

#include "host/host.h"
#include "ui/words.h"
#include "view/window.h"

enum { SCRIPT_LIMIT = 1 << 20 };

struct script {
	bool (*each)(void *arg, const char *command);
	void *arg;
};

static bool take(const struct script *s, const char *from, size_t length)
{
	char command[1024];
	while (length && word_is_space(*from))
		from++, length--;
	while (length && word_is_space(from[length - 1]))
		length--;
	if (!length)
		return true;
	length = length < sizeof(command) ? length : sizeof(command) - 1; /* the prompt refuses such a line itself */
	memcpy(command, from, length);
	command[length] = 0;
	return s->each(s->arg, command);
}

/* Where the command ends: at a ';' that is neither in quotes nor in braces. */
static size_t command_length(const char *text)
{
	size_t n = 0, depth = 0;
	bool quoted = false;
	for (; text[n] && (text[n] != ';' || quoted || depth); n++) {
		quoted ^= text[n] == '"';
		depth += !quoted && text[n] == '{';
		depth -= !quoted && text[n] == '}' && depth;
	}
	return n;
}

static bool take_list(const struct script *s, const char *text)
{
	for (;;) {
		size_t n = command_length(text);
		if (!take(s, text, n))
			return false;
		if (!text[n])
			return true;
		text += n + 1;
	}
}

static bool take_lines(const struct script *s, char *text, size_t size)
{
	for (char *at = text, *end = text + size; at < end;) {
		char *next = memchr(at, '\n', (size_t)(end - at));
		next = next ? next : end;
		if (!take(s, at, (size_t)(next - at)))
			return false;
		at = next + 1;
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
	struct script s = { each, arg };
	if (c->file) {
		uint8_t *text;
		size_t size;
		struct rs_error why;
		if (!host_read_file(ui->host, c->file, SCRIPT_LIMIT, &text, &size, &why)) {
			ui_fail(ui, EXIT_USAGE, "view: %s", why.text);
			return false;
		}
		bool good = take_lines(&s, (char *)text, size);
		host_release(ui->host, text);
		if (!good)
			return false;
	}
	return !c->list || take_list(&s, c->list);
}
