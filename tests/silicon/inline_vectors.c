/* inline_vectors.c - x87, SSE and AVX state between XSAVE's form and ringstep's. */
#include "inline.h"

static struct xsave kept;

void model_start_vectors(struct cpu_state *st)
{
	(void)st;
}

void model_put_vectors(struct cpu_state *st, const struct xsave *x)
{
	(void)st;
	kept = *x;
}

void model_take_vectors(const struct cpu_state *st, struct xsave *x)
{
	(void)st;
	*x = kept;
}

void make_many(struct random *r, struct aim *a)
{
	(void)r;
	(void)a;
}

void tell_vectors(const struct xsave *x)
{
	(void)x;
}
