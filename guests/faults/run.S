/* How a test begins and ends. */
#include "faults/tests.h"

    .file   "faults/run.S"
    .intel_syntax noprefix

/* Keeps what C code wants preserved and the stack pointer to find it by. */
.macro enter_test
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    mov     [rip + test_rsp], rsp
.endm

    .text
    .globl  run_kernel_test
    .type   run_kernel_test, @function
run_kernel_test:
    enter_test
    jmp     rdi
    .size   run_kernel_test, . - run_kernel_test

    .globl  run_user_test
    .type   run_user_test, @function
run_user_test:
    enter_test
    push    SEL_UDATA
    push    USER_STACK_END
    push    RFLAGS_FIXED
    push    SEL_UCODE64
    push    rdi
    swapgs
    iretq
    .size   run_user_test, . - run_user_test

    .globl  test_recover
    .type   test_recover, @function
test_recover:
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    ret
    .size   test_recover, . - test_recover

    .bss
    .balign 8
    .globl  test_rsp
test_rsp:
    .skip   8

    .section .note.GNU-stack, "", @progbits
