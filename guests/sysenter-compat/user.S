/* The user program: two calls from 32-bit code, a last one from 64-bit code. */
#include "sysenter-compat/calls.h"

    .file   "sysenter-compat/user.S"
    .intel_syntax noprefix

.macro kernel number, back
    mov     ebx, cs
    mov     ebp, ss
    mov     eax, \number
    mov     ecx, esp
    mov     edx, offset \back
    sysenter
.endm

    .section .user, "ax"
    .globl  user_program
    .type   user_program, @function
    .code32
user_program:
    kernel  CALL_32, still_32
still_32:
    kernel  CALL_64, now_64
    .code64
now_64:
    kernel  CALL_EXIT, now_64
    .size   user_program, . - user_program

    .section .note.GNU-stack, "", @progbits
