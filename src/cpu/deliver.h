/* deliver.h - what happens to a fault or trap until a handler has been entered, or the processor shuts down. */
#ifndef RS_CPU_DELIVER_H
#define RS_CPU_DELIVER_H

#include "cpu/cpu.h"

enum delivery {
	DELIVERED,
	DELIVERY_SHUTDOWN, /* triple fault; cpu->shutdown tells the three */
	DELIVERY_ENDLESS,  /* benign faults one after the other, for ever */
	DELIVERY_STOPPED,  /* cpu->fault is not a processor's: unimplemented, no memory */
};

/* Delivers cpu->fault, raised by the instruction at state.rip. */
enum delivery deliver_fault(struct cpu *cpu);
/* Delivers the debug trap in state.pending_db, between two instructions. */
enum delivery deliver_pending_db(struct cpu *cpu);
/* An INT1 has entered the handler: it finds in DR6 what MOV SS had kept, and there is no #DB of its own (NM-09). */
void deliver_join_kept(struct cpu *cpu);
/* Deliver the signal that waits in state.pending, or the interrupt that state.irq or the board has. */
enum delivery deliver_machine_check(struct cpu *cpu);
enum delivery deliver_nmi(struct cpu *cpu);
enum delivery deliver_interrupt(struct cpu *cpu);
/* An INIT or SMI: stops the run. */
enum delivery deliver_unmodelled(struct cpu *cpu);

#endif
