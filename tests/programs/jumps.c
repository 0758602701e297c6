/* setjmp and longjmp, function pointers, variable arguments, alloca, deep recursion. */
#include <alloca.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static jmp_buf place;

static void dive(int depth, volatile int *seen)
{
	char local[64];
	memset(local, depth, sizeof local);
	*seen += local[depth % 64];
	if (depth == 100)
		longjmp(place, 7);
	dive(depth + 1, seen);
}

static double sum(int count, ...)
{
	va_list args;
	double total = 0;
	va_start(args, count);
	for (int i = 0; i < count; i++)
		total += i % 3 == 0   ? va_arg(args, int)
			 : i % 3 == 1 ? va_arg(args, double)
				      : (double)va_arg(args, long double);
	va_end(args);
	return total;
}

static unsigned long ackermann(unsigned long m, unsigned long n)
{
	return !m ? n + 1 : !n ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static unsigned deep(unsigned n)
{
	volatile char room[200];
	room[n % 200] = (char)n;
	return n ? deep(n - 1) + (unsigned char)room[n % 200] : 0;
}

int main(void)
{
	volatile int seen = 0, count = 0;
	int code = setjmp(place);
	count++;
	printf("setjmp %d\n", code);
	if (code < 9) {
		if (code == 8)
			longjmp(place, 9);
		if (code == 7)
			longjmp(place, 8);
		dive(0, &seen);
	}
	printf("seen %d count %d\n", seen, count);
	printf("%g\n", sum(12, 1, 2.5, 3.25L, 4, 5.5, 6.125L, 7, 8.5, 9.0625L, 10, 11.5, 12.03125L));
	printf("%lu %u\n", ackermann(2, 9), deep(20000));
	char *text = alloca(5000);
	memset(text, 'x', 4999);
	text[4999] = 0;
	printf("%zu\n", strlen(text));
	return 3;
}
