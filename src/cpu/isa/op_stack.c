/* op_stack.c - PUSH, POP, their kin for flags and all registers, ENTER and LEAVE.
 *
 * A push or pop that faults changes neither RSP nor memory. The instructions that push or pop many words do it word by
 * word: a fault leaves RSP and RBP alone, but does not undo what came before it, and the instruction can be started
 * again (measured on an Intel core). [SDM vol. 2: PUSH, POP, PUSHF, POPF, PUSHA, POPA, ENTER, LEAVE]
 */
#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"
#include "cpu/transition/legacy.h"

#define SIZES(X, ...) X(2, __VA_ARGS__) X(4, __VA_ARGS__) X(8, __VA_ARGS__)
#define STACK_HANDLER(size, name) HANDLER(name##size, name(cpu, u, size))

/* The operand may be smaller than the stack's word: an immediate, a selector. */
static unsigned take_size(const struct shape *s, struct uop *u)
{
	u->size = s->operand_size;
	return size_index(u->size);
}

/* ---- PUSH ---- */

INLINE bool push_register(struct cpu *cpu, const struct uop *u, unsigned size)
{
	return stack_push(cpu, size, reg_get(cpu, u->dst, size));
}

INLINE bool push_immediate(struct cpu *cpu, const struct uop *u, unsigned size)
{
	return stack_push(cpu, size, (uint64_t)(int64_t)u->imm);
}

INLINE bool push_memory(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v;
	return mem_read(cpu, u, size, &v) && stack_push(cpu, size, v);
}

/* The selector is zero-extended to the operand size, or a 32-bit push stores its 16 bits only [SDM vol. 2, PUSH]. */
INLINE bool push_segment(struct cpu *cpu, const struct uop *u, unsigned size)
{
	unsigned stored = size == 4 && behaviour(cpu, push_segment_stores_16) ? 2 : size;
	if (!stack_poke(cpu, size, stored, cpu->st.seg[u->dst].sel))
		return false;
	stack_move(cpu, -(uint64_t)size);
	return true;
}

SIZES(STACK_HANDLER, push_register)
SIZES(STACK_HANDLER, push_immediate)
SIZES(STACK_HANDLER, push_memory)
SIZES(STACK_HANDLER, push_segment)

PICK(push)
{
	static op_fn *const handlers[][4] = {
		[OPERAND_REGISTER] = SIZES_248(op_push_register), [OPERAND_MEMORY] = SIZES_248(op_push_memory),
		[OPERAND_IMMEDIATE] = SIZES_248(op_push_immediate), [OPERAND_SEGMENT] = SIZES_248(op_push_segment),
	};
	(void)arg;
	return handlers[s->op[0].kind][take_size(s, u)];
}

/* ---- POP ---- */

/* RSP moves first, so that POP RSP ends with what was popped. */
INLINE bool pop_register(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v;
	if (!stack_peek(cpu, 0, size, &v))
		return false;
	stack_move(cpu, size);
	reg_set(cpu, u->dst, size, v);
	return true;
}

/* An address made from RSP takes its value after the pop. */
INLINE bool pop_memory(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v, rsp = cpu->st.gpr[RSP];
	if (!stack_peek(cpu, 0, size, &v))
		return false;
	stack_move(cpu, size);
	if (mem_write(cpu, u, size, v))
		return true;
	cpu->st.gpr[RSP] = rsp;
	return false;
}

SIZES(STACK_HANDLER, pop_register)
SIZES(STACK_HANDLER, pop_memory)

PICK(pop)
{
	static op_fn *const handlers[2][4] = { SIZES_248(op_pop_register), SIZES_248(op_pop_memory) };
	unsigned index = take_size(s, u);
	(void)arg;
	if (s->op[0].kind == OPERAND_SEGMENT) {
		s->ends |= s->op[0].reg == SEG_SS || !s->mode_64;
		return op_pop_segment;
	}
	return handlers[shape_is_memory(s, 0)][index];
}

/* The families below have one handler for all operand sizes. */
#define PICK_ANY_SIZE(name) \
	PICK(name) \
	{ \
		(void)arg; \
		take_size(s, u); \
		return op_##name; \
	}

/* ---- PUSHF, POPF ---- */

/* In virtual-8086 mode with IOPL < 3, PUSHF and POPF need CR4.VME and 16-bit operands, and then show VIF as IF. */
static bool flags_are_virtual(const struct cpu *cpu)
{
	return cpu_is_v86(cpu) && cpu_iopl(cpu) < 3;
}

static bool virtual_flags_allowed(struct cpu *cpu, unsigned size)
{
	return (cpu_has_virtual_if(cpu) && size == 2) || cpu_fault(cpu, VEC_GP, 0, RULE_NM_35);
}

/* VM and RF are pushed as 0. */
static bool push_flags(struct cpu *cpu, unsigned size)
{
	uint64_t rflags = cpu_rflags(cpu) & ~(uint64_t)(FLAG_VM | FLAG_RF);
	if (!flags_are_virtual(cpu))
		return stack_push(cpu, size, rflags);
	return virtual_flags_allowed(cpu, size) && stack_push(cpu, size, virtual_flags(rflags));
}

HANDLER(pushf, push_flags(cpu, u->size))
PICK_ANY_SIZE(pushf)

/* What the program may change (NM-35, NM-36). */
static uint64_t popf_mask(const struct cpu *cpu, unsigned size)
{
	uint64_t mask = FLAGS_ARITHMETIC | FLAG_TF | FLAG_DF | FLAG_NT;
	if (size > 2)
		mask |= FLAG_AC | FLAG_ID;
	if (cpu->st.cpl <= cpu_iopl(cpu))
		mask |= FLAG_IF;
	if (cpu->st.cpl == 0)
		mask |= FLAG_IOPL;
	return mask;
}

/* TF cannot be set, nor a waiting interrupt let in, behind the monitor's back. */
static bool pop_virtual_flags(struct cpu *cpu, unsigned size)
{
	uint64_t v;
	if (!virtual_flags_allowed(cpu, size) || !stack_peek(cpu, 0, size, &v))
		return false;
	if ((v & FLAG_TF) || ((v & FLAG_IF) && (cpu->st.rflags & FLAG_VIP)))
		return cpu_fault(cpu, VEC_GP, 0, RULE_NM_35);
	stack_move(cpu, size);
	cpu_set_rflags(cpu, popped_virtual_flags(cpu, v));
	return true;
}

static bool pop_flags(struct cpu *cpu, const struct uop *u)
{
	uint64_t v, mask = popf_mask(cpu, u->size);
	if (flags_are_virtual(cpu))
		return pop_virtual_flags(cpu, u->size);
	if (!stack_peek(cpu, 0, u->size, &v))
		return false;
	stack_move(cpu, u->size);
	cpu_set_rflags(cpu, (cpu_rflags(cpu) & ~mask & ~(uint64_t)FLAG_RF) | (v & mask));
	return true;
}

HANDLER(popf, pop_flags(cpu, u))
PICK_ANY_SIZE(popf)

/* ---- PUSHA, POPA (not in 64-bit mode) ---- */

enum { ALL_REGISTERS = 8 };

/* What is pushed for the stack pointer is its value before. */
static bool push_all(struct cpu *cpu, unsigned size)
{
	for (unsigned i = 0; i < ALL_REGISTERS; i++)
		if (!stack_poke(cpu, (i + 1) * size, size, reg_get(cpu, i * 8, size)))
			return false;
	stack_move(cpu, -(uint64_t)(ALL_REGISTERS * size));
	return true;
}

HANDLER(pusha, push_all(cpu, u->size))
PICK_ANY_SIZE(pusha)

/* From the top of the stack: (E)DI first. The image of the stack pointer is skipped. */
static bool pop_all(struct cpu *cpu, unsigned size)
{
	uint64_t v;
	for (unsigned i = 0; i < ALL_REGISTERS; i++) {
		unsigned reg = ALL_REGISTERS - 1 - i;
		if (!stack_peek(cpu, i * size, size, &v))
			return false;
		if (reg != RSP)
			reg_set(cpu, reg * 8, size, v);
	}
	stack_move(cpu, ALL_REGISTERS * size);
	return true;
}

HANDLER(popa, pop_all(cpu, u->size))
PICK_ANY_SIZE(popa)

/* ---- ENTER, LEAVE ---- */

enum { ENTER_LEVELS = 32 };

/* Entry `i` of the display below the frame pointer, which a nested procedure takes over. */
static bool display_read(struct cpu *cpu, unsigned i, unsigned size, uint64_t *v)
{
	uint64_t address;
	return stack_linear(cpu, cpu->st.gpr[RBP] - i * size, size, SEG_FOR_READ, &address) &&
	       linear_read(cpu, address, size, true, v);
}

/* Below the old frame pointer: the frame pointers of the outer levels, then this one's. */
static bool push_display(struct cpu *cpu, unsigned size, unsigned level, uint64_t frame)
{
	uint64_t v;
	for (unsigned i = 1; i < level; i++)
		if (!display_read(cpu, i, size, &v) || !stack_poke(cpu, (i + 1) * size, size, v))
			return false;
	return level == 0 || stack_poke(cpu, (level + 1) * size, size, frame);
}

/* A store through the final RSP must be possible, though none is made [SDM vol. 2, ENTER: exceptions]. */
static bool has_room(struct cpu *cpu, unsigned size, uint64_t moved)
{
	uint64_t address;
	return stack_linear(cpu, cpu->st.gpr[RSP] - moved, size, SEG_FOR_WRITE, &address) &&
	       linear_probe(cpu, address, size, MMU_WRITE, true);
}

/* `imm` is the frame's size, `src` the nesting level. */
static bool enter(struct cpu *cpu, const struct uop *u)
{
	unsigned size = u->size, level = u->src % ENTER_LEVELS;
	uint64_t frame = cpu->st.gpr[RSP] - size;
	uint64_t moved = (level + 1) * size + (uint16_t)u->imm;
	if (!stack_poke(cpu, size, size, cpu->st.gpr[RBP]) || !push_display(cpu, size, level, frame) ||
	    !has_room(cpu, size, moved))
		return false;
	stack_move(cpu, -moved);
	reg_set(cpu, RBP * 8, size, frame);
	return true;
}

HANDLER(enter, enter(cpu, u))

PICK(enter)
{
	(void)arg;
	take_size(s, u);
	u->src = (uint8_t)u->imm;
	u->imm = s->first_immediate;
	return op_enter;
}

INLINE bool leave(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v, address, rbp = cpu->st.gpr[RBP];
	(void)u;
	if (!stack_linear(cpu, rbp, size, SEG_FOR_READ, &address) || !linear_read(cpu, address, size, true, &v))
		return false;
	stack_set(cpu, rbp + size);
	reg_set(cpu, RBP * 8, size, v);
	return true;
}

SIZES(STACK_HANDLER, leave)

PICK(leave)
{
	static op_fn *const handlers[] = SIZES_248(op_leave);
	(void)arg;
	return handlers[take_size(s, u)];
}
