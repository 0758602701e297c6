/* expr.h - expressions of the prompt: numbers, registers, symbols, memory. Knows no machine: it asks its world. */
#ifndef RS_UI_REPL_EXPR_H
#define RS_UI_REPL_EXPR_H

#include "ringstep.h"

/* Where names and memory come from; `name` is not terminated. */
struct expr_world {
	void *arg;
	bool (*reg)(void *arg, const char *name, size_t length, uint64_t *value);
	bool (*symbol)(void *arg, const char *name, size_t length, uint64_t *value);
	size_t (*read)(void *arg, uint64_t address, void *to, size_t size);
	const char *hint; /* how to find out which names there are */
	unsigned radix;   /* of numbers without a prefix; 0: 16 */
};

/*      expression = factor { operator factor }         by C's precedence, loosest first:
 *                   || && | ^ & (== = !=) (< > <= >=) (<< >>) (+ -) (* / %); or xor and mod are | ^ & %
 *      factor     = { "-" | "~" | "!" | "not" } atom
 *      atom       = number | register | ("@" | "$") register | symbol | [ reader ] "(" expression ")"
 *      reader     = "poi" | "qwo" | "dwo" | "wo" | "by"
 *
 * Comparisons are unsigned and give 1 or 0; what && and || can leave out is not read from memory.
 * Numbers are hexadecimal, as WinDbg has them: 0n10, 0xa and 0y1010 are the same; backticks in them are skipped. A word
 * of nothing but hexadecimal digits is a number (the flag CF is @cf); else it is a register, else a symbol, perhaps
 * with its module: module!name. Arithmetic is unsigned, modulo 2^64. */

/* Reads one expression from *text and moves on behind it: blanks end it, unless they stand in parentheses. */
bool expr_word(const struct expr_world *w, const char **text, uint64_t *value, struct rs_error *why);
/* The whole text is one expression, blanks or not. */
bool expr_whole(const struct expr_world *w, const char *text, uint64_t *value, struct rs_error *why);

#endif
