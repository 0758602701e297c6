/* block.h - the cache of predecoded blocks, keyed by physical address and mode. */
#ifndef RS_CPU_ENGINE_BLOCK_H
#define RS_CPU_ENGINE_BLOCK_H

#include "cpu/cpu.h"
#include "cpu/engine/uop.h"

enum { BLOCK_INSNS = 32, BLOCK_BYTES = 240, BLOCK_RECENT = 1024 };

/* Where control went from the end of a block, and under which translation and mode it was found (mmu.key). */
struct link {
	uint64_t rip, key;
	struct block *to;
};

#define LINK_FREE UINT64_MAX /* a key that never is */

/* `count` uops and the block's end behind them. A block lies in one page, unless its only instruction crosses into the
 * next (then `second` is that page's address and the block is never linked to). */
struct block {
	uint64_t physical;
	uint64_t second;
	struct block *next_in_bucket, *next_in_page;
	struct link link[2];
	int64_t need; /* instructions that there must be time for; BLOCK_DEAD: its bytes were overwritten */
	op_fn *first; /* not NULL: the handler of the first instruction, in whose place is op_timed or op_code_stop */
	uint32_t mode;
	uint16_t count, bytes;
	uint16_t watched; /* bytes that a store must not change: more than `bytes` if the last could not be decoded */
	uint16_t cost;    /* in cycles, of all instructions */
	uint8_t victim; /* which link is replaced next */
	bool crosses;
	struct uop uop[]; /* and behind the block's end, with a cycle model, block_start */
};

#define BLOCK_DEAD INT64_MAX

/* With a cycle model: the cycles from the block's start to each of its instructions, and to its end. */
static inline uint16_t *block_start(struct block *b)
{
	return (uint16_t *)(void *)&b->uop[b->count + 1];
}

/* The cycles from an instruction to the block's end. */
static inline unsigned block_rest(struct block *b, unsigned index)
{
	return b->cost - (unsigned)block_start(b)[index];
}

/* An instruction as it was decoded. */
static inline struct uop block_uop(const struct block *b, unsigned index)
{
	struct uop u = b->uop[index];
	if (index == 0 && b->first)
		u.fn = b->first;
	return u;
}

struct block_cache;

bool block_cache_init(struct cpu *cpu);
void block_cache_free(struct cpu *cpu);
/* Drops every block: the arena is full, or all of RAM became another. */
void block_cache_flush(struct cpu *cpu);
/* Bytes of a page that blocks were made from changed (phys.code_written). */
void block_code_written(void *cpu, uint64_t pa, size_t size);

/* The block at state.rip in the current mode, translated if need be. NULL: cpu->fault (fetch fault, #UD, ...). */
struct block *block_find(struct cpu *cpu);
/* The same, by way of the links of `from`, the block that has just ended there. */
struct block *block_follow(struct cpu *cpu, struct block *from);

/* The link of `from` that led here under an earlier epoch, made valid for this one if the address still translates to
 * the same bytes: most code outlives a change of CR3. NULL: none, or the fetch would fault. */
struct block *block_renew(struct cpu *cpu, struct block *from);

/* The chain that is inside `b` comes back to its driver behind the instruction that it is at. */
void block_leave(struct cpu *cpu, struct block *b);

static inline bool block_is_live(const struct block *b)
{
	return b->need != BLOCK_DEAD;
}

/* Whether the block ends at or before the deadline; `done`: instructions of the current one that have completed. */
static inline bool block_in_time(const struct cpu *cpu, const struct block *b, unsigned done)
{
	return (int64_t)(cpu->deadline - cpu->n - done) >= b->need;
}

/* The block may have died since. */
static inline bool link_fits(const struct cpu *cpu, const struct link *l)
{
	return l->rip == cpu->st.rip && l->key == cpu->mmu.key;
}

/* Gives `from` a link to `to`, the block at state.rip, if one of its links is free. */
void block_link_first(struct cpu *cpu, struct block *from, struct block *to);

/* Where the block at state.rip was found lately: for the ends that lead to many places, and for handlers of events. */
static inline struct link *block_recent(const struct cpu *cpu)
{
	uint64_t rip = cpu->st.rip;
	return &cpu->recent[(rip ^ rip >> 10) % BLOCK_RECENT];
}

/* The block that a link of the current one leads to, if it ends at or before the deadline; `done`: instructions that
 * the current one has completed. */
static inline __attribute__((always_inline)) struct block *block_linked(const struct cpu *cpu, unsigned done)
{
	const struct block *b = cpu->block;
	for (unsigned i = 0; i < 2; i++) {
		const struct link *l = &b->link[i];
		if (link_fits(cpu, l))
			return block_in_time(cpu, l->to, done) ? l->to : NULL;
	}
	return NULL;
}

static inline void block_enter(struct cpu *cpu, struct block *b)
{
	cpu->block = b;
	cpu->st.gpr[GPR_BLOCK_RIP] = cpu->st.rip;
}

#ifdef RS_TRAMPOLINE
#define GO(b) return (b)->uop
#else
#define GO(b) RS_TAIL return (b)->uop[0].fn(cpu, (b)->uop)
#endif

/* NEXT() of a branch that has set state.rip: the last instruction of its block. Where a link leads on, the block's end
 * is not visited. The step driver has a deadline of 0. */
#ifdef RS_TRAMPOLINE
#define ARRIVE() NEXT()
#else
#define ARRIVE() \
	do { \
		struct block *arrived = cpu->deadline ? block_linked(cpu, u->index_n + 1u) : NULL; \
		if (likely(arrived)) { \
			cpu->n += u->index_n + 1u; \
			block_enter(cpu, arrived); \
			GO(arrived); \
		} \
		NEXT(); \
	} while (0)
#endif

/* With a cycle model: what a block begins with. */
OP(timed);
/* What one begins with where a code stop may be. */
OP(code_stop);
/* Whether a code stop may lie at that physical address: linear addresses have the same place in the page. */
static inline bool block_may_stop(const struct cpu *cpu, uint64_t pa)
{
	return cpu->stops.filter[(pa & PAGE_OFFSET) / 64] >> (pa & 63) & 1;
}
/* The handlers that end a chain. */
OP(block_end);        /* behind an instruction that has set state.rip */
OP(block_end_iret);   /* behind one that may have set RF as well */
OP(block_fall);       /* behind one that has not */
OP(stale);
OP(step_end);

/* What translate.c makes of the instructions from state.rip on. `second` is set when the only one lies in two pages. */
struct translation {
	struct uop uop[BLOCK_INSNS];
	uint16_t start[BLOCK_INSNS + 1]; /* of block_start */
	uint64_t physical, second;
	uint16_t count, bytes, watched;
	bool crosses, falls_through;
};

/* False: cpu->fault. */
bool translate(struct cpu *cpu, struct translation *t);

/* Where the byte at CS:rip is to be fetched from; false: cpu->fault (limit of CS, page fault, non-canonical). */
bool fetch_code(struct cpu *cpu, uint64_t rip, struct mmu_code *code);

#endif
