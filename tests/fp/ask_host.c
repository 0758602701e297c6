/* ask_host.c - the x87 of the host. */
#include "transcendental.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <string.h>

struct image {
	uint64_t significand;
	uint16_t sign_exponent;
} __attribute__((packed));

/* FNSAVE in 64-bit mode [SDM vol. 1, figure 8-9]. */
struct saved {
	uint32_t control, status, tag, pointers[4];
	struct image st[8];
} __attribute__((packed));

static struct image image_of(struct fp80 a)
{
	return (struct image){ a.significand, (uint16_t)a.sign_exponent };
}

static struct fp80 value_of(struct image a)
{
	return (struct fp80){ a.significand, a.sign_exponent };
}

#define RUN(name, instruction)                                                                                         \
	static void run_##name(uint16_t fcw, const struct image *st0, const struct image *st1, struct saved *saved)    \
	{                                                                                                              \
		__asm__ volatile("fninit\n\tfldt %2\n\tfldt %1\n\tfldcw %3\n\t" instruction "\n\tfnsave %0"            \
				 : "=m"(*saved)                                                                        \
				 : "m"(*st0), "m"(*st1), "m"(fcw));                                                    \
	}
RUN(sin, "fsin")
RUN(cos, "fcos")
RUN(sincos, "fsincos")
RUN(tan, "fptan")
RUN(atan, "fpatan")
RUN(exp2m1, "f2xm1")
RUN(ylog2x, "fyl2x")
RUN(ylog2xp1, "fyl2xp1")

/* The x87 of other makers approximates in other ways. */
bool host_answers(void)
{
	unsigned eax, ebx, ecx, edx;
	return __get_cpuid(0, &eax, &ebx, &ecx, &edx) && ebx == signature_INTEL_ebx;
}

void ask_host(const struct question *q, struct outcome *o)
{
	static void (*const run[])(uint16_t, const struct image *, const struct image *, struct saved *) = {
		run_sin, run_cos, run_sincos, run_tan, run_atan, run_exp2m1, run_ylog2x, run_ylog2xp1,
	};
	const struct image st0 = image_of(q->st[0]), st1 = image_of(q->st[1]);
	struct saved saved;
	run[q->function]((uint16_t)q->fcw, &st0, &st1, &saved);
	*o = (struct outcome){ .flags = saved.status & FP_FLAGS,
			       .c1 = saved.status >> 9 & 1,
			       .c2 = saved.status >> 10 & 1 };
	const bool pushed = (q->function == SINCOS || q->function == TAN) && !o->c2;
	o->value[0] = value_of(saved.st[pushed]);
	if (q->function == SINCOS)
		o->value[1] = value_of(saved.st[o->c2]);
}

#else

bool host_answers(void)
{
	return false;
}

void ask_host(const struct question *q, struct outcome *o)
{
	(void)q;
	(void)o;
}

#endif
