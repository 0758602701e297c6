/* msr.c - finds the row of an address and does what it says. */
#include "msr/msr.h"

#include "cpu/mutant.h"

#define AT(member) offsetof(struct cpu_state, member)
#define NOWHERE MSR_NOWHERE
#define FEATURE_NONE MSR_ANY_FEATURE

const struct msr_row msr_rows[MSR_COUNT] = {
#define MSR(name_, address_, at_, reset_, writable_, reserved_, check_, read_, write_, vendors_, feature_, rule_, \
            section_) \
	[MSR_INDEX_##name_] = { \
		.name = #name_, \
		.section = section_, \
		.writable = writable_, \
		.reserved = reserved_, \
		.check = msr_check_##check_, \
		.read = msr_read_##read_, \
		.write = msr_write_##write_, \
		.address = address_, \
		.at = at_, \
		.feature = FEATURE_##feature_, \
		.rule = RULE_##rule_, \
		.mutant = MUTANT_MSR_##name_, \
		.vendors = vendors_, \
	},
#include "msr/msr.def"
#undef MSR
};

/* A switch, so that two rows of one address do not compile. */
static const struct msr_row *find(uint32_t address)
{
	switch (address) {
#define MSR(name, address, ...) \
	case address: \
		return &msr_rows[MSR_INDEX_##name];
#include "msr/msr.def"
#undef MSR
	default:
		return NULL;
	}
}

static bool exists(const struct rs_profile *p, const struct msr_row *row)
{
	if (row->vendors != MSR_OF_ALL && row->vendors != p->msrs)
		return false;
	return row->feature == MSR_ANY_FEATURE ||
	       (profile_has(p, (enum feature)row->feature) && feature_texts[row->feature].shown);
}

/* Why there is nothing at an address. */
static enum rule absent(uint32_t address)
{
	if (address >= 0x400 && address < 0x480)
		return RULE_MS_32;
	return address >= 0x800 && address < 0x900 ? RULE_MS_37 : RULE_MS_05;
}

/* Which rule forbids the write, or RULE_NONE. */
static enum rule forbidden(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	if (!exists(cpu->profile, row))
		return absent(row->address);
	return value & row->reserved ? (enum rule)row->rule : row->check(cpu, row, value);
}

/* A mutated row exists everywhere, and reads what it does not hold. */
bool msr_read(struct cpu *cpu, uint32_t address, uint64_t now, uint64_t *value, enum rule *rule)
{
	const struct msr_row *row = find(address);
	bool mutated = row && mutant_is(cpu, row->mutant);
	*rule = absent(address);
	if (!row || (!exists(cpu->profile, row) && !mutated))
		return false;
	*value = row->read(cpu, row, now) ^ (mutated ? ~0ull : 0);
	return true;
}

/* A mutated row takes any value, and forgets it. */
bool msr_write(struct cpu *cpu, uint32_t address, uint64_t now, uint64_t value, enum rule *rule)
{
	const struct msr_row *row = find(address);
	if (row && mutant_is(cpu, row->mutant))
		return true;
	*rule = row ? forbidden(cpu, row, value) : absent(address);
	if (!row || *rule != RULE_NONE)
		return false;
	row->write(cpu, row, now, value);
	return true;
}

static void reset(struct cpu_state *st, uint16_t at, uint64_t value)
{
	if (at != MSR_NOWHERE)
		memcpy((char *)st + at, &value, sizeof value);
}

void msr_reset(struct cpu_state *st, const struct rs_profile *p)
{
#define MSR(name, address, at, reset_value, ...) reset(st, at, reset_value);
#include "msr/msr.def"
#undef MSR
	st->tsc_offset = 0;
}
