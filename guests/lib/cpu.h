/* Instructions that C has no words for. */
#ifndef GUESTS_CPU_H
#define GUESTS_CPU_H

#include "lib/x86.h"

static inline void wrmsr(u32 msr, u64 value)
{
    __asm__ volatile("wrmsr"
                     : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
                     : "memory");
}

static inline u64 rdmsr(u32 msr)
{
    u32 low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (u64)high << 32 | low;
}

static inline u64 read_cr2(void)
{
    u64 value;

    __asm__ volatile("mov %0, cr2" : "=r"(value));
    return value;
}

static inline void out8(u16 port, u8 value)
{
    __asm__ volatile("out dx, al" : : "a"(value), "d"(port));
}

static inline u8 in8(u16 port)
{
    u8 value;

    __asm__ volatile("in al, dx" : "=a"(value) : "d"(port));
    return value;
}

/*
 * Loads GDTR, IDTR, TR and all segment registers from the guest's own tables
 * (gdtr and idtr in its tables.S).
 */
void load_tables(void);

#endif
