/* Code that changes.c copies or calls. */
#include "bench/bench.h"

    .file   "bench/changes.S"
    .intel_syntax noprefix

    .text
/* One of many pages: 66 instructions on RAX. */
    .globl  page_code, page_code_end
page_code:
    mov     ecx, 16
1:  add     rax, rcx
    rol     rax, 3
    dec     ecx
    jnz     1b
    ret
page_code_end:

/*
 * changing(count, target): each round stores into the instruction behind the
 * store, if target is the address of its immediate.
 */
    .globl  self_code, self_code_end, self_immediate
self_code:
    xor     eax, eax
1:  mov     [rsi], edi
    .byte   0x48, 0x05          /* add rax, imm32 */
self_immediate:
    .long   0
    rol     rax, 5
    xor     rax, rdi
    dec     rdi
    jnz     1b
    ret
self_code_end:

/* work(value): 300 instructions. */
    .globl  work
    .type   work, @function
work:
    mov     rax, rdi
    mov     ecx, 74
1:  add     rax, rcx
    rol     rax, 3
    dec     ecx
    jnz     1b
    ret
    .size   work, . - work

    .section .note.GNU-stack, "", @progbits
