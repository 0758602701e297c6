/* Descriptor tables, task-state segment and per-processor data. */
#include "lib/desc.h"
#include "window/window.h"

    .file   "window/tables.S"
    .intel_syntax noprefix

    .data
    .balign 16
gdt:
    gdt_segments
    tss_descriptor tss, (tss_end-tss-1)
gdt_end:

#ifdef FIXED
#define DB_ENTRY  paranoid_1
#define NMI_ENTRY paranoid_2
#else
#define DB_ENTRY  vector_1
#define NMI_ENTRY vector_2
#endif

    .balign 16
idt:
    gate    vector_0
    gate    DB_ENTRY, IST_DB
    gate    NMI_ENTRY, IST_NMI
    gate    vector_3, 0, GATE_INT_USER
    .irp    number, 4, 5, 6, 7
    gate    vector_\number
    .endr
    gate    vector_8, IST_DF
    .irp    number, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
    gate    vector_\number
    .endr
    .irp    number, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32
    gate    vector_\number
    .endr
idt_end:

    table_registers

/* SDM vol. 3A figure 7-11. */
    .balign 16
tss:
    .long   0
    .quad   trap_stack_top      /* RSP0 */
    .quad   0, 0                /* RSP1, RSP2 */
    .quad   0
    .quad   nmi_stack_top       /* IST1 */
    .quad   db_stack_top        /* IST2 */
    .quad   df_stack_top        /* IST3 */
    .quad   0, 0, 0, 0          /* IST4 ... IST7 */
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
    .quad   call_stack_top
    .quad   0                   /* KPCR_TRAPS */
    .skip   KPCR_SIZE - KPCR_TRAPS - 8

    .bss
    .balign 16
    .skip   2048
call_stack_top:
    .skip   2048
trap_stack_top:
    .skip   1024
nmi_stack_top:
    .skip   1024
db_stack_top:
    .skip   1024
df_stack_top:

    .section .note.GNU-stack, "", @progbits
