/* The debug console, text for it, and the end of the run. */
#ifndef GUESTS_CONSOLE_H
#define GUESTS_CONSOLE_H

#include "lib/x86.h"

/* Exit codes that all kernels share. */
#define EXIT_BAD_BOOT  97
#define EXIT_EXCEPTION 100 /* + vector */

#ifndef __ASSEMBLER__

/* Ends the run with this exit code. */
void machine_exit(u8 code) __attribute__((noreturn));

/*
 * Text is put together in a buffer: each of these puts something at p and
 * gives the end of it. The whole line leaves the kernel by one REP OUTSB.
 */
#define LINE_SIZE 256
#define put_text(p, literal)                                                  \
    ((char *)__builtin_memcpy(p, literal, sizeof(literal) - 1) +              \
     sizeof(literal) - 1)

static inline char *put_bytes(char *p, const char *s, u64 length)
{
    __asm__ volatile("rep movsb"
                     : "+D"(p), "+S"(s), "+c"(length) : : "memory");
    return p;
}

char *put_digits(char *p, u64 value); /* hexadecimal, no leading zeros */
char *put_dec(char *p, u64 value);

/* Most values are one digit: that costs no call. */
static inline char *put_hex(char *p, u64 value)
{
    p = put_text(p, "0x");
    if (value >= 10)
        return put_digits(p, value);
    *p++ = '0' + value;
    return p;
}

/* Prints from line to its end p, where it adds a newline. */
void print_line(char *line, char *p);

#endif
#endif
