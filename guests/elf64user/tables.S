/* Descriptor tables, task-state segment, the processor's block and stacks. */
#include "elf64user/layout.h"
#include "lib/desc.h"

    .file   "elf64user/tables.S"
    .intel_syntax noprefix

    .data
    .balign 16
gdt:
    gdt_segments
    tss_descriptor tss, (tss_end-tss-1)
gdt_end:

/* INT3 and INTO are the program's to execute. #DF has a stack of its own. */
    .balign 16
idt:
    .irp    number, 0, 1, 2
    gate    vector_\number
    .endr
    gate    vector_3, 0, GATE_INT_USER
    gate    vector_4, 0, GATE_INT_USER
    .irp    number, 5, 6, 7
    gate    vector_\number
    .endr
    gate    vector_8, 1
    .irp    number, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
    gate    vector_\number
    .endr
    .irp    number, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    gate    vector_\number
    .endr
    gate    vector_32           /* the interval timer */
idt_end:

    table_registers

/* SDM vol. 3A figure 7-11. */
    .balign 16
tss:
    .long   0
    .quad   kernel_stack_top    /* RSP0 */
    .quad   0, 0, 0
    .quad   df_stack_top        /* IST1 */
    .fill   7, 8, 0
    .word   0
    .word   tss_end - tss       /* no I/O permission bitmap */
tss_end:

    .balign 16
    .globl  cpu_block
cpu_block:
    .quad   0                   /* CPU_USER_RSP */
    .quad   kernel_stack_top    /* CPU_STACK_TOP */

    .bss
    .balign 16
    .skip   2048
df_stack_top:
    .skip   32768
kernel_stack_top:

    .section .note.GNU-stack, "", @progbits
