/* deliver.c - from a fault to its handler: CR2 and DR6, the pushed RFLAGS, double and triple faults
 * [SDM vol. 3, 6.5, 6.15 (#DF), 17.3; APM vol. 2, 8.2]. */
#include "cpu/deliver.h"

#include <string.h>

#include "cpu/branch.h"
#include "cpu/engine/clock.h"
#include "cpu/interrupt.h"
#include "cpu/mutant.h"
#include "cpu/passage.h"
#include "cpu/record.h"
#include "cpu/transition/transition.h"

enum fault_class { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT };

/* SDM vol. 3, table 6-4 (IN-31). */
static enum fault_class class_of(unsigned vector)
{
	switch (vector) {
	case VEC_DE:
	case VEC_TS:
	case VEC_NP:
	case VEC_SS:
	case VEC_GP:
		return CONTRIBUTORY;
	case VEC_PF:
		return PAGE_FAULT;
	case VEC_DF:
		return DOUBLE_FAULT;
	default:
		return BENIGN;
	}
}

/* SDM vol. 3, table 6-5 (IN-32). */
static bool makes_double_fault(enum fault_class first, enum fault_class second)
{
	return (first == CONTRIBUTORY && second == CONTRIBUTORY) ||
	       (first == PAGE_FAULT && (second == CONTRIBUTORY || second == PAGE_FAULT));
}

/* Bits 3:0 are rewritten by a #DB that matches a breakpoint; BS, BD and BT are only ever set (NM-18). */
static void note_debug_status(struct cpu *cpu, uint16_t bits)
{
	if (bits & 15)
		cpu->st.dr6 &= ~15ull;
	cpu->st.dr6 |= bits;
}

/* What a fault writes before its handler is looked up; it stays even if delivery fails (IN-36). */
static void leave_traces(struct cpu *cpu, const struct fault *f)
{
	if (f->vector == VEC_PF)
		cpu->st.cr2 = f->cr2;
	if (f->vector == VEC_DB)
		note_debug_status(cpu, f->dr6);
}

/* RF in the pushed image: 1 for faults, but for #DB as the vendor has it (NM-21, NM-22). */
static uint64_t pushed_rflags(const struct cpu *cpu, const struct fault *f, bool is_fault)
{
	uint64_t rflags = cpu_rflags(cpu);
	if (f->vector != VEC_DB)
		return is_fault ? rflags | FLAG_RF : rflags;
	if (!behaviour(cpu, rf_in_pushed_db))
		return rflags & ~(uint64_t)FLAG_RF;
	return rflags | (f->dr6 & DR6_BD || cpu->iteration ? FLAG_RF : 0);
}

/* The fault in which it began stays the first one, however many benign faults follow it. */
static void add_to_chain(struct cpu *cpu, const struct fault *f)
{
	if (cpu->shutdown_count == SHUTDOWN_FAULTS) {
		cpu->shutdown_count--;
		memmove(&cpu->shutdown[1], &cpu->shutdown[2], (SHUTDOWN_FAULTS - 2) * sizeof cpu->shutdown[0]);
	}
	cpu->shutdown[cpu->shutdown_count++] = *f;
}

static enum delivery shut_down(struct cpu *cpu)
{
	passage_note(cpu, cpu->n, RS_PASSAGE_SHUTDOWN, 0);
	cpu->st.halted = HALTED_SHUTDOWN;
	cpu_update_armed(cpu);
	return DELIVERY_SHUTDOWN;
}

/* Real mode has no error codes. */
static void drop_code(const struct cpu *cpu, struct fault *f)
{
	if (cpu_is_real(cpu))
		f->code = NO_CODE;
}

static bool is_processor_fault(const struct fault *f)
{
	return f->vector < 256;
}

static void handler_entered(struct cpu *cpu, const struct fault *f)
{
	if (f->vector == VEC_DB)
		cpu->st.dr7 &= ~(uint64_t)DR7_GD; /* NM-26 */
	if (cpu->costs)
		clock_charge(cpu, cpu->costs->event);
	cpu->st.shadow = SHADOW_NONE;
	cpu->st.halted = HALTED_NOT;
	cpu->st.monitor = 0;
	cpu->iteration = 0;
	if (cpu->armed)
		cpu_update_armed(cpu);
}

static void tell_cause(struct cpu *cpu, const struct fault *f)
{
	struct recorder *r = cpu->recorder;
	if (!r)
		return;
	r->record.vector = (uint8_t)f->vector;
	r->record.has_error_code = f->code != NO_CODE;
	r->record.error_code = f->code == NO_CODE ? 0 : (uint32_t)f->code;
	r->record.cause = f->rule ? rule_id((enum rule)f->rule) : NULL;
}

/* One attempt; false: cpu->fault is the next one. The notes of a failed attempt are not told. */
static bool attempt(struct cpu *cpu, const struct fault *f, uint64_t rip, uint64_t rflags)
{
	const struct event e = { .vector = f->vector, .code = f->code, .rip = rip, .rflags = rflags };
	const bool tells = cpu->armed & ARMED_BRANCHES;
	const uint64_t from = tells ? branch_linear(cpu, rip) : 0;
	unsigned rules = cpu->recorder ? cpu->recorder->record.rule_count : 0;
	if (transition_deliver(cpu, &e)) {
		if (tells)
			branch_record_event(cpu, f->vector, from);
		return true;
	}
	if (cpu->recorder)
		record_take_back(cpu->recorder, rules);
	return false;
}

/* What a delivery works with: the interrupted place, and what must be as before if nothing is delivered. */
struct interrupted {
	uint64_t rip, rflags;
	uint64_t cr2, dr6;
};

static enum delivery entered(struct cpu *cpu, const struct fault *f, enum rs_passage_kind kind)
{
	passage_note(cpu, cpu->n, kind, f->vector);
	tell_cause(cpu, f);
	handler_entered(cpu, f);
	return DELIVERED;
}

/* Whoever goes on from here finds nothing done. */
static enum delivery stopped(struct cpu *cpu, const struct fault *f, const struct interrupted *at)
{
	cpu->fault = *f;
	cpu->st.cr2 = at->cr2;
	cpu->st.dr6 = at->dr6;
	return DELIVERY_STOPPED;
}

/* A fault behind a task switch interrupts the new task. */
static void interrupt_anew(struct cpu *cpu, struct interrupted *at)
{
	if (cpu->fault.in_new_task) {
		at->rip = cpu->st.rip;
		at->rflags = cpu_rflags(cpu);
	}
	at->rflags |= FLAG_RF;
}

/* An attempt that fails changes nothing, so a benign fault that follows itself does so for ever (IN-32). */
enum { FAULTS_FOR_EVER = 1000 };

/* Faults during delivery replace the event, or become #DF, or the end (IN-32 .. IN-34). `f` is the one whose delivery
 * has just failed by cpu->fault. */
static enum delivery deliver_next(struct cpu *cpu, struct fault f, struct interrupted at)
{
	cpu->shutdown_count = 0;
	add_to_chain(cpu, &f);
	for (unsigned i = 0; i < FAULTS_FOR_EVER; i++) {
		struct fault next = cpu->fault;
		enum fault_class class = class_of(f.vector);
		if (!is_processor_fault(&next))
			return stopped(cpu, &next, &at);
		add_to_chain(cpu, &next);
		if (class == DOUBLE_FAULT && class_of(next.vector) != BENIGN) {
			leave_traces(cpu, &next);
			return shut_down(cpu);
		}
		if (makes_double_fault(class, class_of(next.vector))) {
			leave_traces(cpu, &next);
			next = (struct fault){ .vector = VEC_DF, .code = 0, .rule = RULE_IN_32 };
		}
		interrupt_anew(cpu, &at);
		f = next;
		leave_traces(cpu, &f);
		drop_code(cpu, &f);
		if (attempt(cpu, &f, at.rip, at.rflags))
			return entered(cpu, &f, RS_PASSAGE_EXCEPTION);
	}
	return DELIVERY_ENDLESS;
}

static enum delivery deliver(struct cpu *cpu, struct fault f, bool is_fault)
{
	const struct interrupted at = {
		.rip = cpu->st.rip, .rflags = pushed_rflags(cpu, &f, is_fault), .cr2 = cpu->st.cr2, .dr6 = cpu->st.dr6
	};
	if (!is_processor_fault(&f))
		return stopped(cpu, &f, &at);
	leave_traces(cpu, &f);
	drop_code(cpu, &f);
	if (!attempt(cpu, &f, at.rip, at.rflags))
		return deliver_next(cpu, f, at);
	return entered(cpu, &f, RS_PASSAGE_EXCEPTION);
}

enum delivery deliver_fault(struct cpu *cpu)
{
	/* RF was cleared when the instruction started, whether or not it then faulted (NM-20) */
	if (is_processor_fault(&cpu->fault))
		cpu->st.rflags &= ~(uint64_t)FLAG_RF;
	return deliver(cpu, cpu->fault, true);
}

enum delivery deliver_pending_db(struct cpu *cpu)
{
	struct fault trap = { .vector = VEC_DB, .code = NO_CODE, .rule = RULE_NM_18, .dr6 = cpu->st.pending_db };
	cpu->st.pending_db = 0;
	enum delivery d = deliver(cpu, trap, false);
	if (d == DELIVERY_STOPPED)
		cpu->st.pending_db = trap.dr6;
	return d;
}

void deliver_join_kept(struct cpu *cpu)
{
	note_debug_status(cpu, cpu->st.pending_db);
	cpu->st.pending_db = 0;
}

/* ---- from outside ---- */

/* `kind` tells of an interrupt or NMI. A fault on the way is a first fault, raised at the interrupted place
 * (IN-33). */
static enum delivery deliver_outside(struct cpu *cpu, const struct fault *f, enum rs_passage_kind kind)
{
	if (attempt(cpu, f, cpu->st.rip, pushed_rflags(cpu, f, false))) {
		if (cpu->recorder)
			cpu->recorder->record.external = kind == RS_PASSAGE_INTERRUPT;
		return entered(cpu, f, kind);
	}
	return is_processor_fault(&cpu->fault) ? deliver_fault(cpu) : DELIVERY_STOPPED;
}

static void take(struct cpu *cpu, unsigned signal)
{
	cpu->st.pending &= (uint8_t)~signal;
	cpu_update_armed(cpu);
}

static void give_back(struct cpu *cpu, unsigned signal)
{
	cpu->st.pending |= (uint8_t)signal;
	cpu_update_armed(cpu);
}

/* Further NMIs are held from now on, whatever becomes of this one (NM-01). */
enum delivery deliver_nmi(struct cpu *cpu)
{
	const struct fault f = { .vector = VEC_NMI, .code = NO_CODE, .rule = RULE_NM_02 };
	cpu->st.nmi_blocked = 1;
	take(cpu, PENDING_NMI);
	enum delivery d = deliver_outside(cpu, &f, RS_PASSAGE_INTERRUPT);
	if (d == DELIVERY_STOPPED) {
		cpu->st.nmi_blocked = 0;
		give_back(cpu, PENDING_NMI);
	}
	return d;
}

enum delivery deliver_interrupt(struct cpu *cpu)
{
	const unsigned vector = cpu->st.irq ? (uint8_t)cpu->st.irq : cpu->wires->acknowledge(cpu->wires->arg);
	const struct fault f = { .vector = (uint16_t)vector, .code = NO_CODE, .rule = RULE_NM_03 };
	cpu->st.irq = 0;
	cpu_update_armed(cpu);
	enum delivery d = deliver_outside(cpu, &f, RS_PASSAGE_INTERRUPT);
	if (d == DELIVERY_STOPPED) {
		cpu->st.irq = (uint16_t)(IRQ_WAITS | vector);
		cpu_update_armed(cpu);
	}
	return d;
}

/* Nobody handles a machine check while another is handled, nor with CR4.MCE = 0 (MS-30, NM-33). The check has hit
 * between two instructions: the program can go on where it was interrupted [SDM vol. 3, 15.3.1.2]. */
enum delivery deliver_machine_check(struct cpu *cpu)
{
	const uint64_t status = cpu->st.mcg_status;
	struct fault f = { .vector = VEC_MC, .code = NO_CODE, .rule = RULE_NM_33 };
	take(cpu, PENDING_MACHINE_CHECK);
	if (!(cpu->st.cr4 & CR4_MCE) || (status & MCG_MCIP)) {
		f.rule = RULE_MS_30;
		cpu->shutdown_count = 0;
		add_to_chain(cpu, &f);
		return shut_down(cpu);
	}
	cpu->st.mcg_status |= MCG_RIPV | MCG_MCIP;
	enum delivery d = deliver_outside(cpu, &f, RS_PASSAGE_EXCEPTION);
	if (d == DELIVERY_STOPPED) {
		cpu->st.mcg_status = status;
		give_back(cpu, PENDING_MACHINE_CHECK);
	}
	return d;
}

enum delivery deliver_unmodelled(struct cpu *cpu)
{
	bool init = cpu->st.pending & PENDING_INIT;
	cpu_fault_missing(cpu, init ? "an INIT signal to the processor that runs" : "system-management interrupts");
	return DELIVERY_STOPPED;
}
