/* profile.c - the table of processor models. */
#include "cpu/profile.h"

#include <string.h>

#include "cpu/state.h"

#define HAS(feature) [FEATURE_##feature] = true
#include "cpu/profiles/amd_k8.def"
#include "cpu/profiles/amd_zen1.def"
#include "cpu/profiles/amd_zen4.def"
#include "cpu/profiles/intel_haswell.def"
#include "cpu/profiles/intel_icelake_server.def"
#include "cpu/profiles/intel_p6.def"
#include "cpu/profiles/intel_skylake.def"
#undef HAS

/* The default comes first. */
const struct rs_profile *const profiles[] = {
	&intel_skylake, &intel_p6, &intel_haswell, &intel_icelake_server, &amd_k8, &amd_zen1, &amd_zen4,
};
const size_t profile_count = sizeof profiles / sizeof *profiles;

const struct behaviour_text behaviour_texts[BEHAVIOUR_COUNT] = {
#define BEHAVIOUR(name, zero, one, rules) { #name, zero, one, rules, offsetof(struct behaviours, name) },
#include "cpu/behaviours.def"
#undef BEHAVIOUR
};

const struct feature_text feature_texts[FEATURE_COUNT] = {
#define FEATURE(name, leaf, subleaf, reg, bit, shown) { #name, leaf, subleaf, reg, bit, shown },
#include "cpu/features.def"
#undef FEATURE
};

const struct rs_profile *profile_find(const char *name)
{
	for (size_t i = 0; i < profile_count; i++)
		if (strcmp(profiles[i]->name, name) == 0)
			return profiles[i];
	return NULL;
}

static const struct cpuid_leaf *find_leaf(const struct rs_profile *p, uint32_t leaf, uint32_t subleaf)
{
	for (size_t i = 0; i < p->cpuid_count; i++)
		if (p->cpuid[i].leaf == leaf && p->cpuid[i].subleaf == subleaf)
			return &p->cpuid[i];
	return NULL;
}

static void add_features(const struct rs_profile *p, uint32_t leaf, uint32_t subleaf, uint32_t reg[4])
{
	for (size_t i = 0; i < FEATURE_COUNT; i++) {
		const struct feature_text *f = &feature_texts[i];
		if (profile_shows(p, (enum feature)i) && f->leaf == leaf && f->subleaf == subleaf)
			reg[f->reg] |= 1u << f->bit;
	}
}

void profile_cpuid(const struct rs_profile *p, uint32_t leaf, uint32_t subleaf, uint32_t reg[4])
{
	bool indexed = leaf == 4 || leaf == 7 || leaf == 0xd;
	uint32_t index = indexed ? subleaf : 0;
	const struct cpuid_leaf *row = find_leaf(p, leaf, index);
	memset(reg, 0, 4 * sizeof *reg);
	if (row)
		memcpy(reg, row->reg, sizeof row->reg);
	if (row)
		add_features(p, leaf, index, reg);
}

/* PCE switches nothing that is implemented, but what boots in 64-bit mode sets it without a question: it can be set
 * where the real processor has what it switches. */
uint64_t profile_cr4_bits(const struct rs_profile *p)
{
	static const struct {
		enum feature feature;
		bool hidden_too;
		uint32_t bits;
	} rows[] = {
		{ FEATURE_VME, false, CR4_VME | CR4_PVI }, { FEATURE_TSC, false, CR4_TSD },
		{ FEATURE_DE, false, CR4_DE },             { FEATURE_PSE, false, CR4_PSE },
		{ FEATURE_PAE, false, CR4_PAE },           { FEATURE_MCE, false, CR4_MCE },
		{ FEATURE_PGE, false, CR4_PGE },           { FEATURE_MSR, true, CR4_PCE },
		{ FEATURE_FXSR, false, CR4_OSFXSR },       { FEATURE_SSE, false, CR4_OSXMMEXCPT },
		{ FEATURE_UMIP, false, CR4_UMIP },         { FEATURE_LA57, false, CR4_LA57 },
		{ FEATURE_FSGSBASE, false, CR4_FSGSBASE }, { FEATURE_PCID, false, CR4_PCIDE },
		{ FEATURE_XSAVE, false, CR4_OSXSAVE },     { FEATURE_SMEP, false, CR4_SMEP },
		{ FEATURE_SMAP, false, CR4_SMAP },         { FEATURE_PKU, false, CR4_PKE },
	};
	uint64_t bits = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (p->has[rows[i].feature] && (rows[i].hidden_too || feature_texts[rows[i].feature].shown))
			bits |= rows[i].bits;
	return bits;
}

uint32_t profile_mxcsr_bits(const struct rs_profile *p)
{
	return 0xffff | (profile_shows(p, FEATURE_MISALIGNSSE) ? MXCSR_MM : 0);
}

/* ---- XSAVE: leaf 0Dh ---- */

enum { XSAVE_EXTENDED = 576, XSAVE_COMPONENTS = 63 };

uint64_t profile_xcr0_bits(const struct rs_profile *p)
{
	const struct cpuid_leaf *row = find_leaf(p, 0xd, 0);
	return row ? row->reg[0] | (uint64_t)row->reg[3] << 32 : 0;
}

/* None of the components that there are here wants to be aligned in a compacted area. */
unsigned profile_xsave_offset(const struct rs_profile *p, unsigned number, uint64_t layout)
{
	const struct cpuid_leaf *row = find_leaf(p, 0xd, number);
	unsigned at = XSAVE_EXTENDED;
	if (!layout)
		return row ? row->reg[1] : 0;
	for (unsigned i = 2; i < number; i++)
		if ((layout >> i & 1) && (row = find_leaf(p, 0xd, i)))
			at += row->reg[0];
	return at;
}

unsigned profile_xsave_bytes(const struct rs_profile *p, uint64_t components, uint64_t layout)
{
	const struct cpuid_leaf *row;
	unsigned bytes = XSAVE_EXTENDED;
	for (unsigned i = 2; i < XSAVE_COMPONENTS && components >> i; i++) {
		if (!(components >> i & 1) || !(row = find_leaf(p, 0xd, i)))
			continue;
		unsigned end = profile_xsave_offset(p, i, layout) + row->reg[0];
		bytes = end > bytes ? end : bytes;
	}
	return bytes;
}

/* ---- leaves ---- */

uint32_t profile_cpuid_last(const struct rs_profile *p, uint32_t first)
{
	const struct cpuid_leaf *row = find_leaf(p, first, 0);
	return row ? row->reg[0] : 0;
}

uint32_t profile_cpuid_within(const struct rs_profile *p, uint32_t leaf)
{
	bool within = leaf <= profile_cpuid_last(p, leaf & 0x80000000);
	return within ? leaf : profile_cpuid_last(p, 0);
}
