/*
 * With an IDT of limit 0 no vector has a gate. UD2 raises #UD, whose delivery
 * raises #GP; the delivery of #GP raises #GP again, which together make #DF;
 * the delivery of #DF fails too, and the processor shuts down: SDM vol. 3A
 * section 6.15, "Interrupt 8".
 */
#include "lib/x86.h"

    .file   "triple/triple.S"
    .intel_syntax noprefix

    .text
    .globl  kernel_main
    .type   kernel_main, @function
kernel_main:
    lea     rsi, [rip + message]
    mov     ecx, offset message_end - message
    mov     edx, PORT_DEBUG
    cld
    rep outsb
    lidt    [rip + empty_idtr]
    .globl  triple_fault
triple_fault:
    ud2
    .size   kernel_main, . - kernel_main

    .section .rodata
empty_idtr:
    .word   0
    .quad   0
message:
    .ascii  "triple: ud2 without an IDT\n"
message_end:

    .section .note.GNU-stack, "", @progbits
