/* The ways between ring 3 and ring 0. */
#include "lib/x86.h"
#include "syscall64/kpcr.h"
#include "syscall64/layout.h"

    .file   "syscall64/entry.S"
    .intel_syntax noprefix

/*
 * SYSCALL arrives here (IA32_LSTAR) with CS = 10h, SS = 18h, RCX = the user's
 * RIP, R11 = the user's RFLAGS, and RFLAGS masked by IA32_FMASK, but still on
 * the user's stack with the user's GS: SDM vol. 2B, "SYSCALL".
 */
    .text
    .globl  syscall_entry
    .type   syscall_entry, @function
syscall_entry:
    swapgs
    mov     gs:[KPCR_USER_RSP], rsp
    mov     rsp, gs:[KPCR_RSP_BASE]
    push    SEL_UDATA           /* the frame of an interrupt: SS, */
    push    qword ptr gs:[KPCR_USER_RSP]
    push    r11                 /* RFLAGS, */
    push    SEL_UCODE64
    push    rcx                 /* RIP */
    push    rax                 /* struct syscall_frame in kernel.c */
    push    rdi
    push    rsi
    push    rdx
    push    r8
    push    r9
    push    r10                 /* 12 words: RSP is a multiple of 16 */
    inc     qword ptr gs:[KPCR_CALLS]
    cmp     eax, CALL_COUNT
    jae     syscall_unknown
    mov     eax, eax            /* bits 63:32 must not reach the index */
    mov     rdx, rsp
    call    [syscall_table + rax * 8]
    .globl  syscall_exit
syscall_exit:
    pop     r10
    pop     r9
    pop     r8
    pop     rdx
    pop     rsi
    pop     rdi
    add     rsp, 8              /* the call number */
    mov     rcx, [rsp]
    mov     r11, rcx
    shr     r11, 47
    mov     r11, [rsp + 16]     /* leaves the flags of SHR alone */
    jnz     syscall_exit_iret
    mov     rsp, [rsp + 24]
    swapgs
    sysretq

/*
 * With a non-canonical RCX, SYSRET raises #GP: on some processors in ring 3,
 * on others in ring 0 with the user's RSP already loaded. IRETQ faults on the
 * kernel's own stack.
 */
    .globl  syscall_exit_iret
syscall_exit_iret:
    swapgs
    iretq

syscall_unknown:
    mov     rax, CALL_ERROR
    jmp     syscall_exit
    .size   syscall_entry, . - syscall_entry

/* enter_user(rip, rsp, argument): the first way out, by IRETQ; no return. */
    .globl  enter_user
    .type   enter_user, @function
enter_user:
    mov     rsp, gs:[KPCR_RSP_BASE]
    push    SEL_UDATA
    push    rsi
    push    RFLAGS_FIXED
    push    SEL_UCODE64
    push    rdi
    mov     rdi, rdx
    xor     eax, eax            /* no kernel value leaks */
    xor     ebx, ebx
    xor     ecx, ecx
    xor     edx, edx
    xor     esi, esi
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
 * user_outs(buffer, length): bytes of the user to the debug console; 0, or
 * CALL_ERROR when the buffer is not mapped: exception() turns a page fault
 * at user_outs_read into a jump to user_outs_fault.
 */
    .globl  user_outs
    .type   user_outs, @function
user_outs:
    mov     rcx, rsi
    mov     rsi, rdi
    mov     edx, PORT_DEBUG
    xor     eax, eax
    .globl  user_outs_read
user_outs_read:
    rep outsb
    ret
    .globl  user_outs_fault
user_outs_fault:
    mov     rax, CALL_ERROR
    ret
    .size   user_outs, . - user_outs

    .section .note.GNU-stack, "", @progbits
