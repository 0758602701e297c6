/* Has the kernel push a frame over its own is_root. */
#include "window/window.h"

    .file   "window/sysret-user.S"
    .intel_syntax noprefix

    .section .user, "ax"
    .globl  user_start
    .type   user_start, @function
user_start:
    mov     eax, CALL_COUNT
    lea     rsp, [is_root + 16] /* SS, then RSP come to lie below it */
    mov     rcx, USER_LAST + 0xffe
    jmp     rcx
    .size   user_start, . - user_start

    .section .note.GNU-stack, "", @progbits
