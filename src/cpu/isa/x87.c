/* x87.c - see x87.h.
 */
#include "cpu/isa/x87.h"

#include "cpu/isa/vector.h"
#include "cpu/mutant.h"

bool x87_begin(struct cpu *cpu, struct x87 *x)
{
	if (!x87_check_pending(cpu))
		return false;
	*x = (struct x87){ .env = fp_env_x87(cpu->st.fcw) };
	return true;
}

void x87_stack_fault(struct x87 *x, bool overflow)
{
	x->env.flags = FP_IE;
	x->env.rounded_up = overflow;
	x->stack_fault = true;
}

void x87_summarise(struct cpu *cpu)
{
	const bool waits = cpu->st.fsw & ~cpu->st.fcw & FP_FLAGS;
	cpu->st.fsw = (uint16_t)((cpu->st.fsw & ~(FSW_ES | FSW_B)) | (waits ? FSW_ES | FSW_B : 0));
}

static unsigned operand_segment(const struct uop *u)
{
	if (u->seg != SEG_NONE)
		return u->seg;
	return u->flags & UOP_STACK_SEGMENT ? SEG_SS : SEG_DS;
}

/* What FNSTENV and FXSAVE tell of the last instruction. Later processors write FOP and FDP only for an unmasked
 * exception, and no selectors at all [SDM vol. 1, 8.1.8 to 8.1.10; vol. 2, CPUID leaf 7]. */
static void note_instruction(struct cpu *cpu, const struct uop *u, bool traps)
{
	const bool selectors = !profile_has(cpu->profile, FEATURE_FCS_FDS_DEPRECATED);
	cpu->st.fip = uop_rip(cpu, u);
	cpu->st.fcs = selectors ? cpu->st.seg[SEG_CS].sel : 0;
	if (traps || !behaviour(cpu, fop_of_exceptions))
		cpu->st.fop = (uint16_t)(u->dst << 8 | u->src);
	if ((u->flags & UOP_MEMORY) && (traps || !profile_has(cpu->profile, FEATURE_FDP_EXCPTN_ONLY))) {
		cpu->st.fdp = ea_effective(cpu, u);
		cpu->st.fds = selectors ? cpu->st.seg[operand_segment(u)].sel : 0;
	}
}

bool x87_end(struct cpu *cpu, const struct uop *u, struct x87 *x)
{
	const bool traps = fp_traps(&x->env), computed = !(x->env.flags & ~x->env.masks & FP_BEFORE);
	const bool c1 = x->env.rounded_up && (computed || x->stack_fault);
	if (!x->keeps_c1 || x->stack_fault)
		x->cleared |= FSW_C1;
	cpu->st.fsw = (uint16_t)((cpu->st.fsw & ~(unsigned)x->cleared) | x->env.flags | x->set);
	cpu->st.fsw |= (c1 ? FSW_C1 : 0u) | (x->stack_fault ? FSW_SF : 0u) | (traps ? FSW_ES | FSW_B : 0u);
	note_instruction(cpu, u, traps);
	return computed;
}

/* ---- memory ---- */

/* 80 bits are accessed as 64 and 16, an image by its fields: a fault on the first comes before all others (measured on
 * an Intel core). */

bool x87_load(struct cpu *cpu, const struct uop *u, unsigned bytes, unsigned align, void *to)
{
	uint64_t address;
	if (!ea_linear(cpu, u, bytes, SEG_FOR_READ, &address))
		return false;
	const bool stack = u->flags & UOP_STACK_SEGMENT;
	return (bytes == align || linear_probe(cpu, address, align, MMU_READ, stack)) &&
	       linear_read_bytes(cpu, address, bytes, align, stack, to);
}

bool x87_store(struct cpu *cpu, const struct uop *u, unsigned bytes, unsigned align, const void *from)
{
	uint64_t address;
	if (!ea_linear(cpu, u, bytes, SEG_FOR_WRITE, &address))
		return false;
	const bool stack = u->flags & UOP_STACK_SEGMENT;
	return (bytes == align || linear_probe(cpu, address, align, MMU_WRITE, stack)) &&
	       linear_write_bytes(cpu, address, bytes, align, stack, from);
}

bool x87_load_operand(struct cpu *cpu, const struct uop *u, uint64_t *raw)
{
	return mem_read(cpu, u, u->size, raw);
}

#define F32_INFINITY 0x7f800000u
#define F64_INFINITY 0x7ff0000000000000ull

/* The fraction of a NaN, with the sign in bit 63. */
static struct fp80 nan_of(uint64_t fraction, bool sign)
{
	return (struct fp80){ 1ull << 63 | fraction, 0x7fffu | (sign ? FP80_SIGN : 0) };
}

static struct fp80 from_f32(struct fp_env *env, uint32_t a)
{
	if ((a & ~(1u << 31)) > F32_INFINITY)
		return nan_of((uint64_t)(a & 0x7fffffu) << 40, a >> 31);
	return f80_from_f32(env, a);
}

static struct fp80 from_f64(struct fp_env *env, uint64_t a)
{
	if ((a & ~(1ull << 63)) > F64_INFINITY)
		return nan_of((a & ~(1ull << 63) & ~F64_INFINITY) << 11, a >> 63);
	return f80_from_f64(env, a);
}

struct fp80 x87_operand(struct x87 *x, const struct uop *u, uint64_t raw)
{
	struct fp_env env = { .masks = FP_FLAGS, .precision = 64 };
	struct fp80 value;
	switch (x87_opcode(u)) {
	case 0xd8:
		value = from_f32(&env, (uint32_t)raw);
		break;
	case 0xdc:
		value = from_f64(&env, raw);
		break;
	default:
		value = f80_from_int(sign_extend(raw, u->size));
	}
	x->denormal = env.flags & FP_DE;
	return value;
}

void x87_add_denormal(struct x87 *x, bool nan)
{
	if (x->denormal && !nan && !(x->env.flags & (FP_IE | FP_ZE)))
		x->env.flags |= FP_DE;
}
