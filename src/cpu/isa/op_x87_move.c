/* op_x87_move.c - what the x87 loads, stores and moves.
 */
#include "cpu/isa/alu.h"
#include "cpu/isa/op_common.h"
#include "cpu/isa/x87.h"

/* Operands of 80 bits are aligned as 64 bits are [SDM vol. 3, table 6-7]. */
enum { BYTES_80 = 10, ALIGN_80 = 8 };

static void image_put(uint8_t image[BYTES_80], struct fp80 a)
{
	memcpy(image, &a.significand, 8);
	memcpy(image + 8, &a.sign_exponent, 2);
}

static struct fp80 image_get(const uint8_t image[BYTES_80])
{
	struct fp80 a = { 0, 0 };
	memcpy(&a.significand, image, 8);
	memcpy(&a.sign_exponent, image + 8, 2);
	return a;
}

/* ---- FLD FILD FBLD ---- */

static struct fp80 loaded(struct fp_env *env, const struct uop *u, const uint8_t image[BYTES_80])
{
	const uint8_t masks = env->masks;
	uint64_t raw;
	memcpy(&raw, image, 8);
	switch (insn_rows[u->insn].arg) {
	case X87_INTEGER:
		return f80_from_int(sign_extend(raw, u->size));
	case X87_BCD:
		return f80_from_bcd(image);
	default:
		break;
	}
	if (u->size == BYTES_80)
		return image_get(image);
	env->masks |= FP_DE;
	const struct fp80 value = u->size == 8 ? f80_from_f64(env, raw) : f80_from_f32(env, (uint32_t)raw);
	env->masks = masks;
	return value;
}

/* Pushes `value`, computed with x->env, unless there is no room. A denormal is pushed even if DE is not masked
 * (measured on an Intel core). */
static void push(struct cpu *cpu, const struct uop *u, struct x87 *x, struct fp80 value)
{
	if (!st_empty(cpu, 7)) {
		x87_stack_fault(x, true);
		value = FP80_INDEFINITE;
	}
	if (x87_end(cpu, u, x) || x->env.flags == FP_DE)
		st_push(cpu, value);
}

static __attribute__((noinline)) bool x87_load_memory(struct cpu *cpu, const struct uop *u)
{
	uint8_t image[BYTES_80] = { 0 };
	struct x87 x;
	if (!x87_begin(cpu, &x) || !x87_load(cpu, u, u->size, u->size == BYTES_80 ? ALIGN_80 : u->size, image))
		return false;
	push(cpu, u, &x, loaded(&x.env, u, image));
	return true;
}

static __attribute__((noinline)) bool x87_load_register(struct cpu *cpu, const struct uop *u)
{
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	if (!st_empty(cpu, x87_register(u))) {
		push(cpu, u, &x, st_get(cpu, x87_register(u)));
		return true;
	}
	x87_stack_fault(&x, false);
	if (x87_end(cpu, u, &x))
		st_push(cpu, FP80_INDEFINITE);
	return true;
}

HANDLER(x87_load_memory, x87_load_memory(cpu, u))
HANDLER(x87_load_register, x87_load_register(cpu, u))

PICK(x87_load)
{
	(void)s;
	(void)arg;
	return u->flags & UOP_MEMORY ? op_x87_load_memory : op_x87_load_register;
}

/* ---- FLDZ FLD1 FLDPI FLDL2T FLDL2E FLDLG2 FLDLN2 ---- */

/* The constant cut to 64 bits, and whether the nearest number is above that [SDM vol. 1, 8.3.4]. */
struct constant {
	struct fp80 cut;
	bool nearest_is_above, exact;
};

/* In the order of enum X87_ZERO... */
static const struct constant constants[] = {
	{ { 0, 0 }, false, true },
	{ { 0x8000000000000000, 0x3fff }, false, true },
	{ { 0xc90fdaa22168c234, 0x4000 }, true, false },
	{ { 0xd49a784bcd1b8afe, 0x4000 }, false, false },
	{ { 0xb8aa3b295c17f0bb, 0x3fff }, true, false },
	{ { 0x9a209a84fbcff798, 0x3ffd }, true, false },
	{ { 0xb17217f7d1cf79ab, 0x3ffe }, true, false },
};

static __attribute__((noinline)) bool x87_constant(struct cpu *cpu, const struct uop *u)
{
	const struct constant *c = &constants[insn_rows[u->insn].arg];
	struct fp80 value = c->cut;
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	if (!c->exact && (x.env.rounding == FP_UP || (x.env.rounding == FP_NEAREST && c->nearest_is_above)))
		value.significand++;
	push(cpu, u, &x, value);
	return true;
}

HANDLER(x87_constant, x87_constant(cpu, u))
PICK_ONE(x87_constant)

/* ---- FST FSTP FIST FISTP FISTTP FBSTP ---- */

static void put_integer(struct fp_env *env, const struct uop *u, struct fp80 a, uint8_t image[BYTES_80])
{
	const int64_t value = f80_to_int(env, a, u->size);
	memcpy(image, &value, 8);
}

/* An instruction that stores and pops writes the QNaN or integer indefinite for an empty register. */
static void stored(struct fp_env *env, const struct uop *u, struct fp80 a, uint8_t image[BYTES_80])
{
	switch (insn_rows[u->insn].arg & X87_KIND) {
	case X87_TRUNCATED:
		env->rounding = FP_TO_ZERO;
		put_integer(env, u, a, image);
		return;
	case X87_INTEGER:
		put_integer(env, u, a, image);
		return;
	case X87_BCD:
		f80_to_bcd(env, a, image);
		return;
	default:
		break;
	}
	const uint64_t value = u->size == 8 ? f80_to_f64(env, a) : u->size == 4 ? f80_to_f32(env, a) : 0;
	memcpy(image, &value, 8);
	if (u->size == BYTES_80)
		image_put(image, a);
}

/* With OE or UE not masked there is no result to store [SDM vol. 1, 8.5.4, 8.5.5]. */
static bool is_withheld(const struct fp_env *env)
{
	return env->flags & ~env->masks & (FP_BEFORE | FP_OE | FP_UE);
}

static __attribute__((noinline)) bool x87_store_memory(struct cpu *cpu, const struct uop *u)
{
	uint8_t image[BYTES_80] = { 0 };
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	const bool empty = st_empty(cpu, 0);
	stored(&x.env, u, empty ? FP80_INDEFINITE : st_get(cpu, 0), image);
	if (empty)
		x87_stack_fault(&x, false);
	const bool withheld = is_withheld(&x.env);
	if (!withheld && !x87_store(cpu, u, u->size, u->size == BYTES_80 ? ALIGN_80 : u->size, image))
		return false;
	x87_end(cpu, u, &x);
	if (!withheld && (insn_rows[u->insn].arg & X87_POP))
		st_pop(cpu);
	return true;
}

static __attribute__((noinline)) bool x87_store_register(struct cpu *cpu, const struct uop *u)
{
	struct fp80 value = st_get(cpu, 0);
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	if (st_empty(cpu, 0)) {
		x87_stack_fault(&x, false);
		value = FP80_INDEFINITE;
	}
	if (!x87_end(cpu, u, &x))
		return true;
	st_put(cpu, x87_register(u), value);
	if (insn_rows[u->insn].arg & X87_POP)
		st_pop(cpu);
	return true;
}

HANDLER(x87_store_memory, x87_store_memory(cpu, u))
HANDLER(x87_store_register, x87_store_register(cpu, u))

PICK(x87_store)
{
	(void)s;
	(void)arg;
	return u->flags & UOP_MEMORY ? op_x87_store_memory : op_x87_store_register;
}

/* D9 D8+i: nothing is moved from an empty register, and there is no exception (measured on an Intel core). */
static __attribute__((noinline)) bool x87_store_unchecked(struct cpu *cpu, const struct uop *u)
{
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	x87_end(cpu, u, &x);
	if (!st_empty(cpu, 0))
		st_put(cpu, x87_register(u), st_get(cpu, 0));
	st_pop(cpu);
	return true;
}

HANDLER(x87_store_unchecked, x87_store_unchecked(cpu, u))
PICK_ONE(x87_store_unchecked)

/* ---- FXCH FCMOVcc ---- */

static void fill(struct cpu *cpu, unsigned i)
{
	if (st_empty(cpu, i))
		st_put(cpu, i, FP80_INDEFINITE);
}

static __attribute__((noinline)) bool x87_exchange(struct cpu *cpu, const struct uop *u)
{
	const unsigned i = x87_register(u);
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	if (st_empty(cpu, 0) || st_empty(cpu, i))
		x87_stack_fault(&x, false);
	if (!x87_end(cpu, u, &x))
		return true;
	fill(cpu, 0);
	fill(cpu, i);
	const struct fp80 top = st_get(cpu, 0);
	st_put(cpu, 0, st_get(cpu, i));
	st_put(cpu, i, top);
	return true;
}

HANDLER(x87_exchange, x87_exchange(cpu, u))
PICK_ONE(x87_exchange)

/* An empty register is a stack fault whether the condition holds or not. */
static __attribute__((noinline)) bool x87_cmov(struct cpu *cpu, const struct uop *u)
{
	const unsigned i = x87_register(u);
	struct x87 x;
	if (!x87_begin(cpu, &x))
		return false;
	x.keeps_c1 = true;
	if (st_empty(cpu, 0) || st_empty(cpu, i))
		x87_stack_fault(&x, false);
	if (!x87_end(cpu, u, &x))
		return true;
	if (x.stack_fault)
		st_put(cpu, 0, FP80_INDEFINITE);
	else if (alu_condition(&cpu->lf, insn_rows[u->insn].arg))
		st_put(cpu, 0, st_get(cpu, i));
	return true;
}

HANDLER(x87_cmov, x87_cmov(cpu, u))
PICK_ONE(x87_cmov)
