/* decode.c - from bytes to a uop: the only file of the core that sees Zydis, and no Zydis type leaves it. */
#include "cpu/engine/decode.h"

#include <Zydis/Zydis.h>

#include "cpu/engine/clock.h"
#include "cpu/engine/gate.h"
#include "cpu/engine/memo.h"
#include "cpu/engine/opcode.h"
#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"

/* MOVSD and CMPSD are two instructions each, one of strings and one of vectors, whose row is NAMEX. */
enum {
	ZYDIS_MNEMONIC_MOVSDX = ZYDIS_MNEMONIC_MAX_VALUE + 1,
	ZYDIS_MNEMONIC_CMPSDX,
	MNEMONICS,
	/* as the manual of the 8087 spells them */
	ZYDIS_MNEMONIC_FENI = ZYDIS_MNEMONIC_FENI8087_NOP,
	ZYDIS_MNEMONIC_FDISI = ZYDIS_MNEMONIC_FDISI8087_NOP,
	ZYDIS_MNEMONIC_FSETPM = ZYDIS_MNEMONIC_FSETPM287_NOP,
};

static const uint16_t mnemonic_rows[MNEMONICS] = {
#define I(name, pick, arg, reads, writes, undefined, traits, feature, rule, page)                                      \
	[ZYDIS_MNEMONIC_##name] = INSN_##name + 1,
#include "cpu/isa/insn.def"
#undef I
};

/* F3 in front of BSF and BSR means TZCNT and LZCNT only where CPUID shows them; compilers rely on that. */
static void decoder_init(const struct cpu *cpu, ZydisDecoder *d)
{
	ZydisMachineMode mode = cpu->mode & MODE_64       ? ZYDIS_MACHINE_MODE_LONG_64
				: cpu->mode & MODE_CODE32 ? ZYDIS_MACHINE_MODE_LONG_COMPAT_32
							  : ZYDIS_MACHINE_MODE_LONG_COMPAT_16;
	ZydisStackWidth stack = cpu->mode & MODE_64        ? ZYDIS_STACK_WIDTH_64
				: cpu->mode & MODE_STACK32 ? ZYDIS_STACK_WIDTH_32
							   : ZYDIS_STACK_WIDTH_16;
	ZydisDecoderInit(d, mode, stack);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_AMD_BRANCHES, behaviour(cpu, near_branch_16));
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_TZCNT, gate_shows(cpu, FEATURE_BMI1));
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_LZCNT, gate_shows(cpu, FEATURE_LZCNT));
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_CLDEMOTE, ZYAN_FALSE);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_KNC, ZYAN_FALSE);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_CET, ZYAN_FALSE); /* or 3E is no DS prefix on CALL and JMP */
}

/* ---- operands ---- */

static unsigned gpr_offset(ZydisRegister reg)
{
	if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH)
		return (unsigned)(reg - ZYDIS_REGISTER_AH) * 8 + 1;
	if (reg >= ZYDIS_REGISTER_SPL && reg <= ZYDIS_REGISTER_R15B)
		return (unsigned)(reg - ZYDIS_REGISTER_SPL + RSP) * 8;
	return (unsigned)ZydisRegisterGetId(reg) * 8;
}

static unsigned gpr_slot(ZydisRegister reg)
{
	switch (ZydisRegisterGetClass(reg)) {
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64:
		return (unsigned)ZydisRegisterGetId(reg);
	case ZYDIS_REGCLASS_IP:
		return GPR_BLOCK_RIP;
	default:
		return GPR_ZERO;
	}
}

static enum operand_kind register_kind(ZydisRegister reg)
{
	switch (ZydisRegisterGetClass(reg)) {
	case ZYDIS_REGCLASS_GPR8:
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64:
		return OPERAND_REGISTER;
	case ZYDIS_REGCLASS_SEGMENT:
		return OPERAND_SEGMENT;
	case ZYDIS_REGCLASS_CONTROL:
		return OPERAND_CONTROL;
	case ZYDIS_REGCLASS_DEBUG:
		return OPERAND_DEBUG;
	case ZYDIS_REGCLASS_XMM:
	case ZYDIS_REGCLASS_YMM:
		return OPERAND_VECTOR;
	case ZYDIS_REGCLASS_MMX:
		return OPERAND_MMX;
	case ZYDIS_REGCLASS_X87:
		return OPERAND_X87;
	default:
		return OPERAND_OTHER;
	}
}

static void take_register(const ZydisDecodedOperand *z, struct operand *o)
{
	o->kind = (uint8_t)register_kind(z->reg.value);
	o->reg = (uint8_t)(o->kind == OPERAND_REGISTER ? gpr_offset(z->reg.value)
						       : (unsigned)ZydisRegisterGetId(z->reg.value));
}

static bool is_stack_base(ZydisRegister reg)
{
	unsigned slot = gpr_slot(reg);
	return slot == RSP || slot == RBP;
}

static bool is_plain(ZydisRegister segment)
{
	return segment != ZYDIS_REGISTER_ES;
}

/* In 64-bit mode only FS and GS have a base, and the other prefixes change nothing, the choice between #SS and #GP
 * included (SL-15, SL-18). */
static void take_segment(const ZydisDecodedOperand *z, bool mode_64, struct uop *u)
{
	unsigned seg = (unsigned)ZydisRegisterGetId(z->mem.segment);
	bool fs_or_gs = seg == SEG_FS || seg == SEG_GS;
	bool stack = mode_64 ? !fs_or_gs && is_stack_base(z->mem.base) : seg == SEG_SS;
	u->seg = mode_64 && !fs_or_gs ? SEG_NONE : seg & 7;
	u->flags |= stack ? UOP_STACK_SEGMENT : 0;
}

static bool is_masked_store(ZydisMnemonic mnemonic)
{
	return mnemonic == ZYDIS_MNEMONIC_MASKMOVQ || mnemonic == ZYDIS_MNEMONIC_MASKMOVDQU ||
	       mnemonic == ZYDIS_MNEMONIC_VMASKMOVDQU;
}

/* The source of a string instruction, XLAT's table and the destination of MASKMOVQ are hidden operands: only their
 * segment can be chosen. */
static void take_hidden_segment(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operands, bool mode_64,
				struct uop *u)
{
	for (unsigned i = 0; i < z->operand_count; i++)
		if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY && is_plain(operands[i].mem.segment))
			take_segment(&operands[i], mode_64, u);
}

static unsigned ea_of(const struct shape *s, const struct uop *u)
{
	if (s->flat && s->address_size == 4 && (u->seg == SEG_DS || u->seg == SEG_ES || u->seg == SEG_SS))
		return EA_FLAT;
	if (!s->mode_64 || s->address_size != 8)
		return EA_SLOW;
	return u->index == GPR_ZERO && u->seg == SEG_NONE ? EA_BASE : EA_64;
}

static void take_memory(const ZydisDecodedOperand *z, const struct shape *s, struct uop *u)
{
	unsigned scale = z->mem.scale;
	if (z->mem.type == ZYDIS_MEMOP_TYPE_VSIB)
		u->imm = ZydisRegisterGetId(z->mem.index); /* a vector; such instructions have no immediate */
	u->base = (uint8_t)gpr_slot(z->mem.base);
	u->index = (uint8_t)gpr_slot(z->mem.index);
	u->scale = scale == 8 ? 3 : scale >> 1 & 3;
	u->disp = z->mem.disp.has_displacement ? z->mem.disp.value : 0;
	if (u->base == GPR_BLOCK_RIP)
		u->disp += u->off + u->len;
	u->flags |= UOP_MEMORY;
	take_segment(z, s->mode_64, u);
	u->ea = ea_of(s, u);
}

static bool is_addressed_by_rax(ZydisMnemonic mnemonic)
{
	return mnemonic == ZYDIS_MNEMONIC_MONITOR || mnemonic == ZYDIS_MNEMONIC_CLZERO;
}

/* The last prefix counts, and in 64-bit mode only FS and GS do. */
static ZydisRegister chosen_segment(const ZydisDecodedInstruction *z, bool mode_64)
{
	static const struct {
		uint8_t prefix;
		ZydisRegister segment;
	} rows[] = {
		{ 0x64, ZYDIS_REGISTER_FS }, { 0x65, ZYDIS_REGISTER_GS }, { 0x26, ZYDIS_REGISTER_ES },
		{ 0x2e, ZYDIS_REGISTER_CS }, { 0x36, ZYDIS_REGISTER_SS }, { 0x3e, ZYDIS_REGISTER_DS },
	};
	ZydisRegister chosen = ZYDIS_REGISTER_DS;
	for (unsigned i = 0; i < z->raw.prefix_count; i++)
		for (unsigned j = 0; j < (mode_64 ? 2 : sizeof rows / sizeof *rows); j++)
			if (z->raw.prefixes[i].value == rows[j].prefix)
				chosen = rows[j].segment;
	return chosen;
}

/* The memory of MONITOR and CLZERO is at rAX; the decoder has no operand for it. */
static void take_memory_at_rax(const ZydisDecodedInstruction *z, const struct shape *s, struct uop *u)
{
	ZydisDecodedOperand at_rax = { .type = ZYDIS_OPERAND_TYPE_MEMORY };
	at_rax.mem.segment = chosen_segment(z, s->mode_64);
	at_rax.mem.base = ZYDIS_REGISTER_RAX;
	take_memory(&at_rax, s, u);
}

static void put_immediate(struct uop *u, int64_t value)
{
	u->imm = (int32_t)value;
	if (!(u->flags & UOP_MEMORY))
		u->disp = value; /* MOV r64, imm64 needs all of it; no memory operand wants the place */
}

static void take_immediate(const ZydisDecodedOperand *z, struct shape *s, struct operand *o, struct uop *u)
{
	o->kind = z->imm.is_relative ? OPERAND_RELATIVE : OPERAND_IMMEDIATE;
	if (o == &s->op[0] || o[-1].kind != OPERAND_IMMEDIATE)
		s->first_immediate = (int32_t)z->imm.value.s;
	put_immediate(u, z->imm.value.s);
}

static void take_operand(const ZydisDecodedOperand *z, struct shape *s, unsigned i, struct uop *u)
{
	struct operand *o = &s->op[i];
	o->size = (uint8_t)(z->size / 8);
	switch (z->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		take_register(z, o);
		break;
	case ZYDIS_OPERAND_TYPE_MEMORY:
		o->kind = OPERAND_MEMORY;
		take_memory(z, s, u);
		break;
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		take_immediate(z, s, o, u);
		break;
	case ZYDIS_OPERAND_TYPE_POINTER:
		o->kind = OPERAND_POINTER;
		u->imm = z->ptr.segment;
		u->disp = z->ptr.offset;
		break;
	default:
		o->kind = OPERAND_OTHER;
	}
}

static void take_prefixes(const ZydisDecodedInstruction *z, const struct shape *s, struct uop *u)
{
	if (z->attributes & ZYDIS_ATTRIB_HAS_LOCK)
		u->flags |= UOP_LOCK;
	if (z->attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE))
		u->flags |= UOP_REP;
	if (z->attributes & ZYDIS_ATTRIB_HAS_REPNE)
		u->flags |= UOP_REPNE;
	if (s->address_size == 4)
		u->flags |= UOP_ADDRESS32;
	if (s->address_size == 2)
		u->flags |= UOP_ADDRESS16;
}

static bool is_near_branch(const ZydisDecodedInstruction *z)
{
	return z->meta.branch_type == ZYDIS_BRANCH_TYPE_SHORT || z->meta.branch_type == ZYDIS_BRANCH_TYPE_NEAR;
}

/* In 64-bit mode a near branch has 64-bit operands, 66h or not; on some processors 66h makes them 16-bit (SL-62). The
 * decoder knows that for immediate displacements only. */
static unsigned operand_size(const struct cpu *cpu, const ZydisDecodedInstruction *z)
{
	bool narrowed =
	    (z->attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE) && !(z->attributes & ZYDIS_ATTRIB_HAS_REX && z->raw.rex.W);
	if ((cpu->mode & MODE_64) && is_near_branch(z) && narrowed && behaviour(cpu, near_branch_16))
		return 2;
	return z->operand_width / 8u;
}

static enum unit unit_of(const ZydisDecodedInstruction *z, const struct shape *s)
{
	enum unit unit = UNIT_NONE;
	for (unsigned i = 0; i < s->count; i++) {
		const struct operand *o = &s->op[i];
		enum unit found = o->kind == OPERAND_X87	? UNIT_X87
				  : o->kind == OPERAND_MMX	? UNIT_MMX
				  : o->kind != OPERAND_VECTOR	? UNIT_NONE
				  : z->encoding != ZYDIS_INSTRUCTION_ENCODING_VEX ? UNIT_SSE
				  : o->size == 32		? UNIT_VEX256
							: UNIT_VEX128;
		unit = found > unit ? found : unit;
	}
	return unit;
}

/* The opcode of an x87 instruction, of which FOP tells, and ST(i) is a part of it. */
static void take_x87(const ZydisDecodedInstruction *z, struct uop *u)
{
	if (z->opcode_map != ZYDIS_OPCODE_MAP_DEFAULT || (z->opcode & 0xf8) != 0xd8)
		return;
	u->dst = z->opcode & 7;
	u->src = (uint8_t)(z->raw.modrm.mod << 6 | z->raw.modrm.reg << 3 | z->raw.modrm.rm);
}

static void take_operands(const struct cpu *cpu, const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operands,
			  struct shape *s, struct uop *u)
{
	s->count = z->operand_count_visible > SHAPE_OPERANDS ? SHAPE_OPERANDS : z->operand_count_visible;
	s->operand_size = (uint8_t)operand_size(cpu, z);
	s->address_size = (uint8_t)(z->address_width / 8);
	take_prefixes(z, s, u);
	for (unsigned i = 0; i < s->count; i++)
		take_operand(&operands[i], s, i, u);
	s->vex = z->encoding == ZYDIS_INSTRUCTION_ENCODING_VEX;
	s->map = (uint8_t)z->opcode_map;
	s->unit = unit_of(z, s);
	for (unsigned i = 0; i < s->count; i++)
		if (s->op[i].kind != OPERAND_MEMORY && s->op[i].kind != OPERAND_IMMEDIATE && i < 2)
			*(i == 0 ? &u->dst : &u->src) = s->op[i].reg;
	take_x87(z, u);
	u->size = s->count && s->op[0].size && s->op[0].kind != OPERAND_POINTER ? s->op[0].size : s->operand_size;
	if (!s->count || is_masked_store(z->mnemonic))
		take_hidden_segment(z, operands, s->mode_64, u);
	if (is_addressed_by_rax(z->mnemonic))
		take_memory_at_rax(z, s, u);
}

/* ---- one instruction ---- */

struct decoded {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

static unsigned mnemonic_of(const struct decoded *z)
{
	bool vector = z->insn.operand_count_visible && z->insn.opcode_map == ZYDIS_OPCODE_MAP_0F;
	if (z->insn.mnemonic == ZYDIS_MNEMONIC_MOVSD && vector)
		return ZYDIS_MNEMONIC_MOVSDX;
	if (z->insn.mnemonic == ZYDIS_MNEMONIC_CMPSD && vector)
		return ZYDIS_MNEMONIC_CMPSDX;
	return z->insn.mnemonic;
}

static ZyanStatus try_decode(const ZydisDecoder *decoder, const uint8_t *bytes, unsigned size, struct decoded *z)
{
	return ZydisDecoderDecodeFull(decoder, bytes, size, &z->insn, z->operands);
}

static bool names_its_mode(ZydisMnemonic mnemonic)
{
	return mnemonic == ZYDIS_MNEMONIC_SWAPGS || mnemonic == ZYDIS_MNEMONIC_RDFSBASE ||
	       mnemonic == ZYDIS_MNEMONIC_RDGSBASE || mnemonic == ZYDIS_MNEMONIC_WRFSBASE ||
	       mnemonic == ZYDIS_MNEMONIC_WRGSBASE;
}

/* SWAPGS and the base instructions outside 64-bit mode are #UD by a check of their own, so that the rule has its name
 * (SG-02, FB-01); the decoder knows them only in 64-bit mode. */
static ZyanStatus decode_as_64(const struct window *w, struct decoded *z)
{
	ZydisDecoder decoder;
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZyanStatus status = try_decode(&decoder, w->bytes, w->size, z);
	return ZYAN_SUCCESS(status) && !names_its_mode(z->insn.mnemonic) ? ZYDIS_STATUS_DECODING_ERROR : status;
}

/* The decoder refuses LOCK where it is illegal; the row decides: #UD by a rule with a name, or LOCK MOV CR0 as MOV CR8.
 * A prefix that does nothing to these stands in for LOCK. */
static ZyanStatus decode_without_lock(const struct cpu *cpu, const ZydisDecoder *decoder, const struct window *w,
				      struct decoded *z)
{
	struct window other = *w;
	for (unsigned i = 0; i < opcode_at(cpu, w); i++)
		if (w->bytes[i] == 0xf0)
			other.bytes[i] = 0x3e;
	ZyanStatus status = try_decode(decoder, other.bytes, other.size, z);
	if (status == ZYDIS_STATUS_DECODING_ERROR)
		return ZYDIS_STATUS_ILLEGAL_LOCK;
	if (ZYAN_SUCCESS(status))
		z->insn.attributes |= ZYDIS_ATTRIB_HAS_LOCK;
	return status;
}

/* Opcode 82h is an alias of 80h outside 64-bit mode that the decoder does not know [SDM vol. 2, table A-6, note]. */
static ZyanStatus decode_alias(const struct cpu *cpu, const ZydisDecoder *decoder, const struct window *w,
			       struct decoded *z)
{
	const unsigned i = opcode_at(cpu, w);
	uint8_t bytes[INSN_BYTES];
	if (i == w->size || w->bytes[i] != 0x82)
		return decode_as_64(w, z);
	memcpy(bytes, w->bytes, sizeof bytes);
	bytes[i] = 0x80;
	return try_decode(decoder, bytes, w->size, z);
}

/* What the decoder refuses and a processor does not. */
static ZyanStatus decode_otherwise(const struct cpu *cpu, const ZydisDecoder *decoder, const struct window *w,
				   ZyanStatus status, struct decoded *z)
{
	if (status == ZYDIS_STATUS_DECODING_ERROR && !(cpu->mode & MODE_64))
		return decode_alias(cpu, decoder, w, z);
	if (status == ZYDIS_STATUS_ILLEGAL_LOCK)
		return decode_without_lock(cpu, decoder, w, z);
	return status;
}

/* The decoder takes the register form of PREFETCH and PREFETCHW for a NOP of its own [APM vol. 3, PREFETCH: #UD]. */
static bool is_refused_prefetch(const struct cpu *cpu, const ZydisDecodedInstruction *z)
{
	return z->opcode_map == ZYDIS_OPCODE_MAP_0F && z->opcode == 0x0d && z->raw.modrm.mod == 3 &&
	       !behaviour(cpu, prefetch_register_is_nop);
}

/* Some encodings that no profile has share a name with instructions that are rows: those with EVEX, VEX forms of
 * POPCNT, LZCNT and TZCNT (Knights Corner), BEXTR with an immediate (TBM). */
static unsigned row_of(const struct decoded *z)
{
	switch (z->insn.meta.isa_ext) {
	case ZYDIS_ISA_EXT_AVX512EVEX:
	case ZYDIS_ISA_EXT_AVX512VEX:
	case ZYDIS_ISA_EXT_KNC:
	case ZYDIS_ISA_EXT_KNCE:
	case ZYDIS_ISA_EXT_KNCV:
	case ZYDIS_ISA_EXT_TBM:
	case ZYDIS_ISA_EXT_XOP:
		return 0;
	default:
		return mnemonic_rows[mnemonic_of(z)];
	}
}

/* ---- what was decoded before ---- */

static struct decode_number number_at(unsigned at, unsigned bits, bool is_signed)
{
	return (struct decode_number){ .at = (uint8_t)at, .bytes = (uint8_t)(bits / 8), .is_signed = is_signed };
}

/* Far pointers and ENTER have two numbers, and the immediate of VBLENDVPS is a register; they are rare. */
static void remember(struct cpu *cpu, const struct window *w, const struct decoded *z, const struct shape *s,
		     const struct uop *u)
{
	const ZydisDecodedInstruction *i = &z->insn;
	struct memo_entry e = { .length = i->length, .ends = s->ends, .cost = s->cost, .uop = *u };
	if (i->raw.imm[1].size || s->op[0].kind == OPERAND_POINTER || s->op[3].kind == OPERAND_VECTOR)
		return;
	e.immediate = number_at(i->raw.imm[0].offset, i->raw.imm[0].size, i->raw.imm[0].is_signed);
	e.displacement = number_at(i->raw.disp.offset, i->raw.disp.size, true);
	e.uop.off = e.uop.index_n = 0;
	memo_keep(cpu->memo, w, cpu->mode, &e);
}

void decode_put_immediate(struct uop *u, const struct decode_number *n, const uint8_t *insn)
{
	put_immediate(u, memo_number(n, insn));
}

/* The numbers of the instruction in the window. */
static void put_numbers(const struct memo_entry *e, const struct window *w, struct uop *u)
{
	if (e->displacement.bytes)
		u->disp = memo_number(&e->displacement, w->bytes) + (u->base == GPR_BLOCK_RIP ? u->off + u->len : 0);
	if (e->immediate.bytes)
		decode_put_immediate(u, &e->immediate, w->bytes);
}

static unsigned recall(const struct memo_entry *e, const struct window *w, struct shape *s, struct uop *u)
{
	const uint8_t off = u->off, index_n = u->index_n;
	*u = e->uop;
	u->off = off;
	u->index_n = index_n;
	put_numbers(e, w, u);
	s->ends = e->ends;
	s->looked = e->length;
	s->cost = e->cost;
	return e->length;
}

/* ---- decoding ---- */

static unsigned decode_anew(struct cpu *cpu, const struct window *w, struct shape *s, struct uop *u)
{
	struct decoded z;
	ZydisDecoder decoder;
	decoder_init(cpu, &decoder);
	ZyanStatus status = try_decode(&decoder, w->bytes, w->size, &z);
	bool plain = ZYAN_SUCCESS(status);
	if (!plain)
		status = decode_otherwise(cpu, &decoder, w, status, &z);
	s->ends = true;
	if (!plain && opcode_is_vmread(cpu, w))
		status = ZYDIS_STATUS_DECODING_ERROR;
	if (status == ZYDIS_STATUS_NO_MORE_DATA && w->size < INSN_BYTES)
		return 0;
	if (!ZYAN_SUCCESS(status)) {
		bool too_long = status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG || status == ZYDIS_STATUS_NO_MORE_DATA;
		gate_become(u, too_long ? op_too_long : op_no_instruction);
		u->imm = opcode_undefined_rule(cpu, w);
		s->looked = (uint8_t)w->size; /* another byte anywhere may make it an instruction */
		return 1;
	}
	unsigned row = row_of(&z);
	u->len = s->looked = z.insn.length;
	if (!row) {
		bool lock = z.insn.attributes & ZYDIS_ATTRIB_HAS_LOCK; /* legal with rows that say so */
		gate_become(u, op_no_instruction);
		u->imm = lock ? RULE_EX_02 : RULE_EX_01;
		return z.insn.length;
	}
	s->ends = false;
	s->far = z.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
	u->insn = (uint16_t)(row - 1);
	take_operands(cpu, &z.insn, z.operands, s, u);
	gate_choose(cpu, &insn_rows[u->insn], s, u);
	if (is_refused_prefetch(cpu, &z.insn)) {
		gate_become(u, op_undefined);
		s->ends = true;
	}
	s->cost = cpu->costs ? clock_cost(cpu->costs, u, s) : 0;
	if (plain)
		remember(cpu, w, &z, s, u);
	return z.insn.length;
}

unsigned decode(struct cpu *cpu, const struct window *w, struct shape *s, struct uop *u)
{
	const struct memo_entry *e = memo_find(cpu->memo, w, cpu->mode);
	return e ? recall(e, w, s, u) : decode_anew(cpu, w, s, u);
}

/* Everything but place and numbers. */
static bool same_kind(const struct uop *a, const struct uop *b)
{
	return a->fn == b->fn && a->insn == b->insn && a->len == b->len && a->dst == b->dst && a->src == b->src &&
	       a->base == b->base && a->index == b->index && a->seg == b->seg && a->scale == b->scale &&
	       a->ea == b->ea && a->size == b->size && a->flags == b->flags;
}

bool decode_again(struct cpu *cpu, const struct window *w, struct uop *u)
{
	const struct memo_entry *e = memo_find(cpu->memo, w, cpu->mode);
	if (!e || !same_kind(&e->uop, u))
		return false;
	put_numbers(e, w, u);
	return true;
}

struct decode_number decode_immediate(const struct cpu *cpu, const struct window *w)
{
	const struct memo_entry *e = memo_find(cpu->memo, w, cpu->mode);
	return e ? e->immediate : (struct decode_number){ 0 };
}
