/* Registers of the processor in words of the kernel's own width. */
#ifndef GUESTS_REGISTERS_H
#define GUESTS_REGISTERS_H

static inline unsigned long read_flags(void)
{
    unsigned long value;

    __asm__ volatile("pushf; pop %0" : "=r"(value));
    return value;
}

static inline unsigned long read_cs(void)
{
    unsigned long value;

    __asm__ volatile("mov %0, cs" : "=r"(value));
    return value;
}

static inline unsigned long read_ss(void)
{
    unsigned long value;

    __asm__ volatile("mov %0, ss" : "=r"(value));
    return value;
}

#endif
