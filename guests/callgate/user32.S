/* The user program of the 32-bit kernel. */
#include "callgate/gates.h"

    .file   "callgate/user32.S"
    .intel_syntax noprefix

    .section .user, "ax"
    .globl  user_program, user_forbidden, user_allowed, user_conforming
    .type   user_program, @function
user_program:
    mov     ebp, esp
    push    PARAMETER_1
    push    PARAMETER_2
    lcall   GATE_INNER, 0       /* the offset is not used */
    mov     ebx, ebp
    sub     ebx, esp
    mov     eax, CALL_STACK
    int     0x80

user_forbidden:
    lcall   GATE_SAME, 0
user_allowed:

    mov     esp, ebp
    lcall   GATE_CONFORMING, 0
    mov     eax, CALL_CONFORMING
    int     0x80
    mov     eax, CALL_EXIT
    int     0x80

/* Conforming code runs with the rights of its caller. */
user_conforming:
    mov     ebx, cs
    mov     ecx, [esp + 4]
    lret
    .size   user_program, . - user_program

    .section .note.GNU-stack, "", @progbits
