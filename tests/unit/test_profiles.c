/* test_profiles.c - each processor model against itself: CPUID, sizes, features, behaviours, registers. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/cpu.h"
#include "msr/msr.h"
#include "ringstep.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define EXTENDED 0x80000000u

static bool is_of(const struct rs_profile *p, const char *family)
{
	return strncmp(p->name, family, strlen(family)) == 0;
}

static void cpuid(const struct rs_profile *p, uint32_t leaf, uint32_t reg[4])
{
	profile_cpuid(p, leaf, 0, reg);
}

static bool has_leaf(const struct rs_profile *p, uint32_t leaf)
{
	return leaf <= profile_cpuid_last(p, leaf & EXTENDED);
}

/* ---- leaves of CPUID --------------------------------------------------------------------------------------------- */

static void check_leaf(const struct rs_profile *p, const struct cpuid_leaf *l)
{
	if (!has_leaf(p, l->leaf))
		fail_msg("%s: leaf %x lies behind the last one of its range", p->name, l->leaf);
	for (size_t i = 0; i < FEATURE_COUNT; i++) {
		const struct feature_text *f = &feature_texts[i];
		if (f->leaf == l->leaf && f->subleaf == l->subleaf && (l->reg[f->reg] >> f->bit & 1))
			fail_msg("%s: leaf %x has %s, which features.def decides", p->name, l->leaf, f->name);
	}
}

static void leaves_are_in_range(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < profile_count; p++)
		for (size_t i = 0; i < profiles[p]->cpuid_count; i++)
			check_leaf(profiles[p], &profiles[p]->cpuid[i]);
}

static void leaves_are_unique(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < profile_count; p++) {
		const struct cpuid_leaf *l = profiles[p]->cpuid;
		for (size_t i = 0; i < profiles[p]->cpuid_count; i++)
			for (size_t k = 0; k < i; k++)
				assert_false(l[i].leaf == l[k].leaf && l[i].subleaf == l[k].subleaf);
	}
}

/* A feature in a leaf that the profile does not have would be lost without a word. */
static void each_feature_has_its_leaf(void **unused)
{
	uint32_t r[4];

	(void)unused;
	for (size_t p = 0; p < profile_count; p++) {
		for (size_t i = 0; i < FEATURE_COUNT; i++) {
			const struct feature_text *f = &feature_texts[i];
			profile_cpuid(profiles[p], f->leaf, f->subleaf, r);
			if ((r[f->reg] >> f->bit & 1) != profile_shows(profiles[p], (enum feature)i))
				fail_msg("%s: CPUID is wrong about %s", profiles[p]->name, f->name);
			if (profiles[p]->has[i] && !has_leaf(profiles[p], f->leaf))
				fail_msg("%s: no leaf for %s", profiles[p]->name, f->name);
		}
	}
}

static void features_are_bits_of_their_own(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < FEATURE_COUNT; i++) {
		const struct feature_text *a = &feature_texts[i];
		for (size_t k = 0; k < i; k++) {
			const struct feature_text *b = &feature_texts[k];
			assert_string_not_equal(a->name, b->name);
			assert_false(a->leaf == b->leaf && a->subleaf == b->subleaf && a->reg == b->reg &&
			             a->bit == b->bit);
		}
	}
}

/* ---- who it is, and how wide ------------------------------------------------------------------------------------- */

static void check_identity(const struct rs_profile *p)
{
	uint32_t r[4];

	cpuid(p, 0, r);
	assert_memory_equal(&r[1], is_of(p, "amd-") ? "Auth" : "Genu", 4);
	assert_memory_equal(&r[3], is_of(p, "amd-") ? "enti" : "ineI", 4);
	assert_memory_equal(&r[2], is_of(p, "amd-") ? "cAMD" : "ntel", 4);
	cpuid(p, 1, r);
	assert_int_equal(r[0], p->reset_rdx);
	assert_int_equal(r[1], p->has[FEATURE_CLFSH] ? 0x800 : 0); /* lines of 64 bytes; APIC ID 0 */
}

/* Leaf 80000008h, and without it 36 physical bits by PAE and PSE36 [SDM vol. 3, 4.1.4]. */
static void check_sizes(const struct rs_profile *p)
{
	uint32_t r[4];

	cpuid(p, 0x80000008, r);
	if (has_leaf(p, 0x80000008))
		assert_int_equal(r[0] & 0xffff, p->linear_bits << 8 | p->physical_bits);
	else
		assert_true(p->physical_bits == 36 && p->has[FEATURE_PAE] && p->has[FEATURE_PSE36]);
	assert_int_equal(p->linear_bits, !p->has[FEATURE_LM] ? 32 : p->has[FEATURE_LA57] ? 57 : 48);
}

static void each_says_who_it_is_and_how_wide(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < profile_count; p++) {
		check_identity(profiles[p]);
		check_sizes(profiles[p]);
		assert_true(*profiles[p]->about && profiles[p]->tsc_per_cycle > 0);
		assert_ptr_equal(profile_find(profiles[p]->name), profiles[p]);
	}
	assert_string_equal(profiles[0]->name, "intel-skylake"); /* the default */
}

/* Text, ended by a zero byte, then zeroes; it says that this is no real processor. */
static void check_brand(const struct rs_profile *p)
{
	uint32_t r[3][4];
	char text[sizeof r];

	for (uint32_t i = 0; i < 3; i++)
		cpuid(p, 0x80000002 + i, r[i]);
	memcpy(text, r, sizeof text);
	size_t length = strnlen(text, sizeof text);
	assert_true(length < sizeof text);
	for (size_t i = 0; i < sizeof text; i++)
		assert_true(i < length ? isprint((unsigned char)text[i]) : text[i] == 0);
	assert_non_null(strstr(text, "by ringstep"));
	assert_int_equal(strncmp(text, is_of(p, "amd-") ? "AMD " : "Intel ", 4), 0);
}

static void brands_can_be_printed(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < profile_count; p++)
		if (has_leaf(profiles[p], 0x80000004))
			check_brand(profiles[p]);
		else
			assert_false(has_leaf(profiles[p], EXTENDED));
}

/* ---- what follows from what -------------------------------------------------------------------------------------- */

/* The manuals promise these, or a kernel counts on them [SDM vol. 1, 5 and 21; APM vol. 3, D]. */
static const struct {
	enum feature feature, needs;
} implied[] = {
	{ FEATURE_LM, FEATURE_PAE },         { FEATURE_LM, FEATURE_NX },        { FEATURE_LM, FEATURE_SYSCALL },
	{ FEATURE_LM, FEATURE_MSR },         { FEATURE_LM, FEATURE_PGE },       { FEATURE_LM, FEATURE_CMOV },
	{ FEATURE_LM, FEATURE_CX8 },         { FEATURE_LM, FEATURE_FXSR },      { FEATURE_LM, FEATURE_SSE2 },
	{ FEATURE_LM, FEATURE_SEP },         { FEATURE_LM, FEATURE_CLFSH },     { FEATURE_NX, FEATURE_PAE },
	{ FEATURE_PAGE1GB, FEATURE_LM },     { FEATURE_LA57, FEATURE_LM },      { FEATURE_LAHF64, FEATURE_LM },
	{ FEATURE_CX16, FEATURE_LM },        { FEATURE_FSGSBASE, FEATURE_LM },  { FEATURE_PCID, FEATURE_LM },
	{ FEATURE_SMEP, FEATURE_NX },        { FEATURE_SMAP, FEATURE_SMEP },    { FEATURE_PKU, FEATURE_LM },
	{ FEATURE_RDTSCP, FEATURE_TSC },     { FEATURE_PSE36, FEATURE_PSE },    { FEATURE_MCA, FEATURE_MCE },
	{ FEATURE_SSE2, FEATURE_SSE },       { FEATURE_SSE3, FEATURE_SSE2 },    { FEATURE_SSE, FEATURE_FXSR },
	{ FEATURE_AVX, FEATURE_XSAVE },      { FEATURE_AVX2, FEATURE_AVX },     { FEATURE_AVX512F, FEATURE_AVX2 },
	{ FEATURE_INVPCID, FEATURE_PCID },   { FEATURE_VAES, FEATURE_AES },     { FEATURE_FSRM, FEATURE_ERMS },
	{ FEATURE_3DNOWEXT, FEATURE_3DNOW }, { FEATURE_CR8_LEGACY, FEATURE_LM },
};

static void features_imply_features(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < profile_count; p++)
		for (size_t i = 0; i < COUNT(implied); i++)
			if (profiles[p]->has[implied[i].feature] && !profiles[p]->has[implied[i].needs])
				fail_msg("%s: %s without %s", profiles[p]->name, feature_texts[implied[i].feature].name,
				         feature_texts[implied[i].needs].name);
}

/* A bit of CR4 can be set exactly where CPUID shows what it switches [SDM vol. 3, 2.5]. */
static void cr4_and_efer_follow_the_features(void **unused)
{
	static const struct {
		uint32_t bit;
		enum feature feature;
	} cr4[] = {
		{ CR4_TSD, FEATURE_TSC }, { CR4_DE, FEATURE_DE }, { CR4_PSE, FEATURE_PSE }, { CR4_PAE, FEATURE_PAE },
		{ CR4_MCE, FEATURE_MCE }, { CR4_PGE, FEATURE_PGE }, { CR4_UMIP, FEATURE_UMIP },
		{ CR4_FSGSBASE, FEATURE_FSGSBASE }, { CR4_PCIDE, FEATURE_PCID }, { CR4_OSXSAVE, FEATURE_XSAVE },
		{ CR4_SMEP, FEATURE_SMEP }, { CR4_SMAP, FEATURE_SMAP }, { CR4_PKE, FEATURE_PKU },
		{ CR4_LA57, FEATURE_LA57 },
	}, efer[] = {
		{ EFER_SCE, FEATURE_SYSCALL }, { EFER_LME, FEATURE_LM }, { EFER_LMA, FEATURE_LM },
		{ EFER_NXE, FEATURE_NX }, { EFER_SVME, FEATURE_SVM }, { EFER_FFXSR, FEATURE_FFXSR },
		{ EFER_TCE, FEATURE_TCE },
	};

	(void)unused;
	for (size_t k = 0; k < profile_count; k++) {
		const struct rs_profile *p = profiles[k];
		uint64_t settable = profile_cr4_bits(p);
		for (size_t i = 0; i < COUNT(cr4); i++)
			if (!!(settable & cr4[i].bit) != profile_shows(p, cr4[i].feature))
				fail_msg("%s: CR4 and %s disagree", p->name, feature_texts[cr4[i].feature].name);
		for (size_t i = 0; i < COUNT(efer); i++)
			if (!!(p->efer_bits & efer[i].bit) != profile_shows(p, efer[i].feature))
				fail_msg("%s: EFER and %s disagree", p->name, feature_texts[efer[i].feature].name);
	}
}

/* Behaviours that CPUID tells of, and those that no processor without the register can have. */
static void behaviours_agree_with_cpuid(void **unused)
{
	uint32_t r[4];

	(void)unused;
	for (size_t i = 0; i < profile_count; i++) {
		const struct rs_profile *p = profiles[i];
		assert_true(p->is.lock_mov_cr0_is_cr8 == p->has[FEATURE_CR8_LEGACY]);
		cpuid(p, 0x80000021, r);
		if (r[0] & 1u << 6) /* NullSelectorClearsBase [APM vol. 3, E.4.24] */
			assert_true(p->is.null_clears_fs_gs_base);
		assert_true(p->is.has_misc_enable == (p->misc_enable_reserved != 0));
		assert_false(p->misc_enable & p->misc_enable_reserved);
	}
}

static void behaviours_are_read_by_number(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < profile_count; p++) {
#define BEHAVIOUR(name, zero, one, rules) \
	assert_true(profile_behaves(profiles[p], BEHAVIOUR_##name) == profiles[p]->is.name);
#include "cpu/behaviours.def"
#undef BEHAVIOUR
	}
}

static void check_fact(const struct rs_cpu_fact *fact)
{
	char text[200], *save = NULL;

	assert_true(*fact->name && *fact->value && strlen(fact->value) + 1 < sizeof fact->value);
	assert_true(strlen(fact->rules) < sizeof text);
	strcpy(text, fact->rules);
	for (char *id = strtok_r(text, " ", &save); id; id = strtok_r(NULL, " ", &save))
		if (strcmp(id, "-") != 0 && rs_rule_find(id) < 0)
			fail_msg("%s cites rule %s, which does not exist", fact->name, id);
}

/* Fact for fact the same name, and rules that exist; two profiles differ in some. */
static void facts_can_be_compared(void **unused)
{
	struct rs_cpu_fact mine, theirs;

	(void)unused;
	for (size_t p = 1; p < profile_count; p++) {
		size_t i, differ = 0;
		for (i = 0; rs_cpu_fact(profiles[p]->name, i, &mine); i++) {
			assert_true(rs_cpu_fact(profiles[p - 1]->name, i, &theirs));
			assert_true(mine.kind == theirs.kind && strcmp(mine.name, theirs.name) == 0);
			check_fact(&mine);
			differ += strcmp(mine.value, theirs.value) != 0;
		}
		assert_true(i > BEHAVIOUR_COUNT + FEATURE_COUNT + MSR_COUNT && differ > 0);
		assert_false(rs_cpu_fact(profiles[p - 1]->name, i, &theirs));
	}
	assert_false(rs_cpu_fact("no-such-cpu", 0, &mine));
}

/* Two profiles that differ in nothing but their names would be one. */
static void each_differs_from_the_others(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < profile_count; p++)
		for (size_t q = 0; q < p; q++)
			assert_true(memcmp(profiles[p]->has, profiles[q]->has, sizeof profiles[p]->has) != 0 &&
			            profiles[p]->reset_rdx != profiles[q]->reset_rdx &&
			            strcmp(profiles[p]->about, profiles[q]->about) != 0);
}

/* ---- leaves past the end ----------------------------------------------------------------------------------------- */

static void leaves_past_the_end_are_the_last_basic_one(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < profile_count; i++) {
		const struct rs_profile *p = profiles[i];
		uint32_t basic = profile_cpuid_last(p, 0), extended = profile_cpuid_last(p, EXTENDED);
		assert_int_equal(profile_cpuid_within(p, basic), basic);
		assert_int_equal(profile_cpuid_within(p, basic + 1), basic);
		assert_int_equal(profile_cpuid_within(p, 0x40000000), basic);
		assert_int_equal(profile_cpuid_within(p, 0xffffffff), basic);
		assert_int_equal(profile_cpuid_within(p, EXTENDED), extended ? EXTENDED : basic);
		if (extended)
			assert_int_equal(profile_cpuid_within(p, extended + 1), basic);
	}
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

static struct rs_machine *machine(const char *cpu)
{
	struct rs_error why;
	const struct rs_config config = { .cpu = cpu };
	struct rs_machine *m = rs_new(&config, &why);

	assert_non_null(m);
	return m;
}

static bool can_read(const char *cpu, uint32_t address)
{
	struct rs_machine *m = machine(cpu);
	uint64_t value;
	bool can = rs_read_msr(m, address, &value);

	rs_free(m);
	return can;
}

static bool can_write(const char *cpu, uint32_t address, uint64_t value)
{
	struct rs_machine *m = machine(cpu);
	bool can = rs_write_msr(m, address, value);

	rs_free(m);
	return can;
}

/* MS-36: nothing of long mode can be reached without it. */
static void a_processor_without_long_mode_lacks_its_registers(void **unused)
{
	static const uint32_t of_long_mode[] = { 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
	                                         0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103 };

	(void)unused;
	for (size_t i = 0; i < COUNT(of_long_mode); i++) {
		assert_false(can_read("intel-p6", of_long_mode[i]));
		assert_false(can_write("intel-p6", of_long_mode[i], 0));
		assert_int_equal(can_read("amd-k8", of_long_mode[i]), of_long_mode[i] != 0xc0000103); /* no RDTSCP */
		assert_true(can_read("amd-zen1", of_long_mode[i]));
		assert_true(can_read("intel-haswell", of_long_mode[i]));
	}
	assert_true(can_read("intel-p6", 0x174));
}

static void registers_are_there_by_model(void **unused)
{
	static const struct {
		const char *cpu;
		bool misc_enable, hwcr, last_branch;
	} models[] = {
		{ "intel-p6", false, false, true },     { "intel-haswell", true, false, false },
		{ "intel-skylake", true, false, false }, { "intel-icelake-server", true, false, false },
		{ "amd-k8", false, true, true },        { "amd-zen1", false, true, true },
		{ "amd-zen4", false, true, true },
	};

	(void)unused;
	assert_int_equal(COUNT(models), profile_count);
	for (size_t i = 0; i < COUNT(models); i++) {
		assert_int_equal(can_read(models[i].cpu, 0x1a0), models[i].misc_enable);
		assert_int_equal(can_read(models[i].cpu, 0xc0010015), models[i].hwcr);
		assert_int_equal(can_read(models[i].cpu, 0x1db), models[i].last_branch);
		assert_int_equal(can_read(models[i].cpu, 0x1dc), models[i].last_branch);
		assert_true(can_read(models[i].cpu, 0x1dd) && can_read(models[i].cpu, 0x1de));
		assert_false(can_write(models[i].cpu, 0x1dd, 0));
	}
}

/* MS-14: the width that counts is the processor's. */
static void canonical_is_by_the_width_of_the_processor(void **unused)
{
	(void)unused;
	assert_true(can_write("intel-icelake-server", 0xc0000082, 0x00ff000000000000));
	assert_false(can_write("intel-icelake-server", 0xc0000082, 0x0100000000000000));
	assert_false(can_write("intel-haswell", 0xc0000082, 0x00ff000000000000));
	assert_false(can_write("amd-k8", 0xc0000082, 0x0000800000000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_are_in_range),
		cmocka_unit_test(leaves_are_unique),
		cmocka_unit_test(each_feature_has_its_leaf),
		cmocka_unit_test(features_are_bits_of_their_own),
		cmocka_unit_test(each_says_who_it_is_and_how_wide),
		cmocka_unit_test(brands_can_be_printed),
		cmocka_unit_test(features_imply_features),
		cmocka_unit_test(cr4_and_efer_follow_the_features),
		cmocka_unit_test(behaviours_agree_with_cpuid),
		cmocka_unit_test(behaviours_are_read_by_number),
		cmocka_unit_test(facts_can_be_compared),
		cmocka_unit_test(each_differs_from_the_others),
		cmocka_unit_test(leaves_past_the_end_are_the_last_basic_one),
		cmocka_unit_test(a_processor_without_long_mode_lacks_its_registers),
		cmocka_unit_test(registers_are_there_by_model),
		cmocka_unit_test(canonical_is_by_the_width_of_the_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
