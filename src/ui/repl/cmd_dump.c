/* cmd_dump.c - .dump: the machine into a state file. */
#include "ui/repl/commands.h"
#include "ui/state.h"

bool dump_state(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct rs_error why;
	(void)command;
	if (!*args)
		return prompt_fail(p, ".dump: into which file?");
	if (state_save(&p->session, args, &why))
		return true;
	return why.code == RS_ERROR_MEMORY ? prompt_lost(p, why.text) : prompt_fail(p, "%s", why.text);
}
