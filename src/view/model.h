/* model.h - what the window and the terminal show, as plain data: taken from the machine at one moment, then painted by
 * anybody, whatever the machine does meanwhile. Nothing here knows of pixels, characters on a screen, or SDL.
 *
 *      struct prompt --model_take--> struct view_model --panes--> struct canvas --painter--> pixels, or a terminal
 *      (engine thread)               (a copy, at most 60 a second)  (cells)
 */
#ifndef RS_VIEW_MODEL_H
#define RS_VIEW_MODEL_H

#include "ringstep.h"

enum {
	VIEW_FIELDS = 192,
	VIEW_TEXT = 160,
	VIEW_CODE = 64,
	VIEW_STACK = 64,
	VIEW_MEMORY = 64, /* rows of 16 bytes */
	VIEW_STEPS = 96,
	VIEW_MOVED = 32,
	VIEW_WARNINGS = 8,
	VIEW_SPANS = 2048,
	VIEW_MARKS = 2048,
	VIEW_CONSOLE = 200, /* lines */
	VIEW_LOG = 400,     /* lines of the prompt */
	VIEW_SELECTORS = 8, /* CS SS DS ES FS GS TR LDTR */
};

/* A field of the state before and after the last record. */
struct view_field {
	const struct rs_field *info;
	uint64_t before[2], now[2]; /* low and high half; of a segment the selector, of a table the base */
	bool changed;
};

/* In what a hidden cache and the descriptor now in the table differ. */
enum view_difference {
	VIEW_BASE = 1,
	VIEW_LIMIT = 2,
	VIEW_TYPE = 4,
	VIEW_S = 8,
	VIEW_DPL = 16,
	VIEW_P = 32,
	VIEW_AVL = 64,
	VIEW_L = 128,
	VIEW_D = 256,
	VIEW_G = 512,
	VIEW_ACCESSED = 1024, /* the accessed bit alone is no difference worth a badge, only a mark */
	VIEW_BASE_MSR = 2048, /* in place of VIEW_BASE: in IA-32e mode an MSR or SWAPGS gives FS and GS their base */
};

struct view_selector {
	const char *name;
	struct rs_segment before, cache, table;
	bool changed;
	/* Whether `table` could be read. VIEW_NO_TABLE: real and virtual-8086 mode, where a selector is a paragraph. */
	enum { VIEW_READ, VIEW_NULL, VIEW_BEYOND, VIEW_UNMAPPED, VIEW_NO_TABLE } table_state;
	unsigned differs; /* enum view_difference */
};

/* A register whose bits have names. */
struct view_bits {
	const char *name; /* "RFLAGS", "CR0", "CR4", "EFER", "DR6", "DR7", "FMASK" */
	uint64_t before, now;
	uint64_t has; /* that this processor can set */
};

enum view_owner { VIEW_NOBODY, VIEW_USER, VIEW_KERNEL };

struct view_gs {
	uint64_t active, other; /* GS.base, KERNEL_GS_BASE */
	enum view_owner owner;  /* of the active one: VIEW_USER when it is what CPL 3 had last */
};

struct view_syscalls {
	uint64_t star, lstar, cstar, fmask, sysenter_cs, sysenter_eip, sysenter_esp;
	uint16_t enter_cs, enter_ss;             /* that SYSCALL loads */
	uint16_t leave_cs, leave_cs32, leave_ss; /* that SYSRET loads, to 64-bit and to 32-bit code */
	char lstar_symbol[VIEW_TEXT];
	char warning[VIEW_WARNINGS][VIEW_TEXT]; /* "SYSCALL is #UD: EFER.SCE is 0" */
	unsigned warning_count;
};

/* A micro-step of the last transition, in the manual's order. One that is skipped is for another mode or case. */
struct view_step {
	const char *transition; /* "SYSRET": a fault has the steps of the instruction that failed and of its delivery */
	const char *about;      /* "far RET": what `explain` says of the transition */
	const char *rule, *text, *section, *outcome;
	bool is_check; /* the text is what must hold, else the outcome; of a rule that tells of a fault it is the fault
			*/
	enum { VIEW_DONE, VIEW_FAILED, VIEW_NOT_REACHED, VIEW_SKIPPED } state;
};

/* A selector with its hidden cache, before and after a transition. */
struct view_hidden {
	struct rs_segment before, now;
};

struct view_card {
	char title[VIEW_TEXT]; /* "SYSCALL: CPL 3 -> 0 at n=1203"; "" when there was no transition yet */
	struct view_step step[VIEW_STEPS];
	unsigned step_count;
	uint64_t n;                            /* completed instructions before it */
	struct view_field moved[VIEW_MOVED];   /* what it changed: the values that an animation moves */
	struct view_hidden hidden[VIEW_MOVED]; /* of those that are segments */
	unsigned moved_count;
};

/* The ring timeline: spans of one CPL, and what happened at a moment. */
struct view_span {
	uint64_t from, to; /* instructions; `to` belongs to the next span */
	uint8_t cpl;
};

struct view_mark {
	uint64_t n;
	enum { VIEW_SYSCALL, VIEW_RETURN, VIEW_EXCEPTION, VIEW_INTERRUPT, VIEW_SWAPGS, VIEW_BREAK } what;
	uint8_t vector;
};

struct view_timeline {
	struct view_span span[VIEW_SPANS]; /* by n, with gaps where nothing is known */
	unsigned span_count;
	struct view_mark mark[VIEW_MARKS];
	unsigned mark_count;
	uint64_t start, here, frontier;
	/* Around `here`, no gap and every mark from the one to the other; elsewhere there may be samples. */
	uint64_t known, known_to;
};

struct view_code {
	uint64_t address;
	uint8_t bytes[15], length;
	bool current, breakpoint;
	int event;              /* the number of the breakpoint, with which bc clears it; -1: none */
	uint64_t cost;          /* cycles by the model; 0 without one */
	char label[VIEW_TEXT];  /* "module!name", where one begins; else "" */
	char source[VIEW_TEXT]; /* "kernel.c:120", where another line begins; else "" */
	char text[VIEW_TEXT];
};

struct view_word {
	uint64_t address, value;
	bool changed; /* written by the last record */
	char symbol[VIEW_TEXT];
};

struct view_memory_row {
	uint64_t address;
	uint8_t bytes[16];
	uint16_t mapped, changed; /* a bit for each byte; changed: written by the last record */
};

struct view_lines {
	char (*line)[VIEW_TEXT]; /* the newest last; host memory of the model */
	unsigned count;
	uint64_t version; /* another one: something was added */
};

struct view_model {
	char image[VIEW_TEXT], cpu[64], mode[16]; /* "guest.elf", "intel-skylake", "long64" */
	char stop[VIEW_TEXT];                     /* why it stands: "Breakpoint 0 hit", "exit code 0 ..."; "" */
	char last[VIEW_TEXT];                     /* what the last record was: "SYSCALL", "#PF (error code 6)" */
	uint64_t n, cycles;
	unsigned cpl;
	bool running, ended, has_cycles;
	bool quit;                            /* the prompt was left: q */
	bool failed;                          /* a command has, or there is no --at N */
	struct view_field field[VIEW_FIELDS]; /* every field of the state, in the order of rs_field_info */
	unsigned field_count;
	struct view_bits bits[7];
	struct view_selector selector[VIEW_SELECTORS];
	struct view_gs gs;
	struct view_syscalls syscalls;
	struct view_card card;
	struct view_timeline timeline;
	struct view_code code[VIEW_CODE];
	unsigned code_count;
	struct view_word stack[VIEW_STACK];
	unsigned stack_count, stack_width; /* words; bytes of each */
	struct view_memory_row memory[VIEW_MEMORY];
	unsigned memory_count;
	char memory_about[VIEW_TEXT]; /* what is there: "GDTR", "IVT", or its symbol; "" */
	uint64_t walk_address;
	bool walk_asked;     /* by somebody; else it is where the stack pointer points */
	struct rs_walk walk; /* of walk_address */
	struct view_lines console, log;
};

/* What of the machine is looked at besides its state. */
struct view_place {
	uint64_t code, memory, walk; /* linear; `code` 0: where the machine stands */
	bool follow;                 /* `code` follows the machine */
	/* Without them, and with 0, memory is that of the table of descriptors or vectors, and the walk RSP's. */
	bool has_memory, has_walk;
};

struct prompt;
/* What copies of one prompt have in common (model_parts.h): zeros at first. */
struct view_kept;
/* Fills all of it from the prompt's machine. The timeline and the lines are the engine's to keep. */
void model_take(struct view_model *m, struct prompt *p, const struct view_place *place, struct view_kept *kept);

/* The steps that an animation shows one after the other: done, or failed. */
static inline unsigned model_card_moments(const struct view_card *card)
{
	unsigned moments = 0;
	for (unsigned i = 0; i < card->step_count; i++)
		moments += card->step[i].state == VIEW_DONE || card->step[i].state == VIEW_FAILED;
	return moments;
}

/* What of a field a step writes. */
enum { VIEW_VALUE = 1 /* of a segment the selector */, VIEW_HIDDEN = 2 /* all of its cache */, VIEW_HIDDEN_BASE = 4 };

struct view_write {
	unsigned parts;
	const char *source; /* "KERNEL_GS_BASE": not ended by a 0; NULL where the step has no clear one */
	int source_size;
};
/* By name, as ESP or EIP, or by one of its flags, left of a "<-". A selector is written with its cache unless another
 * step of the same transition writes that. */
struct view_write model_step_write(const struct view_card *card, unsigned step, const struct rs_field *field);

/* The named bits of a register of `bits`, from the highest down; NULL past the last. A name such as IOPL has more than
 * one. */
struct view_bit_name {
	const char *name;
	uint8_t shift, width;
};
const struct view_bit_name *model_bit_name(const char *reg, unsigned index);

#endif
