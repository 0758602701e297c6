#include "lib/console.h"

void machine_exit(u8 code)
{
    __asm__ volatile("out %1, al" : : "a"(code), "N"(PORT_EXIT));
    for (;;)
        __asm__ volatile("cli; hlt");
}

char *put_digits(char *p, u64 value)
{
    /* The position of the highest nibble that is not 0. */
    int shift = value ? (63 - __builtin_clzl(value)) & ~3 : 0;

    for (; shift >= 0; shift -= 4)
        *p++ = "0123456789abcdef"[value >> shift & 15];
    return p;
}

char *put_dec(char *p, u64 value)
{
    if (value >= 10)
        p = put_dec(p, value / 10);
    *p++ = '0' + value % 10;
    return p;
}

void print_line(char *line, char *p)
{
    u64 length;

    *p++ = '\n';
    length = p - line;
    __asm__ volatile("rep outsb"
                     : "+S"(line), "+c"(length) : "d"(PORT_DEBUG) : "memory");
}
