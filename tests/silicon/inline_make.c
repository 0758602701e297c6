/* inline_make.c - a test: the instruction's bytes, and a state in which it does something. */
#include "inline.h"

const uint32_t pads[PADS] = { 0x100020, 0x100030, 0x100050, 0x100078, 0x100400, 0x100ff0 };

enum { TRIES = 8 };

/* Chance may have made something else of it: another width, an encoding that is #UD. */
static bool encode_one(const struct making *m, struct random *r, struct group *g)
{
	encode_random(&g->form->e, r, g->code);
	return decode_bytes(&m->decoder, g->code, 15, &g->z) && form_key(&g->form->e, &g->z.i, g->z.o) == g->form->key;
}

void make_group(const struct making *m, struct random *r, const struct insn_form *f, struct group *g)
{
	g->form = f;
	for (unsigned i = 0; i < TRIES; i++)
		if (encode_one(m, r, g))
			return;
	encode_plain(&f->e, g->code);
	decode_bytes(&m->decoder, g->code, 15, &g->z);
}

/* ---- registers ---- */

static void fill_gpr(struct random *r, struct test *t)
{
	for (unsigned i = 0; i < 16; i++)
		t->r.gpr[i] = i && random_one_in(r, 12) ? t->r.gpr[i - 1] : value_integer(r);
	t->r.gpr[RSP] = ARENA_RSP + 8 * random_below(r, 8);
}

/* Operands of more than 8 bytes are checked for alignment by AMD's processors [APM vol. 4, exception tables] and not by
 * Intel's [SDM vol. 2, 2.4: "8 bytes or less"], nor are those of exception type 11, which are F16C's. */
static bool is_checked_by_vendor(const struct group *g)
{
	for (unsigned i = 0; i < g->z.i.operand_count; i++)
		if (g->z.o[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    (g->z.o[i].size > 64 || !g->z.o[i].size || g->form->feature == FEATURE_F16C))
			return g->form->vectors;
	return false;
}

static uint64_t random_flags(struct random *r, const struct making *m, const struct group *g)
{
	uint64_t flags = random_next(r) & (FLAGS_ARITHMETIC | FLAG_DF);
	if (random_one_in(r, m->faults ? 3 : 32) && (m->same_vendor || !is_checked_by_vendor(g)))
		flags |= FLAG_AC;
	return flags | FLAG_1 | FLAG_IF;
}

/* Canonical, or Linux would not have it. */
static uint64_t random_base(struct random *r)
{
	int64_t value = (int64_t)random_next(r) >> (17 + random_below(r, 40));
	return (uint64_t)value;
}

/* ---- operands that are no plain numbers ---- */

static bool is_visible_memory(const struct decoded *z, unsigned i)
{
	return i < z->i.operand_count_visible && z->o[i].type == ZYDIS_OPERAND_TYPE_MEMORY;
}

static void small_count(struct random *r, struct aim *a)
{
	const uint64_t repeats = ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
	if (!(a->g->z.i.attributes & repeats))
		return;
	uint64_t count = random_below(r, 17);
	a->t->r.gpr[RCX] = a->g->z.i.address_width == 32 ? count | random_next(r) << 32 : count;
	a->fixed |= 1u << RCX;
}

/* BT and its kin with memory: the register's bits above the operand move the address. */
static void small_bit_offset(struct random *r, struct aim *a)
{
	const struct decoded *z = &a->g->z;
	ZydisMnemonic m = z->i.mnemonic;
	bool bit =
	    m == ZYDIS_MNEMONIC_BT || m == ZYDIS_MNEMONIC_BTS || m == ZYDIS_MNEMONIC_BTR || m == ZYDIS_MNEMONIC_BTC;
	if (!bit || !is_visible_memory(z, 0) || z->o[1].type != ZYDIS_OPERAND_TYPE_REGISTER)
		return;
	uint64_t value = (uint64_t)((int64_t)random_next(r) >> 54), garbage = random_next(r);
	unsigned size = z->o[1].size;
	if (size < 64)
		value = (value & ((1ull << size) - 1)) | garbage << size;
	unsigned reg = (unsigned)ZydisRegisterGetId(z->o[1].reg.value);
	if (!(a->fixed >> reg & 1))
		a->t->r.gpr[reg] = value;
	a->fixed |= 1u << reg;
}

static void frame_pointer(struct random *r, struct aim *a)
{
	ZydisMnemonic m = a->g->z.i.mnemonic;
	if ((m != ZYDIS_MNEMONIC_LEAVE && m != ZYDIS_MNEMONIC_ENTER) || (a->faults && random_one_in(r, 3)))
		return;
	a->t->r.gpr[RBP] = ARENA_RSP + 8 * random_below(r, 16);
	a->fixed |= 1u << RBP;
	if (m == ZYDIS_MNEMONIC_ENTER && !random_one_in(r, 8))
		a->t->code[a->g->z.i.raw.imm[0].offset + 1] = 0; /* a small frame */
}

/* ---- branches ---- */

static void patch_number(struct test *t, unsigned at, unsigned bits, uint64_t value)
{
	memcpy(t->code + at, &value, bits / 8);
}

static void aim_relative(struct random *r, struct aim *a)
{
	const ZydisDecodedInstruction *z = &a->g->z.i;
	const ZydisDecodedOperand *o = &a->g->z.o[0];
	if (!z->operand_count_visible || o->type != ZYDIS_OPERAND_TYPE_IMMEDIATE || !o->imm.is_relative)
		return;
	uint32_t pad = pads[random_below(r, z->raw.imm[0].size == 8 ? 4 : PADS)];
	if (a->faults && random_one_in(r, 2))
		pad = z->raw.imm[0].size == 8 ? ARENA_CODE - 1 - random_below(r, 64) : (uint32_t)random_next(r);
	patch_number(a->t, z->raw.imm[0].offset, z->raw.imm[0].size, (uint64_t)pad - ARENA_CODE - z->length);
}

static bool is_near_indirect(const struct decoded *z)
{
	return z->i.meta.branch_type == ZYDIS_BRANCH_TYPE_NEAR || z->i.mnemonic == ZYDIS_MNEMONIC_RET;
}

/* Where the new RIP comes from: a register, the operand in memory, the stack. */
static void aim_indirect(struct random *r, struct aim *a)
{
	const struct decoded *z = &a->g->z;
	uint64_t pad =
	    a->faults && random_one_in(r, 2) ? random_base(r) << random_below(r, 20) : pads[random_below(r, PADS)];
	if (!is_near_indirect(z))
		return;
	if (z->i.operand_count_visible && z->o[0].type == ZYDIS_OPERAND_TYPE_REGISTER) {
		unsigned reg = (unsigned)ZydisRegisterGetId(z->o[0].reg.value);
		a->t->r.gpr[reg] = pad;
		return;
	}
	for (unsigned i = 0; i < TEST_PATCHES; i++) /* the operand's is the last one */
		if (a->t->patch[i].size)
			memcpy(a->t->patch[i].bytes, &pad, 8);
}

/* ---- memory ---- */

/* A comparison that succeeds. */
static void match_accumulator(struct random *r, const struct aim *a, struct patch *p)
{
	ZydisMnemonic m = a->g->z.i.mnemonic;
	uint64_t low = a->t->r.gpr[RAX], high = a->t->r.gpr[RDX];
	if (random_one_in(r, 2))
		return;
	if (m == ZYDIS_MNEMONIC_CMPXCHG8B)
		low = (uint32_t)low | high << 32;
	if (m != ZYDIS_MNEMONIC_CMPXCHG && m != ZYDIS_MNEMONIC_CMPXCHG8B && m != ZYDIS_MNEMONIC_CMPXCHG16B)
		return;
	memcpy(p->bytes, &low, 8);
	memcpy(p->bytes + 8, &high, 8);
}

/* Bits 31:16 are reserved, but that bit 17 is AMD's MM [APM vol. 1, 4.2.2]. */
static void loadable_mxcsr(struct random *r, const struct aim *a, struct patch *p)
{
	if (a->g->z.i.mnemonic != ZYDIS_MNEMONIC_LDMXCSR && a->g->z.i.mnemonic != ZYDIS_MNEMONIC_VLDMXCSR)
		return;
	if (!random_one_in(r, 4))
		p->bytes[2] = p->bytes[3] = 0;
	if (!a->same_vendor)
		p->bytes[2] &= (uint8_t)~2u;
}

static void fill_patches(struct random *r, struct aim *a)
{
	for (struct patch *p = a->t->patch; p < a->t->patch + TEST_PATCHES && p->size; p++) {
		for (unsigned i = 0; i < PATCH_BYTES; i += 8) {
			uint64_t value = value_for(r, a->g);
			memcpy(p->bytes + i, &value, 8);
		}
		match_accumulator(r, a, p);
		loadable_mxcsr(r, a, p);
		if (pops_flags(a->g))
			p->bytes[1] &= (uint8_t) ~(FLAG_TF >> 8);
	}
}

void make_test(const struct making *m, struct random *r, const struct group *g, struct test *t)
{
	struct aim a = { .r = r,
			 .t = t,
			 .g = g,
			 .faults = m->faults,
			 .same_vendor = m->same_vendor,
			 .xcr0_apart = m->xcr0_apart };
	t->form = g->form;
	t->length = g->z.i.length;
	memcpy(t->code, g->code, sizeof t->code);
	for (unsigned i = 0; i < TEST_PATCHES; i++)
		t->patch[i].size = 0;
	t->many_address = 0;
	fill_gpr(r, t);
	t->r.rflags = random_flags(r, m, g);
	t->r.rip = ARENA_CODE;
	t->r.base[0] = random_base(r);
	t->r.base[1] = random_base(r);
	if (g->form->vectors)
		value_vectors(r, g, m->faults, &t->x);
	small_count(r, &a);
	xstate_registers(&a);
	frame_pointer(r, &a);
	small_bit_offset(r, &a);
	aim_operands(&a);
	fill_patches(r, &a);
	xstate_area(&a);
	aim_relative(r, &a);
	aim_indirect(r, &a);
}
