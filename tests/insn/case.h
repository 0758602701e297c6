/* case.h - one-line instruction cases: what a line says, the environment it runs in, how it is checked.
 *
 * README.md describes the format and the environment for those who write cases.
 *
 *   case_parse.c, case_token.c   text -> struct kase
 *   case_env.c, case_preset.c    the environment: page tables, one machine a processor; the state of each preset
 *   case_desc.c, case_legacy.c   its descriptor tables: of IA-32e mode, of the legacy modes
 *   case_ram.c                   what RAM should hold now (the shadow), and comparing it with what it does hold
 *   case_assign.c                applies a token to a state and the shadow, before a run or as an expectation
 *   case_event.c, case_event32.c what delivery does through the 64-bit IDT, in the legacy modes; written a second time
 *   case_task.c                  what a hardware task switch does, written a second time
 *   case_check.c, case_writes.c  a record, the state and RAM behind it against the expectation
 *   case_run.c, case_fault.c     the three runs of a case; the runs with pages taken away
 *   runner.c                     the program
 */
#ifndef RS_TESTS_CASE_H
#define RS_TESTS_CASE_H

#include <stdio.h>

#include "board/machine.h"
#include "cpu/state.h"
#include "mem/phys.h"
#include "ringstep.h"

/* The first two are those of "both". */
enum case_cpu {
	CASE_INTEL,
	CASE_AMD,
	CASE_BOTH,
	CASE_P6 = CASE_BOTH,
	CASE_HASWELL,
	CASE_ICELAKE_SERVER,
	CASE_K8,
	CASE_ZEN1,
	CASE_CPUS
};
enum case_mode {
	MODE_LONG0,
	MODE_LONG3,
	MODE_COMPAT0,
	MODE_COMPAT3,
	MODE_PROT0,
	MODE_PROT3,
	MODE_ALL, /* `all` is those above */
	MODE_PROT16_0 = MODE_ALL,
	MODE_PROT16_3,
	MODE_REAL,
	MODE_V86,
	MODE_PAE0,
	MODE_PAE3,
	MODE_PG32_0,
	MODE_PG32_3,
	MODE_LA57_0,
	MODE_LA57_3,
	MODE_COUNT
};

extern const char *const case_cpu_names[CASE_CPUS], *const case_profile_names[CASE_CPUS];
const char *case_mode_name(enum case_mode mode);
/* Outside IA-32e mode: gates of 8 bytes, or vectors. */
bool case_mode_legacy(enum case_mode mode);

/* ---- the environment ---------------------------------------------------------------------------------------- */

#define ENV_RAM 0x400000u
enum { ENV_PAGES = ENV_RAM / PAGE_SIZE, ENV_SETS = ENV_PAGES / 64 };

#define ENV_PML4 0x1000u
#define ENV_GDT 0x10000u
#define ENV_LDT 0x11000u
#define ENV_IDT 0x12000u
#define ENV_TSS 0x13000u
#define ENV_HANDLERS 0x14000u
/* What the legacy modes have instead. */
#define ENV_IVT 0u
#define ENV_PDPT_PAE 0xe000u
#define ENV_PD32 0xf000u
#define ENV_GDT32 0x15000u
#define ENV_LDT32 0x16000u
#define ENV_IDT32 0x17000u
#define ENV_IDT16 0x17800u /* the same vectors through 16-bit gates */
#define ENV_TSS32 0x18000u
#define ENV_TASK32 0x19000u /* TSS of another task */
#define ENV_TASK16 0x1a000u
#define ENV_PML5 0x1b000u
#define ENV_TASK_LDT 0x1c000u
#define ENV_PT32 0x1d000u
#define ENV_PD_PAE 0x1e000u
#define ENV_PT_PAE 0x1f000u
#define ENV_GDT32_LIMIT 0x3ffu
#define ENV_IDT32_LIMIT 0x7ffu
#define ENV_IOMAP 0x88u /* in the TSS; the interrupt redirection bitmap lies in front of it */
#define ENV_IOMAP_LIMIT 0x108u
#define ENV_USER 0x100000u
#define ENV_KERNEL 0x200000u
#define ENV_HIGH 0xffff800000000000ull /* + x is ENV_KERNEL + x */
#define ENV_GDT_LIMIT 0x1ffu
#define ENV_LDT_LIMIT 0x3fu
#define ENV_TSS_LIMIT 0x67u

/* A descriptor in words: base, 20-bit limit, attributes as in struct seg. */
struct case_descriptor {
	uint16_t at;
	uint16_t attr;
	uint32_t base, limit;
};

void case_put_table(uint8_t *table, const struct case_descriptor *d, size_t count);

/* A machine with the environment in it, and what its RAM should hold. */
struct env {
	enum case_cpu cpu;
	struct rs_machine *m;
	struct rs_snapshot *base;
	struct cpu_state preset[MODE_COUNT];
	uint8_t *image;  /* RAM of the base snapshot */
	uint8_t *start;  /* RAM at the start of the case; differs from image in start_touched pages only */
	uint8_t *shadow; /* what RAM should hold now; differs from image in touched pages only */
	const struct page *page[ENV_PAGES]; /* the base's pages: another one in the machine may have been written */
	uint64_t touched[ENV_SETS], start_touched[ENV_SETS];
};

/* `timing`: the cycle model, or NULL. */
bool env_open(struct env *e, enum case_cpu cpu, const char *timing);
static inline bool env_is_open(const struct env *e)
{
	return e->m;
}
void env_close(struct env *e);
/* The environment as a kernel would build it: RAM content and the state of each preset. */
void env_build_ram(uint8_t *ram);
void env_build_descriptors(uint8_t *ram);
void env_build_legacy(uint8_t *ram);
void env_build_preset(struct cpu_state *st, enum case_mode mode);

/* Puts machine and shadow back to the base. */
void env_restore(struct env *e);
/* The shadow is what the case starts from: puts it into the machine and keeps it. */
void env_mark_start(struct env *e);
/* Puts the machine (not the shadow) back to the start of the case. */
void env_restore_start(struct env *e);

/* ---- RAM ---------------------------------------------------------------------------------------------------- */

/* The shadow's byte for a linear address under the paging of `st`, whatever the rights; NULL: outside RAM. */
uint8_t *ram_at(struct env *e, const struct cpu_state *st, uint64_t linear);
/* Where the page-table entry of `level` (1 PTE .. 4 PML4E) lies in the shadow; false when an upper table is not RAM. */
bool ram_entry(struct env *e, const struct cpu_state *st, uint64_t linear, unsigned level, uint64_t *physical);
/* Bytes of a page-table entry under the paging of `st`. */
unsigned ram_entry_size(const struct cpu_state *st);
/* Numbers and bytes of the shadow; writing marks the pages as touched. False (0): outside RAM. */
bool ram_write(struct env *e, const struct cpu_state *st, uint64_t linear, const uint8_t *bytes, size_t size);
uint64_t ram_read(struct env *e, const struct cpu_state *st, uint64_t linear, unsigned size);
/* The machine's page; NULL: never touched, reads 0. */
const uint8_t *ram_actual(const struct env *e, unsigned page);
/* The next page, from `page` on, that the machine may have written since the base or where the shadow was touched;
 * ENV_PAGES: there is none. */
unsigned ram_suspect(const struct env *e, unsigned page);
/* Takes the machine's content of that page as what should be there. */
void ram_accept(struct env *e, unsigned page);
void ram_touch(struct env *e, unsigned page);

static inline uint64_t get_le(const uint8_t *from, unsigned size)
{
	uint64_t value = 0;
	for (unsigned i = size; i--;)
		value = value << 8 | from[i];
	return value;
}

static inline void put_le(uint8_t *to, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size && i < sizeof value; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* The hidden part that a load of `sel` leaves, from the descriptor tables in the shadow. */
struct seg ram_segment(struct env *e, const struct cpu_state *st, uint16_t sel, bool system);

/* ---- a case ------------------------------------------------------------------------------------------------- */

enum place {
	PLACE_STATE,   /* bytes of struct cpu_state */
	PLACE_SEGMENT, /* a selector with the hidden part from the tables */
	PLACE_BYTES,   /* bytes in linear memory */
	PLACE_NUMBER,  /* a little-endian number in linear memory */
	PLACE_ENTRY,   /* a page-table entry */
	PLACE_DESC,    /* a number in the GDT or LDT of the mode */
	PLACE_GATE,    /* a number in the IDT of the mode */
	PLACE_TASK,    /* a hardware task switch */
};

enum task_how { TASK_JMP, TASK_CALL, TASK_IRET };

enum assign_op { OP_SET, OP_OR, OP_AND, OP_AND_NOT, OP_XOR, OP_ADD, OP_SUB };

struct assign {
	enum place place;
	enum assign_op op;
	uint16_t offset; /* in struct cpu_state */
	uint8_t width;   /* bytes */
	uint8_t level;   /* of PLACE_ENTRY; enum task_how of PLACE_TASK */
	uint64_t address;
	uint64_t value;
	uint64_t ignore; /* bits that may be anything */
	const char *hex; /* PLACE_BYTES */
	size_t bytes, times;
};

enum expect_kind { EXPECT_INSTRUCTION, EXPECT_ITERATION, EXPECT_EVENT, EXPECT_STOP };

struct span {
	const char *text;
	size_t length;
};

struct expect {
	enum expect_kind kind;
	unsigned first, count; /* in kase.pool */
	bool rip_given;
	uint8_t vector;
	bool software, external, has_code; /* EXPECT_EVENT */
	bool ivt;                /* EXPECT_EVENT: virtual-8086 mode redirects it to the program's own vectors */
	uint32_t code;
	int rf; /* the pushed RF; -1: by the kind of event */
	enum rs_stop stop;
	int exit_code;
	struct span rules; /* ids with commas */
};

enum { CASE_BYTES = 256, CASE_TOKENS = 256, CASE_RECORDS = 48, CASE_NAME = 80 };

struct kase {
	char name[CASE_NAME];
	const char *file;
	unsigned line;
	unsigned cpus, modes; /* bit sets */
	uint8_t bytes[CASE_BYTES];
	uint8_t length[CASE_BYTES]; /* of the instruction that begins at that byte; 0: none does */
	size_t byte_count;
	unsigned setup_count; /* kase.pool begins with the setup */
	unsigned expect_count;
	struct expect expect[CASE_RECORDS];
	struct assign pool[CASE_TOKENS];
	unsigned pool_count;
};

/* One line (without its newline) into `k`; false with a message in `why`. The text must outlive the case. */
bool case_parse(struct kase *k, const char *line, char why[static 200]);
/* Appends what a token such as `rax=1` or `gdtr=[0 0]` says to the pool. */
bool token_parse(struct kase *k, struct span token, char why[static 200]);
bool span_is(struct span s, const char *text);
bool span_hex(struct span s, uint64_t *value);
/* The part of `s` before the first `c`, which `s` is moved behind. */
struct span span_cut(struct span *s, char c);
struct span span_trim(struct span s);
int hex_digit(char c);

/* ---- running ------------------------------------------------------------------------------------------------ */

/* One run of one case on one processor in one mode. */
struct run {
	struct env *e;
	struct rs_machine *m;
	const struct kase *k;
	enum case_mode mode;
	unsigned complaints;
	unsigned record; /* which expectation, from 1 */
	uint64_t start;  /* instruction number before the case */
	uint64_t code;   /* RIP of the case's first byte */
	struct cpu_state before, actual;
	bool seen; /* the last rs_step made a record */
	struct rs_record got;
};

void complain(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Applies one token to a state and the shadow. `actual`: the machine after the record, for bits to ignore, or NULL. */
bool assign_apply(struct run *r, const struct assign *a, struct cpu_state *st, const struct cpu_state *actual);

/* What delivery of `x` does to the interrupted state *st and the shadow; false after a complaint. */
bool event_deliver(struct run *r, const struct expect *x, struct cpu_state *st);
bool event_deliver_legacy(struct run *r, const struct expect *x, struct cpu_state *st);
uint64_t event_pushed_flags(const struct expect *x, uint64_t rflags);
/* Pushes `size` bytes on the stack SS:ESP of *st outside 64-bit mode; false after a complaint. */
bool event_push(struct run *r, struct cpu_state *st, unsigned size, uint64_t value);
/* A hardware task switch to the TSS at `sel`, from *st with RIP behind the instruction; false after a complaint. */
bool case_task_switch(struct run *r, struct cpu_state *st, enum task_how how, uint16_t sel);
const char *event_name(uint8_t vector);
int event_find(struct span name);

/* The architectural fields of two states, engine slots left out; complains about each difference. */
bool check_state(struct run *r, const struct cpu_state *want, const struct cpu_state *got);
bool check_ram(struct run *r);
/* False: it is of another kind, so that the states cannot be compared. */
bool check_record(struct run *r, const struct expect *x);
/* Before the expectation is applied to the shadow: each byte that changed is among the record's writes. */
void check_writes(struct run *r);

/* Puts setup and bytes into the shadow and the machine, with `rights` taken from the page table entry of `page`; *st is
 * the state to start from. */
bool run_set_up(struct run *r, struct cpu_state *st, uint64_t page, uint64_t rights);
/* The observer: keeps the record in the run. */
void run_take_record(void *arg, struct rs_machine *m, const struct rs_record *record);
/* One rs_step, unless the run is over already; `before` and `actual` follow. */
enum rs_stop run_step(struct run *r, enum rs_stop stop);

/* True: passed. */
bool case_run(struct env *e, const struct kase *k, enum case_mode mode);
/* A gather that has faulted keeps what it has done: *want gets its destination and its mask from *actual. */
void case_accept_gather(const uint8_t *insn, size_t size, const struct cpu_state *actual, struct cpu_state *want);
/* On a processor with mmx_store_transits_first a store of an MMX register that has faulted may have left TOP 0, and
 * MASKMOVQ all registers valid. */
void case_accept_mmx_store(const struct run *r, const uint8_t *insn, size_t size, struct cpu_state *want);
/* The first instruction once more for each page that it may use, with that page taken away. */
bool case_run_faulting(struct env *e, const struct kase *k, enum case_mode mode);

#endif
