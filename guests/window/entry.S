/* The ways between ring 3 and ring 0. */
#include "window/window.h"

    .file   "window/entry.S"
    .intel_syntax noprefix

/*
 * SYSCALL arrives here on the user's stack with the user's GS. Behind the
 * third instruction, at +15h, both are the kernel's.
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
    push    rdi
    push    rsi
    push    rdx
    push    r8
    push    r9
    push    r10
    push    rbp                 /* 12 words: RSP is a multiple of 16 */
    mov     rsi, rdi
    mov     edi, eax
    call    serve
    pop     rbp
    pop     r10
    pop     r9
    pop     r8
    pop     rdx
    pop     rsi
    pop     rdi
    pop     rcx
#ifdef FIXED
    mov     r11, rcx            /* SYSRET to a non-canonical RIP would fault */
    shr     r11, 47             /* here, with the user's RSP already loaded */
    jnz     syscall_nowhere
#endif
    mov     r11, [rsp + 8]
    mov     rsp, [rsp + 16]
    .globl  syscall_leave
syscall_leave:
    swapgs
    sysretq

#ifdef FIXED
syscall_nowhere:
    mov     rdi, rcx
    and     rsp, -16
    call    kill_program
#endif
    .size   syscall_entry, . - syscall_entry

/* enter_user(rip, rsp) */
    .globl  enter_user
    .type   enter_user, @function
enter_user:
    push    SEL_UDATA
    push    rsi
    push    RFLAGS_FIXED | RFLAGS_IF
    push    SEL_UCODE64
    push    rdi
    swapgs
    iretq
    .size   enter_user, . - enter_user

#ifdef FIXED
/*
 * Where NMI and #DB may come is not told by the CS they interrupt: between
 * SYSCALL and SWAPGS it is the kernel's, and GS the program's. So GS itself
 * is asked: the kernel's is in the upper half, and a program's cannot be.
 */
.macro  paranoid number
    .globl  paranoid_\number
    .type   paranoid_\number, @function
paranoid_\number:
    push    0
    push    \number
    jmp     paranoid_entry
    .size   paranoid_\number, . - paranoid_\number
.endm
    paranoid 1
    paranoid 2

    .type   paranoid_entry, @function
paranoid_entry:
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
    mov     ecx, MSR_GS_BASE
    rdmsr
    xor     ebx, ebx            /* callee-saved: what has been swapped */
    test    edx, edx
    js      1f
    swapgs
    inc     ebx
1:  mov     rdi, rsp
    call    exception
    test    ebx, ebx
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
    .size   paranoid_entry, . - paranoid_entry
#endif

    .section .note.GNU-stack, "", @progbits
