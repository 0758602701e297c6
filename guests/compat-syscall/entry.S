/* SYSCALL's target from compatibility mode. */
#include "lib/compat.h"

    .file   "compat-syscall/entry.S"
    .intel_syntax noprefix

/*
 * Arrives at CSTAR in 64-bit mode with RCX = the user's EIP, R11 = its flags,
 * and its stack: APM vol. 3, "SYSCALL". There is no GS to swap to here: one
 * processor, one stack.
 */
    .text
    .globl  cstar_entry
    .type   cstar_entry, @function
cstar_entry:
    mov     r8d, esp            /* a 32-bit user has no R8 to preserve */
    lea     rsp, [rip + boot_stack_top]
    push    r8
    push    r11
    push    rcx
    mov     ebx, ebx
    push    rbx                 /* struct call in kernel.c */
    mov     eax, eax
    push    rax
    push    r8
    push    rcx
    push    r11
    mov     eax, ss
    push    rax
    mov     eax, cs
    push    rax
    mov     rdi, rsp
    call    cstar_call
    add     rsp, 7 * 8
    pop     rcx
    pop     r11
    pop     rsp
    sysretd                     /* EIP = ECX, EFLAGS = R11 */
    .size   cstar_entry, . - cstar_entry

    .section .note.GNU-stack, "", @progbits
