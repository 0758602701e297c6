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

INLINE bool memory_with(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size, uint64_t b,
                        enum reach reach)
{
	struct place place;
	uint64_t a;
	if (!store) {
		if (!mem_read_by(cpu, u, size, reach, &a))
			return false;
		fn(&cpu->lf, a, b, size);
		return true;
	}
	if (!mem_read_modify_by(cpu, u, size, reach, &place, &a))
		return false;
	return mem_write_back_by(cpu, u, &place, size, reach, fn(&cpu->lf, a, b, size));
}

INLINE bool form_rr(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size)
{
	return register_with(cpu, u, fn, store, size, reg_get(cpu, u->src, size));
}

INLINE bool form_rm(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size,
                    enum reach reach)
{
	uint64_t b;
	return mem_read_by(cpu, u, size, reach, &b) && register_with(cpu, u, fn, store, size, b);
}

INLINE bool form_mr(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size,
                    enum reach reach)
{
	return memory_with(cpu, u, fn, store, size, reg_get(cpu, u->src, size), reach);
}

INLINE bool form_ri(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size)
{
	return register_with(cpu, u, fn, store, size, immediate(u, size));
}

INLINE bool form_mi(struct cpu *cpu, const struct uop *u, binary_fn *fn, bool store, unsigned size,
                    enum reach reach)
{
	return memory_with(cpu, u, fn, store, size, immediate(u, size), reach);
}

INLINE bool unary_r(struct cpu *cpu, const struct uop *u, unary_fn *fn, unsigned size)
{
	reg_set(cpu, u->dst, size, fn(&cpu->lf, reg_get(cpu, u->dst, size), size));
	return true;
}

INLINE bool unary_m(struct cpu *cpu, const struct uop *u, unary_fn *fn, unsigned size, enum reach reach)
{
	struct place place;
	uint64_t a;
	return mem_read_modify_by(cpu, u, size, reach, &place, &a) &&
	       mem_write_back_by(cpu, u, &place, size, reach, fn(&cpu->lf, a, size));
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

/* Forms with a memory operand go by `reach`. */
#define BINARY_REGISTER(name, kernel, store, form, size) \
	HANDLER(name##_##form##size, form_##form(cpu, u, kernel, store, size))
#define BINARY_MEMORY(name, kernel, store, form, size) \
	MEMORY_HANDLER(name##_##form##size, form_##form(cpu, u, kernel, store, size, reach))
#define BINARY_SIZES(handler, name, kernel, store, form) \
	handler(name, kernel, store, form, 1) \
	handler(name, kernel, store, form, 2) \
	handler(name, kernel, store, form, 4) \
	handler(name, kernel, store, form, 8)
#define BINARY_FORMS(name, kernel, store) \
	BINARY_SIZES(BINARY_REGISTER, name, kernel, store, rr) \
	BINARY_SIZES(BINARY_MEMORY, name, kernel, store, rm) \
	BINARY_SIZES(BINARY_MEMORY, name, kernel, store, mr) \
	BINARY_SIZES(BINARY_REGISTER, name, kernel, store, ri) \
	BINARY_SIZES(BINARY_MEMORY, name, kernel, store, mi)

#define UNARY_REGISTER(name, size) HANDLER(name##_r##size, unary_r(cpu, u, alu_##name, size))
#define UNARY_MEMORY(name, size) MEMORY_HANDLER(name##_m##size, unary_m(cpu, u, alu_##name, size, reach))
#define UNARY_SIZES(handler, name) handler(name, 1) handler(name, 2) handler(name, 4) handler(name, 8)
#define UNARY_FORMS(name) UNARY_SIZES(UNARY_REGISTER, name) UNARY_SIZES(UNARY_MEMORY, name)

BINARY(BINARY_FORMS)
UNARY(UNARY_FORMS)

/* ---- the pickers ---- */

#define BINARY_ROW(name, kernel, store) \
	{ [FORM_RR] = SIZES_1248(op_##name##_rr), [FORM_RM] = SIZES_1248(op_##name##_rm), \
	  [FORM_MR] = SIZES_1248(op_##name##_mr), [FORM_RI] = SIZES_1248(op_##name##_ri), \
	  [FORM_MI] = SIZES_1248(op_##name##_mi) },
#define BINARY_ROW_BASE(name, kernel, store) \
	{ [FORM_RM] = SIZES_1248_BASE(op_##name##_rm), [FORM_MR] = SIZES_1248_BASE(op_##name##_mr), \
	  [FORM_MI] = SIZES_1248_BASE(op_##name##_mi) },
#define UNARY_ROW(name) { SIZES_1248(op_##name##_r), SIZES_1248(op_##name##_m), SIZES_1248_BASE(op_##name##_m) },

static op_fn *const binary_handlers[ALU_OPS][FORMS][4] = { BINARY(BINARY_ROW) };
static op_fn *const binary_base_handlers[ALU_OPS][FORMS][4] = { BINARY(BINARY_ROW_BASE) };
static op_fn *const unary_handlers[][3][4] = { UNARY(UNARY_ROW) };

PICK(alu)
{
	const enum form form = shape_form(s);
	const bool base = (u->flags & UOP_MEMORY) && u->ea == EA_BASE;
	return (base ? binary_base_handlers : binary_handlers)[arg][form][size_index(u->size)];
}

PICK(unary)
{
	const unsigned form = !shape_is_memory(s, 0) ? 0 : u->ea == EA_BASE ? 2 : 1;
	return unary_handlers[arg][form][size_index(u->size)];
}
