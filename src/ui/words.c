/* words.c - see words.h. */
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

bool word_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool word_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

char word_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool word_is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

bool word_is_name(char c)
{
	return word_is_digit(c) || c == '_' || (word_lower(c) >= 'a' && word_lower(c) <= 'z');
}

int word_hex_digit(char c)
{
	c = word_lower(c);
	if (word_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool word_begins(const char *text, size_t length, const char *word)
{
	for (size_t i = 0; i < length; i++)
		if (!word[i] || word_lower(text[i]) != word_lower(word[i]))
			return false;
	return true;
}

bool word_same(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && word_begins(text, length, word);
}

/* One star at a time can be open: a later star makes what an earlier one swallowed final. */
bool word_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;
	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern && (*pattern == '?' || word_lower(*pattern) == word_lower(*text))) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* Reads digits as far as they go; false when there is none or the number does not fit. */
static bool number_part(const char **text, unsigned radix, uint64_t *value)
{
	const char *p = *text;
	if (p[0] == '0' && word_lower(p[1]) == 'x') {
		radix = 16;
		p += 2;
	}
	const char *first = p;
	*value = 0;
	for (int digit; (digit = word_hex_digit(*p)) >= 0 && (unsigned)digit < radix; p++) {
		if (*value > (UINT64_MAX - (unsigned)digit) / radix)
			return false;
		*value = *value * radix + (unsigned)digit;
	}
	*text = p;
	return p > first;
}

bool word_number(const char *text, uint64_t *value)
{
	return number_part(&text, 10, value) && !*text;
}

bool word_address(const char *text, uint64_t *value)
{
	return number_part(&text, 16, value) && !*text;
}

bool word_size(const char *text, uint64_t *value)
{
	unsigned shift = 0;
	if (!number_part(&text, 10, value))
		return false;
	switch (word_lower(*text)) {
	case '\0':
		return true;
	case 'k':
		shift = 10;
		break;
	case 'm':
		shift = 20;
		break;
	case 'g':
		shift = 30;
		break;
	default:
		return false;
	}
	if (text[1] || *value > UINT64_MAX >> shift)
		return false;
	*value <<= shift;
	return true;
}

bool word_seconds(const char *text, double *value)
{
	double unit = 1;
	bool any = false;
	*value = 0;
	for (; word_is_digit(*text); text++, any = true)
		*value = *value * 10 + (*text - '0');
	if (*text == '.')
		for (text++; word_is_digit(*text); text++, any = true)
			*value += (*text - '0') * (unit /= 10);
	return any && !*text;
}

enum { LONGEST = 24 };

/* Edit distance by one row of the usual table; longer words are cut, which is good enough to guess what was meant. */
static unsigned distance(const char *a, const char *b)
{
	size_t la = strnlen(a, LONGEST), lb = strnlen(b, LONGEST);
	unsigned row[LONGEST + 1];
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned change = diagonal + (word_lower(a[i - 1]) != word_lower(b[j - 1]));
			diagonal = row[j];
			unsigned shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			row[j] = change < shorter ? change : shorter;
		}
	}
	return row[lb];
}

struct nearest nearest_begin(const char *word)
{
	return (struct nearest){ .word = word, .best = NULL, .distance = ~0u };
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	unsigned d = distance(n->word, candidate);
	if (d < n->distance) {
		n->distance = d;
		n->best = candidate;
	}
}

const char *nearest_hint(const struct nearest *n, char *text, size_t size)
{
	size_t length = strnlen(n->word, LONGEST);
	unsigned most = length < 6 ? 2 : 1 + (unsigned)length / 4;
	if (n->best && n->distance <= most && n->distance < length)
		snprintf(text, size, " (did you mean %s?)", n->best);
	else
		snprintf(text, size, "%s", "");
	return text;
}
