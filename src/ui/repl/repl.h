/* repl.h - the debugger prompt: what its commands share. */
#ifndef RS_UI_REPL_REPL_H
#define RS_UI_REPL_REPL_H

#include "ui/console.h"
#include "ui/repl/expr.h"
#include "ui/repl/regs.h"
#include "ui/repl/why.h"
#include "ui/symbols.h"

enum { PROMPT_BREAKS = 64, PROMPT_LINE = 1024, PROMPT_SCRIPTS = 16 };

struct breakpoint {
	bool used, enabled;
	uint64_t address; /* linear */
	uint64_t hits;
};

/* What a record said, less its writes: enough for the line of a ring change and for !why. */
struct happening {
	enum rs_record_kind kind;
	uint64_t n, rip;
	uint8_t cpl_before, cpl_after;
	unsigned mode; /* 16, 32, 64: of the instruction, for the disassembler */
	uint8_t length;
	uint8_t bytes[16]; /* one more than an instruction has: an opcode may be looked at two bytes at a time */
	uint8_t vector;
	bool has_error_code;
	uint32_t error_code;
	const char *cause;
	uint16_t rules[RS_RECORD_RULES];
	unsigned rule_count;
};

/* Where `u` and the d* commands go on when they are given no address. */
struct continuation {
	uint64_t code, data;
	bool has_code, has_data;
};

struct prompt;

/* When a run that was started by a command is to end; called before each instruction but the first. */
typedef bool enough_fn(struct prompt *p);

/* One run through the guest, from the command that started it to its stop. */
struct go {
	enough_fn *enough; /* NULL: only breakpoints end it */
	uint64_t address, rsp;
	uint64_t depth; /* calls that have not returned yet */
	uint8_t cpl;
	bool first; /* the instruction that the run starts on: its breakpoint has been seen */
	bool keep;  /* keep the state before each instruction, for the line of a ring change */
	int hit;    /* breakpoint that ended it, or -1 */
};

struct prompt {
	struct ui *ui;
	struct session session;
	struct rs_machine *machine;
	struct console console;
	struct symbols symbols;
	struct fields fields;
	struct field_value *before, *now; /* all fields, before and after a step */
	struct breakpoint breaks[PROMPT_BREAKS];
	struct go go;
	struct happening last, event,
	    transition; /* the last record, delivered event, instruction with rules of its own */
	bool has_last, has_event, has_transition;
	struct cpu_state previous; /* before the next record */
	struct scene scene;        /* of `event` */
	unsigned mode; /* of the next instruction: its record comes when the mode may be another one */
	struct continuation next;
	const char *script[PROMPT_SCRIPTS]; /* files being read, each by the one before it */
	size_t script_depth;
	const char *place; /* "file:12: " for messages while a file is read, else "" */
	bool echo, quit;
	bool lost; /* the host failed: the session may go on, but its exit code will say so */
};

struct prompt_command {
	const char *name, *aliases; /* aliases: words separated by a blank */
	bool (*run)(struct prompt *p, const struct prompt_command *command, const char *args);
	int flavour; /* what one function needs to serve several rows */
	const char *arguments, *help;
};

/* Executes one line: commands separated by ';'. False when one of them failed; the rest is not executed then. */
bool prompt_line(struct prompt *p, const char *line);
/* Reads commands from a file. */
bool prompt_script(struct prompt *p, const char *path);

/* Tells the user what is wrong; false, so that a command can `return prompt_fail(...)`. */
bool prompt_fail(struct prompt *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same when it is the host that failed, not the user. */
bool prompt_lost(struct prompt *p, const char *reason);
/* Whether the guest's run is over: by itself, or because ringstep cannot go on. */
bool prompt_has_ended(struct prompt *p);
/* The linear address of the next instruction. */
uint64_t prompt_pc(struct prompt *p);
/* 16, 32 or 64: the mode of the code segment. */
unsigned prompt_mode(struct prompt *p);

/* Reads one expression from *args; the next word begins behind it. */
bool prompt_value(struct prompt *p, const char **args, uint64_t *value);
/* Nothing but blanks may be left. */
bool prompt_end(struct prompt *p, const char *args);
/* "[ADDRESS] [L COUNT | LAST]"; what is not given stays as it is. */
struct range {
	uint64_t address, count, last;
	bool has_last;
};
bool prompt_range(struct prompt *p, const char *args, struct range *range);

/* An address in WinDbg's shape: ffffffff`80101000. */
#define ADDRESS_TEXT 20
const char *address_text(uint64_t address, char *text);

/* Disassembles what stands at a linear address; the instruction's length, or 0 when it is none or not mapped. */
size_t code_at(struct prompt *p, uint64_t address, uint8_t *bytes, char *text, size_t size);
/* Prints the instruction at `*address`, behind its symbol's line when `label`, and moves on behind it; false when it is
 * not mapped. */
bool code_line(struct prompt *p, uint64_t *address, bool label);
/* Prints registers, symbol and instruction: what follows every stop. */
void state_show(struct prompt *p);
/* Prints "-- CPL 3 -> 0 by SYSCALL: ..." and the fields that changed between p->before and p->now. */
void state_transition(struct prompt *p, const struct happening *h);
/* "#PF (error code 6)" or "SYSCALL". */
const char *happening_text(const struct happening *h, char *text, size_t size);

/* Keeps what a record says for what follows (rs_observer_fn; the prompt is its argument). */
void go_observe(void *arg, struct rs_machine *m, const struct rs_record *record);
/* The enabled breakpoint at a linear address, or -1. */
int breaks_at(const struct prompt *p, uint64_t address);
/* All fields of the machine. */
void state_keep(struct prompt *p, struct field_value *values);

/* A segment or system descriptor; `wide`: system descriptors have 16 bytes. */
struct rs_segment descriptor_decode(const uint8_t *bytes, bool wide);
/* "Code RE", "TSS Busy", "IntGate" of bits 55:40. */
const char *descriptor_type_text(uint16_t attributes);

/* The commands' table, for the reader, for help, and for documentation. */
size_t prompt_command_count(void);
const struct prompt_command *prompt_command_info(size_t index);

#endif
