/* debug.h - the debug registers at work: instruction and data breakpoints [SDM vol. 3, 17.2]. */
#ifndef RS_CPU_DEBUG_H
#define RS_CPU_DEBUG_H

#include "cpu/cpu.h"

/* Whether an enabled instruction breakpoint stands on state.rip and RF and the MOV SS shadow let it fire; fills
 * cpu->fault. */
bool debug_hits_code(struct cpu *cpu);
/* Whether DR7 enables a data breakpoint. */
bool debug_watches_data(const struct cpu *cpu);
/* The DR6 bits of the enabled data breakpoints that the access touches. */
uint16_t debug_data_hits(const struct cpu *cpu, uint64_t address, unsigned size, bool write);
/* Whether DR7 enables an I/O breakpoint: CR4.DE = 1 gives R/W = 10 its meaning. */
bool debug_watches_ports(const struct cpu *cpu);
/* The DR6 bits of the enabled I/O breakpoints that the access touches. */
uint16_t debug_port_hits(const struct cpu *cpu, uint16_t port, unsigned size);
/* Lets the MMU tell this CPU of accesses while breakpoints or a recorder need it. */
void debug_update_observer(struct cpu *cpu);

#endif
