/*
 * Assembler macros for descriptor tables that are complete at link time.
 *
 * A gate and a TSS descriptor hold an address in three or four pieces, which
 * no relocation can produce in general. Here KERNEL_IMAGE is a multiple of
 * 64 KiB and the linker script asserts that code and data end within 64 KiB
 * of it, so all pieces but the lowest 16 bits are known to the assembler.
 */
#ifndef GUESTS_DESC_H
#define GUESTS_DESC_H

#include "lib/x86.h"

/* Gate types, SDM vol. 3A section 6.14.1: P, DPL, and 64-bit interrupt gate. */
#define GATE_INT         0x8e /* P = 1, DPL = 0 */
#define GATE_INT_USER    0xee /* P = 1, DPL = 3 */
#define GATE_ABSENT_USER 0x6e /* P = 0, DPL = 3 */

/* A 64-bit interrupt gate (16 bytes). */
.macro gate handler, ist=0, type=GATE_INT
    .word   \handler - KERNEL_IMAGE
    .word   SEL_KCODE
    .byte   \ist, \type
    .word   (KERNEL_IMAGE >> 16) & 0xffff
    .long   KERNEL_IMAGE >> 32
    .long   0
.endm

/* A 64-bit available TSS descriptor (16 bytes), SDM vol. 3A section 7.2.3. */
.macro tss_descriptor tss, limit
    .word   \limit
    .word   \tss - KERNEL_IMAGE
    .byte   (KERNEL_IMAGE >> 16) & 0xff
    .byte   0x89, 0x00
    .byte   (KERNEL_IMAGE >> 24) & 0xff
    .long   KERNEL_IMAGE >> 32
    .long   0
.endm

/*
 * Null, 08h for the guest's use, kernel code and data, user 32-bit code, user
 * data, user 64-bit code, 38h for the guest's use: SDM vol. 3A section 3.4.5.
 * The accessed bits are preset.
 */
.macro gdt_segments spare_08=0, spare_38=0
    .quad   0
    .quad   \spare_08
    .quad   0x00af9b000000ffff  /* 10h kernel code, L = 1 */
    .quad   0x00cf93000000ffff  /* 18h kernel data */
    .quad   0x00cffb000000ffff  /* 20h user code, 32 bit, D = 1 */
    .quad   0x00cff3000000ffff  /* 28h user data */
    .quad   0x00affb000000ffff  /* 30h user code, L = 1 */
    .quad   \spare_38
.endm

/* What LGDT and LIDT load for the tables gdt ... gdt_end and idt ... idt_end. */
.macro table_registers
    .globl  gdtr, idtr
gdtr:
    .word   gdt_end - gdt - 1
    .quad   gdt
idtr:
    .word   idt_end - idt - 1
    .quad   idt
.endm

#endif
