/* interrupt.h - what comes from outside: interrupts, NMIs, machine checks, and the time at which they come
 * [SDM vol. 3, 6.3, 6.7, 6.8, table 6-2; chapter 15]. */
#ifndef RS_CPU_INTERRUPT_H
#define RS_CPU_INTERRUPT_H

#include "cpu/deliver.h"
#include "cpu/wires.h"

/* The level of the interrupt line changes. */
void interrupt_line(struct cpu *cpu, bool up);
/* A signal arrives; it waits if it cannot be taken (`signals` of PENDING_*). Of two NMIs that wait one is remembered
 * (NM-01). */
void interrupt_signal(struct cpu *cpu, unsigned signals);
/* An interrupt that no device asked for. */
void interrupt_inject(struct cpu *cpu, unsigned vector);
/* A trap of the debugger's, as single-stepping leaves it: held off by MOV SS [SDM vol. 3, 6.8.3]. */
void interrupt_debug_trap(struct cpu *cpu);
/* NMIs may come again (IRET). */
static inline void interrupt_unblock_nmi(struct cpu *cpu)
{
	cpu->st.nmi_blocked = 0;
	if (__builtin_expect(cpu->st.pending, 0))
		cpu_update_armed(cpu);
}

/* A maskable interrupt waits for IF. */
static inline bool interrupt_waits(const struct cpu *cpu)
{
	return cpu->intr || cpu->st.irq;
}

/* ... and MWAIT waits for it whether IF is set or not. */
bool interrupt_ends_mwait(const struct cpu *cpu);

/* What waits will be taken, or would be but for a shadow. */
bool interrupt_signal_is_due(const struct cpu *cpu);

static inline bool interrupt_is_due(const struct cpu *cpu)
{
	bool waits = interrupt_waits(cpu) || cpu->st.pending;
	return __builtin_expect(waits, 0) && interrupt_signal_is_due(cpu);
}

typedef enum delivery interrupt_deliver_fn(struct cpu *cpu);
/* What is taken at this boundary in front of the debug traps of the instruction before, and what behind; NULL:
 * nothing. */
interrupt_deliver_fn *interrupt_before_traps(const struct cpu *cpu);
interrupt_deliver_fn *interrupt_after_traps(const struct cpu *cpu);

/* ---- time ---- */

/* An access may have changed when the board next acts. */
void interrupt_look_at_board(struct cpu *cpu);
/* The board acts if its time has come. */
void interrupt_run_board(struct cpu *cpu);

static inline void interrupt_catch_up(struct cpu *cpu)
{
	if (__builtin_expect(cpu_cycles(cpu) >= cpu->event_at, 0))
		interrupt_run_board(cpu);
}

/* Time passes without instructions until something happens that ends the waiting, or the limit of cycles. False:
 * nothing ever will. */
bool interrupt_wait(struct cpu *cpu);

#endif
