/* Descriptor tables of a 64-bit kernel with 32-bit users; the way to them. */
#include "lib/compat.h"
#include "lib/desc.h"

    .file   "lib/compat.S"
    .intel_syntax noprefix

#define GATE_TRAP_USER 0xef /* P = 1, DPL = 3, 64-bit trap gate */

    .data
    .balign 16
    .globl  gdt
gdt:
    gdt_segments 0, 0x00cff3000000ffff
    tss_descriptor tss, (tss_end-tss-1)
    .quad   0, 0                /* SEL_FREE */
gdt_end:

    .balign 16
idt:
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    gate    vector_\number
    .endr
    .irp    number, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    gate    vector_\number
    .endr
    .org    idt + 0x80 * 16
    gate    vector_32, 0, GATE_TRAP_USER
idt_end:

    table_registers

/* SDM vol. 3A figure 7-11. */
    .balign 16
tss:
    .long   0
    .quad   trap_stack_top      /* RSP0 */
    .fill   11, 8, 0            /* RSP1 ... IST7 */
    .word   0
    .word   tss_end - tss       /* no I/O permission bitmap */
tss_end:

/* enter_user(program, cs) */
    .text
    .globl  enter_user
    .type   enter_user, @function
enter_user:
    push    SEL_UDATA
    push    COMPAT_STACK_TOP
    push    RFLAGS_FIXED | EFLAGS_IF
    push    rsi
    push    rdi
    swapgs
    iretq
    .size   enter_user, . - enter_user

    .bss
    .balign 4096
    .skip   4096
    .globl  trap_stack_top
trap_stack_top:

    .section .note.GNU-stack, "", @progbits
