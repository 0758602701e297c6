/* op_branch.c - near branches; far ones are picked here and done by cpu/transition [SDM vol. 2: Jcc, JMP, CALL, RET,
 * LOOP].
 *
 * Each has a handler for an operand size of 8, which in 64-bit mode is the only one that programs use, and one for the
 * others. What an instruction that faults has put into state.rip does not count.
 */
#include "cpu/engine/block.h"
#include "cpu/isa/alu.h"
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

/* ---- targets ---- */

/* A shorter operand size cuts the target. Outside 64-bit mode it must lie inside CS. */
static bool branch_short(struct cpu *cpu, uint64_t target, unsigned size)
{
	target &= size_mask(size);
	if (cpu_is_64(cpu) ? !cpu_canonical(cpu, target) : target > cpu->st.seg[SEG_CS].limit)
		return cpu_fault(cpu, VEC_GP, 0, RULE_SL_21);
	cpu->st.rip = target;
	return true;
}

/* The block was fetched, so its RIP is canonical, and so is what has the same upper half. */
INLINE bool stays_canonical(const struct cpu *cpu, uint64_t target)
{
	return likely((target ^ cpu->st.gpr[GPR_BLOCK_RIP]) >> 32 == 0) || cpu_canonical(cpu, target);
}

INLINE bool branch(struct cpu *cpu, uint64_t target, unsigned size)
{
	if (unlikely(size != 8 || !stays_canonical(cpu, target)))
		return branch_short(cpu, target, size);
	cpu->st.rip = target;
	return true;
}

INLINE uint64_t relative(const struct uop *u, uint64_t next)
{
	return next + (uint64_t)(int64_t)u->imm;
}

INLINE bool branch_if(struct cpu *cpu, const struct uop *u, bool taken, unsigned size)
{
	uint64_t next = uop_next_rip(HOT_ARGS);
	if (taken)
		return branch(cpu, relative(u, next), size);
	cpu->st.rip = next;
	return true;
}

/* The handlers of one branch; `body` takes the operand size last. */
#define BRANCH(name, body, ...) \
	static OP(name##_8) \
	{ \
		if (unlikely(!body(cpu, u, __VA_ARGS__, 8))) \
			FAULTED(); \
		ARRIVE(); \
	} \
	HANDLER(name##_n, body(cpu, u, __VA_ARGS__, u->size))
#define BRANCH_PAIR(name) { op_##name##_n, op_##name##_8 }

/* The size of operand 0 is that of the displacement; what counts is the instruction's. */
static bool take_size(const struct shape *s, struct uop *u)
{
	u->size = s->operand_size;
	return u->size == 8;
}

/* ---- Jcc, JrCXZ, LOOPcc ---- */

/* The commonest end of a block: no call but sibling calls, so that no register is saved. */
#define JCC(cc) \
	static OP(jcc_##cc##_8) \
	{ \
		uint64_t to = uop_rip(HOT_ARGS) + u->len; \
		if (alu_condition(&cpu->lf, cc)) { \
			to = relative(u, to); \
			if (unlikely(!stays_canonical(cpu, to))) \
				FAULT(VEC_GP, 0, RULE_SL_21); \
		} \
		cpu->st.rip = to; \
		ARRIVE(); \
	} \
	HANDLER(jcc_##cc##_n, branch_if(cpu, u, alu_condition(&cpu->lf, cc), u->size))
CONDITIONS(JCC)

PICK(jcc)
{
#define JCC_CELL(cc) BRANCH_PAIR(jcc_##cc),
	static op_fn *const handlers[16][2] = { CONDITIONS(JCC_CELL) };
#undef JCC_CELL
	return handlers[arg][take_size(s, u)];
}

/* The mnemonic's width of the count is that of the address size. */
BRANCH(jrcxz, branch_if, reg_get(cpu, RCX * 8, uop_address_size(u)) == 0)

PICK(jrcxz)
{
	static op_fn *const handlers[2] = BRANCH_PAIR(jrcxz);
	(void)arg;
	return handlers[take_size(s, u)];
}

/* The count is written last: it must stay when the target is refused. */
INLINE bool loop_if(struct cpu *cpu, const struct uop *u, bool condition, unsigned size)
{
	unsigned width = uop_address_size(u);
	uint64_t count = (reg_get(cpu, RCX * 8, width) - 1) & size_mask(width);
	if (!branch_if(cpu, u, count && condition, size))
		return false;
	reg_set(cpu, RCX * 8, width, count);
	return true;
}

BRANCH(loop, loop_if, true)
BRANCH(loope, loop_if, flag_zf(&cpu->lf))
BRANCH(loopne, loop_if, !flag_zf(&cpu->lf))

PICK(loop)
{
	static op_fn *const handlers[][2] = {
		[LOOP_ALWAYS] = BRANCH_PAIR(loop), [LOOP_ZF] = BRANCH_PAIR(loope), [LOOP_NOT_ZF] = BRANCH_PAIR(loopne),
	};
	return handlers[arg][take_size(s, u)];
}

/* ---- JMP, CALL ---- */

typedef bool go_fn(struct cpu *cpu, const struct uop *u, uint64_t target, unsigned size);

INLINE bool jump(struct cpu *cpu, const struct uop *u, uint64_t target, unsigned size)
{
	(void)u;
	return branch(cpu, target, size);
}

/* The return address is stored before the target is judged: a stack that cannot be written beats a bad target, and that
 * one leaves RSP as it was but not the bytes below (measured on an Intel core; SL-21). */
INLINE bool call(struct cpu *cpu, const struct uop *u, uint64_t target, unsigned size)
{
	if (!stack_poke(cpu, size, size, uop_next_rip(HOT_ARGS)) || !branch(cpu, target, size))
		return false;
	stack_move(cpu, -(uint64_t)size);
	return true;
}

INLINE bool go_relative(struct cpu *cpu, const struct uop *u, go_fn *go, unsigned size)
{
	return go(cpu, u, relative(u, uop_next_rip(HOT_ARGS)), size);
}

INLINE bool go_register(struct cpu *cpu, const struct uop *u, go_fn *go, unsigned size)
{
	return go(cpu, u, reg_get(cpu, u->dst, size), size);
}

INLINE bool go_memory(struct cpu *cpu, const struct uop *u, go_fn *go, unsigned size)
{
	uint64_t target;
	return mem_read(cpu, u, size, &target) && go(cpu, u, target, size);
}

BRANCH(jump_relative, go_relative, jump)
BRANCH(jump_register, go_register, jump)
BRANCH(jump_memory, go_memory, jump)
BRANCH(call_relative, go_relative, call)
BRANCH(call_register, go_register, call)
BRANCH(call_memory, go_memory, call)

enum { GO_RELATIVE, GO_REGISTER, GO_MEMORY, GO_FORMS };

static unsigned go_form(const struct shape *s)
{
	return shape_is_memory(s, 0) ? GO_MEMORY : s->op[0].kind == OPERAND_REGISTER ? GO_REGISTER : GO_RELATIVE;
}

PICK(jmp)
{
	static op_fn *const handlers[GO_FORMS][2] = {
		[GO_RELATIVE] = BRANCH_PAIR(jump_relative), [GO_REGISTER] = BRANCH_PAIR(jump_register),
		[GO_MEMORY] = BRANCH_PAIR(jump_memory),
	};
	(void)arg;
	if (s->far)
		return shape_is_memory(s, 0) ? op_far_jump_memory : op_far_jump_direct;
	return handlers[go_form(s)][take_size(s, u)];
}

PICK(call)
{
	static op_fn *const handlers[GO_FORMS][2] = {
		[GO_RELATIVE] = BRANCH_PAIR(call_relative), [GO_REGISTER] = BRANCH_PAIR(call_register),
		[GO_MEMORY] = BRANCH_PAIR(call_memory),
	};
	(void)arg;
	if (s->far)
		return shape_is_memory(s, 0) ? op_far_call_memory : op_far_call_direct;
	return handlers[go_form(s)][take_size(s, u)];
}

/* ---- RET ---- */

/* `imm`: bytes of arguments that are dropped too. */
INLINE bool near_return(struct cpu *cpu, const struct uop *u, uint64_t drop, unsigned size)
{
	uint64_t target;
	(void)u;
	if (!stack_peek(cpu, 0, size, &target) || !branch(cpu, target, size))
		return false;
	stack_move(cpu, size + drop);
	return true;
}

BRANCH(ret, near_return, (uint16_t)u->imm)

PICK(ret)
{
	static op_fn *const handlers[2] = BRANCH_PAIR(ret);
	bool is_8 = take_size(s, u);
	(void)arg;
	return s->far ? op_far_return : handlers[is_8];
}
