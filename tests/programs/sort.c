/* qsort and bsearch of numbers, texts and structures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
	char name[12];
	double weight;
	int order;
};

static unsigned seed = 12345;

static unsigned next(void)
{
	return seed = seed * 1664525u + 1013904223u;
}

static int by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	return (x > y) - (x < y);
}

static int by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int by_weight(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->weight != y->weight)
		return x->weight < y->weight ? -1 : 1;
	return x->order - y->order;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int main(void)
{
	enum { N = 5000 };
	static int numbers[N];
	static double doubles[N];
	static struct item items[N];
	static char texts[N][12];
	static char *pointers[N];
	int bad = 0, found = 0;
	for (int i = 0; i < N; i++) {
		numbers[i] = (int)next();
		doubles[i] = (double)(int)next() / 1000.0;
		items[i] = (struct item){ .weight = next() % 100 / 7.0, .order = i };
		snprintf(items[i].name, sizeof items[i].name, "i%d", i);
		snprintf(texts[i], sizeof texts[i], "%x", next());
		pointers[i] = texts[i];
	}
	qsort(numbers, N, sizeof *numbers, by_number);
	qsort(doubles, N, sizeof *doubles, by_double);
	qsort(items, N, sizeof *items, by_weight);
	qsort(pointers, N, sizeof *pointers, by_text);
	for (int i = 1; i < N; i++) {
		bad += numbers[i - 1] > numbers[i] || doubles[i - 1] > doubles[i];
		bad += by_weight(&items[i - 1], &items[i]) >= 0 || strcmp(pointers[i - 1], pointers[i]) > 0;
	}
	for (int i = 0; i < N; i += 7)
		found += bsearch(&numbers[i], numbers, N, sizeof *numbers, by_number) != NULL;
	printf("bad %d found %d\n", bad, found);
	for (int i = 0; i < N; i += N / 10)
		printf("%d %.3f %s %.4f %s\n", numbers[i], doubles[i], items[i].name, items[i].weight, pointers[i]);
	return bad != 0;
}
