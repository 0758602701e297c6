/* ui.h - the program `ringstep`: what its commands share. */
#ifndef RS_UI_UI_H
#define RS_UI_UI_H

#include "host/host.h"

/* Exit codes; 0..119 are the guest's own. check and diff: 0 same, 1 differs, 2 trouble. */
enum {
	EXIT_BIG_GUEST_CODE = 120,
	EXIT_TRIPLE_FAULT = 121,
	EXIT_UNIMPLEMENTED = 122,
	EXIT_HALTED = 123,
	EXIT_LIMIT = 124,
	EXIT_USAGE = 125, /* usage or internal: no memory, no disk */
	EXIT_IMAGE_REFUSED = 126,
	EXIT_IMAGE_NOT_FOUND = 127,
	EXIT_SAME = 0,
	EXIT_DIFFERS = 1,
	EXIT_TROUBLE = 2,
};

enum { UI_USERS = 16, UI_OPERANDS = 8, UI_VARIABLES = 64, UI_SYMBOLS = 16 };

/* An address of the command line; 0 is one too. */
struct option_address {
	uint64_t value;
	bool given;
};

/* --snapshot-at; NULL: not given. */
struct option_snapshot {
	uint64_t at;
	const char *path;
};

struct option_pixels {
	unsigned width, height; /* 0: the default */
};

/* --nmi-at and its like: the moment is read when the symbols are known. */
struct option_injection {
	enum rs_signal signal;
	uint8_t vector;
	const char *option, *when;
};

/* The command line, parsed; options.def has a row for each option. */
struct options {
	const char *cpu;    /* NULL: the default */
	const char *both[2]; /* profiles to run on in step; NULL: none */
	uint64_t memory;    /* bytes; 0: the default */
	const char *timing; /* NULL: none */
	uint64_t max_insns, max_cycles; /* RS_FOREVER: no limit */
	const char *sweep, *from, *to, *sweep_json;
	const char *until, *output, *status_json, *images, *ignore, *commands, *script, *input;
	uint64_t history; /* bytes of `step`'s snapshots; 0: the default */
	const char *shot, *record, *theme; /* of `view` */
	struct option_pixels size;
	uint64_t at, every, zoom; /* 0: not given */
	double timeout; /* seconds of host time; 0: none. The run stops at a block boundary: for interactive use only */
	struct rs_start start; /* how the image is read and entered */
	const char *load; /* an address, or without an image a state file */
	struct option_address entry;
	bool state; /* the operand is a state file, and nothing else */
	struct option_snapshot snapshot;
	bool diff, disasm, driver_step, help, key_lines_only, missing, same_cpuid, tui, verbose;
	bool input_waits; /* standard input is read when the guest asks for it */
	struct option_injection injection[RS_INJECTIONS];
	size_t injection_count;
	const char *environment[UI_VARIABLES];
	size_t environment_count;
	const char *user[UI_USERS];
	size_t user_count;
	const char *symbols[UI_SYMBOLS];
	size_t symbols_count;
	const char *operand[UI_OPERANDS];
	size_t operand_count;
	char **arguments; /* behind "--", or behind the program of `user` */
	size_t argument_count;
};

struct ui;
typedef int command_fn(struct ui *ui);

struct ui {
	const struct rs_host *host;
	const char *program;   /* argv[0] */
	char **words;          /* argv from the command's name on */
	struct out *out, *err; /* standard output (the guest's in `run`) and error */
	bool out_terminal, err_terminal, in_terminal;
	struct options options;
	command_fn *tui;   /* `step --tui`; NULL: without it */
	char failure[512]; /* the last text of ui_fail */
};

/* The program: main() with its host passed in. Returns the exit code. */
int ui_main(const struct rs_host *host, int argc, char **argv);
/* The same with what `step --tui` is, which is not this layer's. */
int ui_main_with(const struct rs_host *host, int argc, char **argv, command_fn *tui);

/* A program that is one command: its words follow argv[0], and `run` does the work. */
int ui_main_of(const struct rs_host *host, int argc, char **argv, const char *command, command_fn *run);

/* Prints "ringstep: text" to standard error and returns `exit_code`. */
int ui_fail(struct ui *ui, int exit_code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The exit code for a failed load: 126, 127 or 125. */
int ui_error_exit(const struct rs_error *why);
/* `run --both`. */
int run_both(struct ui *ui);
/* `run --sweep`: 0 every invariant holds at every boundary, 1 one does not. */
int run_sweep(struct ui *ui);
/* The profile of the command line, or the default's name. */
const char *ui_cpu(const struct ui *ui);
/* The cycle model of the command line; NULL without one. */
const char *ui_timing(const struct ui *ui);

/* What COM1 will receive; host memory. */
struct input {
	uint8_t *bytes;
	size_t size, room;
	bool ended;
};

/* A machine with the command line's image and users loaded, ready to run. */
struct session {
	struct ui *ui;
	struct rs_machine *machine;
	struct rs_file image, user[UI_USERS];
	size_t user_count;
	char *command_line; /* host memory: the arguments joined by spaces */
	struct input input;            /* of --input, or standard input as it is asked for (`user`) */
	struct rs_error input_failure; /* RS_OK: none */
	uint64_t until;                /* linear address of --until */
	struct rs_injection injection[RS_INJECTIONS]; /* of the command line */
	struct rs_origin origin;                      /* of a state file */
	struct rs_origin_file state;                  /* that file; no name: there is none */
	size_t injected_before;                       /* events that came with it */
	struct rs_error missing;                      /* RS_OK, or why symbols of it are missing */
	bool snapshot_failed;                         /* and the user has been told */
};

/* NULL console: the guest's bytes go nowhere. On failure tells the user and returns the exit code; 0 on success. */
int session_open(struct session *s, struct ui *ui, const char *image,
		 void (*console)(void *arg, enum rs_port port, uint8_t byte), void *console_arg);
void session_close(struct session *s, struct ui *ui);
/* Arms --until, if given: the machine stops with RS_STOP_BREAK before the instruction there. 0, or the exit code. */
int session_until(struct session *s, struct ui *ui);

struct symbols;
/* An address of the command line: numbers (hexadecimal) and symbols. */
bool session_address(struct symbols *symbols, const char *text, uint64_t *address, struct rs_error *why);
/* A warning for each injected event whose moment never came. */
void session_tell_injections(struct session *s, struct ui *ui);

/* Runs to the guest's end or to a limit of the command line: its name, or NULL. */
const char *run_to_end(struct session *s);
/* --status-json, of a run that has ended or of one that never began (ui->failure says why): the exit code. */
int run_told(struct ui *ui, const struct rs_status *status, const char *limit, int code);
int run_not_begun(struct ui *ui, int code);

/* Exit code of a stop by the rule of docs: the guest's own up to 119, 120 for larger ones, 121.. for the rest. */
int stop_exit_code(const struct rs_status *status);

struct trace_header;
/* What a trace of the session says at its head. */
bool trace_header_of(struct trace_header *h, const struct ui *ui, const struct session *s, struct rs_error *why);

/* The commands; each gets the parsed command line and returns the exit code. */
command_fn cmd_run, cmd_user, cmd_trace, cmd_check, cmd_diff, cmd_step, cmd_view, cmd_explain, cmd_info, cmd_cpus;
command_fn cmd_version, cmd_welcome;

#endif
