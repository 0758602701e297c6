/* decimal.h - floating-point values in decimal, by integers alone: the digits are the same on every host. */
#ifndef RS_UI_REPL_DECIMAL_H
#define RS_UI_REPL_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "fp/fp80.h"

enum { DECIMAL_TEXT = 40, DIGITS_SINGLE = 9, DIGITS_DOUBLE = 17, DIGITS_EXTENDED = 21 };

/* significand * 2^exponent, rounded to so many digits (to even), zeroes at the end left out: "1.5", "-3e-4951". `text`
 * has DECIMAL_TEXT characters; `digits` at most DIGITS_EXTENDED, `exponent` from -16445 to 16384. */
const char *decimal_text(bool negative, uint64_t significand, int exponent, unsigned digits, char *text);
/* "inf", "-qnan", "snan", "unsupported" or the value. */
const char *decimal_single(uint32_t bits, char *text);
const char *decimal_double(uint64_t bits, char *text);
const char *decimal_extended(const struct fp80 *value, char *text);

#endif
