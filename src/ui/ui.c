/* ui.c - from the command line to a command and back to an exit code. */
#include "ui/ui.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/commands.h"
#include "ui/words.h"

static const struct command command_table[] = {
#define COMMAND(id, name, arguments, least, most, trouble, help)                                                       \
	{ name, cmd_##id, arguments, least, most, trouble, help },
#include "ui/commands.def"
#undef COMMAND
};

const struct command *command_info(enum command_id id)
{
	return &command_table[id];
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(command_table[i].name, name))
			return &command_table[i];
	return NULL;
}

int ui_fail(struct ui *ui, int exit_code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(ui->failure, sizeof(ui->failure), format, args);
	va_end(args);
	for (char *c = ui->failure; *c; c++) /* a quoted name or command must not steer the terminal */
		*c = word_is_control(*c) ? '?' : *c;
	out_flush(ui->out); /* on a terminal, what came first is to stand first */
	out_printf(ui->err, "ringstep: %s\n", ui->failure);
	out_flush(ui->err);
	return exit_code;
}

int ui_error_exit(const struct rs_error *why)
{
	switch (why->code) {
	case RS_ERROR_NOT_FOUND:
		return EXIT_IMAGE_NOT_FOUND;
	case RS_ERROR_IMAGE:
		return EXIT_IMAGE_REFUSED;
	default:
		return EXIT_USAGE;
	}
}

const char *ui_cpu(const struct ui *ui)
{
	return ui->options.cpu ? ui->options.cpu : "intel-skylake";
}

const char *ui_timing(const struct ui *ui)
{
	const char *timing = ui->options.timing;
	return timing && rs_timing_find(timing) > 0 ? timing : NULL;
}

int stop_exit_code(const struct rs_status *status)
{
	switch (status->why) {
	case RS_STOP_EXIT:
		return status->exit_code < EXIT_BIG_GUEST_CODE ? status->exit_code : EXIT_BIG_GUEST_CODE;
	case RS_STOP_TRIPLE_FAULT:
		return EXIT_TRIPLE_FAULT;
	case RS_STOP_UNIMPLEMENTED:
		return EXIT_UNIMPLEMENTED;
	case RS_STOP_HALTED:
		return EXIT_HALTED;
	case RS_STOP_LIMIT:
	case RS_STOP_BREAK:
		return EXIT_LIMIT;
	default:
		return EXIT_USAGE;
	}
}

static int general_help(struct ui *ui)
{
	out_text(ui->out,
		 "usage: ringstep COMMAND [OPTION]... [ARGUMENT]...\n\n"
		 "An exact, deterministic x86-64 emulator for the moments when a processor changes privilege.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		out_printf(ui->out, "  %-8s %s\n", command_table[i].name, command_table[i].help);
	out_text(ui->out,
		 "\n`ringstep COMMAND --help` lists the options of a command.\n"
		 "Exit code: 0..119 the guest's own, 120 a larger one, 121 triple fault, 122 unimplemented\n"
		 "instruction, 123 halted for ever, 124 limit reached, 125 usage or internal, 126 image refused,\n"
		 "127 image not found.\n");
	return 0;
}

static int unknown_command(struct ui *ui, const char *word)
{
	char hint[80];
	struct nearest n = nearest_begin(word);
	for (size_t i = 0; i < COMMANDS; i++)
		nearest_offer(&n, command_table[i].name);
	return ui_fail(ui, EXIT_USAGE, "unknown command '%s'%s; `ringstep --help` lists the commands", word,
		       nearest_hint(&n, hint, sizeof(hint)));
}

/* Words that people try in place of a command. */
static int other_word(struct ui *ui, int argc, char **argv)
{
	if (!strcmp(argv[1], "--version"))
		return cmd_version(ui);
	if (strcmp(argv[1], "--help") && strcmp(argv[1], "-h") && strcmp(argv[1], "help"))
		return unknown_command(ui, argv[1]);
	if (argc < 3)
		return general_help(ui);
	const struct command *command = command_find(argv[2]);
	if (!command)
		return unknown_command(ui, argv[2]);
	options_help(ui, command);
	return 0;
}

static int run_command(struct ui *ui, const struct command *command, command_fn *run, int argc, char **argv)
{
	ui->words = argv;
	if (!options_parse(ui, command, argc - 1, argv + 1))
		return command->trouble;
	if (ui->options.help) {
		options_help(ui, command);
		return 0;
	}
	return run(ui);
}

static int dispatch(struct ui *ui, const struct command *command, int argc, char **argv)
{
	if (argc < 2)
		return cmd_welcome(ui);
	if (!command)
		return other_word(ui, argc, argv);
	return run_command(ui, command, command->run, argc - 1, argv + 1);
}

static bool ui_open(struct ui *ui)
{
	static const char lost[] = "ringstep: out of memory\n";
	struct rs_error why;
	ui->out = out_fd(ui->host, STDOUT_FILENO, "standard output", &why);
	ui->err = ui->out ? out_fd(ui->host, STDERR_FILENO, "standard error", &why) : NULL;
	ui->out_terminal = isatty(STDOUT_FILENO);
	ui->err_terminal = isatty(STDERR_FILENO);
	ui->in_terminal = isatty(STDIN_FILENO);
	if (ui->err)
		return true;
	if (ui->out)
		out_abandon(ui->out);
	ui->host->write(ui->host->arg, STDERR_FILENO, lost, sizeof(lost) - 1);
	return false;
}

/* Output that did not arrive is trouble, whatever the command said. */
static int ui_close(struct ui *ui, int code, int trouble)
{
	struct rs_error why;
	if (!out_close(ui->out, &why)) {
		out_printf(ui->err, "ringstep: %s\n", why.text);
		code = trouble;
	}
	return out_close(ui->err, &why) ? code : trouble;
}

int ui_main_with(const struct rs_host *host, int argc, char **argv, command_fn *tui)
{
	struct ui ui = { .host = host, .program = argc > 0 ? argv[0] : "ringstep", .tui = tui };
	const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;
	int trouble = command ? command->trouble : EXIT_USAGE;
	if (!ui_open(&ui))
		return trouble;
	int code = dispatch(&ui, command, argc, argv);
	/* What a shared helper calls 125..127 is 2 for a command whose 0 and 1 are answers. */
	return ui_close(&ui, trouble == EXIT_TROUBLE && code > trouble ? trouble : code, trouble);
}

int ui_main(const struct rs_host *host, int argc, char **argv)
{
	return ui_main_with(host, argc, argv, NULL);
}

int ui_main_of(const struct rs_host *host, int argc, char **argv, const char *command, command_fn *run)
{
	struct ui ui = { .host = host, .program = argc > 0 ? argv[0] : command };
	const struct command *row = command_find(command);
	if (!row || argc < 1 || !ui_open(&ui))
		return EXIT_USAGE;
	return ui_close(&ui, run_command(&ui, row, run, argc, argv), row->trouble);
}
