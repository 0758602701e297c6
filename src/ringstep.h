/* ringstep.h - the one public header of libringstep
 *
 * ringstep is an exact, deterministic x86-64 emulator for the moments when a processor changes privilege.
 *
 *        image, modules                        commit records
 *              |                                    ^
 *        +-----v------------------------------------|-----+
 *        | struct rs_machine                              |
 *        |   RAM (copy-on-write pages)   cpu[0]: state,   |
 *        |   bus: COM1, E9 console, F4   MMU, blocks      |
 *        +------------------------------------------------+
 *
 * A loop to paste (what `ringstep run` does, less its messages):
 *
 *     struct rs_error why;
 *     struct rs_config config = { .cpu = "amd-zen4", .memory = 16 << 20, .console = put_byte };
 *     struct rs_machine *m = rs_new(&config, &why);
 *     struct rs_file kernel;
 *     if (!m || !rs_file_read(m, "kernel.elf", &kernel, &why) || !rs_load(m, &kernel, NULL, 0, "", &why))
 *         return complain(why.text);
 *     while (rs_run(m, RS_FOREVER) == RS_STOP_LIMIT)
 *         ;
 *     printf("exit code %d\n", rs_status(m)->exit_code);
 *     rs_file_release(m, &kernel);
 *     rs_free(m);
 *
 * One step at a time, with what each one did:
 *
 *     rs_observe(m, print_record, NULL);          // called once a record; see struct rs_record
 *     while (rs_step(m) == RS_STOP_NONE)
 *         ;
 *
 * Rules that hold throughout:
 *  - Two machines share nothing; the library has no writable static data. One machine is for one thread at a time.
 *  - Nothing of the host (clock, CPUID, randomness, addresses, locale) reaches the guest or a record.
 *  - Memory and files are reached only through struct rs_host; each call of it may fail, and then the call that
 *    needed it fails with a reason, and the machine stays whole.
 *  - Names in trailing brackets are manuals: SDM = Intel Software Developer's Manual, APM = AMD64 Programmer's Manual.
 */
#ifndef RINGSTEP_H
#define RINGSTEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RS_VERSION "0.1.0"

/* ---- errors ------------------------------------------------------------------------------------------------- */

enum rs_error_code {
	RS_OK,
	RS_ERROR_ARGUMENT,  /* a call's argument is off */
	RS_ERROR_MEMORY,    /* the host has no memory */
	RS_ERROR_IO,        /* a file could not be read or written */
	RS_ERROR_NOT_FOUND, /* a file is not there */
	RS_ERROR_IMAGE,     /* an image, module or trace is malformed */
};

/* Why a call failed: what, where, and what to do, as one line without a newline. */
struct rs_error {
	enum rs_error_code code;
	char text[400];
};

/* ---- the host: the only way to memory and files ---------------------------------------------------------------- */

enum rs_open { RS_OPEN_READ, RS_OPEN_CREATE };

struct rs_host {
	void *arg;
	/* Zeroed memory, aligned to 64 bytes; NULL when there is none. */
	void *(*alloc)(void *arg, size_t bytes);
	void (*release)(void *arg, void *memory);
	/* As open, read, write, close, rename, unlink of POSIX, but a failure is the negated errno value. */
	int (*open)(void *arg, const char *path, enum rs_open how);
	long (*read)(void *arg, int fd, void *to, size_t bytes);
	long (*write)(void *arg, int fd, const void *from, size_t bytes);
	int (*close)(void *arg, int fd);
	int (*rename)(void *arg, const char *from, const char *to);
	int (*unlink)(void *arg, const char *path);
};

/* The host as libc sees it. */
const struct rs_host *rs_host_libc(void);

/* ---- making a machine ------------------------------------------------------------------------------------------- */

#define RS_FOREVER UINT64_MAX
#define RS_MEMORY_DEFAULT (16ull << 20)

enum rs_port { RS_PORT_COM1, RS_PORT_E9 };

/* What a kernel image is; docs/boot.md tells how each is placed and entered. */
enum rs_format {
	RS_FORMAT_ANY, /* as its content says; a flat image cannot say */
	RS_FORMAT_ELF32,
	RS_FORMAT_ELF64,
	RS_FORMAT_MULTIBOOT,
	RS_FORMAT_MULTIBOOT2,
	RS_FORMAT_PVH,
	RS_FORMAT_FLAT,
};

/* How the image is to be read and entered. All zero: by its content. */
struct rs_start {
	enum rs_format format;
	/* RS_FORMAT_FLAT: where the file goes, where it is entered (both physical), and the code size there. */
	uint64_t load, entry;
	unsigned mode; /* 16, 32 or 64 */
};

struct rs_config {
	const struct rs_host *host; /* NULL: libc */
	const char *cpu;            /* profile name; NULL: "intel-skylake" */
	const char *cpuid;          /* the profile whose CPUID answers the guest gets; NULL: those of `cpu` */
	const char *timing;         /* cycle model; NULL: "none" (an instruction is a cycle) */
	uint64_t memory;            /* bytes of RAM, a multiple of 4096, 1 MiB .. 64 GiB; 0: RS_MEMORY_DEFAULT */
	/* A byte that the guest wrote to COM1 or to the console at port E9h; NULL: thrown away. */
	void (*console)(void *arg, enum rs_port port, uint8_t byte);
	void *console_arg;
	/* All bytes that COM1 will ever receive; they are there whenever the guest looks. */
	const uint8_t *input;
	size_t input_size;
	/* NULL: `input` is all. Else it is asked when the guest looks behind the last byte, and gives all of them, the
	 * earlier ones unchanged, and how many they are now; as many as before: there are no more. */
	const uint8_t *(*more_input)(void *arg, size_t *size);
	void *input_arg;
	struct rs_start start; /* of rs_load */
};

struct rs_machine;

/* A machine with zeroed RAM and a CPU in its start-up state, or NULL with the reason. */
struct rs_machine *rs_new(const struct rs_config *config, struct rs_error *why);
void rs_free(struct rs_machine *m);

/* ---- images -------------------------------------------------------------------------------------------------------
 */

struct rs_file {
	const char *name; /* as given by the user */
	uint8_t *bytes;
	size_t size;
};

/* Reads a whole file (at most 256 MiB) by way of the machine's host. */
bool rs_file_read(struct rs_machine *m, const char *path, struct rs_file *file, struct rs_error *why);
void rs_file_release(struct rs_machine *m, struct rs_file *file);

/* Loads a kernel image (of the format in the machine's rs_config, or told by its content) and its modules into RAM and
 * puts the CPU into the image's documented start state (docs/boot.md). `command_line` may be "". */
bool rs_load(struct rs_machine *m, const struct rs_file *image, const struct rs_file *modules, size_t module_count,
             const char *command_line, struct rs_error *why);

/* ---- running ------------------------------------------------------------------------------------------------------
 */

enum rs_stop {
	RS_STOP_NONE,          /* rs_step: the step was made; the machine can go on */
	RS_STOP_LIMIT,         /* rs_run: the given instruction number is reached */
	RS_STOP_EXIT,          /* the guest wrote its exit code to port F4h */
	RS_STOP_TRIPLE_FAULT,  /* shutdown (SDM vol. 3, double-fault exception) */
	RS_STOP_UNIMPLEMENTED, /* ringstep lacks what the guest asked for; status names bytes and address */
	RS_STOP_HALTED,        /* HLT, and nothing that can come ends it */
	RS_STOP_BREAK,         /* the predicate of rs_break_when said so */
	RS_STOP_NO_MEMORY,     /* the host has no memory; the state is that before the instruction */
};

#define RS_FAULTS 6

struct rs_status {
	enum rs_stop why;
	uint64_t instructions; /* completed */
	uint64_t cycles;       /* by the cycle model; as many as instructions without one */
	int exit_code;         /* RS_STOP_EXIT: the byte that the guest wrote */
	uint64_t rip;
	uint8_t bytes[15]; /* RS_STOP_UNIMPLEMENTED: the instruction */
	uint8_t byte_count;
	const char *missing;    /* RS_STOP_UNIMPLEMENTED: what is missing, in words */
	/* RS_STOP_TRIPLE_FAULT: the faults that led to it, oldest first: three, or more when benign ones came before.
	 * The #DF between the last two is not among them. One alone: a machine check that nobody could handle. */
	unsigned fault_count;
	const char *rules[RS_FAULTS]; /* the rule of each, or NULL */
	uint8_t vectors[RS_FAULTS];
};

/* Runs until `instructions` instructions have completed since the machine was made (RS_FOREVER: no such limit), or
 * until another stop. Exact: REP strings count once, faulting instructions not at all. */
enum rs_stop rs_run(struct rs_machine *m, uint64_t instructions);

/* Makes one record: completes one instruction, or one iteration boundary of a REP string under TF, or delivers one
 * event. */
enum rs_stop rs_step(struct rs_machine *m);

/* From now on rs_run also stops, with RS_STOP_LIMIT, at the first boundary between instructions (or events) at which so
 * many cycles have passed since the machine was made. RS_FOREVER: no such limit. */
void rs_limit_cycles(struct rs_machine *m, uint64_t cycles);

enum rs_signal {
	RS_SIGNAL_NMI,
	RS_SIGNAL_MACHINE_CHECK, /* one behind which the interrupted program could go on */
	RS_SIGNAL_INTERRUPT,     /* of `vector`, as if an interrupt controller had it */
	RS_SIGNAL_DEBUG,         /* a #DB trap as of single-stepping: DR6.BS */
};

/* A signal from outside. It is taken at the next boundary between instructions that lets it in, and waits until then;
 * of a kind that waits already there is no second one. An NMI or machine check wakes a machine that has halted or shut
 * down if the rules let it. `vector` counts for RS_SIGNAL_INTERRUPT only. */
void rs_signal(struct rs_machine *m, enum rs_signal signal, uint8_t vector);

/* "nmi", "mce", "irq", "db"; NULL for what is none of them. */
const char *rs_signal_name(enum rs_signal signal);
bool rs_signal_find(const char *name, enum rs_signal *signal);

#define RS_INJECTIONS 64

/* A signal whose moment is given beforehand: the first boundary behind `at` completed instructions, or the boundary
 * before the `arrival`-th time that the instruction at the linear address `at` would begin. */
struct rs_injection {
	enum rs_signal signal;
	uint8_t vector;   /* RS_SIGNAL_INTERRUPT */
	uint64_t arrival; /* 0: `at` counts instructions; 1, 2, ...: it is an address */
	uint64_t at;
};

/* From now on it is part of the run, whichever call runs it; false when it lies behind, or there are too many. While
 * one waits for an address, the machine runs in the step driver. */
bool rs_inject(struct rs_machine *m, const struct rs_injection *injection, struct rs_error *why);
/* Injection `index` in the order in which they were given, and whether its moment has come; NULL past the last. */
const struct rs_injection *rs_injection_info(struct rs_machine *m, size_t index, bool *came);
/* None any more. */
void rs_inject_clear(struct rs_machine *m);

/* The last stop; rip, instructions and cycles are current at any time. */
const struct rs_status *rs_status(struct rs_machine *m);

/* Called before each instruction when set; true stops rs_run with RS_STOP_BREAK before it. Costs the fast driver. */
typedef bool rs_break_fn(void *arg, struct rs_machine *m);
void rs_break_when(struct rs_machine *m, rs_break_fn *when, void *arg);

/* From now on rs_run also stops, with RS_STOP_BREAK, before an instruction at one of these linear addresses, the first
 * one of the run excepted; an instruction that goes on between two of its iterations counts no more. None: count 0.
 * Costs nothing elsewhere. False: no memory, and nothing has changed; none needs none. */
bool rs_break_at(struct rs_machine *m, const uint64_t *addresses, size_t count);

/* With `always` set, every instruction goes through the step driver; results must not differ (tests rely on it). */
void rs_step_always(struct rs_machine *m, bool always);

/* ---- observing: commit records ------------------------------------------------------------------------------------
 */

#define RS_RECORD_RULES 48
#define RS_RECORD_STEPS 64
#define RS_RECORD_WRITES 16
#define RS_WRITE_BYTES 64

enum rs_record_kind { RS_RECORD_INSTRUCTION, RS_RECORD_ITERATION, RS_RECORD_EVENT };

/* A run of bytes written to linear memory. Writes that continue each other are one run. */
struct rs_write {
	uint64_t address; /* linear */
	uint64_t size;    /* bytes; only the first RS_WRITE_BYTES are in `data` */
	uint64_t hash;    /* FNV-1a of all bytes, for runs longer than that */
	uint8_t data[RS_WRITE_BYTES];
};

struct rs_record {
	enum rs_record_kind kind;
	uint64_t n;        /* completed instructions before this one */
	uint64_t cycles;   /* after it */
	uint64_t iteration; /* RS_RECORD_ITERATION: 1, 2, ... */
	uint8_t cpl;       /* before */
	uint64_t rip;      /* before */
	uint8_t length;    /* of the instruction; 0 for an event */
	uint8_t bytes[15];
	/* RS_RECORD_EVENT */
	uint8_t vector;
	bool has_error_code, external, software;
	uint32_t error_code;
	const char *cause; /* rule that raised it, or NULL */
	/* the rules of a transition, in the order in which its steps were made */
	uint16_t rules[RS_RECORD_RULES];
	unsigned rule_count;
	/* the same as numbers of rows (struct rs_step_row), every one of them; and those of the transition that failed
	 * last, with the fault that this record delivers */
	uint16_t steps[RS_RECORD_STEPS], tried[RS_RECORD_STEPS];
	unsigned step_count, tried_count;
	struct rs_write writes[RS_RECORD_WRITES];
	unsigned write_count;
	bool writes_cut; /* more runs than RS_RECORD_WRITES */
	uint64_t watched; /* bit i: range i of rs_watch was accessed */
};

typedef void rs_observer_fn(void *arg, struct rs_machine *m, const struct rs_record *record);

/* NULL: none. While observed, the machine runs in the step driver. */
void rs_observe(struct rs_machine *m, rs_observer_fn *fn, void *arg);

/* How a change of privilege came about, or how the machine came where it goes on. */
enum rs_passage_kind {
	RS_PASSAGE_ENTRY,     /* SYSCALL, SYSENTER */
	RS_PASSAGE_RETURN,    /* SYSRET, SYSEXIT, IRET, far RET */
	RS_PASSAGE_FAR,       /* far JMP and CALL, whether CPL is another one or not */
	RS_PASSAGE_SWAPGS,
	RS_PASSAGE_SOFTWARE,  /* INT n, INT3, INTO, INT1 */
	RS_PASSAGE_EXCEPTION, /* in front of the instruction `n` */
	RS_PASSAGE_INTERRUPT, /* an interrupt or NMI, in front of the instruction `n` */
	RS_PASSAGE_SHUTDOWN,  /* in front of the instruction `n`, a fault of which could not be delivered */
	RS_PASSAGE_LEFT,      /* at `n`, to where the next one says: a snapshot was restored */
	RS_PASSAGE_CAME,
	/* State or memory, from outside: what was to come may not come. `vector`: whether events have come since the
	 * instruction in front of `n`. */
	RS_PASSAGE_CHANGED,
};

struct rs_passage {
	uint64_t n;
	uint8_t kind, cpl, vector; /* CPL behind it */
	bool task;                 /* a task switch was made on the way */
};

#define RS_PASSAGES 8192

/* Keeps passages from now on, whichever driver runs: unlike observing it costs next to nothing. False: no memory. */
bool rs_keep_passages(struct rs_machine *m);
/* Those since the last call, the oldest first; they stay until the machine does something. RS_PASSAGES of them: later
 * ones are lost. */
size_t rs_take_passages(struct rs_machine *m, const struct rs_passage **passages);
/* The lowest `n` of an RS_PASSAGE_CHANGED since the last call, lost or not; UINT64_MAX: there was none. */
uint64_t rs_passage_changed(struct rs_machine *m);

#define RS_WATCHES 64

/* Bytes of linear memory whose accesses records tell, those that the processor makes by itself among them: descriptors,
 * the TSS, the frames of events. */
struct rs_watch {
	uint64_t address, size;
	bool read, write;
};

/* In place of those watched so far; they count while the machine is observed. False for more than RS_WATCHES. The guest
 * cannot notice. */
bool rs_watch(struct rs_machine *m, const struct rs_watch *watches, size_t count);

/* ---- state: every architectural field by name ----------------------------------------------------------------------
 */

enum rs_field_kind { RS_FIELD_NUMBER, RS_FIELD_SEGMENT, RS_FIELD_TABLE, RS_FIELD_WIDE };

struct rs_field {
	const char *name;  /* as traces and the prompt write it */
	const char *group; /* "general", "segment", "table", "control", "debug", "msr", "vector", "x87", "hidden" */
	const char *about;
	enum rs_field_kind kind;
	unsigned bits; /* of RS_FIELD_WIDE: 80 or 128 */
};

struct rs_segment {
	uint16_t selector,
	    attributes; /* attributes: descriptor bits 55:40 with the limit bits 51:48 as 0; P=0: unusable */
	uint32_t limit;
	uint64_t base;
};

size_t rs_field_count(void);
const struct rs_field *rs_field_info(size_t field); /* NULL past the last */
/* The field of that name, or -1. */
int rs_field_find(const char *name);

/* A number field's value, the low 64 bits of a wide one, a segment's selector, a table register's base. */
uint64_t rs_get(struct rs_machine *m, size_t field);
/* The bits of a wide field from 64 up. */
uint64_t rs_get_high(struct rs_machine *m, size_t field);
struct rs_segment rs_get_segment(struct rs_machine *m, size_t field);
/* The limit of a table register or segment, in bytes. */
uint32_t rs_get_limit(struct rs_machine *m, size_t field);
/* More input for COM1 of a machine without rs_config.more_input: all bytes that there are now, the earlier ones
 * unchanged, and how many. The guest finds the new ones from here on: whoever comes by here again finds them come here,
 * and not earlier. */
void rs_input(struct rs_machine *m, const uint8_t *all, size_t size);
/* How many bytes have come by here: fewer than were given once somebody has gone back. */
size_t rs_input_size(struct rs_machine *m);

/* Sets a number field as a debugger does: no check, no fault; false for a field that is not a number. */
bool rs_set(struct rs_machine *m, size_t field, uint64_t value);
/* The same for a wide field. */
bool rs_set_wide(struct rs_machine *m, size_t field, uint64_t low, uint64_t high);

/* RDMSR and WRMSR as CPL 0 would execute them, checks included; false where they would fault. */
bool rs_read_msr(struct rs_machine *m, uint32_t address, uint64_t *value);
bool rs_write_msr(struct rs_machine *m, uint32_t address, uint64_t value);

/* Memory, as a debugger reads it: no fault, no Accessed bit, no record. The result is how many bytes were reached
 * before the first that is not mapped. Writes go to RAM below whatever the page's rights are. */
size_t rs_read_linear(struct rs_machine *m, uint64_t address, void *to, size_t size);
size_t rs_write_linear(struct rs_machine *m, uint64_t address, const void *from, size_t size);
size_t rs_read_physical(struct rs_machine *m, uint64_t address, void *to, size_t size);
size_t rs_write_physical(struct rs_machine *m, uint64_t address, const void *from, size_t size);
/* The physical address behind a linear one; false when it is not mapped. */
bool rs_translate(struct rs_machine *m, uint64_t linear, uint64_t *physical);

/* How a linear address is translated: the entries from the root down. */
struct rs_walk_entry {
	const char *name; /* "PML4E", "PDPTE", "PDE", "PTE" */
	uint64_t address; /* physical */
	uint64_t value;
};

struct rs_walk {
	struct rs_walk_entry entry[5];
	unsigned entry_count; /* 0: no paging, or a PAE pointer that is not present */
	bool mapped;          /* false: the last entry says why, or the address is not canonical */
	uint64_t reserved;    /* bits of the last entry that must be 0 and are not */
	uint64_t physical, page_bytes;
	bool user, writable, executable; /* all levels taken together; CR0.WP, SMEP and keys not looked at */
};

/* As a debugger looks: no fault, no Accessed bit. */
void rs_walk(struct rs_machine *m, uint64_t linear, struct rs_walk *walk);

/* A number that changes with every difference in architectural state or RAM content, and with nothing else. */
uint64_t rs_state_hash(struct rs_machine *m);

/* ---- snapshots ------------------------------------------------------------------------------------------------------
 */

struct rs_snapshot;

/* State and RAM as they are; pages are shared until one side writes. NULL: no memory. The TLB is part of it, so that
 * a guest that has changed a page-table entry and not invalidated it goes on in the same way; taking one changes
 * nothing. */
struct rs_snapshot *rs_snapshot_take(struct rs_machine *m);
/* Back to it, any number of times. The snapshot must be one of this machine. */
void rs_snapshot_restore(struct rs_machine *m, const struct rs_snapshot *snapshot);
void rs_snapshot_free(struct rs_machine *m, struct rs_snapshot *snapshot);

/* ---- state files: docs/state-file.md ----------------------------------------------------------------------------- */

#define RS_ORIGIN_FILES 17

/* What a machine was loaded with: nothing depends on it, but people and symbols do. */
struct rs_origin {
	struct rs_origin_file {
		char role[8]; /* "kernel", "user" */
		char name[256];
		uint64_t size;
		char sha256[65]; /* hexadecimal */
	} file[RS_ORIGIN_FILES];
	size_t file_count;
	char command_line[4096];
};

/* Writes the machine as it stands: all that a snapshot has, injected events, and the input that it was given. The
 * machine does not change. On failure nothing of that name has changed. */
bool rs_state_save(struct rs_machine *m, const struct rs_origin *origin, const char *path, struct rs_error *why);

/* Whether the file's first bytes are those of a state file. */
bool rs_state_is(const uint8_t *bytes, size_t size);

/* A machine that goes on as the saved one would have, or NULL with the reason; the file may hold anything. Host,
 * console, `more_input` and its argument are those of `config`; what else it says must be what the file says, or
 * nothing. Input that `more_input` gives begins with that of the file. `origin` may be NULL. */
struct rs_machine *rs_state_load(const struct rs_config *config, const struct rs_file *file, struct rs_origin *origin,
				 struct rs_error *why);

/* What the machine is; the names in it live as long as it does. */
const struct rs_config *rs_config_of(const struct rs_machine *m);

/* ---- time -----------------------------------------------------------------------------------------------------------
 */

/* A point between two records: `n` instructions have completed, and since the last of them `events` records have been
 * made (deliveries, iterations) - or the processor has shut down, which counts like one. The state there is the one
 * right behind the record; time that passes in HLT belongs to the record that ends it. */
struct rs_position {
	uint64_t n, events;
};

struct rs_position rs_position(struct rs_machine *m);

/* -1, 0 or 1: `a` is earlier than, the same as or later than `b`. */
static inline int rs_position_compare(struct rs_position a, struct rs_position b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return a.events < b.events ? -1 : a.events > b.events;
}

#define RS_HISTORY_BUDGET (256ull << 20)

/* The past of a machine: every position from its start to its frontier, the farthest that was reached, can be sought.
 *
 *    start                        here            frontier
 *      |--o-----o-----o---o--o--o--|--o--o-o-o-o-----|        o: snapshots, denser the nearer
 *
 * It keeps snapshots and executes again from the latest one in front of what is sought. The console is told nothing
 * anew below the frontier, and input comes again by itself. A break predicate and the observer of the machine are left
 * alone while it seeks, but for one thing: the record that leads to the position sought is observed when it was reached
 * (and perhaps some before it), so that who keeps the last record has the right one. rs_history_run and
 * rs_history_step are for the observer and the predicate what rs_run and rs_step are, below the frontier as well.
 *
 * What is changed from outside (rs_set, rs_write_linear, rs_signal and their kin, rs_snapshot_restore) is part of the
 * past from then on: what was behind it is gone, and who comes by again finds the change made. At its position itself
 * the state is the changed one. */
struct rs_history;

/* From here on, within so many bytes (0: RS_HISTORY_BUDGET); NULL: no memory. One for a machine, closed before
 * rs_free. A budget that holds too little, or a host without memory, costs history: its start moves on. Snapshots of
 * others that share pages with it are counted too. */
struct rs_history *rs_history_open(struct rs_machine *m, uint64_t budget, struct rs_error *why);
void rs_history_close(struct rs_history *h);

/* As rs_run and rs_step, which must not be called while there is a history. */
enum rs_stop rs_history_run(struct rs_history *h, uint64_t instructions);
enum rs_stop rs_history_step(struct rs_history *h);

/* False, and the machine stays where it is: the position is not between start and frontier, or there is none
 * (RS_ERROR_ARGUMENT). False, and the machine is at some position of its past: no memory. A position of more events
 * than there are behind `n` is taken for the one behind the last of them. */
bool rs_history_seek(struct rs_history *h, struct rs_position to, struct rs_error *why);
/* The position one record earlier. RS_ERROR_NOT_FOUND: this is the start. */
bool rs_history_back(struct rs_history *h, struct rs_error *why);

/* What is looked for: positions at which `at` is true, or behind which a record comes for which `record` is true. At
 * each position looked at, `at` is called with the state there and then, when the next record has been made, `record`
 * with it and the state behind it; either may be NULL. `give_up` is asked now and then. */
struct rs_search {
	/* A count that is not 0: positions in front of an instruction at one of these linear addresses, at which `at`
	 * is true unless it is NULL; much faster. `record` is not asked then. */
	const uint64_t *code;
	size_t code_count;
	rs_break_fn *at;
	bool (*record)(void *arg, struct rs_machine *m, const struct rs_record *record);
	bool (*give_up)(void *arg);
	void *arg;
};

/* Goes to the last position before here that is looked for. False, and the machine is where it was: there is none
 * (RS_ERROR_NOT_FOUND), or it was given up (RS_OK). The history is searched backwards from snapshot to snapshot, but
 * forwards between them. */
bool rs_history_search_back(struct rs_history *h, const struct rs_search *search, struct rs_error *why);

struct rs_history_status {
	struct rs_position start, frontier;
	size_t snapshots;
	uint64_t bytes, budget; /* bytes: that would be free without the history */
};

void rs_history_status(struct rs_history *h, struct rs_history_status *status);

/* ---- what the emulator knows
 * ------------------------------------------------------------------------------------------ */

enum rs_rule_state { RS_RULE_HELD, RS_RULE_LATER, RS_RULE_OPEN };

struct rs_rule {
	const char *id;      /* "SC-01" */
	const char *text;
	const char *applies; /* vendors and modes, as the ledger writes them */
	const char *fault;
	const char *source;
	enum rs_rule_state state;
};

size_t rs_rule_count(void);
const struct rs_rule *rs_rule_info(size_t rule);
int rs_rule_find(const char *id); /* -1: none; letter case does not matter */

/* One micro-step of a transition, in the manual's order. */
struct rs_step_row {
	const char *name;
	uint16_t rule;
	const char *text;    /* what is checked or done */
	const char *outcome; /* of a failed check: "#GP(0)"; else NULL */
	const char *section;
	uint16_t number;     /* its own, of all rows of all transitions */
};

size_t rs_transition_count(void);
const char *rs_transition_name(size_t transition);
const char *rs_transition_about(size_t transition);
int rs_transition_find(const char *name);
/* Row `row` of a transition as the profile `cpu` executes it; false past the last row. */
bool rs_transition_row(size_t transition, size_t row, const char *cpu, struct rs_step_row *out);

/* The words by which people ask for a change of privilege: an instruction, "task switch", "interrupt". */
struct rs_name {
	const char *name;
	const char *words;    /* other words for it, each behind a '|' */
	const char *mnemonic; /* of the instruction; "NONE": it is none */
	const char *about;
};

const struct rs_name *rs_name_info(size_t name); /* NULL past the last */
/* The transitions that do it: the number of one, and in which mode or by what it is reached ("": always). -1 past the
 * last. */
int rs_name_part(size_t name, size_t part, const char **when);

/* The vectors that the processor raises itself. */
struct rs_exception {
	uint8_t vector;
	const char *name; /* "#GP" */
	const char *kind, *error_code, *about;
};

const struct rs_exception *rs_exception_info(size_t index); /* NULL past the last */

/* A row of the instruction set. */
struct rs_instruction {
	const char *name;    /* mnemonic */
	uint16_t rule;       /* of its privilege check, or that LOCK is #UD; 0: none */
	const char *feature; /* the CPUID feature that it needs, or NULL */
	const char *page;    /* of SDM vol. 2 */
};

bool rs_instruction_info(size_t index, struct rs_instruction *out); /* false past the last */
/* Whether the processor has what the instruction needs. */
bool rs_cpu_has_instruction(const char *cpu, size_t index);

/* The model-specific register of an address, and the rule of its checks; false: no processor has it. */
bool rs_msr_info(uint32_t address, const char **name, uint16_t *rule);

/* Where a rule is at work. */
enum rs_use_kind { RS_USE_STEP, RS_USE_INSTRUCTION, RS_USE_MSR };

struct rs_use {
	enum rs_use_kind kind;
	const char *where; /* transition, mnemonic, or register */
	const char *what;  /* the step, or the manual's page */
	const char *section;
};

/* Use `index` of a rule, whichever processors have it; false past the last. */
bool rs_rule_use(size_t rule, size_t index, struct rs_use *use);
bool rs_rule_use_on(size_t rule, size_t index, const char *cpu);

/* CPU profiles. */
size_t rs_cpu_count(void);
const char *rs_cpu_name(size_t cpu);
const char *rs_cpu_about(size_t cpu);
bool rs_cpu_exists(const char *name);
/* Behaviour `index` of a profile: its name, the value in words and its rules; false past the last one. */
bool rs_cpu_behaviour(const char *cpu, size_t index, const char **name, const char **value, const char **rules);
/* A CPUID feature that the processor has but ringstep hides because it is not implemented; false past the last. */
bool rs_cpu_hidden(const char *cpu, size_t index, const char **feature);

/* Everything in which profiles can differ. Fact `index` has the same kind and name for all of them. */
enum rs_cpu_fact_kind {
	RS_CPU_BEHAVIOUR,
	RS_CPU_FEATURE, /* "absent"; "hidden": the processor has it, but ringstep does not implement it; "shown" */
	RS_CPU_SIZE,    /* a number */
	RS_CPU_EFER,    /* a bit of the register: "settable" or "reserved" */
	RS_CPU_CR4,
	RS_CPU_MSR,     /* the address, or "absent" */
};

struct rs_cpu_fact {
	enum rs_cpu_fact_kind kind;
	const char *name, *rules; /* rules: ids, or "-" */
	char value[120];
};

/* False past the last one. */
bool rs_cpu_fact(const char *cpu, size_t index, struct rs_cpu_fact *fact);

/* Cycle models: its name, a number that changes with its costs, what it is. NULL past the last. */
const char *rs_timing_name(size_t timing);
unsigned rs_timing_version(size_t timing);
const char *rs_timing_about(size_t timing);
/* The model of that name, or -1. */
int rs_timing_find(const char *name);

/* The word for a format, as --format and traces spell it: "elf32"; NULL for RS_FORMAT_ANY and past the last. */
const char *rs_format_name(size_t format);
/* The format of that name, or RS_FORMAT_ANY. */
enum rs_format rs_format_find(const char *name);

/* One missing thing a call; NULL past the last (README's list is made from these). */
const char *rs_missing(size_t index);
/* The rules that wait for it: ids with blanks between them. */
const char *rs_missing_rules(size_t index);

#endif
