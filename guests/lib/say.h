/*
 * What a kernel saw, told on the debug console line by line, in 32-bit and in
 * 64-bit code.
 */
#ifndef GUESTS_SAY_H
#define GUESTS_SAY_H

/* Ends the run with this exit code. */
void machine_exit(unsigned char code) __attribute__((noreturn));

/* Prints a line; of printf's conversions it knows %s, %u, %x, %lu and %lx. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for an observation; one that does not hold begins with FAIL. */
void expect(int holds, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends the run: 0 if all that was expected held, else 1. */
void finish(void) __attribute__((noreturn));

#endif
