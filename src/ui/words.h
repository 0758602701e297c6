/* words.h - words as people type them: compared without letter case, offered again when misspelt, read as numbers. */
#ifndef RS_UI_WORDS_H
#define RS_UI_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The locale has no say in these. */
bool word_is_space(char c);
bool word_is_digit(char c);
bool word_is_control(char c);
/* Letters, digits, underscore. */
bool word_is_name(char c);
/* The value of a hexadecimal digit, or -1. */
int word_hex_digit(char c);
char word_lower(char c);

/* Whether the first `length` characters at `text` are `word`, whatever the letter case. */
bool word_same(const char *text, size_t length, const char *word);
/* Whether `word` begins with them. */
bool word_begins(const char *text, size_t length, const char *word);

/* `text` matched as a whole by a pattern of *, ? and plain characters, whatever the letter case. */
bool word_matches(const char *pattern, const char *text);

/* Decimal, or hexadecimal behind 0x; nothing else may follow. */
bool word_number(const char *text, uint64_t *value);
/* Hexadecimal, with or without 0x. */
bool word_address(const char *text, uint64_t *value);
/* word_number with an optional suffix K, M or G. */
bool word_size(const char *text, uint64_t *value);
/* Decimal digits with an optional fraction: seconds. */
bool word_seconds(const char *text, double *value);

/* The nearest of the words offered, for "did you mean". */
struct nearest {
	const char *word, *best;
	unsigned distance;
};

struct nearest nearest_begin(const char *word);
void nearest_offer(struct nearest *n, const char *candidate);
/* " (did you mean X?)", or "" when nothing comes near. */
const char *nearest_hint(const struct nearest *n, char *text, size_t size);

#endif
