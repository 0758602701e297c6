/* malloc, calloc, realloc and free in a long random order; every block keeps its own pattern. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 500, ROUNDS = 30000 };

static struct {
	unsigned char *bytes;
	size_t size;
	unsigned char pattern;
} block[BLOCKS];

static uint64_t state = 88172645463325252ull;

static unsigned next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 20);
}

/* Mostly small, sometimes beyond the size from which malloc asks for memory of its own. */
static size_t some_size(void)
{
	unsigned n = next() % 1000;
	return n < 900 ? next() % 512 : n < 995 ? next() % 20000 : next() % 600000;
}

static int is_whole(int i)
{
	for (size_t k = 0; k < block[i].size; k += k < 64 || k + 64 >= block[i].size ? 1 : 61)
		if (block[i].bytes[k] != block[i].pattern)
			return 0;
	return 1;
}

static int fresh(int i)
{
	int clean = 1;
	block[i].size = some_size();
	block[i].pattern = (unsigned char)next();
	if (next() % 4 == 0) {
		block[i].bytes = calloc(block[i].size + 1, 1);
		for (size_t k = 0; k < block[i].size; k += 37)
			clean &= !block[i].bytes[k];
	} else {
		block[i].bytes = malloc(block[i].size + 1);
	}
	memset(block[i].bytes, block[i].pattern, block[i].size);
	return clean && (uintptr_t)block[i].bytes % 16 == 0;
}

static void resize(int i)
{
	size_t size = some_size(), old = block[i].size;
	block[i].bytes = realloc(block[i].bytes, size + 1);
	block[i].size = size;
	if (size > old)
		memset(block[i].bytes + old, block[i].pattern, size - old);
}

int main(void)
{
	int bad = 0;
	size_t live = 0;
	for (int round = 0; round < ROUNDS; round++) {
		int i = (int)(next() % BLOCKS);
		if (!block[i].bytes) {
			bad += !fresh(i);
		} else if (next() % 3) {
			bad += !is_whole(i);
			resize(i);
			bad += !is_whole(i);
		} else {
			bad += !is_whole(i);
			free(block[i].bytes);
			block[i].bytes = NULL;
		}
	}
	for (int i = 0; i < BLOCKS; i++)
		if (block[i].bytes) {
			bad += !is_whole(i);
			live += block[i].size;
			free(block[i].bytes);
		}
	void *huge = malloc((size_t)1 << 46);
	printf("bad %d live %zu huge %s\n", bad, live, huge ? "given" : "refused");
	return bad != 0;
}
