/* msr.h - model-specific registers: the rows of msr.def, looked up, checked, read and written. */
#ifndef RS_MSR_MSR_H
#define RS_MSR_MSR_H

#include "cpu/cpu.h"

/* False: RDMSR would raise #GP(0) by `rule`. `now` is the clock as the instruction sees it. */
bool msr_read(struct cpu *cpu, uint32_t address, uint64_t now, uint64_t *value, enum rule *rule);
/* False: WRMSR would raise #GP(0) by `rule`, or (MSR_MISSING) do something that is not modelled; nothing has changed.
 * Derives what follows from the new value. */
bool msr_write(struct cpu *cpu, uint32_t address, uint64_t now, uint64_t value, enum rule *rule);
/* Whether a processor has the register of that row. */
struct msr_row;
bool msr_exists(const struct rs_profile *p, const struct msr_row *row);
/* The values after RESET. */
void msr_reset(struct cpu_state *st, const struct rs_profile *p);

/* The time-stamp counter at clock `now`; RDTSC reads the same (MS-21). */
uint64_t msr_tsc(const struct cpu *cpu, uint64_t now);

#define MISC_ENABLE_MONITOR (1ull << 18)
#define MISC_ENABLE_LIMIT_CPUID (1ull << 22)
#define MISC_ENABLE_XD_DISABLE (1ull << 34)
#define HWCR_MON_MWAIT_DIS (1ull << 9)
#define HWCR_MON_MWAIT_USER_EN (1ull << 10)
#define HWCR_MC_STATUS_WR_EN (1ull << 18)
#define APIC_BASE_EXTD (1ull << 10)
#define APIC_BASE_EN (1ull << 11)

enum { MSR_NOWHERE = 0xffff, MSR_ALWAYS = -1 };
/* In place of a rule: the value is legal, but ringstep does not do what it asks for. */
#define MSR_MISSING ((enum rule)RULE_COUNT)

/* RULE_NONE: the value may be written; else the rule that it breaks. */
typedef enum rule msr_check_fn(const struct cpu *cpu, const struct msr_row *row, uint64_t value);
typedef uint64_t msr_read_fn(const struct cpu *cpu, const struct msr_row *row, uint64_t now);
typedef void msr_write_fn(struct cpu *cpu, const struct msr_row *row, uint64_t now, uint64_t value);

struct msr_row {
	const char *name, *section;
	uint64_t writable, reserved;
	msr_check_fn *check;
	msr_read_fn *read;
	msr_write_fn *write;
	uint32_t address;
	uint16_t at;    /* offset in struct cpu_state, or MSR_NOWHERE */
	int16_t needs;  /* a feature, FEATURE_COUNT + a behaviour, or MSR_ALWAYS */
	uint16_t rule;
	uint16_t mutant; /* the row's number for mutation builds */
};

enum msr_index {
#define MSR(name, ...) MSR_INDEX_##name,
#include "msr/msr.def"
#undef MSR
	MSR_COUNT
};

extern const struct msr_row msr_rows[MSR_COUNT];

/* hooks.c */
msr_check_fn msr_check_any, msr_check_never, msr_check_canonical, msr_check_sysenter, msr_check_apic_base,
	msr_check_pat, msr_check_all_or_none, msr_check_mc_status, msr_check_misc_enable, msr_check_efer,
	msr_check_tsc_aux, msr_check_debugctl, msr_check_same;
msr_read_fn msr_read_plain, msr_read_zero, msr_read_tsc, msr_read_mcg_cap, msr_read_extended_id,
	msr_read_tsc_deadline;
msr_write_fn msr_write_plain, msr_write_nothing, msr_write_tsc, msr_write_sysenter, msr_write_misc_enable,
	msr_write_efer, msr_write_tsc_deadline, msr_write_apic_base, msr_write_debugctl, msr_write_hwcr;

#endif
