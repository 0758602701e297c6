/* cmd_break.c - breakpoints: numbers in a table that is asked before each instruction. They are not in guest memory and
 * take no guest time, so that one can stand where an INT3 would ruin the guest: on the SWAPGS at LSTAR. */
#include "ui/repl/commands.h"

int breaks_at(const struct prompt *p, uint64_t address)
{
	for (int i = 0; i < PROMPT_BREAKS; i++)
		if (p->breaks[i].used && p->breaks[i].enabled && p->breaks[i].address == address)
			return i;
	return -1;
}

/* The slot to use for a new breakpoint at the address: one that is there already, or the first that is free. */
static struct breakpoint *slot_for(struct prompt *p, uint64_t address)
{
	for (int i = 0; i < PROMPT_BREAKS; i++)
		if (p->breaks[i].used && p->breaks[i].address == address)
			return &p->breaks[i];
	for (int i = 0; i < PROMPT_BREAKS; i++)
		if (!p->breaks[i].used)
			return &p->breaks[i];
	return NULL;
}

static void show(struct prompt *p, int number)
{
	const struct breakpoint *b = &p->breaks[number];
	char address[ADDRESS_TEXT], symbol[200];
	out_printf(p->ui->out, "%2x %c %s  hits %llu  %s\n", (unsigned)number, b->enabled ? 'e' : 'd',
		   address_text(b->address, address), (unsigned long long)b->hits,
		   symbols_text(&p->symbols, b->address, symbol, sizeof(symbol)));
}

bool break_set(struct prompt *p, const struct prompt_command *command, const char *args)
{
	uint64_t address = prompt_pc(p);
	(void)command;
	if (!*args)
		return prompt_fail(p, "bp: where? Give an address or a symbol");
	if (!prompt_value(p, &args, &address) || !prompt_end(p, args))
		return false;
	struct breakpoint *b = slot_for(p, address);
	if (!b)
		return prompt_fail(p, "bp: all %d breakpoints are in use; bc clears some", PROMPT_BREAKS);
	uint64_t hits = b->used ? b->hits : 0;
	*b = (struct breakpoint){ .used = true, .enabled = true, .address = address, .hits = hits };
	show(p, (int)(b - p->breaks));
	return true;
}

bool break_list(struct prompt *p, const struct prompt_command *command, const char *args)
{
	bool any = false;
	(void)command;
	if (!prompt_end(p, args))
		return false;
	for (int i = 0; i < PROMPT_BREAKS; i++)
		if (p->breaks[i].used) {
			show(p, i);
			any = true;
		}
	if (!any)
		out_text(p->ui->out, "no breakpoints\n");
	return true;
}

static void change(struct breakpoint *b, int what)
{
	b->enabled = what == 'e';
	b->used = what != 'c';
}

bool break_change(struct prompt *p, const struct prompt_command *command, const char *args)
{
	if (!*args)
		return prompt_fail(p, "%s: which? Give numbers (bl lists them) or *", command->name);
	if (args[0] == '*' && !args[1]) {
		for (int i = 0; i < PROMPT_BREAKS; i++)
			if (p->breaks[i].used)
				change(&p->breaks[i], command->flavour);
		return true;
	}
	while (*args) {
		uint64_t number;
		if (!prompt_value(p, &args, &number))
			return false;
		if (number >= PROMPT_BREAKS || !p->breaks[number].used)
			return prompt_fail(p, "%s: there is no breakpoint %llx; bl lists them", command->name,
					   (unsigned long long)number);
		change(&p->breaks[number], command->flavour);
	}
	return true;
}
