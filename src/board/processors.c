/* processors.c - what the processor models are, as the public calls tell it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "board/machine.h"
#include "msr/msr.h"

size_t rs_cpu_count(void)
{
	return profile_count;
}

const char *rs_cpu_name(size_t cpu)
{
	return cpu < profile_count ? profiles[cpu]->name : NULL;
}

const char *rs_cpu_about(size_t cpu)
{
	return cpu < profile_count ? profiles[cpu]->about : NULL;
}

bool rs_cpu_exists(const char *name)
{
	return profile_find(name) != NULL;
}

static const char *behaviour_value(const struct rs_profile *p, size_t index)
{
	const struct behaviour_text *b = &behaviour_texts[index];
	return profile_behaves(p, (enum behaviour_index)index) ? b->one : b->zero;
}

bool rs_cpu_behaviour(const char *cpu, size_t index, const char **name, const char **value, const char **which_rules)
{
	const struct rs_profile *p = profile_find(cpu);
	if (!p || index >= BEHAVIOUR_COUNT)
		return false;
	*name = behaviour_texts[index].name;
	*value = behaviour_value(p, index);
	*which_rules = behaviour_texts[index].rules;
	return true;
}

bool rs_cpu_hidden(const char *cpu, size_t index, const char **feature)
{
	const struct rs_profile *p = profile_find(cpu);
	for (size_t i = 0; p && i < FEATURE_COUNT; i++) {
		if (p->has[i] && !feature_texts[i].shown && index-- == 0) {
			*feature = feature_texts[i].name;
			return true;
		}
	}
	return false;
}

/* ---- facts: everything in which profiles can differ, one kind after the other ---- */

struct bit {
	const char *name;
	uint64_t bit;
};

static const struct bit efer_bits[] = {
	{ "SCE", EFER_SCE },     { "LME", EFER_LME },     { "LMA", EFER_LMA },     { "NXE", EFER_NXE },
	{ "SVME", EFER_SVME },   { "LMSLE", EFER_LMSLE }, { "FFXSR", EFER_FFXSR }, { "TCE", EFER_TCE },
};

static const struct bit cr4_bits[] = {
	{ "VME", CR4_VME },         { "PVI", CR4_PVI },       { "TSD", CR4_TSD },
	{ "DE", CR4_DE },           { "PSE", CR4_PSE },       { "PAE", CR4_PAE },
	{ "MCE", CR4_MCE },         { "PGE", CR4_PGE },       { "PCE", CR4_PCE },
	{ "OSFXSR", CR4_OSFXSR },   { "OSXMMEXCPT", CR4_OSXMMEXCPT }, { "UMIP", CR4_UMIP },
	{ "LA57", CR4_LA57 },       { "FSGSBASE", CR4_FSGSBASE }, { "PCIDE", CR4_PCIDE },
	{ "OSXSAVE", CR4_OSXSAVE }, { "SMEP", CR4_SMEP },     { "SMAP", CR4_SMAP },
	{ "PKE", CR4_PKE },
};

enum { SIGNATURE, PHYSICAL_BITS, LINEAR_BITS, LAST_BASIC, LAST_EXTENDED, DEBUGCTL_BITS, SIZES };

static void tell_behaviour(const struct rs_profile *p, size_t i, struct rs_cpu_fact *fact)
{
	fact->name = behaviour_texts[i].name;
	fact->rules = behaviour_texts[i].rules;
	snprintf(fact->value, sizeof fact->value, "%s", behaviour_value(p, i));
}

/* Of features by whose presence a rule of the ledger applies. */
static const char *const feature_rules[FEATURE_COUNT] = {
	[FEATURE_DE] = "NM-27",      [FEATURE_TSC] = "MS-21",          [FEATURE_PAE] = "SL-61",
	[FEATURE_MCA] = "MS-29 MS-31", [FEATURE_SEP] = "SE-02 SX-01",  [FEATURE_PGE] = "PT-24",
	[FEATURE_PAT] = "MS-26",     [FEATURE_PCID] = "SL-54 PT-23",   [FEATURE_FSGSBASE] = "FB-01",
	[FEATURE_SMEP] = "SL-45",    [FEATURE_INVPCID] = "PT-25",      [FEATURE_SMAP] = "SL-40 SL-41",
	[FEATURE_UMIP] = "SL-38",    [FEATURE_PKU] = "PT-29 PT-30",    [FEATURE_LA57] = "PT-26 SL-55",
	[FEATURE_SYSCALL] = "SC-01 SR-01 MS-11", [FEATURE_NX] = "PT-10 SL-46", [FEATURE_PAGE1GB] = "PT-11",
	[FEATURE_RDTSCP] = "MS-22",  [FEATURE_LM] = "MS-36",           [FEATURE_X2APIC] = "MS-37",
};

static void tell_feature(const struct rs_profile *p, size_t i, struct rs_cpu_fact *fact)
{
	const char *value = !p->has[i] ? "absent" : feature_texts[i].shown ? "shown" : "hidden";
	fact->name = feature_texts[i].name;
	fact->rules = feature_rules[i] ? feature_rules[i] : "-";
	snprintf(fact->value, sizeof fact->value, "%s", value);
}

static uint64_t size_of(const struct rs_profile *p, size_t i)
{
	const uint64_t sizes[SIZES] = {
		[SIGNATURE] = p->reset_rdx,
		[PHYSICAL_BITS] = p->physical_bits,
		[LINEAR_BITS] = p->linear_bits,
		[LAST_BASIC] = profile_cpuid_last(p, 0),
		[LAST_EXTENDED] = profile_cpuid_last(p, 0x80000000),
		[DEBUGCTL_BITS] = p->debugctl_bits,
	};
	return sizes[i];
}

static void tell_size(const struct rs_profile *p, size_t i, struct rs_cpu_fact *fact)
{
	static const struct {
		const char *name, *rules;
	} texts[SIZES] = {
		[SIGNATURE] = { "signature", "-" },
		[PHYSICAL_BITS] = { "physical_bits", "PT-09 SL-57 MS-24" },
		[LINEAR_BITS] = { "linear_bits", "MS-14" },
		[LAST_BASIC] = { "last_basic_leaf", "-" },
		[LAST_EXTENDED] = { "last_extended_leaf", "-" },
		[DEBUGCTL_BITS] = { "debugctl_bits", "MS-33" },
	};
	bool decimal = i == PHYSICAL_BITS || i == LINEAR_BITS;
	fact->name = texts[i].name;
	fact->rules = texts[i].rules;
	snprintf(fact->value, sizeof fact->value, decimal ? "%" PRIu64 : "%" PRIX64 "h", size_of(p, i));
}

static void tell_bit(const struct bit *bit, uint64_t settable, const char *rules, struct rs_cpu_fact *fact)
{
	fact->name = bit->name;
	fact->rules = rules;
	snprintf(fact->value, sizeof fact->value, "%s", settable & bit->bit ? "settable" : "reserved");
}

static void tell_efer(const struct rs_profile *p, size_t i, struct rs_cpu_fact *fact)
{
	tell_bit(&efer_bits[i], p->efer_bits, "MS-08", fact);
}

static void tell_cr4(const struct rs_profile *p, size_t i, struct rs_cpu_fact *fact)
{
	tell_bit(&cr4_bits[i], profile_cr4_bits(p), "SL-52", fact);
}

static void tell_msr(const struct rs_profile *p, size_t i, struct rs_cpu_fact *fact)
{
	const struct msr_row *row = &msr_rows[i];
	fact->name = row->name;
	fact->rules = rule_id((enum rule)row->rule);
	snprintf(fact->value, sizeof fact->value, msr_exists(p, row) ? "%" PRIX32 "h" : "absent", row->address);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* In the order of enum rs_cpu_fact_kind. */
static const struct {
	size_t count;
	void (*tell)(const struct rs_profile *p, size_t i, struct rs_cpu_fact *fact);
} kinds[] = {
	[RS_CPU_BEHAVIOUR] = { BEHAVIOUR_COUNT, tell_behaviour }, [RS_CPU_FEATURE] = { FEATURE_COUNT, tell_feature },
	[RS_CPU_SIZE] = { SIZES, tell_size },                     [RS_CPU_EFER] = { COUNT(efer_bits), tell_efer },
	[RS_CPU_CR4] = { COUNT(cr4_bits), tell_cr4 },             [RS_CPU_MSR] = { MSR_COUNT, tell_msr },
};

bool rs_cpu_fact(const char *cpu, size_t index, struct rs_cpu_fact *fact)
{
	const struct rs_profile *p = profile_find(cpu);
	for (unsigned kind = 0; p && kind < COUNT(kinds); index -= kinds[kind++].count) {
		if (index >= kinds[kind].count)
			continue;
		*fact = (struct rs_cpu_fact){ .kind = (enum rs_cpu_fact_kind)kind, .rules = "-" };
		kinds[kind].tell(p, index, fact);
		return true;
	}
	return false;
}
