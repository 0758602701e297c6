/* Entries for interrupts, the way to ring 3 and back, the user's programs. */
#include "interrupts/interrupts.h"
#include "lib/compat.h"

    .file   "interrupts/entry.S"
    .intel_syntax noprefix

/* FIRST_VECTOR ... LAST_VECTOR, 16 bytes each. */
    .text
    .balign 16
    .globl  interrupt_stubs
interrupt_stubs:
    .set    number, FIRST_VECTOR
    .rept   LAST_VECTOR - FIRST_VECTOR + 1
    .balign 16
    push    0
    push    number
    jmp     exception_entry
    .set    number, number + 1
    .endr

/*
 * run_user(program, cs): returns when the program's INT 80h has called
 * leave_user. GS is exchanged here and by exception_entry.
 */
    .globl  run_user, leave_user
    .type   run_user, @function
run_user:
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    mov     [rip + kernel_rsp], rsp
    xor     eax, eax            /* the interrupt may come first of all */
    call    enter_user          /* does not return */
    .type   leave_user, @function
leave_user:
    cli
    mov     eax, SEL_KDATA      /* null since ring 3 was left */
    mov     ss, eax
    mov     rsp, [rip + kernel_rsp]
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    ret
    .size   leave_user, . - leave_user

    .bss
    .balign 8
kernel_rsp:
    .skip   8

/* They wait until the interrupt's handler changes RAX from 0. */
    .section .user, "ax"
    .globl  user_spin, user_spin32
    .type   user_spin, @function
user_spin:
1:  test    eax, eax
    jz      1b
    int     0x80
    .size   user_spin, . - user_spin

    .code32
    .type   user_spin32, @function
user_spin32:
1:  test    eax, eax
    jz      1b
    int     0x80
    .size   user_spin32, . - user_spin32

    .section .note.GNU-stack, "", @progbits
