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

/* Whether a breakpoint of one of these kinds (bits by number) is enabled. */
static bool watches(const struct cpu *cpu, unsigned kinds)
{
	if (!(cpu->st.dr7 & 0xff))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (is_enabled(cpu, i) && (kinds >> kind_of(cpu, i) & 1))
			return true;
	return false;
}

static bool touches(const struct cpu *cpu, unsigned i, uint64_t address, unsigned size)
{
	uint64_t length = length_of(cpu, i), first = cpu->st.dr[i] & ~(length - 1);
	return address < first + length && first < address + size;
}

static uint16_t hits(const struct cpu *cpu, unsigned kinds, uint64_t address, unsigned size)
{
	uint16_t found = 0;
	for (unsigned i = 0; i < 4; i++)
		if (is_enabled(cpu, i) && (kinds >> kind_of(cpu, i) & 1) && touches(cpu, i, address, size))
			found |= (uint16_t)(1u << i);
	return found;
}

bool debug_watches_data(const struct cpu *cpu)
{
	return watches(cpu, 1u << BREAK_WRITE | 1u << BREAK_ACCESS);
}

uint16_t debug_data_hits(const struct cpu *cpu, uint64_t address, unsigned size, bool write)
{
	return hits(cpu, 1u << BREAK_ACCESS | (write ? 1u << BREAK_WRITE : 0), address, size);
}

bool debug_watches_ports(const struct cpu *cpu)
{
	return (cpu->st.cr4 & CR4_DE) && watches(cpu, 1u << BREAK_IO);
}

/* DRn holds a port, zero-extended; LEN counts ports [SDM vol. 3, 17.2.5]. */
uint16_t debug_port_hits(const struct cpu *cpu, uint16_t port, unsigned size)
{
	return cpu->st.cr4 & CR4_DE ? hits(cpu, 1u << BREAK_IO, port, size) : 0;
}

static void observe(void *arg, uint64_t address, unsigned size, enum mmu_access kind, const void *bytes)
{
	struct cpu *cpu = arg;
	bool by_program = !((unsigned)kind & MMU_IMPLICIT);
	if (by_program && (cpu->st.dr7 & 0xff))
		cpu->data_hits |= debug_data_hits(cpu, address, size, bytes != NULL);
	if (!cpu->recorder)
		return;
	if (bytes)
		record_write(cpu->recorder, address, size, bytes);
	record_access(cpu->recorder, address, size, bytes != NULL);
}

void debug_update_observer(struct cpu *cpu)
{
	bool wanted = cpu->recorder || debug_watches_data(cpu);
	if (wanted == cpu->observing)
		return;
	cpu->observing = wanted;
	mmu_observe(&cpu->mmu, wanted ? observe : NULL, cpu);
}
