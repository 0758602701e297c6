/* op_alu.c - ADD OR ADC SBB AND SUB XOR CMP TEST and INC DEC NEG NOT.
 *
 * The hottest handlers: one for each operation, form of operands and operand size, all made from one list of operations
 * and one body a form. [SDM vol. 2: ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NEG, NOT]
 */
#include "cpu/isa/alu.h"
#include "cpu/isa/op_common.h"
#include "cpu/operand.h"

typedef uint64_t binary_fn(struct lazy_flags *f, uint64_t a, uint64_t b, unsigned size);
typedef uint64_t unary_fn(struct lazy_flags *f, uint64_t a, unsigned size);

/* CMP and TEST are SUB and AND that keep nothing but the flags. */
enum { KEEP_FLAGS, STORE };

/* ---- one body a form; false: faulted ---- */

INLINE uint64_t immediate(const struct uop *u, unsigned size)
{
	return (uint64_t)(int64_t)u->imm & size_mask(size);
}

INLINE bool register_with(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size, uint64_t b)
{
	uint64_t r = fn(&cpu->lf, reg_get(cpu, u->dst, size), b, size);
	if (store)
		reg_set(cpu, u->dst, size, r);
	return true;
}

INLINE bool memory_with(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size, uint64_t b)
{
	uint64_t a, address;
	if (!store) {
		if (!mem_read(cpu, u, size, &a))
			return false;
		fn(&cpu->lf, a, b, size);
		return true;
	}
	if (!mem_read_modify(cpu, u, size, &address, &a))
		return false;
	return mem_write_back(cpu, u, address, size, fn(&cpu->lf, a, b, size));
}

INLINE bool form_rr(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size)
{
	return register_with(cpu, u, fn, store, size, reg_get(cpu, u->src, size));
}

INLINE bool form_rm(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size)
{
	uint64_t b;
	return mem_read(cpu, u, size, &b) && register_with(cpu, u, fn, store, size, b);
}

INLINE bool form_mr(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size)
{
	return memory_with(cpu, u, fn, store, size, reg_get(cpu, u->src, size));
}

INLINE bool form_ri(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size)
{
	return register_with(cpu, u, fn, store, size, immediate(u, size));
}

INLINE bool form_mi(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size)
{
	return memory_with(cpu, u, fn, store, size, immediate(u, size));
}

INLINE bool unary_r(struct cpu *cpu, const struct uop *u, unary_fn *fn, unsigned size)
{
	reg_set(cpu, u->dst, size, fn(&cpu->lf, reg_get(cpu, u->dst, size), size));
	return true;
}

INLINE bool unary_m(struct cpu *cpu, const struct uop *u, unary_fn *fn, unsigned size)
{
	uint64_t a, address;
	return mem_read_modify(cpu, u, size, &address, &a) &&
	       mem_write_back(cpu, u, address, size, fn(&cpu->lf, a, size));
}

/* ---- the handlers ---- */

/* X(operation, kernel, what becomes of the result), in the order of enum ALU_* */
#define BINARY(X) \
	X(add, alu_add, STORE) \
	X(or, alu_or, STORE) \
	X(adc, alu_adc, STORE) \
	X(sbb, alu_sbb, STORE) \
	X(and, alu_and, STORE) \
	X(sub, alu_sub, STORE) \
	X(xor, alu_xor, STORE) \
	X(cmp, alu_sub, KEEP_FLAGS) \
	X(test, alu_and, KEEP_FLAGS)

#define UNARY(X) X(inc) X(dec) X(neg) X(not)

#define BINARY_HANDLER(name, kernel, store, form, size) \
	HANDLER(name##_##form##size, form_##form(cpu, u, kernel, store, size))
#define BINARY_SIZES(name, kernel, store, form) \
	BINARY_HANDLER(name, kernel, store, form, 1) \
	BINARY_HANDLER(name, kernel, store, form, 2) \
	BINARY_HANDLER(name, kernel, store, form, 4) \
	BINARY_HANDLER(name, kernel, store, form, 8)
#define BINARY_FORMS(name, kernel, store) \
	BINARY_SIZES(name, kernel, store, rr) \
	BINARY_SIZES(name, kernel, store, rm) \
	BINARY_SIZES(name, kernel, store, mr) \
	BINARY_SIZES(name, kernel, store, ri) \
	BINARY_SIZES(name, kernel, store, mi)

#define UNARY_HANDLER(name, form, size) \
	HANDLER(name##_##form##size, unary_##form(cpu, u, alu_##name, size))
#define UNARY_SIZES(name, form)                                                                                        \
	UNARY_HANDLER(name, form, 1)                                                                                   \
	UNARY_HANDLER(name, form, 2) UNARY_HANDLER(name, form, 4) UNARY_HANDLER(name, form, 8)
#define UNARY_FORMS(name) UNARY_SIZES(name, r) UNARY_SIZES(name, m)

BINARY(BINARY_FORMS)
UNARY(UNARY_FORMS)

/* ---- the pickers ---- */

#define BINARY_ROW(name, kernel, store) \
	{ [FORM_RR] = SIZES_1248(op_##name##_rr), [FORM_RM] = SIZES_1248(op_##name##_rm), \
	  [FORM_MR] = SIZES_1248(op_##name##_mr), [FORM_RI] = SIZES_1248(op_##name##_ri), \
	  [FORM_MI] = SIZES_1248(op_##name##_mi) },
#define UNARY_ROW(name) { SIZES_1248(op_##name##_r), SIZES_1248(op_##name##_m) },

static op_fn *const binary_handlers[ALU_OPS][FORMS][4] = { BINARY(BINARY_ROW) };
static op_fn *const unary_handlers[][2][4] = { UNARY(UNARY_ROW) };

PICK(alu)
{
	return binary_handlers[arg][shape_form(s)][size_index(u->size)];
}

PICK(unary)
{
	return unary_handlers[arg][shape_is_memory(s, 0)][size_index(u->size)];
}
