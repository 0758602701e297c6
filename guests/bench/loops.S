/* The loops whose instructions are counted: as few kinds as possible. */
#include "bench/bench.h"

    .file   "bench/loops.S"
    .intel_syntax noprefix

    .text
/* run_loop(count): eight instructions on registers a round. */
    .globl  run_loop
    .type   run_loop, @function
run_loop:
    mov     rcx, rdi
    mov     eax, 1
    mov     edx, 2
    mov     esi, 3
1:  add     rax, rdx
    xor     rdx, rcx
    lea     rsi, [rsi + rax * 2 + 5]
    ror     rax, 7
    sub     rdx, rsi
    and     esi, 0x7fffffff
    dec     rcx
    jnz     1b
    xor     rax, rdx
    ret
    .size   run_loop, . - run_loop

/* copy_words(count, to, from, bytes): count times; the last word copied. */
    .globl  copy_words
    .type   copy_words, @function
copy_words:
    mov     r8, rcx
    add     rsi, rcx
    add     rdx, rcx
1:  mov     rcx, r8
    neg     rcx
2:  mov     rax, [rdx + rcx]
    mov     [rsi + rcx], rax
    add     rcx, 8
    jnz     2b
    dec     rdi
    jnz     1b
    mov     rax, [rsi - 8]
    ret
    .size   copy_words, . - copy_words

/* copy_string(count, to, from, bytes): the same by REP MOVSB. */
    .globl  copy_string
    .type   copy_string, @function
copy_string:
    mov     rax, rdi
    mov     r8, rsi
    mov     r9, rdx
    mov     r10, rcx
1:  mov     rdi, r8
    mov     rsi, r9
    mov     rcx, r10
    rep movsb
    dec     rax
    jnz     1b
    mov     rax, [rdi - 8]
    ret
    .size   copy_string, . - copy_string

/* chase(count, node): the node after count steps. */
    .globl  chase
    .type   chase, @function
chase:
    mov     rsi, [rsi]
    dec     rdi
    jnz     chase
    mov     rax, rsi
    ret
    .size   chase, . - chase

/* visit_pages(count, first, pages): calls page after page, from the first
   again behind the last; RAX goes through all of them. */
    .globl  visit_pages
    .type   visit_pages, @function
visit_pages:
    mov     r8, rdx
    shl     r8, 12
    add     r8, rsi
    mov     eax, 1
1:  mov     rdx, rsi
2:  call    rdx
    dec     rdi
    jz      3f
    add     rdx, 4096
    cmp     rdx, r8
    jb      2b
    jmp     1b
3:  ret
    .size   visit_pages, . - visit_pages

    .section .note.GNU-stack, "", @progbits
