/* user_known.c - where this processor and ringstep are known to differ in user mode, and why that is no failure. */
#include <string.h>

#include "user.h"

struct known {
	bool (*is)(const struct user_test *t, const struct user_end *model, const struct user_end *real);
	const char *why;
};

static uint8_t opcode_at(const struct user_test *t, unsigned at)
{
	while (t->code[at] && strchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", t->code[at]))
		at++;
	if (t->sel[SEG_CS] == 0x33 && (t->code[at] & 0xf0) == 0x40)
		at++;
	return t->code[at];
}

static bool has_string_store(const struct user_test *t)
{
	unsigned at = 0;
	for (unsigned i = 0; i < TEST_INSTRUCTIONS && t->length[i]; at += t->length[i++])
		if (memchr("\xa4\xa5\xaa\xab", opcode_at(t, at), 4))
			return true;
	return false;
}

/* The code is fetched anew after the iteration that has changed it; amid a long run with fast strings only after 64
 * bytes or more, which depends on alignment and on what the processor has chosen. ringstep ends the instruction as it
 * was. */
static bool overwrites_itself(const struct user_test *t, const struct user_end *model, const struct user_end *real)
{
	unsigned size = user_code_size(t);
	return has_string_store(t) &&
	       (memcmp(model->ram[0], t->code, size) != 0 || memcmp(real->ram[0], t->code, size) != 0);
}

/* A jump into data: whatever stands there has run, and a flag that the manuals leave undefined may have decided. */
static bool runs_data(const struct user_test *t, const struct user_end *model, const struct user_end *real)
{
	const uint64_t first = user_pages[USER_DATA], size = USER_END - first;
	(void)t;
	return model->rip - first < size || real->rip - first < size;
}

static const struct known rows[] = {
	{ overwrites_itself, "REP MOVS or STOS that overwrites itself is fetched anew" },
	{ runs_data, "data were executed, undefined flags too" },
};

const char *known_difference(const struct user_test *t, const struct user_end *model, const struct user_end *real)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].is(t, model, real))
			return rows[i].why;
	return NULL;
}
