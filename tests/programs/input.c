/* Standard input by lines, numbers, characters and read. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char line[200], rest[4096];
	int a, lines = 0, letters = 0, c;
	double x, sum = 0;
	if (!fgets(line, sizeof line, stdin))
		return 9;
	line[strcspn(line, "\n")] = 0;
	printf("first line: %s (%zu)\n", line, strlen(line));
	while (scanf("%d %lf", &a, &x) == 2)
		sum += a * x;
	printf("sum %.6f\n", sum);
	while ((c = getchar()) != EOF) {
		lines += c == '\n';
		letters += isalpha(c) != 0;
	}
	printf("%d lines, %d letters, %d\n", lines, letters, feof(stdin) != 0);
	printf("read %zd\n", read(0, rest, sizeof rest));
	return 0;
}
