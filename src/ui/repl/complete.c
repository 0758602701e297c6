/* complete.c - see complete.h. */
#include "ui/repl/complete.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

struct offers {
	struct prompt *p;
	const char *word; /* the beginning that is there */
	size_t length;
	complete_fn *offer;
	void *arg;
};

static void offer(const struct offers *o, const char *word)
{
	if (word_begins(o->word, o->length, word))
		o->offer(o->arg, word);
}

static void offer_commands(const struct offers *o)
{
	char alias[32];
	for (size_t i = 0; i < prompt_command_count(); i++) {
		const struct prompt_command *row = prompt_command_info(i);
		offer(o, row->name);
		for (const char *a = row->aliases; *a; a = skip_blanks(a + strcspn(a, " "))) {
			snprintf(alias, sizeof(alias), "%.*s", (int)strcspn(a, " "), a);
			offer(o, alias);
		}
	}
}

static void offer_registers(const struct offers *o, const char *sign)
{
	char word[40];
	for (size_t i = 0; i < rs_field_count(); i++) {
		snprintf(word, sizeof(word), "%s%s", sign, rs_field_info(i)->name);
		offer(o, word);
	}
}

/* With its module when that has been begun. */
static void offer_symbols(const struct offers *o)
{
	const struct symbols *y = &o->p->symbols;
	bool full = memchr(o->word, '!', o->length);
	char word[300];
	for (size_t i = 0; i < y->count; i++) {
		snprintf(word, sizeof(word), "%s!%s", y->module[y->row[i].module].name, y->row[i].name);
		offer(o, full ? word : y->row[i].name);
	}
}

static void offer_files(const struct offers *o)
{
	const char *slash = memrchr(o->word, '/', o->length);
	size_t folder = slash ? (size_t)(slash + 1 - o->word) : 0;
	char path[PROMPT_LINE], word[PROMPT_LINE + 300];
	snprintf(path, sizeof(path), "%.*s", folder ? (int)folder : 1, folder ? o->word : ".");
	DIR *d = opendir(path);
	for (const struct dirent *e; d && (e = readdir(d));) {
		snprintf(word, sizeof(word), "%.*s%s", (int)folder, o->word, e->d_name);
		if (e->d_name[0] != '.')
			offer(o, word);
	}
	if (d)
		closedir(d);
}

/* Where the command begins that the end of the text belongs to. */
static size_t command_start(const char *text)
{
	size_t start = 0;
	for (size_t i = 0; text[i]; i++)
		if (text[i] == ';' || text[i] == '{')
			start = i + 1;
	return start + (size_t)(skip_blanks(text + start) - (text + start));
}

static bool takes_file(const char *command)
{
	static const char *const words[] = { "$$><", "source", ".logopen" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (word_same(command, prompt_command_length(command), words[i]))
			return true;
	return false;
}

size_t complete_line(struct prompt *p, const char *text, complete_fn *offer_fn, void *arg)
{
	size_t command = command_start(text), end = strlen(text), start = end;
	bool file = takes_file(text + command);
	const char *separators = file ? " \t" : " \t;({[+-*/%&|^<>=,\"~";
	while (start > command && !strchr(separators, text[start - 1]))
		start--;
	const struct offers o = { p, text + start, end - start, offer_fn, arg };
	if (start == command)
		offer_commands(&o);
	else if (file)
		offer_files(&o);
	else if (text[start] == '@' || text[start] == '$')
		offer_registers(&o, text[start] == '@' ? "@" : "$");
	else {
		offer_registers(&o, "");
		offer_symbols(&o);
	}
	return start;
}

void complete_gather(void *arg, const char *word)
{
	struct completion *c = arg;
	size_t n = 0;
	if (!c->count++)
		snprintf(c->common, sizeof(c->common), "%s", word);
	while (c->common[n] && word_lower(c->common[n]) == word_lower(word[n]))
		n++;
	c->common[n] = 0;
}
