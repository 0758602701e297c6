/* repl.h - the debugger prompt: what its commands share. */
#ifndef RS_UI_REPL_REPL_H
#define RS_UI_REPL_REPL_H

#include "ui/console.h"
#include "ui/repl/events.h"
#include "ui/repl/expr.h"
#include "ui/repl/regs.h"
#include "ui/repl/why.h"
#include "ui/symbols.h"

enum { PROMPT_LINE = 1024, PROMPT_SCRIPTS = 16, PROMPT_NESTED = 64 };

/* What a record said, less its writes: enough for the line of a ring change and for !why. */
struct happening {
	enum rs_record_kind kind;
	struct rs_position at; /* behind it */
	uint64_t n, rip;
	uint8_t cpl_before, cpl_after;
	unsigned mode; /* 16, 32, 64: of the instruction, for the disassembler */
	uint8_t length;
	uint8_t bytes[16]; /* one more than an instruction has: an opcode may be looked at two bytes at a time */
	uint8_t vector;
	bool has_error_code, external;
	uint32_t error_code;
	const char *cause;
	uint64_t watched; /* bit i: event i's memory was accessed */
	uint16_t rules[RS_RECORD_RULES];
	unsigned rule_count;
};

/* Which rows of transitions made a record, and which of the one that failed before it; the states around it. */
struct steps_made {
	struct cpu_state before, now;
	uint16_t done[RS_RECORD_STEPS], tried[RS_RECORD_STEPS];
	unsigned done_count, tried_count;
};

/* Memory that the last record wrote. */
struct written {
	uint64_t address, size;
};

/* An entry into a handler (SYSCALL, SYSENTER, a call gate, a delivered event) or the return from one, with what was in
 * the registers before it: nothing that a stack can be asked for later is as sure. */
struct ring_change {
	struct happening what;
	bool enters;
	uint64_t back;   /* linear: where the interrupted program goes on */
	uint64_t target; /* linear: where it led */
	uint64_t frame;  /* the stack pointer behind it */
	uint64_t gpr[16], stack_base;
};

enum { RING_CHANGES = 256, RING_DEPTH = 32 };

struct ring_log {
	struct ring_change change[RING_CHANGES]; /* in the order of time */
	size_t count;
	bool cut;     /* older ones were dropped */
	bool has_gap; /* from `gap` to here nobody has looked: recall_rings() does */
	struct rs_position gap;
};

/* Where `u` and the d* commands go on when they are given no address. */
struct continuation {
	uint64_t code, data;
	bool has_code, has_data;
};

/* A record that is executed again is for p->event and p->transition, for p->rings, or for those that show the last
 * ones. */
enum recalling { RECALLING_NOTHING, RECALLING_WHY, RECALLING_RINGS, RECALLING_TRAIL };

struct prompt;

/* When a run that was started by a command is to end; called before each instruction but the first. */
typedef bool enough_fn(struct prompt *p);

/* One run through the guest, from the command that started it to its stop. */
struct go {
	enough_fn *enough; /* NULL: only breakpoints end it */
	uint64_t address, target, rsp;
	uint64_t depth; /* calls that have not returned yet */
	uint8_t cpl;
	bool first;       /* the instruction that the run starts on: its breakpoint has been seen */
	bool interrupted; /* by Ctrl-C */
	bool told;        /* the line of the last ring change has been shown */
	bool behind;      /* its end is the last record's doing */
	int hit;          /* event that ended it, or -1 */
	int also;         /* one that stands where the run ended, too */
	enum rs_stop stop;
};

/* What a command has shown: bytes at a linear address, or how one is translated. */
enum attended_look { LOOK_MEMORY, LOOK_WALK };

/* Somebody who shows the run while it goes on, in place of a terminal. */
struct attendant {
	void *arg;
	/* A run is to end at the next boundary. */
	bool (*interrupted)(void *arg);
	/* Called where nothing runs, every `slice` instructions; may change the slice and what comes from outside. */
	void (*between)(void *arg);
	/* A record has been made, for the first time or again. */
	void (*record)(void *arg, const struct rs_record *record);
	/* A command was asked for that address. */
	void (*looked)(void *arg, enum attended_look what, uint64_t address);
	uint64_t slice;
};

struct prompt {
	struct ui *ui;
	struct session session;
	struct rs_machine *machine;
	struct rs_history *history;
	struct console console;
	struct symbols symbols;
	struct fields fields;
	struct event events[PROMPT_EVENTS];
	struct go go;
	struct happening last, event,
	    transition; /* the last record, delivered event, instruction with rules of its own */
	bool has_last, has_event, has_transition;
	struct steps_made event_steps, transition_steps;
	struct written written[RS_RECORD_WRITES];
	unsigned written_count;
	uint64_t user_gs; /* GS.base as CPL 3 had it last */
	bool has_user_gs;
	/* A later one may have come while nobody looked: recall_why() finds it. */
	bool event_is_old, transition_is_old;
	/* Before the next record and before the last one: as the bit says, or the other way round. */
	struct cpu_state state[2];
	unsigned turn;
	struct scene scene; /* of `event` */
	struct ring_log rings;
	struct rs_position looked; /* where the last record that was observed has led */
	struct continuation next;
	const char *script[PROMPT_SCRIPTS]; /* files being read, each by the one before it */
	size_t script_depth;
	const char *place;           /* "file:12: " for messages while a file is read, else "" */
	char pending[EVENT_TEXT];    /* commands of the event that ended the last run */
	struct attendant *attendant; /* NULL: none */
	struct traced *trace;        /* of -o; NULL: none */
	struct out *log;             /* .logopen; NULL: none */
	bool gdb;                    /* .dialect */
	bool settling;               /* records come that have been told of before */
	enum recalling recalling;    /* what one that comes again is for */
	unsigned boundaries;         /* between instructions, so far */
	unsigned nested;             /* commands within commands */
	bool shown;                  /* the last stop has been shown */
	bool echo, quit;
	bool lost; /* the host failed: the session may go on, but its exit code will say so */
};

enum prompt_group {
	GROUP_run,
	GROUP_back,
	GROUP_break,
	GROUP_events,
	GROUP_state,
	GROUP_system,
	GROUP_memory,
	GROUP_code,
	GROUP_session,
	PROMPT_GROUPS
};

struct prompt_command {
	enum prompt_group group;
	const char *name, *aliases; /* aliases: words separated by a blank */
	bool (*run)(struct prompt *p, const struct prompt_command *command, const char *args);
	int flavour; /* what one function needs to serve several rows */
	const char *arguments, *help;
};

/* The prompt at the guest's entry, for `step` and for the view; `console` gets what the guest writes. Not 0: the user
 * has been told, and there is nothing to end. */
int prompt_start(struct prompt *p, struct ui *ui, const struct console *console);
/* Ends it; the exit code. */
int prompt_finish(struct prompt *p, bool good);
/* Reads the scripts and commands of the command line; false: one of them failed. */
bool prompt_given_commands(struct prompt *p);

/* Executes one line: commands separated by ';', and those of the events that end its runs. False when one of them
 * failed; the rest is not executed then. */
bool prompt_line(struct prompt *p, const char *line);
/* The same within a command, which leaves the commands of events to the line that it stands in. */
bool prompt_list(struct prompt *p, const char *line);
/* Reads standard input to its end; false when it cannot be read. */
bool prompt_standard_input(struct prompt *p);
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
/* Reads the rest of the line as one expression. */
bool prompt_whole_value(struct prompt *p, const char *text, uint64_t *value);
/* Reads a text in quotes, \" being a quote in it; what stands in them must fit. */
bool prompt_text(struct prompt *p, const char **args, char *text, size_t size);
/* Nothing but blanks may be left. */
bool prompt_end(struct prompt *p, const char *args);
/* "[ADDRESS] [L COUNT | LAST]"; what is not given stays as it is. */
struct range {
	uint64_t address, count, last;
	bool has_last;
};
bool prompt_range(struct prompt *p, const char *args, struct range *range);
/* The same with more behind it, which *args moves on to. */
bool prompt_range_part(struct prompt *p, const char **args, struct range *range);
const char *skip_blanks(const char *text);

/* An address in WinDbg's shape: ffffffff`80101000. */
#define ADDRESS_TEXT 20
const char *address_text(uint64_t address, char *text);

/* Disassembles what stands at a linear address; the instruction's length, or 0 when it is none or not mapped. */
size_t code_at(struct prompt *p, uint64_t address, uint8_t *bytes, char *text, size_t size);
/* Prints the instruction at `*address`, behind its symbol's line when `label`, and moves on behind it; false when it is
 * not mapped. */
bool code_line(struct prompt *p, uint64_t *address, bool label);
/* The symbol of the last address in an instruction's text, as in "kernel!entry+0x4"; "" without. */
const char *code_target(const struct prompt *p, const char *text, char *symbol, size_t size);
/* Prints registers, symbol and instruction: what follows every stop. */
void state_show(struct prompt *p);
/* The same where it has stopped; whoever attends sees registers, and what has changed, in panes. */
void state_stop(struct prompt *p);
/* Prints st0, mm0 or ymm0 with its value; false: it is no such name. */
bool float_show(struct prompt *p, const char *name, size_t length);
/* Prints "-- CPL 3 -> 0 by SYSCALL: ..." and the fields that the last record changed. */
void state_transition(struct prompt *p, const struct happening *h);
/* "#PF (error code 6)" or "SYSCALL". */
const char *happening_text(const struct happening *h, char *text, size_t size);

/* Keeps what a record says for what follows (rs_observer_fn; the prompt is its argument). */
void go_observe(void *arg, struct rs_machine *m, const struct rs_record *record);
/* Keeps the last record in p->rings if it is an entry or a return. */
void rings_note(struct prompt *p);
/* Whether it would keep a record behind which the CPL is `cpl`. */
bool rings_are_changed(const struct rs_record *record, unsigned cpl);
/* Drops what is later than here. */
void rings_forget_future(struct prompt *p);
/* The entries that have not been returned from, the outermost first; at most RING_DEPTH, the innermost ones. */
size_t rings_pending(struct prompt *p, const struct ring_change **entry);
/* The states before the last record and before the next one. */
struct cpu_state *state_before(struct prompt *p);
struct cpu_state *state_now(struct prompt *p);
/* Prints what follows a stop. */
void go_show_stop(struct prompt *p);
/* 16, 32 or 64. */
unsigned state_mode(const struct cpu_state *state);

/* ---- attended.c: what somebody who shows the run needs of it ---- */

/* The last record: what it wrote, whose GS.base it was; and the attendant is told. */
void attended_record(struct prompt *p, const struct rs_record *record);
/* The attendant is told of what a command is asked for. */
void attended_look(struct prompt *p, enum attended_look what, uint64_t address);
/* Runs to --max-insns, in slices when somebody attends it. */
enum rs_stop attended_run(struct prompt *p);
/* Makes the last records before here once more, so that what is kept of them is right, wherever the guest came from. */
void attended_retrace(struct prompt *p);
/* Whether somebody wants the run to end. */
bool prompt_is_interrupted(struct prompt *p);

/* ---- recall.c: what happened while nobody looked ---- */

/* The guest has come here from p->looked, forwards or back, and no record of the way was observed. */
void recall_skipped(struct prompt *p);
/* Finds the last event and the last transition before here, if they are not known. False: the user has been told. */
bool recall_why(struct prompt *p);
/* The same for the changes of ring that lead here. */
bool recall_rings(struct prompt *p);

/* ---- cmd_session.c: .logopen ---- */

/* False when the log could not be written: it is closed, and the user is told. */
bool log_is_good(struct prompt *p);
/* Closes it, if there is one. */
bool log_close(struct prompt *p);

/* ---- traced.c: -o ---- */

/* Opens it if there is an -o; false: the user has been told. */
bool traced_open(struct prompt *p);
/* Nothing is changed by hand while a trace is written. False: the user has been told. */
bool prompt_may_change(struct prompt *p, const char *command);
/* A record, if it is one that has not been written yet. */
void traced_record(struct prompt *p, const struct rs_record *record);
/* Ends it where the session has been farthest; false: the user has been told. */
bool traced_close(struct prompt *p);

/* ---- table.c: the commands ---- */

size_t prompt_command_count(void);
const struct prompt_command *prompt_command_info(size_t index);
const char *prompt_group_title(enum prompt_group group);
/* The row of a name, an alias, or a beginning of one; NULL: none. */
const struct prompt_command *prompt_command_find(const char *text, size_t length, bool *ambiguous);
/* The row that the word means in gdb, where WinDbg means another; NULL: none. */
const char *prompt_gdb_word(const char *text, size_t length);
bool prompt_gdb_info(size_t index, const char **word, const char **name);
/* The row that a word means in the prompt's dialect. */
const struct prompt_command *prompt_command_meant(struct prompt *p, const char *text, size_t length, bool *ambiguous);
/* The characters that name the command at the beginning of a line. */
size_t prompt_command_length(const char *text);
/* Where the first command of a line ends: at a ';' that separates, or at the line's end. */
size_t prompt_command_end(const char *line);
/* The rest of the line is for people. */
bool prompt_is_comment(const char *text);
/* Tells that there is no such command, or several. */
bool prompt_unknown(struct prompt *p, const char *text, size_t length, bool ambiguous);

#endif
