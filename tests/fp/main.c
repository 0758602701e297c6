/* main.c - compares src/fp with the processor of this host: fp-native [--count N].
 */
#include "fp_test.h"
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct tally t = { 0, 0, 0 };
	unsigned long count = 1000000;
	if (argc == 3 && !strcmp(argv[1], "--count"))
		count = strtoul(argv[2], NULL, 10);
#ifdef __x86_64__
	test_sse(&t, count);
	test_x87(&t, count);
#else
	(void)count;
	printf("skipped: no SSE and no x87 on this processor\n");
	t.skipped++;
#endif
	printf("%u passed, %u failed, %u skipped\n", t.passed, t.failed, t.skipped);
	return t.failed != 0;
}
