#define _GNU_SOURCE
/* The string functions at every alignment and many lengths, against loops of bytes; their vector forms read beyond ends
 * and stop at page boundaries, so the texts also lie at the end of a page with nothing behind it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <wchar.h>

enum { PAGE = 4096, LONGEST = 300 };

static unsigned long hash = 14695981039346656037ul;
static int failures;

static void mix(unsigned long value)
{
	hash = (hash ^ value) * 1099511628211ul;
}

static void expect(int holds, const char *what, int length, int at)
{
	if (holds)
		return;
	failures++;
	if (failures < 20)
		printf("%s fails with %d bytes at %d\n", what, length, at);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void fill(char *to, int length, int salt)
{
	for (int i = 0; i < length; i++)
		to[i] = (char)('a' + (i * 7 + salt) % 23);
	to[length] = 0;
}

static void one_text(char *text, int length, int at)
{
	fill(text, length, at);
	expect((int)strlen(text) == length, "strlen", length, at);
	expect((int)strnlen(text, 1000) == length, "strnlen", length, at);
	expect(memchr(text, 0, (size_t)length + 1) == text + length, "memchr", length, at);
	expect(strchr(text, 0) == text + length, "strchr", length, at);
	expect(strchr(text, '!') == NULL && strrchr(text, '!') == NULL, "strchr of nothing", length, at);
	if (!length)
		return;
	char kept = text[length - 1];
	text[length - 1] = '!';
	expect(strchr(text, '!') == text + length - 1, "strchr of the last", length, at);
	expect(strrchr(text, '!') == text + length - 1, "strrchr", length, at);
	expect(memrchr(text, '!', (size_t)length) == text + length - 1, "memrchr", length, at);
	expect((int)strcspn(text, "!?") == length - 1, "strcspn", length, at);
	expect(strpbrk(text, "?!") == text + length - 1, "strpbrk", length, at);
	expect(strstr(text, "!") == text + length - 1, "strstr", length, at);
	expect((int)strspn(text, "abcdefghijklmnopqrstuvwxyz") == length - 1, "strspn", length, at);
	text[length - 1] = kept;
}

static void two_texts(char *a, char *b, int length, int at)
{
	fill(a, length, at);
	memset(b, '#', (size_t)length + 1);
	memcpy(b, a, (size_t)length + 1);
	expect(strcmp(a, b) == 0 && memcmp(a, b, (size_t)length + 1) == 0, "strcmp of equals", length, at);
	expect(strncmp(a, b, 1000) == 0 && strcasecmp(a, b) == 0, "strncmp of equals", length, at);
	if (!length)
		return;
	b[length - 1] = '~';
	expect(sign(strcmp(a, b)) == -1 && sign(memcmp(b, a, (size_t)length)) == 1, "strcmp", length, at);
	expect(strncmp(a, b, (size_t)length - 1) == 0, "strncmp", length, at);
	expect(strcpy(b, a) == b && stpcpy(b, a) == b + length, "strcpy", length, at);
	mix((unsigned long)b[length / 2]);
	memmove(b, b + 1, (size_t)length);
	expect(memcmp(b, a + 1, (size_t)length) == 0, "memmove down", length, at);
	memmove(b + 1, b, (size_t)length);
	expect(memcmp(b + 1, a + 1, (size_t)length) == 0, "memmove up", length, at);
	memset(b, length & 255, (size_t)length);
	for (int i = 0; i < length; i++)
		expect((unsigned char)b[i] == (length & 255), "memset", length, at);
}

static char *guarded(void)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages + PAGE, PAGE, PROT_NONE))
		exit(2);
	return pages;
}

static void wide(void)
{
	wchar_t text[200];
	for (size_t n = 0; n < 190; n += 3) {
		wmemset(text, L'x' + (wchar_t)n, n);
		text[n] = 0;
		expect(wcslen(text) == n && wcschr(text, 0) == text + n, "wcslen", (int)n, 0);
	}
}

int main(void)
{
	char *one = guarded(), *two = guarded();
	for (int length = 0; length < LONGEST; length += length < 70 ? 1 : 13)
		for (int at = 0; at < 64; at += length < 70 ? 1 : 5) {
			one_text(one + at, length, at);
			two_texts(one + at, two + 63 - at, length, at);
			if (at < 8) {
				one_text(one + PAGE - length - 1, length, at);
				two_texts(one + PAGE - length - 1, two + PAGE - length - 2, length, at);
			}
		}
	char *big = malloc(1 << 20), *copy = malloc((1 << 20) + 64);
	for (int i = 0; i < 1 << 20; i++)
		big[i] = (char)(i * 31 ^ i >> 8);
	for (int at = 0; at < 64; at += 9) {
		memcpy(copy + at, big, 1 << 20);
		expect(memcmp(copy + at, big, 1 << 20) == 0, "large memcpy", 1 << 20, at);
		mix((unsigned char)copy[at + 77777]);
	}
	expect(memmem(big, 1 << 20, big + 500000, 40) != NULL, "memmem", 40, 0);
	wide();
	printf("failures %d hash %016lx\n", failures, hash);
	return failures != 0;
}
