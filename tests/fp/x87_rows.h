/* x87_rows.h - the instructions that x87.c compares, and what is ours for each. */
#ifndef RS_TEST_X87_ROWS_H
#define RS_TEST_X87_ROWS_H

enum source { FROM_REGISTERS, FROM_F32, FROM_F64, FROM_INT, FROM_BCD };

struct row {
	const char *name;
	native_fn *native;
	ours_fn *ours;
	enum source source;
	bool stores;
};

/* X(name, source, stores, instruction, what is ours) */
#define ROWS(X) \
	X(fadd, FROM_REGISTERS, false, "fadd %%st(1), %%st", put(&t->r0, f80_add(env, get(&t->a), get(&t->b)));) \
	X(fsub, FROM_REGISTERS, false, "fsub %%st(1), %%st", put(&t->r0, f80_sub(env, get(&t->a), get(&t->b)));) \
	X(fmul, FROM_REGISTERS, false, "fmul %%st(1), %%st", put(&t->r0, f80_mul(env, get(&t->a), get(&t->b)));) \
	X(fdiv, FROM_REGISTERS, false, "fdiv %%st(1), %%st", put(&t->r0, f80_div(env, get(&t->a), get(&t->b)));) \
	X(fsqrt, FROM_REGISTERS, false, "fsqrt", put(&t->r0, f80_sqrt(env, get(&t->a)));) \
	X(frndint, FROM_REGISTERS, false, "frndint", put(&t->r0, f80_to_integral(env, get(&t->a)));) \
	X(fscale, FROM_REGISTERS, false, "fscale", put(&t->r0, f80_scale(env, get(&t->a), get(&t->b)));) \
	X(fxtract, FROM_REGISTERS, false, "fxtract", struct fp80 e; \
	  put(&t->r0, f80_extract(env, get(&t->a), &e)); put(&t->r1, e);) \
	X(fprem, FROM_REGISTERS, false, "fprem", \
	  set_remainder(t, f80_remainder(env, get(&t->a), get(&t->b), false));) \
	X(fprem1, FROM_REGISTERS, false, "fprem1", \
	  set_remainder(t, f80_remainder(env, get(&t->a), get(&t->b), true));) \
	X(fcom, FROM_REGISTERS, false, "fcom %%st(1)", \
	  set_relation(t, f80_relate(env, get(&t->a), get(&t->b), true));) \
	X(fucom, FROM_REGISTERS, false, "fucom %%st(1)", \
	  set_relation(t, f80_relate(env, get(&t->a), get(&t->b), false));) \
	X(fxam, FROM_REGISTERS, false, "fxam", t->fsw |= class_codes(get(&t->a));) \
	X(fld32, FROM_F32, false, "flds %[memory]", LOAD(uint32_t, f80_from_f32(env, v));) \
	X(fld64, FROM_F64, false, "fldl %[memory]", LOAD(uint64_t, f80_from_f64(env, v));) \
	X(fild16, FROM_INT, false, "filds %[memory]", LOAD(int16_t, f80_from_int(v));) \
	X(fild32, FROM_INT, false, "fildl %[memory]", LOAD(int32_t, f80_from_int(v));) \
	X(fild64, FROM_INT, false, "fildll %[memory]", LOAD(int64_t, f80_from_int(v));) \
	X(fbld, FROM_BCD, false, "fbld %[memory]", \
	  put(&t->r1, get(&t->a)); put(&t->r0, f80_from_bcd(t->memory.byte));) \
	X(fst32, FROM_REGISTERS, true, "fsts %[memory]", STORE(uint32_t, f80_to_f32(env, get(&t->a)));) \
	X(fst64, FROM_REGISTERS, true, "fstl %[memory]", STORE(uint64_t, f80_to_f64(env, get(&t->a)));) \
	X(fist16, FROM_REGISTERS, true, "fists %[memory]", STORE(int16_t, (int16_t)f80_to_int(env, get(&t->a), 2));) \
	X(fist32, FROM_REGISTERS, true, "fistl %[memory]", STORE(int32_t, (int32_t)f80_to_int(env, get(&t->a), 4));) \
	X(fist64, FROM_REGISTERS, true, "fistpll %[memory]", POPPED STORE(int64_t, f80_to_int(env, get(&t->a), 8));) \
	X(fisttp64, FROM_REGISTERS, true, "fisttpll %[memory]", POPPED env->rounding = FP_TO_ZERO; \
	  STORE(int64_t, f80_to_int(env, get(&t->a), 8));) \
	X(fbstp, FROM_REGISTERS, true, "fbstp %[memory]", POPPED struct f80_bytes v; \
	  f80_to_bcd(env, get(&t->a), v.byte); \
	  if (!(env->flags & ~env->masks & FP_BEFORE)) memcpy(&t->memory, &v, 10);)

/* C3 C2 C0 are bits 2:0 of the class, C1 is the sign. */
static uint16_t class_codes(struct fp80 a)
{
	const enum fp80_class class = f80_class(a);
	return (uint16_t)((class & 4 ? C3 : 0) | (class & 2 ? C2 : 0) | (class & 1 ? C0 : 0) |
			  (a.sign_exponent & FP80_SIGN ? C1 : 0));
}

#define DEFINE(name, source, stores, insn, ...) NATIVE(name, insn) OURS(name, __VA_ARGS__)
ROWS(DEFINE)
#define ROW(name, source, stores, ...) { #name, native_##name, ours_##name, source, stores },
static const struct row rows[] = { ROWS(ROW) };

#endif
