/* inline_vectors.c - x87, SSE and AVX state between XSAVE's form and ringstep's. */
#include <stdio.h>

#include "inline.h"

typedef unsigned long long ull;

void model_put_vectors(struct cpu_state *st, const struct xsave *x)
{
	for (unsigned i = 0; i < VECTORS; i++) {
		memcpy(&st->vec[i].q[0], x->xmm[i], 16);
		memcpy(&st->vec[i].q[2], x->ymm[i], 16);
	}
	for (unsigned i = 0; i < FPU_REGISTERS; i++)
		st->fpr[physical_register(x, i)] =
		    (struct fp80){ .significand = x->st[i].significand, .sign_exponent = x->st[i].sign_exponent };
	st->fcw = x->fcw;
	st->fsw = x->fsw;
	st->ftw = x->ftw;
	st->fop = x->fop;
	st->fip = x->fip;
	st->fdp = x->fdp;
	st->fcs = st->fds = 0;
	st->mxcsr = x->mxcsr;
}

void model_take_vectors(const struct cpu_state *st, struct xsave *x)
{
	for (unsigned i = 0; i < VECTORS; i++) {
		memcpy(x->xmm[i], &st->vec[i].q[0], 16);
		memcpy(x->ymm[i], &st->vec[i].q[2], 16);
	}
	x->fcw = st->fcw;
	x->fsw = st->fsw;
	x->ftw = st->ftw;
	x->reserved1 = 0;
	x->fop = st->fop;
	x->fip = st->fip;
	x->fdp = st->fdp;
	x->mxcsr = st->mxcsr;
	for (unsigned i = 0; i < FPU_REGISTERS; i++) {
		const struct fp80 *r = &st->fpr[physical_register(x, i)];
		x->st[i].significand = r->significand;
		x->st[i].sign_exponent = (uint16_t)r->sign_exponent;
		memset(x->st[i].reserved, 0, sizeof x->st[i].reserved);
	}
}

/* ---- telling ---- */

static void tell_wide(const char *name, const char *suffix, unsigned i, uint64_t high, uint64_t low)
{
	if (high)
		printf(" %s%u%s=%llx%016llx", name, i, suffix, (ull)high, (ull)low);
	else if (low)
		printf(" %s%u%s=%llx", name, i, suffix, (ull)low);
}

void tell_vectors(const struct xsave *x)
{
	printf(" cr4|=50600 mxcsr=%x fcw=%x fsw=%x ftw=%x", x->mxcsr, x->fcw, x->fsw, x->ftw);
	if (x->fop || x->fip || x->fdp)
		printf(" fop=%x fip=%llx fdp=%llx", x->fop, (ull)x->fip, (ull)x->fdp);
	for (unsigned i = 0; i < 8; i++)
		tell_wide("fpr", "", physical_register(x, i), x->st[i].sign_exponent, x->st[i].significand);
	for (unsigned i = 0; i < 16; i++) {
		tell_wide("xmm", "", i, x->xmm[i][1], x->xmm[i][0]);
		tell_wide("ymm", "h", i, x->ymm[i][1], x->ymm[i][0]);
	}
}

/* What became of them. */
static void tell_changed(const struct xsave *before, const struct xsave *x)
{
	struct xsave c = *x;
	for (unsigned i = 0; i < 16; i++) {
		if (memcmp(before->xmm[i], x->xmm[i], 16) != 0)
			printf(" xmm%u=%llx%016llx", i, (ull)x->xmm[i][1], (ull)x->xmm[i][0]);
		if (memcmp(before->ymm[i], x->ymm[i], 16) != 0)
			printf(" ymm%uh=%llx%016llx", i, (ull)x->ymm[i][1], (ull)x->ymm[i][0]);
	}
	for (unsigned i = 0; i < 8; i++) {
		unsigned was = (physical_register(x, i) - (before->fsw >> 11)) & 7;
		if (c.st[i].significand != before->st[was].significand ||
		    c.st[i].sign_exponent != before->st[was].sign_exponent)
			printf(" fpr%u=%x%016llx", physical_register(x, i), c.st[i].sign_exponent,
			       (ull)c.st[i].significand);
	}
}

static void tell_number(const char *name, ull before, ull after)
{
	if (before != after)
		printf(" %s=%llx", name, after);
}

void tell_vectors_changed(const struct xsave *before, const struct xsave *x)
{
	tell_changed(before, x);
	tell_number("mxcsr", before->mxcsr, x->mxcsr);
	tell_number("fcw", before->fcw, x->fcw);
	tell_number("fsw", before->fsw, x->fsw);
	tell_number("ftw", before->ftw, x->ftw);
	tell_number("fop", before->fop, x->fop);
	tell_number("fip", before->fip, x->fip);
	tell_number("fdp", before->fdp, x->fdp);
}
