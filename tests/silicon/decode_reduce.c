/* decode_reduce.c - the fewest bytes that still differ, and the line that tells them. */
#include <stdio.h>
#include <string.h>

#include "decode.h"

/* One byte less, or one byte 0. */
static void change(struct decode_test *t, const struct decode_test *from, unsigned change)
{
	const unsigned i = change / 2;
	*t = (struct decode_test){ .code_size = from->code_size };
	memcpy(t->bytes, from->bytes, TEST_BYTES);
	if (change & 1) {
		t->bytes[i] = 0;
		return;
	}
	memmove(t->bytes + i, t->bytes + i + 1, TEST_BYTES - i - 1);
	t->bytes[TEST_BYTES - 1] = 0;
}

static bool same_kind(const struct decode_test *a, const struct decode_test *b)
{
	return a->model.verdict == b->model.verdict && a->real.verdict == b->real.verdict;
}

/* All changes at once in one child; the first that differs as before and changes anything is taken. */
static bool reduce_once(struct real *r, struct model *m, struct decode_test *t)
{
	struct decode_test *all = real_tests(r);
	for (unsigned i = 0; i < 2 * TEST_BYTES; i++) {
		change(&all[i], t, i);
		model_ask(m, &all[i]);
	}
	real_begin(r, 2 * TEST_BYTES);
	real_end(r);
	for (unsigned i = 0; i < 2 * TEST_BYTES; i++)
		if (memcmp(all[i].bytes, t->bytes, TEST_BYTES) != 0 && same_kind(&all[i], t) &&
		    decode_judge(m, &all[i]).differs) {
			*t = all[i];
			return true;
		}
	return false;
}

void decode_reduce(struct real *r, struct model *m, struct decode_test *t)
{
	for (unsigned round = 0; round < 4 * TEST_BYTES && reduce_once(r, m, t); round++)
		;
}

static void tell_answer(const struct answer *a)
{
	static const char *const words[] = {
		[VERDICT_NONE] = "nothing",      [VERDICT_INSTRUCTION] = "length", [VERDICT_UNDEFINED] = "#UD",
		[VERDICT_TOO_LONG] = "too long", [VERDICT_SHORTER] = "shorter",    [VERDICT_LOST] = "died",
	};
	printf("%s", words[a->verdict]);
	if (a->verdict == VERDICT_INSTRUCTION || (a->verdict == VERDICT_UNDEFINED && a->length))
		printf(" %u", a->length);
}

void decode_tell(const struct decode_test *t)
{
	printf("%u-bit |", t->code_size);
	for (unsigned i = 0; i < TEST_BYTES; i++)
		printf(" %02x", t->bytes[i]);
	printf(" | ringstep: ");
	tell_answer(&t->model);
	printf("; the processor: ");
	tell_answer(&t->real);
	printf(" (vector %u)\n", t->vector);
	fflush(stdout);
}
