/* insn.h - the rows of insn.def, and the shape in which the decoder hands an instruction to them. */
#ifndef RS_CPU_ISA_INSN_H
#define RS_CPU_ISA_INSN_H

#include "cpu/engine/uop.h"

enum operand_kind {
	OPERAND_NONE,
	OPERAND_REGISTER, /* general-purpose; `reg` is a byte offset into state.gpr */
	OPERAND_MEMORY,
	OPERAND_IMMEDIATE,
	OPERAND_RELATIVE, /* branch displacement */
	OPERAND_POINTER,  /* direct far pointer */
	OPERAND_SEGMENT,  /* `reg` is its number, as in OPERAND_CONTROL and OPERAND_DEBUG */
	OPERAND_CONTROL,
	OPERAND_DEBUG,
	OPERAND_VECTOR, /* XMM or YMM, by its size; `reg` is its number, as in the next two */
	OPERAND_MMX,
	OPERAND_X87, /* ST(reg) */
	OPERAND_OTHER,
};

struct operand {
	uint8_t kind, size, reg; /* size in bytes */
};

enum { SHAPE_OPERANDS = 4 };

/* What executes an instruction, by its encoding and operands: decides by which CPUID feature, CR0, CR4 and XCR0 it is
 * gated. */
enum unit { UNIT_NONE, UNIT_X87, UNIT_MMX, UNIT_SSE, UNIT_VEX128, UNIT_VEX256, UNITS };

/* As VEX.mmmmm counts them. */
enum opcode_map { MAP_ONE_BYTE, MAP_0F, MAP_0F38, MAP_0F3A };

/* What a row's picker needs to know to choose a handler. */
struct shape {
	struct operand op[SHAPE_OPERANDS];
	uint8_t count;
	int32_t first_immediate; /* ENTER and EXTRQ have two; the last one is in uop.imm */
	uint8_t operand_size, address_size; /* attributes, in bytes */
	bool mode_64;
	bool flat; /* MODE_FLAT */
	bool far; /* JMP, CALL, RET: to another code segment */
	bool vex;
	uint8_t map; /* of opcodes: enum opcode_map */
	uint8_t unit; /* enum unit */
	bool ends; /* set by the picker: a block ends behind this instruction */
	uint8_t looked; /* bytes that decided what it is */
	uint16_t cost; /* cycles of the finished uop, with a cycle model */
	const struct rs_profile *profile;
};

static inline bool shape_is_memory(const struct shape *s, unsigned operand)
{
	return s->op[operand].kind == OPERAND_MEMORY;
}

/* How two operands lie: destination first. */
enum form { FORM_RR, FORM_RM, FORM_MR, FORM_RI, FORM_MI, FORMS };

static inline enum form shape_form(const struct shape *s)
{
	if (s->op[1].kind == OPERAND_IMMEDIATE)
		return shape_is_memory(s, 0) ? FORM_MI : FORM_RI;
	if (shape_is_memory(s, 0))
		return FORM_MR;
	return shape_is_memory(s, 1) ? FORM_RM : FORM_RR;
}

/* 1, 2, 4, 8 -> 0, 1, 2, 3 */
static inline unsigned size_index(unsigned size)
{
	return size == 8 ? 3 : size >> 1;
}

/* Chooses the handler; NULL: this shape is not implemented. May finish `u` (its fields are filled from the operands).
 */
typedef op_fn *pick_fn(struct shape *s, unsigned arg, struct uop *u);

#define I_ENDS 1u    /* a block ends behind it: it changes what follows, or looks at the clock */
#define I_CPL0 2u    /* #GP(0) unless CPL is 0 */
#define I_SETS_RIP 4u
#define I_LOCK 8u    /* LOCK is legal with a memory destination */
#define I_TF_AT_END 16u /* the single-step trap looks at TF when the instruction ends (SC-18, SR-17) */
#define I_LOCK_RULE 32u /* the row's rule is that LOCK is #UD */
#define I_PROTECTED 64u /* #UD in real and virtual-8086 mode (SL-30) */
#define I_LOADS_RF 128u /* may set RF */
#define I_X87 256u      /* of this unit, whatever its operands are */
#define I_MMX 512u
#define I_SSE 1024u     /* ... or with VEX of AVX */

enum insn_forms {
#define FORMS(name, mmx, sse, vex128, vex256) FORMS_##name,
#include "cpu/isa/forms.def"
#undef FORMS
	FORMS_COUNT
};

/* The values of insn_row.feature besides those of enum feature. */
enum {
	FEATURE_NONE = -1,
	FEATURE_NEVER = -2, /* in a set of forms */
#define FORMS(name, mmx, sse, vex128, vex256) FEATURE_FORMS_##name = FEATURE_COUNT + FORMS_##name,
#include "cpu/isa/forms.def"
#undef FORMS
};

struct insn_row {
	const char *name;
	pick_fn *pick;
	uint16_t arg;
	uint16_t flags_read, flags_written, flags_undefined;
	uint16_t traits;
	uint16_t rule;    /* of the CPL check, or with I_LOCK_RULE of an illegal LOCK */
	int16_t feature;  /* enum feature, FEATURE_FORMS_*, or -1 */
	const char *page; /* SDM vol. 2 */
};

enum insn {
#define I(name, pick, arg, reads, writes, undefined, traits, feature, rule, page) INSN_##name,
#include "cpu/isa/insn.def"
#undef I
	INSN_COUNT
};

extern const struct insn_row insn_rows[INSN_COUNT];

/* The feature that a form of the row needs: enum feature, FEATURE_NONE or FEATURE_NEVER. */
int insn_feature(const struct insn_row *row, enum unit unit);
/* In words; NULL: it needs none. */
const char *insn_feature_text(const struct insn_row *row);

#endif
