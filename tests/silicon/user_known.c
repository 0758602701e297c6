/* user_known.c - where this processor and ringstep are known to differ in user mode, and why that is no failure. */
#include <string.h>

#include "user.h"

struct known {
	/* `opcode`: of the instruction in which they part */
	bool (*is)(const struct user_end *model, const struct user_end *real, uint8_t opcode);
	const char *why;
};

static bool overwrites_itself(const struct user_end *model, const struct user_end *real, uint8_t opcode)
{
	bool string = opcode == 0xa4 || opcode == 0xa5 || opcode == 0xaa || opcode == 0xab;
	return string && (memcmp(model->ram[0], real->ram[0], TEST_CODE) != 0 || model->cr2 - real->cr2 > PAGE_SIZE);
}

static const struct known rows[] = {
	/* After the iteration that does it; amid a long run with fast strings only after 64 bytes or more, which depends on
	 * alignment and the way that the processor has chosen. ringstep ends the instruction as it was fetched. */
	{ overwrites_itself, "REP MOVS or STOS that overwrites itself is fetched anew" },
};

/* The opcode at this place of the test's code, behind its prefixes. */
static uint8_t opcode_at(const struct user_test *t, unsigned at)
{
	while (t->code[at] && strchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", t->code[at]))
		at++;
	if (t->sel[SEG_CS] == 0x33 && (t->code[at] & 0xf0) == 0x40)
		at++;
	return t->code[at];
}

/* Of the instruction that `rip` points into (by another code segment perhaps); for a trap of the one before it. */
static uint8_t find_opcode(const struct user_test *t, uint64_t rip, bool trap)
{
	uint64_t offset = (rip & ~(uint64_t)ENV_USER) - trap;
	unsigned at = 0;
	for (unsigned i = 0; i < TEST_INSTRUCTIONS && t->length[i]; i++) {
		if (offset >= at && offset < at + t->length[i])
			return opcode_at(t, at);
		at += t->length[i];
	}
	return 0;
}

const char *known_difference(const struct user_test *t, const struct user_end *model, const struct user_end *real)
{
	bool trap = real->vector == VEC_DB && !(real->rflags & FLAG_RF);
	uint8_t opcode[2] = { find_opcode(t, real->rip, trap), find_opcode(t, model->rip, false) };
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++)
		if (rows[i / 2].is(model, real, opcode[i & 1]))
			return rows[i / 2].why;
	return NULL;
}
