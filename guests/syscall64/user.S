/* The start of the user program, and what it must check in assembler. */
#include "syscall64/layout.h"

    .file   "syscall64/user.S"
    .intel_syntax noprefix

/* RDI = command line, RSP = end of the stack. */
    .text
    .globl  user_start
    .type   user_start, @function
user_start:
    call    user_main
    mov     edi, eax
    mov     eax, CALL_EXIT
    syscall
    ud2                         /* there is no return from this call */
    .size   user_start, . - user_start

/* Gives a register a value of its own; goes to 1 if it has another one. */
.macro  fill register, value
    mov     \register, \value
.endm
.macro  check register, value
    cmp     \register, \value
    jne     1f
.endm

/*
 * Gives 1 if a system call preserves all it has to, and if RCX and R11 hold
 * the RIP and RFLAGS that SYSRET has restored, else 0.
 */
    .globl  registers_survive
    .type   registers_survive, @function
registers_survive:
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    fill    rbx, 0x11
    fill    rdx, 0x12
    fill    rsi, 0x13
    fill    rdi, 0x14
    fill    r8, 0x15
    fill    r9, 0x16
    fill    r10, 0x17
    fill    r12, 0x18
    fill    r13, 0x19
    fill    r14, 0x1a
    fill    r15, 0x1b
    mov     rbp, rsp
    mov     eax, CALL_YIELD
    stc                         /* a flag that is to survive */
    syscall
2:  jnc     1f
    check   rsp, rbp
    lea     rbp, [rip + 2b]
    check   rcx, rbp
    check   rbx, 0x11
    check   rdx, 0x12
    check   rsi, 0x13
    check   rdi, 0x14
    check   r8, 0x15
    check   r9, 0x16
    check   r10, 0x17
    check   r12, 0x18
    check   r13, 0x19
    check   r14, 0x1a
    check   r15, 0x1b
    stc
    pushfq
    pop     rbx
    mov     eax, CALL_YIELD
    stc
    syscall
    or      rbx, 1
    xor     rbx, r11
    and     rbx, ~0x8d4         /* the arithmetic flags but CF may differ */
    check   rbx, 0
    mov     eax, 1
    jmp     3f
1:  xor     eax, eax
3:  pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    ret
    .size   registers_survive, . - registers_survive

    .section .note.GNU-stack, "", @progbits
