/* inline_aim.c - registers, and now and then the displacement, such that memory operands lie in the arena. */
#include "inline.h"

static unsigned number(ZydisRegister reg)
{
	return (unsigned)ZydisRegisterGetId(reg);
}

static bool is_gpr(ZydisRegister reg)
{
	ZydisRegisterClass c = ZydisRegisterGetClass(reg);
	return c == ZYDIS_REGCLASS_GPR64 || c == ZYDIS_REGCLASS_GPR32;
}

static bool is_free(const struct aim *a, ZydisRegister reg)
{
	return is_gpr(reg) && !(a->fixed >> number(reg) & 1);
}

/* With 32-bit addresses the upper half is anything. */
static void fix(struct aim *a, ZydisRegister reg, uint64_t value)
{
	if (a->g->z.i.address_width == 32)
		value = (uint32_t)value | random_next(a->r) << 32;
	a->t->r.gpr[number(reg)] = value;
	a->fixed |= 1u << number(reg);
}

static uint64_t odd_inverse(uint64_t n)
{
	uint64_t x = n;
	for (unsigned i = 0; i < 6; i++)
		x *= 2 - n * x;
	return x;
}

static uint64_t *segment_base(const struct aim *a, ZydisRegister segment)
{
	return segment == ZYDIS_REGISTER_FS ? &a->t->r.base[0] : segment == ZYDIS_REGISTER_GS ? &a->t->r.base[1] : NULL;
}

static bool is_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/* No register can be changed: the displacement, or the base of the segment. */
static void aim_displacement(struct aim *a, const ZydisDecodedOperand *o, uint64_t rest)
{
	const ZydisDecodedInstruction *z = &a->g->z.i;
	uint64_t *base = segment_base(a, o->mem.segment), disp = (uint64_t)z->raw.disp.value + rest;
	if (z->raw.disp.size == 64)
		memcpy(a->t->code + z->raw.disp.offset, &disp, 8);
	else if (z->raw.disp.size == 32 && (uint64_t)(int64_t)(int32_t)disp == disp)
		memcpy(a->t->code + z->raw.disp.offset, &disp, 4);
	else if (z->raw.disp.size == 8 && (uint64_t)(int64_t)(int8_t)disp == disp)
		memcpy(a->t->code + z->raw.disp.offset, &disp, 1);
	else if (base && z->address_width == 64 && is_canonical(*base + rest))
		*base += rest;
}

static uint64_t index_value(struct aim *a, bool base_is_free)
{
	if (!base_is_free)
		return 16 * random_below(a->r, 2);
	return random_one_in(a->r, 4) ? random_next(a->r) : (uint64_t)random_below(a->r, 64) - 32;
}

/* The offset is what is left for base and index. */
static void aim_registers(struct aim *a, const ZydisDecodedOperand *o, uint64_t rest)
{
	const bool base = is_free(a, o->mem.base), same = o->mem.base == o->mem.index;
	if (base && same) {
		unsigned factor = 1 + o->mem.scale;
		fix(a, o->mem.base, factor & 1 ? rest * odd_inverse(factor) : rest / factor);
		return;
	}
	if (is_free(a, o->mem.index))
		fix(a, o->mem.index, index_value(a, base));
	if (is_gpr(o->mem.index))
		rest -= a->t->r.gpr[number(o->mem.index)] * o->mem.scale;
	if (base)
		fix(a, o->mem.base, rest);
	else if (is_gpr(o->mem.base))
		aim_displacement(a, o, rest - a->t->r.gpr[number(o->mem.base)]);
	else if (o->mem.base == ZYDIS_REGISTER_RIP || o->mem.base == ZYDIS_REGISTER_EIP)
		aim_displacement(a, o, rest - ARENA_CODE - a->t->length);
	else
		aim_displacement(a, o, rest);
}

/* Each lane of a gather has an index of its own; the base is any of them. */
static void aim_vector(struct aim *a, const ZydisDecodedOperand *o, uint64_t rest)
{
	unsigned index = number(o->mem.index), bits = a->g->z.i.mnemonic == ZYDIS_MNEMONIC_VPGATHERQD ||
							      a->g->z.i.mnemonic == ZYDIS_MNEMONIC_VPGATHERQQ ||
							      a->g->z.i.mnemonic == ZYDIS_MNEMONIC_VGATHERQPS ||
							      a->g->z.i.mnemonic == ZYDIS_MNEMONIC_VGATHERQPD
							  ? 64
							  : 32;
	uint64_t *half[2] = { a->t->x.xmm[index], a->t->x.ymm[index] };
	for (unsigned q = 0; q < 4; q++) {
		uint64_t one = random_below(a->r, 64) - 32ull, two = random_below(a->r, 64) - 32ull;
		half[q / 2][q & 1] = bits == 64 ? one : (uint32_t)one | two << 32;
	}
	if (is_free(a, o->mem.base))
		fix(a, o->mem.base, rest);
	else if (!is_gpr(o->mem.base))
		aim_displacement(a, o, rest);
}

void aim_at(struct aim *a, const ZydisDecodedOperand *o, uint64_t target)
{
	const uint64_t *base = segment_base(a, o->mem.segment);
	uint64_t rest = target - (base ? *base : 0) - (uint64_t)o->mem.disp.value;
	if (o->mem.index == ZYDIS_REGISTER_AL) /* XLAT */
		fix(a, o->mem.base, rest - (a->t->r.gpr[0] & 0xff));
	else if (o->mem.type == ZYDIS_MEMOP_TYPE_VSIB)
		aim_vector(a, o, rest);
	else
		aim_registers(a, o, rest);
}

/* ---- where ---- */

static unsigned alignment(const ZydisDecodedOperand *o)
{
	return o->size >= 512 ? 64 : o->size == 256 ? 32 : o->size == 128 ? 16 : o->size >= 16 ? o->size / 8u : 1;
}

static uint64_t bad_target(struct aim *a, bool writes)
{
	uint64_t near = random_below(a->r, 80) - 64ull;
	switch (random_below(a->r, 8)) {
	case 0:
		return 0x800000000000u + near;
	case 1:
		return 0xffff800000000000u + near;
	case 2:
		return random_next(a->r);
	case 3:
		return ARENA_DATA + near;
	case 4:
		return ARENA_STACK + near;
	case 5:
		return writes ? ARENA_READ_ONLY + random_below(a->r, 0x1000) : ARENA_DATA_END + near;
	default:
		return ARENA_DATA_END + near;
	}
}

static uint64_t target_of(struct aim *a, const ZydisDecodedOperand *o)
{
	bool writes = o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
	uint64_t target = ARENA_DATA + 0xc00 + random_below(a->r, 256);
	if (a->faults && random_one_in(a->r, 2))
		return bad_target(a, writes);
	if (!writes && random_one_in(a->r, 16))
		target = ARENA_READ_ONLY + 0x800 + random_below(a->r, 64);
	else if (random_one_in(a->r, 16))
		target = ARENA_DATA + 0x1000 - random_below(a->r, 64); /* across pages */
	return random_one_in(a->r, a->faults ? 2 : 8) ? target : target & ~(uint64_t)(alignment(o) - 1);
}

static bool is_access(const ZydisDecodedOperand *o)
{
	return o->type == ZYDIS_OPERAND_TYPE_MEMORY && o->mem.type != ZYDIS_MEMOP_TYPE_AGEN &&
	       o->mem.type != ZYDIS_MEMOP_TYPE_MIB;
}

static bool is_stack(const ZydisDecodedOperand *o)
{
	return o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN && o->mem.base == ZYDIS_REGISTER_RSP;
}

static void put_value(struct aim *a, uint64_t target, const ZydisDecodedOperand *o)
{
	struct patch *p = a->t->patch;
	while (p < a->t->patch + TEST_PATCHES - 1 && p->size)
		p++;
	p->address = (uint32_t)target;
	p->size = PATCH_BYTES;
	(void)o;
}

/* TF would trap behind the next instruction, which is none of the test's. */
bool pops_flags(const struct group *g)
{
	ZydisMnemonic m = g->z.i.mnemonic;
	return m == ZYDIS_MNEMONIC_POPF || m == ZYDIS_MNEMONIC_POPFD || m == ZYDIS_MNEMONIC_POPFQ;
}

static uint64_t stack_target(struct aim *a, const ZydisDecodedOperand *o)
{
	if (a->faults && random_one_in(a->r, 2))
		return pops_flags(a->g) ? ARENA_DATA_END + random_below(a->r, 64) : target_of(a, o);
	return ARENA_RSP + 8 * random_below(a->r, 8) + (random_one_in(a->r, 8) ? random_below(a->r, 8) : 0);
}

static void aim_one(struct aim *a, const ZydisDecodedOperand *o)
{
	uint64_t target = is_stack(o) ? stack_target(a, o) : target_of(a, o);
	aim_at(a, o, target);
	put_value(a, target, o);
}

/* The hidden ones have no displacement to help them: they come first. */
void aim_operands(struct aim *a)
{
	const struct decoded *z = &a->g->z;
	for (unsigned i = z->i.operand_count_visible; i < z->i.operand_count; i++)
		if (is_access(&z->o[i]))
			aim_one(a, &z->o[i]);
	for (unsigned i = 0; i < z->i.operand_count_visible; i++)
		if (is_access(&z->o[i]))
			aim_one(a, &z->o[i]);
}
