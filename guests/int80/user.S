/*
 * The user program: 32-bit code for both kernels, in protected mode under the
 * one and in compatibility mode under the other.
 */
#include "int80/calls.h"

    .file   "int80/user.S"
    .intel_syntax noprefix
    .code32

.macro kernel number
    mov     eax, \number
    int     0x80
.endm

    .section .user, "ax"
    .globl  user_program, user_bad_int
    .type   user_program, @function
user_program:
    mov     ebp, esp
    mov     ebx, offset hello
    kernel  CALL_WRITE
    kernel  CALL_LOOK

    xor     ebx, ebx            /* the frame is gone from all stacks */
    cmp     esp, ebp
    setne   bl
    mov     ecx, ds
    kernel  CALL_REPORT

user_bad_int:
    int     FORBIDDEN_VECTOR
    kernel  CALL_EXIT
    .size   user_program, . - user_program

hello:
    .asciz  "user: hello by INT 80h"

    .section .note.GNU-stack, "", @progbits
