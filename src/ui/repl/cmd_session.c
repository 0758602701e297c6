/* cmd_session.c - .if, j, .echo, .dialect, .logopen: commands about other commands. */
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

/* ---- choices ---- */

/* What stands in braces or parentheses, which may be within each other; *args moves on behind it. */
static bool enclosed_text(struct prompt *p, const char **args, const char *both, char *text)
{
	const char *at = *args;
	size_t depth = 0, n = 0;
	bool quoted = false;
	if (*at != both[0])
		return prompt_fail(p, ".if (CONDITION) { COMMANDS } .else { COMMANDS }: a %c is missing", both[0]);
	for (;; n++) {
		if (!at[n])
			return prompt_fail(p, "a %c is missing", both[1]);
		if (at[n] == '"')
			quoted = !quoted;
		depth += !quoted && at[n] == both[0];
		depth -= !quoted && at[n] == both[1];
		if (!depth && !quoted)
			break;
	}
	memcpy(text, at + 1, n - 1); /* no longer than the line */
	text[n - 1] = 0;
	*args = skip_blanks(at + n + 1);
	return true;
}

static bool take_word(const char **args, const char *word)
{
	size_t length = strlen(word);
	if (!word_same(*args, length, word) || word_is_name((*args)[length]))
		return false;
	*args = skip_blanks(*args + length);
	return true;
}

/* The commands behind the first condition that is true; "" when there is none. */
static bool choose(struct prompt *p, const char *args, char *chosen)
{
	char text[PROMPT_LINE];
	bool found = false, last = false;
	uint64_t value = 0;
	chosen[0] = 0;
	do {
		if (!last && (!enclosed_text(p, &args, "()", text) || (!found && !prompt_whole_value(p, text, &value))))
			return false;
		if (!enclosed_text(p, &args, "{}", text))
			return false;
		if (!found && (last || value))
			strcpy(chosen, text);
		found |= last || value;
	} while (!last && (take_word(&args, ".elsif") || (last = take_word(&args, ".else"))));
	return prompt_end(p, args);
}

bool session_if(struct prompt *p, const struct prompt_command *command, const char *args)
{
	char chosen[PROMPT_LINE];
	(void)command;
	return choose(p, args, chosen) && prompt_list(p, chosen);
}

/* A command, or several in single quotes. */
static const char *alternative(const char *text, char *to)
{
	char end = *text == '\'' ? '\'' : ';';
	text += end == '\'';
	size_t n = strcspn(text, end == '\'' ? "'" : ";");
	memcpy(to, text, n); /* no longer than the line */
	to[n] = 0;
	text = skip_blanks(text + n + (end == '\'' && text[n]));
	return *text == ';' ? skip_blanks(text + 1) : text;
}

/* WinDbg's j EXPRESSION ['] COMMANDS [']; ['] COMMANDS ['] */
bool session_choose(struct prompt *p, const struct prompt_command *command, const char *args)
{
	char first[PROMPT_LINE], second[PROMPT_LINE];
	uint64_t value;
	(void)command;
	if (!*args)
		return prompt_fail(p, "j: j EXPRESSION 'COMMANDS' ; 'COMMANDS'");
	if (!prompt_value(p, &args, &value))
		return false;
	args = alternative(alternative(args, first), second);
	return prompt_end(p, args) && prompt_list(p, value ? first : second);
}

/* ---- words ---- */

bool session_echo(struct prompt *p, const struct prompt_command *command, const char *args)
{
	size_t length = strlen(args);
	bool quoted = length > 1 && args[0] == '"' && args[length - 1] == '"';
	(void)command;
	out_printf(p->ui->out, "%.*s\n", (int)(quoted ? length - 2 : length), args + quoted);
	return true;
}

static void show_dialect(struct prompt *p)
{
	const char *word, *name;
	out_printf(p->ui->out, "dialect %s; where WinDbg and gdb disagree:\n", p->gdb ? "gdb" : "windbg");
	for (size_t i = 0; prompt_gdb_info(i, &word, &name); i++)
		out_printf(p->ui->out, "  %-4s is %s\n", word, p->gdb ? name : word);
	out_printf(p->ui->out, "numbers without a prefix are %s\n", p->gdb ? "decimal" : "hexadecimal");
}

bool session_dialect(struct prompt *p, const struct prompt_command *command, const char *args)
{
	bool gdb = word_same(args, strlen(args), "gdb"), windbg = word_same(args, strlen(args), "windbg");
	(void)command;
	if (*args && !gdb && !windbg)
		return prompt_fail(p, ".dialect: windbg or gdb?");
	if (*args)
		p->gdb = gdb;
	else
		show_dialect(p);
	return true;
}

/* ---- the log ---- */

static void log_to(struct prompt *p, struct out *log)
{
	p->log = p->ui->out->copy = p->ui->err->copy = log;
}

bool log_close(struct prompt *p)
{
	struct out *log = p->log;
	struct rs_error why;
	log_to(p, NULL);
	return !log || out_close(log, &why) || prompt_lost(p, why.text);
}

bool log_is_good(struct prompt *p)
{
	if (!p->log)
		return true;
	out_flush(p->log);
	return !p->log->failed || log_close(p);
}

bool session_log_open(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct rs_error why;
	(void)command;
	if (!*args)
		return prompt_fail(p, ".logopen: to which file?");
	if (p->log)
		return prompt_fail(p, ".logopen: %.100s is open; .logclose closes it", p->log->path);
	struct out *log = out_open(p->ui->host, args, &why);
	if (!log)
		return why.code == RS_ERROR_NOT_FOUND ? prompt_fail(p, "%s", why.text) : prompt_lost(p, why.text);
	log_to(p, log);
	return true;
}

bool session_log_close(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!prompt_end(p, args))
		return false;
	return p->log ? log_close(p) : prompt_fail(p, ".logclose: no log is open");
}
