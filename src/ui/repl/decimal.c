/* decimal.c - see decimal.h: sig * 2^e is an integer for e >= 0, and sig * 5^-e / 10^-e below. */
#include "ui/repl/decimal.h"

#include <stdio.h>
#include <string.h>

/* 5^16445 and 64 bits more have 38249 bits; 10^9 in a word has 29.9 of them. */
enum { WORDS = 1300, WORD_DIGITS = 9, WORD_RADIX = 1000000000, PLAIN_ZEROES = 4 };

/* Nine decimal digits a word, the lowest first. */
struct big {
	uint32_t word[WORDS];
	unsigned used;
};

static void multiply(struct big *b, uint32_t by)
{
	uint64_t carry = 0;
	for (unsigned i = 0; i < b->used; i++) {
		carry += (uint64_t)b->word[i] * by;
		b->word[i] = (uint32_t)(carry % WORD_RADIX);
		carry /= WORD_RADIX;
	}
	for (; carry && b->used < WORDS; carry /= WORD_RADIX)
		b->word[b->used++] = (uint32_t)(carry % WORD_RADIX);
}

/* Times 2 or 5, as often as `times` says, many at once. */
static void raise(struct big *b, uint32_t base, unsigned times)
{
	unsigned at_once = base == 2 ? 29 : 12;
	for (unsigned done = 0; done < times;) {
		uint32_t factor = 1;
		for (unsigned i = 0; i < at_once && done < times; i++, done++)
			factor *= base;
		multiply(b, factor);
	}
}

static unsigned digit_of(const struct big *b, unsigned index)
{
	uint32_t word = b->word[index / WORD_DIGITS];
	for (unsigned i = index % WORD_DIGITS; i; i--)
		word /= 10;
	return word % 10;
}

static unsigned digit_count(const struct big *b)
{
	unsigned count = b->used * WORD_DIGITS;
	while (count > 1 && !digit_of(b, count - 1))
		count--;
	return count;
}

/* Whether the digits below `keep_from` round the others up: more than half, or half and an odd digit above. */
static bool rounds_up(const struct big *b, unsigned keep_from)
{
	if (!keep_from)
		return false;
	unsigned first = digit_of(b, keep_from - 1);
	if (first != 5)
		return first > 5;
	for (unsigned i = keep_from - 1; i; i--)
		if (digit_of(b, i - 1))
			return true;
	return digit_of(b, keep_from) & 1;
}

/* The leading digits, rounded; true when they became one more: 9.99 is 10.0. */
static bool leading(const struct big *b, unsigned count, unsigned wanted, char *digits)
{
	unsigned shown = count < wanted ? count : wanted;
	for (unsigned i = 0; i < shown; i++)
		digits[i] = (char)('0' + digit_of(b, count - 1 - i));
	digits[shown] = 0;
	bool carry = rounds_up(b, count - shown);
	for (unsigned i = shown; carry && i; i--) {
		carry = digits[i - 1] == '9';
		digits[i - 1] = carry ? '0' : (char)(digits[i - 1] + 1);
	}
	if (carry)
		digits[0] = '1'; /* the others are zeroes */
	return carry;
}

/* `power` is that of ten of the first digit. Plain where that is short, else with an exponent. */
static void compose(const char *sign, char *digits, int power, unsigned wanted, char *text)
{
	int n = (int)strlen(digits);
	while (n > 1 && digits[n - 1] == '0')
		digits[--n] = 0;
	if (power >= (int)wanted || power < -PLAIN_ZEROES)
		snprintf(text, DECIMAL_TEXT, "%s%c%s%se%+d", sign, digits[0], n > 1 ? "." : "", digits + 1, power);
	else if (power < 0)
		snprintf(text, DECIMAL_TEXT, "%s0.%.*s%s", sign, -power - 1, "0000", digits);
	else if (n > power + 1)
		snprintf(text, DECIMAL_TEXT, "%s%.*s.%s", sign, power + 1, digits, digits + power + 1);
	else
		snprintf(text, DECIMAL_TEXT, "%s%s%.*s", sign, digits, power + 1 - n, "00000000000000000000");
}

const char *decimal_text(bool negative, uint64_t significand, int exponent, unsigned digits, char *text)
{
	struct big b = { .used = 3 };
	char shown[DIGITS_EXTENDED + 1];
	if (!significand) {
		snprintf(text, DECIMAL_TEXT, negative ? "-0" : "0");
		return text;
	}
	for (; exponent < 0 && !(significand & 1); exponent++)
		significand >>= 1;
	b.word[0] = (uint32_t)(significand % WORD_RADIX);
	b.word[1] = (uint32_t)(significand / WORD_RADIX % WORD_RADIX);
	b.word[2] = (uint32_t)(significand / WORD_RADIX / WORD_RADIX);
	raise(&b, exponent < 0 ? 5 : 2, (unsigned)(exponent < 0 ? -exponent : exponent));
	unsigned count = digit_count(&b);
	bool carry = leading(&b, count, digits, shown);
	compose(negative ? "-" : "", shown, (int)count - 1 + carry + (exponent < 0 ? exponent : 0), digits, text);
	return text;
}

static const char *special(bool negative, const char *name, char *text)
{
	snprintf(text, DECIMAL_TEXT, "%s%s", negative ? "-" : "", name);
	return text;
}

/* The formats of IEEE 754 with `fraction` bits of fraction and `bits` of exponent. */
static const char *ieee(uint64_t v, unsigned fraction, unsigned bits, unsigned digits, char *text)
{
	uint64_t part = v & ((1ull << fraction) - 1);
	int exponent = (int)(v >> fraction & ((1u << bits) - 1)), top = (1 << bits) - 1;
	bool negative = v >> (fraction + bits) & 1;
	if (exponent == top)
		return special(negative, !part ? "inf" : part >> (fraction - 1) ? "qnan" : "snan", text);
	if (exponent)
		part |= 1ull << fraction;
	return decimal_text(negative, part, (exponent ? exponent : 1) - top / 2 - (int)fraction, digits, text);
}

const char *decimal_single(uint32_t bits, char *text)
{
	return ieee(bits, 23, 8, DIGITS_SINGLE, text);
}

const char *decimal_double(uint64_t bits, char *text)
{
	return ieee(bits, 52, 11, DIGITS_DOUBLE, text);
}

/* An exponent that is not 0 needs the integer bit [SDM vol. 1, 8.2.2]. */
const char *decimal_extended(const struct fp80 *value, char *text)
{
	int exponent = (int)(value->sign_exponent & 0x7fff);
	bool negative = value->sign_exponent >> 15 & 1, integer = value->significand >> 63;
	uint64_t fraction = value->significand << 1;
	if (exponent && !integer)
		return special(negative, "unsupported", text);
	if (exponent == 0x7fff)
		return special(negative, !fraction ? "inf" : fraction >> 63 ? "qnan" : "snan", text);
	return decimal_text(negative, value->significand, (exponent ? exponent : 1) - 16383 - 63, DIGITS_EXTENDED,
			    text);
}
