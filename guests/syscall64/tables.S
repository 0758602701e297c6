/* Descriptor tables, task-state segment and per-processor data. */
#include "lib/desc.h"
#include "syscall64/kpcr.h"

    .file   "syscall64/tables.S"
    .intel_syntax noprefix

    .data
    .balign 16
    .globl  gdt
gdt:
    gdt_segments
    tss_descriptor tss, (tss_end-tss-1)
gdt_end:

/* #DF has a stack of its own (IST1): its cause may be a bad stack. */
    .globl  idt
    .balign 16
idt:
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7
    gate    vector_\number
    .endr
    gate    vector_8, 1
    .irp    number, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
    gate    vector_\number
    .endr
    .irp    number, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    gate    vector_\number
    .endr
idt_end:

    table_registers

/* SDM vol. 3A figure 7-11. */
    .balign 16
    .globl  tss
tss:
    .long   0
    .quad   boot_stack_top      /* RSP0: nothing on it outlives kernel_main */
    .quad   0, 0                /* RSP1, RSP2 */
    .quad   0
    .quad   df_stack_top        /* IST1 */
    .quad   0, 0, 0, 0, 0, 0    /* IST2 ... IST7 */
    .quad   0
    .word   0
    .word   tss_end - tss       /* no I/O permission bitmap */
tss_end:

    .balign 16
    .globl  kpcr
kpcr:
    .skip   KPCR_SELF
    .quad   kpcr
    .skip   KPCR_RSP_BASE - KPCR_SELF - 8
    .quad   boot_stack_top
    .quad   0                   /* KPCR_CALLS */
    .skip   KPCR_SIZE - KPCR_CALLS - 8

    .bss
    .balign 16
    .skip   1024
df_stack_top:

    .section .note.GNU-stack, "", @progbits
