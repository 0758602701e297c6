/* debug.c - DR0-DR3, DR6 and DR7. */
#include "cpu/debug.h"

#include "cpu/branch.h"
#include "cpu/record.h"

enum { BREAK_EXECUTE, BREAK_WRITE, BREAK_IO, BREAK_ACCESS };

static bool is_enabled(const struct cpu *cpu, unsigned i)
{
	return cpu->st.dr7 >> (2 * i) & 3;
}

static unsigned kind_of(const struct cpu *cpu, unsigned i)
{
	return cpu->st.dr7 >> (16 + 4 * i) & 3;
}

/* LEN: 1, 2, 8 or 4 bytes [SDM vol. 3, 17.2.4]. */
static uint64_t length_of(const struct cpu *cpu, unsigned i)
{
	static const uint8_t lengths[] = { 1, 2, 8, 4 };
	return lengths[cpu->st.dr7 >> (18 + 4 * i) & 3];
}

static uint16_t code_hits(const struct cpu *cpu, uint64_t address)
{
	uint16_t hits = 0;
	for (unsigned i = 0; i < 4; i++)
		if (is_enabled(cpu, i) && kind_of(cpu, i) == BREAK_EXECUTE && cpu->st.dr[i] == address)
			hits |= (uint16_t)(1u << i);
	return hits;
}

bool debug_hits_code(struct cpu *cpu)
{
	bool held = (cpu->st.rflags & FLAG_RF) || cpu->st.shadow == SHADOW_MOV_SS; /* NM-10, IR-23 */
	if (!(cpu->st.dr7 & 0xff) || held || cpu->iteration)
		return false;
	uint16_t hits = code_hits(cpu, branch_linear(cpu, cpu->st.rip));
	if (!hits)
		return false;
	cpu_fault(cpu, VEC_DB, NO_CODE, RULE_NM_23);
	cpu->fault.dr6 = hits;
	return true;
}

bool debug_watches_data(const struct cpu *cpu)
{
	if (!(cpu->st.dr7 & 0xff))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (is_enabled(cpu, i) && (kind_of(cpu, i) == BREAK_WRITE || kind_of(cpu, i) == BREAK_ACCESS))
			return true;
	return false;
}

static bool touches(const struct cpu *cpu, unsigned i, uint64_t address, unsigned size)
{
	uint64_t length = length_of(cpu, i), first = cpu->st.dr[i] & ~(length - 1);
	return address < first + length && first < address + size;
}

uint16_t debug_data_hits(const struct cpu *cpu, uint64_t address, unsigned size, bool write)
{
	uint16_t hits = 0;
	for (unsigned i = 0; i < 4; i++) {
		unsigned kind = kind_of(cpu, i);
		bool watched = kind == BREAK_ACCESS || (kind == BREAK_WRITE && write);
		if (is_enabled(cpu, i) && watched && touches(cpu, i, address, size))
			hits |= (uint16_t)(1u << i);
	}
	return hits;
}

bool debug_watches_ports(const struct cpu *cpu)
{
	if (!(cpu->st.dr7 & 0xff) || !(cpu->st.cr4 & CR4_DE))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (is_enabled(cpu, i) && kind_of(cpu, i) == BREAK_IO)
			return true;
	return false;
}

/* DRn holds a port, zero-extended; LEN counts ports [SDM vol. 3, 17.2.5]. */
uint16_t debug_port_hits(const struct cpu *cpu, uint16_t port, unsigned size)
{
	uint16_t hits = 0;
	if (!debug_watches_ports(cpu))
		return 0;
	for (unsigned i = 0; i < 4; i++)
		if (is_enabled(cpu, i) && kind_of(cpu, i) == BREAK_IO && touches(cpu, i, port, size))
			hits |= (uint16_t)(1u << i);
	return hits;
}

static void observe(void *arg, uint64_t address, unsigned size, enum mmu_access kind, const void *bytes)
{
	struct cpu *cpu = arg;
	bool by_program = !((unsigned)kind & MMU_IMPLICIT);
	if (by_program && (cpu->st.dr7 & 0xff))
		cpu->data_hits |= debug_data_hits(cpu, address, size, bytes != NULL);
	if (bytes && cpu->recorder)
		record_write(cpu->recorder, address, size, bytes);
}

void debug_update_observer(struct cpu *cpu)
{
	bool wanted = cpu->recorder || debug_watches_data(cpu);
	if (wanted == cpu->observing)
		return;
	cpu->observing = wanted;
	mmu_observe(&cpu->mmu, wanted ? observe : NULL, cpu);
}
