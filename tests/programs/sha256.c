/* SHA-256 [FIPS 180-4] of its test vectors and of a million bytes. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t k[64];

static uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes, by integers. */
static void make_constants(void)
{
	int count = 0;
	for (unsigned p = 2; count < 64; p++) {
		int prime = 1;
		for (unsigned d = 2; d * d <= p; d++)
			prime &= p % d != 0;
		if (!prime)
			continue;
		uint64_t low = 0, high = 1ull << 36; /* the root times 2^32 */
		while (high - low > 1) {
			uint64_t middle = (low + high) / 2;
			unsigned __int128 square = (unsigned __int128)middle * middle;
			int above = square >> 64 ? (square >> 32) * middle >= (unsigned __int128)p << 64
						 : square * middle >= (unsigned __int128)p << 96;
			if (above)
				high = middle;
			else
				low = middle;
		}
		k[count++] = (uint32_t)low;
	}
}

static void block(uint32_t h[8], const uint8_t *b)
{
	uint32_t w[64], v[8];
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)b[4 * i] << 24 | (uint32_t)b[4 * i + 1] << 16 | (uint32_t)b[4 * i + 2] << 8 |
		       b[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
	memcpy(v, h, sizeof v);
	for (int i = 0; i < 64; i++) {
		uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
		uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
		uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
		uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof *v);
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

static void sha256(const uint8_t *bytes, size_t size)
{
	uint32_t h[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
	};
	uint8_t last[128] = { 0 };
	size_t whole = size / 64 * 64, rest = size - whole, end = rest < 56 ? 64 : 128;
	for (size_t i = 0; i < whole; i += 64)
		block(h, bytes + i);
	memcpy(last, bytes + whole, rest);
	last[rest] = 0x80;
	for (int i = 0; i < 8; i++)
		last[end - 1 - (size_t)i] = (uint8_t)((uint64_t)size * 8 >> 8 * i);
	for (size_t i = 0; i < end; i += 64)
		block(h, last + i);
	for (int i = 0; i < 8; i++)
		printf("%08x", h[i]);
	putchar('\n');
}

int main(void)
{
	static uint8_t text[1000000];
	make_constants();
	sha256((const uint8_t *)"", 0);
	sha256((const uint8_t *)"abc", 3);
	sha256((const uint8_t *)"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56);
	memset(text, 'a', sizeof text);
	sha256(text, 100000);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * i >> 3);
	sha256(text, 77777);
	return 0;
}
