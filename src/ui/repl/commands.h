/* commands.h - the functions behind the rows of commands.def. Each tells the user what is wrong and returns false. */
#ifndef RS_UI_REPL_COMMANDS_H
#define RS_UI_REPL_COMMANDS_H

#include "ui/repl/repl.h"

typedef bool prompt_fn(struct prompt *p, const struct prompt_command *command, const char *args);

prompt_fn go_trace, go_over, go_run, go_up, go_ring;
prompt_fn break_set, break_list, break_change;
prompt_fn state_registers, state_groups, state_rdmsr, state_wrmsr, state_descriptor, state_why;
prompt_fn memory_dump, memory_symbols, memory_text, memory_edit;
prompt_fn code_list, code_nearest, code_symbols;
prompt_fn talk_value, talk_formats, talk_info, talk_script, talk_help, talk_quit;

/* The row of a name, an alias, or a beginning of one; NULL: none. */
const struct prompt_command *prompt_command_find(const char *text, size_t length, bool *ambiguous);

#endif
