/* commands.h - the table of commands, from commands.def. */
#ifndef RS_UI_COMMANDS_H
#define RS_UI_COMMANDS_H

#include "ui/ui.h"

enum command_id {
#define COMMAND(id, name, arguments, least, most, trouble, help) COMMAND_##id,
#include "ui/commands.def"
#undef COMMAND
	COMMANDS
};

enum {
#define COMMAND(id, name, arguments, least, most, trouble, help) ON_##id = 1 << COMMAND_##id,
#include "ui/commands.def"
#undef COMMAND
	ON_ALL = (1 << COMMANDS) - 1
};

struct command {
	const char *name;
	command_fn *run;
	const char *arguments;
	size_t least, most;
	int trouble;
	const char *help;
};

const struct command *command_info(enum command_id id);
/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* Reads the words behind the command's name into ui->options; on failure tells the user and returns false. */
bool options_parse(struct ui *ui, const struct command *command, int argc, char **argv);
/* The options of one command, for its --help. */
void options_help(struct ui *ui, const struct command *command);

#endif
