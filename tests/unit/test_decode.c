/* test_decode.c - what the decoder remembers is what it would say again: random bytes in every mode are decoded anew
 * and by the memo, with other numbers in them each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "board/machine.h"
#include "cpu/engine/memo.h"

enum { TRIALS = 100000 };

struct random {
	uint64_t state;
};

/* xorshift64*: the same numbers everywhere. */
static uint64_t next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1dull;
}

static void any_bytes(struct random *r, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(next(r) >> 32);
}

/* Opcodes of one and two bytes, with and without prefixes, are all met often. */
static struct window any_window(struct random *r)
{
	static const uint8_t prefixes[] = { 0x66, 0x67, 0x48, 0x41, 0x4c, 0x64, 0xf3, 0x3e };
	struct window w = { .size = INSN_BYTES };
	unsigned at = 0;
	any_bytes(r, w.bytes, INSN_BYTES);
	while (at < 3 && next(r) % 3 == 0)
		w.bytes[at++] = prefixes[next(r) % sizeof prefixes];
	if (next(r) % 3 == 0)
		w.bytes[at] = 0x0f;
	return w;
}

static struct uop decoded(struct cpu *cpu, const struct window *w, unsigned *length, bool *ends)
{
	struct shape s = { .mode_64 = cpu_is_64(cpu), .flat = cpu->mode & MODE_FLAT, .profile = cpu->profile };
	struct uop u = { .off = 7, .index_n = 3, .base = GPR_ZERO, .index = GPR_ZERO };
	*length = decode(cpu, w, &s, &u);
	*ends = s.ends;
	return u;
}

static struct uop decoded_anew(struct cpu *cpu, const struct window *w, unsigned *length, bool *ends)
{
	memset(cpu->memo, 0, sizeof *cpu->memo);
	return decoded(cpu, w, length, ends);
}

static void change(struct random *r, struct window *w, const struct decode_number *n)
{
	any_bytes(r, w->bytes + n->at, n->bytes);
}

static bool same_uop(const struct uop *a, const struct uop *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* True if the memo knew the instruction. */
static bool check(struct cpu *cpu, struct random *r)
{
	struct window w = any_window(r);
	unsigned lengths[2];
	bool ends[2];
	struct uop first = decoded_anew(cpu, &w, &lengths[0], &ends[0]);
	const struct memo_entry *e = memo_find(cpu->memo, &w, cpu->mode);
	if (!e)
		return false;
	change(r, &w, &e->immediate);
	change(r, &w, &e->displacement);
	struct uop remembered = decoded(cpu, &w, &lengths[0], &ends[0]);
	bool patched = decode_again(cpu, &w, &first);
	struct uop anew = decoded_anew(cpu, &w, &lengths[1], &ends[1]);
	if (!patched || !same_uop(&first, &anew) || !same_uop(&remembered, &anew) || lengths[0] != lengths[1] ||
	    ends[0] != ends[1])
		fail_msg("bytes %02x %02x %02x %02x %02x %02x are decoded in two ways", w.bytes[0], w.bytes[1],
		         w.bytes[2], w.bytes[3], w.bytes[4], w.bytes[5]);
	return true;
}

static void remembered_as_decoded(void **unused)
{
	static const uint32_t modes[] = {
		MODE_PROTECTED | MODE_LONG | MODE_64, MODE_PROTECTED | MODE_LONG | MODE_CODE32 | MODE_STACK32 | 3 << 6,
		MODE_PROTECTED | MODE_CODE32 | MODE_STACK32 | MODE_FLAT, MODE_CS_CHECKED,
	};
	struct rs_machine *m = rs_new(&(struct rs_config){ .memory = 1 << 20 }, NULL);
	struct random r = { 20 };
	unsigned known = 0;
	(void)unused;
	for (unsigned i = 0; i < TRIALS; i++) {
		m->cpu[0].mode = modes[i % 4];
		known += check(&m->cpu[0], &r);
	}
	assert_true(known > TRIALS / 3);
	rs_free(m);
}

/* One byte of an opcode differs: nothing that was remembered may answer. */
static void other_bytes_are_not_remembered(void **unused)
{
	struct rs_machine *m = rs_new(&(struct rs_config){ .memory = 1 << 20 }, NULL);
	struct cpu *cpu = &m->cpu[0];
	struct window add = { .bytes = { 0x48, 0x83, 0xc0, 0x05 }, .size = INSN_BYTES };
	struct window sub = { .bytes = { 0x48, 0x83, 0xe8, 0x05 }, .size = INSN_BYTES };
	unsigned length;
	bool ends;
	(void)unused;
	cpu->mode = MODE_PROTECTED | MODE_LONG | MODE_64;
	struct uop u = decoded_anew(cpu, &add, &length, &ends);
	assert_non_null(memo_find(cpu->memo, &add, cpu->mode));
	assert_null(memo_find(cpu->memo, &sub, cpu->mode));
	assert_null(memo_find(cpu->memo, &add, cpu->mode | 3 << MODE_CPL_SHIFT));
	decoded(cpu, &sub, &length, &ends);
	assert_false(decode_again(cpu, &sub, &u));
	add.size = 3; /* the window ends within the instruction */
	assert_null(memo_find(cpu->memo, &add, cpu->mode));
	rs_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembered_as_decoded),
		cmocka_unit_test(other_bytes_are_not_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
