/* op_x87.c - x87 arithmetic, comparisons and functions.
 */
#include "cpu/isa/op_common.h"
#include "cpu/isa/x87.h"
#include "fp/fp_transcendental.h"

static const struct fp80 one = { 0x8000000000000000, 0x3fff };

/* ---- FADD FMUL FSUB FSUBR FDIV FDIVR, and with P or I ---- */

typedef struct fp80 binary_fn(struct fp_env *env, struct fp80 a, struct fp80 b);

static struct fp80 reverse_sub(struct fp_env *env, struct fp80 a, struct fp80 b)
{
	return f80_sub(env, b, a);
}

static struct fp80 reverse_div(struct fp_env *env, struct fp80 a, struct fp80 b)
{
	return f80_div(env, b, a);
}

/* In the order of enum X87_ADD... */
static binary_fn *const arithmetic[] = { f80_add, f80_mul, f80_sub, reverse_sub, f80_div, reverse_div };

/* Opcodes DC and DE have ST(i) as the destination, and the latter pops. */
static __attribute__((noinline)) bool x87_arithmetic(struct cpu *cpu, const struct uop *u)
{
	const bool memory = u->flags & UOP_MEMORY, to_i = !memory && x87_opcode(u) >= 0xdc;
	const unsigned dst = to_i ? x87_register(u) : 0, src = to_i ? 0 : x87_register(u);
	struct x87 x;
	uint64_t raw = 0;
	if (!x87_begin(cpu, &x) || (memory && !x87_load_operand(cpu, u, &raw)))
		return false;
	struct fp80 r = FP80_INDEFINITE;
	if (st_empty(cpu, dst) || (!memory && st_empty(cpu, src))) {
		x87_stack_fault(&x, false);
	} else {
		const struct fp80 b = memory ? x87_operand(&x, u, raw) : st_get(cpu, src);
		r = arithmetic[insn_rows[u->insn].arg](&x.env, st_get(cpu, dst), b);
		x87_add_denormal(&x, f80_class(r) == FP80_NAN);
	}
	if (!x87_end(cpu, u, &x))
		return true;
	st_put(cpu, dst, r);
	if (!memory && x87_opcode(u) == 0xde)
		st_pop(cpu);
	return true;
}

HANDLER(x87_arithmetic, x87_arithmetic(cpu, u))
PICK_ONE(x87_arithmetic)

/* Division has a cost of its own. */
PICK(x87_divide)
{
	return pick_x87_arithmetic(s, arg, u);
}

/* ---- FCOM FCOMP FCOMPP FUCOM FUCOMP FUCOMPP FICOM FICOMP FTST ---- */

static bool is_ordered(const struct uop *u)
{
	return !(insn_rows[u->insn].arg & X87_UNORDERED);
}

static unsigned pops(const struct uop *u)
{
	return insn_rows[u->insn].arg & X87_POPS;
}

static void pop_all(struct cpu *cpu, const struct uop *u)
{
	for (unsigned i = 0; i < pops(u); i++)
		st_pop(cpu);
}

static bool compares_with_zero(const struct uop *u)
{
	return insn_rows[u->insn].arg & X87_WITH_ZERO;
}

static enum fp_relation relate(struct cpu *cpu, const struct uop *u, struct x87 *x, uint64_t raw)
{
	const bool memory = u->flags & UOP_MEMORY, zero = compares_with_zero(u);
	if (st_empty(cpu, 0) || (!memory && !zero && st_empty(cpu, x87_register(u)))) {
		x87_stack_fault(x, false);
		return FP_UNORDERED;
	}
	const struct fp80 b = zero     ? (struct fp80){ 0, 0 }
			      : memory ? x87_operand(x, u, raw)
				       : st_get(cpu, x87_register(u));
	const enum fp_relation relation = f80_relate(&x->env, st_get(cpu, 0), b, is_ordered(u));
	x87_add_denormal(x, relation == FP_UNORDERED);
	return relation;
}

/* The condition codes tell of an invalid comparison even if the exception is not masked. */
static __attribute__((noinline)) bool x87_compare(struct cpu *cpu, const struct uop *u)
{
	static const uint16_t codes[] = {
		[FP_LESS] = FSW_C0, [FP_EQUAL] = FSW_C3, [FP_GREATER] = 0, [FP_UNORDERED] = FSW_CONDITION
	};
	struct x87 x;
	uint64_t raw = 0;
	if (!x87_begin(cpu, &x) || ((u->flags & UOP_MEMORY) && !x87_load_operand(cpu, u, &raw)))
		return false;
	x87_condition(&x, codes[relate(cpu, u, &x, raw)]);
	if (x87_end(cpu, u, &x))
		pop_all(cpu, u);
	return true;
}

HANDLER(x87_compare, x87_compare(cpu, u))
PICK_ONE(x87_compare)

/* ---- FCOMI FCOMIP FUCOMI FUCOMIP ---- */

/* As the condition codes the flags are written in any case; C1 is left (measured on an Intel core). */
static __attribute__((noinline)) bool x87_compare_flags(struct cpu *cpu, const struct uop *u)
{
	static const uint16_t flags[] = { [FP_LESS] = FLAG_CF,
					  [FP_EQUAL] = FLAG_ZF,
					  [FP_GREATER] = 0,
					  [FP_UNORDERED] = FLAG_ZF | FLAG_PF | FLAG_CF };
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	x.keeps_c1 = true;
	cpu->lf = flags_from(flags[relate(cpu, u, &x, 0)]);
	if (x87_end(cpu, u, &x))
		pop_all(cpu, u);
	return true;
}

HANDLER(x87_compare_flags, x87_compare_flags(cpu, u))
PICK_ONE(x87_compare_flags)

/* ---- one operand: FABS FCHS FSQRT FRNDINT F2XM1 ---- */

typedef struct fp80 unary_fn(struct fp_env *env, struct fp80 a);

static struct fp80 absolute(struct fp_env *env, struct fp80 a)
{
	(void)env;
	a.sign_exponent &= FP80_EXPONENT;
	return a;
}

static struct fp80 negated(struct fp_env *env, struct fp80 a)
{
	(void)env;
	a.sign_exponent ^= FP80_SIGN;
	return a;
}

/* In the order of enum X87_ABS... */
static unary_fn *const unary[] = { absolute, negated, f80_sqrt, f80_to_integral, f80_exp2m1 };

static __attribute__((noinline)) bool x87_unary(struct cpu *cpu, const struct uop *u)
{
	struct x87 x;
	struct fp80 r = FP80_INDEFINITE;
	if (!x87_begin(cpu, &x))
		return false;
	if (st_empty(cpu, 0))
		x87_stack_fault(&x, false);
	else
		r = unary[insn_rows[u->insn].arg](&x.env, st_get(cpu, 0));
	if (x87_end(cpu, u, &x))
		st_put(cpu, 0, r);
	return true;
}

HANDLER(x87_unary, x87_unary(cpu, u))

PICK(x87_unary)
{
	(void)s;
	(void)arg;
	(void)u;
	return op_x87_unary;
}

/* FSQRT, FRNDINT and F2XM1 have costs of their own. */
PICK(x87_function)
{
	return pick_x87_unary(s, arg, u);
}

/* ---- FXAM ---- */

/* C1 is the sign, of an empty register too. */
static __attribute__((noinline)) bool x87_examine(struct cpu *cpu, const struct uop *u)
{
	static const uint16_t codes[] = {
		[FP80_UNSUPPORTED] = 0,
		[FP80_NAN] = FSW_C0,
		[FP80_NORMAL] = FSW_C2,
		[FP80_INFINITY] = FSW_C2 | FSW_C0,
		[FP80_ZERO] = FSW_C3,
		[FP80_EMPTY] = FSW_C3 | FSW_C0,
		[FP80_DENORMAL] = FSW_C3 | FSW_C2,
	};
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	x87_condition(&x, codes[st_empty(cpu, 0) ? FP80_EMPTY : f80_class(st_get(cpu, 0))]);
	x.env.rounded_up = st_get(cpu, 0).sign_exponent & FP80_SIGN;
	x87_end(cpu, u, &x);
	return true;
}

HANDLER(x87_examine, x87_examine(cpu, u))
PICK_ONE(x87_examine)

/* ---- FSIN FCOS ---- */

typedef bool angle_fn(struct fp_env *env, struct fp80 x, struct fp80 *r);

static angle_fn *const angles[] = { f80_sin, f80_cos };

/* C2: the operand is out of range, and stays. */
static __attribute__((noinline)) bool x87_angle(struct cpu *cpu, const struct uop *u)
{
	struct x87 x;
	struct fp80 r = FP80_INDEFINITE;
	bool in_range = true;
	if (!x87_begin(cpu, &x))
		return false;
	if (st_empty(cpu, 0))
		x87_stack_fault(&x, false);
	else
		in_range = angles[insn_rows[u->insn].arg](&x.env, st_get(cpu, 0), &r);
	x.cleared = FSW_C2;
	x.set = in_range ? 0 : FSW_C2;
	if (x87_end(cpu, u, &x) && in_range)
		st_put(cpu, 0, r);
	return true;
}

HANDLER(x87_angle, x87_angle(cpu, u))
PICK_ONE(x87_angle)

/* ---- one operand, two results: FSINCOS FPTAN FXTRACT ---- */

struct pair {
	struct fp80 first, pushed;
};

static bool tangent(struct fp_env *env, struct fp80 a, struct pair *r)
{
	if (!f80_tan(env, a, &r->first))
		return false;
	r->pushed = f80_class(r->first) == FP80_NAN ? r->first : one;
	return true;
}

static bool sine_cosine(struct fp_env *env, struct fp80 a, struct pair *r)
{
	return f80_sincos(env, a, &r->first, &r->pushed);
}

static bool extract(struct fp_env *env, struct fp80 a, struct pair *r)
{
	r->pushed = f80_extract(env, a, &r->first);
	return true;
}

typedef bool pair_fn(struct fp_env *env, struct fp80 a, struct pair *r);

static pair_fn *const pairs[] = { tangent, sine_cosine, extract };

static __attribute__((noinline)) bool x87_pair(struct cpu *cpu, const struct uop *u)
{
	struct x87 x;
	struct pair r = { FP80_INDEFINITE, FP80_INDEFINITE };
	bool in_range = true;
	if (!x87_begin(cpu, &x))
		return false;
	if (st_empty(cpu, 0) || !st_empty(cpu, 7))
		x87_stack_fault(&x, !st_empty(cpu, 0));
	else
		in_range = pairs[insn_rows[u->insn].arg](&x.env, st_get(cpu, 0), &r);
	if (insn_rows[u->insn].arg != X87_XTRACT)
		x.cleared = FSW_C2;
	x.set = in_range ? 0 : FSW_C2;
	if (!x87_end(cpu, u, &x) || !in_range)
		return true;
	st_put(cpu, 0, r.first);
	st_push(cpu, r.pushed);
	return true;
}

HANDLER(x87_pair, x87_pair(cpu, u))
PICK_ONE(x87_pair)

/* ---- ST(1) and ST(0): FPATAN FYL2X FYL2XP1, which pop, and FSCALE ---- */

static struct fp80 scaled(struct fp_env *env, struct fp80 by, struct fp80 a)
{
	return f80_scale(env, a, by);
}

/* In the order of enum X87_PATAN... */
static binary_fn *const functions[] = { f80_atan, f80_ylog2x, f80_ylog2xp1, scaled };

static __attribute__((noinline)) bool x87_binary(struct cpu *cpu, const struct uop *u)
{
	const bool keeps = insn_rows[u->insn].arg == X87_SCALE;
	struct x87 x;
	struct fp80 r = FP80_INDEFINITE;
	if (!x87_begin(cpu, &x))
		return false;
	if (st_empty(cpu, 0) || st_empty(cpu, 1))
		x87_stack_fault(&x, false);
	else
		r = functions[insn_rows[u->insn].arg](&x.env, st_get(cpu, 1), st_get(cpu, 0));
	if (!x87_end(cpu, u, &x))
		return true;
	st_put(cpu, !keeps, r);
	if (!keeps)
		st_pop(cpu);
	return true;
}

HANDLER(x87_binary, x87_binary(cpu, u))
PICK_ONE(x87_binary)

/* ---- FPREM FPREM1 ---- */

/* C0, C3 and C1 are bits 2, 1 and 0 of the quotient [SDM vol. 2, FPREM]. Without a quotient C2 and C1 are cleared, the
 * others left (measured on an Intel core). */
static void put_quotient(struct x87 *x, const struct fp80_remainder *r)
{
	x->cleared = FSW_C2;
	if (f80_class(r->value) == FP80_NAN || (x->env.flags & ~x->env.masks & FP_BEFORE))
		return;
	x87_condition(x,
		      (r->quotient & 4 ? FSW_C0 : 0u) | (r->quotient & 2 ? FSW_C3 : 0u) | (r->partial ? FSW_C2 : 0u));
	x->env.rounded_up = r->quotient & 1;
}

static __attribute__((noinline)) bool x87_remainder(struct cpu *cpu, const struct uop *u)
{
	struct x87 x;
	struct fp80_remainder r = { .value = FP80_INDEFINITE };
	if (!x87_begin(cpu, &x))
		return false;
	if (st_empty(cpu, 0) || st_empty(cpu, 1))
		x87_stack_fault(&x, false);
	else
		r = f80_remainder(&x.env, st_get(cpu, 0), st_get(cpu, 1), insn_rows[u->insn].arg);
	put_quotient(&x, &r);
	if (x87_end(cpu, u, &x))
		st_put(cpu, 0, r.value);
	return true;
}

HANDLER(x87_remainder, x87_remainder(cpu, u))
PICK_ONE(x87_remainder)
