/* monitor.h - the monitor of MONITOR and MWAIT: a line of physical memory, armed until something triggers it.
 *
 * What triggers it besides a store is the processor's own; here: every event that is delivered, a far transfer, a write
 * of CR0, CR3 or CR4, and the end of an MWAIT, which does not arm it anew [SDM vol. 3, 8.10.2 and 8.10.4].
 */
#ifndef RS_CPU_MONITOR_H
#define RS_CPU_MONITOR_H

#include "cpu/cpu.h"

enum { MONITOR_LINE = 64, MONITOR_ARMED = 1 };

/* No switch of the processor has turned MONITOR and MWAIT off. */
bool monitor_is_enabled(const struct cpu *cpu);

/* Arms it for the line of a physical address. What is not RAM cannot be monitored. */
void monitor_arm(struct cpu *cpu, uint64_t physical);
/* Stores to the line that the state names must be seen from now on. */
void monitor_follow(struct cpu *cpu);
/* Bytes of the page of the line have changed. */
void monitor_stored(struct cpu *cpu, uint64_t physical, size_t size);
/* The processor waits no longer, if it did in MWAIT. */
void monitor_wake(struct cpu *cpu);

#endif
