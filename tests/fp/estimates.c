/* estimates.c - RCPPS and RSQRTPS of this host.
 *
 *   fp-estimates           all 2 ** 32 operands, compared with fp_reciprocals and fp_reciprocal_roots
 *   fp-estimates --table   what the processor does, as tables: by the upper bits of the fraction on which a result
 *                          depends, the upper bits of the result's fraction; RSQRTPS for odd and even exponents
 */
#include "fp/fp.h"
#include <stdio.h>
#include <string.h>

#ifdef __x86_64__

typedef void estimate_fn(void *r, const void *a, unsigned n);

static void native_reciprocals(void *r, const void *a, unsigned n)
{
	(void)n;
	__asm__ volatile("movups (%1), %%xmm0\n\trcpps %%xmm0, %%xmm0\n\tmovups %%xmm0, (%0)"
			 :
			 : "r"(r), "r"(a)
			 : "xmm0", "memory");
}

static void native_reciprocal_roots(void *r, const void *a, unsigned n)
{
	(void)n;
	__asm__ volatile("movups (%1), %%xmm0\n\trsqrtps %%xmm0, %%xmm0\n\tmovups %%xmm0, (%0)"
			 :
			 : "r"(r), "r"(a)
			 : "xmm0", "memory");
}

/* ---- compared ---- */

enum { SHOWN = 8 };

static unsigned compare(const char *name, estimate_fn *native, estimate_fn *ours)
{
	unsigned bad = 0;
	for (uint64_t i = 0; i < (uint64_t)1 << 32 && bad < SHOWN; i += 4) {
		const uint32_t a = (uint32_t)i, operands[4] = { a, a + 1, a + 2, a + 3 };
		uint32_t x[4], y[4];
		native(x, operands, 4);
		ours(y, operands, 4);
		for (unsigned k = 0; k < 4; k++)
			if (x[k] != y[k] && bad++ < SHOWN)
				printf("%s %08x: the processor %08x, ours %08x\n", name, operands[k], x[k], y[k]);
	}
	return bad;
}

/* ---- derived ---- */

static uint32_t one(estimate_fn *native, uint32_t a)
{
	uint32_t operands[4] = { a, a, a, a }, r[4];
	native(r, operands, 4);
	return r[0];
}

/* On how many upper bits of the fraction the result depends. */
static unsigned bits_looked_at(estimate_fn *native, uint32_t exponent)
{
	uint32_t changed = 0, last = one(native, exponent);
	for (uint32_t fraction = 1; fraction < 1u << 23; fraction++) {
		const uint32_t r = one(native, exponent | fraction);
		changed |= r != last ? fraction : 0;
		last = r;
	}
	return changed ? 23 - (unsigned)__builtin_ctz(changed) : 0;
}

static void print_table(const char *name, estimate_fn *native, uint32_t biased)
{
	const uint32_t exponent = biased << 23;
	const unsigned bits = bits_looked_at(native, exponent);
	printf("/* %s, exponent %u: %u bits of the fraction */", name, biased, bits);
	for (uint32_t i = 0; i < 1u << bits; i++)
		printf("%s0x%08x,", i % 8 ? " " : "\n", one(native, exponent | i << (23 - bits)));
	printf("\n");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--table")) {
		print_table("RCPPS", native_reciprocals, 127);
		print_table("RSQRTPS", native_reciprocal_roots, 127);
		print_table("RSQRTPS", native_reciprocal_roots, 126);
		return 0;
	}
	const unsigned bad = !!compare("RCPPS", native_reciprocals, fp_reciprocals) +
			     !!compare("RSQRTPS", native_reciprocal_roots, fp_reciprocal_roots);
	printf("%u passed, %u failed\n", 2 - bad, bad);
	return bad != 0;
}

#else

int main(void)
{
	printf("skipped: no SSE on this processor\n0 passed, 0 failed, 1 skipped\n");
	return 0;
}

#endif
