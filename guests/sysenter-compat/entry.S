/* SYSENTER's target, and a SYSEXIT that AMD processors do not know. */
#include "lib/compat.h"
#include "sysenter-compat/calls.h"

    .file   "sysenter-compat/entry.S"
    .intel_syntax noprefix

/*
 * Arrives in 64-bit mode wherever it comes from, with all 64 bits of RSP and
 * RIP from the MSRs: SDM vol. 2B, "SYSENTER". The upper halves of a 32-bit
 * caller's registers are undefined (vol. 1 section 3.4.1.1).
 */
    .text
    .globl  sysenter_entry
    .type   sysenter_entry, @function
sysenter_entry:
    mov     eax, eax
    mov     ecx, ecx
    mov     edx, edx
    mov     ebx, ebx
    mov     ebp, ebp
    push    rdx
    push    rcx
    push    rax
    push    rbp                 /* struct call in kernel.c */
    push    rbx
    push    rax
    mov     eax, ss
    push    rax
    mov     eax, cs
    push    rax
    mov     rdi, rsp
    call    sysenter_call
    add     rsp, 5 * 8
    pop     rax
    pop     rcx
    pop     rdx
    cmp     eax, CALL_64
    je      1f
    sysexitd                   /* CS = SYSENTER_CS + 16, EIP, ESP: 32 bits */
1:  sysexitq                    /* CS = SYSENTER_CS + 32, RIP, RSP: 64 bits */
    .size   sysenter_entry, . - sysenter_entry

/* For a processor without SYSENTER: returns after the #UD. */
    .globl  try_sysexit, sysexit_tried
    .type   try_sysexit, @function
try_sysexit:
    sysexitd
sysexit_tried:
    ret
    .size   try_sysexit, . - try_sysexit

    .section .note.GNU-stack, "", @progbits
