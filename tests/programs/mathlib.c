/* The functions of libm over a range of arguments, and rounding in all four directions. */
#include <fenv.h>
#include <math.h>
#include <stdio.h>

#define ONE(f)                                                                                                         \
	{                                                                                                              \
#f, f                                                                                                  \
	}

static const struct {
	const char *name;
	double (*f)(double);
} functions[] = {
	ONE(sqrt),  ONE(cbrt),   ONE(exp),    ONE(exp2),  ONE(expm1), ONE(log),       ONE(log2),
	ONE(log10), ONE(log1p),  ONE(sin),    ONE(cos),   ONE(tan),   ONE(asin),      ONE(acos),
	ONE(atan),  ONE(sinh),   ONE(cosh),   ONE(tanh),  ONE(asinh), ONE(acosh),     ONE(atanh),
	ONE(floor), ONE(ceil),   ONE(trunc),  ONE(round), ONE(rint),  ONE(nearbyint), ONE(erf),
	ONE(erfc),  ONE(tgamma), ONE(lgamma), ONE(fabs),  ONE(logb),
};

static const double arguments[] = { 0.0, 0.25, -0.25, 0.5,  0.75,  1.0, -1.0, 1.5,
				    2.5, -2.5, 3.7,   10.0, 100.5, 1e6, 1e-8, 700.0 };

static void print(double x)
{
	if (isnan(x))
		printf(" nan"); /* its sign is nobody's promise */
	else
		printf(" %.14g", x);
}

static void print_functions(void)
{
	for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
		printf("%s:", functions[f].name);
		for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
			print(functions[f].f(arguments[i]));
		putchar('\n');
	}
}

static void print_of_two(void)
{
	for (size_t i = 0; i + 1 < sizeof arguments / sizeof *arguments; i++) {
		double x = arguments[i], y = arguments[i + 1];
		int power;
		double fraction = frexp(x, &power), whole;
		print(pow(x, y));
		print(atan2(x, y));
		print(fmod(x, y));
		print(remainder(x, y));
		print(hypot(x, y));
		print(fma(x, y, 0.1));
		print(fmax(x, y));
		print(copysign(x, -y));
		print(nextafter(x, y));
		print(modf(x, &whole));
		printf(" %.14g %d %.14g %ld %ld %d\n", fraction, power, ldexp(y, 3), lrint(x), lround(x), ilogb(y));
	}
}

static void print_long(void)
{
	for (int i = 1; i < 8; i++) {
		long double x = i / 3.0L;
		printf("%.17Lg %.17Lg %.17Lg %.17Lg %.17Lg %.17Lg\n", sqrtl(x), sinl(x), expl(x), logl(x),
		       powl(x, 2.5L), floorl(x * 10));
		printf("%.7g %.7g %.7g %.7g\n", (double)sinf((float)x), (double)expf((float)x), (double)logf((float)x),
		       (double)sqrtf((float)x));
	}
}

static void print_rounding(void)
{
	static const int directions[] = { FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO };
	volatile double one = 1, three = 3, big = 1e16, half = 2.5;
	volatile float f = 16777217;
	for (int i = 0; i < 4; i++) {
		fesetround(directions[i]);
		feclearexcept(FE_ALL_EXCEPT);
		volatile double third = one / three, sum = big + one, minus = -one / three;
		volatile long double long_third = 1.0L / (long double)three;
		volatile long whole = lrint(half);
		int inexact = fetestexcept(FE_INEXACT) != 0;
		fesetround(FE_TONEAREST);
		printf("%a %a %a %La %ld %d %a\n", third, sum, minus, long_third, whole, inexact, (double)f);
	}
	feclearexcept(FE_ALL_EXCEPT);
	volatile double zero = 0, infinite = one / zero, invalid = sqrt(-one), over = 1e300 * 1e300 * big;
	printf("%d %d %d %f\n", fetestexcept(FE_DIVBYZERO) != 0, fetestexcept(FE_INVALID) != 0, isnan(invalid) != 0,
	       infinite + over);
}

int main(void)
{
	print_functions();
	print_of_two();
	print_long();
	print_rounding();
	return 0;
}
