/* test_crypto.c - the kernels of cryptography, put together to the ciphers and digests whose results are published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/isa/crypto.h"

static union vector from_hex(const char *hex)
{
	union vector v = { 0 };
	for (unsigned i = 0; i < 16; i++) {
		unsigned byte;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		v.b[i] = (uint8_t)byte;
	}
	return v;
}

static union vector zero;

/* ---- AES ---- */

static unsigned gf_multiply(unsigned a, unsigned b)
{
	unsigned r = 0;
	for (; b; b >>= 1, a = a << 1 ^ (a & 0x80 ? 0x11b : 0))
		r ^= b & 1 ? a : 0;
	return r;
}

/* The inverse in GF(2^8), 0 for 0, then an affine map [FIPS 197, 5.1.1]. */
static unsigned sbox_by_definition(unsigned v)
{
	unsigned inverse = 0, r = 0x63;
	for (unsigned i = 1; i < 256; i++)
		inverse = gf_multiply(v, i) == 1 ? i : inverse;
	for (unsigned turn = 0; turn < 5; turn++)
		r ^= (inverse << turn | inverse >> (8 - turn)) & 0xff;
	return r;
}

static void sboxes_are_as_defined(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		assert_int_equal(aes_sbox[i], sbox_by_definition(i));
		assert_int_equal(aes_inverse_sbox[aes_sbox[i]], i);
	}
}

enum { AES_ROUNDS = 10 };

/* The eleven round keys of a key of 128 bits [FIPS 197, 5.2]. */
static void expand(union vector *keys, union vector key)
{
	static const uint8_t constants[AES_ROUNDS] = { 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36 };
	keys[0] = key;
	for (unsigned i = 0; i < AES_ROUNDS; i++) {
		union vector assist = { 0 };
		kernel_aeskeygenassist(&assist, &zero, &keys[i], 16, constants[i]);
		keys[i + 1] = keys[i];
		keys[i + 1].d[0] ^= assist.d[3];
		for (unsigned k = 1; k < 4; k++)
			keys[i + 1].d[k] ^= keys[i + 1].d[k - 1];
	}
}

static union vector xored(union vector a, const union vector *b)
{
	a.q[0] ^= b->q[0];
	a.q[1] ^= b->q[1];
	return a;
}

static union vector encrypt(const union vector *keys, union vector text)
{
	union vector v = xored(text, &keys[0]), r = { 0 };
	for (unsigned i = 1; i < AES_ROUNDS; i++, v = r)
		kernel_aesenc(&r, &v, &keys[i], 16, 0);
	kernel_aesenclast(&r, &v, &keys[AES_ROUNDS], 16, 0);
	return r;
}

/* The equivalent inverse cipher [FIPS 197, 5.3.5]. */
static union vector decrypt(const union vector *keys, union vector text)
{
	union vector v = xored(text, &keys[AES_ROUNDS]), key = { 0 }, r = { 0 };
	for (unsigned i = AES_ROUNDS - 1; i > 0; i--, v = r) {
		kernel_aesimc(&key, &zero, &keys[i], 16, 0);
		kernel_aesdec(&r, &v, &key, 16, 0);
	}
	kernel_aesdeclast(&r, &v, &keys[0], 16, 0);
	return r;
}

/* FIPS 197, appendix C.1. */
static void aes_128(void **state)
{
	const union vector plain = from_hex("00112233445566778899aabbccddeeff");
	const union vector cipher = from_hex("69c4e0d86a7b0430d8cdb78070b4c55a");
	union vector keys[AES_ROUNDS + 1];
	(void)state;
	expand(keys, from_hex("000102030405060708090a0b0c0d0e0f"));
	union vector encrypted = encrypt(keys, plain), decrypted = decrypt(keys, cipher);
	assert_memory_equal(&encrypted, &cipher, 16);
	assert_memory_equal(&decrypted, &plain, 16);
}

/* ---- digests of "abc", one padded block: its words are the bits of the text, a one, and the length ---- */

static const uint32_t block[16] = { [0] = 0x61626380, [15] = 24 };

/* The first word is in the highest element. */
static union vector high_first(const uint32_t *words)
{
	return (union vector){ .d = { words[3], words[2], words[1], words[0] } };
}

/* Four words of the schedule from the sixteen before them. */
static union vector sha1_schedule(const union vector *w)
{
	union vector first = { 0 }, r = { 0 };
	kernel_sha1msg1(&first, &w[0], &w[1], 16, 0);
	first = xored(first, &w[2]);
	kernel_sha1msg2(&r, &first, &w[3], 16, 0);
	return r;
}

/* FIPS 180-4, 6.1; the digest is of the examples that NIST publishes beside it. */
static void sha1(void **state)
{
	static const uint32_t start[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	static const uint32_t digest[5] = { 0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d };
	union vector w[20] = { { .q = { 0 } } }, abcd = high_first(start), before = { 0 };
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		union vector words = { 0 }, r = { 0 };
		w[i] = i < 4 ? high_first(&block[4 * i]) : sha1_schedule(&w[i - 4]);
		if (i == 0) {
			words = w[0];
			words.d[3] += start[4];
		} else {
			kernel_sha1nexte(&words, &before, &w[i], 16, 0);
		}
		before = abcd;
		kernel_sha1rnds4(&r, &abcd, &words, 16, i / 5);
		abcd = r;
	}
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(abcd.d[3 - i] + start[i], digest[i]);
	assert_int_equal((before.d[3] >> 2 | before.d[3] << 30) + start[4], digest[4]);
}

static const uint32_t sha256_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* Four words of the schedule from the sixteen before them; the first is in the lowest element. */
static union vector sha256_schedule(const union vector *w)
{
	union vector first = { 0 }, r = { 0 };
	kernel_sha256msg1(&first, &w[0], &w[1], 16, 0);
	for (unsigned i = 0; i < 4; i++)
		first.d[i] += i < 3 ? w[2].d[i + 1] : w[3].d[0];
	kernel_sha256msg2(&r, &first, &w[3], 16, 0);
	return r;
}

/* Two rounds: C D G H becomes what A B E F was. */
static void sha256_two_rounds(union vector *cdgh, union vector *abef, uint32_t first, uint32_t second)
{
	const union vector words = { .d = { first, second } };
	union vector r = { 0 };
	crypto_sha256rnds2(&r, cdgh, abef, &words);
	*cdgh = *abef;
	*abef = r;
}

/* FIPS 180-4, 6.2. */
static void sha256(void **state)
{
	static const uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
				       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	static const uint32_t digest[8] = { 0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
					    0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad };
	union vector w[16], abef = { .d = { h[5], h[4], h[1], h[0] } }, cdgh = { .d = { h[7], h[6], h[3], h[2] } };
	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		const uint32_t *k = &sha256_constants[4 * i];
		if (i < 4)
			memcpy(&w[i], &block[4 * i], 16);
		else
			w[i] = sha256_schedule(&w[i - 4]);
		sha256_two_rounds(&cdgh, &abef, w[i].d[0] + k[0], w[i].d[1] + k[1]);
		sha256_two_rounds(&cdgh, &abef, w[i].d[2] + k[2], w[i].d[3] + k[3]);
	}
	const uint32_t end[8] = { abef.d[3], abef.d[2], cdgh.d[3], cdgh.d[2],
				  abef.d[1], abef.d[0], cdgh.d[1], cdgh.d[0] };
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(end[i] + h[i], digest[i]);
}

/* ---- CRC32: the check value of CRC-32C is of the nine digits ---- */

static void crc32c(void **state)
{
	uint32_t crc = UINT32_MAX;
	uint64_t first = 0;
	(void)state;
	memcpy(&first, "12345678", 8);
	for (const char *digit = "123456789"; *digit; digit++)
		crc = crypto_crc32(crc, (uint8_t)*digit, 1);
	assert_int_equal(crc ^ UINT32_MAX, 0xe3069283);
	crc = crypto_crc32(crypto_crc32(UINT32_MAX, first, 8), '9', 1);
	assert_int_equal(crc ^ UINT32_MAX, 0xe3069283);
}

/* ---- carry-less multiplication: by x^n it is a shift, and (x + 1)^2 is x^2 + 1 ---- */

static void carryless(void **state)
{
	uint64_t r[2];
	(void)state;
	crypto_carryless(r, 0x8000000000000001, 0x10);
	assert_true(r[0] == 0x10 && r[1] == 8);
	crypto_carryless(r, 3, 3);
	assert_true(r[0] == 5 && r[1] == 0);
	crypto_carryless(r, UINT64_MAX, UINT64_MAX);
	assert_true(r[0] == 0x5555555555555555 && r[1] == 0x5555555555555555);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sboxes_are_as_defined), cmocka_unit_test(aes_128), cmocka_unit_test(sha1),
		cmocka_unit_test(sha256),		 cmocka_unit_test(crc32c),  cmocka_unit_test(carryless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
