/* The user program. */
#include "lib/protected.h"
#include "sysenter32/calls.h"

    .file   "sysenter32/user.S"
    .intel_syntax noprefix

.macro kernel number
    mov     eax, \number
    mov     ecx, esp
    mov     edx, offset 1f
    sysenter
1:
.endm

    .section .user, "ax"
    .globl  user_program, user_first_sysenter
    .type   user_program, @function
user_program:
    mov     ebx, offset hello
    mov     eax, CALL_WRITE
    mov     ecx, esp
    mov     edx, offset back
user_first_sysenter:
    sysenter
back:
    kernel  CALL_TICKS
    mov     esi, eax
    kernel  CALL_TICKS
    sub     eax, esi
    mov     ebx, offset tick
    cmp     eax, 1
    je      1f
    mov     ebx, offset no_tick
1:  kernel  CALL_WRITE

    mov     ebx, cs
    shl     ebx, 16
    mov     bx, ss
    kernel  CALL_REPORT

    /* The trap of POPFD's TF comes after the instruction behind it. */
    mov     ebx, offset stepped
    mov     eax, CALL_WRITE
    mov     edx, offset 1f
    mov     ecx, esp
    pushfd
    or      dword ptr [esp], EFLAGS_TF
    popfd
    sysenter
1:
    kernel  CALL_EXIT
    .size   user_program, . - user_program

hello:
    .asciz  "user: hello by SYSENTER"
tick:
    .asciz  "user: one tick between two calls"
no_tick:
    .asciz  "FAIL user: not one tick between two calls"
stepped:
    .asciz  "user: hello under single step"

    .section .note.GNU-stack, "", @progbits
