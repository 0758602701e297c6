/* expr.c - see expr.h: a parser that evaluates while it descends. */
#include "ui/repl/expr.h"

#include <inttypes.h>
#include <string.h>

#include "host/host.h"
#include "ui/words.h"

/* Parentheses and signs within each other: a bound for the stack. */
enum { DEEPEST = 64 };

struct parser {
	const struct expr_world *world;
	const char *at;
	struct rs_error *why;
	unsigned depth;   /* of parentheses */
	unsigned nested;  /* and signs */
	unsigned unasked; /* within what || and && leave out: nothing is read */
	bool blanks;      /* they may stand between the parts */
};

static bool whole(struct parser *p, uint64_t *value);

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

/* The ! of module!name, not that of !=. */
static bool is_name(const char *c)
{
	return word_is_name(*c) || (*c && strchr(".`", *c)) || (*c == '!' && c[1] != '=');
}

/* A colon and digits behind a file's name make it a line of the source: kernel.c:12. */
static size_t name_length(const char *text)
{
	size_t n = 0;
	while (is_name(text + n))
		n++;
	if (text[n] == ':' && word_is_digit(text[n + 1]) && memchr(text, '.', n))
		n += 1 + strspn(text + n + 1, "0123456789`");
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

static bool number(const char *text, size_t length, unsigned radix, uint64_t *value, bool *too_large)
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
		return digits(text, length, radix ? radix : 16, value, too_large);
	}
}

static bool enclosed(struct parser *p, uint64_t *value)
{
	if (p->nested == DEEPEST)
		return error_set(p->why, RS_ERROR_ARGUMENT, "too many parentheses within each other");
	p->nested++;
	p->depth++;
	if (!whole(p, value))
		return false;
	if (!take(p, ')'))
		return error_set(p->why, RS_ERROR_ARGUMENT, "a ) is missing");
	p->depth--;
	p->nested--;
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
	*value = 0;
	if (p->unasked)
		return true;
	if (p->world->read(p->world->arg, address, bytes, size) != size)
		return error_set(p->why, RS_ERROR_ARGUMENT, "memory at %" PRIx64 " is not mapped", address);
	for (size_t i = size; i > 0; i--)
		*value = *value << 8 | bytes[i - 1];
	return true;
}

/* gdb's $pc, $sp and $fp, WinDbg's $ip and $csp. */
static const char *pseudo_register(const char *name, size_t length)
{
	static const char *const names[][2] = {
		{ "pc", "rip" }, { "ip", "rip" }, { "sp", "rsp" }, { "csp", "rsp" }, { "fp", "rbp" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (word_same(name, length, names[i][0]))
			return names[i][1];
	return NULL;
}

static bool known_register(struct parser *p, uint64_t *value)
{
	bool pseudo = *p->at == '$' || (p->at[0] == '@' && p->at[1] == '$');
	p->at += p->at[0] == '@' && pseudo ? 2 : 1;
	size_t length = name_length(p->at);
	const char *real = pseudo ? pseudo_register(p->at, length) : NULL;
	if (real && p->world->reg(p->world->arg, real, strlen(real), value)) {
		p->at += length;
		return true;
	}
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
	if (number(name, length, w->radix, value, &too_large))
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
	if (is_name(p->at))
		return named(p, value);
	if (!*p->at || word_is_space(*p->at))
		return error_set(p->why, RS_ERROR_ARGUMENT,
				 "an expression is missing; help COMMAND says what a command takes");
	return error_set(p->why, RS_ERROR_ARGUMENT, "no expression begins with '%.*s'", shown(strlen(p->at)), p->at);
}

/* ---- operators ---- */

enum operation {
	OP_NONE,
	OP_OR_ELSE,
	OP_AND_THEN,
	OP_OR,
	OP_XOR,
	OP_AND,
	OP_EQUAL,
	OP_UNEQUAL,
	OP_BELOW,
	OP_ABOVE,
	OP_BELOW_EQUAL,
	OP_ABOVE_EQUAL,
	OP_LEFT,
	OP_RIGHT,
	OP_PLUS,
	OP_MINUS,
	OP_TIMES,
	OP_OVER,
	OP_REST,
};

/* C's, with C's precedence, and the words of WinDbg's MASM expressions; longer ones before their beginnings. */
static const struct infix {
	const char *text;
	enum operation operation;
	unsigned binds; /* more tightly the higher */
} operators[] = {
	{ "||", OP_OR_ELSE, 1 }, { "&&", OP_AND_THEN, 2 }, { "<<", OP_LEFT, 8 },        { ">>", OP_RIGHT, 8 },
	{ "==", OP_EQUAL, 6 },   { "!=", OP_UNEQUAL, 6 },  { "<=", OP_BELOW_EQUAL, 7 }, { ">=", OP_ABOVE_EQUAL, 7 },
	{ "<", OP_BELOW, 7 },    { ">", OP_ABOVE, 7 },     { "=", OP_EQUAL, 6 },        { "|", OP_OR, 3 },
	{ "^", OP_XOR, 4 },      { "&", OP_AND, 5 },       { "+", OP_PLUS, 9 },         { "-", OP_MINUS, 9 },
	{ "*", OP_TIMES, 10 },   { "/", OP_OVER, 10 },     { "%", OP_REST, 10 },        { "or", OP_OR, 3 },
	{ "xor", OP_XOR, 4 },    { "and", OP_AND, 5 },     { "mod", OP_REST, 10 },
};

/* A word ends where no name goes on. */
static bool stands_at(const char *text, const char *word)
{
	size_t length = strlen(word);
	bool is_word = word_is_name(word[0]);
	return is_word ? word_same(text, length, word) && !is_name(text + length) : !strncmp(text, word, length);
}

/* The operator here that binds at least so tightly; NULL: none. */
static const struct infix *find_operator(const char *text, unsigned least)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (stands_at(text, operators[i].text))
			return operators[i].binds >= least ? &operators[i] : NULL;
	return NULL;
}

static uint64_t compute(enum operation operation, uint64_t a, uint64_t b)
{
	switch (operation) {
	case OP_OR_ELSE:
		return a || b;
	case OP_AND_THEN:
		return a && b;
	case OP_OR:
		return a | b;
	case OP_XOR:
		return a ^ b;
	case OP_AND:
		return a & b;
	case OP_EQUAL:
		return a == b;
	case OP_UNEQUAL:
		return a != b;
	case OP_BELOW:
		return a < b;
	case OP_ABOVE:
		return a > b;
	case OP_BELOW_EQUAL:
		return a <= b;
	case OP_ABOVE_EQUAL:
		return a >= b;
	case OP_LEFT:
		return b < 64 ? a << b : 0;
	case OP_RIGHT:
		return b < 64 ? a >> b : 0;
	case OP_PLUS:
		return a + b;
	case OP_MINUS:
		return a - b;
	case OP_TIMES:
		return a * b;
	case OP_OVER:
		return b ? a / b : 0;
	case OP_REST:
		return b ? a % b : 0;
	default:
		return 0;
	}
}

/* The sign or negation here, '!' for the word too; 0: none. */
static char take_prefix(struct parser *p)
{
	skip(p);
	bool word = stands_at(p->at, "not");
	char c = word ? '!' : *p->at;
	if (c != '-' && c != '~' && c != '!')
		return 0;
	p->at += word ? 3 : 1;
	return c;
}

static bool factor(struct parser *p, uint64_t *value)
{
	char prefix = take_prefix(p);
	if (!prefix)
		return atom(p, value);
	if (p->nested == DEEPEST)
		return error_set(p->why, RS_ERROR_ARGUMENT, "too many signs before each other");
	p->nested++;
	if (!factor(p, value))
		return false;
	p->nested--;
	*value = prefix == '-' ? -*value : prefix == '~' ? ~*value : !*value;
	return true;
}

static bool binary(struct parser *p, unsigned least, uint64_t *value);

/* The right side; what && and || need not know is parsed only. */
static bool apply(struct parser *p, const struct infix *o, uint64_t *value)
{
	uint64_t right;
	bool leave = (o->operation == OP_OR_ELSE && *value) || (o->operation == OP_AND_THEN && !*value);
	p->unasked += leave;
	bool good = binary(p, o->binds + 1, &right);
	p->unasked -= leave;
	if (!good)
		return false;
	if (!right && !p->unasked && (o->operation == OP_OVER || o->operation == OP_REST))
		return error_set(p->why, RS_ERROR_ARGUMENT, "division by zero");
	*value = compute(o->operation, *value, right);
	return true;
}

static bool binary(struct parser *p, unsigned least, uint64_t *value)
{
	const struct infix *o;
	if (!factor(p, value))
		return false;
	while (skip(p), (o = find_operator(p->at, least))) {
		p->at += strlen(o->text);
		if (!apply(p, o, value))
			return false;
	}
	return true;
}

static bool whole(struct parser *p, uint64_t *value)
{
	return binary(p, 1, value);
}

bool expr_word(const struct expr_world *w, const char **text, uint64_t *value, struct rs_error *why)
{
	struct parser p = { .world = w, .at = *text, .why = why };
	bool good = whole(&p, value);
	if (good && *p.at && !word_is_space(*p.at))
		good = error_set(why, RS_ERROR_ARGUMENT, "cannot read on at '%.*s'", shown(strlen(p.at)), p.at);
	*text = p.at;
	return good;
}

bool expr_whole(const struct expr_world *w, const char *text, uint64_t *value, struct rs_error *why)
{
	struct parser p = { .world = w, .at = text, .why = why, .blanks = true };
	if (!whole(&p, value))
		return false;
	skip(&p);
	return !*p.at || error_set(why, RS_ERROR_ARGUMENT, "cannot read on at '%.*s'", shown(strlen(p.at)), p.at);
}
