/* profile.h - one processor model as data: identification, sizes, features, behaviours. Never depends on the host. */
#ifndef RS_CPU_PROFILE_H
#define RS_CPU_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct behaviours {
#define BEHAVIOUR(name, zero, one, rules) bool name;
#include "cpu/behaviours.def"
#undef BEHAVIOUR
};

enum behaviour_index {
#define BEHAVIOUR(name, zero, one, rules) BEHAVIOUR_##name,
#include "cpu/behaviours.def"
#undef BEHAVIOUR
	BEHAVIOUR_COUNT
};

struct behaviour_text {
	const char *name, *zero, *one, *rules;
	size_t at; /* in struct behaviours */
};
extern const struct behaviour_text behaviour_texts[BEHAVIOUR_COUNT];

/* Features that instructions and registers are gated by (a row of features.def each: CPUID bit, and whether ringstep
 * implements it; what it does not is hidden from the guest). */
enum feature {
#define FEATURE(name, leaf, subleaf, reg, bit, shown) FEATURE_##name,
#include "cpu/features.def"
#undef FEATURE
	FEATURE_COUNT
};

struct feature_text {
	const char *name;
	uint32_t leaf, subleaf;
	uint8_t reg, bit; /* reg: 0 EAX, 1 EBX, 2 ECX, 3 EDX */
	bool shown;       /* implemented, so CPUID may show it */
};
extern const struct feature_text feature_texts[FEATURE_COUNT];

struct cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t reg[4]; /* EAX EBX ECX EDX, without the bits of features.def */
};

struct rs_profile {
	const char *name, *about;
	const struct cpuid_leaf *cpuid;
	size_t cpuid_count;
	bool has[FEATURE_COUNT]; /* that the real processor has, hidden or not */
	uint8_t hidden_counters; /* of RDPMC: those that the processor has and leaf 0Ah does not show */
	uint8_t physical_bits, linear_bits;
	uint64_t efer_bits; /* that can be set; those of features that ringstep hides cannot */
	uint64_t debugctl_bits;         /* that the real processor has */
	uint64_t misc_enable;           /* reset value */
	uint64_t misc_enable_read_only; /* a write keeps these */
	uint64_t misc_enable_reserved;  /* a write of 1 is #GP(0) */
	uint32_t tsc_per_cycle;
	uint32_t apic_version;          /* the local APIC's register 30h */
	uint64_t reset_rdx; /* family, model, stepping */
	struct behaviours is;
};

extern const struct rs_profile *const profiles[];
extern const size_t profile_count;

const struct rs_profile *profile_find(const char *name);

/* The real processor has it, whether or not ringstep shows it. */
static inline bool profile_has(const struct rs_profile *p, enum feature f)
{
	return p->has[f];
}

/* It has it, and ringstep implements it. */
static inline bool profile_shows(const struct rs_profile *p, enum feature f)
{
	return p->has[f] && feature_texts[f].shown;
}

static inline bool profile_behaves(const struct rs_profile *p, enum behaviour_index b)
{
	return *(const bool *)((const char *)&p->is + behaviour_texts[b].at);
}

/* Bits of CR4 that can be set: those whose features CPUID shows. */
uint64_t profile_cr4_bits(const struct rs_profile *p);

/* Bits of MXCSR that can be set: MXCSR_MASK. */
uint32_t profile_mxcsr_bits(const struct rs_profile *p);

#define XCOMP_BV_COMPACTED (1ull << 63)

/* Bits of XCR0 that can be set. */
uint64_t profile_xcr0_bits(const struct rs_profile *p);
/* Where component `number` (from 2 up) lies in an XSAVE area, and how long an area with these components is. `layout`
 * is the area's XCOMP_BV; 0: a standard one [SDM vol. 1, 13.4.3]. */
unsigned profile_xsave_offset(const struct rs_profile *p, unsigned number, uint64_t layout);
unsigned profile_xsave_bytes(const struct rs_profile *p, uint64_t components, uint64_t layout);

/* A leaf of CPUID with the features that are shown; zeroes where the profile has no such leaf. What depends on state or
 * on a behaviour is still to be put in. */
void profile_cpuid(const struct rs_profile *p, uint32_t leaf, uint32_t subleaf, uint32_t reg[4]);
/* The leaf itself, or the last basic one for a leaf past the end of its range. */
uint32_t profile_cpuid_within(const struct rs_profile *p, uint32_t leaf);
/* The last leaf of a range that begins at `first` (0 or 80000000h); 0: there is no such range. */
uint32_t profile_cpuid_last(const struct rs_profile *p, uint32_t first);

#endif
