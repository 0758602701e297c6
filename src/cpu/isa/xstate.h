/* xstate.h - the save areas in memory of FXSAVE and the XSAVE family [SDM vol. 1, 10.5 and 13.4]. */
#ifndef RS_CPU_ISA_XSTATE_H
#define RS_CPU_ISA_XSTATE_H

#include "cpu/isa/insn.h"
#include "cpu/operand.h"

/* The legacy region, and behind it the header of XSAVE. */
enum {
	LEGACY_ENVIRONMENT = 0, /* FCW FSW FTW FOP FIP FDP */
	LEGACY_MXCSR = 24,      /* and its mask */
	LEGACY_X87 = 32,        /* ST0 to ST7, 16 bytes each */
	LEGACY_XMM = 160,
	LEGACY_STATE = 416, /* so many bytes are state */
	LEGACY_BYTES = 512,
	XSTATE_BV = 512,
	XCOMP_BV = 520,
	HEADER_BYTES = 64,
};

/* What `arg` of the rows says; XSTATE_WIDE with REX.W, the form with FIP and FDP of 64 bits in place of 32 and a
 * selector. */
enum { XSAVE_STANDARD, XSAVE_OPTIMISED, XSAVE_COMPACTED, XSAVE_SUPERVISOR, XSTATE_HOW = 7, XSTATE_WIDE = 8 };

struct xarea {
	uint64_t address; /* linear */
	bool stack;       /* a non-canonical address is #SS */
	bool wide;        /* REX.W */
};

/* The operand of `bytes`, a multiple of `align`: #GP(0), or #AC where the manual leaves that to the processor. */
bool xarea_find(struct cpu *cpu, const struct uop *u, unsigned bytes, unsigned align, enum seg_use use,
		struct xarea *a);
/* Whether all of it from `from` on can be accessed (`kind` of mmu.h): nothing is moved before. */
bool xarea_probe(struct cpu *cpu, const struct xarea *a, unsigned from, unsigned bytes, unsigned kind);
bool xarea_read(struct cpu *cpu, const struct xarea *a, unsigned at, unsigned bytes, void *to);
bool xarea_write(struct cpu *cpu, const struct xarea *a, unsigned at, unsigned bytes, const void *from);

/* Components of the legacy region; MXCSR goes with either of two. */
enum { PART_X87 = 1, PART_XMM = 2, PART_MXCSR = 4 };
bool legacy_save(struct cpu *cpu, const struct xarea *a, unsigned parts);
/* Reads the parts into an image and checks MXCSR: #GP(0) for a reserved bit. */
bool legacy_read(struct cpu *cpu, const struct xarea *a, unsigned parts, uint8_t image[LEGACY_STATE]);
/* ... and puts them into the registers. */
void legacy_load(struct cpu *cpu, bool wide, unsigned parts, const uint8_t image[LEGACY_STATE]);

/* XMM and YMM registers that there are in this mode [SDM vol. 1, 13.5.2 and 13.5.3]. */
static inline unsigned vectors_here(const struct cpu *cpu)
{
	return cpu_is_64(cpu) ? VECTORS : VECTORS / 2;
}

#endif
