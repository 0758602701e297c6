/*
 * The flat image for Multiboot loaders: puts it where a BIOS would and drops
 * to real mode, SDM vol. 3A section 9.9.2.
 */
#include "lib/modes.h"
#include "realmode/layout.h"

    .file   "realmode/wrapper.S"
    .intel_syntax noprefix

/* Multiboot specification 0.6.96 section 3.1. */
#define HEADER_MAGIC 0x1badb002

    .section .multiboot, "ax"  /* at 1 MiB */
multiboot:
    .long   HEADER_MAGIC
    .long   0
    .long   -HEADER_MAGIC

    .code32
    .globl  start32
    .type   start32, @function
start32:
    cli
    cld
    mov     esi, offset image
    mov     edi, BOOT_START
    mov     ecx, offset image_end - image
    rep movsb
    lgdt    [gdtr]
    lidt    [vectors]
    ljmp    SEL_CODE16, offset drop - multiboot
    .code16
drop:
    mov     ax, SEL_DATA16
    mov     ds, ax
    mov     es, ax
    mov     fs, ax
    mov     gs, ax
    mov     ss, ax
    mov     eax, cr0
    and     al, ~CR0_PE
    mov     cr0, eax            /* CS keeps its base until the JMP */
    ljmp    0, BOOT_START
    .size   start32, . - start32

image:
    .incbin "realmode.bin"
image_end:

    .balign 8
gdt:
    .quad   0, 0, 0
    .quad   0x00009b100000ffff  /* SEL_CODE16, from 1 MiB on */
    .quad   0x000093000000ffff  /* SEL_DATA16 */
gdtr:
    .word   gdtr - gdt - 1
    .long   gdt
vectors:
    .word   0x3ff
    .long   0

    .section .note.GNU-stack, "", @progbits
