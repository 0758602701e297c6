/* inline_encode.c - the bytes of one instruction of a form, with registers, addressing and numbers by chance. */
#include "inline.h"

/* What an encoding leaves open. */
struct choice {
	uint8_t reg, rm, vvvv, opcode;
	uint8_t mod, base, index, scale; /* memory: base 16 is none (or RIP), index 4 is none */
	bool rip, long_vex, plain_rex;
	uint8_t more[2], mores; /* prefixes that change nothing, or the address */
	uint32_t disp;
	uint64_t immediate;
};

struct writer {
	uint8_t *at;
};

static void put(struct writer *w, uint64_t value, unsigned size)
{
	memcpy(w->at, &value, size);
	w->at += size;
}

static void put_sib(struct writer *w, const struct choice *c)
{
	put(w, (unsigned)c->scale << 6 | (c->index & 7u) << 3 | (c->base == 16 ? 5 : c->base & 7u), 1);
}

static bool wants_sib(const struct encoding *e, const struct choice *c)
{
	return e->vsib || c->index != 4 || (c->base & 7) == 4 || (c->base == 16 && !c->rip);
}

static void put_memory(struct writer *w, const struct encoding *e, const struct choice *c)
{
	bool sib = wants_sib(e, c);
	unsigned mod = c->base == 16 ? 0 : c->mod == 0 && (c->base & 7) == 5 ? 1 : c->mod;
	unsigned rm = sib ? 4 : c->base == 16 ? 5 : c->base & 7u;
	put(w, mod << 6 | (c->reg & 7u) << 3 | rm, 1);
	if (sib)
		put_sib(w, c);
	if (mod == 1)
		put(w, c->disp, 1);
	else if (mod == 2 || c->base == 16)
		put(w, c->disp, 4);
}

static unsigned rex_bits(const struct encoding *e, const struct choice *c)
{
	unsigned b = e->free_opcode ? c->opcode : e->memory ? (c->base == 16 ? 0 : c->base) : c->rm;
	unsigned x = e->memory && wants_sib(e, c) ? c->index : 0;
	return (unsigned)e->w << 3 | (c->reg >> 3 & 1u) << 2 | (x >> 3 & 1u) << 1 | (b >> 3 & 1u);
}

static void put_legacy(struct writer *w, const struct encoding *e, const struct choice *c)
{
	unsigned rex = rex_bits(e, c);
	if (rex || c->plain_rex)
		put(w, 0x40 | rex, 1);
	if (e->map)
		put(w, 0x0f, 1);
	if (e->map > 1)
		put(w, e->map == 2 ? 0x38 : 0x3a, 1);
}

static void put_vex(struct writer *w, const struct encoding *e, const struct choice *c)
{
	unsigned rex = rex_bits(e, c), tail = (~c->vvvv & 0xfu) << 3 | (unsigned)e->l << 2 | e->pp;
	if (e->map == 1 && !(rex & 0xb) && !c->long_vex) {
		put(w, 0xc5, 1);
		put(w, (~rex << 5 & 0x80) | tail, 1);
		return;
	}
	put(w, 0xc4, 1);
	put(w, (~rex << 5 & 0xe0) | e->map, 1);
	put(w, (unsigned)e->w << 7 | tail, 1);
}

static unsigned assemble(const struct encoding *e, const struct choice *c, uint8_t bytes[static 24])
{
	struct writer w = { bytes };
	memset(bytes, 0, 24);
	for (unsigned i = 0; i < c->mores; i++)
		put(&w, c->more[i], 1);
	for (unsigned i = 0; i < e->prefixes; i++)
		put(&w, e->prefix[i], 1);
	if (e->vex)
		put_vex(&w, e, c);
	else
		put_legacy(&w, e, c);
	put(&w, e->opcode | (e->free_opcode ? c->opcode & 7u : 0), 1);
	if (e->has_modrm && e->memory)
		put_memory(&w, e, c);
	else if (e->has_modrm)
		put(&w, 0xc0 | (c->reg & 7u) << 3 | (c->rm & 7u), 1);
	unsigned size = (unsigned)(w.at - bytes);
	memcpy(w.at, &c->immediate, 8);
	return size;
}

unsigned encode_plain(const struct encoding *e, uint8_t bytes[static 24])
{
	struct choice c = { .reg = e->reg, .rm = e->rm, .base = 0, .index = e->vsib ? 1 : 4 };
	return assemble(e, &c, bytes);
}

static uint64_t immediate(struct random *r)
{
	uint64_t value = random_next(r);
	switch (random_below(r, 4)) {
	case 0:
		return value & 0x0101010101010101u * 7;
	case 1:
		return value & 0x1f;
	case 2:
		return value | 0xffffff00u;
	default:
		return value;
	}
}

/* The base and index of one scale alone have no solution for odd addresses. */
static void choose_memory(const struct encoding *e, struct random *r, struct choice *c)
{
	bool index = e->vsib || random_one_in(r, 3);
	c->base = random_one_in(r, 8) ? 16 : (uint8_t)random_below(r, 16);
	c->rip = c->base == 16 && !e->vsib && random_one_in(r, 2);
	c->index = index && !c->rip ? (uint8_t)random_below(r, 16) : 4;
	c->scale = (uint8_t)random_below(r, 4);
	c->mod = (uint8_t)random_below(r, 3);
	if (!e->vsib && c->index == c->base && c->scale == 0)
		c->scale = 1;
	c->disp = (uint32_t)random_next(r);
	if (c->mod == 2 && random_one_in(r, 2))
		c->disp = c->disp & 1 ? c->disp & 0xfff : ~(c->disp & 0xfff);
}

/* Segment prefixes without a base do nothing in 64-bit mode, FS and GS add one; 67h cuts addresses to 32 bits. */
static void choose_prefixes(struct random *r, struct choice *c)
{
	static const uint8_t prefixes[] = { 0x64, 0x65, 0x67, 0x67, 0x26, 0x2e, 0x36, 0x3e };
	if (random_one_in(r, 6))
		c->more[c->mores++] = prefixes[random_below(r, sizeof prefixes)];
	if (c->mores && random_one_in(r, 4))
		c->more[c->mores++] = prefixes[random_below(r, sizeof prefixes)];
}

unsigned encode_random(const struct encoding *e, struct random *r, uint8_t bytes[static 24])
{
	struct choice c = { .immediate = immediate(r), .index = 4 };
	c.reg = e->free_reg ? (uint8_t)random_below(r, 16) : e->reg;
	c.rm = e->free_rm ? (uint8_t)random_below(r, 16) : e->rm;
	c.vvvv = e->free_vvvv ? (uint8_t)random_below(r, 16) : 0;
	c.opcode = (uint8_t)random_below(r, 16);
	c.long_vex = random_one_in(r, 4);
	c.plain_rex = random_one_in(r, 4);
	if (e->memory)
		choose_memory(e, r, &c);
	choose_prefixes(r, &c);
	return assemble(e, &c, bytes);
}
