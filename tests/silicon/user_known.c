/* user_known.c - where this processor and ringstep are known to differ in user mode, and why that is no failure.
 *
 * What begins with "wrong" awaits a change of ringstep and goes with it. The rest are choices that the manuals leave
 * open, nearly all of the kind "which of two faults comes first" or "what a faulting instruction has already done".
 */
#include <string.h>

#include "user.h"

#define V(vector) (1u << VEC_##vector)
#define ANY_VECTOR UINT32_MAX
#define STACK_FAULTS (V(PF) | V(SS) | V(AC))

enum { ANY_REG = -1, OPCODES = 5 };

/* Either the same vector and only `parts` differ, or (parts = 0) these vectors instead of each other. */
struct known {
	uint16_t opcode[OPCODES]; /* 0F xx is F00h + xx; the first 0: all */
	int8_t reg;               /* of ModRM */
	unsigned parts;
	uint32_t model, processor;
	const char *why;
};

static const char enters[] = "ENTER and PUSHA store as they go, POPA loads as it goes: a later fault undoes nothing";

static const struct known rows[] = {
	{ { 0x60, 0x61, 0xc8 }, ANY_REG, PART_MEMORY | PART_GENERAL | PART_CR2 | PART_ERROR, 0, 0, enters },
	{ { 0x60, 0x61, 0xc8 }, ANY_REG, 0, STACK_FAULTS, STACK_FAULTS, enters },
};

struct culprit {
	unsigned opcode, reg;
};

static struct culprit decode(const struct user_test *t, unsigned at)
{
	struct culprit p;
	while (t->code[at] && strchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", t->code[at]))
		at++;
	if (t->sel[SEG_CS] == 0x33 && (t->code[at] & 0xf0) == 0x40)
		at++;
	p.opcode = t->code[at++];
	if (p.opcode == 0x0f)
		p.opcode = 0xf00u | t->code[at++];
	p.reg = t->code[at] >> 3 & 7;
	return p;
}

/* The instruction that `rip` points into (by another code segment perhaps); for a trap the one before it. */
static struct culprit find_culprit(const struct user_test *t, uint64_t rip, bool trap)
{
	uint64_t offset = (rip & ~(uint64_t)ENV_USER) - trap;
	unsigned at = 0;
	for (unsigned i = 0; i < TEST_INSTRUCTIONS && t->length[i]; i++) {
		if (offset >= at && offset < at + t->length[i])
			return decode(t, at);
		at += t->length[i];
	}
	return (struct culprit){ .opcode = UINT16_MAX };
}

static bool names_opcode(const struct known *k, const struct culprit *p)
{
	bool all = k->opcode[0] == 0;
	for (unsigned i = 0; i < OPCODES && !all; i++)
		all = k->opcode[i] && k->opcode[i] == p->opcode;
	return all && (k->reg == ANY_REG || (unsigned)k->reg == p->reg);
}

static bool explains(const struct known *k, const struct culprit *p, const struct user_end *model,
		     const struct user_end *real, const struct difference *d)
{
	if (!names_opcode(k, p))
		return false;
	if (k->parts)
		return model->vector == real->vector && !(d->parts & ~k->parts);
	return model->vector != real->vector && k->model >> model->vector & k->processor >> real->vector & 1;
}

static bool overwrites_itself(const struct user_end *model, const struct user_end *real, const struct culprit *p)
{
	bool string = p->opcode == 0xa4 || p->opcode == 0xa5 || p->opcode == 0xaa || p->opcode == 0xab;
	return string && (memcmp(model->ram[0], real->ram[0], TEST_CODE) != 0 || model->cr2 - real->cr2 > PAGE_SIZE);
}

static const char *known_special(const struct user_test *t, const struct user_end *model, const struct user_end *real,
				 const struct culprit *p)
{
	if (overwrites_itself(model, real, p))
		return "REP MOVS or STOS that overwrites itself is fetched anew";
	return NULL;
}

const char *known_difference(const struct user_test *t, const struct user_end *model, const struct user_end *real,
			     const struct difference *d)
{
	bool trap = real->vector == VEC_DB && !(real->rflags & FLAG_RF);
	struct culprit p[2] = { find_culprit(t, real->rip, trap), find_culprit(t, model->rip, false) };
	const char *why = NULL;
	for (unsigned i = 0; i < 2 && !why; i++)
		why = known_special(t, model, real, &p[i]);
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows && !why; i++)
		if (explains(&rows[i / 2], &p[i & 1], model, real, d))
			why = rows[i / 2].why;
	return why;
}
