#include "lib/say.h"
#include "lib/x86.h"

#include <stdarg.h>

#define LINE_SIZE 256

static unsigned failures;

static char *put_string(char *p, const char *s)
{
    while (*s)
        *p++ = *s++;
    return p;
}

static char *put_number(char *p, unsigned long value, unsigned base)
{
    if (value >= base)
        p = put_number(p, value / base, base);
    *p++ = "0123456789abcdef"[value % base];
    return p;
}

/* Puts together one line; the caller keeps it shorter than LINE_SIZE. */
static char *put_line(char *p, const char *format, va_list args)
{
    int is_long;

    for (; *format; format++) {
        if (*format != '%') {
            *p++ = *format;
            continue;
        }
        format++;
        if (*format == 's') {
            p = put_string(p, va_arg(args, const char *));
            continue;
        }
        is_long = *format == 'l';
        format += is_long;
        p = put_number(p, is_long ? va_arg(args, unsigned long)
                                  : va_arg(args, unsigned),
                       *format == 'u' ? 10 : 16);
    }
    return p;
}

/* The whole line leaves the kernel by one REP OUTSB. */
static void print(char *line, char *end)
{
    unsigned long length;

    *end++ = '\n';
    length = end - line;
    __asm__ volatile("rep outsb"
                     : "+S"(line), "+c"(length) : "d"(PORT_DEBUG) : "memory");
}

void say(const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;

    va_start(args, format);
    print(line, put_line(line, format, args));
    va_end(args);
}

void expect(int holds, const char *format, ...)
{
    char line[LINE_SIZE];
    char *p = line;
    va_list args;

    if (!holds) {
        failures++;
        p = put_string(p, "FAIL ");
    }
    va_start(args, format);
    print(line, put_line(p, format, args));
    va_end(args);
}

void finish(void)
{
    if (failures) {
        say("%u observations differ", failures);
        machine_exit(1);
    }
    say("all as expected");
    machine_exit(0);
}
