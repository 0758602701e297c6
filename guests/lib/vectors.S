/*
 * The exception entries vector_0 ... vector_32 (the last one is no exception
 * but a software interrupt that guests may use) and their common part, which
 * calls exception(struct trap_frame *) and returns by IRETQ to whatever the
 * frame then says.
 */
#include "lib/x86.h"

    .file   "lib/vectors.S"
    .intel_syntax noprefix

#define FRAME_CS 0x90 /* offset of cs in struct trap_frame */

/* A missing error code is made up for, so that all frames are alike. */
.macro  vector number
    .globl  vector_\number
    .type   vector_\number, @function
vector_\number:
    .if     \number == 32 || !((0x40227d00 >> (\number & 31)) & 1)
    push    0
    .endif
    push    \number
    jmp     exception_entry
    .size   vector_\number, . - vector_\number
.endm

    .text
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    vector  \number
    .endr
    .irp    number, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    vector  \number
    .endr
    vector  32

/*
 * The processor aligned RSP to 16 and pushed five words (SDM vol. 3A section
 * 6.14.2); with error code, vector and 15 registers it is aligned again.
 */
    .globl  exception_entry
    .type   exception_entry, @function
exception_entry:
    push    rax
    push    rbx
    push    rcx
    push    rdx
    push    rsi
    push    rdi
    push    rbp
    push    r8
    push    r9
    push    r10
    push    r11
    push    r12
    push    r13
    push    r14
    push    r15
    cld
    test    byte ptr [rsp + FRAME_CS], 3
    jz      1f
    swapgs                      /* came from ring 3 with the user's GS */
1:  mov     rdi, rsp
    call    exception
    test    byte ptr [rsp + FRAME_CS], 3
    jz      2f
    swapgs
2:  pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rbp
    pop     rdi
    pop     rsi
    pop     rdx
    pop     rcx
    pop     rbx
    pop     rax
    add     rsp, 16             /* vector, error code */
    iretq
    .size   exception_entry, . - exception_entry

    .section .note.GNU-stack, "", @progbits
