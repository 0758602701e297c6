/* The user program, in compatibility mode. */
#include "compat-syscall/calls.h"

    .file   "compat-syscall/user.S"
    .intel_syntax noprefix
    .code32

    .section .user, "ax"
    .globl  user_program, user_hello, user_back
    .type   user_program, @function
user_program:
    mov     eax, CALL_WRITE
    mov     ebx, offset hello
user_hello:
    syscall                     /* ECX is lost */
user_back:
    mov     eax, CALL_REPORT
    mov     ebx, cs
    shl     ebx, 16
    mov     bx, ss
    syscall
    mov     eax, CALL_EXIT
    syscall
    .size   user_program, . - user_program

hello:
    .asciz  "user: hello by SYSCALL from compatibility mode"

    .section .note.GNU-stack, "", @progbits
