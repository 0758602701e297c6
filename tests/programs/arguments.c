/* What the program was called with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
	const char *name = argv[0];
	for (const char *c = argv[0]; *c; c++)
		name = *c == '/' ? c + 1 : name;
	printf("%d of %.*s\n", argc, (int)strcspn(name, "."), name);
	for (int i = 1; i < argc; i++)
		printf("<%s>\n", argv[i]);
	for (char **e = environ; *e; e++)
		printf("%s\n", *e);
	printf("%s %s\n", getenv("EMPTY") ? "set" : "not set", getenv("NAME") ? getenv("NAME") : "not set");
	printf("%d %d\n", argv[argc] == NULL, isatty(1));
	return argc;
}
