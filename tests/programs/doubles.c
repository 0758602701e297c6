/* printf of doubles and long doubles. */
#include <float.h>
#include <math.h>
#include <stdio.h>

static const double values[] = {
	0.0,         -0.0,   1.0,          -1.0,    0.1,         1.0 / 3,
	2.5,         3.5,    1e15,         1e16,    123456789.0, 9.999999999999999e22,
	1e23,        1e300,  1e-300,       DBL_MAX, DBL_MIN,     DBL_TRUE_MIN,
	DBL_EPSILON, 5e-324, 0.5,          0.05,    0.005,       1.005,
	99.995,      1e21,   -123.456e-78,
};

static const char *const formats[] = {
	"%f", "%e", "%g", "%a", "%.0f", "%.17g", "%+.3e", "%#.0f", "%10.2f|", "%-12.4g|", "%012.5f", "% .10g", "%.40g",
};

static void print_doubles(void)
{
	for (size_t v = 0; v < sizeof values / sizeof *values; v++)
		for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
			printf(formats[f], values[v]);
			putchar(f + 1 < sizeof formats / sizeof *formats ? ' ' : '\n');
		}
}

static void print_long_doubles(void)
{
	volatile long double zero = 0;
	long double x = 1.0L, tiny = LDBL_MIN, huge = LDBL_MAX;
	for (int i = 1; i <= 25; i++) {
		x = x * i / 3;
		printf("%Lf %Le %Lg %.21Lg %La\n", x, x, x, 1 / x, -x);
	}
	printf("%.30Lg %.30Lg %.30Lg\n", tiny, huge, LDBL_EPSILON);
	printf("%.30Lg %La\n", tiny / 4, tiny / 8);
	printf("%Lf %Lf %LF %LE\n", x / zero, -x / zero, x / zero, x / zero);
	printf("%.50Lf\n%.50Lf\n", 0.1L, 3.14159265358979323846264338327950288L);
}

static void print_strange(void)
{
	volatile double zero = 0, infinity = 1 / zero;
	printf("%f %F %e %g %a %5.1f| %-8f|\n", infinity, infinity, -infinity, infinity, infinity, -infinity, infinity);
	printf("%g %G %f\n", fabs(infinity * 0), fabs(infinity - infinity), fabs(zero / zero));
	printf("%.3f %.10e %.0e\n", (float)1 / 3, (double)(float)0.1, 95.0);
}

int main(void)
{
	print_doubles();
	print_long_doubles();
	print_strange();
	return 0;
}
