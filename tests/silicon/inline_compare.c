/* inline_compare.c - a test on both sides, and in what their ends differ. */
#include <stdio.h>

#include "inline.h"

typedef unsigned long long ull;

const char *const gpr_names[16] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
				    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };

static void add(struct difference *d, const char *name, uint64_t model, uint64_t native)
{
	int room = (int)(sizeof d->text - d->length);
	if (model == native)
		return;
	int n = snprintf(d->text + d->length, (size_t)room, " %s=%llx/%llx", name, (ull)model, (ull)native);
	d->length += n < room ? (size_t)n : (size_t)room - 1;
}

static void add_numbered(struct difference *d, const char *format, unsigned i, uint64_t model, uint64_t native)
{
	char name[24];
	if (model == native)
		return;
	snprintf(name, sizeof name, format, i);
	add(d, name, model, native);
}

/* ---- memory ---- */

static void put_patch(struct model *m, uint32_t address, const uint8_t *bytes, size_t size)
{
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		uint32_t from = arena_pages[i].address, first = address < from ? from : address;
		uint32_t end = address + (uint32_t)size, last = end > from + PAGE_SIZE ? from + PAGE_SIZE : end;
		if (!arena_pages[i].written || first >= last)
			continue;
		memcpy(native_page(i) + (first - from), bytes + (first - address), last - first);
		memcpy(model_page(m, i) + (first - from), bytes + (first - address), last - first);
	}
}

static void put_patches(struct model *m, const struct test *t)
{
	for (unsigned i = 0; i < TEST_PATCHES; i++)
		if (t->patch[i].size)
			put_patch(m, t->patch[i].address, t->patch[i].bytes, t->patch[i].size);
	if (t->many_address)
		put_patch(m, t->many_address, t->many, t->many_size);
}

static uint64_t operand_address(const struct test *t, const struct decoded *z, unsigned operand)
{
	const ZydisDecodedOperandMem *o = &z->o[operand].mem;
	const bool fs = o->segment == ZYDIS_REGISTER_FS, gs = o->segment == ZYDIS_REGISTER_GS;
	uint64_t at = (uint64_t)o->disp.value;
	if (o->base == ZYDIS_REGISTER_RIP || o->base == ZYDIS_REGISTER_EIP)
		at += t->r.rip + t->length;
	else if (o->base != ZYDIS_REGISTER_NONE)
		at += t->r.gpr[ZydisRegisterGetId(o->base)];
	if (o->index != ZYDIS_REGISTER_NONE)
		at += t->r.gpr[ZydisRegisterGetId(o->index)] * o->scale;
	if (z->i.address_width == 32)
		at = (uint32_t)at;
	return at + (fs || gs ? t->r.base[gs] : 0);
}

static uint8_t pattern[ARENA_PAGES][PAGE_SIZE];

void arena_keep(void)
{
	for (unsigned i = 0; i < ARENA_PAGES; i++)
		memcpy(pattern[i], native_page(i), PAGE_SIZE);
}

/* Back to what it was before the test; `whole`: what the tests have no business with, too. */
static void reset_arena(struct model *m, bool whole)
{
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		const struct arena_page *p = &arena_pages[i];
		uint32_t from = whole ? 0 : p->from, size = whole ? PAGE_SIZE : p->to - p->from;
		if (!p->written)
			continue;
		memcpy(native_page(i) + from, pattern[i] + from, size);
		memcpy(model_page(m, i) + from, pattern[i] + from, size);
	}
}

static void compare_bytes(struct difference *d, uint32_t address, const uint8_t *model, const uint8_t *native,
			  uint32_t size)
{
	if (memcmp(model, native, size) == 0)
		return;
	for (uint32_t i = 0; i < size; i++)
		add_numbered(d, "b:%x", address + i, model[i], native[i]);
}

static void compare_arena(struct model *m, bool whole, struct difference *d)
{
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		const struct arena_page *p = &arena_pages[i];
		uint32_t from = whole ? 0 : p->from, size = whole ? PAGE_SIZE : p->to - p->from;
		compare_bytes(d, p->address + from, model_page(m, i) + from, native_page(i) + from, size);
	}
}

/* Bit 17 of MXCSR_MASK is AMD's: misaligned operands [APM vol. 2, 11.5.10]. */
static void forget_mxcsr_mask(struct model *m, const struct test *t, const struct decoded *z)
{
	const uint64_t at = operand_address(t, z, 0) + 30;
	for (unsigned i = 0; i < ARENA_PAGES; i++) {
		if (!arena_pages[i].written || at - arena_pages[i].address >= PAGE_SIZE)
			continue;
		native_page(i)[at - arena_pages[i].address] &= (uint8_t)~2u;
		model_page(m, i)[at - arena_pages[i].address] &= (uint8_t)~2u;
	}
}

/* ---- registers ---- */

/* Linux hides what it maps: outside the arena P of a page fault's error code says nothing. */
static uint64_t told_error(const struct end *e)
{
	bool hidden = e->vector == VEC_PF && (e->cr2 < ARENA_CODE || e->cr2 >= 0x200000);
	return hidden ? e->error & ~1ull : e->error;
}

static void compare_event(const struct undefined *u, struct difference *d)
{
	add(d, "vector", (uint64_t)d->model.vector, (uint64_t)d->native.vector);
	if (d->model.vector != d->native.vector || d->model.vector == NO_EVENT)
		return;
	add(d, "error", told_error(&d->model), told_error(&d->native));
	if (d->model.vector == VEC_PF)
		add(d, "cr2", d->model.cr2 & ~u->cr2, d->native.cr2 & ~u->cr2);
}

static void compare_registers(const struct undefined *u, struct difference *d)
{
	const struct registers *a = &d->model.r, *b = &d->native.r;
	add(d, "rip", a->rip, b->rip);
	add(d, "rflags", a->rflags & ~u->rflags, b->rflags & ~u->rflags);
	for (unsigned i = 0; i < 16; i++)
		if (!(u->gpr >> i & 1))
			add(d, gpr_names[i], a->gpr[i], b->gpr[i]);
	add(d, "fs.base", a->base[0], b->base[0]);
	add(d, "gs.base", a->base[1], b->base[1]);
}

/* A register of more than 64 bits, as cases spell it. */
static void add_wide(struct difference *d, const char *format, unsigned i, const uint64_t *model,
		     const uint64_t *native)
{
	char name[24];
	int room = (int)(sizeof d->text - d->length);
	if (model[0] == native[0] && model[1] == native[1])
		return;
	snprintf(name, sizeof name, format, i);
	int n = snprintf(d->text + d->length, (size_t)room, " %s=%llx:%016llx/%llx:%016llx", name, (ull)model[1],
			 (ull)model[0], (ull)native[1], (ull)native[0]);
	d->length += n < room ? (size_t)n : (size_t)room - 1;
}

unsigned physical_register(const struct xsave *x, unsigned i)
{
	return ((x->fsw >> 11) + i) & 7;
}

static void compare_x87(const struct undefined *u, const struct xsave *a, const struct xsave *b, struct difference *d)
{
	add(d, "fcw", a->fcw, b->fcw);
	add(d, "fsw", a->fsw, b->fsw);
	add(d, "ftw", a->ftw, b->ftw);
	add(d, "fop", u->fop ? b->fop : a->fop, b->fop);
	add(d, "fip", a->fip, b->fip);
	add(d, "fdp", u->fdp ? b->fdp : a->fdp, b->fdp);
	for (unsigned i = 0; i < 8; i++) {
		const uint64_t x[2] = { a->st[i].significand, a->st[i].sign_exponent };
		const uint64_t y[2] = { b->st[i].significand, b->st[i].sign_exponent };
		add_wide(d, "fpr%u", physical_register(b, i), x, y);
	}
}

/* The same registers under another TOP. */
static void turn_stack(struct xsave *x, unsigned top)
{
	const struct xsave was = *x;
	for (unsigned i = 0; i < 8; i++)
		x->st[i] = was.st[(top - (was.fsw >> 11) + i) & 7];
	x->fsw = (uint16_t)((x->fsw & ~0x3800u) | top << 11);
}

static void compare_vectors(const struct undefined *u, struct difference *d)
{
	const struct xsave *a = &d->model.x, *b = &d->native.x;
	if (u->top && !(b->fsw & 0x3800))
		turn_stack(&d->native.x, a->fsw >> 11 & 7);
	if (u->top && b->ftw == 0xff)
		d->native.x.ftw = a->ftw;
	if (memcmp(a, b, offsetof(struct xsave, mxcsr)) != 0 || memcmp(a->st, b->st, sizeof a->st) != 0)
		compare_x87(u, a, b, d);
	add(d, "mxcsr", a->mxcsr, b->mxcsr);
	if (memcmp(a->xmm, b->xmm, sizeof a->xmm) == 0 && memcmp(a->ymm, b->ymm, sizeof a->ymm) == 0)
		return;
	for (unsigned i = 0; i < 16; i++) {
		add_wide(d, "xmm%u", i, a->xmm[i], b->xmm[i]);
		add_wide(d, "ymm%uh", i, a->ymm[i], b->ymm[i]);
	}
}

static bool compare(struct model *m, const struct making *k, const struct test *t, bool whole, struct difference *d)
{
	struct decoded z;
	struct undefined u;
	d->text[0] = 0;
	d->length = 0;
	put_patches(m, t);
	model_run(m, t, &d->model);
	d->lost = d->model.vector == NO_END;
	if (d->lost) {
		reset_arena(m, whole);
		return false;
	}
	native_run(t, &d->native);
	if (!decode_bytes(&k->decoder, t->code, 15, &z))
		return true;
	rows_undefined(t, &z, &d->native, k->same_vendor, &u);
	u.fop = k->fop_apart && !(d->native.x.fsw & FSW_ES);
	u.fdp = k->fdp_apart && !(d->native.x.fsw & FSW_ES);
	if (t->form->insn == INSN_XGETBV) {
		d->native.r.gpr[RAX] &= ~k->xcr0_apart;
		d->model.r.gpr[RAX] &= ~k->xcr0_apart;
	}
	if (!k->same_vendor && saves_mxcsr_mask(t->form))
		forget_mxcsr_mask(m, t, &z);
	if (t->form->vectors)
		places_settle(k->places, t, &d->model.x, &d->native.x);
	if (u.fop) /* the case tells of the profile's */
		d->native.x.fop = d->model.x.fop;
	if (u.fdp)
		d->native.x.fdp = d->model.x.fdp;
	compare_event(&u, d);
	compare_registers(&u, d);
	if (t->form->vectors && !u.vectors)
		compare_vectors(&u, d);
	if (!u.memory)
		compare_arena(m, whole, d);
	reset_arena(m, whole || d->length);
	return d->length;
}

/* Linux saving and restoring the state between its load and the instruction leaves more of it in use, as XSAVE and
 * XGETBV tell: what is not seen again is none of the instruction's. */
bool differs(struct model *m, const struct making *k, const struct test *t, bool whole, struct difference *d)
{
	return compare(m, k, t, whole, d) && (!tells_use(t->form) || compare(m, k, t, whole, d));
}
