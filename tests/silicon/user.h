/* user.h - a few instructions in user mode on the processor under this program, and the same in ringstep.
 *
 *   user_run.c     the processor: a signal handler that puts the state in and takes it out
 *   user_model.c   ringstep, in an environment whose tables are those of Linux
 *   user_make.c    random states and memory
 *   user_code.c    random instructions
 *   user_compare.c two ends against each other, and the line that tells a difference
 *   user_reduce.c  the smallest test that still differs
 *   user_known.c   the differences that are known
 *   user.c         the program
 */
#ifndef RS_TESTS_USER_H
#define RS_TESTS_USER_H

#include "case.h"

#define USER_END 0x200000u /* the user arena is ENV_USER .. USER_END */

enum { LDT_SLOTS = 16, TEST_PATCHES = 3, PATCH_BYTES = 40, TEST_CODE = 48, TEST_INSTRUCTIONS = 3 };

/* The pages of the arena that hold anything. */
enum { USER_DATA = 2, USER_READ_ONLY = 4, USER_PAGES = 10 };
extern const uint32_t user_pages[USER_PAGES];

/* The first slots are alike in all tests, the last are random. */
/* LDT_WRAP: 64 KiB of offsets end amid the arena, and more is inside the limit. */
enum { LDT_DATA, LDT_CODE32, LDT_CODE16, LDT_DATA16, LDT_SMALL, LDT_DOWN, LDT_WRAP, LDT_FIXED = 13 };
#define LDT_CODE16_SEL (LDT_CODE16 << 3 | 7)
#define LDT_DATA16_SEL (LDT_DATA16 << 3 | 7)

/* What modify_ldt(2) takes, by name. */
struct slot {
	uint32_t base, limit; /* limit: 20 bits as in the descriptor */
	uint8_t contents;     /* 0 data, 1 expand-down, 2 code, 3 conforming code */
	bool wide, read_execute_only, pages, not_present, available;
};

struct patch {
	uint32_t address;
	uint8_t size; /* 0: none */
	uint8_t bytes[PATCH_BYTES];
};

struct user_test {
	uint64_t gpr[16], rip, rflags, base[2]; /* base: of FS and GS */
	uint16_t sel[6];                        /* in the order of SEG_ES .. SEG_GS */
	struct slot ldt[LDT_SLOTS];
	struct patch patch[TEST_PATCHES];
	uint8_t code[TEST_CODE];
	uint8_t length[TEST_INSTRUCTIONS]; /* 0: none */
};

/* The first event: everything that its handler finds. */
struct user_end {
	const char *lost; /* no event that could be compared, and why; or NULL */
	unsigned vector;
	uint64_t error, cr2;
	uint64_t gpr[16], rip, rflags, base[2];
	uint16_t sel[6];
	uint8_t ram[USER_PAGES][PAGE_SIZE];
};

/* ---- both sides --------------------------------------------------------------------------------------------- */

/* The arena and the handlers of signals; false when this host has no room for them. */
bool user_open(char why[static 200]);
void user_run(const struct user_test *t, struct user_end *end);
/* What LAR and LSL tell of a descriptor of this host; false: nothing. */
bool user_segment(uint16_t selector, uint32_t *rights, uint32_t *limit);

struct user_model;
struct user_model *user_model_open(void);
void user_model_close(struct user_model *m);
void user_model_run(struct user_model *m, const struct user_test *t, struct user_end *end);

uint64_t slot_descriptor(const struct slot *s);
unsigned user_code_size(const struct user_test *t);
/* What the pages hold when the test begins. */
void user_fill(const struct user_test *t, uint8_t ram[USER_PAGES][PAGE_SIZE]);

/* ---- making tests ------------------------------------------------------------------------------------------- */

struct random {
	uint64_t state;
};
uint64_t random_next(struct random *r);
unsigned random_below(struct random *r, unsigned n);
bool random_one_in(struct random *r, unsigned n);
uint16_t random_selector(struct random *r);
uint64_t random_target(struct random *r); /* of a far transfer */

void user_make(struct random *r, struct user_test *t);
void user_make_instruction(struct random *r, struct user_test *t, unsigned index);

/* ---- differences -------------------------------------------------------------------------------------------- */

struct difference {
	char text[2000]; /* "" when there is none */
	size_t length;
	unsigned vector;   /* of the processor */
	const char *lost;  /* nothing was compared, and why; or NULL */
	const char *known; /* why it is no failure; or NULL */
};

/* Runs the test on both sides; true when they differ in a way that is not known. */
bool user_differs(struct user_model *m, const struct user_test *t, struct difference *d);
const char *known_difference(const struct user_test *t, const struct user_end *model, const struct user_end *real);
/* Takes away whatever the difference does not need. */
void user_reduce(struct user_model *m, struct user_test *t);
/* The test as SETUP | BYTES of a case. */
void user_tell(const struct user_test *t);

#endif
