/* options.c - the command line, read by the rows of options.def. */
#include <stdio.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/words.h"

enum option_kind {
	FLAG,
	TEXT,
	NUMBER,
	COUNT,
	SIZE,
	SECONDS,
	CPU,
	BOTH,
	TIMING,
	USER,
	SYMBOLS,
	VARIABLE,
	FORMAT,
	ADDRESS,
	MODE,
	SNAPSHOT,
	NMI,
	MCE,
	DEBUG_TRAP,
	IRQ,
	PIXELS,
	KINDS
};

struct option {
	const char *name, *argument;
	enum option_kind kind;
	size_t offset;
	unsigned commands;
	const char *help;
};

static const struct option option_table[] = {
#define OPTION(name, argument, kind, field, commands, help)                                                            \
	{ name, argument, kind, offsetof(struct options, field), commands, help },
#include "ui/options.def"
#undef OPTION
};

enum { OPTIONS = sizeof(option_table) / sizeof(option_table[0]) };

/* The words that are still to be read. */
struct reader {
	struct ui *ui;
	const struct command *command;
	char **next, **end;
};

static bool option_applies(const struct option *o, const struct command *command)
{
	return o->commands >> (command - command_info(0)) & 1;
}

static bool refuse(struct reader *r, const char *what, const char *word, const char *todo)
{
	ui_fail(r->ui, r->command->trouble, "%s: %s '%s'%s", r->command->name, what, word, todo);
	return false;
}

static bool refuse_value(struct reader *r, const struct option *o, const char *value, const char *todo)
{
	ui_fail(r->ui, r->command->trouble, "%s: %s: '%s' is not %s", r->command->name, o->name, value, todo);
	return false;
}

typedef bool option_fn(struct reader *r, const struct option *o, void *field, const char *value);

static bool set_flag(struct reader *r, const struct option *o, void *field, const char *value)
{
	(void)r, (void)o, (void)value;
	*(bool *)field = true;
	return true;
}

static bool set_text(struct reader *r, const struct option *o, void *field, const char *value)
{
	if (!*value)
		return refuse_value(r, o, value, "a name");
	*(const char **)field = value;
	return true;
}

static bool set_number(struct reader *r, const struct option *o, void *field, const char *value)
{
	return word_number(value, field) || refuse_value(r, o, value, "a number (decimal, or hexadecimal behind 0x)");
}

static bool set_count(struct reader *r, const struct option *o, void *field, const char *value)
{
	uint64_t *count = field; /* 0 would mean that none was given */
	return (word_number(value, count) && *count) ||
	       refuse_value(r, o, value, "a number above 0 (decimal, or hexadecimal behind 0x)");
}

static bool set_size(struct reader *r, const struct option *o, void *field, const char *value)
{
	uint64_t *size = field; /* 0 would mean the default */
	return (word_size(value, size) && *size) ||
	       refuse_value(r, o, value, "a size above 0 (a number, with K, M or G behind it)");
}

static bool set_seconds(struct reader *r, const struct option *o, void *field, const char *value)
{
	double *seconds = field;
	return (word_seconds(value, seconds) && *seconds > 0) ||
	       refuse_value(r, o, value, "a number of seconds above 0");
}

/* The profile of that name; NULL after telling the user. */
static const char *find_cpu(struct reader *r, const struct option *o, const char *name)
{
	char hint[80];
	struct nearest n = nearest_begin(name);
	for (size_t i = 0; i < rs_cpu_count(); i++) {
		if (!strcmp(rs_cpu_name(i), name))
			return rs_cpu_name(i);
		nearest_offer(&n, rs_cpu_name(i));
	}
	ui_fail(r->ui, r->command->trouble, "%s: %s: no profile '%s'%s; `ringstep cpus` lists them", r->command->name,
		o->name, name, nearest_hint(&n, hint, sizeof(hint)));
	return NULL;
}

static bool set_cpu(struct reader *r, const struct option *o, void *field, const char *value)
{
	return (*(const char **)field = find_cpu(r, o, value));
}

static bool set_both(struct reader *r, const struct option *o, void *field, const char *value)
{
	const char **both = field, *comma = strchr(value, ',');
	char first[64];
	size_t length = comma ? (size_t)(comma - value) : 0;
	if (!length || !comma[1] || strchr(comma + 1, ',') || length >= sizeof(first))
		return refuse_value(r, o, value, "two profiles with a comma between them");
	memcpy(first, value, length);
	first[length] = 0;
	if (!(both[0] = find_cpu(r, o, first)) || !(both[1] = find_cpu(r, o, comma + 1)))
		return false;
	return both[0] != both[1] || refuse_value(r, o, value, "two profiles: it names one of them twice");
}

static bool set_timing(struct reader *r, const struct option *o, void *field, const char *value)
{
	char hint[80];
	const char *known;
	if (rs_timing_find(value) >= 0)
		return set_text(r, o, field, value);
	struct nearest n = nearest_begin(value);
	for (size_t i = 0; (known = rs_timing_name(i)); i++)
		nearest_offer(&n, known);
	ui_fail(r->ui, r->command->trouble, "%s: --timing: no cycle model '%s'%s; --help lists them", r->command->name,
		value, nearest_hint(&n, hint, sizeof(hint)));
	return false;
}

static bool set_user(struct reader *r, const struct option *o, void *field, const char *value)
{
	struct options *options = &r->ui->options;
	(void)field;
	if (!*value)
		return refuse_value(r, o, value, "a file name");
	if (options->user_count == UI_USERS)
		return refuse(r, "too many modules: no room for", value, "");
	options->user[options->user_count++] = value;
	return true;
}

static bool set_symbols(struct reader *r, const struct option *o, void *field, const char *value)
{
	struct options *options = &r->ui->options;
	(void)field;
	if (!*value)
		return refuse_value(r, o, value, "a file name");
	if (options->symbols_count == UI_SYMBOLS)
		return refuse(r, "too many symbol files: no room for", value, "");
	options->symbols[options->symbols_count++] = value;
	return true;
}

static bool set_variable(struct reader *r, const struct option *o, void *field, const char *value)
{
	struct options *options = &r->ui->options;
	(void)field;
	if (value[0] == '=' || !strchr(value, '='))
		return refuse_value(r, o, value, "NAME=VALUE");
	if (options->environment_count == UI_VARIABLES)
		return refuse(r, "too many variables: no room for", value, "");
	options->environment[options->environment_count++] = value;
	return true;
}

static bool set_format(struct reader *r, const struct option *o, void *field, const char *value)
{
	char hint[80];
	enum rs_format *format = field;
	const char *known;
	*format = rs_format_find(value);
	if (*format != RS_FORMAT_ANY)
		return true;
	struct nearest n = nearest_begin(value);
	for (size_t i = RS_FORMAT_ELF32; (known = rs_format_name(i)); i++)
		nearest_offer(&n, known);
	ui_fail(r->ui, r->command->trouble, "%s: %s: no format '%s'%s; --help lists them", r->command->name, o->name,
		value, nearest_hint(&n, hint, sizeof(hint)));
	return false;
}

static bool set_address(struct reader *r, const struct option *o, void *field, const char *value)
{
	struct option_address *address = field;
	address->given = true;
	return word_address(value, &address->value) || refuse_value(r, o, value, "an address (hexadecimal)");
}

static bool set_mode(struct reader *r, const struct option *o, void *field, const char *value)
{
	unsigned *mode = field;
	uint64_t bits;
	if (!word_number(value, &bits) || (bits != 16 && bits != 32 && bits != 64))
		return refuse_value(r, o, value, "16, 32 or 64");
	*mode = (unsigned)bits;
	return true;
}

/* Two words: N FILE. */
static bool set_snapshot(struct reader *r, const struct option *o, void *field, const char *value)
{
	struct option_snapshot *snapshot = field;
	if (snapshot->path)
		return refuse(r, "one snapshot is enough: what about", value, "");
	if (!set_number(r, o, &snapshot->at, value))
		return false;
	if (r->next == r->end)
		return refuse(r, "a file name must follow", value, "");
	return set_text(r, o, &snapshot->path, *r->next++);
}

/* Of the injected event that the option asks for, at `when`. */
static bool add_injection(struct reader *r, const struct option *o, uint64_t vector, const char *when)
{
	static const enum rs_signal signals[KINDS] = { [NMI] = RS_SIGNAL_NMI,
						       [MCE] = RS_SIGNAL_MACHINE_CHECK,
						       [DEBUG_TRAP] = RS_SIGNAL_DEBUG,
						       [IRQ] = RS_SIGNAL_INTERRUPT };
	struct options *options = &r->ui->options;
	if (options->injection_count == RS_INJECTIONS)
		return refuse(r, "too many injected events: no room for", when, "");
	options->injection[options->injection_count++] =
	    (struct option_injection){ signals[o->kind], (uint8_t)vector, o->name, when };
	return true;
}

static bool set_event(struct reader *r, const struct option *o, void *field, const char *value)
{
	(void)field;
	return add_injection(r, o, 0, value);
}

static bool set_irq(struct reader *r, const struct option *o, void *field, const char *value)
{
	char vector[8];
	uint64_t number;
	size_t n = strcspn(value, "@");
	(void)field;
	snprintf(vector, sizeof(vector), "%.*s", (int)(n < sizeof(vector) ? n : 0), value);
	if (!value[n] || !word_number(vector, &number) || number > UINT8_MAX)
		return refuse_value(r, o, value, "VECTOR@WHEN, with a vector from 0 to 255 (0xff)");
	return add_injection(r, o, number, value + n + 1);
}

/* Bounds: what a canvas can show, and what a picture may take. */
static bool set_pixels(struct reader *r, const struct option *o, void *field, const char *value)
{
	struct option_pixels *pixels = field;
	char width[8];
	uint64_t w, h;
	size_t n = strcspn(value, "xX");
	snprintf(width, sizeof(width), "%.*s", (int)(n < sizeof(width) ? n : 0), value);
	if (!value[n] || !word_number(width, &w) || !word_number(value + n + 1, &h) || w < 800 || h < 480 ||
	    w > 16384 || h > 16384)
		return refuse_value(r, o, value, "WIDTHxHEIGHT in pixels, from 800x480 to 16384x16384");
	*pixels = (struct option_pixels){ (unsigned)w, (unsigned)h };
	return true;
}

static option_fn *const setters[KINDS] = {
	[FLAG] = set_flag,       [TEXT] = set_text,       [NUMBER] = set_number,     [SIZE] = set_size,
	[SECONDS] = set_seconds, [CPU] = set_cpu,         [BOTH] = set_both,         [TIMING] = set_timing,
	[USER] = set_user,       [FORMAT] = set_format,   [VARIABLE] = set_variable, [ADDRESS] = set_address,
	[MODE] = set_mode,       [NMI] = set_event,       [MCE] = set_event,         [DEBUG_TRAP] = set_event,
	[IRQ] = set_irq,         [SYMBOLS] = set_symbols, [PIXELS] = set_pixels,     [SNAPSHOT] = set_snapshot,
	[COUNT] = set_count,
};

/* A command's own option; --help counts for the hint as well. */
static const struct option *option_find(const struct command *command, const char *name, size_t length)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (option_applies(&option_table[i], command) && word_same(name, length, option_table[i].name))
			return &option_table[i];
	return NULL;
}

static bool unknown_option(struct reader *r, const char *word)
{
	char hint[80];
	struct nearest n = nearest_begin(word);
	for (size_t i = 0; i < OPTIONS; i++) {
		if (!strcmp(option_table[i].name, word))
			return refuse(r, "does not take the option", word, "; --help lists what it takes");
		if (option_applies(&option_table[i], r->command))
			nearest_offer(&n, option_table[i].name);
	}
	nearest_hint(&n, hint, sizeof(hint));
	return refuse(r, "unknown option", word, hint[0] ? hint : "; --help lists what it takes");
}

/* "--name value", "--name=value"; "-m16M" is not a form. */
static bool read_option(struct reader *r, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct option *o = option_find(r->command, word, length);
	const char *value = equals ? equals + 1 : NULL;
	if (!o)
		return unknown_option(r, word);
	if (o->kind == FLAG && value)
		return refuse(r, "no value can follow in", word, "");
	if (o->kind != FLAG && !value) {
		if (r->next == r->end)
			return refuse(r, "a value must follow", word, "");
		value = *r->next++;
	}
	return setters[o->kind](r, o, (char *)&r->ui->options + o->offset, value);
}

/* What follows the operand of `user` is the program's, options too. */
static bool takes_rest(const struct command *command)
{
	return strstr(command->arguments, " [ARGUMENT...]");
}

static bool read_rest(struct reader *r)
{
	r->ui->options.arguments = r->next;
	r->ui->options.argument_count = (size_t)(r->end - r->next);
	r->next = r->end;
	return true;
}

static bool read_operand(struct reader *r, const char *word)
{
	struct options *options = &r->ui->options;
	if (options->operand_count == r->command->most)
		return refuse(r, "does not know what to do with", word,
			      strstr(r->command->arguments, "--") ? "; the guest's arguments follow '--'" : "");
	options->operand[options->operand_count++] = word;
	return !takes_rest(r->command) || read_rest(r);
}

static bool read_arguments(struct reader *r)
{
	if (takes_rest(r->command))
		return r->next == r->end || read_operand(r, *r->next++);
	if (!strstr(r->command->arguments, "--"))
		return refuse(r, "takes no guest arguments: nothing may follow", "--", "");
	return read_rest(r);
}

static bool read_word(struct reader *r)
{
	const char *word = *r->next++;
	if (!strcmp(word, "--"))
		return read_arguments(r);
	if (!strcmp(word, "-h"))
		word = "--help";
	return word[0] == '-' && word[1] ? read_option(r, word) : read_operand(r, word);
}

/* A flat image says nothing of itself, so the command line must; whatever only a flat image has makes it one. */
static bool complete_start(struct reader *r)
{
	struct options *o = &r->ui->options;
	if (o->load && !word_address(o->load, &o->start.load)) {
		ui_fail(r->ui, r->command->trouble,
			"%s: --load: '%s' is not an address (hexadecimal); to load a state file, leave out %s",
			r->command->name, o->load, o->operand[0]);
		return false;
	}
	if (!o->load && !o->entry.given && !o->start.mode && o->start.format != RS_FORMAT_FLAT)
		return true;
	if (o->start.format == RS_FORMAT_ANY)
		o->start.format = RS_FORMAT_FLAT;
	if (o->start.format != RS_FORMAT_FLAT)
		return refuse(r, "--load, --entry and --mode are for flat images, not for --format",
			      rs_format_name(o->start.format), "; leave them out");
	if (!o->load || !o->start.mode) {
		ui_fail(r->ui, r->command->trouble,
			"%s: a flat image says nothing of itself: %s is missing (--load ADDRESS --mode 16|32|64, and "
			"--entry ADDRESS if it is not entered at its start)",
			r->command->name, o->load ? "--mode" : "--load");
		return false;
	}
	o->start.entry = o->entry.given ? o->entry.value : o->start.load;
	return true;
}

/* What cannot be said of two machines in step, or of one alone. */
static bool complete_both(struct reader *r)
{
	const struct options *o = &r->ui->options;
	const struct {
		bool given;
		const char *option, *why;
	} words[] = {
		{ o->cpu, "--cpu", ", which names the processors itself" },
		{ o->snapshot.path, "--snapshot-at", ": it saves one machine" },
		{ o->timeout > 0, "--timeout", ", which is to be reproducible" },
		{ o->status_json, "--status-json", ": it tells of one run" },
		{ o->input && !strcmp(o->input, "-"), "--input -", ": standard input can be read once" },
	};
	if (!o->both[0])
		return !o->same_cpuid || refuse(r, "without --both there is no meaning in", "--same-cpuid", "");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].given)
			return refuse(r, "--both does not go with", words[i].option, words[i].why);
	return true;
}

/* --load without an image names a state file. */
static void take_state(struct reader *r)
{
	struct options *o = &r->ui->options;
	if (!o->load || o->operand_count)
		return;
	o->operand[o->operand_count++] = o->load;
	o->state = true;
	o->load = NULL;
}

/* What cannot be said of many runs, and what means nothing for one. */
static bool complete_sweep(struct reader *r)
{
	const struct options *o = &r->ui->options;
	const struct {
		bool given;
		const char *option;
	} refused[] = { { o->both[0], "--both" },
			{ o->snapshot.path, "--snapshot-at" },
			{ o->timeout > 0, "--timeout" },
			{ o->until, "--until" },
			{ o->status_json, "--status-json" } },
	  its_own[] = { { o->from, "--from" }, { o->to, "--to" }, { o->sweep_json, "--sweep-json" } };
	for (size_t i = 0; o->sweep && i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i].given)
			return refuse(r, "--sweep does not go with", refused[i].option, ": it is many runs");
	for (size_t i = 0; !o->sweep && i < sizeof(its_own) / sizeof(its_own[0]); i++)
		if (its_own[i].given)
			return refuse(r, "without --sweep there is no meaning in", its_own[i].option, "");
	return true;
}

bool options_parse(struct ui *ui, const struct command *command, int argc, char **argv)
{
	struct reader r = { .ui = ui, .command = command, .next = argv, .end = argv + argc };
	ui->options = (struct options){ .max_insns = RS_FOREVER, .max_cycles = RS_FOREVER };
	while (r.next < r.end)
		if (!read_word(&r))
			return false;
	if (ui->options.help)
		return true;
	take_state(&r);
	if (ui->options.operand_count >= command->least)
		return complete_start(&r) && complete_sweep(&r) && complete_both(&r);
	ui_fail(ui, command->trouble, "%s: something is missing; say: ringstep %s %s", command->name, command->name,
		command->arguments);
	return false;
}

void options_help(struct ui *ui, const struct command *command)
{
	out_printf(ui->out, "usage: ringstep %s [OPTION]... %s\n\n%s\n\n", command->name, command->arguments,
		   command->help);
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *o = &option_table[i];
		if (option_applies(o, command))
			out_printf(ui->out, "  %-13s %-8s  %s\n", o->name, o->argument, o->help);
	}
}
