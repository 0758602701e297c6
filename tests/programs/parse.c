/* Numbers from text: strtod, strtold, strtof, strtol, sscanf. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const texts[] = {
	"0",
	"-0",
	"1",
	"+1.5",
	"3.14159265358979323846",
	"1e308",
	"1.7976931348623157e308",
	"1.7976931348623159e308",
	"1e-308",
	"4.9406564584124654e-324",
	"2.4703282292062327e-324",
	"2.4703282292062328e-324",
	"1e400",
	"-1e400",
	"1e-400",
	"0x1.8p3",
	"0x.1p-1070",
	"inf",
	"-Infinity",
	"nan",
	"9007199254740993",
	"9007199254740992.5",
	"2.2250738585072011e-308",
	"1.00000005960464477539062499",
	"1.00000005960464477539062501",
	"  12abc",
	".5.5",
	"abc",
	"123456789012345678901234567890",
	"0.000000000000000000000000000000000000123456789",
};

int main(void)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char *end_d, *end_f, *end_l;
		errno = 0;
		double d = strtod(texts[i], &end_d);
		int error = errno;
		float f = strtof(texts[i], &end_f);
		long double l = strtold(texts[i], &end_l);
		printf("%s: %.17g %a %d %a %.21Lg %d %d %d\n", texts[i], d, d, error == ERANGE, (double)f, l,
		       (int)(end_d - texts[i]), (int)(end_f - texts[i]), (int)(end_l - texts[i]));
	}
	int n, a;
	unsigned long u;
	double x;
	long double y;
	char word[20];
	n = sscanf("17 ffff word 2.75 1e-3 %", "%d %lx %19s %lf %Lf %%", &a, &u, word, &x, &y);
	printf("%d: %d %lu %s %g %Lg\n", n, a, u, word, x, y);
	printf("%ld %ld %lu %lld\n", strtol("-9223372036854775808", NULL, 10), strtol("zz", NULL, 36),
	       strtoul("18446744073709551615", NULL, 0), atoll("-77"));
	return 0;
}
