/* Descriptor tables and task-state segment, some of them faulty on purpose. */
#include "lib/desc.h"
#include "faults/tests.h"

    .file   "faults/tables.S"
    .intel_syntax noprefix

    .data
    .balign 16
gdt:
    gdt_segments 0x00cf13000000ffff, 0x00cf73000000ffff
    tss_descriptor tss, (tss_ist7-tss-1)
gdt_end:

    .balign 16
    .globl  idt
idt:
    .irp    number, 0, 1, 2
    gate    vector_\number
    .endr
    gate    vector_3, 0, GATE_INT_USER
    .irp    number, 4, 5, 6, 7
    gate    vector_\number
    .endr
    gate    vector_8, 1
    .irp    number, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
    gate    vector_\number
    .endr
    .irp    number, 21, 22, 23, 24, 25, 26, 27, 28, 29
    gate    vector_\number
    .endr
    gate    vector_32, 7, GATE_INT_USER     /* INT_IST7 */
    gate    vector_32, 0, GATE_ABSENT_USER  /* INT_ABSENT */
    gate    vector_32, 0, GATE_INT_USER     /* INT_NONE */
idt_end:

    table_registers

/* SDM vol. 3A figure 7-11, cut off before IST7. */
    .balign 16
tss:
    .long   0
    .quad   trap_stack_top      /* RSP0 */
    .quad   0, 0                /* RSP1, RSP2 */
    .quad   0
    .quad   df_stack_top        /* IST1 */
    .quad   0, 0, 0, 0, 0       /* IST2 ... IST6 */
tss_ist7:

    .bss
    .balign 16
    .skip   1024
df_stack_top:
    .skip   4096
trap_stack_top:

    .section .note.GNU-stack, "", @progbits
