/* inline_xstate.c - tests of FXSAVE, XSAVE and their like: which components they name, and areas that can be loaded.
 *
 * Components that only one of processor and profile has are never named: XRSTOR would raise #GP(0) on one side, and
 * XSAVE store more on the other [SDM vol. 1, 13.3]. All other bits of EDX:EAX and of the header are free. */
#include "inline.h"

enum { FXSAVE_BYTES = 512, XSTATE_X87 = 1, XSTATE_SSE = 2, XSTATE_AVX = 4 };

enum kind { KIND_NONE, KIND_FXSAVE, KIND_FXRSTOR, KIND_XSAVE, KIND_XRSTOR, KIND_XGETBV };

static enum kind kind_of(const struct insn_form *f)
{
	switch (f->insn) {
	case INSN_FXSAVE:
	case INSN_FXSAVE64:
		return KIND_FXSAVE;
	case INSN_FXRSTOR:
	case INSN_FXRSTOR64:
		return KIND_FXRSTOR;
	case INSN_XSAVE:
	case INSN_XSAVE64:
	case INSN_XSAVEOPT:
	case INSN_XSAVEOPT64:
	case INSN_XSAVEC:
	case INSN_XSAVEC64:
		return KIND_XSAVE;
	case INSN_XRSTOR:
	case INSN_XRSTOR64:
		return KIND_XRSTOR;
	case INSN_XGETBV:
		return KIND_XGETBV;
	default:
		return KIND_NONE;
	}
}

bool tells_use(const struct insn_form *f)
{
	return kind_of(f) == KIND_XGETBV || kind_of(f) == KIND_XSAVE;
}

bool saves_mxcsr_mask(const struct insn_form *f)
{
	return kind_of(f) == KIND_FXSAVE || kind_of(f) == KIND_XSAVE;
}

static void set(struct aim *a, unsigned reg, uint32_t low)
{
	a->t->r.gpr[reg] = low | random_next(a->r) << 32;
	a->fixed |= 1u << reg;
}

void xstate_registers(struct aim *a)
{
	const enum kind kind = kind_of(a->g->form);
	if (kind == KIND_XGETBV && !random_one_in(a->r, 4))
		set(a, RCX, random_below(a->r, 3));
	if (kind != KIND_XSAVE && kind != KIND_XRSTOR)
		return;
	const uint64_t named = random_one_in(a->r, 4) ? value_integer(a->r) : random_below(a->r, 8);
	set(a, RAX, (uint32_t)(named & ~a->xcr0_apart));
	set(a, RDX, (uint32_t)((named & ~a->xcr0_apart) >> 32));
}

/* Parts in their initial state: XSAVEOPT and XSAVEC leave them out. */
void xstate_initial(struct random *r, const struct insn_form *f, struct xsave *x)
{
	const enum kind kind = kind_of(f);
	if ((kind != KIND_XSAVE && kind != KIND_XGETBV) || random_one_in(r, 2))
		return;
	const unsigned used = random_below(r, 8);
	if (random_one_in(r, 2))
		x->mxcsr = 0x1f80;
	if (!(used & XSTATE_X87)) {
		memset(x, 0, offsetof(struct xsave, mxcsr));
		memset(x->st, 0, sizeof x->st);
		x->fcw = 0x37f;
	}
	if (!(used & XSTATE_SSE))
		memset(x->xmm, 0, sizeof x->xmm);
	if (!(used & XSTATE_AVX))
		memset(x->ymm, 0, sizeof x->ymm);
}

/* ---- areas to load ---- */

/* Bit 17 of MXCSR is AMD's alone; FIP is kept as canonical an address as the processor has. */
static void fill_legacy(struct aim *a, struct xsave *x)
{
	value_vectors(a->r, a->g, a->faults, x);
	if (random_one_in(a->r, 8))
		x->mxcsr |= 0x40000u << random_below(a->r, 14);
	x->mxcsr_mask = (uint32_t)random_next(a->r);
	if (random_one_in(a->r, 2)) {
		x->fcw = (uint16_t)random_next(a->r);
		x->fsw = (uint16_t)random_next(a->r);
	}
	x->fop = (uint16_t)random_next(a->r);
	x->reserved1 = (uint8_t)random_next(a->r);
	x->fdp = random_next(a->r);
	for (unsigned i = 0; i < 8; i++)
		x->st[i].reserved[i % 3] = (uint16_t)random_next(a->r);
}

/* Mostly legal. */
static void fill_header(struct aim *a, struct xsave *x)
{
	const uint64_t compacted = 1ull << 63;
	uint64_t any = random_one_in(a->r, 16) ? 1ull << random_below(a->r, 64) : 0;
	x->xstate_bv = (random_below(a->r, 8) | any) & ~a->xcr0_apart;
	if (random_one_in(a->r, 2))
		x->xcomp_bv = (compacted | x->xstate_bv | random_below(a->r, 8)) & ~a->xcr0_apart;
	if (random_one_in(a->r, 16))
		x->xcomp_bv ^= (1ull << random_below(a->r, 64)) & ~a->xcr0_apart;
	if (random_one_in(a->r, 8))
		x->reserved3[random_below(a->r, 6)] = random_next(a->r);
}

void xstate_area(struct aim *a)
{
	const enum kind kind = kind_of(a->g->form);
	struct xsave x;
	if (kind != KIND_FXRSTOR && kind != KIND_XRSTOR)
		return;
	fill_legacy(a, &x);
	x.xstate_bv = 0;
	fill_header(a, &x);
	a->t->many_address = a->t->patch[0].address;
	a->t->many_size = kind == KIND_FXRSTOR ? FXSAVE_BYTES : sizeof x;
	memcpy(a->t->many, &x, sizeof x);
}
