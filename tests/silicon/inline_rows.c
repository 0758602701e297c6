/* inline_rows.c - how each row is compared: what the manuals leave undefined, and what cannot be compared in user mode
 * with why. */
#include <stdlib.h>

#include "inline.h"

struct row {
	int16_t insn;
	const char *why;
};

#define LEAVES "leaves user mode by a system call: tests/spec and tests/probes"
#define HOST "tells of the processor or its clock, not of the program"
#define UMIP "Linux emulates it under CR4.UMIP"
#define SELECTORS "reads Linux's descriptor tables: user-oracle"
#define KEYS "CR4.PKE is the kernel's"

static const struct row skipped[] = {
	{ INSN_SYSCALL, LEAVES }, { INSN_SYSENTER, LEAVES }, { INSN_CPUID, HOST },      { INSN_RDTSC, HOST },
	{ INSN_RDTSCP, HOST },    { INSN_RDPMC, HOST },      { INSN_RDPID, HOST },      { INSN_RDRAND, HOST },
	{ INSN_RDSEED, HOST },    { INSN_SGDT, UMIP },       { INSN_SIDT, UMIP },       { INSN_SLDT, UMIP },
	{ INSN_STR, UMIP },       { INSN_SMSW, UMIP },       { INSN_LAR, SELECTORS },   { INSN_LSL, SELECTORS },
	{ INSN_VERR, SELECTORS }, { INSN_VERW, SELECTORS },  { INSN_LFS, SELECTORS },   { INSN_LGS, SELECTORS },
	{ INSN_LSS, SELECTORS },  { INSN_IRET, SELECTORS },  { INSN_IRETD, SELECTORS }, { INSN_IRETQ, SELECTORS },
	{ INSN_RDPKRU, KEYS },    { INSN_WRPKRU, KEYS },
};

/* Instructions that do nothing but raise an exception in user mode [SDM vol. 2, their pages]. */
static bool always_faults(const struct insn_form *f)
{
	static const int16_t rows[] = { INSN_UD0,      INSN_UD1,     INSN_UD2,      INSN_RSM,    INSN_INT,
					INSN_INT3,     INSN_INT1,    INSN_CLI,      INSN_STI,    INSN_CLAC,
					INSN_STAC,     INSN_IN,      INSN_OUT,      INSN_INSB,   INSN_INSW,
					INSN_INSD,     INSN_OUTSB,   INSN_OUTSW,    INSN_OUTSD,  INSN_HLT,
					INSN_SYSRET,   INSN_SYSEXIT, INSN_SWAPGS,   INSN_XSETBV, INSN_XSAVES,
					INSN_XSAVES64, INSN_XRSTORS, INSN_XRSTORS64 };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i] == f->insn)
			return true;
	return insn_rows[f->insn].traits & I_CPL0;
}

static bool names_system_register(const struct decoded *z)
{
	for (unsigned i = 0; i < z->i.operand_count_visible; i++) {
		ZydisRegisterClass c =
		    z->o[i].type == ZYDIS_OPERAND_TYPE_REGISTER ? ZydisRegisterGetClass(z->o[i].reg.value) : 0;
		if (c == ZYDIS_REGCLASS_CONTROL || c == ZYDIS_REGCLASS_DEBUG)
			return true;
	}
	return false;
}

static bool is_near_branch(const ZydisDecodedInstruction *z)
{
	return z->meta.branch_type == ZYDIS_BRANCH_TYPE_NEAR || z->meta.branch_type == ZYDIS_BRANCH_TYPE_SHORT;
}

/* Only the error's limit is architecture [SDM vol. 2 and APM vol. 4, RCPPS, RSQRTPS]. */
static bool is_estimate(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_RCPPS || m == ZYDIS_MNEMONIC_RCPSS || m == ZYDIS_MNEMONIC_RSQRTPS ||
	       m == ZYDIS_MNEMONIC_RSQRTSS || m == ZYDIS_MNEMONIC_VRCPPS || m == ZYDIS_MNEMONIC_VRCPSS ||
	       m == ZYDIS_MNEMONIC_VRSQRTPS || m == ZYDIS_MNEMONIC_VRSQRTSS;
}

/* Why this form of a row cannot be compared, though others can. */
static const char *odd_form(const struct decoded *z, bool same_vendor)
{
	for (unsigned i = 0; i < z->i.operand_count; i++) {
		const ZydisDecodedOperand *o = &z->o[i];
		if (o->type != ZYDIS_OPERAND_TYPE_REGISTER)
			continue;
		ZydisRegisterClass c = ZydisRegisterGetClass(o->reg.value);
		bool writes = o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
		if (c == ZYDIS_REGCLASS_SEGMENT && writes)
			return SELECTORS;
		if (c == ZYDIS_REGCLASS_SEGMENT && !same_vendor && z->i.mnemonic == ZYDIS_MNEMONIC_PUSH)
			return "PUSH of a segment register stores 2 bytes or more, by vendor";
	}
	if (is_estimate(z->i.mnemonic) && !same_vendor)
		return "an estimate is the vendor's own: tools/make-rcp";
	if (z->i.mnemonic == ZYDIS_MNEMONIC_SYSEXIT && !same_vendor)
		return "#UD or #GP, by vendor (SX-03)";
	if (z->i.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
		return SELECTORS;
	if (is_near_branch(&z->i) && (z->i.attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE) && !same_vendor)
		return "66h in front of a near branch means something on AMD only (SL-62)";
	return NULL;
}

static const char *row_reason(const struct insn_form *f)
{
	for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
		if (skipped[i].insn == f->insn)
			return skipped[i].why;
	return NULL;
}

static void skip(struct insn_form *f, enum skip how, const char *why)
{
	f->skip = how;
	f->why = why;
}

void rows_choose(struct insn_form *f, const struct decoded *z, bool same_vendor, bool faults)
{
	const char *why = row_reason(f);
	if (!why)
		why = odd_form(z, same_vendor);
	if (why)
		skip(f, SKIP_ROW, why);
	else if (!faults && (always_faults(f) || names_system_register(z)))
		skip(f, SKIP_ROW, "always faults: the signal oracle compares it");
	else if (f->feature >= 0 && !native_has(&feature_texts[f->feature]))
		skip(f, SKIP_HOST, "the processor does not have it");
}

/* ---- undefined results ---- */

static unsigned count_of(const struct test *t, const struct decoded *z, unsigned operand)
{
	const ZydisDecodedOperand *o = &z->o[operand];
	if (o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
		return (unsigned)o->imm.value.u;
	return (unsigned)t->r.gpr[RCX];
}

/* OF is that of a shift by 1; CF is lost when more than all bits are shifted out; AF never means anything. With a count
 * of 0 nothing changes [SDM vol. 2, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR]. */
static void shift_undefined(const struct test *t, const struct decoded *z, struct undefined *u)
{
	const unsigned size = z->o[0].size, count = count_of(t, z, 1) & (size == 64 ? 63 : 31);
	const ZydisMnemonic m = z->i.mnemonic;
	if (count == 0)
		u->rflags = 0;
	else if (count == 1)
		u->rflags &= ~(uint64_t)FLAG_OF;
	if ((m == ZYDIS_MNEMONIC_SHL || m == ZYDIS_MNEMONIC_SHR) && count >= size)
		u->rflags |= FLAG_CF;
}

static void undefine_destination(const struct decoded *z, struct undefined *u)
{
	if (z->o[0].type == ZYDIS_OPERAND_TYPE_MEMORY)
		u->memory = true;
	else
		u->gpr |= 1u << ZydisRegisterGetId(z->o[0].reg.value);
}

/* With a count above the operand size the result is undefined too [SDM vol. 2, SHLD]. */
static void double_shift_undefined(const struct test *t, const struct decoded *z, bool same_vendor, struct undefined *u)
{
	const unsigned size = z->o[0].size, count = count_of(t, z, 2) & (size == 64 ? 63 : 31);
	if (count == 0)
		u->rflags = 0;
	else if (count == 1)
		u->rflags &= ~(uint64_t)FLAG_OF;
	if (count <= size)
		return;
	u->rflags |= FLAGS_ARITHMETIC;
	if (!same_vendor)
		undefine_destination(z, u);
}

static uint64_t source_of(const struct test *t, const struct decoded *z)
{
	const ZydisDecodedOperand *o = &z->o[1];
	uint64_t mask = ~0ull >> (64 - o->size), value = 0;
	if (o->type == ZYDIS_OPERAND_TYPE_REGISTER)
		return t->r.gpr[ZydisRegisterGetId(o->reg.value)] & mask;
	memcpy(&value, t->patch[0].bytes, 8);
	return value & mask;
}

/* A store of an MMX register whose access faults has set TOP or the tags on Intel's processors, as their specification
 * updates say; the manuals have faults change nothing [SDM vol. 3, 6.5]. */
static bool stores_mmx(const struct decoded *z)
{
	for (unsigned i = 0; i < z->i.operand_count_visible; i++)
		if (z->o[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    ZydisRegisterGetClass(z->o[i].reg.value) == ZYDIS_REGCLASS_MMX &&
		    (z->o[0].type == ZYDIS_OPERAND_TYPE_MEMORY || z->i.mnemonic == ZYDIS_MNEMONIC_MASKMOVQ))
			return true;
	return false;
}

/* Some of a store of more than 8 bytes may be done when another part of it faults [SDM vol. 3, 8.1.1], and XRSTOR finds
 * an MXCSR that it must not load when it has loaded registers (measured on an Intel core). ringstep does neither. */
static void leave_parts_open(const struct insn_form *f, const struct decoded *z, struct undefined *u)
{
	const bool pops = f->insn == INSN_FSTP || f->insn == INSN_FBSTP;
	u->memory |= pops && z->o[0].type == ZYDIS_OPERAND_TYPE_MEMORY && z->o[0].size == 80;
	u->vectors = f->insn == INSN_XRSTOR || f->insn == INSN_XRSTOR64;
}

void rows_undefined(const struct test *t, const struct decoded *z, const struct end *native, bool same_vendor,
		    struct undefined *u)
{
	*u = (struct undefined){ .rflags = native->vector == NO_EVENT ? insn_rows[t->form->insn].flags_undefined : 0 };
	switch (t->form->insn) {
	case INSN_ROL:
	case INSN_ROR:
	case INSN_RCL:
	case INSN_RCR:
	case INSN_SHL:
	case INSN_SHR:
	case INSN_SAR:
		shift_undefined(t, z, u);
		break;
	case INSN_SHLD:
	case INSN_SHRD:
		double_shift_undefined(t, z, same_vendor, u);
		break;
	case INSN_BSF:
	case INSN_BSR: /* AMD: unchanged; Intel: undefined */
		if (source_of(t, z) == 0 && !same_vendor)
			undefine_destination(z, u);
		break;
	case INSN_BSWAP:
		if (z->o[0].size == 16)
			undefine_destination(z, u);
		break;
	default:
		break;
	}
	if (native->vector != NO_EVENT)
		leave_parts_open(t->form, z, u);
	/* A long operand may wrap with its effective address or not [SDM vol. 1, 3.3.7.1]. */
	u->cr2 = z->i.address_width == 32 ? ~0ull << 32 : 0;
	u->top = native->vector != NO_EVENT && t->form->vectors && stores_mmx(z);
	if (native->vector != NO_EVENT)
		u->rflags |= native->vector == VEC_DE ? FLAGS_ARITHMETIC : 0;
}
