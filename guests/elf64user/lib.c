#include "elf64user/kernel.h"

void *memcpy(void *to, const void *from, u64 count)
{
    void *start = to;

    __asm__ volatile("rep movsb"
                     : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    return start;
}

void *memset(void *to, int byte, u64 count)
{
    void *start = to;

    __asm__ volatile("rep stosb"
                     : "+D"(to), "+c"(count) : "a"(byte) : "memory");
    return start;
}

u64 text_length(const char *text)
{
    u64 length = 0;

    while (text[length])
        length++;
    return length;
}

int text_begins(const char *text, const char *with)
{
    while (*with)
        if (*text++ != *with++)
            return 0;
    return 1;
}

s64 put_user(u64 to, const void *from, u64 count)
{
    if (!is_user(to, count) || copy_bytes((void *)to, from, count))
        return -EFAULT;
    return 0;
}

s64 get_user(void *to, u64 from, u64 count)
{
    if (!is_user(from, count) || copy_bytes(to, (void *)from, count))
        return -EFAULT;
    return 0;
}

s64 get_text(char *to, u64 from, u64 room)
{
    for (u64 i = 0; i < room; i++) {
        if (get_user(&to[i], from + i, 1))
            return -EFAULT;
        if (!to[i])
            return i;
    }
    return -ENOENT; /* too long for the name of anything that there is */
}

char *put_string(char *p, const char *text)
{
    return put_bytes(p, text, text_length(text));
}

void complain(char *line, char *end)
{
    *end++ = '\n';
    out_bytes(PORT_COM1, line, end - line);
}

void refuse(const char *text)
{
    char line[LINE_SIZE];

    complain(line, put_string(put_text(line, COMPLAIN_BEGIN), text));
    machine_exit(EXIT_REFUSED);
}
