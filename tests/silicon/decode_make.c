/* decode_make.c - random bytes, so that all opcode maps and all mixtures of prefixes are met often. */
#include "decode.h"

/* splitmix64: any seed will do. */
uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static unsigned below(struct random *r, unsigned n)
{
	return (unsigned)((random_next(r) >> 32) * n >> 32);
}

static uint8_t any(struct random *r)
{
	return (uint8_t)(random_next(r) >> 40);
}

static unsigned put_prefixes(struct random *r, uint8_t *to, unsigned count)
{
	static const uint8_t prefixes[] = { 0x66, 0xf2, 0xf3, 0x66, 0xf2, 0xf3, 0xf0, 0xf0,
					    0x67, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
	for (unsigned i = 0; i < count; i++)
		to[i] = below(r, 4) ? prefixes[below(r, sizeof prefixes)] : (uint8_t)(0x40 | below(r, 16));
	return count;
}

static unsigned put_some_prefixes(struct random *r, uint8_t *to)
{
	static const uint8_t counts[] = { 0, 0, 0, 1, 1, 1, 2, 2, 3, 4 };
	return put_prefixes(r, to, counts[below(r, sizeof counts)]);
}

static void put_one_byte(struct random *r, uint8_t *to)
{
	put_some_prefixes(r, to);
}

static void put_two_byte(struct random *r, uint8_t *to)
{
	to[put_some_prefixes(r, to)] = 0x0f;
}

static void put_three_byte(struct random *r, uint8_t *to)
{
	unsigned at = put_some_prefixes(r, to);
	to[at++] = 0x0f;
	to[at] = below(r, 2) ? 0x38 : 0x3a;
}

/* vvvv is mostly 1111b, as instructions without a third operand want it, and the map one that exists. */
static void put_vex(struct random *r, uint8_t *to)
{
	unsigned at = below(r, 8) ? 0 : put_prefixes(r, to, 1);
	uint8_t last = (uint8_t)(any(r) | (below(r, 3) ? 0x78 : 0));
	if (below(r, 4) == 0) {
		to[at] = 0xc5;
		to[at + 1] = last | 0x80;
		return;
	}
	to[at++] = 0xc4;
	to[at++] = (uint8_t)((any(r) & 0xe0) | (below(r, 16) ? 1 + below(r, 3) : below(r, 32)));
	to[at] = last;
}

static void put_evex_or_xop(struct random *r, uint8_t *to)
{
	bool evex = below(r, 2);
	to[0] = evex ? 0x62 : 0x8f;
	to[1] = (uint8_t)((any(r) & 0xe0) | (evex ? 1 + below(r, 3) : 8 + below(r, 3)));
}

static void put_many_prefixes(struct random *r, uint8_t *to)
{
	static const uint8_t escapes[] = { 0x0f, 0x62, 0x8f, 0xc4, 0xc5 };
	unsigned at = put_prefixes(r, to, 8 + below(r, TEST_BYTES - 8));
	if (below(r, 2))
		to[at] = escapes[below(r, sizeof escapes)];
}

static void put_nothing(struct random *r, uint8_t *to)
{
	(void)r;
	(void)to;
}

void decode_make(struct random *r, struct decode_test *t)
{
	static void (*const put[])(struct random *, uint8_t *) = {
		put_nothing,  put_nothing,    put_one_byte,   put_one_byte,    put_one_byte,
		put_one_byte, put_two_byte,   put_two_byte,   put_two_byte,    put_two_byte,
		put_two_byte, put_three_byte, put_three_byte, put_three_byte,  put_vex,
		put_vex,      put_vex,        put_vex,        put_evex_or_xop, put_many_prefixes,
	};
	static const uint8_t sizes[] = { 64, 64, 64, 64, 64, 32, 32, 16 };
	*t = (struct decode_test){ .code_size = sizes[below(r, sizeof sizes)] };
	for (unsigned i = 0; i < TEST_BYTES; i++)
		t->bytes[i] = any(r);
	put[below(r, sizeof put / sizeof *put)](r, t->bytes);
}
