/* lines.c - lines of standard input, read as they come: by the editor on a terminal, else plainly. */
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/repl/edit.h"
#include "ui/repl/interrupt.h"
#include "ui/words.h"

struct lines {
	struct prompt *p;
	struct editor *editor; /* NULL: plain lines */
	char buffer[4096];
	size_t start, end;
	char line[PROMPT_LINE], again[PROMPT_LINE];
};

enum line_result { LINE_READ, LINE_END, LINE_LONG, LINE_BROKEN, LINE_INTERRUPTED };

/* What next_char returns in place of a character. */
enum { CHAR_END = -1, CHAR_BROKEN = -2, CHAR_INTERRUPTED = -3 };

static int next_char(struct lines *l)
{
	const struct rs_host *host = l->p->ui->host;
	if (l->start == l->end) {
		if (l->p->ui->in_terminal && !interrupt_wait_for_input())
			return CHAR_INTERRUPTED;
		long n = host->read(host->arg, 0, l->buffer, sizeof(l->buffer));
		if (n <= 0)
			return n ? CHAR_BROKEN : CHAR_END;
		l->start = 0;
		l->end = (size_t)n;
	}
	return (unsigned char)l->buffer[l->start++];
}

static enum line_result plain_line(struct lines *l)
{
	size_t n = 0;
	int c = next_char(l);
	if (c == CHAR_END)
		return LINE_END;
	for (; c >= 0 && c != '\n'; c = next_char(l), n++)
		if (n < sizeof(l->line) - 1)
			l->line[n] = (char)c;
	l->line[n < sizeof(l->line) ? n : sizeof(l->line) - 1] = 0;
	if (c == CHAR_INTERRUPTED)
		return LINE_INTERRUPTED;
	if (c < CHAR_END)
		return LINE_BROKEN;
	return n < sizeof(l->line) ? LINE_READ : LINE_LONG;
}

static enum line_result edited_line(struct lines *l)
{
	switch (edit_read(l->editor, l->line, sizeof(l->line))) {
	case EDIT_LINE:
		return LINE_READ;
	case EDIT_LONG:
		return LINE_LONG;
	case EDIT_INTERRUPTED:
		return LINE_INTERRUPTED;
	default:
		return LINE_END;
	}
}

static enum line_result next_line(struct lines *l)
{
	struct ui *ui = l->p->ui;
	if (ui->in_terminal && !l->editor)
		out_printf(ui->out, "cpl%u> ", rs_state(l->p->machine)->cpl);
	out_flush(ui->out);
	return l->editor ? edited_line(l) : plain_line(l);
}

/* On a terminal, Enter alone repeats the last line. */
static void converse(struct lines *l)
{
	struct prompt *p = l->p;
	bool empty = !*skip_blanks(l->line);
	if (p->ui->in_terminal && empty)
		strcpy(l->line, l->again);
	else
		strcpy(l->again, l->line);
	if (p->log)
		out_printf(p->log, "cpl%u> %s\n", rs_state(p->machine)->cpl, l->line);
	prompt_line(p, l->line);
}

static enum line_result serve_line(struct lines *l)
{
	enum line_result result = next_line(l);
	if (result == LINE_READ)
		converse(l);
	else if (result == LINE_LONG)
		prompt_fail(l->p, "a line of more than %d characters", PROMPT_LINE - 1);
	else if (result == LINE_INTERRUPTED)
		out_text(l->p->ui->out, "\n");
	return result;
}

/* A wrong command costs its line. */
bool prompt_standard_input(struct prompt *p)
{
	struct lines *l = host_alloc(p->ui->host, sizeof(*l));
	enum line_result result = LINE_READ;
	if (!l)
		return prompt_lost(p, "out of memory for the command line");
	l->p = p;
	l->editor = edit_open(p);
	while (!p->quit && result != LINE_END && result != LINE_BROKEN)
		result = serve_line(l);
	edit_close(l->editor);
	host_release(p->ui->host, l);
	if (result == LINE_END && p->ui->in_terminal)
		out_text(p->ui->out, "\n");
	return result != LINE_BROKEN || prompt_lost(p, "standard input cannot be read");
}
