/* cmd_module.c - lm, lmvm, .reload, .sympath: where names come from. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

/* What is known of the module's debug information without asking libdw for it. */
static const char *debug_state(const struct symbol_module *m)
{
	return m->debug ? "DWARF" : m->asked ? "no DWARF" : "deferred";
}

static void show_module(struct prompt *p, const struct symbol_module *m)
{
	char low[ADDRESS_TEXT], high[ADDRESS_TEXT];
	out_printf(p->ui->out, "%s %s   %-16s (%s)  %s\n", address_text(m->low, low), address_text(m->high, high),
		   m->name, debug_state(m), m->path);
}

static void show_details(struct prompt *p, struct symbol_module *m)
{
	struct out *o = p->ui->out;
	struct debug_place place;
	symbols_debug(&p->symbols, m);
	show_module(p, m);
	out_printf(o, "    Symbol file:  %s (%s)\n", m->path,
		   m->added                                 ? "added"
		   : m == &p->symbols.module[0] && m->owned ? "beside the image"
		   : m == &p->symbols.module[0]             ? "the image"
							    : "a module of the guest");
	out_printf(o, "    File size:    %zu bytes\n    Symbols:      %zu\n", m->size, m->count);
	if (m->bias)
		out_printf(o, "    Moved by:     %" PRIx64 "\n", m->bias);
	if (!m->debug)
		out_printf(o, "    Debug info:   none: %s\n", m->no_debug);
	else if (symbols_place(&p->symbols, m->low, &place))
		out_printf(o, "    Debug info:   DWARF; it begins with %s\n", place.file);
	else
		out_text(o, "    Debug info:   DWARF\n");
}

bool module_list(struct prompt *p, const struct prompt_command *command, const char *args)
{
	bool any = false, details = command->flavour;
	if (details && !*args)
		return prompt_fail(p, "lmvm: which module? lm lists them");
	if (!details && !*args)
		out_printf(p->ui->out, "%-17s %-19s module name\n", "start", "end");
	if (args[0] == 'm' && word_is_space(args[1])) /* lm m PATTERN */
		args += 1 + strspn(args + 1, " \t");
	for (size_t i = 0; i < p->symbols.module_count; i++) {
		struct symbol_module *m = &p->symbols.module[i];
		if (*args && !word_matches(args, m->name))
			continue;
		if (details)
			show_details(p, m);
		else
			show_module(p, m);
		any = true;
	}
	return any || prompt_fail(p, "no module '%.60s'; lm lists them", args);
}

/* A file without symbols has been told of: the command has done what it could. */
bool module_reload(struct prompt *p, const struct prompt_command *command, const char *args)
{
	(void)command;
	if (!strncmp(args, "/f", 2) && (!args[2] || word_is_space(args[2])))
		args += 2 + strspn(args + 2, " \t");
	if (strlen(args) >= SYMBOL_PATH)
		return prompt_fail(p, ".reload: the name is too long");
	console_end_line(&p->console);
	if (*args)
		symbols_add(&p->symbols, args);
	else
		symbols_reload(&p->symbols);
	return true;
}

bool module_path(struct prompt *p, const struct prompt_command *command, const char *args)
{
	static const char *const titles[] = { "Symbol", "Source" };
	char *path = command->flavour ? p->symbols.source_path : p->symbols.path;
	bool adds = *args == '+';
	args += adds;
	args += strspn(args, " \t");
	size_t used = adds ? strlen(path) : 0;
	if (used + strlen(args) + 2 > SYMBOL_PATH)
		return prompt_fail(p, "%s: the path is too long", command->name);
	if (*args)
		snprintf(path + used, SYMBOL_PATH - used, "%s%s", used ? ":" : "", args);
	out_printf(p->ui->out, "%s search path is: %s\n", titles[command->flavour], *path ? path : "<empty>");
	return true;
}
