/* 64-bit mode: SDM vol. 3A section 9.8.5. */
#include "realmode/layout.h"
#include "realmode/tell.h"

    .file   "realmode/long.S"
    .intel_syntax noprefix
    .code32

/* PML4, PDPT and PD with one page of 2 MiB at 0. */
    .text
    .globl  to_long_mode
to_long_mode:
    mov     edi, PAGE_TABLES
    mov     ecx, 3 * 1024
    xor     eax, eax
    rep stosd
    mov     dword ptr [PAGE_TABLES], PAGE_TABLES + 0x1000 + PTE_P + PTE_W
    mov     dword ptr [PAGE_TABLES + 0x1000], \
        PAGE_TABLES + 0x2000 + PTE_P + PTE_W
    mov     dword ptr [PAGE_TABLES + 0x2000], PTE_P + PTE_W + PTE_PS
    mov     eax, CR4_PAE
    mov     cr4, eax
    mov     eax, PAGE_TABLES
    mov     cr3, eax
    mov     ecx, MSR_EFER
    rdmsr
    or      eax, EFER_LME
    wrmsr
    mov     eax, cr0
    or      eax, CR0_PG
    mov     cr0, eax            /* now LMA = 1: compatibility mode */
    ljmp    SEL_CODE64, offset long_mode

    .code64
long_mode:
    movabs  rax, 0x123456789
    shr     rax, 32
    cmp     eax, 1
    expect  e, "64-bit mode: registers of 64 bits"
    cmp     byte ptr [failed], 0
    jne     1f
    say     "all as expected"
    mov     al, 0
    out     PORT_EXIT, al
    hlt
1:  say     "observations differ"
    mov     al, 1
    out     PORT_EXIT, al
    hlt

    define_tell

    .section .note.GNU-stack, "", @progbits
