/* Makes the kernel count a trap in its own is_root. */
#include "window/window.h"

    .file   "window/movss-user.S"
    .intel_syntax noprefix

    .section .user, "ax"
    .globl  user_start
    .type   user_start, @function
user_start:
    lea     rax, [is_root - KPCR_TRAPS]
    mov     gs:[KPCR_SELF], rax /* a per-processor area of our making */
    mov     word ptr gs:[0], SEL_UDATA
    mov     edi, USER_STACK
    mov     eax, CALL_WATCH
    syscall
    mov     eax, CALL_COUNT
    mov     ss, gs:[0]           /* the breakpoint is hit, #DB waits */
    syscall                     /* and comes behind this */
    mov     eax, CALL_ROOT
    syscall
    mov     rdi, rax            /* 1: the program is root */
    mov     eax, CALL_EXIT
    syscall
    .size   user_start, . - user_start

    .section .note.GNU-stack, "", @progbits
