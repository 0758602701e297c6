/* op_string.c - MOVS STOS LODS SCAS CMPS INS OUTS, alone and repeated [SDM vol. 2, REP; MOVS and the others].
 *
 * Registers are up to date after each iteration, so that a fault in the middle is restarted by executing the instruction
 * again, and so that a debug trap can be taken between two iterations.
 */
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

static unsigned address_width(const struct uop *u)
{
	return u->flags & UOP_ADDRESS16 ? 2 : u->flags & UOP_ADDRESS32 ? 4 : 8;
}

static uint64_t step_of(const struct cpu *cpu, const struct uop *u)
{
	return cpu->st.rflags & FLAG_DF ? -(uint64_t)u->size : u->size;
}

static uint64_t pointer(const struct cpu *cpu, const struct uop *u, unsigned reg)
{
	return reg_get(cpu, reg * 8, address_width(u));
}

static void advance(struct cpu *cpu, const struct uop *u, unsigned reg, uint64_t by)
{
	reg_set(cpu, reg * 8, address_width(u), pointer(cpu, u, reg) + by);
}

/* The source may have another segment; the destination is always ES. */
static bool source_address(struct cpu *cpu, const struct uop *u, uint64_t *address)
{
	if (cpu_is_64(cpu)) {
		*address = pointer(cpu, u, RSI) + cpu->st.seg[u->seg].base;
		return true;
	}
	return seg_linear(cpu, u->seg, pointer(cpu, u, RSI), u->size, SEG_FOR_READ, address);
}

static bool destination_address(struct cpu *cpu, const struct uop *u, enum seg_use use, uint64_t *address)
{
	return seg_linear(cpu, SEG_ES, pointer(cpu, u, RDI), u->size, use, address);
}

static bool read_source(struct cpu *cpu, const struct uop *u, uint64_t *v)
{
	uint64_t address;
	return source_address(cpu, u, &address) && linear_read(cpu, address, u->size, u->flags & UOP_STACK_SEGMENT, v);
}

static bool read_destination(struct cpu *cpu, const struct uop *u, uint64_t *v)
{
	uint64_t address;
	return destination_address(cpu, u, SEG_FOR_READ, &address) && linear_read(cpu, address, u->size, false, v);
}

static bool write_destination(struct cpu *cpu, const struct uop *u, uint64_t v)
{
	uint64_t address;
	return destination_address(cpu, u, SEG_FOR_WRITE, &address) && linear_write(cpu, address, u->size, false, v);
}

/* ---- one iteration ---- */

static bool movs(struct cpu *cpu, const struct uop *u)
{
	uint64_t v, by = step_of(cpu, u);
	if (!read_source(cpu, u, &v) || !write_destination(cpu, u, v))
		return false;
	advance(cpu, u, RSI, by);
	advance(cpu, u, RDI, by);
	return true;
}

static bool stos(struct cpu *cpu, const struct uop *u)
{
	if (!write_destination(cpu, u, reg_get(cpu, RAX * 8, u->size)))
		return false;
	advance(cpu, u, RDI, step_of(cpu, u));
	return true;
}

static bool lods(struct cpu *cpu, const struct uop *u)
{
	uint64_t v;
	if (!read_source(cpu, u, &v))
		return false;
	reg_set(cpu, RAX * 8, u->size, v);
	advance(cpu, u, RSI, step_of(cpu, u));
	return true;
}

static void compare(struct cpu *cpu, uint64_t a, uint64_t b, unsigned size)
{
	uint64_t r = a - b;
	uint64_t borrows = (~a & b) | ((~a | b) & r);
	cpu->lf.res = sign_extend(r, size);
	cpu->lf.aux = (borrows << (64 - 8 * size) & (AUX_CF | AUX_PO)) | (borrows & AUX_AF);
}

static bool scas(struct cpu *cpu, const struct uop *u)
{
	uint64_t v;
	if (!read_destination(cpu, u, &v))
		return false;
	compare(cpu, reg_get(cpu, RAX * 8, u->size), v, u->size);
	advance(cpu, u, RDI, step_of(cpu, u));
	return true;
}

static bool cmps(struct cpu *cpu, const struct uop *u)
{
	uint64_t a, b, by = step_of(cpu, u);
	/* of two bad addresses the destination's is told, as measured on an Intel core; the manuals are silent */
	if (!read_destination(cpu, u, &b) || !read_source(cpu, u, &a))
		return false;
	compare(cpu, a, b, u->size);
	advance(cpu, u, RSI, by);
	advance(cpu, u, RDI, by);
	return true;
}

/* The destination must be writable before the port is read: a device's answer is not to be lost. */
static bool ins(struct cpu *cpu, const struct uop *u)
{
	uint64_t address;
	uint16_t port = (uint16_t)cpu->st.gpr[RDX];
	if (!io_allowed(cpu, port, u->size) || !destination_address(cpu, u, SEG_FOR_WRITE, &address) ||
	    !linear_probe(cpu, address, u->size, MMU_WRITE, false))
		return false;
	if (!linear_write(cpu, address, u->size, false, bus_in(cpu->bus, port, u->size)))
		return false;
	advance(cpu, u, RDI, step_of(cpu, u));
	return true;
}

static bool outs(struct cpu *cpu, const struct uop *u)
{
	uint64_t v;
	uint16_t port = (uint16_t)cpu->st.gpr[RDX];
	if (!io_allowed(cpu, port, u->size) || !read_source(cpu, u, &v))
		return false;
	bus_out(cpu->bus, port, u->size, (uint32_t)v);
	advance(cpu, u, RSI, step_of(cpu, u));
	return true;
}

/* ---- whole runs inside one page, when nobody looks between iterations ---- */

/* Elements from `address` to the end of its page. */
static uint64_t room(uint64_t address, unsigned size)
{
	return (PAGE_SIZE - (address & PAGE_OFFSET)) / size;
}

static bool may_run(const struct cpu *cpu, const struct uop *u)
{
	return cpu_is_64(cpu) && address_width(u) == 8 && !(cpu->st.rflags & FLAG_DF) && cpu->rep_limit == UINT64_MAX;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Returns how many elements were stored. */
static uint64_t stos_run(struct cpu *cpu, const struct uop *u, uint64_t count)
{
	uint64_t address = cpu->st.gpr[RDI], value = cpu->st.gpr[RAX];
	uint64_t n = smaller(count, room(address, u->size));
	uint8_t *to = n ? mmu_hit_write(&cpu->mmu, address, u->size) : NULL;
	if (!to)
		return 0;
	for (uint64_t i = 0; i < n; i++)
		memcpy(to + i * u->size, &value, u->size);
	cpu->st.gpr[RDI] += n * u->size;
	return n;
}

static uint64_t movs_run(struct cpu *cpu, const struct uop *u, uint64_t count)
{
	uint64_t from = cpu->st.gpr[RSI] + cpu->st.seg[u->seg].base, to = cpu->st.gpr[RDI];
	uint64_t n = smaller(count, smaller(room(from, u->size), room(to, u->size)));
	const uint8_t *source = n ? mmu_hit_read(&cpu->mmu, from, u->size) : NULL;
	uint8_t *target = source ? mmu_hit_write(&cpu->mmu, to, u->size) : NULL;
	if (!target)
		return 0;
	/* element by element: overlapping runs must repeat what they have just stored */
	for (uint64_t i = 0; i < n; i++) {
		uint64_t v;
		memcpy(&v, source + i * u->size, u->size);
		memcpy(target + i * u->size, &v, u->size);
	}
	cpu->st.gpr[RSI] += n * u->size;
	cpu->st.gpr[RDI] += n * u->size;
	return n;
}

/* ---- repetition ---- */

typedef bool string_fn(struct cpu *cpu, const struct uop *u);
typedef uint64_t run_fn(struct cpu *cpu, const struct uop *u, uint64_t count);

enum repeated { REPEATED, STOPPED_BETWEEN, STRING_FAULTED };

static bool goes_on(const struct cpu *cpu, const struct uop *u, bool compares)
{
	if (!compares)
		return true;
	return u->flags & UOP_REPNE ? !flag_zf(&cpu->lf) : flag_zf(&cpu->lf);
}

/* A fault in the middle of REPE CMPS or SCAS shows the flags from before the instruction [SDM vol. 2, REP]. */
static enum repeated repeat(struct cpu *cpu, const struct uop *u, string_fn *one, run_fn *run, bool compares)
{
	const struct lazy_flags before = cpu->lf;
	uint64_t left = pointer(cpu, u, RCX), limit = cpu->rep_limit;
	while (left) {
		uint64_t done = run && may_run(cpu, u) ? run(cpu, u, left) : 0;
		if (!done && !one(cpu, u)) {
			cpu->lf = before;
			return STRING_FAULTED;
		}
		left -= done ? done : 1;
		reg_set(cpu, RCX * 8, address_width(u), left);
		if (!goes_on(cpu, u, compares))
			break;
		if (left && --limit == 0)
			return STOPPED_BETWEEN;
	}
	return REPEATED;
}

static const struct uop *stopped(struct cpu *cpu, const struct uop *u, enum repeated how)
{
	if (how == STRING_FAULTED)
		return op_faulted(HOT_ARGS);
	cpu->exit = CPU_EXIT_ITERATION;
	cpu->at = u;
	return NULL;
}

#define STRING(name, run, compares) \
	static OP(name) \
	{ \
		if (!name(cpu, u)) \
			FAULTED(); \
		NEXT(); \
	} \
	static OP(rep_##name) \
	{ \
		enum repeated how = repeat(cpu, u, name, run, compares); \
		if (how != REPEATED) \
			return stopped(cpu, u, how); \
		NEXT(); \
	}

STRING(movs, movs_run, false)
STRING(stos, stos_run, false)
STRING(lods, NULL, false)
STRING(scas, NULL, true)
STRING(cmps, NULL, true)
STRING(ins, NULL, false)
STRING(outs, NULL, false)

PICK(string)
{
	static op_fn *const fns[][2] = {
		[STRING_MOVS] = { op_movs, op_rep_movs }, [STRING_STOS] = { op_stos, op_rep_stos },
		[STRING_LODS] = { op_lods, op_rep_lods }, [STRING_SCAS] = { op_scas, op_rep_scas },
		[STRING_CMPS] = { op_cmps, op_rep_cmps }, [STRING_INS] = { op_ins, op_rep_ins },
		[STRING_OUTS] = { op_outs, op_rep_outs },
	};
	u->size = s->operand_size;
	return fns[arg][(u->flags & (UOP_REP | UOP_REPNE)) != 0];
}
