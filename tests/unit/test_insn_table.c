/* test_insn_table.c - insn.def against what Zydis knows of the same mnemonics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <strings.h>

#include <Zydis/Zydis.h>
#include <cmocka.h>

#include "cpu/isa/insn.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const ZydisMnemonic mnemonics[INSN_COUNT] = {
#define I(name, ...) [INSN_##name] = ZYDIS_MNEMONIC_##name,
#include "cpu/isa/insn.def"
#undef I
};

/* Operands of which forms are tried; one of each kind and size that integer instructions take. */
struct trial {
	ZydisOperandType type;
	int value; /* register, size of a memory operand in bytes, or immediate */
};

#define REG(name) { ZYDIS_OPERAND_TYPE_REGISTER, ZYDIS_REGISTER_##name }
#define MEM(size) { ZYDIS_OPERAND_TYPE_MEMORY, size }
#define IMM(value) { ZYDIS_OPERAND_TYPE_IMMEDIATE, value }

static const struct trial trials[] = {
	REG(BL), REG(BX), REG(EBX), REG(RBX), REG(AL), REG(AX), REG(EAX), REG(CL), REG(DX), REG(FS), REG(CR0), REG(DR0),
	MEM(0), MEM(1), MEM(2), MEM(4), MEM(6), MEM(8), MEM(10), MEM(16), MEM(64), IMM(5), IMM(0x12345),
	{ ZYDIS_OPERAND_TYPE_POINTER, 0 },
};

enum { TRIALS = COUNT(trials), MOST_OPERANDS = 3 };

/* What all forms of one row have said. */
struct seen {
	unsigned forms;
	bool lockable, unprivileged;
	ZydisAccessedFlags flags; /* of all forms together */
};

static ZydisEncoderOperand operand(const struct trial *t, bool wide)
{
	ZydisEncoderOperand o = { .type = t->type };

	if (t->type == ZYDIS_OPERAND_TYPE_REGISTER)
		o.reg.value = (ZydisRegister)t->value;
	else if (t->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
		o.imm.s = t->value;
	else if (t->type == ZYDIS_OPERAND_TYPE_MEMORY)
		o.mem.base = wide ? ZYDIS_REGISTER_RDI : ZYDIS_REGISTER_EDI;
	o.mem.size = t->type == ZYDIS_OPERAND_TYPE_MEMORY ? (ZyanU16)t->value : 0;
	return o;
}

static void add_flags(ZydisAccessedFlags *all, const ZydisAccessedFlags *one)
{
	if (!one)
		return;
	all->tested |= one->tested;
	all->modified |= one->modified | one->set_0 | one->set_1;
	all->undefined |= one->undefined;
}

static void look_at(struct seen *seen, const ZydisDecodedInstruction *z)
{
	seen->forms++;
	seen->lockable |= !!(z->attributes & ZYDIS_ATTRIB_ACCEPTS_LOCK);
	seen->unprivileged |= !(z->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED);
	add_flags(&seen->flags, z->cpu_flags);
}

/* Encodes and decodes one form, if it exists. */
static void try_form(struct seen *seen, ZydisEncoderRequest *request)
{
	bool wide = request->machine_mode == ZYDIS_MACHINE_MODE_LONG_64;
	uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
	ZyanUSize size = sizeof bytes;
	ZydisDecoder decoder;
	ZydisDecodedInstruction z;

	ZydisDecoderInit(&decoder, request->machine_mode, wide ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32);
	if (ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(request, bytes, &size)) &&
	    ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes, size, &z)) &&
	    z.mnemonic == request->mnemonic)
		look_at(seen, &z);
}

/* All combinations of operands; the third one is tried only where two have something to go with. */
static void try_operands(struct seen *seen, ZydisEncoderRequest *request)
{
	bool wide = request->machine_mode == ZYDIS_MACHINE_MODE_LONG_64;

	try_form(seen, request);
	if (request->operand_count == MOST_OPERANDS)
		return;
	for (size_t i = 0; i < TRIALS; i++) {
		request->operands[request->operand_count++] = operand(&trials[i], wide);
		try_operands(seen, request);
		request->operand_count--;
	}
}

static struct seen look_up(enum insn insn)
{
	static const ZydisMachineMode modes[] = { ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_MACHINE_MODE_LONG_COMPAT_32 };
	struct seen seen = { 0 };

	for (size_t i = 0; i < COUNT(modes); i++) {
		ZydisEncoderRequest request = { .machine_mode = modes[i], .mnemonic = mnemonics[insn] };
		try_operands(&seen, &request);
	}
	return seen;
}

/* Where Zydis and the manuals differ, or where a row's privilege check stands elsewhere. */
enum about { ABOUT_WRITTEN, ABOUT_UNDEFINED, ABOUT_PRIVILEGE };

static const struct {
	enum insn insn;
	enum about about;
	const char *why;
} exceptions[] = {
	{ INSN_SBB, ABOUT_UNDEFINED, "AF is set according to the result [SDM vol. 2, SBB]; Zydis calls it undefined" },
	{ INSN_BEXTR, ABOUT_UNDEFINED, "CF and OF are cleared [SDM vol. 2, BEXTR]; Zydis calls them undefined" },
	{ INSN_RSM, ABOUT_WRITTEN, "#UD outside system-management mode; Zydis tells what it does inside" },
	{ INSN_SYSRET, ABOUT_PRIVILEGE, "checked in its order among the rows of the transition (SR-01, SR-04)" },
	{ INSN_SYSEXIT, ABOUT_PRIVILEGE, "checked in its order among the rows of the transition (SX-01, SX-02)" },
	{ INSN_SWAPGS, ABOUT_PRIVILEGE, "checked in its order among the rows of the transition (SG-02, SG-03)" },
	{ INSN_LGDT, ABOUT_PRIVILEGE, "#GP(0) unless CPL is 0 [SDM vol. 2, LGDT/LIDT]; Zydis knows it of LIDT only" },
	{ INSN_CLAC, ABOUT_PRIVILEGE, "#UD, not #GP(0), unless CPL is 0 [SDM vol. 2, CLAC]" },
	{ INSN_STAC, ABOUT_PRIVILEGE, "#UD, not #GP(0), unless CPL is 0 [SDM vol. 2, STAC]" },
};

static bool is_exception(enum insn insn, enum about about)
{
	for (size_t i = 0; i < COUNT(exceptions); i++)
		if (exceptions[i].insn == insn && exceptions[i].about == about)
			return true;
	return false;
}

static void each_row_has_a_form(void **unused)
{
	unsigned forms = 0;

	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		struct seen seen = look_up((enum insn)i);
		if (!seen.forms)
			fail_msg("no form of %s could be encoded", insn_rows[i].name);
		forms += seen.forms;
	}
	assert_true(forms > 4 * INSN_COUNT); /* or the trials above have rotted */
}

static void flags_agree_with_zydis(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		const struct insn_row *r = &insn_rows[i];
		ZydisAccessedFlags z = look_up((enum insn)i).flags;
		unsigned undefined = z.undefined & FLAGS_ARITHMETIC, written = z.modified & FLAGS_ARITHMETIC;
		if (r->flags_read != (z.tested & FLAGS_ARITHMETIC))
			fail_msg("%s reads %x; Zydis: %x", r->name, r->flags_read, z.tested);
		bool differs = (r->flags_written | r->flags_undefined) != (written | undefined);
		if (differs != is_exception((enum insn)i, ABOUT_WRITTEN))
			fail_msg("%s changes %x; Zydis: %x", r->name, r->flags_written | r->flags_undefined,
			         written | undefined);
		if ((r->flags_undefined != undefined) != is_exception((enum insn)i, ABOUT_UNDEFINED))
			fail_msg("%s leaves %x undefined; Zydis: %x", r->name, r->flags_undefined, undefined);
	}
}

/* XCHG locks with a memory operand whether or not it has the prefix; Zydis takes it for lockable as well. */
static void lock_agrees_with_zydis(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++)
		if (!!(insn_rows[i].traits & I_LOCK) != look_up((enum insn)i).lockable)
			fail_msg("%s and Zydis disagree about LOCK", insn_rows[i].name);
}

/* A row is privileged if all its forms are; MOV to a control register sees to itself. */
static void privilege_agrees_with_zydis(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		bool ours = insn_rows[i].traits & I_CPL0, zydis = !look_up((enum insn)i).unprivileged;
		if ((ours != zydis) != is_exception((enum insn)i, ABOUT_PRIVILEGE))
			fail_msg("%s and Zydis disagree about privilege", insn_rows[i].name);
	}
}

/* The names are Zydis' own; two rows of one mnemonic would hide each other. */
static void insn_names_are_zydis_mnemonics(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		assert_int_equal(strcasecmp(ZydisMnemonicGetString(mnemonics[i]), insn_rows[i].name), 0);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(mnemonics[i], mnemonics[k]);
	}
}

static void insn_rows_are_whole(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		const struct insn_row *r = &insn_rows[i];
		unsigned flags = r->flags_read | r->flags_written | r->flags_undefined;
		assert_true(r->pick && *r->page);
		assert_true((flags & ~FLAGS_ARITHMETIC) == 0);
		assert_true(r->feature >= -1 && r->feature < (int)FEATURE_COUNT && r->rule < RULE_COUNT);
		if ((r->traits & I_SETS_RIP) && !(r->traits & I_ENDS))
			fail_msg("%s sets RIP and does not end its block", r->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(insn_names_are_zydis_mnemonics),
		cmocka_unit_test(insn_rows_are_whole),
		cmocka_unit_test(each_row_has_a_form),
		cmocka_unit_test(flags_agree_with_zydis),
		cmocka_unit_test(lock_agrees_with_zydis),
		cmocka_unit_test(privilege_agrees_with_zydis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
