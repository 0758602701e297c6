/* cursor.h - the words of a trace's lines, read strictly: the spelling that the writer chooses is the only one. */
#ifndef RS_TRACE_CURSOR_H
#define RS_TRACE_CURSOR_H

#include <string.h>

#include "trace/trace.h"

/* ---- words of one line ---- */

/* Between two words, `p` stands on the space before the next one or at the end. */
struct cursor {
	const char *p, *end;
};

static inline bool at_end(const struct cursor *c)
{
	return c->p == c->end;
}

/* Steps over `text` when it is next. */
static inline bool take(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
		return false;
	c->p += n;
	return true;
}

static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to 64 bits without leading zeroes. */
static inline bool take_hex(struct cursor *c, uint64_t *value)
{
	const char *start = c->p;

	for (*value = 0; !at_end(c) && hex_digit(*c->p) >= 0; c->p++) {
		if (c->p - start == 16)
			return false;
		*value = *value << 4 | (unsigned)hex_digit(*c->p);
	}
	return c->p - start == 1 || (c->p > start && *start != '0');
}

static inline bool take_decimal(struct cursor *c, uint64_t *value)
{
	const char *start = c->p;

	for (*value = 0; !at_end(c) && *c->p >= '0' && *c->p <= '9'; c->p++) {
		unsigned digit = (unsigned)(*c->p - '0');
		if (*value > (UINT64_MAX - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	return c->p - start == 1 || (c->p > start && *start != '0');
}

static inline bool take_byte(struct cursor *c, uint8_t *byte)
{
	if (c->end - c->p < 2 || hex_digit(c->p[0]) < 0 || hex_digit(c->p[1]) < 0)
		return false;
	*byte = (uint8_t)(hex_digit(c->p[0]) << 4 | hex_digit(c->p[1]));
	c->p += 2;
	return true;
}

/* Pairs of digits up to the next space; false for none, or for more than fit. */
static inline bool take_bytes(struct cursor *c, uint8_t *bytes, size_t room, size_t *n)
{
	for (*n = 0; !at_end(c) && *c->p != ' '; ++*n)
		if (*n == room || !take_byte(c, &bytes[*n]))
			return false;
	return *n > 0;
}

static inline struct trace_span take_word(struct cursor *c)
{
	const char *start = c->p;

	while (!at_end(c) && *c->p != ' ')
		c->p++;
	return (struct trace_span){ start, (size_t)(c->p - start) };
}

static inline bool copy_word(struct cursor *c, char *to, size_t room)
{
	struct trace_span word = take_word(c);

	if (!word.size || word.size >= room)
		return false;
	memcpy(to, word.text, word.size);
	to[word.size] = 0;
	return true;
}

/* ---- whole lines ---- */

/* The next whole line, without its newline. */
static inline bool next_line(struct trace_reader *r, struct cursor *c)
{
	const char *newline = r->at < r->end ? memchr(r->at, '\n', (size_t)(r->end - r->at)) : NULL;

	if (!newline)
		return false;
	*c = (struct cursor){ r->at, newline };
	r->at = newline + 1;
	r->number++;
	return true;
}

static inline bool bad(const struct trace_reader *r, struct rs_error *why, const char *what)
{
	return error_set(why, RS_ERROR_IMAGE, "%s:%zu: not a trace line: %s", r->name, r->number, what);
}

#endif
