/* monitor.c - see monitor.h. */
#include "cpu/monitor.h"

#include "cpu/mutant.h"
#include "msr/msr.h"

/* MISC_ENABLE has a bit that enables [SDM vol. 4, IA32_MISC_ENABLE], HWCR one that disables [APM vol. 2, A.2]. HWCR
 * stays 0 where it does not exist. */
bool monitor_is_enabled(const struct cpu *cpu)
{
	if (behaviour(cpu, has_misc_enable) && !(cpu->st.misc_enable & MISC_ENABLE_MONITOR))
		return false;
	return !(cpu->st.hwcr & HWCR_MON_MWAIT_DIS);
}

void monitor_follow(struct cpu *cpu)
{
	const uint64_t page = cpu->st.monitor & MONITOR_ARMED ? cpu->st.monitor >> PAGE_SHIFT : PHYS_NO_PAGE;
	if (cpu->mmu.ram->monitored == page)
		return;
	cpu->mmu.ram->monitored = page;
	mmu_refresh(&cpu->mmu);
}

void monitor_arm(struct cpu *cpu, uint64_t physical)
{
	const uint64_t line = physical & ~(uint64_t)(MONITOR_LINE - 1);
	cpu->st.monitor = phys_is_ram(cpu->mmu.ram, physical) ? line | MONITOR_ARMED : 0;
	if (cpu->st.monitor)
		monitor_follow(cpu);
}

void monitor_wake(struct cpu *cpu)
{
	cpu->st.monitor = 0;
	if (cpu->st.halted != HALTED_MWAIT && cpu->st.halted != HALTED_MWAIT_MASKED)
		return;
	cpu->st.halted = HALTED_NOT;
	cpu_update_armed(cpu);
}

void monitor_stored(struct cpu *cpu, uint64_t physical, size_t size)
{
	const uint64_t line = cpu->st.monitor & ~(uint64_t)MONITOR_ARMED;
	if (cpu->st.monitor && physical < line + MONITOR_LINE && line < physical + size)
		monitor_wake(cpu);
}
