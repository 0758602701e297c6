/* trace.h - commit records as lines of text: written, read back strictly, compared. docs/trace-format.md is the format.
 *
 *      observer of a machine --> trace_writer --> lines --> a file (`trace`), or straight into a comparison (`check`)
 *      a file in memory      --> trace_reader --> lines --> trace_compare (`check`), trace_diff (`diff`)
 *
 * Writer and reader work on struct cpu_state by way of state.def, so a new row there is in the format at once. A value
 * has exactly one spelling: two records are the same when their lines are the same bytes, which is what makes `check`
 * fast. A file that is read is not trusted: it ends in a record, a named error or "cut", never in undefined behaviour.
 */
#ifndef RS_TRACE_TRACE_H
#define RS_TRACE_TRACE_H

#include "cpu/state.h"
#include "host/host.h"

#define TRACE_MAGIC "ringstep-trace 1"

enum {
	TRACE_FILES = 17, /* image and modules */
	TRACE_NAME = 256,
	TRACE_ARGUMENTS = 4096,
	TRACE_LINE = 16384, /* more than the longest line that a record can make (a unit test fills one) */
	TRACE_COMMENT = 256,
	TRACE_KEY_INTERVAL = 65536, /* a state hash reads all RAM that was touched */
	TRACE_FIELDS = 192,         /* at least the rows of state.def */
};

/* ---- what determines a run ---- */

struct trace_file {
	char role[8]; /* "kernel", "user" */
	char name[TRACE_NAME];
	uint64_t size;
	char sha256[65];
};

struct trace_header {
	char cpu[64];
	char timing[32];         /* cycle model; "" is "none" as well */
	unsigned timing_version; /* of its costs; 0 without a model */
	uint64_t memory; /* bytes */
	uint64_t limit;  /* completed instructions, or RS_FOREVER */
	uint64_t cycle_limit; /* the run stops when so many have passed, or RS_FOREVER */
	bool has_until;  /* the run stops before the instruction at the linear address `until` */
	uint64_t until;
	uint64_t key_interval; /* records from one `k` line to the next */
	bool key_lines_only;
	struct rs_start start; /* how the kernel is read and entered */
	struct trace_file file[TRACE_FILES];
	size_t file_count;
	char arguments[TRACE_ARGUMENTS];
	struct rs_injection injection[RS_INJECTIONS];
	size_t injection_count;
	uint8_t *input; /* all bytes that COM1 receives */
	size_t input_size;
};

/* 64 digits and a zero byte. */
void trace_sha256(const void *bytes, size_t size, char text[65]);
/* Adds a file under the name that a trace may carry: as the user gave it, but of an absolute path only the last part,
 * which says nothing about the host. */
bool trace_header_add(struct trace_header *h, const char *role, const struct rs_file *file, struct rs_error *why);

/* ---- writing ---- */

/* One line with its newline. */
typedef void trace_line_fn(void *arg, const char *line, size_t size);
/* An instruction in words; the result is the length, 0 for bytes that are none. */
typedef size_t trace_disassemble_fn(const uint8_t *bytes, size_t n, uint64_t rip, unsigned mode_bits, char *text,
				    size_t size);

struct trace_writer {
	trace_line_fn *line;
	void *arg;
	trace_disassemble_fn *disassemble; /* NULL: no comments */
	bool key_lines_only;
	bool cycles; /* records say theirs */
	uint64_t key_interval, until_key; /* records */
	struct cpu_state last;            /* after the last record */
	struct cpu_state told;            /* as the lines tell it: older than `last` where records are left out */
	char text[TRACE_LINE];
};

void trace_write_header(const struct trace_header *h, trace_line_fn *line, void *arg);
/* Whether the records of such a trace say their cycles. */
static inline bool trace_has_cycles(const struct trace_header *h)
{
	return h->timing_version;
}

/* Takes the state that the run starts from and writes it. */
void trace_writer_start(struct trace_writer *w, const struct trace_header *h, const struct cpu_state *state,
			trace_line_fn *line, void *arg);
/* A record and the state after it. */
void trace_write_record(struct trace_writer *w, const struct cpu_state *now, const struct rs_record *record);
void trace_write_key(struct trace_writer *w, uint64_t n, uint64_t hash);
void trace_write_end(struct trace_writer *w, const struct rs_status *status, uint64_t hash);
/* An rs_observer_fn: `arg` is the writer. Writes the record, and a key line where one is due. */
void trace_observe(void *arg, struct rs_machine *m, const struct rs_record *record);

/* The words of the format. Each writes at p, without a zero byte behind, and returns the end. */
char *trace_put_hex(char *p, uint64_t value);
char *trace_put_decimal(char *p, uint64_t value);
char *trace_put_bytes(char *p, const uint8_t *bytes, size_t n);
char *trace_put_field(char *p, const struct cpu_state *st, const struct state_field *f);
/* 16, 32 or 64: what a disassembler wants to know. */
unsigned trace_mode_bits(const struct cpu_state *st);
/* The word in the `e` line: "exit=0", "halted", "triple-fault=#GP/IN-01,#GP/IN-01,#GP/IN-01" ... */
char *trace_put_stop(char *p, const struct rs_status *status);

/* FNV-1a, for what must not change by accident; goldens are not a defence against forgery. */
uint64_t trace_fnv(uint64_t hash, const void *bytes, size_t n);
#define TRACE_FNV_START 0xcbf29ce484222325ull

/* ---- reading ---- */

struct trace_span {
	const char *text;
	size_t size;
};

enum trace_kind { TRACE_STATE, TRACE_INSTRUCTION, TRACE_ITERATION, TRACE_EVENT, TRACE_SKIPPED, TRACE_KEY, TRACE_END };

struct trace_line_write {
	uint64_t address, size;
	struct trace_span value;
};

struct trace_line {
	enum trace_kind kind;
	struct trace_span text; /* without newline and comment */
	uint64_t n, iteration, rip;
	uint8_t cpl, length, bytes[15];
	struct trace_span event;             /* vector, error code, origin, cause */
	uint64_t printed[TRACE_FIELDS / 64]; /* a bit for each row of state.def that the line gives */
	struct trace_line_write write[RS_RECORD_WRITES];
	unsigned write_count;
	bool writes_cut;
	struct trace_span rules, stop;
	uint64_t cycles; /* with a cycle model: after the last record up to here */
	uint64_t undefined; /* RFLAGS bits */
	uint64_t hash;
};

/* One side of a comparison: a file in memory, where in it we are, and the state as its lines tell it. */
struct trace_reader {
	const char *name;
	const char *begin, *at, *end;
	size_t number;       /* of the current line, from 1 */
	bool started, ended; /* the `s` line and the `e` line were read */
	bool cycles; /* by the header, records say theirs */
	struct trace_line line;
	struct cpu_state before, state; /* before and after the current line */
};

enum trace_read { TRACE_READ_LINE, TRACE_READ_DONE, TRACE_READ_CUT, TRACE_READ_ERROR };

void trace_reader_init(struct trace_reader *r, const char *name, const void *bytes, size_t size);
/* Up to the line before the start state. The input bytes are host memory for trace_header_release. */
bool trace_read_header(struct trace_reader *r, const struct rs_host *host, struct trace_header *h,
		       struct rs_error *why);
void trace_header_release(const struct rs_host *host, struct trace_header *h);
/* The next record. DONE: behind the `e` line. CUT: the file stops without one, `why` says where. */
enum trace_read trace_read(struct trace_reader *r, struct rs_error *why);
/* Whether the last whole line is an `e` line: cheap, for refusing a cut file before a long run. */
bool trace_is_whole(const void *bytes, size_t size);
/* Whether that line says that the run ended at a limit, and after how many instructions. */
bool trace_ends_at_limit(const void *bytes, size_t size, uint64_t *limit);

/* ---- comparing ---- */

struct trace_compare {
	bool ignore_cycles, ignore_undefined;
	uint64_t doubtful;                 /* RFLAGS bits that an instruction left undefined and that differ since */
	bool was_doubtful;                 /* hashes cannot be compared any more */
	bool ignore_hashes;                /* the two runs are not the same any more */
	bool skip_keys;                    /* trace_diff: `k` lines do not stand at the same places */
	trace_disassemble_fn *disassemble; /* for the lines shown, or NULL */
	uint64_t n_offset, cycle_offset;   /* what to add to n and cycles of the first side, modulo 2^64 */
};

/* "cycles", "undefined", or both with a comma. NULL: exact. */
bool trace_compare_init(struct trace_compare *c, const char *ignore, struct rs_error *why);

typedef void trace_differs_fn(void *arg, const char *what, const char *before, const char *a, const char *b);

/* How many things differ in the two current lines; `differs` (NULL: none) is called for each. */
unsigned trace_compare(struct trace_compare *c, const struct trace_reader *a, const struct trace_reader *b,
		       trace_differs_fn *differs, void *arg);

/* The two current lines with their context, and each thing that differs: before, one side, the other. */
void trace_report(struct out *o, struct trace_compare *c, const struct trace_reader *a, const struct trace_reader *b);

/* Compares two traces (their headers are read), line by line, finding a common line again after each difference; prints
 * the differences. 0 the same, 1 differs, 2 trouble with the reason. */
int trace_diff(struct out *o, const struct rs_host *host, struct trace_compare *c, struct trace_reader *a,
	       struct trace_reader *b, struct rs_error *why);

#endif
