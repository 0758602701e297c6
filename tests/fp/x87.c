/* x87.c - src/fp's f80 against the x87 of this host: results, flags, C1 and the condition codes.
 *
 * An unmasked exception is only raised by the next waiting instruction, so the status is read by FNSTSW and cleared
 * before the result is stored. */
#include "fp_test.h"

#ifdef __x86_64__

#include <string.h>

struct f80_bytes {
	uint8_t byte[16];
};

/* ST(0) is `a`, ST(1) is `b`; `memory` is loaded or stored. */
struct trial {
	struct f80_bytes a, b, memory, r0, r1;
	uint16_t fcw, fsw;
};

enum { C0 = 0x100, C1 = 0x200, C2 = 0x400, C3 = 0x4000, CONDITIONS = C0 | C2 | C3 };

typedef void native_fn(struct trial *t);
typedef void ours_fn(struct trial *t, struct fp_env *env);

/* The third value is what lies on top of `b` when the instruction has popped. */
#define NATIVE(name, insn)                                                                                             \
	static void native_##name(struct trial *t)                                                                     \
	{                                                                                                              \
		__asm__ volatile("fninit\n\tfldt %[a]\n\tfldt %[b]\n\tfldt %[a]\n\tfldcw %[fcw]\n\t" insn              \
				 "\n\tfnstsw %[fsw]\n\tfnclex\n\tfstpt %[r0]\n\tfstpt %[r1]\n\tfninit"                 \
				 : [fsw] "=m"(t->fsw), [r0] "=m"(t->r0), [r1] "=m"(t->r1), [memory] "+m"(t->memory)    \
				 : [a] "m"(t->a), [b] "m"(t->b), [fcw] "m"(t->fcw)                                     \
				 : "memory");                                                                          \
	}

/* ---- ours ---- */

static struct fp80 get(const struct f80_bytes *from)
{
	struct fp80 v = { 0, 0 };
	memcpy(&v.significand, from->byte, 8);
	memcpy(&v.sign_exponent, from->byte + 8, 2);
	return v;
}

static void put(struct f80_bytes *to, struct fp80 v)
{
	memset(to, 0, sizeof(*to));
	memcpy(to->byte, &v.significand, 8);
	memcpy(to->byte + 8, &v.sign_exponent, 2);
}

#define OURS(name, ...)                                                                                                \
	static void ours_##name(struct trial *t, struct fp_env *env)                                                   \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}

static void set_relation(struct trial *t, enum fp_relation relation)
{
	static const uint16_t codes[] = {
		[FP_LESS] = C0, [FP_EQUAL] = C3, [FP_GREATER] = 0, [FP_UNORDERED] = C0 | C2 | C3
	};
	t->fsw |= codes[relation];
}

static void set_remainder(struct trial *t, struct fp80_remainder r)
{
	put(&t->r0, r.value);
	t->fsw |=
	    (r.quotient & 1 ? C1 : 0) | (r.quotient & 2 ? C3 : 0) | (r.quotient & 4 ? C0 : 0) | (r.partial ? C2 : 0);
}

#define STORE(type, value)                                                                                             \
	const type v = value;                                                                                          \
	if (!(env->flags & ~env->masks & ~FP_PE))                                                                      \
	memcpy(&t->memory, &v, sizeof(v))
#define POPPED                                                                                                         \
	put(&t->r0, get(&t->b));                                                                                       \
	put(&t->r1, get(&t->a));
#define LOAD(type, from)                                                                                               \
	type v;                                                                                                        \
	memcpy(&v, &t->memory, sizeof(v));                                                                             \
	put(&t->r1, get(&t->a));                                                                                       \
	put(&t->r0, from)

#include "x87_rows.h"

/* ---- compared ---- */

static void show(const char *who, const struct row *row, const struct trial *t)
{
	const struct fp80 a = get(&t->a), b = get(&t->b), r0 = get(&t->r0), r1 = get(&t->r1), m = get(&t->memory);
	printf("%s %s fcw=%04x a=%04lx.%016lx b=%04lx.%016lx -> r0=%04lx.%016lx r1=%04lx.%016lx memory=%04lx.%016lx "
	       "fsw=%04x\n",
	       who, row->name, t->fcw, a.sign_exponent, a.significand, b.sign_exponent, b.significand, r0.sign_exponent,
	       r0.significand, r1.sign_exponent, r1.significand, m.sign_exponent, m.significand, t->fsw);
}

static bool same(const struct f80_bytes *x, const struct f80_bytes *y)
{
	return !memcmp(x->byte, y->byte, 10);
}

/* A trapped operation has no result, and C1 means nothing then. */
static bool agrees(const struct row *row, const struct trial *before)
{
	struct trial native = *before, ours = *before;
	struct fp_env env = fp_env_x87(before->fcw);
	row->native(&native);
	native.fsw &= CONDITIONS | C1 | FP_FLAGS;
	ours.r0 = ours.a;
	ours.r1 = ours.b;
	ours.fsw = 0;
	row->ours(&ours, &env);
	ours.fsw |= env.flags | (env.rounded_up ? C1 : 0);
	const bool trapped = env.flags & ~env.masks & FP_BEFORE;
	const bool same_memory = same(&ours.memory, &native.memory);
	if (trapped ? (ours.fsw & FP_FLAGS) == (native.fsw & FP_FLAGS) && (same_memory || !row->stores)
		    : ours.fsw == native.fsw && same(&ours.r0, &native.r0) && same(&ours.r1, &native.r1) && same_memory)
		return true;
	show("ours", row, &ours);
	show("silicon", row, &native);
	return false;
}

/* What a load finds in memory: any format, and digits. */
static void draw_memory(struct f80_bytes *memory, enum source source)
{
	uint64_t low = draw();
	memset(memory, 0x55, sizeof(*memory));
	if (source == FROM_F32)
		low = draw_f32();
	else if (source == FROM_F64)
		low = draw_f64();
	else if (source == FROM_INT)
		low = (uint64_t)draw_int();
	memcpy(memory->byte, &low, 8);
	for (unsigned i = 0; source == FROM_BCD && i < 10; i++)
		memory->byte[i] = (uint8_t)(draw() % 10 << 4 | draw() % 10);
}

/* One control word in four has unmasked exceptions; PC 1 is reserved. */
static uint16_t draw_fcw(void)
{
	const uint64_t bits = draw();
	const unsigned masks = bits & 3 ? FP_FLAGS : bits >> 8 & FP_FLAGS;
	const unsigned pc = bits >> 16 & 3;
	return (uint16_t)((bits >> 18 & 3) << 10 | (pc == 1 ? 3 : pc) << 8 | 0x40 | masks);
}

static struct fp80 draw_or_special(void)
{
	const struct fp80 *specials;
	const unsigned count = specials_f80(&specials);
	return draw() & 3 ? draw_f80() : specials[draw() % count];
}

enum { SHOWN = 4 };

static unsigned run_random(const struct row *row, unsigned long count)
{
	unsigned bad = 0;
	for (unsigned long i = 0; i < count && bad < SHOWN; i++) {
		struct trial t = { .fcw = draw_fcw() };
		put(&t.a, draw_or_special());
		put(&t.b, draw_or_special());
		draw_memory(&t.memory, row->source);
		bad += !agrees(row, &t);
	}
	return bad;
}

/* Each special value with each, all masked, in each RC. */
static unsigned run_specials(const struct row *row)
{
	const struct fp80 *all;
	const unsigned count = specials_f80(&all);
	unsigned bad = 0;
	for (unsigned i = 0; i < 4 * count * count && bad < SHOWN; i++) {
		struct trial t = { .fcw = (uint16_t)(0x37f | (i & 3) << 10) };
		put(&t.a, all[i / 4 / count]);
		put(&t.b, all[i / 4 % count]);
		bad += !agrees(row, &t);
	}
	return bad;
}

void test_x87(struct tally *t, unsigned long count)
{
	draw_restart(2);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const unsigned bad = run_specials(&rows[i]) + run_random(&rows[i], count / 4);
		t->passed += !bad;
		t->failed += bad != 0;
	}
}

#endif
