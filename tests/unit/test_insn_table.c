/* test_insn_table.c - insn.def against what Zydis knows of the same mnemonics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <Zydis/Zydis.h>
#include <cmocka.h>

#include "cpu/isa/insn.h"
#include "cpu/profile.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define ZYDIS_MNEMONIC_MOVSDX ZYDIS_MNEMONIC_MOVSD
#define ZYDIS_MNEMONIC_CMPSDX ZYDIS_MNEMONIC_CMPSD
#define ZYDIS_MNEMONIC_FENI ZYDIS_MNEMONIC_FENI8087_NOP
#define ZYDIS_MNEMONIC_FDISI ZYDIS_MNEMONIC_FDISI8087_NOP
#define ZYDIS_MNEMONIC_FSETPM ZYDIS_MNEMONIC_FSETPM287_NOP
static const ZydisMnemonic mnemonics[INSN_COUNT] = {
#define I(name, ...) [INSN_##name] = ZYDIS_MNEMONIC_##name,
#include "cpu/isa/insn.def"
#undef I
};

/* What all forms of one row have said. */
struct seen {
	unsigned forms;
	bool lockable, unprivileged;
	ZydisAccessedFlags flags; /* of all forms together */
};

static struct seen seen[INSN_COUNT];

static void add_flags(ZydisAccessedFlags *all, const ZydisAccessedFlags *one)
{
	if (!one)
		return;
	all->tested |= one->tested;
	all->modified |= one->modified | one->set_0 | one->set_1;
	all->undefined |= one->undefined;
}

static void look_at(struct seen *to, const ZydisDecodedInstruction *z)
{
	/* with them the flags of an iteration are added */
	const ZydisInstructionAttributes repeated =
	    ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;

	to->forms++;
	to->lockable |= !!(z->attributes & ZYDIS_ATTRIB_ACCEPTS_LOCK);
	to->unprivileged |= !(z->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED);
	if (!(z->attributes & repeated))
		add_flags(&to->flags, z->cpu_flags);
}

/* The rows of each mnemonic; at most two. */
static int16_t rows_of[ZYDIS_MNEMONIC_MAX_VALUE + 1][2];

static bool is_twin(int row)
{
	return !strcmp(insn_rows[row].name, "MOVSDX") || !strcmp(insn_rows[row].name, "CMPSDX");
}

/* Zydis adds to the name for which coprocessor it was an instruction. */
static bool is_shortened(ZydisMnemonic mnemonic)
{
	return mnemonic == ZYDIS_MNEMONIC_FENI || mnemonic == ZYDIS_MNEMONIC_FDISI || mnemonic == ZYDIS_MNEMONIC_FSETPM;
}

/* MOVSD and CMPSD are each a row of strings and one of vectors, NAMEX. */
static bool is_row(int row, const ZydisDecodedInstruction *z)
{
	bool vector = z->opcode_map == ZYDIS_OPCODE_MAP_0F;

	if (row < 0 || rows_of[z->mnemonic][1] < 0)
		return row >= 0;
	return vector == is_twin(row);
}

/* What is decoded and has no row, with the extension that it is of. */
static ZydisISAExt rowless[ZYDIS_MNEMONIC_MAX_VALUE + 1];

static void try_bytes(const ZydisDecoder *decoder, const uint8_t *bytes)
{
	ZydisDecodedInstruction z;

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder, NULL, bytes, 15, &z)))
		return;
	if (rows_of[z.mnemonic][0] < 0)
		rowless[z.mnemonic] = z.meta.isa_ext;
	for (unsigned i = 0; i < 2; i++)
		if (is_row(rows_of[z.mnemonic][i], &z))
			look_at(&seen[rows_of[z.mnemonic][i]], &z);
}

/* Each opcode of a map with each ModRM byte; `at` bytes of prefixes and escapes stand before it. */
static void try_opcodes(const ZydisDecoder *decoder, uint8_t *bytes, unsigned at)
{
	for (unsigned opcode = 0; opcode < 256; opcode++)
		for (unsigned modrm = 0; modrm < 256; modrm++) {
			bytes[at] = (uint8_t)opcode;
			bytes[at + 1] = (uint8_t)modrm;
			if (modrm >> 6 == 0 || modrm >> 6 == 3)
				try_bytes(decoder, bytes);
		}
}

static void try_legacy(const ZydisDecoder *decoder, bool wide)
{
	static const uint8_t prefixes[] = { 0, 0x66, 0xf2, 0xf3 };
	static const uint8_t escapes[][2] = { { 0 }, { 0x0f }, { 0x0f, 0x38 }, { 0x0f, 0x3a } };

	for (unsigned i = 0; i < 4 * 4 * 2; i++) {
		uint8_t bytes[16] = { 0 };
		const uint8_t *escape = escapes[i >> 2 & 3];
		unsigned at = 0;
		if (prefixes[i & 3])
			bytes[at++] = prefixes[i & 3];
		if (i >> 4 && wide)
			bytes[at++] = 0x48; /* REX.W */
		else if (i >> 4)
			bytes[at++] = 0x67;
		for (unsigned k = 0; k < 2 && escape[k]; k++)
			bytes[at++] = escape[k];
		try_opcodes(decoder, bytes, at);
	}
}

/* VEX.vvvv names register 0, and none where that is refused. */
static void try_vex(const ZydisDecoder *decoder)
{
	for (unsigned map = 1; map <= 3; map++)
		for (unsigned fields = 0; fields < 16; fields++)
			for (unsigned vvvv = 8; vvvv < 16; vvvv += 7) {
				uint8_t third = (uint8_t)((fields & 7) | vvvv << 3 | (fields & 8) << 4);
				uint8_t bytes[16] = { 0xc4, (uint8_t)(0xe0 | map), third };
				try_opcodes(decoder, bytes, 3);
			}
}

static int look_everywhere(void **unused)
{
	ZydisDecoder wide, narrow;

	(void)unused;
	memset(rows_of, 0xff, sizeof(rows_of));
	for (int16_t i = 0; i < INSN_COUNT; i++)
		rows_of[mnemonics[i]][rows_of[mnemonics[i]][0] >= 0] = i;
	ZydisDecoderInit(&wide, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisDecoderInit(&narrow, ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32);
	try_legacy(&wide, true);
	try_legacy(&narrow, false);
	try_vex(&wide);
	return 0;
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
	{ INSN_VPTEST, ABOUT_WRITTEN, "OF, SF, AF and PF are cleared [SDM vol. 2, PTEST]; of PTEST Zydis knows it" },
	{ INSN_VTESTPS, ABOUT_WRITTEN, "OF, SF, AF and PF are cleared [SDM vol. 2, VTESTPD/VTESTPS]" },
	{ INSN_VTESTPD, ABOUT_WRITTEN, "OF, SF, AF and PF are cleared [SDM vol. 2, VTESTPD/VTESTPS]" },
	{ INSN_SYSRET, ABOUT_PRIVILEGE, "checked in its order among the rows of the transition (SR-01, SR-04)" },
	{ INSN_SYSEXIT, ABOUT_PRIVILEGE, "checked in its order among the rows of the transition (SX-01, SX-02)" },
	{ INSN_SWAPGS, ABOUT_PRIVILEGE, "checked in its order among the rows of the transition (SG-02, SG-03)" },
	{ INSN_LGDT, ABOUT_PRIVILEGE, "#GP(0) unless CPL is 0 [SDM vol. 2, LGDT/LIDT]; Zydis knows it of LIDT only" },
	{ INSN_CLAC, ABOUT_PRIVILEGE, "#UD, not #GP(0), unless CPL is 0 [SDM vol. 2, CLAC]" },
	{ INSN_STAC, ABOUT_PRIVILEGE, "#UD, not #GP(0), unless CPL is 0 [SDM vol. 2, STAC]" },
	{ INSN_XSAVES, ABOUT_PRIVILEGE, "checked after CR4.OSXSAVE and CR0.TS, whose exceptions come first" },
	{ INSN_XSAVES64, ABOUT_PRIVILEGE, "checked after CR4.OSXSAVE and CR0.TS, whose exceptions come first" },
	{ INSN_XRSTORS, ABOUT_PRIVILEGE, "checked after CR4.OSXSAVE and CR0.TS, whose exceptions come first" },
	{ INSN_XRSTORS64, ABOUT_PRIVILEGE, "checked after CR4.OSXSAVE and CR0.TS, whose exceptions come first" },
	{ INSN_MONITOR, ABOUT_PRIVILEGE,
	  "#UD, not #GP(0), unless CPL is 0 or HWCR lets users [SDM vol. 2, APM vol. 3]" },
	{ INSN_MWAIT, ABOUT_PRIVILEGE, "#UD, not #GP(0), unless CPL is 0 or HWCR lets users [SDM vol. 2, APM vol. 3]" },
	{ INSN_XSETBV, ABOUT_PRIVILEGE, "checked after CR4.OSXSAVE, whose #UD comes first [SDM vol. 2, XSETBV]" },
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
		if (!seen[i].forms)
			fail_msg("no form of %s is decoded", insn_rows[i].name);
		forms += seen[i].forms;
	}
	assert_true(forms > 4 * INSN_COUNT); /* or the walk above has rotted */
}

static void flags_agree_with_zydis(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		const struct insn_row *r = &insn_rows[i];
		ZydisAccessedFlags z = seen[i].flags;
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
		if (!!(insn_rows[i].traits & I_LOCK) != seen[i].lockable)
			fail_msg("%s and Zydis disagree about LOCK", insn_rows[i].name);
}

/* A row is privileged if all its forms are; MOV to a control register sees to itself. */
static void privilege_agrees_with_zydis(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		bool ours = insn_rows[i].traits & I_CPL0, zydis = !seen[i].unprivileged;
		if ((ours != zydis) != is_exception((enum insn)i, ABOUT_PRIVILEGE))
			fail_msg("%s and Zydis disagree about privilege", insn_rows[i].name);
	}
}

/* The names are Zydis' own; two rows of one mnemonic would hide each other. */
static void insn_names_are_zydis_mnemonics(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		const char *name = ZydisMnemonicGetString(mnemonics[i]);
		bool second = is_twin(i);
		size_t ours = strlen(insn_rows[i].name), common = ours < strlen(name) ? ours : strlen(name);
		assert_int_equal(strncasecmp(name, insn_rows[i].name, common), 0);
		assert_true(second || is_shortened(mnemonics[i]) || ours == strlen(name));
		for (int k = 0; k < i; k++)
			assert_true(mnemonics[i] != mnemonics[k] || second);
	}
}

/* The extensions that no profile shows: hidden, or without a row of features.def at all. */
static const struct {
	ZydisISAExt extension;
	int hidden; /* enum feature, or FEATURE_NONE */
} unshown[] = {
	{ ZYDIS_ISA_EXT_GFNI, FEATURE_GFNI },      { ZYDIS_ISA_EXT_VTX, FEATURE_VMX },
	{ ZYDIS_ISA_EXT_VMFUNC, FEATURE_VMX },     { ZYDIS_ISA_EXT_SVM, FEATURE_SVM },
	{ ZYDIS_ISA_EXT_AMD3DNOW, FEATURE_3DNOW }, { ZYDIS_ISA_EXT_AVX512VEX, FEATURE_AVX512F },
	{ ZYDIS_ISA_EXT_AVX_VNNI, FEATURE_NONE },  { ZYDIS_ISA_EXT_AMD_INVLPGB, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_AMX_BF16, FEATURE_NONE },  { ZYDIS_ISA_EXT_AMX_INT8, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_AMX_TILE, FEATURE_NONE },  { ZYDIS_ISA_EXT_CET, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_CLDEMOTE, FEATURE_NONE },  { ZYDIS_ISA_EXT_ENQCMD, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_FMA4, FEATURE_NONE },      { ZYDIS_ISA_EXT_HRESET, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_KEYLOCKER, FEATURE_NONE }, { ZYDIS_ISA_EXT_KEYLOCKER_WIDE, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_KNC, FEATURE_NONE },       { ZYDIS_ISA_EXT_KNCV, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_MCOMMIT, FEATURE_NONE },   { ZYDIS_ISA_EXT_MONITORX, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_MOVDIR, FEATURE_NONE },    { ZYDIS_ISA_EXT_MPX, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_PADLOCK, FEATURE_NONE },   { ZYDIS_ISA_EXT_PCONFIG, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_PT, FEATURE_NONE },        { ZYDIS_ISA_EXT_RDPRU, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_RTM, FEATURE_NONE },       { ZYDIS_ISA_EXT_SERIALIZE, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_SGX, FEATURE_NONE },       { ZYDIS_ISA_EXT_SGX_ENCLV, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_SMX, FEATURE_NONE },       { ZYDIS_ISA_EXT_SNP, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_TDX, FEATURE_NONE },       { ZYDIS_ISA_EXT_TSX_LDTRK, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_UINTR, FEATURE_NONE },     { ZYDIS_ISA_EXT_WAITPKG, FEATURE_NONE },
	{ ZYDIS_ISA_EXT_XOP, FEATURE_NONE },
};

static bool is_unshown(ZydisISAExt extension)
{
	for (size_t i = 0; i < COUNT(unshown); i++)
		if (unshown[i].extension == extension)
			return unshown[i].hidden < 0 || !feature_texts[unshown[i].hidden].shown;
	return false;
}

/* What has no row is #UD: it must be of an extension that no profile shows. */
static void rowless_mnemonics_are_undefined(void **unused)
{
	(void)unused;
	for (int i = 0; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++)
		if (rowless[i] && !is_unshown(rowless[i]))
			fail_msg("%s has no row, and %s is shown", ZydisMnemonicGetString((ZydisMnemonic)i),
				 ZydisISAExtGetString(rowless[i]));
}

static void insn_rows_are_whole(void **unused)
{
	(void)unused;
	for (int i = 0; i < INSN_COUNT; i++) {
		const struct insn_row *r = &insn_rows[i];
		unsigned flags = r->flags_read | r->flags_written | r->flags_undefined;
		assert_true(r->pick && *r->page);
		assert_true((flags & ~FLAGS_ARITHMETIC) == 0);
		assert_true(r->feature >= FEATURE_NONE && r->feature < (int)FEATURE_COUNT + (int)FORMS_COUNT);
		assert_true(r->rule < RULE_COUNT);
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
		cmocka_unit_test(rowless_mnemonics_are_undefined),
		cmocka_unit_test(lock_agrees_with_zydis),
		cmocka_unit_test(privilege_agrees_with_zydis),
	};

	return cmocka_run_group_tests(tests, look_everywhere, NULL);
}
