/* commands.h - the functions behind the rows of commands.def. Each tells the user what is wrong and returns false. */
#ifndef RS_UI_REPL_COMMANDS_H
#define RS_UI_REPL_COMMANDS_H

#include "ui/repl/repl.h"

typedef bool prompt_fn(struct prompt *p, const struct prompt_command *command, const char *args);

prompt_fn go_trace, go_over, go_run, go_up;
prompt_fn until_return, until_call, until_address, until_system_call, until_ring;
prompt_fn back_trace, back_over, back_run, back_up, back_to;
prompt_fn break_set, break_matching, break_access, break_watch, break_list, break_change, break_amend;
prompt_fn break_event, break_catch;
prompt_fn state_registers, state_groups, state_rdmsr, state_wrmsr, state_descriptor, state_why, state_floats;
prompt_fn system_table, system_idt, system_tss, system_pte, system_vtop, system_calls, system_processors;
prompt_fn memory_dump, memory_symbols, memory_text, memory_edit, memory_search;
prompt_fn code_list, code_nearest, code_symbols, code_examine;
prompt_fn code_function, code_source;
prompt_fn stack_show, stack_locals;
prompt_fn types_dump;
prompt_fn module_list, module_reload, module_path;
prompt_fn talk_value, talk_formats, talk_info, talk_script, talk_help, talk_quit;
prompt_fn session_if, session_choose, session_echo, session_dialect, session_log_open, session_log_close;

#endif
