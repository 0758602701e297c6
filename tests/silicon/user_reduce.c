/* user_reduce.c - the smallest test that still differs: drops instructions, registers, segments and memory in turn. */
#include <string.h>

#include "user.h"

/* Keeps the change when the two still differ. */
static bool try_change(struct user_model *m, struct user_test *t, const struct user_test *changed)
{
	struct difference d;
	if (memcmp(t, changed, sizeof *t) == 0 || !user_differs(m, changed, &d))
		return false;
	*t = *changed;
	return true;
}

static void drop_instructions(struct user_model *m, struct user_test *t)
{
	for (unsigned i = TEST_INSTRUCTIONS; i-- > 1;) {
		struct user_test c = *t;
		c.length[i] = 0;
		if (i + 1 == TEST_INSTRUCTIONS || !t->length[i + 1])
			try_change(m, t, &c);
	}
}

static void simplify_registers(struct user_model *m, struct user_test *t)
{
	static const uint64_t plain[16] = { [RSP] = 0x120800 };
	for (unsigned i = 0; i < 16; i++) {
		struct user_test c = *t;
		c.gpr[i] = plain[i];
		try_change(m, t, &c);
	}
	struct user_test c = *t;
	c.rflags = FLAG_1 | FLAG_IF;
	try_change(m, t, &c);
	for (unsigned bit = 0; bit < 20; bit++) {
		c = *t;
		c.rflags &= ~(1ull << bit) | FLAG_1 | FLAG_IF;
		try_change(m, t, &c);
	}
}

static bool uses_slot(const struct user_test *t, unsigned slot)
{
	for (unsigned i = 0; i < 6; i++)
		if (t->sel[i] >> 2 == (slot << 1 | 1))
			return true;
	return false;
}

static void simplify_segments(struct user_model *m, struct user_test *t)
{
	static const struct slot none = { .read_execute_only = true, .not_present = true };
	struct user_test c;
	for (unsigned i = 0; i < 6; i++) {
		c = *t;
		c.sel[i] = 0x2b;
		if (i != SEG_CS)
			try_change(m, t, &c);
	}
	for (unsigned i = 0; i < LDT_SLOTS; i++) {
		c = *t;
		c.ldt[i] = none;
		if (!uses_slot(t, i))
			try_change(m, t, &c);
	}
}

static void simplify_memory(struct user_model *m, struct user_test *t)
{
	for (unsigned i = 0; i < TEST_PATCHES; i++) {
		struct user_test c = *t;
		memset(&c.patch[i], 0, sizeof c.patch[i]);
		c.patch[i].address = ENV_USER;
		try_change(m, t, &c);
		for (unsigned b = 0; b < t->patch[i].size; b++) {
			c = *t;
			c.patch[i].bytes[b] = 0;
			try_change(m, t, &c);
		}
	}
}

void user_reduce(struct user_model *m, struct user_test *t)
{
	drop_instructions(m, t);
	simplify_registers(m, t);
	simplify_segments(m, t);
	simplify_memory(m, t);
	simplify_registers(m, t);
}
