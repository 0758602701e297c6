/* msr.c - finds the row of an address and does what it says. */
#include "msr/msr.h"

#include "cpu/interrupt.h"
#include "cpu/mutant.h"

#define AT(member) offsetof(struct cpu_state, member)
#define NOWHERE MSR_NOWHERE
#define ALWAYS MSR_ALWAYS
#define F(name) FEATURE_##name
#define B(name) (FEATURE_COUNT + BEHAVIOUR_##name)

const struct msr_row msr_rows[MSR_COUNT] = {
#define MSR(name_, address_, at_, reset_, writable_, reserved_, check_, read_, write_, needs_, rule_, section_) \
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
		.needs = needs_, \
		.rule = RULE_##rule_, \
		.mutant = MUTANT_MSR_##name_, \
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

bool msr_exists(const struct rs_profile *p, const struct msr_row *row)
{
	if (row->needs == MSR_ALWAYS)
		return true;
	if (row->needs < (int)FEATURE_COUNT)
		return profile_shows(p, (enum feature)row->needs);
	return profile_behaves(p, (enum behaviour_index)(row->needs - (int)FEATURE_COUNT));
}

/* As msr_exists, but a mutation build can invert the behaviour. */
static bool exists(const struct cpu *cpu, const struct msr_row *row)
{
	if (row->needs < (int)FEATURE_COUNT)
		return msr_exists(cpu->profile, row);
	return behaviour_at(cpu, (enum behaviour_index)(row->needs - (int)FEATURE_COUNT));
}

/* The registers of the local APIC; there is no other MSR in this range. */
static bool is_x2apic(uint32_t address)
{
	return address >= 0x800 && address < 0x900;
}

/* Why there is nothing at an address; `row` is that of processors that have the register, or NULL. */
static enum rule absent(const struct msr_row *row, uint32_t address)
{
	switch (row ? row->needs : MSR_ALWAYS) {
	case F(LM):
		return RULE_MS_36;
	case F(RDTSCP):
		return RULE_MS_22;
	case B(has_last_branch_pair):
		return RULE_MS_34;
	}
	if (address >= 0x400 && address < 0x480)
		return RULE_MS_32;
	return is_x2apic(address) ? RULE_MS_37 : RULE_MS_05;
}

/* Which rule forbids every access, or RULE_NONE. */
static enum rule denied(const struct cpu *cpu, const struct msr_row *row)
{
	const uint32_t password = 0x9c5a203a;
	if (!exists(cpu, row))
		return absent(row, row->address);
	return row->needs == B(msr_password) && (uint32_t)cpu->st.gpr[RDI] != password ? RULE_MS_35 : RULE_NONE;
}

/* Which rule forbids the write, or RULE_NONE. */
static enum rule forbidden(const struct cpu *cpu, const struct msr_row *row, uint64_t value)
{
	enum rule rule = denied(cpu, row);
	if (rule != RULE_NONE)
		return rule;
	return value & row->reserved ? (enum rule)row->rule : row->check(cpu, row, value);
}

/* A mutated row exists everywhere, and reads what it does not hold. */
bool msr_read(struct cpu *cpu, uint32_t address, uint64_t now, uint64_t *value, enum rule *rule)
{
	const struct msr_row *row = find(address);
	bool mutated = row && mutant_is(cpu, row->mutant);
	if (is_x2apic(address)) {
		cpu->access_time = now;
		*rule = RULE_MS_37;
		return cpu->wires->x2apic_read(cpu->wires->arg, address, value);
	}
	*rule = row ? denied(cpu, row) : absent(NULL, address);
	if (!row || (*rule != RULE_NONE && !mutated))
		return false;
	*value = row->read(cpu, row, now) ^ (mutated ? ~0ull : 0);
	return true;
}

static bool write_x2apic(struct cpu *cpu, uint32_t address, uint64_t now, uint64_t value)
{
	cpu->access_time = now;
	bool written = cpu->wires->x2apic_write(cpu->wires->arg, address, value);
	interrupt_look_at_board(cpu);
	return written;
}

/* A mutated row takes any value, and forgets it. */
bool msr_write(struct cpu *cpu, uint32_t address, uint64_t now, uint64_t value, enum rule *rule)
{
	const struct msr_row *row = find(address);
	if (row && mutant_is(cpu, row->mutant))
		return true;
	if (is_x2apic(address)) {
		*rule = RULE_MS_37;
		return write_x2apic(cpu, address, now, value);
	}
	*rule = row ? forbidden(cpu, row, value) : absent(NULL, address);
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
