/*
 * spec.h - the rules of the privilege transitions, stated a second time: rows in the manuals' words that an interpreter
 * evaluates. Written from the manuals and the rule ledger by somebody who had not read the emulator; it shares no code
 * with it.
 */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stdint.h>

enum spec_segment_register { ES, CS, SS, DS, FS, GS, LDTR, TR, SPEC_SEGMENTS };

enum spec_flag {
	FLAG_FIXED = 1u << 1,
	FLAG_TF = 1u << 8,
	FLAG_IF = 1u << 9,
	FLAG_IOPL = 3u << 12,
	FLAG_NT = 1u << 14,
	FLAG_RF = 1u << 16,
	FLAG_VM = 1u << 17,
	FLAG_AC = 1u << 18,
	FLAG_VIF = 1u << 19,
	FLAG_VIP = 1u << 20,
	FLAG_ID = 1u << 21,
	FLAG_DF = 1u << 10,
	FLAG_OF = 1u << 11,
	FLAG_STATUS = 0xd5, /* CF PF AF ZF SF */
	FLAG_DEFINED = 0x3f7fd7,
};

enum { CR0_PE = 1, CR4_LA57 = 1 << 12, DR6_BS = 1 << 14, EFER_SCE = 1, EFER_LMA = 1 << 10 };

/* SDM vol. 3, table 6-1. */
enum spec_vector {
	DE = 0,
	DB = 1,
	NMI = 2,
	BP = 3,
	OF = 4,
	UD = 6,
	DF = 8,
	TS = 10,
	NP = 11,
	SF = 12,
	GP = 13,
	PF = 14,
	AC = 17
};

/* The visible and the hidden part; the limit is in bytes. `null` is what the manuals call unusable. */
struct spec_segment {
	uint16_t selector;
	uint64_t base;
	uint32_t limit;
	uint8_t type, s, dpl, p, avl, l, db, g;
	bool null;
};

struct spec_table_register {
	uint64_t base;
	uint16_t limit;
};

struct spec_state {
	union {
		uint64_t gpr[16]; /* in the order of their encoding */
		struct {
			uint64_t rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
		};
	};
	uint64_t rip, rflags;
	unsigned cpl;
	struct spec_segment seg[SPEC_SEGMENTS];
	struct spec_table_register gdtr, idtr;
	uint64_t cr0, cr2, cr3, cr4, dr6, dr7, efer;
	uint64_t star, lstar, cstar, fmask, sysenter_cs, sysenter_esp, sysenter_eip, kernel_gs_base;
	bool nmi_blocked;
	uint64_t open_rsp; /* bits of RSP that the last step left undefined */
};

/* What the vendors do differently; spec_facts.def has the sections. */
struct spec_processor {
#define FACT(name, intel, amd, ledger, manual, words) bool name;
#include "spec_facts.def"
#undef FACT
};

extern const struct spec_processor spec_intel, spec_amd;

enum spec_transition {
	SYSCALL = 1 << 0,
	SYSRET = 1 << 1,
	SYSENTER = 1 << 2,
	SYSEXIT = 1 << 3,
	SWAPGS = 1 << 4,
	INT_N = 1 << 5,
	INT3 = 1 << 6,
	INT1 = 1 << 7,
	INTO = 1 << 8,
	IRET = 1 << 9,
	CALL_FAR = 1 << 10,
	JMP_FAR = 1 << 11,
	RET_FAR = 1 << 12,
	DELIVERY = 1 << 13,      /* of an exception or interrupt, through the IDT */
	NESTED = 1 << 14,        /* a fault during a delivery */
	DELIVERY_32 = 1 << 15,   /* in legacy protected and virtual-8086 mode, through a 32-bit gate */
	DELIVERY_REAL = 1 << 16, /* in real mode */
	DEBUG_TRAP = 1 << 17,    /* the single-step trap arises */
	BEGINNING = 1 << 18,     /* of any instruction */
};

struct spec_fault {
	enum spec_vector vector;
	bool has_code;
	uint32_t code;
};

/* Of interrupts, INT n, INT3 and INTO is_exception is false; INT n, INT3 and INTO alone are not external. */
struct spec_event {
	uint8_t vector;
	bool is_exception, is_fault, external, has_code;
	uint32_t code;
	uint64_t return_rip;
};

struct spec_instruction {
	enum spec_transition transition;
	enum spec_transition begun; /* BEGINNING: of which */
	unsigned length;
	bool lock, operand_66, rex_w;
	bool direct;              /* far CALL and JMP: the pointer is in the instruction (9A, EA) */
	uint8_t vector;           /* INT n */
	uint16_t immediate;       /* RET n */
	uint64_t pointer;         /* far CALL and JMP: where the pointer lies */
	struct spec_event event;  /* DELIVERY, NESTED: what is being delivered */
	struct spec_fault second; /* NESTED: the fault met on the way */
};

/*
 * Memory in which an address stands for itself AND `mask`. An access outside of it leaves the question open and sets
 * `strayed`.
 */
struct spec_memory {
	uint64_t mask, base;
	uint32_t size;
	uint8_t *bytes;
	bool strayed;
	/* Bits of the bytes at `open_at` that a row leaves open. */
	uint64_t open_at;
	unsigned open_bytes;
	uint8_t open_bits;
};

/* Rows that decided, by their place in the table. */
enum { SPEC_ROW_WORDS = 4 };
struct spec_rows {
	uint64_t bits[SPEC_ROW_WORDS];
};

struct spec_outcome {
	bool faulted;
	struct spec_fault fault;
	bool step_trap; /* #DB with DR6.BS follows the instruction */
	bool shutdown;
	bool done; /* nothing more to do */
	bool open; /* a row leaves the question open */
	struct spec_rows rows;
};

struct spec_context;

struct spec_row {
	const char *name, *ledger, *manual, *words;
	unsigned on; /* transitions */
	enum { SPEC_CHECK, SPEC_SET, SPEC_OPEN } kind;
	bool (*when)(const struct spec_context *c);
	void (*then)(struct spec_context *c);
};

extern const struct spec_row spec_table[];
extern const unsigned spec_row_count;

#endif
