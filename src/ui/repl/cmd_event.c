/* cmd_event.c - sx and catch: events that are no addresses. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/repl/commands.h"
#include "ui/words.h"

bool msr_named(const char *name, size_t length, uint32_t *address)
{
	static const uint32_t ranges[][2] = { { 0, 0x2000 }, { 0xc0000000, 0xc0000200 }, { 0xc0010000, 0xc0012000 } };
	const char *row;
	uint16_t rule;
	if (length > 5 && word_same(name, 5, "ia32_")) {
		name += 5;
		length -= 5;
	}
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		for (*address = ranges[i][0]; *address < ranges[i][1]; ++*address)
			if (rs_msr_info(*address, &row, &rule) && word_same(name, length, row))
				return true;
	return false;
}

/* "r", "w", "rw"; both when nothing says which. */
static void direction(const char **args, struct event *e)
{
	size_t length = strcspn(*args, " \t");
	bool told = length && strspn(*args, "rwRW") == length;
	e->read = !told || memchr(*args, 'r', length) || memchr(*args, 'R', length);
	e->write = !told || memchr(*args, 'w', length) || memchr(*args, 'W', length);
	if (told)
		*args = skip_blanks(*args + length);
}

/* Whether a word of the event itself comes, not options or commands. */
static bool has_more(const char *args)
{
	return *args && *args != '"' && *args != '/';
}

/* "lstar w [VALUE [MASK]]" */
static bool parse_msr(struct prompt *p, const char **args, struct event *e)
{
	size_t length = strcspn(*args, " \t");
	uint32_t address = 0;
	uint64_t number = 0;
	e->kind = EVENT_MSR;
	snprintf(e->text, sizeof(e->text), "%.*s", (int)length, *args);
	e->any = length == 1 && **args == '*';
	if (e->any || msr_named(*args, length, &address)) {
		*args = skip_blanks(*args + length);
		e->address = address;
	} else if (word_hex_digit(**args) < 0) {
		return prompt_fail(p, "sx: no MSR '%.40s'; msr:c0000082, msr:lstar and msr:* are ones", e->text);
	} else if (!prompt_value(p, args, &number)) {
		return false;
	} else if (number > UINT32_MAX) {
		return prompt_fail(p, "%" PRIx64 " is not an MSR: their numbers have 32 bits", number);
	} else {
		e->address = number;
	}
	direction(args, e);
	e->mask = has_more(*args) ? UINT64_MAX : 0;
	if (e->mask && !prompt_value(p, args, &e->value))
		return false;
	return !e->mask || !has_more(*args) || prompt_value(p, args, &e->mask);
}

static bool ring(char c, int *cpl)
{
	*cpl = c == '*' ? EVENT_ANY : c - '0';
	return c == '*' || (c >= '0' && c <= '3');
}

/* "", "3->0", "*->0" */
static bool parse_cpl(struct prompt *p, const char **args, struct event *e)
{
	const char *a = *args;
	e->kind = EVENT_CPL;
	e->from = e->to = EVENT_ANY;
	if (!has_more(a))
		return true;
	if (!ring(a[0], &e->from) || a[1] != '-' || a[2] != '>' || !ring(a[3], &e->to) || e->from == e->to)
		return prompt_fail(p, "sx cpl: from which to which? As in sx cpl 3->0, sx cpl *->3, sx cpl");
	*args = skip_blanks(a + 4);
	return true;
}

static int exception_named(const char *word, size_t length)
{
	const struct rs_exception *x;
	for (size_t i = 0; (x = rs_exception_info(i)); i++)
		if (word_same(word, length, x->name + (x->name[0] == '#')))
			return x->vector;
	return EVENT_ANY;
}

/* "gp", "#gp", "irq", "80" */
static bool parse_vector(struct prompt *p, const char **args, struct event *e)
{
	const char *word = *args + (**args == '#');
	size_t length = strcspn(word, " \t");
	uint64_t number;
	e->kind = EVENT_VECTOR;
	e->vector = word_same(word, length, "irq") ? EVENT_EXTERNAL : exception_named(word, length);
	if (e->vector != EVENT_ANY) {
		*args = skip_blanks(word + length);
		return true;
	}
	if (!length)
		return prompt_fail(p, "sx vec: which? A number (hexadecimal), a name such as gp, or irq");
	if (!prompt_value(p, args, &number))
		return false;
	e->vector = (int)number;
	return number <= UINT8_MAX || prompt_fail(p, "sx vec: %" PRIx64 " is no vector; they end at ff", number);
}

static bool parse_segment(struct prompt *p, const char **args, struct event *e)
{
	static const char *const names[] = { [SEG_ES] = "es", [SEG_CS] = "cs", [SEG_SS] = "ss",     [SEG_DS] = "ds",
					     [SEG_FS] = "fs", [SEG_GS] = "gs", [SEG_LDTR] = "ldtr", [SEG_TR] = "tr" };
	size_t length = strcspn(*args, " \t");
	e->kind = EVENT_SEGMENT;
	for (unsigned i = 0; i < SEG_COUNT; i++)
		if (names[i] && word_same(*args, length, names[i])) {
			e->segment = i;
			snprintf(e->text, sizeof(e->text), "%s", names[i]);
			*args = skip_blanks(*args + length);
			return true;
		}
	return prompt_fail(p, "sx seg: which? es, cs, ss, ds, fs, gs, ldtr or tr");
}

static bool parse_instruction(struct prompt *p, const char **args, struct event *e)
{
	size_t length = strcspn(*args, " \t");
	struct rs_instruction row;
	char word[EVENT_WORD], hint[80];
	snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word) - 1), *args);
	struct nearest n = nearest_begin(word);
	e->kind = EVENT_INSTRUCTION;
	for (size_t i = 0; rs_instruction_info(i, &row); i++) {
		nearest_offer(&n, row.name);
		if (word_same(*args, length, row.name)) {
			memcpy(e->text, word, sizeof(word));
			*args = skip_blanks(*args + length);
			return true;
		}
	}
	return prompt_fail(p, "sx insn: no instruction '%s'%s", word, nearest_hint(&n, hint, sizeof(hint)));
}

static bool parse_port(struct prompt *p, const char **args, struct event *e)
{
	e->kind = EVENT_PORT;
	if (!prompt_value(p, args, &e->address))
		return false;
	if (e->address > UINT16_MAX)
		return prompt_fail(p, "sx port: %" PRIx64 " is no port; they end at ffff", e->address);
	direction(args, e);
	return true;
}

static bool parse_event(struct prompt *p, const char **args, struct event *e)
{
	static const struct {
		const char *word;
		bool (*parse)(struct prompt *p, const char **args, struct event *e);
	} kinds[] = { { "cpl", parse_cpl },
		      { "vec", parse_vector },
		      { "seg", parse_segment },
		      { "insn", parse_instruction },
		      { "port", parse_port } };
	size_t length = strcspn(*args, " \t:");
	if (word_same(*args, length, "msr")) {
		*args = skip_blanks(*args + length + strspn(*args + length, " \t:"));
		return parse_msr(p, args, e);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (word_same(*args, length, kinds[i].word)) {
			*args = skip_blanks(*args + length);
			return kinds[i].parse(p, args, e);
		}
	if (exception_named(*args + (**args == '#'), strcspn(*args, " \t") - (**args == '#')) >= 0)
		return parse_vector(p, args, e); /* as WinDbg has it: sxe gp */
	return prompt_fail(p, "sx: '%.20s' is no event; msr:NAME, cpl, vec, seg, insn and port begin one", *args);
}

/* sxd: the event that is there already. */
static bool disable(struct prompt *p, const struct event *e)
{
	char wanted[160], text[160];
	bool any = false;
	event_text(e, wanted, sizeof(wanted));
	for (int i = 0; i < PROMPT_EVENTS; i++) {
		struct event *old = &p->events[i];
		if (!old->used || old->kind != e->kind || strcmp(event_text(old, text, sizeof(text)), wanted) != 0)
			continue;
		old->enabled = false;
		events_show(p, old);
		any = true;
	}
	return any || prompt_fail(p, "sxd: there is no event %s; bl lists them", wanted);
}

bool break_event(struct prompt *p, const struct prompt_command *command, const char *args)
{
	struct event e = event_plain(EVENT_CPL);
	if (!*args)
		return break_list(p, command, args);
	e.notify = command->flavour == 'n';
	if (!event_options(p, &args, &e) || !parse_event(p, &args, &e) || !event_options(p, &args, &e))
		return false;
	if (command->flavour == 'd')
		return prompt_end(p, args) && disable(p, &e);
	return event_passes(p, args, &e) && event_add(p, command->name, &e);
}

/* gdb's catch syscall, and everything else as sx has it. */
bool break_catch(struct prompt *p, const struct prompt_command *command, const char *args)
{
	size_t length = strcspn(args, " \t");
	if (!length)
		return prompt_fail(p, "catch: what? syscall, or an event as sx has it");
	bool syscall = word_same(args, length, "syscall");
	return break_event(p, command, syscall && !args[length] ? "insn syscall" : args);
}

/* ---- .inject ---- */

static bool read_injected(struct prompt *p, const char *args, enum rs_signal *signal, uint64_t *vector)
{
	char word[8];
	size_t length = strcspn(args, " \t");
	snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word) - 1), args);
	if (!rs_signal_find(word, signal))
		return prompt_fail(p, ".inject: what? nmi, mce, db, or irq VECTOR");
	args = skip_blanks(args + length);
	*vector = 0;
	if (*signal != RS_SIGNAL_INTERRUPT)
		return prompt_end(p, args);
	if (!*args)
		return prompt_fail(p, ".inject irq: which vector? As in .inject irq 41");
	if (!prompt_whole_value(p, args, vector))
		return false;
	return *vector <= UINT8_MAX || prompt_fail(p, ".inject irq: %" PRIx64 " is no vector from 0 to ff", *vector);
}

bool event_inject(struct prompt *p, const struct prompt_command *command, const char *args)
{
	enum rs_signal signal;
	uint64_t vector;
	if (!read_injected(p, args, &signal, &vector) || !prompt_may_change(p, command->name))
		return false;
	rs_signal(p->machine, signal, (uint8_t)vector);
	return true;
}
