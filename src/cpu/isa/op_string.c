/* op_string.c - MOVS STOS LODS SCAS CMPS INS OUTS, alone and repeated.
 *
 * Registers are up to date after each iteration: a fault in the middle is restarted by executing the instruction again,
 * and a debug trap can be taken between two iterations. [SDM vol. 2: REP, MOVS, STOS, LODS, SCAS, CMPS, INS, OUTS]
 */
#include "cpu/isa/alu.h"
#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"

/* ---- pointers ---- */

INLINE uint64_t pointer(const struct cpu *cpu, const struct uop *u, unsigned reg)
{
	return likely(u->ea != EA_SLOW) ? cpu->st.gpr[reg] : reg_get(cpu, reg * 8, uop_address_size(u));
}

/* Written in the address size: 32 bits clear the upper half, 16 bits keep the rest. */
INLINE void set_pointer(struct cpu *cpu, const struct uop *u, unsigned reg, uint64_t value)
{
	if (likely(u->ea != EA_SLOW))
		cpu->st.gpr[reg] = value;
	else
		reg_set(cpu, reg * 8, uop_address_size(u), value);
}

INLINE void advance(struct cpu *cpu, const struct uop *u, unsigned reg, unsigned size)
{
	uint64_t at = pointer(cpu, u, reg);
	set_pointer(cpu, u, reg, cpu->st.rflags & FLAG_DF ? at - size : at + size);
}

/* A prefix may give the source another segment. */
INLINE bool source(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t *address)
{
	uint64_t offset = pointer(cpu, u, RSI);
	*address = offset + cpu->st.seg[u->seg].base;
	return likely(cpu_is_64(cpu)) || seg_linear(cpu, u->seg, offset, size, SEG_FOR_READ, address);
}

/* The destination is always in ES. */
INLINE bool destination(struct cpu *cpu, const struct uop *u, unsigned size, enum seg_use use, uint64_t *address)
{
	*address = pointer(cpu, u, RDI);
	return likely(cpu_is_64(cpu)) || seg_linear(cpu, SEG_ES, *address, size, use, address);
}

INLINE bool read_source(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t *v)
{
	uint64_t address;
	return source(cpu, u, size, &address) && linear_read(cpu, address, size, u->flags & UOP_STACK_SEGMENT, v);
}

INLINE bool read_destination(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t *v)
{
	uint64_t address;
	return destination(cpu, u, size, SEG_FOR_READ, &address) && linear_read(cpu, address, size, false, v);
}

INLINE bool write_destination(struct cpu *cpu, const struct uop *u, unsigned size, uint64_t v)
{
	uint64_t address;
	return destination(cpu, u, size, SEG_FOR_WRITE, &address) && linear_write(cpu, address, size, false, v);
}

/* ---- one iteration ---- */

INLINE bool movs(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v;
	if (!read_source(cpu, u, size, &v) || !write_destination(cpu, u, size, v))
		return false;
	advance(cpu, u, RSI, size);
	advance(cpu, u, RDI, size);
	return true;
}

INLINE bool stos(struct cpu *cpu, const struct uop *u, unsigned size)
{
	if (!write_destination(cpu, u, size, reg_get(cpu, RAX * 8, size)))
		return false;
	advance(cpu, u, RDI, size);
	return true;
}

INLINE bool lods(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v;
	if (!read_source(cpu, u, size, &v))
		return false;
	reg_set(cpu, RAX * 8, size, v);
	advance(cpu, u, RSI, size);
	return true;
}

INLINE bool scas(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v;
	if (!read_destination(cpu, u, size, &v))
		return false;
	alu_sub(&cpu->lf, reg_get(cpu, RAX * 8, size), v, size);
	advance(cpu, u, RDI, size);
	return true;
}

/* Of two bad addresses the destination's is told, as measured; the manuals are silent. */
INLINE bool cmps(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t a, b;
	if (!read_destination(cpu, u, size, &b) || !read_source(cpu, u, size, &a))
		return false;
	alu_sub(&cpu->lf, a, b, size);
	advance(cpu, u, RSI, size);
	advance(cpu, u, RDI, size);
	return true;
}

/* The destination must be writable before the port is read, or what the device answers would be lost. */
INLINE bool ins(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t address;
	uint16_t port = (uint16_t)cpu->st.gpr[RDX];
	if (!io_allowed(cpu, port, size) || !destination(cpu, u, size, SEG_FOR_WRITE, &address) ||
	    !linear_probe(cpu, address, size, MMU_WRITE, false) ||
	    !linear_write(cpu, address, size, false, io_read(cpu, u, port, size)))
		return false;
	advance(cpu, u, RDI, size);
	return true;
}

INLINE bool outs(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v;
	uint16_t port = (uint16_t)cpu->st.gpr[RDX];
	if (!io_allowed(cpu, port, size) || !read_source(cpu, u, size, &v))
		return false;
	io_write(cpu, u, port, size, (uint32_t)v);
	advance(cpu, u, RSI, size);
	return true;
}

/* ---- runs inside one page, while nobody looks between two iterations ---- */

INLINE uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Whole elements from `address` to the end of its page. */
INLINE uint64_t room(uint64_t address, unsigned size)
{
	return (PAGE_SIZE - (address & PAGE_OFFSET)) / size;
}

/* These return how many elements they did; 0: it takes an iteration by itself. */
INLINE uint64_t stos_run(struct cpu *cpu, const struct uop *u, uint64_t count, unsigned size)
{
	uint64_t address = cpu->st.gpr[RDI], value = cpu->st.gpr[RAX];
	uint64_t n = smaller(count, room(address, size));
	uint8_t *to = mmu_hit_write(&cpu->mmu, address, size);
	(void)u;
	if (!to)
		return 0;
	for (uint64_t i = 0; i < n; i++)
		memcpy(to + i * size, &value, size);
	cpu->st.gpr[RDI] += n * size;
	return n;
}

/* A destination just above the source takes what has been stored before: the run repeats itself, as programs expect. */
INLINE void copy_elements(uint8_t *to, const uint8_t *from, uint64_t n, unsigned size)
{
	uint64_t v;
	if (to <= from || to >= from + n * size) {
		memmove(to, from, n * size);
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		memcpy(&v, from + i * size, size);
		memcpy(to + i * size, &v, size);
	}
}

INLINE uint64_t movs_run(struct cpu *cpu, const struct uop *u, uint64_t count, unsigned size)
{
	uint64_t read_at = cpu->st.gpr[RSI] + cpu->st.seg[u->seg].base, write_at = cpu->st.gpr[RDI];
	uint64_t n = smaller(count, smaller(room(read_at, size), room(write_at, size)));
	const uint8_t *from = mmu_hit_read(&cpu->mmu, read_at, size);
	uint8_t *to = mmu_hit_write(&cpu->mmu, write_at, size);
	if (!from || !to)
		return 0;
	copy_elements(to, from, n, size);
	cpu->st.gpr[RSI] += n * size;
	cpu->st.gpr[RDI] += n * size;
	return n;
}

INLINE uint64_t no_run(struct cpu *cpu, const struct uop *u, uint64_t count, unsigned size)
{
	(void)cpu;
	(void)u;
	(void)count;
	(void)size;
	return 0;
}

static bool may_run(const struct cpu *cpu, const struct uop *u)
{
	return u->ea != EA_SLOW && !(cpu->st.rflags & FLAG_DF) && cpu->rep_limit == UINT64_MAX;
}

/* ---- repetition ---- */

typedef bool one_fn(struct cpu *cpu, const struct uop *u, unsigned size);
typedef uint64_t run_fn(struct cpu *cpu, const struct uop *u, uint64_t count, unsigned size);

enum repeated { REPEATED, STOPPED_BETWEEN, STRING_FAULTED };

enum string_trait { COMPARES = 1, USES_PORT = 2, CUTS_SOURCE = 4, CUTS_DESTINATION = 8 };

/* Both prefixes repeat; only comparisons look at which it is. */
INLINE bool goes_on(const struct cpu *cpu, const struct uop *u, unsigned traits)
{
	return !(traits & COMPARES) || flag_zf(&cpu->lf) == !(u->flags & UOP_REPNE);
}

static void cut(struct cpu *cpu, unsigned reg)
{
	cpu->st.gpr[reg] = (uint32_t)cpu->st.gpr[reg];
}

/* What is cut stays so, whether there is nothing to repeat or the first iteration faults (measured on an Intel core).
 */
static void cut_registers(struct cpu *cpu, const struct uop *u, unsigned traits)
{
	if (!cpu_is_64(cpu) || !(u->flags & UOP_ADDRESS32) || !behaviour(cpu, rep_cuts_registers))
		return;
	cut(cpu, RCX);
	if (traits & CUTS_SOURCE)
		cut(cpu, RSI);
	if (traits & CUTS_DESTINATION)
		cut(cpu, RDI);
}

/* Interrupts are taken between two iterations: time passes there if there is a model of it [SDM vol. 2, REP]. */
static uint64_t iterations_allowed(HOT_PARAMS)
{
	return cpu->costs ? smaller(cpu->rep_limit, clock_iterations_left(HOT_ARGS)) : cpu->rep_limit;
}

/* A fault in the middle of REPE CMPS or SCAS shows the flags from before the instruction [SDM vol. 2, REP]; so does a
 * trap between two iterations (measured on an Intel core). */
INLINE enum repeated go_round(struct cpu *cpu, const struct uop *u, one_fn *one, run_fn *run, unsigned traits,
			      unsigned size)
{
	const struct lazy_flags before = cpu->lf;
	if ((traits & USES_PORT) && !io_allowed(cpu, (uint16_t)cpu->st.gpr[RDX], size))
		return STRING_FAULTED; /* with a count of 0 too (measured on an Intel core) */
	if (unlikely(u->ea != EA_64))
		cut_registers(cpu, u, traits);
	uint64_t left = pointer(cpu, u, RCX), allowed = iterations_allowed(HOT_ARGS);
	bool runs = run != no_run && may_run(cpu, u);
	while (left) {
		uint64_t done = runs ? run(cpu, u, smaller(left, allowed), size) : 0;
		if (!done && !one(cpu, u, size)) {
			cpu->lf = before;
			return STRING_FAULTED;
		}
		left -= done ? done : 1;
		allowed -= done ? done : 1;
		set_pointer(cpu, u, RCX, left);
		if (!goes_on(cpu, u, traits))
			break;
		if (left && !allowed) {
			cpu->lf = before;
			return STOPPED_BETWEEN;
		}
	}
	return REPEATED;
}

INLINE enum repeated repeat(struct cpu *cpu, const struct uop *u, one_fn *one, run_fn *run, unsigned traits,
			    unsigned size)
{
	const uint64_t before = pointer(cpu, u, RCX);
	enum repeated how = go_round(cpu, u, one, run, traits, size);
	uop_iterated(cpu, before - pointer(cpu, u, RCX));
	return how;
}

static const struct uop *stopped(HOT_PARAMS, enum repeated how)
{
	if (how == STRING_FAULTED)
		FAULTED();
	cpu->exit = CPU_EXIT_ITERATION;
	cpu->at = u;
	return NULL;
}

/* ---- the handlers ---- */

/* X(operation, what it does to a whole run, enum string_trait), in the order of enum STRING_* */
#define STRINGS(X) \
	X(movs, movs_run, CUTS_SOURCE | CUTS_DESTINATION) \
	X(stos, stos_run, CUTS_DESTINATION) \
	X(lods, no_run, 0) \
	X(scas, no_run, COMPARES) \
	X(cmps, no_run, COMPARES) \
	X(ins, no_run, USES_PORT) \
	X(outs, no_run, USES_PORT)

#define STRING_SIZE(name, run, traits, size) \
	HANDLER(name##size, name(cpu, u, size)) \
	static OP(rep_##name##size) \
	{ \
		enum repeated how = repeat(cpu, u, name, run, traits, size); \
		if (unlikely(how != REPEATED)) \
			return stopped(HOT_ARGS, how); \
		NEXT(); \
	}
#define STRING_HANDLERS(name, run, traits) \
	STRING_SIZE(name, run, traits, 1) \
	STRING_SIZE(name, run, traits, 2) \
	STRING_SIZE(name, run, traits, 4) \
	STRING_SIZE(name, run, traits, 8)
STRINGS(STRING_HANDLERS)

PICK(string)
{
#define STRING_CELL(name, run, traits) { SIZES_1248(op_##name), SIZES_1248(op_rep_##name) },
	static op_fn *const handlers[][2][4] = { STRINGS(STRING_CELL) };
#undef STRING_CELL
	bool repeated = u->flags & (UOP_REP | UOP_REPNE);
	u->size = s->operand_size;
	u->ea = s->mode_64 && s->address_size == 8 ? EA_64 : EA_SLOW;
	return handlers[arg][repeated][size_index(u->size)];
}
