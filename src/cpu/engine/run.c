/* run.c - the chain driver, and how both drivers find the next instruction. */
#include "cpu/branch.h"
#include "cpu/deliver.h"
#include "cpu/engine/block.h"
#include "cpu/engine/clock.h"
#include "cpu/engine/engine.h"
#include "cpu/interrupt.h"
#include "cpu/isa/insn.h"
#include "cpu/operand.h"

void engine_forget(struct cpu *cpu)
{
	cpu->cursor.block = NULL;
}

static bool cursor_fits(const struct cpu *cpu)
{
	const struct block *b = cpu->cursor.block;
	return b && block_is_live(b) && cpu->cursor.index < b->count && b->mode == cpu->mode &&
	       cpu->st.rip == cpu->st.gpr[GPR_BLOCK_RIP] + b->uop[cpu->cursor.index].off;
}

bool engine_locate(struct cpu *cpu)
{
	struct block *b = cpu->cursor.block;
	if (cursor_fits(cpu))
		return true;
	bool ended = b && cpu->cursor.index == b->count;
	cpu->cursor.block = NULL; /* finding may drop every block */
	b = ended ? block_follow(cpu, b) : block_find(cpu);
	if (!b)
		return false;
	cpu->cursor.block = b;
	cpu->cursor.index = 0;
	cpu->st.gpr[GPR_BLOCK_RIP] = cpu->st.rip;
	return true;
}

/* ---- the ends of a chain ---- */

static const struct uop *leave(struct cpu *cpu, enum cpu_exit why)
{
	cpu->exit = why;
	return NULL;
}

/* The whole block's cost is charged when it is entered; what is not reached is taken back. One that would end behind
 * the limit is not entered. */
OP(timed)
{
	struct block *b = cpu->block;
	uint64_t cycles = cpu->cycles + b->cost;
	if (unlikely(cycles > cpu->cycle_stop))
		return leave(cpu, CPU_EXIT_LIMIT);
	cpu->cycles = cycles;
	RS_TAIL return b->first(HOT_ARGS);
}

bool engine_at_code_stop(const struct cpu *cpu)
{
	const uint64_t address = branch_linear(cpu, cpu->st.rip);
	for (size_t i = 0; i < cpu->stops.count; i++)
		if (cpu->stops.address[i] == address)
			return !cpu->iteration; /* a REP string that goes on has been seen before */
	return false;
}

OP(code_stop)
{
	if (engine_at_code_stop(cpu))
		return leave(cpu, CPU_EXIT_LIMIT);
	if (cpu->costs)
		RS_TAIL return op_timed(HOT_ARGS);
	RS_TAIL return cpu->block->first(HOT_ARGS);
}

/* A block lately found at this RIP, or one by a link of an earlier epoch. Nothing is fetched that the driver would not
 * fetch: not behind the last instruction of a run, nor when something is to be looked at first; with a limit of cycles
 * that is so at each boundary, for a fetch may take some. */
static struct block *found_lately(struct cpu *cpu)
{
	const struct link *recent = block_recent(cpu);
	if (cpu->n >= cpu->deadline || (cpu->costs && cpu->cycle_stop != NEVER))
		return NULL;
	struct block *to = link_fits(cpu, recent) ? recent->to : NULL;
	if (to && block_is_live(to))
		block_link_first(cpu, cpu->block, to);
	else
		to = block_renew(cpu, cpu->block);
	return to && block_in_time(cpu, to, 0) ? to : NULL;
}

/* No link of the block fits. A function of its own, so that the ends of blocks save no register. */
static __attribute__((noinline)) OP(unlinked)
{
	cpu->n += u->index_n;
	struct block *to = found_lately(cpu);
	if (!to)
		return leave(cpu, CPU_EXIT_BLOCK);
	block_enter(cpu, to);
	GO(to);
}

OP(block_end)
{
	struct block *to = block_linked(cpu, u->index_n);
	if (unlikely(!to))
		RS_TAIL return op_unlinked(HOT_ARGS);
	cpu->n += u->index_n;
	block_enter(cpu, to);
	GO(to);
}

OP(block_fall)
{
	cpu->st.rip = uop_next_rip(HOT_ARGS); /* the end has no length */
	RS_TAIL return op_block_end(HOT_ARGS);
}

/* RF is cleared when an instruction starts (NM-20); without breakpoints there is nothing else to it. */
static void start_with_rf(struct cpu *cpu)
{
	cpu->st.rflags &= ~(uint64_t)FLAG_RF;
	cpu->armed &= ~(uint32_t)ARMED_RF;
	cpu->resumed = cpu->n;
}

/* Behind an IRET: the frame of a fault has RF = 1. */
static __attribute__((noinline)) OP(resume)
{
	cpu->n += u->index_n;
	cpu->deadline = cpu->limit;
	struct block *to = found_lately(cpu);
	if (!to)
		return leave(cpu, CPU_EXIT_BLOCK);
	start_with_rf(cpu);
	block_enter(cpu, to);
	GO(to);
}

OP(block_end_iret)
{
	if (unlikely(cpu->armed == ARMED_RF))
		RS_TAIL return op_resume(HOT_ARGS);
	RS_TAIL return op_block_end(HOT_ARGS);
}

OP(stale)
{
	cpu->at = u;
	return leave(cpu, CPU_EXIT_STALE);
}

/* A fault for which the ledger has no rule is named by the instruction that raised it. */
const struct uop *op_faulted(HOT_PARAMS)
{
	cpu->at = u;
	if (!cpu->fault.rule)
		cpu->fault.rule = (uint16_t)fault_of_instruction(u->insn);
	return leave(cpu, CPU_EXIT_FAULT);
}

const struct uop *op_fault(HOT_PARAMS, unsigned vector, int32_t code, enum rule rule)
{
	cpu_fault(cpu, vector, code, rule);
	return op_faulted(HOT_ARGS);
}

/* ---- the driver ---- */

enum engine_stop engine_after(struct cpu *cpu, enum delivery d)
{
	if (d == DELIVERED || d == DELIVERY_SHUTDOWN)
		cpu_note_event(cpu);
	if (d == DELIVERED)
		return ENGINE_GOES_ON;
	if (d == DELIVERY_SHUTDOWN)
		return ENGINE_SHUTDOWN;
	if (d == DELIVERY_ENDLESS)
		return ENGINE_HALTED;
	return cpu->fault.vector == FAULT_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_MISSING;
}

/* Back inside a block: state.rip and n are those before the instruction `at`, but for a fault in a new task (TK-25). */
static void settle_at(struct cpu *cpu, struct block *b)
{
	cpu->n += cpu->at->index_n;
	if (cpu->costs)
		cpu->cycles -= block_rest(b, cpu->at->index_n);
	if (cpu->exit != CPU_EXIT_FAULT || !cpu->fault.in_new_task)
		cpu->st.rip = cpu->st.gpr[GPR_BLOCK_RIP] + cpu->at->off;
	cpu->cursor.block = NULL;
}

/* SYSRET may set TF, and its single-step trap looks at TF when it ends (SR-17): the one trap that an unarmed chain can
 * leave behind. Setting TF has armed the CPU, so the chain ended right behind it. */
static void leave_trap(struct cpu *cpu, const struct block *b)
{
	if ((cpu->st.rflags & FLAG_TF) && (insn_rows[b->uop[b->count - 1].insn].traits & I_TF_AT_END))
		cpu->st.pending_db |= DR6_BS;
	cpu_update_armed(cpu);
}

static enum engine_stop settle(struct cpu *cpu)
{
	struct block *b = cpu->block;
	cpu->block = NULL;
	cpu->st.rflags = cpu_rflags(cpu);
	switch (cpu->exit) {
	case CPU_EXIT_BLOCK:
		cpu->cursor.block = b;
		cpu->cursor.index = b->count;
		if (cpu->armed)
			leave_trap(cpu, b);
		return ENGINE_GOES_ON;
	case CPU_EXIT_LIMIT:
		cpu->cursor.block = b;
		cpu->cursor.index = 0;
		return ENGINE_GOES_ON;
	case CPU_EXIT_FAULT:
		settle_at(cpu, b);
		if (cpu->fault.vector != FAULT_DEVICE)
			return engine_after(cpu, deliver_fault(cpu));
		cpu->step_once = true;
		return ENGINE_GOES_ON;
	case CPU_EXIT_ITERATION:
		settle_at(cpu, b);
		cpu->iteration++;
		cpu_note_event(cpu);
		return ENGINE_GOES_ON;
	default:
		settle_at(cpu, b);
		return ENGINE_GOES_ON;
	}
}

/* From the cursor to the end of a chain of blocks. */
static enum engine_stop chain(struct cpu *cpu)
{
	struct block *b = cpu->cursor.block;
	const struct uop *u = &b->uop[cpu->cursor.index];
	cpu->resumed = UINT64_MAX;
	if (cpu->st.rflags & FLAG_RF)
		start_with_rf(cpu);
	cpu->block = b;
	cpu->n -= u->index_n;
	if (cpu->costs && u->index_n)
		cpu->cycles += block_rest(b, u->index_n);
	cpu->shadow_before = SHADOW_NONE; /* a shadow would have selected the step driver */
	cpu->mmu.devices.wait = true;
	while (u)
		u = u->fn(cpu, u);
	cpu->mmu.devices.wait = false;
	enum engine_stop stop = settle(cpu);
	if ((stop == ENGINE_MISSING || stop == ENGINE_NO_MEMORY) && cpu->n == cpu->resumed)
		cpu->st.rflags |= FLAG_RF; /* the emulator itself stopped: the instruction has not started */
	return stop;
}

/* Events in a row without one instruction completed: a handler that cannot even be fetched, on a stack that never ends.
 * No RAM holds the frames of so many different ones, so the processor will do this for ever. */
enum { EVENTS_FOR_EVER = 1 << 24 };

/* Whether the chain can run what is left of the block at the cursor. */
static bool rest_in_time(const struct cpu *cpu, uint64_t limit)
{
	struct block *b = cpu->cursor.block;
	unsigned index = cpu->cursor.index;
	if (cpu->n + b->count - index > limit)
		return false;
	return !cpu->costs || cpu->cycles + block_rest(b, index) <= cpu->cycle_stop;
}

static enum engine_stop advance(struct cpu *cpu, uint64_t limit, bool step)
{
	/* RF without breakpoints has nothing to hold off: the instruction that starts clears it */
	bool alone = (cpu->armed & ~(uint32_t)ARMED_RF) || step || cpu->step_once || cpu->iteration;
	cpu->step_once = false;
	if (alone)
		return engine_step(cpu);
	if (!engine_locate(cpu))
		return engine_after(cpu, deliver_fault(cpu));
	if (!rest_in_time(cpu, limit))
		return engine_step(cpu);
	cpu->deadline = cpu->limit = limit < INT64_MAX ? limit : INT64_MAX;
	return chain(cpu);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The instruction number by which so many cycles have passed, without a model. */
static uint64_t instruction_at(const struct cpu *cpu, uint64_t cycles)
{
	return cycles == NEVER ? NEVER : cycles - earlier(cycles, cpu->idle);
}

/* Up to where nothing needs to be looked at. */
static uint64_t plan(struct cpu *cpu, uint64_t limit)
{
	cpu->cycle_stop = earlier(cpu->cycle_limit, cpu->event_at);
	return cpu->costs ? limit : earlier(limit, instruction_at(cpu, cpu->cycle_stop));
}

/* Whether there is something to be looked at already: a limit, or the board. */
static bool is_due(const struct cpu *cpu, uint64_t planned)
{
	return cpu->n >= planned || (cpu->costs && cpu->cycles >= cpu->cycle_stop);
}

static bool is_at_limit(const struct cpu *cpu, uint64_t limit)
{
	return cpu->n >= limit || cpu_cycles(cpu) >= cpu->cycle_limit;
}

bool engine_is_broken(const struct cpu *cpu, struct rs_position began)
{
	return engine_at_code_stop(cpu) && rs_position_compare(cpu_position(cpu), began);
}

enum engine_stop engine_run(struct cpu *cpu, uint64_t limit, bool step)
{
	enum engine_stop stop = ENGINE_GOES_ON;
	uint64_t before = cpu->n, events = 0;
	cpu->rep_limit = UINT64_MAX;
	const struct rs_position began = cpu_position(cpu);
	if (engine_at_code_stop(cpu))
		cpu->step_once = true; /* it is not to be seen again */
	while (stop == ENGINE_GOES_ON) {
		if (cpu->armed & ARMED_STOP)
			return ENGINE_STOPPED;
		if (unlikely(cpu->stops.count) && engine_is_broken(cpu, began))
			return ENGINE_BREAK;
		uint64_t planned = plan(cpu, limit);
		if (unlikely(is_due(cpu, planned))) {
			if (is_at_limit(cpu, limit))
				return ENGINE_LIMIT;
			interrupt_catch_up(cpu);
			planned = plan(cpu, limit);
		}
		events = cpu->n == before && !cpu->iteration ? events + 1 : 0;
		before = cpu->n;
		if (events > EVENTS_FOR_EVER)
			return ENGINE_HALTED;
		stop = advance(cpu, planned, step);
	}
	return stop;
}
