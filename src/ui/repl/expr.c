/* expr.c - see expr.h: a parser that evaluates while it descends. */
#include "ui/repl/expr.h"

#include <inttypes.h>
#include <string.h>

#include "host/host.h"
#include "ui/words.h"

/* Parentheses within parentheses: a bound for the stack. */
enum { DEEPEST = 64 };

struct parser {
	const struct expr_world *world;
	const char *at;
	struct rs_error *why;
	unsigned depth;
	bool blanks; /* they may stand between the parts */
};

static bool sum(struct parser *p, uint64_t *value);

static void skip(struct parser *p)
{
	while ((p->blanks || p->depth) && word_is_space(*p->at))
		p->at++;
}

static bool take(struct parser *p, char c)
{
	skip(p);
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

/* What of a text a message can show. */
static int shown(size_t length)
{
	return length < 60 ? (int)length : 60;
}

static bool is_name(char c)
{
	return word_is_name(c) || (c && strchr(".!`", c));
}

static size_t name_length(const char *text)
{
	size_t n = 0;
	while (is_name(text[n]))
		n++;
	return n;
}

/* The digits behind the prefix in their radix; false when another character is among them. */
static bool digits(const char *text, size_t length, unsigned radix, uint64_t *value, bool *too_large)
{
	bool any = false;
	*value = 0;
	for (size_t i = 0; i < length; i++) {
		int digit = word_hex_digit(text[i]);
		if (text[i] == '`')
			continue;
		if (digit < 0 || (unsigned)digit >= radix)
			return false;
		*too_large |= *value > (UINT64_MAX - (unsigned)digit) / radix;
		*value = *value * radix + (unsigned)digit;
		any = true;
	}
	return any;
}

static bool number(const char *text, size_t length, uint64_t *value, bool *too_large)
{
	char prefix = length > 2 && text[0] == '0' ? word_lower(text[1]) : 0;
	switch (prefix) {
	case 'x':
		return digits(text + 2, length - 2, 16, value, too_large);
	case 'n':
		return digits(text + 2, length - 2, 10, value, too_large);
	case 'y':
		return digits(text + 2, length - 2, 2, value, too_large);
	default:
		return digits(text, length, 16, value, too_large);
	}
}

static bool enclosed(struct parser *p, uint64_t *value)
{
	if (p->depth == DEEPEST)
		return error_set(p->why, RS_ERROR_ARGUMENT, "too many parentheses within each other");
	p->depth++;
	if (!sum(p, value))
		return false;
	if (!take(p, ')'))
		return error_set(p->why, RS_ERROR_ARGUMENT, "a ) is missing");
	p->depth--;
	return true;
}

/* Bytes that poi() and its like read; 0: not one of them. */
static size_t reader_size(const char *name, size_t length)
{
	static const struct {
		char name[4];
		size_t size;
	} readers[] = { { "poi", 8 }, { "qwo", 8 }, { "dwo", 4 }, { "wo", 2 }, { "by", 1 } };
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (word_same(name, length, readers[i].name))
			return readers[i].size;
	return 0;
}

static bool from_memory(struct parser *p, size_t size, uint64_t *value)
{
	uint64_t address;
	uint8_t bytes[8] = { 0 };
	if (!enclosed(p, &address))
		return false;
	if (p->world->read(p->world->arg, address, bytes, size) != size)
		return error_set(p->why, RS_ERROR_ARGUMENT, "memory at %" PRIx64 " is not mapped", address);
	*value = 0;
	for (size_t i = size; i > 0; i--)
		*value = *value << 8 | bytes[i - 1];
	return true;
}

static bool known_register(struct parser *p, uint64_t *value)
{
	size_t length = name_length(++p->at);
	if (!length || !p->world->reg(p->world->arg, p->at, length, value))
		return error_set(p->why, RS_ERROR_ARGUMENT, "no register '%.*s'; rM lists them", shown(length), p->at);
	p->at += length;
	return true;
}

static bool named(struct parser *p, uint64_t *value)
{
	const struct expr_world *w = p->world;
	const char *name = p->at;
	size_t length = name_length(name), size = reader_size(name, length);
	bool too_large = false;
	p->at += length;
	if (size && take(p, '('))
		return from_memory(p, size, value);
	if (number(name, length, value, &too_large))
		return !too_large ||
		       error_set(p->why, RS_ERROR_ARGUMENT, "%.*s has more than 64 bits", shown(length), name);
	if (w->reg(w->arg, name, length, value) || w->symbol(w->arg, name, length, value))
		return true;
	return error_set(p->why, RS_ERROR_ARGUMENT, "'%.*s' is no number, register or symbol; %s", shown(length), name,
			 w->hint);
}

static bool atom(struct parser *p, uint64_t *value)
{
	if (take(p, '('))
		return enclosed(p, value);
	if (*p->at == '@' || *p->at == '$')
		return known_register(p, value);
	if (is_name(*p->at))
		return named(p, value);
	if (!*p->at || word_is_space(*p->at))
		return error_set(p->why, RS_ERROR_ARGUMENT, "an expression ends too early");
	return error_set(p->why, RS_ERROR_ARGUMENT, "no expression begins with '%.*s'", shown(strlen(p->at)), p->at);
}

static bool factor(struct parser *p, uint64_t *value)
{
	bool negate = take(p, '-'), invert = !negate && take(p, '~');
	if (!atom(p, value))
		return false;
	if (negate)
		*value = -*value;
	if (invert)
		*value = ~*value;
	return true;
}

static bool product(struct parser *p, uint64_t *value)
{
	uint64_t right;
	if (!factor(p, value))
		return false;
	for (;;) {
		skip(p);
		char operator= * p->at;
		if (operator!= '*' && operator!= '/' && operator!= '%')
			return true;
		p->at++;
		if (!factor(p, &right))
			return false;
		if (operator!= '*' && !right)
			return error_set(p->why, RS_ERROR_ARGUMENT, "division by zero");
		*value = operator== '*' ? *value * right : operator== '/' ? *value / right : * value % right;
	}
}

static bool sum(struct parser *p, uint64_t *value)
{
	uint64_t right;
	if (!product(p, value))
		return false;
	for (;;) {
		skip(p);
		char operator= * p->at;
		if (operator!= '+' && operator!= '-')
			return true;
		p->at++;
		if (!product(p, &right))
			return false;
		*value = operator== '+' ? *value + right : * value - right;
	}
}

bool expr_word(const struct expr_world *w, const char **text, uint64_t *value, struct rs_error *why)
{
	struct parser p = { .world = w, .at = *text, .why = why };
	bool good = sum(&p, value);
	if (good && *p.at && !word_is_space(*p.at))
		good = error_set(why, RS_ERROR_ARGUMENT, "cannot read on at '%.*s'", shown(strlen(p.at)), p.at);
	*text = p.at;
	return good;
}

bool expr_whole(const struct expr_world *w, const char *text, uint64_t *value, struct rs_error *why)
{
	struct parser p = { .world = w, .at = text, .why = why, .blanks = true };
	if (!sum(&p, value))
		return false;
	skip(&p);
	return !*p.at || error_set(why, RS_ERROR_ARGUMENT, "cannot read on at '%.*s'", shown(strlen(p.at)), p.at);
}
