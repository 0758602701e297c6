/* regs.h - registers by the names that people use: every field of the machine, parts of them, flags. */
#ifndef RS_UI_REPL_REGS_H
#define RS_UI_REPL_REGS_H

#include "cpu/state.h"
#include "ringstep.h"

enum reg_part { REG_VALUE, REG_BASE, REG_LIMIT, REG_ATTRIBUTES };

struct reg {
	size_t field;
	enum reg_part part;
	unsigned shift, bits; /* of a number field */
};

/* "rax", "eax", "ah", "r8d", "zf", "cs", "gs.base", "gs.attr", "gdtr.limit"; letter case does not matter. */
bool reg_find(const char *name, size_t length, struct reg *reg);
uint64_t reg_read(struct rs_machine *m, const struct reg *reg);
/* False when it cannot be set. */
bool reg_write(struct rs_machine *m, const struct reg *reg, uint64_t value);

/* The fields that the prompt asks for at every turn. */
struct fields {
	size_t rip, rsp, rflags, cpl, cs, efer, ldtr, gdtr, tr;
};

void fields_find(struct fields *f);

/* A field's whole content. */
struct field_value {
	uint64_t number, high; /* `high`: of a wide field */
	struct rs_segment segment;
};

void field_read(const struct cpu_state *state, size_t field, struct field_value *value);
bool field_same(const struct field_value *a, const struct field_value *b);
/* "0010 [0 ffffffff a09b]", "00000000004010a8"; numbers have as many digits as the field. */
const char *field_text(size_t field, const struct field_value *value, char *text, size_t size);

#endif
