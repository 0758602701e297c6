/* sse.c - fp_soft and fp_host against the SSE, AVX, FMA and F16C instructions of this host, four or two lanes at a
 * time.
 */
#include "fp_test.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

struct lanes {
	uint64_t q[2];
};

/* What an instruction sees: its sources in XMM0, XMM1 and XMM2, the first of which it replaces. */
struct trial {
	struct lanes a, b, c, r;
	uint32_t mxcsr, faulted;
	uint64_t resume;
};

/* ---- the processor ---- */

#define ALL_MASKED 0x1f80u

static struct trial *running;

/* Goes on behind the instruction, with what MXCSR was at the fault. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
	ucontext_t *const at = context;
	(void)signal;
	(void)info;
	running->faulted = 1;
	at->uc_mcontext.gregs[REG_RIP] = (greg_t)running->resume;
	at->uc_mcontext.fpregs->mxcsr |= ALL_MASKED;
}

typedef void native_fn(struct trial *t);

#define NATIVE(name, insn)                                                                                             \
	static void native_##name(struct trial *t)                                                                     \
	{                                                                                                              \
		const uint32_t masked = ALL_MASKED;                                                                    \
		__asm__ volatile("leaq 2f(%%rip), %%rax\n\tmovq %%rax, %[resume]\n\t"                                  \
				 "movups %[a], %%xmm0\n\tmovups %[b], %%xmm1\n\tmovups %[c], %%xmm2\n\t"               \
				 "ldmxcsr %[mxcsr]\n\t" insn "\n"                                                      \
				 "2:\tstmxcsr %[mxcsr]\n\tldmxcsr %[masked]\n\tmovups %%xmm0, %[r]"                    \
				 : [resume] "=m"(t->resume), [mxcsr] "+m"(t->mxcsr), [r] "=m"(t->r)                    \
				 : [a] "m"(t->a), [b] "m"(t->b), [c] "m"(t->c), [masked] "m"(masked)                   \
				 : "rax", "xmm0", "xmm1", "xmm2", "cc", "memory");                                     \
	}

#include "sse_rows.h"

/* ---- ours ---- */

static struct fp_env compute(const struct fp_backend *f, const struct row *row, struct trial *t)
{
	struct fp_env env = fp_env_sse(t->mxcsr);
	struct lanes r = t->a;
	switch (row->kind) {
	case BINARY:
		f->binary[row->op][row->size](&env, &r, &t->a, &t->b, row->n);
		break;
	case SQRT:
		f->sqrt[row->size](&env, &r, &t->a, row->n);
		break;
	case INTEGRAL:
		env.rounding = (uint8_t)row->op;
		f->to_integral[row->size](&env, &r, &t->a, row->n);
		break;
	case FUSED:
		f->fused[row->size](&env, &r, &t->a, &t->b, &t->c, row->n, row->op & 1, (unsigned)row->op >> 4);
		break;
	case COMPARE:
		f->compare[row->size](&env, &r, &t->a, &t->b, row->n, (unsigned)row->op);
		break;
	case RELATE:
		r = (struct lanes){ { f->relate[row->size](&env, &t->a, &t->b, row->op), 0 } };
		break;
	case CONVERT:
		env.rounding = row->truncates ? FP_TO_ZERO : env.rounding;
		if (row->clears)
			r = (struct lanes){ { 0, 0 } };
		f->convert[row->op][row->to](&env, &r, &t->a, row->n);
		break;
	case ESTIMATE:
		(row->op ? fp_reciprocal_roots : fp_reciprocals)(&r, &t->a, row->n);
		break;
	}
	t->r = r;
	return env;
}

/* The flags of COMIS and UCOMIS as a relation. */
static void read_relation(struct trial *t)
{
	const uint64_t flags = t->r.q[0];
	t->r.q[0] = flags & 4 ? FP_UNORDERED : flags & 0x40 ? FP_EQUAL : flags & 1 ? FP_LESS : FP_GREATER;
	t->r.q[1] = 0;
}

/* ---- compared ---- */

static void show(const char *who, const struct row *row, const struct trial *t)
{
	printf("%s %s mxcsr=%04x a=%016lx.%016lx b=%016lx.%016lx c=%016lx.%016lx -> %016lx.%016lx%s\n", who, row->name,
	       t->mxcsr, t->a.q[1], t->a.q[0], t->b.q[1], t->b.q[0], t->c.q[1], t->c.q[0], t->r.q[1], t->r.q[0],
	       t->faulted ? " #XM" : "");
}

/* What the instruction leaves behind by our arithmetic: nothing but flags if it is trapped. */
static bool agrees(const struct fp_backend *f, const struct row *row, const struct trial *before,
		   const struct trial *native)
{
	struct trial ours = *before;
	struct fp_env env = compute(f, row, &ours);
	ours.faulted = fp_traps(&env);
	ours.mxcsr |= env.flags;
	const bool same_result = ours.faulted || !memcmp(&ours.r, &native->r, sizeof(ours.r));
	if (same_result && ours.faulted == native->faulted &&
	    ours.mxcsr == (native->mxcsr | (before->mxcsr & ALL_MASKED)))
		return true;
	show(f == &fp_soft ? "soft" : "host", row, &ours);
	return false;
}

static void run_native(const struct row *row, struct trial *t)
{
	const uint32_t masks = t->mxcsr & ALL_MASKED;
	running = t;
	row->native(t);
	t->mxcsr = (t->mxcsr & ~ALL_MASKED) | masks;
	if (row->kind == RELATE && !t->faulted)
		read_relation(t);
}

static struct lanes draw_lanes(unsigned type)
{
	struct lanes v;
	for (unsigned i = 0; i < 2; i++) {
		switch (type) {
		case FP_F16:
			v.q[i] = draw_f16() | draw_f16() << 16 | draw_f16() << 32 | draw_f16() << 48;
			break;
		case FP_F32:
			v.q[i] = draw_f32() | draw_f32() << 32;
			break;
		case FP_F64:
			v.q[i] = draw_f64();
			break;
		case FP_I32:
			v.q[i] = (uint32_t)draw_int() | (uint64_t)draw_int() << 32;
			break;
		default:
			v.q[i] = (uint64_t)draw_int();
		}
	}
	return v;
}

/* RC, DAZ and FTZ as they come; one trial in 64 has unmasked exceptions, for these cost a signal. */
static uint32_t draw_mxcsr(void)
{
	const uint64_t bits = draw();
	const uint32_t masks = bits & 63 ? FP_FLAGS : bits >> 8 & FP_FLAGS;
	return (uint32_t)(bits >> 16 & 0xe040) | masks << 7;
}

static bool try_row(const struct row *row)
{
	const unsigned type = row->kind == CONVERT ? (unsigned)row->op : row->size == FP_SIZE_32 ? FP_F32 : FP_F64;
	struct trial t = { .a = draw_lanes(type), .b = draw_lanes(type), .c = draw_lanes(type), .mxcsr = draw_mxcsr() };
	struct trial native = t;
	run_native(row, &native);
	if (agrees(&fp_soft, row, &t, &native) && agrees(&fp_host, row, &t, &native))
		return true;
	show("silicon", row, &native);
	return false;
}

/* Clang 14 has no "f16c" for __builtin_cpu_supports. The encodings are VEX: the OS must save YMM. */
static bool has_f16c(void)
{
	unsigned a, b, c, d;
	return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) && c & bit_F16C;
}

static bool host_has(enum needs needs)
{
	switch (needs) {
	case SSE41:
		return __builtin_cpu_supports("sse4.1");
	case AVX:
		return __builtin_cpu_supports("avx");
	case FMA:
		return __builtin_cpu_supports("fma");
	case INTEL_ESTIMATES:
		return __builtin_cpu_is("intel");
	case F16C:
		return has_f16c();
	default:
		return true;
	}
}

enum { SHOWN = 4 };

/* Rows that have one computation between them share the operands. */
static const unsigned shares[] = {
	[BINARY] = 1,   [SQRT] = 1,   [INTEGRAL] = 4, [FUSED] = 6,
	[COMPARE] = 16, [RELATE] = 1, [CONVERT] = 1,  [ESTIMATE] = 1,
};

static void run_row(struct tally *t, const struct row *row, unsigned long count)
{
	unsigned bad = 0;
	if (!host_has(row->needs)) {
		printf("skipped %s: this processor does not have it, or one of its own\n", row->name);
		t->skipped++;
		return;
	}
	draw_restart(1);
	count /= shares[row->kind];
	for (unsigned long i = 0; i < count && bad < SHOWN; i += row->n)
		bad += !try_row(row);
	t->passed += !bad;
	t->failed += bad != 0;
}

void test_sse(struct tally *t, unsigned long count)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	sigaction(SIGFPE, &action, NULL);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		run_row(t, &rows[i], count);
}

#endif
