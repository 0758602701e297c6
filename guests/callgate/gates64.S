/* Where the 64-bit gate leads. */
#include "lib/x86.h"

    .file   "callgate/gates64.S"
    .intel_syntax noprefix

/* On the new stack lie SS, RSP, CS and RIP, 8 bytes each: SDM 5.8.5.1. */
    .text
    .globl  inner_entry
    .type   inner_entry, @function
inner_entry:
    mov     eax, ss
    push    rax                 /* struct inner_call in kernel64.c */
    mov     eax, cs
    push    rax
    mov     rdi, rsp
    call    inner_called
    add     rsp, 16
    retfq                       /* without REX.W it would pop 4 bytes each */
    .size   inner_entry, . - inner_entry

    .section .note.GNU-stack, "", @progbits
