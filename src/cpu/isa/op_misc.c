/* op_misc.c - flag instructions, decimal adjustment, bounds, and the handlers that serve any row. */
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

/* ---- any row ---- */

OP(unimplemented)
{
	cpu_fault_missing(cpu, "this instruction");
	cpu->fault.length = u->len;
	return op_faulted(HOT_ARGS);
}

OP(undefined)
{
	const struct insn_row *row = &insn_rows[u->insn];
	enum rule by_lock = row->traits & I_LOCK_RULE ? (enum rule)row->rule : RULE_EX_02;
	FAULT(VEC_UD, NO_CODE, u->flags & UOP_LOCK ? by_lock : RULE_NONE);
}

/* Bytes without a row; the decoder has put the rule there. */
OP(no_instruction)
{
	FAULT(VEC_UD, NO_CODE, (enum rule)u->imm);
}

OP(not_protected)
{
	FAULT(VEC_UD, NO_CODE, RULE_SL_30);
}

OP(privileged)
{
	FAULT(VEC_GP, 0, (enum rule)insn_rows[u->insn].rule);
}

OP(too_long)
{
	FAULT(VEC_GP, 0, RULE_EX_03);
}

OP(nothing)
{
	NEXT();
}
PICK_ONE(nothing)

PICK(ud)
{
	(void)arg;
	(void)u;
	s->ends = true;
	return op_undefined;
}

/* The line must be there as for a read; the caches themselves are not modelled. */
static bool touch_line(struct cpu *cpu, const struct uop *u)
{
	uint64_t unused;
	return mem_read(cpu, u, 1, &unused);
}

HANDLER(clflush, touch_line(cpu, u))
PICK_ONE(clflush)

/* The line that holds the byte at rAX; checks are those of a store to all of it [APM vol. 3, CLZERO]. */
static bool zero_line(struct cpu *cpu, const struct uop *u)
{
	static const uint8_t zeroes[64];
	const uint64_t at = ea_effective(cpu, u) + cpu->st.seg[u->seg].base;
	struct uop line = *u;
	uint64_t address;
	line.disp = -(int64_t)(at & (sizeof zeroes - 1));
	return ea_linear(cpu, &line, sizeof zeroes, SEG_FOR_WRITE, &address) &&
	       linear_write_bytes(cpu, address, sizeof zeroes, 1, u->flags & UOP_STACK_SEGMENT, zeroes);
}

HANDLER(clzero, zero_line(cpu, u))
PICK_ONE(clzero)

/* ---- flags ---- */

static OP(clc)
{
	flags_set_cf(&cpu->lf, false);
	NEXT();
}

static OP(stc)
{
	flags_set_cf(&cpu->lf, true);
	NEXT();
}

static OP(cmc)
{
	flags_set_cf(&cpu->lf, !flag_cf(&cpu->lf));
	NEXT();
}

static OP(cld)
{
	cpu->st.rflags &= ~(uint64_t)FLAG_DF;
	NEXT();
}

static OP(std)
{
	cpu->st.rflags |= FLAG_DF;
	NEXT();
}

static OP(lahf)
{
	reg_set(cpu, RAX * 8 + 1, 1, flags_arithmetic(&cpu->lf) | FLAG_1); /* OF does not fit into the byte */
	NEXT();
}

static OP(sahf)
{
	flags_put(&cpu->lf, FLAGS_ARITHMETIC & ~FLAG_OF, (uint32_t)reg_get(cpu, RAX * 8 + 1, 1));
	NEXT();
}

PICK(flag)
{
	static op_fn *const fns[] = { [FLAG_OP_CLC] = op_clc,   [FLAG_OP_STC] = op_stc,   [FLAG_OP_CMC] = op_cmc,
	                              [FLAG_OP_CLD] = op_cld,   [FLAG_OP_STD] = op_std,   [FLAG_OP_LAHF] = op_lahf,
	                              [FLAG_OP_SAHF] = op_sahf };
	bool in_ah = arg == FLAG_OP_LAHF || arg == FLAG_OP_SAHF;
	(void)u;
	if (in_ah && s->mode_64 && !profile_has(s->profile, FEATURE_LAHF64))
		return op_undefined;
	return fns[arg];
}

/* ---- decimal adjustment [SDM vol. 2, AAA AAD AAM AAS DAA DAS] ---- */

enum { AL = RAX * 8, AH = RAX * 8 + 1 };

/* SF, ZF and PF of AL, with the given carries. OF is undefined and reads 0. */
static void decimal_flags(struct cpu *cpu, bool cf, bool af)
{
	cpu->lf.res = sign_extend(reg_get(cpu, AL, 1), 1);
	cpu->lf.aux = af ? AUX_AF : 0;
	flags_set_cf_of(&cpu->lf, cf, false);
}

static bool nibble_exceeds(struct cpu *cpu)
{
	return (reg_get(cpu, AL, 1) & 15) > 9 || flag_af(&cpu->lf);
}

static void ascii_adjust(struct cpu *cpu, uint64_t by)
{
	bool adjust = nibble_exceeds(cpu);
	if (adjust)
		reg_set(cpu, AL, 2, reg_get(cpu, AL, 2) + by);
	reg_set(cpu, AL, 1, reg_get(cpu, AL, 1) & 15);
	decimal_flags(cpu, adjust, adjust);
}

static OP(aaa)
{
	ascii_adjust(cpu, 0x106);
	NEXT();
}

static OP(aas)
{
	ascii_adjust(cpu, -0x106ull);
	NEXT();
}

static void decimal_adjust(struct cpu *cpu, bool subtract)
{
	uint64_t old = reg_get(cpu, AL, 1), al = old;
	bool cf = old > 0x99 || flag_cf(&cpu->lf), low = nibble_exceeds(cpu);
	bool borrow = subtract && low && old < 6;
	uint64_t by = (low ? 6u : 0u) + (cf ? 0x60u : 0u);
	al = subtract ? al - by : al + by;
	reg_set(cpu, AL, 1, al);
	decimal_flags(cpu, cf || borrow, low);
}

static OP(daa)
{
	decimal_adjust(cpu, false);
	NEXT();
}

static OP(das)
{
	decimal_adjust(cpu, true);
	NEXT();
}

static OP(aam)
{
	unsigned base = (uint8_t)u->imm, al = (unsigned)reg_get(cpu, AL, 1);
	if (!base)
		FAULT(VEC_DE, NO_CODE, RULE_NONE);
	reg_set(cpu, AH, 1, al / base);
	reg_set(cpu, AL, 1, al % base);
	decimal_flags(cpu, false, false);
	NEXT();
}

static OP(aad)
{
	uint64_t al = reg_get(cpu, AL, 1) + reg_get(cpu, AH, 1) * (uint8_t)u->imm;
	reg_set(cpu, AL, 2, al & 0xff);
	decimal_flags(cpu, false, false);
	NEXT();
}

PICK(bcd)
{
	static op_fn *const fns[] = { [BCD_AAA] = op_aaa, [BCD_AAS] = op_aas, [BCD_AAM] = op_aam,
	                              [BCD_AAD] = op_aad, [BCD_DAA] = op_daa, [BCD_DAS] = op_das };
	(void)s;
	(void)u;
	return fns[arg];
}

/* ---- bounds and privilege adjustment (not in 64-bit mode) ---- */

/* An index below the lower bound is told before the upper one is read (measured on an Intel core). */
static bool check_bounds(struct cpu *cpu, const struct uop *u)
{
	unsigned size = u->size;
	int64_t index = sign_extend(reg_get(cpu, u->dst, size), size);
	uint64_t low, high;
	if (!mem_read(cpu, u, size, &low))
		return false;
	if (index < sign_extend(low, size))
		return cpu_fault(cpu, VEC_BR, NO_CODE, RULE_NONE);
	if (!mem_read_behind(cpu, u, size, size, &high))
		return false;
	return index <= sign_extend(high, size) || cpu_fault(cpu, VEC_BR, NO_CODE, RULE_NONE);
}

HANDLER(bound, check_bounds(cpu, u))
PICK_ONE(bound)

/* RPL of the destination rises to that of the source; it is read first and written only if it changes. */
static bool adjust_rpl(struct cpu *cpu, const struct uop *u)
{
	uint64_t v, rpl = reg_get(cpu, u->src, 2) & 3;
	if (!rm_read(cpu, u, 2, &v))
		return false;
	bool raise = (v & 3) < rpl;
	if (raise && !rm_write(cpu, u, 2, (v & ~3ull) | rpl))
		return false;
	flags_put(&cpu->lf, FLAG_ZF, raise ? FLAG_ZF : 0);
	return true;
}

HANDLER(arpl, adjust_rpl(cpu, u))
PICK_ONE(arpl)
