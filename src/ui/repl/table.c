/* table.c - the commands as rows of commands.def, and which of them a word means. */
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

static const struct prompt_command command_table[] = {
#define PROMPT(group, name, aliases, function, flavour, arguments, help)                                               \
	{ GROUP_##group, name, aliases, function, flavour, arguments, help },
#define GDB(word, name)
#include "ui/repl/commands.def"
#undef PROMPT
#undef GDB
};

static const struct {
	const char *word, *name;
} gdb_table[] = {
#define PROMPT(group, name, aliases, function, flavour, arguments, help)
#define GDB(word, name) { word, name },
#include "ui/repl/commands.def"
#undef PROMPT
#undef GDB
};

enum { COMMAND_ROWS = sizeof(command_table) / sizeof(command_table[0]) };
enum { GDB_ROWS = sizeof(gdb_table) / sizeof(gdb_table[0]) };

size_t prompt_command_count(void)
{
	return COMMAND_ROWS;
}

const struct prompt_command *prompt_command_info(size_t index)
{
	return &command_table[index];
}

const char *prompt_group_title(enum prompt_group group)
{
	static const char *const titles[PROMPT_GROUPS] = {
		[GROUP_run] = "Running",   [GROUP_back] = "Back in time",   [GROUP_break] = "Breakpoints",
		[GROUP_events] = "Events", [GROUP_state] = "State",         [GROUP_system] = "System tables",
		[GROUP_memory] = "Memory", [GROUP_code] = "Code and names", [GROUP_session] = "The session",
	};
	return titles[group];
}

bool prompt_gdb_info(size_t index, const char **word, const char **name)
{
	if (index >= GDB_ROWS)
		return false;
	*word = gdb_table[index].word;
	*name = gdb_table[index].name;
	return true;
}

const char *prompt_gdb_word(const char *text, size_t length)
{
	for (size_t i = 0; i < GDB_ROWS; i++)
		if (word_same(text, length, gdb_table[i].word))
			return gdb_table[i].name;
	return NULL;
}

/* ---- which command ---- */

static size_t word_end(const char *text)
{
	size_t n = 0;
	while (text[n] && !word_is_space(text[n]))
		n++;
	return n;
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
	const struct prompt_command *found = length ? find_exact(text, length) : NULL;
	*ambiguous = false;
	return found || !length ? found : find_beginning(text, length, ambiguous);
}

const struct prompt_command *prompt_command_meant(struct prompt *p, const char *text, size_t length, bool *ambiguous)
{
	const char *name = p->gdb ? prompt_gdb_word(text, length) : NULL;
	return name ? prompt_command_find(name, strlen(name), ambiguous) : prompt_command_find(text, length, ambiguous);
}

/* "?rax", "~0k", "x/8gx", "p/x" and ".if(1)" have no blank behind the command. */
size_t prompt_command_length(const char *text)
{
	if (text[0] == '?' || text[0] == '~')
		return 1;
	if (!strncmp(text, "$$><", 4))
		return 4;
	size_t n = strcspn(text, " \t\r\n\v\f/(");
	return n ? n : 1;
}

bool prompt_unknown(struct prompt *p, const char *text, size_t length, bool ambiguous)
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
