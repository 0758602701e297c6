/* All ways to end: the first argument says which. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int zero;
static int *volatile nowhere;

static void at_exit(void)
{
	puts("at exit");
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	atexit(at_exit);
	puts("begin");
	if (!strcmp(how, "exit"))
		exit(atoi(argv[2]));
	if (!strcmp(how, "_exit"))
		fflush(stdout), _exit(atoi(argv[2]));
	fflush(stdout);
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "segv"))
		*nowhere = 1;
	if (!strcmp(how, "jump"))
		((void (*)(void))nowhere)();
	if (!strcmp(how, "fpe"))
		zero = 7 / zero;
	if (!strcmp(how, "ill"))
		__asm__ volatile("ud2");
	if (!strcmp(how, "trap"))
		__asm__ volatile("int3");
	if (!strcmp(how, "hlt"))
		__asm__ volatile("hlt");
	if (!strcmp(how, "term"))
		raise(SIGTERM);
	if (!strcmp(how, "kill"))
		kill(getpid(), SIGKILL);
	if (!strcmp(how, "stack")) {
		volatile char *deep = (volatile char *)&how;
		for (;; deep -= 4096)
			*deep = 1;
	}
	return 0;
}
