/* decode.h - one instruction: from bytes to a uop. */
#ifndef RS_CPU_ENGINE_DECODE_H
#define RS_CPU_ENGINE_DECODE_H

#include "cpu/isa/insn.h"

enum { INSN_BYTES = 15, WINDOW_BYTES = 16 };

/* The bytes at an instruction's address, as far as they have been fetched. */
struct window {
	uint8_t bytes[WINDOW_BYTES];
	unsigned size;
	bool crosses;    /* into the page at physical address `second` */
	uint64_t second;
};

/* Fills `u` (off and index_n are the caller's) and `s` for the instruction in the window, in the CPU's mode. Never
 * faults: what cannot be executed becomes a uop that says so when it is reached. Returns the length; 0: the window ends
 * before the instruction. */
unsigned decode(struct cpu *cpu, const struct window *w, struct shape *s, struct uop *u);

/* Fills the window with the bytes from `at` to the end of their page, `room` of them; nothing answers at NULL. */
void window_fill(struct window *w, const uint8_t *at, unsigned room);

/* The uop again after its immediate or displacement was overwritten: `u` is changed in place, and true, only when
 * nothing else of the instruction has changed. */
bool decode_again(struct cpu *cpu, const struct window *w, struct uop *u);

/* Where in an instruction a number lies, and whether it is signed; 0 bytes: nowhere. */
struct decode_number {
	uint8_t at, bytes;
	bool is_signed;
};
/* Of the immediate of the instruction in the window, as far as it is remembered. */
struct decode_number decode_immediate(const struct cpu *cpu, const struct window *w);
/* Takes it from the instruction at `insn`. */
void decode_put_immediate(struct uop *u, const struct decode_number *n, const uint8_t *insn);

#endif
