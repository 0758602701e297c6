/* x87.h - the words in which handlers of x87 instructions are written.
 *
 * The decoder leaves the low three bits of the opcode in u->dst and the ModRM byte in u->src; u->size is the width of a
 * memory operand. An instruction begins with x87_begin(), computes with x.env, and writes results only if x87_end()
 * says so: an unmasked exception that is found before the computation changes no register. */
#ifndef RS_CPU_ISA_X87_H
#define RS_CPU_ISA_X87_H

#include "cpu/operand.h"
#include "fp/fp.h"

#define FSW_CONDITION (FSW_C0 | FSW_C2 | FSW_C3)
#define FCW_MASKS FP_FLAGS
#define FCW_RESET 0x037fu

struct x87 {
	struct fp_env env;
	uint16_t cleared, set; /* of C0, C2 and C3 */
	bool stack_fault;
	bool keeps_c1; /* unless there is a stack fault */
	bool denormal; /* the operand in memory is */
};

/* False: #MF is due, for an exception that is waiting. */
bool x87_begin(struct cpu *cpu, struct x87 *x);
/* Writes the status word and the pointers. False: nothing else may be written. */
bool x87_end(struct cpu *cpu, const struct uop *u, struct x87 *x);
/* An empty register was read, or a full one pushed upon: #IS [SDM vol. 1, 8.5.1.1]. */
void x87_stack_fault(struct x87 *x, bool overflow);
/* ES and B say whether an unmasked exception is flagged. */
void x87_summarise(struct cpu *cpu);

static inline unsigned x87_opcode(const struct uop *u)
{
	return 0xd8u | u->dst;
}

static inline unsigned x87_register(const struct uop *u)
{
	return u->src & 7;
}

/* Sets the condition codes; C1 is env.rounded_up. */
static inline void x87_condition(struct x87 *x, unsigned set)
{
	x->cleared = FSW_CONDITION;
	x->set = (uint16_t)set;
}

/* ---- the stack ---- */

static inline unsigned st_physical(const struct cpu *cpu, unsigned i)
{
	return ((cpu->st.fsw >> FSW_TOP_SHIFT) + i) & 7;
}

static inline bool st_empty(const struct cpu *cpu, unsigned i)
{
	return !(cpu->st.ftw >> st_physical(cpu, i) & 1);
}

static inline struct fp80 st_get(const struct cpu *cpu, unsigned i)
{
	return cpu->st.fpr[st_physical(cpu, i)];
}

static inline void st_put(struct cpu *cpu, unsigned i, struct fp80 value)
{
	const unsigned physical = st_physical(cpu, i);
	cpu->st.fpr[physical] = value;
	cpu->st.ftw |= (uint8_t)(1u << physical);
}

static inline void st_free(struct cpu *cpu, unsigned i)
{
	cpu->st.ftw &= (uint8_t) ~(1u << st_physical(cpu, i));
}

static inline void st_rotate(struct cpu *cpu, unsigned by)
{
	cpu->st.fsw = (uint16_t)((cpu->st.fsw & ~FSW_TOP) | st_physical(cpu, by) << FSW_TOP_SHIFT);
}

static inline void st_pop(struct cpu *cpu)
{
	st_free(cpu, 0);
	st_rotate(cpu, 1);
}

static inline void st_push(struct cpu *cpu, struct fp80 value)
{
	st_rotate(cpu, 7);
	st_put(cpu, 0, value);
}

/* ---- memory operands ---- */

bool x87_load(struct cpu *cpu, const struct uop *u, unsigned bytes, unsigned align, void *to);
bool x87_store(struct cpu *cpu, const struct uop *u, unsigned bytes, unsigned align, const void *from);

/* The operand of arithmetic and comparisons: single, double, or an integer of 16 or 32 bits, by opcode. */
bool x87_load_operand(struct cpu *cpu, const struct uop *u, uint64_t *raw);
/* An SNaN stays one, so that the operation sees it; for the same reason DE waits for x87_add_denormal(). */
struct fp80 x87_operand(struct x87 *x, const struct uop *u, uint64_t raw);
/* After the operation: DE, unless there was a NaN or another exception of the operands. */
void x87_add_denormal(struct x87 *x, bool nan);

#endif
