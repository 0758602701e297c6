/* op_vector_fp.c - floating-point arithmetic of vectors: SSE, AVX, FMA3.
 *
 * The arithmetic is that of fp/fp.h. An instruction collects the flags of all its elements, and if one of them is not
 * masked it only leaves these in MXCSR [SDM vol. 1, 11.5]. */
#include "cpu/isa/op_vector_fp.h"

#include "cpu/isa/op_common.h"

/* ---- what all of them do ---- */

bool fp_settle(struct cpu *cpu, struct fp_env *env)
{
	const bool traps = fp_traps(env);
	cpu->st.mxcsr |= env->flags;
	if (likely(!traps))
		return true;
	return cpu_fault(cpu, cpu->st.cr4 & CR4_OSXMMEXCPT ? VEC_XM : VEC_UD, NO_CODE, RULE_NONE);
}

static bool give(struct cpu *cpu, const struct uop *u, enum unit unit, struct fp_env *env, const union vector *r)
{
	if (!fp_settle(cpu, env))
		return false;
	vector_put(cpu, unit, u->dst, r);
	return true;
}

static unsigned arg_of(const struct uop *u)
{
	return insn_rows[u->insn].arg;
}

static enum fp_size size_of(unsigned arg)
{
	return (enum fp_size)(arg & FP_PD);
}

static unsigned element_bytes(unsigned arg)
{
	return arg & FP_PD ? 8 : 4;
}

static unsigned operand_bytes(enum unit unit, unsigned arg)
{
	return arg & FP_SS ? element_bytes(arg) : unit_bytes(unit);
}

/* The r/m operand; `*n` is the number of elements in it. */
static bool take(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory, union vector *b, unsigned *n)
{
	const unsigned arg = arg_of(u), bytes = operand_bytes(unit, arg);
	*n = bytes / element_bytes(arg);
	return fp_source(cpu, u, unit, memory, bytes, b);
}

/* A family with one body for all units. */
#define FAMILY(name)                                                                                                   \
	FP_HANDLERS(name, name(cpu, u, unit, memory))                                                                  \
	PICK(name)                                                                                                     \
	{                                                                                                              \
		static op_fn *const handlers[3][2] = FP_TABLE(name);                                                   \
		(void)arg;                                                                                             \
		vector_settle(s, u);                                                                                   \
		return handlers[s->unit - UNIT_SSE][shape_has_memory(s)];                                              \
	}

/* ---- element by element; a scalar operation keeps the rest of the first source ---- */

static __attribute__((noinline)) bool fp_binary(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	union vector r = cpu->st.vec[u->src], b;
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	fp_best()->binary[arg_of(u) >> FP_ARG_SHIFT][size_of(arg_of(u))](&env, &r, &r, &b, n);
	return give(cpu, u, unit, &env, &r);
}

FAMILY(fp_binary)

static __attribute__((noinline)) bool fp_sqrt(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	union vector r = cpu->st.vec[u->src], b;
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	fp_best()->sqrt[size_of(arg_of(u))](&env, &r, &b, n);
	return give(cpu, u, unit, &env, &r);
}

FAMILY(fp_sqrt)

/* The immediate: bits 1:0 RC unless bit 2 leaves it to MXCSR; bit 3: no PE [SDM vol. 2, ROUNDPD]. */
static __attribute__((noinline)) bool fp_round(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	union vector r = cpu->st.vec[u->src], b;
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	if (!(u->imm & 4))
		env.rounding = u->imm & 3;
	fp_best()->to_integral[size_of(arg_of(u))](&env, &r, &b, n);
	if (u->imm & 8)
		env.flags &= ~FP_PE;
	return give(cpu, u, unit, &env, &r);
}

FAMILY(fp_round)

/* Without VEX there are eight predicates. */
static __attribute__((noinline)) bool fp_compare(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	union vector r = cpu->st.vec[u->src], b;
	const unsigned predicate = (unsigned)u->imm & (unit == UNIT_SSE ? 7 : 31);
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	fp_best()->compare[size_of(arg_of(u))](&env, &r, &r, &b, n, predicate);
	return give(cpu, u, unit, &env, &r);
}

FAMILY(fp_compare)

static __attribute__((noinline)) bool fp_estimate(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	union vector r = cpu->st.vec[u->src], b;
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	if (arg_of(u) >> FP_ARG_SHIFT)
		fp_reciprocal_roots(&r, &b, n);
	else
		fp_reciprocals(&r, &b, n);
	vector_put(cpu, unit, u->dst, &r);
	return true;
}

FAMILY(fp_estimate)

/* ---- COMIS UCOMIS ---- */

static __attribute__((noinline)) bool fp_relate(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	static const uint64_t flags[] = { [FP_LESS] = FLAG_CF,
					  [FP_EQUAL] = FLAG_ZF,
					  [FP_GREATER] = 0,
					  [FP_UNORDERED] = FLAG_ZF | FLAG_PF | FLAG_CF };
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	const unsigned arg = arg_of(u);
	union vector b;
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	const enum fp_relation relation =
	    fp_best()->relate[size_of(arg)](&env, &cpu->st.vec[u->dst], &b, arg >> FP_ARG_SHIFT);
	if (!fp_settle(cpu, &env))
		return false;
	cpu->lf = flags_from(flags[relation]);
	return true;
}

FAMILY(fp_relate)

/* ---- FMA3 ---- */

/* The factors and the addend: operands 1 and 3 and operand 2 of the form 132, and so on; a NaN of the first factor
 * named is preferred [SDM vol. 1, table 14-17]. */
static void sort_operands(unsigned arg, const union vector *one, const union vector *two, const union vector *three,
			  const union vector *sorted[3])
{
	const bool form_132 = arg & FP_FUSED_132, form_213 = arg & FP_FUSED_213;
	sorted[0] = form_132 ? one : two;
	sorted[1] = form_213 ? one : three;
	sorted[2] = form_132 ? two : form_213 ? three : one;
}

/* In which elements the addend is subtracted. */
static unsigned negated_addends(unsigned arg)
{
	return (arg & FP_FUSED_SUB_EVEN ? 0x55u : 0) | (arg & FP_FUSED_SUB_ODD ? 0xaau : 0);
}

static __attribute__((noinline)) bool fp_fused(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	union vector r = cpu->st.vec[u->dst], b;
	const union vector *sorted[3];
	const unsigned arg = arg_of(u);
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	sort_operands(arg, &cpu->st.vec[u->dst], &cpu->st.vec[u->src], &b, sorted);
	fp_best()->fused[size_of(arg)](&env, &r, sorted[0], sorted[1], sorted[2], n, arg & FP_FUSED_NEGATE,
				       negated_addends(arg));
	return give(cpu, u, unit, &env, &r);
}

FAMILY(fp_fused)

/* ---- horizontal: within each 16 bytes, those of the first source below those of the second ---- */

/* The even elements of both go to *x, the odd ones to *y. */
static void part32(const union vector *a, const union vector *b, union vector *x, union vector *y)
{
	for (unsigned i = 0; i < 8; i++) {
		const union vector *const from = i & 2 ? b : a;
		const unsigned even = (i & 4) + 2 * (i & 1);
		x->d[i] = from->d[even];
		y->d[i] = from->d[even + 1];
	}
}

static void part64(const union vector *a, const union vector *b, union vector *x, union vector *y)
{
	for (unsigned i = 0; i < 4; i++) {
		const union vector *const from = i & 1 ? b : a;
		x->q[i] = from->q[i & 2];
		y->q[i] = from->q[(i & 2) + 1];
	}
}

static void part(const union vector *a, const union vector *b, enum fp_size size, union vector *x, union vector *y)
{
	if (size == FP_SIZE_32)
		part32(a, b, x, y);
	else
		part64(a, b, x, y);
}

static __attribute__((noinline)) bool fp_horizontal(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	const unsigned arg = arg_of(u);
	union vector b, x, y;
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	part(&cpu->st.vec[u->src], &b, size_of(arg), &x, &y);
	fp_best()->binary[arg >> FP_ARG_SHIFT][size_of(arg)](&env, &x, &x, &y, n);
	return give(cpu, u, unit, &env, &x);
}

FAMILY(fp_horizontal)

/* ---- DPPS DPPD: products, then their sum in each 16 bytes ---- */

/* Both factors of a product that is left out become 0: it is +0, and raises nothing. `mask`: a bit for each element of
 * 16 bytes. */
static void leave_out(union vector *v, unsigned mask, enum fp_size size)
{
	for (unsigned i = 0; i < 8; i++)
		if (!(mask >> (size == FP_SIZE_32 ? i & 3 : i >> 1 & 1) & 1))
			v->d[i] = 0;
}

/* Each stage can be the one that is trapped; the flags of those before it stay. */
static bool dot_stage(struct cpu *cpu, unsigned op, enum fp_size size, union vector *x, const union vector *y,
		      unsigned n)
{
	struct fp_env env = fp_env_sse(cpu->st.mxcsr);
	fp_best()->binary[op][size](&env, x, x, y, n);
	return fp_settle(cpu, &env);
}

/* Every element gets the sum; in which order it is added shows when several products are NaNs, and is as measured on
 * Intel. */
static bool dot32(struct cpu *cpu, union vector *p, unsigned n)
{
	union vector other;
	for (unsigned i = 0; i < 8; i++)
		other.d[i] = p->d[i ^ 1];
	if (!dot_stage(cpu, FP_ADD, FP_SIZE_32, &other, p, n))
		return false;
	for (unsigned i = 0; i < 8; i++)
		p->d[i] = other.d[i ^ 2];
	if (!dot_stage(cpu, FP_ADD, FP_SIZE_32, &other, p, n))
		return false;
	*p = other;
	return true;
}

static bool dot64(struct cpu *cpu, union vector *p, unsigned n)
{
	const union vector other = { .q = { p->q[1], p->q[0], p->q[3], p->q[2] } };
	return dot_stage(cpu, FP_ADD, FP_SIZE_64, p, &other, n);
}

static bool dot(struct cpu *cpu, union vector *a, const union vector *b, enum fp_size size, unsigned n)
{
	if (!dot_stage(cpu, FP_MUL, size, a, b, n))
		return false;
	return size == FP_SIZE_32 ? dot32(cpu, a, n) : dot64(cpu, a, n);
}

/* Bits 7:4 of the immediate choose the products, bits 3:0 where the sum goes; elsewhere is 0. */
static __attribute__((noinline)) bool fp_dot(struct cpu *cpu, const struct uop *u, enum unit unit, bool memory)
{
	const enum fp_size size = size_of(arg_of(u));
	union vector a = cpu->st.vec[u->src], b;
	unsigned n;
	if (!take(cpu, u, unit, memory, &b, &n))
		return false;
	leave_out(&a, (unsigned)u->imm >> 4, size);
	leave_out(&b, (unsigned)u->imm >> 4, size);
	if (!dot(cpu, &a, &b, size, n))
		return false;
	leave_out(&a, (unsigned)u->imm, size);
	vector_put(cpu, unit, u->dst, &a);
	return true;
}

FAMILY(fp_dot)
