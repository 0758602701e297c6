/* inline.h - one instruction with random operands on the processor under this program, and the same in ringstep.
 *
 *   inline_forms.c   every form of every row, found by decoding all encodings
 *   inline_encode.c  the bytes of one instruction of a form
 *   inline_value.c   random values of registers and lanes
 *   inline_aim.c     registers so that a memory operand lies where we want it
 *   inline_make.c    a whole test: bytes, registers, memory
 *   inline_xstate.c  areas of FXSAVE, XSAVE and their like
 *   inline_native.c  the processor: state in, the instruction, state out; faults by a signal handler
 *   inline_model.c   ringstep's step driver on the same state
 *   inline_compare.c two ends against each other
 *   inline_rows.c    how rows are compared: what is undefined, what cannot be compared, and why
 *   inline_places.c  the last place of transcendental results
 *   inline_tell.c    a test as the line of a case; the smallest one that still differs
 *   inline.c         the program
 */
#ifndef RS_TESTS_INLINE_H
#define RS_TESTS_INLINE_H

#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cpu/isa/insn.h"
#include "cpu/profile.h"

/* ---- memory: the pages of tests/insn's environment, at the same addresses on both sides ---------------------- */

#define ARENA_CODE 0x100000u
#define ARENA_DATA 0x110000u /* two pages; the next is not present */
#define ARENA_DATA_END 0x112000u
#define ARENA_READ_ONLY 0x113000u
#define ARENA_STACK 0x120000u /* two pages, not present on both sides */
#define ARENA_RSP 0x120800u

enum { ARENA_PAGES = 5 };
struct arena_page {
	uint32_t address;
	bool written;      /* the tests may write it */
	uint32_t from, to; /* what is compared behind each test; the rest now and then */
};
extern const struct arena_page arena_pages[ARENA_PAGES];

/* Where branches go. */
enum { PADS = 6 };
extern const uint32_t pads[PADS];

/* ---- random numbers ------------------------------------------------------------------------------------------ */

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *r) /* splitmix64 */
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline unsigned random_below(struct random *r, unsigned n)
{
	return (unsigned)((random_next(r) >> 32) * n >> 32);
}

static inline bool random_one_in(struct random *r, unsigned n)
{
	return random_below(r, n) == 0;
}

/* ---- forms --------------------------------------------------------------------------------------------------- */

struct encoding {
	uint8_t prefix[3], prefixes; /* in front of REX */
	bool vex, w, l;              /* w: REX.W or VEX.W */
	uint8_t map, pp, opcode;     /* map 0: one-byte opcodes, 1: 0F, 2: 0F38, 3: 0F3A */
	bool has_modrm, memory, vsib;
	uint8_t reg, rm; /* where they are no operands */
	bool free_reg, free_rm, free_vvvv, free_opcode, free_is4;
};

enum skip {
	SKIP_NOT,
	SKIP_NO_ROW,  /* ringstep has no row or no handler for it yet */
	SKIP_PROFILE, /* the profile does not have it */
	SKIP_HOST,    /* the processor does not have it */
	SKIP_ROW,     /* inline_rows.c says why */
	SKIP_VENDOR,  /* vendors differ by manual, and this is another one's processor */
};

struct insn_form {
	uint64_t key;
	struct encoding e;
	uint16_t mnemonic; /* ZydisMnemonic */
	int16_t insn;      /* enum insn, or -1 */
	int16_t feature;   /* enum feature, or FEATURE_NONE */
	bool vectors;      /* shows or changes x87, MMX, SSE or AVX state */
	uint8_t length;
	enum skip skip;
	const char *why;
	unsigned long runs, passed, failed;
};

enum { FORM_KEYS = 1 << 16 };
struct form_list {
	uint64_t keys[FORM_KEYS];
	struct insn_form *form;
	size_t count, room;
};

bool forms_find(struct form_list *f, const ZydisDecoder *d);
/* Name, opcode and operands for people. */
bool form_tell(const struct insn_form *f, char text[static 160]);
uint64_t form_key(const struct encoding *e, const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operands);
const char *form_name(const struct insn_form *f);
/* The instruction with all choices 0. */
unsigned encode_plain(const struct encoding *e, uint8_t bytes[static 24]);
/* One with random registers, addressing and numbers. */
unsigned encode_random(const struct encoding *e, struct random *r, uint8_t bytes[static 24]);

struct decoded {
	ZydisDecodedInstruction i;
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];
};
bool decode_bytes(const ZydisDecoder *d, const uint8_t *bytes, unsigned size, struct decoded *z);

/* ---- a test -------------------------------------------------------------------------------------------------- */

/* The first 832 bytes of XSAVE's standard form: x87, SSE, AVX. */
struct xsave {
	uint16_t fcw, fsw;
	uint8_t ftw, reserved1;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	struct {
		uint64_t significand;
		uint16_t sign_exponent, reserved[3];
	} st[8];
	uint64_t xmm[16][2];
	uint8_t reserved2[96];
	uint64_t xstate_bv, xcomp_bv, reserved3[6];
	uint64_t ymm[16][2]; /* upper halves */
} __attribute__((aligned(64)));

enum { TEST_PATCHES = 4, PATCH_BYTES = 64, MANY_BYTES = 896 };

struct patch {
	uint32_t address;
	uint16_t size; /* 0: none */
	uint8_t bytes[PATCH_BYTES];
};

struct registers {
	uint64_t gpr[16], rflags, base[2], rip; /* base: of FS and GS */
};

struct test {
	const struct insn_form *form;
	uint8_t code[16], length;
	struct registers r;
	struct patch patch[TEST_PATCHES];
	uint32_t many_address; /* one operand of many bytes; 0: none */
	uint16_t many_size;
	uint8_t many[MANY_BYTES];
	struct xsave x; /* with form->vectors */
};

struct end {
	struct registers r;
	int vector; /* -1: the instruction completed */
	uint64_t error, cr2;
	struct xsave x;
};

/* NO_END: a loop that the clock ended. */
enum { NO_EVENT = -1, NO_END = -2 };

/* What one group of tests shares: the instruction's bytes. */
struct group {
	const struct insn_form *form;
	uint8_t code[24];
	struct decoded z;
};

/* Transcendental results that were compared, and how many had another last place or another C1. */
struct places {
	unsigned long long compared, apart, c1;
	uint64_t largest; /* distance in last places */
};

struct making {
	struct form_list *forms;
	ZydisDecoder decoder;
	bool faults;      /* look for them */
	bool same_vendor; /* as the profile's */
	/* FOP or FDP are written by every x87 instruction on one of the two, for unmasked exceptions on the other */
	bool fop_apart, fdp_apart;
	uint64_t xcr0_apart; /* components that only one of the two has */
	struct places *places;
};

void make_group(const struct making *m, struct random *r, const struct insn_form *f, struct group *g);
void make_test(const struct making *m, struct random *r, const struct group *g, struct test *t);

uint64_t value_integer(struct random *r);
uint64_t value_for(struct random *r, const struct group *g);
void value_vectors(struct random *r, const struct group *g, bool faults, struct xsave *x);

/* Registers that nothing else may change now: bit = number of the register. */
struct aim {
	struct random *r;
	struct test *t;
	const struct group *g;
	uint32_t fixed;
	bool faults, same_vendor;
	uint64_t xcr0_apart;
};
void aim_operands(struct aim *a);
bool pops_flags(const struct group *g);
/* EDX:EAX and ECX, where they choose components. */
void xstate_registers(struct aim *a);
void xstate_initial(struct random *r, const struct insn_form *f, struct xsave *x);
/* What FXRSTOR and XRSTOR find. */
void xstate_area(struct aim *a);
/* The components that are in use. */
bool tells_use(const struct insn_form *f);
bool saves_mxcsr_mask(const struct insn_form *f);
void aim_at(struct aim *a, const ZydisDecodedOperand *o, uint64_t target);

/* ---- both sides ---------------------------------------------------------------------------------------------- */

bool native_open(char why[static 200]);
void native_run(const struct test *t, struct end *end);
/* The host's page. */
uint8_t *native_page(unsigned page);
/* The page of the code, as the tests find it read-only; the first bytes of it for a test. */
const uint8_t *native_code(void);
enum { CODE_BYTES = 24 };
void code_bytes(const struct test *t, uint8_t bytes[static CODE_BYTES]);
uint64_t native_xcr0(void);
bool native_has(const struct feature_text *f);

struct model;
struct model *model_open(const char *profile);
void model_close(struct model *m);
void model_run(struct model *m, const struct test *t, struct end *end);
uint8_t *model_page(struct model *m, unsigned page);
void model_put_vectors(struct cpu_state *st, const struct xsave *x);
void model_take_vectors(const struct cpu_state *st, struct xsave *x);
/* The bytes as ringstep decodes them: SKIP_NOT, SKIP_NO_ROW or SKIP_PROFILE; fills the form's row and feature. */
enum skip model_knows(struct model *m, const uint8_t *bytes, struct insn_form *f);
uint64_t model_xcr0(const struct model *m);
const struct rs_profile *model_profile(const struct model *m);
bool model_is_intel(const struct model *m);

/* ---- comparing ----------------------------------------------------------------------------------------------- */

/* How far the manuals leave this test's results open. */
struct undefined {
	uint64_t rflags; /* these flags */
	uint32_t gpr;    /* these registers */
	bool memory;     /* what was stored */
	bool fop, fdp;
	bool top; /* may have become 0 */
	uint64_t cr2; /* these bits of it mean nothing */
	bool vectors; /* all of the state of x87, SSE and AVX */
};

void rows_undefined(const struct test *t, const struct decoded *z, const struct end *native, bool same_vendor,
		    struct undefined *u);
/* Fills skip and why. */
void rows_choose(struct insn_form *f, const struct decoded *z, bool same_vendor, bool faults);

/* Gives the model the processor's last places and C1 where both are right. */
void places_settle(struct places *p, const struct test *t, struct xsave *model, const struct xsave *native);

struct difference {
	char text[2000]; /* "" when there is none */
	size_t length;
	bool lost; /* it cannot be compared */
	struct end native, model;
};

/* Runs the test on both sides. */
bool differs(struct model *m, const struct making *k, const struct test *t, bool whole, struct difference *d);
void reduce(struct model *m, const struct making *k, struct test *t);
void tell_case(const struct test *t, const struct difference *d, const char *cpu);
void tell_vectors(const struct xsave *x);
void tell_vectors_changed(const struct xsave *before, const struct xsave *x);
/* The number of ST(i) in the register file. */
unsigned physical_register(const struct xsave *x, unsigned i);
/* The pages as they are now are what each test begins with. */
void arena_keep(void);
extern const char *const gpr_names[16];

#endif
