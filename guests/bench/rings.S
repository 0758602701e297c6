/* Descriptor tables, ring 3, and the entries that it provokes. */
#include "lib/desc.h"
#include "bench/bench.h"

    .file   "bench/rings.S"
    .intel_syntax noprefix

    .text
/* run_user(code, count): ring 3 with RBX = count, until its INT VEC_LEAVE. */
    .globl  run_user
    .type   run_user, @function
run_user:
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    mov     [rip + kernel_rsp], rsp
    mov     rbx, rsi
    push    SEL_UDATA
    push    0                   /* the user programs have no stack */
    push    RFLAGS_FIXED
    push    SEL_UCODE64
    push    rdi
    iretq
    .size   run_user, . - run_user

    .type   leave_entry, @function
leave_entry:
    mov     rsp, [rip + kernel_rsp]
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    ret
    .size   leave_entry, . - leave_entry

/* By IA32_LSTAR; IA32_KERNEL_GS_BASE is the address of entries. */
    .globl  syscall_entry
    .type   syscall_entry, @function
syscall_entry:
    swapgs
    inc     qword ptr gs:[0]
    swapgs
    sysretq
    .size   syscall_entry, . - syscall_entry

    .type   int_entry, @function
int_entry:
    inc     qword ptr [rip + entries]
    iretq
    .size   int_entry, . - int_entry

/* Skips the load at HOLE that faulted; any other page fault is an error. */
    .type   fault_entry, @function
fault_entry:
    mov     rax, cr2
    cmp     rax, rdx
    jne     vector_14
    inc     qword ptr [rip + entries]
    add     qword ptr [rsp + 8], user_load_end - user_load
    add     rsp, 8              /* the error code */
    iretq
    .size   fault_entry, . - fault_entry

/* What ring 3 sees at USER_PAGE: one loop a workload. */
    .balign 4096
    .globl  user_page
user_page:
    .globl  user_syscall
    .type   user_syscall, @function
user_syscall:
1:  syscall
    dec     rbx
    jnz     1b
    int     VEC_LEAVE
    .size   user_syscall, . - user_syscall

    .globl  user_int
    .type   user_int, @function
user_int:
1:  int     VEC_COUNT
    dec     rbx
    jnz     1b
    int     VEC_LEAVE
    .size   user_int, . - user_int

    .globl  user_fault
    .type   user_fault, @function
user_fault:
    movabs  rdx, HOLE
user_load:
    mov     rcx, [rdx]
user_load_end:
    dec     rbx
    jnz     user_load
    int     VEC_LEAVE
    .size   user_fault, . - user_fault
    .balign 4096

    .data
    .balign 16
gdt:
    gdt_segments
    tss_descriptor tss, (tss_end-tss-1)
gdt_end:

    .balign 16
idt:
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
    gate    vector_\number
    .endr
    gate    fault_entry
    .irp    number, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
    gate    vector_\number
    .endr
    .irp    number, 28, 29, 30, 31
    gate    vector_\number
    .endr
    gate    int_entry, 0, GATE_INT_USER     /* VEC_COUNT */
    gate    leave_entry, 0, GATE_INT_USER   /* VEC_LEAVE */
idt_end:

    table_registers

/* SDM vol. 3A figure 7-11. */
    .balign 16
tss:
    .long   0
    .quad   trap_stack_top      /* RSP0 */
    .fill   11, 8, 0            /* RSP1, RSP2, IST1 ... IST7 and gaps */
    .word   0
    .word   tss_end - tss       /* no I/O permission bitmap */
tss_end:

    .bss
    .balign 16
    .globl  entries
entries:
    .skip   8
kernel_rsp:
    .skip   8
    .balign 16
    .skip   4096
trap_stack_top:

    .section .note.GNU-stack, "", @progbits
