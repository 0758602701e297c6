/* debug_sample.c - a program whose debug information test_debug.c asks for: only its file is read. */
#include <stdint.h>

enum color { RED, GREEN = 5, BLUE = -1 };

struct list_node {
	struct list_node *next;
	int value;
};

typedef struct {
	uint8_t low : 3, high : 5;
} pair;

struct sample {
	uint16_t tag;
	char name[8];
	enum color color;
	unsigned a : 3, b : 7, wide : 20;
	struct list_node nodes[2];
	union {
		uint64_t whole;
		uint32_t half[2];
	};
	pair bits;
	double ratio;
	void (*call)(int);
	int64_t grid[2][3];
};

struct sample table;
extern int sample_inner(int n, const struct sample *s);
int main(void);

int sample_inner(int n, const struct sample *s)
{
	volatile int twice = 2 * n;
	return twice + s->tag;
}

int main(void)
{
	return sample_inner(3, &table);
}
