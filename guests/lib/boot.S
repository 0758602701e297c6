/*
 * The two ways into a kernel: start32, the Multiboot entry in 32-bit
 * protected mode, and start64, the direct entry in 64-bit mode. Both end in
 * kernel_main(const struct rs_boot *).
 */
#include "lib/boot.h"
#include "lib/console.h"

    .file   "lib/boot.S"
    .intel_syntax noprefix

#define PHYS(symbol) (symbol - KERNEL_BASE)

/* Multiboot specification 0.6.96 section 3.1: in the file's first 8 KiB. */
#define HEADER_MAGIC 0x1badb002
#define HEADER_FLAGS 0x00000003 /* modules page aligned; memory size wanted */

    .section .multiboot, "a"
    .balign 4
    .long   HEADER_MAGIC
    .long   HEADER_FLAGS
    .long   -(HEADER_MAGIC + HEADER_FLAGS)

/*
 * EAX = 2BADB002h, EBX = physical address of the Multiboot information; flat
 * segments, no paging, no stack. The way into 64-bit mode is that of SDM
 * vol. 3A section 9.8.5: PAE, CR3, LME, PG, and a far jump to a code segment
 * with L = 1.
 */
    .text
    .code32
    .globl  start32
    .type   start32, @function
start32:
    cli
    cld
    mov     edi, eax
    mov     esi, ebx
    mov     eax, CR4_PAE
    mov     cr4, eax
    mov     eax, offset PHYS(boot_pml4)
    mov     cr3, eax
    mov     ecx, MSR_EFER
    rdmsr
    or      eax, EFER_LME | EFER_NXE
    wrmsr
    mov     eax, CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE
    mov     cr0, eax
    lgdt    [PHYS(boot_gdtr)]
    ljmp    0x08, offset PHYS(enter_long)
    .size   start32, . - start32

/* 64-bit code from here, first at its physical, then at its linked address. */
    .code64
    .type   enter_long, @function
enter_long:
    mov     eax, 0x10
    mov     ds, eax
    mov     es, eax
    mov     ss, eax
    mov     rax, offset start_multiboot
    jmp     rax
    .size   enter_long, . - enter_long

    .type   start_multiboot, @function
start_multiboot:
    lea     rsp, [rip + boot_stack_top]
    call    boot_from_multiboot
    mov     rdi, rax
    call    kernel_main
    .size   start_multiboot, . - start_multiboot

/*
 * RDI = RS_BOOT_MAGIC, RSI = boot table, RSP = 0, paging on, the image mapped
 * at its linked addresses.
 */
    .globl  start64
    .type   start64, @function
start64:
    lea     rsp, [rip + boot_stack_top]
    movabs  rax, RS_BOOT_MAGIC
    cmp     rdi, rax
    jne     1f
    cmp     [rsi], rax
    jne     1f
    mov     rdi, rsi
    call    kernel_main
1:  mov     edi, EXIT_BAD_BOOT
    call    machine_exit
    .size   start64, . - start64

/*
 * The page tables that start32 uses, complete at link time so that no
 * instruction is spent on them: the first GiB at 0 and at KERNEL_BASE, in
 * 2-MiB pages. Writable, because the processor sets accessed bits in them.
 */
    .data
    .balign 4096
boot_pml4:
    .quad   PHYS(boot_pdpt) + (PTE_P | PTE_W)
    .fill   510, 8, 0
    .quad   PHYS(boot_pdpt) + (PTE_P | PTE_W)
boot_pdpt:
    .quad   PHYS(boot_pd) + (PTE_P | PTE_W)
    .fill   509, 8, 0
    .quad   PHYS(boot_pd) + (PTE_P | PTE_W)
    .quad   0
boot_pd:
    .set    frame, 0
    .rept   512
    .quad   frame + (PTE_P | PTE_W | PTE_PS)
    .set    frame, frame + 0x200000
    .endr

/* The same selectors as those of the direct entry. */
    .balign 8
boot_gdt:
    .quad   0
    .quad   0x00af9b000000ffff  /* 08h code, L = 1 */
    .quad   0x00cf93000000ffff  /* 10h data */
boot_gdtr:
    .word   boot_gdtr - boot_gdt - 1
    .long   PHYS(boot_gdt)

    .bss
    .balign 4096
    .globl  boot_stack_top
boot_stack:
    .skip   8192
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
