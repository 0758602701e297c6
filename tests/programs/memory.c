/* mmap, munmap, mremap, mprotect, madvise and brk. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };
#define MIB (1ul << 20)

static char big[8 << 20]; /* .bss that is touched here and there */

static char *take(size_t bytes, int prot)
{
	return mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void sparse(void)
{
	char *a = take(512 * MIB, PROT_READ | PROT_WRITE);
	int zero = 1;
	for (size_t i = 0; i < 512; i += 50)
		zero &= !a[i * MIB], a[i * MIB] = (char)i;
	for (size_t i = 0; i < sizeof big; i += 77777)
		zero &= !big[i];
	printf("sparse %d %d", zero, a[50 * MIB]);
	printf(" %d\n", munmap(a, 512 * MIB));
}

static void holes(void)
{
	char *a = take(10 * PAGE, PROT_READ | PROT_WRITE);
	memset(a, 7, 10 * PAGE);
	printf("%d", munmap(a + 3 * PAGE, 2 * PAGE));
	printf(" %d\n", mprotect(a, 10 * PAGE, PROT_READ | PROT_WRITE) == -1 && errno == ENOMEM);
	char *b = mmap(a + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	printf("%d %d %d\n", b == a + 3 * PAGE, b[5], a[2 * PAGE] + a[9 * PAGE]);
	printf("%d\n",
	       mmap(a, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED &&
		   errno == EEXIST);
	printf("%d", madvise(a, 2 * PAGE, MADV_DONTNEED));
	printf(" %d\n", a[0] + a[PAGE] + a[2 * PAGE]);
	munmap(a, 10 * PAGE);
}

static void moves(void)
{
	char *a = take(4 * PAGE, PROT_READ | PROT_WRITE), *wall;
	for (int i = 0; i < 4; i++)
		memset(a + i * PAGE, 'a' + i, PAGE);
	wall = mmap(a + 4 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *b = mremap(a, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	printf("%c%c%c%c %d\n", b[0], b[PAGE], b[2 * PAGE], b[4 * PAGE - 1], b[4 * PAGE]);
	printf("%d", mremap(b, 64 * PAGE, 2 * PAGE, 0) == b);
	printf(" %c\n", b[PAGE + 1]);
	printf("%d\n", mremap(b, 2 * PAGE, 1ul << 45, MREMAP_MAYMOVE) == MAP_FAILED);
	if (wall != MAP_FAILED)
		munmap(wall, PAGE);
	munmap(b, 2 * PAGE);
}

/* Code that the program makes itself. */
static void code(void)
{
	static const unsigned char add[] = { 0x8d, 0x04, 0x37, 0xc3 }; /* lea eax,[rdi+rsi]; ret */
	unsigned char *a = (unsigned char *)take(PAGE, PROT_READ | PROT_WRITE);
	int (*f)(int, int);
	memcpy(a, add, sizeof add);
	memcpy(&f, &a, sizeof f);
	printf("%d", mprotect(a, PAGE, PROT_READ | PROT_EXEC));
	printf(" %d", f(40, 2));
	printf(" %d", mprotect(a, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
	a[1] = 0x44, a[2] = 0x37, a[3] = 5, a[4] = 0xc3; /* lea eax,[rdi+rsi+5] */
	printf(" %d\n", f(40, 2));
}

/* The call itself: not every library has a brk. */
static char *move_break(const char *to)
{
	return (char *)syscall(SYS_brk, to);
}

static void heap(void)
{
	char *start = move_break(NULL), *end = move_break(start + 3000000);
	int zero = 1;
	for (int i = 0; i < 3000000; i += 1000)
		zero &= !start[i], start[i] = 1;
	printf("%d %d\n", end - start == 3000000, zero);
	printf("%d", move_break(start) == start);
	printf(" %d", move_break(start + PAGE) == start + PAGE);
	printf(" %d\n", move_break((char *)(1ul << 46)) == start + PAGE);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	sparse();
	holes();
	moves();
	code();
	heap();
	return 0;
}
