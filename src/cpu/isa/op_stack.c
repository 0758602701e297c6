/* op_stack.c - PUSH, POP and their kin [SDM vol. 2, PUSH POP PUSHF POPF PUSHA POPA ENTER LEAVE]. */
#include "cpu/isa/op_common.h"
#include "cpu/mutant.h"
#include "cpu/operand.h"

/* ---- PUSH ---- */

#define PUSH_REGISTER(size) \
	static OP(push_r##size) \
	{ \
		if (!stack_push(cpu, size, reg_get(cpu, u->dst, size))) \
			FAULTED(); \
		NEXT(); \
	}

PUSH_REGISTER(2)
PUSH_REGISTER(4)
PUSH_REGISTER(8)

static OP(push_imm)
{
	if (!stack_push(cpu, u->size, (uint64_t)(int64_t)u->imm))
		FAULTED();
	NEXT();
}

static bool push_memory(struct cpu *cpu, const struct uop *u)
{
	uint64_t v;
	return mem_read(cpu, u, u->size, &v) && stack_push(cpu, u->size, v);
}

static OP(push_mem)
{
	if (!push_memory(cpu, u))
		FAULTED();
	NEXT();
}

/* The selector is zero-extended to the operand size, or a 32-bit push stores its 16 bits only [SDM vol. 2, PUSH]. */
static bool push_segment(struct cpu *cpu, const struct uop *u)
{
	unsigned stored = u->size == 4 && behaviour(cpu, push_segment_stores_16) ? 2 : u->size;
	if (!stack_poke(cpu, u->size, stored, cpu->st.seg[u->dst].sel))
		return false;
	stack_move(cpu, -(uint64_t)u->size);
	return true;
}

static OP(push_segment)
{
	if (!push_segment(cpu, u))
		FAULTED();
	NEXT();
}

PICK(push)
{
	static op_fn *const registers[] = { NULL, op_push_r2, op_push_r4, op_push_r8 };
	(void)arg;
	u->size = s->operand_size;
	switch (s->op[0].kind) {
	case OPERAND_REGISTER:
		return registers[size_index(u->size)];
	case OPERAND_IMMEDIATE:
		return op_push_imm;
	case OPERAND_SEGMENT:
		return op_push_segment;
	default:
		return op_push_mem;
	}
}

/* ---- POP ---- */

/* RSP moves first, so that POP RSP ends with what was popped. */
static bool pop_register(struct cpu *cpu, const struct uop *u, unsigned size)
{
	uint64_t v;
	if (!stack_peek(cpu, 0, size, &v))
		return false;
	stack_move(cpu, size);
	reg_set(cpu, u->dst, size, v);
	return true;
}

#define POP_REGISTER(size) \
	static OP(pop_r##size) \
	{ \
		if (!pop_register(cpu, u, size)) \
			FAULTED(); \
		NEXT(); \
	}

POP_REGISTER(2)
POP_REGISTER(4)
POP_REGISTER(8)

/* An address made from RSP uses its value after the pop. */
static bool pop_memory(struct cpu *cpu, const struct uop *u)
{
	uint64_t v, rsp = cpu->st.gpr[RSP];
	if (!stack_peek(cpu, 0, u->size, &v))
		return false;
	stack_move(cpu, u->size);
	if (mem_write(cpu, u, u->size, v))
		return true;
	cpu->st.gpr[RSP] = rsp;
	return false;
}

static OP(pop_mem)
{
	if (!pop_memory(cpu, u))
		FAULTED();
	NEXT();
}

PICK(pop)
{
	static op_fn *const registers[] = { NULL, op_pop_r2, op_pop_r4, op_pop_r8 };
	(void)arg;
	u->size = s->operand_size;
	if (s->op[0].kind == OPERAND_SEGMENT) {
		s->ends = s->op[0].reg == SEG_SS;
		return op_pop_segment;
	}
	return s->op[0].kind == OPERAND_REGISTER ? registers[size_index(u->size)] : op_pop_mem;
}

/* ---- PUSHF, POPF ---- */

/* VM and RF are pushed as 0. */
static OP(pushf)
{
	if (!stack_push(cpu, u->size, cpu_rflags(cpu) & ~(uint64_t)(FLAG_VM | FLAG_RF)))
		FAULTED();
	NEXT();
}

PICK(pushf)
{
	(void)arg;
	u->size = s->operand_size;
	return op_pushf;
}

/* Which flags the program may change (NM-35, NM-36). */
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

static bool pop_flags(struct cpu *cpu, const struct uop *u)
{
	uint64_t v, mask = popf_mask(cpu, u->size);
	if (!stack_peek(cpu, 0, u->size, &v))
		return false;
	stack_move(cpu, u->size);
	cpu_set_rflags(cpu, (cpu_rflags(cpu) & ~mask & ~(uint64_t)FLAG_RF) | (v & mask));
	return true;
}

static OP(popf)
{
	if (!pop_flags(cpu, u))
		FAULTED();
	NEXT();
}

PICK(popf)
{
	(void)arg;
	u->size = s->operand_size;
	return op_popf;
}

/* ---- PUSHA, POPA (not in 64-bit mode) ---- */

enum { ALL_REGISTERS = 8 };

static bool push_all(struct cpu *cpu, const struct uop *u)
{
	for (unsigned i = 0; i < ALL_REGISTERS; i++)
		if (!stack_poke(cpu, (i + 1) * u->size, u->size, reg_get(cpu, i * 8, u->size)))
			return false;
	stack_move(cpu, -(uint64_t)(ALL_REGISTERS * u->size));
	return true;
}

static OP(pusha)
{
	if (!push_all(cpu, u))
		FAULTED();
	NEXT();
}

PICK(pusha)
{
	(void)arg;
	u->size = s->operand_size;
	return op_pusha;
}

/* The image of the stack pointer is skipped. */
static bool pop_all(struct cpu *cpu, const struct uop *u)
{
	uint64_t v[ALL_REGISTERS];
	for (unsigned i = 0; i < ALL_REGISTERS; i++) /* from the top of the stack: (E)DI first */
		if (!stack_peek(cpu, i * u->size, u->size, &v[ALL_REGISTERS - 1 - i]))
			return false;
	for (unsigned i = 0; i < ALL_REGISTERS; i++)
		if (i != RSP)
			reg_set(cpu, i * 8, u->size, v[i]);
	stack_move(cpu, ALL_REGISTERS * u->size);
	return true;
}

static OP(popa)
{
	if (!pop_all(cpu, u))
		FAULTED();
	NEXT();
}

PICK(popa)
{
	(void)arg;
	u->size = s->operand_size;
	return op_popa;
}

/* ---- ENTER, LEAVE ---- */

enum { LEVELS = 32 };

/* Copies the frame pointers of the outer levels; `pushed` bytes lie below RSP already. */
static bool copy_display(struct cpu *cpu, unsigned size, unsigned level, uint64_t frame, uint64_t *pushed)
{
	uint64_t v, address, rbp = cpu->st.gpr[RBP];
	for (unsigned i = 1; i < level; i++) {
		rbp -= size;
		if (!stack_linear(cpu, rbp, size, SEG_FOR_READ, &address) || !linear_read(cpu, address, size, true, &v))
			return false;
		*pushed += size;
		if (!stack_poke(cpu, *pushed, size, v))
			return false;
	}
	*pushed += size;
	return stack_poke(cpu, *pushed, size, frame);
}

/* `imm` is the frame's size, `src` the nesting level. The lowest byte of the new frame must be writable. */
static bool enter(struct cpu *cpu, const struct uop *u)
{
	unsigned size = u->size, level = u->src % LEVELS;
	uint64_t pushed = size, bytes = (uint16_t)u->imm, address;
	uint64_t frame = cpu->st.gpr[RSP] - size;
	if (!stack_poke(cpu, size, size, cpu->st.gpr[RBP]))
		return false;
	if (level && !copy_display(cpu, size, level, frame, &pushed))
		return false;
	if (!stack_linear(cpu, cpu->st.gpr[RSP] - pushed - bytes, 1, SEG_FOR_WRITE, &address) ||
	    !linear_probe(cpu, address, 1, MMU_WRITE, true))
		return false;
	stack_move(cpu, -(pushed + bytes));
	reg_set(cpu, RBP * 8, size == 2 ? 2 : stack_width(cpu), frame);
	return true;
}

static OP(enter)
{
	if (!enter(cpu, u))
		FAULTED();
	NEXT();
}

PICK(enter)
{
	(void)arg;
	u->size = s->operand_size;
	u->src = (uint8_t)u->imm;
	u->imm = s->first_immediate;
	return op_enter;
}

static bool leave(struct cpu *cpu, const struct uop *u)
{
	uint64_t v, address, rbp = cpu->st.gpr[RBP];
	if (!stack_linear(cpu, rbp, u->size, SEG_FOR_READ, &address) || !linear_read(cpu, address, u->size, true, &v))
		return false;
	stack_set(cpu, rbp + u->size);
	reg_set(cpu, RBP * 8, u->size, v);
	return true;
}

static OP(leave)
{
	if (!leave(cpu, u))
		FAULTED();
	NEXT();
}

PICK(leave)
{
	(void)arg;
	u->size = s->operand_size;
	return op_leave;
}
