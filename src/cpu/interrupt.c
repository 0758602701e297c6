/* interrupt.c - see interrupt.h. */
#include "cpu/interrupt.h"

void interrupt_line(struct cpu *cpu, bool up)
{
	if (cpu->intr == up)
		return;
	cpu->intr = up;
	cpu_update_armed(cpu);
}

void interrupt_signal(struct cpu *cpu, unsigned signals)
{
	cpu->st.pending |= (uint8_t)signals;
	cpu_update_armed(cpu);
}

void interrupt_inject(struct cpu *cpu, unsigned vector)
{
	cpu->st.irq = (uint16_t)(IRQ_WAITS | (vector & 0xff));
	cpu_update_armed(cpu);
}

void interrupt_debug_trap(struct cpu *cpu)
{
	cpu->st.pending_db |= DR6_BS;
	cpu_update_armed(cpu);
}

/* ---- what may be taken ---- */

static bool nmi_is_due(const struct cpu_state *st)
{
	return (st->pending & PENDING_NMI) && !st->nmi_blocked;
}

static bool maskable_is_due(const struct cpu *cpu)
{
	return interrupt_waits(cpu) && (cpu->st.rflags & FLAG_IF);
}

bool interrupt_signal_is_due(const struct cpu *cpu)
{
	return (cpu->st.pending & ~(unsigned)PENDING_NMI) || nmi_is_due(&cpu->st) || maskable_is_due(cpu);
}

interrupt_deliver_fn *interrupt_before_traps(const struct cpu *cpu)
{
	if (cpu->st.pending & (PENDING_INIT | PENDING_SMI))
		return deliver_unmodelled;
	bool checks = (cpu->st.pending & PENDING_MACHINE_CHECK) && cpu->st.halted != HALTED_SHUTDOWN;
	return checks ? deliver_machine_check : NULL;
}

/* Either shadow holds interrupts; that NMIs wait behind STI as well is a choice that the manual leaves (NM-06). Only an
 * NMI ends a shutdown (IN-35). */
interrupt_deliver_fn *interrupt_after_traps(const struct cpu *cpu)
{
	if (cpu->st.shadow != SHADOW_NONE)
		return NULL;
	if (nmi_is_due(&cpu->st))
		return deliver_nmi;
	bool takes = cpu->st.halted != HALTED_SHUTDOWN && maskable_is_due(cpu);
	return takes ? deliver_interrupt : NULL;
}

/* ---- time ---- */

static void expect_event(struct cpu *cpu, uint64_t at)
{
	if (cpu->event_at == at)
		return;
	cpu->event_at = at;
	cpu->deadline = 0; /* the chain was to go on until the event of before */
}

void interrupt_look_at_board(struct cpu *cpu)
{
	expect_event(cpu, cpu->wires->next_event(cpu->wires->arg));
}

void interrupt_run_board(struct cpu *cpu)
{
	expect_event(cpu, cpu->wires->run_to(cpu->wires->arg, cpu_cycles(cpu)));
}

static void pass_time(struct cpu *cpu, uint64_t cycles)
{
	if (cpu->costs)
		cpu->cycles += cycles;
	else
		cpu->idle += cycles;
}

bool interrupt_ends_mwait(const struct cpu *cpu)
{
	return cpu->st.halted == HALTED_MWAIT_MASKED && interrupt_waits(cpu);
}

static bool is_awake(const struct cpu *cpu)
{
	return interrupt_before_traps(cpu) || interrupt_after_traps(cpu) || interrupt_ends_mwait(cpu);
}

/* When something may come that ends the waiting: with IF = 0, or in shutdown, an interrupt does not, and of NMIs that
 * wait one is kept. */
static uint64_t next_waking(const struct cpu *cpu)
{
	bool takes = (cpu->st.rflags & FLAG_IF) && cpu->st.halted != HALTED_SHUTDOWN;
	if (takes || cpu->st.halted == HALTED_MWAIT_MASKED)
		return cpu->event_at;
	return cpu->st.pending & PENDING_NMI ? NEVER : cpu->wires->next_edge(cpu->wires->arg);
}

/* So many events in a row that wake nobody are of something that goes on for ever by itself. */
enum { EVENTS_FOR_EVER = 1 << 20 };

bool interrupt_wait(struct cpu *cpu)
{
	for (unsigned events = 0; !is_awake(cpu); events++) {
		const uint64_t now = cpu_cycles(cpu), next = next_waking(cpu);
		const uint64_t until = next < cpu->cycle_limit ? next : cpu->cycle_limit;
		if (until == NEVER || events == EVENTS_FOR_EVER)
			return false;
		if (until > now)
			pass_time(cpu, until - now);
		if (until == cpu->cycle_limit)
			break;
		interrupt_catch_up(cpu);
	}
	return true;
}
