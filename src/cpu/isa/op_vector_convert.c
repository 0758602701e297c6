/* op_vector_convert.c - conversions: CVT*, F16C.
 *
 * The row's argument names both formats; there are as many elements as the wider of the two has room for. */
#include "cpu/isa/op_common.h"
#include "cpu/isa/op_vector_fp.h"

/* ---- what all of them do ---- */

static unsigned arg_of(const struct uop *u)
{
	return insn_rows[u->insn].arg;
}

static enum fp_type from_of(unsigned arg)
{
	return (enum fp_type)(arg >> FP_FROM_SHIFT & 7);
}

static enum fp_type to_of(unsigned arg)
{
	return (enum fp_type)(arg >> FP_TO_SHIFT & 7);
}

static unsigned bytes_of(enum fp_type type)
{
	static const uint8_t bytes[] = { [FP_F16] = 2, [FP_F32] = 4, [FP_F64] = 8, [FP_I32] = 4, [FP_I64] = 8 };
	return bytes[type];
}

static unsigned count_of(unsigned arg, unsigned bytes)
{
	const unsigned from = bytes_of(from_of(arg)), to = bytes_of(to_of(arg));
	return arg & FP_SS ? 1 : bytes / (from > to ? from : to);
}

static struct fp_env environment(const struct cpu *cpu, unsigned arg)
{
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	if (arg & FP_TRUNCATES)
		env.rounding = FP_TO_ZERO;
	return env;
}

/* ---- between vectors ---- */

/* What a packed conversion does not fill becomes 0; a scalar one keeps the rest of the first source. */
static __attribute__((noinline)) bool fp_convert(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	const unsigned arg = arg_of(u), n = count_of(arg, unit_bytes(unit));
	struct fp_env env = environment(cpu, arg);
	union vector r = { 0 }, b;
	if (from_of(arg) == FP_F16 ? !vector_source(cpu, u, unit, memory, 2 * n, ALIGN_HALVES, &b)
				   : !fp_source(cpu, u, unit, memory, n * bytes_of(from_of(arg)), &b))
		return false;
	if (arg & FP_SS)
		r = cpu->st.vec[u->src];
	fp_best()->convert[from_of(arg)][to_of(arg)](&env, &r, &b, n);
	if (!fp_settle(cpu, &env))
		return false;
	vector_put(cpu, unit, u->dst, &r);
	return true;
}

FP_HANDLERS(fp_convert, fp_convert(cpu, u, unit, memory))

/* From 32 bytes of memory to XMM it is the memory that shows the length. */
PICK(fp_convert)
{
	static op_fn *const handlers[3][2] = FP_TABLE(fp_convert);
	(void)arg;
	if (s->op[1].size == 32)
		s->unit = UNIT_VEX256;
	vector_settle(s, u);
	return handlers[s->unit - UNIT_SSE][shape_has_memory(s)];
}

/* ---- with general-purpose registers; u->size is that of the register ---- */

INLINE enum fp_type integer_type(const struct uop *u)
{
	return u->size == 8 ? FP_I64 : FP_I32;
}

static __attribute__((noinline)) bool fp_to_gpr(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	const unsigned arg = arg_of(u);
	struct fp_env env = environment(cpu, arg);
	union vector b;
	uint64_t r = 0;
	if (!fp_source(cpu, u, unit, memory, bytes_of(from_of(arg)), &b))
		return false;
	fp_best()->convert[from_of(arg)][integer_type(u)](&env, &r, &b, 1);
	if (!fp_settle(cpu, &env))
		return false;
	reg_set(cpu, u->dst, u->size, r);
	return true;
}

FP_HANDLERS(fp_to_gpr, fp_to_gpr(cpu, u, unit, memory))

PICK(fp_to_gpr)
{
	static op_fn *const handlers[3][2] = FP_TABLE(fp_to_gpr);
	(void)arg;
	vector_settle(s, u);
	u->size = s->op[0].size;
	return handlers[s->unit - UNIT_SSE][shape_is_memory(s, 1)];
}

static __attribute__((noinline)) bool fp_from_gpr(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	const unsigned arg = arg_of(u);
	struct fp_env env = environment(cpu, arg);
	union vector r = cpu->st.vec[u->src];
	uint64_t v;
	if (memory) {
		if (!mem_read(cpu, u, u->size, &v))
			return false;
	} else {
		v = reg_get(cpu, u->base, u->size);
	}
	fp_best()->convert[integer_type(u)][to_of(arg)](&env, &r, &v, 1);
	if (!fp_settle(cpu, &env))
		return false;
	vector_put(cpu, unit, u->dst, &r);
	return true;
}

FP_HANDLERS(fp_from_gpr, fp_from_gpr(cpu, u, unit, memory))

PICK(fp_from_gpr)
{
	static op_fn *const handlers[3][2] = FP_TABLE(fp_from_gpr);
	const unsigned rm = s->vex ? 2 : 1;
	(void)arg;
	u->dst = s->op[0].reg;
	u->src = s->op[rm - 1].reg;
	if (!shape_is_memory(s, rm))
		u->base = s->op[rm].reg;
	u->size = s->op[rm].size;
	return handlers[s->unit - UNIT_SSE][shape_is_memory(s, rm)];
}

/* ---- with MMX registers ---- */

/* A packed integer of memory is no business of the x87 [SDM vol. 2, CVTPI2PD]; measured, CVTPI2PS neither. */
static __attribute__((noinline)) bool fp_from_mmx(struct cpu *cpu, const struct uop *u, bool memory)
{
	const unsigned arg = arg_of(u);
	struct fp_env env = environment(cpu, arg);
	union vector r = cpu->st.vec[u->dst], b;
	if (!memory && !x87_check_pending(cpu))
		return false;
	if (!vector_source(cpu, u, UNIT_MMX, memory, 8, ALIGN_ELEMENT, &b))
		return false;
	if (!memory)
		mmx_done(cpu);
	fp_best()->convert[FP_I32][to_of(arg)](&env, &r, &b, 2);
	if (!fp_settle(cpu, &env))
		return false;
	vector_put_sse(cpu, u->dst, &r);
	return true;
}

HANDLER(fp_from_mmx_r, fp_from_mmx(cpu, u, false))
HANDLER(fp_from_mmx_m, fp_from_mmx(cpu, u, true))

PICK(fp_from_mmx)
{
	(void)arg;
	vector_settle(s, u);
	return shape_is_memory(s, 1) ? op_fp_from_mmx_m : op_fp_from_mmx_r;
}

/* The x87 has become MMX even if the conversion is trapped, as measured on Intel. */
static __attribute__((noinline)) bool fp_to_mmx(struct cpu *cpu, const struct uop *u, bool memory)
{
	const unsigned arg = arg_of(u);
	struct fp_env env = environment(cpu, arg);
	union vector b;
	uint64_t r;
	if (!x87_check_pending(cpu))
		return false;
	if (!fp_source(cpu, u, UNIT_SSE, memory, 2 * bytes_of(from_of(arg)), &b))
		return false;
	mmx_done(cpu);
	fp_best()->convert[from_of(arg)][FP_I32](&env, &r, &b, 2);
	if (!fp_settle(cpu, &env))
		return false;
	mmx_put(cpu, u->dst, r);
	return true;
}

HANDLER(fp_to_mmx_r, fp_to_mmx(cpu, u, false))
HANDLER(fp_to_mmx_m, fp_to_mmx(cpu, u, true))

PICK(fp_to_mmx)
{
	(void)arg;
	vector_settle(s, u);
	return shape_is_memory(s, 1) ? op_fp_to_mmx_m : op_fp_to_mmx_r;
}

/* ---- VCVTPS2PH ---- */

/* The immediate: bits 1:0 RC unless bit 2 leaves it to MXCSR. The flags are in MXCSR even if the store then faults, as
 * measured on Intel. */
static __attribute__((noinline)) bool fp_halve(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	const union vector *const from = &cpu->st.vec[memory ? u->src : u->base];
	const unsigned n = unit_bytes(unit) / 4;
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	union vector r = { 0 };
	if (!(u->imm & 4))
		env.rounding = u->imm & 3;
	fp_best()->convert[FP_F32][FP_F16](&env, &r, from, n);
	if (!fp_settle(cpu, &env))
		return false;
	if (memory)
		return vector_store(cpu, u, 2 * n, ALIGN_HALVES, &r);
	vector_put_vex(cpu, u->dst, &r, 16);
	return true;
}

FP_HANDLERS(fp_halve, fp_halve(cpu, u, unit, memory))

PICK(fp_halve)
{
	static op_fn *const handlers[3][2] = FP_TABLE(fp_halve);
	(void)arg;
	vector_settle(s, u);
	return handlers[s->unit - UNIT_SSE][shape_is_memory(s, 0)];
}
