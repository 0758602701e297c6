/* lines.c - lines of standard input, read as they come. */
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

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
	if (l->p->log && !l->p->ui->in_terminal)
		out_printf(l->p->log, "cpl%u> %s\n", (unsigned)rs_get(l->p->machine, l->p->fields.cpl), l->line);
	prompt_line(l->p, l->line);
}

/* A wrong command costs its line; false when standard input cannot be read. */
bool prompt_standard_input(struct prompt *p)
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
