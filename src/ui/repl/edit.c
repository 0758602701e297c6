/* edit.c - see edit.h. libedit is loaded when a person sits there, so that no other start of the program pays for it.
 */
#include "ui/repl/edit.h"

#ifdef RS_EDITLINE

#include <dlfcn.h>
#include <errno.h>
#include <histedit.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/complete.h"
#include "ui/repl/interrupt.h"

enum { HISTORY_LINES = 1000, OFFERS_SHOWN = 100 };

struct editor {
	struct prompt *p;
	void *library;
	__typeof__(el_init) *init;
	__typeof__(el_end) *end;
	__typeof__(el_set) *set;
	__typeof__(el_get) *get;
	__typeof__(el_gets) *gets;
	__typeof__(el_line) *line;
	__typeof__(el_insertstr) *insert;
	__typeof__(el_deletestr) *delete;
	__typeof__(history_init) *history_init;
	__typeof__(history_end) *history_end;
	__typeof__(history) *history_do;
	EditLine *el;
	History *history;
	char prompt[16];
	unsigned shown; /* of the offers being listed */
};

/* ---- libedit asks ---- */

static struct editor *editor_of(EditLine *el)
{
	/* the first thing that a client's data begins with is where el_get is */
	struct editor *e = NULL;
	__typeof__(el_get) *get;
	void *found = dlsym(RTLD_DEFAULT, "el_get");
	memcpy(&get, &found, sizeof(get));
	if (found)
		get(el, EL_CLIENTDATA, &e);
	return e;
}

static char *prompt_text_of(EditLine *el)
{
	return editor_of(el)->prompt;
}

/* Ctrl-C ends the line. */
static int read_character(EditLine *el, wchar_t *c)
{
	const struct rs_host *host = editor_of(el)->p->ui->host;
	unsigned char byte;
	if (!interrupt_wait_for_input()) {
		errno = EINTR;
		return -1;
	}
	long n = host->read(host->arg, 0, &byte, 1);
	*c = byte;
	return n < 0 ? -1 : (int)n;
}

static void show_offer(void *arg, const char *word)
{
	struct editor *e = arg;
	if (e->shown++ < OFFERS_SHOWN)
		out_printf(e->p->ui->out, "%-20s%s", word, e->shown % 4 ? " " : "\n");
}

static void list_offers(struct editor *e, const char *text)
{
	struct out *o = e->p->ui->out;
	e->shown = 0;
	out_text(o, "\n");
	complete_line(e->p, text, show_offer, e);
	if (e->shown > OFFERS_SHOWN)
		out_printf(o, "... and %u more", e->shown - OFFERS_SHOWN);
	out_text(o, e->shown % 4 || e->shown > OFFERS_SHOWN ? "\n" : "");
	out_flush(o);
}

/* The Tab key: what all words share is put in; where that is nothing more, they are listed. */
static unsigned char complete(EditLine *el, int key)
{
	struct editor *e = editor_of(el);
	const LineInfo *l = e->line(el);
	struct completion c = { .count = 0 };
	char text[PROMPT_LINE];
	size_t length = (size_t)(l->cursor - l->buffer);
	(void)key;
	if (length >= sizeof(text))
		return CC_ERROR;
	memcpy(text, l->buffer, length);
	text[length] = 0;
	size_t start = complete_line(e->p, text, complete_gather, &c), there = length - start;
	if (!c.count)
		return CC_ERROR;
	if (c.count > 1 && strlen(c.common) <= there) {
		list_offers(e, text);
		return CC_REDISPLAY;
	}
	e->delete (el, (int)there);
	e->insert(el, c.common);
	if (c.count == 1)
		e->insert(el, " ");
	return CC_REFRESH;
}

/* ---- opening and closing ---- */

static bool take(const struct editor *e, const char *name, void *function)
{
	void *found = dlsym(e->library, name);
	memcpy(function, &found, sizeof(found));
	return found;
}

static bool take_all(struct editor *e)
{
	return take(e, "el_init", &e->init) && take(e, "el_end", &e->end) && take(e, "el_set", &e->set) &&
	       take(e, "el_get", &e->get) && take(e, "el_gets", &e->gets) && take(e, "el_line", &e->line) &&
	       take(e, "el_insertstr", &e->insert) && take(e, "el_deletestr", &e->delete) &&
	       take(e, "history_init", &e->history_init) && take(e, "history_end", &e->history_end) &&
	       take(e, "history", &e->history_do);
}

static bool begin(struct editor *e)
{
	HistEvent event;
	e->el = e->init("ringstep", stdin, stdout, stderr);
	e->history = e->history_init();
	if (!e->el || !e->history)
		return false;
	e->history_do(e->history, &event, H_SETSIZE, HISTORY_LINES);
	e->history_do(e->history, &event, H_SETUNIQUE, 1);
	e->set(e->el, EL_CLIENTDATA, e);
	e->set(e->el, EL_PROMPT, prompt_text_of);
	e->set(e->el, EL_EDITOR, "emacs");
	e->set(e->el, EL_SIGNAL, 0);
	e->set(e->el, EL_GETCFN, read_character);
	e->set(e->el, EL_HIST, e->history_do, e->history);
	e->set(e->el, EL_ADDFN, "ringstep-complete", "Complete a word", complete);
	e->set(e->el, EL_BIND, "^I", "ringstep-complete", NULL);
	return true;
}

struct editor *edit_open(struct prompt *p)
{
	struct editor *e;
	if (!p->ui->in_terminal || !p->ui->out_terminal || !(e = host_alloc(p->ui->host, sizeof(*e))))
		return NULL;
	e->p = p;
	e->library = dlopen("libedit.so.2", RTLD_NOW | RTLD_GLOBAL);
	if (e->library && take_all(e) && begin(e))
		return e;
	edit_close(e);
	return NULL;
}

void edit_close(struct editor *e)
{
	if (!e)
		return;
	if (e->el)
		e->end(e->el);
	if (e->history)
		e->history_end(e->history);
	if (e->library)
		dlclose(e->library);
	host_release(e->p->ui->host, e);
}

/* ---- a line ---- */

enum edit_result edit_read(struct editor *e, char *line, size_t size)
{
	HistEvent event;
	int count = 0;
	snprintf(e->prompt, sizeof(e->prompt), "cpl%u> ", rs_state(e->p->machine)->cpl);
	errno = 0;
	const char *text = e->gets(e->el, &count);
	if (!text || count <= 0)
		return count < 0 && errno == EINTR ? EDIT_INTERRUPTED : EDIT_END;
	size_t n = strcspn(text, "\r\n");
	if (n >= size)
		return EDIT_LONG;
	memcpy(line, text, n);
	line[n] = 0;
	if (*skip_blanks(line))
		e->history_do(e->history, &event, H_ENTER, line);
	return EDIT_LINE;
}

#else

struct editor *edit_open(struct prompt *p)
{
	(void)p;
	return NULL;
}

void edit_close(struct editor *e)
{
	(void)e;
}

enum edit_result edit_read(struct editor *e, char *line, size_t size)
{
	(void)e, (void)line, (void)size;
	return EDIT_END;
}

#endif
