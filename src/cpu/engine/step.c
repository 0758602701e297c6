/* step.c - the step driver: one record at a time, with everything that can happen between two instructions
 * [SDM vol. 3, table 6-2: priority among simultaneous events]. */
#include "cpu/branch.h"
#include "cpu/debug.h"
#include "cpu/engine/block.h"
#include "cpu/engine/engine.h"
#include "cpu/interrupt.h"
#include "cpu/isa/insn.h"
#include "cpu/monitor.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"
#include "cpu/record.h"

OP(step_end)
{
	(void)u;
	cpu->exit = CPU_EXIT_STEP;
	return NULL;
}

static void begin(struct cpu *cpu, enum rs_record_kind kind)
{
	if (cpu->recorder)
		record_begin(cpu->recorder, kind, cpu->n, cpu->st.cpl, cpu->st.rip);
}

static void end(struct cpu *cpu)
{
	if (!cpu->recorder)
		return;
	cpu->recorder->record.cycles = cpu_cycles(cpu);
	record_end(cpu->recorder);
}

/* Delivers what `how` says as a record of its own. */
static enum engine_stop event(struct cpu *cpu, enum delivery (*how)(struct cpu *cpu))
{
	engine_forget(cpu);
	enum delivery d = how(cpu);
	const enum engine_stop stop = engine_after(cpu, d);
	if (d == DELIVERED)
		end(cpu);
	return stop;
}

/* The instruction's record becomes the fault's. What a REP string has stored before it faulted is told with it. */
static enum engine_stop fault_event(struct cpu *cpu)
{
	if (cpu->recorder)
		record_fault(cpu->recorder);
	return event(cpu, deliver_fault);
}

/* ---- one instruction ---- */

/* The block knows where the bytes are: no walk is needed to tell them. */
static void note_bytes(struct cpu *cpu, const struct block *b, const struct uop *u)
{
	struct recorder *r = cpu->recorder;
	uint64_t pa = b->physical + u->off;
	unsigned room = (unsigned)(PAGE_SIZE - (pa & PAGE_OFFSET)), first = u->len < room ? u->len : room;
	if (!r)
		return;
	r->record.length = u->len;
	memset(r->record.bytes, 0xff, sizeof r->record.bytes);
	phys_read(cpu->mmu.ram, pa, r->record.bytes, first);
	phys_read(cpu->mmu.ram, b->second, r->record.bytes + first, u->len - first);
}

/* Runs the handler of `u` alone. */
static void execute(struct cpu *cpu, const struct uop *u)
{
	struct uop pair[2] = { *u, { .fn = op_step_end } };
	const struct uop *next = pair;
	pair[0].index_n = 0;
	cpu->data_hits = 0;
	cpu->delivered = false;
	cpu->shadow_before = cpu->st.shadow;
	cpu->st.shadow = SHADOW_NONE;
	cpu->st.rflags &= ~(uint64_t)FLAG_RF; /* NM-20 */
	while (next)
		next = next->fn(cpu, next);
	cpu->st.rflags = cpu_rflags(cpu);
}

/* Where `u` began, and whether it branched: for who records or traps branches. */
struct course {
	uint64_t from;
	bool tf, branched;
};

static bool traps_by_tf(const struct cpu *cpu, const struct uop *u, const struct course *c)
{
	if (cpu->delivered) /* NM-15; an INTO that delivers nothing traps as others do */
		return false;
	if ((cpu->st.debugctl & DEBUGCTL_BTF) && !c->branched) /* MS-33 */
		return false;
	if (insn_rows[u->insn].traits & I_TF_AT_END)
		return cpu->st.rflags & FLAG_TF;
	return c->tf;
}

/* What the instruction leaves for the boundary behind it. The trap of a MOV SS itself is lost, its data breakpoints are
 * kept until after the next instruction (NM-07, NM-08). */
static void leave_traps(struct cpu *cpu, const struct uop *u, const struct course *c)
{
	cpu->st.pending_db |= cpu->data_hits;
	if (cpu->st.shadow != SHADOW_MOV_SS && traps_by_tf(cpu, u, c))
		cpu->st.pending_db |= DR6_BS;
	cpu_update_armed(cpu);
}

static enum engine_stop completed(struct cpu *cpu, const struct uop *u, unsigned cost, struct course *c)
{
	if (!(u->flags & UOP_SETS_RIP))
		cpu->st.rip = uop_next_rip(HOT_ARGS);
	cpu->cursor.index++;
	cpu->iteration = 0;
	c->branched = (cpu->armed & ARMED_BRANCHES) && branch_was_taken(cpu, u, uop_next_rip(HOT_ARGS));
	if (c->branched)
		branch_record(cpu, c->from);
	leave_traps(cpu, u, c);
	cpu->n++;
	cpu->cycles += cost;
	end(cpu);
	return ENGINE_GOES_ON;
}

/* A REP string stopped between two iterations: the instruction is not complete (NM-17). */
static enum engine_stop iterated(struct cpu *cpu, bool tf_at_start)
{
	cpu->iteration++;
	cpu_note_event(cpu);
	cpu->st.pending_db |= cpu->data_hits;
	if (tf_at_start && !(cpu->st.debugctl & DEBUGCTL_BTF))
		cpu->st.pending_db |= DR6_BS;
	cpu_update_armed(cpu);
	if (cpu->recorder) {
		cpu->recorder->record.kind = RS_RECORD_ITERATION;
		cpu->recorder->record.iteration = cpu->iteration;
	}
	end(cpu);
	return ENGINE_GOES_ON;
}

/* The emulator itself must stop: whoever goes on from here finds the instruction not yet started. */
static void unstart(struct cpu *cpu, uint64_t rf)
{
	if (cpu->fault.vector < FAULT_UNIMPLEMENTED)
		return;
	cpu->st.rflags |= rf;
	cpu->st.shadow = cpu->shadow_before;
	cpu_update_armed(cpu);
}

/* Of the instruction at the cursor. */
static unsigned cost(const struct cpu *cpu)
{
	const uint16_t *start = block_start(cpu->cursor.block) + cpu->cursor.index;
	return cpu->costs ? (unsigned)(start[1] - start[0]) : 0;
}

/* A trap may be due there (NM-17). */
static bool stops_between_iterations(const struct cpu *cpu)
{
	bool steps = (cpu->st.rflags & FLAG_TF) && !(cpu->st.debugctl & DEBUGCTL_BTF);
	return steps || debug_watches_data(cpu) || debug_watches_ports(cpu);
}

static enum engine_stop instruction(struct cpu *cpu)
{
	struct course c = { .from = branch_linear(cpu, cpu->st.rip), .tf = cpu->st.rflags & FLAG_TF };
	const uint64_t rf = cpu->st.rflags & FLAG_RF;
	/* the block may be dropped while its instruction runs */
	const struct uop kept = block_uop(cpu->cursor.block, cpu->cursor.index);
	const unsigned cycles = cost(cpu);
	note_bytes(cpu, cpu->cursor.block, &kept);
	cpu->rep_limit = stops_between_iterations(cpu) ? 1 : UINT64_MAX;
	execute(cpu, &kept);
	cpu->rep_limit = UINT64_MAX;
	switch (cpu->exit) {
	case CPU_EXIT_STEP:
		return completed(cpu, &kept, cycles, &c);
	case CPU_EXIT_ITERATION:
		return iterated(cpu, c.tf);
	default:
		if (!cpu->fault.in_new_task)
			cpu->st.rip = uop_rip(cpu, &kept); /* a branch may have set it before it faulted */
		unstart(cpu, rf);
		return fault_event(cpu);
	}
}

static bool debug_trap_is_due(const struct cpu *cpu)
{
	return cpu->st.pending_db && cpu->st.shadow != SHADOW_MOV_SS;
}

/* The monitor's interrupt is let in, wherever VIF is the program's IF [SDM vol. 3, 20.3.2]. */
static bool virtual_interrupt_hits(struct cpu *cpu)
{
	if (!(cpu->armed & ARMED_VIRTUAL) || !cpu_has_virtual_if(cpu))
		return false;
	cpu_fault(cpu, VEC_GP, 0, RULE_NM_35);
	return true;
}

/* What is taken at this boundary in place of the next instruction, by priority [SDM vol. 3, table 6-2] (NM-03). */
static interrupt_deliver_fn *due(const struct cpu *cpu)
{
	interrupt_deliver_fn *first = interrupt_before_traps(cpu);
	if (first)
		return first;
	return debug_trap_is_due(cpu) ? deliver_pending_db : interrupt_after_traps(cpu);
}

/* Time jumps to the end of the waiting. */
static enum engine_stop wait(struct cpu *cpu)
{
	if (interrupt_wait(cpu))
		return ENGINE_GOES_ON;
	return cpu->st.halted == HALTED_SHUTDOWN ? ENGINE_SHUTDOWN : ENGINE_HALTED;
}

enum engine_stop engine_step(struct cpu *cpu)
{
	cpu->deadline = 0; /* no handler goes on to another block */
	interrupt_catch_up(cpu);
	interrupt_deliver_fn *deliver = due(cpu);
	if (cpu->st.halted && !deliver) {
		enum engine_stop stop = wait(cpu);
		deliver = due(cpu);
		if (!deliver && !interrupt_ends_mwait(cpu))
			return stop;
		if (!deliver)
			monitor_wake(cpu);
	}
	begin(cpu, deliver ? RS_RECORD_EVENT : RS_RECORD_INSTRUCTION);
	if (deliver)
		return event(cpu, deliver);
	if (debug_hits_code(cpu) || virtual_interrupt_hits(cpu) || !engine_locate(cpu))
		return fault_event(cpu);
	return instruction(cpu);
}
