/* translate.c - from bytes to uops: the only file of the core that sees Zydis, and no Zydis type leaves it. */
#include <Zydis/Zydis.h>

#include "cpu/engine/block.h"
#include "cpu/isa/insn.h"
#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"

enum { MAX_LENGTH = 15 };

/* ---- bytes ---- */

/* Up to 15 bytes at RIP + offset. `limit` bytes come from the first page; the rest, if it is needed, from the next. */
struct window {
	uint8_t bytes[MAX_LENGTH];
	unsigned size;
	bool crosses;
	uint64_t second;
};

static const uint16_t mnemonic_rows[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
#define I(name, pick, arg, reads, writes, undefined, traits, feature, rule, page) \
	[ZYDIS_MNEMONIC_##name] = INSN_##name + 1,
#include "cpu/isa/insn.def"
#undef I
};

static bool is_shown(const struct cpu *cpu, enum feature f)
{
	return profile_has(cpu->profile, f) && feature_texts[f].shown;
}

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
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_TZCNT, is_shown(cpu, FEATURE_BMI1));
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_LZCNT, is_shown(cpu, FEATURE_LZCNT));
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_KNC, ZYAN_FALSE);
	ZydisDecoderEnableMode(d, ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE);
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

/* The source of a string instruction and XLAT's table are hidden operands: only their segment can be chosen. */
static void take_hidden_segment(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *operands, bool mode_64,
                                struct uop *u)
{
	for (unsigned i = 0; i < z->operand_count; i++)
		if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY && is_plain(operands[i].mem.segment))
			take_segment(&operands[i], mode_64, u);
}

static void take_memory(const ZydisDecodedOperand *z, const struct shape *s, struct uop *u)
{
	unsigned scale = z->mem.scale;
	u->base = (uint8_t)gpr_slot(z->mem.base);
	u->index = (uint8_t)gpr_slot(z->mem.index);
	u->scale = scale == 8 ? 3 : scale >> 1 & 3;
	u->disp = z->mem.disp.has_displacement ? z->mem.disp.value : 0;
	if (u->base == GPR_BLOCK_RIP)
		u->disp += u->off + u->len;
	u->ea = s->mode_64 && s->address_size == 8 ? EA_64 : EA_SLOW;
	u->flags |= UOP_MEMORY;
	take_segment(z, s->mode_64, u);
}

static void take_immediate(const ZydisDecodedOperand *z, struct shape *s, struct operand *o, struct uop *u)
{
	o->kind = z->imm.is_relative ? OPERAND_RELATIVE : OPERAND_IMMEDIATE;
	if (o == &s->op[0])
		s->first_immediate = (int32_t)z->imm.value.s;
	u->imm = (int32_t)z->imm.value.s;
	if (!(u->flags & UOP_MEMORY))
		u->disp = z->imm.value.s; /* MOV r64, imm64 needs all of it; no memory operand wants the place */
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

static void take_operands(const struct cpu *cpu, const ZydisDecodedInstruction *z,
                          const ZydisDecodedOperand *operands, struct shape *s,
                          struct uop *u)
{
	s->count = z->operand_count_visible > SHAPE_OPERANDS ? SHAPE_OPERANDS : z->operand_count_visible;
	s->operand_size = (uint8_t)operand_size(cpu, z);
	s->address_size = (uint8_t)(z->address_width / 8);
	take_prefixes(z, s, u);
	for (unsigned i = 0; i < s->count; i++)
		take_operand(&operands[i], s, i, u);
	for (unsigned i = 0; i < s->count; i++)
		if (s->op[i].kind != OPERAND_MEMORY && s->op[i].kind != OPERAND_IMMEDIATE && i < 2)
			*(i == 0 ? &u->dst : &u->src) = s->op[i].reg;
	u->size = s->count && s->op[0].size && s->op[0].kind != OPERAND_POINTER ? s->op[0].size : s->operand_size;
	if (!s->count)
		take_hidden_segment(z, operands, s->mode_64, u);
}

/* ---- one instruction ---- */

/* An instruction that cannot be executed as it stands becomes a uop that says so when it is reached: decoding ahead
 * must not fault. */
static void become(struct uop *u, op_fn *fn)
{
	u->fn = fn;
	u->flags &= (uint8_t)~UOP_SETS_RIP;
}

static bool is_illegal_lock(const struct cpu *cpu, const struct insn_row *row, const struct shape *s,
                            const struct uop *u)
{
	if (!(u->flags & UOP_LOCK))
		return false;
	if (behaviour(cpu, lock_mov_cr0_is_cr8) &&
	    (s->op[0].kind == OPERAND_CONTROL || s->op[1].kind == OPERAND_CONTROL))
		return false;
	return !(row->traits & I_LOCK) || !shape_is_memory(s, 0);
}

static bool is_absent(const struct insn_row *row, const struct cpu *cpu)
{
	return row->feature >= 0 && !is_shown(cpu, (enum feature)row->feature);
}

static unsigned mode_cpl(const struct cpu *cpu)
{
	return (cpu->mode & MODE_CPL) >> MODE_CPL_SHIFT;
}

static void choose(const struct cpu *cpu, const struct insn_row *row, struct shape *s, struct uop *u)
{
	u->fn = row->pick(s, row->arg, u);
	if (row->traits & I_SETS_RIP)
		u->flags |= UOP_SETS_RIP;
	if (!u->fn)
		become(u, op_unimplemented);
	else if (is_illegal_lock(cpu, row, s, u) || is_absent(row, cpu))
		become(u, op_undefined);
	else if ((row->traits & I_PROTECTED) && !(cpu->mode & MODE_PROTECTED))
		become(u, op_not_protected);
	else if ((row->traits & I_CPL0) && mode_cpl(cpu) != 0)
		become(u, op_privileged);
	else
		s->ends |= (row->traits & I_ENDS) != 0;
	s->ends |= u->fn == op_unimplemented || u->fn == op_undefined || u->fn == op_privileged ||
	           u->fn == op_not_protected;
}

struct decoded {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

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
 */
static ZyanStatus decode_without_lock(const ZydisDecoder *decoder, const struct window *w, struct decoded *z)
{
	if (w->size < 2 || w->bytes[0] != 0xf0)
		return ZYDIS_STATUS_ILLEGAL_LOCK;
	ZyanStatus status = try_decode(decoder, w->bytes + 1, w->size - 1, z);
	if (!ZYAN_SUCCESS(status))
		return ZYDIS_STATUS_ILLEGAL_LOCK;
	z->insn.length++;
	z->insn.attributes |= ZYDIS_ATTRIB_HAS_LOCK;
	return status;
}

/* Opcode 82h is an alias of 80h outside 64-bit mode that the decoder does not know [SDM vol. 2, table A-6, note]. */
static ZyanStatus decode_alias(const ZydisDecoder *decoder, const struct window *w, struct decoded *z)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	uint8_t bytes[MAX_LENGTH];
	unsigned i = 0;
	while (i < w->size && memchr(prefixes, w->bytes[i], sizeof prefixes))
		i++;
	if (i == w->size || w->bytes[i] != 0x82)
		return decode_as_64(w, z);
	memcpy(bytes, w->bytes, w->size);
	bytes[i] = 0x80;
	return try_decode(decoder, bytes, w->size, z);
}

static ZyanStatus decode_any(const struct cpu *cpu, const ZydisDecoder *decoder, const struct window *w,
                             struct decoded *z)
{
	ZyanStatus status = try_decode(decoder, w->bytes, w->size, z);
	if (status == ZYDIS_STATUS_DECODING_ERROR && !(cpu->mode & MODE_64))
		return decode_alias(decoder, w, z);
	if (status == ZYDIS_STATUS_ILLEGAL_LOCK)
		return decode_without_lock(decoder, w, z);
	return status;
}

/* Instructions without a row: those that a later version will have stop the run, all others are #UD on every profile.
 */
static bool comes_later(ZydisISAExt extension)
{
	switch (extension) {
	case ZYDIS_ISA_EXT_ADOX_ADCX:
	case ZYDIS_ISA_EXT_AES:
	case ZYDIS_ISA_EXT_AVX:
	case ZYDIS_ISA_EXT_AVX2:
	case ZYDIS_ISA_EXT_AVX2GATHER:
	case ZYDIS_ISA_EXT_AVXAES:
	case ZYDIS_ISA_EXT_BASE:
	case ZYDIS_ISA_EXT_BMI1:
	case ZYDIS_ISA_EXT_BMI2:
	case ZYDIS_ISA_EXT_F16C:
	case ZYDIS_ISA_EXT_FMA:
	case ZYDIS_ISA_EXT_INVPCID:
	case ZYDIS_ISA_EXT_LZCNT:
	case ZYDIS_ISA_EXT_MMX:
	case ZYDIS_ISA_EXT_MONITOR:
	case ZYDIS_ISA_EXT_MOVBE:
	case ZYDIS_ISA_EXT_PCLMULQDQ:
	case ZYDIS_ISA_EXT_PKU:
	case ZYDIS_ISA_EXT_RDPID:
	case ZYDIS_ISA_EXT_RDRAND:
	case ZYDIS_ISA_EXT_RDSEED:
	case ZYDIS_ISA_EXT_SHA:
	case ZYDIS_ISA_EXT_SSE:
	case ZYDIS_ISA_EXT_SSE2:
	case ZYDIS_ISA_EXT_SSE3:
	case ZYDIS_ISA_EXT_SSE4:
	case ZYDIS_ISA_EXT_SSE4A:
	case ZYDIS_ISA_EXT_SSSE3:
	case ZYDIS_ISA_EXT_VAES:
	case ZYDIS_ISA_EXT_VPCLMULQDQ:
	case ZYDIS_ISA_EXT_X87:
	case ZYDIS_ISA_EXT_XSAVE:
	case ZYDIS_ISA_EXT_XSAVEC:
	case ZYDIS_ISA_EXT_XSAVEOPT:
	case ZYDIS_ISA_EXT_XSAVES:
		return true;
	default:
		return false;
	}
}

/* 0: not enough bytes; else the length. */
static unsigned decode(const struct cpu *cpu, const ZydisDecoder *decoder, const struct window *w, struct shape *s,
                       struct uop *u)
{
	struct decoded z;
	ZyanStatus status = decode_any(cpu, decoder, w, &z);
	s->ends = true;
	if (status == ZYDIS_STATUS_NO_MORE_DATA && w->size < MAX_LENGTH)
		return 0;
	if (!ZYAN_SUCCESS(status)) {
		bool too_long = status == ZYDIS_STATUS_INSTRUCTION_TOO_LONG || status == ZYDIS_STATUS_NO_MORE_DATA;
		become(u, too_long ? op_too_long : op_undefined);
		return 1;
	}
	unsigned row = mnemonic_rows[z.insn.mnemonic];
	u->len = z.insn.length;
	if (!row) {
		become(u, comes_later(z.insn.meta.isa_ext) ? op_unimplemented : op_undefined);
		return z.insn.length;
	}
	s->ends = false;
	s->far = z.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
	u->insn = (uint16_t)(row - 1);
	take_operands(cpu, &z.insn, z.operands, s, u);
	choose(cpu, &insn_rows[u->insn], s, u);
	return z.insn.length;
}

/* ---- a block ---- */

static bool inside_cs(const struct cpu *cpu, uint64_t rip, unsigned bytes)
{
	const struct seg *cs = &cpu->st.seg[SEG_CS];
	return !(cpu->mode & MODE_CS_CHECKED) || rip + bytes - 1 <= cs->limit;
}

static uint64_t linear_rip(const struct cpu *cpu, uint64_t rip)
{
	return cpu->mode & MODE_64 ? rip : (uint32_t)(rip + cpu->st.seg[SEG_CS].base);
}

bool fetch_code(struct cpu *cpu, uint64_t rip, struct mmu_code *code)
{
	if (!inside_cs(cpu, rip, 1))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	if (!mmu_fetch(&cpu->mmu, linear_rip(cpu, rip), code))
		return cpu_fault_from_mmu(cpu, false);
	return true;
}

/* Fills the window from the page of `code`; bytes of the next page are added only when the instruction needs them. */
static void look(struct window *w, const struct mmu_code *code)
{
	unsigned left = (unsigned)(PAGE_SIZE - (code->physical & PAGE_OFFSET));
	w->size = left < MAX_LENGTH ? left : MAX_LENGTH;
	w->crosses = false;
	if (code->host)
		memcpy(w->bytes, code->host, w->size);
	else
		memset(w->bytes, 0xff, w->size);
}

static bool look_further(struct cpu *cpu, struct window *w, uint64_t rip)
{
	struct mmu_code code;
	unsigned have = w->size;
	if (!fetch_code(cpu, rip + have, &code))
		return false;
	w->size = MAX_LENGTH;
	w->crosses = true;
	w->second = code.physical;
	if (code.host)
		memcpy(w->bytes + have, code.host, MAX_LENGTH - have);
	else
		memset(w->bytes + have, 0xff, MAX_LENGTH - have);
	return true;
}

/* Adds the instruction at `offset`; false: it does not fit into this page, or faults already when fetched. */
static bool add(struct cpu *cpu, const ZydisDecoder *decoder, struct translation *t, struct mmu_code code,
                struct shape *s)
{
	struct uop *u = &t->uop[t->count];
	struct window w;
	uint64_t rip = cpu->st.rip + t->bytes;
	code.physical += t->bytes;
	code.host += code.host ? t->bytes : 0;
	*u = (struct uop){
		.off = (uint8_t)t->bytes, .index_n = (uint8_t)t->count, .base = GPR_ZERO, .index = GPR_ZERO
	};
	look(&w, &code);
	unsigned length = decode(cpu, decoder, &w, s, u);
	if (!length && t->count)
		return false; /* crosses the page: a block of its own */
	if (!length) {
		if (!look_further(cpu, &w, rip))
			return false;
		t->crosses = true;
		t->second = w.second;
		length = decode(cpu, decoder, &w, s, u);
		s->ends = true;
	}
	if (!inside_cs(cpu, rip, length) && t->count)
		return false;
	if (!inside_cs(cpu, rip, length))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NONE);
	u->len = (uint8_t)length;
	t->bytes = (uint16_t)(t->bytes + length);
	t->count++;
	t->falls_through = !(u->flags & UOP_SETS_RIP);
	return true;
}

bool translate(struct cpu *cpu, struct translation *t)
{
	struct mmu_code code;
	ZydisDecoder decoder;
	if (!fetch_code(cpu, cpu->st.rip, &code))
		return false;
	decoder_init(cpu, &decoder);
	*t = (struct translation){ .physical = code.physical };
	unsigned room = (unsigned)(PAGE_SIZE - (code.physical & PAGE_OFFSET));
	while (t->count < BLOCK_INSNS && t->bytes < BLOCK_BYTES - MAX_LENGTH && t->bytes < room) {
		struct shape s = { .mode_64 = cpu_is_64(cpu), .profile = cpu->profile };
		if (!add(cpu, &decoder, t, code, &s))
			break;
		if (s.ends)
			break;
	}
	return t->count > 0;
}
