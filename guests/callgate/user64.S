/* The user program of the 64-bit kernel: first 64-bit, then 32-bit code. */
#include "callgate/gates.h"
#include "lib/compat.h"

    .file   "callgate/user64.S"
    .intel_syntax noprefix

    .section .user, "ax"
    .globl  user_program
    .type   user_program, @function
    .code64
user_program:
    mov     ebp, esp
    lcall   [rip + gate]        /* the direct form is gone in 64-bit mode */
    mov     ebx, ebp
    sub     ebx, esp
    mov     eax, CALL_STACK
    int     0x80
    ljmp    [rip + compatible]
    .code32
in_compatibility_mode:
    mov     ebp, esp
    lcall   GATE_64, 0
    mov     ebx, ebp
    sub     ebx, esp
    mov     eax, CALL_STACK
    int     0x80
    mov     eax, CALL_EXIT
    int     0x80
    .size   user_program, . - user_program

/* Offset, which a gate does not use, and selector. */
gate:
    .long   0
    .word   GATE_64
compatible:
    .long   in_compatibility_mode
    .word   SEL_UCODE32

    .section .note.GNU-stack, "", @progbits
