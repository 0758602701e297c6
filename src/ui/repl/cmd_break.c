/* cmd_break.c - bp, ba, bl and their like: events at addresses, and the list that all events stand in. They are not in
 * guest memory and take no guest time, so that one can stand where an INT3 would ruin the guest: on the SWAPGS at
 * LSTAR. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

/* ---- what every event can be given ---- */

/* "/1": once; "/w "EXPRESSION"": only while it is not 0. */
bool event_options(struct prompt *p, const char **args, struct event *e)
{
	while (**args == '/') {
		char option = word_lower((*args)[1]);
		*args = skip_blanks(*args + (option ? 2 : 1));
		if (option == '1')
			e->once = true;
		else if (option != 'w')
			return prompt_fail(p, "/%c: options are /1 and /w \"CONDITION\"", option ? option : ' ');
		else if (!prompt_text(p, args, e->condition, sizeof(e->condition)))
			return false;
	}
	return true;
}

/* "[PASSES] ["COMMANDS"]" to the end. */
bool event_passes(struct prompt *p, const char *args, struct event *e)
{
	if (*args && *args != '"' && !prompt_value(p, &args, &e->passes))
		return false;
	if (!e->passes)
		return prompt_fail(p, "an event stops at its first pass or a later one, not at pass 0");
	e->left = e->passes;
	return (!*args || prompt_text(p, &args, e->commands, sizeof(e->commands))) && prompt_end(p, args);
}

/* Into the list, in place of the one at the same address. */
bool event_add(struct prompt *p, const char *command, const struct event *e)
{
	struct event *to = NULL;
	for (int i = 0; e->kind == EVENT_CODE && !e->unresolved && i < PROMPT_EVENTS; i++) {
		struct event *old = &p->events[i];
		if (old->used && old->kind == EVENT_CODE && !old->unresolved && old->address == e->address)
			to = old;
	}
	uint64_t hits = to ? to->hits : 0;
	if (!to && !(to = events_new(p, command)))
		return false;
	*to = *e;
	to->used = to->enabled = true;
	to->hits = hits;
	events_follow(p);
	events_show(p, to);
	return true;
}

struct event event_plain(enum event_kind kind)
{
	return (struct event){ .kind = kind, .passes = 1, .left = 1 };
}

/* ---- bp, bu, bm ---- */

/* bu takes a name that no symbol file has yet. */
static bool unresolved_address(struct prompt *p, const char **args, struct event *e)
{
	size_t length = strcspn(*args, " \t");
	if (symbols_find(&p->symbols, *args, length, &e->address)) {
		*args = skip_blanks(*args + length);
		return true;
	}
	if (length >= sizeof(e->text) || word_hex_digit(**args) >= 0 || !(word_is_name(**args)))
		return prompt_value(p, args, &e->address);
	e->unresolved = true;
	snprintf(e->text, sizeof(e->text), "%.*s", (int)length, *args);
	*args = skip_blanks(*args + length);
	return true;
}

bool break_set(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct event e = event_plain(EVENT_CODE);
	e.once = command->flavour == '1';
	if (!event_options(p, &args, &e))
		return false;
	if (!*args)
		return prompt_fail(p, "%s: where? Give an address or a symbol", command->name);
	args += *args == '*'; /* as gdb has it */
	if (!(command->flavour == 'u' ? unresolved_address(p, &args, &e) : prompt_value(p, &args, &e.address)))
		return false;
	return event_passes(p, args, &e) && event_add(p, command->name, &e);
}

bool break_matching(struct prompt *p, const struct prompt_command *command, const char *args)
{
	char pattern[200], name[400];
	size_t length = strcspn(args, " \t");
	bool any = false, full = memchr(args, '!', length);
	struct event e = event_plain(EVENT_CODE);
	if (!length || length >= sizeof(pattern))
		return prompt_fail(p, "bm: which symbols? Give a pattern, as in bm *entry*");
	snprintf(pattern, sizeof(pattern), "%.*s", (int)length, args);
	if (!event_passes(p, skip_blanks(args + length), &e))
		return false;
	for (size_t i = 0; i < p->symbols.count; i++) {
		const struct symbol_row *row = &p->symbols.row[i];
		snprintf(name, sizeof(name), "%s!%s", p->symbols.module[row->module].name, row->name);
		if (!word_matches(pattern, full ? name : row->name))
			continue;
		e.address = row->address;
		if (!event_add(p, command->name, &e))
			return false;
		any = true;
	}
	return any || prompt_fail(p, "no symbol matches %.100s", pattern);
}

/* ---- ba ---- */

/* "w8", "w 8", "rw4", "e1", "i2". WinDbg's r is reading or writing. */
static bool access_kind(struct prompt *p, const char **args, struct event *e)
{
	char kind = word_lower(**args);
	uint64_t size;
	e->read = kind == 'r';
	e->write = kind == 'r' || kind == 'w' || kind == 'i';
	e->kind = kind == 'e' ? EVENT_CODE : kind == 'i' ? EVENT_PORT : EVENT_DATA;
	e->read |= kind == 'i';
	if (!kind || !strchr("rwei", kind))
		return prompt_fail(p,
				   "ba: r (read or write), w (write), e (execute) or i (port), then size and address");
	*args = skip_blanks(*args + 1);
	if (!prompt_value(p, args, &size))
		return false;
	e->size = (unsigned)size;
	return (size && size <= 0x1000) || prompt_fail(p, "ba: a size of 1 to 1000 bytes, not %" PRIx64, size);
}

bool break_access(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct event e = event_plain(EVENT_DATA);
	if (!event_options(p, &args, &e) || !access_kind(p, &args, &e) || !event_options(p, &args, &e))
		return false;
	if (!*args)
		return prompt_fail(p, "ba: where? Give an address or a symbol behind the size");
	if (!prompt_value(p, &args, &e.address))
		return false;
	return event_passes(p, args, &e) && event_add(p, command->name, &e);
}

/* gdb's watch, rwatch and awatch: ADDRESS [SIZE]. */
bool break_watch(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct event e = event_plain(EVENT_DATA);
	uint64_t size = 8;
	e.read = command->flavour != 'w';
	e.write = command->flavour != 'r';
	if (!*args)
		return prompt_fail(p, "%s: which memory? Give an address, and a size if it is not 8", command->name);
	args += *args == '*'; /* as gdb has it */
	if (!prompt_value(p, &args, &e.address) || (*args && !prompt_value(p, &args, &size)) || !prompt_end(p, args))
		return false;
	if (!size || size > 0x1000)
		return prompt_fail(p, "%s: a size of 1 to 1000 bytes, not %" PRIx64, command->name, size);
	e.size = (unsigned)size;
	return event_add(p, command->name, &e);
}

/* ---- the list ---- */

bool break_list(struct prompt *p, const struct prompt_command *command, const char *args)
{
	bool any = false;
	(void)command;
	if (!prompt_end(p, args))
		return false;
	for (int i = 0; i < PROMPT_EVENTS; i++)
		if (p->events[i].used) {
			events_show(p, &p->events[i]);
			any = true;
		}
	if (!any)
		out_text(p->ui->out, "no breakpoints\n");
	return true;
}

static void change(struct event *e, int what)
{
	e->enabled = what == 'e';
	e->used = what != 'c';
}

static struct event *numbered(struct prompt *p, const char *command, const char **args)
{
	uint64_t number;
	if (!prompt_value(p, args, &number))
		return NULL;
	if (number < PROMPT_EVENTS && p->events[number].used)
		return &p->events[number];
	prompt_fail(p, "%s: there is no breakpoint %" PRIx64 "; bl lists them", command, number);
	return NULL;
}

bool break_change(struct prompt *p, const struct prompt_command *command, const char *args)
{
	bool all = args[0] == '*' && !args[1];
	if (!*args)
		return prompt_fail(p, "%s: which? Give numbers (bl lists them) or *", command->name);
	for (int i = 0; all && i < PROMPT_EVENTS; i++)
		if (p->events[i].used)
			change(&p->events[i], command->flavour);
	while (!all && *args) {
		struct event *e = numbered(p, command->name, &args);
		if (!e)
			return false;
		change(e, command->flavour);
	}
	events_follow(p);
	return true;
}

/* gdb's condition N EXPRESSION, ignore N COUNT and commands N "COMMANDS". */
bool break_amend(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t count;
	if (!*args)
		return prompt_fail(p, "%s: of which? Give a number; bl lists them", command->name);
	struct event *e = numbered(p, command->name, &args);
	if (!e)
		return false;
	if (command->flavour == 'i') {
		if (!prompt_value(p, &args, &count) || !prompt_end(p, args))
			return false;
		e->left = count + 1;
	} else if (command->flavour == 'c') {
		e->commands[0] = 0;
		if (*args && (!prompt_text(p, &args, e->commands, sizeof(e->commands)) || !prompt_end(p, args)))
			return false;
	} else {
		if (*args && !prompt_whole_value(p, args, &count))
			return false;
		snprintf(e->condition, sizeof(e->condition), "%.*s", EVENT_TEXT - 1, args);
	}
	events_show(p, e);
	return true;
}
