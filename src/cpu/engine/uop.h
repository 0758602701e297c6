/* uop.h - a predecoded instruction and the words in which its handler is written.
 *
 * A handler is written once and never knows which driver runs it:
 *
 *     OP(bswap32)
 *     {
 *             uint32_t v = (uint32_t)reg_get(cpu, u->dst, 4);
 *             reg_set(cpu, u->dst, 4, __builtin_bswap32(v));
 *             NEXT();
 *     }
 *
 * NEXT ends an instruction and goes to the handler of the following uop; in a block the last one is the block's end, in
 * the step driver it is a stop. FAULT ends it with nothing changed. Neither mentions time, tracing or breakpoints.
 */
#ifndef RS_CPU_ENGINE_UOP_H
#define RS_CPU_ENGINE_UOP_H

#include "cpu/cpu.h"

/* The hot state that handlers pass on, in one place. */
#define HOT_PARAMS struct cpu *cpu, const struct uop *u
#define HOT_ARGS cpu, u

/* The result is the uop to run next where calls return (trampoline), or NULL when the chain has ended. */
typedef const struct uop *op_fn(HOT_PARAMS);

/* EA_BASE: base + displacement, without a segment base; a case of EA_64. EA_FLAT: 32 bits, flat segment (MODE_FLAT). */
enum uop_ea { EA_BASE, EA_64, EA_FLAT, EA_SLOW };

/* How an address outside the plain 64-bit form is made. */
#define UOP_ADDRESS16 0x01
#define UOP_ADDRESS32 0x02
#define UOP_MEMORY 0x04     /* the r/m operand is memory */
#define UOP_SETS_RIP 0x08   /* the handler writes state.rip */
#define UOP_STACK_SEGMENT 0x10 /* a non-canonical address is #SS */
#define UOP_REP 0x20
#define UOP_REPNE 0x40
#define UOP_LOCK 0x80

struct uop {
	op_fn *fn;
	int64_t disp;  /* displacement; immediate of 64 bits; offset of a direct far pointer */
	int32_t imm;   /* immediate, sign-extended; displacement of a branch; selector of a direct far pointer */
	uint16_t insn; /* row of insn.def */
	uint8_t off, len; /* bytes from the start of the block; length */
	uint8_t index_n;  /* instructions before this one in the block */
	uint8_t dst, src; /* register operands: byte offset in state.gpr (segment, CR, DR: the number) */
	uint8_t base, index;      /* slots of state.gpr */
	uint8_t seg : 4, scale : 2, ea : 2; /* of the memory operand */
	uint8_t size;  /* operand size in bytes */
	uint8_t flags; /* UOP_* */
};

_Static_assert(sizeof(struct uop) == 32, "two uops a cache line");

#define OP(name) const struct uop *op_##name(HOT_PARAMS)

#ifdef RS_TRAMPOLINE
/* Without optimised sibling calls each handler returns to the driver's loop, or the stack would grow. */
#define NEXT() return u + 1
#define RS_TAIL
#else
#ifdef __clang__
#define RS_TAIL __attribute__((musttail))
#else
#define RS_TAIL
#endif
#define NEXT() RS_TAIL return u[1].fn(cpu, u + 1)
#endif

/* Ends the instruction as faulted; `cpu->fault` is filled by an accessor. */
#define FAULTED() return op_faulted(HOT_ARGS)
/* Ends it with this fault. */
#define FAULT(vector, code, rule) return op_fault(HOT_ARGS, vector, code, rule)

const struct uop *op_faulted(HOT_PARAMS);
const struct uop *op_fault(HOT_PARAMS, unsigned vector, int32_t code, enum rule rule);

/* Bytes of an address: the width of the count and index registers that an instruction uses implicitly. */
static inline unsigned uop_address_size(const struct uop *u)
{
	return u->flags & UOP_ADDRESS32 ? 4 : u->flags & UOP_ADDRESS16 ? 2 : 8;
}

/* RIP of the following and of this instruction. */
static inline uint64_t uop_next_rip(HOT_PARAMS)
{
	uint64_t next = cpu->st.gpr[GPR_BLOCK_RIP] + u->off + u->len;
	return __builtin_expect(cpu->mode & MODE_64, MODE_64) ? next : (uint32_t)next;
}

static inline uint64_t uop_rip(HOT_PARAMS)
{
	return cpu->st.gpr[GPR_BLOCK_RIP] + u->off;
}

/* With a cycle model (clock.c). */
uint64_t clock_now(HOT_PARAMS);
void clock_iterated(struct cpu *cpu, uint64_t count);
uint64_t clock_iterations_left(HOT_PARAMS);

/* Cycles before this instruction: the clock as it sees it. */
static inline uint64_t uop_now(HOT_PARAMS)
{
	return cpu->costs ? clock_now(HOT_ARGS) : cpu->n + u->index_n + cpu->idle;
}

/* A REP string tells how often it has gone round. */
static inline void uop_iterated(struct cpu *cpu, uint64_t count)
{
	cpu->iterations += count;
	if (cpu->costs)
		clock_iterated(cpu, count);
}

#endif
