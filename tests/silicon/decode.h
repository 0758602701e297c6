/* decode.h - random bytes at the end of a page: how long the instruction is, and whether there is one, on the processor
 * and in ringstep.
 *
 *   decode_real.c   the processor: a child that can do nothing but run bytes and exit
 *   decode_model.c  ringstep: its decoder, under a profile masked by this processor's CPUID
 *   decode_make.c   random bytes
 *   decode_parse.c  prefixes, opcode map and ModRM of bytes: written a second time, for the rows below
 *   decode_judge.c  the two answers against each other: decode_host.def says how instructions that leave user mode are
 *                   compared, decode_quirk.def and decode_absent.def what is no failure
 *   decode_reduce.c the fewest bytes that still differ
 *   decode.c        the program
 */
#ifndef RS_TESTS_DECODE_H
#define RS_TESTS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEST_BYTES = 16, LONGEST = 15, BATCH = 1 << 14 };

enum verdict {
	VERDICT_NONE,        /* not asked */
	VERDICT_INSTRUCTION, /* of `length` bytes; what it does, faults included, is not looked at */
	VERDICT_UNDEFINED,   /* #UD */
	VERDICT_TOO_LONG,    /* #GP(0): more than 15 bytes */
	VERDICT_SHORTER,     /* what must not run has less than the expected bytes */
	VERDICT_LOST,        /* the child died of it */
};

struct answer {
	uint8_t verdict, length;
};

struct decode_test {
	uint8_t bytes[TEST_BYTES];
	uint8_t code_size; /* 64, 32 or 16 */
	bool length_only;  /* enters the kernel: its last byte is never there */
	uint8_t vector;    /* that the processor raised with the whole instruction there; 1: it was executed */
	struct answer model, real;
	bool run;         /* is run in ringstep too */
	bool torn;        /* at the end of a page ringstep gives it another length */
	bool missing;     /* ringstep has no handler for it yet */
	const char *skip; /* of the model: not to be compared, and why; or NULL */
};

/* ---- the processor ------------------------------------------------------------------------------------------ */

struct real;
/* NULL: this host cannot, and why. */
struct real *real_open(char why[static 200]);
void real_close(struct real *r);
/* The tests of a batch lie here; the child runs them between begin and end. */
struct decode_test *real_tests(struct real *r);
void real_begin(struct real *r, unsigned count);
void real_end(struct real *r);

struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);
void decode_make(struct random *r, struct decode_test *t);

/* ---- bytes -------------------------------------------------------------------------------------------------- */

enum encoding { LEGACY, VEX, EVEX, XOP };

struct parsed {
	bool lock, rep, repne, operand16, address; /* prefixes, wherever they stand */
	bool rex, rex_w;                           /* the last one, if it counts */
	uint8_t encoding;                          /* enum encoding */
	uint8_t map; /* 0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A; as the prefix of VEX, EVEX and XOP says */
	uint8_t opcode;
	uint8_t pp, w, l, vvvv; /* of VEX: vvvv as a register's number */
	bool memory;            /* the byte behind the opcode, taken as ModRM */
	uint8_t reg, rm;
	uint8_t modrm;
};

struct parsed decode_parse(const uint8_t *bytes, unsigned code_size);

/* How instructions that the kernel or the hypervisor answers, or that tell of the host, are compared. */
enum compared { COMPARED, COMPARED_LENGTH, COMPARED_NOT };

struct host_row {
	enum compared compared;
	const char *why;
};

/* The row of decode_host.def, or NULL. */
const struct host_row *host_row(const struct decode_test *t);

/* ---- ringstep ----------------------------------------------------------------------------------------------- */

struct model;
/* `profile`: a name of `ringstep cpus`; masked by CPUID of this host. */
struct model *model_open(const char *profile);
void model_close(struct model *m);
/* Fills model, skip and length_only. */
void model_ask(struct model *m, struct decode_test *t);
enum ending {
	ENDING_OTHER,
	ENDING_UD,
	ENDING_UD_ELSEWHERE, /* on the profile or on the model next to this host, and not on both */
	ENDING_MISSING,      /* ringstep has a decoder for it, and nothing more */
};
/* Runs it: what is #UD by state is not seen by the decoder. */
enum ending model_run(struct model *m, const struct decode_test *t);
/* #UD on both: sooner told than by model_run. */
bool model_refuses(struct model *m, const struct decode_test *t);

/* Would it be an instruction of the processor's length if the profile had all features of this host? */
bool model_would_have(struct model *m, const struct decode_test *t);

/* ---- differences -------------------------------------------------------------------------------------------- */

struct judgement {
	bool differs;
	const char *skip; /* known, or not to be compared, and why; or NULL */
	bool is_quirk;
};

/* The mnemonic. */
const char *decode_name(const struct decode_test *t);
bool decode_agrees(const struct decode_test *t);
struct judgement decode_judge(struct model *m, const struct decode_test *t);
/* Takes away whatever the difference does not need. */
void decode_reduce(struct real *r, struct model *m, struct decode_test *t);
void decode_tell(const struct decode_test *t);

#endif
