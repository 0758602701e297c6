/* Products of matrices of doubles, floats and integers, as a compiler vectorizes them. */
#include <stdint.h>
#include <stdio.h>

enum { N = 96 };

static double a[N][N], b[N][N], c[N][N];
static float fa[N][N], fb[N][N], fc[N][N];
static int32_t ia[N][N], ib[N][N], ic[N][N];
static uint8_t bytes[N * N];
static uint16_t halves[N * N];

static void fill(void)
{
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			a[i][j] = (i * 3 + j * 5) % 17 - 8.25;
			b[i][j] = 1.0 / (1 + (i * 7 + j * 11) % 13);
			fa[i][j] = (float)a[i][j];
			fb[i][j] = (float)((i + j) % 9) * 0.5f;
			ia[i][j] = i * 1000 - j * 37;
			ib[i][j] = (i ^ j) * 7919;
			bytes[i * N + j] = (uint8_t)(i * j);
			halves[i * N + j] = (uint16_t)(i * i * j);
		}
}

static void multiply(void)
{
	for (int i = 0; i < N; i++)
		for (int k = 0; k < N; k++)
			for (int j = 0; j < N; j++) {
				c[i][j] += a[i][k] * b[k][j];
				fc[i][j] += fa[i][k] * fb[k][j];
				ic[i][j] += (int32_t)((uint32_t)ia[i][k] * (uint32_t)ib[k][j]);
			}
}

/* Small integers in vectors: widening, saturation, averages, minima. */
static void reduce(void)
{
	uint64_t sum = 0, squares = 0;
	unsigned most = 0, least = 255, differences = 0;
	for (int i = 0; i < N * N; i++) {
		sum += bytes[i];
		squares += (uint32_t)halves[i] * halves[i];
		most = bytes[i] > most ? bytes[i] : most;
		least = bytes[i] < least ? bytes[i] : least;
	}
	for (int i = 1; i < N * N; i++)
		differences += (unsigned)(bytes[i] > bytes[i - 1] ? bytes[i] - bytes[i - 1] : bytes[i - 1] - bytes[i]);
	printf("%lu %lu %u %u %u\n", (unsigned long)sum, (unsigned long)squares, most, least, differences);
}

int main(void)
{
	double trace = 0, total = 0;
	float ftotal = 0;
	uint32_t itotal = 0;
	fill();
	multiply();
	for (int i = 0; i < N; i++) {
		trace += c[i][i];
		for (int j = 0; j < N; j++) {
			total += c[i][j];
			ftotal += fc[i][j];
			itotal = itotal * 31 + (uint32_t)ic[i][j];
		}
	}
	printf("%.17g %.17g %.9g %08x\n", trace, total, (double)ftotal, itotal);
	for (int i = 0; i < N; i += 19)
		printf("%a %a %d\n", c[i][N - 1 - i], (double)fc[N - 1 - i][i], ic[i][i]);
	reduce();
	return 0;
}
