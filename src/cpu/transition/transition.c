/* transition.c - the rows of *.def as code, twice: as they run, and as they run while somebody observes. */
#include "cpu/transition/transition.h"

#include "cpu/control.h"
#include "cpu/deliver.h"
#include "cpu/interrupt.h"
#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"
#include "cpu/passage.h"
#include "cpu/record.h"
#include "cpu/task.h"
#include "cpu/transition/gate.h"
#include "cpu/transition/legacy.h"
#include "cpu/tss.h"

/* ---- what rows call ---- */

/* With the privilege of the new CPL (IN-21); a fault on the way leaves RSP alone (IN-24). */
static bool push_frame(struct cpu *cpu, const struct event *e, unsigned cpl, int32_t ext, uint64_t *rsp)
{
	const uint64_t frame[] = { cpu->st.seg[SEG_SS].sel, cpu->st.gpr[RSP], e->rflags,
				   cpu->st.seg[SEG_CS].sel, e->rip,           (uint32_t)e->code };
	const unsigned kind = MMU_WRITE | (cpl == 3 ? MMU_NEW_STACK_USER : MMU_NEW_STACK_SUPER);
	const unsigned count = e->code == NO_CODE ? 5 : 6;
	uint8_t *host = linear_hit_write_as(cpu, *rsp - 8 * count, 8 * count, kind);
	if (likely(host)) {
		for (unsigned i = 0; i < count; i++)
			host_store(host + 8 * (count - 1 - i), 8, frame[i]);
		*rsp -= 8 * count;
		return true;
	}
	for (unsigned i = 0; i < count; i++) {
		if (!linear_write_slow(cpu, *rsp - 8, 8, kind, true, frame[i])) {
			if (cpu->fault.vector == VEC_SS)
				cpu->fault.code = ext;
			return false;
		}
		*rsp -= 8;
	}
	return true;
}

/* One access after the other shows the order: from the last word down, and of a selector, word 1, two bytes only
 * (measured on an Intel core: EFLAGS, CS, RIP; then SS, RSP). */
static bool peek_in_order(struct cpu *cpu, uint64_t offset, unsigned size, unsigned count, uint64_t *words)
{
	while (count-- > 0)
		if (!stack_peek(cpu, offset + count * size, count == 1 ? SELECTOR_BYTES : size, &words[count]))
			return false;
	return true;
}

/* `count` words of `size` bytes from RSP + offset on, word 1 a selector. */
INLINE bool peek_frame(struct cpu *cpu, uint64_t offset, unsigned size, unsigned count, uint64_t *words)
{
	uint64_t at = cpu->st.gpr[RSP] + offset;
	const uint8_t *host = cpu_is_64(cpu) ? mmu_hit_read(&cpu->mmu, at, size * count) : NULL;
	if (unlikely(!host))
		return peek_in_order(cpu, offset, size, count, words);
	for (unsigned i = 0; i < count; i++)
		words[i] = host_load(host + i * size, size);
	return true;
}

/* IR-15 .. IR-17, IR-30: which bits of the popped image are loaded. VM is ignored in IA-32e mode (IR-08). */
static uint64_t iret_rflags(const struct cpu *cpu, uint64_t rflags, uint64_t image, unsigned size)
{
	uint64_t loaded = FLAGS_ARITHMETIC | FLAG_TF | FLAG_DF | FLAG_NT;
	if (size > 2)
		loaded |= FLAG_RF | FLAG_AC | FLAG_ID;
	if (cpu->st.cpl <= cpu_iopl(cpu))
		loaded |= FLAG_IF;
	if (cpu->st.cpl == 0)
		loaded |= FLAG_IOPL | (size > 2 ? FLAG_VIF | FLAG_VIP : 0);
	return (rflags & ~loaded) | (image & loaded) | FLAG_1;
}

/* Compatibility mode begins with 32 bits of RSP [SDM vol. 1, 3.4.1.1; measured on an Intel core]. */
static void cut_stack_pointer(struct cpu *cpu)
{
	cpu->st.gpr[RSP] = (uint32_t)cpu->st.gpr[RSP];
}

/* A popped pointer goes into RSP whole in 64-bit mode, into ESP or SP by the new stack segment outside (IR-20). */
static void iret_stack_pointer(struct cpu *cpu, bool popped, uint64_t rsp, uint64_t frame, bool to_64)
{
	if (!popped) {
		stack_move(cpu, frame);
	} else if (to_64) {
		cpu->st.gpr[RSP] = rsp;
	} else {
		stack_set(cpu, rsp);
		cut_stack_pointer(cpu);
	}
}

static bool poke_return(struct cpu *cpu, uint16_t cs, uint64_t rip, unsigned size)
{
	return stack_poke(cpu, size, size, cs) && stack_poke(cpu, 2 * size, size, rip);
}

/* CS and RIP, onto the stack as the mode has it that a far CALL enters: SP, ESP or RSP, and SS with a limit or without
 * (measured on an Intel core). */
static bool far_push(struct cpu *cpu, const struct descriptor *code, const struct transition *t)
{
	const struct seg cs = cpu->st.seg[SEG_CS];
	const bool to_64 = cpu_is_long(cpu) && desc_l(code);
	if (to_64 == cpu_is_64(cpu))
		return poke_return(cpu, cs.sel, t->next_rip, t->size);
	seg_set(cpu, SEG_CS, desc_cache(code, cs.sel));
	bool pushed = poke_return(cpu, cs.sel, t->next_rip, t->size);
	seg_set(cpu, SEG_CS, cs);
	return pushed;
}

static bool call_gate(struct cpu *cpu, const struct transition *t, const struct descriptor *gate);
static bool call_gate_legacy(struct cpu *cpu, const struct transition *t, const struct descriptor *gate);
static bool far_task(struct cpu *cpu, const struct transition *t, const struct descriptor *gate);

/* ---- the rows ---- */

#include "cpu/transition/expand.h"

#define TRANSITION(name, about) \
	static bool name##_fast(struct cpu *cpu, const struct transition *t) \
	{ \
		(void)t;
#define NOTE(rule)
#define STEP(row)
#include "cpu/transition/all.def"
#undef TRANSITION
#undef NOTE
#undef STEP

#define TRANSITION(name, about) \
	static bool name##_noted(struct cpu *cpu, const struct transition *t) \
	{ \
		(void)t;
#define NOTE(rule) record_rule(cpu->recorder, RULE_##rule);
#define STEP(row) record_step(cpu->recorder, ROW_##row);
#include "cpu/transition/all.def"
#undef TRANSITION
#undef NOTE
#undef STEP

#define RUN(name, t) (unlikely(cpu->recorder) ? name##_noted(cpu, t) : name##_fast(cpu, t))

/* ---- from one transition into another ---- */

#define GO_ON(function, name) \
	static bool function(struct cpu *cpu, const struct transition *t, const struct descriptor *gate) \
	{ \
		struct transition with_gate = *t; \
		with_gate.gate = gate; \
		return RUN(name, &with_gate); \
	}

GO_ON(call_gate, CALL_GATE)
GO_ON(call_gate_legacy, CALL_GATE_LEGACY)
GO_ON(far_task, TASK)

bool transition_task(struct cpu *cpu, const struct transition *t)
{
	struct task_image image = { 0 };
	struct transition with_image = *t;
	with_image.image = &image;
	if (!RUN(TASK_SWITCH, &with_image))
		return false;
	if (RUN(TASK_ENTER, &with_image))
		return true;
	cpu->fault.in_new_task = true;
	return false;
}

/* ---- handlers ---- */

bool transition_deliver(struct cpu *cpu, const struct event *event)
{
	const struct transition t = { .event = event };
	if (cpu_is_long(cpu))
		return RUN(INTERRUPT, &t);
	return cpu_is_real(cpu) ? RUN(INTERRUPT_REAL, &t) : RUN(INTERRUPT_PROTECTED, &t);
}

static inline void passed(struct cpu *cpu, const struct uop *u, enum rs_passage_kind kind, unsigned vector)
{
	passage_note(cpu, cpu->n + u->index_n, kind, vector);
}

/* SYSCALL and its kin: operand size and next RIP are all they need. */
#define SIMPLE(lower, upper, passage) \
	static OP(lower) \
	{ \
		{ \
			const struct transition t = { .size = u->size, .next_rip = uop_next_rip(HOT_ARGS) }; \
			if (!RUN(upper, &t)) \
				FAULTED(); \
			passed(cpu, u, passage, 0); \
		} \
		NEXT(); \
	} \
	PICK_ONE(lower)

SIMPLE(syscall, SYSCALL, RS_PASSAGE_ENTRY)
SIMPLE(sysenter, SYSENTER, RS_PASSAGE_ENTRY)
SIMPLE(swapgs, SWAPGS, RS_PASSAGE_SWAPGS)

static OP(sysret)
{
	{
		const struct transition t = { .size = u->size };
		if (!RUN(SYSRET, &t))
			FAULTED();
		passed(cpu, u, RS_PASSAGE_RETURN, 0);
	}
	NEXT();
}

static OP(sysexit)
{
	{
		const struct transition t = { .size = u->size };
		if (!RUN(SYSEXIT, &t))
			FAULTED();
		passed(cpu, u, RS_PASSAGE_RETURN, 0);
	}
	NEXT();
}

/* The operand size of SYSRET and SYSEXIT is REX.W's. */
PICK(sysret)
{
	(void)arg;
	u->size = s->operand_size;
	return op_sysret;
}

PICK(sysexit)
{
	(void)arg;
	u->size = s->operand_size;
	return op_sysexit;
}

/* IRET of a nested task: back to the task that the link of the current TSS names [SDM vol. 2, IRET, TASK-RETURN]. */
static bool task_return(struct cpu *cpu, uint64_t next_rip)
{
	uint64_t link;
	const uint64_t at = (uint32_t)cpu->st.seg[SEG_TR].base;
	if (!linear_read_slow(cpu, at, 2, MMU_READ | MMU_IMPLICIT, false, &link))
		return false;
	return task_switch(cpu, (uint16_t)link, TASK_IRET, next_rip, NO_CODE, 0);
}

/* VM = 1 in the image counts at CPL 0 only (IR-08). A frame that cannot be read is left to the rows of IRET. */
static bool returns_to_v86(struct cpu *cpu, unsigned size)
{
	uint64_t image;
	return size == 4 && cpu->st.cpl == 0 && stack_peek(cpu, 2 * size, size, &image) && (image & FLAG_VM);
}

static bool iret_legacy(struct cpu *cpu, const struct transition *t)
{
	if (!cpu_is_protected(cpu))
		return RUN(IRET_REAL, t);
	if (cpu->st.rflags & FLAG_NT)
		return task_return(cpu, t->next_rip);
	return returns_to_v86(cpu, t->size) ? RUN(IRET_TO_V86, t) : RUN(IRET, t);
}

static bool iret(struct cpu *cpu, const struct uop *u)
{
	const struct transition t = { .size = u->size, .next_rip = uop_next_rip(HOT_ARGS) };
	if (!(cpu_is_long(cpu) ? RUN(IRET, &t) : iret_legacy(cpu, &t)))
		return false;
	passed(cpu, u, RS_PASSAGE_RETURN, 0);
	return true;
}

static OP(iret)
{
	if (!iret(cpu, u))
		FAULTED();
	NEXT();
}

PICK(iret)
{
	(void)arg;
	u->size = s->operand_size;
	return op_iret;
}

/* INT n, INT3, INTO are software interrupts; INT1 is delivered as an exception is (NM-30). */
static struct event soft_event(struct cpu *cpu, const struct uop *u, unsigned vector, bool software)
{
	return (struct event){
		.vector = vector,
		.code = NO_CODE,
		.software = software,
		.rip = uop_next_rip(HOT_ARGS),
		.rflags = cpu_rflags(cpu),
	};
}

static bool soft_interrupt(struct cpu *cpu, const struct uop *u, unsigned vector, bool software)
{
	const struct event e = soft_event(cpu, u, vector, software);
	cpu->delivered = true;
	if (!transition_deliver(cpu, &e))
		return false;
	passed(cpu, u, RS_PASSAGE_SOFTWARE, vector);
	return true;
}

/* INT n in virtual-8086 mode: with CR4.VME a 0 in the TSS's redirection bitmap keeps it there; else it needs IOPL 3.
 * INT3 and INTO ask neither [SDM vol. 3, 20.3.3, table 20-2]. */
static bool v86_interrupt(struct cpu *cpu, const struct uop *u, unsigned vector)
{
	const struct event e = soft_event(cpu, u, vector, true);
	const struct transition t = { .event = &e };
	bool stays = false;
	cpu->delivered = true;
	if ((cpu->st.cr4 & CR4_VME) && !tss_redirects(cpu, vector, &stays))
		return false;
	if (!stays && cpu_iopl(cpu) < 3)
		return cpu_fault(cpu, VEC_GP, 0, RULE_LG_16);
	if (!(stays ? RUN(INTERRUPT_8086, &t) : transition_deliver(cpu, &e)))
		return false;
	passed(cpu, u, RS_PASSAGE_SOFTWARE, vector);
	return true;
}

static bool interrupt_n(struct cpu *cpu, const struct uop *u)
{
	unsigned vector = (uint8_t)u->imm;
	return cpu_is_v86(cpu) ? v86_interrupt(cpu, u, vector) : soft_interrupt(cpu, u, vector, true);
}

static bool interrupt_1(struct cpu *cpu, const struct uop *u)
{
	if (!soft_interrupt(cpu, u, VEC_DB, false))
		return false;
	deliver_join_kept(cpu);
	return true;
}

#define INTERRUPT_OP(name, ...) \
	HANDLER(name, __VA_ARGS__) \
	PICK_ONE(name)

INTERRUPT_OP(int, interrupt_n(cpu, u))
INTERRUPT_OP(int3, soft_interrupt(cpu, u, VEC_BP, true))
INTERRUPT_OP(int1, interrupt_1(cpu, u))

static OP(into)
{
	if (!flag_of(&cpu->lf))
		cpu->st.rip = uop_next_rip(HOT_ARGS);
	else if (!soft_interrupt(cpu, u, VEC_OF, true))
		FAULTED();
	NEXT();
}
PICK_ONE(into)

/* ---- far transfers ---- */

static bool far_jump(struct cpu *cpu, const struct uop *u, uint16_t selector, uint64_t offset, unsigned size, bool call)
{
	const struct transition t = { .size = size, .next_rip = uop_next_rip(HOT_ARGS), .selector = selector,
	                              .offset = offset, .call = call };
	if (!(cpu_is_protected(cpu) ? RUN(FAR_JUMP, &t) : RUN(FAR_JUMP_REAL, &t)))
		return false;
	passed(cpu, u, RS_PASSAGE_FAR, 0);
	return true;
}

/* The pointer in memory: offset of the operand size, then the selector. REX.W makes it 16:64 only on some (GT-33). */
static bool far_memory(struct cpu *cpu, const struct uop *u, bool call)
{
	unsigned size = u->size - 2u;
	unsigned wide = size == 8 && !behaviour(cpu, far_pointer_64) ? 4 : size;
	uint64_t offset, selector;
	if (!mem_read(cpu, u, wide, &offset) || !mem_read_behind(cpu, u, wide, SELECTOR_BYTES, &selector))
		return false;
	return far_jump(cpu, u, (uint16_t)selector, offset, wide, call);
}

#define FAR_OP(name, ...) \
	OP(name) \
	{ \
		if (!(__VA_ARGS__)) \
			FAULTED(); \
		NEXT(); \
	}

FAR_OP(far_jump_direct, far_jump(cpu, u, (uint16_t)u->imm, (uint64_t)u->disp, u->size, false))
FAR_OP(far_call_direct, far_jump(cpu, u, (uint16_t)u->imm, (uint64_t)u->disp, u->size, true))
FAR_OP(far_jump_memory, far_memory(cpu, u, false))
FAR_OP(far_call_memory, far_memory(cpu, u, true))

static bool far_return(struct cpu *cpu, const struct uop *u)
{
	const struct transition t = { .size = u->size, .release = (uint16_t)u->imm };
	if (!(cpu_is_protected(cpu) ? RUN(FAR_RETURN, &t) : RUN(FAR_RETURN_REAL, &t)))
		return false;
	passed(cpu, u, RS_PASSAGE_RETURN, 0);
	return true;
}

FAR_OP(far_return, far_return(cpu, u))
