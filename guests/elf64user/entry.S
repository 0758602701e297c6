/* The ways between ring 3 and ring 0, and copies that may fault. */
#include "elf64user/layout.h"
#include "lib/x86.h"

    .file   "elf64user/entry.S"
    .intel_syntax noprefix

#define RFLAGS_IF 0x200

/*
 * SYSCALL arrives here on the user's stack with the user's GS, RCX = RIP and
 * R11 = RFLAGS. What it pushes is struct trap_frame, so that a signal can
 * change all of it; then IRETQ restores what SYSRET cannot (RCX and R11).
 */
    .text
    .globl  syscall_entry
    .type   syscall_entry, @function
syscall_entry:
    swapgs
    mov     gs:[CPU_USER_RSP], rsp
    mov     rsp, gs:[CPU_STACK_TOP]
    push    SEL_UDATA
    push    qword ptr gs:[CPU_USER_RSP]
    push    r11
    push    SEL_UCODE64
    push    rcx
    push    0
    push    VECTOR_SYSCALL
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
    mov     rdi, rsp
    call    system_call
    test    eax, eax
    pop     r15
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
    jnz     1f
    mov     rsp, [rsp + 40]     /* behind vector, error, RIP, CS, RFLAGS */
    swapgs
    sysretq
1:  add     rsp, 16
    swapgs
    iretq
    .size   syscall_entry, . - syscall_entry

/* enter_user(rip, rsp): the first way out; all registers 0, as Linux does. */
    .globl  enter_user
    .type   enter_user, @function
enter_user:
    push    SEL_UDATA
    push    rsi
    push    RFLAGS_FIXED | RFLAGS_IF
    push    SEL_UCODE64
    push    rdi
    xor     eax, eax
    xor     ebx, ebx
    xor     ecx, ecx
    xor     edx, edx
    xor     esi, esi
    xor     edi, edi
    xor     ebp, ebp
    xor     r8d, r8d
    xor     r9d, r9d
    xor     r10d, r10d
    xor     r11d, r11d
    xor     r12d, r12d
    xor     r13d, r13d
    xor     r14d, r14d
    xor     r15d, r15d
    swapgs
    iretq
    .size   enter_user, . - enter_user

/*
 * copy_bytes(to, from, count) and out_bytes(port, from, count) give what RCX
 * has left. On a page fault that nothing can help, exception() goes on behind
 * the string instruction, which counted RCX down to where it faulted.
 */
    .globl  copy_bytes
    .type   copy_bytes, @function
copy_bytes:
    mov     rcx, rdx
    .globl  copy_instruction
copy_instruction:
    rep movsb
    .globl  copy_end
copy_end:
    mov     rax, rcx
    ret
    .size   copy_bytes, . - copy_bytes

    .globl  out_bytes
    .type   out_bytes, @function
out_bytes:
    mov     rcx, rdx
    mov     edx, edi
    .globl  out_instruction
out_instruction:
    rep outsb
    .globl  out_end
out_end:
    mov     rax, rcx
    ret
    .size   out_bytes, . - out_bytes

    .section .note.GNU-stack, "", @progbits
