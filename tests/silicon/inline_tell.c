/* inline_tell.c - a test as the line of a case, and the smallest one that still differs. */
#include <stdio.h>

#include "inline.h"

typedef unsigned long long ull;

static void tell_bytes(uint32_t address, const uint8_t *bytes, unsigned size)
{
	printf(" m:%x=", address);
	for (unsigned i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

static void tell_setup(const struct test *t)
{
	for (unsigned i = 0; i < 16; i++)
		if (t->r.gpr[i])
			printf(" %s=%llx", gpr_names[i], (ull)t->r.gpr[i]);
	printf(" rflags=%llx fs.base=%llx gs.base=%llx", (ull)t->r.rflags, (ull)t->r.base[0], (ull)t->r.base[1]);
	if (t->r.rflags & FLAG_AC)
		printf(" cr0|=40000");
	if (t->form->vectors)
		tell_vectors(&t->x);
	for (unsigned i = 0; i < TEST_PATCHES; i++)
		if (t->patch[i].size)
			tell_bytes(t->patch[i].address, t->patch[i].bytes, t->patch[i].size);
	if (t->many_address)
		tell_bytes(t->many_address, t->many, t->many_size);
}

/* What the processor made of it. */
static void tell_expected(const struct test *t, const struct end *e)
{
	static const char *const names[] = { "#DE", "#DB", "#NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "",
					     "#TS", "#NP", "#SS",  "#GP", "#PF", "",    "#MF", "#AC", "#MC", "#XM" };
	if (e->vector >= 0 && e->vector < 20)
		printf(" %s(%llx) cr2=%llx", names[e->vector], (ull)e->error, (ull)e->cr2);
	for (unsigned i = 0; i < 16; i++)
		if (e->r.gpr[i] != t->r.gpr[i])
			printf(" %s=%llx", gpr_names[i], (ull)e->r.gpr[i]);
	if (e->r.rflags != t->r.rflags)
		printf(" rflags=%llx", (ull)e->r.rflags);
	if (t->form->vectors)
		tell_vectors_changed(&t->x, &e->x);
	if (e->vector == NO_EVENT && e->r.rip != t->r.rip + t->length)
		printf(" rip=%llx", (ull)e->r.rip);
}

void tell_case(const struct test *t, const struct difference *d, const char *cpu)
{
	printf("inline | %s long3 |", cpu);
	tell_setup(t);
	printf(" | ");
	for (unsigned i = 0; i < t->length; i++)
		printf("%02x", t->code[i]);
	printf(" |");
	tell_expected(t, &d->native);
	printf("\n  ringstep/processor:%s\n", d->text);
}

/* ---- reducing ---- */

struct reducing {
	struct model *m;
	const struct making *k;
};

/* Keeps the change when the two still differ. */
static bool try_change(const struct reducing *r, struct test *t, const struct test *changed)
{
	struct difference d;
	if (!differs(r->m, r->k, changed, false, &d))
		return false;
	*t = *changed;
	return true;
}

static void drop_registers(const struct reducing *r, struct test *t)
{
	for (unsigned i = 0; i < 16; i++) {
		struct test c = *t;
		c.r.gpr[i] = i == RSP ? ARENA_RSP : 0;
		if (c.r.gpr[i] != t->r.gpr[i])
			try_change(r, t, &c);
	}
	for (unsigned bit = 0; bit < 22; bit++) {
		struct test c = *t;
		c.r.rflags = (c.r.rflags & ~(1ull << bit)) | FLAG_1 | FLAG_IF;
		if (c.r.rflags != t->r.rflags)
			try_change(r, t, &c);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct test c = *t;
		c.r.base[i] = ARENA_CODE + 0x16000 + 0x1000 * i;
		try_change(r, t, &c);
	}
}

static void drop_patches(const struct reducing *r, struct test *t)
{
	for (unsigned i = TEST_PATCHES; i-- > 0;) {
		struct test c = *t;
		while (c.patch[i].size) {
			c.patch[i].size /= 2;
			if (!try_change(r, t, &c))
				break;
		}
		for (unsigned b = 0; b < t->patch[i].size; b++) {
			c = *t;
			c.patch[i].bytes[b] = 0;
			if (t->patch[i].bytes[b])
				try_change(r, t, &c);
		}
	}
}

static void drop_words(const struct reducing *r, struct test *t, void *field, size_t size)
{
	const size_t at = (size_t)((uint8_t *)field - (uint8_t *)t);
	for (size_t i = 0; i < size; i += 8) {
		struct test c = *t;
		memset((uint8_t *)&c + at + i, 0, 8);
		if (memcmp((uint8_t *)&c + at + i, (uint8_t *)t + at + i, 8) != 0)
			try_change(r, t, &c);
	}
}

static void drop_vectors(const struct reducing *r, struct test *t)
{
	struct test c = *t;
	if (!t->form->vectors)
		return;
	drop_words(r, t, t->x.xmm, sizeof t->x.xmm);
	drop_words(r, t, t->x.ymm, sizeof t->x.ymm);
	drop_words(r, t, t->x.st, sizeof t->x.st);
	drop_words(r, t, &t->x.fip, 16);
	c = *t;
	c.x.fop = 0;
	try_change(r, t, &c);
	c = *t;
	c.x.mxcsr = 0x1f80;
	try_change(r, t, &c);
	for (unsigned bit = 0; bit < 16; bit++) {
		c = *t;
		c.x.mxcsr ^= c.x.mxcsr & 0xe07f & 1u << bit;
		if (c.x.mxcsr != t->x.mxcsr)
			try_change(r, t, &c);
	}
	c = *t;
	c.x.fcw = 0x37f;
	c.x.fsw &= 0x7f7f;
	try_change(r, t, &c);
	for (unsigned bit = 0; bit < 16; bit++) {
		c = *t;
		c.x.fsw ^= c.x.fsw & 0x477f & 1u << bit;
		if (c.x.fsw != t->x.fsw && !(c.x.fsw & 0x80))
			try_change(r, t, &c);
	}
}

void reduce(struct model *m, const struct making *k, struct test *t)
{
	const struct reducing r = { m, k };
	drop_registers(&r, t);
	drop_vectors(&r, t);
	drop_patches(&r, t);
	drop_registers(&r, t);
}
