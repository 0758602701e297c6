/* Puts a guest's descriptor tables into effect. */
#include "lib/x86.h"

    .file   "lib/tables.S"
    .intel_syntax noprefix

/*
 * DS, ES, FS and GS get the user data selector, which both rings may hold, so
 * that neither IRETQ to ring 3 has to null them nor a null selector has to be
 * loaded (whether that clears the FS and GS base differs between vendors).
 */
    .text
    .globl  load_tables
    .type   load_tables, @function
load_tables:
    lgdt    [rip + gdtr]
    lidt    [rip + idtr]
    mov     eax, SEL_TSS
    ltr     ax
    mov     eax, SEL_UDATA
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    mov     eax, SEL_KDATA
    mov     ss, eax
    pop     rax                 /* a far return loads CS */
    push    SEL_KCODE
    push    rax
    retfq
    .size   load_tables, . - load_tables

    .section .note.GNU-stack, "", @progbits
