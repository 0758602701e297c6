/* cmd_processor.c - ~: the processors. The machine has one, number 0. */
#include <inttypes.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

static void list(struct prompt *p)
{
	char address[ADDRESS_TEXT], symbol[200];
	const struct cpu_state *st = rs_state(p->machine);
	out_printf(p->ui->out, ".  0  %s cpl=%u n=%" PRIu64 " %s%s\n", address_text(prompt_pc(p), address), st->cpl,
		   rs_status(p->machine)->instructions, symbols_text(&p->symbols, prompt_pc(p), symbol, sizeof(symbol)),
		   st->halted ? " (halted)" : "");
}

/* "0", "*" or "." in front of what is to be done there. */
static bool which(struct prompt *p, const char **args)
{
	const char *at = *args;
	unsigned long number = 0;
	if (*at == '*' || *at == '.') {
		*args = skip_blanks(at + 1);
		return true;
	}
	if (!word_is_digit(*at))
		return prompt_fail(p, "~: which processor? A number, * or ., not '%.40s'", at);
	for (; word_is_digit(*at) && number < 100000; at++)
		number = number * 10 + (unsigned long)(*at - '0');
	*args = skip_blanks(at);
	return !number || prompt_fail(p, "there is no processor %lu; the only one is 0", number);
}

/* What stands behind the number is a command of its own; but s is the switch to that processor, and e what WinDbg puts
 * before any other. */
bool system_processors(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (*args && !which(p, &args))
		return false;
	if (!*args) {
		list(p);
		return true;
	}
	if (word_lower(*args) == 's' && !args[1]) {
		state_show(p);
		return true;
	}
	return prompt_list(p, word_lower(*args) == 'e' && word_is_space(args[1]) ? skip_blanks(args + 1) : args);
}
