/* A program that calls the kernel three times and looks at what comes back. */
#include "window/window.h"

    .file   "window/calls.S"
    .intel_syntax noprefix

    .section .user, "ax"
    .globl  user_start
    .type   user_start, @function
user_start:
    mov     ebx, 1
next:
    mov     eax, CALL_COUNT
    syscall
    cmp     rax, rbx
    jne     wrong
    inc     ebx
    cmp     ebx, 4
    jne     next
    xor     edi, edi
leave:
    mov     eax, CALL_EXIT
    syscall
wrong:
    mov     edi, 1
    jmp     leave
    .size   user_start, . - user_start

    .section .note.GNU-stack, "", @progbits
