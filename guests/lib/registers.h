/* Registers of the processor in words of the kernel's own width. */
#ifndef GUESTS_REGISTERS_H
#define GUESTS_REGISTERS_H

#define READ_REGISTER(function, code)                                         \
    static inline unsigned long function(void)                                \
    {                                                                         \
        unsigned long value;                                                  \
                                                                              \
        __asm__ volatile(code : "=r"(value));                                 \
        return value;                                                         \
    }

READ_REGISTER(read_flags, "pushf; pop %0")
READ_REGISTER(read_ss, "mov %0, ss")
READ_REGISTER(read_tr, "str %0")
READ_REGISTER(read_cr0, "mov %0, cr0")
READ_REGISTER(read_fault_address, "mov %0, cr2")
READ_REGISTER(read_cr3, "mov %0, cr3")

#endif
